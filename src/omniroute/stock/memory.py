"""What is remembered of events, so that one that comes again or late is known.

* *Repeats.* Ids of events for a stated time; of each source, which of its last
  `SEQUENCE_WINDOW` sequence numbers were seen.
* *Late events.* The cut-over of each cell's last count, and a ledger of what was done
  to on hand lately. What is the newest of each thing that facts replace: see `Newest`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    E_AUX,
    E_AUX2,
    E_NODE,
    E_QUANTITY,
    E_REFERENCE,
    E_SKU,
    E_TIME,
    E_WHAT,
    SEQUENCE_WINDOW,
    STOCK_FIRST,
    STOCK_LAST,
    Effect,
)
from omniroute.kernels.stock.seen import BITS, WORDS, see_range, seen_up_to
from omniroute.kernels.stock.settle import (
    MARK,
    NEVER,
    chain_ledger,
    open_slots,
    settle,
)
from omniroute.stock.growth import grown
from omniroute.stock.ids import Ids, text_hash
from omniroute.stock.ledger import Ledger
from omniroute.stock.newest import Newest
from omniroute.stock.table import Table

I8 = NDArray[np.int64]

_COUNT, _SELL, _SHIP = int(Effect.COUNT), int(Effect.SELL), int(Effect.SHIP)
_SAFETY = int(Effect.SAFETY)
_RESCHEDULE = int(Effect.RESCHEDULE)
_SEEN, _INTERN_EVENT = int(Effect.SEEN), int(Effect.INTERN_EVENT)
_TOLD = int(Effect.TOLD)
_FEW = 32
_MARKS_LEAST = 1_024


class Memory:
    """Events seen, cut-overs and recent changes of on hand.

    Parameters
    ----------
    nodes
        Number of nodes.
    retention_s
        How long event ids, and changes that a late count may need, are kept.

    Attributes
    ----------
    events : OrderedDict of str to int
        Engine time at which each event id was seen, oldest first.
    sources : Ids
        Names of sources.
    cuts : Table
        Cut-over of the last count of each cell that said when it was.
    ledger : Ledger
        Recent changes of on hand.
    newest : Newest
        Numbers and times of what replaced something lately.
    """

    __slots__ = (
        "_forget_at",
        "_newest",
        "_nodes",
        "_seen_up_to",
        "_words",
        "cuts",
        "events",
        "ledger",
        "newest",
        "retention_s",
        "sources",
    )

    def __init__(self, nodes: int, retention_s: int) -> None:
        self.retention_s = retention_s
        self.events: OrderedDict[str, int] = OrderedDict()
        self.sources = Ids()
        self.cuts = Table()
        self.ledger = Ledger(retention_s)
        self.newest = Newest(nodes, retention_s)
        self._nodes = nodes
        self._newest = np.zeros(0, np.int64)
        #: Up to which number of each source nothing new can come.
        self._seen_up_to = np.zeros(0, np.int64)
        #: Marks from which on those that do not matter any more are dropped.
        self._forget_at = _MARKS_LEAST
        self._words = np.zeros((0, WORDS), np.int64)

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays, room to spare included; ids not counted."""
        seen = int(self._newest.nbytes + self._words.nbytes)
        return self.cuts.nbytes + self.ledger.nbytes + self.newest.nbytes + seen

    # -- repeats -----------------------------------------------------------------------

    def knows(self, id: str, now: int) -> bool:
        """Whether an event of this id was seen within the retention."""
        seen = self.events.get(id)
        return seen is not None and seen + self.retention_s > now

    def saw(self, sources: I8, sequences: I8) -> NDArray[np.bool_]:
        """Which of the numbers were seen, or are too old to tell; source -1: none."""
        known = np.flatnonzero((sources >= 0) & (sources < len(self._newest)))
        found = np.zeros(len(sources), np.bool_)
        source, sequence = sources[known], sequences[known]
        newest, place = self._newest[source], sequence % SEQUENCE_WINDOW
        bits = self._words[source, place // BITS] >> (place % BITS) & 1
        found[known] = (sequence <= newest) & (bits == 1)
        found[known] |= sequence <= newest - SEQUENCE_WINDOW
        return found

    def has_gaps_after(self, source: int, runs: Sequence[tuple[int, int]]) -> bool:
        """Whether a number of a source is missing below others once runs were seen.

        Else what comes later and has a lower number is a repeat, whatever it is about.
        """
        known = source < len(self._newest)
        last = int(self._seen_up_to[source]) if known else -1
        newest = max(int(self._newest[source]) if known else -1, runs[-1][1])
        last = max(last, newest - SEQUENCE_WINDOW)
        for first, end in runs:
            if first > last + 1:
                break
            last = max(last, end)
        return last < newest

    # -- late events -------------------------------------------------------------------

    def settle(self, rows: I8, now: int) -> NDArray[np.bool_]:
        """Say which rows are late, and add to counts what happened after them.

        O(rows + ledger since the earliest count); nothing to do where no row says when
        it happened.
        """
        what, said = rows[:, E_WHAT], rows[:, E_AUX]
        told = (what >= STOCK_FIRST) & (what <= STOCK_LAST) & (said != 0)
        counts = told & (what == _COUNT)
        late = np.zeros(len(rows), np.int64)
        if not counts.any() and not (told.any() and len(self.cuts)):
            return late.astype(np.bool_)
        cells = rows[:, E_SKU] * self._nodes + rows[:, E_NODE]
        size = _power_of_two(2 * len(rows))
        slots, cuts = np.full(size, -1, np.int64), np.full(size, NEVER, np.int64)
        heads = np.full(size, -1, np.int64)
        open_slots(cells, slots, cuts, heads, self.cuts.keys, self.cuts.values)
        links, first = self._links(counts, said, slots, heads, len(rows))
        floor = max(self.ledger.floor, now - self.retention_s)
        settle(rows, cells, floor, slots, cuts, heads, links, first, late)
        return late.astype(np.bool_)

    def _links(
        self, counts: Any, said: I8, slots: I8, heads: I8, rows: int
    ) -> tuple[I8, int]:
        """Chains of what the ledger has on these cells, with room for the rows."""
        if not counts.any():
            return np.empty((rows, 3), np.int64), 0
        cells, happened, changes = self.ledger.since(int(said[counts].min()))
        links = np.empty((len(cells) + rows, 3), np.int64)
        links[: len(cells), 2] = changes
        return links, int(chain_ledger(slots, heads, cells, happened, links))

    # -- what has been applied ---------------------------------------------------------

    def note(self, rows: I8, texts: Sequence[str]) -> None:
        """Remember what effects that have been applied say."""
        if len(rows) > _FEW:
            self._note_many(rows, texts)
            return
        told = False
        for row in rows.tolist():
            if STOCK_FIRST <= row[E_WHAT] <= STOCK_LAST or row[E_WHAT] == _SHIP:
                self.note_stock(row)
            elif row[E_WHAT] == _INTERN_EVENT:
                self._note_event(texts[row[E_AUX]], row[E_TIME])
            elif row[E_WHAT] == _SEEN:
                self._note_seen(row)
            elif row[E_WHAT] == _RESCHEDULE:
                self.newest.note_time(_RESCHEDULE, row)
            elif row[E_WHAT] == _TOLD:
                told = True
        if told:
            self._note_told(rows)

    def _note_many(self, rows: I8, texts: Sequence[str]) -> None:
        what = np.ascontiguousarray(rows[:, E_WHAT])
        self.ledger.add_rows(rows, self._nodes)
        told = (what == _SAFETY) | (what == _RESCHEDULE)
        if told.any():
            self.newest.note_times(rows[told])
        told = rows[(rows[:, E_AUX] != 0) & (what == _COUNT)]
        if len(told):
            cells = told[:, E_SKU] * self._nodes + told[:, E_NODE]
            self.cuts.put(cells, np.ascontiguousarray(told[:, E_AUX]))
        if texts:
            self._note_events(rows[what == _INTERN_EVENT], texts)
        for row in rows[what == _SEEN].tolist():
            self._note_seen(row)
        if len(self.sources):
            self._note_told(rows)

    def _note_told(self, rows: I8) -> None:
        told = rows[rows[:, E_WHAT] == _TOLD]
        if not len(told):
            return
        self.newest.note_told(told)
        overtaken = (told[:, E_AUX2] == _COUNT) & (told[:, E_QUANTITY] != 0)
        for row in told[overtaken].tolist():
            self._note_covered(row)
        if self.newest.marks.used >= self._forget_at:
            self.newest.forget(self._seen_up_to)
            self._forget_at = max(_MARKS_LEAST, 2 * self.newest.marks.used)

    def _note_covered(self, row: list[int]) -> None:
        """Take out of the ledger what an overtaken count covers, though it came later."""
        cell = row[E_SKU] * self._nodes + row[E_NODE]
        covered = self.newest.cover(cell, row[E_REFERENCE], row[E_AUX], row[E_QUANTITY])
        for arrived, change in covered:
            self.ledger.add(cell, arrived, -change, row[E_TIME])

    def note_stock(self, row: Sequence[int]) -> None:
        """Remember what one fact about a cell says."""
        what, quantity, said = row[E_WHAT], row[E_QUANTITY], row[E_AUX]
        if what == _SAFETY:
            self.newest.note_time(_SAFETY, row)
            return
        cell, now = row[E_SKU] * self._nodes + row[E_NODE], row[E_TIME]
        if what != _COUNT:
            change = -quantity if what in (_SELL, _SHIP) else quantity
            self.ledger.add(cell, said or now, change, now)
        elif said:
            self.cuts.put(np.array([cell]), np.array([said]))
        else:
            self.ledger.add(cell, now, MARK, now)

    def _note_events(self, rows: I8, texts: Sequence[str]) -> None:
        events = self.events
        if not len(rows):
            return
        self._forget(int(rows[0, E_TIME]))
        for place, now in zip(
            rows[:, E_AUX].tolist(), rows[:, E_TIME].tolist(), strict=True
        ):
            events.pop(texts[place], None)
            events[texts[place]] = now

    def _note_event(self, id: str, now: int) -> None:
        self._forget(now)
        # At the end even where it was known before: oldest first.
        self.events.pop(id, None)
        self.events[id] = now

    def _forget(self, now: int) -> None:
        """Drop ids that are older than the retention; amortised O(1)."""
        while self.events:
            oldest = next(iter(self.events.values()))
            if oldest + self.retention_s > now:
                return
            self.events.popitem(last=False)

    def _note_seen(self, row: list[int]) -> None:
        source, first, last = row[E_REFERENCE], row[E_AUX], row[E_QUANTITY]
        if source >= len(self._newest):
            before = len(self._newest)
            self._newest = grown(self._newest, source + 1)
            self._words = grown(self._words, source + 1)
            # No number seen: even 0 is new.
            self._newest[before:] = -SEQUENCE_WINDOW - 1
            self._seen_up_to = grown(self._seen_up_to, source + 1)
            self._seen_up_to[before:] = -1
        see_range(source, first, last, self._newest, self._words)
        self._seen_up_to[source] = seen_up_to(
            source, int(self._seen_up_to[source]), self._newest, self._words
        )

    # -- proof -------------------------------------------------------------------------

    def records(
        self, skus: Any, nodes: Any, entries: Any, now: int
    ) -> list[NDArray[np.uint64]]:
        """Words the digest mixes: ids, sequence numbers and cut-overs, not the ledger."""
        keys, cuts = self.cuts.items()
        tables = [
            [skus[keys // self._nodes], nodes[keys % self._nodes], cuts],
            [np.array(self._known(now), np.uint64)],
            list(self._seen()),
        ]
        sources = self.sources.hashes()
        tables += self.newest.records(skus, nodes, entries, sources, self._seen_up_to)
        return [_words(7 + k, table) for k, table in enumerate(tables)]

    def _known(self, now: int) -> list[int]:
        return [text_hash(id) for id in self.events if self.knows(id, now)]

    def _seen(self) -> tuple[Any, Any]:
        """Source and number of everything within the windows."""
        used = len(self.sources)
        newest, places = self._newest[:used], np.arange(SEQUENCE_WINDOW)
        oldest = newest - SEQUENCE_WINDOW + 1
        numbers = oldest[:, None] + (places - oldest[:, None]) % SEQUENCE_WINDOW
        bits = self._words[:used, places // BITS] >> (places % BITS) & 1
        source, place = np.nonzero(bits)
        return self.sources.hashes()[source], numbers[source, place]


def _words(tag: int, columns: list[Any]) -> NDArray[np.uint64]:
    words = np.empty((len(columns[0]), len(columns) + 1), np.uint64)
    words[:, 0] = tag
    for k, column in enumerate(columns):
        words[:, k + 1] = column.astype(np.uint64)
    return words


def _power_of_two(least: int) -> int:
    return 1 << max(least - 1, 1).bit_length()
