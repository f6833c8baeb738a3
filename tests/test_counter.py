"""At a counter: what a store lacks comes from elsewhere, one thing goes for another."""

from __future__ import annotations

from random import Random

import attrs
import pytest

import omniroute as om
from omniroute.codes import Status
from tests.conftest import WITHOUT_JIT
from tests.routing.worlds import world
from tests.test_after import TO, engine, held, replayed

SHIRTS = {"MALL": {"M": 1, "L": 1}, "HUB": {"L": 5, "HAT": 5}}


# -- exchange --------------------------------------------------------------------------


def test_one_comes_back_and_another_goes_out_in_one_step():
    """One batch in the log: a replay has both or neither."""
    made = engine(SHIRTS)
    before = len(made.log)
    done = made.exchange(om.Return("M", "MALL", 1), om.Order({"L": 1}, TO, id="X-1"))
    assert (done.status, done.returned) == (Status.OK, 1)
    assert made.stock("M", "MALL").on_hand == 2
    assert held(made, "X-1") == {("L", "MALL"): 1}
    assert len(made.log) == before + 1
    replayed(made)


def test_nothing_comes_back_for_what_cannot_be_had():
    made = engine(SHIRTS)
    digest = made.digest()
    done = made.exchange(om.Return("M", "MALL", 1), om.Order({"L": 7}, TO, id="X-1"))
    assert (done.status, done.returned) == (Status.SHORT, None)
    assert made.digest() == digest
    with pytest.raises(om.StatusError):
        done.raise_for_status()
    part = om.Order({"L": 7}, TO, id="X-2")
    done = made.exchange(om.Return("M", "MALL", 1), part, partial=True)
    assert (done.status, done.returned) == (Status.SHORT, 1)


def test_what_comes_back_does_not_go_out_again_at_once():
    """The same unit for itself is no exchange."""
    made = engine({"MALL": {"M": 1}})
    order = om.Order({"M": 2}, TO, id="X-1")
    assert made.exchange(om.Return("M", "MALL", 1), order).status is Status.SHORT


def test_an_exchange_made_twice_is_made_once():
    """The retry is told EXISTS, and nothing comes back twice; other returns are told."""
    made = engine(SHIRTS)
    order, back = om.Order({"L": 1}, TO, id="X-1"), om.Return("M", "MALL", 1)
    made.exchange(back, order)
    digest = made.digest()
    again = made.exchange([back], order)
    assert (again.status, again.returned) == (Status.EXISTS, None)
    assert again.placement.reserved
    different = Status.EXISTS_WITH_DIFFERENT_TERMS
    two = om.Return("M", "MALL", 2)
    assert made.exchange(two, order).status is different
    worn = om.Return("M", "MALL", 1, state="damaged")
    assert made.exchange(worn, order).status is different
    assert made.place(order).status is different
    assert made.digest() == digest


def test_what_comes_back_may_be_damaged_and_of_several_kinds():
    made = engine(SHIRTS)
    back = [
        om.Return("M", "MALL", 1, state="damaged", event_id="R-1"),
        om.Return("HAT", "MALL", 1, at=made.now),
    ]
    done = made.exchange(back, om.Order({"L": 1}, TO, id="X-1"))
    assert done.returned == 2
    assert made.stock("M", "MALL").unavailable == {"damaged": 1}
    replayed(made)


@pytest.mark.parametrize(
    ("returned", "path"),
    [
        (om.Return("X", "MALL", 1), "sku"),
        (om.Return("M", "X", 1), "node"),
        (om.Receive("M", "MALL", 1), "returned"),
        ([om.Return("M", "MALL", 1), om.Sell("M", "MALL", 1)], r"returned\[1\]"),
        ([], "returned"),
        ("M", "returned"),
        (om.Return("M", "MALL", 2**31 - 1), "quantity"),
    ],
)
def test_a_return_that_cannot_be_leaves_the_order_unplaced(returned, path):
    made = engine(SHIRTS)
    digest = made.digest()
    with pytest.raises((om.ValidationError, om.UnknownIdError), match=path):
        made.exchange(returned, om.Order({"L": 1}, TO, id="X-1"))
    assert made.digest() == digest
    # And the engine goes on.
    assert made.place(om.Order({"L": 1}, TO, id="X-1")).status is Status.OK
    replayed(made)


