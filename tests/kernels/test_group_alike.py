"""Nodes that are alike are found with a stamp a key, by probing, and without stamps."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from omniroute.kernels.order.alike import group_alike
from omniroute.kernels.order.problem import Lanes, Scratch
from omniroute.kernels.order.subset_table import (
    N_CLASS,
    N_DIST,
    N_FIELDS,
    N_MASK,
    N_NODE,
)

#: 320 keys; probing wants two stamps a node.
NODES, CLASSES, LINES = 60, 5, 6


@numba.njit
def grouped(lanes, scratch, n_touched, n_lines, entries):
    return group_alike(lanes, scratch, n_touched, n_lines, entries)


def nearest_alike(cls, dist_m, admitted, words, touched):
    """(Class, lines): the nearest node and its distance, the first of equals."""
    best = {}
    for node in touched:
        if admitted[cls[node]]:
            key = (cls[node], words[node])
            best[key] = min(best.get(key, (1 << 40, 0)), (dist_m[node], node))
    return best


@pytest.mark.parametrize("stamps", [1024, 256, 128, 32])
@pytest.mark.parametrize("seed", range(5))
def test_the_nearest_of_alike_nodes_is_kept_however_many_stamps_there_are(stamps, seed):
    rng = np.random.Generator(np.random.PCG64([stamps, seed]))
    cls = rng.integers(0, CLASSES, NODES).astype(np.int32)
    dist_m = rng.choice([0, 7, 2**27], NODES).astype(np.int32)
    admitted = rng.integers(0, 2, CLASSES)
    words = rng.choice([1, 2, 5, 33, 63], NODES)
    touched = rng.permutation(NODES)
    empty = np.zeros((0, 0), np.int64)
    marks, none = np.zeros(stamps, np.int64), np.zeros(0, np.int64)
    lanes = Lanes(empty, empty, cls, dist_m, empty, admitted)
    scratch = Scratch(words, touched, none, none, empty, marks, none, none, none)
    entries = np.zeros((NODES, N_FIELDS), np.int64)
    count = grouped(lanes, scratch, NODES, LINES, entries)
    best = nearest_alike(cls, dist_m, admitted, words, touched)
    found = entries[:count, [N_CLASS, N_MASK, N_DIST, N_NODE]].tolist()
    if stamps >= 2 * NODES:
        assert len(found) == len(best)
    assert {
        (c, mask): (far, node) for c, mask, far, node in sorted(found)[::-1]
    } == best
    assert not marks.any()
