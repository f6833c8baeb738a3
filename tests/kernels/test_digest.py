"""Digest sums equal those of plain Python integers."""

from __future__ import annotations

import numba
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from omniroute.codes import QUANTITY_MAX
from omniroute.kernels.stock.digest import SEEDS, fold
from omniroute.stock import decide
from omniroute.stock.effects import EffectBatch, stock, tick
from omniroute.stock.state import State
from tests.naive import stock as naive

WORD = st.integers(0, 2**64 - 1)
PRINT = st.integers(-(2**63), 2**63 - 1)
QUANTITY = st.integers(-QUANTITY_MAX, QUANTITY_MAX)


@numba.njit
def folded(values):
    return fold(values[0], values[1])


def fold_of(state, value):
    with np.errstate(over="ignore"):
        return int(folded(np.array([state, value], np.uint64)))


@given(WORD, WORD)
def test_fold_mixes_as_plain_integers_do(state, value):
    """Wrapping 64-bit arithmetic equals Python's modulo 2**64."""
    assert fold_of(state, value) == naive.mix(state, value)


def test_fold_is_splitmix64():
    """The first output of splitmix64 from seed 0, as published."""
    assert fold_of(0, 0) == 0xE220A8397B1DCDAF


def test_the_twin_has_the_same_seeds():
    """Both lanes start from the same constants."""
    assert SEEDS.tolist() == list(naive.SEEDS)


@given(QUANTITY, st.integers(0, 2**40), PRINT, PRINT)
def test_the_digest_of_a_state_is_the_twins(on_hand, now, print_lines, print_terms):
    """Cells, a reservation with both fingerprints, and the time, at their extremes."""
    state, twin = State(["N"], ["S"]), naive.NaiveStock()
    state.apply(EffectBatch([stock(11, 0, 0, on_hand, 0), tick(now)]))
    twin.fact("adjust", "S", "N", on_hand)
    twin.expire(now)
    prints = {"print_lines": print_lines, "print_terms": print_terms}
    state.apply(decide.reserve(state, "R", [], now=now, expires_s=now + 1, **prints))
    twin.hold("R", [], now, now + 1, **prints)
    assert state.digest() == twin.digest()
