"""A replayed engine takes the next events as the live one does, late ones above all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omniroute as om
from omniroute.engine import Engine

FIRST_S = 1_000
SKUS, NODES = ["BOLT", "NUT"], ["N1", "N2"]
CELL = st.tuples(st.sampled_from(SKUS), st.sampled_from(NODES))
QUANTITY = st.integers(0, 3)
KINDS = {
    "count": om.Count,
    "sell": om.Sell,
    "receive": om.Receive,
    "return": om.Return,
    "safety": om.Safety,
}
#: Kind, cell, units; and for how long it has been on its way, None where it does not say.
FACT = st.tuples(
    st.sampled_from(["count", "count", *KINDS]),
    CELL,
    QUANTITY,
    st.one_of(st.none(), st.integers(0, 60)),
)
#: How time moves on, facts that come together, and whether as a frame.
STEP = st.tuples(
    st.integers(0, 40), st.lists(FACT, min_size=1, max_size=4), st.booleans()
)


def shop(clock, **options) -> Engine:
    """Two items at two nodes."""
    nodes = [om.Node(node) for node in NODES]
    network = om.Network(nodes, [om.Service("ground", "ship", om.RateCard.flat(5))])
    return Engine(network, [om.Item(sku) for sku in SKUS], clock=clock, **options)


def told(engine: Engine, facts, framed: bool) -> tuple:
    """Let an engine take facts; what it says of them."""
    now = engine._clock()
    rows = [
        (kind, sku, node, max(1, units) if kind not in ("count", "safety") else units)
        for kind, (sku, node), units, _ in facts
    ]
    happened = [None if ago is None else now - ago for *_, ago in facts]
    if framed:
        names = ("event", "sku", "node", "quantity")
        frame = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        came = engine.apply({**frame, "at": happened})
    else:
        events = [
            KINDS[kind](sku, node, units, at=at)
            for (kind, sku, node, units), at in zip(rows, happened, strict=True)
        ]
        came = engine.apply(events[0] if len(events) == 1 else events)
    return int(came), came.duplicates, came.late, came.unchanged


@settings(max_examples=150, deadline=None)
@given(st.lists(STEP, max_size=6), st.lists(STEP, min_size=1, max_size=4))
def test_what_comes_after_a_replay_is_decided_as_live(before, after):
    """The same answers, the same digest, whichever way events come."""
    clock = [FIRST_S]
    live = shop(lambda: clock[0], journal=True)
    for seconds, facts, framed in before:
        clock[0] += seconds
        told(live, facts, framed)
    replica = shop(lambda: clock[0])
    replica.replay(live.log)
    for seconds, facts, framed in after:
        clock[0] += seconds
        assert told(replica, facts, framed) == told(live, facts, framed)
        assert replica.digest() == live.digest()


@pytest.mark.parametrize("framed", [False, True])
def test_a_count_that_found_what_was_known_is_known_to_a_replica(framed):
    """The shelf was seen at 1200: what it held at 1150 is of no interest any more."""
    clock = [FIRST_S]
    live = shop(lambda: clock[0], journal=True)
    live.apply(om.Receive("BOLT", "N1", 10))
    clock[0] = 1_200
    count = om.Count("BOLT", "N1", 10)
    if framed:
        count = {"event": "count", "sku": ["BOLT"], "node": "N1", "quantity": [10]}
    assert live.apply(count).unchanged == 1
    replica = shop(lambda: clock[0])
    replica.replay(live.log)
    clock[0] = 1_300
    for engine in (live, replica):
        assert engine.apply(om.Count("BOLT", "N1", 7, at=1_150)).late == 1
        assert engine.stock("BOLT", "N1").on_hand == 10
    assert replica.digest() == live.digest()
