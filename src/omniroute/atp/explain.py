"""Why: each term by date, what became of each event, and who is served by what."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.atp.ask import Ask, ask_of
from omniroute.atp.schedule import aligned, html_table, told
from omniroute.codes import (
    ATP_BY_EVENT,
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
from omniroute.kernels.phased_events import (
    W_CLAMP,
    W_HORIZON,
    W_SCALE,
    W_SHARED,
    X_BUCKET,
    X_EVENT,
)
from omniroute.kernels.phased_pegs import G_DEMAND, G_QUANTITY, G_SUPPLY
from omniroute.model.timeline import ON_HAND, Timelines

if TYPE_CHECKING:
    from omniroute.atp.schedule import AtpSchedule

I8 = NDArray[np.int64]

#: The terms of a date, in the order in which they are shown.
TERMS = (
    "supply",
    "demand",
    "projected",
    "ignoring_safety",
    "withheld",
    "shortage",
    "atp",
)


@attrs.frozen
class Entry:
    """A supply or demand, and what became of it.

    Parameters
    ----------
    id
        Its id, or its kind and date.
    side
        ``"supply"`` or ``"demand"``.
    kind
        Supply type or demand class.
    quantity
        Units it says.
    counted
        Units that count: fewer for supply at a confidence below 1, none for what is
        kept out.
    on
        Date on which it counts; None for what is kept out.
    fate
        `Fate.COUNTED`, or why not.
    """

    id: str
    side: str
    kind: str
    quantity: int | Decimal
    counted: int | Decimal
    on: date | datetime | None
    fate: Fate


@attrs.frozen
class Peg:
    """Units of one supply that serve one demand.

    Parameters
    ----------
    demand, supply
        Ids of the entries.
    quantity
        Units.
    """

    demand: str
    supply: str
    quantity: int | Decimal


@attrs.frozen(eq=False, repr=False)
class AtpExplanation:
    """The arithmetic of one cell.

    Parameters
    ----------
    cell
        Its id.
    rule
        Name of the rule.
    dates
        The dates.
    terms
        By name, one figure a date: ``supply`` and ``demand`` that count (what is on hand
        on the first date), ``projected`` stock, the rule's figure ``ignoring_safety``,
        units ``withheld`` (for safety, or since the cell is not sure enough), the
        ``shortage``, and the ``atp``. Always: what could be promised of ``atp``
        (``max(0, atp)``) - ``shortage`` + ``withheld`` = ``ignoring_safety``, but for
        rules that match single events, where ``shortage`` is demand nothing serves.
    entries
        Every supply and demand, and what became of it.
    pegs
        Who is served by what: the supply nearest before each demand, then earlier ones
        (rule ``expiring``: what ends first), then later ones where the rule lets demand
        wait.
    uncovered
        Ids of demands and the units that nothing serves.
    """

    cell: Any
    rule: str
    dates: tuple[date | datetime, ...]
    terms: dict[str, tuple[int | Decimal | float, ...]]
    entries: tuple[Entry, ...]
    pegs: tuple[Peg, ...]
    uncovered: tuple[tuple[str, int | Decimal], ...]

    def __repr__(self) -> str:
        out = sum(entry.fate is not Fate.COUNTED for entry in self.entries)
        counts = f"{len(self.entries)} events, {out} left out, {len(self.pegs)} pegs"
        return f"AtpExplanation({self.cell!r}, {self.rule}, {counts})"

    def __str__(self) -> str:
        head = f"{self.cell} under {self.rule}"
        return "\n\n".join([head, *(aligned(part) for part in self._parts())])

    def table(self) -> str:
        """Return the terms by date as aligned text."""
        return aligned(self._terms())

    def _repr_html_(self) -> str:
        parts = "".join(html_table(part) for part in self._parts())
        return f"<p>{escape(repr(self))}</p>{parts}"

    def left_out(self) -> tuple[Entry, ...]:
        """Return the entries that do not count, with the reason."""
        return tuple(e for e in self.entries if e.fate is not Fate.COUNTED)

    def _parts(self) -> list[list[list[str]]]:
        """Tables of the terms, the entries, and the pegs with what nothing serves."""
        entries = [["event", "side", "kind", "units", "counted", "on", "fate"]]
        for e in self.entries:
            on = "" if e.on is None else str(e.on)
            figures = [str(e.quantity), str(e.counted), on, e.fate.name]
            entries.append([e.id, e.side, e.kind, *figures])
        pegs = [["demand", "served by", "units"]]
        pegs += [[peg.demand, peg.supply, str(peg.quantity)] for peg in self.pegs]
        pegs += [[id, "nothing", str(quantity)] for id, quantity in self.uncovered]
        return [part for part in (self._terms(), entries, pegs) if len(part) > 1]

    def _terms(self) -> list[list[str]]:
        lines = [["date", *TERMS]]
        for t, at in enumerate(self.dates):
            lines.append([str(at), *(told(self.terms[name][t]) for name in TERMS)])
        return lines


def explain_cell(schedule: AtpSchedule, c: int) -> AtpExplanation:
    """Return the arithmetic of one cell of a schedule."""
    lines = schedule.timelines
    ask = ask_of(lines, schedule.rule, schedule.today)
    raw, found = _ignoring_safety(ask, lines, c)
    events = np.arange(lines.pointer[c], lines.pointer[c + 1])
    names = _names(lines, events)
    on = _buckets(ask, lines, c)
    amounts = _amounts(ask, lines, c, events)
    fates = ask.fates[: len(events)]
    counted = np.where((fates == Fate.COUNTED) & (on >= 0), amounts, 0)
    pegs = ask.pegs[:, :found]
    uncovered = _uncovered(pegs, events, counted)
    rows = _rows(schedule, ask, c, counted, on, raw)
    if schedule.rule.number >= ATP_BY_EVENT:
        rows["shortage"] = _by_then(uncovered, on, len(raw))
    units = schedule.units
    entries = tuple(
        Entry(
            names[e],
            "supply" if lines.events[V_QUANTITY, e] > 0 else "demand",
            _kind(lines, e),
            units(abs(int(lines.events[V_QUANTITY, e]) * int(ask.words[W_SCALE])), c),  # type: ignore[arg-type]
            units(abs(int(counted[i])), c),  # type: ignore[arg-type]
            None if fates[i] else schedule.dates[on[i]] if on[i] >= 0 else None,
            Fate(int(fates[i])),
        )
        for i, e in enumerate(events)
    )
    served = tuple(
        Peg(names[int(d)], names[int(s)], units(int(q), c))  # type: ignore[arg-type]
        for d, s, q in zip(pegs[G_DEMAND], pegs[G_SUPPLY], pegs[G_QUANTITY], strict=True)
    )
    return AtpExplanation(
        lines.ids[c],
        schedule.rule.name,
        schedule.dates,
        {name: tuple(units(int(q), c) for q in rows[name]) for name in TERMS},
        entries,
        served,
        tuple(
            (names[e], units(int(uncovered[i]), c))  # type: ignore[misc]
            for i, e in enumerate(events)
            if uncovered[i] > 0
        ),
    )


def _ignoring_safety(ask: Ask, lines: Timelines, c: int) -> tuple[I8, int]:
    """The rule's figures without safety stock and clamping; number of pegs."""
    raw = np.empty(int(ask.words[W_HORIZON]), np.int64)
    clamp, safety = ask.words[W_CLAMP], lines.cells[L_SAFETY, c]
    cells = lines.cells.copy()
    cells[L_SAFETY, c] = 0
    ask.words[W_CLAMP] = 0
    found = ask.one_cell(attrs.evolve(lines, cells=cells), c, raw)
    ask.words[W_CLAMP] = clamp
    assert lines.cells[L_SAFETY, c] == safety
    return raw, found


