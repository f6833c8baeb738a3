"""Names that effects bring along: inbound entries, reasons, types, sources, channels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    ASIDE_LAST,
    E_AUX,
    E_AUX2,
    E_QUANTITY,
    E_REFERENCE,
    E_WHAT,
    INTERN_LAST,
    REASONS_MAX,
    Effect,
)
from omniroute.errors import ValidationError
from omniroute.stock.aside import Aside
from omniroute.stock.effects import EffectBatch
from omniroute.stock.ids import Ids
from omniroute.stock.memory import Memory
from omniroute.stock.supply import Supply

_RESERVATION, _EVENT = int(Effect.INTERN_RESERVATION), int(Effect.INTERN_EVENT)
_INBOUND, _REASON = int(Effect.INTERN_INBOUND), int(Effect.INTERN_REASON)


def lists(supply: Supply, memory: Memory, aside: Aside) -> tuple[tuple[int, Ids], ...]:
    """Which effect adds to which list of names."""
    return (
        (int(Effect.INTERN_INBOUND), supply.ids),
        (int(Effect.INTERN_REASON), supply.reasons),
        (int(Effect.INTERN_TYPE), supply.types),
        (int(Effect.INTERN_SOURCE), memory.sources),
        (int(Effect.INTERN_CHANNEL), aside.channels),
    )


def new_names(
    batch: EffectBatch, supply: Supply, memory: Memory, aside: Aside
) -> list[tuple[Ids, str]]:
    """Names the batch adds, and to which list, once all of them are in order.

    Raises
    ------
    ValidationError
        A number that is not the next, or means another name here; an inbound entry
        without a name or a name without one.
    """
    what = batch.rows[:, E_WHAT]
    _check_places(batch, what == _EVENT)
    some = (what > _RESERVATION) & (what <= INTERN_LAST) & (what != _EVENT)
    known = dict(lists(supply, memory, aside))
    fresh: list[tuple[Ids, str]] = []
    more: dict[int, dict[str, int]] = {kind: {} for kind in known}
    for i in some.nonzero()[0].tolist():
        kind, number = int(what[i]), int(batch.rows[i, E_REFERENCE])
        text = text_at(batch, i)
        ids, added = known[kind], more[kind]
        named = ids.numbers.get(text, added.get(text))
        following = len(ids) + len(added)
        taken = named is not None and (kind == _INBOUND or named != number)
        if taken or (named is None and number != following):
            expected = f"the number of {text!r} in this state"
            raise ValidationError(f"effects[{i}]", expected, number)
        if kind == _REASON and number >= REASONS_MAX:
            expected = f"one of at most {REASONS_MAX} reasons"
            raise ValidationError(f"effects[{i}]", expected, text)
        if named is None:
            added[text] = number
            fresh.append((ids, text))
    lengths = {kind: len(ids) + len(more[kind]) for kind, ids in known.items()}
    _check_uses(batch, lengths, len(more[_INBOUND]))
    return fresh


def _check_places(batch: EffectBatch, here: NDArray[np.bool_]) -> None:
    """Require a text for each id of an event."""
    places = batch.rows[here, E_AUX]
    if len(places) and not 0 <= places.min() <= places.max() < len(batch.texts):
        raise ValidationError("effects", "places of texts", int(places.max()))


def text_at(batch: EffectBatch, i: int) -> str:
    """Return the text that row ``i`` brings along."""
    place = int(batch.rows[i, E_AUX])
    if not 0 <= place < len(batch.texts):
        raise ValidationError(f"effects[{i}]", "the place of a text", place)
    return batch.texts[place]


def _check_uses(batch: EffectBatch, lengths: dict[int, int], named: int) -> None:
    """Require a name for each new entry, and for every number that is used."""
    rows, what = batch.rows, batch.rows[:, E_WHAT]
    opened = what == Effect.EXPECT
    if opened.sum() != named:
        expected = f"a name for each of {opened.sum()} entries"
        raise ValidationError("effects", expected, named)
    dated = (what == Effect.TOLD) & (rows[:, E_AUX2] == Effect.RESCHEDULE)
    for here, column, kind in (
        (what == Effect.UNAVAILABLE, E_REFERENCE, Effect.INTERN_REASON),
        (
            (what == Effect.SEEN) | (what == Effect.TOLD),
            E_REFERENCE,
            Effect.INTERN_SOURCE,
        ),
        (dated, E_QUANTITY, Effect.INTERN_INBOUND),
        (opened, E_AUX2, Effect.INTERN_TYPE),
        (_of_channel(rows), E_AUX, Effect.INTERN_CHANNEL),
    ):
        bad = here & ((rows[:, column] < 0) | (rows[:, column] >= lengths[kind]))
        if bad.any():
            i = int(bad.nonzero()[0][0])
            number = int(rows[i, column])
            raise ValidationError(f"effects[{i}]", "a number named before", number)


def _of_channel(rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Rows whose E_AUX is the number of a channel."""
    what = rows[:, E_WHAT]
    return np.asarray((what >= Effect.FENCE) & (what <= ASIDE_LAST))
