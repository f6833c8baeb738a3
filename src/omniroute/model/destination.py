"""Where an order goes."""

from __future__ import annotations

import attrs
from attrs import field

from omniroute.errors import ValidationError
from omniroute.model.checks import both_or_neither, degrees
from omniroute.model.postcode import check_country, check_postcode


def _latitude(value: float | None) -> float | None:
    return None if value is None else degrees(value, "latitude", 90)


def _longitude(value: float | None) -> float | None:
    return None if value is None else degrees(value, "longitude", 180)


def _country(value: str | None) -> str | None:
    return None if value is None else check_country(value, "country")


@attrs.frozen(cache_hash=True)
class Destination:
    """Where an order goes: a postcode, coordinates, or both.

    Parameters
    ----------
    postcode
        As the carrier writes it; US: 5 digits, ZIP+4 or a 3-digit prefix. Nothing is
        stripped: ``" 55425"`` is an error. Checked against the forms of its country:
        here if ``country`` is given, else by the engine, which knows the network's.
    country
        Two capital letters; None for the network's own country.
    latitude, longitude
        Degrees. Without them the network's `Places` locate the postcode.

    Raises
    ------
    ValidationError
        Neither a postcode nor coordinates, or one that cannot be.

    Examples
    --------
    >>> Destination(postcode="55425", country="US").postcode
    '55425'
    """

    postcode: str | None = None
    country: str | None = field(default=None, converter=_country)
    latitude: float | None = field(default=None, converter=_latitude)
    longitude: float | None = field(default=None, converter=_longitude)

    def __attrs_post_init__(self) -> None:
        both_or_neither(self.latitude, self.longitude)
        if self.postcode is not None:
            postcode = check_postcode(self.postcode, self.country, "postcode")
            object.__setattr__(self, "postcode", postcode)
        elif self.latitude is None:
            raise ValidationError("postcode", "a postcode or coordinates", None)
