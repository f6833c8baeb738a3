"""The public side of ATP by date: what is asked, and what is read off the answer."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest

import omniroute as om
from omniroute.codes import UNLIMITED, Fate
from omniroute.errors import ConfigurationError, ValidationError

TODAY = date(2026, 3, 4)


def day(n):
    return date(2026, 3, n)


def shop(**modifiers):
    """Two nodes over a week."""
    lines = {
        "N1": om.Timeline(5, [om.Supply(4, day(7))], [om.Demand(2, day(5))]),
        "N2": om.Timeline(0, [om.Supply(9, day(6))], [om.Demand(1, day(4))]),
    }
    return om.atp_by_date(lines, om.AtpRule(horizon_days=5, **modifiers), today=TODAY)


def test_a_schedule_is_an_array_with_labels():
    """Cells by dates, signed; one line in a shell, a table on request."""
    found = shop()
    assert found.quanta.tolist() == [[3, 3, 3, 7, 7], [-1, -1, 8, 8, 8]]
    assert np.asarray(found).shape == (2, 5)
    assert found.dates[0] == TODAY
    assert found.ids == ("N1", "N2")
    assert repr(found) == "AtpSchedule(look_ahead, 2 cells x 5 dates from 2026-03-04)"
    assert found.table(columns=2).splitlines() == [
        "    2026-03-04  2026-03-05  ...",
        "N1           3           3  ...",
        "N2          -1          -1  ...",
    ]
    assert found._repr_html_().startswith("<table><tr><th></th><th>2026-03-04</th>")


def test_totals_do_not_net_one_node_against_another():
    """What N2 is short of is not taken from N1."""
    assert shop().total().tolist() == [3, 3, 11, 15, 15]


def test_earliest_dates_of_one_node_and_of_all():
    """By label for one, as an array for many."""
    found = shop()
    assert found.earliest(4, "N1") == day(7)
    assert found.earliest(4, "N2", after=day(7)) == day(7)
    assert found.earliest(10, "N1") is None
    assert found.earliest_by_cell(4).tolist() == [3, 2]
    assert found.earliest_by_cell(9).tolist() == [-1, -1]


def test_parts_are_told_with_what_is_open():
    """In one line, and as a table."""
    parts = shop().partials(10, "N1")
    assert str(parts) == "3 on 2026-03-04; 4 on 2026-03-07; 3 open"
    assert (parts.confirmed, parts.open) == (7, 3)
    assert parts.table().splitlines()[-1].split() == ["open", "3"]
    assert "<td>2026-03-07</td>" in parts._repr_html_()


def test_only_cells_that_are_sure_enough_count():
    """Find probability is the cell's, the confidence the asker's."""
    lines = {
        "sure": om.Timeline(5, find_probability=0.99),
        "doubtful": om.Timeline(7, find_probability=0.6),
    }
    rule = om.AtpRule("expiring", horizon_days=1)
    found = om.atp_by_date(lines, rule, today=TODAY, at_confidence=0.9)
    assert found.quanta.tolist() == [[5], [0]]
    terms = found.explain("doubtful").terms
    assert (terms["atp"], terms["withheld"]) == ((0,), (7,))
    assert found.partials(3, "doubtful").open == 3
    for enough in (0, 0.6):
        found = om.atp_by_date(lines, rule, today=TODAY, at_confidence=enough)
        assert found.total().tolist() == [12]


def test_supply_counts_at_its_confidence_each_receipt_cut_off():
    """3 at a half and 3 at a half are 1 and 1, or 1.5 and 1.5."""
    line = om.Timeline(1, [om.Supply(3, day(5), "po"), om.Supply(3, day(5), "po")])
    rules = [
        om.AtpRule(confidence={"po": 0.5}, fractions=how, horizon_days=2)
        for how in ("truncate", "keep")
    ]
    cut, kept = (om.atp_by_date(line, rule, today=TODAY) for rule in rules)
    assert [found.at(0, day(5)) for found in (cut, kept)] == [3, 4]
    assert kept.values.tolist() == [[1.0, 4.0]]
    assert [e.counted for e in cut.explain().entries] == [1, 1]
    assert [e.counted for e in kept.explain().entries] == [Decimal("1.5")] * 2


def test_decimals_of_an_item_show_in_every_answer():
    """Cable by the centimetre."""
    line = om.Timeline(Decimal("2.5"), [om.Supply(0.75, day(5))], decimals=2)
    found = om.atp_by_date(line, om.AtpRule(horizon_days=2), today=TODAY)
    assert found.at(0, day(5)) == Decimal("3.25")
    assert found.values.tolist() == [[2.5, 3.25]]
    assert found.partials(3).deliveries[1] == (day(5), Decimal("0.5"))
    mixed = om.atp_by_date([line, om.Timeline(1)], today=TODAY)
    with pytest.raises(ValidationError, match="^timelines: expected items of equal"):
        mixed.total()


def test_a_receipt_on_a_closed_day_counts_on_the_next_open_one():
    """Saturday's delivery is Monday's stock; a closed Monday makes it Tuesday's."""
    line = om.Timeline(0, [om.Supply(5, day(7))])
    week = ("mon", "tue", "wed", "thu", "fri")
    rule = om.AtpRule(working_days=week, horizon_days=8)
    assert om.atp_by_date(line, rule, today=TODAY).earliest(5) == day(9)
    rule = om.AtpRule(working_days=week, closed_dates=[day(9)], horizon_days=8)
    assert om.atp_by_date(line, rule, today=TODAY).earliest(5) == day(10)
    hours = om.Timelines.of(line, om.Buckets("1h"))
    with pytest.raises(
        ConfigurationError, match=r"^rule.working_days: expected no work"
    ):
        om.atp_by_date(hours, rule, today=TODAY)


