"""Find probabilities: stock counts only where it is likely enough to be found."""

from __future__ import annotations

import numpy as np
import pytest

import omniroute as om

NOON = 1_767_614_400


def shop(**more):
    """Ten bolts and ten nuts at each of three nodes; a tree of two channels."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    network = om.Network([om.Node(f"N{i}") for i in range(3)], [ground])
    engine = om.Engine(
        network,
        [om.Item("BOLT"), om.Item("NUT")],
        clock=lambda: NOON,
        journal=True,
        **more,
    )
    engine.apply(
        [om.Receive(sku, f"N{i}", 10) for sku in ("BOLT", "NUT") for i in range(3)]
    )
    return engine


def test_a_cell_counts_whole_or_not_at_all():
    """65 % of records are wrong, say: at 0.65 it counts, above it does not."""
    engine = shop()
    engine.set_find({("BOLT", "N0"): 0.65, ("BOLT", "N1"): 0})
    for confidence, units in ((0, 30), (0.0001, 20), (0.65, 20), (0.6501, 10), (1, 10)):
        assert engine.available_to_promise("BOLT", confidence=confidence) == units
    assert engine.available_to_promise("BOLT", "N0", confidence=0.7) == 0
    assert engine.available_to_promise("BOLT", group=["N0", "N2"], confidence=0.7) == 10
    assert engine.available_by_node("BOLT", confidence=0.7).tolist() == [0, 0, 10]
    assert engine.available_to_promise("NUT", confidence=1) == 30


def test_a_matrix_leaves_out_what_may_not_be_found():
    """Of SKUs in any order, one twice, at nodes in any order."""
    engine = shop()
    engine.set_find({("BOLT", "N0"): 0.5, ("NUT", "N2"): 0.9})
    found = engine.availability(["NUT", "BOLT", "NUT"], ["N2", "N0"], confidence=0.95)
    assert found.quanta.tolist() == [[0, 10], [10, 0], [0, 10]]
    assert engine.availability(["NUT"], ["N2"]).quanta.tolist() == [[10]]


def test_channels_and_thresholds_see_the_cells_that_count():
    """A threshold of the network comes off what counts; so do fences elsewhere."""
    engine = shop(channels=[om.Channel("web", fall_back=("pool",))])
    engine.set_safety([om.SafetyRule(5, sku="BOLT", guards="network")])
    engine.allocate([om.RingFence("web", "BOLT", 9)])
    engine.set_find({("BOLT", "N0"): 0.5})
    asked = {"channel": "web", "confidence": 0.9}
    assert engine.available_to_promise("BOLT", channel="web") == 25
    assert engine.available_to_promise("BOLT", **asked) == 15
    assert engine.available_to_promise("BOLT", confidence=0.9) == 9
    assert engine.available_by_node("BOLT", **asked).tolist() == [0, 10, 10]
    matrix = engine.availability(["BOLT", "NUT"], **asked).quanta.tolist()
    assert matrix == [[0, 10, 10], [10, 10, 10]]


def test_by_date_a_cell_counts_if_it_reaches_the_confidence():
    """With all that is on its way to it; kinds of supply have shares of their own."""
    engine = shop()
    engine.apply(om.Expect("PO", "BOLT", "N0", 8, due=NOON + 86_400))
    engine.set_find({("BOLT", "N0"): 0.5})
    rule = om.AtpRule(
        horizon_days=2, confidence={"on_hand": 0.5, "purchase_order": 0.25}
    )
    found = engine.available_by_date("BOLT", rule=rule)
    assert found.quanta.tolist() == [[5, 7], [5, 5], [5, 5]]
    found = engine.available_by_date("BOLT", rule=rule, confidence=0.51)
    assert found.quanta.tolist() == [[0, 0], [5, 5], [5, 5]]


def test_what_is_known_is_not_written_down_again():
    """The journal has what changed; sure again, the state is as it was."""
    engine = shop()
    plain, batches = engine.digest(), len(engine.log)
    assert engine.set_find({("BOLT", "N0"): 0.5, ("BOLT", "N1"): 1}) == 1
    assert engine.digest() != plain
    assert engine.set_find({("BOLT", "N0"): 0.5}) == 0
    assert len(engine.log) == batches + 1
    assert engine.find_probabilities()["find_probability"].tolist() == [0.5]
    assert engine.set_find({("BOLT", "N0"): 1}) == 1
    assert engine.digest() == plain
    assert engine.find_probabilities()["sku"] == []


@pytest.mark.parametrize(
    "column", [[0.5, 0.25, 1, 0.75], np.array([0.5, 0.25, 1, 0.75])]
)
def test_a_frame_says_the_same_as_a_dict(column):
    """Its last row of a cell holds; a replay in another order of SKUs agrees."""
    frame = {
        "sku": ["NUT", "BOLT", "BOLT", "NUT"],
        "node": ["N1", "N0", "N1", "N1"],
        "find_probability": column,
    }
    one, other = shop(), shop()
    assert one.set_find(frame) == 2
    other.set_find({("BOLT", "N0"): 0.25})
    other.set_find({("NUT", "N1"): 0.75})
    assert one.digest() == other.digest()
    told = one.find_probabilities()
    assert list(
        zip(told["sku"], told["node"], told["find_probability"], strict=True)
    ) == [
        ("BOLT", "N0", 0.25),
        ("NUT", "N1", 0.75),
    ]
    again = om.Engine(one.network, one.items[::-1], clock=lambda: NOON)
    again.replay(one.log)
    again.check()
    assert again.digest() == one.digest()


FRAME = {"sku": ["BOLT"], "node": ["N0"], "find_probability": [0.5]}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (7, "probabilities"),
        ({"BOLT": 0.5}, "probabilities"),
        ({("BOLT",): 0.5}, "probabilities[('BOLT',)]"),
        ({("NIX", "N0"): 0.5}, "probabilities[('NIX', 'N0')].sku"),
        ({("BOLT", "N9"): 0.5}, "probabilities[('BOLT', 'N9')].node"),
        ({("BOLT", "N0"): 1.1}, "probabilities[('BOLT', 'N0')]"),
        ({("BOLT", "N0"): -0.1}, "probabilities[('BOLT', 'N0')]"),
        ({("BOLT", "N0"): 0.12345}, "probabilities[('BOLT', 'N0')]"),
        ({("BOLT", "N0"): None}, "probabilities[('BOLT', 'N0')]"),
        ({**FRAME, "sku": ["NIX"]}, "probabilities.sku[0]"),
        ({**FRAME, "node": [3]}, "probabilities.node[0]"),
        ({**FRAME, "find_probability": [2.0]}, "probabilities.find_probability[0]"),
        (
            {**FRAME, "find_probability": np.array([np.nan])},
            "probabilities.find_probability[0]",
        ),
        ({"sku": ["BOLT"], "node": ["N0"]}, "probabilities"),
    ],
)
def test_bad_probabilities_name_their_path_and_change_nothing(given, path):
    """One clear error."""
    engine = shop()
    before = engine.digest()
    with pytest.raises(om.OmnirouteError) as caught:
        engine.set_find(given)
    assert caught.value.path == path
    assert engine.digest() == before


@pytest.mark.parametrize("confidence", [1.5, -1, "much", None, float("nan")])
def test_a_confidence_is_a_share(confidence):
    """Of every question."""
    engine = shop()
    for ask in (
        lambda: engine.available_to_promise("BOLT", confidence=confidence),
        lambda: engine.available_by_node("BOLT", confidence=confidence),
        lambda: engine.availability(confidence=confidence),
    ):
        with pytest.raises(om.ConfigurationError) as caught:
            ask()
        assert caught.value.path == "confidence"
