"""An engine's question put to the slow oracles, worked out again from the model.

Nothing here reads the arrays that the kernels read: distances, zones, tariffs and
quanta are computed anew from what the user declared.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache

import attrs

from omniroute.engine import Engine
from omniroute.model import (
    Destination,
    DistanceBands,
    Order,
    PostcodeZones,
    RateCard,
    RoutingPolicy,
    Service,
)
from omniroute.model import Node as ModelNode
from omniroute.routing.plan import Plan

from .evaluate import Evaluation, evaluate
from .gates import left
from .mip import mip_best
from .routing_instance import Instance, Line, Node, Option
from .tariffs import ANY_WEIGHT, Tariff, close_under_parcelling

EARTH_RADIUS_M = 6_371_008.8
#: Tariffs are closed up to here at first; heavier orders close them further.
LIGHT_G = 40_000
#: Terms that every shipment has; a policy may add some.
OWN_TERMS = ("rate", "handling_order", "handling_line", "handling_unit")


@dataclass(frozen=True)
class Question:
    """What one group of services that may share a plan can do for an order."""

    instance: Instance
    max_shipments: int | None
    skus: tuple[str, ...]
    decimals: tuple[int, ...]
    nodes: tuple[str, ...]
    services: tuple[str, ...]

    def option(self, node: str, service: str) -> int:
        """Return the number of the option, or fail: it is not admissible."""
        key = (self.nodes.index(node), self.services.index(service))
        known = [(option.node, option.service) for option in self.instance.options]
        return known.index(key)

    def answers(self, plan: Plan) -> bool:
        """Whether every shipment of the plan is one of this group's options."""
        try:
            for shipment in plan.shipments:
                self.option(shipment.node, shipment.service)
        except ValueError:
            return False
        return True


#: Of a service, a node and its days on the way: what transit counts, None if too late.
Arrival = Callable[[str, str, int], int | None]
#: Of a SKU: quanta by node. Whoever works stock out by itself hands it in.
Held = Callable[[str], list[int]]


def questions(
    engine: Engine,
    order: Order,
    policy: RoutingPolicy | None = None,
    arrival: Arrival | None = None,
    held: Held | None = None,
) -> list[Question]:
    """Return a question a group of services, on the engine's stock as it stands."""
    policy = policy or engine.policy
    held = held or (lambda sku: _stock(engine, policy, sku))
    if fed := _fed(engine, order):
        order = attrs.evolve(order, collect_at=None, destination=_place(engine, order))
        return [_question(engine, order, policy, fed, False, arrival, held)]
    groups: dict[str, list[int]] = {}
    for s, service in enumerate(engine.network.services):
        if order.services is not None and service.name not in order.services:
            continue
        unasked = order.services is None and order.collect_at is None
        if unasked and service.kind == "collect" and _delivers(engine):
            continue
        if order.collect_at is not None and service.kind != "collect":
            continue
        if service.kind == "ship_to_store":
            continue
        kind = service.kind
        if policy.mix_kinds and kind != "collect":
            kind = "ship"
        groups.setdefault(kind, []).append(s)
    return [
        _question(engine, order, policy, admitted, kind == "collect", arrival, held)
        for kind, admitted in groups.items()
    ]


def best(
    asked: Sequence[Question], objective: str, patience_s: float | None = None
) -> tuple[int, int | None, int]:
    """Return (units, latest, cost) of the best plan of any group, by HiGHS."""
    found = [
        mip_best(q.instance, objective, q.max_shipments, patience_s=patience_s)
        for q in asked
    ]
    return min(found, key=lambda plan: _key(plan, objective), default=(0, None, 0))


def recost(asked: Sequence[Question], plan: Plan) -> Evaluation:
    """Check every rule on a plan and cost it from scratch, term by term."""
    question = next(q for q in asked if q.answers(plan))
    shipments = shipments_of(question, plan)
    found = evaluate(question.instance, shipments, question.max_shipments)
    order, terms = sorted(range(len(shipments)), key=lambda x: shipments[x][0]), 0
    for rank, x in enumerate(order):
        shipment = plan.shipments[x]
        option = question.instance.options[shipments[x][0]]
        assert _minor(shipment.terms["rate"]) == found.prices[rank]
        own = sum(_minor(shipment.terms[name]) for name in OWN_TERMS)
        assert own == found.prices[rank] + found.handling[rank]
        assert shipment.weight_g == found.weights_g[rank]
        if plan.dates is None:
            assert shipment.transit_days == option.transit_days
        terms += _minor(shipment.cost) - own
    assert _minor(plan.cost) == found.cost + terms
    return found


