"""The synthetic part of the US retail sample: generated from a seed, and said so.

Nobody publishes item weights, where baskets go, or stock by store. Each is drawn here
by the counter-based generator, so a seed gives the same values everywhere. All sizes
and shares are integers; nothing is decided by a float.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
from attrs import frozen

from omniroute.datasets.coded_column import CodedColumn
from omniroute.datasets.counter_rng import U64, below, draw_bits
from omniroute.datasets.us_retail_sample import Baskets, Nodes, Regions, Zones

I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

#: Streams of the generator: one a purpose. Never renumber: values would change.
STREAM_WEIGHT: Final = 1
STREAM_DESTINATION: Final = 2
STREAM_CARRIED: Final = 3
STREAM_WALK_IN: Final = 4

#: Item weights in grams at every sixteenth of the probability, straight between them:
#: most giftware is light, a few pieces are not. The median is 150 g.
WEIGHT_QUANTILES_G: Final = np.array(
    (20, 35, 50, 65, 80, 95, 112, 130, 150, 172, 198, 230, 270, 325, 405, 560, 1200),
    np.uint64,
)
#: The chance in percent that a warehouse carries a SKU. Realised is 80: a SKU of fewer
#: units than warehouses lies in fewer of them.
WAREHOUSE_PERCENT: Final = 84
#: The mean chance in percent that a store of the type carries a SKU...
STORE_PERCENT: Final = {"BigBox": 20, "Express": 14, "Mobile": 10}
#: ... which is the chance of a SKU of so many units in the network. It grows with the
#: units, up to certainty. Set so that the mean over the SKUs of the sample is as above.
MEAN_CHANCE_UNITS: Final = 540
#: The highest chance as a multiple of the mean one: every BigBox store then carries it.
CHANCE_MAX: Final = 5
#: Percent of a SKU's units that lie in warehouses.
WAREHOUSE_UNITS_PERCENT: Final = 40
#: Units beyond the first of a cell, relative to other nodes that carry the SKU.
UNIT_WEIGHT: Final = {"Warehouse": 1, "BigBox": 4, "Express": 2, "Mobile": 1}


@frozen(eq=False)
class Stock:
    """Cells with units, sorted by SKU and node: places in the sample's columns."""

    sku: I64
    node: I64
    quantity: I64


def item_weights(seed: int, skus: int) -> I64:
    """Return whole grams a unit, one a SKU: 20 g to 1.2 kg, skewed, median 150 g."""
    bits = draw_bits(seed, STREAM_WEIGHT, np.arange(skus, dtype=np.uint64))
    step = (bits >> np.uint64(60)).astype(np.int64)
    low, high = WEIGHT_QUANTILES_G[step], WEIGHT_QUANTILES_G[step + 1]
    # The four bits that chose the step are shifted out: what is left is uniform.
    return low.astype(np.int64) + below(bits << np.uint64(4), high - low)


def basket_regions(seed: int, baskets: int, regions: Regions, zones: Zones) -> I64:
    """Return where each basket goes: a region of the mainland, by population."""
    population = np.where(_is_mainland(regions, zones), regions.population, 0)
    reach = np.cumsum(population, dtype=np.int64)
    bits = draw_bits(seed, STREAM_DESTINATION, np.arange(baskets, dtype=np.uint64))
    return np.searchsorted(reach, below(bits, int(reach[-1])), side="right")


def _is_mainland(regions: Regions, zones: Zones) -> Mask:
    """Regions that most origins reach in a rated zone: not offshore, nor unknown."""
    columns = np.array([int(prefix) - 1 for prefix in regions.prefix])
    rated = (zones.zone >= 1) & (zones.zone <= 9)
    reached = np.count_nonzero(rated, axis=0) * 2 > len(zones.origins)
    mainland: Mask = reached[columns]
    return mainland


def opening_stock(
    seed: int,
    cover_days: int,
    online_share_percent: int,
    baskets: Baskets,
    nodes: Nodes,
) -> Stock:
    """Spread the `network_units` of every SKU over the nodes that carry it.

    Warehouses come first: each that carries a SKU holds a unit before any store does,
    and together they hold a fixed share. The rest lies in stores.
    """
    units = network_units(baskets, cover_days, online_share_percent)
    is_warehouse = np.array([type_ == "Warehouse" for type_ in nodes.type])
    carried, draw = carriers(seed, units, nodes)
    warehouses = carried & is_warehouse
    central = _central_units(units, warehouses, carried)
    weight = np.array([UNIT_WEIGHT[type_] for type_ in nodes.type])
    parts = (
        _spread(central, warehouses, weight, draw),
        _spread(units - central, carried & ~is_warehouse, weight, draw),
    )
    sku, node, quantity = map(np.concatenate, zip(*parts, strict=True))
    order = np.argsort(sku * len(nodes.type) + node, kind="stable")
    return Stock(sku[order], node[order], quantity[order])