def _names(lines: Timelines, events: I8) -> dict[int, str]:
    """What each event is called; -1 is what is on hand."""
    found = {-1: ON_HAND}
    for e in events.tolist():
        id = lines.event_ids[e] if lines.event_ids else ""
        bucket = int(lines.events[V_BUCKET, e])
        dated = "" if bucket == UNDATED else f" {lines.buckets.label(bucket)}"
        found[e] = id or f"{_kind(lines, e)}{dated}"
    return found


def _kind(lines: Timelines, e: int) -> str:
    supply = lines.events[V_QUANTITY, e] > 0
    names = lines.supply_types if supply else lines.demand_classes
    return names[lines.events[V_KIND, e]]


def _buckets(ask: Ask, lines: Timelines, c: int) -> I8:
    """Bucket in which each event of the cell counts; -1 for what does not."""
    begin, end = int(lines.pointer[c]), int(lines.pointer[c + 1])
    found = np.full(end - begin, -1, np.int64)
    counting = int(np.count_nonzero(ask.fates[: end - begin] == Fate.COUNTED))
    size = counting + 1
    for i in range(min(size, ask.listed.shape[1])):
        event = int(ask.listed[X_EVENT, i])
        if begin <= event < end:
            found[event - begin] = ask.listed[X_BUCKET, i]
    return found


