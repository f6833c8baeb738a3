"""Ways in which public systems sell twice, each tried on ours."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

import omniroute as om

STATUS = om.Status


@pytest.fixture
def engine() -> om.Engine:
    """Three bolts at N1, two at N2, on a clock that stands still."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    network = om.Network([om.Node("N1"), om.Node("N2")], [ground])
    engine = om.Engine(network, [om.Item("BOLT"), om.Item("NUT")], clock=lambda: 1_000)
    engine.apply([om.Receive("BOLT", "N1", 3), om.Receive("BOLT", "N2", 2)])
    return engine


def held(engine):
    return int(engine.reservations()["held_quanta"].sum())


def test_check_apart_from_write(engine):
    """Both see the last units; only one gets them, however they interleave."""
    plans = [engine.route(om.Order({"BOLT": 5}, om.Destination(postcode="55425")))] * 2
    assert all(plan.complete for plan in plans)
    found = [engine.reserve(plan, id=f"A-{k}").status for k, plan in enumerate(plans)]
    assert found == [STATUS.OK, STATUS.OUT_OF_STOCK]
    assert held(engine) == 5


def test_demand_checked_per_line(engine):
    """Two lines of one cell fit one by one and not together."""
    lines = [om.HoldLine("BOLT", "N1", 2), om.HoldLine("BOLT", "N1", 2)]
    assert engine.reserve(lines, id="A").status is STATUS.SHORT
    frame = {"id": ["B", "B"], "sku": "BOLT", "node": "N1", "quantity": [2, 2]}
    assert engine.reserve_many(frame).status.tolist() == [STATUS.SHORT]
    assert held(engine) == 0


def test_the_lesser_of_quantity_and_available_line_by_line(engine):
    """Taking min(quantity, available) a line counts the same units for each line."""
    lines = [om.HoldLine("BOLT", "N1", 2)] * 3
    assert engine.reserve(lines, id="A", partial=True).shortages == (
        om.HoldLine("BOLT", "N1", 3),
    )
    frame = {"id": ["B"] * 3, "sku": "BOLT", "node": "N2", "quantity": [1, 2, 2]}
    found = engine.reserve_many(frame, partial=True)
    assert found.held_quanta.tolist() == [1, 1, 0]
    assert held(engine) == 5


def test_a_hold_that_ignores_itself(engine):
    """To ask for one more needs one more, not all of them again."""
    engine.reserve({("BOLT", "N1"): 2}, id="A", ttl=60)
    assert engine.amend("A", {("BOLT", "N1"): 3}) is STATUS.OK
    assert engine.amend("A", {("BOLT", "N1"): 4}) is STATUS.OUT_OF_STOCK
    newer = engine.reserve({("BOLT", "N1"): 3}, id="B", ttl=60, supersedes="A")
    assert newer.status is STATUS.OK
    assert held(engine) == 3


def test_the_old_hold_stands_where_the_new_one_cannot_be_had(engine):
    """Replacing is one step: a shopper never loses both."""
    engine.reserve({("BOLT", "N1"): 2}, id="A", ttl=60)
    before = engine.digest()
    newer = engine.reserve({("BOLT", "N1"): 4}, id="B", ttl=60, supersedes="A")
    assert (newer.status, newer.reserved) == (STATUS.SHORT, False)
    order = om.Order({"BOLT": 6}, om.Destination(postcode="55425"))
    assert engine.place(order, id="C", supersedes="A").status is STATUS.SHORT
    assert engine.digest() == before
    engine.check()


def test_a_hold_that_has_run_out_is_not_committed(engine):
    """Neither at its very second nor later, whenever the sweeper comes by."""
    for k, now in enumerate((1_060, 1_999)):
        engine.reserve({("BOLT", "N1"): 3}, id=f"A{k}", ttl=60, now=now - 60)
        assert engine.commit(f"A{k}", now=now) is STATUS.EXPIRED
    assert held(engine) == 0


