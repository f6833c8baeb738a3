"""The oracle beside every plan there is: tiny shops with features mixed at random."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from math import prod
from random import Random

import pytest

from tests.conftest import WITHOUT_JIT
from tests.naive.evaluate import BrokenRuleError

from .asking import groups_of
from .features import FEATURES, fit, shop_with
from .highs import best
from .problem import Problem, count

#: Ways to serve all lines that are tried for one problem.
WAYS_MAX = 4_000


def ways(problem: Problem, i: int) -> list[dict[int, int]]:
    """Return every way to serve a line: lots by option."""
    found: list[dict[int, int]] = [{}]
    for o in range(len(problem.options)):
        longer = [
            {**way, o: lots}
            for way in found
            for lots in range(1, problem.most(o, i) + 1)
            if sum(way.values()) + lots <= problem.lines[i].lots
        ]
        found += longer
    return found


def every_plan(problem: Problem) -> Iterator[dict[int, dict[int, int]]]:
    """Yield every way to serve all lines, rules or not."""
    for chosen in product(*(ways(problem, i) for i in range(len(problem.lines)))):
        sent: dict[int, dict[int, int]] = {}
        for i, way in enumerate(chosen):
            for o, lots in way.items():
                sent.setdefault(o, {})[i] = lots
        yield sent


def brute(problem: Problem) -> tuple[int, ...]:
    """Return the key of the best plan by counting them all."""
    nothing = (0,) * (1 + len(problem.criteria))
    found = [nothing]
    for sent in every_plan(problem):
        try:
            told = count(problem, sent)
        except BrokenRuleError:
            continue
        if told.lots == problem.asked or not problem.complete_only:
            found.append(told.key(problem.criteria))
    return min(found)


@pytest.mark.parametrize("seed", range(4 if WITHOUT_JIT else 25))
def test_highs_finds_the_best_of_all_plans(seed):
    """Five features at a time, lines and nodes few enough to try every plan."""
    dice, names = Random(seed), []
    for name in dice.sample(list(FEATURES), 12):
        if len(names) < 5 and all(fit(name, other) for other in names):
            names.append(name)
    shop = shop_with(names, seed, nodes=3, lines=2)
    for group in groups_of(shop, shop.engine()):
        for freely in (False, True):
            problem = replace(group.problem, split_freely=freely)
            few = prod(len(ways(problem, i)) for i in range(len(problem.lines)))
            if few <= WAYS_MAX:
                assert best(problem) == brute(problem), names
