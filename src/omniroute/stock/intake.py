"""From events to effects: what is new, what came before, what is late, what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    E_AUX,
    E_AUX2,
    E_QUANTITY,
    E_WHAT,
    EFFECT_WIDTH,
    QUANTITY_MAX,
    Effect,
)
from omniroute.errors import OmnirouteError, UnknownIdError, ValidationError
from omniroute.kernels.stock.bulk import order_by_sku
from omniroute.model.quantity import from_quanta
from omniroute.stock.applied import Applied
from omniroute.stock.decide import record
from omniroute.stock.draft import AHEAD_S, Draft, check_time
from omniroute.stock.effects import NOTHING, EffectBatch, concat, intern
from omniroute.stock.events import (
    EFFECT_OF,
    AnyEvent,
    CellEvent,
    EventColumns,
    events_from_objects,
)
from omniroute.stock.frames import is_frame, read_frame
from omniroute.stock.ids import STOCKED, Catalogue
from omniroute.stock.numbered import Seen
from omniroute.stock.problems import Problems
from omniroute.stock.shelf import with_lots
from omniroute.stock.state import State

I8 = NDArray[np.int64]

_EVENT = int(Effect.INTERN_EVENT)
#: From so many rows on, bringing them into order pays.
ORDERED_LEAST = 4_096
_FACTS = frozenset(map(int, EFFECT_OF.values()))
_COUNT, _SAFETY, _ENDS = int(Effect.COUNT), int(Effect.SAFETY), int(Effect.ENDS)
_REPLACING = (_COUNT, _SAFETY)

_EFFECT = re.compile(r"effects\[([0-9]+)\]")

Errors = dict[int, OmnirouteError]


@attrs.define(eq=False)
class Intake:
    """Effects of events, and what came of those that have none.

    Parameters
    ----------
    batch
        Effects to apply.
    owners
        int64[n]: place of the event each effect is owed to, -1 for none.
    total
        Events there were.
    duplicates
        Those that came before, or say nothing new.
    late
        Those that a later count makes pointless.
    errors
        What is wrong with those that were skipped, by place.
    ordered
        Whether effects are in another order than their events.
    """

    batch: EffectBatch
    owners: I8
    total: int
    duplicates: int = 0
    late: int = 0
    errors: Errors = attrs.field(factory=dict)
    ordered: bool = False

    def blame(
        self, error: ValidationError, events: Any, catalogue: Catalogue
    ) -> tuple[int, OmnirouteError]:
        """Return whose effect was refused, and the error as that event's own."""
        at = effect_at(error)
        owner = int(self.owners[at]) if at is not None else -1
        if owner < 0:
            raise error
        if isinstance(events, AnyEvent):
            return owner, as_event_error(error, events, catalogue)
        if isinstance(events, list):
            path = f"events[{owner}]"
            told = _as_fact_error(error, f"{path}.quantity", catalogue)
            return owner, told or ValidationError(path, error.expected, events[owner])
        told = _as_fact_error(error, f"events.quantity[{owner}]", catalogue)
        path = f"events[{owner}]"
        return owner, told or ValidationError(path, error.expected, error.found)

    def answer(self, unchanged: int) -> Applied:
        """Return what the caller is told."""
        out = self.duplicates + self.late + len(self.errors)
        return Applied(
            self.total - out,
            duplicates=self.duplicates,
            late=self.late,
            unchanged=unchanged,
            errors=tuple(self.errors[i] for i in sorted(self.errors)),
        )


def effect_at(error: ValidationError) -> int | None:
    """Place of the effect an error of `State.apply` names."""
    match = _EFFECT.fullmatch(error.path)
    return int(match[1]) if match else None


def as_event_error(error: OmnirouteError, event: AnyEvent, catalogue: Catalogue) -> Any:
    """Return the error of a single event: about a field of it, or about the whole."""
    if not isinstance(error, ValidationError) or effect_at(error) is None:
        return error
    told = _as_fact_error(error, "quantity", catalogue)
    return told or ValidationError("event", error.expected, event)


def _as_fact_error(
    error: ValidationError, path: str, catalogue: Catalogue
) -> ValidationError | None:
    """Return what the state said of a row in the words of the fact it is, if it is one.

    All that can still be wrong with a checked fact about a cell is that it would take
    the cell out of bounds.
    """
    found: Any = error.found
    what, number, node, quanta = found[:4]
    if what not in _FACTS:
        return None
    places = int(catalogue.decimals[number])
    sku, place = catalogue.skus.texts[number], catalogue.nodes.texts[node]
    most = from_quanta(QUANTITY_MAX, places)
    expected = f"stock of SKU {sku!r} at node {place!r} to stay within {most} units"
    return ValidationError(path, expected, from_quanta(quanta, places))


