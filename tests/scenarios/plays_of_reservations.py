"""Plays about reservations: made, refused, changed, shipped, given back, at once."""

from __future__ import annotations

import omniroute as om
from tests.scenarios.plays import reads
from tests.scenarios.shop import SKU, Shop, named

OK = om.Status.OK


def are_numbers(name):
    """Whether a fact is a dict of numbers, a list of numbers, or one."""

    def fits(facts):
        value = facts[name]
        if isinstance(value, dict | list):
            value = list(value.values()) if isinstance(value, dict) else value
            return all(isinstance(x, int | float) for x in value)
        return isinstance(value, int | float)

    return fits


def cells_of(units):
    return {(SKU, node): some for node, some in units.items() if some}


def by_node(shop):
    return {node: shop.held(node) for node in shop.nodes}


def shares(shop, asked, qty):
    """What each node gives: compared only where nothing is left to choose."""
    forced = sum(shop.on_hand(node) for node in shop.nodes) == qty
    return by_node(shop) if forced else {n: asked[n] for n in shop.nodes if n in asked}


# -- wanted whole, from wherever -------------------------------------------------------


@reads("on_hand qty", fits=are_numbers("on_hand"))
def one_order(facts, asked):
    shop = Shop(facts["on_hand"])
    ok = shop.accepts(facts["qty"])
    total = {"ok": ok, "allocated": shop.held(), "total": shop.held()}
    assert shop.held() == (facts["qty"] if ok else 0)
    return {**total, **shares(shop, asked, facts["qty"])}


@reads("on_hand line_qty")
def one_line(facts, asked):
    shop = Shop(facts["on_hand"])
    ok = shop.accepts(facts["line_qty"])
    return {"ok": ok, "reservations": len(shop.engine.reservations()["id"])}


@reads("qty locations_in_order backorderable", fits=are_numbers("locations_in_order"))
def one_order_over_locations(facts, asked):
    shop = Shop(facts["locations_in_order"])
    if facts["backorderable"]:
        shop.allow()
    placed = shop.place(facts["qty"])
    short = placed.status in (om.Status.SHORT, om.Status.OUT_OF_STOCK)
    return {
        "fulfillable": placed.status is OK,
        "allocated": shop.held(),
        "error": "insufficient stock" if short else None,
        "unfulfillable": ["variant" for _ in placed.plan.shortages],
    }


@reads("qty locations_in_order", fits=are_numbers("locations_in_order"))
def gathered_from_locations(facts, asked):
    shop = Shop(facts["locations_in_order"])
    assert shop.accepts(facts["qty"])
    return shares(shop, asked, facts["qty"])


def without_back_orders(facts):
    """Those with some: `plays_of_backorders`."""
    return not any("backorderable" in units for units in facts["on_hand"].values())


@reads("lines on_hand default", fits=without_back_orders)
def routed_past_what_is_held(facts, asked):
    """Fewest shipments, then the default location; what others hold is not there."""
    others = facts["on_hand"]
    stock = {
        node: {sku: n for sku, n in units.items() if sku != "held_by_others"}
        for node, units in others.items()
    }
    shop = Shop(stock, preferred=facts["default"])
    for node, units in others.items():
        if "held_by_others" in units:
            (sku,) = stock[node]
            assert shop.hold({node: units["held_by_others"]}, sku)[1]
    plan = shop.place(facts["lines"]).plan
    picks = shop.picks(plan)
    total = sum(n for units in picks.values() for n in units.values())
    in_sum = {
        node: {"on_hand": sum(units.values()), "backordered": 0}
        for node, units in picks.items()
    }
    counts = any("on_hand" in x for x in asked.values() if isinstance(x, dict))
    sums = {"total_on_hand": total, "total_backordered": 0}
    nodes = {} if "total_on_hand" in asked else in_sum if counts else picks
    return {**sums, **nodes}


