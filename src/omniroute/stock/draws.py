"""Which fences the lines of reservations draw from, and what goes back to them.

Decisions say what is taken and given back; here the rows are added that say from whose
fence. Taken is as the channel falls back; given back is the pool's part first and then
the last fence first, for the pool was the last to be needed; what leaves is of the
fences first, which were set aside for it.
"""

from __future__ import annotations

from collections import ChainMap

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    DRAW_POOL,
    E_AUX,
    E_NODE,
    E_QUANTITY,
    E_REFERENCE,
    E_SKU,
    E_WHAT,
    NO_NODE,
    P_FREE,
    Effect,
)
from omniroute.kernels.stock.book import L_DUE, L_NODE, L_OPEN, L_SKU
from omniroute.stock.aside import Fence
from omniroute.stock.effects import EffectBatch, Row, intern
from omniroute.stock.lens import Asker, Lens
from omniroute.stock.state import State

I8 = NDArray[np.int64]

_HOLD, _LINE = int(Effect.HOLD), int(Effect.LINE)
_UNLINE, _SHIP = int(Effect.UNLINE), int(Effect.SHIP)
_DUE = int(Effect.DUE)
_DRAW, _SPEND = int(Effect.DRAW), int(Effect.SPEND)
_THROUGH, _CHANNEL = int(Effect.THROUGH), int(Effect.INTERN_CHANNEL)

Cell = tuple[int, int]


def through(state: State, batch: EffectBatch, channel: str | None) -> EffectBatch:
    """Return a batch that opens a reservation, with the channel it came through."""
    if channel is None:
        return batch
    ids, now = state.aside.channels, state.now
    rows, texts = batch.rows.tolist(), batch.texts
    number = ids.numbers.get(channel)
    if number is None:
        number = len(ids)
        rows.insert(0, intern(_CHANNEL, number, len(texts), now))
        texts = (*texts, channel)
    at = next(i for i, row in enumerate(rows) if row[E_WHAT] == _HOLD)
    reference = rows[at][E_REFERENCE]
    rows.insert(at + 1, (_THROUGH, -1, -1, 0, reference, now, number, 0))
    return EffectBatch(rows, texts)


def concerns(state: State, rows: I8) -> bool:
    """Whether any row takes or gives back for a reservation of a channel."""
    what = rows[:, E_WHAT]
    if (what == _THROUGH).any():
        return True
    aside = state.aside
    if not aside.through:
        return False
    moves = (what == _LINE) | (what == _UNLINE) | (what == _SHIP)
    return any(n in aside.through for n in set(rows[moves, E_REFERENCE].tolist()))


def with_draws(state: State, lens: Lens, batch: EffectBatch) -> EffectBatch:
    """Return the batch with the rows that say what is drawn from fences. O(rows)."""
    draft = _Draft(state, lens, batch)
    for row in batch.rows.tolist():
        draft.add(tuple(row))
    return EffectBatch(draft.rows, batch.texts)


def _given_back(rows: I8) -> dict[int, dict[int, int]]:
    """Return what rows give back that is held at no node, by SKU and reservation."""
    what = rows[:, E_WHAT]
    lines = (rows[:, E_NODE] == NO_NODE) & ((what == _LINE) | (what == _UNLINE))
    found: dict[int, dict[int, int]] = {}
    for row in rows[lines].tolist():
        change = row[E_QUANTITY] if row[E_WHAT] == _UNLINE else -row[E_QUANTITY]
        by_number = found.setdefault(row[E_SKU], {})
        by_number[row[E_REFERENCE]] = by_number.get(row[E_REFERENCE], 0) + change
    return found


