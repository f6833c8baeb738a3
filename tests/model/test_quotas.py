"""Quotas by period: when an order can be confirmed."""

from __future__ import annotations

from datetime import date

import pytest

from omniroute.errors import ConfigurationError
from omniroute.model.quotas import Quota, QuotaBook

MONTH, WEEK, DAY = Quota("month", 100), Quota("week", 20), Quota("day", 10)
MONDAY = date(2009, 1, 12)


def days(found):
    """``12 Jan`` and how much."""
    return [(f"{day:%-d %b}", quantity) for day, quantity in found]


def test_sap_product_allocation_in_three_steps():
    """E30: a month's 100, a week's 20, a day's 10; an order for 100 from 12 January."""
    book = QuotaBook([MONTH, WEEK, DAY])
    assert days(book.confirm(100, MONDAY, days=60)) == [
        ("12 Jan", 10),
        ("13 Jan", 10),
        ("19 Jan", 10),
        ("20 Jan", 10),
        ("26 Jan", 10),
        ("27 Jan", 10),
        ("2 Feb", 10),
        ("3 Feb", 10),
        ("9 Feb", 10),
        ("10 Feb", 10),
    ]


def test_a_consumption_factor_of_two():
    """E30: an order of 100 consumes 200."""
    book = QuotaBook([Quota("month", 250)], factor=2)
    assert days(book.confirm(100, MONDAY, days=1)) == [("12 Jan", 100)]
    assert book.used("month", MONDAY) == 200
    assert book.room(MONDAY) == 25


@pytest.mark.parametrize(
    ("case", "quotas", "first", "second"),
    [
        ("no quota", [], 30, 30),
        ("the day's is used up", [DAY], 10, 10),
        ("the month's ends it", [Quota("month", 15)], 15, 0),
        ("the tightest holds", [Quota("month", 12), DAY], 10, 2),
    ],
)
def test_what_one_order_takes_another_does_not_have(case, quotas, first, second):
    """Two orders of 30, on one day and the next."""
    book = QuotaBook(quotas)
    assert sum(n for _, n in book.confirm(30, MONDAY, days=1)) == first, case
    next_day = date(2009, 1, 13)
    assert sum(n for _, n in book.confirm(30, next_day, days=1)) == second, case


def test_a_week_ends_on_sunday_and_a_month_with_its_last_day():
    """What is left of one is not there for the next."""
    week = QuotaBook([WEEK])
    assert days(week.confirm(50, date(2009, 1, 17), days=5)) == [
        ("17 Jan", 20),
        ("19 Jan", 20),
    ]
    month = QuotaBook([MONTH])
    assert days(month.confirm(150, date(2009, 1, 31), days=2)) == [
        ("31 Jan", 100),
        ("1 Feb", 50),
    ]


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda: Quota("year", 1), "per"),
        (lambda: Quota("day", -1), "quantity"),
        (lambda: QuotaBook([], factor=0), "factor"),
    ],
)
def test_bad_quotas_name_what_is_wrong(make, path):
    """One clear error with its path."""
    with pytest.raises(ConfigurationError) as caught:
        make()
    assert caught.value.path == path
