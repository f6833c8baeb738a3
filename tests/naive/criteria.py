"""The best plan under any order of criteria, by listing every plan: tiny questions only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod

from .evaluate import UNSERVED, BrokenRuleError, Evaluation, evaluate
from .routing import Plan, _with_way, ways_to_serve
from .routing_instance import Instance, Option

#: Plans that are listed for one question; larger ones are left to others.
PLANS_MAX = 5_000


@dataclass(frozen=True)
class Wish:
    """What counts, the first to decide first; money for days, shipments, distance.

    `together` are groups of lines that come from one node; `more` is what else a plan
    counts, worked out by whoever asks.
    """

    criteria: tuple[str, ...]
    day: int = 0
    shipment: int = 0
    split: int = 0
    km: int = 0
    together: tuple[tuple[int, ...], ...] = ()
    more: Callable[[Instance, Plan], int] = lambda _instance, _plan: 0

    def money(self, found: Evaluation, instance: Instance, plan: Plan) -> int:
        """Return cash, and what days, shipments, metres and the rest count."""
        metres = [instance.options[o].distance_m for o, _ in plan]
        days = self.day * (found.latest or 0)
        shipments = self.shipment * found.n_shipments
        splits = self.split * max(0, found.n_shipments - 1)
        km = sum((min(m, 25_000_000) * self.km + 500) // 1000 for m in metres)
        return found.cost + days + shipments + splits + km + self.more(instance, plan)

    def keeps(self, found: Evaluation) -> bool:
        """Return whether every group of lines comes from one node."""
        for group in self.together:
            nodes = {n for i in group for n in found.nodes_by_line[i]} - {UNSERVED}
            if len(nodes) > 1:
                return False
        return True

    def key(self, found: Evaluation, instance: Instance, plan: Plan) -> tuple[int, ...]:
        """Return what plans are compared by: the least is the best."""
        money = self.money(found, instance, plan)
        read = {
            "cheapest": money,
            "weighted": money,
            "fastest": found.latest or 0,
            "fewest_shipments": found.n_shipments,
        }
        return (-found.units, *(read[name] for name in self.criteria))


def how_many(instance: Instance) -> int:
    """Return how many ways there are to serve the lines, limits aside: none is made."""
    return prod(_how_many_ways(instance, i) for i in range(len(instance.lines)))


def _how_many_ways(instance: Instance, line: int) -> int:
    by_node: dict[int, int] = {}
    for o, option in enumerate(instance.options):
        most = min(instance.lines[line].quantity, instance.stock(o, line))
        by_node[option.node] = by_node.get(option.node, 0) + most
    if instance.one_node[line]:
        return 1 + sum(by_node.values())
    return prod(1 + ways for ways in by_node.values())


def every_plan(
    instance: Instance, max_shipments: int | None = None
) -> Iterator[tuple[Evaluation, Plan]]:
    """Yield every plan that keeps the rules, and what it achieves."""
    ways = [ways_to_serve(instance, i) for i in range(len(instance.lines))]
    for chosen in product(*ways):
        plan: dict[int, dict[int, int]] = {}
        for line, way in enumerate(chosen):
            plan = _with_way(plan, line, way)
        try:
            shipments = list(plan.items())
            yield evaluate(instance, shipments, max_shipments), shipments
        except BrokenRuleError:
            continue


def best_key(
    instances: Sequence[tuple[Instance, int | None]], wish: Wish
) -> tuple[int, ...]:
    """Return the key of the best plan of any instance, each with its shipment limit."""
    return min(
        wish.key(found, instance, plan)
        for instance, limit in instances
        for found, plan in every_plan(instance, limit)
        if wish.keeps(found)
    )


def only(instance: Instance, admits: Callable[[Option], bool]) -> Instance:
    """Return the instance with the options that somebody admits."""
    kept = tuple(option for option in instance.options if admits(option))
    return replace(instance, options=kept)
