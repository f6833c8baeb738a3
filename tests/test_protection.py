"""Safety rules, oversell permission and ring-fences in the engine."""

from __future__ import annotations

import numpy as np
import pytest

import omniroute as om
from omniroute.errors import OmnirouteError

TO = om.Destination(postcode="55425")
GROUND = om.Service("ground", "ship", om.RateCard.flat(5))
CHANNELS = [
    om.Channel("web"),
    om.Channel("app", fall_back=("siblings", "pool")),
    om.Channel("outlet", fall_back=()),
    om.Channel("sos", emergency=True),
]


def engine(stock=None, items=("A", "B"), **options):
    """Two nodes, N1 a store and cheaper, N2 a warehouse; stock by (sku, node)."""
    network = om.Network(
        [om.Node("N1"), om.Node("N2", kind="warehouse", order_cost=1)], [GROUND]
    )
    sold = [om.Item(sku, item_class="soft" if sku == "A" else None) for sku in items]
    found = om.Engine(
        network, sold, clock=lambda: 0, journal=True, channels=CHANNELS, **options
    )
    found.apply([om.Receive(*cell, n) for cell, n in (stock or {}).items()])
    return found


def replayed(found):
    """The same digest from its log, in an engine with another order of items."""
    found.check()
    other = om.Engine(found.network, found.items[::-1], clock=lambda: 0)
    other.replay(found.log)
    other.check()
    assert other.digest() == found.digest()
    return found


# -- safety ----------------------------------------------------------------------------


def test_percent_safety_follows_the_stock():
    """Whatever changes it: receipts, sales, counts, shipments, many at once."""
    shop = engine({("A", "N1"): 40})
    assert shop.set_safety([om.SafetyRule(percent=25)]) == 1
    assert shop.available_to_promise("A") == 30
    shop.apply(om.Receive("A", "N1", 40))
    assert shop.available_to_promise("A") == 60
    shop.apply([om.Sell("A", "N1", 40), om.Receive("B", "N2", 8)])
    assert shop.available_to_promise("A") == 30
    assert shop.available_to_promise("B") == 6
    shop.reserve({("A", "N1"): 20}, id="R")
    assert shop.available_to_promise("A") == 10
    shop.fulfil("R")
    assert shop.stock("A", "N1").safety == 5
    assert shop.available_to_promise("A") == 15
    shop.apply({"sku": ["A"] * 3, "node": ["N1"] * 3, "quantity": [10, 10, 20]})
    assert shop.available_to_promise("A") == 45
    replayed(shop)


def test_new_cells_get_their_safety_as_they_appear():
    """Also by an event that changes nothing else."""
    shop = engine()
    shop.set_safety([om.SafetyRule(3, node_kind="store"), om.SafetyRule(1)])
    shop.apply(om.Receive("A", "N1", 10))
    shop.apply(om.Count("B", "N2", 0))
    assert shop.available_to_promise("A") == 7
    assert shop.stock("B", "N2").safety == 1
    shop.apply(om.Receive("B", "N2", 4))
    assert shop.available_to_promise("B") == 3
    replayed(shop)


def test_rules_replace_those_before_and_leave_what_they_do_not_fit():
    """A fact about a cell without a rule stands; with one, the rule does."""
    shop = engine({("A", "N1"): 10, ("B", "N1"): 10})
    shop.apply([om.Safety("A", "N1", 4), om.Safety("B", "N1", 4)])
    shop.set_safety([om.SafetyRule(1, sku="A")])
    assert shop.available_to_promise("A") == 9
    assert shop.available_to_promise("B") == 6
    shop.apply(om.Safety("A", "N1", 9))
    assert shop.available_to_promise("A") == 9
    shop.set_safety([om.SafetyRule(2, sku="B")])
    assert shop.available_to_promise("A") == 10
    assert shop.available_to_promise("B") == 8
    replayed(shop)


def test_days_of_cover():
    """Half a unit a day for three days, rounded up."""
    shop = engine({("A", "N1"): 10, ("A", "N2"): 10})
    shop.set_safety([om.SafetyRule(days=3)], daily_demand={("A", "N1"): 0.5})
    assert shop.available_by_node("A").tolist() == [8, 10]


def test_items_added_later_follow_the_rules():
    """Their thresholds too."""
    shop = engine({("A", "N1"): 10})
    shop.set_safety([om.SafetyRule(2), om.SafetyRule(3, guards="network")])
    shop.add_items([om.Item("C")])
    shop.apply(om.Receive("C", "N1", 9))
    assert shop.available_to_promise("C") == 4