def _amounts(ask: Ask, lines: Timelines, c: int, events: I8) -> I8:
    """Signed quantities at their confidence."""
    quantity, kind = lines.events[V_QUANTITY, events], lines.events[V_KIND, events]
    plain = quantity * ask.words[W_SCALE]
    if not ask.words[W_SHARED]:
        return plain  # type: ignore[no-any-return]
    supply = quantity > 0
    part = quantity[supply] * ask.share[kind[supply]]
    plain[supply] = part if ask.words[W_SCALE] > 1 else part // SHARE_ONE
    return plain  # type: ignore[no-any-return]


def _uncovered(pegs: I8, events: I8, counted: I8) -> I8:
    """Units of each demand that nothing serves; 0 for supply."""
    begin = int(events[0]) if len(events) else 0
    found = np.maximum(0, -counted)
    own = pegs[G_DEMAND] >= 0  # the others make up for stock below zero
    np.subtract.at(found, pegs[G_DEMAND, own] - begin, pegs[G_QUANTITY, own])
    return np.maximum(0, found)  # type: ignore[no-any-return]


def _by_then(quantity: I8, on: I8, horizon: int) -> I8:
    """Sum of quantities by bucket, those of earlier buckets included."""
    found = np.zeros(horizon, np.int64)
    np.add.at(found, on[on >= 0], quantity[on >= 0])
    return np.cumsum(found)


def _rows(
    schedule: AtpSchedule, ask: Ask, c: int, counted: I8, on: I8, raw: I8
) -> dict[str, I8]:
    """The terms in quanta."""
    lines, horizon = schedule.timelines, len(raw)
    supply, demand = np.zeros((2, horizon), np.int64)
    there = on >= 0
    np.add.at(supply, on[there], np.maximum(0, counted[there]))
    np.add.at(demand, on[there], np.maximum(0, -counted[there]))
    on_hand = int(lines.cells[L_ON_HAND, c])
    if on_hand > 0 and ask.words[W_SHARED]:
        on_hand *= int(ask.share[0])
        supply[0] += on_hand if ask.words[W_SCALE] > 1 else on_hand // SHARE_ONE
    else:
        supply[0] += on_hand * int(ask.words[W_SCALE])
    atp = schedule.quanta[c]
    limited = raw < UNLIMITED
    withheld = np.where(limited, np.maximum(0, raw) - np.maximum(0, atp), 0)
    return {
        "supply": supply,
        "demand": demand,
        "projected": np.cumsum(supply - demand),
        "ignoring_safety": raw,
        "withheld": withheld,
        "shortage": np.maximum(0, -raw),
        "atp": atp,
    }