class _Draft:
    """Rows under way, and what they would change."""

    def __init__(self, state: State, lens: Lens, batch: EffectBatch) -> None:
        self.rows: list[Row] = []
        self._state, self._lens, self._texts = state, lens, batch.texts
        self._names = list(state.aside.channels.texts)
        self._through = ChainMap({}, state.aside.through)
        self._loose = _given_back(batch.rows)
        self._caps: dict[tuple[int, str], dict[int, int] | None] = {}
        self._net: dict[int, dict[int, int]] = {}
        self._pool: dict[Cell, int] = {}
        self._fences: dict[Cell, dict[int, Fence]] = {}
        self._drawn: dict[tuple[int, Cell], dict[int, int]] = {}
        self._open: dict[int, dict[Cell, int]] = {}

    def add(self, row: Row) -> None:
        """Add a row, after those on fences that go with it."""
        what, number = row[E_WHAT], row[E_REFERENCE]
        if what == _THROUGH:
            self._through[number] = row[E_AUX]
        elif what == _CHANNEL and number == len(self._names):
            self._names.append(self._texts[row[E_AUX]])
        elif number in self._through and self._moves(row):
            cell, quanta = (row[E_SKU], row[E_NODE]), row[E_QUANTITY]
            if what == _DUE:
                # What falls due is of the pool, which kept it.
                held = self._held_by(number)
                held[cell] = held.get(cell, 0) + quanta
            elif what == _LINE:
                self._take(number, cell, quanta)
            elif what == _UNLINE:
                self._give_back(number, cell, quanta)
            else:
                self._let_go(number, cell, quanta)
        self.rows.append(row)

    @staticmethod
    def _moves(row: Row) -> bool:
        """Whether a row moves what a line holds of a cell now.

        What is due later, or held at no node, is in no fence.
        """
        what = row[E_WHAT]
        if row[E_NODE] == NO_NODE:
            return False
        return what == _DUE or (what in (_LINE, _UNLINE, _SHIP) and not row[E_AUX])

    def _take(self, number: int, cell: Cell, quanta: int) -> None:
        fences, pool = self._fences_at(cell), self._pool_at(cell)
        drawn = self._drawn_by(number, cell)
        name = self._name(number)
        own = self._lens.outside_fences(cell, name, pool) if fences else pool
        caps = self._caps_of(cell[0], name)
        parts = self._lens.draw(name, own, fences, quanta, caps)
        self._count(cell[0], parts, quanta)
        for channel, part in parts:
            self._say(_DRAW, number, cell, part, channel)
            fences[channel].left -= part
            drawn[channel] = drawn.get(channel, 0) + part
            pool += part
        self._pool[cell] = pool - quanta
        held = self._held_by(number)
        held[cell] = held.get(cell, 0) + quanta

    def _give_back(self, number: int, cell: Cell, quanta: int) -> None:
        drawn, held = self._drawn_by(number, cell), self._held_by(number)
        of_pool = held[cell] - sum(drawn.values())
        left = max(0, quanta - of_pool)
        for channel in self._in_turn(number, drawn)[::-1]:
            part = min(left, drawn[channel])
            if part:
                self._say(_DRAW, number, cell, -part, channel)
                self._fences_at(cell).setdefault(channel, Fence()).left += part
                self._pool[cell] = self._pool_at(cell) - part
                drawn[channel] -= part
                left -= part
                self._count(cell[0], [(channel, -part)], -part)
        self._count(cell[0], [], -min(quanta, max(0, of_pool)))
        self._pool[cell] = self._pool_at(cell) + quanta
        held[cell] -= quanta

    def _let_go(self, number: int, cell: Cell, quanta: int) -> None:
        drawn, held = self._drawn_by(number, cell), self._held_by(number)
        left = quanta
        for channel in self._in_turn(number, drawn):
            part = min(left, drawn[channel])
            if part:
                self._say(_SPEND, number, cell, part, channel)
                drawn[channel] -= part
                left -= part
        held[cell] -= quanta

    def _caps_of(self, sku: int, name: str) -> dict[int, int] | None:
        """Return what sources still have for a channel; None where nothing is kept back."""
        key = sku, name
        if key not in self._caps:
            loose: dict[int, int] = {}
            for number, given_back in self._loose.get(sku, {}).items():
                # Of its own share it takes first what is given a node first.
                all_of_it = given_back > 0
                quanta = self._loose_of(number, sku) if all_of_it else given_back
                channel = self._through.get(number)
                holder = self._lens.holder(
                    None if channel is None else self._names[channel]
                )
                loose[holder] = loose.get(holder, 0) + quanta
            shares = self._lens.shares(sku, Asker(name), loose)
            self._caps[key] = None if shares is None else shares.caps
        caps, net = self._caps[key], self._net.get(sku, {})
        return caps and {source: n - net.get(source, 0) for source, n in caps.items()}

    def _loose_of(self, number: int, sku: int) -> int:
        """Return what a reservation holds of a SKU at no node, as the book has it."""
        lines = self._state.book.lines_of(number).tolist()
        own = [line for line in lines if line[L_SKU] == sku and line[L_NODE] == NO_NODE]
        return sum(line[L_OPEN] for line in own)

    def _count(self, sku: int, parts: list[tuple[int, int]], quanta: int) -> None:
        """Note what was drawn from fences, and the rest of some quanta from the pool."""
        net = self._net.setdefault(sku, {})
        for channel, part in parts:
            column = self._lens.column_of(self._names[channel], channel)
            net[column] = net.get(column, 0) + part
            quanta -= part
        net[DRAW_POOL] = net.get(DRAW_POOL, 0) + quanta

    def _name(self, number: int) -> str:
        return self._names[self._through[number]]

    def _in_turn(self, number: int, drawn: dict[int, int]) -> list[int]:
        """Return whose fences were drawn from, in the order in which they are."""
        own = self._name(number)
        return sorted(drawn, key=lambda source: self._lens.turn(own, source))

    def _say(self, what: int, number: int, cell: Cell, quanta: int, to: int) -> None:
        now = self._state.now
        self.rows.append((what, *cell, quanta, number, now, to, 0))

    # -- what it was before, read when first needed ------------------------------------

    def _fences_at(self, cell: Cell) -> dict[int, Fence]:
        if cell not in self._fences:
            sku, node = cell
            there = self._state.aside.fences.get(sku, {}).get(node, {})
            self._fences[cell] = {
                channel: Fence(fence.left, fence.guarded)
                for channel, fence in there.items()
            }
        return self._fences[cell]

    def _pool_at(self, cell: Cell) -> int:
        if cell not in self._pool:
            arena = self._state.arena
            at = arena.find(*cell)
            self._pool[cell] = int(arena.planes[P_FREE, at]) if at >= 0 else 0
        return self._pool[cell]

    def _drawn_by(self, number: int, cell: Cell) -> dict[int, int]:
        key = number, cell
        if key not in self._drawn:
            there = self._state.aside.drawn.get(number, {})
            self._drawn[key] = {
                channel: quanta
                for (sku, node, channel), quanta in there.items()
                if (sku, node) == cell
            }
        return self._drawn[key]

    def _held_by(self, number: int) -> dict[Cell, int]:
        if number not in self._open:
            held: dict[Cell, int] = {}
            book = self._state.book
            lines = book.lines_of(number).tolist() if number < len(book) else []
            for line in lines:
                cell = line[L_SKU], line[L_NODE]
                now = 0 if line[L_DUE] else line[L_OPEN]
                held[cell] = held.get(cell, 0) + now
            self._open[number] = held
        return self._open[number]
