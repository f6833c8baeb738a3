"""Random pools of open orders over little stock, and how the slow oracles see them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import attrs

import omniroute as om
from omniroute.engine import Engine
from tests.naive import from_engine as naive
from tests.naive.pool import Cell, PoolOrder, plans_of
from tests.routing import worlds

SERVICES = ("ground", "express")


@dataclass
class Pool:
    """An engine whose orders are held, and what they were placed as."""

    engine: Engine
    orders: dict[str, om.Order]

    def freed(self) -> Engine:
        """An engine of the same history in which the pool has given up all it held."""
        network, items = self.engine.network, self.engine.items
        policy = self.engine.policy
        twin = Engine(network, items, policy=policy, clock=lambda: 0)
        twin.replay(self.engine.log)
        for id in self.orders:
            twin.cancel(id)
        return twin

    def held(self, id: str) -> dict[Cell, int]:
        """Units by SKU and node that an order holds."""
        rows = self.engine.reservations()
        found: dict[Cell, int] = {}
        lines = zip(
            rows["id"], rows["sku"], rows["node"], rows["held_quanta"], strict=True
        )
        for other, sku, node, quanta in lines:
            if other == id and quanta:
                found[sku, node] = found.get((sku, node), 0) + int(quanta)
        return found


def pool(
    seed: int,
    orders: int,
    *,
    nodes: int = 4,
    skus: int = 4,
    most: int = 2,
    policy: om.RoutingPolicy | None = None,
    capacity: tuple[om.Capacity, ...] = (),
) -> Pool:
    """Return a pool that was placed one after the other, some of it in parts."""
    dice = Random(seed)
    network = om.Network(
        [attrs.evolve(worlds._node(dice, k), services=None) for k in range(nodes)],
        worlds._services(dice, heavy=False),
        places=worlds.PLACES,
        capacity=capacity,
    )
    names = [f"S{i}" for i in range(skus)]
    items = [om.Item(sku, weight_g=dice.choice([90, 400, 1300])) for sku in names]
    engine = Engine(network, items, policy=policy, clock=lambda: 0, journal=True)
    engine.apply(
        [
            om.Receive(sku, node, dice.randint(1, 3))
            for sku in names
            for node in network.node_ids
            if dice.random() < 0.6
        ]
    )
    made = Pool(engine, {})
    for k in range(orders):
        order = om.Order(
            {
                sku: dice.randint(1, most)
                for sku in dice.sample(names, dice.randint(1, 2))
            },
            worlds.destination(dice),
            services=SERVICES,
            id=f"O{k}",
        )
        if engine.place(order, partial=True).reserved:
            made.orders[order.id] = order
    return made


@dataclass
class Twin:
    """What the slow oracles know of a pool."""

    #: By order: what each of its plans takes, and the money for it.
    plans: list[dict]
    stock: dict[Cell, int]
    before: int
    orders: list[PoolOrder]


def twin_of(made: Pool, *, keep_dates: bool = True, list_plans: bool = True) -> Twin:
    """Work out again what every order may have, on the stock of the pool set free."""
    freed = made.freed()
    stock = {
        (item.sku, node): int(freed.available_to_promise(item.sku, node=node))
        for item in freed.items
        for node in freed.network.node_ids
    }
    plans, orders, before = [], [], 0
    for id, order in made.orders.items():
        held = made.held(id)
        money, transit = _as_held(made.engine, order, held)
        again = _for_what_it_holds(order, held)
        latest = transit if keep_dates else None
        question = naive.questions(freed, again, arrival=_within(latest))[0]
        cells = [[(sku, node) for sku in question.skus] for node in question.nodes]
        own = tuple(sorted(held.items()))
        before += money
        if list_plans:
            may = plans_of(question.instance, cells, question.max_shipments)
            costs = {use: cost for use, (cost, _) in may.items()}
            costs[own] = min(costs.get(own, money), money)
            plans.append(costs)
        apart = _is_apart(question, held)
        orders.append(
            PoolOrder(question.instance, cells, (held, money), stands_apart=apart)
        )
    return Twin(plans, stock, before, orders)


def _as_held(engine: Engine, order: om.Order, held: dict[Cell, int]) -> tuple[int, int]:
    """What an order costs as it is held, and how long it is on its way."""
    bare = _with_nothing_but(engine, held)
    question = naive.questions(bare, _for_what_it_holds(order, held))[0]
    cells = [[(sku, node) for sku in question.skus] for node in question.nodes]
    may = plans_of(question.instance, cells, question.max_shipments)
    return may[tuple(sorted(held.items()))]


def only_this(made: Pool, id: str) -> Engine:
    """An engine that has what one order holds, and nothing else."""
    return _with_nothing_but(made.engine, made.held(id))


def _with_nothing_but(engine: Engine, held: dict[Cell, int]) -> Engine:
    bare = Engine(engine.network, engine.items, policy=engine.policy, clock=lambda: 0)
    bare.apply([om.Receive(sku, node, n) for (sku, node), n in held.items()])
    return bare


def _for_what_it_holds(order: om.Order, held: dict[Cell, int]) -> om.Order:
    wanted: dict[str, int] = {}
    for (sku, _), quanta in held.items():
        wanted[sku] = wanted.get(sku, 0) + quanta
    return attrs.evolve(order, lines=wanted)


def _within(latest: int | None):
    def arrival(_node: str, _service: str, days: int) -> int | None:
        return days if latest is None or days <= latest else None

    return arrival


def _is_apart(question: naive.Question, held: dict[Cell, int]) -> bool:
    """Whether an order stands split where a node could send the line whole."""
    nodes_of: dict[str, int] = {}
    for sku, _ in held:
        nodes_of[sku] = nodes_of.get(sku, 0) + 1
    return any(
        nodes_of[sku] > 1 and question.instance.one_node[i]
        for i, sku in enumerate(question.skus)
    )
