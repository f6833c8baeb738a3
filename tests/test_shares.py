"""Whose share it is: what the network keeps back, and what is protected of whom."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omniroute as om
from tests.conftest import WITHOUT_JIT
from tests.test_protection import replayed

ALONE = {"fall_back": ()}
CELL = ("A", "N1")
TO = om.Destination(postcode="55425")


def shop(stock, *channels, nodes=("N1",)):
    """So many of one item at the first node."""
    network = om.Network(
        [om.Node(node, order_cost=k) for k, node in enumerate(nodes)],
        [om.Service("ground", "ship", om.RateCard.flat(5))],
    )
    found = om.Engine(
        network, [om.Item("A")], clock=lambda: 0, journal=True, channels=channels
    )
    found.apply(om.Count("A", "N1", stock))
    return found


def sees(engine, *channels):
    """What each channel can be promised; None for who names none."""
    return [engine.available_to_promise("A", channel=name) for name in channels]


def holds(engine, n, id, channel=None, node=None):
    """Reserve at a node, or at none."""
    return engine.reserve({("A", node): n}, id=id, channel=channel).status.name


# -- held at no node -------------------------------------------------------------------


def test_what_the_pool_holds_at_no_node_leaves_fences_alone():
    """All 6 that are in no fence: the 4 of g are still there for g."""
    engine = shop(10, om.Channel("g", **ALONE))
    engine.allocate([om.RingFence("g", "A", 4)])
    assert holds(engine, 6, "pool") == "OK"
    assert sees(engine, "g", None) == [4, 0]
    order = om.Order({"A": 4}, TO, channel="g")
    assert engine.place(order, id="g-1").status is om.Status.OK
    assert sees(engine, "g", None) == [0, 0]
    assert engine.bind("pool", "N1").status is om.Status.OK
    replayed(engine)


def test_what_a_channel_holds_at_no_node_is_of_its_fence():
    """The 6 in the pool are for everybody, as before."""
    engine = shop(10, om.Channel("g", **ALONE))
    engine.allocate([om.RingFence("g", "A", 4)])
    assert holds(engine, 4, "own", "g") == "OK"
    assert sees(engine, "g", None) == [0, 6]
    assert holds(engine, 6, "pool", node="N1") == "OK"
    assert engine.at_risk()["id"] == []
    assert engine.bind("own", "N1").status is om.Status.OK
    assert engine.allocations()["used"] == [4]
    replayed(engine)


def test_what_is_bound_gives_its_share_back_to_the_pool():
    """Channel g holds 7 at no node: its 4, and 3 of the 6 in the pool."""
    engine = shop(10, om.Channel("g", fall_back=("pool",)))
    engine.allocate([om.RingFence("g", "A", 4)])
    assert holds(engine, 7, "own", "g") == "OK"
    assert sees(engine, "g", None) == [3, 3]
    assert engine.bind("own", {CELL: 4}).status is om.Status.OK
    assert engine.allocations()["used"] == [4]
    assert sees(engine, "g", None) == [3, 3]
    engine.cancel("own", {("A", None): 3})
    assert sees(engine, "g", None) == [6, 6]
    replayed(engine)


def test_siblings_and_children_keep_what_is_left_to_them():
    """Channel s may draw 3 of g, whatever the pool has promised, and so may its child."""
    engine = shop(
        20,
        om.Channel("g", **ALONE),
        om.Channel("s", fall_back=("siblings",)),
        om.Channel("child", parent="g", fall_back=("parents",)),
    )
    engine.allocate([om.RingFence("g", "A", 6, protected_percent=50)])
    assert holds(engine, 14, "pool") == "OK"
    assert sees(engine, "g", "s", "child") == [6, 3, 3]
    assert holds(engine, 2, "s-1", "s") == "OK"
    assert sees(engine, "g", "s", "child", None) == [4, 1, 1, 0]
    replayed(engine)


def test_who_draws_from_two_takes_no_more_of_either_than_is_left():
    """Channel web has 4 at N1; of the 5 in the pool at N2 the network has promised 3."""
    engine = shop(4, om.Channel("web"), om.Channel("g", **ALONE), nodes=("N1", "N2"))
    engine.apply(om.Receive("A", "N2", 9))
    engine.allocate(
        [
            om.RingFence("web", "A", 4, nodes="N1"),
            om.RingFence("g", "A", 4, nodes="N2"),
        ]
    )
    assert holds(engine, 3, "pool") == "OK"
    assert engine.available_by_node("A", channel="web").tolist() == [4, 2]
    assert holds(engine, 3, "much", "web", "N2") == "SHORT"
    assert holds(engine, 2, "some", "web", "N2") == "OK"
    assert sees(engine, "web", "g", None) == [4, 4, 0]
    assert engine.bind("pool", "N2").status is om.Status.OK
    replayed(engine)


@pytest.fixture
def pools():
    """4 in the pools of P and of Q, 3 of them not yet promised; web has 2 at N1."""
    engine = shop(0, om.Channel("web"), nodes=("P", "Q", "N1"))
    engine.apply([om.Receive("A", node, 4) for node in "PQ"])
    engine.apply(om.Receive("A", "N1", 2))
    engine.allocate([om.RingFence("web", "A", 2, nodes="N1")])
    holds(engine, 5, "pool")
    return engine


def test_an_order_over_many_nodes_takes_no_more_of_the_pool_than_is_left(pools):
    """5 for web: 3 of the pool, and its own 2, though the pools have 8 at less cost."""
    order = om.Order({"A": 5}, TO, channel="web")
    assert pools.place(order, id="web-1").status is om.Status.OK
    assert pools.allocations()["used"] == [2]
    assert sees(pools, "web", None) == [0, 0]
    replayed(pools)


def test_named_cells_share_what_is_left_of_the_pool(pools):
    """3 of P are all there is; of Q nothing is left, and web's own 2 lie elsewhere."""
    both = {("A", "P"): 3, ("A", "Q"): 3}
    placed = pools.reserve(both, id="web-1", channel="web", partial=True)
    assert placed.status is om.Status.SHORT
    assert pools.stock("A", "Q").firm == 0
    assert sees(pools, "web", None) == [2, 0]
    replayed(pools)