def is_idle(what: int, rows: I8) -> bool:
    """Whether the one applied row replaced something by what it was before."""
    return what in _REPLACING and bool(rows[0, E_QUANTITY] == rows[0, E_AUX2])


def read(
    state: State,
    events: Any,
    now: int,
    skip: bool = False,
    without: Errors | None = None,
    *,
    ordered: bool = True,
) -> Intake:
    """Return the effects of events: one, many, or a frame. Changes nothing.

    Parameters
    ----------
    state
        Read, never modified.
    events
        An event, a sequence of them, or a frame.
    now
        Engine time at which they are taken in, seconds UTC.
    skip
        Leave out what is wrong instead of raising.
    without
        Errors of events that were found wrong before, by place; left out as well.
    ordered
        Let many effects be in order of SKU, and not in that of their events.

    Raises
    ------
    ValidationError, UnknownIdError
        A bad event, named by its path, unless it is to be skipped; no sequence of
        events.
    """
    errors = dict(without or {})
    if is_frame(events):
        found = read_frame(events, state.catalogue, Problems(skip, errors))
        if not isinstance(found, EventColumns):
            return _from_objects(state, found, now, skip, errors)
        return _from_columns(state, found, now, Problems(skip, errors), ordered)
    if isinstance(events, AnyEvent):
        return _from_objects(state, {0: events}, now, skip, errors, single=True)
    if isinstance(events, str) or not isinstance(events, Iterable):
        expected = "an event, a sequence of them or a frame"
        raise ValidationError("events", expected, events)
    each = list(events)
    if not errors and all(isinstance(e, CellEvent) and e.is_plain for e in each):
        try:
            columns = events_from_objects(each, state.catalogue)
        except (ValidationError, UnknownIdError):
            if not skip:
                raise
        else:
            return _from_columns(state, columns, now, Problems(skip, errors), ordered)
    return _from_objects(state, dict(enumerate(each)), now, skip, errors)


# -- objects ---------------------------------------------------------------------------


def _from_objects(
    state: State,
    events: dict[int, Any],
    now: int,
    skip: bool,
    errors: Errors,
    *,
    single: bool = False,
) -> Intake:
    """Take events one by one; the paths of a single one are its own."""
    draft, repeats = Draft(state, now), _Repeats(state, now)
    total = len(events.keys() | errors.keys())
    duplicates = 0
    for i, event in events.items():
        if i in errors:
            continue
        try:
            if repeats.knows(event):
                duplicates += 1
                continue
            duplicates += not draft.add(i, event)
        except (ValidationError, UnknownIdError) as error:
            errors[i] = error if single else error.under(f"events[{i}]")
            if not skip:
                raise errors[i] from None
        else:
            repeats.add(event)
    batch = EffectBatch(draft.rows, draft.texts)
    owners = np.array(draft.owners, np.int64)
    told = repeats.told(events, owners)
    batch, owners, late, more = _settled(state, batch, owners, now, told=told)
    whole = with_lots(state, concat([batch, repeats.effects(), more]))
    owners = np.concatenate([owners, np.full(len(whole) - len(batch), -1)])
    return Intake(whole, owners, total, duplicates, late, errors)


def any_told_before(state: State, events: Iterable[AnyEvent], now: int) -> bool:
    """Whether some event came before, by its id or number: earlier, or among these."""
    repeats = _Repeats(state, now)
    for event in events:
        if repeats.knows(event):
            return True
        repeats.add(event)
    return False


class _Repeats:
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
        return concat([_remember(list(self._ids), self._now), self._seen().batch])

    def told(self, events: dict[int, Any], owners: I8) -> _Told | None:
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
        return _Told(seen, who, sequences)

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
class _Told:
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


def _remember(ids: Sequence[str], now: int) -> EffectBatch:
    rows = np.zeros((len(ids), EFFECT_WIDTH), np.int64)
    rows[:] = intern(_EVENT, -1, 0, now)
    rows[:, E_AUX] = np.arange(len(ids))
    return EffectBatch(rows, ids)


# -- columns ---------------------------------------------------------------------------


