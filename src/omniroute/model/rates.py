"""What a carrier charges: zone by weight, closed under parcelling."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, TypeAlias

import attrs
import numpy as np
from attrs import field
from numpy.typing import NDArray

from omniroute.codes import SHORT_UNIT
from omniroute.errors import ConfigurationError
from omniroute.model.checks import flag, whole
from omniroute.model.exact import Number
from omniroute.model.money import cost, to_decimal, to_minor
from omniroute.model.parcels import close, lattice_unit
from omniroute.model.zones import zone_label

#: Largest closed table: 64 MB.
TABLE_MAX: Final = 8_000_000
_GRAMS_MAX: Final = 10**12
#: Heaviest shipment on a card with brackets, unless it says otherwise.
MAX_SHIPMENT_G: Final = 2_000_000
#: Largest `step_num` and `step_den`: with it, and a table no larger than `TABLE_MAX`,
#: weights that are carried times `step_num` stay in int64.
_RATIO_MAX: Final = 2**31 - 1

#: A weight limit in grams; pounds are ``Fraction("453.59237")``.
Grams: TypeAlias = int | Decimal | Fraction


def _breaks(value: Iterable[Grams]) -> tuple[Fraction, ...]:
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise ConfigurationError("breaks_g", "a sequence of weights in grams", value)
    given = tuple(value)
    limits = tuple(_grams(limit, i) for i, limit in enumerate(given))
    for i in range(1, len(limits)):
        if limits[i] <= limits[i - 1]:
            expected = "a limit above the one before it"
            raise ConfigurationError(f"breaks_g[{i}]", expected, given[i])
    return limits


def _grams(value: Any, i: int) -> Fraction:
    expected = "grams above 0 as an int, Decimal or Fraction"
    if isinstance(value, Decimal):
        exact = value.is_finite()
    else:
        exact = isinstance(value, numbers.Rational) and not isinstance(value, bool)
    if not exact or not 0 < value <= _GRAMS_MAX:
        raise ConfigurationError(f"breaks_g[{i}]", expected, value)
    return Fraction(value)


def _prices(
    value: Mapping[int, Iterable[Number]],
) -> dict[int, tuple[Decimal, ...]]:
    if not isinstance(value, Mapping) or not value:
        raise ConfigurationError("prices", "a mapping from zone to prices", value)
    rows = {}
    for label, row in value.items():
        path = f"prices[{label!r}]"
        if isinstance(row, str | bytes) or not isinstance(row, Iterable):
            raise ConfigurationError(path, "a sequence of prices", row)
        rows[zone_label(label, path)] = tuple(
            cost(price, f"{path}[{i}]") for i, price in enumerate(row)
        )
    return dict(sorted(rows.items()))


def _max_shipment(value: int | None) -> int | None:
    if value is None:
        return None
    return whole(value, "max_shipment_g", 1, _GRAMS_MAX, ConfigurationError)


def _unit(breaks: tuple[Fraction, ...]) -> Fraction:
    unit = lattice_unit(breaks)
    if max(unit.numerator, unit.denominator) > _RATIO_MAX:
        expected = f"limits whose common measure is a ratio up to {_RATIO_MAX:,}"
        raise ConfigurationError("breaks_g", expected, unit)
    return unit


def _check_size(raw: NDArray[np.int64], steps: list[int], steps_max: int) -> None:
    """Check that the closed table can be built: its memory, and its sums in int64."""
    if steps_max * len(raw) > TABLE_MAX:
        raise ConfigurationError(
            "breaks_g",
            f"at most {TABLE_MAX:,} prices in the closed table",
            steps_max * len(raw),
            "use coarser breaks or a lower max_shipment_g",
        )
    # The dearest price once for each of the lightest steps, on the way to the least.
    if int(raw.max()) * (steps_max + 2 * steps[-1]) >= 2**61:
        expected = "prices whose multiples fit 64 bits"
        raise ConfigurationError("prices", expected, to_decimal(int(raw.max())))


@attrs.frozen(repr=False)
class RateCard:
    """Prices by zone and weight bracket, closed under parcelling.

    A parcel of weight w is in the first bracket with ``w <= limit``: brackets are
    half-open, (previous, limit]. What a *shipment* of weight w costs is the least total
    over sets of parcels whose limits add up to w or more: two parcels where one would
    cost more, several where one would be overweight.

    Parameters
    ----------
    breaks_g
        Upper limits of the brackets in grams, increasing, exact. None at all for a
        tariff that does not look at weight.
    prices
        Zone label (1 to 127) to its prices, one a bracket, in the currency unit; one
        price a zone where there are no brackets.
    max_shipment_g
        Heaviest shipment carried, exactly: a gram more is not. None is 2,000,000 where
        there are brackets, and no limit where there are none.
    any_zone
        The one price row is good for every zone.

    Attributes
    ----------
    zones : tuple[int, ...]
        Zone labels, sorted.
    closed : NDArray[np.int64]
        int64[zones, t_max + 1] in 1/10,000 of the currency unit, read-only: the price
        of t lattice steps. Column 0 repeats column 1.
    step_num, step_den : int
        ``t = max(1, ceil(weight_g * step_num / step_den))``; 0 and 1 where weight does
        not matter.

    Raises
    ------
    ConfigurationError
        Limits or prices that make no sense, or a table of over 8,000,000 prices.

    Notes
    -----
    Building takes O(zones x t_max x brackets) array work; a look-up O(1).

    Examples
    --------
    One parcel of 2 kg costs more than two of 1 kg:

    >>> card = RateCard([1000, 2000], {1: [5, 12]})
    >>> card.price(1, 900), card.price(1, 1500), card.price(1, 2500)
    (Decimal('5.00'), Decimal('10.00'), Decimal('15.00'))
    """

    breaks_g: tuple[Fraction, ...] = field(converter=_breaks)
    prices: dict[int, tuple[Decimal, ...]] = field(converter=_prices, hash=False)
    max_shipment_g: int | None = field(default=None, converter=_max_shipment)
    any_zone: bool = field(default=False, kw_only=True)
    zones: tuple[int, ...] = field(init=False)
    step_num: int = field(init=False, eq=False)
    step_den: int = field(init=False, eq=False)
    closed: NDArray[np.int64] = field(init=False, eq=False)
    _row_of: dict[int, int] = field(init=False, eq=False)

    @any_zone.validator
    def _check_any_zone(self, _: Any, value: bool) -> None:
        if flag(value, "any_zone", ConfigurationError) and len(self.prices) > 1:
            expected = "one row of prices for any zone"
            raise ConfigurationError("prices", expected, list(self.prices))

    def __attrs_post_init__(self) -> None:
        wanted = max(1, len(self.breaks_g))
        for label, row in self.prices.items():
            if len(row) != wanted:
                expected = f"{wanted} prices, one a bracket"
                raise ConfigurationError(f"prices[{label}]", expected, len(row))
        # The one way to set what is derived on a frozen object.
        put = object.__setattr__
        put(self, "zones", tuple(self.prices))
        put(self, "_row_of", {label: row for row, label in enumerate(self.prices)})
        unit = _unit(self.breaks_g) if self.breaks_g else None
        if unit and self.max_shipment_g is None:
            put(self, "max_shipment_g", MAX_SHIPMENT_G)
        put(self, "step_num", unit.denominator if unit else 0)
        put(self, "step_den", unit.numerator if unit else 1)
        put(self, "closed", self._closed(unit))

    def _closed(self, unit: Fraction | None) -> NDArray[np.int64]:
        rows = [[to_minor(p, "prices") for p in row] for row in self.prices.values()]
        raw = np.array(rows, np.int64)
        if unit is None:
            closed = np.repeat(raw, 2, axis=1)
        else:
            steps = [int(limit / unit) for limit in self.breaks_g]
            steps_max = self.steps(self.max_shipment_g or 0)
            _check_size(raw, steps, steps_max)
            closed = close(steps, raw, steps_max)
        if closed.max() >= SHORT_UNIT:
            expected = f"no shipment to cost {to_decimal(SHORT_UNIT)} or more"
            found = to_decimal(int(closed.max()))
            raise ConfigurationError("prices", expected, found)
        closed.flags.writeable = False
        return closed

    @classmethod
    def flat(cls, price: Number) -> RateCard:
        """Return a tariff of one price, whatever the zone and the weight.

        Examples
        --------
        >>> RateCard.flat(4.5).price(3, 10_000_000)
        Decimal('4.50')
        """
        return cls((), {1: (price,)}, any_zone=True)

    @classmethod
    def by_zone(cls, prices: Mapping[int, Number]) -> RateCard:
        """Return a tariff that looks at the zone and not at the weight.

        Examples
        --------
        >>> RateCard.by_zone({1: 4, 2: 6}).price(2, 10_000_000)
        Decimal('6.00')
        """
        if not isinstance(prices, Mapping):
            raise ConfigurationError("prices", "a mapping from zone to price", prices)
        return cls((), {label: (price,) for label, price in prices.items()})

    def row(self, zone: int) -> int:
        """Return the row of `closed` that prices a zone, -1 if none does. O(1)."""
        if self.any_zone:
            return 0 if zone > 0 else -1
        return self._row_of.get(zone, -1)

    def steps(self, weight_g: int) -> int:
        """Return the column of `closed` that prices a weight, if it is carried."""
        return max(1, -(-int(weight_g) * self.step_num // self.step_den))

    def carries(self, weight_g: int) -> bool:
        """Return whether a shipment of so many grams is within ``max_shipment_g``."""
        return self.max_shipment_g is None or weight_g <= self.max_shipment_g

    def price(self, zone: int, weight_g: int) -> Decimal | None:
        """Return what a shipment costs, None if it is not carried. O(1).

        Parameters
        ----------
        zone
            Zone label of the lane.
        weight_g
            Whole grams, 0 or more.

        Returns
        -------
        Decimal or None
            In the currency unit; None for a zone without prices and for a weight above
            ``max_shipment_g``.

        Raises
        ------
        ConfigurationError
            The weight is no whole number.
        """
        weight_g = whole(weight_g, "weight_g", -(2**62), 2**62, ConfigurationError)
        row = self.row(zone)
        if row < 0 or weight_g < 0 or not self.carries(weight_g):
            return None
        return to_decimal(int(self.closed[row, self.steps(weight_g)]))

    def __repr__(self) -> str:
        zones = "any zone" if self.any_zone else f"{len(self.zones)} zones"
        return f"RateCard({zones}, {len(self.breaks_g)} brackets)"
