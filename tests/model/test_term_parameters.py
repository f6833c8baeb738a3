"""Parameters of cost terms: data that is checked where it is given, and stays the same."""

from __future__ import annotations

import pickle
from decimal import Decimal
from fractions import Fraction

import attrs
import numpy as np
import pytest

from omniroute import ConfigurationError, CostTerm, RoutingPolicy, terms


def rates(lanes, by_zone):
    """A function of the caller's own, whose prices are a mapping."""
    return np.full(len(lanes.node), by_zone["far"])


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda: terms.packaging("0.35"), "parameters.amount"),
        (lambda: terms.packaging(True), "parameters.amount"),
        (lambda: terms.packaging(float("nan")), "parameters.amount"),
        (lambda: terms.packaging(1, node_kinds=["shop"]), "parameters.node_kinds[0]"),
        (lambda: terms.packaging(1, node_kinds="store"), "parameters.node_kinds"),
        (lambda: terms.surcharge(1, services="air"), "parameters.services"),
        (lambda: terms.lateness(1, after_days="2"), "parameters.after_days"),
        (lambda: terms.lateness(1, after_days=-1), "parameters.after_days"),
        (lambda: terms.node_price([("S1", 1)]), "parameters.prices"),
        (lambda: terms.node_price({"S1": "1"}), "parameters.prices['S1']"),
        (lambda: terms.node_price({1: 1}), "parameters.prices[1]"),
        (
            lambda: terms.markdown_credit({"S1": {"CUP": None}}),
            "parameters.credits['S1']['CUP']",
        ),
        (lambda: terms.stock_out_penalty(1, below=-1), "parameters.below"),
        (lambda: terms.failed_pick(None), "parameters.penalty"),
        (
            lambda: CostTerm("box", "packaging", parameters={"amout": 1}),
            "parameters.amout",
        ),
        (lambda: CostTerm("box", "packaging"), "parameters.amount"),
        (
            lambda: CostTerm("box", "packaging", "item", parameters={"amount": 1}),
            "per",
        ),
        (lambda: CostTerm("own", rates, parameters={1: 2}), "parameters"),
    ],
)
def test_what_a_term_cannot_count_is_refused_where_it_is_made(make, path):
    """By its path, and not by whatever numpy says at the first order."""
    with pytest.raises(ConfigurationError) as caught:
        make()
    assert caught.value.path == path


def test_a_policy_from_data_names_the_parameter():
    """The same, with the place of the term."""
    data = {"name": "box", "function": "packaging", "parameters": {"amount": "much"}}
    with pytest.raises(ConfigurationError) as caught:
        RoutingPolicy.from_dict({"schema": 1, "terms": [data]})
    assert caught.value.path == "terms[0].parameters.amount"
    fine = {**data, "parameters": {"amount": 0.35}}
    read = RoutingPolicy.from_dict({"schema": 1, "terms": [fine]}).terms[0]
    assert read == CostTerm("box", "packaging", parameters={"amount": 0.35})


PARAMETERS = [
    {"rate": Decimal("0.35")},
    {"rate": Fraction(1, 3)},
    {"rate": np.float64(0.1), "count": np.int64(3)},
    {"steps": [("b", 1), ("a", 2), ("a", 3)]},
    {"by_zone": {"near": 0.5, "far": {"é": [1, 2]}}},
]


@pytest.mark.parametrize("given", PARAMETERS, ids=lambda given: next(iter(given)))
def test_parameters_are_the_same_there_and_back(given):
    """Of whatever class the numbers were; pairs are no mapping, and keep their order."""
    policy = RoutingPolicy(terms=[CostTerm("own", rates, parameters=given)])
    named = {"functions": {"rates": rates}}
    assert RoutingPolicy.from_json(policy.to_json(**named), **named) == policy
    assert RoutingPolicy.from_toml(policy.to_toml(**named), **named) == policy
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert attrs.evolve(policy.terms[0], cash=False) == policy.terms[0]
    assert hash(RoutingPolicy(terms=policy.terms)) == hash(policy)


@pytest.mark.parametrize("value", [None, {1: 2}, object()])
def test_what_no_data_says_is_refused_when_it_is_written(value):
    """By the path; until then it is the function's own business."""
    term = CostTerm("own", rates, parameters={"given": value})
    with pytest.raises(ConfigurationError) as caught:
        RoutingPolicy(terms=[term]).to_dict(functions={"rates": rates})
    assert caught.value.path == "terms[0].parameters['given']"


def test_pairs_and_mappings_are_not_the_same():
    """A router keeps what it knows of a policy by the policy."""
    pairs = CostTerm("own", rates, parameters={"given": [("a", 1)]})
    mapping = CostTerm("own", rates, parameters={"given": {"a": 1}})
    assert pairs != mapping
    assert pairs.parameters["given"] == (("a", 1),)
    assert mapping.parameters["given"]["a"] == 1
