"""Many events at once, from columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.errors import OmnirouteError, ValidationError
from omniroute.kernels.stock.bulk import order_by_sku
from omniroute.stock.decide import record
from omniroute.stock.effects import EffectBatch, concat
from omniroute.stock.event_columns import EventColumns
from omniroute.stock.event_rows import AHEAD_S, check_time
from omniroute.stock.ids import STOCKED
from omniroute.stock.numbered import Seen
from omniroute.stock.problems import Problems
from omniroute.stock.repeats import Told, remember
from omniroute.stock.settling import settled
from omniroute.stock.shelf import with_lots
from omniroute.stock.state import State
from omniroute.stock.taken_in import Errors, Intake

I8 = NDArray[np.int64]

#: From so many rows on, bringing them into order pays.
ORDERED_LEAST = 4_096


def from_columns(
    state: State, events: EventColumns, now: int, problems: Problems, ordered: bool
) -> Intake:
    """Take events as columns, many of them in order of SKU if ``ordered``."""
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
    batch, owners, late, more = settled(state, batch, owners, now, timed, told)
    if len(names) or state.lots.cells:
        facts = len(batch)
        batch = with_lots(state, concat([batch, names, more]))
        owners = np.concatenate([owners, np.full(len(batch) - facts, -1)])
    errors = problems.errors
    moved = ordered and len(events) > ORDERED_LEAST
    return Intake(batch, owners, len(events), duplicates, late, errors, moved)


def _told_columns(
    state: State, events: EventColumns, fresh: I8, owners: I8, seen: Seen | None
) -> Told | None:
    if seen is None or events.sources is None:
        return None
    _, places, sequences = events.sources
    ordered = state.memory.newest.is_ordered(sequences[fresh])
    return Told(seen, places[owners], sequences[owners], ordered)


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
        names.append(remember([id for id in ids if id is not None], now))
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
