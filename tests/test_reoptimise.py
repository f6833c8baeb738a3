"""Open orders decided anew together: what a planner asks for, and what must not happen."""

from __future__ import annotations

import threading
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

import omniroute as om
from omniroute.routing.pool import exact, search
from tests.conftest import WITHOUT_JIT
from tests.naive.pool import best_by_highs
from tests.pools import pool, twin_of
from tests.routing.worlds import world

TO = om.Destination(postcode="55425")
CHICAGO = ZoneInfo("America/Chicago")
MONDAY = datetime(2026, 11, 23, 9, tzinfo=CHICAGO)


def shop(**more) -> om.Engine:
    """N1 is the cheapest and has one of each; N2 costs 1.00 more, N3 3.00 more."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    nodes = [om.Node("N1"), om.Node("N2", order_cost=1), om.Node("N3", order_cost=3)]
    engine = om.Engine(
        om.Network(nodes, [ground]),
        [om.Item("BOLT"), om.Item("NUT")],
        clock=lambda: 1_800_000_000,
        journal=True,
        **more,
    )
    stock = [("BOLT", "N1", 1), ("NUT", "N1", 1), ("BOLT", "N2", 1), ("BOLT", "N3", 1)]
    engine.apply([om.Receive(*each) for each in stock])
    return engine


def two(engine: om.Engine, **more) -> list[om.Order]:
    """A took the bolt that B would have had with its nut, in one parcel."""
    orders = [
        om.Order({"BOLT": 1}, TO, id="A"),
        om.Order({"BOLT": 1, "NUT": 1}, TO, id="B"),
    ]
    for order in orders:
        assert engine.place(order, **more).reserved
    return orders


def nodes_of(engine: om.Engine, id: str) -> list[str]:
    rows = engine.reservations()
    lines = zip(rows["id"], rows["node"], rows["held_quanta"], strict=True)
    return sorted(node for other, node, n in lines if other == id and n)


# -- what comes of it ------------------------------------------------------------------


def test_an_order_makes_room_for_one_that_saves_more():
    """A pays 1.00 more, B has one parcel where it had two."""
    engine = shop()
    found = engine.reoptimise(two(engine))
    assert [str(x) for x in (found.before, found.after, found.saving)] == [
        "16.00",
        "11.00",
        "5.00",
    ]
    assert found.proven
    assert found.gap == 0
    assert {each.id: str(each.saving) for each in found.moved} == {
        "A": "-1.00",
        "B": "6.00",
    }
    assert [s.node for s in found.plan("B").shipments] == ["N1"]


def test_nothing_changes_until_it_is_reassigned_and_then_in_one_batch():
    """A journal has all moves or none; a replay tells the same."""
    engine = shop()
    orders, digest, batches = two(engine), engine.digest(), len(engine.log)
    found = engine.reoptimise(orders)
    assert engine.digest() == digest
    done = engine.reassign(found)
    assert (done.status, done.moved, done.refused) == (om.Status.OK, ("A", "B"), ())
    assert len(engine.log) == batches + 1
    assert (nodes_of(engine, "A"), nodes_of(engine, "B")) == (["N2"], ["N1", "N1"])
    engine.check()
    twin = om.Engine(engine.network, engine.items, clock=lambda: 0)
    twin.replay(engine.log)
    assert twin.digest() == engine.digest()


def test_reserve_does_both_in_one_call():
    """What was found is how it is held when the call returns."""
    engine = shop()
    found = engine.reoptimise(two(engine), reserve=True)
    assert nodes_of(engine, "B") == ["N1", "N1"]
    assert engine.reassign(found).status is om.Status.STALE


def test_holds_keep_their_end_and_ids_their_answers():
    """Only where a hold lies changes."""
    engine = shop()
    orders = two(engine, ttl="1h")
    before = engine.reservation("A")
    engine.reassign(engine.reoptimise({order.id: order for order in orders}))
    after = engine.reservation("A")
    assert (after.state, after.expires_s) == (before.state, before.expires_s)
    assert engine.place(orders[0], ttl="1h").status is om.Status.EXISTS
    assert engine.commit("A") is om.Status.OK
    assert engine.available_to_promise("BOLT") == 1


def test_an_answer_shows_itself():
    """As a line and as a table, for a notebook as well."""
    engine = shop()
    found = engine.reoptimise(two(engine))
    assert repr(found) == "Reoptimised(2 orders: 2 moved; 16.00 -> 11.00, proven)"
    assert found.table().splitlines()[1].split() == [
        "A",
        "N1",
        "N2",
        "5.00",
        "6.00",
        "-1.00",
    ]
    assert found.table().splitlines()[-1].split() == ["total", "16.00", "11.00", "5.00"]
    assert "<table>" in found._repr_html_()
    assert repr(found.moved[1]) == "MovedOrder('B', saving 6.00)"
    assert "N2, N1" in found.moved[1].table()


# -- what has changed meanwhile --------------------------------------------------------


def bolt_of_n2_sold(engine: om.Engine) -> None:
    engine.apply(om.Sell("BOLT", "N2", 1))
    engine.apply(om.Sell("BOLT", "N3", 1))


@pytest.mark.parametrize(
    ("meanwhile", "status", "refused"),
    [
        (lambda engine: engine.cancel("B"), "ALREADY_CANCELLED", ("B",)),
        (lambda engine: engine.move("A", "N1", "N3"), "STALE", ("A",)),
    ],
)
def test_what_has_changed_meanwhile_refuses_all(meanwhile, status, refused):
    """Nobody is moved where one cannot be."""
    engine = shop()
    found = engine.reoptimise(two(engine))
    meanwhile(engine)
    digest = engine.digest()
    done = engine.reassign(found)
    assert (done.status.name, done.moved, done.refused) == (status, (), refused)
    assert engine.digest() == digest
    with pytest.raises(om.StatusError):
        done.raise_for_status()


def test_stock_that_has_gone_meanwhile_refuses_all():
    """B gives N2's bolt back, which A takes; were a third sold there, it would lack."""
    engine = shop()
    a = om.Order({"BOLT": 1}, TO, id="A", exclude_nodes=["N1", "N2"])
    assert engine.place(a).reserved
    found = engine.reoptimise({"A": om.Order({"BOLT": 1}, TO)})
    assert [each.id for each in found.moved] == ["A"]
    engine.apply(om.Sell("BOLT", "N1", 1))
    digest = engine.digest()
    done = engine.reassign(found)
    assert (done.status, done.refused) == (om.Status.SHORT, ("A",))
    assert engine.digest() == digest


