"""Cells are found, inserted and merged as in a dict of sorted lists."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from omniroute.codes import P_ON_HAND, PLANES
from omniroute.kernels.stock.arena import (
    F_CELLS,
    R_CAPACITY,
    R_LENGTH,
    R_START,
    insert_keys,
    locate,
    merge_rows,
)

SKUS, NODES = 4, 6
KEYS = st.lists(st.integers(0, SKUS * NODES - 1), max_size=20)


def empty(size):
    rows = np.zeros((SKUS, 3), np.int64)
    planes = np.full((PLANES, size), 99, np.int32)
    return rows, np.full(size, 77, np.int32), planes, np.zeros(2, np.int64)


def insert(arena, keys, begin=0):
    return insert_keys(*arena, np.array(keys, np.int64), NODES, 1, begin)


def merge(arena, keys):
    """Lay the arena out with one place to spare in each row."""
    rows, cell_node, planes, _ = arena
    keys = np.array(sorted(set(keys)), np.int64)
    fresh = np.zeros_like(rows)
    fresh[:, R_CAPACITY] = rows[:, R_LENGTH] + np.bincount(
        keys // NODES, minlength=SKUS
    )
    fresh[:, R_START] = np.cumsum(fresh[:, R_CAPACITY]) - fresh[:, R_CAPACITY]
    size = int(fresh[:, R_CAPACITY].sum())
    new_node, new_planes = np.empty(size, np.int32), np.empty((PLANES, size), np.int32)
    merge_rows(rows, cell_node, planes, keys, NODES, fresh, new_node, new_planes)
    return fresh, new_node, new_planes, np.array([size, fresh[:, R_LENGTH].sum()])


def cells(arena):
    """{key: planes} of an arena, reading its rows one after the other."""
    rows, cell_node, planes, _ = arena
    found = {}
    for sku, (start, length, _) in enumerate(rows.tolist()):
        nodes = cell_node[start : start + length].tolist()
        assert nodes == sorted(set(nodes))
        for at, node in enumerate(nodes, start):
            found[sku * NODES + node] = planes[:, at].tolist()
    return found


def mark(arena):
    """Write into every cell a number that tells it from the others."""
    rows, cell_node, planes, _ = arena
    for sku, (start, length, _) in enumerate(rows.tolist()):
        for at in range(start, start + length):
            planes[:, at] = 1 + sku * NODES + cell_node[at]


@given(KEYS)
def test_inserted_cells_are_found_empty_and_no_others(keys):
    """Each key inserted is found where its row is sorted; all else is missing."""
    arena = empty(300)
    assert insert(arena, keys) == len(keys)
    assert cells(arena) == dict.fromkeys(keys, [0] * PLANES)
    assert arena[3][F_CELLS] == len(set(keys))
    rows, cell_node, _, _ = arena
    for key in range(SKUS * NODES):
        at = locate(rows, cell_node, *divmod(key, NODES))
        assert (at >= 0) == (key in keys)
        assert at < 0 or cell_node[at] == key % NODES


@given(KEYS, KEYS)
def test_inserting_keeps_what_cells_hold(first, second):
    """Rows that shift or move to the tail take all planes of their cells along."""
    arena = empty(600)
    insert(arena, first)
    mark(arena)
    insert(arena, second)
    marked = {key: [1 + key] * PLANES for key in first}
    assert cells(arena) == {key: [0] * PLANES for key in second} | marked


@given(KEYS, KEYS)
def test_merging_is_inserting_all_at_once(first, second):
    """One merge gives the cells that inserting one by one gives."""
    arena = empty(600)
    insert(arena, first)
    mark(arena)
    merged = merge(arena, second)
    insert(arena, second)
    assert cells(merged) == cells(arena)


@given(KEYS, st.integers(0, 12))
def test_a_short_tail_stops_at_the_first_key_without_room(keys, size):
    """The index of the first key that does not fit comes back; those before are in."""
    arena = empty(size)
    done = insert(arena, keys)
    assert set(cells(arena)) == set(keys[:done])
    if done < len(keys):
        assert insert(arena, keys, done) == done


def test_the_tail_is_used_to_its_last_place():
    """A row that fits exactly moves there."""
    assert insert(empty(1), [5]) == 1


def test_merging_writes_every_plane_of_a_new_cell():
    """A merged cell starts from zero, whatever lay in the fresh block."""
    merged = merge(empty(0), [3, 8])
    assert cells(merged) == {3: [0] * PLANES, 8: [0] * PLANES}
    assert merged[2][P_ON_HAND].tolist() == [0, 0]
