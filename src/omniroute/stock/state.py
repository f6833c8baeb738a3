"""The state: a deterministic machine with one door.

Everything that changes stock or reservations is an effect, and `State.apply` is the
only way in. The state is a function of the effects applied to it: no clock, no
randomness, no dictionary order. A journal, a replica and a simulation are so many ways
to feed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    E_AUX,
    E_NODE,
    E_REFERENCE,
    E_SKU,
    E_WHAT,
    EFFECT_WIDTH,
    FIND,
    LOT,
    QUANTITY_MAX,
    Effect,
)
from omniroute.errors import InvariantError, OmnirouteError, ValidationError
from omniroute.kernels.stock.book import (
    C_FAULT,
    C_NOW,
    FAULT_BOOK,
    FAULT_CELL,
    FAULT_INBOUND,
    FAULT_KIND,
    FAULT_RANGE,
    FAULT_ROOM,
    FAULT_SKU,
    FAULT_TIME,
)
from omniroute.kernels.stock.bulk import (
    S_AFTER,
    S_AGENDA,
    S_ASIDE,
    S_DATED,
    S_FIND,
    S_LOTS,
    S_NAMES,
    S_OTHER,
    S_RULES,
    S_SEEN,
    S_STOCK,
    S_SUPPLY,
    S_UNBOUND,
    S_WORK,
    missing_keys,
    survey,
)
from omniroute.kernels.stock.digest import SEEDS, add_book, add_cells, add_records
from omniroute.kernels.stock.effects import apply_rows, undo_rows
from omniroute.stock import checks
from omniroute.stock.after import After
from omniroute.stock.arena import Arena
from omniroute.stock.aside import Aside
from omniroute.stock.book import Book
from omniroute.stock.dated import Dated
from omniroute.stock.effects import EffectBatch, Row, write_row
from omniroute.stock.find import Find
from omniroute.stock.ids import Catalogue, Ids
from omniroute.stock.lots import Lots
from omniroute.stock.memory import Memory
from omniroute.stock.names import new_names
from omniroute.stock.rules import Rules
from omniroute.stock.supply import Supply
from omniroute.stock.unbound import Unbound
from omniroute.stock.workload import Workload

I8 = NDArray[np.int64]

_HOLD = int(Effect.HOLD)
_LINE = int(Effect.LINE)
_TICK = int(Effect.TICK)
_EXTEND = int(Effect.EXTEND)
_COMMIT = int(Effect.COMMIT)
_INTERN_SKU = int(Effect.INTERN_SKU)
_INTERN_NODE = int(Effect.INTERN_NODE)
_INTERN_RESERVATION = int(Effect.INTERN_RESERVATION)

#: How long events are remembered where nobody says.
RETENTION_S = 86_400

#: Up to so many rows a Python list beats numpy's fixed cost a call.
_FEW = 32

_EXPECTED = {
    FAULT_RANGE: f"no quantity beyond {QUANTITY_MAX}, none reserved or safe below 0",
    FAULT_CELL: "a cell that holds the line, or a node of the catalogue",
    FAULT_SKU: "a SKU number of the catalogue",
    FAULT_BOOK: "an open reservation with such a line, or none that holds anything",
    FAULT_TIME: "a time not before the state's",
    FAULT_KIND: "a known effect",
    FAULT_INBOUND: "inbound supply that has so many units still to come, or a reason",
}


#: What no source of events has told: its rows are not looked at for what was seen.
_NOT_REMEMBERED = (
    S_OTHER
    | S_AGENDA
    | S_ASIDE
    | S_RULES
    | S_LOTS
    | S_FIND
    | S_DATED
    | S_UNBOUND
    | S_AFTER
    | S_WORK
)


class State:
    """Stock cells, the reservation book, and the time they were last brought to.

    Parameters
    ----------
    node_ids
        Ids of the nodes, in the order of their indices.
    sku_ids
        Ids of the SKUs; `add_skus` adds more.
    decimals
        Decimals of each SKU's quantity, 0 to 3; None for whole units.
    retention_s
        How long event ids, and changes that a late count may need, are remembered.

    Attributes
    ----------
    catalogue : Catalogue
        Ids and their numbers.
    arena : Arena
        The cells.
    book : Book
        The reservations.
    supply : Supply
        Unavailable units and what is on its way.
    memory : Memory
        What is remembered of events.
    broken : str
        Why a change broke off half-way, if one ever did: nothing is changed any more.
    aside : Aside
        What is set apart from what is free: floors, ring-fences, draws on them.
    rules : Rules
        Rules about safety and oversell that are followed.
    lots : Lots
        Units that can be sold until some time.
    find : Find
        Chances that picks find their units.
    dated : Dated
        What is promised for later, and what of today's stock that needs.
    unbound : Unbound
        What is held for the network as a whole.
    after : After
        Who declined what was routed to them, and who waits for stock.
    workload : Workload
        How much work nodes have taken on.

    Examples
    --------
    >>> from omniroute.codes import Effect
    >>> from omniroute.stock.effects import EffectBatch, stock
    >>> state = State(["N1", "N2"], ["BOLT"])
    >>> state.apply(EffectBatch([stock(Effect.RECEIVE, 0, 1, 40, now=0)]))
    >>> int(state.arena.sku_free[0])
    40
    """

    __slots__ = (
        "_making",
        "_row",
        "after",
        "arena",
        "aside",
        "book",
        "broken",
        "catalogue",
        "dated",
        "find",
        "lots",
        "memory",
        "orphans",
        "rules",
        "supply",
        "unbound",
        "workload",
    )

    def __init__(
        self,
        node_ids: Iterable[str],
        sku_ids: Iterable[str] = (),
        decimals: Sequence[int] | NDArray[np.integer] | None = None,
        retention_s: int = RETENTION_S,
    ) -> None:
        self.catalogue = Catalogue(node_ids, sku_ids, decimals)
        nodes = len(self.catalogue.nodes)
        self.arena = Arena(nodes, len(self.catalogue.skus))
        self.book = Book()
        self.supply = Supply(nodes)
        self.memory = Memory(nodes, retention_s)
        self.broken = ""
        self.aside = Aside()
        self.rules = Rules()
        self.lots = Lots()
        self.find = Find(nodes)
        self.dated = Dated()
        self.unbound = Unbound(self.aside.through)
        #: Keys of the cells that the change at hand has made.
        self._making: list[I8] = []
        #: Keys of cells that a refused change has made, and no rule has been asked about.
        self.orphans: set[int] = set()
        #: What `apply_row` applies, kept between calls.
        self._row = np.empty((1, EFFECT_WIDTH), np.int64)
        self.after = After(self.book)
        self.workload = Workload()

    @property
    def now(self) -> int:
        """The last engine time, seconds UTC; 0 before the first TICK."""
        return self.book.counters.item(C_NOW)

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays, room to spare included; ids not counted."""
        cells = self.arena.nbytes + self.book.nbytes
        return cells + self.supply.nbytes + self.memory.nbytes + self.find.nbytes

    def add_skus(
        self,
        sku_ids: Iterable[str],
        decimals: Sequence[int] | NDArray[np.integer] | None = None,
    ) -> None:
        """Add SKUs to the catalogue, all or none; stock and digest do not change."""
        self.catalogue.add_skus(sku_ids, decimals)
        self.arena.grow_skus(len(self.catalogue.skus))

    # -- the door ----------------------------------------------------------------------

    def apply(self, batch: EffectBatch) -> None:
        """Apply effects in order: all of them, or none and an error.

        O(log row) an effect; new cells cost what `Arena.add_keys` says. Rows that
        overwrite something get the old value written into their E_AUX2.

        Raises
        ------
        ValidationError
            An effect that cannot be: a quantity leaves int32, the reservation is not
            open or has no such line, time goes backwards, a number means another id
            here. The path says which (``effects[3]``); nothing has changed.
        InvariantError
            An earlier change broke off half-way, for want of memory say.
        """
        self.require_whole()
        try:
            self._apply(batch)
            self._making.clear()
        except OmnirouteError:
            self._leave_orphans()
            raise
        except BaseException as error:
            self.broken = repr(error)
            raise

    def apply_row(self, row: Row) -> I8:
        """As `apply`, of one fact about a cell or one COMMIT: the short way.

        Without a batch, and with nothing to find out about it: in half the time. Returns
        the row as it was applied, int64[1, 8], in memory that the next call uses again.
        """
        self.require_whole()
        rows = self._row
        write_row(rows, 0, *row)  # type: ignore[arg-type]
        try:
            self._run_cells(rows)
            if row[E_WHAT] != _COMMIT:
                self.memory.note_stock(row)
            self._making.clear()
            return rows
        except OmnirouteError:
            self._leave_orphans()
            raise
        except BaseException as error:
            self.broken = repr(error)
            raise

    def _leave_orphans(self) -> None:
        """Remember the cells that a refused change has made: they stay, empty."""
        for keys in self._making:
            self.orphans.update(keys.tolist())
        self._making.clear()

    def require_whole(self) -> None:
        """Raise an error if a change broke off: the state is not what effects say."""
        if self.broken:
            raise InvariantError(
                f"a change broke off ({self.broken}); replay the log into a new engine"
            )

    def _apply(self, batch: EffectBatch) -> None:
        # What a log holds cannot be written; what it overwrites is known there.
        rows = batch.rows if batch.rows.flags.writeable else batch.rows.copy()
        kinds = int(survey(rows))
        if kinds == S_STOCK:
            self._run(rows, kinds)
            self.memory.note(rows, ())
            return
        before = len(self.book)
        ids = self._new_ids(batch, before) if kinds & S_NAMES else []
        names: list[tuple[Ids, str]] = []
        if kinds & (S_NAMES | S_SUPPLY | S_SEEN | S_ASIDE):
            names = new_names(batch, self.supply, self.memory, self.aside)
        if kinds & S_RULES:
            self.rules.check(batch, len(self.arena.rows), self.arena.nodes)
        if kinds & S_AFTER:
            self.after.check(batch, len(self.arena.rows), self.arena.nodes)
        if kinds & S_WORK:
            self.workload.check(rows, self.book, self.arena.nodes)
        self._run(rows, kinds)
        opened = len(self.book) - before
        if opened != len(ids):
            self._undo(rows)
            raise ValidationError("effects", f"an id for each of {opened} holds", ids)
        if kinds & S_OTHER and (ids or kinds & S_AGENDA):
            self._note(rows, ids, before)
        for known, name in names:
            known.add(name)
        if kinds & S_RULES:
            self.rules.apply(batch)
        if kinds & S_AFTER:
            self.after.apply(batch)
        if kinds & ~_NOT_REMEMBERED:
            self.memory.note(rows, batch.texts)

    def adopt(self, ids: Sequence[str]) -> None:
        """Name the reservations that a kernel has just opened, in their order.

        For kernels that reserve with ``apply_one`` and write nothing else, under ids that
        the book does not have. They need their cells, and room in the book
        (`Book.make_room`), beforehand.
        """
        known = len(self.book.ids)
        assert len(self.book) == known + len(ids)
        self.book.note_opened(ids, known)

    def revert(self, batch: EffectBatch) -> None:
        """Undo a batch that was just applied, with nothing applied since.

        For batches that neither open a reservation nor move time: a decision that needs
        to see the stock as it would be, and may come to nothing.
        """
        self._undo(batch.rows)

    def _new_ids(self, batch: EffectBatch, known: int) -> list[str]:
        """Ids of the reservations the batch opens, once all its texts are in order."""
        here = _places(batch.rows, _INTERN_SKU, _INTERN_RESERVATION)
        if len(here) > _FEW and (ids := self._opened_in_a_row(batch, here, known)):
            return ids
        ids = []
        for i in here:
            what, number = batch.rows[i, E_WHAT], int(batch.rows[i, E_REFERENCE])
            text = _text(batch, i)
            if what == _INTERN_RESERVATION:
                if number != known + len(ids) or text in self.book.ids.numbers:
                    raise ValidationError(f"effects[{i}]", "a new reservation", text)
                ids.append(text)
            elif what == _INTERN_SKU:
                _check_number(self.catalogue.skus, number, text, i)
            elif what == _INTERN_NODE:
                _check_number(self.catalogue.nodes, number, text, i)
        if len(set(ids)) < len(ids):
            raise ValidationError("effects", "each reservation id once", ids)
        return ids

    def _opened_in_a_row(
        self, batch: EffectBatch, here: list[int], known: int
    ) -> list[str]:
        """Ids in the rows, if all open reservations and are in order; else none.

        What a large batch opens is checked in one go; `_new_ids` says what is wrong.
        """
        rows = batch.rows[here]
        places = rows[:, E_AUX]
        numbers = np.arange(known, known + len(here))
        in_order = (
            (rows[:, E_WHAT] == _INTERN_RESERVATION).all()
            and (rows[:, E_REFERENCE] == numbers).all()
            and places.min() >= 0
            and places.max() < len(batch.texts)
        )
        if not in_order:
            return []
        ids = [batch.texts[place] for place in places.tolist()]
        taken = self.book.ids.numbers.keys()
        return ids if len(set(ids)) == len(ids) and taken.isdisjoint(ids) else []

    def _run(self, rows: I8, kinds: int) -> None:
        """Apply the rows; make cells and room where the kernel asks for them."""
        if len(rows) > self.arena.MERGE_LEAST and len(rows) > self.arena.cells:
            # Not to find out half-way through a bulk load, and undo that half.
            self._make_cells(rows)
        if kinds == S_STOCK:
            self._run_cells(rows)
            return
        if not kinds & (S_ASIDE | S_LOTS | S_FIND | S_DATED | S_UNBOUND | S_WORK):
            self._run_beside(rows, kinds)
            return
        if kinds & (S_LOTS | S_FIND):
            self._require_cells(rows)
        done: list[Aside | Lots | Find | Workload] = []
        try:
            for store in self._stores(kinds):
                store.apply(rows)
                done.append(store)
            self._run_beside(rows, kinds)
        except ValidationError:
            for store in reversed(done):
                store.undo(rows)
            raise
        if kinds & S_DATED:
            self.dated.apply(rows)
        if kinds & S_UNBOUND:
            self.unbound.apply(rows)

    def _require_cells(self, rows: I8) -> None:
        """Require a SKU and a node of the catalogue where units of a cell are spoken of."""
        what, sku, node = rows[:, E_WHAT], rows[:, E_SKU], rows[:, E_NODE]
        bad = (sku < 0) | (sku >= len(self.arena.rows))
        bad |= (node < 0) | (node >= self.arena.nodes)
        bad &= (what == LOT) | (what == FIND)
        if bad.any():
            raise _fault(rows, int(bad.argmax()), FAULT_SKU)

    def _stores(self, kinds: int) -> list[Aside | Lots | Find | Workload]:
        """Return what is kept in tables of its own, of these kinds of effects."""
        stores = (
            (S_ASIDE, self.aside),
            (S_LOTS, self.lots),
            (S_FIND, self.find),
            (S_WORK, self.workload),
        )
        return [store for kind, store in stores if kinds & kind]

    def _run_beside(self, rows: I8, kinds: int) -> None:
        """Apply what lies beside the cells, and what moves them."""
        beside = bool(kinds & S_SUPPLY)
        stopped = self.supply.apply(rows, len(self.arena.rows)) if beside else -1
        try:
            self._run_cells(rows if stopped < 0 else rows[:stopped])
        except ValidationError:
            if beside and stopped < 0:
                self.supply.undo(rows)
            raise
        if stopped >= 0:
            self._undo_cells(rows[:stopped])
            raise _fault(rows, stopped, self.supply.fault)

    def _run_cells(self, rows: I8) -> None:
        at = self._apply_rows(rows)
        helped: set[int] = set()
        while at >= 0:
            fault = int(self.book.counters[C_FAULT])
            if fault in helped or fault not in (FAULT_CELL, FAULT_ROOM):
                raise _fault(rows, at, fault)
            helped.add(fault)
            if fault == FAULT_CELL:
                self._make_cells(rows)
            else:
                what = rows[:, E_WHAT]
                self.book.make_room(_count(what, _HOLD), _count(what, _LINE))
            at = self._apply_rows(rows)

    def _apply_rows(self, rows: I8) -> int:
        arena, book = self.arena, self.book
        return int(
            apply_rows(
                rows,
                arena.rows,
                arena.cell_node,
                arena.planes,
                arena.sku_free,
                arena.sku_version,
                book.heads,
                book.lines,
                book.counters,
            )
        )

    def _undo(self, rows: I8) -> None:
        self._undo_cells(rows)
        kinds = int(survey(rows))
        if kinds & S_SUPPLY:
            self.supply.undo(rows)
        if kinds & S_UNBOUND:
            # While it is still known through which channel it was held.
            self.unbound.undo(rows)
        for store in self._stores(kinds):
            store.undo(rows)
        if kinds & S_DATED:
            self.dated.undo(rows)

    def _undo_cells(self, rows: I8) -> None:
        arena, book = self.arena, self.book
        undo_rows(
            rows,
            len(rows),
            arena.rows,
            arena.cell_node,
            arena.planes,
            arena.sku_free,
            arena.sku_version,
            book.heads,
            book.lines,
            book.counters,
        )

    def _make_cells(self, rows: I8) -> None:
        arena = self.arena
        keys = np.empty(len(rows), np.int64)
        found = int(missing_keys(rows, arena.rows, arena.cell_node, arena.nodes, keys))
        if found < 0:
            raise _fault(rows, -1 - found, FAULT_SKU)
        if found:
            arena.add_keys(keys[:found])
            self._making.append(keys[:found])

    def _note(self, rows: I8, ids: list[str], before: int) -> None:
        """Keep in Python what the kernel has done in numbers."""
        book = self.book
        if ids:
            book.note_opened(ids, before)
        extended = _places(rows, _EXTEND, _EXTEND)
        if extended:
            book.note_expiry(rows[extended, E_REFERENCE].tolist())
        if _places(rows, _TICK, _TICK):
            book.agenda.forget(self.now, book.heads)
            self.workload.forget(self.now)

    # -- proof -------------------------------------------------------------------------

    def digest(self) -> str:
        """32 hexadecimal digits that stand for the whole state. O(cells + book).

        The same for the same stock, supply, fences, rules, reservations, events seen and
        time,
        whatever the layout, the order of loading or the order of the catalogue. Cells
        that hold nothing do not count, nor does the ledger kept for late counts.

        Examples
        --------
        >>> State(["A"], ["X", "Y"]).digest() == State(["B"], ["Z"]).digest()
        True
        """
        arena, book, sums = self.arena, self.book, np.zeros(2, np.uint64)
        skus, nodes = self.catalogue.skus.hashes(), self.catalogue.nodes.hashes()
        # Wrapping round is the point; only the uncompiled kernels would warn of it.
        with np.errstate(over="ignore"):
            add_cells(
                arena.rows, arena.cell_node, arena.planes, skus, nodes, SEEDS, sums
            )
            add_book(
                book.heads,
                book.lines,
                book.counters,
                book.ids.hashes(),
                skus,
                nodes,
                SEEDS,
                sums,
            )
            for words in (
                *self.supply.records(skus, nodes),
                *self.memory.records(skus, nodes, self.supply.ids.hashes(), self.now),
                *self.aside.records(skus, nodes, book.ids.hashes()),
                *self.rules.records(skus, nodes),
                *self.lots.records(skus, nodes),
                *self.find.records(skus, nodes),
                *self.after.records(skus, nodes),
                *self.workload.records(nodes, book.ids.hashes()),
            ):
                add_records(words, SEEDS, sums)
        return "".join(f"{lane:016x}" for lane in sums.tolist())

    def check(self) -> None:
        """Rebuild everything that is kept incrementally, and compare. O(cells + book).

        Raises
        ------
        InvariantError
            Something differs: a mistake of ours, or memory gone bad.
        """
        checks.check(self)


def _places(rows: I8, first: int, last: int) -> list[int]:
    """Return the rows of a range of kinds. Few rows are quicker as a list."""
    what = rows[:, E_WHAT]
    if len(rows) <= _FEW:
        return [i for i, kind in enumerate(what.tolist()) if first <= kind <= last]
    return np.flatnonzero((what >= first) & (what <= last)).tolist()


def _count(what: I8, kind: int) -> int:
    return int(np.count_nonzero(what == kind))


def _text(batch: EffectBatch, i: int) -> str:
    place = int(batch.rows[i, E_AUX])
    if not 0 <= place < len(batch.texts):
        raise ValidationError(f"effects[{i}]", "the place of a text", place)
    return batch.texts[place]


def _check_number(ids: Ids, number: int, text: str, i: int) -> None:
    if ids.numbers.get(text) != number:
        hint = "a journal from elsewhere is replayed with EffectLog.replay"
        expected = f"the number of {text!r} in this state"
        raise ValidationError(f"effects[{i}]", expected, number, hint)


def _fault(rows: I8, at: int, fault: int) -> ValidationError:
    return ValidationError(f"effects[{at}]", _EXPECTED[fault], rows[at].tolist())
