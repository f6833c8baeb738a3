"""What a caller hands in as a pool, checked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

import attrs

from omniroute.codes import SUBSET_LINES_MAX
from omniroute.errors import ValidationError
from omniroute.model.checks import text
from omniroute.model.order import Order
from omniroute.routing.plan import Plan

#: Orders, or their plans, by id of the reservation; or such as have their ids.
Pool = Mapping[str, Order | Plan] | Iterable[Order | Plan]

#: Work by default: some for all, and for each order, within tables and beyond them.
BUDGET, BUDGET_EACH, BUDGET_HARD = 1_000, 30, 300


class Entry(NamedTuple):
    """An order of a pool, and the days within which its plan was to arrive, or when."""

    order: Order
    transit_days: int | None
    arrives: date | None = None


def by_id(pool: Pool, to_the_day: bool, wishes: bool) -> dict[str, Entry]:
    """Return the orders of a pool by id of the reservation, each once.

    ``to_the_day``: plans tell when they arrive. ``wishes``: what orders are needed by is
    no limit.
    """
    if isinstance(pool, Mapping):
        return {
            text(id, f"pool[{id!r}]"): _entry(each, f"pool[{id!r}]", to_the_day, wishes)
            for id, each in pool.items()
        }
    if isinstance(pool, str | bytes) or not isinstance(pool, Iterable):
        raise ValidationError("pool", "orders, or a mapping of ids to orders", pool)
    found: dict[str, Entry] = {}
    for i, each in enumerate(pool):
        entry = _entry(each, f"pool[{i}]", to_the_day, wishes)
        id = text(entry.order.id, f"pool[{i}].id")
        if id in found:
            raise ValidationError(f"pool[{i}].id", "each id once", id)
        found[id] = entry
    return found


def _entry(each: object, path: str, to_the_day: bool, wishes: bool) -> Entry:
    """Return an order with what was promised: by its plan, where that is given."""
    if isinstance(each, Plan):
        order = each.order
        if not to_the_day:
            return Entry(order, each.transit_days)
        if wishes:
            return Entry(order, None, each.arrives)
        needed_by = order.needed_by or each.arrives
        return Entry(attrs.evolve(order, needed_by=needed_by), None)
    if isinstance(each, Order):
        return Entry(each, None)
    raise ValidationError(path, "an Order, or its Plan", each)


def budget_of(entries: Iterable[Entry]) -> int:
    """Return the work that a pool is worth by default."""
    found = BUDGET
    for entry in entries:
        hard = len(entry.order.lines) > SUBSET_LINES_MAX
        found += BUDGET_HARD if hard else BUDGET_EACH
    return found


def seconds(budget_s: float | None) -> float | None:
    """Return seconds as a number, which is not below nothing."""
    if budget_s is None:
        return None
    number = isinstance(budget_s, int | float) and not isinstance(budget_s, bool)
    if not number or not 0 <= budget_s < math.inf:
        raise ValidationError("budget_s", "seconds, 0 or more", budget_s)
    return float(budget_s)
