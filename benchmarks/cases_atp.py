"""ATP by date: every cell over four weeks, and what is asked of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from typing import Any

import numpy as np

import omniroute as om
from benchmarks.measure import Row, interleaved, once_cpu_ns, p50, quiet, span
from benchmarks.rivals import DatedStock, numpy_look_ahead, python_look_ahead
from omniroute.codes import ATP_RULES

TODAY = date(2026, 3, 4)
DAYS = 28
RECEIPTS, ISSUES = 3, 5


@cache
def dated(cells: int) -> tuple[om.Timelines, DatedStock]:
    """Timelines of so many cells, and the same as the rivals hold it."""
    rng = np.random.Generator(np.random.PCG64(cells))
    first = np.datetime64(TODAY)

    def side(each: int, most: int) -> dict[str, Any]:
        count = each * cells
        return {
            "cell": np.repeat(np.arange(cells), each),
            "at": first + rng.integers(-2, DAYS + 2, count),
            "quantity": rng.integers(1, most, count),
        }

    supply, demand = side(RECEIPTS, 50), side(ISSUES, 20)
    on_hand = rng.integers(0, 100, cells)
    lines = om.Timelines.from_columns(range(cells), supply, demand, on_hand)
    return lines, DatedStock(on_hand, supply, demand, first, DAYS)


def matrices(quick: bool) -> Iterator[Row]:
    """The default rule: one SKU over all nodes, and very many cells."""
    for cells, name, goal, limit in (
        (2_000, "one SKU x 2,000 nodes", "< 150 us", 150e3),
        (100_000, "100,000 cells", "< 10 ms", 10e6),
    ):
        lines, stock = dated(cells)
        ask, rival = asking(lines), lambda stock=stock: numpy_look_ahead(stock)
        if not np.array_equal(ask().quanta, rival()):
            raise AssertionError("the matrices differ")
        few = 5 if cells > 10_000 else 51
        ours, fast = in_turn(3 * few if quick else 5 * few, ask, rival)
        plain = in_turn(1, lambda stock=stock: python_look_ahead(stock))[0]
        mine = p50(ours)
        case = f"ATP by date, {name} x {DAYS} days"
        figures = (span(mine), f"numpy {span(p50(fast))}", p50(fast) / mine)
        yield Row(case, *figures, goal, mine < limit)
        yield Row(case, span(mine), f"Python {span(p50(plain))}", p50(plain) / mine)


def in_turn(rounds: int, *calls: Callable[[], object]) -> list[list[int]]:
    """As `interleaved`, in processor time: what others take meanwhile does not count."""
    times: list[list[int]] = [[] for _ in calls]
    with quiet():
        for _ in range(rounds):
            for taken, call in zip(times, calls, strict=True):
                taken.append(once_cpu_ns(call))
    return times


def asking(
    lines: om.Timelines, name: str = "look_ahead", **modifiers: Any
) -> Callable[[], om.AtpSchedule]:
    """The public call, with memory of its own to write to."""
    rule = om.AtpRule(name, horizon_days=DAYS, **modifiers)
    out = np.empty((len(lines.ids), DAYS), np.int64)
    return lambda: om.atp_by_date(lines, rule, today=TODAY, out=out)


def others(quick: bool) -> Iterator[Row]:
    """The other rules, and look-ahead with modifiers."""
    lines, _ = dated(2_000)
    cases = {f"rule {name}": asking(lines, name) for name in ATP_RULES}
    cases["look_ahead, working days and confidence"] = asking(
        lines,
        working_days=("mon", "tue", "wed", "thu", "fri"),
        confidence={"inbound": 0.9},
    )
    cases["look_ahead, considerations"] = asking(
        lines, considerations={"web": ("on_hand",)}, demand_class="web"
    )
    times = interleaved(21 if quick else 101, *cases.values())
    for name, taken in zip(cases, times, strict=True):
        yield Row(f"ATP by date, 2,000 nodes, {name}", span(p50(taken)))


def reading(quick: bool) -> Iterator[Row]:
    """What is read off an answer of 2,000 nodes."""
    lines, _ = dated(2_000)
    found = asking(lines)()
    calls = {
        "earliest date by node": lambda: found.earliest_by_cell(40),
        "earliest date of one node": lambda: found.earliest(40, 17),
        "delivery in parts from one node": lambda: found.partials(200, 17),
        "explanation of one node": lambda: found.explain(17),
    }
    times = interleaved(51 if quick else 201, *calls.values())
    for name, taken in zip(calls, times, strict=True):
        yield Row(f"ATP by date, {name}", span(p50(taken)))


def all_of_it(quick: bool) -> Iterator[Row]:
    yield from matrices(quick)
    yield from others(quick)
    yield from reading(quick)
