"""Features of stock and of work: what is held back, for whom, and what nodes can do."""

from __future__ import annotations

import omniroute as om

from .shop import NOW, SCALE, Lane, Money, Shop


def safety_stock(shop: Shop) -> None:
    """Some cells keep a lot back; some have no more than that."""
    for cell in sorted(shop.stock):
        if shop.dice.random() < 0.5:
            shop.safety[cell] = shop.dice.randint(1, max(1, shop.stock[cell] // 2))


def fences(shop: Shop) -> None:
    """Stock set aside for the order's channel, and for another one."""
    shop.order["channel"] = "web"
    for sku, node in sorted(shop.stock):
        there = shop.stock[sku, node] - shop.safety.get((sku, node), 0)
        if there > 0 and shop.dice.random() < 0.6:
            channel = shop.dice.choice(["web", "market"])
            shop.fences[channel, sku, node] = shop.dice.randint(1, there)


def full_nodes(shop: Shop) -> None:
    """Some nodes take no more orders today."""
    for node in _some(shop):
        shop.capacity.append(om.Capacity(0, node=node))


def room_for_lines(shop: Shop) -> None:
    """Nodes that pick one line, or two, and no more: of what there is room for."""
    for node in _some(shop):
        of = shop.dice.choice(["lines", "lines", "units"])
        shop.capacity.append(om.Capacity(shop.dice.choice([1, 2]), of, node=node))


def backlog(shop: Shop) -> None:
    """Some nodes begin tomorrow, or the day after, what they are given today."""
    for node in _some(shop):
        if not any(each.node == node and each.of == "orders" for each in shop.capacity):
            rest = shop.dice.choice([("wed", "thu"), ("thu",)])
            limit = dict.fromkeys(rest, 9)
            shop.capacity.append(om.Capacity(limit, node=node, backlog_days=2))


def priced_work(shop: Shop) -> None:
    """Over the limit at a price: for an order, a line or a unit."""
    for node in _some(shop):
        of = shop.dice.choice(["orders", "lines", "units"])
        if any(each.node == node and each.of == of for each in shop.capacity):
            continue
        cents = shop.dice.choice([40, 150, 400])
        rule = om.Capacity(0, of, node=node, over_price=cents / 100)
        shop.capacity.append(rule)
        per = {"orders": "shipment", "lines": "line", "units": "unit"}[of]
        shop.money.append(Money(per, _at(node, cents * SCALE // 100)))


def _at(node: str, minor: int):
    def amount(seen: Lane | str) -> int:
        return minor if getattr(seen, "node", seen) == node else 0

    return amount


def _some(shop: Shop) -> list[str]:
    return [node for node in shop.nodes if shop.dice.random() < 0.5]


def doubtful_cells(shop: Shop) -> None:
    """Units may not be found: the policy puts a price on that."""
    for cell in sorted(shop.stock):
        if shop.dice.random() < 0.6:
            shop.chances[cell] = shop.dice.choice([5000, 8000, 9500])
    penalty = shop.dice.choice([2, 7])
    terms = shop.policy.setdefault("terms", [])
    terms.append(om.terms.failed_pick(penalty))

    def amount(line: str, node: str) -> int:
        chance = SCALE
        for part in _leaves(shop, line):
            # Of a kit all components: products are cut to 1/10,000, as chances are.
            chance = chance * shop.chances.get((part, node), SCALE) // SCALE
        return penalty * (SCALE - chance)

    shop.money.append(Money("item", amount))


def _leaves(shop: Shop, sku: str) -> list[str]:
    return list(shop.items[sku].get("components", [sku]))


def wanted_later(shop: Shop) -> None:
    """In two days: what is on its way by then counts."""
    shop.order["due"] = NOW + 2 * 86_400
    for cell in sorted(shop.stock):
        if shop.stock[cell] and shop.dice.random() < 0.3:
            shop.coming[cell] = shop.stock[cell]


FEATURES = (
    safety_stock,
    fences,
    full_nodes,
    room_for_lines,
    backlog,
    priced_work,
    doubtful_cells,
    wanted_later,
)
