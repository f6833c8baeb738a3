"""Features of objectives: a policy has one; without any it is the cheapest."""

from __future__ import annotations

import omniroute as om

from .shop import Shop


def fastest(shop: Shop) -> None:
    """The least latest arrival, then money."""
    shop.policy["objective"] = "fastest"


def fewest_shipments(shop: Shop) -> None:
    """Shipments, then money."""
    shop.policy["objective"] = "fewest_shipments"


def weighted(shop: Shop) -> None:
    """Money for a day and for a shipment."""
    shop.policy["objective"] = "weighted"
    shop.policy["day_price"] = shop.dice.choice([0.5, 1, 3])
    shop.policy["shipment_price"] = shop.dice.choice([0, 1.25])


def lexicographic(shop: Shop) -> None:
    """One after the other, money among them."""
    shop.policy["objective"] = "lexicographic"
    shop.policy["criteria"] = shop.dice.choice(
        [
            ("fewest_shipments", "fastest"),
            ("fastest", "fewest_shipments"),
            ("cheapest", "fastest"),
            ("cheapest", "fewest_shipments"),
        ]
    )


def _groups(shop: Shop) -> list[om.RuleGroup]:
    dice = shop.dice
    groups = [
        om.RuleGroup("near", max_distance_km=dice.choice([700, 2000])),
        om.RuleGroup("kind", node_kinds=[dice.choice(["store", "warehouse"])]),
        om.RuleGroup("way", services=[dice.choice(shop.cards).name]),
        om.RuleGroup("some", nodes=dice.sample(sorted(shop.nodes), 2)),
    ]
    chosen = dice.sample(groups, 2)
    return chosen + ([om.RuleGroup("any")] if dice.random() < 0.7 else [])


def waterfall(shop: Shop) -> None:
    """Groups in turn: the first that fills the order."""
    shop.policy["objective"] = "waterfall"
    shop.policy["groups"] = _groups(shop)


def waterfall_by_line(shop: Shop) -> None:
    """Groups in turn, line by line."""
    waterfall(shop)
    shop.policy["fill"] = "line"


FEATURES = (
    fastest,
    fewest_shipments,
    weighted,
    lexicographic,
    waterfall,
    waterfall_by_line,
)
