"""What is on its way and ends, as a planner would tell it."""

from __future__ import annotations

import numpy as np
import pytest

import omniroute as om
from omniroute.codes import Effect
from omniroute.stock.effects import EffectBatch, intern
from tests.test_lots import HOUR, NOON, Dairy, delivered, hours


def expected(due, end, n=8, id="PO-1", node="N1"):
    """A delivery, due and over so many hours from noon."""
    end = None if end is None else hours(end)
    return om.Expect(id, "MILK", node, n, due=hours(due), sell_by=end)


def had(dairy, due, n=100):
    """Units that a pre-order for so many hours from noon gets; it is then given up."""
    id = f"P{len(dairy.engine.state.book.ids)}"
    placed = dairy.engine.reserve(
        {("MILK", "N1"): n}, id=id, due=hours(due), partial=True
    )
    dairy.engine.check()
    if not placed.reserved:
        return 0
    dairy.engine.cancel(id)
    return n - sum(line.quantity for line in placed.shortages)


def test_it_is_promised_from_its_arrival_to_its_end():
    """Due in 5 hours, over in 9: nothing before, nothing at the ninth."""
    dairy = Dairy(expected(5, 9))
    assert [had(dairy, due) for due in (4, 5, 8, 9, 20)] == [0, 8, 8, 0, 0]


def test_what_nobody_has_had_by_its_end_is_gone():
    """Of 8 on the shelf and 8 that come and go, 8 are there afterwards."""
    dairy = Dairy(*delivered((None, 8)), expected(5, 9))
    assert [had(dairy, due) for due in (4, 6, 9)] == [8, 16, 8]
    dairy.engine.reserve({("MILK", "N1"): 5}, id="A", due=hours(6))
    assert [had(dairy, due) for due in (4, 6, 9)] == [8, 11, 8]


def test_what_came_and_went_between_two_promises_served_neither():
    """Sums over time would say so; 4 wanted early and 4 late have the shelf alone."""
    dairy = Dairy(*delivered((None, 8)), expected(5, 9))
    for id, due in (("A", 4), ("B", 10)):
        dairy.engine.reserve({("MILK", "N1"): 4}, id=id, due=hours(due))
    assert dairy.stock().free == 0
    assert dairy.stock().kept == 8
    assert had(dairy, 6) == 8


def test_the_shelf_keeps_for_later_what_its_delivery_will_not():
    """Promised for the tenth hour; then it is said to end at the ninth."""
    dairy = Dairy(*delivered((None, 3)), expected(5, None))
    dairy.engine.reserve({("MILK", "N1"): 8}, id="A", due=hours(10))
    assert dairy.stock().free == 3
    dairy.engine.apply(om.Reschedule("PO-1", due=hours(5), sell_by=hours(9)))
    assert dairy.stock().free == -5
    assert dairy.engine.at_risk()["missing"] == [5]
    assert np.isnat(dairy.engine.at_risk()["covered"][0])


def test_what_ends_before_it_comes_counts_for_nothing():
    """A delivery that is too late to be sold: no mistake, and no promise."""
    dairy = Dairy(expected(30, 60))
    dairy.engine.apply(om.Reschedule("PO-1", due=hours(70)))
    assert had(dairy, 70) == 0
    for name in ("expiring", "look_ahead", "period", "cumulative"):
        rule = om.AtpRule(name, horizon_days=5)
        assert not dairy.engine.available_by_date("MILK", rule=rule).quanta.any(), name
    assert dairy.engine.available_by_date("MILK").explain().left_out()[0].fate.name == (
        "EXPIRED"
    )


@pytest.mark.parametrize(
    ("event", "lots"),
    [
        (om.Arrive("PO-1"), [(9, 8)]),
        (om.Arrive("PO-1", 3), [(9, 3)]),
        (om.Arrive("PO-1", sell_by=hours(7)), [(7, 8)]),
        (om.Arrive("PO-1", state="damaged"), []),
        (om.CancelInbound("PO-1"), []),
    ],
)
def test_what_arrives_is_the_lot_that_was_announced_unless_the_label_says_otherwise(
    event, lots
):
    dairy = Dairy(expected(5, 9))
    dairy.engine.apply(event)
    assert dairy.lots() == lots


def test_announced_and_arrived_in_one_batch():
    """Also where the sell-by has been said anew in between."""
    dairy = Dairy(expected(5, 9), om.Arrive("PO-1", 2))
    new = om.Reschedule("PO-1", due=hours(6), sell_by=hours(11))
    dairy.engine.apply([new, om.Arrive("PO-1")])
    assert dairy.lots() == [(9, 2), (11, 6)]


