"""What must hold of ATP by date whatever the figures: promises that stand, and traps."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from omniroute.atp import atp_by_date
from omniroute.codes import ATP_RULES, UNLIMITED
from omniroute.model.atp_rule import AtpRule
from omniroute.model.timeline import Demand, Supply, Timeline

TODAY = date(2026, 3, 4)
DAYS = 8


def day(n):
    return TODAY + timedelta(days=n)


def dated(kind):
    some = st.builds(kind, st.integers(1, 9), st.integers(0, DAYS - 1).map(day))
    return st.lists(some, max_size=7)


TIMELINES = st.builds(
    Timeline, st.integers(0, 12), dated(Supply), dated(Demand), safety=st.integers(0, 3)
)
DAY = st.integers(0, DAYS - 1)


def row(cell, name="look_ahead", **modifiers):
    rule = AtpRule(name, horizon_days=DAYS, **modifiers)
    return atp_by_date(cell, rule, today=TODAY).quanta[0]


def with_demand(cell, quantity, n):
    return attrs.evolve(cell, demands=(*cell.demands, Demand(quantity, day(n))))


def with_supply(cell, quantity, n):
    return attrs.evolve(cell, supplies=(*cell.supplies, Supply(quantity, day(n))))


@given(TIMELINES, st.integers(1, 9), DAY)
def test_more_supply_never_lowers_look_ahead(cell, quantity, n):
    """And raises it by no more than it brings, from its day on only."""
    before, after = row(cell), row(with_supply(cell, quantity, n))
    assert (after >= before).all()
    assert (after <= before + quantity).all()
    last_low = row(with_supply(cell, quantity, DAYS - 1))
    assert (last_low <= after).all()


@given(TIMELINES)
def test_look_ahead_never_falls_by_waiting(cell):
    """What can be had on a day can be had on every later one."""
    assert (np.diff(row(cell)) >= 0).all()


@given(TIMELINES, DAY, st.data())
def test_what_look_ahead_promises_leaves_every_earlier_promise_standing(cell, n, data):
    """No projected figure falls below zero that was not below before."""
    figures = row(cell)
    assume(figures[n] > 0)
    quantity = data.draw(st.integers(1, int(figures[n])))
    projected = np.array(
        atp_by_date(with_demand(cell, quantity, n), today=TODAY)
        .explain()
        .terms["projected"]
    )
    before = np.array(atp_by_date(cell, today=TODAY).explain().terms["projected"])
    assert (
        projected[before - cell.safety < 0] == before[before - cell.safety < 0]
    ).all()
    assert (projected[n:] >= cell.safety).all()
    # And the figures fall by what was promised, where they counted on it.
    after = row(with_demand(cell, quantity, n))
    assert (after[n:] == figures[n:] - quantity).all()
    assert (after >= np.minimum(figures, after[n])).all()


@given(TIMELINES, st.lists(st.tuples(DAY, st.integers(1, 9)), max_size=5))
def test_promises_one_after_the_other_are_all_kept(cell, wanted):
    """Each is promised by the figures of its moment; in the end stock covers all."""
    safe = row(cell).min() >= 0
    for n, quantity in wanted:
        take = min(quantity, max(0, int(row(cell)[n])))
        if take:
            cell = with_demand(cell, take, n)
    if safe:
        assert row(cell).min() >= 0


@given(TIMELINES)
def test_accumulate_promises_at_least_what_look_ahead_does(cell):
    """A8 >= A9: it forgets shortages."""
    assert (row(cell, "accumulate") >= row(cell)).all()


@given(TIMELINES)
def test_accumulate_with_shortages_carried_is_look_ahead_once_clamped(cell):
    """The way to have Oracle's figures without its over-promise."""
    carried = row(cell, "accumulate", carry_negative=True, clamp=True)
    np.testing.assert_array_equal(carried, row(cell, clamp=True))


