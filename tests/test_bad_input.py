"""Bad input: one clear error with the path, and nothing changed."""

from __future__ import annotations

import copy
import pickle
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import omniroute as om
from omniroute.engine import Engine

TO = om.Destination(postcode="55425")
#: In UTC it is in the year 10000.
LAST = datetime.max.replace(tzinfo=timezone(timedelta(hours=-12)))
NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001 - naive is the case


@pytest.fixture(scope="module")
def engine():
    """One engine for all: nothing here may change it."""
    network = om.Network(
        [om.Node("N1"), om.Node("N2")],
        [
            om.Service("ground", "ship", om.RateCard.flat(5)),
            om.Service("pickup", "collect", om.RateCard.flat(0)),
        ],
    )
    made = Engine(
        network, [om.Item("BOLT"), om.Item("ROPE", decimals=2)], clock=lambda: 9
    )
    made.apply([om.Receive("BOLT", "N1", 10), om.Receive("ROPE", "N2", 2.5)])
    made.place(om.Order({"BOLT": 1}, TO), id="A")
    return made


def order(lines=None, to=TO, **terms):
    return om.Order({"BOLT": 1} if lines is None else lines, to, **terms)


def frame(**columns):
    return {
        "sku": ["BOLT", "BOLT"],
        "node": ["N1", "N2"],
        "quantity": [1, 2],
        **columns,
    }


def clocked(answer):
    """A question to an engine whose clock answers this."""
    return lambda e: Engine(e.network, [], clock=lambda: answer).release("A")


