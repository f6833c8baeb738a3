"""Sixteen threads in each other's way until all is sold: exactly what there was, no more.

Threads change places every few microseconds. Hot items are wanted by all, others by some;
orders name their lines in clashing orders; holds are committed, given back, moved, and
left to run out while the clock goes on; orders come one by one and in batches.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from random import Random

import pytest

import omniroute as om
from tests.conftest import WITHOUT_JIT

THREADS = 16
STEPS = 6 if WITHOUT_JIT else 60
NODES = [f"N{k}" for k in range(4)]
TO = om.Destination(postcode="55425", country="US")
S = om.Status
#: Seconds after which threads that still wait for each other count as locked.
STUCK_S = 240


@pytest.fixture
def hasty():
    """Threads that take turns as often as the interpreter lets them."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


class Shop:
    """An engine, what was put into it, and a clock that goes on with every call."""

    def __init__(self, skus, each):
        self.ticks = count()
        self.later = 0
        self.skus, self.stock = skus, each * len(NODES)
        self.engine = om.Engine(
            om.Network(
                [om.Node(node, order_cost=k) for k, node in enumerate(NODES)],
                [om.Service("ground", "ship", om.RateCard.flat(5))],
            ),
            [om.Item(sku) for sku in skus],
            clock=lambda: self.later + next(self.ticks) // 50,
            journal=True,
        )
        self.engine.apply([om.Receive(s, n, each) for s in skus for n in NODES])

    def on_hand(self, sku):
        return sum(self.engine.stock(sku, node).on_hand for node in NODES)


def together(work):
    """Let all threads do it; whatever one raises is raised."""
    with ThreadPoolExecutor(THREADS) as pool:
        found = [pool.submit(work, thread) for thread in range(THREADS)]
        return [one.result(timeout=STUCK_S) for one in found]


def wishes(random, shop):
    """Two or three items, the first the one everybody wants, in any order."""
    skus = [shop.skus[0], *random.sample(shop.skus[1:], min(2, len(shop.skus) - 1))]
    random.shuffle(skus)
    return {sku: random.randint(1, 2) for sku in skus}


def at_nodes(random, wish):
    return {(sku, random.choice(NODES)): units for sku, units in wish.items()}


def order(wish, id):
    return om.Order(wish, TO, id=id)


def mingle(shop, thread):
    """Every way to reserve, and every way a reservation goes on."""
    random, engine = Random(thread), shop.engine
    for k in range(STEPS):
        id, wish = f"{thread}-{k}", wishes(random, shop)
        way = random.randrange(5)
        ttl = random.choice([None, 1, 5, 600])
        if way == 0:
            engine.place(order(wish, id), ttl=ttl, partial=k % 2 == 0)
        elif way == 1:
            batch = [order(wish, f"{id}-{j}") for j in range(3)]
            engine.route_many(batch, reserve=True, ttl=ttl)
            id += "-0"
        elif way == 2:
            engine.reserve(at_nodes(random, wish), id=id, ttl=ttl, partial=k % 2 == 0)
        elif way == 3:
            cells = at_nodes(random, wish)
            columns = zip(
                *((*cell, units) for cell, units in cells.items()), strict=True
            )
            frame = dict(
                zip(("sku", "node", "quantity"), map(list, columns), strict=True)
            )
            engine.reserve_many({**frame, "id": [id] * len(cells)}, ttl=ttl)
        else:
            plan = engine.route(order(wish, id))
            engine.reserve(plan, id=id, ttl=ttl)
        go_on(random, engine, id, f"{random.randrange(THREADS)}-{k}")


def go_on(random, engine, id, other):
    """A step with an own reservation, and one with somebody else's."""
    steps = [
        engine.commit,
        engine.release,
        engine.cancel,
        lambda name: engine.extend(name, 30),
        lambda name: engine.commit(name) is S.OK and engine.fulfil(name),
        lambda name: engine.move(name, *random.sample(NODES, 2)),
        lambda name: engine.commit_many([name, other]),
        lambda name: engine.fulfil_many([name]),
    ]
    random.choice(steps)(id)
    random.choice(steps)(other)


