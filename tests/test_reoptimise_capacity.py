"""Open orders decided anew where nodes can do so much a day: work moves with orders."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import attrs
import pytest

import omniroute as om
from tests.conftest import WITHOUT_JIT
from tests.naive.pool import best_together
from tests.naive.pool_room import best_in_room
from tests.pools import pool, twin_of

OK, FULL = om.Status.OK, om.Status.FULL
TO = om.Destination(postcode="55425")
CHICAGO = ZoneInfo("America/Chicago")
#: A Thursday, in the morning.
NOW = datetime(2026, 12, 3, 10, tzinfo=CHICAGO)
TODAY = date(2026, 12, 3)
GROUND = om.Service("ground", "ship", om.RateCard.flat(5), transit_days=2)
COURIER = om.Service("courier", "ship", om.RateCard.flat(9), transit_days=1)
STOCK = [("BOLT", "N1", 1), ("NUT", "N1", 1), ("BOLT", "N2", 1), ("BOLT", "N3", 1)]


def shop(*capacity, stock=STOCK, services=(GROUND,), hours=None, **more):
    """N1 is the cheapest; N2 costs 1.00 more, N3 3.00 more."""
    costs = {"N1": 0, "N2": 1, "N3": 3}
    nodes = [om.Node(n, order_cost=c, hours=hours) for n, c in costs.items()]
    network = om.Network(nodes, services, capacity=capacity)
    items = [om.Item("BOLT"), om.Item("NUT")]
    engine = om.Engine(network, items, clock=NOW.timestamp, journal=True, **more)
    engine.apply([om.Receive(*each) for each in stock])
    return engine


def one(id, **terms):
    return om.Order(terms.pop("lines", {"BOLT": 1}), TO, id=id, **terms)


def two(engine):
    """A took the bolt that B would have had with its nut, in one parcel."""
    orders = [one("A"), one("B", lines={"BOLT": 1, "NUT": 1})]
    for order in orders:
        assert engine.place(order).reserved
    return orders


def nodes_of(engine, id):
    rows = engine.reservations()
    lines = zip(rows["id"], rows["node"], rows["held_quanta"], strict=True)
    return sorted(node for other, node, n in lines if other == id and n)


def taken(engine, **how):
    told = engine.capacity(**how)
    return dict(zip(told["node"], told["taken"], strict=True))


def same_after_replay(engine):
    """What it is held as is what the journal tells, and adds up."""
    engine.check()
    twin = om.Engine(engine.network, engine.items, clock=lambda: 0)
    twin.replay(engine.log)
    return twin.digest() == engine.digest()


# -- work moves with orders ------------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "before", "after"),
    [
        ("orders", {"N1": 2, "N2": 1, "N3": 0}, {"N1": 1, "N2": 1, "N3": 0}),
        ("lines", {"N1": 2, "N2": 1, "N3": 0}, {"N1": 2, "N2": 1, "N3": 0}),
        ("units", {"N1": 2, "N2": 1, "N3": 0}, {"N1": 2, "N2": 1, "N3": 0}),
    ],
)
def test_orders_that_change_places_change_work_too(of, before, after):
    """B's two parcels become one, though N1 and N2 are full: A and B make room."""
    engine = shop(om.Capacity(2, of, node="N1"), om.Capacity(1, of), stock=STOCK)
    orders = two(engine)
    assert taken(engine) == before
    found = engine.reoptimise(orders)
    assert (str(found.saving), found.proven) == ("5.00", True)
    batches = len(engine.log)
    assert engine.reassign(found).status is OK
    assert len(engine.log) == batches + 1
    assert taken(engine) == after
    assert same_after_replay(engine)
    for id in "AB":
        engine.cancel(id)
    assert not any(taken(engine).values())


def test_a_node_that_is_full_is_passed_by_for_the_next_best():
    """N1 is free again and full; N2 has the bolt as well."""
    engine = shop(om.Capacity(1))
    for id, nodes in (("X", ["N2", "N3"]), ("Y", ["N1", "N3"])):
        assert engine.place(one(id, exclude_nodes=nodes)).reserved
    engine.place(one("A"))
    assert nodes_of(engine, "A") == ["N3"]
    engine.cancel("Y")
    engine.apply([om.Receive("BOLT", "N1", 5), om.Receive("BOLT", "N2", 5)])
    found = engine.reoptimise([one("A")])
    assert [s.node for s in found.plan("A").shipments] == ["N2"]
    assert (str(found.bound), found.proven) == ("5.00", False)
    assert engine.reassign(found).status is OK
    assert taken(engine) == {"N1": 1, "N2": 1, "N3": 0}


