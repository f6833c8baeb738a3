"""Safety rules: which wins, how much it is, and what that does to a cell."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniroute.errors import ConfigurationError, UnknownIdError
from omniroute.model.safety import (
    CellFacts,
    SafetyRule,
    SafetyRules,
    Withheld,
    network_available,
    withhold,
)
from tests.naive import safety as naive

SKUS, CLASSES, NODES = ["A", "B", "C"], ["soft", "hard"], ["N1", "N2"]
KINDS, SERVICES, CHANNELS = ["store", "warehouse"], ["ground", "pickup"], ["web", "app"]
NUMBERS = {
    "sku": {sku: i for i, sku in enumerate(SKUS)},
    "item_class": {name: i for i, name in enumerate(CLASSES)},
    "node": {node: i for i, node in enumerate(NODES)},
    "node_kind": {kind: i for i, kind in enumerate(KINDS)},
    "service": {name: i for i, name in enumerate(SERVICES)},
    "channel": {name: i for i, name in enumerate(CHANNELS)},
}
#: A is soft, B hard, C of no class; N1 is a store, N2 a warehouse.
CLASS_OF, KIND_OF = {"A": 0, "B": 1, "C": -1}, {"N1": 0, "N2": 1}


def facts(cells, on_hand=10, scale=1, demand=0):
    """Facts of (sku, node) pairs; figures for all, or a list."""
    columns = {
        "sku": [NUMBERS["sku"][sku] for sku, _ in cells],
        "item_class": [CLASS_OF[sku] for sku, _ in cells],
        "node": [NUMBERS["node"][node] for _, node in cells],
        "node_kind": [KIND_OF[node] for _, node in cells],
    }
    columns = {name: np.array(values, np.int64) for name, values in columns.items()}
    figures = [np.full(len(cells), x, np.int64) for x in (on_hand, scale, demand)]
    return CellFacts(columns, *figures)


def held(
    rules, sku="A", node="N1", services=(), channel=None, routing=False, **figures
):
    """What one cell holds back."""
    found = SafetyRules(rules, NUMBERS)
    some = facts([(sku, node)], **figures)
    return found.resolve(some, services, channel, routing=routing)[0]


# -- published examples ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "on_hand", "demand", "safety", "available", "withheld", "shortage"),
    [
        ("E06 IBM: safety 2, one unit left, and it is held back", 4, 3, 2, 0, 1, 0),
        ("nothing reserved: all of the safety is held back", 4, 0, 2, 2, 2, 0),
        ("more promised than there is: nothing left to hold back", 4, 6, 2, 0, 0, 2),
        ("no safety", 4, 3, 0, 1, 0, 0),
        ("a till sold what the record did not know of", -1, 0, 2, 0, 0, 1),
    ],
)
def test_what_safety_does_to_a_cell(
    case, on_hand, demand, safety, available, withheld, shortage
):
    """Available, withheld and shortage are told apart; ignoring safety they add up."""
    found = withhold(on_hand, demand, safety)
    assert found == Withheld(available, withheld, shortage), case
    left = found.available - found.shortage + found.withheld
    assert left == on_hand - demand, case


@pytest.mark.parametrize(
    ("case", "decimals", "whole_units", "available"),
    [
        ("E14 fraction kept: 7.5", 1, False, "7.5"),
        ("E14 truncated: 7", 1, True, "7"),
        ("pieces cannot be halved: 7 either way", 0, False, "7"),
        ("pieces cannot be halved: 7 either way", 0, True, "7"),
    ],
)
def test_a_quarter_of_ten_is_held_back(case, decimals, whole_units, available):
    """Of 10 units at 25 per cent; what is left is never rounded up."""
    scale = 10**decimals
    rule = SafetyRule(percent=25, whole_units=whole_units)
    safety = held([rule], on_hand=10 * scale, scale=scale)
    assert Fraction(int(10 * scale - safety), scale) == Fraction(available), case


def test_the_largest_over_what_is_asked_for_together():
    """E14: ship holds back 5, pick 10; asked for both, 10."""
    rules = [SafetyRule(5, service="ground"), SafetyRule(10, service="pickup")]
    assert held(rules, services=["ground"]) == 5
    assert held(rules, services=["ground", "pickup"]) == 10
    assert held(rules) == 0


def test_hotwax_online_atp():
    """E33: 100 less 5 each of reserved, safety, threshold, queue and excluded is 75."""
    on_hand, reserved, safety, threshold, queued, excluded = 100, 5, 5, 5, 5, 5
    cell = withhold(on_hand - excluded, reserved + queued, safety)
    assert network_available([cell.available], threshold) == 75


def test_a_threshold_is_subtracted_once_not_at_each_node():
    """Three nodes of 4 and a threshold of 5: 7, and not nothing."""
    assert network_available([4, 4, 4], threshold=5) == 7
    assert network_available([4, -9, 4], threshold=5) == 3
    assert network_available([4], threshold=5) == 0
    assert network_available([4, 4], threshold=5, held=1) == 2


# -- which rule wins -------------------------------------------------------------------

LADDER = [
    SafetyRule(1),
    SafetyRule(2, channel="web"),
    SafetyRule(3, service="ground"),
    SafetyRule(4, node_kind="store"),
    SafetyRule(5, node="N1"),
    SafetyRule(6, item_class="soft"),
    SafetyRule(7, sku="A"),
]


@pytest.mark.parametrize("highest", range(1, 8))
def test_the_more_specific_wins(highest):
    """Item before class before node before kind before service before channel."""
    rules = LADDER[:highest][::-1]
    assert held(rules, services=["ground"], channel="web") == highest


def test_naming_an_item_beats_naming_everything_else():
    """However much the other rule names."""
    other = SafetyRule(
        9, item_class="soft", node="N1", node_kind="store", service="ground"
    )
    assert held([SafetyRule(1, sku="A"), other], services=["ground"]) == 1


def test_a_smaller_but_more_specific_rule_wins():
    """It is not the largest that wins: nothing at all can be said of one node."""
    assert held([SafetyRule(8), SafetyRule(0, node="N1")]) == 0


def test_rules_of_another_scope_do_not_count():
    """Another item, class, node, kind, service or channel."""
    others = [
        SafetyRule(9, sku="B"),
        SafetyRule(9, item_class="hard"),
        SafetyRule(9, node="N2"),
        SafetyRule(9, node_kind="warehouse"),
        SafetyRule(9, service="pickup"),
        SafetyRule(9, channel="app"),
    ]
    assert held(others, services=["ground"], channel="web") == 0
    assert held([SafetyRule(9, item_class="soft")], sku="C") == 0


def test_routing_holds_back_the_larger_of_the_two():
    """A protection for routing adds to what guards promises, and is not seen by them."""
    rules = [SafetyRule(3), SafetyRule(5, guards="routing")]
    assert held(rules) == 3
    assert held(rules, routing=True) == 5
    assert held([SafetyRule(3), SafetyRule(1, guards="routing")], routing=True) == 3


# -- how much --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "on_hand", "scale", "demand", "expected"),
    [
        (SafetyRule(2), 10, 1, 0, 2),
        (SafetyRule(2), 0, 1, 0, 2),
        (SafetyRule(2), 10, 100, 0, 200),
        (SafetyRule(1.5), 10, 1, 0, 2),
        (SafetyRule(percent=20), 0, 1, 0, 0),
        (SafetyRule(percent=20), -5, 1, 0, 0),
        (SafetyRule(percent=100), 7, 1, 0, 7),
        (SafetyRule(percent=12.5), 16, 1, 0, 2),
        (SafetyRule(percent=12.5), 17, 1, 0, 3),
        (SafetyRule(days=3), 10, 1, 1_500, 5),
        (SafetyRule(days=0.5), 10, 1, 3_000, 2),
        (SafetyRule(days=1000), 10, 1, 2**31 * 1000, 2**31 - 1),
    ],
    ids=str,
)
def test_amounts(rule, on_hand, scale, demand, expected):
    """Absolute, per cent of what is on hand, days of cover; rounded up."""
    assert held([rule], on_hand=on_hand, scale=scale, demand=demand) == expected


def test_thresholds_are_by_item_and_class():
    """The item beats its class; an item of no class has none."""
    rules = [
        SafetyRule(5, item_class="soft", guards="network"),
        SafetyRule(2, sku="B", guards="network"),
    ]
    columns = {"sku": np.arange(3), "item_class": np.array([0, 1, -1])}
    found = SafetyRules(rules, NUMBERS).thresholds(columns, np.full(3, 10))
    assert found.tolist() == [50, 20, 0]


# -- the twin --------------------------------------------------------------------------


def maybe(values):
    """One of them, or None."""
    return st.none() | st.sampled_from(values)


RULES = st.builds(
    SafetyRule,
    quantity=st.integers(0, 9),
    sku=maybe(SKUS),
    item_class=maybe(CLASSES),
    node=maybe(NODES),
    node_kind=maybe(KINDS),
    service=maybe(SERVICES),
    channel=maybe(CHANNELS),
    guards=st.sampled_from(["promise", "routing"]),
)
AMOUNTS = st.one_of(
    st.builds(dict, quantity=st.decimals(0, 20, places=3)),
    st.builds(
        dict,
        quantity=st.none(),
        percent=st.decimals(0, 100, places=4),
        whole_units=st.booleans(),
    ),
    st.builds(dict, quantity=st.none(), days=st.decimals(0, 30, places=3)),
)


@given(
    st.lists(
        st.tuples(RULES, AMOUNTS).map(lambda pair: attrs.evolve(pair[0], **pair[1])),
        max_size=12,
        unique_by=lambda rule: (rule.scope, rule.guards),
    ),
    st.lists(st.sampled_from(SERVICES), max_size=2, unique=True),
    maybe(CHANNELS),
    st.booleans(),
    st.data(),
)
def test_all_cells_at_once_as_one_by_one(rules, services, channel, routing, data):
    """The vectorised look-up gives what the loop over rules gives."""
    cells = [(sku, node) for sku in SKUS for node in NODES]
    numbers = st.integers(-20, 3_000)
    on_hand = data.draw(st.lists(numbers, min_size=6, max_size=6))
    scale = data.draw(st.lists(st.sampled_from([1, 10, 1000]), min_size=6, max_size=6))
    demand = data.draw(st.lists(st.integers(0, 9_999), min_size=6, max_size=6))
    some = facts(cells, np.array(on_hand), np.array(scale), np.array(demand))
    found = SafetyRules(rules, NUMBERS).resolve(
        some, services, channel, routing=routing
    )
    plain = [attrs.asdict(rule) for rule in rules]
    for i, (sku, node) in enumerate(cells):
        cell = {
            "sku": sku,
            "item_class": None if CLASS_OF[sku] < 0 else CLASSES[CLASS_OF[sku]],
            "node": node,
            "node_kind": KINDS[KIND_OF[node]],
        }
        asked = on_hand[i], scale[i], Fraction(demand[i], 1000)
        expected = naive.resolve(plain, cell, *asked, services, channel, routing)
        assert found[i] == expected


# -- what is refused -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (SafetyRule, "quantity"),
        (lambda: SafetyRule(1, percent=2), "quantity"),
        (lambda: SafetyRule(-1), "quantity"),
        (lambda: SafetyRule("1"), "quantity"),
        (lambda: SafetyRule(0.0001), "quantity"),
        (lambda: SafetyRule(percent=101), "percent"),
        (lambda: SafetyRule(days=1001), "days"),
        (lambda: SafetyRule(1, node_kind="shop"), "node_kind"),
        (lambda: SafetyRule(1, sku=""), "sku"),
        (lambda: SafetyRule(1, guards="promises"), "guards"),
        (lambda: SafetyRule(1, whole_units=1), "whole_units"),
        (lambda: SafetyRule(percent=1, guards="network"), "percent"),
        (lambda: SafetyRule(1, node="N1", guards="network"), "node"),
        (lambda: SafetyRule(1, channel="web", guards="network"), "channel"),
        (lambda: SafetyRules(SafetyRule(1), NUMBERS), "rules"),
        (lambda: SafetyRules([1], NUMBERS), "rules[0]"),
        (lambda: SafetyRules([SafetyRule(1), SafetyRule(2)], NUMBERS), "rules[1]"),
        (lambda: SafetyRules([SafetyRule(1, sku="Z")], NUMBERS), "rules[0].sku"),
        (lambda: SafetyRules([SafetyRule(1, node="Z")], NUMBERS), "rules[0].node"),
        (
            lambda: SafetyRules([SafetyRule(1, service="Z")], NUMBERS),
            "rules[0].service",
        ),
        (
            lambda: SafetyRules([SafetyRule(1, channel="Z")], NUMBERS),
            "rules[0].channel",
        ),
        (
            lambda: SafetyRules([SafetyRule(1, item_class="Z")], NUMBERS),
            "rules[0].item_class",
        ),
        (
            lambda: SafetyRules(
                [SafetyRule(1), SafetyRule(1, guards="routing", sku="Z")], NUMBERS
            ),
            "rules[1].sku",
        ),
    ],
)
def test_bad_rules_name_what_is_wrong(make, path):
    """One clear error with its path."""
    with pytest.raises((ConfigurationError, UnknownIdError)) as caught:
        make()
    assert caught.value.path == path


def test_one_scope_may_guard_several_things():
    """They are different rules; a second for the same thing is not."""
    same = [
        SafetyRule(1),
        SafetyRule(2, guards="routing"),
        SafetyRule(3, guards="network"),
    ]
    assert len(SafetyRules(same, NUMBERS).rules) == 3


def test_figures_are_exact():
    """A float counts as the decimal it prints as."""
    assert SafetyRule(0.1).quantity == Decimal("0.1")
