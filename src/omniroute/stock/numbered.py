"""Which source told each row of a batch, and under which of its numbers."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
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
    EFFECT_WIDTH,
    STOCK_FIRST,
    STOCK_LAST,
    Effect,
)
from omniroute.stock.effects import NOTHING, EffectBatch, Row, intern
from omniroute.stock.memory import Memory

I8 = NDArray[np.int64]

_SEEN, _TOLD = int(Effect.SEEN), int(Effect.TOLD)
_SOURCE = int(Effect.INTERN_SOURCE)
_COUNT, _SAFETY, _SELL = int(Effect.COUNT), int(Effect.SAFETY), int(Effect.SELL)
_RESCHEDULE = int(Effect.RESCHEDULE)


@attrs.frozen(eq=False)
class Seen:
    """What a batch makes a state remember of the numbers of sources.

    Parameters
    ----------
    batch
        Effects that say so.
    numbers
        int64[k + 1]: what each source of the batch is called in the state; -1 where
        nothing of it is taken in, and last, for no source.
    gaps
        bool[k + 1]: whether something older may still come of the source.
    """

    batch: EffectBatch
    numbers: I8
    gaps: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        memory: Memory,
        sources: Sequence[str],
        places: I8,
        sequences: I8,
        now: int,
    ) -> Seen:
        """Work it out for numbers that are new; ``places`` are those of ``sources``."""
        known = memory.sources
        numbers = np.full(len(sources) + 1, -1, np.int64)
        gaps = np.zeros(len(sources) + 1, np.bool_)
        rows: list[Row] = []
        texts: list[str] = []
        for k, source in enumerate(sources):
            own = np.unique(sequences[places == k])
            if not len(own):
                continue
            number = known.numbers.get(source)
            if number is None:
                number = len(known) + len(texts)
                rows.append(intern(_SOURCE, number, len(texts), now))
                texts.append(source)
            runs = _runs(own)
            numbers[k], gaps[k] = number, memory.has_gaps_after(number, runs)
            rows += [
                (_SEEN, -1, -1, last, number, now, first, 0) for first, last in runs
            ]
        return cls(EffectBatch(rows, texts), numbers, gaps)

    def told(
        self, rows: I8, places: I8, sequences: I8, overtaken: NDArray[np.bool_]
    ) -> EffectBatch:
        """Effects that remember what was told, where something older may still come.

        Parameters
        ----------
        rows
            Effects that are taken in.
        places, sequences
            int64[n]: source of each, -1 for none, and its number there.
        overtaken
            bool[n]: counts that were put back before changes of their source.
        """
        some = (places >= 0) & (self.gaps[places] | overtaken)
        if not some.any():
            return NOTHING
        what = rows[:, E_WHAT]
        replacing = (what == _COUNT) | (what == _SAFETY) | (what == _RESCHEDULE)
        some &= ((what >= STOCK_FIRST) & (what <= STOCK_LAST)) | replacing
        # A change that says when it happened goes by that, as does the count of a lot.
        some &= replacing | ((rows[:, E_AUX] == 0) & (rows[:, E_AUX2] == 0))
        facts, kind = rows[some], what[some]
        out = np.zeros((len(facts), EFFECT_WIDTH), np.int64)
        out[:, E_WHAT], out[:, E_AUX2], out[:, E_TIME] = _TOLD, kind, facts[:, E_TIME]
        out[:, E_SKU], out[:, E_NODE] = facts[:, E_SKU], facts[:, E_NODE]
        out[:, E_REFERENCE] = self.numbers[places[some]]
        out[:, E_AUX] = sequences[some]
        out[:, E_QUANTITY] = _quantity(facts, kind)
        # When it was so: what its source told before is in it, though it came later.
        moved = overtaken[some]
        out[moved, E_QUANTITY] = facts[moved, E_AUX]
        return EffectBatch(out)


def _quantity(facts: I8, kind: I8) -> I8:
    """Return what a fact adds; which entry has another date; 0 for what replaces."""
    quantity = np.where(kind == _SELL, -facts[:, E_QUANTITY], facts[:, E_QUANTITY])
    quantity[(kind == _COUNT) | (kind == _SAFETY)] = 0
    moved = kind == _RESCHEDULE
    quantity[moved] = facts[moved, E_REFERENCE]
    return quantity


def _runs(numbers: I8) -> list[tuple[int, int]]:
    """First and last of each run without a gap; ``numbers`` increase."""
    breaks = np.flatnonzero(np.diff(numbers) != 1) + 1
    firsts = numbers[np.append(0, breaks)].tolist()
    lasts = numbers[np.append(breaks - 1, len(numbers) - 1)].tolist()
    return list(zip(firsts, lasts, strict=True))