def test_a_delivery_announced_twice_is_one_and_with_another_end_it_is_refused():
    """Whatever was said of it since."""
    dairy = Dairy(expected(5, 9))
    dairy.engine.apply(om.Reschedule("PO-1", due=hours(6), sell_by=hours(11)))
    assert dairy.engine.apply(expected(5, 9)).duplicates == 1
    before = dairy.engine.digest()
    for other in (expected(5, 11), expected(5, None)):
        with pytest.raises(
            om.ValidationError, match="id: expected an id that no other"
        ):
            dairy.engine.apply(other)
    with pytest.raises(om.ValidationError, match="no other delivery"):
        dairy.engine.apply([expected(5, 9, id="X"), expected(5, 10, id="X")])
    assert dairy.engine.digest() == before


def test_in_columns_and_shown():
    """A feed says it in the column that lots have."""
    dairy = Dairy()
    dairy.engine.apply(
        {
            "event": ["expect", "expect", "reschedule"],
            "id": ["A", "B", "B"],
            "sku": ["MILK", "MILK", None],
            "node": ["N1", "N1", None],
            "quantity": [5, 6, None],
            "due": [hours(2), hours(3), hours(4)],
            "sell_by": [hours(8), None, hours(9)],
        }
    )
    shown = dairy.engine.inbound()
    assert ((shown["sell_by"].astype(int) - NOON) // HOUR).tolist() == [8, 9]


def test_the_log_tells_it_and_so_does_the_digest():
    """Two worlds that differ in nothing but a sell-by to come are two."""
    dairy = Dairy(expected(5, 9))
    other = Dairy(expected(5, 10))
    assert dairy.engine.digest() != other.engine.digest()
    replayed = om.Engine(dairy.network, dairy.engine.items, clock=lambda: NOON)
    replayed.replay(dairy.engine.log)
    assert replayed.digest() == dairy.engine.digest()
    replayed.apply(om.Arrive("PO-1"))
    assert replayed.lots()["quantity"] == [8]


def test_what_is_refused_leaves_every_end_as_it_was():
    """A sell-by said anew, and one said at first, before an effect that cannot be."""
    state = Dairy(expected(5, 9)).engine.state
    before, now = state.digest(), state.now
    ends = (Effect.ENDS, -1, -1, 0, 0, now, hours(20), 0)
    new = [
        (Effect.EXPECT, 0, 0, 5, 1, now, hours(1), 0),
        (Effect.ENDS, -1, -1, 1, 1, now, hours(7), 0),
    ]
    name = intern(Effect.INTERN_INBOUND, 1, 0, now)
    too_many = (Effect.CANCEL_INBOUND, -1, -1, 99, 0, now, 0, 0)
    nothing = (Effect.ENDS, -1, -1, 0, 0, now, 0, 0)
    for bad in (too_many, nothing):
        with pytest.raises(om.ValidationError):
            state.apply(EffectBatch([name, ends, *new, bad], ["PO-2"]))
        assert state.digest() == before
    state.apply(EffectBatch([ends]))
    state.revert(EffectBatch([(*ends[:7], hours(9))]))
    assert state.digest() == before


def test_it_lapses_with_its_due_time_like_any_delivery():
    """Overdue, it counts for nothing; arrived, for what is left of its time."""
    dairy = Dairy(expected(5, 9))
    dairy.engine.reserve({("MILK", "N1"): 8}, id="A", due=hours(8))
    dairy.clock = hours(6)
    assert dairy.stock().free == -8
    dairy.engine.apply(om.Arrive("PO-1"))
    assert dairy.stock().free == 0
    assert not dairy.engine.at_risk()["id"]
    dairy.clock = hours(9)
    assert dairy.stock().on_hand == 0
    assert dairy.engine.at_risk()["missing"] == [8]


def test_every_rule_of_atp_by_date_that_says_what_is_there_leaves_it_out_afterwards():
    """5 keep; 8 come tomorrow noon and end the day after."""
    dairy = Dairy(*delivered((None, 5)), expected(24, 48))
    for name in (
        "look_ahead",
        "cumulative",
        "accumulate",
        "nearest_receipt",
        "expiring",
    ):
        rule = om.AtpRule(name, horizon_days=4)
        found = dairy.engine.available_by_date("MILK", rule=rule)
        assert found.quanta.tolist() == [[5, 13, 5, 5]], name