def shipments_of(question: Question, plan: Plan) -> list[tuple[int, dict[int, int]]]:
    """Return a plan as option and quanta by line of each shipment."""
    return [
        (
            question.option(shipment.node, shipment.service),
            {
                question.skus.index(line.sku): _quanta(
                    line.quantity, question.decimals[question.skus.index(line.sku)]
                )
                for line in shipment.lines
            },
        )
        for shipment in plan.shipments
    ]


def _fed(engine: Engine, order: Order) -> list[int]:
    """Services that bring an order to where it is collected; none if it is there."""
    place = next((n for n in engine.network.nodes if n.id == order.collect_at), None)
    if place is None:
        return []
    kinds = {
        s: service.kind
        for s, service in enumerate(engine.network.services)
        if order.services is None or service.name in order.services
    }
    if place.kind != "pickup_point" and "collect" in kinds.values():
        return []
    return [s for s, kind in kinds.items() if kind == "ship_to_store"]


def _place(engine: Engine, order: Order) -> Destination:
    """The place of collection, as if it were somebody's address."""
    node = next(n for n in engine.network.nodes if n.id == order.collect_at)
    return Destination(node.postcode, node.country, node.latitude, node.longitude)


def _delivers(engine: Engine) -> bool:
    """Whether the network has any way to bring an order to its destination."""
    kinds = {service.kind for service in engine.network.services}
    return not kinds <= {"collect", "ship_to_store"}


# -- one group -------------------------------------------------------------------------


def _question(
    engine: Engine,
    order: Order,
    policy: RoutingPolicy,
    admitted: list[int],
    is_collect: bool,
    arrival: Arrival | None,
    held_of: Held,
) -> Question:
    network, decimals = engine.network, {i.sku: i.decimals for i in engine.items}
    weight = {item.sku: item.weight_g for item in engine.items}
    wanted: dict[str, int] = {}
    for line in order.lines:
        quanta = _quanta(line.quantity, decimals[line.sku])
        wanted[line.sku] = wanted.get(line.sku, 0) + quanta
    lines = tuple(
        Line(quanta, weight[sku], 10 ** decimals[sku]) for sku, quanta in wanted.items()
    )
    heaviest = sum(line.weight_of(line.quantity) for line in lines)
    stock = [held_of(sku) for sku in wanted]
    barred = {*order.exclude_nodes, *policy.exclude_nodes}
    barred.update(dict(policy.exclude_nodes_by_channel).get(order.channel, ()))
    by_kind = dict(policy.max_distance_km_by_kind)
    nodes, options = [], []
    for k, node in enumerate(network.nodes):
        held = tuple(row[k] for row in stock)
        nodes.append(
            Node(
                held,
                _minor(node.order_cost),
                _minor(node.line_cost),
                _minor(node.unit_cost),
            )
        )
        if node.id in barred or order.collect_at not in (None, node.id):
            continue
        if not any(held):
            continue
        far = _distance_m(engine, node, order)
        limits = [policy.max_distance_km, by_kind.get(node.kind)]
        if any(
            limit is not None and (far is None or far > limit * 1000)
            for limit in limits
        ):
            continue
        for s in admitted:
            service = network.services[s]
            zone = _zone(engine, service, node, order, far)
            tariff = zone and _tariff(service.rates, zone, heaviest)
            if tariff:
                days = service.transit_days
                days = days if isinstance(days, int) else days[zone]
                if arrival is not None:
                    days = arrival(node.id, service.name, days)
                if days is None:
                    continue
                options.append(
                    Option(k, s, tariff, days, 2**27 if far is None else far)
                )
    return Question(
        Instance(
            lines,
            tuple(nodes),
            tuple(options),
            policy.complete_only,
            policy.split_lines,
        ),
        1 if is_collect or _is_small(order, policy) else policy.max_shipments,
        tuple(wanted),
        tuple(decimals[sku] for sku in wanted),
        tuple(node.id for node in network.nodes),
        tuple(service.name for service in network.services),
    )