def test_a_node_that_rests_by_now_is_moved_to_by_nobody():
    """It would only decline again."""
    engine = shop(declines=om.DeclineRules(1, "1h", "1d"))
    orders = two(engine)
    engine.place(om.Order({"BOLT": 1}, TO, id="C"))
    engine.cancel("B")
    found = engine.reoptimise({"C": orders[0]})
    assert nodes_of(engine, "C") == ["N3"]
    assert [s.node for s in found.plan("C").shipments] == ["N2"]
    other = om.Order({"BOLT": 1}, TO, id="D")
    assert engine.place(other).plan.shipments[0].node == "N2"
    engine.decline("D", "N2")
    assert engine.reassign(found).status is om.Status.STALE
    assert not engine.reoptimise({"C": orders[0]}).moved


def test_an_answer_is_of_its_engine():
    """Another one's is an error, not a refusal."""
    engine, other = shop(), shop()
    found = engine.reoptimise(two(engine))
    for wrong in (found, None):
        with pytest.raises(om.ValidationError, match="found"):
            other.reassign(wrong)


def test_who_reassigns_nothing_is_told_that_all_is_well():
    """A pool without better plans, and an empty one."""
    engine = shop()
    for orders in ([], two(engine)[:1]):
        found = engine.reoptimise(orders)
        assert engine.reassign(found) == om.Reassigned(om.Status.OK)
        assert found.proven


# -- promises --------------------------------------------------------------------------


def slow_and_fast() -> om.Engine:
    """FAST is a day away and dear, SLOW three days and cheap."""
    zones = om.DistanceBands([100, 5000])
    ground = om.Service(
        "ground", "ship", om.RateCard.flat(5), zones, transit_days={1: 1, 2: 3}
    )
    fast = om.Node("FAST", latitude=41.9, longitude=-87.6, order_cost=4)
    slow = om.Node("SLOW", latitude=34.0, longitude=-118.2)
    engine = om.Engine(
        om.Network([fast, slow], [ground]), [om.Item("BOLT")], clock=lambda: 0
    )
    engine.apply(om.Receive("BOLT", "FAST", 1))
    order = om.Order(
        {"BOLT": 1}, om.Destination(latitude=41.9, longitude=-87.7), id="A"
    )
    engine.place(order)
    engine.apply(om.Receive("BOLT", "SLOW", 1))
    return engine, order


