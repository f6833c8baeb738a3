"""Quotas over live stock: when an order can be confirmed, and what is used up."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import omniroute as om
from tests.naive.quotas import confirmed

#: Monday, 2009-01-12, midnight UTC.
MONDAY = 1_231_718_400
DAY = 86_400
MONTH, WEEK, A_DAY = om.Quota("month", 100), om.Quota("week", 20), om.Quota("day", 10)


class Shop:
    """Stock at one node, a clock set by hand, two channels."""

    def __init__(self, on_hand=1_000):
        self.clock = MONDAY
        ground = om.Service("ground", "ship", om.RateCard.flat(5))
        self.engine = om.Engine(
            om.Network([om.Node("N1")], [ground]),
            [om.Item("BOLT"), om.Item("ROPE", decimals=1)],
            clock=lambda: self.clock,
            channels=[om.Channel("web"), om.Channel("shop")],
        )
        for sku in ("BOLT", "ROPE"):
            self.engine.apply(om.Receive(sku, "N1", on_hand))

    def confirm(self, units, *quotas, sku="BOLT", after=None, late=None, **more):
        """``12 Jan 10`` for each part, and what stays open."""
        rule = om.AtpRule(horizon_days=40)
        left = self.engine.quotas(sku, quotas, **more)
        found = self.engine.available_by_date(sku, rule=rule)
        parts = found.partials(units, quotas=left, after=after, max_late_days=late)
        told = [f"{day:%-d %b} {quantity}" for day, quantity in parts.deliveries]
        return told, parts.open

    def hold(self, id, units, sku="BOLT", **more):
        return self.engine.reserve({(sku, "N1"): units}, id=id, **more)


def test_product_allocation_in_three_steps_over_live_stock():
    """E30: a month's 100, a week's 20, a day's 10; an order for 100."""
    wanted = [12, 13, 19, 20, 26, 27], [2, 3, 9, 10]
    told = [f"{day} Jan 10" for day in wanted[0]] + [
        f"{day} Feb 10" for day in wanted[1]
    ]
    assert Shop().confirm(100, MONTH, WEEK, A_DAY) == (told, 0)


def test_a_window_of_four_days_either_side():
    """E30: asked for on the 19th, with 4 days before and after."""
    shop = Shop()
    asked = {"after": date(2009, 1, 15), "late": 8}
    assert shop.confirm(50, WEEK, A_DAY, **asked) == (
        ["15 Jan 10", "16 Jan 10", "19 Jan 10", "20 Jan 10"],
        10,
    )


def test_a_factor_of_two_uses_twice_as_much():
    """E30: an order of 100 consumes 200."""
    quota = om.Quota("month", 250)
    assert Shop().confirm(100, quota, factor=2, late=0) == (["12 Jan 100"], 0)
    assert Shop().confirm(130, quota, factor=2, late=0) == (["12 Jan 125"], 5)


def test_stock_limits_as_well_as_quotas():
    """25 there, 20 more on Wednesday; ten a day."""
    shop = Shop(on_hand=15)
    shop.engine.apply(om.Expect("PO", "BOLT", "N1", 20, due=MONDAY + 3 * DAY))
    assert shop.confirm(40, A_DAY, late=4) == (
        ["12 Jan 10", "13 Jan 5", "15 Jan 10", "16 Jan 10"],
        5,
    )


def test_what_is_reserved_uses_quotas_until_it_is_given_back():
    """Held or sent, on the day it was made."""
    shop = Shop()
    shop.hold("A", 7)
    assert shop.confirm(10, A_DAY, late=1)[0] == ["12 Jan 3", "13 Jan 7"]
    shop.engine.fulfil("A", {("BOLT", "N1"): 5})
    assert shop.confirm(10, A_DAY, late=1)[0] == ["12 Jan 3", "13 Jan 7"]
    shop.engine.cancel("A")
    assert shop.confirm(10, A_DAY, late=1)[0] == ["12 Jan 5", "13 Jan 5"]
    shop.hold("B", 30, ttl="1h")
    assert shop.confirm(10, A_DAY, late=0) == ([], 10)
    shop.clock += 3_600
    assert shop.confirm(10, A_DAY, late=0) == (["12 Jan 5"], 5)
    shop.clock += DAY
    assert shop.confirm(10, A_DAY, WEEK, late=1)[0] == ["13 Jan 10"]


