"""Each feature of routing and each pair of features, beside HiGHS and costed again.

`features` has the table, `judge` what is asked of a plan: it costs what the model's data
say, takes no more than there is, is no better than the best plan, has a bound that is no
higher, is proven only if it is the best, and comes out the same twice, in a batch and
reserved. `promises` says which plans may have no proof, and which pairs are refused.

The long run: ``OMNIROUTE_SLOW=1 python -m pytest tests/pairs -m slow`` (hours; with
``-k "kits"`` the pairs of one feature).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import omniroute as om
from tests.conftest import WITHOUT_JIT

from .features import FEATURES, PAIRS, fit, shop_with
from .judge import judge
from .promises import (
    LIMITED,
    PRICED_UNITS,
    REFUSED,
    UNPROVEN,
    UNPROVEN_PAIRS,
    may_be_unproven,
)

SLOW = os.environ.get("OMNIROUTE_SLOW", "0") not in ("", "0")
#: Nodes and lines of a shop, in turn.
SIZES = ((4, 3), (5, 5), (3, 6))
SEEDS_OF_A_PAIR = 200


def held(names: tuple[str, ...], seed: int, nodes: int, lines: int) -> bool:
    """Hold one shop's plan against the rules; whether it was proven."""
    shop = shop_with(names, seed, nodes, lines)
    found = judge(shop)
    told = may_be_unproven(shop, spread=found.spread)
    assert found.proven or found.empty or told, "no proof, and no document says so"
    return found.proven


@pytest.mark.parametrize("name", FEATURES)
def test_each_feature_alone(name):
    """Proofs are the rule: some shop of every feature but one has one."""
    seeds = range(2 if WITHOUT_JIT else 5)
    proven = [held((name,), seed, 4, 3) for seed in seeds]
    assert any(proven) or name == "credits for shipments"


@pytest.mark.skipif(WITHOUT_JIT, reason="features alone run as plain Python")
@pytest.mark.parametrize(
    "pair", [pair for pair in PAIRS if pair not in REFUSED], ids="+".join
)
def test_each_pair_of_features(pair):
    """One small shop a pair, each of a seed of its own."""
    held(pair, PAIRS.index(pair), nodes=3, lines=2)


def test_a_limit_of_shipments_that_leaves_out_units_of_a_line_nobody_has_whole():
    """Three units lie at three nodes, and two may send: one is short, and unproven."""
    shop = shop_with(("lines to spread", "few shipments"), 203, nodes=3, lines=2)
    plan = shop.engine().route(shop.asked(), policy=shop.rules())
    assert plan.shortages
    assert not held(("lines to spread", "few shipments"), 203, nodes=3, lines=2)


@pytest.mark.parametrize("pair", REFUSED, ids="+".join)
def test_pairs_that_are_refused(pair):
    """Where a refusal falls, its row goes, and the pair is held like all others."""
    shop = shop_with(pair, 1, nodes=4, lines=3)
    with pytest.raises(om.ValidationError, match=REFUSED[pair]):
        shop.engine().route(shop.asked(), policy=shop.rules())


def test_pairs_in_the_tables_are_pairs():
    """A name that was changed would excuse nothing any more."""
    for a, b in (*REFUSED, *UNPROVEN_PAIRS):
        assert fit(a, b)
        assert {a, b} <= set(FEATURES)


@pytest.mark.slow
@pytest.mark.skipif(not SLOW, reason="long run: set OMNIROUTE_SLOW=1")
@pytest.mark.parametrize(
    "pair", [pair for pair in PAIRS if pair not in REFUSED], ids="+".join
)
def test_long_run_of_each_pair(pair):
    """Hundreds of shops a pair, of several sizes."""
    for seed in range(SEEDS_OF_A_PAIR):
        held(pair, 1000 + seed, *SIZES[seed % len(SIZES)])


def test_the_page_of_certificates_tells_what_is_tested():
    """Every feature is on it: among those that keep the proof, or those that may not."""
    page = Path(__file__).parents[2].joinpath("docs/certificates.md").read_text("utf-8")
    keep = page.split("## Features that keep the proof")[1].split("\n\n")[1]
    kept = [name.strip(" .\n") for name in keep.replace("\n", " ").split(",")]
    costly = {*UNPROVEN, *PRICED_UNITS, *LIMITED}
    assert kept == [name for name in FEATURES if name not in costly]
    may_not = page.split("## Features that may cost it")[1].split("## What")[0]
    refused = page.split("## What is refused")[1]
    for name in (*costly, *(name for pair in UNPROVEN_PAIRS for name in pair)):
        assert name in may_not
    for pair, error in REFUSED.items():
        assert all(name in refused for name in pair)
        assert error in refused
