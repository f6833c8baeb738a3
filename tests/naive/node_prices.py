"""The best plan where a unit is worth something at each node: every way to share it out."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple


class Store(NamedTuple):
    """What a shipment, a line and a unit cost; units by item; worth of a unit by item."""

    shipment: int
    line: int
    unit: int
    held: dict
    worth: dict


def least(stores, wanted, freely):
    """Least cost of all ways to serve as much as can be."""
    shares = [list(_shares(stores, item, n, freely)) for item, n in wanted.items()]
    items = list(wanted)
    return min(_cost(stores, items, each) for each in product(*shares))


def _shares(stores, item, wanted, freely):
    """Units of each store, of one line: whole from one that has it, unless told freely."""
    held = [store.held[item] for store in stores]
    served = min(wanted, sum(held))
    whole = not freely and any(n >= wanted for n in held)
    for share in product(*(range(n + 1) for n in held)):
        if sum(share) == served and (not whole or max(share) == served):
            yield share


def _cost(stores, items, shares):
    total = 0
    for n, store in enumerate(stores):
        takes = {
            item: share[n]
            for item, share in zip(items, shares, strict=True)
            if share[n]
        }
        if takes:
            total += store.shipment + store.line * len(takes)
            total += sum((store.unit + store.worth[i]) * q for i, q in takes.items())
    return total
