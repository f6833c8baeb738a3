"""Effects do what their table says, all of them or none, and can be undone."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniroute.codes import (
    E_AUX2,
    NO_NODE,
    P_FREE,
    PLANE_NAMES,
    QUANTITY_MAX,
    Effect,
    ReservationState,
)
from omniroute.kernels.stock.book import (
    C_FAULT,
    FAULT_KIND,
    FAULT_NONE,
    FAULT_SKU,
    BookArrays,
)
from omniroute.kernels.stock.cells import CellArrays
from omniroute.kernels.stock.effects import apply_one, apply_rows, undo_rows
from omniroute.stock.arena import Arena
from omniroute.stock.book import Book
from tests.naive.stock import NaiveStock, RefusedError

SKUS, NODES = ["S0", "S1"], ["N0", "N1", "N2"]
IDS = ["R0", "R1", "R2"]


class Machine:
    """The arrays of an arena and a book, every cell made."""

    def __init__(self):
        self.arena, self.book = Arena(len(NODES), len(SKUS)), Book()
        self.arena.add_keys(np.arange(len(SKUS) * len(NODES)))

    def arrays(self):
        """Return what the kernels take, in their order."""
        a, b = self.arena, self.book
        layout = a.rows, a.cell_node, a.planes, a.sku_free, a.sku_version
        return *layout, b.heads, b.lines, b.counters

    def apply(self, rows):
        """Return the index of the refused row, or -1."""
        return apply_rows(np.array(rows, np.int64).reshape(-1, 8), *self.arrays())

    def picture(self):
        """All there is to see, but for what lies beyond the lines in use."""
        *layout, heads, lines, counters = (array.copy() for array in self.arrays())
        counters[C_FAULT] = 0
        parts = *layout, heads[: counters[0]], lines[: counters[1]], counters
        return [part.tolist() for part in parts]

    def cells(self):
        """{(sku, node): planes} of the cells that hold anything."""
        found = {}
        for s, sku in enumerate(SKUS):
            nodes, planes = self.arena.row(s)
            for node, cell in zip(nodes.tolist(), planes.T.tolist(), strict=True):
                if any(cell):
                    found[sku, NODES[node]] = dict(zip(PLANE_NAMES, cell, strict=True))
        return found


def row(what, sku=0, node=0, quantity=0, number=-1, time=0, aux=0, aux2=0):
    return (int(what), sku, node, quantity, number, time, aux, aux2)


EDGE = st.sampled_from(
    [-QUANTITY_MAX - 1, -QUANTITY_MAX, QUANTITY_MAX, QUANTITY_MAX + 1]
)
QUANTITY = st.integers(-9, 9) | EDGE
STOCK = [Effect.RECEIVE, Effect.ADJUST, Effect.COUNT, Effect.SELL, Effect.SAFETY]
CELL = {"sku": st.integers(0, 1), "node": st.integers(0, 2)}
NUMBER = st.integers(-1, 3)
DUE = st.sampled_from([0, 0, 2, 3])
LINES = st.sampled_from([Effect.LINE, Effect.UNLINE])
FINALS = [ReservationState.FIRM, *list(ReservationState)[2:], 10]
ROW = st.one_of(
    st.builds(row, st.sampled_from(STOCK), **CELL, quantity=QUANTITY),
    st.builds(
        row, st.just(Effect.HOLD), number=st.integers(0, 2), aux=st.integers(-1, 2)
    ),
    st.builds(row, LINES, **CELL, quantity=QUANTITY, number=NUMBER, aux=DUE),
    st.builds(
        row,
        LINES,
        sku=st.integers(0, 1),
        node=st.just(NO_NODE),
        quantity=QUANTITY,
        number=NUMBER,
        aux=DUE,
    ),
    st.builds(
        row,
        st.just(Effect.DUE),
        **CELL,
        quantity=QUANTITY,
        number=NUMBER,
        aux=DUE,
        time=DUE,
    ),
    st.builds(row, st.just(Effect.DIP), **CELL, quantity=QUANTITY),
    st.builds(row, st.just(Effect.SHIP), **CELL, quantity=QUANTITY, number=NUMBER),
    st.builds(row, st.just(Effect.COMMIT), number=NUMBER),
    st.builds(row, st.just(Effect.EXTEND), number=NUMBER, aux=st.integers(-1, 9)),
    st.builds(
        row, st.just(Effect.RESOLVE), quantity=st.sampled_from(FINALS), number=NUMBER
    ),
    st.builds(row, st.just(Effect.TICK), time=st.integers(0, 3)),
)
# A start with something held, so that lines come back and reservations end.
HELD = [
    row(Effect.RECEIVE, 0, 1, 9),
    row(Effect.HOLD, number=0, aux=5),
    row(Effect.LINE, 0, 1, 2, 0),
    row(Effect.LINE, 0, 1, 4, 0),
    row(Effect.HOLD, number=1),
    row(Effect.LINE, 1, 2, 3, 1),
]
ENDED = [
    row(Effect.UNLINE, 0, 1, 2, 0),
    row(Effect.UNLINE, 0, 1, 4, 0),
    row(Effect.RESOLVE, quantity=ReservationState.EXPIRED, number=0),
]
LATER = [row(Effect.LINE, 0, 1, 5, number, aux=2) for number in (0, 0, 1)]
LOOSE = [row(Effect.LINE, 0, NO_NODE, 5, 0)]
STARTS = st.sampled_from([[], HELD, HELD + ENDED, HELD + LATER + LOOSE])


@given(STARTS, st.lists(ROW, max_size=12))
def test_each_row_does_what_the_twin_does(start, rows):
    """One row at a time: the same cells and lines, and the same rows refused."""
    machine, twin = Machine(), NaiveStock()
    for each in [*start, *rows]:
        before = twin.copy()
        try:
            twin.apply_row(each, SKUS, NODES, IDS)
            wanted = -1
        except RefusedError:
            twin, wanted = before, 0
        assert machine.apply([each]) == wanted
    cells = machine.cells()
    assert {key: cell["free"] for key, cell in cells.items()} == {
        key: twin.free(*key) for key in cells
    }
    for cell in cells.values():
        del cell["free"]
    cells = {key: cell for key, cell in cells.items() if any(cell.values())}
    assert cells == {
        key: cell for key, cell in twin.cells.items() if any(cell.values())
    }
    assert machine.arena.sku_free.tolist() == [twin.atp(sku) for sku in SKUS]
    for number, held in enumerate(twin.reservations.values()):
        assert machine.book.heads[number, 0] == held["state"]
        lines = [
            [SKUS[s], None if n < 0 else NODES[n], *rest, due]
            for s, n, *rest, _, owner, due in machine.book.lines_of(number).tolist()
            if owner == number
        ]
        assert lines == held["lines"]


@given(STARTS, st.lists(ROW, max_size=12))
def test_rows_apply_all_or_none(start, rows):
    """A refused row takes those before it back, and its index and reason are told."""
    machine, singly = Machine(), Machine()
    machine.apply(start)
    singly.apply(start)
    before = machine.picture()
    wanted = next((i for i, each in enumerate(rows) if singly.apply([each]) == 0), -1)
    assert machine.apply(rows) == wanted
    assert machine.picture() == (singly.picture() if wanted < 0 else before)
    assert wanted < 0 or machine.book.counters[C_FAULT] != FAULT_NONE


@given(STARTS, st.lists(ROW, max_size=12))
def test_applied_rows_can_be_undone(start, rows):
    """Undoing applied rows restores cells, book, versions and time."""
    machine = Machine()
    machine.apply(start)
    before = machine.picture()
    effects = np.array(rows, np.int64).reshape(-1, 8)
    if apply_rows(effects, *machine.arrays()) < 0:
        undo_rows(effects, len(effects), *machine.arrays())
    assert machine.picture() == before


@pytest.mark.parametrize(
    ("what", "quantity", "on_hand", "safety", "free", "old"),
    [
        (Effect.RECEIVE, 5, 15, 2, 13, 0),
        (Effect.ADJUST, -3, 7, 2, 5, 0),
        (Effect.COUNT, 4, 4, 2, 2, 10),
        (Effect.SELL, 12, -2, 2, -4, 0),
        (Effect.SAFETY, 11, 10, 11, -1, 2),
    ],
)
def test_a_stock_fact_on_ten_on_hand_two_safety(
    what, quantity, on_hand, safety, free, old
):
    """The table of stock facts; absolute ones keep the old value."""
    machine = Machine()
    machine.apply([row(Effect.RECEIVE, quantity=10), row(Effect.SAFETY, quantity=2)])
    effects = np.array([row(what, quantity=quantity)], np.int64)
    assert apply_rows(effects, *machine.arrays()) == -1
    assert machine.arena.planes[:, machine.arena.find(0, 0)].tolist() == [
        on_hand,
        safety,
        0,
        0,
        free,
    ]
    assert effects[0, E_AUX2] == old
    assert machine.arena.sku_free[0] == max(0, free)
    assert machine.arena.sku_version.tolist() == [3, 0]


@pytest.mark.parametrize(
    "rows",
    [
        [row(Effect.UNLINE, 0, 1, 4, 0)],
        [row(Effect.UNLINE, 0, 1, 1, 0), row(Effect.UNLINE, 0, 1, 3, 0)],
        [row(Effect.UNLINE, 1, 2, 3, 1), row(Effect.RESOLVE, quantity=3, number=1)],
        [row(Effect.SHIP, 1, 2, 2, 1), row(Effect.SHIP, 1, 2, 1, 1)],
        [row(Effect.COMMIT, number=0), row(Effect.SHIP, 0, 1, 4, 0)],
        [row(Effect.EXTEND, number=0, aux=99), row(Effect.LINE, 1, 0, 1, 0)],
        ENDED,
    ],
)
def test_giving_back_and_ending_are_undone_exactly(rows):
    """The line that gave, out of several, and the state it ended from."""
    machine = Machine()
    machine.apply(HELD)
    before = machine.picture()
    assert machine.apply([*rows, row(99)]) == len(rows)
    assert machine.picture() == before


def test_a_line_gives_back_no_more_than_it_holds():
    """Nor does another line, or another reservation of the cell, make up for it."""
    machine = Machine()
    machine.apply(HELD)
    machine.apply([row(Effect.HOLD, number=2, aux=9), row(Effect.LINE, 0, 1, 3, 2)])
    four = row(Effect.UNLINE, 0, 1, 4, 0)
    assert machine.apply([four]) == -1
    assert machine.apply([four]) == 0
    assert [line[3] for line in machine.book.lines_of(0).tolist()] == [2, 0]


def test_only_stock_on_hand_may_fall_below_zero():
    """A safety stock below zero would promise what is not there."""
    machine = Machine()
    assert machine.apply([row(Effect.SAFETY, quantity=-1)]) == 0
    assert machine.apply([row(Effect.COUNT, quantity=-1)]) == -1


def test_free_may_not_leave_int32_either():
    """Three planes near the limit could push ``free`` out though each fits."""
    machine = Machine()
    rows = [
        row(Effect.ADJUST, quantity=-QUANTITY_MAX),
        row(Effect.SAFETY, quantity=1),
    ]
    assert machine.apply(rows) == 1
    assert machine.arena.planes[P_FREE].tolist() == [0] * len(machine.arena.cell_node)


def test_an_absurd_quantity_does_not_wrap_round():
    """Near the ends of int64 the row is refused, not computed."""
    for quantity in (2**63 - 1, -(2**63)):
        for what in (*STOCK, Effect.LINE):
            assert Machine().apply([row(what, quantity=quantity)]) == 0


def test_unknown_kinds_and_skus_are_refused_with_the_reason():
    """The last counter says why."""
    machine = Machine()
    for each, reason in (
        (row(99), FAULT_KIND),
        (row(0), FAULT_KIND),
        (row(Effect.SELL, sku=2), FAULT_SKU),
        (row(Effect.SELL, sku=-1), FAULT_SKU),
    ):
        assert machine.apply([each]) == 0
        assert machine.book.counters[C_FAULT] == reason


@numba.njit
def decide_and_apply(
    buffer, rows, nodes, planes, free, version, heads, lines, counters
):
    """Stand in for a kernel that applies each row as soon as it has written it."""
    cells = CellArrays(rows, nodes, planes, free, version)
    book = BookArrays(heads, lines, counters)
    for i in range(1, buffer.shape[0]):
        fault = apply_one(buffer, i, cells, book)
        if fault != FAULT_NONE:
            return fault
    return FAULT_NONE


def test_another_kernel_can_apply_rows_one_by_one():
    """Rows applied out of a buffer one at a time do what they do as a batch."""
    machine = Machine()
    buffer = np.array([row(99), *HELD], np.int64)
    assert decide_and_apply(buffer, *machine.arrays()) == FAULT_NONE
    whole = Machine()
    whole.apply(HELD)
    assert machine.picture() == whole.picture()