def test_a_network_threshold_is_subtracted_once():
    """From the sum; a node can be promised no more than the network has."""
    shop = engine({("A", "N1"): 4, ("A", "N2"): 4})
    shop.set_safety([om.SafetyRule(5, sku="A", guards="network")])
    assert shop.available_to_promise("A") == 3
    assert shop.available_to_promise("A", "N1") == 3
    assert shop.available_to_promise("A", group=["N1", "N2"]) == 3
    assert shop.available_by_node("A").tolist() == [3, 3]
    assert shop.availability(["A"]).values.tolist() == [[3, 3]]


@pytest.mark.parametrize("asked", [2, 3, 4, 8, 20])
@pytest.mark.parametrize("way", ["place", "route_many", "reserve", "reserve_many"])
def test_nobody_gets_more_than_the_threshold_leaves(way, asked):
    """Whichever way it is asked for, in part or whole."""
    shop = engine({("A", "N1"): 4, ("A", "N2"): 4})
    shop.set_safety([om.SafetyRule(5, guards="network")])
    for k in range(3):
        order = om.Order({"A": asked}, TO, id=f"R{k}")
        if way == "place":
            shop.place(order, partial=True)
        elif way == "route_many":
            shop.route_many([order], reserve=True, partial=True)
        elif way == "reserve":
            cells = {("A", "N1"): asked, ("A", "N2"): asked}
            shop.reserve(cells, id=f"R{k}", partial=True)
        else:
            columns = {"id": [f"R{k}"] * 2, "sku": ["A"] * 2, "node": ["N1", "N2"]}
            shop.reserve_many({**columns, "quantity": [asked] * 2}, partial=True)
        shop.check()
    held = shop.reservations()["held_quanta"].sum()
    assert held == 3
    assert shop.available_to_promise("A") == 0


def test_an_increase_at_two_nodes_shares_the_threshold():
    """Each node could give two more, the network but three; moving needs none of it."""
    shop = engine({("A", "N1"): 4, ("A", "N2"): 4})
    shop.set_safety([om.SafetyRule(3, guards="network")])
    shop.reserve({("A", "N1"): 2}, id="R")
    both = {("A", "N1"): 4, ("A", "N2"): 2}
    assert shop.amend("R", both) is om.Status.SHORT
    assert shop.amend("R", {("A", "N1"): 1, ("A", "N2"): 4}) is om.Status.OK
    assert shop.available_to_promise("A") == 0
    assert shop.move("R", "N2", "N1", {"A": 3}) is om.Status.OK
    shop.check()


def test_promises_by_date_leave_fences_alone():
    """Who names no channel has what is in no fence, today as on every date."""
    shop = engine({("A", "N1"): 10})
    shop.allocate([om.RingFence("web", "A", 4)])
    assert set(shop.available_by_date("A").quanta.ravel().tolist()) == {6}


def test_an_order_for_more_than_the_threshold_leaves_is_short():
    """And is told by how much."""
    shop = engine({("A", "N1"): 4, ("A", "N2"): 4})
    shop.set_safety([om.SafetyRule(5, guards="network")])
    plan = shop.route(om.Order({"A": 4}, TO))
    assert plan.status is om.Status.SHORT
    assert [(line.sku, line.quantity) for line in plan.shortages] == [("A", 1)]
    whole = om.RoutingPolicy(complete_only=True)
    assert not shop.route(om.Order({"A": 4}, TO), policy=whole).shipments
    shop.set_safety([om.SafetyRule(8, guards="network")])
    assert shop.route(om.Order({"A": 4}, TO)).status is om.Status.OUT_OF_STOCK


def test_routing_keeps_its_own_protection():
    """A shop page may promise what routing would rather not take."""
    shop = engine({("A", "N1"): 10, ("A", "N2"): 10})
    rules = [om.SafetyRule(2), om.SafetyRule(7, node="N1", guards="routing")]
    shop.set_safety(rules)
    assert shop.available_to_promise("A", "N1") == 8
    plan = shop.route(om.Order({"A": 5}, TO))
    assert [shipment.node for shipment in plan.shipments] == ["N2"]
    assert [row.units for row in plan.explain().candidates if row.node == "N1"] == [3]


