"""Steps of many reservations: the same as the single calls in turn."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omniroute as om

NODES = ["N1", "N2"]
IDS = ["R-0", "R-1", "R-2", "U-0", "L-0", "NONE"]
KINDS = ["extend", "redate", "move", "decline", "amend", "bind"]
ROW = st.tuples(
    st.sampled_from(IDS),
    st.sampled_from(["A", "B"]),
    st.sampled_from(NODES),
    st.integers(1, 5),
)


def shop() -> om.Engine:
    """Holds at nodes, at none, and for later."""
    network = om.Network(
        [om.Node(node) for node in NODES],
        [om.Service("ground", "ship", om.RateCard.flat(5))],
    )
    engine = om.Engine(
        network, [om.Item("A"), om.Item("B")], clock=lambda: 1_000, journal=True
    )
    engine.apply([om.Receive(sku, node, 8) for sku in "AB" for node in NODES])
    engine.reserve({("A", "N1"): 3, ("B", "N1"): 2}, id="R-0", ttl=100)
    engine.reserve({("A", "N2"): 4}, id="R-1")
    engine.reserve({("B", "N1"): 1}, id="R-2", ttl=50)
    engine.reserve({("A", None): 3}, id="U-0")
    engine.reserve({("B", "N2"): 4}, id="L-0", due=5_000)
    return engine


def many(engine: om.Engine, kind: str, rows: list) -> list[int]:
    """Through one call."""
    frame = {
        "id": [row[0] for row in rows],
        "sku": [row[1] for row in rows],
        "node": [row[2] for row in rows],
        "quantity": [row[3] for row in rows],
    }
    if kind == "extend":
        return engine.extend_many(frame["id"], 300).tolist()
    if kind == "redate":
        return engine.redate_many(frame["id"], 6_000).tolist()
    if kind == "move":
        frame["from_node"] = frame.pop("node")
        other = {"N1": "N2", "N2": "N1"}
        frame["to_node"] = [other[node] for node in frame["from_node"]]
    return getattr(engine, f"{kind}_many")(frame).tolist()


def single(engine: om.Engine, kind: str, row: tuple) -> int:
    """Through a call of its own."""
    id, sku, node, units = row
    if kind == "extend":
        return int(engine.extend(id, 300))
    if kind == "redate":
        return int(engine.redate(id, 6_000))
    if kind == "move":
        other = {"N1": "N2", "N2": "N1"}[node]
        return int(engine.move(id, node, other, {sku: units}))
    if kind == "decline":
        return int(engine.decline(id, node, {sku: units}).status)
    if kind == "amend":
        return int(engine.amend(id, {(sku, node): units}))
    return int(engine.bind(id, {(sku, node): units}).status)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None)
@given(st.lists(ROW, max_size=6, unique_by=lambda row: (row[0], row[2])))
def test_many_steps_are_the_single_ones_in_turn(kind, rows):
    """The same statuses, the same state; one batch in the log, which replays."""
    together, apart = shop(), shop()
    batches = len(together.log)
    told = many(together, kind, rows)
    assert told == [single(apart, kind, row) for row in rows]
    assert together.digest() == apart.digest()
    assert len(together.log) <= batches + 1
    together.check()
    twin = om.Engine(together.network, together.items, clock=lambda: 1_000)
    twin.replay(together.log)
    assert twin.digest() == together.digest()


def test_rows_of_one_id_and_node_are_one_step_and_all_moves_without_skus():
    """All of it or nothing; each row has the status of its step."""
    engine = shop()
    frame = {"id": ["R-0", "R-0"], "sku": ["A", "B"], "quantity": [1, 9]}
    told = engine.move_many({**frame, "from_node": "N1", "to_node": "N2"})
    assert [om.Status(code).name for code in told] == ["NOT_HELD", "NOT_HELD"]
    told = engine.move_many({"id": ["R-0"], "from_node": "N1", "to_node": "N2"})
    assert told.tolist() == [om.Status.OK]
    assert engine.stock("A", "N2").soft == 3


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"node": ["N1", "N9"]}, "node\\[1\\]"),
        ({"sku": ["A", "C"]}, "sku\\[1\\]"),
        ({"quantity": [1, -1]}, "quantity\\[1\\]"),
        ({"quantity": [1]}, "quantity"),
        ({"id": ["R-0", 7]}, "id\\[1\\]"),
    ],
)
def test_a_bad_row_is_named_and_nothing_has_changed(change, path):
    """Not even the rows before it."""
    engine = shop()
    before, batches = engine.digest(), len(engine.log)
    frame = {"id": ["R-0", "R-1"], "sku": "A", "node": ["N1", "N2"]}
    with pytest.raises(om.OmnirouteError, match=path):
        engine.amend_many({**frame, "quantity": [1, 1], **change})
    with pytest.raises(om.ValidationError, match="^ttl: "):
        engine.extend_many(["R-0", "R-1"], -1)
    assert (engine.digest(), len(engine.log)) == (before, batches)
