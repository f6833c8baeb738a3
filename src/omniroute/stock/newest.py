"""What is the newest that was told of each thing that facts replace.

By its source's numbers: the newest count, safety stock or due time that each source told
of a thing, and the changes of on hand it told, which a count that they overtook needs.
By time: when the newest safety stock of a cell, and due time of a delivery, were so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

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
    Effect,
)
from omniroute.kernels.stock.newest import (
    NONE,
    chain_told,
    judge_numbers,
    judge_times,
    open_pairs,
    open_subjects,
    raise_newest,
    subjects_of,
)
from omniroute.kernels.stock.settle import MARK
from omniroute.stock.growth import grown
from omniroute.stock.ledger import Ledger
from omniroute.stock.table import Table

I8 = NDArray[np.int64]

_COUNT, _SAFETY = int(Effect.COUNT), int(Effect.SAFETY)
_RESCHEDULE = int(Effect.RESCHEDULE)
#: Bits of a pair that are the source: windows of so many would take 16 GiB.
_SOURCE_BITS = 22


class Newest:
    """Numbers and times of what replaced something lately.

    Parameters
    ----------
    nodes
        Number of nodes.
    retention_s
        How long changes that sources told, and facts without a time, are kept.

    Attributes
    ----------
    marks : Table
        By pair of subject and source, the highest number of what replaced.
    cuts : Table
        By subject, the newest time that a safety stock or due time said.
    """

    __slots__ = (
        "_floors",
        "_nodes",
        "_plain",
        "_retention_s",
        "_start",
        "_told",
        "_tops",
        "_used",
        "cuts",
        "marks",
    )

    #: Most changes that are kept, 32 bytes each.
    MOST: ClassVar[int] = 1 << 20

    def __init__(self, nodes: int, retention_s: int) -> None:
        self._nodes, self._retention_s = nodes, retention_s
        self.marks, self.cuts = Table(), Table()
        #: When what said no time replaced something.
        self._plain = Ledger(retention_s)
        #: Changes in order of arrival: pair, number, arrival, change.
        self._told = np.empty((0, 4), np.int64)
        self._start = self._used = 0
        #: By pair, the highest number among the changes.
        self._tops = Table()
        #: By source, the highest number among changes that were dropped.
        self._floors = np.zeros(0, np.int64)

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays, room to spare included."""
        tables = self.marks.nbytes + self.cuts.nbytes + self._tops.nbytes
        return int(tables + self._plain.nbytes + self._told.nbytes)

    # -- what is late ------------------------------------------------------------------

    def by_number(self, rows: I8, sources: I8, numbers: I8) -> NDArray[np.bool_]:
        """Say which rows are late by their sources' numbers; mend overtaken counts.

        O(rows), and O(changes kept) where a count was overtaken.

        Parameters
        ----------
        rows
            Effects. Modified in place where they are overtaken counts.
        sources, numbers
            int64[n]: who told each row under which number; source -1 for nobody.
        """
        late = np.zeros(len(rows), np.int64)
        pairs = self._pairs(rows, sources)
        size = _power_of_two(2 * len(rows))
        slots, marks, tops = (
            np.full(size, fill, np.int64) for fill in (-1, NONE, NONE)
        )
        heads = np.full(size, -1, np.int64)
        open_pairs(
            pairs,
            slots,
            marks,
            tops,
            heads,
            *(self.marks.keys, self.marks.values),
            *(self._tops.keys, self._tops.values),
        )
        links, first = self._links(rows, pairs, slots, heads)
        floors = self._floors_of(sources)
        judge_numbers(
            rows, pairs, numbers, floors, slots, marks, tops, heads, links, first, late
        )
        return late.astype(np.bool_)

    def is_ordered(self, numbers: I8) -> bool:
        """Whether numbers that only go up are in order of everything that was told."""
        empty = not self.marks.used and self._start == self._used
        return empty and bool((numbers[1:] > numbers[:-1]).all())

    def _pairs(self, rows: I8, sources: I8) -> I8:
        """Subject and source of each row in one number; -1 where it has no source."""
        subjects = np.empty(len(rows), np.int64)
        subjects_of(rows, self._nodes, subjects)
        # What a count of a lot comes to is known later, and it replaces no more than that.
        none = (subjects < 0) | (sources < 0) | (rows[:, E_AUX2] != 0)
        return np.where(none, -1, (subjects << _SOURCE_BITS) + sources)

    def _links(self, rows: I8, pairs: I8, slots: I8, heads: I8) -> tuple[I8, int]:
        """Chains of changes that were told of these pairs, with room for the rows."""
        told = self._told[self._start : self._used]
        counts = (rows[:, E_WHAT] == _COUNT) & (pairs >= 0)
        if not counts.any() or not (np.isin(pairs[counts], told[:, 0])).any():
            told = told[:0]
        links = np.full((len(told) + len(rows), 5), -1, np.int64)
        links[: len(told), 1:] = told
        return links, int(chain_told(slots, heads, links))

    def _floors_of(self, sources: I8) -> I8:
        floors = np.full(len(sources), NONE, np.int64)
        known = (sources >= 0) & (sources < len(self._floors))
        floors[known] = self._floors[sources[known]] - 1
        return floors

    def by_time(self, rows: I8) -> NDArray[np.bool_]:
        """Say which safety stocks and due times are late by the times they say."""
        late = np.zeros(len(rows), np.int64)
        what = rows[:, E_WHAT]
        said = np.where(what == _SAFETY, rows[:, E_AUX], 0)
        said = np.where(what == _RESCHEDULE, rows[:, E_QUANTITY], said)
        if not said.any():
            return late.astype(np.bool_)
        subjects = np.empty(len(rows), np.int64)
        subjects_of(rows, self._nodes, subjects)
        subjects[(what != _SAFETY) & (what != _RESCHEDULE)] = -1
        size = _power_of_two(2 * len(rows))
        slots, newest = np.full(size, -1, np.int64), np.full(size, NONE, np.int64)
        open_subjects(subjects, slots, newest, self.cuts.keys, self.cuts.values)
        plain, arrived, _ = self._plain.since(int(said[said != 0].min()))
        raise_newest(slots, newest, plain, arrived)
        judge_times(rows, subjects, self._plain.floor, slots, newest, late)
        return late.astype(np.bool_)

    # -- what has been applied ---------------------------------------------------------

    def note_time(self, what: int, row: Sequence[int]) -> None:
        """Remember when a safety stock or due time was so."""
        if what == _SAFETY:
            subject = 4 * (row[E_SKU] * self._nodes + row[E_NODE]) + 1
            said = row[E_AUX]
        else:
            subject, said = 4 * row[E_REFERENCE] + 2, row[E_QUANTITY]
        if said:
            self.cuts.put(np.array([subject]), np.array([said]))
        else:
            self._plain.add(subject, row[E_TIME], MARK, row[E_TIME])

    def note_times(self, rows: I8) -> None:
        """`note_time` for many, each SAFETY or RESCHEDULE."""
        subjects = np.empty(len(rows), np.int64)
        subjects_of(rows, self._nodes, subjects)
        safety = rows[:, E_WHAT] == _SAFETY
        said = np.where(safety, rows[:, E_AUX], rows[:, E_QUANTITY])
        told = said != 0
        if told.any():
            self.cuts.put(subjects[told], said[told])
        if not told.all():
            plain = np.zeros((3, int((~told).sum())), np.int64)
            plain[0], plain[1] = subjects[~told], rows[~told, E_TIME]
            plain[2] = MARK
            self._plain.add_parts(plain, int(rows[-1, E_TIME]))

    def note_told(self, rows: I8) -> None:
        """Remember what sources told: TOLD rows."""
        kinds, sources = rows[:, E_AUX2], rows[:, E_REFERENCE]
        cells = rows[:, E_SKU] * self._nodes + rows[:, E_NODE]
        subjects = np.where(kinds == _SAFETY, 4 * cells + 1, 4 * cells)
        entries = 4 * rows[:, E_QUANTITY] + 2
        subjects = np.where(kinds == _RESCHEDULE, entries, subjects)
        pairs = (subjects << _SOURCE_BITS) + sources
        numbers = np.ascontiguousarray(rows[:, E_AUX])
        replacing = np.isin(kinds, (_COUNT, _SAFETY, _RESCHEDULE))
        if replacing.any():
            self.marks.put(pairs[replacing], numbers[replacing])
        if not replacing.all():
            some = ~replacing
            self._tops.put(pairs[some], numbers[some])
            columns = (pairs, numbers, rows[:, E_TIME], rows[:, E_QUANTITY])
            self._keep(np.column_stack(columns)[some])

    def cover(
        self, cell: int, source: int, number: int, when: int
    ) -> list[tuple[int, int]]:
        """Drop changes that a count of their source covers, though they came later.

        O(changes kept). Returns when they arrived, and what they were.

        Parameters
        ----------
        cell, source
            What was counted, and by whom.
        number, when
            The count's number; when it was so.
        """
        told = self._told[self._start : self._used]
        pair = (4 * cell << _SOURCE_BITS) + source
        mine = (told[:, 0] == pair) & (told[:, 1] < number) & (told[:, 2] > when)
        found = [(int(arrived), int(change)) for arrived, change in told[mine, 2:]]
        told[mine, 3] = 0
        return found

    def _keep(self, told: I8) -> None:
        """Add changes, and drop the oldest where there are too many or they are too old."""
        now = int(told[-1, 2])
        self._told = grown(self._told, self._used + len(told))
        self._told[self._used : self._used + len(told)] = told
        self._used += len(told)
        kept = self._told[self._start : self._used]
        old = int(np.searchsorted(kept[:, 2], now - self._retention_s))
        drop = max(old, len(kept) - self.MOST)
        if drop > 0:
            gone = kept[:drop]
            sources = gone[:, 0] & ((1 << _SOURCE_BITS) - 1)
            self._floors = grown(self._floors, int(sources.max()) + 1)
            # One up, so that 0, what growing fills with, says that none was dropped.
            np.maximum.at(self._floors, sources, gone[:, 1] + 1)
            self._start += drop
        if 2 * self._start > self._used:
            self._compact()

    def _compact(self) -> None:
        """Give back the room of what was dropped."""
        kept = self._told[self._start : self._used].copy()
        self._told, self._start, self._used = kept, 0, len(kept)
        self._tops = Table()
        self._tops.put(np.ascontiguousarray(kept[:, 0]), kept[:, 1].copy())

    def forget(self, seen: I8) -> None:
        """Drop marks that nothing new can be older than; ``seen`` by source."""
        keys, values = self.marks.items()
        sources = keys & ((1 << _SOURCE_BITS) - 1)
        kept = values > seen[sources]
        self.marks = Table()
        self.marks.put(keys[kept], values[kept])

    # -- proof -------------------------------------------------------------------------

    def records(
        self, skus: Any, nodes: Any, entries: Any, sources: Any, seen: I8
    ) -> list[list[Any]]:
        """Columns the digest mixes: marks that matter, then times that were said."""
        keys, numbers = self.marks.items()
        who = keys & ((1 << _SOURCE_BITS) - 1)
        live = numbers > seen[who] if len(keys) else np.zeros(0, np.bool_)
        keys, numbers, who = keys[live], numbers[live], who[live]
        subjects, times = self.cuts.items()
        named = self._names(keys >> _SOURCE_BITS, skus, nodes, entries)
        return [
            [*named, sources[who], numbers],
            [*self._names(subjects, skus, nodes, entries), times],
        ]

    def _names(self, subjects: I8, skus: Any, nodes: Any, entries: Any) -> list[Any]:
        """Three words by which a subject is known in every state."""
        kind, number = subjects & 3, subjects >> 2
        words = np.zeros((2, len(subjects)), np.uint64)
        cell, entry = kind != 2, kind == 2
        words[0, cell] = skus[number[cell] // self._nodes]
        words[1, cell] = nodes[number[cell] % self._nodes]
        words[0, entry] = entries[number[entry]]
        return [kind, words[0], words[1]]


def _power_of_two(least: int) -> int:
    return 1 << max(least - 1, 1).bit_length()