def test_lead_times_fence_each_cell_on_its_own():
    """Unlimited from the day the item can be replenished."""
    lines = [om.Timeline(1, lead_time_days=2), om.Timeline(1)]
    rule = om.AtpRule(infinite_supply_fence_days="lead_time", horizon_days=4)
    found = om.atp_by_date(lines, rule, today=TODAY)
    assert found.quanta.tolist() == [[1, 1, UNLIMITED, UNLIMITED], [1, 1, 1, 1]]
    assert found.at(0, day(6)) == float("inf")
    assert found.total().tolist() == [2, 2, UNLIMITED, UNLIMITED]
    assert "unlimited" in found.table()


def test_who_may_use_what_changes_what_can_be_promised():
    """b2b leaves of the purchase order what staff need, and web the rest of the stock."""
    line = om.Timeline(
        5,
        [om.Supply(4, TODAY, "purchase_order")],
        [om.Demand(6, TODAY, "b2b", id="B1"), om.Demand(1, TODAY, "staff", id="S1")],
    )
    allowed = {"web": ["on_hand"], "staff": ["purchase_order"]}
    rule = om.AtpRule(considerations=allowed, demand_class="web", horizon_days=1)
    found = om.atp_by_date(line, rule, today=TODAY)
    # 3 of b2b's 6 come from the purchase order and 1 of staff's, who may use no other.
    assert found.quanta.tolist() == [[2]]
    why = found.explain()
    fates = {entry.id: (entry.counted, entry.fate) for entry in why.entries}
    assert fates["B1"] == (3, Fate.COUNTED)
    assert fates["S1"] == (0, Fate.COUNTED)
    assert why.terms["demand"] == (3,)
    assert why.uncovered == ()
    everyone = om.AtpRule(considerations=allowed, horizon_days=1)
    assert om.atp_by_date(line, everyone, today=TODAY).quanta.tolist() == [[2]]


