"""Where public systems sell what is not there: each way is named, and is closed here.

Beside `test_oversell.py`, which tries single calls; here the same wish goes in by every
door there is: an order, an order in a batch, lines at named nodes, rows of a frame.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

import omniroute as om

TO = om.Destination(postcode="55425", country="US")
S = om.Status
DOORS = ("place", "route_many", "reserve", "reserve_many")


def shop(stock, **terms):
    """Units of BOLT by node."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    engine = om.Engine(
        om.Network([om.Node(node) for node in stock], [ground]),
        [om.Item("BOLT"), om.Item("NUT")],
        clock=lambda: 1_000,
        **terms,
    )
    engine.apply([om.Receive("BOLT", node, n) for node, n in stock.items() if n])
    return engine


def ask(engine, door, id, lines, *, partial=False, channel=None):
    """Ask for lines (node, units) of BOLT by a door; orders may come from anywhere."""
    if door in ("place", "route_many"):
        order = om.Order([("BOLT", n) for _, n in lines], TO, id=id, channel=channel)
        if door == "place":
            return engine.place(order, partial=partial).status
        batch = engine.route_many([order], reserve=True, partial=partial)
        return om.Status(int(batch.columns()["status"][0]))
    if door == "reserve":
        wish = [om.HoldLine("BOLT", node, n) for node, n in lines]
        terms = {"partial": partial, "channel": channel}
        return engine.reserve(wish, id=id, **terms).status
    count = len(lines)
    frame = {"id": [id] * count, "sku": "BOLT", "node": [node for node, _ in lines]}
    frame["quantity"] = [n for _, n in lines]
    found = engine.reserve_many(frame, partial=partial, channel=channel)
    return om.Status(int(found.status[0]))


def held(engine):
    return int(engine.reservations()["held_quanta"].sum())


@pytest.mark.parametrize("door", DOORS)
def test_check_apart_from_write(door):
    """Sixteen see the last unit at the same moment; one of them gets it."""
    engine, start = shop({"N1": 1}), Barrier(16)

    def buy(k):
        start.wait()
        assert engine.available_to_promise("BOLT") in (0, 1)
        return ask(engine, door, f"A{k}", [("N1", 1)])

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(buy, range(16)))
    assert found.count(S.OK) == 1
    assert held(engine) == 1
    engine.check()


@pytest.mark.parametrize("door", DOORS)
def test_demand_checked_per_line(door):
    """Each line fits, both together do not; a part is a part of the sum."""
    engine = shop({"N1": 4})
    before = engine.digest()
    assert ask(engine, door, "A", [("N1", 3), ("N1", 3)]) is S.SHORT
    assert engine.digest() == before
    assert ask(engine, door, "B", [("N1", 3), ("N1", 3)], partial=True) is S.SHORT
    assert held(engine) == 4
    assert ask(engine, door, "C", [("N1", 1)]) is S.OUT_OF_STOCK


def test_demand_checked_per_order_of_a_batch():
    """Orders of one batch, and requests of one frame, see what those before them took."""
    engine = shop({"N1": 3})
    orders = [om.Order({"BOLT": 2}, TO, id=f"A{k}") for k in range(3)]
    batch = engine.route_many(orders, reserve=True)
    assert batch.columns()["status"].tolist() == [S.OK, S.SHORT, S.SHORT]
    engine = shop({"N1": 3})
    ids = ["A", "B", "C"]
    frame = {"id": ids, "sku": "BOLT", "node": "N1", "quantity": [2] * 3}
    found = engine.reserve_many(frame)
    assert found.status.tolist() == [S.OK, S.SHORT, S.SHORT]


@pytest.mark.parametrize("wanted", [1, 4, 5, 7, 8, 9, 30])
def test_the_lesser_of_quantity_and_available_node_by_node(wanted):
    """Taking min(quantity, available) at each node gives 3 + 5 to who wants 5."""
    engine = shop({"N1": 3, "N2": 5})
    engine.place(om.Order({"BOLT": wanted}, TO, id="A"), partial=True)
    assert held(engine) == min(wanted, 8)


@pytest.mark.parametrize("door", DOORS)
def test_thresholds_subtracted_per_node(door):
    """Five kept of the network are kept once: neither per node nor per call."""
    engine = shop({"N1": 4, "N2": 4, "N3": 4})
    engine.set_safety([om.SafetyRule(5, guards="network")])
    assert engine.available_to_promise("BOLT") == 7
    for k in range(12):
        ask(engine, door, f"A{k}", [(f"N{1 + k % 3}", 1)])
    assert held(engine) == 7
    assert sum(engine.available_by_node("BOLT")) == 0


def test_a_node_below_nothing_takes_nothing_from_others():
    """What one node owes is not owed by the next, and not lent to it either."""
    engine = shop({"N1": 4, "N2": 4})
    engine.apply(om.Sell("BOLT", "N1", 9))
    assert engine.available_to_promise("BOLT") == 4
    assert ask(engine, "place", "A", [("N2", 5)]) is S.SHORT
    assert ask(engine, "reserve", "B", [("N1", 1)]) is S.OUT_OF_STOCK
    assert ask(engine, "reserve", "C", [("N2", 4)]) is S.OK


def test_a_threshold_over_a_node_below_nothing():
    """The threshold is kept of what can be sold, not of a sum with debts in it."""
    engine = shop({"N1": 4, "N2": 4})
    engine.set_safety([om.SafetyRule(1, guards="network")])
    engine.apply(om.Sell("BOLT", "N1", 9))
    assert engine.available_to_promise("BOLT") == 3
    assert ask(engine, "reserve", "A", [("N2", 3)]) is S.OK