def test_an_engine_without_the_channels_goes_on_with_their_reservations():
    """It knows the fences from the log, and that nobody here may draw from them."""
    engine = shop(10, om.Channel("g", fall_back=("pool",)))
    engine.set_safety([om.SafetyRule(2, guards="network")])
    engine.allocate([om.RingFence("g", "A", 4)])
    holds(engine, 2, "g-1", "g", "N1")
    holds(engine, 1, "g-2", "g")
    other = om.Engine(engine.network, engine.items, clock=lambda: 0)
    other.replay(engine.log)
    assert sees(other, None) == [3]
    assert other.amend("g-1", {CELL: 4}) is om.Status.OK
    assert other.bind("g-2", "N1").status is om.Status.OK
    assert sees(other, None) == [1]
    other.check()


# -- oversell --------------------------------------------------------------------------


@pytest.fixture
def oversells():
    """10, of which 4 are for g; s may promise 3 more than there is, and says so."""
    engine = shop(10, om.Channel("g", **ALONE), om.Channel("s"), om.Channel("t"))
    engine.allocate([om.RingFence("g", "A", 4)])
    engine.set_oversell([om.OversellRule("warn", floor=3, channel="s")])
    return engine


def test_what_a_channel_oversells_is_missing_to_itself(oversells):
    """6 of the pool, 3 that nobody has; g keeps what is protected."""
    assert sees(oversells, "g", "s", "t") == [4, 9, 6]
    assert holds(oversells, 9, "s-1", "s", "N1") == "OK"
    assert [line.quantity for line in oversells.backordered("s-1")] == [3]
    assert sees(oversells, "g", "s", "t") == [4, 0, 0]
    oversells.allocate([om.RingFence("g", "A", 4)])
    assert sees(oversells, "g") == [4], "planned again, it is the same"
    assert holds(oversells, 4, "g-1", "g", "N1") == "OK"
    assert oversells.allocations()["used"] == [4]
    assert oversells.backordered("g-1") == ()
    replayed(oversells)


def test_stock_that_comes_serves_the_backorder_first(oversells):
    """2 of the 3 come, then 2 more: one for who asks next."""
    holds(oversells, 9, "s-1", "s", "N1")
    oversells.apply(om.Receive("A", "N1", 2))
    assert sees(oversells, "g", "s", "t") == [4, 2, 0]
    assert [line.quantity for line in oversells.backordered("s-1")] == [1]
    oversells.apply(om.Receive("A", "N1", 2))
    assert sees(oversells, "g", "s", "t") == [4, 4, 1]
    replayed(oversells)


