"""Plays about when: cut-offs, backlog, and stores at which to collect."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from math import gcd

import omniroute as om
from tests.scenarios.chain import HERE, KM_A_MILE, Chain
from tests.scenarios.plays import reads
from tests.scenarios.shop import SKU

A_TUESDAY = date(2026, 3, 3)
ALWAYS = om.Hours.every_day("00:00-24:00")
EVERY_DAY = om.WorkingDays(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])


def clock_of(text):
    return time.fromisoformat(text)


@reads("now sources", may="zones")
def past_the_cutoff(facts, asked):
    """Soonest first, the nearest of those: a node past its cut-off leaves a day later."""
    zones = facts.get("zones", {})
    of = {source["id"]: source for source in facts["sources"]}
    more = {
        name: {
            "dispatch": {
                "ground": om.DispatchRule(
                    om.Calendar(ALWAYS, zones.get(name, "UTC")),
                    cutoff=source["cutoff"],
                    pickups="23:00",
                    carrier=EVERY_DAY,
                )
            }
        }
        for name, source in of.items()
    }
    km = {name: source["miles"] * KM_A_MILE for name, source in of.items()}
    ground = om.Service("ground", "ship", om.RateCard.flat(5), transit_days=1)
    now = datetime.combine(A_TUESDAY, clock_of(facts["now"]), UTC)
    chain = Chain(
        {name: {SKU: 1} for name in of},
        km,
        more=more,
        services=[ground],
        clock=now.timestamp,
    )
    return {"ship_from": chain.ship_from({SKU: 1}, now=now, objective="fastest")}


@reads("max_lines_per_day orders sources")
def lines_a_day(facts, asked):
    """The nearest with room, one order after the other."""
    km = {source["id"]: source["miles"] * KM_A_MILE for source in facts["sources"]}
    most = max(order["lines"] for order in facts["orders"])
    skus = [f"{SKU}{k}" for k in range(most)]
    chain = Chain(
        {name: dict.fromkeys(skus, len(facts["orders"])) for name in km},
        km,
        capacity=[
            om.Capacity(lines, "lines", node=name)
            for name, lines in facts["max_lines_per_day"].items()
        ],
    )
    nodes = []
    for k, order in enumerate(facts["orders"]):
        lines = dict.fromkeys(skus[: order["lines"]], 1)
        placed = chain.engine.place(om.Order(lines, HERE, id=f"O-{k}"))
        found = [shipment.node for shipment in placed.plan.shipments]
        nodes.append(found[0] if len(found) == 1 else found)
    return {"ship_from": nodes}


@reads("sla_days consumed capacity", may="weekdays")
def days_left_after_the_backlog(facts, asked):
    """What is consumed fills day after day; the next order waits for one with room."""
    hours = om.Hours.weekdays("08:00-20:00") if facts.get("weekdays") else ALWAYS
    rule = om.DispatchRule(pickups="19:00", carrier=EVERY_DAY)
    now = datetime.combine(A_TUESDAY, clock_of("10:30"), UTC)
    chain = Chain(
        {"N": {SKU: facts["consumed"] + 1}},
        more={"N": {"hours": om.Calendar(hours, "UTC")}},
        services=[om.Service("ground", "ship", om.RateCard.flat(5), dispatch=rule)],
        capacity=[om.Capacity(facts["capacity"], "units", backlog_days=30)],
        clock=now.timestamp,
    )
    some = gcd(facts["consumed"], facts["capacity"])
    for k in range(facts["consumed"] // some):
        order = om.Order({SKU: some}, HERE, id=f"O-{k}")
        assert chain.engine.place(order).status is om.Status.OK
    told = chain.engine.capacity("N", days=30)
    full = [
        left for taken, left in zip(told["taken"], told["left"], strict=True) if taken
    ]
    sent = chain.route({SKU: 1}).shipments[0]
    due = A_TUESDAY + timedelta(days=facts["sla_days"])
    return {
        "backlog": full.count(0),
        "days_left": (due - sent.leaves.date()).days,
    }


@reads("locations pickup_active channel_sources point radius_km order")
def stores_to_collect_at(facts, asked):
    """Offered nearest first; who wants the farthest first turns the list round."""
    counter = om.Service(
        "counter", "collect", om.RateCard.flat(0), radius_km=facts["radius_km"]
    )
    nodes = [
        om.Node(
            name,
            latitude=at[0],
            longitude=at[1],
            services=["counter"] if facts["pickup_active"][name] else [],
        )
        for name, at in facts["locations"].items()
        if name in facts["channel_sources"]
    ]
    engine = om.Engine(om.Network(nodes, [counter]), [om.Item(SKU)], clock=lambda: 0)
    engine.apply([om.Receive(SKU, node.id, 1) for node in nodes])
    latitude, longitude = facts["point"]
    to = om.Destination(latitude=latitude, longitude=longitude)
    stores = engine.promise({SKU: 1}, to=to).stores
    codes = [store.node for store in stores]
    return {
        "codes": codes[::-1] if facts["order"] == "distance desc" else codes,
        "km": {store.node: round(float(store.distance_km), 1) for store in stores},
    }