@pytest.mark.parametrize("of", ["orders", "lines", "units"])
def test_who_is_in_the_way_of_work_alone_is_moved_aside(of):
    """Stock there is for both; N1 does one of them, and B saves more by it than A."""
    stock = [("BOLT", "N1", 5), ("NUT", "N1", 5), ("BOLT", "N2", 5), ("NUT", "N3", 5)]
    engine = shop(om.Capacity(1, of, node="N1"), stock=stock)
    orders = [one("A"), one("B", lines={"NUT": 1})]
    for order in orders:
        assert engine.place(order).reserved
    assert (nodes_of(engine, "A"), nodes_of(engine, "B")) == (["N1"], ["N3"])
    found = engine.reoptimise(orders)
    assert (str(found.saving), str(found.bound)) == ("2.00", "10.00")
    assert not found.proven
    assert engine.reassign(found).status is OK
    assert (nodes_of(engine, "A"), nodes_of(engine, "B")) == (["N2"], ["N1"])
    assert taken(engine) == {"N1": 1}
    assert same_after_replay(engine)


def test_work_of_a_service_goes_with_it():
    """N1 does one by courier: who goes there by ground is no such work."""
    engine = shop(
        om.Capacity(1, services=["courier"]), services=(GROUND, COURIER), stock=STOCK
    )
    placed = engine.place(one("A", exclude_nodes=["N1", "N2"], services=["courier"]))
    assert placed.reserved
    assert taken(engine) == {"N1": 0, "N2": 0, "N3": 1}
    found = engine.reoptimise([one("A")], keep_dates=False)
    assert engine.reassign(found).status is OK
    assert nodes_of(engine, "A") == ["N1"]
    assert not any(taken(engine).values())
    assert same_after_replay(engine)


def test_work_that_stays_at_a_node_by_another_service_is_told_anew():
    """The nut stays at N1, and what was work by courier there is none any more."""
    engine = shop(
        om.Capacity(9, "lines", services=["courier"]), services=(GROUND, COURIER)
    )
    lines = {"BOLT": 1, "NUT": 1}
    engine.place(one("X"))
    engine.place(one("A", lines=lines, services=["courier"]))
    assert nodes_of(engine, "A") == ["N1", "N2"]
    engine.cancel("X")
    found = engine.reoptimise([one("A", lines=lines)], keep_dates=False)
    assert engine.reassign(found).status is OK
    assert nodes_of(engine, "A") == ["N1", "N1"]
    assert not any(taken(engine).values())
    assert same_after_replay(engine)


def test_what_waits_for_tomorrow_moves_to_where_there_is_room_today():
    """Its place of tomorrow is given back; nobody moves to wait."""
    engine = shop(om.Capacity(1, backlog_days=2), stock=[("BOLT", "N1", 9)])
    plans = [engine.place(one(id)).plan for id in "AB"]
    assert [plan.transit_days for plan in plans] == [2, 3]
    assert taken(engine, node="N1", days=1) == {"N1": 1}
    engine.apply(om.Receive("BOLT", "N2", 9))
    assert not engine.reoptimise(plans).moved
    engine.set_capacity("N1", 0)
    engine.cancel("A")
    # Dearer, so nobody goes of themselves; the other way about it pays.
    cheap = shop(om.Capacity(1, backlog_days=2), stock=[("BOLT", "N2", 9)])
    plans = [cheap.place(one(id)).plan for id in "AB"]
    cheap.apply(om.Receive("BOLT", "N1", 9))
    found = cheap.reoptimise(plans)
    assert len(found.moved) == 1
    assert cheap.reassign(found).status is OK
    days = cheap.capacity(days=2)
    at = zip(days["node"], days["day"], days["taken"], strict=True)
    left = {(node, day): n for node, day, n in at if n}
    assert left[("N1", TODAY)] == 1
    assert sum(left.values()) == 2
    assert same_after_replay(cheap)


def test_who_waits_for_tomorrow_frees_tomorrow_and_not_today():
    """X has N2's place of today: A, which goes, had that of tomorrow. B finds none."""
    engine = shop(
        om.Capacity(1, backlog_days=1), stock=[("BOLT", "N2", 9), ("NUT", "N3", 9)]
    )
    for order in (one("X"), one("A"), one("B", lines={"NUT": 1})):
        assert engine.place(order).reserved
    assert [nodes_of(engine, id) for id in "XAB"] == [["N2"], ["N2"], ["N3"]]
    engine.apply([om.Receive("BOLT", "N1", 1), om.Receive("NUT", "N2", 1)])
    pool = [one("A"), one("B", lines={"NUT": 1})]
    engine.reoptimise(pool, reserve=True)
    assert [nodes_of(engine, id) for id in "XAB"] == [["N2"], ["N1"], ["N3"]]
    assert same_after_replay(engine)


