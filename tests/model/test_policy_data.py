"""Policies as dicts, JSON and TOML, there and back."""

from __future__ import annotations

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniroute.errors import ConfigurationError
from omniroute.model import CostTerm, RoutingPolicy, RuleGroup, terms
from omniroute.model.toml import toml_text


def carbon(lanes, per_km):
    """Return an amount a kilometre."""
    return lanes.distance_m / 1000 * per_km


FULL = RoutingPolicy(
    objective="waterfall",
    max_shipments=3,
    complete_only=True,
    max_distance_km=12.345,
    exclude_nodes=["S1", 'a "b"\\'],
    mix_kinds=True,
    work_budget=99,
    name="web é\x7f\n",
    version=7,
    criteria=["fewest_shipments", "weighted"],
    groups=[
        RuleGroup("near", node_kinds=["store"], max_distance_km=50),
        RuleGroup("any", nodes=["S1"], services=["ground"]),
    ],
    fill="line",
    day_price=2.5,
    shipment_price=0.0001,
    split_lines=False,
    keep_together=["sofa"],
    min_value_to_split=49.99,
    max_distance_km_by_kind={"store": 50, "dark_store": 7.5},
    exclude_nodes_by_channel={"big market": ["S1", "S2"]},
    split_penalty=1.25,
    distance_price=0.01,
    terms=[
        terms.packaging(0.35, node_kinds=["store"]),
        terms.node_price({"S1": 0.5, "S2": {"CUP": 2}}),
        CostTerm("carbon", carbon, cash=True, parameters={"per_km": 0.001}),
        CostTerm("own", "confetti", merges=False, parameters={"list": [1, 2, "x"]}),
    ],
)
FUNCTIONS = {"carbon": carbon}


@pytest.mark.parametrize("policy", [RoutingPolicy(), FULL], ids=["default", "full"])
def test_a_policy_is_the_same_after_each_way_there_and_back(policy):
    """As a dict, as JSON and as TOML; nothing is lost, nothing rounded."""
    named = {"functions": FUNCTIONS}
    data = policy.to_dict(**named)
    assert RoutingPolicy.from_dict(data, **named) == policy
    assert RoutingPolicy.from_json(policy.to_json(**named), **named) == policy
    assert RoutingPolicy.from_toml(policy.to_toml(**named), **named) == policy
    assert json.loads(policy.to_json(**named)) == data
    assert tomllib.loads(policy.to_toml(**named)) == data


def test_only_what_differs_from_the_defaults_is_written():
    """With the schema, so that a later version knows what the defaults were."""
    assert RoutingPolicy().to_dict() == {"schema": 1}
    assert RoutingPolicy(name="a", split_penalty=2).to_dict() == {
        "schema": 1,
        "name": "a",
        "split_penalty": 2,
    }


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ([], "policy"),
        ({}, "schema"),
        ({"schema": 2}, "schema"),
        ({"schema": True}, "schema"),
        ({"schema": "1"}, "schema"),
        ({"schema": 1, "objektive": "fastest"}, "objektive"),
        ({"schema": 1, "objective": "best"}, "objective"),
        ({"schema": 1, "groups": {}}, "groups"),
        ({"schema": 1, "groups": ["near"]}, "groups[0]"),
        ({"schema": 1, "groups": [{}]}, "groups[0].name"),
        ({"schema": 1, "groups": [{"name": "a", "km": 5}]}, "groups[0].km"),
        (
            {"schema": 1, "groups": [{"name": "a", "node_kinds": ["shop"]}]},
            "groups[0].node_kinds[0]",
        ),
        ({"schema": 1, "terms": [{"name": "a"}]}, "terms[0].function"),
        (
            {"schema": 1, "terms": [{"name": "a", "function": "x", "per": "day"}]},
            "terms[0].per",
        ),
        ({"schema": 1, "version": 0}, "version"),
        ({"schema": 1, "split_penalty": "2"}, "split_penalty"),
    ],
)
def test_data_that_makes_no_sense_is_refused_by_path(data, path):
    """Misspelt keys too: a rule that nobody reads is not followed."""
    with pytest.raises(ConfigurationError) as caught:
        RoutingPolicy.from_dict(data)
    assert caught.value.path == path


@pytest.mark.parametrize("text", ["{", '{"schema": 1, "schema": 1}', "[" * 100_000])
def test_what_is_no_json_is_refused(text):
    """With what the parser says."""
    with pytest.raises(ConfigurationError, match=r"^policy: expected JSON"):
        RoutingPolicy.from_json(text)


@pytest.mark.parametrize("text", ["schema", "schema = 1\nschema = 1", None])
def test_what_is_no_toml_is_refused(text):
    """With what the parser says."""
    with pytest.raises(ConfigurationError, match=r"^policy: expected TOML"):
        RoutingPolicy.from_toml(text)


def test_a_function_without_a_name_cannot_be_written():
    """Data has names for functions, not code."""
    policy = RoutingPolicy(terms=[CostTerm("carbon", carbon)])
    with pytest.raises(ConfigurationError) as caught:
        policy.to_dict()
    assert caught.value.path == "terms[0].function"
    assert policy.to_dict(functions=FUNCTIONS)["terms"][0]["function"] == "carbon"


PLAIN = st.recursive(
    st.text(max_size=8) | st.integers(-(2**53), 2**53) | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), PLAIN, max_size=5))
def test_whatever_is_written_as_toml_reads_back(data):
    """Any text, nested lists and tables."""
    assert tomllib.loads(toml_text(data)) == data
