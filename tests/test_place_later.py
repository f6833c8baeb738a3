"""Orders for a later day: routed on what nodes can promise for it, and held for it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import omniroute as om
from omniroute.codes import STATUS
from tests.conftest import WITHOUT_JIT
from tests.naive.later import NaiveLater

START = 1_000
NODES, SKUS = ["N0", "N1", "N2"], ["A", "B"]
TO = om.Destination(postcode="55425")
S = om.Status


def network():
    """Three nodes, the first the cheapest; what a second shipment costs is worth it."""
    nodes = [
        om.Node(node, order_cost=k, line_cost=k % 2) for k, node in enumerate(NODES)
    ]
    return om.Network(nodes, [om.Service("ground", "ship", om.RateCard.flat(5))])


def shop(**more):
    return om.Engine(
        network(),
        [om.Item(sku) for sku in SKUS],
        clock=lambda: START,
        journal=True,
        **more,
    )


def replays(engine):
    """The log makes the same state in an engine whose items lie otherwise."""
    engine.check()
    other = om.Engine(engine.network, engine.items[::-1], clock=lambda: 0)
    other.replay(engine.log)
    assert other.digest() == engine.digest()


# -- beside the twin -------------------------------------------------------------------

SKU, NODE, N = st.sampled_from(SKUS), st.sampled_from(NODES), st.integers(1, 9)
WHEN = st.integers(0, 12)
STOCK = st.lists(st.tuples(SKU, NODE, N), max_size=5)
COMING = st.lists(st.tuples(SKU, NODE, N, st.integers(1, 12)), max_size=5)
ORDERS = st.lists(
    st.tuples(st.dictionaries(SKU, N, min_size=1), WHEN, st.booleans()),
    min_size=1,
    max_size=6,
)


def opened(stock, coming):
    """An engine and a twin with the same on the shelves and on its way."""
    engine, twin = shop(), NaiveLater()
    twin.now = START
    for sku, node, n in stock:
        engine.apply(om.Receive(sku, node, n))
        twin.fact("receive", sku, node, n)
    for k, (sku, node, n, ahead) in enumerate(coming):
        engine.apply(om.Expect(f"PO{k}", sku, node, n, due=START + ahead))
        twin.supply.expect(f"PO{k}", sku, node, n, START + ahead, "purchase_order")
    return engine, twin


def told_for(twin, due):
    """A shop with nothing but what the twin can promise for then on its shelves."""
    other = shop()
    for sku in SKUS:
        for node in NODES:
            there = twin_least(twin, sku, node, due)
            if there:
                other.apply(om.Receive(sku, node, there))
    return other


def twin_least(twin, sku, node, due):
    """What the twin can promise of a cell; its seconds end soon after the last due."""
    start = max(due, START)
    seconds = range(start, START + 15)
    return max(0, min(twin.projected(sku, node, u) for u in seconds))


def sent(plan):
    """What leaves from which node."""
    return sorted(
        (each.node, line.sku, line.quantity)
        for each in plan.shipments
        for line in each.lines
    )


@settings(max_examples=20 if WITHOUT_JIT else 150, deadline=None)
@given(stock=STOCK, coming=COMING, orders=ORDERS)
@example(
    stock=[("A", "N1", 1), ("B", "N0", 2), ("B", "N1", 6)],
    coming=[],
    orders=[({"A": 2, "B": 7}, 1, False)],
)
def test_an_order_for_later_is_routed_as_one_for_now_on_that_days_shelves(
    stock, coming, orders
):
    """The same plan, cost and proof; then it is held, and the twin's shelves follow."""
    engine, twin = opened(stock, coming)
    for k, (lines, ahead, partial) in enumerate(orders):
        due, id = START + ahead, f"O{k}"
        order = om.Order(lines, TO, id=id, due=due if ahead else None)
        wanted = told_for(twin, due).route(om.Order(lines, TO))
        placed = engine.place(order, partial=partial)
        plan = placed.plan
        assert (plan.status, plan.cost, plan.proven, sent(plan)) == (
            wanted.status,
            wanted.cost,
            wanted.proven,
            sent(wanted),
        )
        holds = plan.status is S.OK or (partial and plan.status is S.SHORT)
        assert placed.reserved == (holds and bool(plan.picks))
        if placed.reserved:
            twin.hold(id, [], START, 0)
            for shipment in plan.shipments:
                for line in shipment.lines:
                    units = line.quantity
                    twin.take(id, line.sku, shipment.node, units, due if ahead else 0)
        for sku in SKUS:
            for node in NODES:
                now = engine.available_to_promise(sku, node)
                assert now == twin_least(twin, sku, node, START)
        assert engine.at_risk()["id"] == []
    replays(engine)


