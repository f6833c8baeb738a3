"""What can be promised, asked at every level, is one and the same."""

from __future__ import annotations

from decimal import Decimal

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniroute.availability import (
    availability,
    available_by_node,
    available_to_promise,
)
from omniroute.errors import UnknownNodeError, UnknownSkuError, ValidationError
from omniroute.stock.effects import EffectBatch, stock
from omniroute.stock.state import State
from tests.naive.stock import NaiveStock

SKUS, NODES = ["BOLT", "ROPE", "NUT"], ["N0", "N1", "N2", "N3"]


def state_of(cells, decimals=None):
    """A state with ``{(sku, node): on hand}``."""
    state = State(NODES, SKUS, decimals)
    numbers = [
        (SKUS.index(sku), NODES.index(node), q) for (sku, node), q in cells.items()
    ]
    state.apply(EffectBatch([stock(11, *cell, 0) for cell in numbers]))
    return state


CELL = st.tuples(st.sampled_from(SKUS), st.sampled_from(NODES))
CELLS = st.dictionaries(CELL, st.integers(-9, 30))


@given(CELLS, st.lists(st.sampled_from(NODES), unique=True))
def test_every_level_agrees_with_the_twin(cells, group):
    """Cell, group, network, by node and matrix."""
    state, twin = state_of(cells), NaiveStock()
    for (sku, node), quantity in cells.items():
        twin.fact("adjust", sku, node, quantity)
    matrix = availability(state, SKUS[::-1], group)
    for i, sku in enumerate(SKUS[::-1]):
        assert available_to_promise(state, sku) == twin.atp(sku)
        assert available_to_promise(state, sku, group=group) == twin.atp(sku, group)
        by_node = [twin.atp(sku, [node]) for node in NODES]
        assert available_by_node(state, sku).tolist() == by_node
        assert [available_to_promise(state, sku, node) for node in NODES] == by_node
        assert matrix.values[i].tolist() == [twin.atp(sku, [node]) for node in group]


def test_below_zero_promises_nothing():
    """A cell oversold at the till takes nothing from the other cells."""
    state = state_of({("BOLT", "N0"): -5, ("BOLT", "N1"): 3})
    assert available_to_promise(state, "BOLT") == 3
    assert available_to_promise(state, "BOLT", "N0") == 0
    assert available_to_promise(state, "BOLT", group=["N0", "N1", "N1"]) == 3


def test_items_with_decimals_answer_in_units():
    """550 quanta of a rope counted in hundredths are 5.5."""
    state = state_of({("ROPE", "N2"): 550, ("BOLT", "N2"): 7}, [0, 2, 0])
    assert available_to_promise(state, "ROPE") == Decimal("5.5")
    assert isinstance(available_to_promise(state, "BOLT"), int)
    matrix = availability(state, ["ROPE", "BOLT"], ["N2"])
    assert matrix.quanta.tolist() == [[550], [7]]
    assert matrix.values.tolist() == [[5.5], [7.0]]
    assert "5.5" in matrix.table()


def test_ids_that_are_not_there_are_named():
    """With their place where there are several."""
    state = state_of({})
    with pytest.raises(UnknownSkuError, match="sku: unknown SKU 'X'"):
        available_to_promise(state, "X")
    with pytest.raises(UnknownSkuError):
        available_by_node(state, None)
    with pytest.raises(UnknownNodeError, match="node: unknown node 'X'"):
        available_to_promise(state, "BOLT", "X")
    with pytest.raises(UnknownNodeError, match=r"group\[1\]: unknown node 'X'"):
        available_to_promise(state, "BOLT", group=["N0", "X"])
    with pytest.raises(UnknownSkuError, match=r"skus\[0\]"):
        availability(state, ["X"])
    with pytest.raises(UnknownNodeError, match=r"nodes\[1\]"):
        availability(state, nodes=["N0", "X"])


def test_questions_that_make_no_sense_are_refused():
    """A node and a group at once, one text for many, a node twice."""
    state = state_of({})
    with pytest.raises(ValidationError, match="group"):
        available_to_promise(state, "BOLT", "N0", ["N0"])
    with pytest.raises(ValidationError, match="group: expected a sequence of ids"):
        available_to_promise(state, "BOLT", group="N0")
    with pytest.raises(ValidationError, match="skus: expected a sequence of ids"):
        availability(state, "BOLT")
    with pytest.raises(
        ValidationError, match=r"nodes\[1\]: expected a value not given"
    ):
        availability(state, nodes=["N0", "N0"])


def test_a_sku_may_be_asked_for_twice():
    """Rows are what was asked for, in that order."""
    matrix = availability(state_of({("NUT", "N3"): 4}), ["NUT", "NUT"], ["N3"])
    assert matrix.values.tolist() == [[4], [4]]


def test_the_matrix_is_labelled_frozen_and_an_array():
    """Ids in order, read-only values, numpy takes it as it is."""
    matrix = availability(state_of({("NUT", "N3"): 4}))
    assert (matrix.skus, matrix.nodes) == (tuple(SKUS), tuple(NODES))
    assert np.asarray(matrix).sum() == 4
    assert np.array(matrix, np.float64).dtype == np.float64
    with pytest.raises(ValueError, match="read-only"):
        matrix.values[0, 0] = 1
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        matrix.skus = ()
    assert repr(matrix) == "AvailabilityMatrix(3 SKUs x 4 nodes, 1 of 12 with stock)"


def test_the_table_is_aligned_and_cut():
    """As text and as HTML, whatever the ids contain."""
    matrix = availability(state_of({("ROPE", "N1"): 12}))
    assert matrix.table(2, 2).splitlines() == [
        "       N0   N1  ...",
        "BOLT    0    0  ...",
        "ROPE    0   12  ...",
        "...   ...  ...  ...",
    ]
    odd = availability(State(["<b>"], ["&"]))
    assert "<td>&amp;</td>" in odd._repr_html_()
    assert "<th>&lt;b&gt;</th>" in odd._repr_html_()
