"""The US retail sample is what its notes say it is."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from tests.naive import counter_rng as naive

from omniroute.datasets import load_us_retail, replenishment
from omniroute.datasets import us_retail_synthetic as synthetic
from omniroute.datasets.us_retail_hours import hours_of
from omniroute.datasets.us_retail_sample import read_sample
from omniroute.errors import ValidationError
from omniroute.model import Hours
from omniroute.stock.frames import events_from_columns
from omniroute.stock.ids import Catalogue

COVER_DAYS = 14
ONLINE_SHARE = 8


@pytest.fixture(scope="module")
def sample():
    return read_sample()


@pytest.fixture(scope="module")
def shop():
    return load_us_retail()


# -- network ---------------------------------------------------------------------------


def test_the_network_has_1565_stores_and_ten_warehouses(shop):
    """Every store and warehouse of the sources is a node, once."""
    kinds = [node.kind for node in shop.network.nodes]
    assert (kinds.count("store"), kinds.count("warehouse")) == (1565, 10)
    assert len({node.id for node in shop.network.nodes}) == 1575
    assert shop.network.node_ids == tuple(shop.nodes["node"])


def test_the_network_offers_five_services(shop):
    """Three parcel services, pick-up and a courier, in this order."""
    names = [(service.name, service.kind) for service in shop.network.services]
    assert names == [
        ("ground", "ship"),
        ("priority", "ship"),
        ("express", "ship"),
        ("store-pickup", "collect"),
        ("same-day", "same_day"),
    ]


def test_a_known_store_and_a_known_warehouse_are_where_they_are(shop):
    """Mall of America is in Bloomington; OAK4 is in Tracy, California."""
    columns = shop.nodes
    mall, oak4 = (list(columns["node"]).index(id_) for id_ in ("1000", "OAK4"))
    assert columns["name"][mall] == "Mall of America"
    assert columns["zip"][mall] == "55425"
    assert columns["hours"][mall].startswith("Mon: 10-9:30; Tue: 10-9:30")
    assert columns["latitude"][mall] == 44.85466
    assert (columns["state"][oak4], columns["type"][oak4]) == ("CA", "Warehouse")
    assert columns["zip"][oak4].startswith("95")


@pytest.mark.parametrize(
    ("service", "zone", "weight_g", "price"),
    [
        ("ground", 1, 113, "7.20"),  # 4 oz is 113.398 g
        ("ground", 1, 114, "7.50"),
        ("ground", 9, 453, "12.45"),  # just under a pound
        ("ground", 1, 454, "9.85"),  # over a pound: the two-pound bracket
        ("priority", 1, 1, "10.45"),
        ("express", 9, 1, "65.55"),
    ],
)
def test_rates_are_the_published_ones(shop, service, zone, weight_g, price):
    """One light parcel costs what the tariff prints, up to the limit inclusive."""
    card = shop.network.services[shop.network.service_index(service)].rates
    assert card.price(zone, weight_g) == Decimal(price)


def test_offshore_zones_are_left_unserved(shop):
    """No parcel lane leads from the mainland to Hawaii, but one leads to New York."""
    zones = shop.network.services[0].zones
    assert zones.zone("55425", "96813") == 0
    assert 1 <= zones.zone("55425", "10001") <= 9


# -- orders ----------------------------------------------------------------------------


def test_orders_are_invoices_in_time_order_with_aware_times(shop):
    """The stream can be replayed: sorted, unique, in UTC, within the period."""
    placed = [order.placed_at for order in shop.orders]
    assert placed == sorted(placed)
    assert len({order.id for order in shop.orders}) == len(shop.orders) == 3929
    assert placed[0] >= datetime(2011, 5, 2, tzinfo=UTC)
    assert placed[-1] < datetime(2011, 7, 18, tzinfo=UTC)


def test_every_sku_ordered_is_an_item_and_the_other_way_round(shop):
    """Items are the SKUs of the baskets, kept apart where only case differs."""
    ordered = {line.sku for order in shop.orders for line in order.lines}
    items = [item.sku for item in shop.items]
    assert items == sorted(ordered)
    assert len({sku.upper() for sku in items}) < len(items)


def test_no_line_is_bookkeeping(shop):
    """Postage, fees, vouchers and manual entries are not merchandise."""
    assert not [
        item.sku
        for item in shop.items
        if not (item.sku[:5].isdigit() or item.sku.startswith("DCGS"))
    ]
    assert shop.baskets["quantity"].min() >= 1


def test_orders_ask_for_the_parcel_services(shop):
    """Routing chooses among ways to ship; collect and courier are for the asking."""
    assert {order.services for order in shop.orders} == {
        ("ground", "priority", "express")
    }


def test_most_nodes_reach_every_destination_of_the_first_orders(shop):
    """The first forty orders can be shipped from nine nodes in ten."""
    zones = shop.network.services[0].zones
    for order in shop.orders[:40]:
        served = sum(
            zones.zone(node.postcode, order.destination.postcode) > 0
            for node in shop.network.nodes
        )
        assert served >= 0.9 * 1575


def test_destinations_follow_population(shop):
    """California, with an eighth of the people, gets about an eighth of the orders."""
    prefixes = [int(order.destination.postcode[:3]) for order in shop.orders]
    share = sum(900 <= prefix <= 961 for prefix in prefixes) / len(prefixes)
    assert share == pytest.approx(0.12, abs=0.02)


def test_basket_columns_say_the_same_as_the_orders(shop):
    """The analyst's table and the orders agree line by line."""
    columns = shop.baskets
    lines = [
        (i, order.id, line.sku, line.quantity)
        for i, order in enumerate(shop.orders)
        for line in order.lines
    ]
    names = ("order", "invoice", "sku", "quantity")
    assert lines == list(zip(*(columns[n].tolist() for n in names), strict=True))
    first = shop.orders[0].placed_at.replace(tzinfo=None)
    assert columns["at"][0].astype(datetime) == first


