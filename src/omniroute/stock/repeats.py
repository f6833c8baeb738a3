"""Events that come twice: known again by their ids, or by the numbers of their sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.codes import E_AUX, EFFECT_WIDTH, Effect
from omniroute.stock.any_event import AnyEvent
from omniroute.stock.effects import EffectBatch, concat, intern
from omniroute.stock.numbered import Seen
from omniroute.stock.state import State

I8 = NDArray[np.int64]

_EVENT = int(Effect.INTERN_EVENT)


class Repeats:
    """Ids and sequence numbers of a batch of objects."""

    def __init__(self, state: State, now: int) -> None:
        self._state, self._now = state, now
        self._ids: dict[str, None] = {}
        self._sequences: dict[tuple[str, int], None] = {}

    def knows(self, event: Any) -> bool:
        """Whether the event came before, in this batch or earlier."""
        if not isinstance(event, AnyEvent):
            return False
        id, memory = event.event_id, self._state.memory
        if id is not None and (id in self._ids or memory.knows(id, self._now)):
            return True
        if event.source is None or event.sequence is None:
            return False
        if (event.source, event.sequence) in self._sequences:
            return True
        number = memory.sources.numbers.get(event.source, -1)
        return bool(memory.saw(np.array([number]), np.array([event.sequence]))[0])

    def add(self, event: AnyEvent) -> None:
        """Note an event that is taken in."""
        if event.event_id is not None:
            self._ids[event.event_id] = None
        if event.source is not None and event.sequence is not None:
            self._sequences[event.source, int(event.sequence)] = None

    def effects(self) -> EffectBatch:
        """Effects that make the state remember them."""
        return concat([remember(list(self._ids), self._now), self._seen().batch])

    def told(self, events: dict[int, Any], owners: I8) -> Told | None:
        """Who told the effects of these owners under which number; None if nobody."""
        if not self._sequences:
            return None
        seen, places = self._seen(), self._places()
        who = np.full(len(owners), -1, np.int64)
        sequences = np.zeros(len(owners), np.int64)
        for i, owner in enumerate(owners.tolist()):
            event = events[owner] if owner >= 0 else None
            if event is not None and event.source is not None:
                who[i], sequences[i] = places[event.source], event.sequence
        return Told(seen, who, sequences)

    def _places(self) -> dict[str, int]:
        sources = sorted({source for source, _ in self._sequences})
        return {source: k for k, source in enumerate(sources)}

    def _seen(self) -> Seen:
        places = self._places()
        each = np.array([places[s] for s, _ in self._sequences], np.int64)
        sequences = np.array([n for _, n in self._sequences], np.int64)
        memory = self._state.memory
        return Seen.of(memory, list(places), each, sequences, self._now)


@attrs.frozen(eq=False)
class Told:
    """Who told each effect of a batch, and under which number.

    Parameters
    ----------
    seen
        What the state will have seen of the sources.
    places, sequences
        int64[n]: source of each effect, -1 for none, and its number there.
    ordered
        Whether numbers go up, effect by effect, as events came.
    """

    seen: Seen
    places: I8
    sequences: I8
    ordered: bool = False


def remember(ids: Sequence[str], now: int) -> EffectBatch:
    """Return the effects that make the state remember ids of events."""
    rows = np.zeros((len(ids), EFFECT_WIDTH), np.int64)
    rows[:] = intern(_EVENT, -1, 0, now)
    rows[:, E_AUX] = np.arange(len(ids))
    return EffectBatch(rows, ids)