def test_safety_by_channel_and_service():
    """Each asker is held to its own; together, to the largest."""
    shop = engine({("A", "N1"): 10})
    shop.set_safety(
        [
            om.SafetyRule(1),
            om.SafetyRule(5, service="ground"),
            om.SafetyRule(3, channel="web"),
        ]
    )
    assert shop.available_to_promise("A") == 9
    assert shop.available_to_promise("A", services=["ground"]) == 5
    assert shop.available_to_promise("A", channel="web") == 7
    assert shop.available_to_promise("A", channel="app") == 9
    assert shop.route(om.Order({"A": 6}, TO)).status is om.Status.SHORT
    replayed(shop)


def test_an_order_is_held_to_the_services_it_admits():
    """One that is delivered does not care what is held back from who collects."""
    network = om.Network(
        [om.Node("N1")], [GROUND, om.Service("pickup", "collect", om.RateCard.flat(0))]
    )
    shop = om.Engine(network, [om.Item("A")], clock=lambda: 0)
    shop.apply(om.Receive("A", "N1", 10))
    shop.set_safety([om.SafetyRule(6, service="pickup")])
    assert shop.route(om.Order({"A": 10}, TO)).complete
    assert not shop.route(om.Order({"A": 10}, TO, collect_at="N1")).complete
    assert not shop.route(
        om.Order({"A": 10}, TO, services=["ground", "pickup"])
    ).complete
    assert shop.route(om.Order({"A": 4}, TO, collect_at="N1")).complete


# -- oversell --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "floor", "asked", "status"),
    [
        ("block", None, 5, "OK"),
        ("block", None, 6, "SHORT"),
        ("warn", 3, 8, "OK"),
        ("warn", 3, 9, "SHORT"),
        ("ignore", 3, 8, "OK"),
        ("ignore", None, 5000, "OK"),
    ],
)
def test_a_cell_is_promised_down_to_its_floor(level, floor, asked, status):
    """Of five there are."""
    shop = engine({("A", "N1"): 5})
    shop.set_oversell([om.OversellRule(level, floor=floor)])
    placed = shop.reserve({("A", "N1"): asked}, id="R")
    assert placed.status.name == status
    missing = {"warn": asked - 5}.get(level, 0) if status == "OK" else 0
    held = [] if status != "OK" else [line.quantity for line in shop.backordered("R")]
    assert sum(held) == missing
    replayed(shop)


def test_safety_and_oversell_keep_apart():
    """The floor is below what safety holds back; each may change by itself."""
    shop = engine({("A", "N1"): 10})
    shop.set_safety([om.SafetyRule(percent=20)])
    shop.set_oversell([om.OversellRule(floor=4)])
    assert shop.available_to_promise("A") == 12
    shop.apply(om.Sell("A", "N1", 5))
    assert shop.available_to_promise("A") == 8
    shop.set_oversell([])
    assert shop.available_to_promise("A") == 4
    assert shop.stock("A", "N1").safety == 1
    replayed(shop)


def test_a_rule_for_an_item_at_a_node_needs_no_stock_there():
    """A backorder of what was never there; by channel only for that channel."""
    shop = engine()
    shop.set_oversell(
        [
            om.OversellRule(floor=2, sku="A", node="N2"),
            om.OversellRule(floor=5, sku="A", node="N2", channel="web"),
        ]
    )
    assert shop.available_to_promise("A") == 2
    assert shop.available_to_promise("A", channel="web") == 5
    order = om.Order({"A": 4}, TO, id="R", channel="web")
    assert shop.place(order).reserved
    assert shop.available_to_promise("A") == 0
    assert shop.available_to_promise("A", channel="web") == 1
    replayed(shop)


# -- fences ----------------------------------------------------------------------------


def test_units_set_aside_are_for_their_channel():
    """Others, and who comes through none, have the pool."""
    shop = engine({("A", "N1"): 10, ("A", "N2"): 5})
    shop.allocate([om.RingFence("web", "A", 9)])
    columns = shop.allocations()
    assert columns["left"] == [6, 3]
    assert shop.available_to_promise("A") == 6
    assert shop.available_to_promise("A", channel="web") == 15
    assert shop.available_to_promise("A", channel="app") == 6
    assert shop.available_to_promise("A", channel="outlet") == 0
    assert shop.available_to_promise("A", channel="sos") == 15
    assert shop.available_by_node("A", channel="web").tolist() == [10, 5]
    assert (
        shop.availability(["A", "B"], channel="outlet").values.tolist() == [[0, 0]] * 2
    )
    replayed(shop)


