"""Days on the way, and how many of a hundred parcels are there by then."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

import attrs
from attrs import field

from omniroute.errors import ConfigurationError
from omniroute.model.checks import Problem, whole
from omniroute.model.exact import Number, to_scaled
from omniroute.model.zones import zone_label

#: Longest transit: a year, so that hours given as days are noticed.
TRANSIT_MAX_DAYS: Final = 366

#: Decimals of a share: 0.999 is as fine as carriers are measured.
_DECIMALS: Final = 3
_EXPECTED: Final = "a share above 0 and at most 1, of at most 3 decimals"


def percentile(
    value: Number, path: str, error: Problem = ConfigurationError
) -> Decimal:
    """Return a share of parcels, checked: 0.95 for the 95th percentile."""
    scaled = to_scaled(value, _DECIMALS, path, _EXPECTED, error)
    if not 0 < scaled <= 10**_DECIMALS:
        raise error(path, _EXPECTED, value)
    return Decimal(scaled).scaleb(-_DECIMALS).normalize()


def transit_day(value: Any, path: str) -> int:
    """Return a number of days on the way, checked."""
    return whole(value, path, 0, TRANSIT_MAX_DAYS, ConfigurationError)


def _days(value: Mapping[Number, int]) -> tuple[tuple[Decimal, int], ...]:
    if not isinstance(value, Mapping) or not value:
        expected = "days by share of parcels, such as {0.5: 2, 0.95: 4}"
        raise ConfigurationError("days", expected, value)
    pairs = []
    for part, days in value.items():
        path = f"days[{part!r}]"
        pairs.append((percentile(part, path), transit_day(days, path)))
    pairs.sort()
    for (low, sooner), (high, later) in pairwise(pairs):
        path = f"days[{high}]"
        if low == high:
            raise ConfigurationError(path, "each share once", high)
        if later < sooner:
            expected = f"no fewer days than the {sooner} of {low}"
            raise ConfigurationError(path, expected, later)
    return tuple(pairs)


@attrs.frozen
class TransitPercentiles:
    """Days within which shares of a carrier's parcels have arrived.

    Parameters
    ----------
    days
        Days by share: ``{0.5: 2, 0.95: 4}`` says that half are there within two days,
        and 95 of 100 within four. Shares to three decimals; more of them never take
        fewer days.

    Raises
    ------
    ConfigurationError
        There are none, or they contradict each other.

    See Also
    --------
    RoutingPolicy : ``promise_percentile`` says which of them a decision counts on.

    Examples
    --------
    >>> measured = TransitPercentiles({0.5: 2, 0.95: 4})
    >>> measured.within(0.5), measured.within(0.8), measured.within(0.99)
    (2, 4, None)
    """

    days: tuple[tuple[Decimal, int], ...] = field(converter=_days)

    @property
    def shares(self) -> tuple[Decimal, ...]:
        """The shares that days are told for, the least first."""
        return tuple(part for part, _ in self.days)

    @property
    def longest(self) -> int:
        """Days by the highest share: what is counted on where nobody says otherwise."""
        return self.days[-1][1]

    def within(self, share: Number) -> int | None:
        """Return days by which at least such a share is there; None: it is not told.

        The days of the least share told that is no less. Between two that are told
        nothing is guessed.
        """
        asked = percentile(share, "share")
        return next((days for part, days in self.days if part >= asked), None)


#: What a lane takes: days that always hold, or by share of parcels.
Transit = int | TransitPercentiles


def transit_days(value: Any) -> Transit | dict[int, Transit]:
    """Check the days of a service: for all its lanes, or by zone label."""
    if not isinstance(value, Mapping):
        return _transit(value, "transit_days")
    found = {}
    for label, each in value.items():
        path = f"transit_days[{label!r}]"
        found[zone_label(label, path)] = _transit(each, path)
    return dict(sorted(found.items()))


def _transit(value: Any, path: str) -> Transit:
    if isinstance(value, TransitPercentiles):
        return value
    return transit_day(value, path)
