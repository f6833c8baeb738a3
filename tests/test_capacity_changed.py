"""Work of reservations that somebody changes by hand: amended, moved, bound, redated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import omniroute as om
from tests.conftest import WITHOUT_JIT

OK, FULL = om.Status.OK, om.Status.FULL
TO = om.Destination(postcode="55425")
NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
DAY = timedelta(days=1)
GROUND = om.Service("ground", "ship", om.RateCard.flat(5), transit_days=2)
EXPRESS = om.Service("express", "ship", om.RateCard.flat(9), transit_days=1)


def shop(*capacity, nodes=("NEAR", "FAR"), services=(GROUND,), **how):
    """An engine whose first node is the cheaper one."""
    places = [om.Node(each, order_cost=k) for k, each in enumerate(nodes)]
    network = om.Network(places, services, capacity=capacity)
    how.setdefault("clock", NOW.timestamp)
    engine = om.Engine(network, [om.Item("LAMP"), om.Item("BULB")], **how)
    for sku in ("LAMP", "BULB"):
        engine.apply([om.Receive(sku, node, 50) for node in nodes])
    return engine


def placed(engine, id="A", due=None, services=None, **lines):
    order = om.Order(lines or {"LAMP": 2}, TO, id=id, services=services)
    assert engine.place(order, due=due).status is OK


def taken(engine, node="NEAR", of="units", days=1):
    told = engine.capacity(node, days=days)
    found = [n for n, own in zip(told["taken"], told["of"], strict=True) if own == of]
    return found[0] if days == 1 else found


EACH = tuple(om.Capacity(9, of) for of in ("orders", "lines", "units"))


def all_taken(engine, node="NEAR"):
    return tuple(taken(engine, node, of) for of in ("orders", "lines", "units"))


# -- amended -------------------------------------------------------------------------------


def test_units_that_are_added_are_more_work_and_their_order_is_the_same_one():
    engine = shop(*EACH)
    placed(engine)
    assert engine.amend("A", {("LAMP", "NEAR"): 5}) is OK
    assert all_taken(engine) == (1, 1, 5)
    assert engine.amend("A", {("BULB", "NEAR"): 1}) is OK
    assert all_taken(engine) == (1, 2, 6)
    assert engine.amend("A", {("LAMP", "NEAR"): 1, ("BULB", "NEAR"): 4}) is OK
    assert all_taken(engine) == (1, 2, 5)
    assert engine.amend("A", {("LAMP", "NEAR"): 0}) is OK
    assert all_taken(engine) == (1, 1, 4)
    engine.release("A")
    assert all_taken(engine) == (0, 0, 0)
    engine.check()


def test_less_of_one_item_and_more_of_another_is_counted_once():
    engine = shop(*EACH)
    placed(engine, LAMP=3)
    assert engine.amend("A", {("LAMP", "NEAR"): 1, ("BULB", "NEAR"): 4}) is OK
    assert all_taken(engine) == (1, 2, 5)
    assert engine.amend("A", {("LAMP", "NEAR"): 0, ("BULB", "NEAR"): 6}) is OK
    assert all_taken(engine) == (1, 1, 6)
    engine.check()


def test_units_that_are_added_at_another_node_are_an_order_of_it():
    engine = shop(*EACH)
    placed(engine)
    assert engine.amend("A", {("LAMP", "FAR"): 3}) is OK
    assert all_taken(engine, "FAR") == (1, 1, 3)
    assert all_taken(engine) == (1, 1, 2)


def test_a_node_that_can_do_no_more_is_not_given_more_and_nothing_changes():
    engine = shop(om.Capacity(4, "units"))
    placed(engine)
    before = engine.digest()
    assert engine.amend("A", {("LAMP", "NEAR"): 5}) is FULL
    assert engine.digest() == before
    assert engine.amend("A", {("LAMP", "NEAR"): 4}) is OK
    assert engine.amend("A", {("LAMP", "NEAR"): 3, ("BULB", "NEAR"): 1}) is OK
    assert engine.amend("A", {("LAMP", "NEAR"): 9}) is FULL
    assert engine.amend("A", {("LAMP", "NEAR"): 99}) is om.Status.SHORT


def test_over_a_price_more_may_be_added():
    engine = shop(om.Capacity(2, "units", over_price=1))
    placed(engine)
    assert engine.amend("A", {("LAMP", "NEAR"): 5}) is OK
    assert taken(engine) == 5


def test_more_is_work_of_the_day_on_which_the_rest_is():
    engine = shop(om.Capacity(4, "units", backlog_days=2), nodes=["NEAR"])
    placed(engine, "A", LAMP=3)
    placed(engine, "B", LAMP=2)
    assert taken(engine, days=2) == [3, 2]
    assert engine.amend("B", {("LAMP", "NEAR"): 4}) is OK
    assert taken(engine, days=2) == [3, 4]
    assert engine.amend("B", {("LAMP", "NEAR"): 5}) is FULL


def test_more_of_what_was_worked_yesterday_is_work_of_today():
    engine = shop(om.Capacity(4, "units"))
    placed(engine, "A", LAMP=3)
    tomorrow = NOW + DAY
    assert engine.amend("A", {("LAMP", "NEAR"): 6}, now=tomorrow) is OK
    assert engine.capacity("NEAR", now=tomorrow)["taken"] == [3]


def test_what_is_held_by_naming_cells_is_no_work_and_stays_none():
    engine = shop(om.Capacity(4, "units"))
    engine.reserve({("LAMP", "NEAR"): 2}, id="A")
    assert engine.amend("A", {("LAMP", "NEAR"): 9}) is OK
    assert taken(engine) == 0


def test_work_of_one_service_grows_where_it_is():
    express = om.Capacity(9, "units", services=["express"])
    engine = shop(om.Capacity(9, "units"), express, services=(GROUND, EXPRESS))
    placed(engine, "A", services=["express"])
    placed(engine, "B", services=["ground"])
    engine.amend("A", {("LAMP", "NEAR"): 3})
    engine.amend("B", {("LAMP", "NEAR"): 6})
    assert engine.capacity("NEAR")["taken"] == [9, 3]


# -- moved ---------------------------------------------------------------------------------


def test_a_move_frees_the_work_of_one_node_and_is_that_of_the_other():
    engine = shop(*EACH)
    placed(engine, LAMP=2, BULB=1)
    assert engine.move("A", "NEAR", "FAR", {"LAMP": 2}) is OK
    assert all_taken(engine) == (1, 1, 1)
    assert all_taken(engine, "FAR") == (1, 1, 2)
    assert engine.move("A", "NEAR", "FAR") is OK
    assert all_taken(engine) == (0, 0, 0)
    assert all_taken(engine, "FAR") == (1, 2, 3)


def test_a_move_to_a_node_that_is_full_is_refused():
    engine = shop(om.Capacity(1))
    placed(engine, "A")
    placed(engine, "B")
    before = engine.digest()
    assert engine.move("A", "NEAR", "FAR") is FULL
    assert engine.digest() == before
    engine.cancel("B")
    assert engine.move("A", "NEAR", "FAR") is OK


def test_what_is_moved_waits_for_the_first_day_with_room():
    engine = shop(om.Capacity(1, node="FAR", backlog_days=1))
    order = om.Order({"LAMP": 1}, TO, id="B", exclude_nodes=["NEAR"])
    assert engine.place(order).status is OK
    # Nobody counts work at NEAR: what comes from there is work all the same.
    placed(engine, "A")
    assert engine.move("A", "NEAR", "FAR") is OK
    assert taken(engine, "FAR", "orders", days=2) == [1, 1]
    assert engine.move("A", "FAR", "NEAR") is OK
    assert taken(engine, "FAR", "orders", days=2) == [1, 0]


def test_what_is_due_later_is_moved_to_the_work_of_that_day():
    engine = shop(om.Capacity(1))
    placed(engine, "A", due=NOW + 2 * DAY)
    placed(engine, "B")
    assert engine.move("B", "NEAR", "FAR") is OK
    assert engine.move("A", "NEAR", "FAR") is OK
    assert taken(engine, "FAR", "orders", days=3) == [1, 0, 1]
    assert taken(engine, "NEAR", "orders", days=3) == [0, 0, 0]


# -- bound ---------------------------------------------------------------------------------


def test_what_is_bound_to_a_node_that_is_named_is_its_work():
    engine = shop(om.Capacity(3, "units"))
    engine.reserve({("LAMP", None): 4}, id="A")
    assert taken(engine) == 0
    assert engine.bind("A", "NEAR").status is FULL
    assert engine.bind("A", {("LAMP", "NEAR"): 3}).status is OK
    assert taken(engine) == 3
    assert engine.bind("A", "FAR").status is OK
    assert taken(engine, "FAR") == 1
    engine.release("A")
    assert (taken(engine), taken(engine, "FAR")) == (0, 0)


# -- redated -------------------------------------------------------------------------------


def test_work_goes_to_the_day_that_units_are_due():
    engine = shop(*EACH, journal=True)
    placed(engine, LAMP=2, BULB=1)
    assert engine.redate("A", NOW + 2 * DAY) is OK
    for of, many in (("orders", 1), ("lines", 2), ("units", 3)):
        assert taken(engine, "NEAR", of, days=3) == [0, 0, many]
    # A part of it is a parcel of its own.
    assert engine.redate("A", None, {("LAMP", "NEAR"): 1}) is OK
    for of, many in (("orders", (1, 1)), ("lines", (1, 1)), ("units", (1, 2))):
        assert taken(engine, "NEAR", of, days=3) == [many[0], 0, many[1]]
    engine.cancel("A")
    assert sum(engine.capacity("NEAR", days=3)["taken"]) == 0
    fresh = om.Engine(engine.network, engine.items, clock=lambda: 0)
    fresh.replay(engine.log)
    assert fresh.digest() == engine.digest()


def test_a_part_of_one_line_is_no_order_of_its_own():
    """It is not known any more which units were in which parcel."""
    engine = shop(*EACH)
    placed(engine, LAMP=5)
    assert engine.redate("A", NOW + DAY, {("LAMP", "NEAR"): 2}) is OK
    assert taken(engine, "NEAR", "orders", days=2) == [1, 0]
    assert taken(engine, "NEAR", "units", days=2) == [3, 2]
    engine.check()


def test_a_day_that_is_full_takes_no_more_from_another():
    engine = shop(om.Capacity(1))
    placed(engine, "A")
    placed(engine, "B", due=NOW + DAY)
    before = engine.digest()
    assert engine.redate("A", NOW + DAY) is FULL
    assert engine.redate("B", None) is FULL
    assert engine.digest() == before
    # Later the same day is no other day.
    assert engine.redate("A", NOW + timedelta(hours=2)) is OK
    assert taken(engine, "NEAR", "orders", days=2) == [1, 1]


def test_a_machine_that_moves_things_about_never_has_more_work_than_units():
    """Whatever is done: no limit is passed, all is given back, and replay agrees."""
    said = set()
    for seed in range(4 if WITHOUT_JIT else 12):
        dice = Random(seed)
        rules = [
            om.Capacity(5, "orders", backlog_days=dice.choice([0, 1])),
            om.Capacity(12, "units"),
            om.Capacity(8, "lines", node="FAR", backlog_days=1),
        ]
        engine = shop(*rules[: dice.randint(1, 3)], journal=True)
        for step in range(60):
            id = f"o{dice.randrange(8)}"
            node, sku = dice.choice(["NEAR", "FAR"]), dice.choice(["LAMP", "BULB"])
            due = dice.choice([None, None, NOW + dice.randint(1, 2) * DAY])
            what = dice.randrange(6)
            if what < 2:
                lines = {"LAMP": dice.randint(1, 3), "BULB": dice.randint(1, 2)}
                engine.place(om.Order(lines, TO, id=f"o{step % 8}"), due=due)
            elif what == 2:
                lines = {(sku, node): dice.randint(0, 5)}
                said.add(engine.amend(id, lines, due=due))
            elif what == 3:
                said.add(engine.move(id, node, "FAR" if node == "NEAR" else "NEAR"))
            elif what == 4:
                said.add(engine.redate(id, due))
            else:
                said.add(engine.cancel(id, {(sku, node): 1}))
            told = engine.capacity(days=4)
            assert min(told["left"]) >= 0
            engine.check()
        fresh = om.Engine(engine.network, engine.items, clock=lambda: 0)
        fresh.replay(engine.log)
        assert fresh.digest() == engine.digest()
        for k in range(8):
            engine.cancel(f"o{k}")
            engine.release(f"o{k}")
        assert not any(engine.capacity(days=4)["taken"])
    assert {OK, FULL} <= said
