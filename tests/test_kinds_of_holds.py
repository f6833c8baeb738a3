"""One kind of hold in place of another, and moves of each: what can be, and no more."""

from __future__ import annotations

import itertools

import pytest

import omniroute as om

START = 1_000
DUE = START + 500
TO = om.Destination(postcode="55425")
S = om.Status


def shop():
    """5 at N0 and 4 at N1; 5 more at N0 by `DUE`; 2 of those at N0 fenced for the web."""
    engine = om.Engine(
        om.Network(
            [om.Node("N0"), om.Node("N1", order_cost=1)],
            [om.Service("ground", "ship", om.RateCard.flat(5))],
        ),
        [om.Item("A")],
        clock=lambda: START,
        journal=True,
        channels=[om.Channel("web", fall_back=("pool",))],
    )
    engine.apply(
        [
            om.Receive("A", "N0", 5),
            om.Receive("A", "N1", 4),
            om.Expect("PO", "A", "N0", 5, due=DUE),
        ]
    )
    engine.allocate([om.RingFence("web", "A", 2, nodes="N0")])
    return engine


def in_a_batch(engine, n, id, ttl, supersedes=None):
    """One at N1 at once, the rest at N0 for later."""
    frame = {"id": [id, id], "sku": "A", "node": ["N0", "N1"], "quantity": [n - 1, 1]}
    frame |= {"due": [DUE, None], "supersedes": [supersedes] * 2}
    return engine.reserve_many(frame, ttl=ttl)


#: How so many units are held, and the most of each kind that an untouched shop has.
KINDS = {
    "now": (lambda e, n, **x: e.reserve({("A", "N0"): n}, **x), 3),
    "of a fence": (
        lambda e, n, **x: e.reserve({("A", "N0"): n}, channel="web", **x),
        5,
    ),
    "later": (lambda e, n, **x: e.reserve({("A", "N0"): n}, due=DUE, **x), 8),
    "at no node": (lambda e, n, **x: e.reserve({("A", None): n}, **x), 7),
    "placed": (lambda e, n, **x: e.place(om.Order({"A": n}, TO), **x), 7),
    "placed for later": (
        lambda e, n, **x: e.place(om.Order({"A": n}, TO), due=DUE, **x),
        12,
    ),
    "in a batch": (in_a_batch, 9),
}


def told(found):
    """The status, of one or of a batch of one."""
    return om.Status(int(found.status[0])) if hasattr(found, "ids") else found.status


def replays(engine):
    engine.check()
    other = om.Engine(engine.network, engine.items, clock=lambda: START)
    other.replay(engine.log)
    assert other.digest() == engine.digest()


@pytest.mark.parametrize(("old", "new"), list(itertools.product(KINDS, KINDS)))
def test_a_hold_of_any_kind_gives_way_to_one_of_any_other(old, new):
    """All there is goes to the new one, and what is too much leaves the old as it was."""
    engine = shop()
    (hold, most_old), (again, most_new) = KINDS[old], KINDS[new]
    assert told(hold(engine, most_old, id="OLD", ttl=3_600)) is S.OK
    before = engine.digest()
    refused = told(again(engine, most_new + 1, id="NEW", ttl=3_600, supersedes="OLD"))
    assert refused in (S.SHORT, S.OUT_OF_STOCK)
    assert engine.digest() == before
    assert told(again(engine, most_new, id="NEW", ttl=3_600, supersedes="OLD")) is S.OK
    assert engine.reservation("OLD").state.name == "SUPERSEDED"
    # As if the old one had never been.
    fresh = shop()
    assert told(again(fresh, most_new, id="NEW", ttl=3_600)) is S.OK
    assert told(again(fresh, most_new, id="MORE", ttl=3_600)) is not S.OK
    for asked in (None, "N0", "N1"):
        assert engine.available_to_promise("A", asked) == fresh.available_to_promise(
            "A", asked
        )
    names = ("sku", "node", "due_s", "held_quanta")
    for name in names:
        assert list(engine.reservations()[name]) == list(fresh.reservations()[name])
    assert engine.allocations()["left"] == fresh.allocations()["left"]
    assert engine.at_risk()["id"] == []
    replays(engine)


@pytest.mark.parametrize("kind", KINDS)
def test_a_firm_reservation_of_any_kind_is_not_replaced(kind):
    engine = shop()
    hold, most = KINDS[kind]
    hold(engine, most, id="OLD", ttl=3_600)
    engine.commit("OLD")
    before = engine.digest()
    found = engine.reserve({("A", "N1"): 1}, id="NEW", supersedes="OLD")
    assert found.status is S.ALREADY_COMMITTED
    assert engine.digest() == before


def test_a_hold_for_later_moves_with_its_day():
    """To where nothing is on its way it needs what is there, which is then kept."""
    engine = shop()
    engine.reserve({("A", "N0"): 5}, id="L", due=DUE)
    assert engine.move("L", "N0", "N1") is S.SHORT
    assert engine.move("L", "N0", "N1", {"A": 4}) is S.OK
    assert engine.reservations()["due_s"].tolist() == [DUE, DUE]
    assert engine.stock("A", "N1").kept == 4
    assert engine.available_to_promise("A", "N0") == 3
    assert engine.move("L", "N1", "N0") is S.OK
    replays(engine)


def test_what_is_at_no_node_is_bound_and_not_moved():
    """`move` needs a node to move from, and says so; the rest of a reservation moves."""
    engine = shop()
    engine.reserve({("A", None): 2, ("A", "N0"): 1}, id="U")
    before = engine.digest()
    for from_node, to_node in ((None, "N1"), ("N0", None)):
        with pytest.raises(om.OmnirouteError, match="_node: "):
            engine.move("U", from_node, to_node)
    frame = {"id": ["U"], "from_node": [None], "to_node": ["N1"]}
    with pytest.raises(om.OmnirouteError, match=r"lines.from_node\[0\]"):
        engine.move_many(frame)
    assert engine.move("U", "N1", "N0") is S.NOT_HELD
    assert engine.digest() == before
    assert engine.move("U", "N0", "N1") is S.OK
    assert engine.bind("U", "N1").status is S.OK
    assert engine.stock("A", "N1").firm == 3
    replays(engine)


def test_what_is_at_no_node_has_no_day_to_change_and_what_has_one_is_at_a_node():
    """`redate` leaves it; `bind` binds what is wanted at once."""
    engine = shop()
    engine.reserve({("A", None): 2}, id="U")
    assert engine.redate("U", DUE) is S.NOT_HELD
    engine.reserve({("A", "N0"): 2}, id="L", due=DUE)
    assert engine.bind("L", "N1").status is S.NOT_HELD
    replays(engine)
