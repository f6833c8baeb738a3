"""From a shop to its problems: one a group of services that may share a plan."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import omniroute as om
from tests.naive import from_engine as naive
from tests.naive.arrivals import Follower
from tests.naive.minutes import Minutes
from tests.routing.test_dated import nearest_zone

from .problem import Line, Price, Problem, Room
from .shop import NOW, SCALE, TODAY, Lane, Shop


class Group:
    """A problem, and how plans of the library are read as plans for it."""

    def __init__(self, question: naive.Question, problem: Problem, lots: dict) -> None:
        self.question, self.problem, self.lots = question, problem, lots

    def sent(self, plan: om.Plan) -> dict[int, dict[int, int]]:
        """Return lots by option and line of a plan."""
        found = {}
        for o, lines in naive.shipments_of(self.question, plan):
            found[o] = {}
            for i, quanta in lines.items():
                lots, rest = divmod(quanta, self.lots[i])
                assert not rest, "a part of a pack"
                found[o][i] = lots
        return found


def groups_of(shop: Shop, engine: om.Engine, now: int = NOW) -> list[Group]:
    """Return the problems of a shop's order."""
    order, policy = shop.asked(), shop.rules()
    zone = None
    if shop.dated:
        zone = ZoneInfo(nearest_zone(engine, _where_it_goes(engine, order)))
    asked = naive.questions(
        engine,
        order,
        policy,
        _arrival(shop, engine, order, now),
        lambda sku: [shop.lots(sku, node) for node in shop.nodes],
    )
    return [_group(shop, policy, question, zone, now) for question in asked]


def _where_it_goes(engine: om.Engine, order: om.Order) -> om.Order:
    if order.collect_at is None:
        return order
    node = next(n for n in engine.network.nodes if n.id == order.collect_at)
    to = om.Destination(node.postcode, node.country, node.latitude, node.longitude)
    return om.Order(order.lines, to, needed_by=order.needed_by)


# -- time ------------------------------------------------------------------------------

_CLOCKS: dict[tuple, Minutes] = {}


class _Follower(Follower):
    """Clocks watched once for all shops."""

    def _clock(self, hours: om.Calendar) -> Minutes:
        key = hours.hours, hours.timezone, tuple(hours.closed)
        if key not in _CLOCKS:
            _CLOCKS[key] = super()._clock(hours)
        return _CLOCKS[key]


def _arrival(shop: Shop, engine: om.Engine, order: om.Order, now: int):
    """Return what transit counts: days, or minutes; None where it cannot be."""
    follower, zone, latest = None, "UTC", None
    if shop.dated:
        follower = _Follower(engine.network, TODAY)
        zone = nearest_zone(engine, _where_it_goes(engine, order))
        if order.needed_by is not None and shop.policy.get("needed_by") != "soft":
            latest = follower.counted_s(order.needed_by, zone)

    def begins(node: str, service: str, wait: int) -> date:
        if follower is None:
            asked = datetime.fromtimestamp(shop.order.get("due", NOW), UTC).date()
            return asked + timedelta(days=wait)
        return follower.begins(node, service, now, wait)

    def arrival(node: str, service: str, days: int) -> int | None:
        wait = _wait(shop, node, lambda wait: begins(node, service, wait))
        if wait is None or follower is None:
            return None if wait is None else days + wait
        when, _, _ = follower.arrives(node, service, days, now, wait)
        seconds = max(follower.counted_s(when, zone), now)
        return None if latest is not None and seconds > latest else seconds // 60

    return arrival


def _wait(shop: Shop, node: str, begins) -> int | None:
    """Working days that orders wait at a node for room; None where it is full."""
    rules = [
        rule for rule in shop.capacity if rule.node == node and rule.over_price is None
    ]
    for wait in range(min((rule.backlog_days for rule in rules), default=0) + 1):
        if all(rule.limit[begins(wait).weekday()] for rule in rules):
            return wait
    return None


# -- one group -------------------------------------------------------------------------