@given(TIMELINES)
def test_nearest_receipt_is_accumulate_where_no_shortage_is_shown(cell):
    """Dated by the day and without safety stock, the two leave the same."""
    bare = attrs.evolve(cell, safety=0)
    nearest = row(bare, "nearest_receipt")
    accumulated = row(bare, "accumulate")
    np.testing.assert_array_equal(
        nearest[accumulated >= 0], accumulated[accumulated >= 0]
    )


@given(TIMELINES)
def test_expiring_without_ends_is_nearest_receipt(cell):
    """An end that never comes changes nothing."""
    np.testing.assert_array_equal(row(cell, "expiring"), row(cell, "nearest_receipt"))


@given(TIMELINES, st.permutations(range(7)))
def test_the_order_in_which_events_are_given_does_not_show(cell, order):
    """Same input, same answer: a timeline is a set of facts."""

    def shuffled(members):
        return tuple(members[i] for i in order if i < len(members))

    other = attrs.evolve(
        cell, supplies=shuffled(cell.supplies), demands=shuffled(cell.demands)
    )
    for name in ATP_RULES:
        np.testing.assert_array_equal(row(cell, name), row(other, name))


@given(TIMELINES, st.integers(1, 30), DAY)
def test_parts_can_be_reserved_one_by_one(cell, quantity, first):
    """Each part that look-ahead proposes is there when the earlier ones are taken."""
    rule = AtpRule(horizon_days=DAYS)
    parts = atp_by_date(cell, rule, today=TODAY).partials(quantity, after=day(first))
    assert parts.confirmed + parts.open == quantity
    for at, units in parts.deliveries:
        n = (at - TODAY).days
        assert row(cell)[n] >= units
        cell = with_demand(cell, units, n)
    if parts.open:
        assert row(cell)[-1] <= 0


@given(TIMELINES, st.integers(1, 30), st.lists(st.integers(1, 6), max_size=7))
def test_parts_of_supplies_that_end_take_units_of_their_own(cell, quantity, spans):
    """Under rule expiring: reserved one by one, every demand stays served."""
    ending = tuple(
        attrs.evolve(one, until=one.at + timedelta(days=spans[i]))
        if i < len(spans)
        else one
        for i, one in enumerate(cell.supplies)
    )
    cell = attrs.evolve(cell, supplies=ending)
    rule = AtpRule("expiring", horizon_days=DAYS)
    found = atp_by_date(cell, rule, today=TODAY)
    open_before = sum(q for _, q in found.explain().uncovered)
    parts = found.partials(quantity)
    assert parts.confirmed + parts.open == quantity
    for at, units in parts.deliveries:
        cell = with_demand(cell, units, (at - TODAY).days)
    why = atp_by_date(cell, rule, today=TODAY).explain()
    assert sum(q for _, q in why.uncovered) <= open_before


@given(TIMELINES, st.sampled_from(ATP_RULES), st.integers(0, DAYS))
def test_the_fence_day_itself_is_unlimited(cell, name, fence):
    """And what lies before it does not know of what lies behind."""
    figures = row(cell, name, infinite_supply_fence_days=fence)
    assert (figures[fence:] == UNLIMITED).all()
    assert (figures[:fence] < UNLIMITED).all()
    cut = attrs.evolve(
        cell,
        supplies=tuple(s for s in cell.supplies if s.at < day(fence)),
        demands=tuple(d for d in cell.demands if d.at < day(fence)),
    )
    np.testing.assert_array_equal(
        figures, row(cut, name, infinite_supply_fence_days=fence)
    )


@given(TIMELINES)
def test_terms_are_those_of_the_definition(cell):
    """S, D and P of the explanation give the rules that are written in them."""
    terms = {
        name: {
            key: np.array(figures)
            for key, figures in atp_by_date(
                cell, AtpRule(name, horizon_days=DAYS), today=TODAY
            )
            .explain()
            .terms.items()
        }
        for name in ("period", "look_ahead")
    }
    period = terms["period"]
    np.testing.assert_array_equal(
        period["ignoring_safety"], period["supply"] - period["demand"]
    )
    ahead = terms["look_ahead"]
    lowest = [ahead["projected"][t:].min() for t in range(DAYS)]
    np.testing.assert_array_equal(ahead["ignoring_safety"], lowest)
