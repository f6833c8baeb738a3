"""Plays about whose turn it is: sources in order, ranks, groups, gates, splits."""

from __future__ import annotations

import omniroute as om
from tests.scenarios.chain import KM_A_MILE, Chain, all_but, picks, short, units_of
from tests.scenarios.plays import Whole, reads
from tests.scenarios.plays_of_stock import of_sources
from tests.scenarios.shop import SKU, TO, Shop

# -- places are used up in turn --------------------------------------------------------


def used_up_in_turn(engine, lines, places):
    """Units by place and item, and what is left: each place gives all that it can.

    That is a decision for each place, as it would be for a user: a single one takes no
    line apart that one place has whole.
    """
    taken = {}
    for place in places:
        if not lines:
            break
        only = om.RoutingPolicy(exclude_nodes=all_but(all_ids(engine), place))
        plan = engine.route(om.Order(lines, TO), policy=only)
        taken |= picks(plan)
        lines = short(plan)
    return taken, lines


def all_ids(engine):
    return [node.id for node in engine.network.nodes]


@reads("fixture stock algorithm request sorted_sources")
def sources_in_turn(facts, asked):
    """A row for each source with stock, also where nothing is taken."""
    assert facts["algorithm"] == "greedy in the given source order"
    shop = of_sources(facts, facts["stock"])
    sources = [name for name in facts["sorted_sources"] if name in shop.nodes]
    taken, left = used_up_in_turn(shop.engine, facts["request"], sources)
    rows = [
        [source, sku, taken.get(source, {}).get(sku, 0), shop.atp(source, sku)]
        for sku in facts["request"]
        for source in sources
        if shop.atp(source, sku) > 0
    ]
    return {"lines": rows, "shippable": not left}


def has_names(facts):
    return all(
        isinstance(at, dict) and "id" in at for at in facts["locations_in_order"]
    )


@reads("qty locations_in_order", fits=has_names)
def named_places_in_turn(facts, asked):
    """What may be back-ordered as well is not asked for where stock will do."""
    places = {at["id"]: at["on_hand"] for at in facts["locations_in_order"]}
    shop = Shop(places)
    taken, left = used_up_in_turn(shop.engine, {SKU: facts["qty"]}, places)
    assert not left
    return Whole({place: units[SKU] for place, units in taken.items()})


def way_of_a_unit(lanes):
    """A term of one's own: what a unit's way counts."""
    return lanes.distance_m * 1e-6


@reads("sources qty")
def nearest_in_turn(facts, asked):
    """The way of each unit counts: the nearest gives all it can, then the next."""
    ranked = sorted(
        facts["sources"], key=lambda name: facts["sources"][name]["rank_by_distance"]
    )
    km = {name: 100 * place for place, name in enumerate(ranked, start=1)}
    stock = {name: {SKU: of["qty"]} for name, of in facts["sources"].items()}
    terms = [om.CostTerm("way", way_of_a_unit, per="unit")]
    plan = Chain(stock, km).route({SKU: facts["qty"]}, terms=terms)
    return {name: picks(plan).get(name, {}).get(SKU, 0) for name in stock}


# -- rules that rank nodes, and groups of nodes in turn ---------------------------------


def rank_price(lanes, ranks, weight):
    """A term of one's own: what a rank counts, by place of the node."""
    return [weight * ranks[node] for node in lanes.node]


@reads("locations default rules")
def ranked_by_rules(facts, asked):
    """A rule counts more than all that come after it; the default is preferred last."""
    names = facts["locations"]
    weights = [100**k for k in reversed(range(len(facts["rules"])))]
    terms = [
        om.CostTerm(
            f"rule {k}",
            rank_price,
            parameters={"ranks": [rule[name] for name in names], "weight": weight},
        )
        for k, (rule, weight) in enumerate(
            zip(facts["rules"], weights, strict=True), start=1
        )
        if None not in rule.values()  # it abstains
    ]
    dearer = {name: {"order_cost": 0.01 * (name != facts["default"])} for name in names}
    chain = Chain({name: {SKU: 1} for name in names}, more=dearer)
    return {"winner": chain.ship_from({SKU: 1}, terms=terms)}


@reads("priority stock order")
def one_priority_after_another(facts, asked):
    """Whole from one, in order of priority; if none has it whole, from all."""
    names = sorted(facts["priority"], key=facts["priority"].get)
    groups = [om.RuleGroup(name, nodes=[name]) for name in names]
    plan = Chain(facts["stock"]).route(
        facts["order"], objective="waterfall", groups=[*groups, om.RuleGroup("all")]
    )
    return {"ship_from": Whole(picks(plan))}


