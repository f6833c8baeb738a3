"""How much work nodes have taken on, by day, and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    E_AUX,
    E_AUX2,
    E_NODE,
    E_QUANTITY,
    E_REFERENCE,
    E_WHAT,
    NO_LIMIT,
    QUANTITY_MAX,
    WORK_FIRST,
    WORK_LAST,
    Effect,
)
from omniroute.errors import ValidationError
from omniroute.stock.effects import Row
from omniroute.stock.periods import day_of

if TYPE_CHECKING:
    from omniroute.stock.book import Book

I8 = NDArray[np.int64]

_TAKE, _LIMIT = int(Effect.TAKE), int(Effect.LIMIT)
_HOLD = int(Effect.HOLD)
#: Days that are over and still known.
KEPT_DAYS: Final = 7
#: The ordinal of the first of January 1970.
_EPOCH_DAY: Final = 719_163

#: Node index and number of the work, then the day: its ordinal, or a window of it
#: (`stock.periods`).
WorkDay: TypeAlias = tuple[int, int, int]


class Take(NamedTuple):
    """Work that a plan needs.

    Parameters
    ----------
    node
        Index.
    work
        Its place among the works of the network.
    day
        Ordinal; or a window of it, as `stock.periods` has it.
    amount
        Orders, lines or units.
    """

    node: int
    work: int
    day: int
    amount: int


class Workload:
    """Work by node, kind and day: what is taken, and limits that facts have set.

    Attributes
    ----------
    kinds : tuple of int
        By number of the work what it counts: `codes.WORK_ORDERS`, ... The network's.
    first_delivery : int
        Kinds from this number on are those of delivery windows; before it, of capacity.
    taken : dict of (node, work, day) to int
        Orders, lines or units; nothing where none.
    by : dict of int to dict of (node, work, day) to int
        Of it what each reservation takes, by its number.
    limits : dict of (node, work, day) to int
        What goes before the limits of the network; day 0: every day, also in a window.

    Notes
    -----
    Days that have been over for a week are forgotten, when time moves on to another day
    of UTC: what was done then is given back by nobody.

    Examples
    --------
    >>> load = Workload()
    >>> rows = np.array([take(7, Take(3, 0, 739_000, 2), now=60)])
    >>> load.apply(rows)
    >>> load.taken, load.by
    ({(3, 0, 739000): 2}, {7: {(3, 0, 739000): 2}})
    >>> load.undo(rows)
    >>> load.taken, load.by
    ({}, {})
    """

    __slots__ = (
        "_first_day",
        "_watchers",
        "by",
        "first_delivery",
        "kinds",
        "limits",
        "taken",
    )

    def __init__(self) -> None:
        self.kinds: tuple[int, ...] = ()
        self.first_delivery = 0
        self.taken: dict[WorkDay, int] = {}
        self.by: dict[int, dict[WorkDay, int]] = {}
        self.limits: dict[WorkDay, int] = {}
        self._watchers: list[set[tuple[int, int]]] = []
        self._first_day = 0

    def __bool__(self) -> bool:
        return bool(self.taken or self.limits)

    def watch(self) -> set[tuple[int, int]]:
        """Return a set of nodes and works that change from now on; empty it at will."""
        self._watchers.append(set())
        return self._watchers[-1]

    # -- changes -----------------------------------------------------------------------

    def check(self, rows: I8, book: Book, nodes: int) -> None:
        """Require that what is named exists, once the rows have been applied.

        Raises
        ------
        ValidationError
            The path says which row does not.
        """
        known = len(book) + int((rows[:, E_WHAT] == _HOLD).sum())
        for i in _places(rows):
            row = rows[i].tolist()
            named = row[E_WHAT] == _LIMIT or 0 <= row[E_REFERENCE] < known
            if not named or not 0 <= row[E_NODE] < nodes:
                expected = "a reservation, and a node of the catalogue"
                raise ValidationError(f"effects[{i}]", expected, row)

    def apply(self, rows: I8) -> None:
        """Take work, give it back and set limits, all or none.

        Raises
        ------
        ValidationError
            A reservation would take less than nothing; nothing has changed.
        """
        here = _places(rows)
        for k, i in enumerate(here):
            row = rows[i].tolist()
            if row[E_WHAT] == _LIMIT:
                rows[i, E_AUX2] = self._set_limit(row, row[E_QUANTITY])
            elif not self._shift(row, 1):
                self.undo(rows[here[:k]])
                expected = "no work taken below 0, nor more than can be counted"
                raise ValidationError(f"effects[{i}]", expected, row)

    def undo(self, rows: I8) -> None:
        """Undo rows that `apply` has applied."""
        for i in _places(rows)[::-1]:
            row = rows[i].tolist()
            if row[E_WHAT] == _LIMIT:
                self._set_limit(row, row[E_AUX2])
            else:
                self._shift(row, -1)

    def forget(self, now_s: int) -> None:
        """Forget what has been over for a week; looked at once a day."""
        first = now_s // 86_400 + _EPOCH_DAY - KEPT_DAYS
        if first <= self._first_day:
            return
        self._first_day = first
        self.taken = {
            key: n for key, n in self.taken.items() if day_of(key[2]) >= first
        }
        self.limits = {
            key: n for key, n in self.limits.items() if not 0 < day_of(key[2]) < first
        }
        for number, own in list(self.by.items()):
            if any(day_of(key[2]) < first for key in own):
                left = {key: n for key, n in own.items() if day_of(key[2]) >= first}
                self._keep(number, left)

    def _set_limit(self, row: list[int], limit: int) -> int:
        """Set a limit and return what was there."""
        key = row[E_NODE], row[E_REFERENCE], row[E_AUX]
        before = self.limits.pop(key, NO_LIMIT)
        if limit != NO_LIMIT:
            self.limits[key] = limit
        self._tell(key)
        return before

    def _shift(self, row: list[int], sign: int) -> bool:
        key, change = (row[E_NODE], row[E_AUX2], row[E_AUX]), sign * row[E_QUANTITY]
        own = self.by.get(row[E_REFERENCE], {})
        mine, all_ = own.get(key, 0) + change, self.taken.get(key, 0) + change
        if mine < 0 or all_ > QUANTITY_MAX:
            return False
        _put(self.taken, key, all_)
        _put(own, key, mine)
        self._keep(row[E_REFERENCE], own)
        self._tell(key)
        return True

    def _tell(self, key: WorkDay) -> None:
        for watcher in self._watchers:
            watcher.add(key[:2])

    def _keep(self, number: int, own: dict[WorkDay, int]) -> None:
        if own:
            self.by[number] = own
        else:
            self.by.pop(number, None)

    # -- proof -------------------------------------------------------------------------

    def records(
        self, nodes: NDArray[np.uint64], reservations: NDArray[np.uint64]
    ) -> Iterator[NDArray[np.uint64]]:
        """Words the digest mixes: of reservations what they take, and limits."""
        tables = (
            [
                (120, reservations[number], nodes[node], work, day, amount)
                for number, own in self.by.items()
                for (node, work, day), amount in own.items()
            ],
            [
                (121, nodes[node], work, day, limit)
                for (node, work, day), limit in self.limits.items()
            ],
        )
        yield from (np.array(table, np.uint64) for table in tables if table)


def take(number: int, needs: Take, now: int) -> Row:
    """Say that a reservation takes work of a node; below zero: gives it back."""
    return (
        _TAKE,
        -1,
        needs.node,
        needs.amount,
        number,
        now,
        needs.day,
        needs.work,
    )


def limited(node: int, work: int, day: int, most: int, now: int) -> Row:
    """Say how much work a node can do on a day, 0 for every day."""
    return (_LIMIT, -1, node, most, work, now, day, 0)


def _places(rows: I8) -> list[int]:
    what = rows[:, E_WHAT]
    return np.flatnonzero((what >= WORK_FIRST) & (what <= WORK_LAST)).tolist()


def _put(table: dict[WorkDay, int], key: WorkDay, amount: int) -> None:
    if amount:
        table[key] = amount
    else:
        table.pop(key, None)
