"""Explanations: every node, with its rank or the first reason that keeps it out."""

from __future__ import annotations

import json
import pickle
from collections import Counter
from decimal import Decimal, localcontext

import numpy as np
import pytest

import omniroute as om
from omniroute.codes import Reason
from omniroute.engine import Engine
from omniroute.routing.explaining.instead import Instead
from omniroute.routing.plan_answer import TERMS
from tests.conftest import REPOSITORY, WITHOUT_JIT
from tests.routing.worlds import world

NEAR = {"latitude": 44.9, "longitude": -93.2}


def one_node(reason_for, **terms):
    """Explain a one-node network for an order of one bolt; the only row there is."""
    node = {"latitude": 44.8, "longitude": -93.1, "postcode": "55401", **terms}
    offers = [
        om.Service("courier", "same_day", om.RateCard.flat(9), radius_km=50),
        om.Service(
            "ground",
            "ship",
            om.RateCard([1000], {1: [5]}, max_shipment_g=1000),
            om.PostcodeZones(["554"], ["554"], [[1]]),
        ),
    ]
    engine = Engine(
        om.Network([om.Node("N1", **node)], offers),
        [
            om.Item("BOLT", weight_g=600),
            om.Item("NUT"),
            om.Item("ANVIL", weight_g=1001),
        ],
        clock=lambda: 0,
    )
    engine.apply([om.Receive("BOLT", "N1", 2), om.Receive("ANVIL", "N1", 1)])
    return engine, reason_for


def row(engine, service, order, policy=None):
    rows = engine.route(order, policy=policy).explain().why("N1")
    return next(row for row in rows if row.service == service)


def order(lines=None, to=None, **terms):
    to = to or om.Destination(postcode="55425", **NEAR)
    return om.Order({"BOLT": 1} if lines is None else lines, to, **terms)


NOWHERE = om.Destination(postcode="10001")
FAR = om.Destination(latitude=40.7, longitude=-74.0)


@pytest.mark.parametrize(
    ("reason", "service", "asked", "policy"),
    [
        (Reason.CHOSEN, "ground", order(), None),
        (Reason.CANDIDATE, "courier", order(), None),
        (Reason.NOT_ADMITTED, "courier", order(services=["ground"]), None),
        (
            Reason.NOT_ADMITTED,
            "courier",
            order(services=["ground"], exclude_nodes=["N1"]),
            None,
        ),
        (Reason.EXCLUDED, "courier", order(exclude_nodes=["N1"]), None),
        (
            Reason.EXCLUDED,
            "ground",
            order(to=FAR),
            om.RoutingPolicy(exclude_nodes=["N1"]),
        ),
        (Reason.NO_COORDINATES, "courier", order(to=NOWHERE), None),
        (Reason.TOO_FAR, "courier", order(to=FAR), None),
        (Reason.TOO_FAR, "ground", order(to=FAR), om.RoutingPolicy(max_distance_km=9)),
        (Reason.NO_LANE, "ground", order(to=FAR), None),
        (Reason.NO_LANE, "ground", order({"NUT": 1}, FAR), None),
        (Reason.NO_STOCK, "ground", order({"NUT": 1}), None),
        (Reason.TOO_HEAVY, "ground", order({"ANVIL": 1}), None),
    ],
)
def test_the_first_reason_that_fits_is_told(reason, service, asked, policy):
    """In the order in which the reasons are listed."""
    engine, _ = one_node(reason)
    assert row(engine, service, asked, policy).reason is reason


def test_a_service_the_node_does_not_offer_comes_before_its_distance():
    """Even if it would be too far as well."""
    engine, _ = one_node(Reason.NOT_OFFERED, services=["ground"])
    assert row(engine, "courier", order(to=FAR)).reason is Reason.NOT_OFFERED


