"""Lots: units that can be sold until some time, as a planner would tell it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

import omniroute as om
from omniroute.codes import E_WHAT, Effect
from omniroute.errors import InvariantError
from omniroute.stock.effects import EffectBatch
from omniroute.stock.state import State

#: 2026-01-05 at noon, UTC.
NOON = 1_767_614_400
HOUR, DAY = 3_600, 86_400


class Dairy:
    """An engine whose clock is set by hand."""

    def __init__(self, *events, retention="1d"):
        self.clock = NOON
        ground = om.Service("ground", "ship", om.RateCard.flat(5))
        self.network = om.Network([om.Node("N1"), om.Node("N2")], [ground])
        items = [om.Item("MILK"), om.Item("HAM", decimals=1)]
        self.engine = om.Engine(
            self.network,
            items,
            clock=lambda: self.clock,
            journal=True,
            retention=retention,
        )
        self.engine.apply(list(events))

    def lots(self, sku="MILK", node="N1"):
        """(Hours from noon, units) of a cell's lots."""
        found = self.engine.lots(sku, node)
        ends = (found["sell_by"].astype(int) - NOON) // HOUR
        self.engine.check()
        return list(zip(ends.tolist(), found["quantity"], strict=True))

    def stock(self, sku="MILK", node="N1"):
        return self.engine.stock(sku, node)


def hours(n):
    return NOON + n * HOUR


def delivered(*lots, sku="MILK"):
    """Receipts at N1: (hours until the sell-by, units); None for units that keep."""
    return [
        om.Receive(sku, "N1", n, sell_by=None if end is None else hours(end))
        for end, n in lots
    ]


# -- which units go first --------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "event", "left"),
    [
        ("first-expiring first", om.Sell("MILK", "N1", 4), [(9, 5)]),
        ("then the next", om.Sell("MILK", "N1", 6), [(9, 3)]),
        ("what keeps goes last", om.Sell("MILK", "N1", 10), []),
        ("a lot by name", om.Sell("MILK", "N1", 2, sell_by=hours(9)), [(4, 4), (9, 3)]),
        ("more than it has", om.Sell("MILK", "N1", 7, sell_by=hours(9)), [(4, 2)]),
        ("shrink", om.Adjust("MILK", "N1", -3), [(4, 1), (9, 5)]),
        ("a lot shrinks", om.Adjust("MILK", "N1", -3, sell_by=hours(9)), [(4, 4), (9, 2)]),
        ("a lot grows", om.Adjust("MILK", "N1", 1, sell_by=hours(9)), [(4, 4), (9, 6)]),
        ("counted: 3 fewer", om.Count("MILK", "N1", 9), [(4, 1), (9, 5)]),
        ("counted: more", om.Count("MILK", "N1", 20), [(4, 4), (9, 5)]),
        ("a lot counted", om.Count("MILK", "N1", 1, sell_by=hours(9)), [(4, 4), (9, 1)]),
        ("none left of it", om.Count("MILK", "N1", 0, sell_by=hours(4)), [(9, 5)]),
        ("found", om.Count("MILK", "N1", 2, sell_by=hours(6)), [(4, 4), (6, 2), (9, 5)]),
        ("a return", om.Return("MILK", "N1", 1, sell_by=hours(4)), [(4, 5), (9, 5)]),
        (
            "damaged",
            om.Move("MILK", "N1", 2, "on_hand", "damaged", sell_by=hours(9)),
            [(4, 4), (9, 3)],
        ),
        (
            "sent away",
            om.TransferOut("MILK", "N1", "N2", 5, id="T", due=hours(5)),
            [(9, 4)],
        ),
    ],
)  # fmt: skip
def test_what_each_event_does_to_lots(case, event, left):
    """Of 12 units 4 end in four hours and 5 in nine; 3 keep."""
    dairy = Dairy(*delivered((9, 5), (4, 4), (None, 3)))
    dairy.engine.apply(event)
    assert dairy.lots() == left, case


def test_the_count_of_a_lot_changes_on_hand_by_as_much():
    """9 on hand, 4 of them in a lot that turns out to be 6."""
    dairy = Dairy(*delivered((4, 4), (None, 5)))
    dairy.engine.apply(om.Count("MILK", "N1", 6, sell_by=hours(4)))
    assert dairy.stock().on_hand == 11


