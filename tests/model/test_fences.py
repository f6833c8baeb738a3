"""Ring-fences: how they are planned, divided and brought to what there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniroute.errors import ConfigurationError
from omniroute.model.channels import Channel, ChannelTree
from omniroute.model.fences import (
    RingFence,
    Want,
    apportion,
    checked,
    plan,
    rescale,
    spread,
)
from tests.naive import fences as naive

HALF, QUARTER = 500_000, 250_000


def test_oracle_proportional_rescale():
    """E16: 1,000 planned, 500 there: each gets half."""
    planned = [100, 50, 50, 200, 300, 100, 200]
    assert rescale(planned, 500) == [50, 25, 25, 100, 150, 50, 100]


@pytest.mark.parametrize(
    ("planned", "actual", "found"),
    [
        ([10, 10, 10], 20, [7, 7, 6]),
        ([1, 2, 3], 3, [1, 1, 1]),
        ([1, 2, 3], 12, [2, 4, 6]),
        ([5, 0, 5], 1, [1, 0, 0]),
        ([0, 0], 9, [0, 0]),
        ([], 9, []),
        ([3, 7], 0, [0, 0]),
    ],
)
def test_rescale_loses_no_unit(planned, actual, found):
    """Up as well as down; what is left goes to the largest fractions."""
    assert rescale(planned, actual) == found


@given(st.lists(st.integers(0, 10**9), max_size=9), st.integers(0, 10**9))
def test_apportion_is_the_twins_and_exact(weights, total):
    """Shares add up, and none is a whole unit away from its proportion."""
    found = apportion(weights, total)
    assert found == naive.apportion(weights, total)
    if sum(weights):
        assert sum(found) == total
        for share, weight in zip(found, weights, strict=True):
            assert abs(share * sum(weights) - weight * total) < sum(weights)


@given(st.integers(0, 200), st.lists(st.integers(-9, 50), min_size=1, max_size=8))
def test_spread_over_nodes_takes_no_more_of_any_than_it_has(quantity, stock):
    """All that is asked, where there is so much in all."""
    found = spread(quantity, stock)
    there = [max(0, held) for held in stock]
    assert sum(found) == (quantity if any(there) else 0)
    if quantity <= sum(there):
        assert all(part <= held for part, held in zip(found, there, strict=True))


FLAT = ChannelTree([Channel("a"), Channel("b"), Channel("c")])
DEEP = ChannelTree(
    [
        Channel("top"),
        Channel("left", "top"),
        Channel("right", "top"),
        Channel("x", "left"),
    ]
)


@pytest.mark.parametrize(
    ("case", "wants", "stock", "found"),
    [
        ("a quantity", {0: Want(30)}, 100, [30, 0, 0]),
        ("a share, rounded down", {0: Want(share=QUARTER)}, 99, [24, 0, 0]),
        ("ratios divide all", {0: Want(ratio=3), 1: Want(ratio=1)}, 100, [75, 25, 0]),
        (
            "ratios divide what is left",
            {0: Want(40), 1: Want(ratio=1), 2: Want(ratio=2)},
            100,
            [40, 20, 40],
        ),
        ("too much is brought down", {0: Want(90), 1: Want(30)}, 40, [30, 10, 0]),
        (
            "too much leaves no ratio",
            {0: Want(90), 1: Want(30), 2: Want(ratio=1)},
            40,
            [30, 10, 0],
        ),
        ("nothing there", {0: Want(90), 1: Want(ratio=1)}, 0, [0, 0, 0]),
        ("less than nothing there", {0: Want(90)}, -5, [0, 0, 0]),
    ],
)
def test_one_level(case, wants, stock, found):
    """Quantities and shares first, brought down in proportion; then ratios."""
    assert plan(FLAT, wants, stock) == found, case


@pytest.mark.parametrize(
    ("case", "wants", "stock", "found"),
    [
        (
            "a child's is no longer its parent's",
            {0: Want(60), 1: Want(20)},
            99,
            [40, 20, 0, 0],
        ),
        (
            "a share of the parent's",
            {0: Want(60), 1: Want(share=HALF)},
            99,
            [30, 30, 0, 0],
        ),
        (
            "three levels",
            {0: Want(80), 1: Want(share=HALF), 2: Want(share=QUARTER), 3: Want(10)},
            99,
            [20, 30, 20, 10],
        ),
        (
            "no more than the parent has",
            {0: Want(10), 1: Want(30), 2: Want(10)},
            99,
            [0, 8, 2, 0],
        ),
        (
            "a parent without a fence",
            {1: Want(30), 3: Want(share=HALF)},
            99,
            [0, 15, 0, 15],
        ),
        ("two without", {3: Want(share=HALF)}, 90, [0, 0, 0, 45]),
    ],
)
def test_down_the_tree(case, wants, stock, found):
    """Every unit is in one fence or in the pool."""
    assert plan(DEEP, wants, stock) == found, case


WANTS = st.one_of(
    st.builds(Want, quantity=st.integers(0, 60)),
    st.builds(Want, share=st.integers(0, 10**6)),
    st.builds(Want, ratio=st.integers(1, 5)),
)


@given(st.dictionaries(st.integers(0, 9), WANTS), st.integers(-5, 200), st.randoms())
def test_a_plan_never_sets_aside_more_than_there_is(wants, stock, random):
    """In any tree; none below zero."""
    parents = [None if k < 2 else f"c{random.randrange(k)}" for k in range(10)]
    tree = ChannelTree([Channel(f"c{k}", parent) for k, parent in enumerate(parents)])
    found = plan(tree, wants, stock)
    assert min(found) >= 0
    assert sum(found) <= max(0, stock)
    assert all(not found[k] for k in range(10) if k not in wants)


@given(
    st.dictionaries(st.integers(0, 5), WANTS),
    st.integers(0, 200),
    st.permutations(range(6)),
)
def test_the_order_in_which_channels_are_declared_does_not_matter(wants, stock, order):
    """Beyond which of two equal fractions gets the odd unit, which the rank settles."""
    channels = [Channel(f"c{k}", rank=k) for k in range(6)]
    plain = plan(ChannelTree(channels), wants, stock)
    shuffled = ChannelTree([channels[k] for k in order])
    turned = {order.index(k): want for k, want in wants.items()}
    found = plan(shuffled, turned, stock)
    assert [found[order.index(k)] for k in range(6)] == plain


def test_what_is_protected_is_rounded_up():
    """A tenth of 25 is three."""
    assert RingFence("web", "A", 25, protected_percent=10).protected(25) == 3
    assert RingFence("web", "A", 25).protected(25) == 25


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda: RingFence("", "A", 1), "channel"),
        (lambda: RingFence("web", "", 1), "sku"),
        (lambda: RingFence("web", "A"), "quantity"),
        (lambda: RingFence("web", "A", 1, percent=2), "quantity"),
        (lambda: RingFence("web", "A", -1), "quantity"),
        (lambda: RingFence("web", "A", percent=100.1), "percent"),
        (lambda: RingFence("web", "A", ratio=0), "ratio"),
        (lambda: RingFence("web", "A", 1, nodes=[]), "nodes"),
        (lambda: RingFence("web", "A", 1, nodes=["N1", "N1"]), "nodes[1]"),
        (lambda: RingFence("web", "A", 1, protected_percent=101), "protected_percent"),
        (lambda: RingFence("web", "A", 1, factor=0), "factor"),
        (lambda: checked(RingFence("web", "A", 1)), "fences"),
        (lambda: checked(["web"]), "fences[0]"),
    ],
)
def test_bad_fences_name_what_is_wrong(make, path):
    """One clear error with its path."""
    with pytest.raises(ConfigurationError) as caught:
        make()
    assert caught.value.path == path
