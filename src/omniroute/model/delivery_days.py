"""Days on which a carrier delivers, and where these are others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs
from attrs import field

from omniroute.errors import ConfigurationError
from omniroute.model.postcode import check_country
from omniroute.model.working_days import WorkingDays
from omniroute.model.zones import PREFIX_MAX, zone_label

_EXPECTED: Final = "a WorkingDays"


def _zone(value: Any, path: str) -> int:
    return zone_label(value, path)


def _prefix(value: Any, path: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= PREFIX_MAX:
        expected = f"a postcode prefix of 1 to {PREFIX_MAX} characters"
        raise ConfigurationError(path, expected, value)
    return value


def _country(value: Any, path: str) -> str:
    return check_country(value, path, ConfigurationError)


def _days_by(
    value: Any, name: str, key_of: Callable[[Any, str], Any]
) -> dict[Any, WorkingDays]:
    if not isinstance(value, Mapping):
        raise ConfigurationError(name, "a WorkingDays by key", value)
    found = {}
    for key, days in value.items():
        path = f"{name}[{key!r}]"
        if not isinstance(days, WorkingDays):
            raise ConfigurationError(path, _EXPECTED, days)
        found[key_of(key, path)] = days
    return found


def _by_zone(value: Any) -> dict[int, WorkingDays]:
    return _days_by(value, "by_zone", _zone)


def _by_prefix(value: Any) -> dict[str, WorkingDays]:
    return _days_by(value, "by_prefix", _prefix)


def _by_country(value: Any) -> dict[str, WorkingDays]:
    return _days_by(value, "by_country", _country)


@attrs.frozen
class DeliveryDays:
    """Days on which a service hands over what has come, by where it goes.

    Parameters
    ----------
    everywhere
        Where nothing else is said.
    by_zone
        By label of the service's zones.
    by_country
        By country of the destination: its own holidays, for example.
    by_prefix
        By the first characters of a postcode in the network's own country; of several
        that fit, the longest. It goes before the country, and that before the zone.

    Raises
    ------
    ConfigurationError
        One of these cannot be.

    Examples
    --------
    >>> week = WorkingDays()
    >>> islands = WorkingDays(["tue", "fri"])
    >>> post = DeliveryDays(week, by_prefix={"967": islands})
    >>> post.at(2, "US", "96701").weekdays, post.at(2, "US", "55425") is week
    (('tue', 'fri'), True)
    """

    everywhere: WorkingDays = field()
    by_zone: dict[int, WorkingDays] = field(
        factory=dict, converter=_by_zone, hash=False, kw_only=True
    )
    by_country: dict[str, WorkingDays] = field(
        factory=dict, converter=_by_country, hash=False, kw_only=True
    )
    by_prefix: dict[str, WorkingDays] = field(
        factory=dict, converter=_by_prefix, hash=False, kw_only=True
    )

    @everywhere.validator
    def _check_everywhere(self, _: Any, value: WorkingDays) -> None:
        if not isinstance(value, WorkingDays):
            raise ConfigurationError("everywhere", _EXPECTED, value)

    def at(
        self, zone: int, country: str | None = None, postcode: str | None = None
    ) -> WorkingDays:
        """Return the days that hold for a lane.

        Parameters
        ----------
        zone
            Its label.
        country
            Of its destination.
        postcode
            Of its destination, if that is in the network's own country.
        """
        for end in range(len(postcode or ""), 0, -1):
            found = self.by_prefix.get((postcode or "")[:end])
            if found is not None:
                return found
        if country in self.by_country:
            return self.by_country[country]
        return self.by_zone.get(zone, self.everywhere)


def delivery_days(value: Any) -> DeliveryDays | None:
    """Check the days of a service: the same everywhere, or by where it goes."""
    if isinstance(value, WorkingDays):
        return DeliveryDays(value)
    if not isinstance(value, DeliveryDays | None):
        expected = "a WorkingDays, DeliveryDays or None"
        raise ConfigurationError("delivery_days", expected, value)
    return value