def _stock(engine: Engine, policy: RoutingPolicy, sku: str) -> list[int]:
    """Quanta by node, as far as the policy's gates let an order have them."""
    free = engine.available_by_node(sku).tolist()
    if not policy.gates:
        return free
    item = next(item for item in engine.items if item.sku == sku)
    scale, found = 10**item.decimals, []
    for node, quanta in zip(engine.network.nodes, free, strict=True):
        on_hand = engine.stock(sku, node.id).on_hand
        units = left(policy.gates, node, item, Fraction(quanta, scale), on_hand)
        found.append(math.floor(units * scale))
    return found


def _is_small(order: Order, policy: RoutingPolicy) -> bool:
    """Whether the order is worth less than what may be split."""
    least = policy.min_value_to_split
    return least is not None and order.value is not None and order.value < least


def _zone(
    engine: Engine, service: Service, node: ModelNode, order: Order, far: int | None
) -> int:
    """Return the zone label of a lane, 0 where the service has none."""
    listed = node.services is None or service.name in node.services
    if not listed or (service.node_kinds and node.kind not in service.node_kinds):
        return 0
    if service.radius_km is not None and (
        far is None or far > service.radius_km * 1000
    ):
        return 0
    chart = service.zones
    if chart is None:
        zone = 1
    elif isinstance(chart, DistanceBands):
        zone = _band(chart, far)
    else:
        home = engine.network.country
        ends = (node, order.destination)
        at_home = all(end.country in (None, home) for end in ends)
        zone = _chart(chart, *(end.postcode for end in ends)) if at_home else 0
    days = service.transit_days
    return zone if isinstance(days, int) or zone in days else 0


def _band(chart: DistanceBands, far: int | None) -> int:
    for band, limit in enumerate(chart.limits_km, start=1):
        if far is not None and far <= limit * 1000:
            return band
    return 0


def _chart(chart: PostcodeZones, origin: str | None, to: str | None) -> int:
    from_prefix, to_prefix = (
        (origin or "")[: chart.prefix_len],
        (to or "")[: chart.prefix_len],
    )
    if from_prefix not in chart.origins or to_prefix not in chart.destinations:
        return 0
    row = chart.origins.index(from_prefix)
    return int(chart.zones[row, chart.destinations.index(to_prefix)])


def _distance_m(engine: Engine, node: ModelNode, order: Order) -> int | None:
    """Great-circle metres by the haversine, where the kernel takes the chord."""
    to = engine.network.locate(order.destination)
    if to is None or node.latitude is None or node.longitude is None:
        return None
    return _haversine(node.latitude, node.longitude, *to)


@cache
def _haversine(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> int:
    phi_a, phi_b = math.radians(lat_a), math.radians(lat_b)
    rise = math.sin((phi_b - phi_a) / 2) ** 2
    turn = math.sin(math.radians(lon_b - lon_a) / 2) ** 2
    chord = min(1.0, rise + math.cos(phi_a) * math.cos(phi_b) * turn)
    return round(2 * EARTH_RADIUS_M * math.asin(math.sqrt(chord)))


# -- money -----------------------------------------------------------------------------

_TARIFFS: dict[tuple[int, int, bool], tuple[RateCard, Tariff]] = {}


def _tariff(card: RateCard, zone: int, weight_g: int) -> Tariff | None:
    """Return the closed tariff of a zone, good for weights up to that of the order."""
    label = next(iter(card.prices)) if card.any_zone else zone
    if label not in card.prices:
        return None
    light = weight_g < LIGHT_G
    key = (id(card), label, light)
    if key not in _TARIFFS:  # the card is kept too, so that its id stays its own
        _TARIFFS[key] = card, _closed(card, label, light)
    return _TARIFFS[key][1]


def _closed(card: RateCard, label: int, light: bool) -> Tariff:
    prices = [_minor(price) for price in card.prices[label]]
    heaviest = card.max_shipment_g
    if not card.breaks_g:
        return Tariff.flat(prices[0], ANY_WEIGHT if heaviest is None else heaviest)
    assert heaviest is not None, "a card with brackets has a limit"
    return close_under_parcelling(
        card.breaks_g, prices, min(heaviest, LIGHT_G) if light else heaviest
    )


def _minor(money: Decimal) -> int:
    scaled = Fraction(money) * 10_000
    assert scaled.denominator == 1
    return scaled.numerator


def _quanta(quantity: object, decimals: int) -> int:
    exact = Fraction(str(quantity)) * 10**decimals
    assert exact.denominator == 1
    return exact.numerator


def _key(plan: tuple[int, int | None, int], objective: str) -> tuple[int, ...]:
    units, latest, cost = plan
    return (-units, (latest or 0) if objective == "fastest" else 0, cost)
