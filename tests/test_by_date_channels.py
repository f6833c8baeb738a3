"""What a channel can promise by date: its fence at once, and of the pool what comes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omniroute as om
from tests.conftest import WITHOUT_JIT
from tests.naive.fenced_later import NaiveFencedLater

DAY = 86_400
START = 20_000 * DAY
DAYS = 6
RULE = om.AtpRule(horizon_days=DAYS, past_due_supply_days=0)
S = om.Status
#: Whether the pool is open to each.
CHANNELS = {"web": True, "club": False}
CELL = ("BOLT", "N1")


def shop(nodes=("N1",), channels=None, items=None):
    channels = channels or [
        om.Channel("web", fall_back=("pool",)),
        om.Channel("club", fall_back=()),
    ]
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    network = om.Network([om.Node(node) for node in nodes], [ground])
    items = items or [om.Item("BOLT")]
    return om.Engine(network, items, clock=lambda: START, channels=channels)


def last_second(day):
    return START + (day + 1) * DAY - 1


# -- beside the twin -------------------------------------------------------------------

UNITS = st.integers(1, 9)
WHO = st.sampled_from([None, *CHANNELS])
STEP = st.one_of(
    st.tuples(st.just("receive"), UNITS),
    st.tuples(st.just("sell"), UNITS),
    st.tuples(st.just("expect"), UNITS, st.integers(1, DAYS + 1)),
    st.tuples(st.just("fence"), st.sampled_from([*CHANNELS]), UNITS),
    st.tuples(st.just("hold"), WHO, UNITS),
    st.tuples(st.just("later"), WHO, UNITS, st.integers(1, DAYS + 2)),
)


@settings(max_examples=60 if WITHOUT_JIT else 300, deadline=None)
@given(
    steps=st.lists(STEP, max_size=12),
    who=st.sampled_from([*CHANNELS]),
    day=st.integers(0, DAYS - 1),
)
def test_a_channel_has_its_fence_and_what_the_pool_can_promise(steps, who, day):
    """As the twin sums it up day by day; and all of a figure can be reserved."""
    engine, twin = shop(), NaiveFencedLater(CHANNELS)
    for k, (what, *told) in enumerate(steps):
        act(engine, twin, k, what, *told)
    found = engine.available_by_date("BOLT", ["N1"], rule=RULE, channel=who)
    own = max(0, min(twin.left[who], twin.least_unheld(0)))
    assert found.at_once() <= twin.left[who]
    for t in range(DAYS):
        of_pool = twin.pool(t) if CHANNELS[who] else 0
        assert found.quanta[0, t] == found.at_once() + of_pool
    assert found.at_once() >= own
    assert found.total().tolist() == found.quanta[0].tolist()
    reserves_all(engine, found, who, day)


def reserves_all(engine, found, who, day):
    """What is in fences now, the rest for the last second of the day."""
    most = int(found.quanta[0, day])
    now, later = min(most, found.at_once()), most - min(most, found.at_once())
    parts = found.partials(most) if most else None
    if parts is not None:
        assert sum(n for _, n in parts.deliveries) >= now
    if now:
        assert engine.reserve({CELL: now}, id="now", channel=who).status is S.OK
    if later:
        due = last_second(day)
        placed = engine.reserve({CELL: later}, id="due", channel=who, due=due)
        assert placed.status is S.OK
    more = engine.available_by_date("BOLT", ["N1"], rule=RULE, channel=who)
    assert more.quanta[0, day] == 0
    assert engine.at_risk()["id"] == []


def act(engine, twin, k, what, *told):
    """Let the same come to pass in both."""
    id = f"R{k}"
    if what == "receive":
        engine.apply(om.Receive(*CELL, *told))
        twin.on_hand += told[0]
    elif what == "sell":
        # No more than nobody has a claim to.
        n = min(told[0], max(0, twin.pool(0)))
        if n:
            engine.apply(om.Sell(*CELL, n))
            twin.on_hand -= n
    elif what == "expect":
        n, ahead = told
        engine.apply(om.Expect(f"PO{k}", *CELL, n, due=START + ahead * DAY + 60))
        twin.coming[f"PO{k}"] = ahead, n
    elif what == "fence":
        name, n = told
        n = min(n, twin.pool(0))
        if n:
            moved = engine.reallocate(*CELL, n, giver=None, taker=name)
            assert moved is S.OK
            twin.left[name] += n
    elif what == "hold":
        who, n = told
        fence = min(n, twin.left[who]) if who else 0
        placed = engine.reserve({CELL: n}, id=id, channel=who)
        if placed.status is S.OK:
            twin.held[id] = {"pool": n - fence, "fence": fence, "later": {}}
            if who:
                twin.left[who] -= fence
    elif what == "later":
        who, n, ahead = told
        due = START + ahead * DAY + 60
        if engine.reserve({CELL: n}, id=id, channel=who, due=due).status is S.OK:
            twin.held[id] = {"pool": 0, "fence": 0, "later": {ahead: n}}


# -- what a planner reads --------------------------------------------------------------


def fenced():
    """Six are here, two fenced for web and three for club; ten come in two days."""
    engine = shop(["N1", "N2"])
    engine.apply([om.Receive(*CELL, 6), om.Receive("BOLT", "N2", 4)])
    engine.apply(om.Expect("PO-7", *CELL, 10, due=START + 2 * DAY))
    for channel, units in (("web", 2), ("club", 3)):
        moved = engine.reallocate(*CELL, units, giver=None, taker=channel)
        assert moved is S.OK
    return engine


def figures(engine, channel, **more):
    found = engine.available_by_date("BOLT", rule=RULE, channel=channel, **more)
    return found.quanta[:, :3].tolist()


def test_each_channel_sees_its_own():
    engine = fenced()
    assert figures(engine, None) == [[1, 1, 11], [4, 4, 4]]
    assert figures(engine, "web") == [[3, 3, 13], [4, 4, 4]]
    assert figures(engine, "club") == [[3, 3, 3], [0, 0, 0]]
    for channel in ("web", "club"):
        for k, node in enumerate(["N1", "N2"]):
            now = engine.available_to_promise("BOLT", node, channel=channel)
            assert figures(engine, channel)[k][0] == now


def test_dates_and_parts_are_the_channels():
    found = fenced().available_by_date("BOLT", ["N1"], rule=RULE, channel="web")
    day = found.dates[2]
    assert found.earliest(12) == day
    assert found.at_once() == 2
    assert str(found.partials(14)) == f"3 on {found.dates[0]}; 10 on {day}; 1 open"
    club = fenced().available_by_date("BOLT", ["N1"], rule=RULE, channel="club")
    assert club.earliest(4) is None
    assert str(club.partials(4)) == f"3 on {found.dates[0]}; 1 open"


def test_a_quota_of_the_channel_holds_its_parts_down():
    engine = fenced()
    quotas = engine.quotas("BOLT", [om.Quota("day", 2)], channel="web")
    found = engine.available_by_date("BOLT", ["N1"], rule=RULE, channel="web")
    days = [n for _, n in found.partials(7, quotas=quotas).deliveries]
    assert days == [2, 1, 2, 2]


def test_safety_stock_of_one_channel_is_kept_from_it_alone():
    engine = fenced()
    engine.set_safety([om.SafetyRule(3, channel="web", node="N1", sku="BOLT")])
    assert figures(engine, None) == [[1, 1, 11], [4, 4, 4]]
    web = engine.available_by_date("BOLT", ["N1"], rule=RULE, channel="web")
    assert web.quanta[0, :3].tolist() == [2, 2, 10]
    assert sum(n for _, n in web.partials(99).deliveries) == 10


def test_what_the_network_keeps_back_is_kept_from_channels_too():
    """Five units are held at no node: all of the pool, and then of fences."""
    engine = fenced()
    assert engine.reserve({("BOLT", None): 5}, id="loose").status is S.OK
    web = engine.available_by_date("BOLT", rule=RULE, channel="web")
    assert int(web.total()[0]) == engine.available_to_promise("BOLT", channel="web")
    assert int(web.total()[2]) == int(web.total()[0]) + 10


def test_other_rules_and_what_is_refused():
    engine = fenced()
    new = om.AtpRule("period", horizon_days=DAYS)
    web = engine.available_by_date("BOLT", ["N1"], rule=new, channel="web")
    plain = engine.available_by_date("BOLT", ["N1"], rule=new)
    assert (web.quanta - plain.quanta)[0].tolist() == [2, 0, 0, 0, 0, 0]
    with pytest.raises(om.UnknownChannelError):
        engine.available_by_date("BOLT", channel="shop")
    engine.add_items([om.Item("PAIR", components={"BOLT": 2})])
    with pytest.raises(om.ValidationError, match="channel"):
        engine.available_by_date("PAIR", channel="web")


# -- why -------------------------------------------------------------------------------


def told(engine, channel=None, **more):
    found = engine.available_by_date("BOLT", ["N1"], rule=RULE, channel=channel, **more)
    why = found.explain()
    for t in range(DAYS):
        parts = sum(units[t] for units in why.withheld_for.values())
        assert parts == why.terms["withheld"][t]
    return {reason: units[:3] for reason, units in why.withheld_for.items()}


def test_what_is_withheld_is_told_by_reason():
    """Of 6: one safety, five in fences; five held at no node are of the pool's four."""
    engine = fenced()
    assert told(engine) == {"fence": (5, 5, 5)}
    assert told(engine, "web") == {"fence": (3, 3, 3)}
    assert told(engine, "club") == {"fence": (2, 2, 2), "pool": (1, 1, 11)}
    engine.set_safety([om.SafetyRule(1)])
    assert told(engine) == {"safety": (1, 1, 1), "fence": (5, 5, 5)}
    engine.set_safety([om.SafetyRule(1, channel="web")])
    assert told(engine, "web") == {"safety": (1, 1, 1), "fence": (3, 3, 3)}
    assert told(engine) == {"fence": (5, 5, 5)}
    engine.set_safety([])
    assert engine.reserve({("BOLT", None): 5}, id="loose").status is S.OK
    # The pool has none left today; Friday's ten come on top.
    assert told(engine) == {"fence": (5, 5, 5), "network": (1, 1, 1)}


