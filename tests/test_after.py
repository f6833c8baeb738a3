"""What comes after a plan: nodes decline, orders are routed again, or wait for stock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from random import Random

import attrs
import pytest

import omniroute as om
from omniroute.codes import ReservationState, Status
from omniroute.model.order_text import order_of, order_text
from omniroute.stock import decide
from omniroute.stock.after import After
from omniroute.stock.state import State
from tests.conftest import WITHOUT_JIT
from tests.routing.worlds import world

TO = om.Destination(postcode="55425")


def engine(stock, items=None, *, declines=None, channels=(), services=None, dear=()):
    """An engine whose nodes cost more from the first to the last; stock by node."""
    costs = {node: 99 if node in dear else k for k, node in enumerate(stock)}
    nodes = [om.Node(node, order_cost=cost) for node, cost in costs.items()]
    services = services or [om.Service("ground", "ship", om.RateCard.flat(5))]
    skus = dict.fromkeys(sku for held in stock.values() for sku in held)
    made = om.Engine(
        om.Network(nodes, services),
        [om.Item(sku) for sku in skus] if items is None else items,
        clock=lambda: 1000,
        journal=True,
        declines=declines,
        channels=channels,
    )
    made.apply(
        [
            om.Receive(s, node, n)
            for node, held in stock.items()
            for s, n in held.items()
        ]
    )
    return made


def held(made, id):
    """Units by (SKU, node)."""
    found = made.reservations()
    names = ("id", "sku", "node", "held_quanta")
    units = {}
    for own, sku, node, n in zip(*(found[name] for name in names), strict=True):
        if own == id:
            units[sku, node] = units.get((sku, node), 0) + int(n)
    return units


def replayed(made, **others):
    """The same engine again, from the log, checked."""
    twin = om.Engine(made.network, made.items[::-1], clock=lambda: 1000, **others)
    twin.replay(made.log)
    twin.check()
    made.check()
    assert twin.digest() == made.digest()
    return twin


# -- re-sourcing -----------------------------------------------------------------------


def test_the_next_best_node_takes_over_in_the_same_reservation():
    """One id, one step, one batch in the log; the decliner keeps what it has."""
    made = engine({"A": {"BOLT": 5}, "B": {"BOLT": 5}, "C": {"BOLT": 5}})
    order = om.Order({"BOLT": 3}, TO, id="A-1")
    made.place(order)
    before = len(made.log)
    found = made.resource("A-1", order, "A")
    assert (found.status, found.reservation.state.name) == (Status.OK, "FIRM")
    assert held(made, "A-1") == {("BOLT", "B"): 3}
    assert len(made.log) == before + 1
    assert made.stock("BOLT", "A").free == 5
    replayed(made)


def test_no_node_is_asked_twice_for_one_order():
    """A declined, then B: only C is left; the next order may have A again."""
    made = engine({"A": {"BOLT": 5}, "B": {"BOLT": 5}, "C": {"BOLT": 1}})
    order = om.Order({"BOLT": 3}, TO, id="A-1")
    made.place(order)
    made.resource("A-1", order, "A")
    found = made.resource("A-1", order, "B")
    assert (found.status, held(made, "A-1")) == (Status.SHORT, {("BOLT", "C"): 1})
    assert [(x.sku, x.quantity) for x in found.missing] == [("BOLT", 2)]
    assert made.route(attrs.evolve(order, id="A-2")).shipments[0].node == "A"


def test_what_is_declined_in_part_leaves_together_as_far_as_it_is_left():
    """N2 has the cup and N3 the pan, each for less than N4, that has both."""
    stock = {
        "N1": {"CUP": 1, "PAN": 1, "LID": 1},
        "N2": {"CUP": 1},
        "N3": {"PAN": 1},
        "N4": {"CUP": 1, "PAN": 1},
    }
    groups = [["CUP", "PAN", "LID"]]
    for declined, nodes in ((["CUP", "PAN"], {"N1", "N4"}), (["CUP"], {"N1", "N2"})):
        made = engine(stock, dear=["N4"])
        order = om.Order({"CUP": 1, "PAN": 1, "LID": 1}, TO, keep_together=groups)
        made.place(order, id="A")
        made.resource("A", order, "N1", dict.fromkeys(declined, 1))
        assert {node for _, node in held(made, "A")} == nodes


def test_only_what_is_named_is_declined():
    made = engine({"A": {"BOLT": 5, "NUT": 5}, "B": {"BOLT": 5, "NUT": 5}})
    order = om.Order({"BOLT": 3, "NUT": 2}, TO, id="A-1")
    made.place(order)
    made.resource("A-1", order, "A", {"BOLT": 2})
    assert held(made, "A-1") == {("BOLT", "A"): 1, ("NUT", "A"): 2, ("BOLT", "B"): 2}


def test_units_that_are_not_there_are_written_down():
    made = engine({"A": {"BOLT": 5}, "B": {"BOLT": 5}})
    order = om.Order({"BOLT": 3}, TO, id="A-1")
    made.place(order)
    made.resource("A-1", order, "A", {"BOLT": 2}, write_down=True)
    assert (made.stock("BOLT", "A").on_hand, made.stock("BOLT", "A").free) == (3, 2)


def test_nothing_anywhere_ends_it_or_lets_it_wait():
    """DECLINED without ``park``; with it the reservation goes on, with nothing in it."""
    made = engine({"A": {"BOLT": 5}})
    orders = [om.Order({"BOLT": 2}, TO, id=id) for id in ("A-1", "A-2")]
    for order in orders:
        made.place(order)
    ended = made.resource("A-1", orders[0], "A")
    waits = made.resource("A-2", orders[1], "A", park=True)
    assert ended.reservation.state is ReservationState.DECLINED
    assert (waits.reservation.state.name, waits.parked) == ("FIRM", True)
    assert made.parked()["id"] == ["A-2"]
    assert made.resource("A-1", orders[0], "A").status is Status.ALREADY_DECLINED
    assert made.resource("A-2", orders[1], "A").status is Status.NOT_HELD
    replayed(made)


SLOW_AND_FAST = [
    om.Service("ground", "ship", om.RateCard.flat(5), transit_days=3),
    om.Service("express", "ship", om.RateCard.flat(20), transit_days=1),
]


@pytest.mark.parametrize(
    ("days", "service", "in_time"),
    [
        (None, "ground", None),
        (3, "ground", True),
        (2, "express", True),
        (0, "ground", False),
    ],
)
def test_a_promise_is_kept_at_whatever_price_else_the_policy_decides(
    days, service, in_time
):
    made = engine({"A": {"BOLT": 5}, "B": {"BOLT": 5}}, services=SLOW_AND_FAST)
    order = om.Order({"BOLT": 3}, TO, id="A-1")
    made.place(order)
    found = made.resource("A-1", order, "A", within_days=days)
    assert found.plan.shipments[0].service == service
    assert found.in_time is in_time
    # What was closed for a moment is open again.
    assert made.route(om.Order({"BOLT": 1}, TO)).shipments[0].service == "ground"


def test_a_promise_costs_no_unit():
    """C alone is in time, and has less: everything late is better than a part in time."""
    services = [
        om.Service("ground", "ship", om.RateCard.flat(5), transit_days=3),
        om.Service("near", "ship", om.RateCard.flat(5), transit_days=1),
    ]
    nodes = [
        om.Node("A"),
        om.Node("B", services=["ground"]),
        om.Node("C", services=["near"]),
    ]
    made = om.Engine(om.Network(nodes, services), [om.Item("BOLT")], clock=lambda: 0)
    made.apply([om.Receive("BOLT", n, k) for n, k in (("A", 3), ("B", 3), ("C", 2))])
    order = om.Order({"BOLT": 3}, TO, id="A-1")
    made.place(order)
    found = made.resource("A-1", order, "A", within_days=1)
    assert (found.status, found.in_time) == (Status.OK, False)
    made.cancel("A-1")
    small = om.Order({"BOLT": 2}, TO, id="A-2", exclude_nodes=["B"])
    made.place(small)
    found = made.resource("A-2", small, "A", within_days=1)
    assert (found.in_time, held(made, "A-2")) == (True, {("BOLT", "C"): 2})


def test_what_is_collected_stays_together_or_is_missing():
    """Half at B is of no use to who comes to A: all moves, or the rest waits for A."""
    pickup = om.Service("pickup", "collect", om.RateCard.flat(0))
    stock = {
        "A": {"BOLT": 5, "NUT": 5},
        "B": {"BOLT": 5},
        "C": {"BOLT": 5, "NUT": 1},
    }
    made = engine(stock, services=[pickup])
    order = om.Order({"BOLT": 2, "NUT": 1}, TO, id="A-1")
    made.place(order)
    made.resource("A-1", order, "A", {"NUT": 1})
    assert held(made, "A-1") == {("BOLT", "C"): 2, ("NUT", "C"): 1}
    found = made.resource("A-1", order, "C", {"BOLT": 1}, park=True)
    assert (found.status, found.plan) == (Status.OUT_OF_STOCK, None)
    assert held(made, "A-1") == {("BOLT", "C"): 1, ("NUT", "C"): 1}
    # B has bolts, but the rest is at C, which has declined.
    assert made.retry().served == ()
    replayed(made)


def test_what_waits_to_be_collected_waits_for_where_the_rest_is():
    """Nuts come to B first: of no use to who collects the bolts at A."""
    pickup = om.Service("pickup", "collect", om.RateCard.flat(0))
    items = [om.Item("BOLT"), om.Item("NUT")]
    made = engine({"A": {"BOLT": 5}, "B": {}}, items, services=[pickup])
    order = om.Order({"BOLT": 2, "NUT": 1}, TO, id="A-1")
    made.place(order, partial=True, park=True)
    made.apply(om.Receive("NUT", "B", 1))
    assert made.retry().served == ()
    made.apply(om.Receive("NUT", "A", 1))
    assert [placed.id for placed in made.retry().served] == ["A-1"]


def test_a_kit_is_routed_again_as_a_kit():
    """Its parts come from one node again, dear as it is; a part alone is a part."""
    items = [
        om.Item("CUP"),
        om.Item("POT"),
        om.Item("SET", components={"CUP": 2, "POT": 1}),
    ]
    stock = {
        "A": {"CUP": 9, "POT": 9},
        "B": {"CUP": 9},
        "C": {"POT": 9},
        "D": {"CUP": 9, "POT": 9},
    }
    made = engine(stock, items, dear=["D"])
    order = om.Order({"SET": 2}, TO, id="A-1")
    made.place(order)
    made.resource("A-1", order, "A", {"SET": 1})
    assert held(made, "A-1")["CUP", "D"] == 2
    made.resource("A-1", order, "A")
    assert held(made, "A-1") == {("CUP", "D"): 4, ("POT", "D"): 2}
    found = made.resource("A-1", order, "D", {"POT": 1})
    assert found.plan.shipments[0].node == "C"
    replayed(made)


def test_no_more_kits_are_put_together_than_were_ordered():
    """One pair and four cups are not three pairs, though the cups would do for them."""
    items = [om.Item("CUP"), om.Item("PAIR", components={"CUP": 2})]
    made = engine({"A": {"CUP": 6}, "B": {"CUP": 6}}, items)
    order = om.Order({"PAIR": 1, "CUP": 4}, TO, id="A-1")
    made.place(order)
    [shipment] = made.resource("A-1", order, "A").plan.shipments
    assert {line.sku: line.quantity for line in shipment.lines} == {"PAIR": 1, "CUP": 4}


def test_a_substitute_stands_for_what_was_ordered():
    """B has the item itself by now: that is what the customer wanted."""
    items = [om.Item("BOLT", substitutes=["SCREW"]), om.Item("SCREW")]
    made = engine({"A": {"SCREW": 5}, "B": {"SCREW": 5}}, items)
    order = om.Order([om.OrderLine("BOLT", 2, substitutes=True)], TO, id="A-1")
    made.place(order)
    made.apply(om.Receive("BOLT", "B", 1))
    made.resource("A-1", order, "A")
    assert held(made, "A-1") == {("BOLT", "B"): 1, ("SCREW", "B"): 1}


def test_packs_are_declined_whole():
    """Half a pack would be rounded up to one more than was declined."""
    items = [om.Item("CAN", pack_size=6, pack_rounding="up")]
    made = engine({"A": {"CAN": 12}, "B": {"CAN": 12}}, items)
    order = om.Order({"CAN": 12}, TO, id="A-1")
    made.place(order)
    digest = made.digest()
    with pytest.raises(om.ValidationError, match="whole packs"):
        made.resource("A-1", order, "A", {"CAN": 3})
    assert made.digest() == digest
    assert made.resource("A-1", order, "A", {"CAN": 6}).status is Status.OK


def test_it_comes_through_the_channel_it_came_through():
    """What is fenced for the web serves the web's orders again, and nobody else's."""
    made = engine(
        {"A": {"BOLT": 4}, "B": {"BOLT": 4}},
        channels=[om.Channel("web", fall_back=("pool",))],
    )
    made.allocate([om.RingFence("web", "BOLT", 4, nodes="B")])
    web = om.Order({"BOLT": 4}, TO, id="W-1", channel="web")
    plain = om.Order({"BOLT": 4}, TO, id="P-1")
    made.place(plain)
    assert made.resource("P-1", plain, "A").status is Status.OUT_OF_STOCK
    made.place(attrs.evolve(web))
    with pytest.raises(om.ValidationError, match=r"order.channel: .*'web'"):
        made.resource("W-1", attrs.evolve(web, channel=None), "A")
    assert made.resource("W-1", web, "A").status is Status.OK
    replayed(made, channels=[om.Channel("web", fall_back=("pool",))])


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"node": "X"}, "node"),
        ({"lines": {"X": 1}}, r"lines\[0\].sku"),
        ({"lines": {"BOLT": 0}}, r"lines\[0\].quantity"),
        ({"order": None}, "order"),
        ({"order": om.Order({"X": 1}, TO)}, r"order.lines\[0\].sku"),
        ({"within_days": -1}, "within_days"),
        ({"within_days": True}, "within_days"),
        ({"write_down": 1}, "write_down"),
        ({"park": "yes"}, "park"),
        ({"policy": "cheap"}, "policy"),
    ],
)
def test_what_cannot_be_is_named_and_changes_nothing(change, path):
    made = engine({"A": {"BOLT": 5}, "B": {"BOLT": 5}})
    order = om.Order({"BOLT": 3}, TO, id="A-1")
    made.place(order)
    digest = made.digest()
    call = {"id": "A-1", "order": order, "node": "A", **change}
    with pytest.raises((om.ValidationError, om.UnknownIdError), match=path):
        made.resource(call.pop("id"), call.pop("order"), call.pop("node"), **call)
    assert made.digest() == digest


# -- who declines too often ------------------------------------------------------------


def test_a_node_that_declines_too_often_rests():
    """It is told nothing for a while: not by `route`, `place`, `route_many`, `retry`."""
    rules = om.DeclineRules(rests_after=2, within_s="1h", rests_for_s=600)
    made = engine({"A": {"BOLT": 9}, "B": {"BOLT": 9}}, declines=rules)
    for id in ("A-1", "A-2"):
        order = om.Order({"BOLT": 1}, TO, id=id)
        made.place(order)
        found = made.resource(id, order, "A")
    assert int(found.rests_until.timestamp()) == 1600
    order = om.Order({"BOLT": 1}, TO)
    assert made.route(order).shipments[0].node == "B"
    assert made.route_many([order]).plan(0).shipments[0].node == "B"
    why = made.route(order).explain().why("A")[0].reason
    assert why is om.Reason.EXCLUDED
    twin = replayed(made, declines=rules)
    assert twin.route(order).shipments[0].node == "B"
    assert made.route(order, now=1599).shipments[0].node == "B"
    assert made.route(order, now=1600).shipments[0].node == "A"
    assert made.declines() == {"node": ["A"], "count": [2], "rests_until_s": [0]}


def test_plain_declines_count_as_well():
    made = engine({"A": {"BOLT": 9}}, declines=om.DeclineRules(rests_after=1))
    made.place(om.Order({"BOLT": 1}, TO, id="A-1"))
    made.decline("A-1", "A")
    assert made.declines()["count"] == [1]
    assert made.route(om.Order({"BOLT": 1}, TO)).status is Status.UNSERVED


def test_an_order_is_routed_again_so_often_and_no_more():
    rules = om.DeclineRules(order_max=1)
    made = engine({n: {"BOLT": 9} for n in "ABC"}, declines=rules)
    order = om.Order({"BOLT": 1}, TO, id="A-1")
    made.place(order)
    assert made.resource("A-1", order, "A").status is Status.OK
    found = made.resource("A-1", order, "B", park=True)
    assert (found.status, found.plan, found.parked) == (Status.UNSERVED, None, True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rests_after": 0},
        {"rests_after": 65},
        {"rests_after": 1.5},
        {"within_s": 0},
        {"rests_for_s": "soon"},
        {"order_max": 0},
    ],
)
def test_rules_that_cannot_be_are_refused(wrong):
    with pytest.raises(om.ConfigurationError, match=next(iter(wrong))):
        om.DeclineRules(**wrong)
    with pytest.raises(om.ConfigurationError, match="declines"):
        engine({"A": {"BOLT": 1}}, declines=wrong)


# -- waiting for stock -----------------------------------------------------------------


def test_who_waits_longest_is_served_first():
    made = engine({"A": {"BOLT": 1}})
    for id in ("A-1", "A-2", "A-3"):
        made.place(om.Order({"BOLT": 4}, TO, id=id), park=True)
    made.apply(om.Receive("BOLT", "A", 8))
    found = made.retry()
    assert [(p.id, p.status) for p in found.served] == [("A-1", 0), ("A-2", 0)]
    assert made.parked()["id"] == ["A-3"]
    assert made.stock("BOLT", "A").free == 1
    replayed(made)


def test_one_that_cannot_be_served_does_not_hold_up_others():
    made = engine({"A": {"BOLT": 1, "NUT": 1}})
    made.place(om.Order({"BOLT": 9, "NUT": 1}, TO, id="A-1"), park=True)
    made.place(om.Order({"BOLT": 4}, TO, id="A-2"), park=True)
    made.apply(om.Receive("BOLT", "A", 4))
    assert [placed.id for placed in made.retry().served] == ["A-2"]


def test_a_part_is_taken_where_a_part_will_do():
    made = engine({"A": {"BOLT": 1}, "B": {"BOLT": 1}})
    placed = made.place(om.Order({"BOLT": 5}, TO, id="A-1"), partial=True, park=True)
    assert (placed.status, placed.reserved) == (Status.SHORT, True)
    assert made.parked()["quantity"] == [3]
    made.apply(om.Receive("BOLT", "B", 2))
    assert [(p.id, p.status.name) for p in made.retry().served] == [("A-1", "SHORT")]
    assert made.parked()["quantity"] == [1]
    assert held(made, "A-1") == {("BOLT", "A"): 1, ("BOLT", "B"): 3}


def test_what_has_left_leaves_the_rest_waiting():
    """Fulfilling what there is does not end an order that waits for more."""
    made = engine({"A": {"BOLT": 1}})
    made.place(om.Order({"BOLT": 3}, TO, id="A-1"), partial=True, park=True)
    assert made.fulfil("A-1") is Status.OK
    assert made.fulfil("A-1") is Status.NOT_HELD
    made.apply(om.Receive("BOLT", "A", 2))
    assert [placed.status for placed in made.retry().served] == [Status.OK]
    assert made.fulfil("A-1") is Status.OK
    assert made.fulfil("A-1") is Status.ALREADY_FULFILLED
    replayed(made)


def test_a_bounded_call_goes_on_where_it_stopped():
    made = engine({"A": {"BOLT": 1}})
    ids = [f"A-{k}" for k in range(5)]
    for id in ids:
        made.place(om.Order({"BOLT": 2}, TO, id=id), park=True)
    made.apply(om.Receive("BOLT", "A", 99))
    found, served = made.retry(limit=2), []
    served += [placed.id for placed in found.served]
    while found.more:
        found = made.retry(limit=2, after=found.last)
        served += [placed.id for placed in found.served]
    assert (served, found.tried) == (ids, 1)


def test_who_waits_for_more_keeps_the_turn():
    made = engine({"A": {"BOLT": 2}})
    first, second = (om.Order({"BOLT": 4}, TO, id=id) for id in ("A-1", "A-2"))
    made.place(first, partial=True, park=True)
    made.place(second, park=True, now=1001)
    made.resource("A-1", first, "A", {"BOLT": 1}, park=True, now=1002)
    assert made.parked()["id"] == ["A-1", "A-2"]
    assert made.parked()["since_s"] == [1000, 1001]


def test_a_hold_that_runs_out_waits_no_longer():
    made = engine({"A": {"BOLT": 1}})
    made.place(om.Order({"BOLT": 2}, TO, id="A-1"), ttl=60, park=True)
    assert made.parked()["id"] == ["A-1"]
    made.apply(om.Receive("BOLT", "A", 9), now=1060)
    assert made.parked()["id"] == []
    assert made.retry().served == ()
    assert made.commit("A-1") is Status.EXPIRED


def test_waiting_can_be_given_up():
    made = engine({"A": {"BOLT": 1, "NUT": 1}})
    order = om.Order({"BOLT": 2, "NUT": 2}, TO, id="A-1")
    made.place(order, partial=True, park=True)
    assert made.unpark("A-1", {"BOLT": 2}) is Status.NOT_HELD
    assert made.unpark("A-1", {"BOLT": 1}) is Status.OK
    assert made.parked()["sku"] == ["NUT"]
    assert made.cancel("A-1", {("BOLT", "A"): 1, ("NUT", "A"): 1}) is Status.OK
    assert made.unpark("A-1") is Status.OK
    assert made.unpark("A-1") is Status.ALREADY_CANCELLED
    assert made.unpark("never") is Status.UNKNOWN_RESERVATION


def test_cancelling_gives_up_what_is_waited_for():
    made = engine({"A": {"BOLT": 1}})
    made.place(om.Order({"BOLT": 2}, TO, id="A-1"), park=True)
    assert made.cancel("A-1") is Status.OK
    assert made.parked()["id"] == []


def test_placing_again_is_safe_while_it_waits():
    made = engine({"A": {"BOLT": 1}})
    order = om.Order({"BOLT": 2}, TO, id="A-1")
    first, again = made.place(order, park=True), made.place(order, park=True)
    assert (first.status, again.status) == (Status.SHORT, Status.EXISTS)
    assert not first.reserved
    assert not again.reserved
    with pytest.raises(om.StatusError):
        again.raise_for_status()
    other = made.place(order)
    assert other.status is Status.EXISTS_WITH_DIFFERENT_TERMS
    made.apply(om.Receive("BOLT", "A", 1))
    made.retry()
    assert made.place(order, park=True).reserved


@pytest.mark.parametrize("beside", [{"sticky": True}, {"supersedes": "A-0"}])
def test_what_waits_is_neither_refused_for_good_nor_in_place_of_a_hold(beside):
    made = engine({"A": {"BOLT": 1}})
    with pytest.raises(om.ValidationError, match=next(iter(beside))):
        made.place(om.Order({"BOLT": 2}, TO, id="A-1"), park=True, **beside)


def test_who_waits_is_served_through_the_channel():
    made = engine({"A": {"BOLT": 1}}, channels=[om.Channel("web", fall_back=("pool",))])
    order = om.Order({"BOLT": 3}, TO, id="A-1", channel="web")
    made.place(order, park=True)
    made.apply(om.Receive("BOLT", "A", 2))
    made.allocate([om.RingFence("web", "BOLT", 3, nodes="A")])
    assert made.available_to_promise("BOLT") == 0
    assert [placed.id for placed in made.retry().served] == ["A-1"]
    replayed(made, channels=[om.Channel("web", fall_back=("pool",))])


def test_a_kit_is_waited_for_as_a_kit():
    items = [om.Item("CUP"), om.Item("SET", components={"CUP": 2})]
    made = engine({"A": {"CUP": 1}}, items)
    made.place(om.Order({"SET": 2}, TO, id="A-1"), partial=True, park=True)
    assert made.parked()["sku"] == ["SET"]
    replayed(made)
    made.apply(om.Receive("CUP", "A", 2))
    made.retry()
    assert (held(made, "A-1"), made.parked()["quantity"]) == ({("CUP", "A"): 2}, [1])
    twin = replayed(made)
    for each in (made, twin):
        each.apply(om.Receive("CUP", "A", 2))
        assert each.retry().served[0].status is Status.OK
    assert made.digest() == twin.digest()


def test_a_kit_that_is_declined_and_waited_for_is_replayed():
    """By the side of the stock of its components."""
    items = [om.Item("SET", components={"CUP": 2}), om.Item("CUP")]
    made = engine({"A": {"CUP": 4}, "B": {"CUP": 2}}, items)
    order = om.Order({"SET": 2}, TO, id="A-1")
    made.place(order)
    assert made.resource("A-1", order, "A", park=True).parked
    assert replayed(made).parked() == made.parked()


def test_what_ended_is_forgotten_in_time(monkeypatch):
    """Without a trace in the digest."""
    monkeypatch.setattr(After, "LEAST", 4)
    made = engine({"A": {"BOLT": 1}})
    for k in range(40):
        made.place(om.Order({"BOLT": 2}, TO, id=f"A-{k}"), park=True)
        if k % 8:
            made.cancel(f"A-{k}")
    assert len(made.state.after.parked.terms) < 20
    assert made.parked()["id"] == [f"A-{k}" for k in range(0, 40, 8)]
    replayed(made)


def test_a_log_behind_other_reservations_speaks_of_its_own():
    """Numbers mean nothing elsewhere: who waits, and whom nodes declined, is translated."""
    made = engine({"A": {"BOLT": 2}})
    order = om.Order({"BOLT": 4}, TO, id="A-1")
    made.place(order, partial=True, park=True)
    made.resource("A-1", order, "A", {"BOLT": 1})
    state = State(["X", "A"], ["NUT", "BOLT"])
    state.apply(decide.reserve(state, "OTHER", [], now=0))
    made.log.replay(state)
    number = state.book.number("A-1")
    assert state.after.waits_for(number) == {1: 2}
    assert state.after.declines.of(number) == (1,)
    state.check()


# -- with calendars --------------------------------------------------------------------


def dated(stock):
    """On a Friday; parcels leave at five and travel one working day, or two."""
    rule = om.DispatchRule(None, pickups="17:00")
    services = [
        om.Service(
            "ground", "ship", om.RateCard.flat(5), transit_days=2, dispatch=rule
        ),
        om.Service(
            "express", "ship", om.RateCard.flat(20), transit_days=1, dispatch=rule
        ),
    ]
    hours = om.Calendar(om.Hours.always(), "UTC")
    nodes = [om.Node(n, order_cost=k, hours=hours) for k, n in enumerate(stock)]
    made = om.Engine(
        om.Network(nodes, services),
        [om.Item("BOLT")],
        clock=lambda: 1_800_000_000,
        journal=True,
    )
    made.apply([om.Receive("BOLT", n, k) for n, k in stock.items()])
    return made


@pytest.mark.parametrize(
    ("ahead", "service", "in_time"),
    [
        (None, "ground", None),
        (9, "ground", True),
        (3, "express", True),
        (2, "ground", False),
    ],
)
def test_what_is_needed_by_a_day_is_the_promise(ahead, service, in_time):
    """As for days promised, and without them: told by the order."""
    for told in ("order", "call"):
        made = dated({"A": 5, "B": 5})
        day = None if ahead is None else made.now.date() + timedelta(ahead)
        order = om.Order({"BOLT": 3}, TO, id="A-1")
        made.place(order)
        if told == "order":
            order = attrs.evolve(order, needed_by=day)
        found = made.resource(
            "A-1", order, "A", within_days=ahead if told == "call" else None
        )
        assert (found.plan.shipments[0].service, found.in_time) == (service, in_time)


def test_what_is_late_is_served_late():
    """An order that waits is not needed less when its day has passed."""
    made = dated({"A": 1})
    day = made.now.date() + timedelta(1)
    order = om.Order({"BOLT": 3}, TO, id="A-1", needed_by=day)
    made.place(order, park=True)
    made.apply(om.Receive("BOLT", "A", 2), now=1_800_000_000 + 5 * 86_400)
    assert [placed.plan.shipments[0].service for placed in made.retry().served] == [
        "ground"
    ]
    replayed(made)


# -- an order as a text ----------------------------------------------------------------


def test_an_order_comes_back_from_its_text():
    """Whatever is in it."""
    dice, made = Random(5), world(5)
    for _ in range(50):
        order = made.order(id=f"A-{dice.random()}")
        assert order_of(order_text(order)) == order
    full = om.Order(
        [om.OrderLine("BOLT", Decimal("2.5"), substitutes=True)],
        om.Destination(latitude=45.1, longitude=-93.2),
        services=["ground"],
        exclude_nodes=["A"],
        placed_at=made.engine.now,
        channel="web",
    )
    assert order_of(order_text(full)) == full


def test_no_text_for_what_is_no_order():
    @attrs.frozen
    class Own(om.Order):
        """Somebody's own."""

    made = engine({"A": {"BOLT": 1}})
    order = Own({"BOLT": 2}, TO, id="A-1")
    digest = made.digest()
    with pytest.raises(om.ValidationError, match="order"):
        made.place(order, park=True)
    assert made.digest() == digest
    made.place(order, partial=True)
    digest = made.digest()
    with pytest.raises(om.ValidationError, match="order"):
        made.resource("A-1", order, "A", park=True)
    assert made.digest() == digest