@pytest.mark.parametrize("door", ["place", "reserve"])
def test_a_hold_that_ignores_itself(door):
    """A shopper's second cart has the units of the first, once."""
    engine = shop({"N1": 3})
    engine.reserve({("BOLT", "N1"): 2}, id="A", ttl=60)
    wish = {("BOLT", "N1"): 3}
    if door == "reserve":
        placed = engine.reserve(wish, id="B", ttl=60, supersedes="A")
    else:
        order = om.Order({"BOLT": 3}, TO, id="B")
        placed = engine.place(order, ttl=60, supersedes="A")
    assert placed.status is S.OK
    assert held(engine) == 3
    assert engine.reserve({("BOLT", "N1"): 1}, id="C").status is S.OUT_OF_STOCK


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("ttl", [None, 60])
def test_a_hold_that_ignores_others(door, ttl):
    """Holds and orders count for each other, whichever was first."""
    engine = shop({"N1": 7})
    engine.reserve({("BOLT", "N1"): 6}, id="first", ttl=ttl)
    assert ask(engine, door, "A", [("N1", 5)]) is S.SHORT
    assert held(engine) == 6


def test_a_move_that_does_not_look_where_it_goes():
    """Held at one node is not held at another that has no room."""
    engine = shop({"N1": 10, "N2": 1})
    engine.reserve({("BOLT", "N1"): 5}, id="A")
    before = engine.digest()
    assert engine.move("A", "N1", "N2") is S.SHORT
    assert engine.digest() == before


@pytest.mark.parametrize("door", DOORS)
def test_a_unit_that_is_in_the_fence_and_in_the_pool(door):
    """Set aside is not in the pool; who may draw both has their sum, once."""
    web, app = om.Channel("web"), om.Channel("app", fall_back=())
    engine = shop({"N1": 10}, channels=[web, app])
    engine.allocate([om.RingFence("web", "BOLT", 4), om.RingFence("app", "BOLT", 3)])
    for k, channel in enumerate([None, "web", "app"] * 6):
        ask(engine, door, f"A{k}", [("N1", 1)], channel=channel)
    assert held(engine) == 10
    assert sum(engine.allocations()["left"]) == 0
    engine.check()


@pytest.mark.parametrize("door", DOORS)
def test_a_permission_to_oversell_that_each_asker_has_anew(door):
    """Three may be missing of a cell, not three for each channel and call."""
    channels = [om.Channel("web"), om.Channel("app")]
    engine = shop({"N1": 2}, channels=channels)
    engine.set_oversell([om.OversellRule(floor=3, sku="BOLT")])
    for k, channel in enumerate([None, "web", "app"] * 4):
        ask(engine, door, f"A{k}", [("N1", 1)], channel=channel)
    assert held(engine) == 5
    assert engine.stock("BOLT", "N1").on_hand == 2


def test_a_count_that_forgets_what_is_reserved():
    """Counted is what lies there: what is promised of it is still promised."""
    engine = shop({"N1": 5})
    engine.reserve({("BOLT", "N1"): 4}, id="A")
    engine.apply(om.Count("BOLT", "N1", 5))
    assert engine.available_to_promise("BOLT") == 1
    engine.apply(om.Count("BOLT", "N1", 3))
    assert engine.available_to_promise("BOLT") == 0
    assert engine.stock("BOLT", "N1").free == -1
    assert ask(engine, "place", "B", [("N1", 1)]) is S.OUT_OF_STOCK


def test_a_retry_that_reserves_again():
    """The same request again holds what it held, and gives back what it gave, once."""
    engine = shop({"N1": 5})
    for _ in range(3):
        ask(engine, "place", "A", [("N1", 2)])
        ask(engine, "reserve_many", "B", [("N1", 1)])
    assert held(engine) == 3
    assert [engine.release("A") for _ in range(2)] == [S.OK, S.ALREADY_RELEASED]
    assert engine.available_to_promise("BOLT") == 4


def test_a_receipt_that_is_told_twice():
    """Known by its id, by a frame as by an object."""
    engine = shop({"N1": 1})
    came = om.Receive("BOLT", "N1", 5, event_id="grn-1")
    frame = {"sku": "BOLT", "node": "N1", "quantity": [5], "event_id": ["grn-1"]}
    engine.apply([came, came])
    engine.apply(frame)
    assert engine.available_to_promise("BOLT") == 6


def test_an_expired_hold_that_comes_back_to_life():
    """Its units were sold meanwhile: neither commit nor extend nor amend brings it back."""
    engine = shop({"N1": 2})
    engine.reserve({("BOLT", "N1"): 2}, id="A", ttl=60)
    order = om.Order({"BOLT": 2}, TO, id="B")
    assert engine.place(order, now=1_060).status is S.OK
    steps = [engine.commit("A"), engine.extend("A", 600), engine.release("A")]
    steps.append(engine.amend("A", {("BOLT", "N1"): 1}))
    assert steps == [S.EXPIRED] * 4
    assert held(engine) == 2


def test_what_is_damaged_or_on_its_way_is_not_sold():
    """Neither counts as on hand, whatever a system adds up."""
    engine = shop({"N1": 3})
    engine.apply(om.Move("BOLT", "N1", 2, "on_hand", "damaged"))
    engine.apply(om.Expect("PO-1", "BOLT", "N1", 50, due=1_000))
    engine.apply(om.Return("BOLT", "N1", 4, state="quality_hold"))
    assert ask(engine, "place", "A", [("N1", 2)]) is S.SHORT
    assert ask(engine, "place", "B", [("N1", 1)]) is S.OK