def test_a_promise_leaves_what_a_limited_class_needs_of_the_stock():
    """Class b may use the five on hand only and needs three: two are left at first."""
    line = om.Timeline(
        5,
        [om.Supply(4, day(6), "purchase_order")],
        [om.Demand(3, day(6), "b", id="B1")],
    )
    rule = om.AtpRule(horizon_days=3, considerations={"b": ["on_hand"]})
    found = om.atp_by_date(line, rule, today=TODAY)
    assert found.quanta.tolist() == [[2, 2, 6]]
    (peg,) = found.explain().pegs
    assert (peg.demand, peg.supply, peg.quantity) == ("B1", "on_hand", 3)
    # Where all five are promised nevertheless, nothing serves b any more.
    sold = om.Timeline(
        5,
        [om.Supply(4, day(6), "purchase_order")],
        [om.Demand(5, TODAY, "a"), om.Demand(3, day(6), "b", id="B1")],
    )
    why = om.atp_by_date(sold, rule, today=TODAY).explain()
    assert why.uncovered == (("B1", 3),)


def test_a_promise_moves_others_to_later_receipts_where_they_can_wait():
    """Both wait for the 6th, and c may have the transfer: the 5th is free."""
    line = om.Timeline(
        0,
        [
            om.Supply(3, day(5), "purchase_order"),
            om.Supply(3, day(6), "purchase_order"),
            om.Supply(3, day(6), "transfer"),
        ],
        [om.Demand(3, day(6), "c"), om.Demand(3, day(6), "a")],
    )
    allowed = {"a": ["purchase_order"], "c": ["purchase_order", "transfer"]}
    rule = om.AtpRule(horizon_days=3, considerations=allowed, demand_class="a")
    found = om.atp_by_date(line, rule, today=TODAY)
    assert found.quanta.tolist() == [[0, 3, 3]]


def test_safety_stock_is_kept_of_what_a_class_may_use():
    """One is kept on hand; who may use receipts only is not charged for it."""
    line = om.Timeline(0, [om.Supply(8, day(6), "purchase_order")], safety=1)
    rule = om.AtpRule(
        horizon_days=4, considerations={"b": ["purchase_order"]}, demand_class="b"
    )
    found = om.atp_by_date(line, rule, today=TODAY)
    assert found.quanta.tolist() == [[0, 0, 8, 8]]
    anybody = om.AtpRule(horizon_days=4, considerations=rule.considerations)
    assert om.atp_by_date(line, anybody, today=TODAY).quanta.tolist() == [
        [-1, -1, 7, 7]
    ]


def test_surpluses_of_a_day_only_are_delivered_day_by_day():
    """Three each day, each to be used that day: nine come in three parts."""
    line = om.Timeline(3, [om.Supply(3, day(5)), om.Supply(3, day(6))])
    rule = om.AtpRule("accumulate", horizon_days=3, accumulation_window_days=0)
    found = om.atp_by_date(line, rule, today=TODAY)
    assert found.quanta.tolist() == [[3, 3, 3]]
    assert found.partials(9).deliveries == ((TODAY, 3), (day(5), 3), (day(6), 3))
    # What is left of a day can be used the day after, and no longer.
    rule = om.AtpRule("accumulate", horizon_days=3, accumulation_window_days=1)
    found = om.atp_by_date(line, rule, today=TODAY)
    assert found.quanta.tolist() == [[3, 6, 6]]
    assert found.partials(9).open == 0
    assert found.partials(7, after=day(6)).open == 1


def test_an_issue_takes_what_ends_first_and_windows_are_half_open():
    """[from, until): milk of the 6th is gone on the 6th."""
    line = om.Timeline(
        2,
        [om.Supply(5, day(4), "lot", until=day(6), id="old"), om.Supply(5, day(5))],
        [om.Demand(3, day(5), id="order")],
    )
    rule = om.AtpRule("expiring", horizon_days=4)
    found = om.atp_by_date(line, rule, today=TODAY)
    assert found.quanta.tolist() == [[4, 9, 7, 7]]
    (peg,) = found.explain().pegs
    assert (peg.demand, peg.supply, peg.quantity) == ("order", "old", 3)
    # 4 today take the 2 left of what ends, and the 2 on hand: 5 are left for tomorrow.
    parts = found.partials(12)
    assert parts.deliveries == ((TODAY, 4), (day(5), 5))
    assert parts.open == 3