@settings(max_examples=15 if WITHOUT_JIT else 120, deadline=None)
@given(stock=STOCK, coming=COMING, orders=ORDERS, partial=st.booleans())
def test_a_batch_is_its_orders_in_turn(stock, coming, orders, partial):
    """For now and for later, mixed."""
    (batch, _), (turns, _) = opened(stock, coming), opened(stock, coming)
    asked = [
        om.Order(lines, TO, id=f"O{k % 5}", due=START + ahead if ahead else None)
        for k, (lines, ahead, _) in enumerate(orders)
    ]
    found = batch.route_many(asked, reserve=True, partial=partial)
    told = [turns.place(order, partial=partial) for order in asked]
    assert [STATUS[code] for code in found.status] == [each.status for each in told]
    assert batch.digest() == turns.digest()
    for i, each in enumerate(told):
        if each.plan is not None:
            assert sent(found.plan(i)) == sent(each.plan)
    replays(batch)


STEP = st.tuples(
    st.sampled_from(["place", "place", "loose", "now", "bind", "cancel", "route"]),
    SKU,
    NODE,
    N,
    WHEN,
    st.sampled_from([None, "web", "vip"]),
)


@settings(max_examples=15 if WITHOUT_JIT else 150, deadline=None)
@given(
    stock=st.lists(st.tuples(SKU, NODE, N), min_size=2, max_size=6),
    coming=COMING,
    steps=st.lists(STEP, min_size=1, max_size=12),
    threshold=st.integers(0, 4),
    routing=st.integers(0, 2),
    end=st.integers(0, 20),
)
def test_nobody_is_ever_at_risk_while_supply_keeps_its_word(
    stock, coming, steps, threshold, routing, end
):
    """Thresholds, fences, holds at no node, channels: no plan takes another's units."""
    channels = [om.Channel("web", fall_back=("pool",)), om.Channel("vip", fall_back=())]
    engine = shop(channels=channels)
    engine.apply([om.Receive(*each) for each in stock])
    for k, (sku, node, n, ahead) in enumerate(coming):
        engine.apply(om.Expect(f"PO{k}", sku, node, n, due=START + ahead))
    engine.set_safety(
        [
            om.SafetyRule(threshold, sku="A", guards="network"),
            om.SafetyRule(routing, guards="routing"),
        ]
    )
    engine.allocate([om.RingFence("web", "A", 2), om.RingFence("vip", "B", 2)])
    for k, (name, sku, node, n, ahead, channel) in enumerate(steps):
        due = START + ahead if ahead else None
        order = om.Order({sku: n}, TO, id=f"S{k}", channel=channel)
        if name == "place":
            plan = engine.route(order, due=due)
            placed = engine.place(order, due=due)
            assert placed.status is plan.status
            # What routing has decided can always be held: nobody decides twice.
            assert placed.reserved == (plan.status is S.OK)
        elif name == "loose":
            engine.reserve({(sku, None): n}, id=f"S{k}", partial=True)
        elif name == "now":
            engine.reserve({(sku, node): n}, id=f"S{k}", channel=channel)
        elif name == "bind":
            engine.bind(f"S{n}", node)
        elif name == "cancel":
            engine.cancel(f"S{n}")
        else:
            engine.route_many([order], reserve=True)
        assert engine.at_risk()["id"] == []
        engine.check()
    for k, (_, _, _, ahead) in sorted(enumerate(coming), key=lambda each: each[1][3]):
        if ahead <= end:
            engine.apply(om.Arrive(f"PO{k}"), now=START + ahead - 1)
    engine.apply([], now=START + end)
    assert engine.at_risk()["id"] == []
    replays(engine)


