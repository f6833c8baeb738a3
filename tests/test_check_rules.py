"""`check` finds rules that cells do not follow, in full and in a sample."""

from __future__ import annotations

import numpy as np
import pytest

import omniroute as om
from omniroute.codes import P_FREE, P_ON_HAND, P_SAFETY


def shop() -> om.Engine:
    """Rules of every kind, fences, holds for now, for later and at no node."""
    network = om.Network(
        [om.Node("N1"), om.Node("N2")],
        [om.Service("ground", "ship", om.RateCard.flat(5))],
    )
    engine = om.Engine(
        network,
        [om.Item("A"), om.Item("B")],
        clock=lambda: 1_000,
        channels=[om.Channel("web")],
    )
    engine.apply([om.Receive(sku, node, 50) for sku in "AB" for node in ("N1", "N2")])
    percent = [om.SafetyRule(percent=10), om.SafetyRule(3, sku="B", guards="network")]
    engine.set_safety(percent, daily_demand={("A", "N1"): 2})
    engine.set_oversell([om.OversellRule("warn", floor=3, sku="B", node="N1")])
    engine.set_preorder([om.OversellRule("warn", floor=2, sku="A")])
    engine.allocate([om.RingFence("web", "A", 6, nodes=["N1"], protected_percent=50)])
    engine.reserve({("A", "N1"): 48}, id="R-1", channel="web", partial=True)
    engine.reserve({("A", "N1"): 4}, id="R-2", channel="web")
    engine.reserve({("B", "N2"): 5}, id="R-3", ttl=100)
    engine.reserve({("B", None): 4}, id="R-4")
    engine.reserve({("A", "N2"): 3}, id="R-5", due=5_000)
    engine.check()
    engine.check(sample=100)
    return engine


def bend(engine: om.Engine, plane: int, other: int, change: int) -> None:
    """Change two planes of a cell so that they add up."""
    arena = engine.state.arena
    at = arena.find(0, 0)
    arena.planes[plane, at] += change
    arena.planes[P_FREE, at] += other
    arena.sku_free[0] = np.maximum(0, arena.planes[P_FREE, at : at + 2]).sum()


def lose_channel(engine: om.Engine) -> None:
    """A reservation that drew from a fence forgets through which channel it came."""
    drawn = next(iter(engine.state.aside.drawn))
    del engine.state.aside.through[drawn]


BENT = {
    "safety against its rule": lambda e: bend(e, P_SAFETY, -1, 1),
    "on hand against a percentage": lambda e: bend(e, P_ON_HAND, 40, 40),
    "thresholds": lambda e: e._guard.thresholds.__setitem__(1, 0),
    "rules lost": lambda e: setattr(e._guard, "safety", type(e._guard.safety)((), {})),
    "demand lost": lambda e: e.state.rules.demand.clear(),
    "texts lost": lambda e: e.state.rules.texts.__setitem__(2, ""),
    "lens": lambda e: setattr(e._router, "lens", None),
    "guarding": lambda e: setattr(e, "_guarding", False),
    "channel": lose_channel,
}


@pytest.mark.parametrize("name", BENT)
def test_a_full_check_finds_what_does_not_follow_the_rules(name):
    """Each was missed when cells were only compared with themselves."""
    engine = shop()
    BENT[name](engine)
    with pytest.raises(om.InvariantError):
        engine.check()


@pytest.mark.parametrize("name", BENT)
def test_a_sample_that_sees_all_finds_it_too(name):
    """Ten seeds of a hundred draws from two items: nothing stays unseen."""
    engine = shop()
    BENT[name](engine)
    with pytest.raises(om.InvariantError):
        look_often(engine)


def look_often(engine: om.Engine) -> None:
    """Look at samples of ten seeds."""
    for seed in range(10):
        engine.check(sample=100, seed=seed)


def test_the_seed_says_what_is_looked_at():
    """The same seed finds the same; some other finds what it has not."""
    engine = shop()
    bend(engine, P_FREE, 1, 0)
    found = []
    for seed in [*range(20), *range(20)]:
        try:
            engine.check(sample=1, seed=seed)
        except om.InvariantError:
            found.append(True)
        else:
            found.append(False)
    assert found[:20] == found[20:]
    assert {*found} == {True, False}


@pytest.mark.parametrize("bad", [0, -1, 1.5, "10", True])
def test_a_sample_is_a_number(bad):
    """Above nothing."""
    with pytest.raises(om.ValidationError, match="^sample: "):
        shop().check(sample=bad)
