"""Features of policies: what is allowed, and what has a price beside cash."""

from __future__ import annotations

from datetime import timedelta

import omniroute as om

from .shop import SCALE, TODAY, Money, Shop


def complete_only(shop: Shop) -> None:
    """All of it or nothing."""
    shop.policy["complete_only"] = True


def few_shipments(shop: Shop) -> None:
    """At most one, two or three."""
    shop.policy["max_shipments"] = shop.dice.choice([1, 2, 2, 3])


def lines_undivided(shop: Shop) -> None:
    """No line comes from several nodes."""
    shop.policy["split_lines"] = False


def split_freely(shop: Shop) -> None:
    """Also lines that a node has whole may come from several: some have a part of it.

    Each unit of that line fills a parcel, or nobody would send two.
    """
    dice = shop.dice
    shop.policy["split_lines"] = "freely"
    sku = dice.choice(sorted(sku for sku in shop.lines if sku != "SET"))
    lot = shop.parts(sku)[sku]
    shop.lines[sku] = wanted = max(shop.lines[sku], dice.choice([2, 3]) * lot)
    whole = dice.choice(sorted(shop.nodes))
    for node in shop.nodes:
        part = dice.randint(1, max(1, wanted // lot - 1)) * lot
        shop.stock[sku, node] = wanted if node == whole else part
    if shop.items[sku]["weight_g"]:
        shop.items[sku]["weight_g"] = -(-450 * 10 ** shop.decimals(sku) // lot)
    for card in shop.cards:
        if card.breaks_g is None and card.heaviest_g is None:
            card.breaks_g = [500, 1_000, 2_000_000]
            for zone, (first, *_) in card.prices.items():
                card.prices[zone] = [first, 3 * first, 9 * first]


def small_orders(shop: Shop) -> None:
    """Below a value an order is not split."""
    shop.policy["min_value_to_split"] = 50
    shop.order["value"] = shop.dice.choice([20, 49.99, 50, 80])


def limited_distance(shop: Shop) -> None:
    """A radius for all nodes, another for stores."""
    shop.policy["max_distance_km"] = shop.dice.choice([1000, 2000, 5000])
    shop.policy["max_distance_km_by_kind"] = {"store": shop.dice.choice([500, 1500])}


def excluded_nodes(shop: Shop) -> None:
    """By the order, by the policy, or for its channel."""
    nodes = sorted(shop.nodes)
    one, other, third = (shop.dice.choice(nodes) for _ in range(3))
    shop.order["exclude_nodes"] = [one]
    if shop.dice.random() < 0.5:
        shop.policy["exclude_nodes"] = [other]
    if shop.dice.random() < 0.5:
        shop.order["channel"] = "web"
        shop.policy["exclude_nodes_by_channel"] = {"web": [third]}


def split_penalty(shop: Shop) -> None:
    """Each shipment after the first counts as more."""
    shop.policy["split_penalty"] = shop.dice.choice([0.7, 2, 6])


def distance_price(shop: Shop) -> None:
    """Each kilometre counts."""
    shop.policy["distance_price"] = shop.dice.choice([0.0007, 0.002, 0.0071])


def surcharges(shop: Shop) -> None:
    """Cash for a shipment from a store, and by one service."""
    by = shop.dice.choice(shop.cards).name
    _add(
        shop,
        om.terms.packaging(0.35, node_kinds=["store"]),
        Money("shipment", lambda s: 3500 * (s.node_kind == "store"), cash=True),
    )
    _add(
        shop,
        om.terms.surcharge(0.8, services=[by]),
        Money("shipment", lambda s: 8000 * (s.service == by), cash=True),
    )


def lateness(shop: Shop) -> None:
    """Days on the way beyond the first count."""
    _add(
        shop,
        om.terms.lateness(1.75, after_days=1),
        Money("shipment", lambda s: 17_500 * max(0, s.transit_days - 1)),
    )


def needed_by_a_wish(shop: Shop) -> None:
    """Each day after the order is needed counts, and nothing is too late; dates or none."""
    if "needed_by" not in shop.order:
        days = shop.dice.choice([-2, 0, 1, 2, 3])
        shop.order["needed_by"] = TODAY + timedelta(days=days)
    shop.policy["needed_by"] = "soft"
    price = shop.dice.choice([0.4, 1.75, 6])
    _add(
        shop,
        om.terms.lateness(price, name="late for the wish"),
        Money("shipment", lambda s: round(price * SCALE) * s.days_late),
    )


def own_terms(shop: Shop) -> None:
    """A function of the user's for each line, in cash, and one for each unit."""
    index = {node: k for k, node in enumerate(shop.nodes)}
    _add(
        shop,
        om.CostTerm("picks", lambda seen: 0.2 * seen.node, per="line", cash=True),
        Money("line", lambda node: 2000 * index[node], cash=True),
    )
    _add(
        shop,
        om.CostTerm("touch", lambda seen: 0.3 - 0.1 * seen.node, per="unit"),
        Money("unit", lambda node: 3000 - 1000 * index[node]),
    )


def credits_for_shipments(shop: Shop) -> None:
    """A user's term that pays for splitting: it says that it does not merge."""
    index = {node: k for k, node in enumerate(shop.nodes)}
    _add(
        shop,
        om.CostTerm("once", lambda seen: 0.5 * seen.node - 1, merges=False),
        Money("shipment", lambda s: 5000 * index[s.node] - SCALE, merges=False),
    )


def node_prices(shop: Shop) -> None:
    """What a unit is worth where it lies."""
    _prices(shop, 1)


def markdown_credits(shop: Shop) -> None:
    """What is gained where a unit leaves: below nothing."""
    _prices(shop, -1)


def _prices(shop: Shop, sign: int) -> None:
    dice, told = shop.dice, {}
    for node in shop.nodes:
        if dice.random() < 0.4:
            told[node] = dice.randint(0, 40) / 10
        else:
            told[node] = {sku: dice.randint(0, 60) / 10 for sku in sorted(shop.lines)}

    def amount(line: str, node: str) -> int:
        price = told[node]
        # A kit has a price of its own, or is worth what its components are.
        each = price[line] if isinstance(price, dict) else price
        kit = "components" in shop.items[line] and not isinstance(price, dict)
        return (
            sign * round(each * SCALE) * (sum(shop.parts(line).values()) if kit else 1)
        )

    make = om.terms.node_price if sign > 0 else om.terms.markdown_credit
    _add(shop, make(told), Money("item", amount))


def stock_outs(shop: Shop) -> None:
    """A unit counts more where its line would leave fewer than two."""
    _add(shop, om.terms.stock_out_penalty(1.5, below=2), stock_out_money(shop))


def stock_out_money(shop: Shop) -> Money:
    """The same, as a shop is seen."""

    def amount(line: str, node: str) -> int:
        lot = next(iter(shop.parts(line).values())) if line != "SET" else 1
        held = shop.lots(line, node)
        wanted = shop.lines[line] // lot
        left = held - min(held, wanted)
        scale = 10 ** shop.decimals(line)
        return 15_000 if left < 2 * scale else 0

    return Money("item", amount)


def _add(shop: Shop, term: om.CostTerm, money: Money) -> None:
    shop.policy.setdefault("terms", []).append(term)
    shop.money.append(money)


FEATURES = (
    complete_only,
    few_shipments,
    lines_undivided,
    split_freely,
    small_orders,
    limited_distance,
    excluded_nodes,
    split_penalty,
    distance_price,
    surcharges,
    lateness,
    needed_by_a_wish,
    own_terms,
    credits_for_shipments,
    node_prices,
    markdown_credits,
    stock_outs,
)