def test_what_an_order_takes_leaves_first_expiring_first_unless_a_lot_is_named():
    """Reserving takes from no lot; parcels do."""
    dairy = Dairy(*delivered((9, 5), (4, 4)))
    dairy.engine.reserve({("MILK", "N1"): 6}, id="A")
    assert dairy.lots() == [(4, 4), (9, 5)]
    dairy.engine.fulfil("A", {("MILK", "N1"): 2}, sell_by=hours(9))
    assert dairy.lots() == [(4, 4), (9, 3)]
    dairy.engine.fulfil("A")
    assert dairy.lots() == [(9, 3)]


def test_units_sold_before_they_came_in_are_in_no_lot():
    """The till sold 3 of a delivery that was booked later."""
    dairy = Dairy(om.Sell("MILK", "N1", 3), *delivered((4, 5)))
    assert dairy.lots() == [(4, 2)]
    assert dairy.stock().on_hand == 2


def test_a_transfer_arrives_with_the_lot_it_left_from():
    """Who receives it reads the label."""
    dairy = Dairy(*delivered((9, 5)))
    out = om.TransferOut("MILK", "N1", "N2", 2, id="T", due=hours(1), sell_by=hours(9))
    dairy.engine.apply([out, om.Arrive("T", sell_by=hours(9))])
    assert dairy.lots() == [(9, 3)]
    assert dairy.lots(node="N2") == [(9, 2)]


def test_a_batch_of_counts_and_sales_is_read_in_its_order():
    """Each count of a lot sees what the rows before it left."""
    dairy = Dairy(
        *delivered((4, 5)),
        om.Sell("MILK", "N1", 2),
        om.Count("MILK", "N1", 2, sell_by=hours(4)),
        om.Count("MILK", "N1", 1, sell_by=hours(4)),
    )
    assert dairy.lots() == [(4, 1)]
    assert dairy.stock().on_hand == 1


def test_a_frame_takes_sell_bys_in_a_column():
    """As seconds or datetimes; empty for units that keep. Decimals count."""
    dairy = Dairy()
    frame = {
        "sku": ["MILK", "HAM", "HAM"],
        "node": ["N1", "N1", "N1"],
        "quantity": [3, 2.5, 1],
        "sell_by": [hours(2), datetime(2026, 1, 5, 15, tzinfo=UTC), None],
    }
    assert dairy.engine.apply(frame) == 3
    assert dairy.lots() == [(2, 3)]
    assert [(h, float(n)) for h, n in dairy.lots("HAM")] == [(3, 2.5)]


# -- when their time comes -------------------------------------------------------------


def test_what_is_left_of_a_lot_becomes_unavailable_at_its_sell_by():
    """Not a second before."""
    dairy = Dairy(*delivered((4, 5), (9, 1)), om.Sell("MILK", "N1", 2))
    dairy.clock = hours(4) - 1
    assert dairy.stock().on_hand == 4
    dairy.clock = hours(4)
    assert (dairy.stock().on_hand, dairy.stock().unavailable) == (1, {"expired": 3})
    assert dairy.engine.available_to_promise("MILK") == 1
    assert dairy.lots() == [(9, 1)]


def test_a_hold_on_units_that_end_first_is_a_shortage_that_shows():
    """The order stands, and what it lacks is said."""
    dairy = Dairy(*delivered((4, 5), (None, 2)))
    dairy.engine.reserve({("MILK", "N1"): 6}, id="A")
    dairy.clock = hours(4)
    assert dairy.stock().free == -4
    assert dairy.engine.available_to_promise("MILK") == 0
    found = dairy.engine.shortages()
    assert (found["sku"], found["node"], found["short"]) == (["MILK"], ["N1"], [4])
    assert (found["on_hand"], found["reserved"]) == ([2], [6])
    assert dairy.engine.reservation("A").state.name == "FIRM"


