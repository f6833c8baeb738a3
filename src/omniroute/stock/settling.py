"""Facts that come late, and counts that get what happened after them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import E_AUX, E_WHAT, Effect
from omniroute.stock.effects import NOTHING, EffectBatch
from omniroute.stock.repeats import Told
from omniroute.stock.state import State

I8 = NDArray[np.int64]

_ENDS = int(Effect.ENDS)


def settled(
    state: State,
    batch: EffectBatch,
    owners: I8,
    now: int,
    timed: bool = True,
    told: Told | None = None,
) -> tuple[EffectBatch, I8, int, EffectBatch]:
    """Leave out effects that are late; counts get what happened after them.

    Returns what is left, whose it is, how many were late, and effects that remember
    what sources told.
    """
    late, memory = 0, state.memory
    numbered = np.ones(len(owners), np.bool_)
    overtaken = np.zeros(len(owners), np.bool_)
    if told is not None and not told.ordered:
        said, who = batch.rows[:, E_AUX].copy(), told.seen.numbers[told.places]
        numbered = ~memory.newest.by_number(batch.rows, who, told.sequences)
        late += _and_ends(batch.rows, owners, numbered)
        overtaken = (batch.rows[:, E_AUX] != said)[numbered]
        batch, owners, timed = _only(batch, numbered), owners[numbered], True
    rows = batch.rows
    if timed:
        kept = ~(memory.settle(rows, now) | memory.newest.by_time(rows))
        late += _and_ends(rows, owners, kept)
        batch, owners = _only(batch, kept), owners[kept]
        overtaken = overtaken & kept
    if told is None:
        return batch, owners, late, NOTHING
    places, sequences = told.places[numbered], told.sequences[numbered]
    return batch, owners, late, told.seen.told(rows, places, sequences, overtaken)


def _and_ends(rows: I8, owners: I8, kept: NDArray[np.bool_]) -> int:
    """Leave out the sell-by of what is late as well; return how many facts were late.

    An event about a delivery may be two rows: until when it can be sold is the second.
    """
    count = int((~kept).sum())
    if count and (ends := rows[:, E_WHAT] == _ENDS).any():
        kept &= ~(ends & np.isin(owners, owners[~kept]))
    return count


def _only(batch: EffectBatch, kept: NDArray[np.bool_]) -> EffectBatch:
    return batch if kept.all() else EffectBatch(batch.rows[kept], batch.texts)