# -- endless aisle ---------------------------------------------------------------------


def test_what_is_here_is_taken_along_and_the_rest_is_sent():
    made = engine(SHIRTS)
    order = om.Order({"L": 3, "HAT": 1}, TO, id="T-1")
    before = len(made.log)
    sold = made.endless_aisle(order, "MALL")
    assert sold.status is Status.OK
    assert sold.here == (om.HoldLine("L", "MALL", 1),)
    assert [s.node for s in sold.plan.shipments] == ["HUB"]
    assert held(made, "T-1") == {("L", "MALL"): 1, ("L", "HUB"): 2, ("HAT", "HUB"): 1}
    assert len(made.log) == before + 1
    assert made.fulfil("T-1", sold.here) is Status.OK
    assert made.stock("L", "MALL").on_hand == 0
    replayed(made)


def test_a_store_that_has_it_all_sends_nothing():
    """However cheap it were from elsewhere, and whoever may not send."""
    made = engine(SHIRTS)
    order = om.Order({"M": 1, "L": 1}, TO, id="T-1", exclude_nodes=["MALL", "HUB"])
    sold = made.endless_aisle(order, "MALL")
    assert (sold.status, sold.plan) == (Status.OK, None)
    assert sold.reserved


def test_a_store_that_has_nothing_sells_from_elsewhere():
    made = engine(SHIRTS)
    sold = made.endless_aisle(om.Order({"HAT": 1}, TO, id="T-1"), "MALL")
    assert (sold.status, sold.here) == (Status.OK, ())


def test_all_of_it_or_a_part_where_that_will_do():
    made = engine(SHIRTS)
    digest = made.digest()
    order = om.Order({"L": 9}, TO, id="T-1")
    sold = made.endless_aisle(order, "MALL")
    assert (sold.status, sold.reserved) == (Status.SHORT, False)
    with pytest.raises(om.StatusError):
        sold.raise_for_status()
    assert made.digest() == digest
    sold = made.endless_aisle(order, "MALL", partial=True)
    assert (sold.status, sold.reserved) == (Status.SHORT, True)
    assert held(made, "T-1") == {("L", "MALL"): 1, ("L", "HUB"): 5}
    assert sold.plan.shortages[0].quantity == 3


def test_a_sale_made_twice_is_made_once():
    made = engine(SHIRTS)
    order = om.Order({"L": 2}, TO, id="T-1")
    made.endless_aisle(order, "MALL", ttl=60)
    digest = made.digest()
    again = made.endless_aisle(order, "MALL", ttl=60)
    assert (again.status, again.reserved) == (Status.EXISTS, True)
    different = Status.EXISTS_WITH_DIFFERENT_TERMS
    assert made.endless_aisle(order, "HUB", ttl=60).status is different
    assert made.digest() == digest


def test_the_network_may_not_have_what_both_have():
    """Two are held back of six in all: one here leaves three elsewhere, not five."""
    made = engine(SHIRTS)
    made.set_safety([om.SafetyRule(2, sku="L", guards="network")])
    sold = made.endless_aisle(om.Order({"L": 5}, TO, id="T-1"), "MALL", partial=True)
    assert (sold.status, held(made, "T-1")) == (
        Status.SHORT,
        {("L", "MALL"): 1, ("L", "HUB"): 3},
    )
    assert made.available_to_promise("L") == 0
    replayed(made)


def test_a_channel_sells_out_of_its_own_fence():
    web = [om.Channel("web", fall_back=("pool",)), om.Channel("store")]
    made = engine(SHIRTS, channels=web)
    made.allocate([om.RingFence("store", "L", 1, nodes="MALL")])
    order = om.Order({"L": 2}, TO, id="T-1", channel="web")
    sold = made.endless_aisle(order, "MALL")
    assert (sold.here, held(made, "T-1")) == ((), {("L", "HUB"): 2})
    store = attrs.evolve(order, id="T-2", channel="store", lines={"L": 1})
    assert made.endless_aisle(store, "MALL").here[0].quantity == 1
    assert made.stock("L", "MALL").free == 0
    replayed(made, channels=web)


