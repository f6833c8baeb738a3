"""Channels: the tree, and whom each draws from."""

from __future__ import annotations

import pytest

from omniroute.codes import DRAW_POOL
from omniroute.errors import ConfigurationError, UnknownChannelError
from omniroute.model.channels import Channel, ChannelTree
from tests.naive.fences import POOL, sources_of

ALL = ("pool", "parents", "siblings")


def test_ten_levels_fall_back_on_all_that_are_above_the_nearest_first():
    """Eight levels and more."""
    chain = [Channel("L0")]
    chain += [
        Channel(f"L{k}", f"L{k - 1}", fall_back=("parents",)) for k in range(1, 10)
    ]
    found = ChannelTree(reversed(chain)).sources("L9")
    assert found == tuple(f"L{k}" for k in range(9, -1, -1))


def test_siblings_take_their_turn_by_rank_then_name():
    """Not by the order in which they were declared."""
    tree = ChannelTree(
        [
            Channel("own", "top", fall_back=("siblings",)),
            Channel("late", "top", rank=5),
            Channel("b", "top"),
            Channel("a", "top"),
            Channel("top"),
            Channel("elsewhere"),
        ]
    )
    assert tree.sources("own") == ("own", "a", "b", "late")
    assert tree.sources("top") == ("top", None)


def test_whom_a_channel_outranks_gives_to_it_the_last_in_rank_first():
    """Of its tier, whoever their parents are; then of its parent's. None before it."""
    tree = ChannelTree(
        [
            Channel("all"),
            Channel("high", "all", rank=2),
            Channel("low", "all", rank=3),
            Channel("east", "high", fall_back=("parents", "outranked"), rank=9),
            Channel("north", "high", rank=7),
            Channel("same", "low", rank=9),
            Channel("south", "low", rank=15),
            Channel("west", "low", rank=10),
        ]
    )
    behind = ("south", "west", "low")
    assert tree.sources("east") == ("east", "high", "all", *behind)


@pytest.mark.parametrize(
    ("fall_back", "sources"),
    [
        ((), ("shop",)),
        (("pool",), ("shop", None)),
        (("parents", "pool"), ("shop", "web", "online", None)),
        (("siblings", "pool"), ("shop", "app", None)),
        (ALL, ("shop", None, "web", "online", "app")),
    ],
)
def test_the_order_is_the_channels_own(fall_back, sources):
    """What it names, in the order it names it."""
    tree = ChannelTree(
        [
            Channel("online"),
            Channel("web", "online"),
            Channel("shop", "web", fall_back=fall_back),
            Channel("app", "web"),
        ]
    )
    assert tree.sources("shop") == sources


def test_who_comes_through_no_channel_draws_from_the_pool():
    """And from it only."""
    tree = ChannelTree([Channel("web")])
    assert tree.sources(None) == (None,)
    assert tree.orders[tree.number(None), 0] == DRAW_POOL


def test_an_emergency_may_draw_on_everybody():
    """What it names first comes first."""
    tree = ChannelTree(
        [Channel("a"), Channel("b"), Channel("sos", fall_back=(), emergency=True)]
    )
    assert tree.sources("sos") == ("sos", None, "a", "b")


def test_the_orders_are_those_of_the_twin():
    """A tree with every kind of rule."""
    rows = {}
    for k in range(24):
        parent = None if k < 2 else f"c{(k * 5) % k}"
        behind = ("parents", "outranked", "siblings")
        fall_back = [ALL, (), ALL[::-1], ("siblings",), behind][k % 5]
        rows[f"c{k}"] = {
            "parent": parent,
            "fall_back": fall_back,
            "rank": -k % 4,
            "emergency": k == 7,
        }
    tree = ChannelTree(Channel(name, **row) for name, row in rows.items())
    for name in [*rows, None]:
        expected = [
            None if source == POOL else source for source in sources_of(rows, name)
        ]
        assert list(tree.sources(name)) == expected


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda: Channel(""), "name"),
        (lambda: Channel("a", parent=3), "parent"),
        (lambda: Channel("a", fall_back="pool"), "fall_back"),
        (lambda: Channel("a", fall_back=["pol"]), "fall_back[0]"),
        (lambda: Channel("a", fall_back=["pool", "pool"]), "fall_back"),
        (lambda: Channel("a", rank=1.5), "rank"),
        (lambda: Channel("a", emergency=1), "emergency"),
        (lambda: ChannelTree("a"), "channels"),
        (lambda: ChannelTree(["a"]), "channels[0]"),
        (lambda: ChannelTree([Channel("a"), Channel("a")]), "channels[1].name"),
        (lambda: ChannelTree([Channel("a", "b")]), "channels[0].parent"),
        (lambda: ChannelTree([Channel("a", "a")]), "channels[0].parent"),
        (
            lambda: ChannelTree([Channel("a", "b"), Channel("b", "a")]),
            "channels[0].parent",
        ),
    ],
)
def test_bad_channels_name_what_is_wrong(make, path):
    """One clear error with its path."""
    with pytest.raises(ConfigurationError) as caught:
        make()
    assert caught.value.path == path


@pytest.mark.parametrize("name", ["web", ["web"]])
def test_a_channel_that_is_not_in_the_tree_is_an_unknown_id(name):
    """Whatever asks for it."""
    with pytest.raises(UnknownChannelError, match="^channel: unknown channel"):
        ChannelTree().number(name)
