"""Where an order goes."""

from __future__ import annotations

import attrs
import pytest

from omniroute.errors import ValidationError
from omniroute.model import Destination
from tests.model.refusals import refused


def test_a_postcode_or_coordinates_are_enough():
    """Either says where, and both may be given."""
    assert Destination(postcode="55425").latitude is None
    assert Destination(latitude=44, longitude=-93).latitude == 44.0
    assert Destination("55425", "US", 44.8, -93.2).country == "US"


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({}, "postcode"),
        ({"country": "US"}, "postcode"),
        ({"postcode": " 55425"}, "postcode"),
        ({"postcode": "5542", "country": "US"}, "postcode"),
        ({"postcode": 55425}, "postcode"),
        ({"postcode": ""}, "postcode"),
        ({"postcode": "55425", "country": "us"}, "country"),
        ({"latitude": 44.0}, "longitude"),
        ({"longitude": 44.0}, "latitude"),
        ({"postcode": "55425", "latitude": 1}, "longitude"),
        ({"latitude": 90.5, "longitude": 0}, "latitude"),
        ({"latitude": 0, "longitude": 180.5}, "longitude"),
        ({"latitude": float("nan"), "longitude": 0}, "latitude"),
        ({"latitude": "44", "longitude": 0}, "latitude"),
    ],
)
def test_a_destination_that_cannot_be_names_the_field(values, path):
    """Nothing is stripped, guessed or left half given."""
    assert refused(Destination, ValidationError, **values) == path


def test_the_corners_of_the_map_are_on_it():
    """Bounds are inclusive, and 0, 0 is a place."""
    for latitude, longitude in ((90, 180), (-90, -180), (0, 0)):
        at = Destination(latitude=latitude, longitude=longitude)
        assert (at.latitude, at.longitude) == (latitude, longitude)


def test_equal_destinations_share_a_hash():
    """Engines keep what they worked out for a destination."""
    one, same = Destination("55425"), Destination("55425")
    assert {one: 1}[same] == 1
    assert one != Destination("55425", "US")


def test_a_destination_cannot_be_changed():
    """Two orders may share one."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Destination("55425").postcode = "10001"
