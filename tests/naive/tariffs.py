"""Prices by weight, as steps, and their closure under parcelling, done slowly."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, reduce

import numpy as np

#: A limit no shipment reaches: the last step of a tariff that carries any weight.
ANY_WEIGHT = 2**53


@dataclass(frozen=True, eq=False)
class Tariff:
    """Price of a shipment by its weight: step ``b`` holds up to ``limits[b]`` grams.

    Limits are inclusive and rising, prices never fall; beyond the last limit there is
    no price.

    Examples
    --------
    >>> tariff = Tariff((500, 1000), (72_000, 91_000))
    >>> tariff(500), tariff(501), tariff(1001)
    (72000, 91000, None)
    """

    limits: tuple[int, ...]
    prices: tuple[int, ...]

    def __post_init__(self) -> None:
        assert len(self.limits) == len(self.prices) > 0
        assert all(a < b for a, b in zip(self.limits, self.limits[1:], strict=False))
        assert all(a <= b for a, b in zip(self.prices, self.prices[1:], strict=False))
        assert min(self.limits[0], self.prices[0]) >= 0

    def __call__(self, weight_g: int) -> int | None:
        """Return the price of so many grams; None where there is none."""
        step = bisect_left(self.limits, weight_g)
        return self.prices[step] if step < len(self.limits) else None

    @property
    def heaviest_g(self) -> int:
        """The last weight that has a price."""
        return self.limits[-1]

    @cached_property
    def limits_array(self) -> np.ndarray:
        """`limits` as int64."""
        return np.array(self.limits, dtype=np.int64)

    @cached_property
    def prices_array(self) -> np.ndarray:
        """`prices` as int64."""
        return np.array(self.prices, dtype=np.int64)

    def is_subadditive(self, up_to_g: int) -> bool:
        """Whether one shipment never costs more than two of the same total weight.

        Looks at totals up to `up_to_g`. Two weights at their limits are the worst case.
        """
        limits = self.limits_array[self.limits_array < up_to_g]
        prices = self.prices_array[: len(limits)]
        total = np.minimum(limits[:, None] + limits[None, :], up_to_g)
        step = np.searchsorted(self.limits_array, total)
        if len(limits) and step.max() == len(self.limits):
            return False
        return bool((self.prices_array[step] <= prices[:, None] + prices).all())

    @classmethod
    def flat(cls, price: int, heaviest_g: int = ANY_WEIGHT) -> Tariff:
        """Return one price for whatever weight, up to `heaviest_g`."""
        return cls((heaviest_g,), (price,))

    @classmethod
    def from_points(cls, points: Iterable[tuple[int, int]]) -> Tariff:
        """Return the tariff of rising (limit, price) points, equal prices made one."""
        limits: list[int] = []
        prices: list[int] = []
        for limit, price in points:
            if limits and limits[-1] == limit:
                continue  # the cheaper of two steps that end at one weight came first
            if prices and prices[-1] == price:
                limits[-1] = limit
            else:
                limits.append(limit)
                prices.append(price)
        return cls(tuple(limits), tuple(prices))

    @classmethod
    def from_lattice(cls, row: Sequence[int], num: int, den: int) -> Tariff:
        """Return the tariff of ``row[max(1, ceil(weight * num / den))]``.

        ``num == 0`` means one price for any weight.
        """
        if num == 0:
            return cls.flat(int(row[1]))
        return cls.from_points(
            (step * den // num, int(row[step])) for step in range(1, len(row))
        )


def close_under_parcelling(
    limits_g: Sequence[int | Fraction], prices: Sequence[int], heaviest_g: int
) -> Tariff:
    """Return the least price of any set of parcels that carries a weight.

    Parameters
    ----------
    limits_g
        Rising inclusive upper limits of one parcel, grams, exact.
    prices
        Price of one parcel up to each limit; need not rise.
    heaviest_g
        Last weight to price; from there on there is no price.

    Notes
    -----
    Time O(total steps x limits). A step is the greatest common divisor of the limits.
    """
    exact = [Fraction(limit) for limit in limits_g]
    unit = reduce(_gcd, exact)
    steps = [int(limit / unit) for limit in exact]
    last = max(1, math.ceil(Fraction(heaviest_g) / unit))
    least = [0] * (last + 1)
    for total in range(1, last + 1):
        least[total] = min(
            price + least[max(0, total - step)]
            for step, price in zip(steps, prices, strict=True)
        )
    return Tariff.from_points(
        (min(heaviest_g, math.floor(unit * total)), least[total])
        for total in range(1, last + 1)
    )


def _gcd(a: Fraction, b: Fraction) -> Fraction:
    return Fraction(
        math.gcd(a.numerator * b.denominator, b.numerator * a.denominator),
        a.denominator * b.denominator,
    )
