"""Days of delivery: apart from days of transit, and others where it goes elsewhere."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import attrs
import pytest

import omniroute as om
from omniroute.codes import WEEKDAYS
from omniroute.engine import Engine
from tests.conftest import WITHOUT_JIT
from tests.naive import from_engine as naive
from tests.naive.arrivals import Follower
from tests.routing.dated_worlds import dated_world, day_of, moments
from tests.routing.test_dated import counted, hurried
from tests.routing.worlds import World

SIX = om.WorkingDays(WEEKDAYS[:6])
HOLIDAY = date(2026, 11, 26)
CHOICES = (
    None,
    om.WorkingDays(["tue", "thu"]),
    om.WorkingDays(["sat"]),
    om.WorkingDays(WEEKDAYS[1:6], [HOLIDAY, date(2026, 11, 27)]),
    om.DeliveryDays(
        SIX,
        by_zone={1: om.WorkingDays(["mon", "wed"])},
        by_prefix={"5": om.WorkingDays(["fri"]), "554": om.WorkingDays(), "10": SIX},
    ),
)
SEEDS = range(4 if WITHOUT_JIT else 12)


def delivering(seed: int, **how) -> World:
    """Return a world with calendars whose parcels are handed over on some days."""
    made, dice = dated_world(seed, **how), Random(2000 + seed)
    old = made.engine.network
    services = [
        attrs.evolve(each, delivery_days=dice.choice(CHOICES[1:]))
        if each.kind == "ship"
        else each
        for each in old.services
    ]
    network = om.Network(
        old.nodes, services, places=old.places, time_step=old.time_step
    )
    engine = Engine(network, made.engine.items, clock=lambda: 0)
    engine.apply(
        om.Receive(sku, node, quantity)
        for sku in made.skus
        for node in network.node_ids
        if (quantity := made.engine.available_to_promise(sku, node=node))
    )
    return World(engine, made.dice, made.skus)


class Round(Follower):
    """A follower who waits at the door for a day of delivery, day after day."""

    def __init__(self, engine: Engine, day: date, order: om.Order) -> None:
        super().__init__(engine.network, day)
        self.engine, self.order, self.to = engine, order, order.destination

    def arrives(self, node: str, service: str, days: int, now_s: int):
        when, ready, leaves = super().arrives(node, service, days, now_s)
        told = self._service(service).delivery_days
        if told is None or not isinstance(when, date):
            return when, ready, leaves
        delivered = self._days(told, node, service)
        while (
            WEEKDAYS[when.weekday()] not in delivered.weekdays
            or when in delivered.closed
        ):
            when += timedelta(days=1)
        return when, ready, leaves

    def _days(self, told: om.DeliveryDays, node: str, service: str) -> om.WorkingDays:
        fitting = [p for p in told.by_prefix if (self.to.postcode or "").startswith(p)]
        if fitting:
            return told.by_prefix[max(fitting, key=len)]
        by, at = self._service(service), self._node(node)
        far = naive._distance_m(self.engine, at, self.order)
        zone = naive._zone(self.engine, by, at, self.order, far)
        return told.by_zone.get(zone, told.everywhere)


@pytest.mark.parametrize("seed", SEEDS)
def test_plans_are_the_best_by_what_a_follower_sees(seed):
    """Cheapest or fastest, by a day or at any time: who waits at the door counts so."""
    made = delivering(seed, weightless=False)
    dice = Random(seed)
    moment = moments(dice, 4)
    for now in moment:
        wanted, policy = hurried(dice, made.order(), now), made.policy()
        follower = Round(made.engine, day_of(moment[0]), wanted)
        plan = made.engine.route(wanted, policy=policy, now=now)
        arrival = counted(follower, made, wanted, now)
        asked = naive.questions(made.engine, wanted, policy, arrival)
        units, latest, cost = 0, None, int(plan.cost * 10_000)
        if plan.shipments:
            found = naive.recost(asked, plan)
            units, latest = found.units, found.latest
        best = naive.best(asked, policy.objective, 60.0)
        fastest = policy.objective == "fastest"
        mine = -units, (latest or 0) if fastest else 0, cost
        optimum = -best[0], (best[1] or 0) if fastest else 0, best[2]
        assert mine >= optimum, "better than the best there is"
        if plan.proven:
            assert mine == optimum, "proven, and yet there is a better plan"
        batch = made.engine.route_many([wanted], policy=policy, now=now)
        assert batch.plan(0).answer == plan.answer


@pytest.mark.parametrize("seed", SEEDS)
def test_each_shipment_is_told_as_the_follower_sees_it(seed):
    """The day, in plan, offer, page and explanation; and the last second for it."""
    made, dice = delivering(seed), Random(seed)
    engine, moment = made.engine, moments(dice, 5)
    ships = [each.name for each in engine.network.services if each.kind == "ship"]
    for now in moment:
        by, sku = [dice.choice(ships)], dice.choice(made.skus)
        wanted = om.Order({sku: 1}, made.order().destination, by)
        follower = Round(engine, day_of(moment[0]), wanted)
        plan = engine.route(wanted, now=now)
        for each in plan.shipments:
            place = each.node, each.service, each.transit_days
            when, ready, leaves = follower.arrives(*place, now)
            assert (each.arrives, each.leaves.timestamp()) == (when, leaves)
            assert each.ready.timestamp() == ready
            (row,) = [r for r in plan.explain().why(each.node) if r.service in by]
            assert row.arrives == when
            offer = engine.promise(wanted, now=now).cheapest
            page = engine.promise_many(
                [sku], to=wanted.destination, services=by, now=now
            )
            until_s = int(each.order_by.timestamp())
            assert (offer.arrives, offer.order_by) == (when, each.order_by)
            assert page.order_by_s().tolist() == [until_s]
            # Until then it is there on that day; a second later it is not.
            numbers = (
                engine.network.node_index(each.node),
                engine.network.service_index(each.service),
            )
            board, trip = engine._router.calendars.board, _trip(engine, each, wanted)
            days = [
                board.dispatch(*numbers, s, trip).arrives
                for s in (until_s, until_s + 1)
            ]
            assert days[0] == when < days[1]


def _trip(engine: Engine, sent: om.Shipment, wanted: om.Order) -> int:
    service = engine.network.services[engine.network.service_index(sent.service)]
    delivery = service.delivers(sent.zone, "US", wanted.destination.postcode)
    trips = engine._router.calendars.board.trips
    return trips.index((sent.transit_days, delivery))


# -- by hand ---------------------------------------------------------------------------


def shop(*services: om.Service) -> Engine:
    """Return one node that never closes, and a shelf of lamps."""
    hours = om.Calendar(om.Hours.always(), "UTC")
    network = om.Network([om.Node("N1", hours=hours)], services)
    engine = Engine(network, [om.Item("LAMP")], clock=lambda: 0)
    engine.apply(om.Receive("LAMP", "N1", 9))
    return engine


def post(name="post", price=5, days=1, **more) -> om.Service:
    rule = om.DispatchRule(carrier=SIX)
    rates = om.RateCard.flat(price)
    return om.Service(name, "ship", rates, transit_days=days, dispatch=rule, **more)


def arrives(engine: Engine, now: str, to="55425", **more) -> date:
    to = om.Destination(postcode=to, **more)
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    return engine.route(om.Order({"LAMP": 1}, to), now=at).arrives


def test_transit_goes_on_on_days_without_delivery():
    """Sent on Friday, a day on the way: there on Saturday, handed over on Tuesday."""
    engine = shop(post(delivery_days=om.WorkingDays(["tue", "wed", "thu", "fri"])))
    assert arrives(engine, "2026-11-20 12:00") == date(2026, 11, 24)
    assert arrives(engine, "2026-11-23 12:00") == date(2026, 11, 24)
    assert arrives(engine, "2026-11-24 12:00") == date(2026, 11, 25)


def test_saturday_at_an_extra_price_is_another_service():
    """Cheapest comes on Monday; who needs it on Saturday pays."""
    weekdays = post(delivery_days=om.WorkingDays())
    saturday = post("saturday", 21, delivery_days=om.WorkingDays(["sat"]))
    engine = shop(weekdays, saturday)
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    to = om.Destination(postcode="55425")
    offers = engine.promise({"LAMP": 1}, to=to, now=now)
    told = {o.service: (str(o.cost), str(o.arrives)) for o in offers}
    assert told == {
        "post": ("5.00", "2026-11-23"),
        "saturday": ("21.00", "2026-11-21"),
    }
    hurry = om.Order({"LAMP": 1}, to, needed_by=date(2026, 11, 21))
    assert engine.route(hurry, now=now).shipments[0].service == "saturday"


@pytest.mark.parametrize(
    ("to", "more", "day"),
    [
        ("55425", {}, 25),  # its zone
        ("96701", {}, 27),  # the islands
        ("96101", {}, 26),  # a shorter prefix
        ("961", {}, 26),
        ("K1A 0B1", {"country": "CA"}, 28),  # a holiday there, none here
        ("96701", {"country": "MX"}, 25),  # the same digits abroad are another place
    ],
)
def test_the_narrowest_that_is_said_of_a_destination_holds(to, more, day):
    """Prefix before country before zone; digits abroad are another place."""
    told = om.DeliveryDays(
        om.WorkingDays(["sun"]),
        by_zone={1: SIX},
        by_prefix={"967": om.WorkingDays(["fri"]), "96": om.WorkingDays(["thu"])},
        by_country={
            "CA": om.WorkingDays(WEEKDAYS, [date(2026, 11, d) for d in (25, 26, 27)])
        },
    )
    engine = shop(post(delivery_days=told))
    assert arrives(engine, "2026-11-24 12:00", to, **more) == date(2026, 11, day)


def test_a_carrier_that_never_delivers_somewhere_offers_nothing_there():
    """Closed for good: None, not a search for ever."""

    class Always:
        def __contains__(self, day: date) -> bool:
            return True

    never = om.DeliveryDays(SIX, by_prefix={"99": om.WorkingDays(closed=Always())})
    engine = shop(post(delivery_days=never))
    assert arrives(engine, "2026-11-24 12:00") == date(2026, 11, 25)
    assert arrives(engine, "2026-11-24 12:00", "99501") is None


def test_windows_are_offered_on_days_of_delivery_alone():
    """Parcels handed over on Tuesdays have no window on a Monday."""
    slots = om.DeliverySlots("10:00-12:00", days_ahead=9)
    engine = shop(post(delivery_days=om.WorkingDays(["tue"]), slots=slots))
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    to = om.Destination(postcode="55425")
    found = engine.delivery_slots({"LAMP": 1}, "post", to=to, now=now)
    assert [slot.begins.date() for slot in found] == [date(2026, 11, 24)]
    assert found[0].order_by <= found[0].begins


def test_percentiles_and_days_of_delivery_go_together():
    """Half are there on Wednesday, nine of ten on Thursday: that is Friday's round."""
    measured = om.TransitPercentiles({0.5: 1, 0.9: 2})
    days = om.DeliveryDays(SIX, by_prefix={"554": om.WorkingDays(["wed", "fri"])})
    engine = shop(post(days=measured, delivery_days=days))
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    asked = (0.5, "55425", 25), (0.9, "55425", 27), (0.9, "10001", 26)
    for share, postcode, day in asked:
        to = om.Destination(postcode=postcode)
        offers = engine.promise({"LAMP": 1}, to=to, percentile=share, now=now)
        assert offers.fastest.arrives == date(2026, 11, day), (share, to)