def test_the_instant_a_supply_ends_is_too_late():
    """A demand of the 6th is not served by what ends on the 6th."""
    rule = om.AtpRule("expiring", horizon_days=4)
    for needed, served in ((day(5), True), (day(6), False)):
        line = om.Timeline(
            0, [om.Supply(5, day(4), until=day(6))], [om.Demand(3, needed)]
        )
        why = om.atp_by_date(line, rule, today=TODAY).explain()
        assert bool(why.pegs) is served


def test_parts_of_supplies_that_end_leave_what_lasts():
    """3 of 6 today are the 2 that end and 1 of the 2 that do not."""
    line = om.Timeline(
        2, [om.Supply(2, TODAY, until=day(6)), om.Supply(2, day(6))], safety=0
    )
    found = om.atp_by_date(line, om.AtpRule("expiring", horizon_days=4), today=TODAY)
    parts = found.partials(6, min_shipment=3)
    assert parts.deliveries == ((TODAY, 3), (day(6), 3))
    held = om.atp_by_date(om.Timeline(5, safety=2), found.rule, today=TODAY)
    assert held.partials(9).deliveries == ((TODAY, 3),)


def test_overdue_receipts_serve_issues_that_are_more_overdue():
    """Both happen today, and receipts come first."""
    line = om.Timeline(0, [om.Supply(5, day(3))], [om.Demand(3, day(1))])
    rule = om.AtpRule("nearest_receipt", horizon_days=1)
    assert om.atp_by_date(line, rule, today=TODAY).quanta.tolist() == [[2]]


def test_what_others_may_share_keeps_its_date():
    """Their demand weighs on the day it is due, not on the stock of today."""
    line = om.Timeline(5, demands=[om.Demand(2, day(5), "b2b")])
    rule = om.AtpRule(
        "period",
        horizon_days=2,
        considerations={"web": ["on_hand"]},
        demand_class="web",
    )
    assert om.atp_by_date(line, rule, today=TODAY).quanta.tolist() == [[5, -2]]


def test_a_short_demand_may_wait_under_rule_expiring():
    """As many days as the rule lets it."""
    line = om.Timeline(0, [om.Supply(5, day(6))], [om.Demand(3, day(4))])
    rule = om.AtpRule("expiring", horizon_days=4)
    assert om.atp_by_date(line, rule, today=TODAY).quanta.tolist() == [[0, 0, 5, 5]]
    for days, left in ((1, 5), (2, 2)):
        rule = om.AtpRule("expiring", horizon_days=4, forward_consumption_days=days)
        assert om.atp_by_date(line, rule, today=TODAY).at(0, day(6)) == left


def test_instants_within_a_day_matter_where_single_events_are_matched():
    """A receipt at three cannot serve an issue at noon, unless buckets are compared."""
    line = om.Timeline(
        0,
        [om.Supply(5, datetime(2026, 3, 5, 15, tzinfo=UTC))],
        [om.Demand(3, datetime(2026, 3, 5, 12, tzinfo=UTC))],
    )
    by_event = om.AtpRule("nearest_receipt", horizon_days=2)
    by_day = om.AtpRule("look_ahead", horizon_days=2)
    assert om.atp_by_date(line, by_event, today=TODAY).at(0, day(5)) == 5
    assert om.atp_by_date(line, by_day, today=TODAY).at(0, day(5)) == 2
    backward = om.AtpRule("backward", horizon_days=2)
    why = om.atp_by_date(line, backward, today=TODAY).explain()
    assert [peg.quantity for peg in why.pegs] == [3]
    assert not why.uncovered


