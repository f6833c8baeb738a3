"""The network of the US retail sample: real places, zones and rates; assumed terms.

Real are the places and opening hours of the stores, the zones, and the prices of the
three parcel services. Everything else a retailer would know and the sources do not say
(transit times, who offers what, courier prices, radii, handling costs, cut-offs) is an
assumption, and stands here as a named constant, or in `us_retail_hours`.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np

from omniroute.datasets.us_retail_hours import calendars_of, with_rules
from omniroute.datasets.us_retail_sample import Nodes, Regions, Sample, Tariffs, Zones
from omniroute.model import (
    Calendar,
    DistanceBands,
    Network,
    Node,
    Places,
    PostcodeZones,
    RateCard,
    Service,
)

#: Exact by definition of the international avoirdupois ounce.
GRAMS_PER_OUNCE: Final = Fraction("28.349523125")
#: The highest zone with a rate; 10 is an offshore destination: left unserved.
ZONE_MAX: Final = 9

PARCEL_SERVICES: Final = ("ground", "priority", "express")

#: Assumed transit days for zones 1 to 9, in the ranges the carrier advertises.
TRANSIT_DAYS: Final = {
    "ground": (2, 2, 3, 3, 4, 4, 5, 5, 5),
    "priority": (1, 2, 2, 2, 3, 3, 3, 3, 3),
    "express": (1, 1, 1, 1, 2, 2, 2, 2, 2),
}
#: Assumed: who offers what.
OFFERS: Final = {
    "Warehouse": PARCEL_SERVICES,
    "BigBox": (*PARCEL_SERVICES, "store-pickup", "same-day"),
    "Express": (*PARCEL_SERVICES, "store-pickup"),
    "Mobile": ("store-pickup",),
}
#: Assumed courier: distance in km up to which a price in USD holds.
COURIER_PRICES: Final = {
    5: Decimal("7.99"),
    10: Decimal("9.99"),
    20: Decimal("14.99"),
    30: Decimal("19.99"),
}
PICKUP_RADIUS_KM: Final = 40
COURIER_RADIUS_KM: Final = 30

#: Assumed handling in USD: a shipment, a line, a unit.
STORE_HANDLING: Final = (Decimal("1.50"), Decimal("0.40"), Decimal("0.05"))
WAREHOUSE_HANDLING: Final = (Decimal("0.90"), Decimal("0.15"), Decimal("0.02"))


def us_network(sample: Sample, *, calendars: bool = False) -> Network:
    """Return the 1,575 nodes and five services; with dispatch rules if wanted."""
    nodes, services = _nodes(sample.nodes), _services(sample.zones, sample.tariffs)
    if calendars:
        nodes, services = with_rules(nodes, services)
    return Network(
        nodes,
        services,
        places=_places(sample.regions),
        country="US",
        currency="USD",
    )


def _nodes(nodes: Nodes) -> list[Node]:
    columns = (nodes.id, nodes.type, nodes.zip, nodes.latitude, nodes.longitude)
    times = calendars_of(nodes.hours, nodes.timezone)
    return [_node(*row) for row in zip(*columns, times, strict=True)]


def _node(
    id_: str,
    type_: str,
    zip_: str,
    latitude: float,
    longitude: float,
    hours: Calendar,
) -> Node:
    is_warehouse = type_ == "Warehouse"
    order, line, unit = WAREHOUSE_HANDLING if is_warehouse else STORE_HANDLING
    return Node(
        id_,
        kind="warehouse" if is_warehouse else "store",
        latitude=latitude,
        longitude=longitude,
        postcode=zip_,
        services=OFFERS[type_],
        order_cost=order,
        line_cost=line,
        unit_cost=unit,
        hours=hours,
    )


def _services(zones: Zones, tariffs: Tariffs) -> list[Service]:
    lanes = _postal_zones(zones)
    parcels = [
        Service(
            name,
            "ship",
            _rate_card(tariffs, tariff),
            lanes,
            transit_days=dict(enumerate(TRANSIT_DAYS[name], 1)),
        )
        for tariff, name in enumerate(PARCEL_SERVICES)
    ]
    return [*parcels, _pickup(), _courier()]


def _pickup() -> Service:
    return Service(
        "store-pickup",
        "collect",
        RateCard.flat(0),
        None,
        radius_km=PICKUP_RADIUS_KM,
        node_kinds=("store",),
    )


def _courier() -> Service:
    return Service(
        "same-day",
        "same_day",
        RateCard.by_zone(dict(enumerate(COURIER_PRICES.values(), 1))),
        DistanceBands(tuple(COURIER_PRICES)),
        radius_km=COURIER_RADIUS_KM,
        node_kinds=("store",),
    )


def _postal_zones(zones: Zones) -> PostcodeZones:
    served = np.where(zones.zone <= ZONE_MAX, zones.zone, 0).astype(np.int8)
    destinations = [f"{prefix:03}" for prefix in range(1, served.shape[1] + 1)]
    return PostcodeZones(zones.origins, destinations, served, prefix_len=3)


def _rate_card(tariffs: Tariffs, tariff: int) -> RateCard:
    limits = [GRAMS_PER_OUNCE * ounces for ounces in tariffs.ounces.tolist()]
    by_zone = tariffs.cents[tariff].T.tolist()
    prices = {
        zone: [Decimal(cents).scaleb(-2) for cents in column]
        for zone, column in enumerate(by_zone, 1)
    }
    return RateCard(limits, prices)


def _places(regions: Regions) -> Places:
    return Places(regions.prefix, regions.latitude, regions.longitude, prefix_len=3)