# -- weights and stock -----------------------------------------------------------------


def test_weights_are_light_and_skewed(shop):
    """From 20 g to 1.2 kg, half of them up to about 150 g, the mean well above."""
    weights = np.array([item.weight_g for item in shop.items])
    assert weights.min() >= 20
    assert weights.max() <= 1200
    assert np.median(weights) == pytest.approx(150, abs=15)
    assert weights.mean() > 1.2 * np.median(weights)


@pytest.fixture(scope="module")
def stock(sample):
    return stock_of(sample)


def stock_of(sample, seed=1, days=COVER_DAYS, share=ONLINE_SHARE):
    return synthetic.opening_stock(seed, days, share, sample.baskets, sample.nodes)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("node_type", "percent"),
    [("Warehouse", 80), ("BigBox", 20), ("Express", 14), ("Mobile", 10)],
)
def test_a_node_holds_its_share_of_the_skus(sample, seed, node_type, percent):
    """A store has 10-20 % of the SKUs on hand by type, a warehouse 80 %."""
    stock = stock_of(sample, seed)
    of_type = np.array(sample.nodes.type) == node_type
    held = np.bincount(stock.node, minlength=len(of_type))[of_type]
    shares = held / len(sample.baskets.sku)
    assert shares.mean() == pytest.approx(percent / 100, abs=0.01)
    assert np.abs(shares - shares.mean()).max() < 0.03


def test_no_cell_is_there_twice_and_cells_are_sorted(stock):
    """Cells come by SKU, then node, each once: the order an engine keeps them in."""
    cells = stock.sku * 10_000 + stock.node
    assert (np.diff(cells) > 0).all()


def test_opening_stock_is_stock_takes_of_at_least_one_unit(shop):
    """Columns an engine applies: the event, the cell, and units above zero."""
    columns = shop.opening_stock
    assert set(columns) == {"event", "sku", "node", "quantity"}
    assert columns["event"] == "count"
    assert columns["quantity"].min() >= 1


def test_an_engine_reads_the_opening_stock(shop, stock, sample):
    """Every row resolves to the SKU, node and quantity that were drawn."""
    catalogue = Catalogue(sample.nodes.id, sample.baskets.sku)
    events = events_from_columns(shop.opening_stock, catalogue)
    assert np.array_equal(events.skus, stock.sku)
    assert np.array_equal(events.nodes, stock.node)
    assert np.array_equal(events.quantities, stock.quantity)


def test_the_opening_stock_takes_few_bytes_a_cell(shop):
    """Two bytes each for SKU and node, four for the quantity."""
    columns = shop.opening_stock
    arrays = (columns["sku"].codes, columns["node"].codes, columns["quantity"])
    assert sum(array.itemsize for array in arrays) == 8


