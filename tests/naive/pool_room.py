"""Pools of open orders where nodes can do so much work a day and no more, all tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .pool import Cell, Use

#: What a node can do: (node, "orders", "lines" or "units") to how much of it is left.
Left = Mapping[tuple[str, str], int]


def work_of(use: Use) -> dict[tuple[str, str], int]:
    """Return what a plan is for each node: one parcel from each."""
    found: dict[tuple[str, str], int] = {}
    for (_, node), quanta in use:
        found[node, "orders"] = 1
        found[node, "lines"] = found.get((node, "lines"), 0) + 1
        found[node, "units"] = found.get((node, "units"), 0) + quanta
    return found


def best_in_room(
    orders: Sequence[Mapping[Use, int]], stock: Mapping[Cell, int], left: Left
) -> int | None:
    """Return the least that plans cost which fit stock and room together; None: none."""
    return min(_sums(orders, stock, left), default=None)


def _sums(
    orders: Sequence[Mapping[Use, int]], stock: Mapping[Cell, int], left: Left
) -> Iterator[int]:
    if not orders:
        yield 0
        return
    for use, cost in orders[0].items():
        rest = {**stock, **{cell: stock[cell] - quanta for cell, quanta in use}}
        work = work_of(use)
        room = {key: most - work.get(key, 0) for key, most in left.items()}
        if min([*rest.values(), *room.values()]) >= 0:
            yield from (cost + other for other in _sums(orders[1:], rest, room))
