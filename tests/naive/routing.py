"""The best plan by trying them all: tiny questions only, slow and obvious."""

from __future__ import annotations

from itertools import product

from .evaluate import BrokenRuleError, Evaluation, as_result, evaluate, order_key
from .routing_instance import Instance, PlanResult

#: Ways to serve one line: the (option, quanta) it is served by, none for not at all.
Way = tuple[tuple[int, int], ...]
Plan = list[tuple[int, dict[int, int]]]


def brute_force(
    instance: Instance,
    objective: str,
    max_shipments: int | None = None,
    *,
    skip_hopeless: bool = True,
) -> PlanResult:
    """Return the best plan under the full order of the rules, ties included.

    Tries every way to serve every line. With `skip_hopeless` a half-built plan is left
    as soon as it is worse than the best one known, which is safe because more lines
    never make a plan cheaper or faster.
    """
    search = _Search(instance, objective, max_shipments, skip_hopeless)
    search.extend(0, {})
    best = search.best
    if instance.complete_only and best.units < instance.asked:
        return as_result(instance, [], objective)
    return best


class _Search:
    def __init__(
        self,
        instance: Instance,
        objective: str,
        max_shipments: int | None,
        skip_hopeless: bool,
    ) -> None:
        self.instance = instance
        self.objective = objective
        self.max_shipments = max_shipments
        self.skip_hopeless = skip_hopeless
        self.ways = [ways_to_serve(instance, i) for i in range(len(instance.lines))]
        self.best = as_result(instance, [], objective)

    def extend(self, line: int, plan: dict[int, dict[int, int]]) -> None:
        shipments: Plan = list(plan.items())
        try:
            found = evaluate(self.instance, shipments, self.max_shipments)
        except BrokenRuleError:
            return  # more lines only add weight, shipments and quantities
        if self.skip_hopeless and self._is_hopeless(found, line):
            return
        if line < len(self.ways):
            for way in self.ways[line]:
                self.extend(line + 1, _with_way(plan, line, way))
        elif order_key(found, self.objective) < self.best.key:
            self.best = as_result(
                self.instance, shipments, self.objective, self.max_shipments
            )

    def _is_hopeless(self, found: Evaluation, line: int) -> bool:
        most = sum(max(_quanta(way) for way in ways) for ways in self.ways[line:])
        hoped = found._replace(units=found.units + most)
        length = 2 if self.objective == "cheapest" else 3
        return order_key(hoped, self.objective)[:length] > self.best.key[:length]


def ways_to_serve(instance: Instance, line: int) -> list[Way]:
    """Return every way to serve one line within its rules, the fullest first."""
    if instance.one_node[line]:
        ways = [()] + [((o, x),) for o, x in _from_options(instance, line)]
    else:
        ways = _spreads(instance, line)
    return sorted(ways, key=lambda way: (-_quanta(way), len(way)))


def _from_options(instance: Instance, line: int) -> list[tuple[int, int]]:
    asked = instance.lines[line].quantity
    return [
        (o, x)
        for o in range(len(instance.options))
        for x in range(1, min(asked, instance.stock(o, line)) + 1)
    ]


def _spreads(instance: Instance, line: int) -> list[Way]:
    """At each node nothing, or one of its services with some quantity."""
    by_node: dict[int, list[tuple[int, int] | None]] = {}
    for o, x in _from_options(instance, line):
        by_node.setdefault(instance.options[o].node, [None]).append((o, x))
    ways = [
        tuple(part for part in parts if part is not None)
        for parts in product(*by_node.values())
    ]
    return [way for way in ways if _quanta(way) <= instance.lines[line].quantity]


def _with_way(
    plan: dict[int, dict[int, int]], line: int, way: Way
) -> dict[int, dict[int, int]]:
    longer = {option: dict(quantities) for option, quantities in plan.items()}
    for option, quanta in way:
        longer.setdefault(option, {})[line] = quanta
    return longer


def _quanta(way: Way) -> int:
    return sum(quanta for _, quanta in way)
