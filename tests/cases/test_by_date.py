"""Rules of ATP by date as other systems publish them, in a table; and of live stock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import omniroute as om
from tests.scenarios.chain import HERE, Chain
from tests.scenarios.shop import SKU, Shop
from tests.scenarios.test_atp_by_date import blocks, figures_hold

CASES = blocks(Path(__file__).with_name("by_date.txt"))


@pytest.mark.parametrize("name", CASES)
def test_the_rule_holds(name):
    """Figures by date, earliest dates and deliveries in parts."""
    figures_hold(CASES[name])


def noon(month, day, year=2026):
    return datetime(year, month, day, 12, tzinfo=UTC)


def test_what_ends_is_counted_until_then():
    """IBM, supply windows [from, until): 10 end on the 4th, 20 come on the 3rd, 5 go first.

    The 5 are of the ten that end sooner, so 5 are left of them: 5, 5, 5 + 20, 20.
    """
    line = om.Timeline(
        supplies=[
            om.Supply(10, date(2022, 10, 1), until=date(2022, 10, 4)),
            om.Supply(20, date(2022, 10, 3)),
        ],
        demands=[om.Demand(5, date(2022, 10, 2))],
    )
    rule = om.AtpRule("expiring", horizon_days=5)
    found = om.atp_by_date(line, rule, today=date(2022, 10, 1))
    assert found.quanta[0].tolist() == [5, 5, 25, 20, 20]


def test_safety_stock_of_two_supplies_that_end():
    """IBM, calculating availability: 10 until 1 February and 12 until 1 March; safety 21.

    The 3 that are wanted in February are of the 12. Withheld are 10 and 9, 2 are missing to
    the safety stock, nothing is available.
    """
    line = om.Timeline(
        supplies=[
            om.Supply(10, date(2024, 1, 1), until=date(2024, 2, 1)),
            om.Supply(12, date(2024, 1, 1), until=date(2024, 3, 1)),
        ],
        demands=[om.Demand(3, date(2024, 2, 15))],
        safety=21,
    )
    told = {}
    for clamp in (True, False):
        rule = om.AtpRule("expiring", horizon_days=50, clamp=clamp)
        found = om.atp_by_date(line, rule, today=date(2024, 1, 1))
        told[clamp] = found.explain().terms
    assert (told[True]["withheld"][0], told[True]["withheld"][31]) == (19, 9)
    assert told[False]["atp"][0] == -2
    assert max(told[True]["atp"]) == 0


@pytest.mark.parametrize(
    ("rule", "left"), [("nearest_receipt", 10), ("net_plus_future", 0)]
)
def test_who_wants_it_later_is_served_by_what_comes_nearest_or_first(rule, left):
    """IBM, closest ETA and first ETA.

    10 are there, 10 come on 30 May, 10 on 30 July; 10 are wanted on 1 June. Nearest: of 30
    May's, and those on hand are for the next order; first: of those on hand.
    """
    line = om.Timeline(
        on_hand=10,
        supplies=[om.Supply(10, date(2026, 5, 30)), om.Supply(10, date(2026, 7, 30))],
        demands=[om.Demand(10, date(2026, 6, 1))],
    )
    rule = om.AtpRule(rule, horizon_days=90)
    found = om.atp_by_date(line, rule, today=date(2026, 5, 18))
    assert [found.at(0, date(2026, 5, 18)), found.at(0, date(2026, 6, 1))] == [left, 10]


def test_a_delivery_proposal_in_three_parts():
    """SAP Business One.

    350 on 23 August 2012: 200 at once, 100 on the 25th, 50 on the 28th.
    """
    line = om.Timeline(
        on_hand=200,
        supplies=[om.Supply(100, date(2012, 8, 25)), om.Supply(80, date(2012, 8, 28))],
    )
    rule = om.AtpRule(horizon_days=14)
    found = om.atp_by_date(line, rule, today=date(2012, 8, 23))
    days = [date(2012, 8, day) for day in (23, 25, 28)]
    assert found.partials(350).deliveries == tuple(
        zip(days, (200, 100, 50), strict=True)
    )
    assert found.earliest(350) == days[2]  # complete delivery


def test_a_discrete_allocation_gives_each_month_its_own():
    """SAP, product allocations: 50 a month, 150 wanted on 1 March: March, April, May.

    What January and February left is not taken into account.
    """
    shop = Shop({"N": 500}, clock=noon(3, 1).timestamp)
    left = shop.engine.quotas(SKU, [om.Quota("month", 50)])
    rule = om.AtpRule(horizon_days=100)
    parts = shop.engine.available_by_date(SKU, rule=rule).partials(150, quotas=left)
    months = [date(2026, month, 1) for month in (3, 4, 5)]
    assert parts.deliveries == tuple((day, 50) for day in months)
    assert parts.open == 0


@pytest.mark.parametrize(
    ("policy", "day"),
    [
        ("as soon as possible", date(2026, 4, 7)),
        ("when all are ready", date(2026, 4, 10)),
    ],
)
def test_when_the_first_or_when_the_last_is_ready(policy, day):
    """Odoo, shipping policy.

    On 2 April a mat takes 8 days, a band 5: the 7th or the 10th.
    """
    post = om.Service("post", "ship", om.RateCard.flat(5))
    chain = Chain(
        {"N": {"MAT": 0, "BAND": 0}}, services=[post], clock=noon(4, 2).timestamp
    )
    for sku, ready in (("MAT", noon(4, 10)), ("BAND", noon(4, 7))):
        chain.engine.apply(om.Expect(sku, sku, "N", 3, due=ready))
    offers = chain.engine.promise({"MAT": 1, "BAND": 1}, to=HERE, ahead="30d")
    whole = offers.fastest.due.date()
    each = {line.sku: line.due.date() for line in offers.lines}
    assert day == (min(each.values()) if policy == "as soon as possible" else whole)


EVERY_DAY = om.WorkingDays(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])


def goods_on_order(arrive_on):
    """SAP SD.

    3 days to plan and load, 2 on the road; ten pieces come on a day of January.
    """
    calendar = om.Calendar(om.Hours.every_day("00:00-24:00"), "UTC")
    work = om.DispatchRule(calendar, lead_days=3, carrier=EVERY_DAY)
    post = om.Service(
        "post", "ship", om.RateCard.flat(5), transit_days=2, dispatch=work
    )
    today = datetime(2009, 1, 21, tzinfo=UTC)
    chain = Chain({"N": {SKU: 0}}, services=[post], clock=today.timestamp)
    due = datetime(2009, 1, arrive_on, tzinfo=UTC)
    chain.engine.apply(om.Expect("PO", SKU, "N", 10, due=due))
    return chain.engine


@pytest.mark.parametrize(
    ("arrive_on", "confirmed", "earliest"),
    [
        (24, True, date(2009, 1, 29)),  # 24 + 3 + 2
        (25, True, date(2009, 1, 30)),
        (27, False, date(2009, 2, 1)),  # not there on the 25th: forward from the 27th
    ],
)
def test_backward_from_the_date_that_is_wanted_else_forward(
    arrive_on, confirmed, earliest
):
    """SAP SD: wanted on 30 January 2009, so needed on the 25th: 30 - 2 - 3."""
    engine = goods_on_order(arrive_on)
    order = om.Order({SKU: 10}, HERE, needed_by=date(2009, 1, 30))
    plan = engine.route(order, due=datetime(2009, 1, 25, tzinfo=UTC))
    assert plan.complete is confirmed
    if confirmed:
        assert plan.arrives == date(2009, 1, 30)
    offers = engine.promise({SKU: 10}, to=HERE, ahead="30d")
    assert offers.fastest.arrives == earliest


def test_pre_orders_are_served_first_come_first_served():
    """HotWax, pre-order allocation.

    10 on a purchase order for the 20th; 4, 5 and 3 want them.

    First in, first out: the third would need 12. Cancelled by the first, it finds 4 +
    1.
    """
    shop = Shop({"N": 0}, clock=noon(4, 1).timestamp)
    shop.engine.apply(om.Expect("PO", SKU, "N", 10, due=noon(4, 20)))
    told = [
        shop.engine.reserve({(SKU, "N"): units}, id=f"P{units}", due=noon(4, 20)).status
        for units in (4, 5, 3)
    ]
    assert [status.name for status in told] == ["OK", "OK", "SHORT"]
    assert shop.engine.cancel("P4").name == "OK"
    again = shop.engine.reserve({(SKU, "N"): 3}, id="P3", due=noon(4, 20))
    assert again.status.name == "OK"
    assert shop.atp() == 0
    shop.engine.apply(om.Arrive("PO"), now=noon(4, 20))
    assert shop.atp() == 2


def test_a_delivery_that_slips_puts_whoever_relied_on_it_at_risk():
    """HotWax/Kibo: a purchase order of the 20th is put off to the 25th: 8 of 10 at risk."""
    shop = Shop({"N": 2}, clock=noon(4, 1).timestamp)
    shop.engine.apply(om.Expect("PO", SKU, "N", 10, due=noon(4, 20)))
    shop.engine.reserve({(SKU, "N"): 10}, id="P", due=noon(4, 21))
    assert len(shop.engine.at_risk()["id"]) == 0
    shop.engine.apply(om.Reschedule("PO", noon(4, 25)))
    risk = shop.engine.at_risk()
    assert (list(risk["id"]), list(risk["missing"])) == (["P"], [8])
    assert shop.engine.redate("P", noon(4, 25)).name == "OK"
    assert len(shop.engine.at_risk()["id"]) == 0