@pytest.mark.parametrize("way", ["place", "route_many", "reserve", "plan"])
def test_a_line_draws_from_its_fence_first_and_gives_back_last(way):
    """The pool is drawn last, and what is given up goes back to it first."""
    shop = engine({("A", "N1"): 10})
    shop.allocate([om.RingFence("web", "A", 6)])
    order = om.Order({"A": 8}, TO, id="R", channel="web")
    if way == "place":
        shop.place(order)
    elif way == "plan":
        shop.reserve(shop.route(order))
    elif way == "reserve":
        shop.reserve({("A", "N1"): 8}, id="R", channel="web")
    else:
        shop.route_many([order], reserve=True)
    fence = shop.allocations()
    assert (fence["left"], fence["used"]) == ([0], [6])
    assert shop.available_to_promise("A") == 2
    shop.check()
    assert shop.amend("R", {("A", "N1"): 5}) is om.Status.OK
    fence = shop.allocations()
    assert (fence["left"], fence["used"]) == ([1], [5])
    assert shop.available_to_promise("A") == 4
    assert shop.amend("R", {("A", "N1"): 7}) is om.Status.OK
    assert shop.allocations()["used"] == [6]
    shop.fulfil("R", {("A", "N1"): 4})
    fence = shop.allocations()
    assert (fence["left"], fence["used"]) == ([0], [2])
    shop.cancel("R")
    assert shop.allocations()["left"] == [2]
    assert shop.available_to_promise("A") == 4
    replayed(shop)


def test_a_hold_that_runs_out_gives_back_to_the_fence():
    """By itself, when time passes."""
    now = [0]
    network = om.Network([om.Node("N1")], [GROUND])
    shop = om.Engine(
        network, [om.Item("A")], clock=lambda: now[0], channels=CHANNELS, journal=True
    )
    shop.apply(om.Receive("A", "N1", 10))
    shop.allocate([om.RingFence("web", "A", 6)])
    shop.reserve({("A", "N1"): 8}, id="R", ttl=60, channel="web")
    now[0] = 60
    assert shop.available_to_promise("A") == 4
    assert shop.allocations()["left"] == [6]
    replayed(shop)


def test_a_channel_falls_back_on_what_is_not_protected():
    """Half of the web's six may go to the app."""
    shop = engine({("A", "N1"): 10})
    shop.allocate([om.RingFence("web", "A", 6, protected_percent=50)])
    assert shop.available_to_promise("A", channel="app") == 7
    assert shop.place(om.Order({"A": 7}, TO, id="R", channel="app")).reserved
    assert shop.available_to_promise("A", channel="web") == 3
    assert shop.available_to_promise("A") == 0
    assert shop.release("R") is om.Status.OK
    assert shop.allocations()["left"] == [6]
    replayed(shop)


def test_moving_a_reservation_draws_at_the_other_node():
    """What was drawn at the first goes back."""
    shop = engine({("A", "N1"): 5, ("A", "N2"): 5})
    shop.allocate([om.RingFence("outlet", "A", 4)])
    shop.reserve({("A", "N1"): 2}, id="R", channel="outlet")
    assert shop.move("R", "N1", "N2") is om.Status.OK
    assert shop.allocations()["left"] == [2, 0]
    assert shop.available_to_promise("A") == 6
    shop.check()
    assert shop.move("R", "N2", "N1", {"A": 1}) is om.Status.OK
    assert shop.allocations()["left"] == [1, 1]
    replayed(shop)


def test_a_hold_that_replaces_another_finds_its_units_back():
    """And where it cannot be had, the old one still has what it drew."""
    shop = engine({("A", "N1"): 10})
    shop.allocate([om.RingFence("outlet", "A", 6)])
    shop.reserve({("A", "N1"): 5}, id="old", ttl=60, channel="outlet")
    for quantity, status in ((7, om.Status.SHORT), (6, om.Status.OK)):
        order = om.Order({"A": quantity}, TO, id=f"new{quantity}", channel="outlet")
        assert shop.place(order, ttl=60, supersedes="old").status is status
        shop.check()
    assert shop.allocations()["used"] == [6]
    replayed(shop)


