"""Plays about what can be promised by which date."""

from __future__ import annotations

from datetime import UTC, date, datetime

import omniroute as om
from tests.scenarios.plays import reads
from tests.scenarios.shop import SKU, Shop


def day(text):
    return date.fromisoformat(text)


def timeline(on_hand, changes):
    """Changes above zero are supply, below zero demand."""
    made = [(day(at), units) for at, units in changes]
    return om.Timeline(
        on_hand=on_hand,
        supplies=[om.Supply(units, at) for at, units in made if units > 0],
        demands=[om.Demand(-units, at) for at, units in made if units < 0],
    )


def looking_ahead(today, last, horizon=None):
    days = (last - today).days + 1 if horizon is None else horizon
    return om.AtpRule("look_ahead", horizon_days=days)


@reads("demand due on_hand receipts policy")
def delivered_in_parts(facts, asked):
    today = day(facts["due"])
    last = max([day(at) for at, _ in facts["receipts"]], default=today)
    rule = looking_ahead(today, last)
    line = timeline(facts["on_hand"], facts["receipts"])
    found = om.atp_by_date(line, rule, today=today)
    parts = found.partials(facts["demand"], **facts["policy"])
    live = live_stock(today, facts["on_hand"], facts["receipts"])
    same = live.engine.available_by_date(SKU, rule=rule)
    assert same.partials(facts["demand"], **facts["policy"]) == parts
    told = [[at.isoformat(), units] for at, units in parts.deliveries]
    return {"deliveries": told, "short": parts.open}


def noon(at):
    return datetime(at.year, at.month, at.day, 12, tzinfo=UTC)


def live_stock(today, on_hand, receipts=()):
    """A shop at noon of a day, to which receipts are on their way."""
    shop = Shop({"N": on_hand}, clock=noon(today).timestamp)
    for k, (at, units) in enumerate(receipts):
        shop.engine.apply(om.Expect(f"PO-{k}", SKU, "N", units, due=noon(day(at))))
    return shop


@reads("balance_on balance events query")
def lowest_balance_from_a_date_on(facts, asked):
    today = day(facts["balance_on"])
    rule = looking_ahead(today, max(day(at) for at, _ in facts["events"]))
    line = timeline(facts["balance"], facts["events"])
    found = om.atp_by_date(line, rule, today=today)
    projected = found.explain().terms["projected"]
    days = [today, *(day(at) for at, _ in facts["events"])]
    query = facts["query"]
    atp = [
        found.at(0, day(at)) for at in ([query] if isinstance(query, str) else query)
    ]
    return {
        "projected": [projected[(at - today).days] for at in days],
        "atp": atp[0] if isinstance(query, str) else atp,
    }


@reads("today horizon_days on_hand scheduled query")
def over_a_horizon(facts, asked):
    today = day(facts["today"])
    rule = looking_ahead(today, today, facts["horizon_days"])
    found = om.atp_by_date(
        timeline(facts["on_hand"], facts["scheduled"]), rule, today=today
    )
    projected = found.explain().terms["projected"]
    return {
        "projected": [projected[(day(at) - today).days] for at in facts["query"]],
        "atp": [found.at(0, day(at)) for at in facts["query"]],
    }


@reads(
    "today horizon_days on_hand quotas",
    may="factor reserved demand asked_for max_late_days",
)
def under_quotas(facts, asked):
    """Of live stock: what is reserved has used them, and what is left confirms."""
    today, factor = day(facts["today"]), facts.get("factor", 1)
    shop = live_stock(today, facts["on_hand"])
    shop.spread(facts.get("reserved", 0))
    quotas = [om.Quota(per, units) for per, units in facts["quotas"].items()]
    left = shop.engine.quotas(SKU, quotas, factor=factor)
    found = {"consumed": {per: left.used(per, today) for per in facts["quotas"]}}
    if "demand" in facts:
        rule = om.AtpRule(horizon_days=facts["horizon_days"])
        parts = shop.engine.available_by_date(SKU, rule=rule).partials(
            facts["demand"],
            after=day(facts.get("asked_for", facts["today"])),
            max_late_days=facts.get("max_late_days"),
            quotas=left,
        )
        found["confirmed"] = [[at.isoformat(), n] for at, n in parts.deliveries]
        found["open"] = parts.open
    return found
