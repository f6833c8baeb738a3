"""A time too far ahead is refused: it would be final, for time never goes back."""

from __future__ import annotations

from datetime import timedelta

import pytest

import omniroute as om

START = 1_700_000_000
WRONG = 10**10
DAY = 86_400


def shop(clock, max_jump):
    """Ten units, all of them held for a quarter of an hour."""
    network = om.Network(
        [om.Node("N1")], [om.Service("ground", "ship", om.RateCard.flat(5))]
    )
    engine = om.Engine(
        network, [om.Item("BOLT")], clock=clock, max_jump=max_jump, journal=True
    )
    engine.apply(om.Receive("BOLT", "N1", 10))
    engine.reserve({("BOLT", "N1"): 10}, id="A", ttl="15min")
    return engine


CALLS = {
    "ask": lambda e, **now: e.available_to_promise("BOLT", **now),
    "apply": lambda e, **now: e.apply(om.Receive("BOLT", "N1", 1), **now),
    "frame": lambda e, **now: e.apply(
        {"sku": ["BOLT"], "node": ["N1"], "quantity": [1]}, **now
    ),
    "hold": lambda e, **now: e.reserve({("BOLT", "N1"): 1}, id="B", **now),
    "commit": lambda e, **now: e.commit("A", **now),
    "route": lambda e, **now: e.route(
        om.Order({"BOLT": 1}, om.Destination(postcode="55425")), **now
    ),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("max_jump", ["1d", DAY, timedelta(days=1)])
def test_one_wrong_reading_of_the_clock_changes_nothing(call, max_jump):
    """The call is refused; the next one, when the clock is right again, is not."""
    clock = [START]
    engine = shop(lambda: clock[0], max_jump)
    before, batches = engine.digest(), len(engine.log)
    clock[0] = WRONG
    with pytest.raises(om.ConfigurationError, match=r"^clock: .*86400 s \(max_jump\)"):
        CALLS[call](engine)
    assert (engine.digest(), len(engine.log)) == (before, batches)
    assert engine.now.timestamp() == START
    clock[0] = START + 60
    assert engine.commit("A") is om.Status.OK


@pytest.mark.parametrize("call", CALLS)
def test_a_now_too_far_ahead_is_refused_by_name(call):
    """As far as it may go it is taken."""
    engine = shop(lambda: START, "1d")
    before = engine.digest()
    with pytest.raises(om.ValidationError, match=r"^now: expected a time at most"):
        CALLS[call](engine, now=START + DAY + 1)
    assert engine.digest() == before
    CALLS[call](engine, now=START + DAY)
    assert engine.now.timestamp() == START + DAY


def test_the_first_time_there_is_is_taken_and_by_default_all_are():
    """An engine has no time before its first call."""
    clock = [START]
    engine = shop(lambda: clock[0], None)
    clock[0] = WRONG
    assert engine.available_to_promise("BOLT") == 10
    late = shop(lambda: WRONG, 1)
    assert late.now.timestamp() == WRONG


def test_after_a_long_pause_time_goes_on_in_steps():
    """What the message says."""
    clock = [START]
    engine = shop(lambda: clock[0], "1d")
    clock[0] = START + 3 * DAY
    for day in (1, 2):
        engine.apply([], now=START + day * DAY)
    assert engine.available_to_promise("BOLT") == 10


@pytest.mark.parametrize("max_jump", [0, -1, "soon", 1.5, True])
def test_a_jump_is_a_length_of_time(max_jump):
    """Above nothing."""
    with pytest.raises(om.ValidationError, match=r"^max_jump: "):
        shop(lambda: START, max_jump)