def test_a_channel_has_quotas_of_its_own():
    """What others reserve does not use them."""
    shop = Shop()
    shop.hold("A", 7, channel="web")
    shop.hold("B", 2, channel="shop")
    shop.hold("C", 1, sku="ROPE", channel="web")
    assert shop.confirm(10, A_DAY, late=0, channel="web") == (["12 Jan 3"], 7)
    assert shop.confirm(10, A_DAY, late=0, channel="shop") == (["12 Jan 8"], 2)
    assert shop.confirm(10, A_DAY, late=0) == (["12 Jan 1"], 9)


def test_the_day_is_that_of_the_calendar():
    """At midnight UTC it is Sunday still in New York: another week."""
    shop = Shop()
    shop.hold("A", 15)
    new_york = om.Buckets(zone="America/New_York")
    book = shop.engine.quotas("BOLT", [WEEK], buckets=new_york)
    assert book.used("week", date(2009, 1, 11)) == 15
    assert book.used("week", date(2009, 1, 12)) == 0


def test_quotas_are_in_units_of_the_item():
    """Half a metre a day of what is sold by the tenth."""
    told = Shop().confirm(1, om.Quota("day", 0.5), sku="ROPE", late=1)
    assert told == (["12 Jan 0.5", "13 Jan 0.5"], 0)


def test_parts_that_are_too_small_wait():
    """At least 6 at a time, and nothing smaller left over."""
    shop = Shop()
    shop.hold("A", 5)
    found = shop.engine.available_by_date("BOLT")
    left = shop.engine.quotas("BOLT", [A_DAY])
    parts = found.partials(22, min_shipment=6, quotas=left)
    assert [quantity for _, quantity in parts.deliveries] == [10, 6, 6]
    assert parts.deliveries[0][0] == date(2009, 1, 13)
    assert left.room(date(2009, 1, 13)) == 10


FIRST = date(2009, 1, 29)


@given(
    units=st.integers(1, 30),
    receipts=st.dictionaries(st.integers(1, 11), st.integers(1, 9), max_size=3),
    on_hand=st.integers(0, 12),
    quotas=st.dictionaries(
        st.sampled_from(["day", "week", "month"]), st.integers(0, 15), max_size=3
    ),
    factor=st.integers(1, 3),
    used=st.lists(st.integers(0, 11), max_size=6),
)
def test_parts_under_quotas_are_those_of_the_twin(
    units, receipts, on_hand, quotas, factor, used
):
    """Stock that only grows, any quotas, from a Thursday over the end of a month."""
    days = [FIRST + timedelta(days=k) for k in range(12)]
    supplies = [om.Supply(n, days[k]) for k, n in receipts.items()]
    rule = om.AtpRule(horizon_days=12)
    found = om.atp_by_date(om.Timeline(on_hand, supplies), rule, today=FIRST)
    book = om.QuotaBook([om.Quota(*each) for each in quotas.items()], factor)
    for k in used:
        book.consume(days[k], 1)
    parts = found.partials(units, quotas=book)
    figures = found.quanta[0].tolist()
    before = [days[k] for k in used]
    wanted = confirmed(units, days, figures, quotas.items(), factor, before)
    assert dict(parts.deliveries) == wanted
    assert parts.open == units - sum(wanted.values())


@pytest.mark.parametrize(
    ("ask", "path"),
    [
        (lambda e: e.quotas("NIX", [A_DAY]), "sku"),
        (lambda e: e.quotas("BOLT", A_DAY), "quotas"),
        (lambda e: e.quotas("BOLT", [7]), "quotas[0]"),
        (lambda e: e.quotas("BOLT", [om.Quota("day", 0.5)]), "quotas[0].quantity"),
        (lambda e: e.quotas("BOLT", [A_DAY], channel="fax"), "channel"),
        (lambda e: e.quotas("BOLT", [A_DAY], factor=0), "factor"),
        (lambda e: e.available_by_date("BOLT").partials(1, quotas=[A_DAY]), "quotas"),
        (
            lambda e: e.available_by_date("BOLT", rule=om.AtpRule("expiring")).partials(
                1, quotas=om.QuotaBook([A_DAY])
            ),
            "quotas",
        ),
    ],
)
def test_bad_questions_name_their_path(ask, path):
    """One clear error."""
    with pytest.raises(om.OmnirouteError) as caught:
        ask(Shop().engine)
    assert caught.value.path == path