def _group(
    shop: Shop, policy: om.RoutingPolicy, question: naive.Question, zone, now: int
) -> Group:
    skus, nodes = question.skus, question.nodes
    lines = tuple(_line(shop, sku) for sku in skus)
    options = question.instance.options
    lanes = [_lane(shop, question, option, zone) for option in options]
    lots = {i: _lot(shop, sku) for i, sku in enumerate(skus)}
    parts = {part for line in lines for part in line.parts}
    stock = {(part, k): shop.can_send(part, node)
             for part in parts for k, node in enumerate(nodes)}  # fmt: skip
    km = int(policy.distance_price * SCALE)
    shipment = []
    for lane, option in zip(lanes, options, strict=True):
        price = _sum(shop, "shipment", lane)
        metres = min(option.distance_m, 25_000_000)
        shipment.append(
            Price(
                price.cash + _cents(shop, lane.node, "order_cost"),
                price.counted
                + (metres * km + 500) // 1000
                + int(policy.shipment_price * SCALE),
            )
        )
    handled = {"line": "line_cost", "unit": "unit_cost"}
    by = {
        per: tuple(
            Price(cash + _cents(shop, lane.node, told), counted)
            for lane in lanes
            for cash, counted in [_sum(shop, per, lane.node)]
        )
        for per, told in handled.items()
    }
    together = [tuple(skus.index(sku) for sku in group)
                for group in shop.order.get("keep_together", ())]  # fmt: skip
    problem = Problem(
        lines,
        options,
        stock,
        tuple(shipment),
        by["line"],
        by["unit"],
        tuple(
            tuple(_sum(shop, "item", sku, lane.node).counted for sku in skus)
            for lane in lanes
        ),
        policy.in_order,
        max_shipments=question.max_shipments,
        together=tuple(together),
        rooms=tuple(_rooms(shop, nodes)),
        split_penalty=int(policy.split_penalty * SCALE),
        day_price=int(policy.day_price * SCALE),
        days_of=_days(zone, now) if zone else int,
        complete_only=policy.complete_only,
        split_lines=policy.split_lines != "never",
        split_freely=policy.split_lines == "freely",
    )
    return Group(question, problem, lots)


def _line(shop: Shop, sku: str) -> Line:
    told, parts = shop.items[sku], shop.parts(sku)
    size = told.get("pack_size", 1)
    weight = sum(
        shop.items[part]["weight_g"] * inside for part, inside in parts.items()
    )
    picks = sum(parts.values())
    return Line(
        shop.lines[sku] // size,
        weight,
        10 ** shop.decimals(sku),
        picks,
        size,
        parts,
    )


def _lot(shop: Shop, sku: str) -> int:
    return shop.items[sku].get("pack_size", 1)


def _lane(shop: Shop, question: naive.Question, option, clock) -> Lane:
    node, service = question.nodes[option.node], question.services[option.service]
    card = next(card for card in shop.cards if card.name == service)
    zone = next(
        label
        for label, limit in enumerate(card.bands_km, start=1)
        if option.distance_m <= limit * 1000
    )
    kind = shop.nodes[node]["kind"]
    days = card.days[zone]
    late = _days_late(shop, clock, option.transit_days)
    return Lane(node, kind, service, option.node, days, option.distance_m, late)


def _days_late(shop: Shop, zone: ZoneInfo | None, arrival: int) -> int:
    """Return how many days a wish would have to be put off, one day after the other."""
    day, late = shop.order.get("needed_by"), 0
    if day is None:
        return 0
    if zone is None:
        start = datetime.fromtimestamp(shop.order.get("due", NOW), UTC).date()
        return max(0, (start + timedelta(days=arrival) - day).days)
    while True:
        midnight = datetime.combine(day + timedelta(days=late + 1), time.min, zone)
        if 60 * arrival <= midnight.timestamp():
            return late
        late += 1


def _cents(shop: Shop, node: str, cost: str) -> int:
    return round(shop.nodes[node].get(cost, 0) * SCALE)


def _sum(shop: Shop, per: str, *about) -> Price:
    cash = counted = 0
    for term in shop.money:
        if term.per == per:
            cash += term.amount(*about) * term.cash
            counted += term.amount(*about) * (not term.cash)
    return Price(cash, counted)


def _rooms(shop: Shop, nodes) -> list[Room]:
    return [
        Room(nodes.index(rule.node), rule.of, rule.limit[0])
        for rule in shop.capacity
        if rule.of != "orders" and rule.over_price is None
    ]


def _days(zone: ZoneInfo, now: int):
    """Return how many days of a calendar a minute since 1970 is away."""

    def days(minute: int) -> int:
        end = datetime.fromtimestamp(60 * minute - 1, zone).date()
        return max(0, (end - datetime.fromtimestamp(now, zone).date()).days)

    return days
