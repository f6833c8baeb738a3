"""The engine as its users meet it: place, release, expire, replay of requests."""

from __future__ import annotations

from decimal import Decimal

import attrs
import numpy as np
import pytest

import omniroute as om
from omniroute.codes import ReservationState
from omniroute.engine import Engine

TO = om.Destination(postcode="55425")


class Clock:
    """A clock that goes where it is told to."""

    def __init__(self):
        self.at = 1_000_000

    def __call__(self):
        return self.at


@pytest.fixture
def clock():
    """The simulated clock."""
    return Clock()


@pytest.fixture
def engine(clock):
    """Two nodes, N1 cheaper than N2; ten bolts at N1, four at N2, three nuts at N2."""
    network = om.Network(
        [om.Node("N1", order_cost=1), om.Node("N2", order_cost=2)],
        [om.Service("ground", "ship", om.RateCard.flat(5), transit_days=2)],
    )
    items = [om.Item("BOLT"), om.Item("NUT"), om.Item("ROPE", decimals=2)]
    made = Engine(network, items, clock=clock, journal=True)
    made.apply(
        [
            om.Receive("BOLT", "N1", 10),
            om.Receive("BOLT", "N2", 4),
            om.Receive("NUT", "N2", 3),
            om.Receive("ROPE", "N1", 1.5),
        ]
    )
    return made


def order(lines, **terms):
    return om.Order(lines, TO, **terms)


# -- place -----------------------------------------------------------------------------


def test_placing_takes_the_stock_of_the_plan_and_nothing_else(engine):
    """What the plan says is what is held."""
    placed = engine.place(order({"BOLT": 3}), id="A")
    assert placed.status is om.Status.OK
    assert placed.reserved
    assert placed.expires_at is None
    assert engine.available_to_promise("BOLT", "N1") == 7
    assert engine.available_to_promise("BOLT", "N2") == 4
    assert engine.reservation("A").state is ReservationState.FIRM
    engine.check()


def test_the_id_of_the_order_serves_where_none_is_given(engine):
    """An order knows its own id."""
    assert engine.place(order({"BOLT": 1}, id="W-7")).id == "W-7"
    assert engine.reservation("W-7").lines == ((0, 0, 1, 1, 0),)
    with pytest.raises(om.ValidationError, match=r"^id: "):
        engine.place(order({"BOLT": 1}))


def test_the_same_request_again_exists_and_changes_nothing(engine):
    """A retry is safe, in whatever order its lines come."""
    engine.place(order([("BOLT", 2), ("NUT", 1)]), id="A", ttl="15min")
    before = engine.digest()
    again = engine.place(order([("NUT", 1), ("BOLT", 1), ("BOLT", 1)]), id="A", ttl=900)
    assert again.status is om.Status.EXISTS
    assert again.plan is None
    assert again.reserved
    assert again.raise_for_status() is again
    assert engine.digest() == before


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (om.Destination("55425"), om.Destination(postcode=np.str_("55425"))),
        (
            om.Destination("55425", country="US"),
            om.Destination(np.str_("55425"), country=np.str_("US")),
        ),
        (
            om.Destination(latitude=0.0, longitude=0),
            om.Destination(latitude=-0.0, longitude=Decimal("-0")),
        ),
    ],
)
def test_equal_destinations_make_the_same_request(engine, first, again):
    """Whatever types they were made from."""
    assert first == again
    engine.place(om.Order({"BOLT": 1}, first), id="A", ttl=9)
    retry = engine.place(om.Order({"BOLT": 1}, again), id=np.str_("A"), ttl=9)
    assert retry.status is om.Status.EXISTS
    (batched,) = engine.route_many(
        [om.Order({"BOLT": 1}, again, id=np.str_("A"))], reserve=True, ttl=9
    ).status
    assert batched == om.Status.EXISTS


def test_the_order_of_names_is_no_term(clock):
    """Services admitted and nodes excluded are sets."""
    cards = {name: om.RateCard.flat(5) for name in ("ground", "air")}
    network = om.Network(
        [om.Node(id) for id in ("N1", "N2", "N3")],
        [om.Service(name, "ship", card) for name, card in cards.items()],
    )
    shop = Engine(network, [om.Item("BOLT")], clock=clock)
    shop.apply(om.Receive("BOLT", "N3", 5))
    names, nodes = ["ground", "air"], ["N1", "N2"]
    shop.place(order({"BOLT": 1}, services=names, exclude_nodes=nodes), id="A")
    again = order({"BOLT": 1}, services=names[::-1], exclude_nodes=nodes[::-1])
    assert shop.place(again, id="A").status is om.Status.EXISTS


