"""The table of numbers is a dict, and the window of sequence numbers a set."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from omniroute.codes import SEQUENCE_WINDOW
from omniroute.kernels.stock.bulk import order_by_sku
from omniroute.kernels.stock.seen import BITS, WORDS, see_range
from omniroute.stock.table import Table

KEY = st.integers(0, 40) | st.integers(0, 2**60)


@given(st.lists(st.lists(st.tuples(KEY, st.integers(-9, 9)), max_size=20), max_size=4))
def test_a_table_keeps_the_largest_value_of_each_key(batches):
    """However it grows."""
    table, wanted = Table(), {}
    for batch in batches:
        keys, values = np.array(batch, np.int64).reshape(-1, 2).T.copy()
        table.put(keys, values)
        for key, value in batch:
            wanted[key] = max(value, wanted.get(key, value))
    assert len(table) == len(wanted)
    assert {key: table.get(key) for key in wanted} == wanted
    keys, values = table.items()
    assert list(zip(keys.tolist(), values.tolist(), strict=True)) == sorted(
        wanted.items()
    )
    assert table.get(41, default=-3) == wanted.get(41, -3)


RANGE = st.tuples(st.integers(0, 3 * SEQUENCE_WINDOW), st.integers(0, 40))


@given(st.lists(RANGE, max_size=6))
def test_the_window_holds_what_was_seen_of_the_newest(ranges):
    """Bit for number, within so many of the newest."""
    newest = np.array([-SEQUENCE_WINDOW - 1])
    words = np.zeros((1, WORDS), np.int64)
    seen = set()
    for first, length in ranges:
        see_range(0, first, first + length, newest, words)
        seen |= set(range(first, first + length + 1))
    if seen:
        assert newest[0] == max(seen)
        window = range(max(0, max(seen) - SEQUENCE_WINDOW + 1), max(seen) + 1)
        places = [n % SEQUENCE_WINDOW for n in window]
        bits = [words[0, p // BITS] >> (p % BITS) & 1 for p in places]
        assert [n for n, bit in zip(window, bits, strict=True) if bit] == sorted(
            seen & set(window)
        )


@given(st.lists(st.integers(0, 5), max_size=20))
def test_rows_in_order_of_sku_keep_their_order_otherwise(skus):
    """A stable sort; False where there is nothing to do."""
    order = np.full(len(skus), -1)
    starts = np.zeros(6, np.int64)
    column = np.array(skus, np.int64)
    wanted = sorted(range(len(skus)), key=lambda i: skus[i])
    if order_by_sku(column, starts, order):
        assert order.tolist() == wanted
    else:
        assert wanted == list(range(len(skus)))
