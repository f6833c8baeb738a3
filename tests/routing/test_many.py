"""`route_many(reserve=True)` beside the same orders placed one by one."""

from __future__ import annotations

from datetime import date

import attrs
import numpy as np
import pytest

import omniroute as om
from omniroute.engine import Engine
from omniroute.routing import lanes, many_kernel
from omniroute.stock.book import Book
from tests.conftest import WITHOUT_JIT
from tests.routing.worlds import destination, world

SEEDS = range(3 if WITHOUT_JIT else 12)


def by_hand(engine, orders, **terms):
    """Place one by one; what `route_many` would have in its columns."""
    placed = [engine.place(order, **terms) for order in orders]
    costs = [p.plan.answer[3] if p.plan else 0 for p in placed]
    return [p.status for p in placed], costs, placed


def agree(one, other, orders, **terms):
    """Both ways end in the same statuses, costs and state."""
    statuses, costs, placed = by_hand(one, orders, **terms)
    result = other.route_many(orders, reserve=True, **terms)
    assert [om.Status(code) for code in result.status] == statuses
    assert result.columns()["cost_minor"].tolist() == costs
    assert one.digest() == other.digest()
    other.check()
    return result, placed


@pytest.mark.parametrize("seed", SEEDS)
def test_a_batch_is_its_orders_placed_one_by_one(seed):
    """Statuses, costs and the state afterwards are the same."""
    dice = world(seed)
    orders = [dice.order(id=f"A-{k}") for k in range(40)]
    result, placed = agree(world(seed).engine, world(seed).engine, orders)
    for i, placement in enumerate(placed):
        assert bool(result.reserved[i]) == placement.reserved
        assert result.plan(i).shipments == placement.plan.shipments


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("partial", [False, True])
def test_duplicate_ids_are_answered_as_place_answers_them(seed, partial):
    """Ids in the book already, and ids twice within the batch."""
    dice = world(seed)
    ids = [f"A-{k % 9}" for k in range(30)]
    orders = [dice.order(lines=dice.dice.randint(1, 3), id=id) for id in ids]
    orders += [attrs.evolve(order) for order in orders[:5]]
    engines = world(seed).engine, world(seed).engine
    for engine in engines:
        engine.place(orders[3], partial=partial, ttl="1h")
    result, placed = agree(*engines, orders, partial=partial, ttl="1h")
    taken = {om.Status.EXISTS, om.Status.EXISTS_WITH_DIFFERENT_LINES}
    assert taken & {p.status for p in placed}
    for i, placement in enumerate(placed):
        if placement.plan is None:
            assert not result.reserved[i]
            assert result.plan(i).status is placement.status


@pytest.mark.parametrize(
    "policy",
    [
        om.RoutingPolicy(objective="fastest"),
        om.RoutingPolicy(max_shipments=2, complete_only=True),
        om.RoutingPolicy(mix_kinds=True, max_distance_km=1500),
    ],
)
def test_a_batch_follows_its_policy(policy):
    """The policy given to the batch is the one given to each order."""
    dice = world(77)
    orders = [dice.order(id=f"A-{k}") for k in range(25)]
    agree(world(77).engine, world(77).engine, orders, policy=policy)


def test_orders_of_more_than_a_dozen_lines_take_their_turn():
    """What the tables cannot settle is searched for in the middle of the batch."""
    dice = world(5, nodes=6, skus=30)
    sizes = [20, 2, 15, 1, 1, 25, 3]
    orders = [dice.order(lines=n, id=f"A-{k}") for k, n in enumerate(sizes)]
    pair = [world(5, nodes=6, skus=30).engine for _ in range(2)]
    agree(*pair, orders, partial=True)


@pytest.mark.parametrize("rows", [1, 2, 3, 7])
def test_a_tiny_effect_buffer_changes_nothing(monkeypatch, rows):
    """The buffer is handed on, or enlarged for an order that is larger than it."""
    dice = world(8)
    orders = [dice.order(id=f"A-{k}") for k in range(25)]
    pair = world(8).engine, world(8).engine
    monkeypatch.setattr(many_kernel, "EFFECT_ROWS", rows)
    agree(*pair, orders, partial=True)


def test_an_order_larger_than_the_book_has_room_for_is_reserved(monkeypatch):
    """One order of a dozen lines in a book with room for one line: no endless loop."""
    monkeypatch.setattr(Book, "ROOM", 1)
    for n in (1, 5, 12):
        dice = world(3, nodes=5)
        orders = [dice.order(lines=n, id="A")]
        pair = [world(3, nodes=5).engine for _ in range(2)]
        agree(*pair, orders, partial=True)


def test_more_destinations_than_the_lane_store_holds():
    """Destinations take turns in the store, and none gets another's lanes."""
    dice = world(11)
    orders = [dice.order(id=f"A-{k}") for k in range(90)]
    pair = world(11).engine, world(11).engine
    pair[1]._router.lanes._budget_bytes = 1
    assert pair[1]._router.lanes.capacity == 16
    assert len({order.destination for order in orders}) > 3 * 16
    agree(*pair, orders, partial=True)
    assert len(pair[1]._router.lanes.nodes) == 16


