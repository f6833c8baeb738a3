"""Sums of free stock equal those of a dict."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from omniroute.kernels.stock.availability import (
    cell_free,
    free_by_node,
    free_matrix,
    free_of_group,
)
from omniroute.stock.effects import EffectBatch, stock
from omniroute.stock.state import State

SKUS, NODES = 3, 40
CELL = st.tuples(st.integers(0, SKUS - 1), st.integers(0, NODES - 1))
CELLS = st.dictionaries(CELL, st.integers(-5, 50), max_size=60)
SOME_NODES = st.lists(st.integers(0, NODES - 1), unique=True, max_size=6)


def arena_of(free):
    state = State(map(str, range(NODES)), map(str, range(SKUS)))
    rows = [stock(11, sku, node, left, 0) for (sku, node), left in free.items()]
    state.apply(EffectBatch(rows))
    return state.arena.rows, state.arena.cell_node, state.arena.planes


def promised(free, sku, node):
    return max(0, free.get((sku, node), 0))


def columns(nodes):
    column = np.full(NODES, -1, np.int32)
    column[nodes] = np.arange(len(nodes))
    return column


@given(CELLS, CELL)
def test_a_cell_promises_what_is_free_and_never_less_than_nothing(free, cell):
    """Below zero and missing both promise 0."""
    assert cell_free(*arena_of(free), *cell) == promised(free, *cell)


@given(CELLS, st.booleans())
def test_a_sku_by_node_lists_every_node(free, full):
    """Also where the SKU has a cell at every node, which takes the shorter way."""
    if full:
        free = {(1, node): node - 3 for node in range(NODES)} | free
    out = np.full(NODES, 99, np.int64)
    free_by_node(*arena_of(free), 1, out)
    assert out.tolist() == [promised(free, 1, node) for node in range(NODES)]


@given(CELLS, SOME_NODES)
def test_a_group_promises_what_its_nodes_do(free, nodes):
    """The sum over the nodes of the group, clamped at each."""
    total = free_of_group(*arena_of(free), 0, columns(nodes))
    assert total == sum(promised(free, 0, node) for node in nodes)


@given(CELLS, SOME_NODES, st.lists(st.integers(0, SKUS - 1), max_size=4), st.booleans())
def test_a_matrix_is_its_cells(free, nodes, skus, full):
    """In the order asked for; few nodes of a long row are looked up instead."""
    if full:
        free = {(2, node): node for node in range(NODES)} | free
    out = np.zeros((len(skus), len(nodes)), np.int32)
    arrays = np.array(skus, np.int64), np.array(nodes, np.int64)
    free_matrix(*arena_of(free), *arrays, columns(nodes), out)
    assert out.tolist() == [[promised(free, s, n) for n in nodes] for s in skus]