# -- what a planner would look for -----------------------------------------------------


@pytest.fixture
def friday():
    """4 at N0, 6 at N1; 10 more at N0 by second 500."""
    engine = shop()
    engine.apply(
        [
            om.Receive("A", "N0", 4),
            om.Receive("A", "N1", 6),
            om.Expect("PO", "A", "N0", 10, due=START + 500),
        ]
    )
    yield engine
    replays(engine)


def order(quantity, id="X", **more):
    return om.Order({"A": quantity}, TO, id=id, **more)


@pytest.mark.parametrize(
    ("due", "quantity", "status", "nodes"),
    [
        (None, 12, S.SHORT, ["N0", "N1"]),
        (START + 499, 12, S.SHORT, ["N0", "N1"]),
        (START + 500, 12, S.OK, ["N0"]),
        (START + 500, 20, S.OK, ["N0", "N1"]),
        (START + 500, 21, S.SHORT, ["N0", "N1"]),
        (START - 5, 12, S.SHORT, ["N0", "N1"]),
    ],
    ids=str,
)
def test_what_comes_by_then_counts(friday, due, quantity, status, nodes):
    """From the second on at which it is due; what is due already is wanted now."""
    plan = friday.route(order(quantity), due=due)
    assert plan.status is status
    assert sorted(each.node for each in plan.shipments) == nodes


def test_a_pre_order_through_its_life(friday):
    """Held for later, kept on the shelf as far as need be, due, made firm, gone."""
    held = friday.place(order(12), due=START + 500, ttl="1h")
    assert held.reserved
    assert friday.stock("A", "N0").kept == 2
    assert friday.reservations()["due_s"].tolist() == [START + 500]
    assert friday.place(order(3, "Y")).plan.shipments[0].node == "N1"
    friday.apply(om.Arrive("PO"), now=START + 400)
    assert friday.commit("X", now=START + 600) is S.OK
    assert friday.stock("A", "N0").firm == 12
    assert friday.fulfil("X") is S.OK


def test_the_same_again_is_known_and_another_day_is_another_request(friday):
    due = START + 500
    assert friday.place(order(3), due=due).status is S.OK
    assert friday.place(order(3, due=due)).status is S.EXISTS
    assert friday.place(order(3), due=due + 1).status is S.EXISTS_WITH_DIFFERENT_TERMS
    assert friday.place(order(3)).status is S.EXISTS_WITH_DIFFERENT_TERMS
    assert friday.place(order(3), due=due, now=due + 9).status is S.EXISTS
    many = friday.route_many([order(3, due=due), order(3)], reserve=True)
    told = [STATUS[code] for code in many.status]
    assert told == [S.EXISTS, S.EXISTS_WITH_DIFFERENT_TERMS]


def test_a_batch_holds_each_order_for_its_day_and_sees_those_before(friday):
    """12 for Friday keep 2 of the 4 at N0: who comes behind for now gets the other 2."""
    asked = [order(12, due=START + 500), order(3, "Y"), order(9, "Z", due=START + 500)]
    found = friday.route_many(asked, reserve=True)
    assert [STATUS[code] for code in found.status] == [S.OK, S.OK, S.SHORT]
    assert friday.reservations()["due_s"].tolist() == [START + 500, 0]
    assert friday.stock("A", "N0").kept == 2
    assert found.plan(1).shipments[0].node == "N1"


def test_what_others_are_promised_later_is_left_to_them(friday):
    """Of 20 in all 15 are for Saturday: for Friday there are no more than the other 5."""
    friday.reserve({("A", "N0"): 10, ("A", "N1"): 5}, id="S", due=START + 900)
    assert friday.route(order(6), due=START + 500).status is S.SHORT
    assert friday.place(order(5), due=START + 500).status is S.OK
    assert friday.at_risk()["id"] == []


