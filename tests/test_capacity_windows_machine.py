"""Random histories of nodes with windows of the working day, beside a list of jobs."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest

import omniroute as om
from omniroute.model.work_windows import window_text
from tests.conftest import WITHOUT_JIT
from tests.naive.work_windows import Desk, Rule

STEPS = 50 if WITHOUT_JIT else 120
OK = om.Status.OK
TO = om.Destination(postcode="55425")
SKUS = ("P", "Q", "R")
SERVICES = ("ground", "express", "pick")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: Clocks go back in Chicago in the night to the first of November, and on in Berlin in
#: that to the 28th of March.
STARTS = (
    datetime(2026, 10, 30, 14, tzinfo=UTC),
    datetime(2027, 3, 26, 9, tzinfo=UTC),
)
ZONES = {"A": "America/Chicago", "B": "Europe/Berlin", "C": "Asia/Kolkata"}
GRIDS = (
    [(480, 720), (720, 1080)],
    [(0, 120), (120, 210), (600, 660), (690, 900)],
    [(k, k + 60) for k in range(540, 1140, 60)],
)
HOURS = ([(0, 1440)], [(540, 1080)], [(510, 720), (780, 1200)], [(0, 150), (660, 1320)])


def rules(dice):
    """Return rules of one node: all that have windows have the same."""
    grid = dice.choice(GRIDS)
    found = []
    for of, most in (("orders", 2), ("lines", 4), ("units", 6)):
        for services in ((), ("express",)):
            if dice.random() < 0.4:
                day = [(*span, dice.choice([0, most, most + 2])) for span in grid]
                week = [day] * 7
                if dice.random() < 0.3:
                    week = [*[day] * 5, day[:1], []]
                if dice.random() < 0.3:
                    week = [5 * most] * 7
                found.append(Rule(week, of, services, dice.choice([0, 0, 1, 2])))
    return found or [Rule([[(*span, 1) for span in grid]] * 7)]


def alike(found):
    """Let rules with windows have the same ones on the same weekdays."""
    first = next((r for r in found if not isinstance(r.limit[0], int)), None)
    for rule in found:
        if rule is not first and not isinstance(rule.limit[0], int):
            most = {span[:2]: span[2] for day in rule.limit for span in day}
            rule.limit = [
                [(a, b, most.get((a, b), 1)) for a, b, _ in day] for day in first.limit
            ]
    return found


def as_capacity(rule, node):
    def told(limit):
        if isinstance(limit, int):
            return limit
        return {window_text(a, b): most for a, b, most in limit}

    limit = dict(zip(DAYS, map(told, rule.limit), strict=True))
    return om.Capacity(
        limit, rule.of, services=rule.services, node=node, backlog_days=rule.backlog
    )


class Play:
    """An engine and its twin, one step after another."""

    def __init__(self, seed):
        self.dice = dice = Random(seed)
        self.now = int(dice.choice(STARTS).timestamp())
        self.desks = {
            node: Desk(zone, dice.choice(HOURS), alike(rules(dice)))
            for node, zone in ZONES.items()
        }
        processing = om.DispatchRule(processing=dice.choice([0, "1h"]))
        services = [
            om.Service(
                "ground",
                "ship",
                om.RateCard.flat(5),
                transit_days=2,
                dispatch=processing,
            ),
            om.Service(
                "express",
                "ship",
                om.RateCard.flat(9),
                transit_days=1,
                dispatch=processing,
            ),
            om.Service("pick", "collect", om.RateCard.flat(0), dispatch=processing),
        ]
        network = om.Network(
            [
                om.Node(node, order_cost=k, hours=self.calendar(desk))
                for k, (node, desk) in enumerate(self.desks.items())
            ],
            services,
            capacity=[
                as_capacity(rule, node)
                for node, desk in self.desks.items()
                for rule in desk.rules
            ],
        )
        items = [om.Item("P"), om.Item("Q"), om.Item("R", decimals=1)]
        self.engine = om.Engine(network, items, clock=lambda: 0, journal=True)
        received = [
            om.Receive(sku, node, dice.randint(5, 60)) for sku in SKUS for node in ZONES
        ]
        self.engine.apply(received, now=self.now)
        self.count, self.orders, self.plans = 0, {}, []

    def calendar(self, desk):
        def clock(m):
            return f"{m // 60:02}:{m % 60:02}"

        hours = ", ".join(f"{clock(a)}-{clock(b)}" for a, b in desk.hours)
        return om.Calendar(om.Hours.every_day(hours), desk.zone)

    def order(self):
        self.count += 1
        wanted = {
            sku: self.dice.randint(1, 3)
            for sku in self.dice.sample(SKUS, self.dice.randint(1, 3))
        }
        if "R" in wanted and self.dice.random() < 0.5:
            wanted["R"] += 0.5
        names = [self.dice.choice(SERVICES)]
        return om.Order(wanted, TO, services=names, id=f"o{self.count}")

    def take(self, plan, id, made, due=None):
        """Take the jobs of a plan in turn; each had to find the first room there is."""
        now = max(due or 0, self.now)
        for each in plan.shipments:
            lines = {line.sku: float(line.quantity) for line in each.lines}
            desk = self.desks[each.node]
            at = made or desk.begins(each.service, now, lines)
            assert at is not None, each
            desk.jobs.append((id, each.service, at, lines))

    # -- steps -------------------------------------------------------------------------

    def place(self):
        order = self.order()
        placed = self.engine.place(
            order, ttl=self.dice.choice([None, "3h"]), now=self.now
        )
        if placed.reserved:
            self.orders[order.id] = order
            self.take(placed.plan, order.id, None)

    def place_later(self):
        """What is due another day is work of that day."""
        order, due = self.order(), self.later()
        placed = self.engine.place(order, due=due, now=self.now)
        if placed.reserved:
            self.orders[order.id] = order
            self.take(placed.plan, order.id, None, due)

    def plan_later(self):
        order, due = self.order(), self.later()
        plan = self.engine.route(order, due=due, now=self.now)
        self.wait()
        had = self.engine.reserve(plan, now=self.now)
        if had.status is OK:
            self.orders[order.id] = order
            if due > self.now:
                self.take(plan, order.id, None, due)
            else:
                self.retell(plan, order.id)

    def later(self):
        return self.now + self.dice.choice([1800, 5 * 3600, 26 * 3600, 50 * 3600])

    def retell(self, plan, id):
        """Take a job in the window that the engine tells: it is not known here."""
        self.engine.cancel(id, now=self.now)
        del plan, self.orders[id]

    def batch(self):
        orders = [self.order() for _ in range(3)]
        found = self.engine.route_many(orders, reserve=True, now=self.now)
        for i, order in enumerate(orders):
            plan = found.plan(i)
            if plan.status is OK:
                self.orders[order.id] = order
                self.take(plan, order.id, None)

    def plan(self):
        plan = self.engine.route(self.order(), now=self.now)
        if plan.status is OK and len(plan.shipments) == 1:
            (sent,) = plan.shipments
            lines = {line.sku: float(line.quantity) for line in sent.lines}
            desk = self.desks[sent.node]
            self.plans.append((plan, desk.begins(sent.service, self.now, lines)))

    def reserve(self):
        """A plan keeps its window until that has gone by."""
        if not self.plans:
            return
        plan, at = self.plans.pop(self.dice.randrange(len(self.plans)))
        (sent,) = plan.shipments
        desk = self.desks[sent.node]
        lines = {line.sku: float(line.quantity) for line in sent.lines}
        first = Desk(
            desk.zone,
            desk.hours,
            [Rule(r.limit, r.of, r.services, 9) for r in desk.rules],
        )
        at = max(at, first.begins(sent.service, self.now, {}))
        had = self.engine.reserve(plan, now=self.now)
        if had.status is OK:
            assert desk.fits(sent.service, at, lines)
            self.orders[plan.order.id] = plan.order
            self.take(plan, plan.order.id, at)
        elif had.status is om.Status.FULL:
            assert had.full == (sent.node,)
            assert not desk.fits(sent.service, at, lines)

    def end(self):
        if self.orders:
            id = self.dice.choice(list(self.orders))
            step = self.dice.choice(["release", "cancel", "commit", "fulfil"])
            getattr(self.engine, step)(id, now=self.now)

    def part(self):
        if not self.orders:
            return
        id = self.dice.choice(list(self.orders))
        held = [x for x in self.engine.reservation(id, now=self.now).lines if x[3]]
        if held:
            sku, node, *_ = self.dice.choice(held)
            units = 0.5 if SKUS[sku] == "R" else 1
            cell = {(SKUS[sku], tuple(ZONES)[node]): units}
            self.engine.cancel(id, cell, now=self.now)

    def wait(self):
        self.now += self.dice.choice([60, 1800, 3600, 2 * 3600, 7 * 3600, 20 * 3600])
        self.engine.route(self.order(), now=self.now)

    # -- what must hold ----------------------------------------------------------------

    def settle(self):
        """Give back what is no longer held, nor has left."""
        for node, desk in self.desks.items():
            kept = []
            for id, service, at, lines in desk.jobs:
                there = self.kept(id, node)
                left = {s: min(n, there[s]) for s, n in lines.items() if there.get(s)}
                if left:
                    kept.append((id, service, at, left))
            desk.jobs = kept

    def kept(self, id, node):
        found = {}
        for sku, at, _, held, gone in self.engine.reservation(id, now=self.now).lines:
            if tuple(ZONES)[at] == node and held + gone:
                units = (held + gone) / (10 if SKUS[sku] == "R" else 1)
                found[SKUS[sku]] = found.get(SKUS[sku], 0) + units
        return found

    def compare(self):
        self.settle()
        told = self.engine.capacity(days=7, now=self.now)
        for i, node in enumerate(told["node"]):
            desk, day = self.desks[node], told["day"][i]
            work = told["of"][i], told["services"][i]
            rule = next(r for r in desk.rules if (r.of, r.services) == work)
            limit, begins = rule.limit[day.weekday()], None
            if told["window"][i] is not None:
                span = next(
                    x for x in limit if window_text(*x[:2]) == told["window"][i]
                )
                begins, limit = span[0], span[2]
            taken = desk.taken(rule, (day, begins))
            assert told["limit"][i] == limit
            assert told["taken"][i] == taken, (node, work, day, begins)
            assert taken <= limit

    def check_reasons(self):
        """Whoever is told to be full is, and nobody else."""
        name = self.dice.choice(SERVICES)
        order = om.Order({"P": 1}, TO, services=[name])
        plan = self.engine.route(order, now=self.now)
        for each in plan.explain().candidates:
            if each.service == name:
                room = self.desks[each.node].begins(name, self.now, {"P": 1})
                assert (each.reason is om.Reason.FULL) == (room is None), each


@pytest.mark.parametrize("seed", range(14))
def test_histories_are_those_of_a_list_of_jobs(seed):
    """Work begins in the first window with room; it is taken, given back and told so."""
    play = Play(seed)
    steps = [
        *[play.place] * 6,
        play.batch,
        *[play.place_later] * 2,
        play.plan_later,
        *[play.plan] * 2,
        *[play.reserve] * 2,
        *[play.end] * 2,
        play.part,
        *[play.wait] * 2,
    ]
    for step in range(STEPS):
        play.dice.choice(steps)()
        play.compare()
        if step % 10 == 0:
            play.engine.check()
            play.check_reasons()
    fresh = om.Engine(play.engine.network, play.engine.items, clock=lambda: 0)
    fresh.replay(play.engine.log)
    assert fresh.digest() == play.engine.digest()
    fresh.check()
    assert fresh.capacity(now=play.now) == play.engine.capacity(now=play.now)