def test_what_reaches_a_store_waits_for_its_round():
    """A leg of no day at all is there at an instant, or on the next round's day."""
    leg = om.Service(
        "leg",
        "ship_to_store",
        om.RateCard.flat(3),
        delivery_days=om.WorkingDays(["tue", "fri"]),
    )
    nodes = [
        om.Node("HUB", latitude=45, longitude=-93),
        om.Node("LOCKER", "pickup_point", latitude=45.1, longitude=-93),
    ]
    engine = Engine(om.Network(nodes, [leg]), [om.Item("LAMP")], clock=lambda: 0)
    engine.apply(om.Receive("LAMP", "HUB", 9))
    to = om.Destination(postcode="55425")
    order = om.Order({"LAMP": 1}, to, collect_at="LOCKER")
    tuesday = datetime(2026, 11, 24, 12, tzinfo=UTC)
    today = engine.route(order, now=tuesday)
    later = engine.route(order, now=tuesday + timedelta(days=1))
    assert today.arrives == tuesday
    assert later.arrives == date(2026, 11, 27)
    assert later.order_by == datetime(2026, 11, 27, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda: post(delivery_days=["mon"]), "delivery_days: expected a WorkingDays"),
        (lambda: om.DeliveryDays(["mon"]), "everywhere: expected a WorkingDays"),
        (lambda: om.DeliveryDays(SIX, by_zone={0: SIX}), r"by_zone\[0\]: expected"),
        (lambda: om.DeliveryDays(SIX, by_prefix={"": SIX}), r"by_prefix\[''\]: exp"),
        (lambda: om.DeliveryDays(SIX, by_country={"us": SIX}), r"by_country\['us'\]"),
        (lambda: om.DeliveryDays(SIX, by_prefix={"9": "mon"}), r"by_prefix\['9'\]"),
        (lambda: om.DeliveryDays(SIX, by_prefix=[SIX]), "by_prefix: expected"),
        (
            lambda: post(delivery_days=om.DeliveryDays(SIX, by_zone={2: SIX})),
            r"delivery_days.by_zone\[2\]: expected a zone that is served",
        ),
        (
            lambda: om.Service(
                "counter", "collect", om.RateCard.flat(0), delivery_days=SIX
            ),
            "delivery_days: expected None, for a service",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_its_path(make, path):
    with pytest.raises(om.ConfigurationError, match=f"^{path}"):
        make()
