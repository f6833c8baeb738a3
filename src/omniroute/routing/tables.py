"""A network and its items as the arrays that the routing kernels read."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import product

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import SERVICE_KINDS, UNREACHED
from omniroute.errors import ConfigurationError
from omniroute.kernels.order.layout import (
    C_ROWS,
    S_DEN,
    S_KIND,
    S_MAX_G,
    S_NUM,
    S_RADIUS_M,
    S_T_MAX,
    S_WIDTH,
    S_ZONES,
    ZONE_LABELS,
)
from omniroute.model.destination import Destination
from omniroute.model.item import Item
from omniroute.model.money import to_minor
from omniroute.model.network import Network
from omniroute.model.recipes import Recipe
from omniroute.model.zones import DistanceBands, PostcodeZones
from omniroute.promising.trips import Regions, Trip, trips_of

#: Handling money above this could leave the search keys' 40 bits of cost.
HANDLING_MAX = 2**32
UNIT_COST_MAX = 2**20


class NetworkTables:
    """What does not change while an engine lives: nodes, services, prices.

    Attributes
    ----------
    points : float64[N, 4]
        Unit vectors of the nodes; the fourth number is 1 where coordinates are known.
    costs : int64[N, 4]
        Handling money per shipment, line and unit; services offered, as bits.
    services : int64[V, S_WIDTH]
    zone_rows, zone_transit : int32[Q, V, 128]
        By view, service and zone label: row of ``prices`` (-1: none), transit days; in
        a network with calendars or capacity the place of the trip among those in use.
        There is a view for each level of punctuality in each region: see `view`.
    prices : int64[R, T]
        Closed prices by row and weight step.
    row_zone : list of int
        Zone label of each row of ``prices``.
    row_days : list of int
        Transit days of each row of ``prices``: a view has rows of its own where its
        trips differ.
    row_trip : list of int
        Place of the trip of each row of ``prices`` among those in use.
    charts : list of PostcodeZones or DistanceBands
        The zone tables in use, each once; `S_ZONES` of a service points here.
    origins : list of NDArray or None
        For a postcode chart, the row of each node in it.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.points = np.array(
            [_unit_vector(n.latitude, n.longitude) for n in network.nodes]
        )
        self.costs = _costs(network)
        self.charts: list[PostcodeZones | DistanceBands] = []
        self.origins: list[NDArray[np.int64] | None] = []
        self.row_zone: list[int] = []
        self.row_days: list[int] = []
        self.row_trip: list[int] = []
        timed = network.dated or bool(network.capacity)
        self._trips = trips_of(network) if timed else None
        self._regions = Regions(network)
        self._percentiles = network.percentiles
        count = len(network.services)
        shape = len(self._regions) * len(self._levels()), count, ZONE_LABELS
        self.services = np.zeros((count, S_WIDTH), np.int64)
        self.zone_rows = np.full(shape, -1, np.int32)
        self.zone_transit = np.zeros(shape, np.int32)
        rows: list[NDArray[np.int64]] = []
        for s in range(count):
            self._add_service(s)
            self._add_lanes(s, rows)
        self.prices = _block(rows)

    @property
    def record_width(self) -> int:
        """Words of a lane class."""
        return C_ROWS + 2 * len(self.services)

    def level(self, percentile: Decimal | None) -> int:
        """Return the level of punctuality at which a share of parcels is there.

        0 is what is promised where nobody says otherwise. Then comes one for each share
        that a service tells: what is asked for counts as the least that is no less.
        """
        if percentile is None or not self._percentiles:
            return 0
        return 1 + bisect_left(self._percentiles, percentile)

    def view(self, destination: Destination, level: int) -> int:
        """Return which lanes a destination has at a level of punctuality."""
        region = self._regions.of(destination)
        return region * len(self._levels()) + level if region else level

    def _levels(self) -> list[Decimal | None]:
        """Share of parcels by level; the last of several is all of them."""
        told = self._percentiles
        return [None, *dict.fromkeys([*told, Decimal(1)])] if told else [None]

    def _add_service(self, s: int) -> None:
        service = self.network.services[s]
        rates = service.rates
        self.services[s, S_NUM] = rates.step_num
        self.services[s, S_DEN] = rates.step_den
        self.services[s, S_T_MAX] = rates.closed.shape[1] - 1
        max_g = rates.max_shipment_g
        self.services[s, S_MAX_G] = UNREACHED if max_g is None else max_g
        self.services[s, S_KIND] = SERVICE_KINDS.index(service.kind)
        radius_m = service.radius_m
        self.services[s, S_RADIUS_M] = -1 if radius_m is None else radius_m
        self.services[s, S_ZONES] = self._chart(service.zones)

    def _add_lanes(self, s: int, rows: list[NDArray[np.int64]]) -> None:
        """Give each zone of a service a row of prices, and one more for other trips."""
        service = self.network.services[s]
        row_of: dict[tuple[int, Trip], int] = {}
        views = product(range(len(self._regions)), self._levels())
        for view, (region, percentile) in enumerate(views):
            for zone in service.lane_zones:
                days = service.transit(zone, percentile)
                if days is None:
                    continue
                trip = self._regions.trip(region, s, days, zone)
                place = days if self._trips is None else self._trips.index(trip)
                if (zone, trip) not in row_of:
                    row_of[zone, trip] = len(rows)
                    rows.append(service.rates.closed[service.rates.row(zone)])
                    self.row_zone.append(zone)
                    self.row_days.append(days)
                    self.row_trip.append(place)
                self.zone_rows[view, s, zone] = row_of[zone, trip]
                self.zone_transit[view, s, zone] = place

    def days_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Days on the way by row of prices; of rows below 0, of no meaning."""
        found: NDArray[np.int64] = np.array(self.row_days, np.int64)[rows]
        return found

    def _chart(self, zones: PostcodeZones | DistanceBands | None) -> int:
        if zones is None:
            return -1
        for at, chart in enumerate(self.charts):
            if chart is zones:
                return at
        self.charts.append(zones)
        self.origins.append(self._origins(zones))
        return len(self.charts) - 1

    def _origins(
        self, zones: PostcodeZones | DistanceBands
    ) -> NDArray[np.int64] | None:
        if isinstance(zones, DistanceBands):
            return None
        home = self.network.home_postcode
        return np.array([zones.origin_row(home(node)) for node in self.network.nodes])


def item_rows(
    items: Sequence[Item], recipes: Mapping[int, Recipe] | None = None
) -> NDArray[np.int64]:
    """int64[S, 2]: grams of a unit, quanta in a unit.

    Of what is sold by the lot: grams of a lot, and less than 0 the units in it.
    """
    rows = [(item.weight_g, item.scale) for item in items]
    for number, recipe in (recipes or {}).items():
        rows[number] = recipe.weight_g, -recipe.units
    return np.array(rows, np.int64).reshape(-1, 2)


def unit_vector(latitude: float | None, longitude: float | None) -> NDArray[np.float64]:
    """float64[4]: x, y, z on the unit sphere, and 1; zeros where unknown."""
    return np.array(_unit_vector(latitude, longitude))


def _unit_vector(
    latitude: float | None, longitude: float | None
) -> tuple[float, float, float, float]:
    if latitude is None or longitude is None:
        return (0.0, 0.0, 0.0, 0.0)
    phi, lam = math.radians(latitude), math.radians(longitude)
    cos_phi = math.cos(phi)
    return (cos_phi * math.cos(lam), cos_phi * math.sin(lam), math.sin(phi), 1.0)


def _costs(network: Network) -> NDArray[np.int64]:
    costs = np.zeros((len(network.nodes), 4), np.int64)
    for k, node in enumerate(network.nodes):
        for j, name in enumerate(("order_cost", "line_cost", "unit_cost")):
            limit = UNIT_COST_MAX if name == "unit_cost" else HANDLING_MAX
            minor = to_minor(getattr(node, name), name)
            if minor > limit:
                path = f"nodes[{node.id!r}].{name}"
                expected = f"at most {limit / 10_000:.2f}"
                raise ConfigurationError(path, expected, getattr(node, name))
            costs[k, j] = minor
        for s, service in enumerate(network.services):
            if service.offered_by(node):
                costs[k, 3] |= 1 << s
    return costs


def _block(rows: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Rows of prices side by side; `UNREACHED` past the end of the short ones."""
    block = np.full((len(rows), max(len(row) for row in rows)), UNREACHED, np.int64)
    for r, row in enumerate(rows):
        block[r, : len(row)] = row
    return block
