"""Policies where routing tells dates: days are by the calendar, transit is in minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import attrs
import pytest

import omniroute as om
from omniroute.model.order_text import order_of, order_text
from tests.conftest import WITHOUT_JIT
from tests.naive import from_engine as naive
from tests.naive.arrivals import Follower
from tests.naive.criteria import PLANS_MAX, Wish, best_key, how_many
from tests.routing.dated_worlds import dated_world, day_of, moments
from tests.routing.test_dated import HERE, at, counted, hurried, nearest_zone, shop

#: A Tuesday: by ground on Friday, by express on Wednesday.
NOW = at("2026-10-27 10:00")
BOLT = om.Order({"BOLT": 1}, HERE, services=["ground", "express"])


def weighed(day_price: float, **how) -> om.RoutingPolicy:
    """Return a policy that puts money on a day."""
    return om.RoutingPolicy(objective="weighted", day_price=day_price, **how)


@pytest.mark.parametrize(
    ("day_price", "service", "days"), [(4, "ground", 3), (6, "express", 1)]
)
def test_a_day_is_a_day_of_the_calendar(day_price, service, days):
    """Two days sooner for 10 more; the objective says how many are counted."""
    plan = shop(CHI=5).route(BOLT, policy=weighed(day_price), now=NOW)
    assert plan.shipments[0].service == service
    assert plan.arrives == date(2026, 10, 27 + days)
    assert plan.objective == plan.cost + days * Decimal(day_price)
    assert plan.proven


def test_days_count_from_the_day_of_the_decision_also_within_an_epoch():
    """Nothing leaves at night: the same departures, a midnight apart."""
    engine, found = shop(CHI=5), []
    for now in ("2026-10-27 23:00", "2026-10-28 01:00"):
        plan = engine.route(BOLT, policy=weighed(1), now=at(now))
        found.append((plan.objective - plan.cost, plan.arrives))
    assert found == [(4, date(2026, 10, 31)), (3, date(2026, 10, 31))]


@pytest.mark.parametrize(
    "policy",
    [
        weighed(1),
        om.RoutingPolicy(split_penalty=1),
        om.RoutingPolicy(objective="fewest_shipments"),
        om.RoutingPolicy(
            objective="lexicographic", criteria=["fewest_shipments", "fastest"]
        ),
        om.RoutingPolicy(
            objective="waterfall", groups=[om.RuleGroup("all")], fill="line"
        ),
        om.RoutingPolicy(terms=[om.terms.node_price({"CHI": 1})]),
        om.RoutingPolicy(terms=[om.terms.stock_out_penalty(1, below=2)]),
    ],
    ids=lambda policy: str(policy.objective),
)
def test_what_is_needed_by_a_day_is_there_under_any_policy(policy):
    """Ground is cheaper by 10 and arrives on Friday."""
    engine = shop(CHI=5)
    needed = attrs.evolve(BOLT, needed_by=date(2026, 10, 29))
    plan = engine.route(needed, policy=policy, now=NOW)
    assert plan.shipments[0].service == "express"
    assert engine.route_many([needed], policy=policy, now=NOW).plan(0).cost == plan.cost
    reasons = {(c.service, c.reason.name) for c in plan.explain().candidates}
    assert ("ground", "TOO_LATE") in reasons
    late = attrs.evolve(BOLT, needed_by=date(2026, 10, 27))
    assert not engine.route(late, policy=policy, now=NOW).shipments


def test_the_fastest_after_the_fewest_is_by_arrival():
    """Both services take one shipment; minutes of arrival decide."""
    policy = om.RoutingPolicy(
        objective="lexicographic", criteria=["fewest_shipments", "fastest"]
    )
    plan = shop(CHI=5, NYC=5).route(BOLT, policy=policy, now=NOW)
    assert plan.arrives == date(2026, 10, 28)
    assert plan.shipments[0].transit_days == plan.transit_days == 1


def test_terms_are_told_days_on_the_way():
    """A carrier's days are 3 and 1, whatever the minute."""
    seen = []

    def note(lanes):
        seen.extend(
            zip(lanes.service.tolist(), lanes.transit_days.tolist(), strict=True)
        )
        return lanes.transit_days * 0.0

    policy = om.RoutingPolicy(terms=[om.CostTerm("note", note)])
    shop(CHI=5).route(BOLT, policy=policy, now=NOW)
    assert {(0, 3), (1, 1)} <= set(seen)


def test_a_shadow_tells_days():
    """Transit is minutes inside."""
    engine = shop(CHI=5)
    with engine.shadow(om.RoutingPolicy(objective="fastest", name="fast")) as shadow:
        engine.route(BOLT, now=NOW)
    columns = shadow.columns()
    assert columns["live_transit_days"].tolist() == [3]
    assert columns["shadow_transit_days"].tolist() == [1]


