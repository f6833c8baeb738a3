"""Where a postcode is on the map."""

from __future__ import annotations

import pytest

from omniroute.errors import ConfigurationError
from omniroute.model import Places
from tests.model.refusals import refused

GOOD = {"prefixes": ["100", "554"], "latitudes": [40.7, 45], "longitudes": [-74, -93]}


def test_a_postcode_is_where_its_prefix_is():
    """The leading characters decide; unknown ones are nowhere."""
    places = Places(**GOOD)
    assert places.locate("55425-1234") == (45.0, -93.0)
    assert [places.locate(code) for code in ("999", "55", "", None)] == [None] * 4
    assert repr(places) == "Places(2 prefixes)"
    assert places == Places(**GOOD)


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"prefixes": ["100", "100"]}, "prefixes[1]"),
        ({"prefixes": ["100", "55425"]}, "prefixes[1]"),
        ({"prefixes": []}, "prefixes"),
        ({"latitudes": [40.7]}, "latitudes"),
        ({"longitudes": [1, 2, 3]}, "longitudes"),
        ({"latitudes": [40.7, 91]}, "latitudes[1]"),
        ({"longitudes": [float("nan"), 1]}, "longitudes[0]"),
        ({"longitudes": "ab"}, "longitudes"),
        ({"latitudes": 40.7}, "latitudes"),
        ({"prefix_len": 11}, "prefix_len"),
    ],
)
def test_places_that_make_no_sense_name_the_field(values, path):
    """Prefixes twice, coordinates off the map, columns of different lengths."""
    assert refused(Places, ConfigurationError, **{**GOOD, **values}) == path
