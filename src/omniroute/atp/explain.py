"""The arithmetic of one cell, worked out again: why its figures are what they are."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.atp.ask import Ask, ask_of
from omniroute.atp.explanation import TERMS, AtpExplanation, Entry, Peg
from omniroute.atp.figures import DatedFigures
from omniroute.atp.withheld import withheld_for
from omniroute.codes import (
    ATP_BY_EVENT,
    L_FIND,
    L_ON_HAND,
    L_SAFETY,
    SHARE_ONE,
    UNDATED,
    UNLIMITED,
    V_BUCKET,
    V_KIND,
    V_QUANTITY,
    Fate,
)
from omniroute.kernels.phased.events import (
    W_ASKED,
    W_CLAMP,
    W_HORIZON,
    W_SCALE,
    W_SHARED,
    X_BUCKET,
    X_EVENT,
)
from omniroute.kernels.phased.pegs import G_DEMAND, G_QUANTITY, G_SUPPLY
from omniroute.model.timeline import ON_HAND
from omniroute.model.timelines import Timelines

I8 = NDArray[np.int64]

#: Marks a place of the scratch list that holds no event.
_NOTHING = -2


def explain_cell(schedule: DatedFigures, c: int) -> AtpExplanation:
    """Return the arithmetic of one cell of a schedule."""
    lines = schedule.timelines
    ask = ask_of(lines, schedule.rule, schedule.today)
    ask.listed[X_EVENT] = _NOTHING
    raw, found = _ignoring_safety(ask, lines, c)
    pegs = ask.pegs[:, :found]
    cell = _Cell(schedule, ask, c, _names(lines, c))
    on = _buckets(ask, lines, c)
    amounts = np.where(on >= 0, _amounts(ask, lines, c), 0)
    counted = _of_the_asker(cell, amounts, pegs)
    uncovered = np.where(cell.fates == Fate.COUNTED, _uncovered(amounts, pegs, cell), 0)
    rows = _rows(cell, counted, on, raw)
    if schedule.rule.number >= ATP_BY_EVENT:
        rows["shortage"] = _by_then(uncovered, on, len(raw))
    return AtpExplanation(
        lines.ids[c],
        schedule.rule.name,
        schedule.dates,
        {name: tuple(schedule.units(int(q), c) for q in rows[name]) for name in TERMS},
        tuple(_entry(cell, i, counted, on) for i in range(len(on))),
        _served(cell, pegs),
        tuple(
            (cell.names[cell.begin + i], cell.units(uncovered[i]))
            for i in uncovered.nonzero()[0].tolist()
        ),
        {
            reason: tuple(schedule.units(int(q), c) for q in quanta)
            for reason, quanta in _withheld_for(cell, rows["withheld"]).items()
        },
        {
            reason: schedule.units(n * int(ask.words[W_SCALE]), c)
            for reason, n in schedule.unavailable(c).items()
        },
    )


def _withheld_for(cell: _Cell, withheld: I8) -> dict[str, I8]:
    """Return what is withheld by reason."""
    schedule, c = cell.schedule, cell.c
    if schedule.timelines.cells[L_FIND, c] < schedule.at_confidence:
        return withheld_for(withheld, [], "confidence")
    return withheld_for(withheld, *schedule.why_withheld(c))


class _Cell(NamedTuple):
    """What the steps of an explanation share."""

    schedule: DatedFigures
    ask: Ask
    c: int
    #: By event; -1 is what is on hand.
    names: dict[int, str]

    @property
    def begin(self) -> int:
        """Place of its first event."""
        return int(self.schedule.timelines.pointer[self.c])

    @property
    def fates(self) -> I8:
        """What became of each event."""
        return self.ask.fates[: len(self.names) - 1]

    def units(self, quanta: Any) -> int | Decimal:
        """Units of so many quanta, which are limited."""
        return self.schedule.units(int(quanta), self.c)  # type: ignore[return-value]


def _entry(cell: _Cell, i: int, counted: I8, on: I8) -> Entry:
    lines, e = cell.schedule.timelines, cell.begin + i
    quantity = int(lines.events[V_QUANTITY, e])
    fate = Fate(int(cell.fates[i]))
    return Entry(
        cell.names[e],
        "supply" if quantity > 0 else "demand",
        _kind(lines, e),
        cell.units(abs(quantity) * int(cell.ask.words[W_SCALE])),
        cell.units(abs(counted[i])),
        cell.schedule.dates[on[i]] if fate is Fate.COUNTED and on[i] >= 0 else None,
        fate,
    )


def _served(cell: _Cell, pegs: I8) -> tuple[Peg, ...]:
    return tuple(
        Peg(cell.names[demand], cell.names[supply], cell.units(quantity))
        for demand, supply, quantity in zip(
            pegs[G_DEMAND].tolist(),
            pegs[G_SUPPLY].tolist(),
            pegs[G_QUANTITY].tolist(),
            strict=True,
        )
    )


def _of_the_asker(cell: _Cell, amounts: I8, pegs: I8) -> I8:
    """Return what of each event weighs on what the asking class can have."""
    found = np.where(cell.fates == Fate.COUNTED, amounts, 0)
    asked = cell.ask.words[W_ASKED]
    if asked < 0:
        return found
    lines, begin = cell.schedule.timelines, cell.begin
    mine = cell.ask.usable[asked]
    kinds = lines.events[V_KIND, begin : begin + len(found)]
    for demand, supply, quantity in pegs.T.tolist():
        kind = 0 if supply < 0 else kinds[supply - begin]
        if not mine[kind] and demand >= 0 and cell.fates[demand - begin] == 0:
            found[demand - begin] += quantity
    found[(amounts > 0) & (mine[kinds * (amounts > 0)] == 0)] = 0
    return found


def _ignoring_safety(ask: Ask, lines: Timelines, c: int) -> tuple[I8, int]:
    """Write the rule's figures without safety stock or clamping; returns the pegs."""
    raw = np.empty(int(ask.words[W_HORIZON]), np.int64)
    cells = lines.cells.copy()
    cells[L_SAFETY, c] = 0
    ask.words[W_CLAMP] = 0
    return raw, ask.one_cell(attrs.evolve(lines, cells=cells), c, raw)