def test_refused_in_part_and_for_good(friday):
    """`partial` and `sticky` are as for orders for now."""
    due = START + 500
    assert friday.place(order(21), due=due).reserved is False
    part = friday.place(order(21), due=due, partial=True)
    assert (part.status, part.plan.shortages[0].quantity) == (S.SHORT, 1)
    none = friday.place(order(1, "Y"), due=due, sticky=True)
    assert none.status is S.OUT_OF_STOCK
    friday.cancel("X")
    assert friday.place(order(1, "Y"), due=due, sticky=True).status is S.OUT_OF_STOCK


def test_a_cart_for_now_gives_way_to_an_order_for_later(friday):
    """And the other way round; where the new one cannot be had the old one stands."""
    friday.place(order(10), ttl="1h")
    later = friday.place(order(20, "Y"), due=START + 500, ttl="1h", supersedes="X")
    assert later.reserved
    back = friday.place(order(11, "Z"), supersedes="Y")
    assert back.status is S.SHORT
    assert friday.place(order(10, "Z"), supersedes="Y").status is S.OK
    assert friday.stock("A", "N0").later == 0


def test_a_plan_for_later_is_reserved_for_then(friday):
    """If its stock is still there: else what is left of it."""
    plan = friday.route(order(12), due=START + 500)
    friday.place(order(3, "Y"), due=START + 600)
    assert plan.stale
    gone = friday.reserve(plan)
    assert gone.status is S.SHORT
    assert gone.shortages == (om.HoldLine("A", "N0", 1, due=START + 500),)
    part = friday.reserve(plan, partial=True)
    assert part.reserved
    assert friday.reservations()["held_quanta"].sum() == 14


def test_a_plan_whose_day_has_come_is_reserved_at_once(friday):
    plan = friday.route(order(3), due=START + 500)
    assert friday.reserve(plan, now=START + 500).reserved
    assert friday.stock("A", "N0").firm == 3


def test_a_channel_without_the_pool_cannot_pre_order():
    """Its fence is what is there, whatever is on its way."""
    engine = shop(channels=[om.Channel("vip", fall_back=()), om.Channel("web")])
    engine.apply(
        [om.Receive("A", "N0", 5), om.Expect("P", "A", "N0", 9, due=START + 9)]
    )
    engine.allocate([om.RingFence("vip", "A", 5)])
    vip = order(2, channel="vip")
    assert engine.route(vip, due=START + 9).status is S.NO_POOL
    assert engine.place(vip, due=START + 9).status is S.NO_POOL
    many = engine.route_many([attrs.evolve(vip, due=START + 9)], reserve=True)
    assert STATUS[many.status[0]] is S.NO_POOL
    assert engine.place(vip).status is S.OK
    assert engine.place(order(9, "W", channel="web"), due=START + 9).status is S.OK


def test_routing_keeps_its_own_safety_also_for_later(friday):
    """`reserve` at a named node does not know it."""
    friday.set_safety([om.SafetyRule(3, guards="routing")])
    assert friday.place(order(15), due=START + 500).status is S.SHORT
    assert friday.place(order(14), due=START + 500).status is S.OK


def test_permission_to_pre_order_beyond_supply(friday):
    """At every node that the rule names, also where there is no cell."""
    friday.set_preorder([om.OversellRule("warn", floor=2, sku="A")])
    assert friday.place(order(27), due=START + 500).status is S.SHORT
    assert friday.place(order(26), due=START + 500).status is S.OK
    assert sum(line.quantity for line in friday.backordered("X")) == 6