def network_units(baskets: Baskets, cover_days: int, online_share_percent: int) -> I64:
    """Return units of each SKU in the network: demand of the days, rounded up.

    Demand is the mean demand of the baskets and, on top, that of walk-in customers:
    the baskets are taken for the given share of all sales.
    """
    online = np.zeros(len(baskets.sku), np.int64)
    np.add.at(online, baskets.line_sku, baskets.line_quantity)
    units: I64 = -(
        -online * 100 * cover_days // (online_share_percent * baskets.period_days)
    )
    return units


def walk_in_units_per_day(baskets: Baskets, online_share_percent: int) -> int:
    """Return mean units a day that walk-in customers ask for, over all SKUs."""
    online = int(baskets.line_quantity.sum(dtype=np.int64))
    rest = 100 - online_share_percent
    return online * rest // (online_share_percent * baskets.period_days)


def carriers(seed: int, units: I64, nodes: Nodes) -> tuple[Mask, U64]:
    """Return ``bool[skus, nodes]``, which node carries which SKU, and the draws.

    Faster SKUs are carried by more stores. A SKU may have fewer units than carriers:
    then not all of them hold it.
    """
    count = len(nodes.type)
    counters = np.arange(len(units) * count, dtype=np.uint64)
    draw = draw_bits(seed, STREAM_CARRIED, counters).reshape(len(units), count)
    carried = below(draw, 100_000) < _chances(units, nodes)
    # Whatever the draws: no SKU is left without a warehouse.
    warehouses = np.flatnonzero([type_ == "Warehouse" for type_ in nodes.type])
    homeless = np.flatnonzero(~carried[:, warehouses].any(axis=1))
    home = np.argmin(_rank(draw[np.ix_(homeless, warehouses)]), axis=1)
    carried[homeless, warehouses[home]] = True
    return carried, draw


def _chances(units: I64, nodes: Nodes) -> I64:
    """Chances of all cells, ``int64[skus, nodes]``, in 1/1000 percent."""
    pace = np.minimum(units * 1000 // MEAN_CHANCE_UNITS, CHANCE_MAX * 1000)
    by_type = {type_: pace * percent for type_, percent in STORE_PERCENT.items()}
    by_type["Warehouse"] = np.full_like(pace, WAREHOUSE_PERCENT * 1000)
    return np.stack([by_type[type_] for type_ in nodes.type], axis=1)


def _central_units(units: I64, warehouses: Mask, carried: Mask) -> I64:
    """Units of each SKU in warehouses: their share, one each at least, all of few."""
    holders = np.count_nonzero(warehouses, axis=1)
    share = -(-units * WAREHOUSE_UNITS_PERCENT // 100)
    central = np.minimum(np.maximum(share, holders), units)
    return np.where(np.count_nonzero(carried, axis=1) > holders, central, units)


def _spread(units: I64, carried: Mask, weight: I64, draw: U64) -> tuple[I64, I64, I64]:
    """Give each carrier of a SKU a unit while there are any, then the rest by weight.

    The rest is laid along the carriers like a tape, each taking the whole units that
    end within its weight: shares are exact to a unit and add up, in integers.
    """
    sku, node = np.nonzero(carried)
    kept = _with_units(sku, _rank(draw[sku, node]), units)
    sku, node = sku[kept], node[kept]
    rest = (units - np.bincount(sku, minlength=len(units)))[sku]
    # A factor from 1 to 8 makes stores of one type differ. It takes bits that decide
    # only where units are too few for all carriers: there no rest is left to lay.
    share = weight[node] * (1 + (_rank(draw[sku, node]) >> 29))
    ends = np.cumsum(share)
    last = np.cumsum(np.bincount(sku, minlength=len(units)))
    reach = np.concatenate(([0], ends))[last]
    before = np.concatenate(([0], reach[:-1]))
    whole = (reach - before)[sku]
    stop = rest * (ends - before[sku]) // whole
    start = rest * (ends - share - before[sku]) // whole
    return sku, node, 1 + stop - start


def _with_units(sku: I64, rank: I64, units: I64) -> Mask:
    """Which cells hold a unit where a SKU has fewer units than cells: first by rank."""
    cells = np.bincount(sku, minlength=len(units))
    kept = (cells <= units)[sku]
    short = np.flatnonzero(~kept)
    order = short[np.lexsort((rank[short], sku[short]))]
    cells[cells <= units] = 0
    number = np.arange(len(order)) - (np.cumsum(cells) - cells)[sku[order]]
    kept[order] = number < units[sku[order]]
    return kept


def _rank(draw: U64) -> I64:
    """Return the half of a draw that `below` leaves alone: it decides no carrier."""
    return (draw & np.uint64(2**32 - 1)).astype(np.int64)


def columns_of(stock: Stock, skus: list[str], nodes: list[str]) -> dict[str, Any]:
    """Return the stock as columns of stock-take events, ready for ``Engine.apply``."""
    return {
        "event": "count",
        "sku": CodedColumn(skus, stock.sku),
        "node": CodedColumn(nodes, stock.node),
        "quantity": stock.quantity.astype(np.int32),
    }