def test_lane_records_may_outgrow_the_store_in_the_middle_of_a_batch(monkeypatch):
    """When nodes turn out to be of more kinds, fewer destinations fit: more is made."""
    monkeypatch.setattr(lanes.LaneStore, "CLASSES", 1)
    dice = world(12, nodes=8)
    orders = [
        attrs.evolve(dice.order(id=f"A-{k}"), destination=destination(dice.dice))
        for k in range(60)
    ]
    pair = [world(12, nodes=8).engine for _ in range(2)]
    store = pair[1]._router.lanes
    store._budget_bytes = 45 * (store.nodes[0].nbytes + store.records[0].nbytes)
    assert store.capacity >= 40
    agree(*pair, orders, partial=True)
    assert store.capacity < 40


def test_holds_of_a_batch_run_out():
    """A time to live given to a batch ends all its holds."""
    clock = [1000]
    dice = world(9)
    engine = world(9, clock=lambda: clock[0]).engine
    before = engine.availability().quanta.copy()
    orders = [dice.order(id=f"A-{k}") for k in range(20)]
    assert engine.route_many(orders, reserve=True, ttl="15min").reserved.any()
    assert (engine.availability().quanta != before).any()
    clock[0] += 900
    assert (engine.availability().quanta == before).all()
    engine.check()


def test_deciding_without_reserving_changes_nothing_and_equals_route():
    """Each order is then decided on the same stock."""
    dice = world(21)
    orders = [dice.order() for _ in range(40)]
    before = dice.engine.digest()
    result = dice.engine.route_many(orders)
    assert dice.engine.digest() == before
    for i, order in enumerate(orders):
        plan = dice.engine.route(order)
        assert result.plan(i).shipments == plan.shipments
        assert result.plan(i).bound == plan.bound
        assert result.plan(i).proven == plan.proven
        assert om.Status(result.status[i]) is plan.status
    assert not result.reserved.any()


def test_a_bad_order_anywhere_stops_the_batch_before_the_first():
    """The path counts orders, and nothing has changed."""
    dice = world(2)
    to = om.Destination(postcode="554")
    good = [dice.order(id=f"A-{k}") for k in range(5)]
    before = dice.engine.digest()
    with pytest.raises(om.UnknownSkuError, match=r"^orders\[5\]\.lines\[1\]\.sku: "):
        dice.engine.route_many(
            [*good, om.Order([("S00", 1), ("NIX", 1)], to, id="X")], reserve=True
        )
    with pytest.raises(om.ValidationError, match=r"^orders\[1\]\.id: "):
        dice.engine.route_many([good[0], om.Order({"S00": 1}, to)], reserve=True)
    with pytest.raises(om.ValidationError, match=r"^orders\[0\]: "):
        dice.engine.route_many([None])
    with pytest.raises(om.ValidationError, match=r"^orders: "):
        dice.engine.route_many(good[0])
    assert dice.engine.digest() == before


def test_an_empty_batch_is_an_empty_answer():
    """No orders, no rows, no change."""
    engine: Engine = world(1).engine
    before = engine.digest()
    result = engine.route_many([], reserve=True)
    assert len(result) == 0
    assert result.columns()["cost_minor"].dtype == np.int64
    assert engine.digest() == before


def test_the_last_of_a_batch_goes_where_it_is_wanted_and_in_time():
    """Channels have orders looked at before their destinations are: none is kept so."""
    near, far = (om.Destination(latitude=40, longitude=lon) for lon in (-80, -90))
    bands = om.DistanceBands([100, 2000])
    rule = om.DispatchRule(pickups="17:00")
    ground = om.Service(
        "ground", "ship", om.RateCard.by_zone({1: 5, 2: 9}), bands, 3, dispatch=rule
    )
    air = om.Service("air", "ship", om.RateCard.flat(20), dispatch=rule)
    hours = om.Calendar(om.Hours.always(), "UTC")
    engine = Engine(
        om.Network(
            [om.Node("N1", latitude=40, longitude=-80, hours=hours)], [ground, air]
        ),
        [om.Item("X"), om.Item("Y")],
        clock=lambda: 1_795_500_000,  # Tuesday, 24 November 2026
        channels=[om.Channel("web")],
    )
    engine.apply([om.Receive(sku, "N1", 9) for sku in "XY"])
    first = om.Order({"X": 1}, near)
    apart = om.Order({"X": 1, "Y": 1}, far, keep_together=[["X", "Y"]])
    hurried = attrs.evolve(apart, needed_by=date(2026, 11, 25))
    for order, cost in [(apart, 9), (hurried, 20)]:
        batch = engine.route_many([first, order])
        assert batch.plan(1).shipments == engine.route(order).shipments
        assert batch.plan(1).cost == cost
