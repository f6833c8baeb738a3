"""The arena keeps cells in order through inserts, merges and new SKUs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniroute.codes import PLANES
from omniroute.kernels.stock.arena import F_TAIL, R_CAPACITY
from omniroute.stock.arena import Arena
from omniroute.stock.state import State
from tests.stock.knobs import tiny_knobs

SKUS, NODES = 3, 7
BATCHES = st.lists(
    st.lists(st.integers(0, SKUS * NODES - 1), max_size=9), min_size=1, max_size=6
)


@given(BATCHES, st.sampled_from([1, 3, 1000]))
def test_cells_arrive_by_insert_or_merge_and_keep_what_they_hold(batches, merge_least):
    """Whatever way a batch takes, the cells are the same and keep their planes."""
    held = {}
    with tiny_knobs(merge_least):
        arena = Arena(NODES, SKUS)
        for keys in batches:
            arena.add_keys(np.array(keys, np.int64))
            held |= {key: 0 for key in keys if key not in held}
            for key in keys:
                held[key] += 1
                arena.planes[:, arena.find(*divmod(key, NODES))] += 1
            cells = arena.skus_of_cells() * NODES + arena.cell_node[arena.positions()]
            assert cells.tolist() == sorted(held)
            assert arena.cells == len(held)
            planes = arena.planes[:, arena.positions()]
            wanted = [[held[key] for key in sorted(held)]] * PLANES
            assert planes.tolist() == wanted


def test_add_takes_columns_with_repeats():
    """SKU and node columns, any order; what exists already is left alone."""
    arena = Arena(NODES, SKUS)
    arena.add(np.array([2, 0, 2], np.int32), np.array([6, 0, 6], np.int32))
    assert arena.row(2)[0].tolist() == [6]
    assert arena.row(1)[0].tolist() == []
    assert (arena.find(2, 6) >= 0, arena.find(2, 5)) == (True, -1)


def test_skus_can_be_added_later():
    """New rows are empty and old ones untouched."""
    arena = Arena(NODES, 1)
    arena.add_keys(np.array([3]))
    arena.sku_free[0] = 5
    for skus in range(2, 20):
        arena.grow_skus(skus)
        assert (len(arena.rows), len(arena.sku_free), len(arena.sku_version)) == (
            skus,
        ) * 3
    arena.add(np.array([18]), np.array([0]))
    assert (arena.row(0)[0].tolist(), arena.row(18)[0].tolist()) == ([3], [0])
    assert arena.sku_free[0] == 5


def test_compacting_reclaims_what_rows_left_behind():
    """After rows have moved, a fresh layout claims less and holds the same."""
    arena = Arena(NODES, SKUS)
    for key in range(SKUS * NODES):
        arena.add_keys(np.array([(key * 5) % (SKUS * NODES)]))
    before, claimed = arena.cell_node[arena.positions()].tolist(), arena.fill[F_TAIL]
    arena.compact()
    assert arena.cell_node[arena.positions()].tolist() == before
    assert arena.fill[F_TAIL] == arena.rows[:, R_CAPACITY].sum() < claimed


def test_a_cell_costs_at_most_forty_bytes():
    """The budget, everything of the arena and the empty book counted."""
    skus, nodes = 400, 50
    state = State(map(str, range(nodes)), map(str, range(skus)))
    keys = np.arange(skus * nodes).reshape(skus, nodes)[:, ::2].ravel()
    state.arena.add_keys(keys)
    assert state.nbytes / len(keys) <= 40


@pytest.mark.parametrize("shuffled", [False, True])
def test_a_bulk_load_is_one_merge(shuffled):
    """Sorted or not, with repeats, many cells come in one layout without loss."""
    keys = np.arange(0, 60_000, 3)
    if shuffled:
        keys = np.random.default_rng(1).permutation(np.concatenate([keys, keys[:99]]))
    arena = Arena(2_000, 30)
    arena.add_keys(keys)
    cells = arena.skus_of_cells() * 2_000 + arena.cell_node[arena.positions()]
    assert cells.tolist() == list(range(0, 60_000, 3))
