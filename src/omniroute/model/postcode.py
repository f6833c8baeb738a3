"""Postcodes: what one may look like. Whether it exists is the carrier's business."""

from __future__ import annotations

import re
from typing import Any

from omniroute.errors import ValidationError
from omniroute.model.checks import Problem, plain_text

_ANYWHERE = re.compile(r"[0-9A-Z][0-9A-Z -]{0,8}[0-9A-Z]")
_BY_COUNTRY = {
    "US": (
        re.compile(r"[0-9]{3}|[0-9]{5}|[0-9]{5}-[0-9]{4}"),
        "3 or 5 digits or ZIP+4",
    ),
}
_GENERAL = (_ANYWHERE, "2 to 10 capital letters and digits")
_COUNTRY = re.compile(r"[A-Z]{2}")


def check_postcode(
    value: Any,
    country: str | None,
    path: str,
    error: Problem = ValidationError,
) -> str:
    """Check that a postcode can be one of its country; nothing is stripped or mended.

    US: a 3-digit prefix, 5 digits, or ZIP+4. Elsewhere, and where no country is given:
    2 to 10 capital letters and digits, with spaces and hyphens in between.

    Raises
    ------
    ValidationError
        It cannot be one.

    Examples
    --------
    >>> check_postcode("55425", "US", "postcode")
    '55425'
    >>> check_postcode("5542", "US", "postcode")
    Traceback (most recent call last):
        ...
    omniroute.errors.ValidationError: postcode: expected a postcode in country 'US' of \
3 or 5 digits or ZIP+4, found '5542' (country= says where, if elsewhere)
    """
    pattern, looks = _BY_COUNTRY.get(country or "", _GENERAL)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        where = f" in country {country!r}" if country else ""
        hint = "country= says where, if elsewhere" if country in _BY_COUNTRY else ""
        as_text = "" if isinstance(value, str) else ", as text"
        raise error(path, f"a postcode{where} of {looks}{as_text}", value, hint)
    return plain_text(value)


def check_country(value: Any, path: str, error: Problem = ValidationError) -> str:
    """Check an ISO 3166 code: two capital letters."""
    if not isinstance(value, str) or not _COUNTRY.fullmatch(value):
        raise error(path, "a country code of two capital letters", value)
    return plain_text(value)