def test_no_order_arrives_later_than_from_where_it_stands_unless_that_is_allowed():
    """A day is not sold for four dollars behind the customer's back."""
    engine, order = slow_and_fast()
    assert not engine.reoptimise([order]).moved
    found = engine.reoptimise([order], keep_dates=False)
    assert [s.node for s in found.plan("A").shipments] == ["SLOW"]


def test_a_plan_in_the_place_of_its_order_says_what_was_promised():
    """Who paid for a day keeps the day, though a reservation remembers no service."""
    services = [
        om.Service("ground", "ship", om.RateCard.flat(5), transit_days=3),
        om.Service("express", "ship", om.RateCard.flat(9), transit_days=1),
    ]
    nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
    engine = om.Engine(om.Network(nodes, services), [om.Item("BOLT")], clock=lambda: 0)
    engine.apply(om.Receive("BOLT", "N2", 1))
    order = om.Order({"BOLT": 1}, TO, id="A")
    plan = engine.place(order, policy=om.RoutingPolicy(objective="fastest")).plan
    engine.apply(om.Receive("BOLT", "N1", 1))
    for each, cost, days in ((order, "5.00", 3), (plan, "9.00", 1)):
        new = engine.reoptimise([each]).plan("A")
        assert (str(new.cost), new.transit_days) == (cost, days)
        assert new.shipments[0].node == "N1"
    found = engine.reoptimise({"A": plan})
    engine.reassign(found)
    again = engine.reoptimise([found.plan("A")])
    assert (again.before, again.after) == (found.after, found.after)
    free = engine.reoptimise([plan], keep_dates=False)
    assert str(free.before) == "5.00"


def dated(needed_by: date | None) -> tuple[om.Engine, om.Order]:
    """Express left NEAR for Tuesday; SLOW has ground alone, for Thursday."""
    rule = om.DispatchRule(None, "1h", "14:00", "16:30", om.WorkingDays())
    open_ = om.Calendar(om.Hours.every_day("08:00-20:00"), "America/Chicago")
    ways = {"NEAR": ["express"], "SLOW": ["ground"]}
    services = [
        om.Service(name, "ship", om.RateCard.flat(p), transit_days=d, dispatch=rule)
        for name, p, d in (("ground", 5, 3), ("express", 19, 1))
    ]
    nodes = [
        om.Node(name, latitude=41.9, longitude=-87.6, hours=open_, services=own)
        for name, own in ways.items()
    ]
    engine = om.Engine(om.Network(nodes, services), [om.Item("LAMP")], clock=lambda: 0)
    engine.apply([om.Receive("LAMP", node, 1) for node in ways], now=MONDAY)
    to = om.Destination(latitude=41.9, longitude=-87.7)
    order = om.Order({"LAMP": 1}, to, id="A", needed_by=needed_by)
    first = om.Order({"LAMP": 1}, to, id="A", exclude_nodes=["SLOW"])
    assert engine.place(first).reserved
    return engine, order


@pytest.mark.parametrize(
    ("needed_by", "node"),
    [
        (None, "NEAR"),
        (date(2026, 11, 24), "NEAR"),
        (date(2026, 11, 30), "SLOW"),
        # Late already: no later than it is, and nobody else is bound by it.
        (date(2026, 11, 20), "NEAR"),
    ],
)
def test_what_was_promised_is_kept_in_a_network_with_calendars(needed_by, node):
    """The day an order is needed by counts, else the day it would come as it stands."""
    engine, order = dated(needed_by)
    found = engine.reoptimise([order])
    assert [s.node for s in found.plan("A").shipments] == [node]


def test_the_day_of_a_plan_is_kept_in_a_network_with_calendars():
    """As if the order had said that it needs it by then."""
    engine, order = dated(None)
    plan = engine.route(om.Order(order.lines, order.destination, id="A"))
    assert plan.shipments[0].node == "SLOW"
    found = engine.reoptimise([plan])
    assert [s.node for s in found.plan("A").shipments] == ["SLOW"]


def test_dates_of_an_answer_that_has_lain_too_long_are_not_kept():
    """The last hour to order has gone by: ask again."""
    engine, order = dated(date(2026, 11, 30))
    found = engine.reoptimise([order])
    assert found.moved
    late = engine.reassign(found, now=MONDAY.replace(hour=15))
    assert late.status is om.Status.STALE


# -- who takes no part -----------------------------------------------------------------


