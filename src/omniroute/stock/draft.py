"""Event objects on their way to becoming effects.

One after the other, each checked against the state and the events before it.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from omniroute.codes import ON_HAND, QUANTITY_MAX, REASONS_MAX, Effect
from omniroute.errors import ValidationError
from omniroute.kernels.stock.supply import N_NODE, N_OPEN, N_SKU, N_UNTIL
from omniroute.model.exact import Number
from omniroute.model.quantity import from_quanta, to_quanta
from omniroute.stock.aside import Fence
from omniroute.stock.effects import Row, intern
from omniroute.stock.ids import Ids
from omniroute.stock.state import State

_UNAVAILABLE, _EXPECT = int(Effect.UNAVAILABLE), int(Effect.EXPECT)
_ENDS, _REASON = int(Effect.ENDS), int(Effect.INTERN_REASON)
_INBOUND, _TYPE = int(Effect.INTERN_INBOUND), int(Effect.INTERN_TYPE)


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

    def begin(self) -> None:
        """Begin an event, whose changes can be taken back until the next one begins."""
        self._trail.clear()

    def take_back(self) -> None:
        """Take back what the event that was begun has changed: it cannot be."""
        for key, before in reversed(self._trail):
            self._held[key] = before

    def keep(self, owner: int, rows: list[Row]) -> None:
        """Add the effects of the event that was begun."""
        self.rows += rows
        self.owners += [owner] * len(rows)

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