def test_offers_keep_to_the_policy():
    """Nodes that a policy leaves out offer nothing, also of what is listed."""
    engine = shop(CHI=5, NYC=5)
    policy = om.RoutingPolicy(distance_price=1, max_distance_km_by_kind={"store": 1})
    asked = om.Order({"BOLT": 1}, HERE)
    kind = engine.network.nodes[0].kind
    policy = om.RoutingPolicy(max_distance_km_by_kind={kind: 100})
    free = engine.promise(asked, now=NOW)
    bound = engine.promise(asked, policy=policy, now=NOW)
    assert [store.node for store in free.stores] == ["CHI", "NYC"]
    assert [store.node for store in bound.stores] == ["CHI"]
    nowhere = om.RoutingPolicy(max_distance_km_by_kind={kind: 1})
    assert not engine.promise(asked, policy=nowhere, now=NOW).stores
    listed = engine.promise_many(["BOLT"], to=HERE, policy=nowhere, now=NOW)
    assert listed.best().tolist() == [-1]


def test_offers_count_terms_and_tell_cash():
    """The cheapest is by the policy's money; the fastest is still by arrival."""
    policy = om.RoutingPolicy(
        objective="fewest_shipments", terms=[om.terms.node_price({"CHI": 3})]
    )
    offers = shop(CHI=5, NYC=5).promise(BOLT, policy=policy, now=NOW)
    assert offers.cheapest.plan.shipments[0].node == "NYC"
    assert offers.cheapest.cost == 5
    assert offers.fastest.service == "express"


def test_plans_explained_later_count_days_from_their_decision():
    """Alternatives are compared as they were then."""
    engine = shop(CHI=5, NYC=5)
    plan = engine.route(BOLT, policy=weighed(1), now=NOW)
    objectives = [each.objective for each in plan.alternatives(3).plans]
    engine.route(BOLT, now=at("2026-10-28 10:00"))
    assert [each.objective for each in plan.alternatives(3).plans] == objectives
    assert engine.route(BOLT, policy=weighed(1)).objective == plan.objective


@dataclass(frozen=True)
class Dated(Wish):
    """A wish whose days are by the calendar of where the order goes."""

    today: int = 0
    zone: ZoneInfo | None = None

    def money(self, found, instance, plan):
        """See `Wish`; the latest arrival is a minute since 1970."""
        days = 0
        if found.latest is not None:
            end = datetime.fromtimestamp(60 * found.latest - 1, self.zone).date()
            today = datetime.fromtimestamp(self.today, self.zone).date()
            days = max(0, (end - today).days)
        return found.cost + self.day * days


def answering(asked, plan):
    """Return the question that a plan answers."""
    return next(question for question in asked if question.answers(plan))


@pytest.mark.parametrize("seed", range(4 if WITHOUT_JIT else 10))
@pytest.mark.parametrize(
    "criteria",
    [("fewest_shipments", "fastest"), ("fastest", "fewest_shipments"), ("weighted",)],
    ids="+".join,
)
def test_criteria_choose_the_best_of_all_plans_by_any_time(seed, criteria):
    """Every plan there is, dated by a follower; some orders are needed by a time."""
    made, dice = dated_world(seed, nodes=4, weightless=False), Random(seed)
    moment = moments(dice, 4)
    follower = Follower(made.engine.network, day_of(moment[0]))
    compared = 0
    for now in moment:
        to = hurried(dice, made.order(lines=dice.randint(1, 2)), now)
        day = dice.choice([1, 3]) if "weighted" in criteria else 0
        policy = om.RoutingPolicy(
            objective="lexicographic", criteria=criteria, day_price=day
        )
        plan = made.engine.route(to, policy=policy, now=now)
        arrival = counted(follower, made, to, now)
        asked = naive.questions(made.engine, to, policy, arrival)
        if not asked or sum(how_many(q.instance) for q in asked) > PLANS_MAX:
            continue
        zone = ZoneInfo(nearest_zone(made.engine, to))
        wish = Dated(criteria, day * 10_000, today=now, zone=zone)
        best = best_key([(q.instance, q.max_shipments) for q in asked], wish)
        mine = (0,) * len(best)
        if plan.shipments:
            found, question = naive.recost(asked, plan), answering(asked, plan)
            sent = naive.shipments_of(question, plan)
            mine = wish.key(found, question.instance, sent)
            assert plan.objective * 10_000 == wish.money(found, question.instance, sent)
        assert mine >= best, "better than the best there is"
        assert mine == best or not plan.proven, "proven, and yet there is a better plan"
        compared += 1
    assert compared


def test_attempts_keep_to_whom_the_policy_admits():
    """Nobody is asked in vain who may not serve."""
    engine = shop(CHI=5, NYC=5)
    policy = om.RoutingPolicy(
        max_distance_km_by_kind={engine.network.nodes[0].kind: 100}
    )
    order = om.Order({"BOLT": 1}, HERE, services=["ground"])
    rules = om.AttemptRules(give_up=40)
    engine.set_find({("BOLT", node): 0.5 for node in ("CHI", "NYC")})
    found = [engine.attempts(order, rules, policy=p, now=NOW) for p in (None, policy)]
    nodes = [{attempt.node for attempt in each.attempts} for each in found]
    assert nodes == [{"CHI", "NYC"}, {"CHI"}]


def test_an_order_that_waits_keeps_what_it_asked_for():
    """What a journal has of it is the order itself."""
    order = om.Order({"A": 1, "B": 2}, HERE, value=12.5, keep_together=[["A", "B"]])
    assert order_of(order_text(order)) == order