@reads("lines stock restrict_partial")
def all_or_nothing(facts, asked):
    found = {"fulfilled": [], "short": []}
    for whole in facts["restrict_partial"]:
        nothing = dict.fromkeys(facts["lines"], 0)
        stock = {node: nothing | units for node, units in facts["stock"].items()}
        shop = Shop(stock)
        policy = om.RoutingPolicy(complete_only=whole)
        placed = shop.place(facts["lines"], partial=not whole, policy=policy)
        served = [sku for sku in facts["lines"] if shop.held(sku=sku)]
        found["fulfilled"].append(served)
        short = {line.sku for line in placed.plan.shortages}
        found["short"].append([sku for sku in facts["lines"] if sku in short])
    return found


# -- what is reserved already counts ---------------------------------------------------


@reads("on_hand allocated qty", may="consult_holds")
def beside_what_is_reserved(facts, asked):
    shop = Shop(facts["on_hand"])
    shop.spread(facts["allocated"])
    before = shop.held()
    ok = shop.accepts(facts["qty"])
    new = shop.held() - before
    return {"ok": ok, "allocated_new": new, "allocated_total": shop.held()}


@reads("on_hand lines", fits=lambda facts: isinstance(facts["lines"][0], int))
def two_lines_of_one_item(facts, asked):
    """However it is asked for: as an order, at named nodes, in a frame."""
    shop = Shop(facts["on_hand"])
    lines = [(SKU, units) for units in facts["lines"]]
    placed = shop.place(lines)
    found = {"ok": placed.status is OK, "allocated": shop.held()}
    found["allocated_total"] = shop.held()
    if not found["ok"]:
        refused_at_nodes(shop, facts["lines"])
    else:
        assert shop.engine.fulfil(placed.reservation.id) is OK
        found["after_ship"] = {"on_hand": shop.on_hand(), "allocated": shop.held()}
    return found


def refused_at_nodes(shop, quantities):
    """Lines of one cell in one request, of which each alone would fit."""
    node = max(shop.nodes, key=shop.on_hand)
    there = shop.on_hand(node)
    rows = [min(units, there) for units in quantities]
    lines = [om.HoldLine(SKU, node, units) for units in rows]
    assert shop.engine.reserve(lines, id="lines").status is om.Status.SHORT
    count = len(rows)
    frame = {"id": ["rows"] * count, "sku": SKU, "node": node, "quantity": rows}
    assert shop.engine.reserve_many(frame).status.tolist() == [om.Status.SHORT]


@reads("stocked batch")
def one_batch(facts, asked):
    shop = Shop({"L": facts["stocked"]})
    rows = facts["batch"]
    frame = {"id": ["b"] * len(rows), "sku": SKU, "node": "L", "quantity": rows}
    (status,) = shop.engine.reserve_many(frame).status
    return {"ok": status == OK, "reserved": shop.held()}


@reads("on_hand threshold adds")
def one_at_a_time(facts, asked):
    """A cart that grows: what it holds already counts, once."""
    shop = Shop({"L": facts["on_hand"]})
    shop.threshold(facts["threshold"])
    results = grown(shop, facts["adds"])
    return {"results": results, "quantity_available_last": shop.atp()}


@reads("on_hand scenarios")
def carts(facts, asked):
    shops = [Shop({"L": facts["on_hand"]}) for _ in facts["scenarios"]]
    each = zip(shops, facts["scenarios"], strict=True)
    return {"last_add_ok": [grown(shop, adds)[-1] for shop, adds in each]}


def grown(shop, adds):
    """Whether each addition to one cart is accepted."""
    results, total, id = [], 0, None
    for units in adds:
        if id is None:
            name, ok = shop.hold({"L": units}, ttl=600)
            id = name if ok else None
        else:
            ok = shop.engine.amend(id, {(SKU, "L"): total + units}) is OK
        total += units if ok else 0
        results.append(ok)
    return results


