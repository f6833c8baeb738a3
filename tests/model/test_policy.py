"""Policies as data."""

from __future__ import annotations

import pytest

from omniroute.errors import ConfigurationError
from omniroute.model import RoutingPolicy
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