def test_the_nearer_of_two_limits_counts_and_its_end_is_within():
    """The service's radius or the policy's distance; at just that distance it serves."""
    engine, _ = one_node(None)
    far_km = row(engine, "courier", order()).distance_km
    assert 0 < far_km < 50

    def courier(km):
        policy = om.RoutingPolicy(max_distance_km=km)
        return row(engine, "courier", order(), policy).reason

    assert courier(far_km) is Reason.CANDIDATE
    assert courier(far_km - Decimal("0.001")) is Reason.TOO_FAR
    policy = om.RoutingPolicy(max_distance_km=9999)
    assert row(engine, "courier", order(to=FAR), policy).reason is Reason.TOO_FAR


def test_another_node_than_the_one_to_collect_at_is_excluded():
    """The customer said where."""
    pickup = om.Service("pickup", "collect", om.RateCard.flat(0))
    network = om.Network([om.Node("N1"), om.Node("N2")], [pickup])
    engine = Engine(network, [om.Item("BOLT")], clock=lambda: 0)
    engine.apply([om.Receive("BOLT", node, 2) for node in ("N1", "N2")])
    plan = engine.route(order(collect_at="N2"))
    assert plan.explain().why("N1")[0].reason is Reason.EXCLUDED
    assert plan.explain().why("N2")[0].reason is Reason.CHOSEN


@pytest.mark.parametrize("seed", range(2 if WITHOUT_JIT else 10))
def test_every_node_and_service_appears_once(seed):
    """The chosen are those of the plan, at the plan's cost; ranks count from one."""
    made = world(seed)
    engine = made.engine
    pairs = {
        (n, s) for n in engine.network.node_ids for s in engine.network.service_names
    }
    for _ in range(10):
        plan = engine.route(made.order(), policy=made.policy())
        told = plan.explain()
        rows = told.candidates
        assert len(rows) == len(pairs)
        assert {(row.node, row.service) for row in rows} == pairs
        chosen = {(r.node, r.service): r for r in rows if r.reason is Reason.CHOSEN}
        assert chosen.keys() == {(x.node, x.service) for x in plan.shipments}
        for shipment in plan.shipments:
            assert chosen[shipment.node, shipment.service].terms == shipment.terms
        ranks = sorted(row.rank for row in rows if row.rank is not None)
        assert ranks == list(range(1, len(ranks) + 1))
        for row in rows:
            out = row.reason not in (Reason.CHOSEN, Reason.CANDIDATE)
            assert not (out and (row.rank or row.terms))
        assert sum(told.counts().values()) == len(pairs)


def test_the_best_of_a_single_line_ranks_first():
    """With one line and one shipment the ranking is the decision."""
    made = world(6, nodes=8)
    for sku in made.skus:
        asked = om.Order({sku: 1}, om.Destination(postcode="606"), services=["ground"])
        plan = made.engine.route(asked)
        if plan.complete and len(plan.shipments) == 1:
            first = plan.explain().candidates[0]
            assert first.reason is Reason.CHOSEN
            assert first.rank == 1
            assert first.cost == plan.cost


def test_an_explanation_asked_for_after_stock_has_changed_is_stale():
    """It says so rather than speak of another world; one recorded in time stays."""
    engine, _ = one_node(None)
    late = engine.route(order())
    recorded = engine.route(order(), explain=True)
    told = recorded.explain()
    engine.apply(om.Receive("NUT", "N1", 1))
    assert not late.stale, "another SKU's stock is no concern of this plan"
    engine.apply(om.Sell("BOLT", "N1", 1))
    assert late.stale
    assert late.explain().status is om.Status.STALE
    assert late.explain().candidates == ()
    assert "STALE" in late.explain().table()
    assert recorded.explain() is told
    assert told.status is om.Status.OK
    with pytest.raises(om.StatusError) as error:
        late.explain().why("N1")
    assert error.value.status is om.Status.STALE
    with pytest.raises(om.UnknownNodeError):
        told.why("N9")


