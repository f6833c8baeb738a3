"""The best plan under any order of criteria, by listing every plan: tiny questions only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod

from .evaluate import BrokenRuleError, Evaluation, evaluate
from .routing import _with_way, ways_to_serve
from .routing_instance import Instance, Option

#: Plans that are listed for one question; larger ones are left to others.
PLANS_MAX = 20_000


@dataclass(frozen=True)
class Wish:
    """What counts, the first to decide first; money for a day and for a shipment."""

    criteria: tuple[str, ...]
    day: int = 0
    shipment: int = 0

    def money(self, found: Evaluation) -> int:
        """Return cash, and what days and shipments count."""
        days = self.day * (found.latest or 0)
        return found.cost + days + self.shipment * found.n_shipments

    def key(self, found: Evaluation) -> tuple[int, ...]:
        """Return what plans are compared by: the least is the best."""
        read = {
            "cheapest": self.money(found),
            "weighted": self.money(found),
            "fastest": found.latest or 0,
            "fewest_shipments": found.n_shipments,
        }
        return (-found.units, *(read[name] for name in self.criteria))


def how_many(instance: Instance) -> int:
    """Return how many ways there are to serve the lines, limits aside."""
    return prod(len(ways_to_serve(instance, i)) for i in range(len(instance.lines)))


def every_plan(
    instance: Instance, max_shipments: int | None = None
) -> Iterator[Evaluation]:
    """Yield what every plan that keeps the rules achieves, the empty one too."""
    ways = [ways_to_serve(instance, i) for i in range(len(instance.lines))]
    for chosen in product(*ways):
        plan: dict[int, dict[int, int]] = {}
        for line, way in enumerate(chosen):
            plan = _with_way(plan, line, way)
        try:
            yield evaluate(instance, list(plan.items()), max_shipments)
        except BrokenRuleError:
            continue


def best_key(
    instances: Sequence[tuple[Instance, int | None]], wish: Wish
) -> tuple[int, ...]:
    """Return the key of the best plan of any instance, each with its shipment limit."""
    return min(
        wish.key(found)
        for instance, limit in instances
        for found in every_plan(instance, limit)
    )


def only(instance: Instance, admits: Callable[[Option], bool]) -> Instance:
    """Return the instance with the options that somebody admits."""
    kept = tuple(option for option in instance.options if admits(option))
    return replace(instance, options=kept)