def test_who_stays_is_told_why():
    """Nothing of them is touched, and their costs are in no sum."""
    engine = shop()
    orders = {order.id: order for order in two(engine)}
    orders["gone"] = orders["A"]
    engine.place(om.Order({"BOLT": 1}, TO, id="ended"))
    engine.cancel("ended")
    orders["ended"] = orders["A"]
    engine.apply(om.Receive("NUT", "N3", 9))
    engine.reserve({("NUT", None): 1}, id="loose")
    orders["loose"] = om.Order({"NUT": 1}, TO)
    engine.apply(om.Expect("D", "NUT", "N2", 5, due=1_800_000_100))
    engine.reserve({("NUT", "N2"): 1}, id="later", due=1_800_000_200)
    orders["later"] = om.Order({"NUT": 1}, TO)
    engine.reserve({("NUT", "N3"): 1}, id="barred")
    orders["barred"] = om.Order({"NUT": 1}, TO, exclude_nodes=["N3"])
    found = engine.reoptimise(orders)
    assert found.orders == ("A", "B")
    assert found.stays == {
        "gone": "unknown reservation",
        "ended": "already cancelled",
        "loose": "held at no node",
        "later": "held for later",
        "barred": "against the rules",
    }
    assert str(found.before) == "16.00"


def test_what_is_collected_stays():
    """The place was told."""
    pickup = om.Service("pickup", "collect", om.RateCard.flat(0))
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    engine = om.Engine(om.Network([om.Node("N1")], [pickup, ground]), [om.Item("CUP")])
    engine.apply(om.Receive("CUP", "N1", 9))
    orders = [
        om.Order({"CUP": 1}, TO, id="A", services=["pickup"]),
        om.Order({"CUP": 1}, TO, id="B"),
    ]
    for order in orders:
        assert engine.place(order).reserved
    found = engine.reoptimise(orders)
    assert (found.orders, found.stays) == (("B",), {"A": "collected where it lies"})


def test_orders_of_a_channel_move_in_the_pool_and_stay_where_stock_is_fenced():
    """What a fence keeps is nobody's to rearrange."""
    engine = shop(channels=[om.Channel("web", fall_back=("pool",))])
    orders = [
        om.Order({"BOLT": 1}, TO, id="A", channel="web"),
        om.Order({"BOLT": 1, "NUT": 1}, TO, id="B"),
    ]
    for order in orders:
        assert engine.place(order).reserved
    found = engine.reoptimise(orders)
    assert len(found.moved) == 2
    engine.apply(om.Receive("BOLT", "N3", 4))
    engine.allocate([om.RingFence("web", "BOLT", 2, nodes="N3")])
    assert engine.reassign(found).status is om.Status.STALE
    assert engine.reoptimise(orders).stays == {"A": "stock of its own"}
    wrong = om.Order({"BOLT": 1}, TO, id="A")
    with pytest.raises(om.ValidationError, match="channel"):
        engine.reoptimise([wrong])


def test_a_node_that_has_declined_an_order_is_not_asked_again():
    """However cheap it is."""
    engine = shop()
    order = om.Order({"BOLT": 1}, TO, id="A")
    engine.place(order)
    engine.resource("A", order, "N1")
    assert nodes_of(engine, "A") == ["N2"]
    assert not engine.reoptimise([order]).moved


def test_a_part_that_was_held_moves_and_what_waits_waits_on():
    """The quantities of the order do not matter: what is held does."""
    engine = shop()
    first = om.Order({"BOLT": 1}, TO, id="A")
    engine.place(first)
    order = om.Order({"BOLT": 1, "NUT": 3}, TO, id="B")
    engine.place(order, partial=True, park=True)
    found = engine.reoptimise([first, order], reserve=True)
    assert nodes_of(engine, "B") == ["N1", "N1"]
    assert found.plan("B").complete
    assert engine.parked()["quantity"] == [2]


def test_more_held_than_there_is_moves_out_and_never_in():
    """A count found less than was promised: who leaves may, nobody else comes."""
    engine = shop()
    two(engine)
    engine.apply(om.Count("BOLT", "N1", 0))
    found = engine.reoptimise(
        {"A": om.Order({"BOLT": 1}, TO), "B": om.Order({"BOLT": 1, "NUT": 1}, TO)}
    )
    assert found.after <= found.before
    assert engine.reassign(found).status is om.Status.OK
    assert "N1" not in nodes_of(engine, "B")[1:]
    engine.check()


