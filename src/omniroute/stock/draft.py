"""Event objects on their way to becoming effects.

One after the other, each checked against the state and the events before it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import evolve

from omniroute.codes import (
    ON_HAND,
    QUANTITY_MAX,
    REASONS_MAX,
    Effect,
)
from omniroute.errors import OmnirouteError, UnknownChannelError, ValidationError
from omniroute.kernels.stock.supply import N_NODE, N_OPEN, N_SKU, N_UNTIL
from omniroute.model.exact import Number
from omniroute.model.instant import to_seconds
from omniroute.model.quantity import from_quanta, to_quanta
from omniroute.stock.any_event import AnyEvent, CellEvent
from omniroute.stock.aside import Fence
from omniroute.stock.effects import Row, intern
from omniroute.stock.events import EXPECTED, Count, Receive, Return, resolve
from omniroute.stock.ids import Ids
from omniroute.stock.shelf import count_of_lot
from omniroute.stock.state import State
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
_EXPECT, _ARRIVED = int(Effect.EXPECT), int(Effect.ARRIVED)
_FENCE, _CHANNEL = int(Effect.FENCE), int(Effect.INTERN_CHANNEL)
_RESCHEDULE, _CANCEL = int(Effect.RESCHEDULE), int(Effect.CANCEL_INBOUND)
_ENDS = int(Effect.ENDS)
#: An event may say that it happened so much after the engine's time, for clocks differ;
#: more is a mistake, and a count from the future would silence its cell until then.
AHEAD_S = 86_400


class Draft:
    """Effects of events, with the number of the event each of them is owed to.

    Nothing here changes the state: what earlier events of the batch would change is
    kept on the side.

    Parameters
    ----------
    state
        Read, never modified.
    now
        Engine time at which the events are taken in, seconds UTC.

    Attributes
    ----------
    rows, owners
        Effects, and the place of each one's event; -1 for one that only gives a name.
    texts
        Strings that INTERN_* rows point at by place.
    """

    def __init__(self, state: State, now: int) -> None:
        self.state, self.now = state, now
        self.rows: list[Row] = []
        self.owners: list[int] = []
        self.texts: list[str] = []
        self._names: dict[int, dict[str, int]] = {}
        #: EXPECT rows of this batch, and until when that can be sold; 0: it does not end.
        self._expected: dict[int, tuple[Row, int]] = {}
        self._open: dict[int, int] = {}
        self._until: dict[int, int] = {}
        self._held: dict[int, int] = {}
        self._fences: dict[tuple[int, int, int], Fence] = {}
        self._trail: list[tuple[int, int]] = []

    def add(self, owner: int, event: Any) -> bool:
        """Add the effects of one event; False where it says nothing new.

        Raises
        ------
        ValidationError, UnknownIdError
            The event cannot be; nothing was added.
        """
        if not isinstance(event, AnyEvent):
            raise ValidationError("", EXPECTED, event)
        check_time(event.happened, self.now, "at")
        self._trail.clear()
        try:
            rows = _WRITERS.get(type(event), _on_cell)(self, event)
        except OmnirouteError:
            for key, before in reversed(self._trail):
                self._held[key] = before
            raise
        self.rows += rows
        self.owners += [owner] * len(rows)
        return bool(rows)

    # -- what the writers need ---------------------------------------------------------

    def row(self, what: int, cell: tuple[int, int], quantity: int, at: int) -> Row:
        """Return an effect on a cell that happened at ``at``."""
        return (what, *cell, quantity, -1, self.now, at, 0)

    def cell(self, sku: str, node: str, path: str = "node") -> tuple[int, int]:
        """Numbers of a cell."""
        catalogue = self.state.catalogue
        return catalogue.stocked(catalogue.sku(sku)), catalogue.node(node, path)

    def quanta(self, sku: int, quantity: Number) -> int:
        """Quanta of a quantity of an item."""
        places = int(self.state.catalogue.decimals[sku])
        return to_quanta(quantity, places, "quantity")

    def units(self, sku: int, quanta: int) -> Any:
        """Units of an item, for messages."""
        return from_quanta(quanta, int(self.state.catalogue.decimals[sku]))

    def credit(self, key: tuple[int, int, int], quanta: int) -> int:
        """Note what comes back to a fence; return how much of it is guarded."""
        if key not in self._fences:
            sku, node, channel = key
            there = self.state.aside.fences.get(sku, {}).get(node, {}).get(channel)
            self._fences[key] = Fence() if there is None else evolve(there)
        fence = self._fences[key]
        guarded = fence.credit(quanta)
        fence.left += quanta
        fence.guarded += guarded
        return guarded

    def named(self, what: int, ids: Ids, text: str) -> int:
        """Return the number of a name; a new one gets the next, and a row."""
        number = ids.numbers.get(text)
        added = self._names.setdefault(what, {})
        if number is None:
            number = added.get(text)
        if number is None:
            number = added[text] = len(ids) + len(added)
            self.rows.append(intern(what, number, len(self.texts), self.now))
            self.owners.append(-1)
            self.texts.append(text)
        return number

    def put(self, cell: tuple[int, int], quanta: int, state: str, what: int) -> Row:
        """Units come to, or leave, a state of a cell. ``what`` is for on hand."""
        if state == ON_HAND:
            return self.row(what, cell, quanta, 0)
        supply = self.state.supply
        reasons = {**supply.reasons.numbers, **self._names.get(_REASON, {})}
        if state not in reasons and len(reasons) >= REASONS_MAX:
            raise ValidationError("state", f"one of {REASONS_MAX} reasons", state)
        number = reasons.get(state, len(reasons))
        key = (cell[0] * supply.nodes + cell[1]) * REASONS_MAX + number
        held = self._held.get(key, 0) + supply.unavailable.get(key)
        if not 0 <= held + quanta <= QUANTITY_MAX:
            expected = f"at most {self.units(cell[0], held)} units, all that is {state}"
            raise ValidationError("quantity", expected, self.units(cell[0], -quanta))
        self.named(_REASON, supply.reasons, state)
        before = self._held.get(key, 0)
        self._trail.append((key, before))
        self._held[key] = before + quanta
        return (_UNAVAILABLE, *cell, quanta, number, self.now, 0, 0)

    def entry(self, id: str) -> tuple[int, int, int, int]:
        """Return number, SKU, node and what is still to come of an inbound entry."""
        supply = self.state.supply
        number = self._names.get(_INBOUND, {}).get(id)
        if number is None:
            number = supply.number(id)
            entry = supply.entries[number]
            sku, node = int(entry[N_SKU]), int(entry[N_NODE])
            still = int(entry[N_OPEN])
        else:
            (_, sku, node, still, *_), _ = self._expected[number]
        return number, sku, node, self._open.get(number, still)

    def take(self, number: int, still: int) -> None:
        """Remember what is still to come of an entry."""
        self._open[number] = still

    def until(self, number: int) -> int:
        """Return until when what comes of an entry can be sold; 0: it does not end."""
        if number in self._until:
            return self._until[number]
        supply = self.state.supply
        return int(supply.entries[number, N_UNTIL]) if number < len(supply) else 0

    def ends(self, number: int, until: int, first: int) -> Row:
        """Say until when what comes of an entry can be sold; ``first``: 1 as announced."""
        self._until[number] = until
        return (_ENDS, -1, -1, first, number, self.now, until, 0)

    def expect(
        self, id: str, cell: tuple[int, int], asked: tuple[int, int, int], kind: str
    ) -> list[Row]:
        """Return an inbound entry; nothing where the very same is there.

        ``asked`` are quanta, second due and sell-by (not above 0: it does not end).

        Raises
        ------
        ValidationError
            The id is another entry's.
        """
        (quanta, due, until), supply = asked, self.state.supply
        until = max(0, until)
        types = supply.types.numbers.get(kind)
        number = supply.ids.numbers.get(id, self._names.get(_INBOUND, {}).get(id))
        if number is not None:
            row = (_EXPECT, *cell, quanta, number, self.now, due, types)
            if number in self._expected:
                there, ends = self._expected[number]
                same = there[1:4] == row[1:4] and (there[6], ends) == (due, until)
                same = same and self._names.get(_TYPE, {}).get(kind, types) == there[7]
            else:
                same = types is not None and supply.same_entry(number, row, until)
            if same:
                return []
            raise ValidationError("id", "an id that no other delivery has", id)
        type_number = self.named(_TYPE, supply.types, kind)
        number = self.named(_INBOUND, supply.ids, id)
        new = (_EXPECT, *cell, quanta, number, self.now, due, type_number)
        self._expected[number] = new, until
        return [new, self.ends(number, until, 1)] if until else [new]


_REASON, _INBOUND = int(Effect.INTERN_REASON), int(Effect.INTERN_INBOUND)
_TYPE = int(Effect.INTERN_TYPE)


def check_time(happened: int, now: int, path: str) -> None:
    """Refuse what is said to happen long after now."""
    if happened > now + AHEAD_S:
        expected = f"a time no more than a day after the engine's ({now})"
        raise ValidationError(path, expected, happened)


# -- what each kind of event comes to --------------------------------------------------


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
