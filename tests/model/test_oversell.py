"""Permission to oversell: whose, how far, and what it leaves without stock."""

from __future__ import annotations

import numpy as np
import pytest

from omniroute.errors import ConfigurationError, UnknownIdError
from omniroute.model.oversell import (
    UNLIMITED_FLOOR,
    OversellRule,
    OversellRules,
    without_stock,
)

NUMBERS = {
    "sku": {"A": 0, "B": 1},
    "node": {"N1": 0, "N2": 1},
    "channel": {"web": 0, "app": 1},
}
CELLS = {"sku": np.array([0, 0, 1, 1]), "node": np.array([0, 1, 0, 1])}
ONE = np.ones(4, np.int64)


@pytest.mark.parametrize(
    ("rules", "channel", "floors"),
    [
        ([], None, [0, 0, 0, 0]),
        ([OversellRule(floor=3)], None, [3, 3, 3, 3]),
        ([OversellRule(floor=3, sku="A")], None, [3, 3, 0, 0]),
        ([OversellRule(floor=3), OversellRule("block", node="N2")], None, [3, 0, 3, 0]),
        ([OversellRule("ignore", floor=3, channel="web")], None, [0, 0, 0, 0]),
        ([OversellRule("ignore", floor=3, channel="web")], "web", [3, 3, 3, 3]),
        ([OversellRule("ignore", floor=3, channel="web")], "app", [0, 0, 0, 0]),
        ([OversellRule("warn", sku="B")], None, [0, 0, UNLIMITED_FLOOR, 2**30]),
    ],
)
def test_the_most_specific_permission_holds(rules, channel, floors):
    """Blocking is a permission of nothing; no floor is no limit."""
    found = OversellRules(rules, NUMBERS).floors(CELLS, ONE, channel)
    assert found.tolist() == floors


def test_a_floor_counts_in_the_items_quanta_and_is_rounded_down():
    """1.5 of a piece is one; of what has two decimals, 150."""
    rules = OversellRules([OversellRule(floor=1.5)], NUMBERS)
    scale = np.array([1, 10, 100, 1000])
    assert rules.floors(CELLS, scale).tolist() == [1, 15, 150, 1500]


def test_what_happens_is_told_apart():
    """block, warn, ignore; no rule blocks."""
    rules = [OversellRule("ignore", sku="A"), OversellRule("warn", node="N1")]
    assert OversellRules(rules, NUMBERS).levels(CELLS).tolist() == [2, 2, 1, 0]


@pytest.mark.parametrize(
    ("quantity", "stock", "floor", "unbacked"),
    [(5, 3, 10, 2), (5, 5, 10, 0), (5, -2, 10, 5), (1, 0, 1, 1), (4, 9, 0, 0)],
)
def test_the_part_without_stock(quantity, stock, floor, unbacked):
    """What is promised beyond what was there."""
    assert without_stock(quantity, stock + floor, floor) == unbacked


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda: OversellRule("allow"), "level"),
        (lambda: OversellRule(floor=-1), "floor"),
        (lambda: OversellRule(floor=2**31), "floor"),
        (lambda: OversellRule("block", floor=1), "floor"),
        (lambda: OversellRule(service="ground"), "service"),
        (lambda: OversellRules(7, NUMBERS), "rules"),
        (lambda: OversellRules([None], NUMBERS), "rules[0]"),
        (lambda: OversellRules([OversellRule(sku="Z")], NUMBERS), "rules[0].sku"),
        (lambda: OversellRules([OversellRule(), OversellRule()], NUMBERS), "rules[1]"),
    ],
)
def test_bad_permissions_name_what_is_wrong(make, path):
    """One clear error with its path."""
    with pytest.raises((ConfigurationError, UnknownIdError)) as caught:
        make()
    assert caught.value.path == path