def test_allocate_again_and_move_between_channels():
    """Fences named are planned anew; the pool can give and take."""
    shop = engine({("A", "N1"): 10})
    shop.allocate([om.RingFence("web", "A", 6), om.RingFence("app", "A", 2)])
    shop.allocate([om.RingFence("web", "A", percent=25)])
    assert shop.allocations()["left"] == [2, 2]
    assert shop.reallocate("A", "N1", 2, giver="app", taker="web") is om.Status.OK
    assert shop.reallocate("A", "N1", 6, taker="outlet") is om.Status.OK
    assert shop.reallocate("A", "N1", 1, taker="app") is om.Status.SHORT
    assert shop.reallocate("A", "N1", 5, giver="web") is om.Status.SHORT
    assert shop.reallocate("A", "N1", 4, giver="web") is om.Status.OK
    columns = shop.allocations("A")
    assert (columns["channel"], columns["left"]) == (["outlet"], [6])
    replayed(shop)


def test_what_is_planned_is_brought_down_to_what_there_is():
    """In proportion; E16 at one node."""
    shop = engine({("A", "N1"): 40})
    shop.allocate([om.RingFence("web", "A", 90), om.RingFence("app", "A", 30)])
    assert dict(
        zip(*[shop.allocations()[k] for k in ("channel", "left")], strict=True)
    ) == {
        "web": 30,
        "app": 10,
    }
    assert shop.available_to_promise("A") == 0
    replayed(shop)


def test_a_return_goes_back_to_its_segment():
    """Credited to the fence, once, however often it is told."""
    shop = engine({("A", "N1"): 10})
    shop.allocate([om.RingFence("web", "A", 4)])
    back = om.Return("A", "N1", 2, channel="web", event_id="r-1")
    shop.apply(back)
    shop.apply([back, om.Return("A", "N1", 1)])
    assert shop.allocations()["left"] == [6]
    assert shop.available_to_promise("A") == 7
    replayed(shop)


def test_the_channels_own_floor_and_fence_together():
    """Fences are not planned on what may be oversold."""
    shop = engine({("A", "N1"): 4})
    shop.set_oversell([om.OversellRule(floor=3)])
    shop.allocate([om.RingFence("web", "A", percent=100)])
    assert shop.allocations()["left"] == [4]
    assert shop.available_to_promise("A") == 3
    assert shop.available_to_promise("A", channel="web") == 7
    replayed(shop)


def test_fluent_reserved_then_sold():
    """E32: 150, a batch says 170; three reserved, then picked: 167 throughout."""
    shop = engine({("A", "N1"): 150})
    shop.apply(om.Count("A", "N1", 170))
    shop.reserve({("A", "N1"): 3}, id="R")
    assert shop.available_to_promise("A") == 167
    shop.fulfil("R")
    assert shop.available_to_promise("A") == 167


def test_an_order_repeated_through_another_channel_is_another():
    """The channel is part of what was asked."""
    shop = engine({("A", "N1"): 10})
    for channel, status in (("web", "OK"), ("web", "EXISTS"), (None, "EXISTS_WITH")):
        placed = shop.place(om.Order({"A": 1}, TO, id="R", channel=channel))
        assert placed.status.name.startswith(status)
    for channel, status in (("web", "OK"), ("web", "EXISTS"), ("app", "EXISTS_WITH")):
        placed = shop.reserve({("A", "N1"): 1}, id="S", channel=channel)
        assert placed.status.name.startswith(status)


