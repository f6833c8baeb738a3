"""The generator behind the sample gives the same numbers everywhere, for ever."""

from __future__ import annotations

import numpy as np
import pytest
from tests.naive import counter_rng as naive

from omniroute.datasets.counter_rng import below, draw_bits

#: (seed, stream, counter) -> bits. Never change these: samples would change with them.
PINNED = {
    (0, 0, 0): 0x238275BC38FCBE91,
    (1, 1, 0): 0x9EDBE9BD18AD781D,
    (1, 1, 1): 0x7D8E67D8F2AF75D5,
    (1, 2, 0): 0x3E12204644234BB0,
    (42, 4, 1099511627776): 0xA2511B35D9340251,
    (18446744073709551615, 7, 123456789): 0x2A80025249EB3800,
}


@pytest.mark.parametrize(("place", "bits"), PINNED.items())
def test_published_draws_never_change(place, bits):
    """A draw somebody relied on is the same in every version."""
    seed, stream, counter = place
    assert draw_bits(seed, stream, np.array([counter], np.uint64)).tolist() == [bits]


def test_the_mixing_is_splitmix64_as_published():
    """The twin reproduces the well-known first outputs of SplitMix64 from state 0."""
    expected = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert [naive.splitmix64(0, n) for n in range(3)] == expected


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
def test_arrays_draw_what_plain_integers_draw(seed):
    """The numpy generator equals its pure-Python twin, bits and ranges."""
    counters = [0, 1, 2, 3, 1000, 2**32, 2**63, 2**64 - 1]
    bits = draw_bits(seed, 5, np.array(counters, np.uint64))
    expected = [naive.draw_bits(seed, 5, counter) for counter in counters]
    assert bits.tolist() == expected
    for limit in (1, 2, 6, 100, 310_000_000, 2**32 - 1):
        assert below(bits, limit).tolist() == [naive.below(b, limit) for b in expected]


def test_a_limit_may_differ_from_draw_to_draw():
    """With an array of limits every draw stays under its own."""
    bits = draw_bits(1, 1, np.arange(1000, dtype=np.uint64))
    limits = np.arange(1, 1001, dtype=np.uint64)
    expected = [
        naive.below(b, limit)
        for b, limit in zip(bits.tolist(), limits.tolist(), strict=True)
    ]
    assert below(bits, limits).tolist() == expected


def test_the_order_of_counters_does_not_matter():
    """A draw depends on its own counter only, so any subset draws the same."""
    counters = np.arange(100, dtype=np.uint64)
    assert np.array_equal(
        draw_bits(3, 1, counters)[::-7], draw_bits(3, 1, counters[::-7].copy())
    )


def test_a_die_is_fair():
    """Sixty thousand throws of a die fall evenly, and differ between streams."""
    counters = np.arange(60_000, dtype=np.uint64)
    throws = below(draw_bits(1, 1, counters), 6)
    assert np.bincount(throws, minlength=6) == pytest.approx(10_000, rel=0.04)
    others = below(draw_bits(1, 2, counters), 6)
    assert np.count_nonzero(throws == others) == pytest.approx(10_000, rel=0.04)
