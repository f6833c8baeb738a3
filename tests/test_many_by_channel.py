"""Batches through channels, and parts in frames: just what the calls one by one do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omniroute as om
from omniroute.codes import STATUS
from tests.conftest import WITHOUT_JIT

NODES, SKUS = ["N0", "N1"], ["A", "B", "C"]
CHANNELS = [
    om.Channel("web", fall_back=("pool",)),
    om.Channel("app", fall_back=("siblings", "pool")),
    om.Channel("vip", fall_back=()),
]
NAMES = [None, "web", "app", "vip"]
S = om.Status

ROW = st.tuples(
    st.integers(0, 4), st.sampled_from(SKUS), st.sampled_from(NODES), st.integers(1, 6)
)
ROWS = st.lists(ROW, min_size=1, max_size=8)
THROUGH = st.lists(st.sampled_from(NAMES), min_size=5, max_size=5)


def shop():
    """A is fenced, B has a threshold, C is plain."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    engine = om.Engine(
        om.Network([om.Node(node) for node in NODES], [ground]),
        [om.Item(sku) for sku in SKUS],
        clock=lambda: 1_000,
        channels=CHANNELS,
        journal=True,
    )
    engine.apply([om.Receive(sku, node, 9) for sku in SKUS for node in NODES])
    engine.set_safety([om.SafetyRule(4, sku="B", guards="network")])
    engine.allocate(
        [
            om.RingFence("web", "A", 6, protected_percent=50),
            om.RingFence("app", "A", 3),
            om.RingFence("vip", "C", 2, nodes="N1"),
        ]
    )
    return engine


def frame_of(rows, through=None):
    """Columns of rows (id number, SKU, node, quantity), ids by channel where given."""
    columns = {
        "id": [f"R{row[0]}" for row in rows],
        "sku": [row[1] for row in rows],
        "node": [row[2] for row in rows],
        "quantity": [row[3] for row in rows],
    }
    if through is not None:
        columns["channel"] = [through[row[0]] for row in rows]
    return columns


def lines_by_id(rows):
    """Lines of each id, in order of first appearance, those of a cell summed."""
    found = {}
    for number, sku, node, quantity in rows:
        cells = found.setdefault(number, {})
        cells[sku, node] = cells.get((sku, node), 0) + quantity
    return found


def one_by_one(engine, rows, through, **terms):
    """What a batch is: its requests in turn."""
    return [
        engine.reserve(cells, id=f"R{number}", channel=through[number], **terms).status
        for number, cells in lines_by_id(rows).items()
    ]


@settings(max_examples=10 if WITHOUT_JIT else 100, deadline=None)
@given(
    rows=ROWS,
    more=ROWS,
    through=THROUGH,
    ttl=st.sampled_from([None, 60]),
    partial=st.booleans(),
    sticky=st.booleans(),
)
def test_a_batch_through_channels_is_its_requests_in_turn(
    rows, more, through, ttl, partial, sticky
):
    """Statuses, what is held, fences and digest; asked again, and with other rows."""
    batch, turns = shop(), shop()
    terms = {"ttl": ttl, "partial": partial, "sticky": sticky}
    for asked in (rows, rows, more):
        held_before = batch.reservations()["held_quanta"].sum()
        found = batch.reserve_many(frame_of(asked, through), **terms)
        wanted = one_by_one(turns, asked, through, **terms)
        assert [STATUS[code] for code in found.status] == wanted
        held = batch.reservations()["held_quanta"].sum() - held_before
        assert found.held_quanta.sum() == held
        assert _held(batch) == _held(turns)
        lines = (
            batch.reservations(open=False)["id"],
            turns.reservations(open=False)["id"],
        )
        if len(lines[0]) == len(lines[1]):  # rows of one cell stay lines of their own
            assert batch.digest() == turns.digest()
        batch.check()
    for name, column in batch.allocations().items():
        assert np.array_equal(column, turns.allocations()[name])
    _replays(batch)


def _held(engine):
    """What each reservation holds of each cell, and what that leaves of each cell."""
    held, columns = {}, engine.reservations()
    names = ("id", "state", "expires_s", "sku", "node")
    keys = zip(*(columns[name] for name in names), strict=True)
    for key, quanta in zip(keys, columns["held_quanta"].tolist(), strict=True):
        held[key] = held.get(key, 0) + quanta
    return held, engine.availability().quanta.tolist()


def _replays(engine):
    """The log makes the same state where no channel is known and items lie otherwise."""
    other = om.Engine(engine.network, engine.items[::-1], clock=lambda: 0)
    other.replay(engine.log)
    assert other.digest() == engine.digest()


@settings(max_examples=10 if WITHOUT_JIT else 100, deadline=None)
@given(
    rows=ROWS,
    parts=ROWS,
    through=THROUGH,
    firm=st.lists(st.integers(0, 4)),
    name=st.sampled_from(["fulfil", "cancel"]),
)
def test_parts_in_a_frame_are_parts_in_turn(rows, parts, through, firm, name):
    """Of reservations of channels too: what goes back goes to the fence it came from."""
    batch, turns = shop(), shop()
    for engine in (batch, turns):
        engine.reserve_many(frame_of(rows, through), ttl=60, partial=True)
        engine.commit_many([f"R{number}" for number in firm])
    found = getattr(batch, f"{name}_many")(frame_of(parts))
    told = {
        f"R{number}": getattr(turns, name)(f"R{number}", cells)
        for number, cells in lines_by_id(parts).items()
    }
    ids = frame_of(parts)["id"]
    assert [STATUS[code] for code in found] == [told[id] for id in ids]
    assert batch.digest() == turns.digest()
    batch.check()
    _replays(batch)


