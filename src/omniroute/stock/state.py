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

from omniroute.codes import E_REFERENCE, E_WHAT, Effect
from omniroute.errors import InvariantError, OmnirouteError, ValidationError
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
    survey,
)
from omniroute.stock import checks
from omniroute.stock.all_or_none import apply_all, apply_cells, undo_all
from omniroute.stock.digest import digest_of
from omniroute.stock.effects import EffectBatch, Row, write_row
from omniroute.stock.ids import Ids
from omniroute.stock.names import new_names
from omniroute.stock.opened_ids import opened_ids, places_of
from omniroute.stock.stores import Stores

I8 = NDArray[np.int64]

#: How long events are remembered where nobody says.
RETENTION_S = 86_400

_TICK, _EXTEND = int(Effect.TICK), int(Effect.EXTEND)
_COMMIT = int(Effect.COMMIT)

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


class State(Stores):
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

    What it is made of are the attributes of `Stores`.

    Examples
    --------
    >>> from omniroute.codes import Effect
    >>> from omniroute.stock.effects import EffectBatch, stock
    >>> state = State(["N1", "N2"], ["BOLT"])
    >>> state.apply(EffectBatch([stock(Effect.RECEIVE, 0, 1, 40, now=0)]))
    >>> int(state.arena.sku_free[0])
    40
    """

    __slots__ = ()

    def __init__(
        self,
        node_ids: Iterable[str],
        sku_ids: Iterable[str] = (),
        decimals: Sequence[int] | NDArray[np.integer] | None = None,
        retention_s: int = RETENTION_S,
    ) -> None:
        super().__init__(node_ids, sku_ids, decimals, retention_s)

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
            self.making.clear()
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
            apply_cells(self, rows)
            if row[E_WHAT] != _COMMIT:
                self.memory.note_stock(row)
            self.making.clear()
            return rows
        except OmnirouteError:
            self._leave_orphans()
            raise
        except BaseException as error:
            self.broken = repr(error)
            raise

    def _leave_orphans(self) -> None:
        """Remember the cells that a refused change has made: they stay, empty."""
        for keys in self.making:
            self.orphans.update(keys.tolist())
        self.making.clear()

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
            apply_all(self, rows, kinds)
            self.memory.note(rows, ())
            return
        before = len(self.book)
        ids = opened_ids(batch, self.book, self.catalogue) if kinds & S_NAMES else []
        names: list[tuple[Ids, str]] = []
        if kinds & (S_NAMES | S_SUPPLY | S_SEEN | S_ASIDE):
            names = new_names(batch, self.supply, self.memory, self.aside)
        if kinds & S_RULES:
            self.rules.check(batch, len(self.arena.rows), self.arena.nodes)
        if kinds & S_AFTER:
            self.after.check(batch, len(self.arena.rows), self.arena.nodes)
        if kinds & S_WORK:
            self.workload.check(rows, self.book, self.arena.nodes)
        apply_all(self, rows, kinds)
        opened = len(self.book) - before
        if opened != len(ids):
            undo_all(self, rows)
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
        undo_all(self, batch.rows)

    def _note(self, rows: I8, ids: list[str], before: int) -> None:
        """Keep in Python what the kernel has done in numbers."""
        book = self.book
        if ids:
            book.note_opened(ids, before)
        extended = places_of(rows, _EXTEND, _EXTEND)
        if extended:
            book.note_expiry(rows[extended, E_REFERENCE].tolist())
        if places_of(rows, _TICK, _TICK):
            book.agenda.forget(self.now, book.heads)
            self.workload.forget(self.now)

    # -- proof -------------------------------------------------------------------------

    def digest(self) -> str:
        """32 hexadecimal digits that stand for the whole state. O(cells + book).

        The same for the same stock, supply, fences, rules, reservations, events seen and
        time, whatever the layout, the order of loading or the order of the catalogue.
        Cells that hold nothing do not count, nor does the ledger kept for late counts.

        Examples
        --------
        >>> State(["A"], ["X", "Y"]).digest() == State(["B"], ["Z"]).digest()
        True
        """
        return digest_of(self)

    def check(self) -> None:
        """Rebuild everything that is kept incrementally, and compare. O(cells + book).

        Raises
        ------
        InvariantError
            Something differs: a mistake of ours, or memory gone bad.
        """
        checks.check(self)