def _from_columns(
    state: State, events: EventColumns, now: int, problems: Problems, ordered: bool
) -> Intake:
    ahead = np.flatnonzero(events.happened > now + AHEAD_S)
    problems.note(ahead, lambda row: _too_early(int(events.happened[row]), row, now))
    if state.catalogue.kits:
        kits = np.flatnonzero(np.isin(events.skus, list(state.catalogue.kits)))
        problems.note(kits, lambda row: _no_stock(state, events, row))
    fresh, names, seen = _fresh(state, events, now, problems.errors)
    duplicates = len(events) - len(fresh) - len(problems.errors)
    owners = fresh[_by_sku(state, events.skus[fresh])] if ordered else fresh
    batch = record(state, events.only(owners), now)
    timed = bool(events.happened.any())
    told = _told_columns(state, events, fresh, owners, seen)
    batch, owners, late, more = _settled(state, batch, owners, now, timed, told)
    if len(names) or state.lots.cells:
        facts = len(batch)
        batch = with_lots(state, concat([batch, names, more]))
        owners = np.concatenate([owners, np.full(len(batch) - facts, -1)])
    errors = problems.errors
    moved = ordered and len(events) > ORDERED_LEAST
    return Intake(batch, owners, len(events), duplicates, late, errors, moved)


def _told_columns(
    state: State, events: EventColumns, fresh: I8, owners: I8, seen: Seen | None
) -> _Told | None:
    if seen is None or events.sources is None:
        return None
    _, places, sequences = events.sources
    ordered = state.memory.newest.is_ordered(sequences[fresh])
    return _Told(seen, places[owners], sequences[owners], ordered)


def _by_sku(state: State, skus: I8) -> Any:
    """Where to find rows SKU by SKU, which are then read while they are near."""
    order = np.empty(len(skus), np.int64)
    starts = np.zeros(len(state.catalogue.skus), np.int64)
    many = len(skus) > ORDERED_LEAST and len(starts) < 8 * len(skus)
    return order if many and order_by_sku(skus, starts, order) else slice(None)


def _no_stock(state: State, events: EventColumns, row: int) -> OmnirouteError:
    found = state.catalogue.skus.texts[events.skus[row]]
    return ValidationError(f"events.sku[{row}]", STOCKED, found)


def _too_early(happened: int, row: int, now: int) -> OmnirouteError:
    try:
        check_time(happened, now, f"events.at[{row}]")
    except ValidationError as error:
        return error
    raise AssertionError(happened)


def _fresh(
    state: State, events: EventColumns, now: int, bad: Errors
) -> tuple[I8, EffectBatch, Seen | None]:
    """Rows that did not come before, and the effects that remember them."""
    seen = None
    rows = np.arange(len(events))
    if bad:
        rows = np.delete(rows, list(bad))
    names = []
    if events.sources is not None:
        texts, places, sequences = events.sources
        own = state.memory.sources.numbers
        known = np.array([*(own.get(text, -1) for text in texts), -1], np.int64)
        rows = rows[~state.memory.saw(known[places[rows]], sequences[rows])]
        rows = _first(rows, places[rows], sequences[rows])
    if events.ids is not None:
        rows = _first_ids(state, rows, events.ids, now)
        ids = [events.ids[row] for row in rows.tolist()]
        names.append(_remember([id for id in ids if id is not None], now))
    if events.sources is not None:
        used = places[rows]
        seen = Seen.of(state.memory, texts, used, sequences[rows], now)
        names.append(seen.batch)
    return rows, concat(names), seen


def _first(rows: I8, places: I8, sequences: I8) -> I8:
    """Return the first row of each source and sequence number."""
    if (np.diff(sequences) > 0).all():
        return rows
    order = np.lexsort((rows, sequences, places))
    again = np.zeros(len(rows), np.bool_)
    same = (np.diff(places[order]) == 0) & (np.diff(sequences[order]) == 0)
    same &= places[order[1:]] >= 0
    again[order[1:][same]] = True
    return rows[~again]


def _first_ids(state: State, rows: I8, ids: Sequence[str | None], now: int) -> I8:
    """Return the first row of each event id that was not seen before."""
    memory, kept, here = state.memory, [], set()
    for row in rows.tolist():
        id = ids[row]
        if id is None:
            kept.append(row)
            continue
        if id in here or (id in memory.events and memory.knows(id, now)):
            continue
        here.add(id)
        kept.append(row)
    return np.array(kept, np.int64)


# -- both ------------------------------------------------------------------------------


def _settled(
    state: State,
    batch: EffectBatch,
    owners: I8,
    now: int,
    timed: bool = True,
    told: _Told | None = None,
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


def unchanged(batch: EffectBatch) -> int:
    """Return how many rows of an applied batch replaced something by the same.

    They are logged even so: the cell was seen, and what is older and comes later is late.
    """
    rows = batch.rows
    what = np.ascontiguousarray(rows[:, E_WHAT])
    replacing = (what == _COUNT) | (what == _SAFETY)
    if not replacing.any():
        return 0
    same = replacing & (rows[:, E_QUANTITY] == rows[:, E_AUX2])
    return int((same & ((what != _COUNT) | (rows[:, E_AUX] == 0))).sum())
