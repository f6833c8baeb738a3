"""Deciding by search: groups of services, latest arrivals, and doubts about them."""

from __future__ import annotations

import numpy as np
import pytest

import omniroute as om
from omniroute.codes import Method
from omniroute.engine import Engine
from omniroute.kernels.order.layout import (
    A_HEADER,
    O_BOUND,
    O_COST,
    O_HEADER,
    O_PICKS,
    O_PROVEN,
    O_SHORT,
    O_TRANSIT,
)
from omniroute.routing.decide import Decider, is_better, weigh_doubts
from tests.routing.worlds import world


def answer(short=0, cost=100, bound=100, proven=1, transit=0, picks=1):
    words = [0] * O_HEADER
    words[O_SHORT], words[O_COST], words[O_BOUND] = short, cost, bound
    words[O_PROVEN], words[O_TRANSIT], words[O_PICKS] = proven, transit, picks
    return words


@pytest.mark.parametrize(
    ("other", "bound", "proven"),
    [
        (answer(cost=120, bound=110, proven=0), 100, 1),
        (answer(cost=120, bound=90, proven=0), 90, 0),
        (answer(cost=120, bound=120, proven=1), 100, 1),
        (answer(short=2, cost=20, bound=10, proven=0), 100, 1),
        (answer(short=2, cost=20, bound=0, proven=0), 0, 0),
        (answer(short=9, cost=0, bound=0, proven=0, picks=0), 0, 0),
    ],
)
def test_what_another_group_might_still_reach_lowers_the_bound(other, bound, proven):
    """A bound counts where units are equal; no bound at all is a doubt about units."""
    best = answer()
    weigh_doubts(best, [best, other], fastest=False)
    assert (best[O_BOUND], best[O_PROVEN]) == (bound, proven)


def test_under_fastest_a_group_that_is_surely_later_raises_no_doubt():
    """Its money does not matter."""
    best, later = answer(), answer(cost=20, bound=10, proven=0, transit=3)
    weigh_doubts(best, [best, later], fastest=True)
    assert best[O_PROVEN] == 1
    weigh_doubts(best, [best, later], fastest=False)
    assert best[O_PROVEN] == 0


def test_an_answer_without_shipments_is_worse_than_any():
    """Even if it is cheaper."""
    empty, full = answer(short=5, cost=0, picks=0), answer(short=4, cost=500)
    assert is_better(full, empty, fastest=False)
    assert not is_better(empty, full, fastest=False)


def test_memory_grows_with_the_question():
    """A first question with many lines finds small buffers, and gets its answer."""
    made = world(5, nodes=6, skus=30)
    decider = made.engine._router.decider
    order = made.order(lines=28)
    expected = made.engine.route(order).answer
    decider.ask, decider.out = np.zeros(8, np.int64), np.zeros(32, np.int64)
    decider.work = np.zeros(8, np.int64)
    assert made.engine.route(order).answer == expected


@pytest.mark.parametrize("sure", [False, True])
def test_a_doubt_about_units_is_kept_by_an_earlier_arrival(monkeypatch, sure):
    """If more units might be possible, no transit time is proven to be the least."""
    decider = object.__new__(Decider)
    first = answer(short=1, proven=int(sure), bound=100 if sure else 0, transit=4)
    found = {-1: first, 2: None, 3: answer(short=1, transit=3)}
    monkeypatch.setattr(decider, "_search", lambda _, latest: found[latest])
    monkeypatch.setattr(decider, "_transit_times", lambda words: [2, 3, 4])
    told = decider._search_fastest([-1] * A_HEADER)
    assert told[O_TRANSIT] == 3
    assert (told[O_PROVEN], told[O_BOUND]) == ((1, 100) if sure else (0, 0))


def split_engine(days):
    """A bolt at each of three nodes, by lanes of so many days."""
    services = [
        om.Service(f"s{d}", "ship", om.RateCard.flat(9 - d), transit_days=d)
        for d in days
    ]
    nodes = [om.Node(f"N{d}", services=[f"s{d}"]) for d in days]
    engine = Engine(om.Network(nodes, services), [om.Item("BOLT")], clock=lambda: 0)
    engine.apply([om.Receive("BOLT", node.id, 2) for node in nodes])
    return engine


@pytest.mark.parametrize(("wanted", "latest"), [(2, 1), (3, 2), (4, 2), (5, 4), (9, 4)])
def test_a_split_order_arrives_as_early_as_it_can(wanted, latest):
    """The least latest arrival that still serves most units."""
    engine = split_engine([1, 2, 4])
    order = om.Order({"BOLT": wanted}, om.Destination(postcode="55425"))
    plan = engine.route(order, policy=om.RoutingPolicy(objective="fastest"))
    assert plan.transit_days == latest
    assert plan.short_quanta == max(0, wanted - 6)
    assert plan.proven
    assert plan.method in (Method.SINGLE, Method.SUBSETS, Method.SPLIT)