def test_a_kit_is_put_together_here_or_comes_whole():
    items = [om.Item("CUP"), om.Item("SET", components={"CUP": 2})]
    made = engine({"MALL": {"CUP": 3}, "HUB": {"CUP": 9}}, items)
    sold = made.endless_aisle(om.Order({"SET": 2}, TO, id="T-1"), "MALL")
    assert sold.here == (om.HoldLine("SET", "MALL", 1),)
    assert held(made, "T-1") == {("CUP", "MALL"): 2, ("CUP", "HUB"): 2}
    assert made.fulfil("T-1", sold.here) is Status.OK
    replayed(made)


def test_a_store_that_there_is_not_is_named():
    made = engine(SHIRTS)
    with pytest.raises(om.UnknownNodeError, match="at"):
        made.endless_aisle(om.Order({"L": 1}, TO, id="T-1"), "X")


@pytest.mark.parametrize("seed", range(3 if WITHOUT_JIT else 25))
def test_the_store_goes_first_and_the_rest_is_what_a_plain_order_gets(seed):
    """In any world: line by line what is here, and the plan of an order for the rest."""
    made = world(seed, journal=True)
    shop, dice = made.engine, Random(seed)
    for k in range(15):
        order, at = made.order(id=f"T-{k}"), dice.choice(shop.network.node_ids)
        wanted = {}
        for line in order.lines:
            wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
        here = {
            s: min(n, max(0, shop.available_to_promise(s, at)))
            for s, n in wanted.items()
        }
        rest = {s: n - here[s] for s, n in wanted.items() if n > here[s]}
        plan = None
        if rest:
            without = list(dict.fromkeys((*order.exclude_nodes, at)))
            plan = shop.route(attrs.evolve(order, lines=rest, exclude_nodes=without))
        sold = shop.endless_aisle(order, at, partial=True)
        assert {line.sku: line.quantity for line in sold.here} == {
            s: n for s, n in here.items() if n
        }
        assert repr(sold.plan) == repr(plan)
        for back in (om.Return(s, at, n) for s, n in list(here.items())[:1] if n):
            shop.exchange(back, made.order(id=f"X-{k}"), partial=True)
        shop.check()
    replayed(shop)


# -- a return pays once ------------------------------------------------------------------


def two_shelves():
    engine = om.Engine(
        om.Network(
            [om.Node("N1")], [om.Service("ground", "ship", om.RateCard.flat(5))]
        ),
        [om.Item("NUT"), om.Item("BOLT")],
        clock=lambda: 0,
    )
    engine.apply(om.Receive("BOLT", "N1", 5))
    return engine


def for_a_bolt(id):
    return om.Order({"BOLT": 1}, om.Destination(postcode="55425"), id=id)


@pytest.mark.parametrize(
    "told",
    [{"event_id": "R-1"}, {"source": "till", "sequence": 7}],
    ids=["id", "number"],
)
@pytest.mark.parametrize("by", ["exchange", "apply"])
def test_a_return_that_was_told_before_hands_out_nothing_more(told, by):
    """Under a new id the same coat would buy a second one."""
    engine, back = two_shelves(), om.Return("NUT", "N1", 1, **told)
    if by == "apply":
        engine.apply(back)
    else:
        assert engine.exchange(back, for_a_bolt("X-1")).status is om.Status.OK
    before = engine.digest()
    again = engine.exchange([om.Return("NUT", "N1", 1), back], for_a_bolt("X-2"))
    assert again.status is om.Status.ALREADY_RETURNED
    assert (again.returned, again.placement.reserved) == (None, False)
    assert engine.digest() == before
    with pytest.raises(om.StatusError):
        again.raise_for_status()
    # The id is free still, for an exchange that brings something.
    fresh = om.Return("NUT", "N1", 1, event_id="R-2")
    assert engine.exchange(fresh, for_a_bolt("X-2")).status is om.Status.OK


def test_one_return_twice_in_one_exchange_is_one_too_many():
    engine, back = two_shelves(), om.Return("NUT", "N1", 1, event_id="R-1")
    found = engine.exchange([back, back], for_a_bolt("X-1"))
    assert found.status is om.Status.ALREADY_RETURNED
    assert engine.stock("NUT", "N1").on_hand == 0


def test_the_same_exchange_again_is_still_the_same():
    engine, back = two_shelves(), om.Return("NUT", "N1", 1, event_id="R-1")
    for status in (om.Status.OK, om.Status.EXISTS):
        assert engine.exchange(back, for_a_bolt("X-1")).status is status
    assert engine.stock("BOLT", "N1").free == 4
