"""Plays about packs, kits, substitutes, and items whose stock nobody counts."""

from __future__ import annotations

import omniroute as om
from tests.scenarios.plays import Whole, reads
from tests.scenarios.plays_of_stock import of_sources
from tests.scenarios.shop import SKU, Shop

OK = om.Status.OK
PARTS = "instead"


def are_packs(facts):
    """Packs that one size makes up: the least of them divides the others."""
    packs = facts["packs"]
    return all(size % min(packs) == 0 for size in packs)


# -- packs -----------------------------------------------------------------------------


@reads("fixture qty_increments rows")
def salable_in_steps(facts, asked):
    """A step is a pack: what is no whole number of them is refused."""
    stocks = {stock for _, stock, _ in facts["rows"]}
    pack = facts["qty_increments"]
    shops = {stock: of_sources(facts, stock, pack_size=pack) for stock in stocks}
    found = [whole_packs(shops[stock], sku, q) for sku, stock, q in facts["rows"]]
    return {"salable": found}


def whole_packs(shop, sku, units):
    """Whether an order for so much is taken; it is only asked."""
    try:
        return shop.route({sku: units}).status is OK
    except om.ValidationError as error:
        if not error.expected.startswith("whole packs"):
            raise
        return False


@reads("packs on_hand request", fits=are_packs)
def rounded_down_to_packs(facts, asked):
    """What is asked is rounded to packs, and what is there is promised in packs.

    Less than the least pack is refused: nothing is asked, so nothing stays open.
    """
    item = om.Item(SKU, pack_size=min(facts["packs"]), pack_rounding="down")
    shop = Shop({"N": facts["on_hand"]}, items=[item])
    try:
        placed = shop.place(facts["request"], partial=True)
    except om.ValidationError as error:
        if not error.expected.startswith("at least a pack"):
            raise
        return {"rounded": 0, "confirmed": 0, "open": 0}
    missing = shop.short(placed.plan).get(SKU, 0)
    confirmed = shop.held()
    return {"rounded": confirmed + missing, "confirmed": confirmed, "open": missing}


# -- kits and substitutes --------------------------------------------------------------


@reads("on_hand bundle_component_qty order_bundles steps")
def bundle_of_its_components(facts, asked):
    """What is placed, shipped and comes back are bundles; components are counted."""
    bundle = om.Item("BUNDLE", components={SKU: facts["bundle_component_qty"]})
    shop = Shop({"L": facts["on_hand"]}, items=[bundle])
    count = facts["order_bundles"]
    for step in facts["steps"]:
        if step == "place":
            id, held = shop.hold({"L": count}, "BUNDLE", ttl=600)
            assert held
        elif step == "invoice":
            assert shop.engine.commit(id) is OK
        elif step == "ship all":
            assert shop.engine.fulfil(id, {("BUNDLE", "L"): count}) is OK
        else:
            assert step == "refund all, return to stock"
            units = count * facts["bundle_component_qty"]
            shop.engine.apply(om.Return(SKU, "L", units))
    return {"on_hand": shop.on_hand(), "salable": shop.atp()}


@reads("kits on_hand", may="order")
def kits_of_shared_components(facts, asked):
    """Kits may hold kits; lines of one order share what they are made of."""
    kits = [om.Item(sku, components=of) for sku, of in facts["kits"].items()]
    shop = Shop(facts["on_hand"], items=kits)
    found = {"available": {kit.sku: shop.atp(sku=kit.sku) for kit in kits}}
    if "order" in facts:
        found["ok"] = shop.accepts(facts["order"])
        found["left"] = {sku: shop.atp(sku=sku) for sku in shop.counted}
    return found


@reads("substitutes on_hand order", may="parts_may_come_apart")
def replaced_by_several(facts, asked):
    """One item by several is a kit of them, one place a unit of it.

    Who lets its parts come from several places orders the parts instead.
    """
    ((sku, parts),) = facts["substitutes"].items()
    replaced = om.Item(sku, substitutes=[PARTS])
    instead = om.Item(PARTS, components=parts)
    shop = Shop(facts["on_hand"], items=[replaced, instead])
    wanted = facts["order"][sku]
    if facts.get("parts_may_come_apart"):
        rest = shop.short(shop.route({sku: wanted})).get(sku, 0)
        lines = {part: units * rest for part, units in parts.items()}
        own = {sku: wanted - rest} if wanted > rest else {}
        plan = shop.place({**own, **(lines if rest else {})}, partial=True).plan
    else:
        line = om.OrderLine(sku, wanted, substitutes=True)
        plan = shop.place([line], partial=True).plan
    return {"sent": by_node_and_item(shop), "short": Whole(shop.short(plan))}


def by_node_and_item(shop):
    sent = {
        node: Whole((of, n) for of in shop.counted if (n := shop.held(node, of)))
        for node in shop.nodes
    }
    return Whole((node, units) for node, units in sent.items() if units)


# -- what nobody counts ----------------------------------------------------------------


def some_uncounted(facts):
    lines = facts["lines"]
    return isinstance(lines, list) and all("tracked" in line for line in lines)


@reads("lines stock", fits=some_uncounted)
def some_never_run_short(facts, asked):
    """What is not tracked has no end where it is stocked, and is nowhere else."""
    nothing = {line["sku"]: 0 for line in facts["lines"]}
    shop = Shop({node: nothing | units for node, units in facts["stock"].items()})
    untracked = {line["sku"] for line in facts["lines"] if not line["tracked"]}
    rules = [
        om.OversellRule("ignore", sku=sku, node=node)
        for node, units in facts["stock"].items()
        for sku in units
        if sku in untracked
    ]
    shop.engine.set_oversell(rules)
    order = {line["sku"]: line["qty"] for line in facts["lines"]}
    shop.place(order, partial=True)
    return {"packages": by_node_and_item(shop)}