@reads("rules stock order")
def rules_in_turn(facts, asked):
    """Two rules within one distance, whole and then in parts, are one group of ours."""
    reach = list(dict.fromkeys(rule["max_miles"] for rule in facts["rules"]))
    for miles in reach:
        partial = [r["partial"] for r in facts["rules"] if r["max_miles"] == miles]
        assert partial == [False, True]
    groups = [
        om.RuleGroup(
            f"{miles} miles",
            max_distance_km=None if miles is None else round(miles * KM_A_MILE, 3),
        )
        for miles in reach
    ]
    km = {node: of["miles"] * KM_A_MILE for node, of in facts["stock"].items()}
    stock = {
        node: {sku: n for sku, n in of.items() if sku != "miles"}
        for node, of in facts["stock"].items()
    }
    plan = Chain(stock, km).route(
        facts["order"],
        objective="waterfall",
        groups=groups,
        criteria=["fewest_shipments"],
    )
    group = [group.name for group in groups].index(plan.rule_group)
    rule = 2 * group + min(2, len(plan.shipments))
    return {"rule": rule, **picks(plan)}


# -- gates: who holds too little is not asked -----------------------------------------


def gated(stock, level, km=None):
    """A chain, and the rules of a policy that asks nobody below the level."""
    chain = Chain({node: {SKU: units} for node, units in stock.items()}, km)
    return chain, {"gates": [om.StockGate("level", min_units=level)]}


@reads("brokering_safety_stock on_hand qty", may="operator")
def gated_by_level(facts, asked):
    assert facts.get("operator", "greater-equals") == "greater-equals"
    chain, rules = gated(facts["on_hand"], facts["brokering_safety_stock"])
    plan = chain.route({SKU: facts["qty"]}, **rules)
    could = {om.Reason.CHOSEN, om.Reason.CANDIDATE}
    rows = plan.explain().candidates
    return {
        "eligible": sorted({row.node for row in rows if row.reason in could}),
        "routed": plan.complete,
        "queue": None if picks(plan) else "unfillable",
    }


@reads("on_hand safety_stock qty miles")
def gated_and_nearest(facts, asked):
    km = {node: miles * KM_A_MILE for node, miles in facts["miles"].items()}
    chain, rules = gated(facts["on_hand"], facts["safety_stock"], km)
    return {"ship_from": chain.ship_from({SKU: facts["qty"]}, **rules)}


# -- what may be divided ---------------------------------------------------------------


@reads("lines stock min_shipment_value")
def divided_if_it_is_worth_it(facts, asked):
    """The value that counts is that of the order."""
    value = sum(line["value"] for line in facts["lines"])
    plan = Chain(facts["stock"]).route(
        [line["sku"] for line in facts["lines"]],
        order={"value": value},
        min_value_to_split=facts["min_shipment_value"],
    )
    return {"routed": Whole({n: sorted(units) for n, units in picks(plan).items()})}


@reads("lines stock partial split_groups")
def groups_of_lines_stay_together(facts, asked):
    together = {}
    for line in facts["lines"]:
        if "group" in line and not facts["split_groups"]:
            together.setdefault(line["group"], []).append(line["sku"])
    plan = Chain(facts["stock"]).route(
        [line["sku"] for line in facts["lines"]],
        order={"keep_together": together.values()},
        max_shipments=None if facts["partial"] else 1,
    )
    return Whole({node: sorted(units) for node, units in picks(plan).items()})


@reads("lines max_nodes stock_cases soft")
def few_nodes(facts, asked):
    """A wish is an objective: fewest shipments first; a rule is a limit."""
    rules = {"objective": "fewest_shipments"}
    if not facts["soft"]:
        rules["max_shipments"] = facts["max_nodes"]
    plans = [Chain(s).route(facts["lines"], **rules) for s in facts["stock_cases"]]
    return {
        "nodes_used": [sorted(picks(plan)) for plan in plans],
        "complete": [plan.complete for plan in plans],
    }


@reads("list_limit_miles source_limit_miles miles")
def limits_of_a_list_and_of_a_source(facts, asked):
    """Both hold: the lesser decides."""
    km = {node: miles * KM_A_MILE for node, miles in facts["miles"].items()}
    limits = {"store": round(facts["source_limit_miles"] * KM_A_MILE, 3)}
    chain = Chain({node: units_of([SKU]) for node in km}, km)
    plan = chain.route(
        {SKU: len(km)},
        max_distance_km=round(facts["list_limit_miles"] * KM_A_MILE, 3),
        max_distance_km_by_kind=limits,
    )
    return {"within": sorted(picks(plan))}