def test_a_placement_can_record_its_explanation_before_the_stock_is_taken():
    """Afterwards the plan is stale by its own doing."""
    engine, _ = one_node(None)
    placed = engine.place(order(), id="A", explain=True)
    assert placed.plan.stale
    assert placed.plan.explain().status is om.Status.OK
    assert any(row.reason is Reason.CHOSEN for row in placed.plan.explain().why("N1"))


def test_the_table_shows_so_many_rows_and_counts_all():
    """Long explanations stay readable."""
    told = (
        world(3, nodes=8)
        .engine.route(om.Order({"S00": 1}, om.Destination(postcode="554")))
        .explain()
    )
    lines = told.table(rows=4).splitlines()
    assert len(lines) == 1 + 4 + 1
    assert lines[-1].startswith("of 32: ")
    assert told._repr_html_().count("<tr>") == 2 + 2 + 16, "a head and 15 candidates"


def test_units_of_items_with_and_without_decimals_add_up():
    """One mug and 1.5 kg of flour are 2.5 units, not 1,501 quanta."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    items = [om.Item("MUG"), om.Item("FLOUR", decimals=3)]
    engine = Engine(om.Network([om.Node("N1")], [ground]), items, clock=lambda: 0)
    engine.apply([om.Receive("MUG", "N1", 4), om.Receive("FLOUR", "N1", 9.25)])
    basket = om.Order({"MUG": 1, "FLOUR": 1.5}, om.Destination(postcode="55425"))
    (chosen,) = engine.route(basket).explain().candidates
    assert str(chosen.units) == "2.5"


def test_a_chosen_row_shows_what_is_sent():
    """N1 could send three nuts as well; the plan takes its bolts only."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    nodes = [om.Node("N1", unit_cost=1), om.Node("N2")]
    items = [om.Item("BOLT"), om.Item("NUT")]
    engine = Engine(om.Network(nodes, [ground]), items, clock=lambda: 0)
    engine.apply([om.Receive("BOLT", "N1", 2), om.Receive("NUT", "N1", 9)])
    engine.apply(om.Receive("NUT", "N2", 9))
    plan = engine.route(order({"BOLT": 2, "NUT": 6}))
    first, second = plan.explain().candidates
    assert (first.node, first.rank, first.units, first.lines) == ("N1", 1, 2, 1)
    assert (second.node, second.units, second.quanta) == ("N2", 6, 6)
    assert first.cost + second.cost == plan.cost


def test_an_explanation_is_exact_in_any_decimal_context():
    """Somebody's three digits are not ours."""
    engine, _ = one_node(None, order_cost=1234.5678)
    plan = engine.route(order())
    with localcontext(prec=3):
        row = plan.explain().candidates[0]
        assert row.cost == plan.cost == plan.shipments[0].cost
        assert str(row.cost) == "1239.5678"
        assert row.distance_km == plan.shipments[0].distance_km
        assert row.distance_km.as_tuple().exponent == -3


# -- the table of reasons --------------------------------------------------------------


def test_every_reason_has_its_words_and_its_place():
    """The order of `Reason` is the order of precedence, in the code and on the page."""
    from omniroute.routing.explaining.reasons import RULES, SAYS

    assert [rule.reason for rule in RULES] == list(Reason)[2:]
    assert SAYS.keys() == set(Reason)
    page = (REPOSITORY / "docs" / "explanations.md").read_text("utf-8")
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| `")]
    told = {cells[1].strip(" `"): cells[2].strip() for cells in rows}
    assert list(told) == [reason.name for reason in Reason]
    assert told == {reason.name: SAYS[reason] for reason in Reason}