def test_what_the_network_keeps_back_is_dealt_out_as_the_plan_would_have_it():
    """Holds at no node leave 3 of today's; what comes on top is at the dearest node."""
    nodes = [om.Node("N0"), om.Node("N1"), om.Node("N2", order_cost=9)]
    net = om.Network(nodes, [om.Service("ground", "ship", om.RateCard.flat(5))])
    engine = om.Engine(net, [om.Item("A")], clock=lambda: START, journal=True)
    engine.apply([om.Receive("A", "N0", 4), om.Receive("A", "N1", 4)])
    engine.apply(om.Expect("PO", "A", "N2", 4, due=START + 9))
    engine.reserve({("A", None): 5}, id="loose")
    # N0 and N1 together would be the cheapest, but only 3 of their 8 are to be had.
    plan = engine.route(order(6), due=START + 9)
    assert (plan.status, plan.proven) == (S.OK, False)
    assert "N2" in {each.node for each in plan.shipments}
    assert engine.route(order(3), due=START + 9).proven
    assert engine.route(order(8), due=START + 9).status is S.SHORT
    assert engine.place(order(7), due=START + 9).reserved
    assert engine.at_risk()["id"] == []
    assert engine.bind("loose", {("A", "N0"): 1, ("A", "N1"): 4}).status is S.OK
    replays(engine)


def test_packs_and_substitutes_for_later_and_no_kits():
    items = [
        om.Item("EGG", pack_size=6),
        om.Item("CUP", substitutes=["MUG"]),
        om.Item("MUG"),
        om.Item("SET", components={"CUP": 1, "MUG": 1}),
    ]
    engine = om.Engine(network(), items, clock=lambda: START, journal=True)
    engine.apply([om.Receive("CUP", "N0", 1), om.Receive("EGG", "N1", 5)])
    engine.apply(
        [
            om.Expect("P1", "EGG", "N1", 8, due=START + 9),
            om.Expect("P2", "MUG", "N0", 3, due=START + 9),
        ]
    )
    lines = [om.OrderLine("CUP", 3, substitutes=True), ("EGG", 12)]
    both = om.Order(lines, TO, id="X", due=START + 9)
    assert engine.route(attrs.evolve(both, due=None)).status is S.SHORT
    placed = engine.place(both)
    assert placed.status is S.OK
    assert {each.sku: each.quantity for each in placed.plan.substitutions} == {"MUG": 2}
    replays(engine)
    kit = om.Order({"SET": 1}, TO, id="K", due=START + 9)
    for call in (engine.place, lambda each: engine.route_many([each])):
        with pytest.raises(om.ValidationError, match=r"lines\[0\].sku: expected its"):
            call(kit)


@pytest.mark.parametrize(
    "policy",
    [
        om.RoutingPolicy(objective="fewest_shipments"),
        om.RoutingPolicy(split_penalty=3),
        om.RoutingPolicy(max_shipments=1),
        om.RoutingPolicy(complete_only=True),
        om.RoutingPolicy(split_lines=False),
        om.RoutingPolicy(terms=[om.terms.stock_out_penalty(2, below=4)]),
    ],
    ids=lambda policy: policy.objective,
)
def test_policies_decide_on_that_days_shelves(friday, policy):
    """As for an order for now in a shop that has 14 and 6."""
    then = shop()
    then.apply([om.Receive("A", "N0", 14), om.Receive("A", "N1", 6)])
    for quantity in (3, 14, 15, 20, 21):
        plan = friday.route(order(quantity), due=START + 500, policy=policy)
        wanted = then.route(order(quantity), policy=policy)
        assert (plan.status, plan.picks, plan.cost, plan.objective) == (
            wanted.status,
            wanted.picks,
            wanted.cost,
            wanted.objective,
        )


def test_a_shadow_decides_for_the_same_day(friday):
    with friday.shadow(om.RoutingPolicy(exclude_nodes=["N0"])) as shadow:
        friday.route(order(6), due=START + 500)
    assert len(shadow) == 1


# -- why -------------------------------------------------------------------------------


@settings(max_examples=10 if WITHOUT_JIT else 80, deadline=None)
@given(
    stock=STOCK, coming=COMING, lines=st.dictionaries(SKU, N, min_size=1), ahead=WHEN
)
def test_a_plan_for_later_is_explained_by_that_days_shelves(
    stock, coming, lines, ahead
):
    """Each candidate, what else could be done, and why not from there: as on that day."""
    engine, twin = opened(stock, coming)
    plan = engine.route(om.Order(lines, TO), due=START + ahead)
    wanted = told_for(twin, START + ahead).route(om.Order(lines, TO))
    assert plan.explain().table() == wanted.explain().table()
    for node in NODES:
        assert plan.why_not(node).headline == wanted.why_not(node).headline
    told = [each.cost for each in plan.alternatives(3)]
    assert told == [each.cost for each in wanted.alternatives(3)]


