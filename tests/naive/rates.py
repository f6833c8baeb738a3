"""What a shipment costs in its best parcels, straight from the definition, slowly."""

from __future__ import annotations

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

    @cache
    def rest(left: Fraction) -> Fraction:
        if left <= 0:
            return Fraction(0)
        # No generator: each would stand on the stack beside its call.
        return min([price + rest(left - limit) for limit, price in brackets])

    return min(price + rest(weight - limit) for limit, price in brackets)


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
