"""Plays about what there is and what can be promised of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import omniroute as om
from tests.scenarios.plays import reads
from tests.scenarios.shop import SKU, Shop, named, places_of

# -- sources, stocks that are lists of sources, and items in or out of stock ------------


def of_sources(facts, stock, pack_size=1):
    """A stock is a network of its open sources; what is out of stock may not be sold."""
    fixture = facts["fixture"]
    rows = fixture["source_items"]
    closed = {row["source"] for row in rows if not row.get("source_enabled", True)}
    sources = fixture["stocks"][str(stock)]["sources_by_priority"]
    asked = [facts.get("sku", SKU), *(row[0] for row in facts.get("rows", ()))]
    skus = dict.fromkeys([row["sku"] for row in rows] + asked)
    stock = {s: dict.fromkeys(skus, 0) for s in sources if s not in closed}
    for row in rows:
        if row["source"] in stock and row.get("in_stock", True):
            stock[row["source"]][row["sku"]] = row["qty"]
    shop = Shop(stock, decimals=places_of(facts), pack_size=pack_size)
    rules = [
        om.OversellRule("warn", floor=-set_["min_qty"], sku=sku, node=row["source"])
        for sku, set_ in fixture.get("sku_config", {}).items()
        for row in rows
        if row["sku"] == sku and row["source"] in stock and set_.get("backorders")
    ]
    shop.engine.set_oversell(rules)
    return shop


@reads("fixture sku stock reservations")
def salable_quantity(facts, asked):
    """Reservations are signed: below zero units are taken, above they are given back."""
    shop, sku = of_sources(facts, facts["stock"]), facts["sku"]
    for change in facts["reservations"]:
        if change < 0:
            assert shop.accepts({sku: -change})
        else:
            give_back(shop, change)
    return {"salable_qty": shop.atp(sku=sku)}


def give_back(shop, units):
    """Cancel so much of what is reserved, the newest first."""
    units, columns = Decimal(repr(units)), shop.engine.reservations()
    lines = zip(
        *(columns[key] for key in ("id", "sku", "node", "held_quanta")), strict=True
    )
    for id, sku, node, quanta in list(lines)[::-1]:
        some = min(units, shop.units(quanta))
        if some:
            assert shop.engine.cancel(id, {(sku, node): some}) is om.Status.OK
            units -= some
    assert not units


@reads("fixture sku stock order_qty")
def salable_after_an_order(facts, asked):
    shop, sku = of_sources(facts, facts["stock"]), facts["sku"]
    before = shop.atp(sku=sku)
    assert shop.accepts({sku: facts["order_qty"]})
    return {
        "salable_before": before,
        "salable_after": shop.atp(sku=sku),
        "reservations_after": -shop.held(sku=sku),
    }


@reads("fixture sku stock qty", may="min_qty")
def is_salable(facts, asked):
    """A least quantity on hand is subtracted once from the stock, not per source."""
    shop = of_sources(facts, facts["stock"])
    shop.threshold(facts.get("min_qty", 0))
    return {"salable": shop.atp(sku=facts["sku"]) >= facts["qty"]}


@reads("source_items stocks backorders sku qty")
def is_salable_in_stocks(facts, asked):
    found = {}
    for name, sources in facts["stocks"].items():
        rows = [row for row in facts["source_items"] if row[0] in sources]
        shop = Shop({source: {sku: units} for source, sku, units in rows})
        if facts["backorders"]:
            shop.allow()
        found[name] = shop.atp(sku=facts["sku"]) >= facts["qty"]
    return {"salable": found}


@reads("fixture skus sorted_sources")
def items_in_the_order_of_sources(facts, asked):
    stock = next(
        name
        for name, stock in facts["fixture"]["stocks"].items()
        if set(facts["sorted_sources"]) <= set(stock["sources_by_priority"])
    )
    shop = of_sources(facts, stock)
    return {"ordered_items": with_stock(shop, facts)}


@reads("source_items skus sorted_sources")
def items_of_plain_sources(facts, asked):
    """Items without a quantity count as one unit."""
    stock = {}
    for source, sku, *units in facts["source_items"]:
        stock.setdefault(source, {})[sku] = units[0] if units else 1
    found = with_stock(Shop(stock, decimals=places_of(facts)), facts)
    given = any(len(row) > 2 for row in facts["source_items"])
    return {"ordered_items": found if given else [row[:2] for row in found]}


def with_stock(shop, facts):
    known = {item.sku for item in shop.engine.items}
    return [
        [source, sku, shop.atp(source, sku)]
        for source in facts["sorted_sources"]
        if source in shop.nodes
        for sku in facts["skus"]
        if sku in known and shop.atp(source, sku) > 0
    ]


# -- places ----------------------------------------------------------------------------


def by_place(shop, asked, sku=SKU):
    """Answers for those places that are asked about; "all" and "total" are the network."""
    whole = {"all", "total", "available"}
    return {
        name: shop.atp(None if name in whole else name, sku)
        for name in asked
        if name in whole or name in shop.nodes
    }


@reads("on_hand", fits=lambda facts: isinstance(facts["on_hand"], dict))
def by_location(facts, asked):
    return by_place(Shop(facts["on_hand"]), asked)


@reads("stock_item")
def no_record(facts, asked):
    """Where there is no record there is no place that could give any."""
    shop = Shop({"L1": {}, "other": {SKU: 0}})
    if facts["stock_item"] is not None:
        shop.engine.apply(om.Receive(SKU, "L1", facts["stock_item"]))
    return {"locations": {n: shop.atp(n) for n in shop.nodes if shop.atp(n)}}


@reads("locations backorderable")
def over_active_locations(facts, asked):
    active = [x["on_hand"] for x in facts["locations"] if x.get("active", True)]
    shop = Shop(active)
    if facts["backorderable"]:
        shop.allow()
    can = {n: shop.atp() >= int(n) for n in asked.get("can_supply", ())}
    return {"total_on_hand": shop.on_hand(), "can_supply": can}


@reads("location")
def of_a_named_location(facts, asked):
    """Who names a closed node is told what it has."""
    shop = Shop({"here": facts["location"]["on_hand"], "open": 0})
    return {"can_supply": {n: shop.atp("here") >= int(n) for n in asked["can_supply"]}}


@reads("tree on_hand")
def of_a_group(facts, asked):
    """A parent is the group of itself and all below it."""

    def below(name):
        found = [name]
        for child in facts["tree"].get(name, ()):
            found += below(child)
        return found

    shop = Shop(facts["on_hand"])
    return {name: shop.atp(group=below(name)) for name in asked}


@reads("stocked reserved locations")
def over_some_locations(facts, asked):
    shop = Shop(facts["stocked"])
    shop.spread(facts["reserved"])
    return {"available": shop.atp(group=facts["locations"])}


@reads("stocked reserved confirm")
def confirmed(facts, asked):
    shop = Shop(facts["stocked"])
    shop.spread(facts["reserved"])
    return {"results": [shop.atp() >= units for units in facts["confirm"]]}


@reads("on_hand held")
def less_what_is_held(facts, asked):
    shop = Shop(facts["on_hand"])
    shop.spread(facts["held"])
    return {"available": shop.atp()}


@reads("quants", may="reserve")
def over_quants(facts, asked):
    """Units of one place in several records: one cell."""
    shop = Shop({"stock": 0})
    for units, _ in facts["quants"]:
        shop.engine.apply(om.Receive(SKU, "stock", units))
    shop.spread(sum(reserved for _, reserved in facts["quants"]))
    before, held = shop.atp(), shop.held()
    shop.accepts(facts.get("reserve") or 1)
    return {
        "available": before,
        "available_before": before,
        "available_after": shop.atp(),
        "reserved": shop.held() - held,
    }


# -- held back, oversold, set aside ----------------------------------------------------


@reads("on_hand threshold qty", may="allocated")
def with_a_threshold(facts, asked):
    shop = Shop(facts["on_hand"])
    shop.threshold(facts["threshold"])
    shop.spread(facts.get("allocated", 0))
    saleable = shop.atp()
    ok = shop.accepts(facts["qty"])
    return {"ok": ok, "saleable": saleable, "quantity_available": saleable}


@reads("qoh reserved safety_stock threshold unrouted_queue excluded_facility_atp")
def less_all_that_is_held_back(facts, asked):
    """What is excluded stands aside; what waits to be routed is held."""
    shop = Shop({"S1": facts["qoh"]})
    aside = facts["excluded_facility_atp"]
    if aside:
        shop.engine.apply(om.Move(SKU, "S1", aside, "on_hand", "excluded"))
    shop.engine.set_safety(
        [
            om.SafetyRule(facts["safety_stock"]),
            om.SafetyRule(facts["threshold"], guards="network"),
        ]
    )
    for units in (facts["reserved"], facts["unrouted_queue"]):
        shop.spread(units)
    return {"online_atp": shop.atp()}


@reads("on_hand ring_fence")
def less_ring_fences(facts, asked):
    """Of each node no more is set aside than it has."""
    shop = Shop(facts["on_hand"], channels=[om.Channel("walk-in")])
    fences = [
        om.RingFence("walk-in", SKU, units, nodes=node)
        for node, units in facts["ring_fence"].items()
    ]
    shop.engine.allocate(fences)
    return {"online": shop.atp()}


@reads("supply steps")
def quota(facts, asked):
    """A quota is a fence of a channel; paths of channels are a tree."""
    paths = {path for step in facts["steps"] for path in step[1:] if "/" in str(path)}
    return {"after": list(quota_steps(facts, quota_shop(facts, paths)))}


def quota_shop(facts, paths):
    channels = {}
    for path in sorted(paths):
        above = None
        for name in path.split("/"):
            channels.setdefault(name, om.Channel(name, parent=above, fall_back=()))
            above = name
    return Shop({"N": facts["supply"]}, channels=list(channels.values()))


def quota_steps(facts, shop):
    engine, ends = shop.engine, {}
    for what, *of, units in facts["steps"]:
        names = [path.split("/")[-1] for path in of]
        ends.update(dict.fromkeys(names))
        if what == "allocate":
            status = engine.reallocate(SKU, "N", units, taker=names[0])
        elif what == "reallocate":
            status = engine.reallocate(SKU, "N", units, giver=names[0], taker=names[1])
        else:
            held = engine.reserve({(SKU, "N"): units}, id=what, channel=names[0])
            assert held.status is om.Status.OK
            status = engine.fulfil(what)
        assert status is om.Status.OK
        left = dict.fromkeys(quotas_named(facts), 0) | fences(shop)
        yield {**left, "common_pool": shop.atp(), "supply": shop.on_hand()}


def quotas_named(facts):
    return {
        path.split("/")[-1]
        for step in facts["steps"]
        for path in step[1:]
        if isinstance(path, str)
    }


def fences(shop):
    columns = shop.engine.allocations()
    return dict(zip(columns["channel"], columns["left"], strict=True))


@reads("supply quota allocate")
def quota_beyond_the_pool(facts, asked):
    """Moved from the common pool, all of it or nothing."""
    (taker, units), quota = facts["allocate"], facts["quota"]
    channels = [om.Channel(name) for name in {**quota, taker: 0}]
    shop = Shop({"N": facts["supply"]}, channels=channels)
    for name, some in quota.items():
        assert shop.engine.reallocate(SKU, "N", some, taker=name) is om.Status.OK
    status = shop.engine.reallocate(SKU, "N", units, taker=taker)
    return {
        "ok": status is om.Status.OK,
        "quota": fences(shop),
    }


@reads("planned actual")
def rescaled(facts, asked):
    """Fences planned on more than there is shrink in proportion."""
    names = list(named(facts["planned"]))
    channels = [om.Channel(name) for name in names]
    shop = Shop({"N": facts["actual"]}, channels=channels)
    planned = zip(names, facts["planned"], strict=True)
    shop.engine.allocate([om.RingFence(c, SKU, units) for c, units in planned])
    return {"rescaled": [fences(shop).get(name, 0) for name in names]}


@reads("on_hand protected order emergency")
def protected(facts, asked):
    """A part of each allocation is protected; the rest anybody may draw."""
    channels = [om.Channel(name) for name in facts["protected"]]
    back = ("pool", "siblings")
    channels.append(om.Channel("asker", fall_back=back, emergency=facts["emergency"]))
    shop = Shop({"N": facts["on_hand"]}, channels=channels)
    shop.engine.allocate(
        [
            om.RingFence(name, SKU, units, protected_percent=percent)
            for name, (percent, units) in facts["protected"].items()
        ]
    )
    guarded = sum(shop.engine.allocations()["guarded"])
    other = om.Order({SKU: facts["order"]}, _TO, id="o", channel="asker")
    placed = shop.engine.place(other, partial=True)
    served = sum(units for _, _, units in placed.plan.picks)
    return {"protected": guarded, "confirmed": served, "open": facts["order"] - served}


@reads("on_hand safety requested")
def safety_of_services(facts, asked):
    """Who asks for several services is held to the largest safety stock."""
    services = [
        om.Service(name, "ship", om.RateCard.flat(5)) for name in facts["safety"]
    ]
    engine = om.Engine(
        om.Network([om.Node("N")], services), [om.Item(SKU)], clock=lambda: 0
    )
    engine.apply(om.Receive(SKU, "N", facts["on_hand"]))
    engine.set_safety(
        [om.SafetyRule(n, service=name) for name, n in facts["safety"].items()]
    )
    left = engine.available_to_promise(SKU, services=facts["requested"])
    return {"withheld": facts["on_hand"] - left}


_TO = om.Destination(postcode="55425", country="US")

# -- changes of what there is ----------------------------------------------------------


@reads("stocked adjust")
def adjusted(facts, asked):
    shop, found = Shop({"N": facts["stocked"]}), []
    for change in facts["adjust"]:
        shop.engine.apply(om.Adjust(SKU, "N", change))
        found.append(shop.on_hand())
    return {"stocked": found}


@reads("on_hand adjust_from_stale_copies")
def adjusted_at_once(facts, asked):
    """A change is a change, whatever its sender had read."""
    shop = Shop({"N": facts["on_hand"]})
    events = [om.Adjust(SKU, "N", n) for n in facts["adjust_from_stale_copies"]]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(shop.engine.apply, events))
    return {"on_hand": shop.on_hand()}


@reads("on_hand backordered_units adjust")
def adjusted_under_a_backlog(facts, asked):
    """Their count has the backlog in it: on hand less what is reserved."""
    waiting = facts["backordered_units"]
    shop = Shop({"N": facts["on_hand"] + waiting})
    shop.allow()
    id, _ = shop.hold({"N": waiting})

    def missing():
        return sum(line.quantity for line in shop.engine.backordered(id))

    before = missing()
    shop.engine.apply(om.Adjust(SKU, "N", facts["adjust"]))
    return {"on_hand": shop.position(), "filled": before - missing()}


@reads("last_on_hand batch order")
def batch_then_order_then_picked(facts, asked):
    """A count, a reservation, then the sale in its place: never both."""
    shop = Shop({"N": facts["last_on_hand"]})
    shop.engine.apply(om.Count(SKU, "N", facts["batch"]))
    counted = shop.on_hand()
    id, _ = shop.hold({"N": facts["order"]})
    reserved = shop.atp()
    assert shop.engine.fulfil(id) is om.Status.OK
    return {"on_hand": counted, "reserved": reserved, "picked": shop.atp()}