CASES = {
    # making an order
    "no lines": (lambda _: order({}), "lines"),
    "no lines at all": (lambda _: order([]), "lines"),
    "zero quantity": (lambda _: order({"BOLT": 0}), "lines[0].quantity"),
    "negative quantity": (lambda _: order({"BOLT": -1}), "lines[0].quantity"),
    "NaN": (lambda _: order({"BOLT": float("nan")}), "lines[0].quantity"),
    "NaN decimal": (lambda _: order({"BOLT": Decimal("NaN")}), "lines[0].quantity"),
    "infinity": (lambda _: order({"BOLT": float("inf")}), "lines[0].quantity"),
    "text as quantity": (lambda _: order({"BOLT": "2"}), "lines[0].quantity"),
    "truth as quantity": (lambda _: order({"BOLT": True}), "lines[0].quantity"),
    "empty SKU": (lambda _: order({"": 1}), "lines[0].sku"),
    "naive time": (lambda _: order(placed_at=NAIVE), "placed_at"),
    "postcode as destination": (lambda _: order(to="55425"), "destination"),
    "no place": (lambda _: om.Destination(), "postcode"),
    "half a place": (lambda _: om.Destination(latitude=44.0), "longitude"),
    "impossible latitude": (
        lambda _: om.Destination(latitude=91, longitude=0),
        "latitude",
    ),
    "impossible longitude": (
        lambda _: om.Destination(latitude=0, longitude=-180.5),
        "longitude",
    ),
    "NaN latitude": (
        lambda _: om.Destination(latitude=float("nan"), longitude=0),
        "latitude",
    ),
    # routing it
    "unknown SKU": (
        lambda e: e.route(order({"BOLT": 1, "NIX": 1})),
        "order.lines[1].sku",
    ),
    "too fine": (lambda e: e.route(order({"BOLT": 0.5})), "order.lines[0].quantity"),
    "finer than decimals": (
        lambda e: e.route(order({"ROPE": Decimal("0.125")})),
        "order.lines[0].quantity",
    ),
    "beyond counting": (lambda e: e.route(order({"BOLT": 2**21})), "order.lines"),
    "unknown service": (
        lambda e: e.route(order(services=["air"])),
        "order.services[0]",
    ),
    "unknown exclusion": (
        lambda e: e.route(order(exclude_nodes=["N1", "NX"])),
        "order.exclude_nodes[1]",
    ),
    "unknown pick-up": (lambda e: e.route(order(collect_at="NX")), "order.collect_at"),
    "pick-up without pick-up": (
        lambda e: e.route(order(collect_at="N1", services=["ground"])),
        "order.services",
    ),
    "malformed postcode": (
        lambda e: e.route(order(to=om.Destination(postcode="ABC-12"))),
        "order.destination.postcode",
    ),
    "weight in words": (lambda _: om.RateCard.flat(2).price(1, "3"), "weight_g"),
    "weight of NaN": (
        lambda _: om.RateCard.flat(2).price(1, float("nan")),
        "weight_g",
    ),
    "text as price": (lambda _: om.RateCard.flat("3.90"), "prices[1][0]"),
    "latitude beyond floats": (lambda _: om.Node("N", latitude=10**400), "latitude"),
    "latitude that signals": (
        lambda _: om.Destination(latitude=Decimal("sNaN"), longitude=0),
        "latitude",
    ),
    "quantity beyond floats": (
        lambda _: order({"BOLT": Fraction(10**400)}),
        "lines[0].quantity",
    ),
    "quantity beyond printing": (
        lambda _: order({"BOLT": 10**5000}),
        "lines[0].quantity",
    ),
    "price beyond floats": (
        lambda _: om.RateCard.flat(Fraction(10**400)),
        "prices[1][0]",
    ),
    "single precision": (
        lambda e: e.route(order({"ROPE": np.float32(5.1)})),
        "lines[0].quantity",
    ),
    "unprintable id": (lambda e: e.place(order(), id={"A": 10**5000}), "id"),
    "after the last year": (lambda e: e.route(order(), now=LAST), "now"),
    "odd explain": (lambda e: e.route(order(), explain="no"), "explain"),
    "unknown node in policy": (
        lambda e: e.route(order(), policy=om.RoutingPolicy(exclude_nodes=["NX"])),
        "policy.exclude_nodes[0]",
    ),
    "no policy": (
        lambda e: e.route(order(), policy={"objective": "cheapest"}),
        "policy",
    ),
    "no order": (lambda e: e.route({"BOLT": 1}), "order"),
    "naive now": (lambda e: e.route(order(), now=NAIVE), "now"),
    # place, release, batch
    "no id": (lambda e: e.place(order()), "id"),
    "empty id": (lambda e: e.place(order(), id=""), "id"),
    "number as id": (lambda e: e.place(order(), id=7), "id"),
    "zero time to live": (lambda e: e.place(order(), id="B", ttl=0), "ttl"),
    "negative time to live": (
        lambda e: e.place(order(), id="B", ttl=timedelta(seconds=-1)),
        "ttl",
    ),
    "odd time to live": (lambda e: e.place(order(), id="B", ttl="soon"), "ttl"),
    "place no order": (lambda e: e.place(None, id="B"), "order"),
    "place bad order": (
        lambda e: e.place(order({"NIX": 1}), id="B"),
        "order.lines[0].sku",
    ),
    "bad order under a taken id": (
        lambda e: e.place(order({"NIX": 1}), id="A"),
        "order.lines[0].sku",
    ),
    "odd partial": (lambda e: e.place(order(), id="B", partial="no"), "partial"),
    "no partial": (lambda e: e.place(order(), id="B", partial=None), "partial"),
    "partial of two": (
        lambda e: e.place(order(), id="B", partial=np.array([1, 2])),
        "partial",
    ),
    "odd partial of a plan": (
        lambda e: e.reserve(e.route(order()), id="B", partial=1),
        "partial",
    ),
    "explain in words": (
        lambda e: e.place(order(), id="B", explain="yes"),
        "explain",
    ),
    "time to live without end": (
        lambda e: e.place(order(), id="B", ttl=253_402_300_799),
        "ttl",
    ),
    "list to release": (lambda e: e.release(["x"]), "id"),
    "list to commit": (lambda e: e.commit(["x"]), "id"),
    "list to fulfil": (lambda e: e.fulfil({"x": 1}), "id"),
    "number to cancel": (lambda e: e.cancel(7), "id"),
    "no end of an extension": (lambda e: e.extend("A", 253_402_300_799), "ttl"),
    "odd sticky": (lambda e: e.place(order(), id="B", sticky="no"), "sticky"),
    "odd sticky of cells": (
        lambda e: e.reserve({("BOLT", "N1"): 1}, id="B", sticky=None),
        "sticky",
    ),
    "odd part of many": (
        lambda e: e.reserve_many(
            {"id": ["B"], "sku": ["BOLT"], "node": ["N1"], "quantity": [1]},
            partial="no",
        ),
        "partial",
    ),
    "no batch reserved": (
        lambda e: e.route_many([order(id="B")], reserve="no"),
        "reserve",
    ),
    "no part of a batch": (
        lambda e: e.route_many([order(id="B")], reserve=True, partial="no"),
        "partial",
    ),
    "plan out of the batch": (lambda e: e.route_many([order()]).plan(5), "i"),
    "plan before the batch": (lambda e: e.route_many([order()]).plan(-2), "i"),
    "plan by name": (lambda e: e.route_many([order()]).plan("x"), "i"),
    "plan of an empty batch": (lambda e: e.route_many([]).plan(0), "i"),
    "rows below zero": (lambda e: e.route(order()).explain().table(-1), "rows"),
    "rows of none": (lambda e: e.route(order()).explain().table(None), "rows"),
    "rows in words": (lambda e: e.availability().table("x"), "rows"),
    "columns below zero": (lambda e: e.availability().table(1, -1), "columns"),
    "batch of one": (lambda e: e.route_many(order()), "orders"),
    "batch with a gap": (lambda e: e.route_many([order(id="B"), None]), "orders[1]"),
    "batch without ids": (
        lambda e: e.route_many([order(id="B"), order()], reserve=True),
        "orders[1].id",
    ),
    "batch with a bad order": (
        lambda e: e.route_many(
            [order(id="B"), order({"BOLT": 0.5}, id="C")], reserve=True
        ),
        "orders[1].lines[0].quantity",
    ),
    "batch to a malformed postcode": (
        lambda e: e.route_many([order(to=om.Destination(postcode="ABC-12"))]),
        "orders[0].destination.postcode",
    ),
    # stock facts
    "event unknown SKU": (
        lambda e: e.apply([om.Receive("BOLT", "N1", 1), om.Receive("NIX", "N1", 1)]),
        "events[1].sku",
    ),
    "event unknown node": (lambda e: e.apply(om.Sell("BOLT", "NX", 1)), "node"),
    "event too fine": (
        lambda e: e.apply([om.Receive("BOLT", "N1", 0.5)]),
        "events[0].quantity",
    ),
    "event over a full cell": (
        lambda e: e.apply(
            [om.Receive("BOLT", "N2", 1), om.Receive("BOLT", "N1", 2**31 - 1)]
        ),
        "events[1].quantity",
    ),
    "row over a full cell": (
        lambda e: e.apply(frame(quantity=[2**31 - 1, 2])),
        "events.quantity[0]",
    ),
    "receive nothing": (lambda _: om.Receive("BOLT", "N1", 0), "quantity"),
    "count below zero": (lambda _: om.Count("BOLT", "N1", -1), "quantity"),
    "event naive": (lambda _: om.Receive("BOLT", "N1", 1, at=NAIVE), "at"),
    "frame lacks a column": (
        lambda e: e.apply({"sku": ["BOLT"], "quantity": [1]}),
        "events",
    ),
    "frame of odd lengths": (lambda e: e.apply(frame(node=["N1"])), "events.node"),
    "text in a number": (
        lambda e: e.apply(frame(quantity=[1, "2"])),
        "events.quantity[1]",
    ),
    "NaN in a frame": (
        lambda e: e.apply(frame(quantity=[1.0, float("nan")])),
        "events.quantity[1]",
    ),
    "unknown SKU in a frame": (
        lambda e: e.apply(frame(sku=["BOLT", "NIX"])),
        "events.sku[1]",
    ),
    "odd event in a frame": (
        lambda e: e.apply(frame(event=["receive", "steal"])),
        "events.event[1]",
    ),
    # what is sold, and where from
    "item twice": (
        lambda e: e.add_items([om.Item("NEW"), om.Item("NEW")]),
        "items[1].sku",
    ),
    "item known": (lambda e: e.add_items([om.Item("BOLT")]), "items[0].sku"),
    "no items": (lambda e: e.add_items("BOLT"), "items"),
    "no item": (lambda e: e.add_items([om.Item("NEW"), "BOLT"]), "items[1]"),
    "node twice": (
        lambda e: om.Network([om.Node("N"), om.Node("N")], e.network.services),
        "nodes[1].id",
    ),
    "no network": (lambda _: Engine(None, []), "network"),
    "no clock": (lambda e: Engine(e.network, [], clock=None), "clock"),
    "clock without an answer": (clocked(None), "clock"),
    "clock of NaN": (clocked(float("nan")), "clock"),
    "clock beyond time": (clocked(1e300), "clock"),
    "clock in milliseconds": (clocked(1_767_225_600_000), "clock"),
    "no log": (lambda e: e.replay([]), "log"),
    # questions
    "availability unknown SKU": (lambda e: e.available_to_promise("NIX"), "sku"),
    "availability unknown node": (
        lambda e: e.available_to_promise("BOLT", "NX"),
        "node",
    ),
    "by node unknown SKU": (lambda e: e.available_by_node("NIX"), "sku"),
    "matrix unknown SKU": (lambda e: e.availability(["BOLT", "NIX"]), "skus[1]"),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_one_error_with_its_path_and_changes_nothing(engine, case):
    """The error is ours, says where, and the state is as it was."""
    call, path = CASES[case]
    before, items = engine.digest(), engine.items
    with pytest.raises(om.OmnirouteError) as caught:
        call(engine)
    if path is not None:
        assert caught.value.path == path
        assert str(caught.value).startswith(f"{path}: ")
    assert engine.digest() == before
    assert engine.items == items
    engine.check()


def test_an_event_that_overflows_says_which_cell_and_by_what(engine):
    """In the words of the caller, not as a row of numbers."""
    with pytest.raises(om.ValidationError) as caught:
        engine.apply([om.Receive("ROPE", "N2", 1), om.Receive("ROPE", "N2", 21474836)])
    assert str(caught.value) == (
        "events[1].quantity: expected stock of SKU 'ROPE' at node 'N2' to stay within "
        "21474836.47 units, found Decimal('21474836')"
    )


@pytest.mark.parametrize(
    "make", [lambda: order({"BOLT": "2"}), lambda: om.RateCard.flat("3.90")]
)
def test_a_number_in_a_text_is_called_a_text(make):
    """Else ``expected a number, found '2'`` looks like a mistake of ours."""
    with pytest.raises(om.OmnirouteError, match=r"expected .*, not text, found '"):
        make()


def test_a_number_of_another_precision_says_what_it_is():
    """5.1 in 32 bits is another number than 5.1."""
    with pytest.raises(om.ValidationError, match=r"\(that is 5\.099999904632568\)$"):
        order({"ROPE": np.float32(5.1)})
    assert order({"ROPE": np.float32(5.5)}).lines[0].quantity == 5.5


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: om.RateCard([2_000, 1_000], {1: [1, 2]}), "found 1000"),
        (lambda: om.DistanceBands([50, 10]), "found 10"),
        (lambda: om.Destination(postcode=80331), "digits, as text"),
        (lambda: om.DispatchRule(processing=-5), "whole seconds from 0 on"),
        (
            lambda: om.Receive("BOLT", "N1", 1, at=1_800_000_000_000),
            "found 1800000000000 (these may be milliseconds)",
        ),
        (lambda: om.RoutingPolicy.from_dict({"schema": 9}), "schema version 1, found"),
    ],
)
def test_a_message_tells_what_was_written_and_what_would_do(make, text):
    """In the caller's own words, and not in those of the inside."""
    with pytest.raises(om.OmnirouteError) as caught:
        make()
    assert text in f"{caught.value}$"