def test_units_shipped_leave_what_is_reserved_once(engine):
    """On hand and reserved go down together: what is free does not move."""
    engine.reserve({("BOLT", "N1"): 3}, id="A")
    assert engine.fulfil("A", {("BOLT", "N1"): 1}) is STATUS.OK
    assert held(engine) == 2
    assert engine.fulfil("A", {("BOLT", "N1"): 3}) is STATUS.NOT_HELD
    assert engine.fulfil("A") is STATUS.OK
    assert engine.fulfil("A") is STATUS.ALREADY_FULFILLED
    assert engine.release("A") is STATUS.ALREADY_FULFILLED
    assert engine.available_to_promise("BOLT") == 2
    engine.check()


def test_a_shelf_found_empty_does_not_promise_its_units_again(engine):
    """A decline that writes down takes them off the books as well."""
    engine.reserve({("BOLT", "N1"): 2, ("BOLT", "N2"): 1}, id="A")
    found = engine.decline("A", "N1", write_down=True)
    assert found.lines == (om.HoldLine("BOLT", "N1", 2),)
    assert engine.available_to_promise("BOLT", "N1") == 1
    assert engine.decline("A", "N1").status is STATUS.NOT_HELD
    engine.decline("A", "N2")
    assert engine.available_to_promise("BOLT", "N2") == 2
    assert engine.commit("A") is STATUS.ALREADY_DECLINED


def test_a_refusal_is_decided_anew_unless_it_was_to_stick(engine):
    """A refused id holds nothing and is free; a sticky one answers as it did."""
    wish = {("BOLT", "N1"): 4}
    assert engine.reserve(wish, id="A").status is STATUS.SHORT
    assert engine.reserve(wish, id="B", sticky=True).status is STATUS.SHORT
    engine.apply(om.Receive("BOLT", "N1", 9))
    assert engine.reserve(wish, id="B").status is STATUS.SHORT
    assert engine.reserve(wish, id="A").status is STATUS.OK
    other = engine.reserve({("BOLT", "N1"): 1}, id="B").status
    assert other is STATUS.EXISTS_WITH_DIFFERENT_LINES
    assert engine.commit("B") is STATUS.UNKNOWN_RESERVATION


def test_sixteen_threads_sell_exactly_what_there_is():
    """Hot and other SKUs, lines of an order in clashing orders, holds and commits."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    nodes, skus = [f"N{k}" for k in range(4)], ["HOT", *(f"S{k}" for k in range(6))]
    engine = om.Engine(
        om.Network([om.Node(node) for node in nodes], [ground]),
        [om.Item(sku) for sku in skus],
        clock=lambda: 0,
        journal=True,
    )
    engine.apply([om.Receive(sku, node, 30) for sku in skus for node in nodes])

    def buy(thread: int) -> int:
        sold = 0
        for k in range(60):
            id, wish = f"{thread}-{k}", [("HOT", nodes[k % 4], 1)]
            wish += [
                (skus[1 + (thread + k) % 6], nodes[(k + j) % 4], 1) for j in (1, 2)
            ]
            placed = engine.reserve(
                wish[:: -1 if thread % 2 else 1], id=id, ttl=60, partial=k % 3 == 0
            )
            if placed.reserved and k % 5:
                sold += engine.commit(id) is STATUS.OK
            elif placed.reserved:
                engine.release(id)
            if k % 7 == 0:
                engine.fulfil(id)
            engine.move(id, nodes[0], nodes[1])
        return sold

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(buy, range(16))) > 0
    engine.check()
    lines = engine.reservations(open=False)
    shipped, kept = int(lines["shipped_quanta"].sum()), held(engine)
    left = sum(engine.available_to_promise(sku) for sku in skus)
    assert shipped + kept + left == 30 * len(nodes) * len(skus)
    assert engine.available_to_promise("HOT") == 0
    twin = om.Engine(engine.network, engine.items, clock=lambda: 0)
    twin.replay(engine.log)
    assert twin.digest() == engine.digest()