def test_a_batch_draws_the_fences_of_its_channel():
    """As an order of that channel does, and no unit more."""
    rows = [(k, "C", "N1", 3) for k in range(4)]
    engine = shop()
    found = engine.reserve_many(frame_of(rows), channel="vip")
    assert [STATUS[code] for code in found.status] == [S.SHORT] * 4
    plain = engine.reserve_many(frame_of(rows))
    assert [STATUS[code] for code in plain.status] == [S.OK] * 2 + [S.SHORT] * 2
    part = [(4, "C", "N1", 3)]
    left = engine.reserve_many(frame_of(part), channel="vip", partial=True)
    assert left.held_quanta.tolist() == [2]
    assert engine.allocations("C")["used"] == [2]


def test_requests_between_others_keep_their_turn():
    """Plain, through a channel, plain: the last finds what the first two have left."""
    engine = shop()
    rows = [(0, "C", "N0", 4), (1, "C", "N0", 4), (2, "C", "N0", 4)]
    found = engine.reserve_many(frame_of(rows, [None, "web", None]), partial=True)
    assert found.held_quanta.tolist() == [4, 4, 1]
    assert [STATUS[code] for code in found.status] == [S.OK, S.OK, S.SHORT]


def test_what_is_held_is_told_row_by_row():
    """Rows of an id may lie apart, and requests of channels between plain ones."""
    engine = shop()
    rows = [(0, "A", "N0", 4), (1, "C", "N0", 6), (0, "C", "N1", 2), (1, "A", "N0", 1)]
    rows += [(2, "C", "N0", 2), (0, "C", "N0", 3)]
    found = engine.reserve_many(frame_of(rows, ["web", None, "app"]), partial=True)
    assert found.ids == ["R0", "R1", "R2"]
    assert found.held_quanta.tolist() == [4, 6, 2, 1, 0, 3]


def test_one_text_is_the_channel_of_all_rows():
    """And a gap in a column is no channel, whatever kind of gap."""
    pd = pytest.importorskip("pandas")
    rows = [(k, "A", "N0", 1) for k in range(2)]
    engine = shop()
    engine.reserve_many({**frame_of(rows), "channel": "web"})
    assert sum(engine.allocations("A")["used"]) == 2
    gaps = pd.DataFrame(
        {**frame_of([(4, "A", "N0", 1), (3, "A", "N0", 1)]), "channel": ["app", np.nan]}
    )
    engine.reserve_many(gaps)
    assert sum(engine.allocations("A")["used"]) == 3


@pytest.mark.parametrize(
    ("change", "channel", "path"),
    [
        ({"channel": ["web", "nope"]}, None, r"lines.channel\[1\]"),
        ({"channel": ["web", 3]}, None, r"lines.channel\[1\]"),
        ({"channel": ["web", []]}, None, r"lines.channel\[1\]"),
        ({"channel": ["web"]}, None, "lines.channel"),
        ({"channel": 3}, None, "lines.channel"),
        ({"channel": "nope"}, None, "lines.channel"),
        ({}, "nope", "channel"),
        ({"channel": "web"}, "web", "channel"),
        ({"id": ["R", "R"], "channel": ["web", "app"]}, None, r"lines.channel\[1\]"),
        ({"id": ["R", "R"], "channel": ["web", None]}, None, r"lines.channel\[1\]"),
    ],
)
def test_a_bad_channel_is_named_and_changes_nothing(change, channel, path):
    """Unknown, no text, too few, said twice, or two for one reservation."""
    engine = shop()
    before = engine.digest()
    frame = {**frame_of([(0, "A", "N0", 1), (1, "A", "N0", 1)]), **change}
    with pytest.raises(om.OmnirouteError, match=f"^{path}: (expected|unknown)"):
        engine.reserve_many(frame, channel=channel)
    assert engine.digest() == before


@pytest.mark.parametrize("name", ["fulfil_many", "cancel_many"])
def test_a_bad_part_is_named_and_changes_nothing(name):
    """As in a frame of what is to be reserved."""
    engine = shop()
    engine.reserve_many(frame_of([(0, "A", "N0", 1)]))
    before = engine.digest()
    good = frame_of([(0, "A", "N0", 1)])
    for column, value in (("sku", ["X"]), ("quantity", [0]), ("id", [None])):
        with pytest.raises(
            om.OmnirouteError, match=rf"^lines.{column}\[0\]: expected|X"
        ):
            getattr(engine, name)({**good, column: value})
    assert engine.digest() == before


def test_returns_in_a_frame_are_credited_to_their_channel():
    """A gap credits nobody; other events of the frame are as they were."""
    one, frame = shop(), shop()
    one.apply([om.Return("A", "N0", 2, channel="web"), om.Return("A", "N1", 1)])
    one.apply(om.Sell("C", "N0", 1))
    frame.apply(
        {
            "event": ["return", "return", "sell"],
            "sku": ["A", "A", "C"],
            "node": ["N0", "N1", "N0"],
            "quantity": [2, 1, 1],
            "channel": ["web", None, None],
        }
    )
    assert frame.digest() == one.digest() != shop().digest()
    assert sum(frame.allocations("A")["left"]) == 11