@pytest.mark.parametrize("nothing", [0, "0min", timedelta(0)])
def test_no_time_at_all_can_be_said_in_each_way(nothing):
    """Work that takes none."""
    assert om.DispatchRule(processing=nothing).processing == timedelta(0)


@pytest.mark.parametrize("act", [copy.copy, copy.deepcopy, pickle.dumps])
def test_an_engine_is_not_copied_and_says_what_to_do_instead(engine, act):
    """Its log can be replayed."""
    with pytest.raises(TypeError, match=r"journal=True.*replay"):
        act(engine)


def test_plans_and_batches_are_not_pickled_and_say_what_can_be(engine):
    """They read their engine; what they say goes anywhere. Copied, they are the same."""
    some = om.Order({"BOLT": 1}, om.Destination(postcode="55425"), id="p")
    plan, batch = engine.route(some), engine.route_many([some])
    for answer in (plan, batch):
        assert copy.copy(answer) is copy.deepcopy(answer) is answer
        with pytest.raises(TypeError, match=r"reads its engine and cannot be pickled"):
            pickle.dumps(answer)
    told = plan.shipments, plan.explain(), plan.cost
    assert repr(pickle.loads(pickle.dumps(told))) == repr(told)
    columns = batch.columns()
    again = pickle.loads(pickle.dumps(columns))
    assert {name: column.tolist() for name, column in again.items()} == {
        name: column.tolist() for name, column in columns.items()
    }


def test_a_destination_nobody_serves_is_an_outcome_and_no_exception():
    """`Status.UNSERVED`, with everything short, alone and in a batch."""
    network = om.Network(
        [om.Node("N1", latitude=40.0, longitude=-74.0)],
        [
            om.Service(
                "courier",
                "same_day",
                om.RateCard.flat(9),
                om.DistanceBands([20]),
            )
        ],
    )
    local = Engine(network, [om.Item("BOLT")], clock=lambda: 0)
    local.apply(om.Receive("BOLT", "N1", 5))
    for to in (
        om.Destination(latitude=21.3, longitude=-157.8),
        om.Destination(postcode="99999"),
        om.Destination(postcode="SW1A 1AA", country="GB"),
    ):
        far = om.Order({"BOLT": 2}, to, id="A")
        plan = local.route(far)
        assert plan.status is om.Status.UNSERVED
        assert plan.shipments == ()
        assert [line.quantity for line in plan.shortages] == [2]
        with pytest.raises(om.StatusError, match="UNSERVED"):
            plan.raise_for_status()
        assert local.place(far).status is om.Status.UNSERVED
        found = local.route_many([far], reserve=True)
        assert om.Status(found.status[0]) is om.Status.UNSERVED
        assert not found.reserved[0]