@reads("stocked attempts")
def attempts(facts, asked):
    shop, results, reserved = Shop({"L": facts["stocked"]}), [], []
    for attempt in facts["attempts"]:
        level = "warn" if attempt.get("allow_backorder") else "block"
        shop.engine.set_oversell([om.OversellRule(level)])
        results.append(shop.hold({"L": attempt["qty"]})[1])
        reserved.append(shop.held())
    return {"results": results, "reserved": reserved}


@reads("levels reserve")
def where_it_is_not_stocked(facts, asked):
    shop = Shop({**{n: {} for n in facts["reserve"]}, **facts["levels"]})
    ok = shop.hold(facts["reserve"])[1]
    return {"error": None if ok else "item not stocked at location"}


# -- one reservation's life ------------------------------------------------------------


def cancels_what_is_held(facts):
    """Theirs cut a larger part to what there is, in silence; here it is NOT_HELD."""
    held = 0
    for step in facts["steps"]:
        if not isinstance(step, list):
            return False
        held += step[1] if step[0] in ("allocate", "authorise") else 0
        held -= step[1] if step[0] in ("cancel", "release", "ship", "consume") else 0
    return held >= 0


@reads("on_hand steps", fits=cancels_what_is_held)
def one_life(facts, asked):
    """Step by step; a figure of the case is the last where it is but one."""
    shop, id, seen = Shop({"L": facts["on_hand"]}), None, []
    for what, units in facts["steps"]:
        id = a_step(shop, id, what, units)
        seen.append((shop.held(), shop.on_hand(), shop.atp()))
    columns = zip(("allocated", "on_hand", "net"), zip(*seen, strict=True), strict=True)
    return {
        name: list(found) if isinstance(asked.get(name), list) else found[-1]
        for name, found in columns
    }


def a_step(shop, id, what, units):
    """Take a step; a part of more than is held is refused whole, and not cut to fit."""
    engine, cell = shop.engine, (SKU, "L")
    if what in ("allocate", "authorise") and id is None:
        name, ok = shop.hold({"L": units}, ttl=600 if what == "authorise" else None)
        assert ok
        return name
    if what == "allocate":
        status = engine.amend(id, {cell: shop.held() + units})
    elif what == "settle":
        status = engine.commit(id)
    else:
        taking = {"release": "cancel", "cancel": "cancel"}.get(what, "fulfil")
        status = getattr(engine, taking)(id, {cell: units})
    assert status is OK, (what, status)
    return id


@reads("allocated release", may="on_hand")
def released_in_part(facts, asked):
    """From the first node on."""
    shop = Shop(facts.get("on_hand", facts["allocated"]))
    held = dict(zip(shop.nodes, named(facts["allocated"]).values(), strict=True))
    id, _ = shop.hold(held)
    left, part = facts["release"], {}
    for node, units in held.items():
        part[node] = min(units, left)
        left -= part[node]
    assert shop.engine.cancel(id, cells_of(part)) is OK
    return {"on_hand": shop.on_hand(), "allocated": shop.held(), **by_node(shop)}


@reads("on_hand allocated increase")
def raised(facts, asked):
    shop = Shop({"L": facts["on_hand"]})
    id, _ = shop.hold({"L": facts["allocated"]})
    target = facts["allocated"] + facts["increase"]
    ok = shop.engine.amend(id, {(SKU, "L"): target}) is OK
    return {"ok": ok, "allocated": shop.held()}


