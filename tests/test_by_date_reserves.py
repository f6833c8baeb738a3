"""What live stock promises by date is what can be reserved for that date."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import omniroute as om

DAY = 86_400
START = 20_000 * DAY
#: At noon some deliveries of the day are due this second, some should have come.
NOW = START + DAY // 2
NODES = ["N1", "N2", "N3"]
DAYS = 6
#: The rule that promises what nobody needs, and trusts no supply that is overdue.
RULE = om.AtpRule(horizon_days=DAYS, past_due_supply_days=0)

NODE = st.sampled_from(NODES)
UNITS = st.integers(1, 9)
ON_DAY = st.integers(0, DAYS)
STEP = st.one_of(
    st.tuples(st.just("receive"), NODE, UNITS),
    st.tuples(st.just("lot"), NODE, UNITS, st.integers(1, DAYS)),
    st.tuples(st.just("expect"), NODE, UNITS, ON_DAY),
    st.tuples(st.just("later"), NODE, UNITS, ON_DAY),
    st.tuples(st.just("hold"), NODE, UNITS),
    st.tuples(st.just("anywhere"), UNITS),
    st.tuples(st.just("safety"), NODE, st.integers(0, 3)),
    st.tuples(st.just("threshold"), st.integers(1, 9)),
    st.tuples(st.just("sell"), NODE, UNITS),
)


def last_second(day: int) -> int:
    """The last second of a day of the horizon."""
    return START + (day + 1) * DAY - 1


def shop(steps, items=None) -> om.Engine:
    """One item at three nodes, and what has come to pass."""
    network = om.Network(
        [om.Node(node) for node in NODES],
        [om.Service("ground", "ship", om.RateCard.flat(5))],
    )
    engine = om.Engine(network, items or [om.Item("BOLT")], clock=lambda: NOW)
    for k, step in enumerate(steps):
        take(engine, k, *step)
    return engine


def take(engine: om.Engine, k: int, kind: str, *given: object) -> None:
    """Take one step."""
    if kind == "receive":
        engine.apply(om.Receive("BOLT", *given))
    elif kind == "sell":
        engine.apply(om.Sell("BOLT", *given))
    elif kind == "safety":
        engine.apply(om.Safety("BOLT", *given))
    elif kind == "lot":
        node, units, day = given
        ends = START + day * DAY + DAY // 2
        engine.apply(om.Receive("BOLT", node, units, sell_by=ends))
    elif kind == "expect":
        node, units, day = given
        due = START + day * DAY + (3 + k % 3) * DAY // 8
        engine.apply(om.Expect(f"PO-{k}", "BOLT", node, units, due=due))
    elif kind == "later":
        node, units, day = given
        engine.reserve({("BOLT", node): units}, id=f"L-{k}", due=last_second(day))
    elif kind == "hold":
        engine.reserve({("BOLT", given[0]): given[1]}, id=f"H-{k}")
    elif kind == "anywhere":
        engine.reserve({("BOLT", None): given[0]}, id=f"U-{k}", partial=True)
    else:
        guard = om.SafetyRule(given[0], sku="BOLT", guards="network")
        engine.set_safety([guard])


def had(engine: om.Engine, nodes: list[str], due: int, sku: str = "BOLT") -> int:
    """Units that one request takes of the nodes together for an instant."""
    lines = {(sku, node): 1_000 for node in nodes}
    placed = engine.reserve(lines, id="probe", due=due, partial=True)
    if not placed.reserved:
        return 0
    columns = engine.reservations()
    mine = np.array([id == "probe" for id in columns["id"]])
    return int(columns["held_quanta"][mine].sum())


@settings(max_examples=120, deadline=None)
@given(st.lists(STEP, max_size=10), st.data())
def test_by_date_promises_what_can_be_reserved_for_that_date(steps, data):
    """Each node, and all together: thresholds, lots, holds at no node, later promises."""
    day = data.draw(st.integers(0, DAYS - 1))
    lots = any(kind == "lot" for kind, *_ in steps)
    told = shop(steps).available_by_date("BOLT", NODES, rule=RULE)
    for place, nodes in [*enumerate([node] for node in NODES), (None, NODES)]:
        figure = told.total() if place is None else told.quanta[place]
        real = had(shop(steps), nodes, last_second(day))
        assert max(0, figure[day]) <= real
        if not lots and last_second(day) > NOW:
            assert max(0, figure[day]) == real


def test_what_should_have_come_this_morning_is_promised_on_no_date():
    """Due an hour ago, or this second, and not there: nobody can be promised it."""
    for hours in (1, 0):
        engine = shop([])
        due = NOW - hours * 3_600
        engine.apply(om.Expect("PO", "BOLT", "N1", 4, due=due))
        (figures,) = engine.available_by_date("BOLT", rule=RULE).quanta
        assert figures.tolist() == [0] * DAYS
        assert had(engine, ["N1"], last_second(1)) == 0
        # Who trusts it says so.
        trusting = om.AtpRule(horizon_days=2, past_due_supply_days=1)
        told = engine.available_by_date("BOLT", rule=trusting).quanta
        assert told.tolist() == [[4, 4]]
        engine.apply(om.Reschedule("PO", due=NOW + 1))
        assert engine.available_by_date("BOLT", rule=RULE).quanta[0, 0] == 4


def test_a_network_threshold_holds_on_every_date():
    """10 and 2 at two nodes, 5 kept back: 7 today, 7 tomorrow, of all nodes together."""
    engine = shop([("receive", "N1", 10), ("receive", "N2", 2), ("threshold", 5)])
    assert engine.available_to_promise("BOLT") == 7
    assert engine.available_by_node("BOLT").tolist() == [7, 2, 0]
    found = engine.available_by_date("BOLT", NODES, rule=RULE)
    assert found.quanta[:, 0].tolist() == found.quanta[:, 5].tolist() == [7, 2, 0]
    assert set(found.total().tolist()) == {7}
    explained = found.explain("N1").terms
    assert (explained["withheld"][0], explained["atp"][0]) == (3, 7)


def test_what_is_on_its_way_comes_on_top_of_what_a_threshold_leaves():
    """It is kept back from what there is, not from what will come."""
    steps = [("receive", "N1", 10), ("threshold", 6), ("expect", "N1", 5, 2)]
    found = shop(steps).available_by_date("BOLT", ["N1"], rule=RULE)
    assert found.quanta.tolist() == [[4, 4, 9, 9, 9, 9]]


def test_a_lot_counts_until_the_day_on_which_it_ends_for_the_default_rule_too():
    """10 that keep and 5 that end: what `reserve` would take."""
    engine = shop([("receive", "N1", 10), ("lot", "N1", 5, 3)])
    found = engine.available_by_date("BOLT", ["N1"], rule=RULE)
    assert found.quanta.tolist() == [[15, 15, 15, 10, 10, 10]]
    engine.reserve({("BOLT", "N1"): 3}, id="A", due=last_second(1))
    found = engine.available_by_date("BOLT", ["N1"], rule=RULE)
    assert found.quanta.tolist() == [[12, 12, 12, 10, 10, 10]]


def test_kits_share_what_a_threshold_on_a_part_leaves():
    """Six pots at two nodes, two kept back: four sets, whichever nodes they are of."""
    items = [om.Item("BOLT"), om.Item("SET", components={"BOLT": 1})]
    steps = [("receive", "N1", 3), ("receive", "N2", 3), ("threshold", 2)]
    engine = shop(steps, items)
    assert engine.available_to_promise("SET") == 4
    found = engine.available_by_date("SET", NODES, rule=RULE)
    assert found.total().tolist() == [4] * DAYS
    assert found.dates[0] == datetime.fromtimestamp(START, UTC).date()
