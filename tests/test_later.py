"""Pre-orders and holds at no node, step by step."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

import omniroute as om
from omniroute.codes import ReservationState
from omniroute.engine import Engine

DAY = 86_400
START = 1_767_225_600  # 1 January 2026
HOME = om.Destination(postcode="55425")
A1 = ("BOLT", "N1")


def day(n: int) -> int:
    """Midnight, so many days from the start."""
    return START + n * DAY


@pytest.fixture
def shop():
    """4 bolts at N1, 10 more due on day 5; 6 at N2; the clock stands at day 0."""
    network = om.Network(
        [om.Node("N1"), om.Node("N2", order_cost=1)],
        [om.Service("ground", "ship", om.RateCard.flat(5))],
    )
    engine = Engine(
        network,
        [om.Item("BOLT"), om.Item("NUT"), om.Item("ROPE", decimals=2)],
        clock=lambda: START,
        journal=True,
        channels=[om.Channel("web", fall_back=("pool",))],
    )
    engine.apply(
        [
            om.Receive("BOLT", "N1", 4),
            om.Receive("BOLT", "N2", 6),
            om.Expect("PO-1", "BOLT", "N1", 10, due=day(5)),
        ]
    )
    yield engine
    engine.check()
    other = Engine(network, engine.items[::-1], clock=lambda: START)
    other.replay(engine.log)
    other.check()
    assert other.digest() == engine.digest()


def preorder(engine, id, quantity, due, **more):
    return engine.reserve({A1: quantity}, id=id, due=day(due), **more).status.name


# -- the look-ahead rule ---------------------------------------------------------------


@pytest.mark.parametrize(("due", "most"), [(1, 4), (4, 4), (5, 14), (6, 14)], ids=str)
def test_a_pre_order_may_have_what_is_there_by_then(shop, due, most):
    """A receipt counts from the second at which it is due."""
    assert preorder(shop, "A", most + 1, due) == "SHORT"
    assert preorder(shop, "A", most, due) == "OK"


def test_a_pre_order_that_later_supply_covers_takes_nothing_of_today(shop):
    """10 of 10 that come: all 4 on the shelf can still be sold."""
    assert preorder(shop, "A", 10, 5) == "OK"
    assert shop.available_to_promise(*A1) == 4
    assert shop.stock(*A1).later == 10


def test_what_a_pre_order_needs_of_today_is_kept(shop):
    """12 of which 10 come: 2 of the 4 on the shelf stay there."""
    preorder(shop, "A", 12, 6)
    cell = shop.stock(*A1)
    assert (cell.free, cell.kept, cell.soft, cell.firm) == (2, 2, 0, 0)
    assert shop.reserve({A1: 3}, id="B").status.name == "SHORT"
    assert shop.reserve({A1: 2}, id="B").status.name == "OK"


def test_an_earlier_pre_order_does_not_take_what_a_later_one_needs(shop):
    """14 in all by day 6: whoever comes before gets only what is left over."""
    preorder(shop, "later", 12, 6)
    assert preorder(shop, "earlier", 3, 3) == "SHORT"
    assert preorder(shop, "earlier", 2, 3) == "OK"


def test_a_later_pre_order_does_not_take_what_an_earlier_one_needs(shop):
    preorder(shop, "earlier", 4, 3)
    assert preorder(shop, "later", 11, 6) == "SHORT"
    assert preorder(shop, "later", 10, 6) == "OK"
    assert shop.available_to_promise(*A1) == 0


def test_routing_leaves_what_is_kept_for_later(shop):
    """Of the 4 at N1 two are kept: an order for 8 gets the other two."""
    preorder(shop, "A", 12, 6)
    assert shop.place(om.Order({"BOLT": 8}, HOME), id="B").reserved
    assert [shop.stock("BOLT", node).firm for node in ("N1", "N2")] == [2, 6]
    assert shop.route(om.Order({"BOLT": 1}, HOME)).status is om.Status.OUT_OF_STOCK


def test_promises_by_date_count_what_is_promised_for_later(shop):
    """And say just what `reserve` admits."""
    preorder(shop, "A", 12, 6)
    found = shop.available_by_date("BOLT", ["N1"], rule=om.AtpRule(horizon_days=9))
    assert found.quanta[0].tolist() == [2] * 9
    for ahead, most in enumerate(found.quanta[0].tolist()):
        if ahead:
            assert preorder(shop, f"B{ahead}", most + 1, ahead) == "SHORT"


def test_a_cell_that_only_expects_can_be_promised(shop):
    """There is no cell before the first line makes it."""
    shop.apply(om.Expect("PO-2", "NUT", "N2", 5, due=day(3)))
    held = shop.reserve([om.HoldLine("NUT", "N2", 5, due=day(3))], id="A")
    assert held.status is om.Status.OK
    assert shop.available_to_promise("NUT") == 0


def test_lines_of_one_request_see_each_other(shop):
    """One line for now, one for later: together they need more than there is."""
    lines = [om.HoldLine(*A1, 4), om.HoldLine(*A1, 11, due=day(6))]
    refused = shop.reserve(lines, id="A")
    assert refused.status is om.Status.SHORT
    assert refused.shortages == (om.HoldLine(*A1, 1, due=day(6)),)
    assert shop.reserve(lines, id="A", partial=True).reserved


def test_quantities_with_decimals(shop):
    shop.apply(om.Expect("PO-3", "ROPE", "N1", 5.25, due=day(2)))
    rope = {("ROPE", "N1"): 5.26}
    assert shop.reserve(rope, id="A", due=day(2)).status.name == "SHORT"
    rope = {("ROPE", "N1"): 5.25}
    assert shop.reserve(rope, id="A", due=day(2)).status.name == "OK"


# -- ids -------------------------------------------------------------------------------


def test_the_same_pre_order_again_is_known(shop):
    """Also when it has fallen due; another time is another request."""
    assert preorder(shop, "A", 3, 6) == "OK"
    assert preorder(shop, "A", 3, 6) == "EXISTS"
    assert preorder(shop, "A", 3, 7) == "EXISTS_WITH_DIFFERENT_TERMS"
    assert preorder(shop, "A", 4, 6) == "EXISTS_WITH_DIFFERENT_LINES"
    assert preorder(shop, "A", 3, 6, now=day(8)) == "EXISTS"


def test_what_is_due_already_is_wanted_at_once(shop):
    assert preorder(shop, "A", 3, -1) == "OK"
    assert shop.stock(*A1).firm == 3


# -- time ------------------------------------------------------------------------------


def test_what_falls_due_becomes_an_ordinary_hold(shop):
    preorder(shop, "A", 3, 6, ttl="30d")
    shop.apply(om.Arrive("PO-1"))
    assert shop.reservation("A").due_s == (day(6),)
    cell = shop.stock(*A1, now=day(6))
    assert (cell.soft, cell.later, cell.free) == (3, 0, 11)
    assert shop.reservation("A").due_s == ()


def test_a_hold_that_ends_first_never_falls_due(shop):
    preorder(shop, "A", 3, 6, ttl="6d")
    assert shop.reservation("A", now=day(6)).state is ReservationState.EXPIRED
    assert shop.available_to_promise(*A1) == 4


def test_it_does_not_matter_when_somebody_looks(shop):
    """In one step or in ten, the state is the same."""
    for k in range(6):
        preorder(shop, f"R{k}", 2, k + 1, ttl=(k * 5 % 7 + 1) * DAY)
    other = Engine(shop.network, shop.items, clock=lambda: START)
    other.replay(shop.log)
    for n in range(1, 11):
        other.apply([], now=day(n))
    shop.apply([], now=day(10))
    assert other.digest() == shop.digest()


# -- its life --------------------------------------------------------------------------


def test_shipping_early_needs_units_nobody_else_needs(shop):
    preorder(shop, "A", 4, 6)
    preorder(shop, "B", 10, 7)
    assert shop.fulfil("A") is om.Status.OK
    assert shop.stock(*A1).on_hand == 0
    assert shop.fulfil("B") is om.Status.OUT_OF_STOCK


def test_units_that_are_due_first_are_meant_first(shop):
    lines = [om.HoldLine(*A1, 2, due=day(9)), om.HoldLine(*A1, 3, due=day(6))]
    shop.reserve(lines, id="A")
    assert shop.cancel("A", {A1: 4}) is om.Status.OK
    rows = shop.reservations()
    assert (rows["due_s"].tolist(), rows["held_quanta"].tolist()) == ([day(9)], [1])
    late = [om.HoldLine(*A1, 1, due=day(9))]
    assert shop.cancel("A", late) is om.Status.OK
    assert shop.reservation("A").state is ReservationState.CANCELLED


def test_amending_names_the_time(shop):
    preorder(shop, "A", 4, 6)
    assert shop.amend("A", {A1: 14}, due=day(6)) is om.Status.OK
    assert shop.amend("A", {A1: 15}, due=day(6)) is om.Status.OUT_OF_STOCK
    assert shop.amend("A", {A1: 2}) is om.Status.OUT_OF_STOCK
    both = [(*A1, 12, day(6)), (*A1, 2, None)]
    assert shop.amend("A", both) is om.Status.OK
    assert shop.stock(*A1).firm == 2


def test_another_time_and_another_node(shop):
    preorder(shop, "A", 6, 6)
    assert shop.move("A", "N1", "N2") is om.Status.OK
    assert shop.stock("BOLT", "N2").kept == 6
    assert shop.redate("A", day(9)) is om.Status.OK
    assert shop.redate("A", day(9)) is om.Status.OK
    assert shop.reservation("A").due_s[-1] == day(9)
    assert shop.redate("A", None) is om.Status.OK
    assert shop.stock("BOLT", "N2").firm == 6
    assert shop.redate("A", day(2), {A1: 1}) is om.Status.NOT_HELD


def test_an_old_hold_for_later_makes_room_for_the_new_one(shop):
    preorder(shop, "old", 14, 6, ttl="30d")
    assert preorder(shop, "new", 14, 7, supersedes="old") == "OK"
    assert preorder(shop, "more", 15, 7, supersedes="new") == "ALREADY_COMMITTED"
    assert shop.reservation("old").state is ReservationState.SUPERSEDED


def test_units_of_later_are_not_written_down(shop):
    """They were never said to be there."""
    preorder(shop, "A", 3, 6)
    declined = shop.decline("A", "N1", write_down=True)
    assert declined.lines == (om.HoldLine(*A1, 3, due=day(6)),)
    assert shop.stock(*A1).on_hand == 4


def test_many_at_once(shop):
    preorder(shop, "A", 2, 6)
    preorder(shop, "B", 10, 6)
    preorder(shop, "C", 2, 6, ttl="1d")
    shop.commit_many(["C"])
    found = shop.fulfil_many(["A", "C", "B"])
    told = [om.Status(code).name for code in found]
    assert told == ["OK", "OK", "OUT_OF_STOCK"]
    shop.release_many(["B"])
    assert shop.stock(*A1).later == 0


# -- supply that slips -----------------------------------------------------------------


def test_a_slip_is_a_shortage_and_names_who_is_at_risk(shop):
    """Dealt out in the order in which they are due."""
    preorder(shop, "late", 8, 7)
    preorder(shop, "soon", 6, 6)
    shop.apply(om.Reschedule("PO-1", due=day(8)))
    assert shop.stock(*A1).free == -10
    found = shop.at_risk()
    assert (found["id"], found["missing"]) == (["soon", "late"], [2, 8])
    assert found["covered"].tolist() == [datetime(2026, 1, 9)] * 2  # noqa: DTZ001
    assert shop.available_to_promise("BOLT") == 6


def test_a_slip_that_is_known_later_still_counts(shop):
    """Nobody says so, but the day passes: what is late is trusted no more."""
    preorder(shop, "A", 10, 9)
    assert shop.available_to_promise(*A1, now=day(4)) == 4
    assert shop.available_to_promise(*A1, now=day(5)) == 0
    found = shop.at_risk()
    assert (found["id"], found["missing"]) == (["A"], [6])
    assert np.isnat(found["covered"]).all()
    shop.apply(om.Arrive("PO-1"))
    assert shop.at_risk()["id"] == []


def test_less_than_was_expected(shop):
    preorder(shop, "A", 14, 6)
    shop.apply(om.CancelInbound("PO-1", 3))
    found = shop.at_risk(sku="BOLT", node="N1")
    assert (found["held"], found["missing"]) == ([14], [3])
    assert shop.at_risk(node="N2")["id"] == []


def test_a_till_sale_makes_an_order_uncovered(shop):
    shop.reserve({A1: 4}, id="A")
    shop.apply(om.Sell("BOLT", "N1", 1))
    found = shop.at_risk()
    assert (found["id"], found["missing"]) == (["A"], [1])
    assert np.isnat(found["due"]).all()
    assert found["covered"].tolist() == [datetime(2026, 1, 6)]  # noqa: DTZ001


# -- beyond supply ---------------------------------------------------------------------


def test_pre_orders_beyond_supply_need_a_permission(shop):
    """Down to its floor; what is on the shelf is not oversold by it."""
    rule = om.OversellRule("warn", floor=3, sku="BOLT", node="N1")
    shop.set_preorder([rule])
    assert preorder(shop, "A", 18, 6) == "SHORT"
    assert preorder(shop, "A", 17, 6) == "OK"
    assert shop.reserve({A1: 1}, id="B").status is om.Status.OUT_OF_STOCK
    assert shop.backordered("A") == (om.HoldLine(*A1, 3, due=day(6)),)
    shop.set_preorder([om.OversellRule("ignore", sku="BOLT")])
    assert shop.backordered("A") == ()
    assert preorder(shop, "C", 1_000, 6) == "OK"
    shop.set_preorder([om.OversellRule("block")])
    assert preorder(shop, "D", 1, 6) == "OUT_OF_STOCK"


def test_a_cell_that_a_pre_order_makes_follows_the_rules(shop):
    """Nothing of it was ever there, and nothing is on its way."""
    shop.set_safety([om.SafetyRule(quantity=2)])
    shop.set_preorder([om.OversellRule("ignore")])
    assert shop.reserve({("NUT", "N2"): 3}, id="A", due=day(6)).status is om.Status.OK
    assert shop.stock("NUT", "N2").safety == 2
    shop.check()


def by_date(shop, sku):
    """What can be promised of an item, today and on each of the next two days."""
    return (
        shop.available_by_date(sku, rule=om.AtpRule(horizon_days=3)).quanta[0].tolist()
    )


@pytest.mark.parametrize("first", ["rules", "order", "stock"])
def test_a_cell_that_only_expects_stock_keeps_its_safety_stock(shop, first):
    """A new item, its first 4 on their way, 2 of them held back: whoever asks."""
    coming = om.Expect("PO-2", "NUT", "N2", 4, due=day(1))
    if first == "stock":
        shop.apply(om.Count("NUT", "N2", 0))
    if first == "order":
        shop.apply(coming)
    shop.set_safety([om.SafetyRule(quantity=2)])
    if first != "order":
        shop.apply(coming)
    assert by_date(shop, "NUT") == [-2, 2, 2]
    cell = ("NUT", "N2")
    assert shop.reserve({cell: 4}, id="A", due=day(1)).status is om.Status.SHORT
    assert shop.reserve({cell: 2}, id="B", due=day(1)).status is om.Status.OK
    assert by_date(shop, "NUT") == [-2, 0, 0]
    shop.check()


def test_a_pre_order_beyond_supply_at_no_cell_keeps_its_safety_stock(shop):
    """Permission for 5, 2 of which would be held back: 3, cell or no cell."""
    shop.set_safety([om.SafetyRule(quantity=2)])
    shop.set_preorder([om.OversellRule("ignore", floor=5)])
    for sku in ("NUT", "BOLT"):
        if sku == "BOLT":
            shop.apply(om.Count("BOLT", "N2", 0))
        for n, status in ((4, om.Status.SHORT), (3, om.Status.OK)):
            placed = shop.reserve({(sku, "N2"): n}, id=f"{sku}{n}", due=day(3))
            assert placed.status is status
        shop.check()


def test_an_order_that_is_no_more_leaves_no_cell_behind(shop):
    """Rules made later ask nothing of it."""
    shop.apply(om.Expect("PO-2", "NUT", "N2", 4, due=day(1)))
    shop.apply(om.CancelInbound("PO-2"))
    assert shop.set_safety([om.SafetyRule(quantity=2, sku="NUT")]) == 0


def test_a_pre_order_draws_from_no_fence(shop):
    shop.allocate([om.RingFence("web", "BOLT", 3, nodes="N1")])
    assert preorder(shop, "A", 12, 6, channel="web") == "SHORT"
    assert preorder(shop, "A", 11, 6, channel="web") == "OK"
    shop.apply([], now=day(7))
    assert shop.allocations()["left"] == [3]
    assert shop.cancel("A") is om.Status.OK


# -- at no node ------------------------------------------------------------------------


def test_the_network_keeps_its_sum_for_holds_at_no_node(shop):
    held = shop.reserve({("BOLT", None): 7}, id="A")
    assert held.reservation.lines == ((0, -1, 7, 7, 0),)
    assert shop.available_to_promise("BOLT") == 3
    assert shop.available_to_promise("BOLT", "N2") == 3
    assert shop.availability().quanta[0].tolist() == [3, 3]
    assert shop.stock("BOLT", "N2").free == 6
    assert shop.reserve({("BOLT", "N2"): 4}, id="B").status is om.Status.SHORT
    assert shop.reserve({("BOLT", None): 4}, id="B").status is om.Status.SHORT


def test_routing_takes_no_more_than_the_network_has_left(shop):
    shop.reserve([om.HoldLine("BOLT", None, 7)], id="A")
    order = om.Order({"BOLT": 5}, HOME, id="B")
    plan = shop.route(order)
    assert plan.status is om.Status.SHORT
    assert plan.shortages[0].quantity == 2
    told = "of BOLT the network promises 3: it keeps the rest back"
    assert plan.explain().table().endswith(told)
    batch = shop.route_many([order], reserve=True, partial=True)
    assert batch.plan(0).shortages[0].quantity == 2
    assert shop.available_to_promise("BOLT") == 0


def test_binding_needs_only_the_cell(shop):
    """All other units are promised, and still each hold finds its own."""
    shop.reserve({("BOLT", None): 7}, id="A")
    shop.reserve({A1: 3}, id="B")
    assert shop.bind("A", "N1").status is om.Status.SHORT
    parts = {A1: 1, ("BOLT", "N2"): 2}
    assert shop.bind("A", parts).status is om.Status.OK
    assert shop.bind("A", parts).status is om.Status.OK
    assert shop.bind("A", "N2").status is om.Status.OK
    assert shop.bind("A", "N2").status is om.Status.OK
    assert shop.fulfil("A") is om.Status.OK
    assert [shop.stock("BOLT", n).on_hand for n in ("N1", "N2")] == [3, 0]


def test_binding_to_where_an_order_is_best_served_from(shop):
    shop.reserve({("BOLT", None): 4}, id="A")
    order = om.Order({"BOLT": 4}, HOME)
    found = shop.bind("A", order)
    assert (found.status, found.plan.shipments[0].node) == (om.Status.OK, "N1")
    assert shop.bind("A", order).status is om.Status.OK
    assert shop.bind("A", om.Order({"BOLT": 5}, HOME)).status is om.Status.NOT_HELD
    assert shop.stock(*A1).firm == 4
    assert shop.available_to_promise("BOLT") == 6


def test_an_order_that_no_node_can_serve_binds_nothing(shop):
    shop.reserve({("BOLT", None): 4}, id="A")
    nowhere = om.Order({"BOLT": 4}, HOME, exclude_nodes=["N1", "N2"])
    before = shop.digest()
    assert shop.bind("A", nowhere).status is om.Status.UNSERVED
    assert shop.digest() == before


def test_what_is_at_no_node_cannot_leave_it(shop):
    shop.reserve({("BOLT", None): 2, A1: 1}, id="A")
    assert shop.fulfil("A") is om.Status.NOT_HELD
    assert shop.fulfil_many(["A"])[0] == om.Status.NOT_HELD
    assert shop.fulfil("A", {A1: 1}) is om.Status.OK
    assert shop.redate("A", day(4)) is om.Status.NOT_HELD
    assert shop.cancel("A", {("BOLT", None): 1}) is om.Status.OK
    assert shop.reservations()["node"] == [None]
    assert shop.available_to_promise("BOLT") == 8


def test_the_life_of_a_hold_at_no_node(shop):
    shop.reserve({("BOLT", None): 5}, id="A", ttl="1d")
    assert shop.amend("A", {("BOLT", None): 10}) is om.Status.OK
    assert shop.amend("A", {("BOLT", None): 11}) is om.Status.OUT_OF_STOCK
    assert shop.available_to_promise("BOLT") == 0
    new = shop.reserve({("BOLT", None): 9}, id="B", ttl="1d", supersedes="A")
    assert new.status is om.Status.OK
    assert shop.available_to_promise("BOLT", now=day(1)) == 10
    assert shop.bind("B", "N1").status is om.Status.EXPIRED
    assert shop.bind("C", "N1").status is om.Status.UNKNOWN_RESERVATION


@pytest.mark.parametrize("later", [[], [("BOLT", "N1", 0, day(6))]])
def test_what_an_amendment_leaves_as_it_is_asks_for_nothing(shop, later):
    """All is promised at no node; that nothing is wanted of day 6 changes no answer."""
    shop.reserve({("BOLT", None): 10}, id="A")
    more = [*later, ("BOLT", "N1", 4, None)]
    assert shop.amend("A", more) is om.Status.OUT_OF_STOCK


def test_a_pre_order_does_not_take_what_a_hold_at_no_node_needs(shop):
    """12 at N1 would keep 2 of its 4: the network has promised all but one."""
    shop.reserve({("BOLT", None): 9}, id="A")
    assert preorder(shop, "B", 12, 6) == "SHORT"
    assert preorder(shop, "B", 11, 6) == "OK"
    assert shop.available_to_promise("BOLT") == 0


def test_holds_at_no_node_are_at_risk_when_a_till_was_quicker(shop):
    """The last to come are the first to miss."""
    shop.reserve({("BOLT", None): 7}, id="A")
    shop.reserve({("BOLT", None): 2}, id="B")
    shop.apply(om.Sell("BOLT", "N2", 4))
    found = shop.at_risk("BOLT")
    assert (found["id"], found["node"]) == (["A", "B"], [None, None])
    assert (found["held"], found["missing"]) == ([7, 2], [1, 2])
    assert shop.at_risk(node="N2")["id"] == []
    assert shop.available_to_promise("BOLT") == 0


def test_the_last_node_of_the_list_is_not_no_node(shop):
    """Its number is not -1, though Python would take that for it."""
    shop.reserve({("BOLT", None): 2}, id="A")
    again = shop.reserve({("BOLT", "N2"): 2}, id="A")
    assert again.status is om.Status.EXISTS_WITH_DIFFERENT_LINES
    assert shop.reserve({("BOLT", None): 2}, id="A").status is om.Status.EXISTS
    assert shop.at_risk()["id"] == []


# -- bad input -------------------------------------------------------------------------

WRONG = {
    "no such time": (
        lambda e: e.reserve({A1: 1}, id="A", due="tomorrow"),
        "due: expected",
    ),
    "a line with no such time": (
        lambda e: e.reserve([(*A1, 1, "soon")], id="A"),
        r"lines\[0\].due: expected",
    ),
    "a naive datetime": (
        lambda e: om.HoldLine(*A1, 1, due=datetime(2026, 1, 1)),  # noqa: DTZ001
        "due: expected",
    ),
    "a plan for later": (
        lambda e: e.reserve(e.route(om.Order({"BOLT": 1}, HOME)), id="A", due=day(1)),
        "due: expected None",
    ),
    "later at no node": (
        lambda e: e.reserve({("BOLT", None): 1}, id="A", due=day(1)),
        r"lines\[0\].node: expected a node",
    ),
    "some later, some at no node": (
        lambda e: e.reserve([("BOLT", None, 1), (*A1, 1, day(1))], id="A"),
        "lines: expected a node for every line",
    ),
    "another time that is none": (lambda e: e.redate("A", "x"), "due: expected"),
    "at risk of what": (lambda e: e.at_risk(sku="X"), "sku: "),
    "bound to no node": (lambda e: e.bind("A", "N9"), "N9"),
    "bound to nothing": (lambda e: e.bind("A", 7), "lines: expected"),
    "bound for later": (
        lambda e: e.bind("A", [(*A1, 1, day(1))]),
        "to: expected lines",
    ),
    "a permission for a channel": (
        lambda e: e.set_preorder([om.OversellRule(channel="web")]),
        r"rules\[0\].channel: expected None",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_is_refused_and_changes_nothing(shop, what):
    call, told = WRONG[what]
    before = shop.digest()
    with pytest.raises(om.OmnirouteError, match=told):
        call(shop)
    assert shop.digest() == before


def test_a_line_shows_when_it_is_due():
    line = om.HoldLine(*A1, 2, due=datetime(2026, 1, 1, tzinfo=UTC))
    assert repr(line).endswith("quantity=2, due=2026-01-01 00:00:00Z)")
    assert line == om.HoldLine(*A1, 2, due=START)