@reads("on_hand allocated ship")
def shipped_in_part(facts, asked):
    """A node that ships more than it was to is moved what others were to ship."""
    shop = Shop(facts["on_hand"])
    held = dict(zip(shop.nodes, named(facts["allocated"]).values(), strict=True))
    id, _ = shop.hold(held)
    leaving = dict(zip(shop.nodes, named(facts["ship"]).values(), strict=False))
    leaving = facts["ship"] if isinstance(facts["ship"], dict) else leaving
    for node, units in leaving.items():
        for other in shop.nodes:
            lacking = units - shop.held(node)
            if other != node and lacking > 0 and shop.held(other):
                some = min(lacking, shop.held(other))
                assert shop.engine.move(id, other, node, {SKU: some}) is OK
        assert shop.engine.fulfil(id, {(SKU, node): units}) is OK
    if not isinstance(facts["on_hand"], dict):
        return {"on_hand": shop.on_hand(), "allocated": shop.held()}
    on_hand = {node: shop.on_hand(node) for node in shop.nodes}
    return {"on_hand": on_hand, "allocated": by_node(shop)}


@reads("on_hand allocated order_qty allocated_by_order then")
def cancelled_unreserved(facts, asked):
    """An order that reserved nothing has nothing to give back."""
    assert (facts["allocated_by_order"], facts["then"]) == (0, "cancel")
    shop = Shop({"L": facts["on_hand"]})
    shop.spread(facts["allocated"])
    assert shop.engine.cancel("order") is om.Status.UNKNOWN_RESERVATION
    return {"on_hand": shop.on_hand(), "allocated": shop.held()}


@reads("on_hand order scenarios")
def cancelled_in_any_state(facts, asked):
    final = []
    for steps in facts["scenarios"]:
        shop = Shop({"L": facts["on_hand"]})
        for step in steps:
            if step == "place":
                id, _ = shop.hold({"L": facts["order"]}, ttl=600)
            else:
                call = {"pay": "commit", "cancel": "cancel"}[step]
                assert getattr(shop.engine, call)(id) is OK
        final.append({"on_hand": shop.on_hand(), "on_hold": shop.held()})
    return {"final": final}


@reads("on_hand order invoiced then")
def cancelled_but_for_what_is_invoiced(facts, asked):
    assert facts["then"] == "cancel order"
    shop = Shop({"L": facts["on_hand"]})
    lines = {(sku, "L"): units for sku, units in facts["order"].items()}
    assert shop.engine.reserve(lines, id="o").status is OK
    before = {sku: shop.atp(sku=sku) for sku in facts["order"]}
    rest = {cell: n - facts["invoiced"].get(cell[0], 0) for cell, n in lines.items()}
    rest = {cell: n for cell, n in rest.items() if n}
    if rest:
        assert shop.engine.cancel("o", rest) is OK
    salable = {sku: shop.atp(sku=sku) for sku in before}
    back = {sku: salable[sku] - before[sku] for sku in before}
    return {"salable": salable, "compensation": back}


@reads("on_hand order invoiced shipped refund_return_to_stock")
def refunded(facts, asked):
    """What was shipped comes back as a return; what was not is given up."""
    shop = Shop({"L": facts["on_hand"]})
    id, _ = shop.hold({"L": facts["order"]})
    shipped, back = facts["shipped"], facts["refund_return_to_stock"]
    if shipped:
        assert shop.engine.fulfil(id, {(SKU, "L"): shipped}) is OK
    returned = min(shipped, back)
    if returned:
        shop.engine.apply(om.Return(SKU, "L", returned))
    before = shop.held()
    if back > returned:
        assert shop.engine.cancel(id, {(SKU, "L"): back - returned}) is OK
    return {"on_hand": shop.on_hand(), "compensation": before - shop.held()}


@reads("on_hand backorders orders then")
def orders_beyond_stock(facts, asked):
    assert facts["then"] == "ship first order"
    shop, found, ids = Shop({"L": facts["on_hand"]}), {}, []
    if facts["backorders"]:
        shop.allow()
    for k, units in enumerate(facts["orders"], start=1):
        id, held = shop.hold({"L": units})
        ids.append(id)
        salable = shop.position()
        found[f"after_order_{k}"] = {"on_hand": shop.on_hand(), "salable": salable}
        missing = shop.engine.backordered(id) if held else ()
        waiting = sum(line.quantity for line in missing)
        found[f"order_{k}_backordered_qty"] = waiting
    assert shop.engine.fulfil(ids[0]) is OK
    found["after_ship_1"] = {"on_hand": shop.on_hand(), "salable": shop.position()}
    return found


