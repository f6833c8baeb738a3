"""What live stock promises by date is what can be reserved for that date."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omniroute as om

DAY = 86_400
START = 20_000 * DAY
#: At noon some deliveries of the day are due this second, some should have come.
NOW = START + DAY // 2
NODES = ["N1", "N2", "N3"]
DAYS = 6
#: The rules that promise what nobody needs, and trust no supply that is overdue.
RULE = om.AtpRule(horizon_days=DAYS, past_due_supply_days=0)
EXPIRING = om.AtpRule("expiring", horizon_days=DAYS, past_due_supply_days=0)

NODE = st.sampled_from(NODES)
UNITS = st.integers(1, 9)
ON_DAY = st.integers(0, DAYS)
HOUR = st.sampled_from([6, 12, 18])
STEP = st.one_of(
    st.tuples(st.just("receive"), NODE, UNITS),
    st.tuples(st.just("lot"), NODE, UNITS, st.integers(1, DAYS)),
    st.tuples(st.just("expect"), NODE, UNITS, ON_DAY),
    st.tuples(st.just("fresh"), NODE, UNITS, ON_DAY, HOUR, st.integers(0, 3)),
    st.tuples(st.just("late"), NODE, UNITS),
    st.tuples(st.just("later"), NODE, UNITS, st.integers(0, 3 * DAYS), HOUR),
    st.tuples(st.just("hold"), NODE, UNITS),
    st.tuples(st.just("anywhere"), UNITS),
    st.tuples(st.just("safety"), NODE, st.integers(0, 3)),
    st.tuples(st.just("threshold"), st.integers(1, 9)),
    st.tuples(st.just("sell"), NODE, UNITS),
)


def last_second(day: int) -> int:
    """The last second of a day of the horizon."""
    return START + (day + 1) * DAY - 1


def shop(steps, items=None) -> om.Engine:
    """One item at three nodes, and what has come to pass."""
    network = om.Network(
        [om.Node(node) for node in NODES],
        [om.Service("ground", "ship", om.RateCard.flat(5))],
    )
    engine = om.Engine(network, items or [om.Item("BOLT")], clock=lambda: NOW)
    for k, step in enumerate(steps):
        take(engine, k, *step)
    return engine


def take(engine: om.Engine, k: int, kind: str, *given: object) -> None:
    """Take one step."""
    if kind == "receive":
        engine.apply(om.Receive("BOLT", *given))
    elif kind == "sell":
        engine.apply(om.Sell("BOLT", *given))
    elif kind == "safety":
        engine.apply(om.Safety("BOLT", *given))
    elif kind == "lot":
        node, units, day = given
        ends = START + day * DAY + DAY // 2
        engine.apply(om.Receive("BOLT", node, units, sell_by=ends))
    elif kind == "expect":
        node, units, day = given
        due = START + day * DAY + (3 + k % 3) * DAY // 8
        engine.apply(om.Expect(f"PO-{k}", "BOLT", node, units, due=due))
    elif kind == "fresh":
        node, units, day, hour, days = given
        due = START + day * DAY + hour * 3_600
        ends = due + days * DAY + 60
        event = om.Expect(f"PO-{k}", "BOLT", node, units, due=due, sell_by=ends)
        engine.apply(event)
    elif kind == "later":
        node, units, day, hour = given
        due = START + day * DAY + hour * 3_600
        engine.reserve({("BOLT", node): units}, id=f"L-{k}", due=due, partial=True)
    elif kind == "late":
        node, units = given
        event = om.Expect(f"PO-{k}", "BOLT", node, units, due=START + 60)
        engine.apply(event)
    elif kind == "hold":
        engine.reserve({("BOLT", given[0]): given[1]}, id=f"H-{k}")
    elif kind == "anywhere":
        engine.reserve({("BOLT", None): given[0]}, id=f"U-{k}", partial=True)
    else:
        guard = om.SafetyRule(given[0], sku="BOLT", guards="network")
        engine.set_safety([guard])


def had(engine: om.Engine, nodes: list[str], due: int, sku: str = "BOLT") -> int:
    """Units that one request takes of the nodes together for an instant."""
    lines = {(sku, node): 1_000 for node in nodes}
    placed = engine.reserve(lines, id="probe", due=due, partial=True)
    if not placed.reserved:
        return 0
    columns = engine.reservations()
    mine = np.array([id == "probe" for id in columns["id"]])
    return int(columns["held_quanta"][mine].sum())


@settings(max_examples=120, deadline=None)
@given(st.lists(STEP, max_size=10), st.data())
def test_by_date_promises_what_can_be_reserved_for_that_date(steps, data):
    """Each node, and all together: thresholds, lots, holds at no node, later promises."""
    day = data.draw(st.integers(0, DAYS - 1))
    told = shop(steps).available_by_date("BOLT", NODES, rule=RULE)
    for place, nodes in [*enumerate([node] for node in NODES), (None, NODES)]:
        figure = told.total() if place is None else told.quanta[place]
        real = had(shop(steps), nodes, last_second(day))
        assert max(0, figure[day]) <= real
        if last_second(day) > NOW:
            assert max(0, figure[day]) == real


@settings(max_examples=120, deadline=None)
@given(
    st.lists(STEP, max_size=10), st.sampled_from(NODES), st.integers(1, 20), st.data()
)
def test_every_date_that_is_told_can_be_had(steps, node, wanted, data):
    """The first date for all of it, and each of its parts, one after the other."""
    rule = data.draw(st.sampled_from([RULE, EXPIRING]))
    least = data.draw(st.sampled_from([None, 3]))
    told = shop(steps).available_by_date("BOLT", NODES, rule=rule)
    cell = told.ids.index(node)
    first, cells = told.earliest(wanted, node), [("BOLT", node)]
    if first is not None:
        due = last_second(told.dates.index(first))
        placed = shop(steps).reserve({("BOLT", node): wanted}, id="A", due=due)
        assert placed.status is om.Status.OK
    in_one = told.partials(wanted, node, min_shipment=wanted)
    assert [day for day, _ in in_one.deliveries] == ([] if first is None else [first])
    parts, engine = told.partials(wanted, node, min_shipment=least), shop(steps)
    for k, (day, units) in enumerate(parts.deliveries):
        due = last_second(told.dates.index(day))
        placed = engine.reserve(dict.fromkeys(cells, units), id=f"P-{k}", due=due)
        assert placed.status is om.Status.OK, (k, parts)
    assert parts.confirmed + parts.open == wanted
    assert max(0, told.quanta[cell].max()) == 0 or least or parts.deliveries


@settings(max_examples=120, deadline=None)
@given(st.lists(STEP, max_size=10), st.sampled_from(NODES), st.integers(1, 20))
def test_parts_are_what_reserving_day_by_day_comes_to(steps, node, wanted):
    """As much as there is for each date, and the rest for the next."""
    told = shop(steps).available_by_date("BOLT", NODES, rule=RULE)
    engine, open_, parts = shop(steps), wanted, []
    for day in range(DAYS):
        asked = {("BOLT", node): open_} if open_ else {}
        if not asked:
            break
        placed = engine.reserve(
            asked, id=f"P-{day}", due=last_second(day), partial=True
        )
        if placed.reserved:
            got = open_ - sum(line.quantity for line in placed.shortages)
            parts.append((told.dates[day], got))
            open_ -= got
    found = told.partials(wanted, node)
    assert [*found.deliveries] == parts
    assert found.open == open_


@settings(max_examples=100, deadline=None)
@given(st.lists(STEP, max_size=10), st.integers(0, DAYS - 1))
def test_rule_expiring_promises_no_more_than_can_be_reserved(steps, day):
    """Of each node, and of all together."""
    told = shop(steps).available_by_date("BOLT", NODES, rule=EXPIRING)
    for place, nodes in [*enumerate([node] for node in NODES), (None, NODES)]:
        figure = told.total() if place is None else told.quanta[place]
        assert max(0, figure[day]) <= had(shop(steps), nodes, last_second(day))


def test_parts_share_what_a_threshold_leaves_of_what_is_there_now():
    """5 that end tomorrow and 5 on their way, 3 kept back: 2 today, 5 on the way."""
    steps = [("lot", "N1", 5, 1), ("expect", "N1", 5, 3), ("threshold", 3)]
    told = shop(steps).available_by_date("BOLT", ["N1"], rule=RULE)
    assert [(str(day)[-2:], n) for day, n in told.partials(9).deliveries] == [
        ("04", 2),
        ("07", 5),
    ]


def test_parts_under_rule_expiring_are_of_what_nobody_is_matched_to():
    """The promise of day 1 has the lot of day 2; the delivery of that day is left."""
    steps = [
        ("lot", "N1", 5, 2),
        ("fresh", "N1", 5, 1, 6, 4),
        ("later", "N1", 5, 1, 12),
    ]
    told = shop(steps).available_by_date("BOLT", ["N1"], rule=EXPIRING)
    parts = told.partials(9).deliveries
    assert [units for _, units in parts] == [5]
    assert [day for day, _ in parts] == [told.earliest(5)] == [told.dates[1]]


def test_a_promise_beyond_the_horizon_counts():
    """5 there, 3 of them promised for the day after the last that is asked about."""
    engine = shop([("receive", "N1", 5), ("later", "N1", 3, DAYS, 12)])
    found = engine.available_by_date("BOLT", ["N1"], rule=RULE)
    assert found.quanta.tolist() == [[2] * DAYS]


def test_a_promise_of_the_morning_does_not_wait_for_the_evening():
    """3 for day 2 at noon, of 3 there; what comes that evening cannot stand in."""
    steps = [
        ("receive", "N1", 3),
        ("later", "N1", 3, 2, 12),
        ("fresh", "N1", 4, 2, 18, 3),
    ]
    found = shop(steps).available_by_date("BOLT", ["N1"], rule=RULE)
    assert found.quanta.tolist() == [[0, 0, 4, 4, 4, 0]]


def test_what_should_have_come_this_morning_is_promised_on_no_date():
    """Due an hour ago, or this second, and not there: nobody can be promised it."""
    for hours in (1, 0):
        engine = shop([])
        due = NOW - hours * 3_600
        engine.apply(om.Expect("PO", "BOLT", "N1", 4, due=due))
        (figures,) = engine.available_by_date("BOLT", rule=RULE).quanta
        assert figures.tolist() == [0] * DAYS
        assert had(engine, ["N1"], last_second(1)) == 0
        # Who trusts it says so.
        trusting = om.AtpRule(horizon_days=2, past_due_supply_days=1)
        told = engine.available_by_date("BOLT", rule=trusting).quanta
        assert told.tolist() == [[4, 4]]
        engine.apply(om.Reschedule("PO", due=NOW + 1))
        assert engine.available_by_date("BOLT", rule=RULE).quanta[0, 0] == 4


def test_a_network_threshold_holds_on_every_date():
    """10 and 2 at two nodes, 5 kept back: 7 today, 7 tomorrow, of all nodes together."""
    engine = shop([("receive", "N1", 10), ("receive", "N2", 2), ("threshold", 5)])
    assert engine.available_to_promise("BOLT") == 7
    assert engine.available_by_node("BOLT").tolist() == [7, 2, 0]
    found = engine.available_by_date("BOLT", NODES, rule=RULE)
    assert found.quanta[:, 0].tolist() == found.quanta[:, 5].tolist() == [7, 2, 0]
    assert set(found.total().tolist()) == {7}
    explained = found.explain("N1").terms
    assert (explained["withheld"][0], explained["atp"][0]) == (3, 7)


def test_what_is_on_its_way_comes_on_top_of_what_a_threshold_leaves():
    """It is kept back from what there is, not from what will come."""
    steps = [("receive", "N1", 10), ("threshold", 6), ("expect", "N1", 5, 2)]
    found = shop(steps).available_by_date("BOLT", ["N1"], rule=RULE)
    assert found.quanta.tolist() == [[4, 4, 9, 9, 9, 9]]


def test_a_lot_counts_until_the_day_on_which_it_ends_for_the_default_rule_too():
    """10 that keep and 5 that end: what `reserve` would take."""
    engine = shop([("receive", "N1", 10), ("lot", "N1", 5, 3)])
    found = engine.available_by_date("BOLT", ["N1"], rule=RULE)
    assert found.quanta.tolist() == [[15, 15, 15, 10, 10, 10]]
    engine.reserve({("BOLT", "N1"): 3}, id="A", due=last_second(1))
    found = engine.available_by_date("BOLT", ["N1"], rule=RULE)
    assert found.quanta.tolist() == [[12, 12, 12, 10, 10, 10]]


def test_kits_share_what_a_threshold_on_a_part_leaves():
    """Six pots at two nodes, two kept back: four sets, whichever nodes they are of."""
    items = [om.Item("BOLT"), om.Item("SET", components={"BOLT": 1})]
    steps = [("receive", "N1", 3), ("receive", "N2", 3), ("threshold", 2)]
    engine = shop(steps, items)
    assert engine.available_to_promise("SET") == 4
    found = engine.available_by_date("SET", NODES, rule=RULE)
    assert found.total().tolist() == [4] * DAYS
    assert found.dates[0] == datetime.fromtimestamp(START, UTC).date()


@pytest.mark.parametrize("rule", [RULE, EXPIRING], ids=["look_ahead", "expiring"])
def test_parts_of_kits_are_of_what_their_parts_leave(rule):
    """Pairs of 5 that are there and 4 that come on day 2: two, and two more."""
    items = [om.Item("BOLT"), om.Item("PAIR", components={"BOLT": 2})]
    engine = shop([("receive", "N1", 5), ("expect", "N1", 4, 2)], items)
    told = engine.available_by_date("PAIR", ["N1"], rule=rule)
    found = told.partials(5)
    assert [n for _, n in found.deliveries] == [2, 2]
    assert found.open == 1
    for k, (day, units) in enumerate(found.deliveries):
        due = last_second(told.dates.index(day))
        placed = engine.reserve({("BOLT", "N1"): 2 * units}, id=f"P-{k}", due=due)
        assert placed.status is om.Status.OK
