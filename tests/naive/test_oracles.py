"""The slow oracles against hand-worked answers and against each other."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from .evaluate import BrokenRuleError, evaluate
from .lower_bound import lower_bound
from .mip import SolverDisagreesError, mip_best, mip_plan
from .random_instances import SHAPES, random_instance, random_question, usps_tables
from .routing import brute_force
from .routing_instance import Instance, Line, Node, Option, PlanResult
from .tariffs import Tariff, close_under_parcelling

FLAT = Tariff.flat
STEPS = Tariff((500, 1000, 4000), (50, 80, 200))


def rng_of(*seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(list(seed)))


def two_lines(*options: Option, **changes: object) -> Instance:
    """Two lines of 2 and 1; node 0 holds the first, node 1 both, node 2 the second."""
    question = Instance(
        lines=(Line(2, weight_g=300), Line(1, weight_g=600)),
        nodes=(Node((2, 0)), Node((2, 1)), Node((0, 1))),
        options=options,
    )
    return replace(question, **changes)


def spread_line(quantity: int, *stock: int, price: Tariff = STEPS) -> Instance:
    """One line over nodes with so much stock, one service each."""
    return Instance(
        lines=(Line(quantity, weight_g=400),),
        nodes=tuple(Node((held,)) for held in stock),
        options=tuple(Option(k, 0, price) for k in range(len(stock))),
    )


def both_say(
    instance: Instance, objective: str = "cheapest", max_shipments: int | None = None
) -> PlanResult:
    """Return the plan found by trying all, once HiGHS says the same figures."""
    best = brute_force(instance, objective, max_shipments)
    latest = best.latest if objective == "fastest" else None
    figures = (best.units, latest, best.cost)
    assert mip_best(instance, objective, max_shipments) == figures
    assert mip_best(instance, objective, max_shipments, prune=False) == figures
    bound = lower_bound(instance, best.units, latest, max_shipments)
    assert bound <= best.cost
    return best


# -- worked by hand --------------------------------------------------------------------


def test_one_shipment_beats_two_when_the_second_parcel_costs_more():
    """1,200 g from one node cost 200; 600 g each from two nodes cost 80 + 80."""
    apart = Option(0, 0, STEPS), Option(2, 0, STEPS)
    together = Option(1, 0, STEPS)
    assert both_say(two_lines(*apart, together)).cost == 160
    assert both_say(two_lines(together)).cost == 200
    dearer = both_say(two_lines(*apart, Option(1, 0, FLAT(150))))
    assert (dearer.cost, [s.option for s in dearer.shipments]) == (150, [2])


def test_most_units_are_served_before_anything_is_saved():
    """Node 1 serves three units for 200 although node 0 serves two for 10."""
    best = both_say(
        two_lines(Option(0, 0, FLAT(10)), Option(1, 0, FLAT(200))), "cheapest", 1
    )
    assert (best.units, best.cost) == (3, 200)


def test_fastest_takes_the_least_latest_day_then_the_least_cost():
    """Both lines by day 2 for 90, not by day 3 for 10, not two day-2 nodes for 100."""
    best = both_say(
        two_lines(
            Option(0, 0, FLAT(50), transit_days=2),
            Option(1, 0, FLAT(10), transit_days=3),
            Option(1, 1, FLAT(90), transit_days=2),
            Option(2, 0, FLAT(50), transit_days=1),
        ),
        "fastest",
    )
    assert (best.latest, best.cost) == (2, 90)


def test_a_line_that_a_node_holds_whole_is_not_split():
    """Two nodes with 1 of 2 would cost 100, but node 2 holds both: 200."""
    question = spread_line(2, 1, 1, 2)
    dear = (*question.options[:2], Option(2, 0, FLAT(200)))
    assert both_say(replace(question, options=dear)).cost == 200


def test_a_line_that_no_node_holds_whole_is_spread_over_the_cheapest():
    """Four from 3 + 2: 1,200 g and 400 g cost 250, 800 g from each costs 160."""
    best = both_say(spread_line(4, 3, 2))
    assert (best.units, best.cost) == (4, 160)
    assert [dict(s.quantities) for s in best.shipments] == [{0: 2}, {0: 2}]


def test_a_spread_line_uses_one_service_of_a_node():
    """Two services of node 0, each good for one unit, cannot both take the line."""
    question = Instance(
        lines=(Line(3, weight_g=400),),
        nodes=(Node((2,)),),
        options=(Option(0, 0, FLAT(5, 400)), Option(0, 1, FLAT(5, 400))),
    )
    assert both_say(question).units == 1


def test_a_shipment_limit_leaves_units_unserved():
    """Two of three nodes are allowed: the fuller two, 3 + 2 of 6."""
    assert both_say(spread_line(6, 3, 2, 1), max_shipments=2).units == 5
    assert both_say(spread_line(6, 3, 2, 1), max_shipments=0).units == 0


def test_complete_only_prefers_nothing_to_a_part():
    """Five of six can be had: the plan is empty, at no cost and with no date."""
    part = replace(spread_line(6, 3, 2), complete_only=True)
    best = both_say(part, "fastest")
    assert (best.units, best.cost, best.latest, best.shipments) == (0, 0, None, ())
    assert both_say(replace(part, lines=(Line(5, 400),))).units == 5


def test_a_shipment_too_heavy_to_price_carries_less():
    """4,000 g is the heaviest parcel: ten of the twelve 400 g units go."""
    best = both_say(spread_line(12, 12))
    assert (best.units, best.cost) == (10, 200)


def test_two_lines_share_a_parcel_too_light_for_both():
    """Five of six 400 g units are 2,000 g, whichever line is left one short."""
    question = Instance(
        lines=(Line(3, weight_g=400), Line(3, weight_g=400)),
        nodes=(Node((3, 3)),),
        options=(Option(0, 0, FLAT(90, 2000)),),
    )
    best = both_say(question)
    assert (best.units, best.cost) == (5, 90)
    assert best.shipments == ((0, ((0, 3), (1, 2))),)


def test_grams_and_handling_of_part_units_are_rounded_up_line_by_line():
    """15 tenths of 333 g are 500 g (499.5); at 7 a unit started they take 14."""
    question = Instance(
        lines=(Line(15, weight_g=333, scale=10), Line(1, weight_g=1, scale=10)),
        nodes=(Node((15, 0), order_cost=1000, line_cost=100, unit_cost=7),),
        options=(Option(0, 0, STEPS),),
    )
    assert both_say(question).cost == 50 + 1000 + 100 + 14
    heavier = replace(question, nodes=(replace(question.nodes[0], stock=(15, 1)),))
    assert both_say(heavier).cost == 80 + 1000 + 200 + 14 + 7  # 501 g, 1/10 unit: 7


def test_an_unserved_order_is_an_empty_plan():
    """No option, or no stock: nothing served, nothing to pay."""
    for question in (two_lines(), spread_line(3, 0, 0)):
        assert both_say(question, "fastest").shipments == ()


TIES = {
    "fewer shipments": [(0, 0, 40, 1, 1), (2, 0, 40, 1, 1), (1, 0, 80, 9, 9)],
    "less transit in all": [(1, 0, 80, 3, 1), (1, 1, 80, 2, 9)],
    "less distance in all": [(1, 0, 80, 2, 9), (1, 1, 80, 2, 1)],
    "the first service": [(1, 1, 80, 2, 9), (1, 0, 80, 2, 9)],
}


@pytest.mark.parametrize("rule", TIES)
def test_equal_plans_are_told_apart_by(rule: str):
    """The last option listed wins, each time by the one rule named."""
    options = [
        Option(node, service, FLAT(price), days, metres)
        for node, service, price, days, metres in TIES[rule]
    ]
    best = both_say(two_lines(*options))
    assert [s.option for s in best.shipments] == [len(options) - 1]


def test_the_last_tie_is_the_first_nodes_line_by_line():
    """Of equal nodes the first serve, and an early line counts more than a late one."""
    nodes = (Node((0, 1)), Node((1, 0)), Node((1, 0)), Node((0, 1)))
    question = Instance(
        lines=(Line(1), Line(1)),
        nodes=nodes,
        options=tuple(Option(k, 0, FLAT(5), 1, 1) for k in (3, 2, 1, 0)),
    )
    used = {question.options[s.option].node for s in both_say(question).shipments}
    assert used == {0, 1}
    one = both_say(question, max_shipments=1)  # a served first line before the second
    assert one.shipments == ((2, ((0, 1),)),)


# -- every rule is checked -------------------------------------------------------------

BROKEN = {
    "0: an option used twice": [(0, {0: 1}), (0, {1: 1})],
    "0: a shipment with no line": [(0, {})],
    "0: a quantity that is not positive": [(0, {0: 0})],
    "1: node 0 does not hold 3": [(0, {0: 3})],
    "1: line 0 served too much": [(0, {0: 2}), (1, {0: 2}), (2, {0: 1})],
    "2: line 1 is split": [(1, {1: 1}), (2, {1: 1})],
    "3: line 0 twice from one node": [(0, {0: 1}), (3, {0: 1})],
    "4: more than 3 shipments": [(0, {0: 1}), (1, {0: 1}), (2, {0: 1}), (3, {1: 1})],
    "5: 2000 g has no price": [(2, {1: 2})],
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_plan_that_breaks_a_rule_is_told_which(rule: str):
    """Line 0 (4 asked) must be spread; line 1 (2 asked) is whole at nodes 0 and 2."""
    question = Instance(
        lines=(Line(4, weight_g=100), Line(2, weight_g=1000)),
        nodes=(Node((2, 2)), Node((3, 1)), Node((1, 2))),
        options=(
            Option(0, 0, FLAT(1)),
            Option(1, 0, FLAT(1)),
            Option(2, 0, FLAT(1, 1999)),
            Option(0, 1, FLAT(1)),
        ),
    )
    with pytest.raises(BrokenRuleError, match=f"rule {rule}"):
        evaluate(question, BROKEN[rule], max_shipments=3)


# -- tariffs ---------------------------------------------------------------------------


def test_two_parcels_are_cheaper_than_one_where_the_tariff_bulges():
    """One parcel of 40 for 90, two of 20 for 60; 41 is a third parcel of 1 to 20."""
    tariff = close_under_parcelling([20, 40], [30, 90], 60)
    assert (tariff.limits, tariff.prices) == ((20, 40, 60), (30, 60, 90))


def test_a_heavier_cheaper_parcel_may_be_bought():
    """The second step costs less than the first, so the first costs that too."""
    assert close_under_parcelling([100, 200], [50, 40], 200).prices == (40,)


def test_fractions_of_a_gram_are_exact():
    """A pound holds 453 whole grams; the 454th is a second pound."""
    pound = Fraction("453.59237")
    tariff = close_under_parcelling([pound], [7], 2000)
    assert [tariff(w) for w in (453, 454, 907, 908)] == [7, 14, 14, 21]


def test_a_lattice_row_reads_as_the_same_prices():
    """Step = weight * num / den rounded up, the first step for no weight at all."""
    row, num, den = [9, 9, 9, 20, 31], 3, 700
    tariff = Tariff.from_lattice(row, num, den)
    for weight in range(4 * den // num + 1):
        assert tariff(weight) == row[max(1, -(-weight * num // den))]
    assert tariff(4 * den // num + 1) is None
    assert Tariff.from_lattice([5, 5], 0, 1)(10**9) == 5


@pytest.mark.parametrize("shape", SHAPES)
def test_random_tariffs_never_reward_a_second_parcel(shape: str):
    """Rising, and no price above that of two parts, over all weights that occur."""
    question = random_instance(rng_of(3), shape)
    for option in question.options:
        heaviest = min(option.price.heaviest_g, 60_000)
        assert option.price.is_subadditive(heaviest)


def test_a_bulging_tariff_is_found_out():
    """Three grams for 9 against one and two for 3."""
    assert not Tariff((1, 2, 3), (1, 2, 9)).is_subadditive(3)
    assert Tariff((1, 2, 3), (1, 2, 9)).is_subadditive(2)
    assert not Tariff((1, 2), (1, 1)).is_subadditive(3)


# -- the oracles agree -----------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_exhaustive_search_and_highs_agree(shape: str):
    """Same units, transit and cost over random questions; the bound is below."""
    for seed in range(40):
        both_say(*random_question(rng_of(7, seed), shape))


@pytest.mark.parametrize("shape", SHAPES)
def test_leaving_hopeless_plans_early_loses_nothing(shape: str):
    """The search that really tries everything finds the same plan, ties included."""
    small = SHAPES[shape].sized(lines=2, nodes=3)
    for seed in range(10):
        question = random_question(rng_of(11, seed), small)
        slow = brute_force(*question, skip_hopeless=False)
        assert brute_force(*question) == slow


@pytest.mark.parametrize("shape", ["mixed", "ties", "splits", "decimals"])
def test_dropping_dominated_options_changes_nothing(shape: str):
    """Larger than can be tried out: pruned and plain models agree, above the bound."""
    large = SHAPES[shape].sized(lines=7, nodes=9)
    for seed in range(3):
        instance, objective, limit = random_question(rng_of(13, seed), large)
        pruned = mip_best(instance, objective, limit)
        assert mip_best(instance, objective, limit, prune=False) == pruned
        units, latest, cost = pruned
        assert lower_bound(instance, units, latest, limit) <= cost


def test_the_plan_of_highs_counts_to_what_it_says():
    """Its shipments, costed from scratch, give its figures."""
    for seed in range(20):
        instance, objective, limit = random_question(rng_of(17, seed), "mixed")
        plan = mip_plan(instance, objective, limit)
        found = evaluate(instance, plan.shipments, limit)
        assert found[:3] == (plan.units, plan.latest, plan.cost)


def test_a_solver_that_is_wrong_is_not_believed(monkeypatch: pytest.MonkeyPatch):
    """A plan that HiGHS calls cheaper than it counts to raises."""
    from . import mip

    honest = mip.milp

    def optimist(*args: object, **kwargs: object) -> object:
        result = honest(*args, **kwargs)
        result.fun -= 1
        return result

    monkeypatch.setattr(mip, "milp", optimist)
    with pytest.raises(SolverDisagreesError, match="told"):
        mip_best(spread_line(4, 3, 2), "cheapest")


def test_the_relaxation_of_a_single_flat_price_is_exact():
    """One node, one price: nothing to relax."""
    assert lower_bound(spread_line(4, 4, price=FLAT(700)), 4) == 700


# -- random questions ------------------------------------------------------------------


def test_the_same_seed_asks_the_same_question():
    """Every figure equal, tariffs too."""
    first, again = (random_instance(rng_of(23), "mixed") for _ in range(2))
    assert (first.lines, first.nodes) == (again.lines, again.nodes)
    prices = [[o.price.prices for o in one.options] for one in (first, again)]
    assert prices[0] == prices[1]


def test_shapes_stress_what_they_are_named_for():
    """Splits split, ties tie, limits leave units behind, heavy comes to the limit."""
    drawn = {
        shape: [random_question(rng_of(29, seed), shape) for seed in range(15)]
        for shape in ("splits", "decimals", "limits", "heavy", "ties")
    }
    assert sum(not all(q.whole_able) for q, _, _ in drawn["splits"]) >= 10
    assert any(line.scale > 1 for q, _, _ in drawn["decimals"] for line in q.lines)
    short = [brute_force(*q).units < q[0].asked for q in drawn["limits"]]
    assert 3 <= sum(short) < 15
    unlimited = [(q, objective, None) for q, objective, _ in drawn["heavy"]]
    lighter = [_without_weight(q) for q in unlimited]
    pairs = zip(unlimited, lighter, strict=True)
    assert any(brute_force(*a).units < brute_force(*b).units for a, b in pairs)
    assert sum(_has_a_rival(q) for q in drawn["ties"]) >= 4


def _without_weight(question: tuple[Instance, str, None]) -> tuple[Instance, str, None]:
    lines = tuple(replace(line, weight_g=0) for line in question[0].lines)
    return replace(question[0], lines=lines), *question[1:]


def _has_a_rival(question: tuple[Instance, str, int | None]) -> bool:
    """Without one of its options the best plan has an equal in units and cost."""
    instance, objective, limit = question
    best = brute_force(*question)
    return any(
        brute_force(_without_option(instance, used.option), objective, limit).key[:3]
        == best.key[:3]
        for used in best.shipments
    )


def _without_option(instance: Instance, o: int) -> Instance:
    options = instance.options[:o] + instance.options[o + 1 :]
    return replace(instance, options=options)


def test_a_postal_tariff_file_reads_in_ounces_and_pounds():
    """113 g is within four ounces, 454 g just over a pound; prices are per 1/10,000."""
    rows = [["4_oz", "7.2"], ["15_999_oz", "9.1"], ["1", "9.1"], ["2", "9.85"]]
    (tariff,) = usps_tables(rows, zones=1, heaviest_g=2000)
    assert [tariff(w) for w in (113, 114, 453, 454, 907)] == [
        72_000,
        91_000,
        91_000,
        98_500,
        98_500,
    ]
    assert tariff(908) == 98_500 + 72_000
    assert math.isclose(tariff.heaviest_g, 2000, abs_tol=114)