def test_what_ends_or_is_needed_beyond_the_horizon_is_dated():
    engine = shop()
    engine.apply(om.Receive(*CELL, 4))
    engine.reserve({CELL: 3}, id="L", due=START + 30 * DAY)
    assert told(engine) == {"dated": (3, 3, 3)}


def test_a_cell_that_is_not_sure_enough_says_so():
    engine = fenced()
    engine.set_find({CELL: 0.5})
    assert set(told(engine, confidence=0.9)) == {"confidence"}


def test_units_that_cannot_be_sold_are_told_beside():
    engine = fenced()
    engine.apply(om.Move(*CELL, 1, "on_hand", "damaged"))
    found = engine.available_by_date("BOLT", ["N1"], rule=RULE)
    engine.apply(om.Move(*CELL, 1, "damaged", "on_hand"))
    why = found.explain()
    assert why.unavailable == {"damaged": 1}
    assert "unavailable: damaged      1" in str(why)


def test_fences_that_come_after_the_pool_do_not_count():
    """App would take the pool's units first: both parts of its figure can be had."""
    channels = [
        om.Channel("app", fall_back=("pool", "siblings")),
        om.Channel("web", fall_back=("siblings", "pool")),
        om.Channel("club", fall_back=()),
    ]
    engine = shop(channels=channels)
    engine.apply([om.Receive(*CELL, 9)])
    fences = {"app": 1, "web": 2, "club": 3}
    engine.allocate(
        [
            om.RingFence(name, "BOLT", n, protected_percent=0)
            for name, n in fences.items()
        ]
    )
    told = {}
    for name in ("app", "web"):
        found = engine.available_by_date("BOLT", ["N1"], rule=RULE, channel=name)
        told[name] = int(found.quanta[0, 0]), found.at_once()
        now = engine.available_to_promise("BOLT", "N1", channel=name)
        assert told[name][0] <= now
    assert told == {"app": (4, 1), "web": (9, 6)}


def test_what_fences_have_together_is_less_where_some_is_held_at_no_node():
    """Two at each node, two of them held by the channel: either node has both left."""
    engine = shop(["N1", "N2"])
    for node in ("N1", "N2"):
        engine.apply(om.Receive("BOLT", node, 2))
        assert engine.reallocate("BOLT", node, 2, giver=None, taker="club") is S.OK
    loose = engine.reserve({("BOLT", None): 2}, id="loose", channel="club")
    assert loose.status is S.OK
    club = engine.available_by_date("BOLT", rule=RULE, channel="club")
    assert (club.quanta[:, 0].tolist(), club.total()[0]) == ([2, 2], 2)