def test_a_limit_that_a_fact_has_set_is_the_one_that_counts():
    """N1 does less today than the network says, then more."""
    engine = shop(om.Capacity(1))
    assert engine.place(one("A", exclude_nodes=["N1"])).reserved
    engine.set_capacity("N1", 0)
    assert not engine.reoptimise([one("A")]).moved
    assert engine.place(one("X", lines={"NUT": 1})).reserved is False
    engine.set_capacity("N1", None)
    assert engine.place(one("X", lines={"NUT": 1})).reserved
    assert not engine.reoptimise([one("A")]).moved
    engine.set_capacity("N1", 2, day=TODAY)
    assert engine.reassign(engine.reoptimise([one("A")])).moved == ("A",)
    assert taken(engine)["N1"] == 2


def test_a_limit_with_a_price_is_not_passed_either():
    """A move to N1 would save 1.00 and count 0.50: it is left alone."""
    engine = shop(om.Capacity(1, node="N1", over_price=0.5))
    engine.apply(om.Receive("BOLT", "N1", 5))
    assert engine.place(one("X")).reserved
    assert engine.place(one("A", exclude_nodes=["N1"])).reserved
    found = engine.reoptimise([one("A")])
    assert (len(found.moved), str(found.bound)) == (0, "5.00")
    engine.cancel("X")
    assert engine.reassign(engine.reoptimise([one("A")])).status is OK
    assert taken(engine) == {"N1": 1}


def test_what_is_over_its_limit_already_may_give_way():
    """Staff is ill: N1 has more than it can do. Nobody comes, and who saves goes."""
    engine = shop(om.Capacity(3))
    orders = two(engine)
    engine.set_capacity("N1", 0)
    engine.set_capacity("N2", 9)
    engine.apply(om.Receive("NUT", "N2", 1))
    engine.apply(om.Receive("BOLT", "N2", 1))
    found = engine.reoptimise(orders)
    assert engine.reassign(found).status is OK
    assert nodes_of(engine, "B") == ["N2", "N2"]
    assert taken(engine)["N1"] == 1
    assert same_after_replay(engine)


def test_windows_of_the_day():
    """Work goes into the window in which it begins now; one that is full stays so."""
    hours = om.Calendar(om.Hours.weekdays("09:00-18:00"), "America/Chicago")
    rule = om.DispatchRule(processing="1h", cutoff="17:00", pickups="17:30")
    ground = attrs.evolve(GROUND, dispatch=rule)
    limit = om.Capacity({"08:00-12:00": 1, "12:00-18:00": 5}, backlog_days=1)
    engine = shop(limit, services=(ground,), hours=hours)
    assert engine.place(one("A", exclude_nodes=["N1"])).reserved
    found = engine.reoptimise([one("A")])
    assert str(found.saving) == "1.00"
    assert engine.reassign(found).status is OK
    told = engine.capacity("N1")
    assert dict(zip(told["window"], told["taken"], strict=True)) == {
        "08:00-12:00": 1,
        "12:00-18:00": 0,
    }
    engine.apply(om.Receive("BOLT", "N1", 1))
    assert engine.place(one("B", exclude_nodes=["N1"])).reserved
    assert not engine.reoptimise([one("B")]).moved
    assert same_after_replay(engine)


# -- who takes no part -----------------------------------------------------------------


def test_who_has_left_in_part_stays():
    """What has left was worked: of which parcel it was nobody knows."""
    engine = shop(om.Capacity(5))
    orders = two(engine)
    engine.commit("B")
    engine.fulfil("B", {("NUT", "N1"): 1})
    assert engine.reoptimise(orders).stays == {"B": "sent in part"}


def test_who_is_for_a_later_day_stays():
    """Its work is of that day."""
    engine = shop(om.Capacity(5))
    order = one("A", due=NOW + timedelta(days=3))
    assert engine.place(order).reserved
    (why,) = engine.reoptimise([order]).stays.values()
    assert why in ("held for later", "for a later day")


def windows(limit):
    """A van that delivers so many in a window."""
    hours = om.Calendar(om.Hours.every_day("08:00-20:00"), "America/Chicago")
    van = om.Service(
        "van",
        "same_day",
        om.RateCard.flat(4),
        transit_time="30min",
        dispatch=om.DispatchRule(processing="15min"),
        slots=om.DeliverySlots(windows="14:00-16:00", days_ahead=1, limit=limit),
    )
    return {"services": (van,), "hours": hours}


@pytest.mark.parametrize("capacity", [(), (om.Capacity(5),)])
def test_who_has_a_place_in_a_window_of_deliveries_stays(capacity):
    """It would lose the place, or the work and the window would part."""
    engine = shop(*capacity, **windows(1))
    order = one("A")
    slot = engine.delivery_slots(one("A", exclude_nodes=["N1"]), "van")[0]
    assert engine.reserve(slot.plan, id="A").status is OK
    digest = engine.digest()
    found = engine.reoptimise([order])
    assert found.stays == {"A": "delivered in a window"}
    assert engine.reassign(found).status is OK
    assert engine.digest() == digest
    engine.cancel("A")
    assert engine.place(one("A2", exclude_nodes=["N1"])).reserved
    moved = engine.reoptimise({"A2": order}, keep_dates=False)
    assert engine.reassign(moved).moved == ("A2",)
    engine.check()