@pytest.mark.parametrize(("days", "share"), [(14, 8), (3, 8), (14, 100), (365, 1)])
def test_a_sku_has_its_own_cover_in_whole_units(sample, shop, days, share):
    """For each SKU: all sales a day times the days of cover, rounded up, no more."""
    sold = dict.fromkeys(sample.baskets.sku, 0)
    lines = shop.baskets
    for sku, units in zip(lines["sku"], lines["quantity"].tolist(), strict=True):
        sold[sku] += units
    stock = stock_of(sample, days=days, share=share)
    held = np.zeros(len(sold), np.int64)
    np.add.at(held, stock.sku, stock.quantity)
    expected = [-(-units * 100 * days // (share * 77)) for units in sold.values()]
    assert held.tolist() == expected
    assert stock.quantity.min() >= 1


def test_stock_covers_two_weeks_of_all_sales(shop):
    """Cover is 14 days, if the baskets are 8 % of what is sold."""
    daily = shop.baskets["quantity"].sum() / 77 * 100 / ONLINE_SHARE
    cover = shop.opening_stock["quantity"].sum() / daily
    assert COVER_DAYS <= cover < 1.01 * COVER_DAYS


@pytest.mark.parametrize("share", [8, 50, 100])
def test_walk_in_customers_are_the_rest_of_all_sales(shop, share):
    """Online units a day are so many percent of all; the others walk in."""
    loaded = load_us_retail(orders=1, online_share_percent=share)
    online_a_day = Fraction(int(shop.baskets["quantity"].sum()), 77)
    everything = online_a_day * 100 / share
    assert loaded.walk_in_percent == 100 - share
    assert loaded.walk_in_units_per_day == int(everything - online_a_day)


def test_two_fifths_of_the_units_are_in_warehouses(stock, sample):
    """Of all units 40 %, and of every SKU too that has more than a few."""
    in_warehouse = np.array(sample.nodes.type)[stock.node] == "Warehouse"
    units = np.bincount(stock.sku, stock.quantity)
    central = np.bincount(stock.sku[in_warehouse], stock.quantity[in_warehouse])
    assert central.sum() / units.sum() == pytest.approx(0.40, abs=0.005)
    many = units >= 25
    assert np.abs(central - 0.4 * units)[many].max() <= 1


def test_warehouses_come_before_stores(stock, sample):
    """A SKU is in a warehouse; in no store if it has fewer units than warehouses."""
    in_warehouse = np.array(sample.nodes.type)[stock.node] == "Warehouse"
    holders = np.bincount(stock.sku[in_warehouse], minlength=len(sample.baskets.sku))
    units = np.bincount(stock.sku, stock.quantity)
    in_stores = set(stock.sku[~in_warehouse].tolist())
    assert holders.min() >= 1
    slow = np.flatnonzero(units <= 4)
    assert len(slow) > 50
    assert not in_stores & set(slow.tolist())
    assert stock.quantity[np.isin(stock.sku, slow)].max() == 1


def test_a_big_store_holds_more_of_a_fast_sku_than_a_small_one(stock, sample):
    """Beyond the first unit BigBox : Express : Mobile is about 4 : 2 : 1 in a cell."""
    units = np.bincount(stock.sku, stock.quantity)
    types = np.array(sample.nodes.type)[stock.node]
    # Fast enough for units to be many, and all carry chances to be at their highest.
    fast = (units >= 5 * synthetic.MEAN_CHANCE_UNITS)[stock.sku]
    big, express, mobile = (
        (stock.quantity[fast & (types == type_)] - 1).mean()
        for type_ in ("BigBox", "Express", "Mobile")
    )
    assert big / mobile == pytest.approx(4, rel=0.1)
    assert express / mobile == pytest.approx(2, rel=0.1)


def test_the_fastest_skus_are_in_every_big_store(stock, sample):
    """Stores carry a SKU the likelier the more it sells, up to certainty."""
    units = np.bincount(stock.sku, stock.quantity)
    big = np.array(sample.nodes.type) == "BigBox"
    holders = np.bincount(stock.sku[big[stock.node]], minlength=len(units))
    fast = units >= 5 * synthetic.MEAN_CHANCE_UNITS
    assert set(holders[fast].tolist()) == {1037}
    assert holders[units < 200].mean() < 0.1 * 1037


def test_no_sku_is_left_without_a_warehouse(sample, monkeypatch):
    """Where the draws give a SKU no warehouse, it gets one, and not always the same."""
    monkeypatch.setattr(synthetic, "WAREHOUSE_PERCENT", 0)
    stock = stock_of(sample, days=1, share=100)
    in_warehouse = np.array(sample.nodes.type)[stock.node] == "Warehouse"
    skus = np.arange(len(sample.baskets.sku))
    assert np.array_equal(stock.sku[in_warehouse], skus)
    assert len(set(stock.node[in_warehouse].tolist())) == 10


def test_units_lie_where_a_loop_in_plain_python_puts_them(stock, sample):
    """Slow, middling and fast SKUs spread cell by cell, by the generator's twin."""
    units = synthetic.network_units(sample.baskets, COVER_DAYS, ONLINE_SHARE).tolist()
    by_units = sorted(range(len(units)), key=units.__getitem__)
    for sku in by_units[::250] + by_units[-1:]:
        mine = stock.sku == sku
        cells = zip(
            stock.node[mine].tolist(), stock.quantity[mine].tolist(), strict=True
        )
        assert dict(cells) == naive_spread(1, sku, units[sku], sample.nodes.type)


def naive_spread(seed, sku, units, types):
    """Ask every node whether it carries the SKU, then deal out the units."""
    chance = min(units * 1000 // synthetic.MEAN_CHANCE_UNITS, 5000)
    warehouse_limit = synthetic.WAREHOUSE_PERCENT * 1000
    draws, carrying = {}, {"warehouses": [], "stores": []}
    for node, type_ in enumerate(types):
        bits = naive.draw_bits(seed, synthetic.STREAM_CARRIED, sku * len(types) + node)
        draws[node] = bits % 2**32
        store = type_ != "Warehouse"
        limit = chance * synthetic.STORE_PERCENT[type_] if store else warehouse_limit
        if naive.below(bits, 100_000) < limit:
            carrying["stores" if store else "warehouses"].append(node)
    warehouses, stores = carrying["warehouses"], carrying["stores"]
    central = min(units, max(math.ceil(Fraction(2, 5) * units), len(warehouses)))
    if not stores:
        central = units
    return deal(central, warehouses, draws, types) | deal(
        units - central, stores, draws, types
    )


def deal(units, nodes, draws, types):
    """One unit each, by draw where they are short; the rest by weight along a tape."""
    if units < len(nodes):
        return dict.fromkeys(sorted(nodes, key=draws.__getitem__)[:units], 1)
    shares = [
        synthetic.UNIT_WEIGHT[types[node]] * (1 + draws[node] // 2**29)
        for node in nodes
    ]
    rest, placed = units - len(nodes), {}
    for i, node in enumerate(nodes):
        start, stop = (rest * sum(shares[:upto]) // sum(shares) for upto in (i, i + 1))
        placed[node] = 1 + stop - start
    return placed


# -- replenishment ---------------------------------------------------------------------


def test_replenishment_brings_every_cell_back_to_its_opening_level(shop):
    """Free plus received is the opening stock; fuller cells receive nothing."""
    opening = shop.opening_stock
    level = opening["quantity"].astype(np.int64)
    free = level.copy()
    free[::3] -= 2  # below zero in places
    free[1::3] += 1
    receipts = replenishment(opening, free)
    assert receipts["event"] == "receive"
    assert receipts["quantity"].tolist() == [2] * len(level[::3])
    for name in ("sku", "node"):
        assert np.array_equal(receipts[name], opening[name][::3])


def test_nothing_sold_is_nothing_to_replenish(shop):
    """Columns without rows, which an engine takes."""
    opening = shop.opening_stock
    receipts = replenishment(opening, opening["quantity"])
    assert [len(receipts[name]) for name in ("sku", "node", "quantity")] == [0, 0, 0]
    catalogue = Catalogue(shop.network.node_ids, [item.sku for item in shop.items])
    assert len(events_from_columns(receipts, catalogue).what) == 0


@pytest.mark.parametrize(
    ("free", "message"),
    [
        ([1, 2], "free: expected as many rows as the opening stock"),
        ([[1]], "free: expected as many rows"),
        ([1.5], "free: expected an array of whole numbers"),
        (["1"], "free: expected an array of whole numbers"),
        ([True], "free: expected an array of whole numbers"),
    ],
)
def test_replenishment_refuses_what_is_no_row_of_whole_numbers(free, message):
    """The free stock must match the opening stock row by row."""
    opening = {
        "sku": np.array(["A"], object),
        "node": np.array(["N"], object),
        "quantity": np.array([3]),
    }
    with pytest.raises(ValidationError, match=message):
        replenishment(opening, free)


# -- arguments -------------------------------------------------------------------------


def test_the_first_orders_alone_leave_the_rest_as_it_is(shop):
    """Asking for a hundred orders changes neither them, nor stock, nor items."""
    part = load_us_retail(orders=100)
    assert part.orders == shop.orders[:100]
    assert part.items == shop.items
    assert np.array_equal(part.opening_stock["node"], shop.opening_stock["node"])
    assert part.baskets["order"].max() == 99


def test_the_same_seed_gives_the_same_sample_and_another_seed_another(shop):
    """Destinations, weights and stock come from the seed and from nothing else."""
    again, other = load_us_retail(seed=1, orders=40), load_us_retail(seed=2, orders=40)
    assert again.orders == shop.orders[:40]
    assert again.items == shop.items
    assert [o.destination for o in other.orders] != [
        o.destination for o in again.orders
    ]
    assert other.items != shop.items
    assert [o.lines for o in other.orders] == [o.lines for o in again.orders]


def test_the_sample_of_seed_1_never_changes(shop):
    """Values of the shipped sample that published figures rest on."""
    stock = shop.opening_stock
    assert [item.weight_g for item in shop.items[:5]] == [196, 146, 138, 169, 131]
    assert [o.destination.postcode for o in shop.orders[:5]] == [
        "27587",
        "98682",
        "64118",
        "49423",
        "33012",
    ]
    assert (len(stock["sku"]), int(stock["quantity"].sum())) == (826325, 2195855)
    first = [
        (stock["sku"][i], stock["node"][i], stock["quantity"][i]) for i in range(3)
    ]
    assert first == [("10080", "1013", 1), ("10080", "1025", 1), ("10080", "1035", 2)]
    marks = stock["node"].codes.astype(np.int64) * stock["quantity"]
    assert int(marks.sum()) == 2380789331


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("seed", -1),
        ("seed", 2**64),
        ("seed", True),
        ("seed", 1.0),
        ("orders", 0),
        ("orders", 3930),
        ("orders", "10"),
        ("cover_days", 0),
        ("cover_days", 366),
        ("online_share_percent", 0),
        ("online_share_percent", 101),
        ("online_share_percent", 8.0),
    ],
)
def test_a_bad_argument_is_named(argument, value):
    """Numbers out of range are one clear error with the argument's name."""
    with pytest.raises(ValidationError, match=f"{argument}: expected a whole number"):
        load_us_retail(**{argument: value})


def test_the_notes_say_what_is_synthetic(shop):
    """Stock, weights, walk-in sales, destinations, the join are called synthetic."""
    for part in ("opening_stock", "demand", "items", "destinations", "join"):
        assert "synthetic" in shop.notes[part]
    assert "UCI" in shop.notes["baskets"]


# -- opening hours ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("Mon: 10-9", (600, 1260)),
        ("Mon: 9:30-9:30", (570, 1290)),
        ("Mon: 0-11:59", (0, 1440)),  # a kiosk: day and night
        ("Mon: 12-5:30", (720, 1050)),  # noon
        ("Mon: 1-6", (780, 1080)),  # a shop does not open at one in the night
        ("Mon: 8-11:59", (480, 1440)),
    ],
)
def test_hours_are_read_as_a_shop_door_means_them(text, span):
    """Closing is always after noon."""
    assert hours_of(text).mon == (span,)


def test_a_day_that_is_left_out_is_closed():
    """As three stores do on Sunday."""
    week = hours_of("Mon: 10-9; Thurs: 10-9")
    assert (week.tue, week.thu, week.sun) == ((), ((600, 1260),), ())


@pytest.mark.parametrize("text", ["", "Mon 10-9", "Mo: 10-9", "Mon: ten-9"])
def test_other_text_is_no_hours(text):
    """Better no sample than a wrong one."""
    with pytest.raises(ValueError, match="no opening hours"):
        hours_of(text)


def test_stores_have_their_hours_on_their_own_clock(shop):
    """In Bloomington that is central time, in Phoenix without summer time."""
    nodes = {node.id: node for node in shop.network.nodes}
    mall = nodes["1000"].hours
    assert (mall.timezone, mall.hours.sun) == ("America/Chicago", ((660, 1140),))
    spans = [node.hours.hours for node in shop.network.nodes if node.kind == "store"]
    assert sum(week == Hours.always() for week in spans) == 189
    assert sum(not week.sun for week in spans) == 4
    zones = Counter(node.hours.timezone for node in shop.network.nodes)
    assert len(zones) == 11
    assert zones["America/Phoenix"] == 27


def test_without_calendars_routing_tells_no_dates(shop):
    """The rules are assumptions: only who asks for them gets them."""
    assert not shop.network.dated
    ruled = load_us_retail(orders=1, calendars=True).network
    assert ruled.dated
    assert ruled.node_ids == shop.network.node_ids
    with pytest.raises(ValidationError, match="calendars"):
        load_us_retail(orders=1, calendars="yes")
