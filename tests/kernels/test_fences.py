"""What a channel can have of fenced cells, and what it then takes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniroute.kernels.stock.fences import channel_free, take
from omniroute.model.channels import FALL_BACKS, Channel, ChannelTree
from omniroute.model.fences import RingFence
from tests.naive.fences import POOL, NaiveFences, sources_of


class Cell:
    """One fenced cell, in the arrays of the kernels."""

    def __init__(self, tree, value, left, guarded):
        self.tree, self.value = tree, value
        self.left = np.array([left], np.int64).reshape(1, -1)
        self.guarded = np.array([guarded], np.int64).reshape(1, -1)

    def who(self, name):
        """Order and emergency of a channel."""
        number = self.tree.number(name)
        return self.tree.orders[number], int(self.tree.emergency[number])

    def available(self, name):
        """What it can have."""
        out, drawn = np.empty(1, np.int64), np.empty(len(self.tree) + 1, np.int64)
        values = np.array([self.value])
        channel_free(self.left, self.guarded, values, *self.who(name), drawn, out)
        return int(out[0])

    def consume(self, name, wanted):
        """Take it; return what came from whom."""
        drawn = np.empty(len(self.tree) + 1, np.int64)
        who = self.who(name)
        had = take(self.left, self.guarded, 0, self.value, *who, wanted, drawn)
        assert had == drawn.sum()
        self.value -= had
        self.left[0] -= drawn[:-1]
        names = [*self.tree.numbers, POOL]
        return {name: n for name, n in zip(names, drawn.tolist(), strict=True) if n}


# -- published -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "confirmed", "still_open"),
    [("other", 880, 20), ("emergency", 900, 0), ("first", 900, 0)],
)
def test_sap_protected_quantities(who, confirmed, still_open):
    """E21: stock 1,000; protected are 10 % of 200 and 20 % of 500; an order of 900."""
    fences = [
        RingFence("first", "A", 200, protected_percent=10),
        RingFence("second", "A", 500, protected_percent=20),
    ]
    sharing = ("pool", "siblings")
    tree = ChannelTree(
        [
            Channel("first", fall_back=sharing),
            Channel("second", fall_back=sharing),
            Channel("other", fall_back=sharing),
            Channel("emergency", emergency=True),
        ]
    )
    guarded = [fence.protected(int(fence.quantity)) for fence in fences]
    assert sum(guarded) == 120
    cell = Cell(tree, 1000, [200, 500, 0, 0], [*guarded, 0, 0])
    if who == "other":
        assert cell.available(who) == 880
    if who == "first":
        # Its own 20 besides the 880.
        assert cell.available(who) == 900
    assert sum(cell.consume(who, 900).values()) == confirmed
    assert 900 - confirmed == still_open


# -- rules -----------------------------------------------------------------------------

TREE = ChannelTree(
    [
        Channel("online", fall_back=()),
        Channel("web", "online", fall_back=("pool",)),
        Channel("app", "online", fall_back=("siblings", "parents", "pool"), rank=1),
        Channel("till", fall_back=("pool",)),
    ]
)


@pytest.mark.parametrize(
    ("case", "stock", "fences", "online", "web", "app", "till", "none"),
    [
        (
            "no fences: who may use the pool has all",
            10,
            (0, 0, 0, 0),
            0,
            10,
            10,
            10,
            10,
        ),
        ("one's own and the pool", 10, (0, 4, 0, 0), 0, 10, 6, 6, 6),
        ("all is fenced", 10, (2, 4, 3, 1), 2, 4, 5, 1, 0),
        ("stock fell below the fences", 5, (2, 4, 3, 1), 2, 4, 5, 1, 0),
        ("stock fell below one's own", 3, (2, 4, 3, 1), 2, 3, 3, 1, 0),
        ("nothing left", 0, (2, 4, 3, 1), 0, 0, 0, 0, 0),
        ("oversold by a till", -2, (2, 4, 3, 1), 0, 0, 0, 0, 0),
    ],
)
def test_what_each_channel_can_have(case, stock, fences, online, web, app, till, none):
    """Fences are protected in full, but for that of the parent."""
    guarded = [
        0 if name == "online" else n
        for name, n in zip(TREE.numbers, fences, strict=True)
    ]
    cell = Cell(TREE, stock, fences, guarded)
    names = [*TREE.numbers, None]
    found = tuple(cell.available(name) for name in names)
    assert found == (online, web, app, till, none), case


def test_one_draws_from_its_own_first_then_as_it_falls_back():
    """Own, sibling above what is protected, parent, pool."""
    cell = Cell(TREE, 20, [3, 6, 2, 0], [1, 4, 2, 0])
    assert cell.available("app") == 2 + (6 - 4) + (3 - 1) + (20 - 11)
    assert cell.consume("app", 7) == {"app": 2, "web": 2, "online": 2, POOL: 1}
    assert cell.left[0].tolist() == [1, 4, 0, 0]


# -- properties ------------------------------------------------------------------------

NAMES = [f"c{k}" for k in range(4)]


@st.composite
def worlds(draw):
    """A tree, a cell of it, and its twin."""
    rows = {}
    for k, name in enumerate(NAMES):
        rows[name] = {
            "parent": draw(st.sampled_from([None, *NAMES[:k]])),
            "fall_back": tuple(
                draw(st.lists(st.sampled_from(FALL_BACKS), unique=True))
            ),
            "rank": draw(st.integers(0, 2)),
            "emergency": draw(st.integers(0, 5)) == 0,
        }
    tree = ChannelTree(Channel(name, **row) for name, row in rows.items())
    left = draw(st.lists(st.integers(0, 12), min_size=4, max_size=4))
    guarded = [draw(st.integers(0, units)) for units in left]
    value = draw(st.integers(-3, 50))
    twin = NaiveFences(
        value,
        dict(zip(NAMES, left, strict=True)),
        dict(zip(NAMES, guarded, strict=True)),
    )
    return rows, Cell(tree, value, left, guarded), twin


ORDERS = st.lists(
    st.tuples(st.sampled_from([*NAMES, None]), st.integers(0, 20)), max_size=8
)


@given(worlds(), ORDERS)
def test_kernel_and_twin_promise_and_take_the_same(world, orders):
    """Over a history of orders by any channel."""
    rows, cell, twin = world
    for name, wanted in orders:
        emergency = name is not None and rows[name]["emergency"]
        sources = sources_of(rows, name)
        for other in [*NAMES, None]:
            sos = other is not None and rows[other]["emergency"]
            promised = twin.available(other, sources_of(rows, other), sos)
            assert cell.available(other) == promised
        assert cell.consume(name, wanted) == twin.consume(
            name, sources, wanted, emergency
        )
        assert cell.left[0].tolist() == list(twin.left.values())


@given(worlds(), st.sampled_from([*NAMES, None]))
def test_what_was_promised_can_be_taken(world, name):
    """All of it, and not a unit more."""
    _, cell, _ = world
    promised = cell.available(name)
    assert sum(cell.consume(name, promised + 5).values()) == promised


@given(worlds(), ORDERS)
def test_together_they_never_get_more_than_there_is(world, orders):
    """Whatever the order of channels."""
    _, cell, _ = world
    there = max(0, cell.value)
    taken = sum(sum(cell.consume(name, wanted).values()) for name, wanted in orders)
    assert taken <= there
    assert cell.left.min() >= 0


@given(worlds(), ORDERS)
def test_what_is_protected_stays_for_its_channel(world, orders):
    """Where fences are backed by stock, others leave what is protected of one's own."""
    rows, cell, _ = world
    if cell.value < cell.left.sum():
        return
    for name, wanted in orders:
        if name is not None and rows[name]["emergency"]:
            continue
        before = [cell.available(other) for other in NAMES]
        kept = [min(a, b) for a, b in zip(cell.left[0], cell.guarded[0], strict=True)]
        cell.consume(name, wanted)
        assert cell.value >= cell.left.sum()
        for other, protected, had in zip(NAMES, kept, before, strict=True):
            if other != name:
                assert protected <= cell.available(other) <= had


@given(worlds(), st.permutations(NAMES), st.integers(0, 9))
def test_units_of_their_own_come_to_all_in_any_order(world, order, more):
    """Backed and protected in full: each gets its own, whoever comes first."""
    _, cell, _ = world
    cell.guarded[:] = cell.left
    cell.value = int(cell.left.sum()) + more
    own = dict(zip(NAMES, cell.left[0].tolist(), strict=True))
    for name in order:
        had = cell.consume(name, own[name])
        assert sum(had.values()) == own[name]