@pytest.mark.parametrize(
    ("call", "path"),
    [
        (lambda e: e.set_safety([om.SafetyRule(1, node="Z")]), "rules[0].node"),
        (
            lambda e: e.set_safety([om.SafetyRule(1, item_class="Z")]),
            "rules[0].item_class",
        ),
        (lambda e: e.set_safety([], daily_demand=3), "daily_demand"),
        (lambda e: e.set_safety([], daily_demand={"A": 3}), "daily_demand['A']"),
        (
            lambda e: e.set_safety([], daily_demand={("A", "N1"): -1}),
            "daily_demand[('A', 'N1')]",
        ),
        (
            lambda e: e.set_safety([], daily_demand={("Z", "N1"): 1}),
            "daily_demand[('Z', 'N1')].sku",
        ),
        (lambda e: e.set_oversell([om.OversellRule(channel="Z")]), "rules[0].channel"),
        (lambda e: e.allocate([om.RingFence("Z", "A", 1)]), "fences[0].channel"),
        (lambda e: e.allocate([om.RingFence("web", "Z", 1)]), "fences[0].sku"),
        (
            lambda e: e.allocate([om.RingFence("web", "A", 1, nodes="Z")]),
            "fences[0].nodes[0]",
        ),
        (lambda e: e.allocate([om.RingFence("web", "A", 0.5)]), "fences[0].quantity"),
        (lambda e: e.allocate([om.RingFence("web", "A", 1)] * 2), "fences[1]"),
        (lambda e: e.reallocate("A", "N1", 0, taker="web"), "quantity"),
        (lambda e: e.reallocate("A", "N1", 1, taker="Z"), "taker"),
        (lambda e: e.reallocate("A", "N1", 1), "taker"),
        (lambda e: e.available_to_promise("A", channel="Z"), "channel"),
        (lambda e: e.available_to_promise("A", services=["Z"]), "services[0]"),
        (lambda e: e.route(om.Order({"A": 1}, TO, channel="Z")), "order.channel"),
        (
            lambda e: e.route_many([om.Order({"A": 1}, TO, channel="Z")]),
            "orders[0].channel",
        ),
        (lambda e: e.reserve({("A", "N1"): 1}, id="R", channel="Z"), "channel"),
        (lambda e: e.apply(om.Return("A", "N1", 1, channel="Z")), "channel"),
        (lambda e: om.Return("A", "N1", 1, channel="web", state="damaged"), "channel"),
    ],
)
def test_bad_input_names_its_path_and_changes_nothing(call, path):
    """One clear error."""
    shop = engine({("A", "N1"): 10})
    before = shop.digest(), len(shop.log)
    with pytest.raises(OmnirouteError) as caught:
        call(shop)
    assert caught.value.path == path
    assert (shop.digest(), len(shop.log)) == before
    shop.check()
    assert np.array_equal(shop.available_by_node("A"), [10, 0])


@pytest.mark.parametrize(
    "call",
    [
        lambda e: e.set_safety([om.SafetyRule(1, channel="Z")]),
        lambda e: e.set_oversell([om.OversellRule(channel="Z")]),
        lambda e: e.allocate([om.RingFence("Z", "A", 1)]),
        lambda e: e.reallocate("A", "N1", 1, taker="Z"),
        lambda e: e.available_to_promise("A", channel="Z"),
        lambda e: e.quotas("A", [], channel="Z"),
        lambda e: e.subscribe(["A"], low=1, channel="Z"),
        lambda e: e.route(om.Order({"A": 1}, TO, channel="Z")),
        lambda e: e.route_many([om.Order({"A": 1}, TO, channel="Z")]),
        lambda e: e.reserve({("A", "N1"): 1}, id="R", channel="Z"),
        lambda e: e.reserve_many(
            {"id": ["R"], "sku": "A", "node": "N1", "quantity": [1], "channel": "Z"}
        ),
        lambda e: e.apply(om.Return("A", "N1", 1, channel="Z")),
    ],
)
def test_an_unknown_channel_is_one_error_everywhere(call):
    """Who catches it once catches it for every call."""
    with pytest.raises(om.UnknownChannelError) as caught:
        call(engine({("A", "N1"): 10}))
    assert caught.value.id == "Z"
    assert isinstance(caught.value, LookupError)


def test_days_of_cover_need_to_be_told_of_some_demand():
    """Without a word about it they would hold back nothing."""
    shop = engine({("A", "N1"): 10, ("B", "N1"): 10})
    rules = [om.SafetyRule(2), om.SafetyRule(days=3, sku="A")]
    for demand in (None, {}):
        before = shop.digest()
        with pytest.raises(
            om.ValidationError, match="^daily_demand: expected"
        ) as found:
            shop.set_safety(rules, daily_demand=demand)
        assert "rules[1]" in str(found.value)
        assert shop.digest() == before
    shop.set_safety(rules, daily_demand={("B", "N1"): 4})
    assert shop.available_to_promise("A", "N1") == 10, "where unsaid it is 0"


def test_a_cell_that_a_refused_change_has_made_is_protected_all_the_same():
    """Nothing lay there when the rule was asked; something does later."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    network = om.Network([om.Node("N1"), om.Node("N2")], [ground])
    engine = om.Engine(network, [om.Item("A"), om.Item("B")], clock=lambda: 0)
    engine.set_safety([om.SafetyRule(3)])
    most = 2**31 - 1
    with pytest.raises(om.ValidationError):
        engine.apply([om.Receive("A", "N1", most), om.Receive("A", "N1", 3)])
    engine.check()
    engine.apply(om.Receive("B", "N2", 5))
    engine.check()
    engine.apply(om.Receive("A", "N1", 10))
    assert engine.available_to_promise("A") == 7
    engine.check()