@pytest.mark.parametrize(
    ("changed", "ttl", "partial"),
    [
        (order({"BOLT": 2}, services=["ground"]), "15min", False),
        (attrs.evolve(order({"BOLT": 2}), destination=om.Destination("10001")), 900, 0),
        (order({"BOLT": 2}, exclude_nodes=["N2"]), "15min", False),
        (order({"BOLT": 2}), "16min", False),
        (order({"BOLT": 2}), None, False),
        (order({"BOLT": 2}), "15min", True),
    ],
)
def test_an_id_with_other_terms_is_refused(engine, changed, ttl, partial):
    """Another destination, service, exclusion, expiry or completeness."""
    engine.place(order({"BOLT": 2}), id="A", ttl="15min")
    before = engine.digest()
    other = engine.place(changed, id="A", ttl=ttl, partial=bool(partial))
    assert other.status is om.Status.EXISTS_WITH_DIFFERENT_TERMS
    assert not other.reserved
    with pytest.raises(om.StatusError):
        other.raise_for_status()
    assert engine.digest() == before


def test_an_id_with_other_lines_is_refused_before_its_terms_are_looked_at(engine):
    """Lines come first; the reservation shown is the earlier one, not this request's."""
    engine.place(order({"BOLT": 2}), id="A")
    for lines in ({"BOLT": 3}, {"BOLT": 2, "NUT": 1}, {"NUT": 2}):
        other = engine.place(order(lines), id="A", ttl="1h")
        assert other.status is om.Status.EXISTS_WITH_DIFFERENT_LINES
        assert not other.reserved
        assert other.reservation.id == "A"
        with pytest.raises(om.StatusError, match="EXISTS_WITH_DIFFERENT_LINES"):
            other.raise_for_status()


def test_placing_is_all_or_nothing_unless_a_part_is_wanted(engine):
    """Short orders reserve nothing; with ``partial`` what there is."""
    before = engine.digest()
    short = engine.place(order({"BOLT": 20, "NUT": 1}), id="A")
    assert short.status is om.Status.SHORT
    assert not short.reserved
    assert short.reservation is None
    assert engine.digest() == before
    with pytest.raises(om.StatusError, match="SHORT"):
        short.raise_for_status()
    part = engine.place(order({"BOLT": 20, "NUT": 1}), id="A", partial=True)
    assert part.status is om.Status.SHORT
    assert part.raise_for_status().reserved
    assert engine.available_to_promise("BOLT") == 0
    assert [(x.sku, x.quantity) for x in part.plan.shortages] == [("BOLT", 6)]


def test_an_id_that_reserved_nothing_is_free_for_another_try(engine):
    """Nothing was accepted under it."""
    assert engine.place(order({"BOLT": 99}), id="A").status is om.Status.SHORT
    assert engine.place(order({"BOLT": 9}), id="A").status is om.Status.OK


def test_each_order_sees_what_the_earlier_ones_took(engine):
    """Ten at N1 and four at N2 serve fourteen orders of one, and not a fifteenth."""
    placed = [engine.place(order({"BOLT": 1}), id=f"A-{k}") for k in range(15)]
    assert [p.status for p in placed] == [om.Status.OK] * 14 + [om.Status.OUT_OF_STOCK]
    nodes = [p.plan.shipments[0].node for p in placed[:14]]
    assert nodes == ["N1"] * 10 + ["N2"] * 4
    engine.check()


# -- time ------------------------------------------------------------------------------


def test_a_hold_ends_by_the_clock_at_its_second_and_not_before(engine, clock):
    """Fifteen minutes are 900 seconds."""
    placed = engine.place(order({"BOLT": 3}), id="A", ttl="15min")
    assert placed.expires_at.timestamp() == clock.at + 900
    clock.at += 899
    assert engine.available_to_promise("BOLT") == 11
    clock.at += 1
    assert engine.available_to_promise("BOLT") == 14
    assert engine.reservation("A").state is ReservationState.EXPIRED
    assert engine.release("A") is om.Status.EXPIRED


def test_a_retry_after_the_hold_has_ended_does_not_pass_for_reserved(engine, clock):
    """The id exists, but holds nothing any more: whoever relies on it is told."""
    engine.place(order({"BOLT": 3}), id="A", ttl="15min")
    clock.at += 900
    again = engine.place(order({"BOLT": 3}), id="A", ttl="15min")
    assert again.status is om.Status.EXISTS
    assert not again.reserved
    with pytest.raises(om.StatusError, match="EXPIRED") as caught:
        again.raise_for_status()
    assert caught.value.status is om.Status.EXPIRED
    engine.place(order({"BOLT": 3}), id="B")
    engine.release("B")
    with pytest.raises(om.StatusError, match="ALREADY_RELEASED"):
        engine.place(order({"BOLT": 3}), id="B").raise_for_status()


