"""An id taken with other terms: which of them."""

from __future__ import annotations

import pytest

import omniroute as om

NOW = 1_000_000
DAY = 86_400


def shop():
    network = om.Network(
        [om.Node("N1")], [om.Service("ground", "ship", om.RateCard.flat(5))]
    )
    channels = [om.Channel("web"), om.Channel("till")]
    engine = om.Engine(network, [om.Item("A")], clock=lambda: NOW, channels=channels)
    engine.apply(om.Receive("A", "N1", 50))
    return engine


def ask(engine, node="N1", due=None, **terms):
    lines = [om.HoldLine("A", node, 2)]
    return engine.reserve(lines, id="R-1", due=due, **terms)


@pytest.mark.parametrize(
    ("first", "then", "names"),
    [
        ({"ttl": 60}, {"ttl": 90}, ("ttl",)),
        ({"ttl": 60}, {}, ("ttl",)),
        ({}, {"ttl": 60}, ("ttl",)),
        ({}, {"partial": True}, ("partial",)),
        ({"channel": "web"}, {"channel": "till"}, ("channel",)),
        ({"channel": "web"}, {}, ("channel",)),
        (
            {"ttl": 60, "channel": "web"},
            {"partial": True},
            ("ttl", "partial", "channel"),
        ),
    ],
)
@pytest.mark.parametrize(
    ("node", "due"), [("N1", None), (None, None), ("N1", NOW + DAY)]
)
def test_the_terms_that_differ_are_named(first, then, names, node, due):
    """Of cells at once, at no node yet and for later."""
    engine = shop()
    assert ask(engine, node, due, **first).status is om.Status.OK
    again = ask(engine, node, due, **then)
    assert again.status is om.Status.EXISTS_WITH_DIFFERENT_TERMS
    assert again.differs == names
    assert ask(engine, node, due, **first).differs == ()


def test_what_is_not_known_any_more_is_not_guessed():
    """Made firm since: for how long it was held has been forgotten."""
    engine = shop()
    ask(engine, ttl=60)
    engine.commit("R-1")
    again = ask(engine, ttl=90)
    assert again.status is om.Status.EXISTS_WITH_DIFFERENT_TERMS
    assert again.differs == ()
