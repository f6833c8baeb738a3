"""How much work nodes can do: a list of jobs, counted afresh for every question."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from math import ceil


@dataclass
class Rule:
    """So much a day: `limit` by weekday, Monday first; no services are all of them."""

    limit: list[int]
    of: str = "orders"
    services: tuple[str, ...] = ()
    node: str | None = None
    kind: str | None = None
    backlog: int = 0

    @property
    def work(self):
        """What is counted."""
        return self.of, tuple(sorted(self.services))


@dataclass
class Job:
    """What a node is to do on a day for one shipment of a reservation."""

    id: str
    node: str
    service: str
    day: date
    lines: dict[str, float]


@dataclass
class Capacity:
    """Rules, kinds of nodes, and all jobs there are."""

    rules: list[Rule]
    kinds: dict[str, str]
    jobs: list[Job] = field(default_factory=list)
    #: (node, work, day or None) to what somebody has said it is.
    said: dict = field(default_factory=dict)

    def followed(self, node):
        """Return the rules a node follows: of one work that which says most of it."""
        found = {}
        for rank in range(3):
            for rule in self.rules:
                fits = rule.node in (None, node) and rule.kind in (
                    None,
                    self.kinds[node],
                )
                own = 2 if rule.node else 1 if rule.kind else 0
                if fits and own == rank:
                    found[rule.work] = rule
        return list(found.values())

    def limit(self, node, rule, day):
        """Return how much there is on a day."""
        said = self.said.get((node, rule.work, None), rule.limit[day.weekday()])
        return self.said.get((node, rule.work, day), said)

    def taken(self, node, rule, day):
        """Count what reservations have of it."""
        return sum(
            amount(rule.of, job.lines)
            for job in self.jobs
            if (job.node, job.day) == (node, day) and counts(rule, job.service)
        )

    def fits(self, job):
        """Whether there is room for one job more."""
        return all(
            self.taken(job.node, rule, job.day) + amount(rule.of, job.lines)
            <= self.limit(job.node, rule, job.day)
            for rule in self.followed(job.node)
            if counts(rule, job.service)
        )

    def is_full(self, node, service, day):
        """Whether there is no room for anything."""
        return any(
            self.taken(node, rule, day) >= self.limit(node, rule, day)
            for rule in self.followed(node)
            if counts(rule, service)
        )

    def keep(self, id, kept):
        """Give back what is over `kept`: units by node and SKU, held or gone."""
        for job in [job for job in self.jobs if job.id == id]:
            there = kept.get(job.node, {})
            job.lines = {
                sku: min(units, there[sku])
                for sku, units in job.lines.items()
                if there.get(sku)
            }
            if not job.lines:
                self.jobs.remove(job)


def counts(rule, service):
    """Whether a rule is about a service."""
    return not rule.services or service in rule.services


def amount(of, lines):
    """Return how many orders, lines or units; units that are started."""
    if of == "orders":
        return 1 if lines else 0
    return len(lines) if of == "lines" else sum(ceil(units) for units in lines.values())
