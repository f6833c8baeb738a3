"""Features of nodes and services: rates, handling, kinds of service, counters, clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import omniroute as om
from tests.routing.dated_worlds import CARRIERS, CUTOFFS, PICKUPS, WEEKS, WORK, ZONES

from .shop import NOW, Card, Shop


def weight_breaks(shop: Shop) -> None:
    """Prices by weight that one parcel may have dearer than two."""
    for card in shop.cards:
        breaks = sorted(shop.dice.sample([250, 500, 750, 1000, 1500, 2500, 4000], 4))
        card.breaks_g = breaks
        for zone, row in card.prices.items():
            cents = row[0]
            steps = []
            for _ in breaks:
                steps.append(cents)
                cents += shop.dice.choice([0, 50, 120, 400, 900])
            card.prices[zone] = steps


def more_services(shop: Shop) -> None:
    """Express beside ground: sooner, dearer."""
    start = shop.dice.randint(700, 1100)
    prices = {zone: [start + 200 * zone] for zone in (1, 2)}
    shop.cards.append(
        Card("express", "ship", prices, {1: 1, 2: 1}, bands_km=(800, 6000))
    )


def couriers(shop: Shop) -> None:
    """A service of another kind, to those near by; plans may mix kinds or not."""
    prices = {1: [shop.dice.randint(300, 900)], 2: [1200]}
    near = Card("courier", "same_day", prices, {1: 0, 2: 0}, bands_km=(900, 2500))
    shop.cards.append(near)
    shop.policy["mix_kinds"] = shop.dice.random() < 0.6


def overweight_loads(shop: Shop) -> None:
    """All lines together are too heavy for one shipment, now and then one line is."""
    for card in shop.cards:
        card.heaviest_g = shop.dice.choice([1500, 2200, 3000])


def handling(shop: Shop) -> None:
    """Each node has its prices for an order, a line and a unit."""
    for told in shop.nodes.values():
        told["order_cost"] = shop.dice.randint(0, 300) / 100
        told["line_cost"] = shop.dice.randint(0, 90) / 100
        told["unit_cost"] = shop.dice.randint(0, 40) / 100


def services_with_limits(shop: Shop) -> None:
    """A radius, kinds of node, nodes that do not offer all."""
    dice = shop.dice
    for card in shop.cards:
        card.more["radius_km"] = dice.choice([1500, 2500, 6000])
        if dice.random() < 0.3:
            card.more["node_kinds"] = ["store"]
    names = [card.name for card in shop.cards]
    for told in shop.nodes.values():
        if dice.random() < 0.3:
            told["services"] = dice.sample(names, max(1, len(names) - 1))


def collected(shop: Shop) -> None:
    """The customer comes to one store, named or not, and to nobody else."""
    card = Card("pickup", "collect", {1: [0]}, {1: 0}, bands_km=(9000,))
    shop.cards.append(card)
    for told in shop.nodes.values():
        if "services" in told:
            told["services"] = [*told["services"], "pickup"]
    if shop.dice.random() < 0.5:
        shop.order["collect_at"] = shop.dice.choice(sorted(shop.nodes))
    else:
        shop.order["services"] = [c.name for c in shop.cards if c.kind == "collect"]


def fed_by_transfers(shop: Shop) -> None:
    """Collected at a locker that has no stock: nodes bring it there."""
    near = shop.nodes["N0"]
    shop.nodes["POINT"] = {
        **near,
        "kind": "pickup_point",
        "latitude": near["latitude"] + 0.2,
        "services": ["leg"],
    }
    prices = {1: [100], 2: [400], 3: [900]}
    leg = Card(
        "leg", "ship_to_store", prices, {1: 0, 2: 1, 3: 3}, bands_km=(50, 900, 9000)
    )
    shop.cards.append(leg)
    for told in shop.nodes.values():
        if "services" in told and "leg" not in told["services"]:
            told["services"] = [*told["services"], "leg"]
    shop.order["collect_at"] = "POINT"


def calendars(shop: Shop) -> None:
    """Hours, cut-offs, pickups and carriers' days: routing tells dates."""
    dice = shop.dice
    shop.dated = True
    for told in shop.nodes.values():
        zone = ZONES[told["postcode"][:3]]
        told["hours"] = om.Calendar(dice.choice(WEEKS), zone)
    for card in shop.cards:
        card.more["dispatch"] = om.DispatchRule(
            None,
            dice.choice(WORK),
            dice.choice(CUTOFFS),
            dice.choice(PICKUPS),
            dice.choice(CARRIERS),
        )


def needed_by_a_day(shop: Shop) -> None:
    """What arrives later is not admitted."""
    if not shop.dated:
        calendars(shop)
    today = datetime.fromtimestamp(NOW, UTC).date()
    shop.order["needed_by"] = today + timedelta(days=shop.dice.choice([1, 2, 3, 5]))


FEATURES = (
    more_services,
    couriers,
    weight_breaks,
    overweight_loads,
    handling,
    services_with_limits,
    collected,
    fed_by_transfers,
    calendars,
    needed_by_a_day,
)
