"""Goods that may not be there, and returns: what each answer costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

import omniroute as om
from benchmarks import networks
from benchmarks.measure import Row, once_cpu_ns, p50, quiet, span
from benchmarks.networks import World

RULES = {
    "3 attempts": om.AttemptRules(give_up=40, max_attempts=3),
    "any number": om.AttemptRules(give_up=40),
}
POLICY = om.ReturnPolicy(
    need=[(0, 1.2), (1, 1), (5, 0.9)],
    otherwise=0.5,
    handling={"store": 2, "warehouse": 0.5},
)


def attempts(quick: bool) -> Iterator[Row]:
    """Whom to ask, where every record may be wrong; beside a plan for the same order."""
    nodes, count = (500, 40) if quick else (2_000, 200)
    world = networks.synthetic(nodes).fresh()
    doubt(world)
    orders = world.orders(1, count, seed=3)
    engine = world.engine
    routed = _times(engine.route, orders)
    known = [candidates(engine, order) for order in orders]
    for name, rules in RULES.items():
        ours = _times(lambda order, r=rules: engine.attempts(order, r), orders)
        theirs = _times(lambda tries, r=rules: by_fractions(tries, r), known)
        asked = np.median([len(engine.attempts(order, rules)) for order in orders])
        case = f"attempts, {nodes:,} nodes, {name}, {asked:.0f} asked"
        for rival, times in (
            ("candidates given, Python fractions", theirs),
            ("a plan of `route`", routed),
        ):
            ratio = p50(times) / p50(ours)
            yield Row(case, span(p50(ours)), f"{rival} {span(p50(times))}", ratio)


def returns(quick: bool) -> Iterator[Row]:
    """Where units go that come back, many in one call, and one by itself."""
    nodes, count = (500, 500) if quick else (2_000, 5_000)
    world = networks.synthetic(nodes).fresh()
    engine = world.engine
    for places in (50, nodes):
        frame = hand_ins(world, count, places)
        engine.route_returns(frame, POLICY)
        ours, theirs = [], []
        for _ in range(3):
            with quiet():
                ours.append(
                    once_cpu_ns(lambda f=frame: engine.route_returns(f, POLICY))
                )
                theirs.append(once_cpu_ns(lambda f=frame: plain_returns(world, f, 20)))
        each, rival = p50(ours) / count, p50(theirs) / 20
        yield Row(
            f"returns, {nodes:,} nodes, {count:,} hand-ins at {places:,} places",
            f"{span(p50(ours))} ({span(each)} each)",
            f"Python {span(rival)} each",
            rival / each,
        )
    given = om.HandIn(engine.items[0].sku, 1, engine.network.node_ids[0], value=30)
    one = [once_cpu_ns(lambda: engine.route_return(given, POLICY)) for _ in range(50)]
    yield Row(f"a return, {nodes:,} nodes", span(p50(one)))


def _times(call: Callable[[Any], object], orders: Sequence[Any]) -> list[int]:
    for order in orders[:5]:
        call(order)
    with quiet():
        return [once_cpu_ns(lambda o=order: call(o)) for order in orders]


def doubt(world: World) -> None:
    """Let every cell be found with a chance of 60 to 99 %."""
    rng = np.random.Generator(np.random.PCG64(9))
    size = len(world.stock["quantity"])
    chances = rng.integers(60, 100, size) / 100
    columns = {name: world.stock[name] for name in ("sku", "node")}
    world.engine.set_find({**columns, "find_probability": chances})


def hand_ins(world: World, count: int, places: int) -> dict[str, Any]:
    """Units of all items, handed in at so many of the nodes."""
    rng = np.random.Generator(np.random.PCG64([count, places]))
    skus, ids = [item.sku for item in world.engine.items], world.network.node_ids
    return {
        "sku": [skus[j] for j in rng.integers(0, len(skus), count)],
        "quantity": rng.integers(1, 3, count).tolist(),
        "value": (rng.integers(500, 9_000, count) / 100).tolist(),
        "at": [ids[k] for k in rng.integers(0, places, count)],
    }


Tries = list[tuple[Fraction, Fraction, Fraction]]


def candidates(engine: om.Engine, order: om.Order) -> Tries:
    """Handling, rate and chance of every node that holds it: given to the rival."""
    line = order.lines[0]
    number = engine.state.catalogue.sku(line.sku)
    best: dict[str, om.Candidate] = {}
    for row in engine.route(order).explain().candidates:
        if row.cost is None or row.quanta < line.quantity:
            continue
        known = best.get(row.node)
        if known is None or known.cost is None or row.cost < known.cost:
            best[row.node] = row
    found = []
    for node, row in best.items():
        chance = engine.state.find.of(number, engine.network.node_index(node))
        rate = Fraction(row.terms["rate"])
        handling = sum(map(Fraction, row.terms.values())) - rate
        found.append((handling, rate, Fraction(chance, 10_000)))
    return found


def by_fractions(tries: Tries, rules: om.AttemptRules) -> Fraction:
    """The least expected cost, as one would write it down."""
    order = sorted(tries, key=lambda each: each[0] / each[2] + each[1])
    give_up = Fraction(rules.give_up)
    if rules.max_attempts is None:
        cost = give_up
        for spent, rate, chance in reversed(order):
            cost = min(cost, spent + chance * rate + (1 - chance) * cost)
        return cost
    least = [give_up] * (rules.max_attempts + 1)
    for spent, rate, chance in reversed(order):
        for left in range(rules.max_attempts, 0, -1):
            tried = spent + chance * rate + (1 - chance) * least[left - 1]
            least[left] = min(least[left], tried)
    return least[-1]


def plain_returns(world: World, frame: dict[str, Any], count: int) -> list[int]:
    """A loop over nodes for each of the first hand-ins; lanes are given ready made."""
    engine = world.engine
    tables = engine._router.tables
    legs = engine._legs
    handling = [2 if node.kind == "store" else 0.5 for node in engine.network.nodes]
    items = {item.sku: item for item in engine.items}
    found = []
    for i in range(count):
        sku, quantity, value = (frame[name][i] for name in ("sku", "quantity", "value"))
        here = engine.network.node_index(frame["at"][i])
        ways = legs.ways(here)
        rows = ways.rows.tolist()
        free = engine.available_by_node(sku).tolist()
        grams = items[sku].weight_g * quantity
        cards = engine.network.services
        steps = [card.rates.steps(grams) for card in cards]
        best, chosen = float("-inf"), -1
        for k, units in enumerate(free):
            leg = 0.0
            if k != here:
                offers = [
                    tables.prices[row[k], step] / 10_000
                    for row, step in zip(rows, steps, strict=True)
                    if row[k] >= 0
                ]
                if not offers:
                    continue
                leg = min(offers)
            worth = 0.0
            for j in range(quantity):
                level = units + j
                share = 1.0 if level < 1 else 0.9 if level < 5 else 0.5
                worth += share * value
            net = worth - leg - handling[k] * quantity
            if net > best:
                best, chosen = net, k
        found.append(chosen)
    return found
