"""A hand-in put to the naive twin, worked out again from the model and the stock."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from omniroute.engine import Engine
from omniroute.model import DistanceBands, HandIn, Node, ReturnPolicy, Service

from .from_engine import _band, _chart, _haversine, _minor, _quanta, _tariff
from .returns import Came, Offer, Rules, worth

Levels = dict[tuple[str, str], int]


def rules_of(policy: ReturnPolicy) -> Rules:
    """The same rules in fractions."""
    return Rules(
        [(level, Fraction(share)) for level, share in policy.need],
        Fraction(policy.otherwise),
        {state: Fraction(chance) for state, chance in policy.sellable.items()},
        Fraction(policy.scrap),
    )


def levels_of(engine: Engine, policy: ReturnPolicy) -> Levels:
    """Quanta free, on their way or hopeful, by (SKU, node), as the engine shows cells."""
    found = {}
    for item in engine.items:
        for node in engine.network.node_ids:
            cell = engine.stock(item.sku, node)
            units = [cell.free, cell.inbound]
            for state, amount in cell.unavailable.items():
                if policy.sellable.get(state):
                    units.append(amount)
            found[item.sku, node] = sum(_quanta(n, item.decimals) for n in units)
    return found


def offers(
    engine: Engine,
    policy: ReturnPolicy,
    given: HandIn,
    levels: Levels,
    prices: Mapping[tuple[str, str], object],
) -> tuple[list[Offer], dict[str, str]]:
    """What nodes offer, and the first reason of those that do not."""
    item = next(each for each in engine.items if each.sku == given.sku)
    quanta = _quanta(given.quantity, item.decimals)
    came = Came(quanta, item.scale, _minor(given.value), given.state)
    found, out = [], {}
    for k, node in enumerate(engine.network.nodes):
        here = node.id == given.at
        reason, leg, far = _passage(engine, policy, given, node, quanta)
        if reason:
            out[node.id] = reason
            continue
        price = prices.get((given.sku, node.id))
        minor = None if price is None else _minor(Fraction(str(price)))
        value = worth(rules_of(policy), came, levels[given.sku, node.id], minor)
        each = _minor(policy.handling.get(node.kind, 0))
        handling = each * -(-quanta // item.scale)
        found.append(Offer(k, here, value, leg, handling, far))
    return found, out


def _passage(
    engine: Engine, policy: ReturnPolicy, given: HandIn, node: Node, quanta: int
) -> tuple[str, int, int]:
    """(reason, leg, metres) of one node; the reason is empty where it may have it."""
    if node.id in policy.exclude_nodes:
        return "EXCLUDED", 0, 0
    if node.id not in policy.takes.get(given.state, [node.id]):
        return "NOT_TAKEN", 0, 0
    if node.id == given.at:
        return ("" if policy.keep_here else "NOT_KEPT"), 0, 0
    far = _metres(engine, given, node)
    if policy.max_distance_km is not None:
        if far is None:
            return "NO_COORDINATES", 0, 0
        if far > policy.max_distance_km * 1000:
            return "TOO_FAR", 0, 0
    legs = _legs(engine, policy, given, node, quanta)
    if not legs:
        return "NO_LANE", 0, 0
    light = [leg for leg in legs if leg[0] is not None]
    if not light:
        return "TOO_HEAVY", 0, 0
    return "", min(light)[0], 2**27 if far is None else far


def _legs(
    engine: Engine, policy: ReturnPolicy, given: HandIn, node: Node, quanta: int
) -> list[tuple[int | None, int, int]]:
    """(price, days, service) of every admitted service that goes there."""
    far, legs = _metres(engine, given, node), []
    item = next(each for each in engine.items if each.sku == given.sku)
    grams = -(-quanta * item.weight_g // item.scale)
    for s, service in enumerate(engine.network.services):
        wanted = policy.services
        if service.name not in wanted if wanted else service.kind != "ship":
            continue
        zone = _zone(engine, service, given, node, far)
        tariff = zone and _tariff(service.rates, zone, grams)
        if tariff:
            days = service.transit_days
            days = days if isinstance(days, int) else days[zone]
            legs.append((tariff(grams), days, s))
    return legs


def _end(engine: Engine, given: HandIn) -> object:
    nodes = {node.id: node for node in engine.network.nodes}
    return nodes[given.at] if isinstance(given.at, str) else given.at


def _metres(engine: Engine, given: HandIn, node: Node) -> int | None:
    end = _end(engine, given)
    at = (end.latitude, end.longitude)
    if at[0] is None:
        at = (
            engine.network.places.locate(end.postcode)
            if engine.network.places
            else None
        )
    if at is None or node.latitude is None:
        return None
    return _haversine(*at, node.latitude, node.longitude)


def _zone(
    engine: Engine, service: Service, given: HandIn, node: Node, far: int | None
) -> int:
    """Zone label from where it is handed in to a node, 0 where there is none."""
    end = _end(engine, given)
    if isinstance(end, Node) and not service.offered_by(end):
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
        zone = _chart(chart, end.postcode, node.postcode)
    days = service.transit_days
    return zone if isinstance(days, int) or zone in days else 0
