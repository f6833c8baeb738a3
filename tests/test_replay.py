"""Replaying the effects of one engine into another gives the same state."""

from __future__ import annotations

import pytest

import omniroute as om
from omniroute.engine import Engine
from tests.conftest import WITHOUT_JIT
from tests.routing.worlds import World, world


def live(seed: int) -> World:
    """A world with a journal and a busy morning behind it."""
    clock = [50]
    made = world(seed, clock=lambda: clock[0], journal=True)
    engine, dice = made.engine, made.dice
    for k in range(15 if WITHOUT_JIT else 40):
        clock[0] += dice.randint(0, 30)
        ttl = dice.choice([None, 20, 60])
        order = made.order(id=f"A-{k}")
        engine.place(order, ttl=ttl, partial=dice.random() < 0.5)
        if dice.random() < 0.3:
            engine.release(f"A-{dice.randint(0, k)}")
        if dice.random() < 0.2:
            node = dice.choice(engine.network.node_ids)
            engine.apply(om.Count(dice.choice(made.skus), node, dice.randint(0, 9)))
    batch = [made.order(lines=2, id=f"B-{k % 15}") for k in range(20)]
    engine.route_many(batch, reserve=True, ttl="1h", partial=True)
    clock[0] += 1800
    engine.apply([])
    return made


@pytest.mark.parametrize("seed", range(6))
def test_a_log_replayed_gives_the_same_digest(seed):
    """Bit for bit, also where items were declared in another order."""
    engine = live(seed).engine
    for items in (engine.items, engine.items[::-1]):
        twin = Engine(engine.network, items, clock=lambda: 0)
        twin.replay(engine.log)
        assert twin.digest() == engine.digest()
        twin.check()


def test_a_replayed_engine_decides_as_the_live_one():
    """The next orders get the same plans."""
    made = live(3)
    twin = Engine(made.engine.network, made.engine.items[::-1], clock=lambda: 0)
    twin.replay(made.engine.log)
    for _ in range(20):
        order = made.order()
        one, other = made.engine.route(order), twin.route(order)
        assert one.shipments == other.shipments
        assert one.status is other.status


def test_what_was_replayed_is_in_the_log_of_the_engine_that_took_it():
    """A second replay, from the twin, gives the same state again."""
    engine = live(2).engine
    twin = Engine(engine.network, engine.items[::-1], clock=lambda: 0, journal=True)
    twin.replay(engine.log)
    third = Engine(engine.network, engine.items, clock=lambda: 0)
    third.replay(twin.log)
    assert third.digest() == engine.digest()


def test_a_log_that_names_unknown_items_is_refused_and_changes_nothing():
    """The other engine does not sell them."""
    engine = live(1).engine
    twin = Engine(engine.network, engine.items[:3], clock=lambda: 0)
    before = twin.digest()
    with pytest.raises(om.UnknownSkuError):
        twin.replay(engine.log)
    assert twin.digest() == before


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_loading_changes_no_answer(seed):
    """Nodes, items and stock rows in any order: the same plans, the same digest."""
    made = world(seed)
    engine, network = made.engine, made.engine.network
    orders = [made.order(id=f"A-{k}") for k in range(25)]
    rows = [
        om.Receive(sku, node, int(quanta) / 10**item.decimals)
        for item in engine.items
        for sku in [item.sku]
        for node, quanta in zip(
            network.node_ids, engine.available_by_node(sku), strict=True
        )
        if quanta
    ]
    nodes, items = list(network.nodes), list(engine.items)
    for shuffled in (nodes, items, rows):
        made.dice.shuffle(shuffled)
    other = Engine(
        om.Network(nodes, network.services, places=network.places),
        items,
        clock=lambda: 0,
    )
    other.apply(rows)
    assert other.digest() == engine.digest()
    for order in orders:
        one, two = engine.place(order, partial=True), other.place(order, partial=True)
        assert one.plan.shipments == two.plan.shipments
        assert one.plan.bound == two.plan.bound
    assert other.digest() == engine.digest()


@pytest.mark.parametrize(
    ("decimals", "other"),
    [(2, om.Item("ROPE")), (0, om.Item("ROPE", components={"BOLT": 1}))],
)
def test_a_log_of_items_that_are_counted_otherwise_is_refused(decimals, other):
    """1.25 of something would become 125 of it, with the same digest; or a kit's."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    network, bolt = om.Network([om.Node("N1")], [ground]), om.Item("BOLT")
    rope = om.Item("ROPE", decimals=decimals)
    live = om.Engine(network, [bolt, rope], clock=lambda: 0, journal=True)
    units = 5 / 4 if decimals else 5
    live.apply([om.Receive("BOLT", "N1", 3), om.Receive("ROPE", "N1", units)])
    twin = om.Engine(network, [bolt, other], clock=lambda: 0)
    before = twin.digest()
    with pytest.raises(om.ValidationError, match="^log: "):
        twin.replay(live.log)
    assert twin.digest() == before
    assert twin.available_to_promise("BOLT") == 0


def test_an_item_counted_otherwise_is_refused_by_name():
    """In centimetres here and metres there the digests would agree, the rope not."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    network = om.Network([om.Node("N1")], [ground])
    engine = om.Engine(
        network,
        [om.Item("BOLT"), om.Item("ROPE", decimals=2)],
        clock=lambda: 50,
        journal=True,
    )
    engine.apply([om.Receive("BOLT", "N1", 7), om.Receive("ROPE", "N1", 2.5)])
    for decimals in (0, 1, 3):
        items = [om.Item("ROPE", decimals=decimals), om.Item("BOLT")]
        twin = om.Engine(network, items, clock=lambda: 50)
        empty = twin.digest()
        with pytest.raises(om.ValidationError, match="'ROPE' in 2 decimals") as error:
            twin.replay(engine.log)
        assert error.value.found == decimals
        assert twin.digest() == empty
    twin = om.Engine(network, engine.items, clock=lambda: 50, journal=True)
    twin.replay(engine.log)
    third = om.Engine(network, engine.items[::-1], clock=lambda: 50)
    third.replay(twin.log)
    assert third.stock("ROPE", "N1") == engine.stock("ROPE", "N1")
    assert third.digest() == engine.digest()


def test_an_item_that_is_a_kit_here_is_refused():
    """What the log has of it no kit can have: stock of its own."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    network = om.Network([om.Node("N1")], [ground])
    plain = [om.Item("CUP"), om.Item("SET")]
    engine = om.Engine(network, plain, clock=lambda: 50, journal=True)
    engine.apply(om.Receive("SET", "N1", 7))
    kits = [om.Item("CUP"), om.Item("SET", components={"CUP": 2})]
    with pytest.raises(om.ValidationError, match="^log: expected an item with stock"):
        om.Engine(network, kits, clock=lambda: 50).replay(engine.log)