def test_holds_and_lots_end_in_the_order_of_their_times():
    """A hold at one o'clock, a lot at two, a hold at three: one call, one journal."""
    dairy = Dairy(*delivered((2, 5), (4, 5), (5, 3)))
    for id, ttl in (("early", HOUR), ("late", 3 * HOUR), ("same", 4 * HOUR)):
        dairy.engine.reserve({("MILK", "N1"): 1}, id=id, ttl=ttl)
    dairy.clock = hours(4)
    dairy.stock()
    *_, last = dairy.engine.log
    kinds = [Effect(what).name for what in last.rows[:, E_WHAT].tolist()]
    hold, lot = ["UNLINE", "RESOLVE"], ["MOVE", "UNAVAILABLE", "LOT"]
    assert kinds == [*hold, *lot, *hold, *hold, *lot, "TICK"]


def test_what_comes_in_after_its_sell_by_ends_at_once():
    """It was on hand for as long as it took to say so."""
    dairy = Dairy(*delivered((-1, 5), (2, 1)))
    assert dairy.stock().unavailable == {"expired": 5}
    assert dairy.lots() == [(2, 1)]


def test_a_count_after_the_end_of_a_lot_is_of_what_is_left_for_sale():
    """Ten on the shelf, five of them end at two; at three somebody counts 7."""
    dairy = Dairy(*delivered((2, 5), (None, 5)))
    dairy.clock = hours(3)
    dairy.engine.apply(om.Count("MILK", "N1", 7))
    assert dairy.stock().on_hand == 7
    assert dairy.stock().unavailable == {"expired": 5}


@pytest.mark.parametrize(("counted_at", "left"), [(1, 5), (3, 10)])
def test_a_late_count_knows_whether_a_lot_had_ended(counted_at, left):
    """Ten were counted, of which five ended at two; told at four, before all else."""
    dairy = Dairy(*delivered((2, 5), (None, 3)))
    dairy.clock = hours(4)
    dairy.engine.apply(om.Count("MILK", "N1", 10, at=hours(counted_at)))
    assert dairy.stock().on_hand == left


def test_units_set_apart_can_come_back_with_another_label():
    """A wrong date, corrected."""
    dairy = Dairy(*delivered((2, 5)))
    dairy.clock = hours(2)
    back = om.Move("MILK", "N1", 5, "expired", "on_hand", sell_by=hours(9))
    dairy.engine.apply(back)
    assert dairy.lots() == [(9, 5)]
    assert dairy.stock().unavailable == {}


def test_an_end_cannot_fail_for_want_of_room():
    """More expired than a record can hold: on hand is right all the same."""
    most = 2**31 - 1
    dairy = Dairy(*delivered((2, 5), (3, 4)))
    dairy.engine.apply(om.Receive("MILK", "N1", most - 7, state="expired"))
    dairy.clock = hours(3)
    assert dairy.stock().on_hand == 0
    assert dairy.stock().unavailable == {"expired": most}


# -- by date ---------------------------------------------------------------------------

RULES = [
    om.AtpRule("expiring", horizon_days=8),
    om.AtpRule("expiring", horizon_days=8, forward_consumption_days=2),
    om.AtpRule("net_plus_future", horizon_days=8),
    om.AtpRule("discrete", horizon_days=8),
    om.AtpRule("expiring", horizon_days=8, confidence={"on_hand": 0.5}),
]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_lots_are_promised_by_date_as_their_timelines_are(rule, zone):
    """On hand that ends, on hand that keeps, an order, a hold, a delivery."""
    dairy = Dairy(*delivered((30, 9), (100, 7), (3, 5), (None, 4)))
    dairy.engine.apply(om.Expect("PO", "MILK", "N1", 10, due=NOON + 3 * DAY))
    dairy.engine.reserve({("MILK", "N1"): 6}, id="A")
    dairy.engine.reserve({("MILK", "N1"): 3}, id="B", ttl="2d")
    written = om.Timeline(
        4,
        [
            om.Supply(9, until=hours(30)),
            om.Supply(7, until=hours(100)),
            om.Supply(5, until=hours(3)),
            om.Supply(10, NOON + 3 * DAY, "purchase_order"),
        ],
        [om.Demand(6), om.Demand(3, demand_class="hold")],
    )
    days = om.Buckets(zone=zone)
    expected = om.atp_by_date(om.Timelines.of({"N1": written}, days), rule, today=NOON)
    found = dairy.engine.available_by_date("MILK", rule=rule, buckets=days)
    assert found.quanta.tolist() == expected.quanta.tolist()


