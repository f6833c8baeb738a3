"""Why a node is out, or what it would cost: asked of the model, one pair at a time.

Nothing here reads the tables that the library explains from. What a node has is asked
through the engine's public door; the rest follows from what the user declared.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from omniroute.engine import Engine
from omniroute.model import DistanceBands, Order, RoutingPolicy, Service
from omniroute.model import Node as ModelNode

from .evaluate import BrokenRuleError, Evaluation, evaluate, order_key
from .from_engine import Question, _distance_m, _minor, _quanta, _tariff, _zone
from .gates import left
from .routing import ways_to_serve

Pair = tuple[str, str]

#: The reasons it knows, in the order in which it asks.
REASONS = (
    *("NOT_ADMITTED", "EXCLUDED", "NOT_OFFERED", "NO_COORDINATES", "TOO_FAR"),
    *("NO_LANE", "GATED", "NO_STOCK", "TOO_HEAVY", "PART_ONLY"),
)


@dataclass(frozen=True)
class Row:
    """What became of one node and service, if each alone sent all it can."""

    reason: str
    quanta: int
    lines: int
    #: Rate, then handling by order, line and unit; None for those that are out.
    terms: tuple[int, int, int, int] | None
    days: int | None
    distance_m: int | None


def rows(
    engine: Engine, order: Order, policy: RoutingPolicy | None = None
) -> dict[Pair, Row]:
    """Return a row for every node and service of the network."""
    teller = _Teller(engine, order, policy or engine.policy)
    return {
        (node.id, service.name): teller.row(node, service)
        for node in engine.network.nodes
        for service in engine.network.services
    }


def ranked(found: dict[Pair, Row], engine: Engine, objective: str) -> list[Pair]:
    """Return the pairs that could serve, the best first."""
    network = engine.network

    def key(pair: Pair) -> tuple[object, ...]:
        row = found[pair]
        assert row.terms is not None
        days = row.days or 0
        far = 2**27 if row.distance_m is None else row.distance_m
        return (
            -row.quanta,
            days if objective == "fastest" else 0,
            sum(row.terms),
            days,
            far,
            network.node_ids.index(pair[0]),
            network.service_names.index(pair[1]),
        )

    return sorted((pair for pair, row in found.items() if row.terms), key=key)


class _Teller:
    def __init__(self, engine: Engine, order: Order, policy: RoutingPolicy) -> None:
        self.engine, self.order, self.policy = engine, order, policy
        self.items = {item.sku: item for item in engine.items}
        self.network = engine.network
        self.wanted = self._wanted()
        self.admitted = self._admitted()
        self.heaviest_g = sum(
            self.lot_weight(sku, -(-self.wanted[line] // self.lot(sku)))
            for line, sku in self._fills()
        )

    # -- the order -------------------------------------------------------------------

    def _wanted(self) -> dict[str, int]:
        """Quanta by SKU: lines of one SKU merged, whole packs."""
        found: dict[str, int] = {}
        for line in self.order.lines:
            quanta = _quanta(line.quantity, self.items[line.sku].decimals)
            found[line.sku] = found.get(line.sku, 0) + quanta
        return {sku: self._in_packs(sku, quanta) for sku, quanta in found.items()}

    def _in_packs(self, sku: str, quanta: int) -> int:
        step = 1 if self.items[sku].pack_rounding == "up" else -1
        while quanta % self.lot(sku):
            quanta += step
        return quanta

    def _admitted(self) -> list[str]:
        services, order = self.network.services, self.order
        if order.services is not None:
            names = [s.name for s in services if s.name in order.services]
        elif order.collect_at is not None:
            names = [s.name for s in services if s.kind == "collect"]
        else:
            names = [s.name for s in services if s.kind != "collect"]
            names = names or [s.name for s in services]
        if order.collect_at is not None:
            kinds = {s.name: s.kind for s in services}
            names = [name for name in names if kinds[name] == "collect"]
        return names

    def lot(self, sku: str) -> int:
        """Quanta sold at a time."""
        item = self.items[sku]
        if item.pack_size > 1 or item.components:
            return item.pack_size * 10**item.decimals
        return 1

    def parts(self, sku: str) -> dict[str, int]:
        """Quanta of everything in stock that one lot is made of."""
        if not self.items[sku].components:
            return {sku: self.lot(sku)}
        pack = self.items[sku].pack_size
        return {part: n * pack for part, n in self._in_a_unit(sku).items()}

    def _in_a_unit(self, sku: str) -> dict[str, int]:
        item, found = self.items[sku], {}
        if not item.components:
            return {sku: 10**item.decimals}
        for part, units in item.components:
            for each, n in self._in_a_unit(part).items():
                found[each] = found.get(each, 0) + int(Fraction(str(units)) * n)
        return found

    def lot_weight(self, sku: str, lots: int) -> int:
        """Grams of so many lots, rounded up to a whole gram a line."""
        item = self.items[sku]
        if item.components:
            return lots * item.pack_size * self._unit_weight(sku)
        return -(-lots * self.lot(sku) * item.weight_g // 10**item.decimals)

    def _unit_weight(self, sku: str) -> int:
        item = self.items[sku]
        inside = (Fraction(str(n)) * self._unit_weight(p) for p, n in item.components)
        return item.weight_g or sum(math.ceil(grams) for grams in inside)

    def units(self, sku: str, lots: int) -> int:
        """Units started, as handling counts them: every part of a kit is picked."""
        item = self.items[sku]
        if item.components or item.pack_size > 1:
            return lots * item.pack_size * self._picks(sku)
        return -(-lots * self.lot(sku) // 10**item.decimals)

    def _picks(self, sku: str) -> int:
        parts = self.items[sku].components
        return sum(math.ceil(n) * self._picks(part) for part, n in parts) or 1

    # -- one node and service ----------------------------------------------------------

    def row(self, node: ModelNode, service: Service) -> Row:
        """Ask one question after the other; the first that fits is the reason."""
        far = _distance_m(self.engine, node, self.order)
        zone = _zone(self.engine, service, node, self.order, far)
        tariff = _tariff(service.rates, zone, self.heaviest_g) if zone else None
        taken = self.load(node, service)
        reason = self._reason(node, service, far, lane=tariff is not None)
        if reason is None and not self._has_any(node):
            reason = "GATED" if self._is_cut(node) else "NO_STOCK"
        if reason is None and not taken:
            reason = "TOO_HEAVY"
        if reason is None and self._parts_only(node, service):
            reason = "PART_ONLY"
        quanta = sum(lots * self.lot(sku) for _, sku, lots in taken)
        days = service.transit_days
        terms = None
        if reason is None:
            grams = sum(self.lot_weight(sku, lots) for _, sku, lots in taken)
            assert tariff is not None
            price = tariff(grams)
            assert price is not None
            units = sum(self.units(sku, lots) for _, sku, lots in taken)
            terms = (
                price,
                _minor(node.order_cost),
                _minor(node.line_cost) * len(taken),
                _minor(node.unit_cost) * units,
            )
        return Row(
            reason or "CANDIDATE",
            quanta,
            len(taken),
            terms,
            (days if isinstance(days, int) else days[zone]) if tariff else None,
            far,
        )

    def _reason(
        self, node: ModelNode, service: Service, far: int | None, *, lane: bool
    ) -> str | None:
        """Return why it is out, whatever is in stock."""
        order, policy = self.order, self.policy
        if service.name not in self.admitted:
            return "NOT_ADMITTED"
        if node.id in (*order.exclude_nodes, *policy.exclude_nodes):
            return "EXCLUDED"
        if order.collect_at not in (None, node.id):
            return "EXCLUDED"
        if node.services is not None and service.name not in node.services:
            return "NOT_OFFERED"
        if service.node_kinds is not None and node.kind not in service.node_kinds:
            return "NOT_OFFERED"
        limits = [
            x for x in (service.radius_km, policy.max_distance_km) if x is not None
        ]
        if far is None and (limits or isinstance(service.zones, DistanceBands)):
            return "NO_COORDINATES"
        if far is not None and any(far > limit * 1000 for limit in limits):
            return "TOO_FAR"
        return None if lane else "NO_LANE"

    def _is_cut(self, node: ModelNode) -> bool:
        """Whether gates take anything away that a line could be made of."""
        parts = {part for _, sku in self._fills() for part in self.parts(sku)}
        return any(self.free(p, node.id) < self._seen(p, node.id) for p in parts)

    def _has_any(self, node: ModelNode) -> bool:
        return any(
            self._able(sku, node.id) and self.wanted[line] >= self.lot(sku)
            for line, sku in self._fills()
        )

    def _fills(self) -> Iterator[tuple[str, str]]:
        """(line, SKU): the lines, then the best substitute of each, the second best ..."""
        for sku in self.wanted:
            yield sku, sku
        willing = {line.sku for line in self.order.lines if line.substitutes}
        most = max(len(item.substitutes) for item in self.items.values())
        for rank in range(most):
            for line in self.wanted:
                others = self.items[line].substitutes if line in willing else ()
                if rank < len(others):
                    yield line, others[rank]

    def _able(self, sku: str, node: str) -> int:
        """Lots that a node can make, whatever else is made there."""
        return min(self.free(part, node) // n for part, n in self.parts(sku).items())

    def free(self, sku: str, node: str) -> int:
        """Quanta that who asks with the order can have of a cell, by the gates."""
        quanta, item = self._seen(sku, node), self.items[sku]
        if not self.policy.gates:
            return quanta
        place = next(n for n in self.network.nodes if n.id == node)
        on_hand = self.engine.stock(sku, node).on_hand
        units = Fraction(quanta, 10**item.decimals)
        kept = left(self.policy.gates, place, item, units, on_hand)
        return math.floor(kept * 10**item.decimals)

    def _seen(self, sku: str, node: str) -> int:
        """Quanta that who asks with the order can have of a cell, gates aside."""
        found = self.engine.available_to_promise(
            sku, node, channel=self.order.channel, services=self.services()
        )
        return _quanta(found, self.items[sku].decimals)

    def services(self) -> tuple[str, ...]:
        """Services that rules about safety are asked for."""
        return tuple(self.admitted)

    def load(self, node: ModelNode, service: Service) -> list[tuple[str, str, int]]:
        """(line, SKU, lots) sent, taken lot by lot as long as it can be carried."""
        most_g = service.rates.max_shipment_g
        left = dict(self.wanted)
        used: dict[str, int] = {}
        taken: list[tuple[str, str, int]] = []
        before_g = 0
        for line, sku in self._fills():
            parts, lots = self.parts(sku), 0
            while left[line] >= self.lot(sku):
                more_g = before_g + self.lot_weight(sku, lots + 1)
                if most_g is not None and more_g > most_g:
                    break
                if any(
                    used.get(p, 0) + n > self.free(p, node.id) for p, n in parts.items()
                ):
                    break
                for part, n in parts.items():
                    used[part] = used.get(part, 0) + n
                lots += 1
                left[line] -= self.lot(sku)
            if lots:
                taken.append((line, sku, lots))
                before_g += self.lot_weight(sku, lots)
        return taken

    # -- lines that are not split --------------------------------------------------------

    def _parts_only(self, node: ModelNode, service: Service) -> bool:
        """Whether all it has are parts of lines that another node can send whole."""
        composed = any(
            self.items[sku].components or self.lot(sku) > 1 for sku in self.wanted
        )
        if composed or any(line != sku for line, sku in self._fills()):
            return False
        if self.policy.objective != "cheapest" or service.kind == "collect":
            return False
        if self.policy.max_shipments is not None:
            return False
        if self.policy.split_lines == "freely" or self.policy.gates:
            return False
        for sku in self.wanted:
            can_whole = self._whole(node, sku, service)
            if self._able(sku, node.id) and (
                can_whole or not self._anyone(sku, service)
            ):
                return False
        return True

    def _anyone(self, sku: str, service: Service) -> bool:
        return any(self._whole(node, sku, service) for node in self.network.nodes)

    def _whole(self, node: ModelNode, sku: str, like: Service) -> bool:
        """Whether a node can send a line whole by a service that may share the plan."""
        able = self._able(sku, node.id)
        if able < self.asked(sku):
            return False
        return any(
            service.kind == like.kind
            or (self.policy.mix_kinds and "collect" not in (service.kind, like.kind))
            for service in self.network.services
            if self._carries(node, service, sku)
        )

    def asked(self, sku: str) -> int:
        """Quanta of a line that the network may promise at all, or all of it."""
        found = self.engine.available_to_promise(
            sku, channel=self.order.channel, services=self.services()
        )
        quanta = _quanta(found, self.items[sku].decimals)
        return min(self.wanted[sku], quanta) or self.wanted[sku]

    def _carries(self, node: ModelNode, service: Service, sku: str) -> bool:
        far = _distance_m(self.engine, node, self.order)
        zone = _zone(self.engine, service, node, self.order, far)
        lane = bool(zone and _tariff(service.rates, zone, self.heaviest_g))
        if self._reason(node, service, far, lane=lane) is not None:
            return False
        most_g = service.rates.max_shipment_g
        return most_g is None or self.lot_weight(sku, self.asked(sku)) <= most_g


# -- the best plan with a node ---------------------------------------------------------


def best_with(
    asked: list[Question],
    objective: str,
    node: str,
    most: int,
    line: str | None = None,
) -> tuple[bool, tuple[object, ...] | None]:
    """Return whether all was tried, and the key of the best plan that uses a node.

    With a ``line``: that has this SKU from there and nowhere else. Every plan of every
    group of services; None where none does.
    """
    keys = []
    for question in asked:
        instance = question.instance
        ways = [ways_to_serve(instance, i) for i in range(len(instance.lines))]
        count = 1
        for each in ways:
            count *= len(each)
        if count > most:
            return False, None
        for plan in product(*ways):
            found = _evaluated(question, plan)
            if found is None or not _uses(question, found, node, line):
                continue
            if instance.complete_only and found.units < instance.asked:
                continue
            keys.append(
                order_key(found, objective)[: 2 if objective == "cheapest" else 3]
            )
    return True, min(keys, default=None)


def _uses(question: Question, found: Evaluation, node: str, line: str | None) -> bool:
    number = question.nodes.index(node)
    if line is None:
        return any(number in nodes for nodes in found.nodes_by_line)
    return found.nodes_by_line[question.skus.index(line)] == (number,)


def _evaluated(question: Question, ways: tuple[object, ...]) -> Evaluation | None:
    plan: dict[int, dict[int, int]] = {}
    for line, way in enumerate(ways):
        for option, quanta in way:  # type: ignore[attr-defined]
            plan.setdefault(option, {})[line] = quanta
    try:
        return evaluate(question.instance, list(plan.items()), question.max_shipments)
    except BrokenRuleError:
        return None
