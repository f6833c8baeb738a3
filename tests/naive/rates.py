"""What a shipment costs in its best parcels, straight from the definition, slowly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache


def one_parcel(
    breaks: Sequence[Fraction],
    prices: Sequence[Decimal],
    weight: Fraction,
) -> Decimal | None:
    """What the tariff prints: the first bracket with weight <= limit; None past it."""
    for limit, price in zip(breaks, prices, strict=True):
        if weight <= limit:
            return price
    return None


def best_parcels(
    breaks: Sequence[Fraction],
    prices: Sequence[Decimal],
    weight: Fraction,
) -> Fraction:
    """Least total over sets of one parcel or more whose limits add up to the weight."""
    brackets = [(b, Fraction(p)) for b, p in zip(breaks, prices, strict=True)]
    common = math.lcm(*(b.denominator for b in breaks))
    unit = Fraction(math.gcd(*(int(b * common) for b in breaks)), common)
    # least[n]: the least for n units or more; a shipment has one parcel at least.
    least = [Fraction(0)]
    for n in range(1, max(1, math.ceil(weight / unit)) + 1):
        least.append(min(p + least[max(0, n - int(b / unit))] for b, p in brackets))
    return least[-1]


def best_division(
    breaks: Sequence[Fraction],
    prices: Sequence[Decimal],
    weight: int,
) -> Fraction:
    """Least total over all ways to divide whole grams into parcels of whole grams.

    Each parcel may also be paid as a heavier one. For brackets that end at whole grams.
    """
    brackets = [(b, Fraction(p)) for b, p in zip(breaks, prices, strict=True)]

    @cache
    def best(grams: int) -> Fraction:
        as_one = [price for limit, price in brackets if grams <= limit]
        divided = [best(a) + best(grams - a) for a in range(1, grams // 2 + 1)]
        return min(as_one + divided)

    return best(weight)