def test_stock_that_is_lost_is_nobodys_backorder(oversells):
    """A till sells 3 of the 6 that t holds: one unit is left, and g has that."""
    holds(oversells, 6, "t-1", "t", "N1")
    oversells.apply(om.Sell("A", "N1", 3))
    assert sees(oversells, "g", "s", "t") == [1, 0, 0]
    replayed(oversells)


def test_what_a_channel_drew_from_its_fence_is_no_backorder():
    """A till sells 6 where 4 are free: 2 of g's fence are gone, s waits for nothing."""
    engine = shop(10, om.Channel("g", **ALONE), om.Channel("s"))
    engine.allocate([om.RingFence("g", "A", 4), om.RingFence("s", "A", 2)])
    engine.set_oversell([om.OversellRule("warn", floor=3, channel="s")])
    holds(engine, 2, "s-1", "s", "N1")
    engine.apply(om.Sell("A", "N1", 6))
    assert sees(engine, "g") == [2]
    assert engine.backordered("s-1") == ()


def test_a_plain_backorder_tells_of_what_is_set_aside_for_others():
    """9 promised, 4 in a fence, 10 there: 3 have no stock behind them."""
    engine = shop(10, om.Channel("g", **ALONE))
    engine.allocate([om.RingFence("g", "A", 4)])
    engine.set_oversell([om.OversellRule("warn", floor=3)])
    assert holds(engine, 9, "1", node="N1") == "OK"
    assert [line.quantity for line in engine.backordered("1")] == [3]


# -- what is protected of a fence ------------------------------------------------------


def test_what_is_sold_and_comes_back_leaves_others_what_they_had():
    """Half of 100 is protected; three times 20 are sold, shipped and come back."""
    engine = shop(
        100, om.Channel("g", **ALONE), om.Channel("s", fall_back=("siblings",))
    )
    engine.allocate([om.RingFence("g", "A", 100, protected_percent=50)])
    assert sees(engine, "g", "s") == [100, 50]
    for k in range(3):
        assert holds(engine, 20, f"{k}", "g", "N1") == "OK"
        engine.fulfil(f"{k}")
        assert sees(engine, "g", "s") == [80, 30]
        engine.apply(om.Return("A", "N1", 20, channel="g"))
        assert sees(engine, "g", "s") == [100, 50]
    columns = engine.allocations()
    assert (columns["left"], columns["guarded"]) == ([100], [50])
    replayed(engine)


@pytest.mark.parametrize(
    ("percent", "guarded"), [(100, [12, 15]), (50, [6, 8]), (0, [0, 0])]
)
def test_what_comes_back_beyond_the_fence_is_protected_as_the_fence_is(
    percent, guarded
):
    """10, and 2 more come back, and 3: told one by one or both at once."""
    for both in (True, False):
        engine = shop(10, om.Channel("g", **ALONE))
        engine.allocate([om.RingFence("g", "A", 10, protected_percent=percent)])
        backs = [om.Return("A", "N1", n, channel="g") for n in (2, 3)]
        if both:
            engine.apply(backs)
        else:
            engine.apply(backs[0])
            assert engine.allocations()["guarded"] == guarded[:1]
            engine.apply(backs[1])
        assert engine.allocations()["guarded"] == guarded[1:]
        replayed(engine)


def test_the_part_that_is_protected_is_in_the_digest():
    """One unit, all of it protected by either plan; not so what comes back to it."""
    digests = set()
    for percent in (50, 100):
        engine = shop(1, om.Channel("g", **ALONE))
        engine.allocate([om.RingFence("g", "A", 1, protected_percent=percent)])
        digests.add(engine.digest())
    assert len(digests) == 2


def test_what_is_guarded_is_of_what_is_left():
    """60 of 100 sold: of the 40 that are left nobody else may have any."""
    engine = shop(
        100, om.Channel("g", **ALONE), om.Channel("s", fall_back=("siblings",))
    )
    engine.allocate([om.RingFence("g", "A", 100, protected_percent=50)])
    holds(engine, 60, "1", "g", "N1")
    columns = engine.allocations()
    assert (columns["left"], columns["guarded"]) == ([40], [40])
    assert sees(engine, "s") == [0]
    engine.apply(om.Return("A", "N1", 5, channel="s"))
    assert engine.allocations()["guarded"] == [40, 5], "all of it, where no fence was"