def sell_out(shop, thread):
    """One unit at a time, of every item, until each is refused."""
    random, sold = Random(-1 - thread), 0
    left = list(shop.skus)
    while left:
        sku = random.choice(left)
        id = f"last-{thread}-{sold}"
        if shop.engine.place(order({sku: 1}, id)).status is S.OK:
            sold += 1
        else:
            left.remove(sku)
    return sold


@pytest.mark.parametrize(
    ("skus", "each"),
    [(["HOT"], 60), (["HOT", *(f"S{k}" for k in range(8))], 40)],
    ids=["one hot item", "a hot item among others"],
)
@pytest.mark.parametrize("round_", range(1 if WITHOUT_JIT else 3))
def test_all_is_sold_and_no_unit_twice(hasty, skus, each, round_):
    """What was shipped and what is reserved firmly is what there was, item by item."""
    shop = Shop(skus, each)
    engine = shop.engine
    together(lambda thread: mingle(shop, thread + 100 * round_))
    engine.check()
    shop.later += 1_000  # what has not been committed runs out
    together(lambda thread: sell_out(shop, thread))
    engine.check()
    lines = engine.reservations(open=False)
    for sku in skus:
        of = [name == sku for name in lines["sku"]]
        shipped, held = (
            lines["shipped_quanta"][of].sum(),
            lines["held_quanta"][of].sum(),
        )
        assert shipped + held == shop.stock
        assert shop.on_hand(sku) == held
        assert engine.available_to_promise(sku) == 0
    twin = om.Engine(engine.network, engine.items[::-1], clock=lambda: 0)
    twin.replay(engine.log)
    assert twin.digest() == engine.digest()


def test_uniform_items_in_opposite_orders_do_not_lock(hasty):
    """Half of the threads ask from the first item to the last, half the other way."""
    skus = [f"S{k}" for k in range(12)]
    shop = Shop(skus, 20)
    names = {0: skus, 1: skus[::-1]}

    def buy(thread):
        accepted, k = 0, 0
        while True:
            wish = dict.fromkeys(names[thread % 2], 1)
            cells = {(sku, NODES[(thread + k) % 4]): 1 for sku in wish}
            first = order(wish, f"{thread}-{k}")
            placed = (
                shop.engine.place(first)
                if thread % 3
                else shop.engine.reserve(cells, id=f"{thread}-{k}")
            )
            k += 1
            accepted += placed.status is S.OK
            if shop.engine.available_to_promise(skus[0]) == 0:
                return accepted

    assert sum(together(buy)) == shop.stock
    assert [shop.engine.available_to_promise(sku) for sku in skus] == [0] * len(skus)
    shop.engine.check()


def test_facts_orders_and_questions_beside_each_other(hasty):
    """Receipts come in while it is sold: the last unit received is the last one sold."""
    shop = Shop(["HOT", "WARM"], 5)
    each = 5 if WITHOUT_JIT else 40

    def live(thread):
        random = Random(thread)
        for k in range(each):
            if thread % 4 == 0:
                event = om.Receive("HOT", random.choice(NODES), 1, event_id=f"{k}")
                shop.engine.apply(event)  # four threads tell the same
            elif thread % 4 == 1:
                before = shop.engine.available_by_node("HOT")
                assert min(before) >= 0
                shop.engine.digest()
            elif thread % 4 == 2:
                shop.engine.place(order({"HOT": 1, "WARM": 1}, f"{thread}-{k}"), ttl=1)
            else:
                orders = [order({"HOT": 1}, f"{thread}-{k}-{j}") for j in range(2)]
                shop.engine.route_many(orders, reserve=True)

    together(live)
    shop.later += 1_000
    together(lambda thread: sell_out(shop, thread))
    held = shop.engine.reservations()
    total = held["held_quanta"][[sku == "HOT" for sku in held["sku"]]].sum()
    assert total == shop.stock + each
    shop.engine.check()