# -- what has changed meanwhile --------------------------------------------------------


def sold_out_of_work(engine):
    engine.place(one("Z", lines={"NUT": 1}, exclude_nodes=["N1", "N3"]))


@pytest.mark.parametrize(
    "meanwhile",
    [sold_out_of_work, lambda engine: engine.set_capacity("N2", 0)],
    ids=["another took the place", "staff is ill"],
)
def test_who_finds_no_room_any_more_refuses_all(meanwhile):
    """Nothing has changed, and the answer names who stood in the way."""
    stock = [*STOCK, ("NUT", "N2", 5)]
    engine = shop(om.Capacity(1, node="N2"), stock=stock)
    orders = [one("A", exclude_nodes=["N2"]), one("B", lines={"BOLT": 1, "NUT": 1})]
    engine.place(orders[0])
    engine.place(one("T", lines={"NUT": 1}, exclude_nodes=["N1", "N3"]))
    engine.place(attrs.evolve(orders[1], exclude_nodes=["N2"]))
    assert nodes_of(engine, "B") == ["N1", "N3"]
    engine.cancel("T")
    pool = [orders[1]]
    found = engine.reoptimise(pool)
    assert [s.node for s in found.plan("B").shipments] == ["N2"]
    meanwhile(engine)
    digest = engine.digest()
    done = engine.reassign(found)
    assert (done.status, done.moved, done.refused) == (FULL, (), ("B",))
    assert engine.digest() == digest
    assert same_after_replay(engine)
    with pytest.raises(om.StatusError):
        done.raise_for_status()


# -- beside every pool of plans --------------------------------------------------------


def limits(dice):
    """One limit or several, by node or for all."""
    found = [om.Capacity(dice.randint(2, 4), dice.choice(["orders", "lines", "units"]))]
    for of in ("orders", "lines", "units"):
        if dice.random() < 0.5:
            node = f"N{7 * dice.randint(0, 3):02d}"
            found.append(om.Capacity(dice.randint(0, 3), of, node=node))
    return tuple(found)


def best_of(made, twin):
    """The best plans for all together: with all the work in the world, and with room."""
    taken, left = dict(twin.stock), {}
    engine = made.freed()
    told = engine.capacity()
    for node, of, most in zip(told["node"], told["of"], told["left"], strict=True):
        left[node, of] = most
    return best_together(twin.plans, taken), best_in_room(twin.plans, taken, left)


@pytest.mark.parametrize("seed", range(5 if WITHOUT_JIT else 40))
def test_pools_beside_every_pool_of_plans(seed):
    """Never worse than it stood, no limit passed, never better than the best there is."""
    dice = Random(seed)
    made = pool(seed, dice.choice([3, 4]), capacity=limits(dice))
    if not made.orders:
        return
    engine, twin = made.engine, twin_of(made)
    free, best = best_of(made, twin)
    found = engine.reoptimise(made.orders)
    after = round(found.after * 10_000)
    assert round(found.before * 10_000) == twin.before
    assert free <= best <= after <= twin.before
    assert round(found.bound * 10_000) <= free
    if found.proven:
        assert after == best
    assert engine.reassign(found).status is OK
    assert min(engine.capacity()["left"]) >= 0
    assert same_after_replay(engine)
    again = engine.reoptimise(made.orders)
    assert again.before == found.after


@pytest.mark.parametrize("seed", range(2 if WITHOUT_JIT else 8))
def test_many_orders_over_little_room(seed):
    """With twenty orders nobody lists all plans: limits hold, nothing is worse."""
    dice = Random(100 + seed)
    capacity = tuple(
        om.Capacity(dice.randint(3, 9), of, backlog_days=dice.choice([0, 1]))
        for of in dice.sample(["orders", "lines", "units"], 2)
    )
    made = pool(seed, 20, skus=6, capacity=capacity)
    engine = made.engine
    for id in list(made.orders)[::5]:
        engine.cancel(id)
    assert min(engine.capacity(days=3)["left"]) >= 0
    if seed % 2:
        # Somebody is ill: there the work stays as it was, or is less.
        engine.set_capacity(dice.choice(engine.network.node_ids), 0, capacity[0].of)
    before = engine.capacity(days=3)["left"]
    found = engine.reoptimise(made.orders, reserve=True)
    assert found.after <= found.before
    assert found.bound <= found.after
    after = engine.capacity(days=3)["left"]
    assert all(b >= min(a, 0) for a, b in zip(before, after, strict=True))
    assert same_after_replay(engine)
