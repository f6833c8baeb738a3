"""What each kind of event comes to: rows of effects, written into a draft."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omniroute.codes import ON_HAND, Effect
from omniroute.errors import OmnirouteError, UnknownChannelError, ValidationError
from omniroute.model.instant import to_seconds
from omniroute.stock.any_event import AnyEvent, CellEvent
from omniroute.stock.draft import Draft
from omniroute.stock.effects import Row
from omniroute.stock.events import EXPECTED, Count, Receive, Return, resolve
from omniroute.stock.shelf import count_of_lot
from omniroute.stock.supply_events import (
    Arrive,
    CancelInbound,
    Expect,
    Move,
    Reschedule,
    TransferOut,
)

_UNAVAILABLE, _MOVE = int(Effect.UNAVAILABLE), int(Effect.MOVE)
_TRANSFER, _ARRIVE = int(Effect.TRANSFER), int(Effect.ARRIVE)
_ARRIVED, _FENCE = int(Effect.ARRIVED), int(Effect.FENCE)
_CHANNEL, _RESCHEDULE = int(Effect.INTERN_CHANNEL), int(Effect.RESCHEDULE)
_CANCEL = int(Effect.CANCEL_INBOUND)

#: An event may say that it happened so much after the engine's time, for clocks differ;
#: more is a mistake, and a count from the future would silence its cell until then.
AHEAD_S = 86_400


def write(draft: Draft, owner: int, event: Any) -> bool:
    """Add the effects of one event to a draft; False where it says nothing new.

    Raises
    ------
    ValidationError, UnknownIdError
        The event cannot be; nothing was added.
    """
    if not isinstance(event, AnyEvent):
        raise ValidationError("", EXPECTED, event)
    check_time(event.happened, draft.now, "at")
    draft.begin()
    try:
        rows = _WRITERS.get(type(event), _on_cell)(draft, event)
    except OmnirouteError:
        draft.take_back()
        raise
    draft.keep(owner, rows)
    return bool(rows)


def check_time(happened: int, now: int, path: str) -> None:
    """Refuse what is said to happen long after now."""
    if happened > now + AHEAD_S:
        expected = f"a time no more than a day after the engine's ({now})"
        raise ValidationError(path, expected, happened)


def _on_cell(draft: Draft, event: CellEvent) -> list[Row]:
    what, sku, node, quanta, at = resolve(event, draft.state.catalogue)
    return [_of_lot(draft.row(what, (sku, node), quanta, at), event)]


def _count(draft: Draft, event: Count) -> list[Row]:
    if event.sell_by is None:
        return _on_cell(draft, event)
    _, sku, node, quanta, _ = resolve(event, draft.state.catalogue)
    return [count_of_lot((sku, node), quanta, event.lot, draft.now)]


def _into_state(draft: Draft, event: Receive | Return) -> list[Row]:
    if event.state == ON_HAND:
        return _on_cell(draft, event)
    _, sku, node, quanta, _ = resolve(event, draft.state.catalogue)
    return [draft.put((sku, node), quanta, event.state, 0)]


def _return(draft: Draft, event: Return) -> list[Row]:
    rows = _into_state(draft, event)
    if event.channel is None:
        return rows
    aside = draft.state.aside
    if event.channel not in aside.allowed:
        raise UnknownChannelError(event.channel, "channel")
    number = draft.named(_CHANNEL, aside.channels, event.channel)
    _, sku, node, quanta, *_ = rows[0]
    guarded = draft.credit((sku, node, number), quanta)
    credit = (_FENCE, sku, node, quanta, -1, draft.now, number, guarded)
    return [*rows, credit]


def _of_lot(row: Row, event: AnyEvent, announced: int = 0) -> Row:
    """Give an effect on hand the lot that its event names, or was announced."""
    lot = announced if announced and event.sell_by is None else event.lot
    return row if row[0] == _UNAVAILABLE else (*row[:4], lot, *row[5:])


def _at(row: Row, event: AnyEvent, announced: int = 0) -> Row:
    """Give an effect on hand the time at which it happened, and its lot."""
    row = _of_lot(row, event, announced)
    return row if row[0] == _UNAVAILABLE else (*row[:6], event.happened, row[7])


def _move(draft: Draft, event: Move) -> list[Row]:
    cell = draft.cell(event.sku, event.node)
    quanta = draft.quanta(cell[0], event.quantity)
    out = draft.put(cell, -quanta, event.from_state, _MOVE)
    back = draft.put(cell, quanta, event.to_state, _MOVE)
    return [_at(out, event), _at(back, event)]


def _expect(draft: Draft, event: Expect) -> list[Row]:
    cell = draft.cell(event.sku, event.node)
    quanta = draft.quanta(cell[0], event.quantity)
    due = to_seconds(event.due, "due")
    return draft.expect(event.id, cell, (quanta, due, event.lot), event.type)


def _transfer(draft: Draft, event: TransferOut) -> list[Row]:
    origin = draft.cell(event.sku, event.from_node, "from_node")
    cell = draft.cell(event.sku, event.to_node, "to_node")
    quanta = draft.quanta(cell[0], event.quantity)
    due = to_seconds(event.due, "due")
    rows = draft.expect(event.id, cell, (quanta, due, event.lot), "transfer")
    if not rows:
        return []
    out = draft.row(_TRANSFER, origin, -quanta, event.happened)
    return [_of_lot(out, event), *rows]


def _arrive(draft: Draft, event: Arrive) -> list[Row]:
    number, sku, node, still = draft.entry(event.id)
    quanta = still
    if event.quantity is not None:
        quanta = draft.quanta(sku, event.quantity)
    if quanta == 0:
        return []
    put = draft.put((sku, node), quanta, event.state, _ARRIVE)
    put = _at(put, event, draft.until(number))
    draft.take(number, max(0, still - quanta))
    return [(_ARRIVED, -1, -1, quanta, number, draft.now, 0, 0), put]


def _reschedule(draft: Draft, event: Reschedule) -> list[Row]:
    number = draft.entry(event.id)[0]
    due = to_seconds(event.due, "due")
    row = (_RESCHEDULE, -1, -1, event.happened, number, draft.now, due, 0)
    if event.sell_by is None:
        return [row]
    return [row, draft.ends(number, event.lot, 0)]


def _cancel(draft: Draft, event: CancelInbound) -> list[Row]:
    number, sku, _, still = draft.entry(event.id)
    quanta = still
    if event.quantity is not None:
        quanta = draft.quanta(sku, event.quantity)
    if quanta > still:
        expected = f"at most {draft.units(sku, still)} units, all that is still to come"
        raise ValidationError("quantity", expected, event.quantity)
    if quanta == 0:
        return []
    draft.take(number, still - quanta)
    return [(_CANCEL, -1, -1, quanta, number, draft.now, 0, 0)]


_WRITERS: dict[type, Callable[[Draft, Any], list[Row]]] = {
    Count: _count,
    Receive: _into_state,
    Return: _return,
    Move: _move,
    Expect: _expect,
    TransferOut: _transfer,
    Arrive: _arrive,
    Reschedule: _reschedule,
    CancelInbound: _cancel,
}