def test_where_two_reasons_fit_the_earlier_is_told():
    """Each rule, walked in turn: the first that keeps a pair out is its reason."""
    from omniroute.routing.explaining.reasons import RULES, reasons
    from omniroute.routing.explaining.seen import Seen

    both = 0
    for seed in range(2 if WITHOUT_JIT else 8):
        made = world(seed, heavy=True)
        for _ in range(6):
            plan = made.engine.route(made.order(), policy=made.policy())
            seen = Seen(made.engine._router, plan)
            found = reasons(seen)
            fits = [np.broadcast_to(r.keeps_out(seen), seen.shape) for r in RULES]
            for pair in np.ndindex(seen.shape):
                some = [
                    r.reason for r, mask in zip(RULES, fits, strict=True) if mask[pair]
                ]
                both += len(some) > 1
                assert found[pair] == (some[0] if some else Reason.CANDIDATE)
    assert both, "or nothing was walked"


def test_every_term_of_a_plan_has_a_cost_in_explanations():
    """Under the same name, in the same order."""
    from omniroute.routing.explaining.candidate_terms import COSTS
    from omniroute.routing.plan_answer import TERMS

    assert list(COSTS) == list(TERMS)


# -- a node, by all its services -------------------------------------------------------


@pytest.mark.parametrize("seed", range(2 if WITHOUT_JIT else 8))
def test_every_node_has_one_reason_that_of_its_nearest_service(seed):
    """Counted without making an object for each, and with: the same."""
    made = world(seed)
    for _ in range(5):
        told = made.engine.route(made.order(), policy=made.policy()).explain()
        assert sorted(each.node for each in told.nodes) == sorted(
            made.engine.network.node_ids
        )
        assert told.node_counts() == Counter(each.reason for each in told.nodes)
        for each in told.nodes:
            rows = told.why(each.node)
            assert {row.service for row in rows if row.reason is each.reason} == set(
                each.services
            )
            inside = [r.reason for r in rows if r.reason <= Reason.CANDIDATE]
            nearest = min(inside) if inside else max(r.reason for r in rows)
            assert each.reason is nearest


# -- as data, and to read --------------------------------------------------------------


def told_of(seed=3, lines=4):
    made = world(seed, nodes=8)
    return made.engine.route(made.order(lines=lines)).explain()


def test_columns_dict_and_objects_say_the_same():
    """Exact, whichever way it is read."""
    told = told_of()
    columns, data = told.columns(), json.loads(told.to_json())
    assert {len(column) for column in columns.values()} == {len(told.candidates)}
    for k, row in enumerate(told.candidates):
        assert (columns["node"][k], columns["service"][k]) == (row.node, row.service)
        assert columns["reason"][k] == row.reason.name
        assert columns["cost_minor"][k] == (row.cost or 0) * 10_000
        shown = data["candidates"][k]
        assert shown["cost"] == (None if row.cost is None else str(row.cost))
        assert shown["terms"] == {name: str(n) for name, n in row.terms.items()}
        assert shown["rank"] == row.rank
    assert data["decision"]["cost"] == str(told.decision.cost)
    assert set(data["reasons"]) == {reason.name for reason in told.counts()}
    assert data["headline"] == told.headline


def test_an_explanation_can_be_kept_apart_from_its_engine():
    """Pickled, and equal to what it was."""
    told = told_of()
    copy = pickle.loads(pickle.dumps(told))
    assert copy == told
    assert str(copy) == str(told)
    assert told != told_of(lines=2)


def test_it_is_told_in_words_lines_and_candidates():
    """The headline first; then what leaves, who serves what, and who else could."""
    told = told_of()
    parts = str(told).split("\n\n")
    assert parts[0] == told.headline
    assert parts[1].splitlines()[0].split() == [
        *("node", "service", "lines", "units", "days", "km", "cost")
    ]
    assert len(parts[2].splitlines()) == 1 + len(told.lines)
    assert parts[3] == told.table()
    assert len(told.table(2).splitlines()) == 1 + 2 + 1