def test_nobody_moves_out_of_nothing_into_what_the_network_keeps_back():
    """A count found N2 empty; N1's bolt is held for somebody at no node yet."""
    engine = shop()
    order = om.Order({"BOLT": 1}, TO, id="A")
    engine.place(om.Order({"BOLT": 1}, TO, id="A", exclude_nodes=["N1"]))
    found = engine.reoptimise([order])
    engine.apply([om.Count("BOLT", "N2", 0), om.Count("BOLT", "N3", 0)])
    engine.reserve({("BOLT", None): 1}, id="loose")
    assert engine.reassign(found).status is om.Status.STALE
    assert engine.reoptimise([order]).stays == {"A": "stock of its own"}
    engine.cancel("loose")
    assert engine.reoptimise([order], reserve=True).moved
    assert nodes_of(engine, "A") == ["N1"]
    engine.check()


# -- rules, budgets, chance ------------------------------------------------------------


def test_policies_that_add_up_are_decided_and_others_refused():
    """A price on a shipment counts in the sum; a latest day is no sum."""
    engine = shop()
    orders = two(engine)
    dear = om.RoutingPolicy(objective="weighted", shipment_price=10)
    found = engine.reoptimise(orders, policy=dear)
    assert (str(found.before), str(found.after)) == ("46.00", "31.00")
    assert found.proven
    for objective in ("fastest", "fewest_shipments"):
        with pytest.raises(om.ValidationError, match="policy.objective"):
            engine.reoptimise(orders, policy=om.RoutingPolicy(objective=objective))


def test_cost_terms_of_ones_own_are_minimised_with_a_bound():
    """By the lane, and by where a unit lies."""
    engine = shop()
    order = om.Order({"BOLT": 1}, TO, id="A")
    engine.place(order)
    busy = om.CostTerm("busy", lambda lanes: 3.0 * (lanes.node == 0), per="line")
    scarce = om.CostTerm("scarce", lambda cells: 3.0 * (cells.node == 0), per="item")
    for term in (busy, scarce):
        found = engine.reoptimise([order], policy=om.RoutingPolicy(terms=[term]))
        assert (str(found.before), str(found.after)) == ("8.00", "6.00")
        assert found.proven


@pytest.mark.parametrize("budget_s", [0, 0.0])
def test_no_time_is_what_stands_and_a_bound_of_nothing(budget_s):
    """The clock is looked at before each order."""
    engine = shop()
    found = engine.reoptimise(two(engine), budget_s=budget_s)
    assert (found.moved, found.after, found.bound) == ((), found.before, 0)
    assert not found.proven


def test_the_same_question_has_the_same_answer():
    """Bit for bit, whoever asks; and the budget is counted, not timed."""
    told = []
    for _ in range(2):
        made = pool(77, 30, nodes=6, skus=6, most=3)
        found = made.engine.reoptimise(made.orders, seed=5, budget=200)
        told.append((found.table(), found.bound, found.routed))
    assert told[0] == told[1]


@pytest.mark.parametrize("together", [1, 3])
@pytest.mark.parametrize("seed", range(1 if WITHOUT_JIT else 10))
def test_prices_and_room_do_where_branching_may_not(monkeypatch, seed, together):
    """Groups too large to be decided exactly have a bound that holds, and better plans."""
    monkeypatch.setattr(search, "TOGETHER_MAX", together)
    made = pool(4000 + seed, 24, nodes=5, skus=8)
    twin = twin_of(made, list_plans=False)
    best = best_by_highs(twin.orders, twin.stock)
    found = made.engine.reoptimise(made.orders)
    assert found.bound * 10_000 <= best <= found.after * 10_000 <= twin.before
    assert made.engine.reassign(found).status is om.Status.OK
    made.engine.check()


def test_prices_raise_the_bound_and_room_lowers_the_cost(monkeypatch):
    """Each of them is worth something in some pool: else it could go."""
    raised = lowered = 0
    for seed in range(2 if WITHOUT_JIT else 12):
        made = pool(4000 + seed, 24, nodes=5, skus=8)
        monkeypatch.setattr(search, "TOGETHER_MAX", 1)
        found = made.engine.reoptimise(made.orders)
        alone = sum(member.bound for member in found._members)
        raised += found._bound > alone
        monkeypatch.setattr(search.Room, "make", lambda *_: None)
        lowered += made.engine.reoptimise(made.orders).after > found.after
        monkeypatch.undo()
    assert raised
    assert lowered


def test_few_questions_leave_a_bound_that_holds(monkeypatch):
    """Branching that is cut short."""
    for most in (1, 5, 20):
        monkeypatch.setattr(exact, "QUESTIONS_MAX", most)
        made = pool(2008, 26, nodes=5, skus=8, most=3)
        twin = twin_of(made, list_plans=False)
        best = best_by_highs(twin.orders, twin.stock)
        found = made.engine.reoptimise(made.orders)
        assert found.bound * 10_000 <= best <= found.after * 10_000 <= twin.before


