"""Published cases about stock, reservations and routing, played through the engine."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import omniroute as om
from tests.conftest import REPOSITORY
from tests.scenarios import (
    flow,
    plays_by_date,
    plays_of_backorders,
    plays_of_composed,
    plays_of_dates,
    plays_of_money,
    plays_of_reservations,
    plays_of_sourcing,
    plays_of_stock,
)
from tests.scenarios.plays import PLAYS, lacks, play_of, played
from tests.scenarios.shop import SKU, Shop

TABLES = [
    Path(__file__).with_name(name) for name in ("stock_cases.txt", "routing_cases.txt")
]
COLLECTION = REPOSITORY.parent / "shared/cases/open_source_cases.json"
#: Loading a file of plays makes them known.
PLAYED_BY = (
    plays_of_stock,
    plays_of_reservations,
    plays_of_backorders,
    plays_of_composed,
    plays_by_date,
    plays_of_sourcing,
    plays_of_money,
    plays_of_dates,
)
#: Expectations that only name something of the system the case is from.
NAMES_ONLY = {"ledger_event"}


def blocks():
    """Cases by number: their source, facts, and what is expected; and reasons."""
    cases, reasons = {}, {}
    tables = "\n\n".join(table.read_text("utf-8") for table in TABLES)
    for block in re.split(r"\n\s*\n", tables):
        lines = [line for line in block.splitlines() if not line.startswith("#")]
        if lines and lines[0].startswith("case"):
            case = case_of(lines)
            assert case["number"] not in cases
            cases[case["number"]] = case
        for line in lines:
            if line.startswith("elsewhere"):
                numbers, reason = line.removeprefix("elsewhere").split(":", 1)
                reasons |= dict.fromkeys(map(str.strip, numbers.split(",")), reason)
    for case in cases.values():
        same = case["facts"].get("fixture")
        if isinstance(same, str):
            other = cases[same.removeprefix("same as ")]
            case["facts"]["fixture"] = other["facts"]["fixture"]
    return cases, reasons


def case_of(lines):
    joined = []
    for line in lines:
        if line.startswith(" ") and not line.startswith("  = "):
            joined[-1] += " " + line.strip()
        else:
            joined.append(line)
    _, number, title = joined[0].split(maxsplit=2)
    case = {"number": number, "title": title, "facts": {}, "expected": {}}
    for line in joined[1:]:
        expects = line.startswith("  = ")
        name, rest = line.removeprefix("  = ").split(maxsplit=1)
        if name == "source":
            case["source"] = rest
        else:
            case["expected" if expects else "facts"][name] = flow.read(rest)
    return case


CASES, ELSEWHERE = blocks()


@pytest.mark.parametrize("number", CASES)
def test_the_case_holds(number):
    """What the facts hand in comes to what is expected."""
    holds(CASES[number]["facts"], CASES[number]["expected"])


def holds(facts, expected):
    asked = {k: value for k, value in expected.items() if k not in NAMES_ONLY}
    assert not lacks(played(facts, asked), asked)


def test_every_case_is_played_or_listed_with_a_reason():
    """The collection's cases by number, each in one of the two places."""
    numbers = {number for number in CASES if number.isdigit()}
    assert not numbers & ELSEWHERE.keys()
    listed = {number for number in ELSEWHERE if number.isdigit()}
    assert numbers | listed == {str(k) for k in range(142)}
    assert all(len(reason.split()) > 3 for reason in ELSEWHERE.values())
    assert all(case["source"] for case in CASES.values())
    assert all(play_of(case["facts"]) for case in CASES.values())


def test_every_play_is_of_use():
    """A play that no case needs is not tested."""
    used = {play_of(case["facts"]).answer for case in CASES.values()}
    assert {play.answer for play in PLAYS} == used


def test_the_table_says_what_the_collection_says():
    """Where it is at hand: the same facts, and each case played from its own."""
    if not COLLECTION.is_file():
        pytest.skip("needs `shared/cases` beside the repository")
    wrong = []
    for k, case in enumerate(json.loads(COLLECTION.read_text("utf-8"))):
        facts, expected, number = case["input"], case["expected"], str(k)
        if number in CASES:
            assert CASES[number]["facts"] == facts, number
            assert CASES[number]["expected"] == expected, number
        elif play_of(facts) is not None:
            holds(facts, expected)
        elif number not in ELSEWHERE:
            wrong.append(f"{number}: {case['title']}")
    assert not wrong


# -- cases that are listed because they do otherwise: what ours does instead -------------


def test_more_is_not_given_back_than_is_held():
    """17 and 125: neither beyond what was taken, nor cut to it in silence."""
    shop = Shop({"L": 10})
    id, _ = shop.hold({"L": 5})
    before = shop.engine.digest()
    assert shop.engine.cancel(id, {(SKU, "L"): 6}) is om.Status.NOT_HELD
    assert shop.engine.cancel("none") is om.Status.UNKNOWN_RESERVATION
    assert shop.engine.digest() == before
    assert (shop.held(), shop.atp()) == (5, 5)


def test_what_an_order_holds_is_the_ledger():
    """41: a cancelled order leaves nothing behind that could be deleted."""
    shop = Shop({"L": 5})
    id, _ = shop.hold({"L": 2})
    assert shop.engine.cancel(id) is om.Status.OK
    shop.engine.check()
    assert (shop.held(), shop.atp(), shop.on_hand()) == (0, 5, 5)


def test_what_never_runs_short_is_still_counted():
    """89: two of five are promised and leave; any number more can be."""
    shop = Shop({"L": 5})
    shop.engine.set_oversell([om.OversellRule("ignore", sku=SKU, node="L")])
    id, _ = shop.hold({"L": 2})
    assert (shop.held(), shop.on_hand(), shop.atp()) == (2, 5, float("inf"))
    assert shop.engine.fulfil(id) is om.Status.OK
    assert (shop.held(), shop.on_hand(), shop.atp()) == (0, 3, float("inf"))
    assert shop.accepts(1_000)


def test_an_item_id_is_exact():
    """5: another case is another item, and says so."""
    shop = Shop({"L": {"SKU-1": 10}})
    with pytest.raises(om.UnknownSkuError, match="sku-1"):
        shop.atp(sku="sku-1")


# -- the way cases are written ----------------------------------------------------------

WORDS = (
    st.text("abcXYZ-/_ 12.:,{}[]\"'", min_size=1)
    .map(str.strip)
    .filter(lambda text: text and '"' not in text and "\\" not in text)
)
NUMBERS = st.integers(-99, 99) | st.sampled_from([0.5, 3.0, -1.5])
FACTS = st.recursive(
    st.booleans() | st.none() | NUMBERS | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abcW-12", min_size=1), inner, max_size=3)
    ),
)


@given(FACTS)
def test_a_fact_that_is_written_reads_the_same(fact):
    """Texts that look like something else stand in quotes."""
    assert flow.read(flow.write(fact)) == fact
