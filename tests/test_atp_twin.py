"""ATP by date equals its twin, whatever the timeline and the modifiers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniroute.atp import atp_by_date
from omniroute.codes import ATP_RULES, Fate
from omniroute.model.atp_rule import WEEKDAYS, AtpRule
from omniroute.model.buckets import Buckets
from omniroute.model.timeline import Demand, Supply, Timeline
from omniroute.model.timelines import Timelines
from tests.naive.atp import (
    Cell,
    Event,
    may_use,
    most_served,
    naive_atp,
    naive_parts,
    normalised,
)

TODAY = date(2026, 3, 4)
TODAY_S = int(datetime(2026, 3, 4, tzinfo=UTC).timestamp())
HALF_DAY_S = 43_200

#: Half days around today, so that two events of a day can differ; None: on hand, or now.
TIME = st.none() | st.integers(-12, 24).map(lambda n: TODAY_S + n * HALF_DAY_S)
TYPES, CLASSES = ("inbound", "purchase_order", "transfer"), ("order", "web", "b2b")


@st.composite
def supplies(draw):
    time = draw(TIME)
    span = draw(st.none() | st.integers(1, 20))
    start = TODAY_S - 4 * HALF_DAY_S if time is None else time
    until = None if span is None else start + span * HALF_DAY_S
    kind = "on_hand" if time is None else draw(st.sampled_from(TYPES))
    return Event(draw(st.integers(1, 9)), time, kind, until)


@st.composite
def demands(draw):
    quantity, time = draw(st.integers(1, 9)), draw(TIME)
    return Event(quantity, time, draw(st.sampled_from(CLASSES)))


@st.composite
def cells(draw):
    return Cell(
        draw(st.integers(-3, 12)),
        draw(st.lists(supplies(), max_size=6)),
        draw(st.lists(demands(), max_size=6)),
        draw(st.sampled_from([0, 0, 2, 5])),
        draw(st.none() | st.integers(0, 9)),
    )


def optional(high):
    return st.none() | st.integers(0, high)


@st.composite
def rules(draw):
    name = draw(st.sampled_from(ATP_RULES))
    fields = {
        "horizon_days": draw(st.integers(1, 12)),
        "past_due_supply_days": draw(optional(4)),
        "past_due_demand_days": draw(optional(4)),
        "delayed_supply_offset_days": draw(st.integers(0, 3)),
        "delayed_demand_offset_days": draw(st.integers(0, 3)),
        "infinite_supply_fence_days": draw(optional(9) | st.just("lead_time")),
        "working_days": draw(
            st.none() | st.sets(st.sampled_from(WEEKDAYS), min_size=1)
        ),
        "closed_dates": draw(st.lists(st.dates(TODAY, date(2026, 3, 12)), max_size=2)),
        "confidence": draw(
            st.dictionaries(
                st.sampled_from(["on_hand", *TYPES]),
                st.sampled_from([0, 0.25, 0.5, 0.9999, 1]),
            )
        ),
        "fractions": draw(st.sampled_from(["truncate", "keep"])),
        "considerations": draw(
            st.dictionaries(
                st.sampled_from(CLASSES),
                st.lists(st.sampled_from(["on_hand", *TYPES]), unique=True),
            )
        ),
        "demand_class": draw(st.none() | st.sampled_from(CLASSES)),
        "clamp": draw(st.sampled_from([None, True, False])),
    }
    if name in ("forward", "expiring"):
        fields["forward_consumption_days"] = draw(optional(5))
    if name == "accumulate":
        fields["accumulation_window_days"] = draw(optional(5))
        fields["carry_negative"] = draw(st.booleans())
    return AtpRule(name, **fields)


def timeline(cell):
    """The twin's cell as a planner hands it in."""
    return Timeline(
        cell.on_hand,
        [Supply(e.quantity, e.time, e.kind, e.until) for e in cell.supplies],
        [Demand(e.quantity, e.time, e.kind) for e in cell.demands],
        safety=cell.safety,
        lead_time_days=cell.lead,
    )