def _names(lines: Timelines, c: int) -> dict[int, str]:
    """Return what each event is called; -1 is what is on hand."""
    found = {-1: ON_HAND}
    for e in range(int(lines.pointer[c]), int(lines.pointer[c + 1])):
        id = lines.event_ids[e] if lines.event_ids else ""
        bucket = int(lines.events[V_BUCKET, e])
        dated = "" if bucket == UNDATED else f" {lines.buckets.label(bucket)}"
        found[e] = id or f"{_kind(lines, e)}{dated}"
    return found


def _kind(lines: Timelines, e: int) -> str:
    supply = lines.events[V_QUANTITY, e] > 0
    names = lines.supply_types if supply else lines.demand_classes
    return str(names[lines.events[V_KIND, e]])


def _buckets(ask: Ask, lines: Timelines, c: int) -> I8:
    """Bucket in which each event of the cell counts; -1 for what does not."""
    begin, end = int(lines.pointer[c]), int(lines.pointer[c + 1])
    found = np.full(end - begin, -1, np.int64)
    for i, event in enumerate(ask.listed[X_EVENT].tolist()):
        if begin <= event < end:
            found[event - begin] = ask.listed[X_BUCKET, i]
    return found


def _amounts(ask: Ask, lines: Timelines, c: int) -> I8:
    """Signed quantities at their confidence."""
    events = lines.events[:, lines.pointer[c] : lines.pointer[c + 1]]
    quantity, kind = events[V_QUANTITY], events[V_KIND]
    plain: I8 = quantity * ask.words[W_SCALE]
    if not ask.words[W_SHARED]:
        return plain
    supply = quantity > 0
    part = quantity[supply] * ask.share[kind[supply]]
    plain[supply] = part if ask.words[W_SCALE] > 1 else part // SHARE_ONE
    return plain


def _uncovered(amounts: I8, pegs: I8, cell: _Cell) -> I8:
    """Units of each demand that nothing serves; 0 for supply."""
    found: I8 = np.maximum(0, -amounts)
    own = pegs[G_DEMAND] >= 0  # the others make up for stock below zero
    np.subtract.at(found, pegs[G_DEMAND, own] - cell.begin, pegs[G_QUANTITY, own])
    return found


def _by_then(quantity: I8, on: I8, horizon: int) -> I8:
    """Sum of quantities by bucket, those of earlier buckets included."""
    found = np.zeros(horizon, np.int64)
    np.add.at(found, on[on >= 0], quantity[on >= 0])
    return np.cumsum(found)


def _rows(cell: _Cell, counted: I8, on: I8, raw: I8) -> dict[str, I8]:
    """Return the terms in quanta."""
    supply, demand = np.zeros((2, len(raw)), np.int64)
    there = on >= 0
    np.add.at(supply, on[there], np.maximum(0, counted[there]))
    np.add.at(demand, on[there], np.maximum(0, -counted[there]))
    supply[0] += _on_hand(cell)
    atp = cell.schedule.quanta[cell.c]
    withheld = np.maximum(0, raw) - np.maximum(0, atp)
    return {
        "supply": supply,
        "demand": demand,
        "projected": np.cumsum(supply - demand),
        "ignoring_safety": raw,
        "withheld": np.where(raw < UNLIMITED, withheld, 0),
        "shortage": np.maximum(0, -raw),
        "atp": atp,
    }


def _on_hand(cell: _Cell) -> int:
    """Return the stock without a date that the asking class can have."""
    ask, on_hand = cell.ask, int(cell.schedule.timelines.cells[L_ON_HAND, cell.c])
    asked = int(ask.words[W_ASKED])
    if asked >= 0 and not ask.usable[asked, 0]:
        return min(0, on_hand) * int(ask.words[W_SCALE])
    if on_hand < 0 or not ask.words[W_SHARED]:
        return on_hand * int(ask.words[W_SCALE])
    part = on_hand * int(ask.share[0])
    return part if ask.words[W_SCALE] > 1 else part // SHARE_ONE
