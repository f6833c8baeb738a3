"""Published examples of ATP by date, as a table that a planner can read."""

from __future__ import annotations

import re
from ast import literal_eval
from datetime import date, timedelta
from pathlib import Path

import pytest

from omniroute.atp import atp_by_date
from omniroute.model.atp_rule import AtpRule
from omniroute.model.timeline import Demand, Supply, Timeline
from tests.conftest import REPOSITORY

FIRST = date(2022, 2, 1)
TABLE = Path(__file__).with_name("atp_by_date.txt")

#: Examples of the same collection that stand elsewhere, or do not apply, and why.
ELSEWHERE = {
    "E12": "backlog and days to deliver: routing_cases.txt",
    "E15": "inventory cost decides the node: routing_cases.txt",
    "E16": "rescale of planned quantities: stock_cases.txt",
    "E21": "protected quantities: stock_cases.txt",
    "E22": "pack rounding: stock_cases.txt",
    "E26": "substitution: stock_cases.txt",
    "E30": "allocation in steps with a time window: stock_cases.txt",
    "E32": "batch, reservation and sale as events: stock_cases.txt",
    "E33": "network threshold and queue: case 103 of stock_cases.txt",
    "E38": "batching and limits of sourcing: routing_cases.txt",
    "E39": "a routing optimum: test_carton_case.py",
    "E40": "ratings of nodes: routing_cases.txt",
}
COLLECTION = REPOSITORY.parent / "shared/cases/atp_rules_and_examples.md"


def blocks(table=TABLE):
    """Cases by name: a list of (word, rest) lines."""
    found = {}
    for block in re.split(r"\n\s*\n", table.read_text("utf-8")):
        lines = [
            line for line in block.splitlines() if line.strip()[:1] not in ("", "#")
        ]
        if lines:
            (word, name), *rest = (line.split(maxsplit=1) for line in lines)
            assert word == "case"
            assert name not in found
            found[name] = rest
    return found


CASES = blocks()


def day(n):
    return FIRST + timedelta(days=n - 1)


def options(words):
    """``a=1 b.c=2`` as ``{"a": 1, "b": {"c": 2}}``; names are texts."""
    found = {}
    for word in words:
        name, _, value = word.partition("=")
        name, _, key = name.partition(".")
        value = (
            value
            if value.isidentifier() and value[0].islower()
            else literal_eval(value)
        )
        found[name] = {**found.get(name, {}), key: value} if key else value
    return found


def timeline(lines):
    """What the case hands in."""
    fields = {"supplies": [], "demands": []}
    for word, rest in lines:
        if word in ("on_hand", "safety"):
            fields[word] = int(rest)
        elif word in ("supply", "demand"):
            made = Supply if word == "supply" else Demand
            dated = enumerate(rest.split(), start=1)
            some = [made(int(units), day(n)) for n, units in dated if units != "."]
            fields["supplies" if word == "supply" else "demands"] += some
        elif word == "past":
            side, late, units = rest.split()
            made = Supply if side == "supply" else Demand
            fields["supplies" if side == "supply" else "demands"] += [
                made(int(units), day(1 - int(late)))
            ]
    return Timeline(**fields)


def figures(rest):
    return [float("inf") if word == "*" else float(word) for word in rest.split()]


def request(rest):
    """Units, day or options, and the answer after ``=``."""
    asked, answer = rest.split(" = ")
    units, *more = asked.split()
    after = day(int(more[1])) if more[:1] == ["from"] else None
    named = {} if after else options(more)
    return int(units), after, named, answer.strip()


def figures_hold(lines):
    """All that a case states is what the library answers."""
    (rule_name, *more) = dict(lines)["rule"].split()
    rule = AtpRule(rule_name, **options(more))
    found = atp_by_date(timeline(lines), rule, today=FIRST)
    terms = found.explain().terms
    told = {"projected": "projected", "withheld": "withheld", "shortage": "shortage"}
    told |= {"ignoring": "ignoring_safety", "atp": "atp"}
    checked = 0
    for word, rest in lines:
        if word in told:
            assert [float(q) for q in terms[told[word]]] == figures(rest), word
        elif word == "earliest":
            units, after, _, answer = request(rest)
            expected = None if answer == "never" else day(int(answer))
            assert found.earliest(units, after=after) == expected, rest
        elif word == "partials":
            units, after, named, answer = request(rest)
            parts = found.partials(units, after=after, **named)
            given, _, rest_open = answer.partition("open")
            pairs = [pair.split("@") for pair in given.split()]
            expected = tuple((day(int(n)), int(q)) for q, n in pairs)
            assert (parts.deliveries, parts.open) == (expected, int(rest_open or 0)), (
                rest
            )
        else:
            continue
        checked += 1
    assert checked, "a case that checks nothing"
    atp = [float(q) if q < 2**62 else float("inf") for q in found.values[0].tolist()]
    assert [float(q) for q in terms["atp"]] == atp


@pytest.mark.parametrize("name", CASES)
def test_the_example_holds(name):
    """Figures by date, earliest dates and deliveries in parts."""
    figures_hold(CASES[name])


def test_every_example_of_the_collection_is_here_or_listed():
    """Those about ATP by date are cases; the others say where they belong."""
    here = {match for name in CASES for match in re.findall(r"^E\d+", name)}
    assert here == {"E01", "E03", "E04", "E05", "E06", "E09", "E11", "E14", "E37"}
    assert not {name for name in ELSEWHERE if name in here}
    for name, where in ELSEWHERE.items():
        table = re.search(r": (\w+\.txt)$", where)
        if table:
            told = TABLE.with_name(table[1]).read_text("utf-8")
            assert re.search(rf"^case +{name}[a-z]? ", told, re.MULTILINE), name
    if COLLECTION.is_file():
        listed = re.findall(r"^\*\*(E\d+)", COLLECTION.read_text("utf-8"), re.MULTILINE)
        assert set(listed) <= here | ELSEWHERE.keys()


def test_backward_consumption_refuses_what_two_periods_could_give():
    """E01: 3 in period 7 are refused although 2 + 2 exist; 3 in period 6 are not."""
    lines = CASES[next(name for name in CASES if name.startswith("E01 backward c"))]
    rule = AtpRule("backward", horizon_days=8)
    found = atp_by_date(timeline(lines), rule, today=FIRST)
    assert found.at(0, day(7)) == found.at(0, day(8)) == 2
    assert found.partials(3, after=day(7)).deliveries == ((day(7), 2), (day(8), 1))
    assert found.earliest(3, after=day(7)) is None


def test_accumulated_surplus_promises_what_a_shortage_needs():
    """The trap: 9 are promised in period 8, where 8 are projected."""
    lines = CASES[next(name for name in CASES if "the trap" in name)]
    found = atp_by_date(timeline(lines), AtpRule("accumulate"), today=FIRST)
    terms = found.explain().terms
    assert (found.at(0, day(8)), terms["projected"][7]) == (9, 8)