@pytest.mark.parametrize(
    "name", ["look_ahead", "cumulative", "accumulate", "nearest_receipt"]
)
@pytest.mark.parametrize("fractions", ["keep", "truncate"])
def test_rules_that_say_what_is_there_by_a_date_leave_out_what_has_ended(
    name, fractions
):
    """9 end on the 6th, 7 on the 9th; the 12 that are reserved take 9 and 3 of them."""
    dairy = Dairy(*delivered((30, 9), (100, 7), (None, 4)))
    dairy.engine.reserve({("MILK", "N1"): 12}, id="A")
    rule = om.AtpRule(name, horizon_days=6, fractions=fractions)
    one = 10_000 if fractions == "keep" else 1
    found = dairy.engine.available_by_date("MILK", rule=rule)
    assert found.quanta.tolist() == [[n * one for n in (8, 8, 8, 8, 4, 4)]]


def test_of_a_share_of_stock_a_share_is_lost():
    """Half of what there is counts: 4 of 9, of which the order may have had 2."""
    dairy = Dairy(*delivered((30, 9), (None, 6)))
    dairy.engine.reserve({("MILK", "N1"): 2}, id="A")
    rule = om.AtpRule(horizon_days=3, confidence={"on_hand": 0.5})
    found = dairy.engine.available_by_date("MILK", rule=rule)
    assert found.quanta.tolist() == [[5, 3, 3]]


def test_what_can_still_be_sold_on_a_day():
    """E09 and its like: 9 end on the 7th; an order for 4 takes what ends first."""
    dairy = Dairy(*delivered((48, 9), (None, 3)))
    dairy.engine.reserve({("MILK", "N1"): 4}, id="A")
    rule = om.AtpRule("expiring", horizon_days=4)
    found = dairy.engine.available_by_date("MILK", rule=rule)
    assert found.dates[0] == date(2026, 1, 5)
    assert found.quanta.tolist() == [[8, 8, 3, 3]]


# -- what cannot be --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda: om.Receive("MILK", "N1", 1, sell_by="soon"), "sell_by"),
        (lambda: om.Receive("MILK", "N1", 1, sell_by=0), "sell_by"),
        (lambda: om.Receive("MILK", "N1", 1, sell_by=datetime(2026, 1, 1)), "sell_by"),  # noqa: DTZ001
        (lambda: om.Receive("MILK", "N1", 1, state="damaged", sell_by=1), "sell_by"),
        (lambda: om.Return("MILK", "N1", 1, state="damaged", sell_by=1), "sell_by"),
        (lambda: om.Arrive("PO", state="damaged", sell_by=1), "sell_by"),
        (lambda: om.Move("MILK", "N1", 1, "damaged", "display", sell_by=1), "sell_by"),
        (lambda: om.Count("MILK", "N1", 1, sell_by=1, at=NOON), "at"),
        (lambda: Dairy().engine.fulfil("A", sell_by="x"), "sell_by"),
        (lambda: Dairy().engine.lots("NIX"), "sku"),
    ],
)
def test_bad_input_names_its_path(make, path):
    """Expected, found."""
    with pytest.raises(om.OmnirouteError) as caught:
        make()
    assert caught.value.path == path


def test_a_batch_with_a_bad_row_leaves_lots_as_they_were():
    """All or none, also of lots; with "skip", the rest."""
    dairy = Dairy(*delivered((4, 5)))
    before = dairy.engine.digest()
    events = [
        om.Sell("MILK", "N1", 2),
        om.Receive("MILK", "N1", 2**31 - 1, sell_by=hours(4)),
        om.Receive("MILK", "N1", 1, sell_by=hours(6)),
    ]
    with pytest.raises(om.ValidationError) as caught:
        dairy.engine.apply(events)
    assert caught.value.path == "events[1].quantity"
    assert dairy.engine.digest() == before
    assert dairy.engine.apply(events, on_error="skip") == 2
    assert dairy.lots() == [(4, 3), (6, 1)]


def lot(sku, node, change, end):
    return (int(Effect.LOT), sku, node, change, -1, 0, end, 0)


def find(sku, node, chance):
    return (int(Effect.FIND), sku, node, chance, -1, 0, 0, 0)