def test_an_explanation_reads_as_the_arithmetic():
    """Terms by date, what became of each event, who is served by what."""
    line = om.Timeline(
        4,
        [om.Supply(10, day(6), id="PO-1"), om.Supply(3, date(2026, 2, 20), id="PO-0")],
        [om.Demand(6, day(5), id="A-1")],
        safety=1,
    )
    rule = om.AtpRule(horizon_days=3, past_due_supply_days=5)
    why = om.atp_by_date({"N1": line}, rule, today=TODAY).explain("N1")
    assert (
        str(why)
        == """\
N1 under look_ahead

date        supply  demand  projected  ignoring_safety  withheld  shortage  atp
2026-03-04       4       0          4               -2         0         2   -3
2026-03-05       0       6         -2               -2         0         2   -3
2026-03-06      10       0          8                8         1         0    7

event    side     kind  units  counted          on      fate
PO-0   supply  inbound      3        0              PAST_DUE
A-1    demand    order      6        6  2026-03-05   COUNTED
PO-1   supply  inbound     10       10  2026-03-06   COUNTED

demand  served by  units
A-1       on_hand      4
A-1          PO-1      2"""
    )
    assert repr(why) == "AtpExplanation('N1', look_ahead, 3 events, 1 left out, 2 pegs)"
    assert [entry.id for entry in why.left_out()] == ["PO-0"]
    assert why._repr_html_().count("<table>") == 3
    assert why.table().startswith("date        supply")


def test_what_nothing_serves_is_named():
    """Under a rule that does not let demand wait."""
    line = om.Timeline(1, demands=[om.Demand(4, id="A-1"), om.Demand(2, id="A-2")])
    rule = om.AtpRule("nearest_receipt", horizon_days=1)
    why = om.atp_by_date(line, rule, today=TODAY).explain()
    assert why.uncovered == (("A-1", 3), ("A-2", 2))
    assert why.terms["shortage"] == (5,)
    assert "nothing" in str(why)


def test_memory_can_be_brought_along():
    """For callers that ask again and again."""
    out = np.empty((1, 2), np.int64)
    rule = om.AtpRule(horizon_days=2)
    found = om.atp_by_date(om.Timeline(3), rule, today=TODAY, out=out)
    assert np.shares_memory(found.quanta, out)
    with pytest.raises(ValueError, match="read-only"):
        found.quanta[0, 0] = 9
    for wrong in (np.empty((2, 2), np.int64), np.empty((1, 2)), np.empty((2, 1)).T):
        with pytest.raises(
            ValidationError, match="^out: expected a C-contiguous int64"
        ):
            om.atp_by_date(om.Timeline(3), rule, today=TODAY, out=wrong)


def test_what_cannot_be_asked_is_refused():
    """Each with its path."""
    found = shop()
    with pytest.raises(
        ValidationError, match="^cell: expected the id of a cell, one of 2"
    ):
        found.earliest(3)
    with pytest.raises(ValidationError, match="^cell: expected the id of a cell"):
        found.explain("N3")
    with pytest.raises(
        ValidationError, match="^on: expected a date from 2026-03-04 to"
    ):
        found.at("N1", day(20))
    with pytest.raises(ValidationError, match="^after: expected a date from"):
        found.partials(3, "N1", after=date(2026, 3, 3))
    with pytest.raises(ValidationError, match="^quantity: expected a number above 0"):
        found.earliest(0, "N1")
    with pytest.raises(
        ValidationError, match="^quanta: expected a whole number from 1"
    ):
        found.earliest_by_cell(0)
    with pytest.raises(
        ValidationError, match="^today: expected a datetime with a time"
    ):
        om.atp_by_date(om.Timeline(3), today="now")
    with pytest.raises(ValidationError, match="^rule: expected an AtpRule"):
        om.atp_by_date(om.Timeline(3), "net", today=TODAY)
    with pytest.raises(ConfigurationError, match="^at_confidence: expected a share"):
        om.atp_by_date(om.Timeline(3), today=TODAY, at_confidence=95)


def test_no_cells_and_no_events_are_no_trouble():
    """An empty answer has its dates all the same."""
    assert om.atp_by_date([], today=TODAY).quanta.shape == (0, 28)
    assert om.atp_by_date({}, today=TODAY).total().tolist() == [0] * 28
    assert om.atp_by_date(om.Timeline(), today=TODAY).explain().entries == ()
