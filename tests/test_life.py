"""What a user is told on the way from a hold to its end, and of bad input."""

from __future__ import annotations

import pytest

import omniroute as om
from omniroute.reservations import holds

S = om.Status


@pytest.fixture
def engine() -> om.Engine:
    """Ten bolts and two metres of rope at N1, nothing at N2."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    network = om.Network([om.Node("N1"), om.Node("N2")], [ground])
    items = [om.Item("BOLT"), om.Item("ROPE", decimals=2)]
    engine = om.Engine(network, items, clock=lambda: 1_000, journal=True)
    engine.apply([om.Receive("BOLT", "N1", 10), om.Receive("ROPE", "N1", 2)])
    return engine


ASKED = ("commit", "release", "fulfil", "cancel", "extend", "amend", "move")
MORE = {"extend": (60,), "amend": ({("BOLT", "N1"): 1},), "move": ("N1", "N2")}


def ask(engine, what, id="A"):
    return getattr(engine, what)(id, *MORE.get(what, ()))


ENDS = {
    S.UNKNOWN_RESERVATION: lambda _: None,
    S.ALREADY_RELEASED: lambda e: (hold(e), e.release("A")),
    S.EXPIRED: lambda e: (hold(e), e.apply([], now=1_060)),
    S.ALREADY_FULFILLED: lambda e: (hold(e), e.commit("A"), e.fulfil("A")),
    S.ALREADY_CANCELLED: lambda e: (hold(e), e.cancel("A")),
    S.ALREADY_DECLINED: lambda e: (hold(e), e.decline("A", "N1")),
    S.ALREADY_SUPERSEDED: lambda e: (
        hold(e),
        e.reserve({("BOLT", "N1"): 1}, id="B", ttl=60, supersedes="A"),
    ),
}


def hold(engine, ttl=60):
    return engine.reserve({("BOLT", "N1"): 4}, id="A", ttl=ttl)


@pytest.mark.parametrize("what", ASKED)
@pytest.mark.parametrize("status", ENDS, ids=lambda status: status.name)
def test_what_has_ended_is_never_changed(engine, status, what):
    """Whatever is asked, the answer is how it ended, and the digest stays."""
    ENDS[status](engine)
    before = engine.digest()
    assert ask(engine, what) is status
    assert engine.decline("A", "N1").status is status
    assert engine.digest() == before


def test_a_repeat_is_told_as_such(engine):
    """Each step once: the second time says what the first did."""
    assert [hold(engine).status for _ in range(2)] == [S.OK, S.EXISTS]
    assert [engine.commit("A") for _ in range(2)] == [S.OK, S.ALREADY_COMMITTED]
    assert engine.extend("A", 60) is S.ALREADY_COMMITTED
    assert engine.amend("A", {("BOLT", "N1"): 2}) is S.OK
    assert engine.amend("A", {("BOLT", "N1"): 2}) is S.OK
    assert hold(engine).status is S.EXISTS
    assert [engine.cancel("A") for _ in range(2)] == [S.OK, S.ALREADY_CANCELLED]


def test_other_content_under_an_id_is_refused_and_says_what_differs(engine):
    """Lines before terms."""
    hold(engine)
    found = engine.reserve({("BOLT", "N1"): 5}, id="A", ttl=61).status
    assert found is S.EXISTS_WITH_DIFFERENT_LINES
    assert hold(engine, ttl=61).status is S.EXISTS_WITH_DIFFERENT_TERMS
    two = [("BOLT", "N1", 1), om.HoldLine("BOLT", "N1", 3)]
    assert engine.reserve(two, id="A", ttl=60).status is S.EXISTS


def test_a_hold_lasts_as_long_as_it_is_extended_to(engine):
    """From now on, and never less than it would have."""
    hold(engine)
    assert engine.extend("A", "30s") is S.OK
    assert engine.reservation("A").expires_s == 1_060
    assert engine.extend("A", "2min") is S.OK
    engine.apply([], now=1_119)
    assert engine.available_to_promise("BOLT") == 6
    engine.apply([], now=1_120)
    assert engine.available_to_promise("BOLT") == 10


def test_shipping_needs_a_commit(engine):
    """A cart is no order."""
    hold(engine)
    assert engine.fulfil("A") is S.NOT_COMMITTED


def test_a_move_needs_stock_at_the_other_node_and_something_to_move(engine):
    """All of it or nothing, and what is not held comes before what is short."""
    hold(engine)
    assert engine.move("A", "N1", "N2") is S.OUT_OF_STOCK
    assert engine.move("A", "N1", "N2", {"BOLT": 5}) is S.NOT_HELD
    engine.apply(om.Receive("BOLT", "N2", 3))
    assert engine.move("A", "N1", "N2") is S.SHORT
    assert engine.move("A", "N1", "N2", {"BOLT": 3}) is S.OK
    assert engine.move("A", "N2", "N1", {"ROPE": 1}) is S.NOT_HELD
    found = engine.reservations()
    assert (found["node"], found["held_quanta"].tolist()) == (["N1", "N2"], [1, 3])
    engine.check()


def test_what_a_new_hold_may_replace(engine):
    """A hold, or one that is over; no order, nothing unknown, not itself."""
    hold(engine)
    wish = {("BOLT", "N1"): 9}
    unknown = engine.reserve(wish, id="B", supersedes="X").status
    assert unknown is S.UNKNOWN_RESERVATION
    with pytest.raises(om.ValidationError, match="^supersedes: "):
        engine.reserve(wish, id="B", supersedes="B")
    engine.commit("A")
    assert engine.reserve(wish, id="B", supersedes="A").status is S.ALREADY_COMMITTED
    engine.release("A")
    assert engine.reserve(wish, id="B", ttl=9, supersedes="A").status is S.OK
    assert engine.reserve(wish, id="B", ttl=9, supersedes="A").status is S.EXISTS
    order = om.Order({"BOLT": 10}, om.Destination(postcode="55425"), id="C")
    assert engine.place(order, ttl=60, supersedes="B").status is S.OK
    assert engine.reservation("B").state.name == "SUPERSEDED"


def test_quantities_are_exact_decimals(engine):
    """Rope by the centimetre."""
    found = engine.reserve({("ROPE", "N1"): 1.25}, id="A")
    assert found.status is S.OK
    assert engine.reserve({("ROPE", "N1"): 1}, id="B").shortages[0].quantity == 0.25
    assert str(engine.decline("A", "N1").lines[0].quantity) == "1.25"


def test_what_is_held_can_be_asked_by_sku_and_by_node(engine):
    """Columns, one row a line; those with nothing open only on request."""
    engine.reserve({("BOLT", "N1"): 1, ("ROPE", "N1"): 1}, id="A", ttl=60)
    engine.reserve({("BOLT", "N1"): 2}, id="B")
    engine.fulfil("B", {("BOLT", "N1"): 1})
    found = engine.reservations(sku="BOLT")
    assert (found["id"], found["state"]) == (["A", "B"], ["SOFT", "FIRM"])
    assert found["held_quanta"].tolist() == [1, 1]
    assert found["shipped_quanta"].tolist() == [0, 1]
    assert engine.reservations(node="N2")["id"] == []
    engine.fulfil("B")
    assert engine.reservations(sku="BOLT")["id"] == ["A"]
    assert engine.reservations(open=False, sku="BOLT")["id"] == ["A", "B"]


BAD = {
    "lines": ({}, "BOLT", None, 5),
    r"lines\[0\]": ({"BOLT": 1}, [("BOLT", 1)]),
    r"lines\[0\].sku": ({("SCREW", "N1"): 1}, {(None, "N1"): 1}),
    r"lines\[0\].node": (
        {("BOLT", "N9"): 1},
        [("BOLT", [], 1)],
    ),
    r"lines\[0\].quantity": (
        {("BOLT", "N1"): 0},
        {("BOLT", "N1"): -1},
        {("BOLT", "N1"): 1.5},
        {("BOLT", "N1"): True},
        {("BOLT", "N1"): "1"},
        {("BOLT", "N1"): 2**31},
        {("ROPE", "N1"): 1.234},
    ),
}


@pytest.mark.parametrize(
    ("path", "lines"), [(path, bad) for path, several in BAD.items() for bad in several]
)
def test_bad_lines_are_named_and_change_nothing(engine, path, lines):
    """The path says which, for each step that takes lines."""
    hold(engine)
    before = engine.digest()
    for call in (
        lambda: engine.reserve(lines, id="B"),
        lambda: engine.cancel("A", [] if lines is None else lines),
    ):
        with pytest.raises(om.OmnirouteError, match=f"^{path}: "):
            call()
    assert engine.digest() == before


def test_two_lines_beyond_a_cell_are_refused_before_they_wrap(engine):
    """Each fits, their sum does not."""
    lines = [om.HoldLine("BOLT", "N1", 2**31 - 1)] * 2
    with pytest.raises(om.ValidationError, match="^lines: "):
        engine.reserve(lines, id="A")


FRAME = {"id": ["A", "B"], "sku": "BOLT", "node": ["N1", "N1"], "quantity": [1, 2]}


@pytest.mark.parametrize(
    ("column", "value", "path"),
    [
        ("id", ["A", ""], r"lines.id\[1\]"),
        ("id", ["A", None], r"lines.id\[1\]"),
        ("id", ["A"], "lines.id"),
        ("sku", ["BOLT", "X"], r"lines.sku\[1\]"),
        ("node", ["N1", 1], r"lines.node\[1\]"),
        ("quantity", [1, 0], r"lines.quantity\[1\]"),
        ("quantity", [1, 1.5], r"lines.quantity\[1\]"),
    ],
)
def test_a_bad_row_of_a_frame_is_named_and_changes_nothing(engine, column, value, path):
    """All rows or none."""
    before = engine.digest()
    with pytest.raises(om.OmnirouteError, match=f"^{path}: "):
        engine.reserve_many({**FRAME, column: value})
    assert engine.digest() == before


def test_a_frame_without_a_column_is_named(engine):
    """And so is what is no frame."""
    for frame in ({"id": []}, [], None):
        with pytest.raises(om.ValidationError, match="^lines: "):
            engine.reserve_many(frame)


def test_a_batch_does_what_one_by_one_does(engine):
    """In turn: the second sees what the first took; ids that are taken are told."""
    frame = {"id": ["A", "B", "A"], "sku": "BOLT", "node": "N1", "quantity": [4, 5, 2]}
    found = engine.reserve_many(frame, ttl=60)
    assert found.ids == ["A", "B"]
    assert [S(code) for code in found.status] == [S.OK, S.SHORT]
    assert found.held_quanta.tolist() == [4, 0, 2]
    again = engine.reserve_many(frame, ttl=60)
    assert [S(code) for code in again.status] == [S.EXISTS, S.SHORT]
    assert again.held_quanta.tolist() == [0, 0, 0]
    assert repr(again) == "HoldBatch(2 requests: 1 EXISTS, 1 SHORT)"
    ids = ["A", "X", "A"]
    told = [S.OK, S.UNKNOWN_RESERVATION, S.ALREADY_COMMITTED]
    assert engine.commit_many(ids).tolist() == told
    told = [S.OK, S.UNKNOWN_RESERVATION, S.ALREADY_FULFILLED]
    assert engine.fulfil_many(ids).tolist() == told
    with pytest.raises(om.ValidationError, match=r"^ids\[0\]: "):
        engine.release_many([1])
    with pytest.raises(om.ValidationError, match="^ids: "):
        engine.release_many("A")
    engine.check()


@pytest.mark.parametrize("sticky", [False, True])
def test_a_batch_does_the_same_whatever_memory_it_has(engine, monkeypatch, sticky):
    """The buffer of effects is handed on when it is full, as often as need be."""
    other = om.Engine(engine.network, engine.items, clock=lambda: 1_000)
    other.replay(engine.log)
    frame = {
        "id": [f"A{k // 3}" for k in range(30)],
        "sku": ["BOLT", "BOLT", "ROPE"] * 10,
        "node": "N1",
        "quantity": [1 + k % 2 for k in range(30)],
    }
    whole = other.reserve_many(frame, ttl=60, sticky=sticky)
    monkeypatch.setattr(holds, "EFFECT_ROWS", 3)
    found = engine.reserve_many(frame, ttl=60, sticky=sticky)
    assert found.status.tolist() == whole.status.tolist()
    assert set(whole.status.tolist()) > {S.OK}
    assert engine.digest() == other.digest()
    engine.check()
    twin = om.Engine(engine.network, engine.items[::-1], clock=lambda: 0)
    twin.replay(engine.log)
    assert twin.digest() == engine.digest()


def test_a_late_count_does_not_bring_back_what_has_shipped():
    """Counted at 10:00, shipped at 10:05, told at 10:10: the two that left stay gone."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    clock = [36_000]
    engine = om.Engine(
        om.Network([om.Node("N1")], [ground]), [om.Item("BOLT")], clock=lambda: clock[0]
    )
    engine.apply(om.Receive("BOLT", "N1", 10))
    engine.reserve({("BOLT", "N1"): 2}, id="A")
    clock[0] += 300
    assert engine.fulfil("A") is om.Status.OK
    clock[0] += 300
    engine.apply(om.Count("BOLT", "N1", 9, at=36_000))
    assert engine.available_to_promise("BOLT") == 7
    engine.check()