@pytest.mark.parametrize(
    ("rows", "at"),
    [
        ([lot(0, 0, 2, 9), lot(0, 0, -3, 9)], 1),
        ([lot(0, 0, 2, 9), lot(1, 0, 2, 9)], 1),
        ([lot(0, 5, 2, 9)], 0),
        ([lot(0, 0, 2, 0)], 0),
        ([find(0, 0, 5), find(0, 0, 10_001)], 1),
        ([find(0, 0, 5), find(0, -1, 5)], 1),
        ([find(0, 0, 5), lot(0, 0, -1, 9)], 1),
        ([find(0, 0, 5), lot(0, 0, 1, 9), (int(Effect.SHIP), 0, 0, 1, 7, 0, 0, 0)], 2),
    ],
)
def test_effects_that_cannot_be_change_nothing(rows, at):
    """By the row that is wrong; what came before it is undone."""
    state = State(["N1"], ["MILK"])
    state.apply(
        EffectBatch([(10, 0, 0, 5, -1, 0, 0, 0), lot(0, 0, 1, 7), find(0, 0, 9)])
    )
    before = state.digest()
    with pytest.raises(om.ValidationError) as caught:
        state.apply(EffectBatch(rows))
    assert caught.value.path == f"effects[{at}]"
    assert state.digest() == before
    state.check()


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([lot(0, 0, 1, 7)], "a lot has no cell"),
        ([(10, 0, 0, 5, -1, 0, 0, 0), lot(0, 0, 6, 7)], "more than is on hand"),
        (
            [(10, 0, 0, 5, -1, 0, 0, 0), lot(0, 0, 1, 7), (20, -1, -1, 0, -1, 8, 0, 0)],
            "outlived its time",
        ),
    ],
)
def test_check_finds_lots_that_do_not_add_up(rows, told):
    """A state that was fed effects no engine writes."""
    state = State(["N1"], ["MILK"])
    state.apply(EffectBatch(rows))
    with pytest.raises(InvariantError, match=told):
        state.check()


# -- the same however it is told -------------------------------------------------------


def test_one_by_one_in_a_batch_or_as_a_frame_the_state_is_the_same():
    """Facts of a morning; the digest and a replay agree."""
    facts = [
        ("receive", 5, hours(4)),
        ("receive", 7, hours(9)),
        ("receive", 3, None),
        ("sell", 6, None),
        ("count", 4, hours(9)),
        ("count", 6, None),
        ("return", 1, hours(4)),
    ]
    kinds = {kind: getattr(om, kind.capitalize()) for kind, *_ in facts}
    events = [kinds[k]("MILK", "N1", n, sell_by=end) for k, n, end in facts]
    frame = {
        "event": [fact[0] for fact in facts],
        "sku": "MILK",
        "node": "N1",
        "quantity": [fact[1] for fact in facts],
        "sell_by": [fact[2] for fact in facts],
    }
    single, batch, columns = Dairy(), Dairy(), Dairy()
    for event in events:
        single.engine.apply(event)
    batch.engine.apply(events)
    columns.engine.apply(frame)
    digest = single.engine.digest()
    assert single.lots() == batch.lots() == columns.lots()
    assert batch.engine.digest() == columns.engine.digest() == digest
    other = om.Engine(single.network, single.engine.items[::-1], clock=lambda: NOON)
    other.replay(single.engine.log)
    other.check()
    assert other.digest() == digest


@pytest.mark.parametrize("in_a_batch", [False, True])
def test_a_late_count_keeps_what_the_count_of_a_lot_found(in_a_batch):
    """Whether both come together or one after the other."""
    dairy = Dairy(*delivered((40, 6), (None, 4)))
    counts = [
        om.Count("MILK", "N1", 9, sell_by=hours(40)),
        om.Count("MILK", "N1", 20, at=NOON - 60),
        om.Sell("MILK", "N1", 1),
        om.Count("MILK", "N1", 30, at=NOON - 30),
        om.Count("MILK", "N1", 7, sell_by=hours(40)),
    ]
    for some in [counts] if in_a_batch else counts:
        dairy.engine.apply(some)
    assert dairy.stock().on_hand == 30 + 10 + 3 - 1 - 1
    assert dairy.lots() == [(40, 7)]