def exact(quanta, rule):
    """Figures as whole units or exact parts of them."""
    scale = 10_000 if rule.fractions == "keep" else 1
    return [q if q >= 2**62 else Fraction(q, scale) for q in quanta.tolist()]


@given(st.lists(cells(), min_size=1, max_size=3), rules())
def test_every_rule_and_modifier_agrees_with_the_twin(some, rule):
    """Several cells in one call, each as if it were alone."""
    found = atp_by_date([timeline(cell) for cell in some], rule, today=TODAY)
    for c, cell in enumerate(some):
        assert exact(found.quanta[c], rule) == naive_atp(cell, rule, TODAY_S // 86_400)


@st.composite
def limits(draw):
    """Who may use what, with and without a class that asks."""
    kinds = st.lists(st.sampled_from(["on_hand", *TYPES]), unique=True)
    return AtpRule(
        horizon_days=draw(st.integers(1, 12)),
        considerations=draw(
            st.dictionaries(st.sampled_from(CLASSES), kinds, min_size=1)
        ),
        demand_class=draw(st.none() | st.sampled_from(CLASSES)),
    )


@given(st.lists(cells(), min_size=1, max_size=2), limits())
def test_look_ahead_for_limited_classes_agrees_with_the_theorem_of_cuts(some, rule):
    """Each cell by itself, whoever asks."""
    found = atp_by_date([timeline(cell) for cell in some], rule, today=TODAY)
    for c, cell in enumerate(some):
        assert exact(found.quanta[c], rule) == naive_atp(cell, rule, TODAY_S // 86_400)


@given(cells(), limits(), st.integers(0, 11))
def test_a_promise_takes_nothing_that_another_is_served_by(cell, rule, t):
    """Promised as told, every demand is served that was served before, and it as well."""
    t, cell.safety = min(t, rule.horizon_days - 1), 0
    today = TODAY_S // 86_400
    cell.on_hand = max(0, cell.on_hand)
    figures = naive_atp(cell, rule, today)
    supplies, demands = normalised(cell, rule, today, None, 86_400, 0)
    for supply in supplies:
        supply.full = supply.left
    kinds = {"on_hand", *TYPES}

    def wanted(kind):
        return {one for one in kinds if may_use(rule, kind, one)}

    before = [(d.bucket, wanted(d.kind), d.left) for d in demands]
    promise = max(Fraction(0), figures[t])
    after = [*before, (t, wanted(rule.demand_class), promise)]
    gained = most_served(supplies, after) - most_served(supplies, before)
    assert gained == promise


@given(cells(), st.integers(1, 12), st.sampled_from([None, "web"]))
def test_classes_that_may_use_everything_see_the_least_projected_stock(cell, days, who):
    """By the flow, where a class that asks for nothing is limited, as without."""
    limited = {"considerations": {"nobody": []}, "demand_class": who}
    lines = [timeline(cell), Timeline(demands=[Demand(1, TODAY, "nobody")])]
    plain = atp_by_date(lines, AtpRule(horizon_days=days), today=TODAY)
    found = atp_by_date(lines, AtpRule(horizon_days=days, **limited), today=TODAY)
    assert found.quanta[0].tolist() == plain.quanta[0].tolist()


@given(cells(), limits())
def test_pegs_serve_whom_they_may_and_in_time(cell, rule):
    """No supply is pegged beyond what it has, or to a class that may not use it."""
    line = timeline(cell)
    why = atp_by_date(line, rule, today=TODAY).explain()
    kinds = {entry.id: entry.kind for entry in why.entries} | {"on_hand": "on_hand"}
    for peg in why.pegs:
        assert peg.quantity > 0
        if peg.demand != "on_hand":
            assert may_use(rule, kinds[peg.demand], kinds[peg.supply])
    if not rule.demand_class:
        short = sum(quantity for _, quantity in why.uncovered)
        asked = sum(e.counted for e in why.entries if e.side == "demand")
        served = sum(p.quantity for p in why.pegs if p.demand != "on_hand")
        assert served + short == asked


@given(cells(), rules())
def test_an_explanation_is_of_the_same_figures(cell, rule):
    """Its ATP, the fate of every event, and units pegged once."""
    found = atp_by_date(timeline(cell), rule, today=TODAY)
    why = found.explain()
    figures = naive_atp(cell, rule, TODAY_S // 86_400)
    told = [2**62 if q == float("inf") else Fraction(q) for q in why.terms["atp"]]
    assert told == figures
    fates = sorted((e.quantity, e.fate) for e in why.entries)
    expected = [(e.quantity, e.fate) for e in (*cell.supplies, *cell.demands)]
    # A supply that demand has used up in part is left out for the rest of it only.
    assert [q for q, _ in fates] == sorted(q for q, _ in expected)
    if rule.demand_class not in dict(rule.considerations):
        assert fates == sorted(expected)
    for name in ("supply", "demand"):
        pegged = {}
        for peg in why.pegs:
            key = getattr(peg, name)
            pegged[key] = pegged.get(key, 0) + peg.quantity
        there = {}
        for entry in why.entries:
            if entry.side == name:
                there[entry.id] = there.get(entry.id, 0) + entry.quantity
        for id, quantity in pegged.items():
            if id != "on_hand":
                assert quantity <= there[id]


@given(cells(), rules())
def test_available_less_shortage_and_withheld_is_what_ignores_safety(cell, rule):
    """The identity of the terms, on every date, for rules that work on buckets."""
    if rule.name in ("nearest_receipt", "expiring"):
        return
    terms = atp_by_date(timeline(cell), rule, today=TODAY).explain().terms
    for t, raw in enumerate(terms["ignoring_safety"]):
        if raw != float("inf"):
            available = max(0, terms["atp"][t])
            assert available - terms["shortage"][t] + terms["withheld"][t] == raw


@given(cells(), st.sampled_from(ATP_RULES), st.integers(2, 7))
def test_weeks_and_half_days_agree_with_the_twin_too(cell, name, horizon):
    """Buckets of another length, and from another origin."""
    rule = AtpRule(name, horizon_days=horizon)
    for length_s in (HALF_DAY_S, 7 * 86_400):
        buckets = Buckets(length_s, origin=date(1970, 1, 5))
        origin_s = 4 * 86_400
        lines = Timelines.of(timeline(cell), buckets)
        found = atp_by_date(lines, rule, today=TODAY)
        today = (TODAY_S - origin_s) // length_s
        assert exact(found.quanta[0], rule) == naive_atp(
            cell, rule, today, length_s, origin_s
        )


RUNNING = {"net", "net_plus_future", "cumulative", "accumulate", "look_ahead"}


@given(
    cells(),
    st.sampled_from([name for name in ATP_RULES if name != "expiring"]),
    st.integers(1, 25),
    st.integers(0, 5),
    optional(4),
    st.none() | st.integers(1, 12),
    optional(3),
)
def test_parts_agree_with_the_twin(cell, name, quantity, after, late, least, reach):
    """Whatever the first date, the lateness allowed and the least part."""
    reach = reach if name == "accumulate" else None
    rule = AtpRule(name, horizon_days=6, accumulation_window_days=reach)
    found = atp_by_date(timeline(cell), rule, today=TODAY)
    first = found.dates[after]
    parts = found.partials(quantity, None, first, late, least)
    end = 6 if late is None else min(6, after + late + 1)
    running = name in RUNNING or name == "nearest_receipt"
    expected = naive_parts(
        naive_atp(cell, rule, TODAY_S // 86_400),
        quantity,
        after,
        end,
        least or 1,
        running,
        reach,
    )
    dated = [(found.dates[t], units) for t, units in enumerate(expected) if units]
    assert list(parts.deliveries) == dated
    assert parts.open == quantity - sum(expected)


@given(cells(), st.sampled_from(ATP_RULES), st.integers(1, 20), st.integers(0, 5))
def test_earliest_dates_agree_with_the_twin(cell, name, quantity, after):
    """The first figure that is enough."""
    rule = AtpRule(name, horizon_days=6)
    found = atp_by_date(timeline(cell), rule, today=TODAY)
    figures = naive_atp(cell, rule, TODAY_S // 86_400)
    enough = [t for t in range(after, 6) if figures[t] >= quantity]
    expected = found.dates[enough[0]] if enough else None
    assert found.earliest(quantity, after=found.dates[after]) == expected
    assert found.earliest_by_cell(quantity, found.dates[after])[0] == (
        enough[0] if enough else -1
    )


def test_a_cell_is_not_changed_by_its_neighbours():
    """Types and classes that occur elsewhere say nothing here."""
    web = AtpRule(
        considerations={"web": ["on_hand"], "b2b": ["purchase_order"]},
        demand_class="web",
        horizon_days=3,
    )
    here = Timeline(5, demands=[Demand(4, TODAY, "b2b")])
    there = Timeline(0, [Supply(1, TODAY, "purchase_order")])
    alone = atp_by_date(here, web, today=TODAY).quanta
    beside = atp_by_date([here, there], web, today=TODAY).quanta
    np.testing.assert_array_equal(alone[0], beside[0])
    assert alone[0].tolist() == [5, 5, 5]


@pytest.mark.parametrize("name", ATP_RULES)
def test_columns_and_objects_are_the_same_timelines(name):
    """From a frame of many cells, or one object each."""
    day = "datetime64[D]"
    supply = {
        "cell": [1, 0, 1],
        "at": np.array(["2026-03-09", "2026-03-05", "2026-03-01"], day),
        "quantity": [4, 7, 5],
        "kind": ["transfer", "inbound", "inbound"],
    }
    demand = {
        "cell": np.array([1, 0]),
        "at": np.array([TODAY_S, TODAY_S + 200_000]),
        "quantity": [2, 9],
    }
    columns = Timelines.from_columns(["A", "B"], supply, demand, [3, 0], 1)
    objects = {
        "A": Timeline(
            3, [Supply(7, date(2026, 3, 5))], [Demand(9, TODAY_S + 200_000)], 1
        ),
        "B": Timeline(
            0,
            [Supply(4, date(2026, 3, 9), "transfer"), Supply(5, date(2026, 3, 1))],
            [Demand(2, TODAY)],
            1,
        ),
    }
    rule = AtpRule(name, horizon_days=8, confidence={"transfer": 0.5})
    one = atp_by_date(columns, rule, today=TODAY)
    two = atp_by_date(objects, rule, today=TODAY)
    np.testing.assert_array_equal(one.quanta, two.quanta)
    assert one.ids == two.ids == ("A", "B")


def test_fates_are_told_in_order_of_precedence():
    """What has ended and is overdue as well has ended."""
    cell = Timeline(
        supplies=[
            Supply(1, date(2026, 3, 1), until=date(2026, 3, 2), id="ended"),
            Supply(1, date(2026, 3, 1), id="late"),
            Supply(1, date(2026, 3, 8), id="fenced"),
            Supply(1, date(2026, 3, 9), id="fenced and far"),
        ]
    )
    rule = AtpRule(horizon_days=5, past_due_supply_days=2, infinite_supply_fence_days=4)
    why = atp_by_date(cell, rule, today=TODAY).explain()
    assert {entry.id: entry.fate for entry in why.entries} == {
        "ended": Fate.EXPIRED,
        "late": Fate.PAST_DUE,
        "fenced": Fate.AFTER_FENCE,
        "fenced and far": Fate.AFTER_FENCE,
    }
    assert len(why.left_out()) == 4
