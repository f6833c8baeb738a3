"""Policies as data."""

from __future__ import annotations

import pytest

from omniroute.errors import ConfigurationError
from omniroute.model import RoutingPolicy, RuleGroup
from tests.model.refusals import refused


def test_the_default_is_the_cheapest_without_limits():
    """What an engine does when nobody says anything."""
    policy = RoutingPolicy()
    assert policy.objective == "cheapest"
    assert (policy.max_shipments, policy.max_distance_m) == (None, None)
    assert not policy.complete_only
    assert not policy.mix_kinds


def test_distances_are_kept_to_the_metre():
    """So that no two machines disagree about who is too far."""
    assert RoutingPolicy(max_distance_km=12.345).max_distance_m == 12_345


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"objective": "best"}, "objective"),
        ({"objective": None}, "objective"),
        ({"max_shipments": 0}, "max_shipments"),
        ({"max_shipments": 1.0}, "max_shipments"),
        ({"complete_only": 1}, "complete_only"),
        ({"max_distance_km": 0}, "max_distance_km"),
        ({"max_distance_km": float("nan")}, "max_distance_km"),
        ({"exclude_nodes": "S1"}, "exclude_nodes"),
        ({"exclude_nodes": ["S1", "S1"]}, "exclude_nodes[1]"),
        ({"mix_kinds": None}, "mix_kinds"),
        ({"work_budget": 0}, "work_budget"),
        ({"name": ""}, "name"),
    ],
)
def test_a_policy_that_makes_no_sense_names_the_field(values, path):
    """Unknown objectives, impossible limits."""
    assert refused(RoutingPolicy, ConfigurationError, **values) == path


def test_policies_are_values():
    """The same rules are the same policy, as a replay needs it."""
    assert RoutingPolicy(exclude_nodes={"B", "A"}) == RoutingPolicy(
        exclude_nodes=["A", "B"]
    )
    assert len({RoutingPolicy(), RoutingPolicy()}) == 1


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"objective": "lexicographic"}, "criteria"),
        ({"criteria": ["fastest"]}, "criteria"),
        ({"objective": "lexicographic", "criteria": ["waterfall"]}, "criteria[0]"),
        (
            {"objective": "lexicographic", "criteria": ["fastest", "fastest"]},
            "criteria[1]",
        ),
        (
            {"objective": "lexicographic", "criteria": ["fastest", "weighted"]},
            "criteria[0]",
        ),
        ({"objective": "waterfall"}, "groups"),
        ({"groups": [RuleGroup("a")]}, "groups"),
        ({"objective": "waterfall", "groups": RuleGroup("a")}, "groups"),
        ({"objective": "waterfall", "groups": ["a"]}, "groups[0]"),
        (
            {"objective": "waterfall", "groups": [RuleGroup("a"), RuleGroup("a")]},
            "groups[1].name",
        ),
        ({"fill": "line"}, "fill"),
        ({"fill": "half"}, "fill"),
        ({"day_price": 1}, "day_price"),
        ({"objective": "cheapest", "shipment_price": 1}, "shipment_price"),
        ({"objective": "weighted", "day_price": -1}, "day_price"),
    ],
)
def test_what_an_objective_lacks_or_does_not_read_is_named(values, path):
    """A price that nothing reads would be a wish that is not heard."""
    assert refused(RoutingPolicy, ConfigurationError, **values) == path


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"name": ""}, "name"),
        ({"name": "x", "node_kinds": ["shop"]}, "node_kinds[0]"),
        ({"name": "x", "nodes": "S1"}, "nodes"),
        ({"name": "x", "services": ["a", "a"]}, "services[1]"),
        ({"name": "x", "max_distance_km": 0}, "max_distance_km"),
    ],
)
def test_a_rule_group_that_makes_no_sense_names_the_field(values, path):
    """Kinds that there are not, distances that cannot be."""
    assert refused(RuleGroup, ConfigurationError, **values) == path