def test_a_plan_for_later_is_stale_when_that_day_is_another(friday):
    """A slip, another's promise for then, or the day itself having come."""
    due = START + 500

    def told():
        plan = friday.route(order(12), due=due)
        assert plan.explain().status is S.OK
        return plan

    plan = told()
    friday.apply(om.Reschedule("PO", due=START + 600))
    assert plan.explain().status is S.STALE
    friday.apply(om.Reschedule("PO", due=START + 450))
    assert plan.explain().status is S.OK
    friday.place(order(1, "Y"), due=START + 700)
    assert plan.why_not("N1").status is S.STALE
    plan = told()
    friday.apply([], now=due)
    assert plan.explain().status is S.STALE


def test_an_explanation_can_be_recorded_with_the_decision(friday):
    placed = friday.place(order(12), due=START + 500, explain=True)
    assert placed.plan.stale
    assert placed.plan.explain().headline


def test_what_the_network_keeps_back_is_said(friday):
    friday.reserve({("A", None): 9}, id="loose")
    plan = friday.route(order(15), due=START + 500)
    assert plan.status is S.SHORT
    assert "the network promises 11: it keeps the rest back" in plan.explain().table()


# -- calendars -------------------------------------------------------------------------


def test_with_calendars_the_units_are_worked_on_from_when_they_are_due():
    """Wanted at the node on Friday at noon: packed then, there the Monday after."""
    hours = om.Calendar(om.Hours.weekdays("09:00-17:00"), "UTC")
    post = om.WorkingDays(["mon", "tue", "wed", "thu", "fri"], [])
    rule = om.DispatchRule(hours, processing="1h", cutoff="15:00", carrier=post)
    ground = om.Service(
        "ground", "ship", om.RateCard.flat(5), transit_days=1, dispatch=rule
    )
    monday = datetime(2026, 11, 23, 10, tzinfo=UTC)
    friday = datetime(2026, 11, 27, 12, tzinfo=UTC)
    net = om.Network([om.Node("N0", hours=hours)], [ground])
    engine = om.Engine(net, [om.Item("A")], clock=monday.timestamp, journal=True)
    engine.apply(om.Expect("PO", "A", "N0", 5, due=friday))
    placed = engine.place(order(5), due=friday)
    assert placed.status is S.OK
    assert placed.plan.arrives == date(2026, 11, 30)
    assert placed.plan.shipments[0].ready == datetime(2026, 11, 27, 13, tzinfo=UTC)
    late = order(1, "Y", needed_by=date(2026, 11, 29))
    assert engine.route(late, due=friday).status is S.UNSERVED
    engine.apply(om.Receive("A", "N0", 1))
    now = engine.route(order(1, "Z"))
    assert now.arrives == date(2026, 11, 24)
    with pytest.raises(
        om.ValidationError, match=r"orders\[0\].due: expected None: in a"
    ):
        engine.route_many([order(1, "Z", due=friday)])
    replays(engine)


# -- bad input -------------------------------------------------------------------------

DUE = START + 500
WRONG = {
    "no such time": (lambda e: e.route(order(1), due="friday"), "due: expected"),
    "a naive one": (
        lambda e: order(1, due=datetime(2026, 1, 1)),  # noqa: DTZ001
        "due: expected",
    ),
    "no order": (lambda e: e.route({"A": 1}, due=DUE), "order: expected an Order"),
    "two times": (lambda e: e.place(order(1, due=DUE), due=DUE + 1), "due: expected"),
    "in the aisle": (lambda e: e.endless_aisle(order(1, due=DUE), "N0"), "order.due"),
    "bound": (lambda e: e.bind("X", order(1, due=DUE)), "to.due"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_knows_nothing_of_later_says_so(friday, what):
    """And changes nothing."""
    call, told = WRONG[what]
    before = friday.digest()
    with pytest.raises(om.OmnirouteError, match=told):
        call(friday)
    assert friday.digest() == before