def units_of(engine: om.Engine) -> dict[tuple[str, str], int]:
    """Quanta by order and SKU that all reservations hold."""
    rows = engine.reservations()
    found: dict[tuple[str, str], int] = {}
    for id, sku, n in zip(rows["id"], rows["sku"], rows["held_quanta"], strict=True):
        found[id, sku] = found.get((id, sku), 0) + int(n)
    return found


@pytest.mark.parametrize("seed", range(2 if WITHOUT_JIT else 25))
def test_laws_of_pools_in_networks_with_everything_in_them(seed):
    """Decimals, kinds of service, limits, money on shipments: sums fall, units stay."""
    made = world(seed, skus=8, journal=True)
    engine, dice = made.engine, made.dice
    policy = om.RoutingPolicy(
        objective=dice.choice(["cheapest", "weighted"]),
        split_penalty=dice.choice([0, 2]),
        max_shipments=dice.choice([None, 2]),
        mix_kinds=dice.random() < 0.3,
    )
    plans = {}
    for k in range(25):
        order = made.order(lines=dice.choice([1, 2, 3]), id=f"O{k}")
        placed = engine.place(order, policy=policy, partial=True)
        if placed.reserved:
            plans[order.id] = placed.plan
    for id in dice.sample(sorted(plans), len(plans) // 3):
        engine.cancel(id)
    units = units_of(engine)
    found = engine.reoptimise(plans, policy=policy)
    assert found.bound <= found.after <= found.before
    assert engine.reassign(found).status is om.Status.OK
    engine.check()
    assert units_of(engine) == units
    for each in found.moved:
        assert each.new.complete
        assert each.new.transit_days <= max(each.old.transit_days, days_of(plans, each))
    plans |= {each.id: each.new for each in found.moved}
    again = engine.reoptimise(plans, policy=policy)
    assert again.before == found.after
    if found.proven:
        assert again.after == found.after
    twin = om.Engine(engine.network, engine.items, clock=lambda: 0)
    twin.replay(engine.log)
    assert twin.digest() == engine.digest()


def days_of(plans: dict[str, om.Plan], each: om.MovedOrder) -> int:
    return plans[each.id].transit_days


# -- others at the same time, and bad input --------------------------------------------


def test_others_go_on_while_it_searches(monkeypatch):
    """The engine is free; what they took is found missing when orders are to move."""
    engine = shop()
    orders = two(engine)
    run = search.Search.run

    def meanwhile(self) -> None:
        other = threading.Thread(target=bolt_of_n2_sold, args=[engine])
        other.start()
        other.join(timeout=60)
        assert not other.is_alive()
        run(self)

    monkeypatch.setattr(search.Search, "run", meanwhile)
    found = engine.reoptimise(orders)
    # A was to take N2's bolt, of which B holds one: that is sold below nothing.
    assert engine.stock("BOLT", "N2").free == -1
    assert engine.reassign(found).status is om.Status.SHORT


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"pool": "A"}, "pool"),
        ({"pool": [om.Order({"BOLT": 1}, TO)]}, r"pool\[0\].id"),
        ({"pool": {"A": "order"}}, r"pool\['A'\]"),
        ({"pool": [None]}, r"pool\[0\]"),
        ({"pool": [om.Order({"BOLT": 1}, TO, id="A")] * 2}, r"pool\[1\].id"),
        ({"pool": {"A": om.Order({"SCREW": 1}, TO)}}, r"pool\['A'\].lines\[0\].sku"),
        ({"pool": {"A": om.Order({"BOLT": 1}, TO, channel="x")}}, "channel"),
        ({"budget": -1}, "budget"),
        ({"budget_s": -1}, "budget_s"),
        ({"budget_s": float("nan")}, "budget_s"),
        ({"seed": -1}, "seed"),
        ({"reserve": 1}, "reserve"),
        ({"keep_dates": None}, "keep_dates"),
        ({"policy": "cheapest"}, "policy"),
    ],
)
def test_bad_input_names_the_path_and_changes_nothing(change, path):
    """One clear error."""
    engine = shop()
    orders, digest = two(engine), engine.digest()
    arguments = {"pool": orders, **change}
    with pytest.raises(om.OmnirouteError, match=path):
        engine.reoptimise(**arguments)
    assert engine.digest() == digest
