"""`Order(needed_by=)` as a wish: each day after it has a price, and nothing is too late."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest

import omniroute as om
from omniroute.routing.lateness import days_after, days_left

#: Tuesday, 3 November 2026, noon.
NOW = int(datetime(2026, 11, 3, 12, tzinfo=UTC).timestamp())
TODAY = date(2026, 11, 3)
HOME = om.Destination(postcode="55425")
SERVICES = [
    om.Service("ground", "ship", om.RateCard.flat(6), transit_days=3),
    om.Service("air", "ship", om.RateCard.flat(11), transit_days=1),
]


def an_engine(**more) -> om.Engine:
    network = om.Network([om.Node("A"), om.Node("B", order_cost=1)], SERVICES)
    engine = om.Engine(network, [om.Item("CUP")], clock=lambda: NOW, **more)
    engine.apply([om.Receive("CUP", "A", 9), om.Receive("CUP", "B", 9)])
    return engine


def soft(per_day, **rules) -> om.RoutingPolicy:
    terms = [om.terms.lateness(per_day)]
    return om.RoutingPolicy(needed_by="soft", terms=terms, **rules)


def a_cup(needed_by, **more) -> om.Order:
    return om.Order({"CUP": 1}, HOME, needed_by=needed_by, **more)


@pytest.mark.parametrize(
    ("days", "per_day", "service", "late"),
    [
        (3, 9, "ground", 0),
        (2, 9, "air", 0),
        (2, 4, "ground", 4),
        (0, 2, "ground", 6),
        (0, 3, "air", 3),
        (-2, 3, "air", 9),  # two days overdue are late too
    ],
)
def test_without_calendars_days_count_from_today(days, per_day, service, late):
    plan = an_engine().route(a_cup(TODAY + timedelta(days)), policy=soft(per_day))
    (sent,) = plan.shipments
    assert (sent.service, sent.prices) == (service, {"lateness": late})
    assert plan.objective == plan.cost + late
    assert plan.proven


def test_an_order_that_states_no_time_is_never_late():
    plan = an_engine().route(a_cup(None), policy=soft(50))
    assert plan.shipments[0].service == "ground"
    assert plan.objective == plan.cost == 6


def test_without_a_term_the_wish_costs_nothing():
    rules = om.RoutingPolicy(needed_by="soft")
    plan = an_engine().route(a_cup(TODAY), policy=rules)
    assert plan.shipments[0].service == "ground"


def test_a_hard_time_is_refused_still_where_nothing_tells_dates():
    with pytest.raises(om.ValidationError, match="needed_by"):
        an_engine().route(a_cup(TODAY))


def test_one_order_after_the_other_has_its_own_time():
    """What lanes cost is kept by destination: another time is another price."""
    engine, rules = an_engine(), soft(4)
    days = [0, 3, 1, None, 2, 0]
    orders = [a_cup(None if d is None else TODAY + timedelta(d)) for d in days]
    each = [engine.route(order, policy=rules).objective for order in orders]
    assert each == [15, 6, 11, 6, 10, 15]
    batch = engine.route_many(orders, policy=rules)
    assert [batch.plan(i).objective for i in range(len(orders))] == each


def test_due_later_it_counts_from_then():
    order = a_cup(TODAY + timedelta(5))
    rules = soft(2)
    engine = an_engine()
    assert engine.route(order, policy=rules).objective == 6
    plan = engine.route(order, policy=rules, due=NOW + 5 * 86_400)
    assert plan.shipments[0].prices == {"lateness": 6}


def test_an_instant_counts_days_of_24_hours():
    assert days_left(datetime(2026, 11, 5, 11, tzinfo=UTC), NOW) == 1
    assert days_left(datetime(2026, 11, 5, 12, tzinfo=UTC), NOW) == 2


def test_a_day_is_one_day_when_clocks_change():
    """In Chicago 1 November 2026 has 25 hours."""
    chicago = ZoneInfo("America/Chicago")
    ends = [datetime(2026, 11, day, tzinfo=chicago) for day in (1, 2, 3)]
    seconds = np.array([int(end.timestamp()) for end in ends])
    assert seconds[1] - seconds[0] == 25 * 3600
    assert days_after(int(seconds[0]), seconds, chicago).tolist() == [0, 1, 2]
    assert days_after(int(seconds[0]), seconds + 1, chicago).tolist() == [1, 2, 3]


def a_dated_engine() -> om.Engine:
    hours = om.Calendar(om.Hours.weekdays("08:00-18:00"), "America/Chicago")
    rule = om.DispatchRule(processing="1h", cutoff="14:00", pickups="16:30")
    services = [
        om.Service(
            "ground", "ship", om.RateCard.flat(6), transit_days=3, dispatch=rule
        ),
        om.Service("air", "ship", om.RateCard.flat(11), transit_days=1, dispatch=rule),
    ]
    nodes = [om.Node("A", hours=hours), om.Node("B", hours=hours, order_cost=1)]
    engine = om.Engine(om.Network(nodes, services), [om.Item("CUP")], clock=lambda: NOW)
    engine.apply([om.Receive("CUP", "A", 9), om.Receive("CUP", "B", 9)])
    return engine


@pytest.mark.parametrize(
    ("days", "per_day", "service", "late"),
    [(3, 9, "ground", 0), (2, 9, "air", 0), (2, 4, "ground", 4), (-1, 1, "ground", 4)],
)
def test_with_calendars_days_are_those_of_the_destination(days, per_day, service, late):
    plan = a_dated_engine().route(a_cup(TODAY + timedelta(days)), policy=soft(per_day))
    (sent,) = plan.shipments
    assert (sent.service, sent.prices) == (service, {"lateness": late})
    assert plan.proven
    why = plan.explain()
    assert why.status is om.Status.OK
    assert "TOO_LATE" not in str(why)


def test_offers_batches_and_reservations_follow_the_wish():
    engine, rules = a_dated_engine(), soft(9)
    order = a_cup(TODAY + timedelta(2), id="O1")
    assert engine.promise(order, policy=rules).cheapest.service == "ground"
    placed = engine.place(order, policy=rules)
    assert placed.plan.shipments[0].service == "air"
    assert placed.reserved


def test_ones_own_term_is_told_how_late_a_lane_is():
    seen = []

    def grace(lanes):
        seen.append(lanes.days_late.tolist())
        return np.maximum(lanes.days_late - 1, 0) * 2.5

    rules = om.RoutingPolicy(needed_by="soft", terms=[om.CostTerm("grace", grace)])
    engine = an_engine()
    plan = engine.route(a_cup(TODAY + timedelta(1)), policy=rules)
    assert plan.shipments[0].prices == {"grace": Decimal("2.50")}
    assert [2, 0, 2, 0] in seen
    assert engine.route(a_cup(TODAY + timedelta(2)), policy=rules).objective == 6


def test_it_is_data():
    rules = soft(4, name="wish")
    for again in (
        om.RoutingPolicy.from_toml(rules.to_toml()),
        om.RoutingPolicy.from_json(rules.to_json()),
    ):
        assert again == rules
    assert rules.to_dict()["needed_by"] == "soft"
    with pytest.raises(om.ConfigurationError, match="needed_by"):
        om.RoutingPolicy(needed_by="maybe")


@pytest.mark.parametrize("make", [an_engine, a_dated_engine])
def test_what_a_node_declines_comes_in_time_where_it_can(make):
    """Who has reserved was promised that day, whatever a wish costs."""
    engine, rules = make(), soft(1)
    order = a_cup(TODAY + timedelta(1), id="O1")
    placed = engine.place(order, policy=rules)
    assert placed.plan.shipments[0].service == "ground"
    moved = engine.resource("O1", order, "A", policy=rules)
    assert moved.plan.shipments[0].service == "air"