# -- the network threshold -------------------------------------------------------------


def test_a_threshold_is_kept_once_for_all_channels():
    """10, of which 4 are kept: 6 can be sold, whoever sells them."""
    engine = shop(10, om.Channel("g", **ALONE), om.Channel("h", **ALONE))
    engine.set_safety([om.SafetyRule(4, guards="network")])
    engine.allocate([om.RingFence("g", "A", 5), om.RingFence("h", "A", 5)])
    assert sees(engine, "g", "h", None) == [5, 1, 0]
    assert holds(engine, 5, "1", "g", "N1") == "OK"
    assert sees(engine, "g", "h", None) == [0, 1, 0]
    assert holds(engine, 1, "2", "h", "N1") == "OK"
    assert holds(engine, 1, "3", "h", "N1") == "OUT_OF_STOCK"
    replayed(engine)


@pytest.mark.parametrize(
    ("threshold", "left"),
    [(0, [3, 3, 3, 4]), (3, [3, 3, 3, 1]), (5, [3, 2, 3, 0]), (8, [2, 0, 3, 0])],
)
def test_the_pool_gives_first_and_then_the_last_in_rank(threshold, left):
    """4 in the pool, 3 in each fence; lower ranks, then names, give last."""
    engine = shop(
        13,
        om.Channel("g", rank=1, **ALONE),
        om.Channel("h", rank=2, **ALONE),
        om.Channel("a", rank=0, **ALONE),
    )
    engine.set_safety([om.SafetyRule(threshold, guards="network")])
    engine.allocate([om.RingFence(name, "A", 3) for name in "gha"])
    assert sees(engine, "g", "h", "a", None) == left


CHANNELS = [
    om.Channel("g", **ALONE),
    om.Channel("h", fall_back=("pool",), rank=2),
    om.Channel("s", fall_back=("siblings", "pool"), rank=1),
    om.Channel("all", emergency=True),
]
WHO = st.sampled_from([None, "g", "h", "s", "all"])


@settings(max_examples=15 if WITHOUT_JIT else 150, deadline=None)
@given(
    stock=st.lists(st.integers(0, 12), min_size=2, max_size=2),
    threshold=st.integers(0, 15),
    fences=st.dictionaries(
        st.tuples(st.sampled_from("ghs"), st.sampled_from(["N1", "N2"])),
        st.tuples(st.integers(1, 8), st.sampled_from([0, 50, 100])),
    ),
    sales=st.lists(
        st.tuples(WHO, st.integers(1, 6), st.sampled_from(["N1", "N2", None, "any"])),
        max_size=8,
    ),
)
def test_all_channels_together_sell_what_is_beyond_the_threshold(
    stock, threshold, fences, sales
):
    """Never more, whoever sells first; and all of it, where everybody may sell."""
    engine = shop(stock[0], *CHANNELS, nodes=("N1", "N2"))
    engine.apply(om.Count("A", "N2", stock[1]))
    engine.set_safety([om.SafetyRule(threshold, guards="network")])
    for (who, node), (n, part) in fences.items():
        fence = om.RingFence(who, "A", n, nodes=node, protected_percent=part)
        engine.allocate([fence])
    whole_of_g = all(
        part == 100 for (who, _), (_, part) in fences.items() if who == "g"
    )
    for k, (who, n, node) in enumerate(sales):
        before = sees(engine, "g")
        if node == "any":
            engine.place(om.Order({"A": n}, TO, channel=who), id=f"{k}", partial=True)
        else:
            engine.reserve({("A", node): n}, id=f"{k}", channel=who, partial=True)
        assert who in ("g", "all") or not whole_of_g or sees(engine, "g") == before
    for who in (None, "g", "h", "s", "all"):
        for node in ("N1", "N2"):
            cell = {("A", node): 50}
            engine.reserve(cell, id=f"last {who} {node}", channel=who, partial=True)
    assert engine.reservations()["held_quanta"].sum() == max(0, sum(stock) - threshold)
    engine.check()