def test_lines_add_up_to_the_plan():
    """What is served of each, by whom, and how many could."""
    made = world(5, nodes=6)
    for _ in range(6):
        order = made.order(lines=5)
        plan = made.engine.route(order)
        told = plan.explain()
        short = {line.sku: line.quantity for line in plan.shortages}
        for line in told.lines:
            sent = sum(units for _, _, units, _ in line.sources)
            assert sent == line.served
            assert line.asked - line.served == short.get(line.sku, 0)
            if line.served == line.asked and len(line.sources) == 1:
                assert line.whole_at >= 1
            if len(line.sources) > 1:
                assert line.whole_at == 0, "what a node has whole is not split"


def test_ids_are_text_and_not_html():
    """Somebody's node may be called anything."""
    odd = "<script>&"
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    engine = Engine(
        om.Network([om.Node(odd)], [ground]), [om.Item(odd)], clock=lambda: 0
    )
    engine.apply(om.Receive(odd, odd, 2))
    plan = engine.route(order({odd: 1}))
    for page in (plan.explain(), plan.why_not(odd), plan.alternatives(), plan):
        html = page._repr_html_()
        assert "<script" not in html
        assert "&lt;script&gt;&amp;" in html


def test_part_of_a_heavy_load_is_a_candidate():
    """Two bolts are over the limit of a shipment, one is not."""
    engine, _ = one_node(None)
    part = row(engine, "ground", order({"BOLT": 2}))
    assert part.reason is Reason.CANDIDATE
    assert part.units == 1


# -- ranked as the policy counts -------------------------------------------------------


RULES = [
    {"objective": "fewest_shipments"},
    {"objective": "weighted", "day_price": 2, "shipment_price": 1},
    {"objective": "lexicographic", "criteria": ["fastest", "cheapest"]},
    {"distance_price": 0.01, "split_penalty": 3},
    {"terms": [om.terms.packaging(0.7, node_kinds=["store"])]},
    {"terms": [om.terms.lateness(3, after_days=1)], "objective": "fastest"},
    {
        "objective": "waterfall",
        "groups": [om.RuleGroup("stores", node_kinds=["store"]), om.RuleGroup("all")],
    },
]


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: str(rules)[:40])
@pytest.mark.parametrize("seed", range(4))
def test_candidates_are_ranked_as_the_policy_would_choose_among_them(seed, rules):
    """Each node and service by itself, as a plan of that alone is compared."""
    made = world(900 + seed, nodes=5, weightless=False)
    policy, compared = om.RoutingPolicy(**rules), 0
    for _ in range(4):
        order = made.order(lines=made.dice.randint(1, 3))
        plan = made.engine.route(order, policy=policy)
        told = plan.explain()
        ranked = [row for row in told.candidates if row.rank is not None]
        ranked.sort(key=lambda row: row.rank)
        instead = Instead(made.engine._router, plan)
        keys = []
        for row in ranked:
            node = made.engine.network.node_index(row.node)
            service = made.engine.network.service_index(row.service)
            alone = instead.alone(node, 1 << service, 1)
            if alone is None or row.reason is om.Reason.CHOSEN:
                continue
            if instead.seen.loads.exact:
                keys.append(instead.key(alone))
                assert row.cost + _more(alone) == row.objective
        assert keys == sorted(keys)
        compared += len(keys) > 1
    assert compared


def _more(plan):
    """What the policy counts on top of rates and handling."""
    return plan.objective - sum(plan.shipments[0].terms[name] for name in TERMS)


def test_the_objective_is_shown_where_it_is_more_than_rates_and_handling():
    """In the table and in the headline; else there is no such column."""
    made = world(901, nodes=5)
    order = made.order(lines=1)
    plain = made.engine.route(order).explain()
    assert "objective" not in plain.table()
    counted = made.engine.route(order, policy=om.RoutingPolicy(distance_price=0.5))
    assert "objective" in counted.explain().table().splitlines()[0]
    columns = counted.explain().columns()
    assert (columns["objective_minor"] >= columns["cost_minor"]).all()
