"""Plays about orders that are served from stock first and wait for the rest.

That is two steps: as much as is there, and then the rest under permission to oversell.
"""

from __future__ import annotations

import omniroute as om
from tests.scenarios.plays import reads
from tests.scenarios.shop import Shop


def stock_then_back_orders(shop, lines, rules):
    """Units by node and item of what is there, and of what waits; and what is left."""
    first = shop.place(lines, partial=True)
    there, rest = shop.picks(first.plan), shop.short(first.plan)
    shop.engine.set_oversell(rules)
    waiting = {}
    if rest:
        second = shop.place(rest, partial=True)
        if second.reservation is not None:
            for line in shop.engine.backordered(second.reservation.id):
                waiting.setdefault(line.node, {})[line.sku] = line.quantity
        rest = shop.short(second.plan)
    return there, waiting, rest


def in_sum(by_node):
    return sum(n for units in by_node.values() for n in units.values())


def filled(by_node, like):
    """Nothing is told as 0 where the case tells it so."""
    return {
        node: {sku: by_node.get(node, {}).get(sku, 0) for sku in units}
        for node, units in like.items()
    }


@reads("desired on_hand backorderable")
def what_is_there_then_the_rest(facts, asked):
    """The first place is preferred; at which places an item may wait is named."""
    shop = Shop(facts["on_hand"], preferred=next(iter(facts["on_hand"])))
    rules = [
        om.OversellRule("warn", sku=sku, node=node)
        for node, skus in facts["backorderable"].items()
        for sku in skus
    ]
    there, waiting, rest = stock_then_back_orders(shop, facts["desired"], rules)
    return {
        "on_hand": filled(there, asked["on_hand"]),
        "backordered": filled(waiting, asked["backordered"]),
        "leftover": {sku: rest.get(sku, 0) for sku in facts["desired"]},
    }


@reads(
    "lines on_hand default",
    fits=lambda facts: any("backorderable" in of for of in facts["on_hand"].values()),
)
def routed_with_back_orders(facts, asked):
    stock = {
        node: {sku: n for sku, n in units.items() if sku != "backorderable"}
        for node, units in facts["on_hand"].items()
    }
    shop = Shop(stock, preferred=facts["default"])
    rules = [
        om.OversellRule("warn", node=node)
        for node, units in facts["on_hand"].items()
        if units.get("backorderable")
    ]
    there, waiting, _ = stock_then_back_orders(shop, facts["lines"], rules)
    return {"total_on_hand": in_sum(there), "total_backordered": in_sum(waiting)}


def is_in_sum(facts):
    """Places without names: how much of each kind, not from which."""
    places = facts["locations_in_order"]
    return all(isinstance(at, dict) and "id" not in at for at in places)


@reads("qty locations_in_order", fits=is_in_sum)
def back_ordered_in_sum(facts, asked):
    """A place takes so many back-orders and no more."""
    places = facts["locations_in_order"]
    shop = Shop([at.get("on_hand", 0) for at in places])
    rules = [
        om.OversellRule("warn", floor=at.get("backorder", 0), node=node)
        for node, at in zip(shop.nodes, places, strict=True)
    ]
    there, waiting, _ = stock_then_back_orders(shop, facts["qty"], rules)
    return {"on_hand": in_sum(there), "backordered": in_sum(waiting)}
