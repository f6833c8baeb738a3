"""Chances in a table by cell: the kernels beside a dict."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from omniroute.codes import E_AUX2, FIND, SHARE_ONE, Effect
from omniroute.kernels.stock.find import chances_of, put_find, undo_find

NODES = 3
ROW = st.tuples(
    st.sampled_from([FIND, FIND, int(Effect.TICK)]),
    st.integers(0, 4),
    st.integers(0, NODES - 1),
    st.integers(0, SHARE_ONE),
)


@given(rows=st.lists(ROW, max_size=20), before=st.lists(ROW, max_size=5))
def test_chances_are_put_read_and_undone_as_in_a_dict(rows, before):
    """Only FIND rows count; undone, all is as it was."""
    keys, values = np.full(64, -1, np.int64), np.zeros(64, np.int64)
    twin, used = {}, 0
    cells = np.arange(5 * NODES)
    found = np.empty(len(cells), np.int64)

    def put(some):
        effects = np.zeros((len(some), 8), np.int64)
        for i, (what, sku, node, chance) in enumerate(some):
            effects[i, :4] = what, sku, node, chance
            effects[i, E_AUX2] = 77
            if what == FIND:
                twin[sku * NODES + node] = chance
        return effects, put_find(effects, NODES, keys, values)

    def read():
        chances_of(keys, values, cells, found)
        return found.tolist()

    def written():
        return [twin.get(cell, SHARE_ONE) for cell in cells.tolist()]

    used += put(before)[1]
    old = written()
    effects, added = put(rows)
    used += added
    assert read() == written()
    assert used == len(twin) == np.count_nonzero(keys >= 0)
    undo_find(effects, NODES, keys, values)
    assert read() == old
