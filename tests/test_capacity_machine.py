"""Random histories of an engine with capacity, beside a list of jobs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import attrs
import pytest

import omniroute as om
from tests.conftest import WITHOUT_JIT
from tests.naive.capacity import Capacity, Job, Rule

STEPS = 60 if WITHOUT_JIT else 120
NODES = {
    "A": ("store", "America/New_York"),
    "B": ("store", "America/Los_Angeles"),
    "C": ("warehouse", "UTC"),
    "D": ("store", "Asia/Tokyo"),
}
SERVICES = ("ground", "express")
SKUS = ("P", "Q", "R")
DAYS = {"ground": 2, "express": 1}
TO = om.Destination(postcode="55425")
START = int(datetime(2026, 11, 23, 1, tzinfo=UTC).timestamp())
OK = om.Status.OK


def rules(dice):
    """Return a few rules about different work."""
    found = []
    for of in ("orders", "lines", "units"):
        for services in ((), ("express",)):
            if dice.random() < 0.4:
                backlog = dice.choice([0, 0, 1, 3])
                most = {"orders": 3, "lines": 4, "units": 7}[of]
                limit = [dice.choice([0, most, most + 2]) for _ in range(7)]
                found.append(Rule([most] * 7, of, services, None, None, backlog))
                if dice.random() < 0.5:
                    found.append(Rule(limit, of, services, "A", None, backlog))
                if dice.random() < 0.5:
                    found.append(Rule([2 * most] * 7, of, services, None, "store", 1))
    return found or [Rule([3] * 7)]


def as_capacity(rule):
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return om.Capacity(
        dict(zip(names, rule.limit, strict=True)),
        rule.of,
        services=rule.services,
        node=rule.node,
        node_kind=rule.kind,
        backlog_days=rule.backlog,
    )


def shop(dice, told, **how):
    nodes = [
        om.Node(
            node,
            kind=kind,
            order_cost=k,
            line_cost=dice.randint(0, 2),
            hours=om.Calendar(om.Hours.always(), zone),
        )
        for k, (node, (kind, zone)) in enumerate(NODES.items())
    ]
    services = [
        om.Service(
            name, "ship", om.RateCard.flat(5 if days > 1 else 9), transit_days=days
        )
        for name, days in DAYS.items()
    ]
    network = om.Network(nodes, services, capacity=[as_capacity(rule) for rule in told])
    engine = om.Engine(
        network,
        [om.Item("P"), om.Item("Q"), om.Item("R", decimals=1)],
        clock=lambda: 0,
        **how,
    )
    engine.apply(
        [om.Receive(sku, node, dice.randint(5, 40)) for sku in SKUS for node in NODES],
        now=START,
    )
    return engine


class Play:
    """An engine and its twin, one step after another."""

    def __init__(self, seed):
        self.dice = Random(seed)
        self.rules = rules(self.dice)
        self.engine = shop(self.dice, self.rules, journal=True)
        self.twin = Capacity(
            self.rules, {node: kind for node, (kind, _) in NODES.items()}
        )
        self.now, self.count = START, 0
        self.orders, self.plans = {}, []

    def order(self):
        self.count += 1
        some = self.dice.sample(SKUS, self.dice.randint(1, 3))
        wanted = {sku: self.dice.randint(1, 3) for sku in some}
        if "R" in wanted and self.dice.random() < 0.5:
            wanted["R"] += 0.5
        names = self.dice.choice([None, None, ["express"], ["ground"]])
        return om.Order(wanted, TO, services=names, id=f"o{self.count}")

    def today(self, node, at=None):
        zone = ZoneInfo(NODES[node][1])
        return datetime.fromtimestamp(at or self.now, zone).date()

    def jobs(self, plan, id, made=None):
        """Return the jobs of a plan, on the days that it tells by its transit."""
        found = []
        for each in plan.shipments:
            wait = each.transit_days - DAYS[each.service]
            assert wait >= 0
            day = (made or {}).get(each.node) or self.today(each.node)
            day = max(day + timedelta(wait), self.today(each.node))
            lines = {line.sku: float(line.quantity) for line in each.lines}
            found.append(Job(id, each.node, each.service, day, lines))
        return found

    def take(self, jobs):
        """Take in jobs that must have had room, in turn."""
        for job in jobs:
            assert self.twin.fits(job), job
            self.twin.jobs.append(job)

    def kept(self, id):
        """Units by node and SKU that a reservation holds, or that have left."""
        found = {}
        scale = {"P": 1, "Q": 1, "R": 10}
        ids = tuple(NODES)
        for sku, node, _, held, gone in self.engine.reservation(id, now=self.now).lines:
            there = found.setdefault(ids[node], {})
            name = SKUS[sku]
            there[name] = there.get(name, 0) + (held + gone) / scale[name]
        return found

    def settle(self, *ids):
        for id in ids or self.orders:
            self.twin.keep(id, self.kept(id))

    # -- steps -------------------------------------------------------------------------

    def place(self):
        order, ttl = self.order(), self.dice.choice([None, "2h", "30h"])
        placed = self.engine.place(
            order, ttl=ttl, partial=self.dice.random() < 0.3, now=self.now
        )
        if placed.reserved:
            self.orders[order.id] = order
            self.take(self.jobs(placed.plan, order.id))

    def place_later(self):
        """What is due another day is work of that day; in a batch beside others too."""
        order, due = self.order(), self.now + self.dice.choice([7200, 90_000, 200_000])
        days = {node: self.today(node, due) for node in NODES}
        if self.dice.random() < 0.5:
            plan = self.engine.place(order, due=due, now=self.now).plan
            plans, orders = [plan], [order]
        else:
            orders = [attrs.evolve(order, due=due), self.order(), self.order()]
            self.dice.shuffle(orders)
            batch = self.engine.route_many(orders, reserve=True, now=self.now)
            plans = [batch.plan(i) for i in range(3)]
        for each, plan in zip(orders, plans, strict=True):
            if plan.status is OK:
                self.orders[each.id] = each
                self.take(
                    self.jobs(plan, each.id, days if each.id == order.id else None)
                )

    def reserve_later(self):
        order, due = self.order(), self.now + 90_000
        plan = self.engine.route(order, due=due, now=self.now)
        if self.dice.random() < 0.5:
            asked = [attrs.evolve(order, due=due)]
            plan = self.engine.route_many(asked, now=self.now).plan(0)
        self.place()
        had = self.engine.reserve(plan, now=self.now)
        jobs = self.jobs(
            plan, order.id, {node: self.today(node, due) for node in NODES}
        )
        if had.status is OK:
            self.orders[order.id] = order
            self.take(jobs)
        elif had.status is om.Status.FULL:
            assert set(had.full) <= {job.node for job in jobs}

    def plan(self):
        order = self.order()
        plan = self.engine.route(order, now=self.now)
        self.plans.append((plan, {node: self.today(node) for node in NODES}))

    def reserve(self):
        if not self.plans:
            return
        plan, made = self.plans.pop(self.dice.randrange(len(self.plans)))
        had = self.engine.reserve(plan, now=self.now)
        jobs = self.jobs(plan, plan.order.id, made)
        if had.status is OK:
            self.orders[plan.order.id] = plan.order
            self.take(jobs)
        elif had.status is om.Status.FULL:
            assert had.full
            assert not had.reserved
            refused = set()
            for job in jobs:
                if self.twin.fits(job):
                    self.twin.jobs.append(job)
                else:
                    refused.add(job.node)
            self.twin.jobs = [j for j in self.twin.jobs if j.id != plan.order.id]
            assert set(had.full) == refused

    def end(self):
        if not self.orders:
            return
        id = self.dice.choice(list(self.orders))
        step = self.dice.choice(["release", "cancel", "commit", "fulfil"])
        getattr(self.engine, step)(id, now=self.now)
        self.settle(id)

    def part(self):
        if not self.orders:
            return
        id = self.dice.choice(list(self.orders))
        lines = [
            line for line in self.engine.reservation(id, now=self.now).lines if line[3]
        ]
        if not lines:
            return
        sku, node, _, held, _ = self.dice.choice(lines)
        name, place = SKUS[sku], tuple(NODES)[node]
        some = self.dice.randint(1, held)
        units = some / 10 if name == "R" else some
        what = self.dice.choice(["cancel", "fulfil", "decline", "amend"])
        if what == "decline":
            self.engine.decline(id, place, {name: units}, now=self.now)
        elif what == "amend":
            left = (held - some) / 10 if name == "R" else held - some
            self.engine.amend(id, {(name, place): left}, now=self.now)
        else:
            getattr(self.engine, what)(id, {(name, place): units}, now=self.now)
        self.settle(id)

    def resource(self):
        if not self.orders:
            return
        id = self.dice.choice(list(self.orders))
        lines = [
            line
            for line in self.engine.reservation(id, now=self.now).lines
            if line[3] and not line[2]
        ]
        if not lines:
            return
        place = tuple(NODES)[lines[0][1]]
        before = self.kept(id)
        found = self.engine.resource(id, self.orders[id], place, now=self.now)
        held = dict(before)
        gone = {}
        for sku, node, _, _, left in self.engine.reservation(id, now=self.now).lines:
            if tuple(NODES)[node] == place and left:
                gone[SKUS[sku]] = left / (10 if SKUS[sku] == "R" else 1)
        held[place] = gone
        self.twin.keep(id, held)
        if found.plan is not None and found.status in (OK, om.Status.SHORT):
            self.take(self.jobs(found.plan, id))

    def say(self):
        node = self.dice.choice(list(NODES))
        own = self.twin.followed(node)
        if not own:
            return
        rule = self.dice.choice(own)
        most = self.dice.choice([None, 0, 2, 5, 9])
        day = self.dice.choice(
            [None, self.today(node), self.today(node) + timedelta(1)]
        )
        self.engine.set_capacity(
            node, most, rule.of, services=rule.services, day=day, now=self.now
        )
        key = node, rule.work, day
        if most is None:
            self.twin.said.pop(key, None)
        else:
            self.twin.said[key] = most

    def wait(self):
        self.now += self.dice.choice([60, 3600, 6 * 3600, 20 * 3600])
        self.engine.route(self.order(), now=self.now)
        self.settle()

    # -- what must hold ----------------------------------------------------------------

    def compare(self):
        told = self.engine.capacity(days=5, now=self.now)
        for i, node in enumerate(told["node"]):
            work = told["of"][i], told["services"][i]
            rule = next(r for r in self.twin.followed(node) if r.work == work)
            day = told["day"][i]
            assert told["limit"][i] == self.twin.limit(node, rule, day)
            assert told["taken"][i] == self.twin.taken(node, rule, day), (
                node,
                work,
                day,
            )
            assert told["left"][i] == told["limit"][i] - told["taken"][i]

    def check_reasons(self):
        """Whoever is told to be full is, and nobody else."""
        plan = self.engine.route(om.Order({"P": 1}, TO), now=self.now)
        for each in plan.explain().candidates:
            waits = [
                r.backlog
                for r in self.twin.followed(each.node)
                if not r.services or each.service in r.services
            ]
            days = range(min(waits, default=0) + 1)
            full = all(
                self.twin.is_full(
                    each.node, each.service, self.today(each.node) + timedelta(day)
                )
                for day in days
            )
            assert (each.reason is om.Reason.FULL) == full, each


@pytest.mark.parametrize("seed", range(12))
def test_histories_are_those_of_a_list_of_jobs(seed):
    """Taken, given back and told as jobs are; none where there is no room."""
    play = Play(seed)
    steps = [
        *[play.place] * 6,
        *[play.place_later] * 2,
        play.reserve_later,
        *[play.plan] * 2,
        *[play.reserve] * 2,
        *[play.end] * 2,
        *[play.part] * 2,
        play.resource,
        play.say,
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
    assert fresh.capacity(days=5, now=play.now) == play.engine.capacity(
        days=5, now=play.now
    )