# -- all of it, in any world -----------------------------------------------------------


@pytest.mark.parametrize("seed", range(3 if WITHOUT_JIT else 25))
def test_nothing_is_lost_and_nothing_sold_twice_in_any_world(seed):
    """Held, waited for, or told as missing: line by line, what was asked for."""
    made = world(seed, journal=True)
    shop, dice = made.engine, made.dice
    asked = {}
    for k in range(12):
        order = made.order(id=f"A-{k}")
        if shop.place(order, partial=True, park=True).reservation is not None:
            asked[order.id] = order
    for _ in range(20):
        id = dice.choice(list(asked))
        nodes = {node for _, node in held(shop, id)}
        if nodes:
            before = both(shop, id)
            found = shop.resource(
                id,
                asked[id],
                dice.choice(sorted(nodes)),
                write_down=dice.random() < 0.3,
                within_days=dice.choice([None, 1, 3]),
                park=True,
            )
            assert both(shop, id) == before
            assert found.lines
            assert not {node for _, node in held(shop, id)} & {found.node}
        shop.apply(
            om.Receive(dice.choice(made.skus), dice.choice(shop.network.node_ids), 2)
        )
        shop.retry(limit=5)
        shop.check()
    replayed(made.engine)


def test_threads_that_decline_wait_and_retry_sell_what_there_is():
    """Eight of them at the same few units: never one too many, and nobody is lost."""
    nodes = {name: {"BOLT": 6, "NUT": 6} for name in "ABCD"}
    rules = om.DeclineRules(rests_after=5, rests_for_s=1)
    made = engine(nodes, declines=rules)
    kept = {}

    def work(k):
        dice = Random(k)
        for n in range(4 if WITHOUT_JIT else 40):
            id = f"{k}-{n}"
            lines = {sku: dice.randint(1, 3) for sku in ("BOLT", "NUT")}
            order = om.Order(lines, TO, id=id)
            placed = made.place(order, partial=True, park=True)
            kept[id] = lines
            if placed.reserved:
                node = placed.plan.shipments[0].node
                made.resource(id, order, node, park=True)
            if n % 3 == 0:
                made.retry(limit=3)
            if n % 2:
                made.cancel(id)
                del kept[id]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    while made.retry(limit=50).served:
        pass
    made.check()
    for sku in ("BOLT", "NUT"):
        held = [made.stock(sku, node) for node in nodes]
        assert all(cell.free >= 0 for cell in held)
        assert sum(cell.on_hand for cell in held) == 24
    assert all(both(made, id) == lines for id, lines in kept.items())
    replayed(made, declines=rules)


def both(shop, id):
    """Quanta by SKU that a reservation holds or waits for."""
    found, state = {}, shop.state
    for (sku, _), n in held(shop, id).items():
        found[sku] = found.get(sku, 0) + n
    number = state.book.number(id)
    for sku, n in state.after.waits_for(number).items():
        name = state.catalogue.skus.texts[sku]
        found[name] = found.get(name, 0) + n
    return found