def test_a_clock_that_goes_back_does_not_take_the_engine_along(engine, clock):
    """What has expired stays expired."""
    engine.place(order({"BOLT": 3}), id="A", ttl=10)
    clock.at += 10
    assert engine.available_to_promise("BOLT") == 14
    later = engine.now
    clock.at -= 500
    assert engine.available_to_promise("BOLT") == 14
    assert engine.now == later


def test_now_given_with_a_call_is_the_time_from_then_on(engine, clock):
    """A caller's own time counts as the clock's."""
    engine.place(order({"BOLT": 3}), id="A", ttl=10)
    assert engine.available_to_promise("BOLT", now=clock.at + 10) == 14
    assert engine.now.timestamp() == clock.at + 10


# -- release ---------------------------------------------------------------------------


def test_releasing_gives_back_once(engine):
    """The second time says so and changes nothing."""
    before = engine.availability().quanta.copy()
    engine.place(order({"BOLT": 12, "NUT": 1}), id="A")
    assert engine.release("A") is om.Status.OK
    assert (engine.availability().quanta == before).all()
    digest = engine.digest()
    assert engine.release("A") is om.Status.ALREADY_RELEASED
    assert engine.release("B") is om.Status.UNKNOWN_RESERVATION
    assert engine.digest() == digest
    engine.check()


def test_an_unknown_reservation_is_an_error_that_names_the_id(engine):
    """Asking for it, unlike releasing it, has no answer."""
    with pytest.raises(om.UnknownReservationError, match="'NOBODY'"):
        engine.reservation("NOBODY")


# -- availability ----------------------------------------------------------------------


def test_available_to_promise_is_never_negative(engine):
    """A till that sells what the record did not know of leaves nothing, not less."""
    engine.apply(om.Sell("BOLT", "N1", 25))
    engine.apply(om.Safety("NUT", "N2", 8))
    assert engine.available_to_promise("BOLT", "N1") == 0
    assert engine.available_to_promise("BOLT") == 4
    assert engine.available_to_promise("NUT") == 0
    assert engine.available_by_node("BOLT").tolist() == [0, 4]
    assert (engine.availability().quanta >= 0).all()
    assert engine.route(order({"NUT": 1})).status is om.Status.OUT_OF_STOCK


def test_quantities_with_decimals_are_exact(engine):
    """Ten times a tenth is one, and a hundredth is the quantum."""
    for k in range(10):
        assert engine.place(order({"ROPE": 0.1}), id=f"R-{k}").status is om.Status.OK
    assert engine.available_to_promise("ROPE") == Decimal("0.5")
    with pytest.raises(om.ValidationError, match=r"^order\.lines\[0\]\.quantity: "):
        engine.route(order({"ROPE": 0.001}))


def test_items_added_later_are_sold_like_the_others(engine):
    """Also next to reservations and a log that are there already."""
    engine.place(order({"BOLT": 1}), id="A")
    engine.add_items([om.Item("BIT", weight_g=5)])
    engine.apply(om.Receive("BIT", "N2", 2))
    assert engine.place(order({"BIT": 2, "BOLT": 1}), id="B").status is om.Status.OK
    assert engine.available_to_promise("BIT") == 0
    assert engine.items[-1].sku == "BIT"
    engine.check()


def test_asking_changes_nothing(engine):
    """Route, explain, availability and table leave the digest as it was."""
    before = engine.digest()
    plan = engine.route(order({"BOLT": 12, "NUT": 5}), explain=True)
    plan.explain().table()
    plan.table()
    engine.availability(["NUT"])
    engine.route_many([order({"BOLT": 1})])
    assert engine.digest() == before


def test_an_engine_without_a_journal_has_no_log():
    """And says which argument would have kept one."""
    network = om.Network(
        [om.Node("N1")], [om.Service("g", "ship", om.RateCard.flat(5))]
    )
    with pytest.raises(om.ConfigurationError, match=r"^journal: "):
        _ = Engine(network, []).log


def test_an_engine_before_its_first_call_has_no_time_yet():
    """It has not asked its clock; and one of a thing is one."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    engine = om.Engine(
        om.Network([om.Node("N1")], [ground]),
        [om.Item("BOLT"), om.Item("NUT")],
        clock=lambda: 1_767_268_800,
    )
    assert repr(engine) == "Engine(1 node, 2 items, no time yet)"
    assert repr(engine.network) == "Network(1 node; services ground)"
    frame = {"id": ["A"], "sku": "BOLT", "node": "N1", "quantity": [1]}
    assert repr(engine.reserve_many(frame)) == "HoldBatch(1 request: 1 OUT_OF_STOCK)"
    assert repr(engine) == "Engine(1 node, 2 items, now 2026-01-01 12:00:00Z)"
