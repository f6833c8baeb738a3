"""What a cell's figures are explained with: terms by date, entries, who is served."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import attrs

from omniroute._show import aligned, html_table, html_text, told
from omniroute.codes import Fate

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
        Units that weigh on the figures: fewer for supply at a confidence below 1, and
        for demand that is served from what the asking class may not use; none for what
        is kept out.
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
    withheld_for
        Units withheld by reason, one figure a date, for reasons that withhold anything:
        ``"confidence"`` and ``"safety"``; of live stock also ``"fence"`` (set aside for
        channels; for others, where one asks), ``"pool"`` (it is not open to the channel),
        ``"network"`` (a network threshold, holds at no node) and ``"dated"`` (what will
        have ended, or is needed by promises beyond the horizon). They add up to
        ``withheld``; of a unit with two reasons the first of these is told.
    unavailable
        Units by reason that live stock cannot sell (``"damaged"``). They are in none of
        the terms.
    """

    cell: Any
    rule: str
    dates: tuple[date | datetime, ...]
    terms: dict[str, tuple[int | Decimal | float, ...]]
    entries: tuple[Entry, ...]
    pegs: tuple[Peg, ...]
    uncovered: tuple[tuple[str, int | Decimal], ...]
    withheld_for: dict[str, tuple[int | Decimal | float, ...]] = attrs.field(
        factory=dict
    )
    unavailable: dict[str, int | Decimal | float] = attrs.field(factory=dict)

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
        return html_text(repr(self)) + parts

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
        reasons = self._reasons()
        parts = (self._terms(), reasons, entries, pegs)
        return [part for part in parts if len(part) > 1]

    def _reasons(self) -> list[list[str]]:
        """Return reasons and their units; nothing where a column of terms says it all."""
        if len(self.withheld_for) < 2 and not self.unavailable:
            return []
        lines = [["withheld for", "units", "until"]]
        for reason, units in self.withheld_for.items():
            for t, n in enumerate(units):
                if n and (t + 1 == len(units) or units[t + 1] != n):
                    lines.append([reason, told(n), str(self.dates[t])])
        for reason, n in self.unavailable.items():
            lines.append([f"unavailable: {reason}", told(n), ""])
        return lines

    def _terms(self) -> list[list[str]]:
        lines = [["date", *TERMS]]
        for t, at in enumerate(self.dates):
            lines.append([str(at), *(told(self.terms[name][t]) for name in TERMS)])
        return lines