@reads("stocked reservation move_to")
def moved(facts, asked):
    shop = Shop(facts["stocked"])
    id, _ = shop.hold(facts["reservation"])
    ok = True
    for node in facts["reservation"]:
        ok = ok and shop.engine.move(id, node, facts["move_to"]) is OK
    return {"ok": ok}


@reads("on_hand holds request")
def in_place_of_an_own_hold(facts, asked):
    shop, own = Shop({"L": facts["on_hand"]}), None
    for hold in facts["holds"]:
        cell = {(SKU, "L"): hold["qty"]}
        assert shop.engine.reserve(cell, id=hold["id"], ttl=600).reserved
        if hold["owner"] == facts["request"]["owner"]:
            own = hold["id"]
    new = f"h{len(facts['holds']) + 1}"
    old = own if facts["request"].get("supersede") else None
    wish = {(SKU, "L"): facts["request"]["qty"]}
    placed = shop.engine.reserve(wish, id=new, ttl=600, supersedes=old)
    state = {"SUPERSEDED": "released", "SOFT": "held"}
    return {
        "ok": placed.status is OK,
        "active_holds": sorted(set(shop.engine.reservations()["id"])),
        **{
            hold["id"]: state[shop.engine.reservation(hold["id"]).state.name]
            for hold in facts["holds"]
        },
    }


@reads("available current raise_to")
def raised_where_there_is_room(facts, asked):
    """A new hold in the old one's place, which keeps the node it has if it can."""
    current = facts["current"]
    stock = {n: units + current.get(n, 0) for n, units in facts["available"].items()}
    shop = Shop(stock, preferred=next(iter(current)))
    old, _ = shop.hold(current, ttl=600)
    placed = shop.place(facts["raise_to"], supersedes=old, ttl=600)
    assert placed.status is OK
    return {"reserved": {n: q for n, q in by_node(shop).items() if q}}


# -- many at once ----------------------------------------------------------------------


@reads("on_hand concurrent_orders")
def orders_at_once(facts, asked):
    shop = Shop({"L": facts["on_hand"]})
    placed = shop.at_once(facts["concurrent_orders"])
    accepted = [found for found in placed if found.status is OK]
    salable = shop.atp()
    for found in accepted:
        assert shop.engine.fulfil(found.reservation.id) is OK
    return {
        "accepted": len(accepted),
        "rejected": len(placed) - len(accepted),
        "salable_after": salable,
        "on_hand_after": shop.on_hand(),
    }


@reads("stocked concurrent qty")
def reservations_at_once(facts, asked):
    shop = Shop({"L": facts["stocked"]})
    placed = shop.at_once([facts["qty"]] * facts["concurrent"])
    return {
        "accepted": sum(found.status is OK for found in placed),
        "reserved_counter": shop.held(),
        "sum_of_rows": int(shop.engine.reservations()["held_quanta"].sum()),
    }


@reads("threads qty skus require_inventory")
def clashing_threads(facts, asked):
    """Nothing is there and all is promised: what is missing adds up."""
    skus = [f"S{k}" for k in range(facts["skus"])]
    shop = Shop({"L": dict.fromkeys(skus, 0)})
    if not facts["require_inventory"]:
        shop.allow()
    each = facts["qty"] * facts["threads"]
    orders = [dict.fromkeys(skus[:: -1 if k % 2 else 1], 1) for k in range(each)]
    shop.at_once(orders)
    missing = shop.engine.reservations()["held_quanta"].sum()
    total = sum(shop.position(sku) for sku in skus)
    assert missing == each * len(skus) * (not facts["require_inventory"])
    return {"invariant": asked["invariant"] if total == -missing else None}
