from __future__ import annotations

from datetime import UTC, date, datetime

import attrs
import pytest

from omniroute.codes import ATP_RULES
from omniroute.errors import ConfigurationError
from omniroute.model.atp_rule import AtpRule


def test_the_default_never_promises_what_an_earlier_promise_needs():
    """Look-ahead over four weeks, signed."""
    rule = AtpRule()
    assert (rule.name, rule.horizon_days, rule.clamped) == ("look_ahead", 28, False)


def test_every_rule_has_its_number():
    """As kernels know it."""
    assert [AtpRule(name).number for name in ATP_RULES] == list(range(11))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"name": "fifo"},
            "^name: expected one of net, net_plus_future, .* found 'fifo'",
        ),
        ({"horizon_days": 0}, "^horizon_days: expected a whole number from 1 to 3660"),
        ({"horizon_days": None}, "^horizon_days: expected a whole number"),
        ({"past_due_supply_days": -1}, "^past_due_supply_days: expected"),
        ({"past_due_demand_days": 1.5}, "^past_due_demand_days: expected"),
        ({"delayed_supply_offset_days": None}, "^delayed_supply_offset_days: expected"),
        ({"delayed_demand_offset_days": True}, "^delayed_demand_offset_days: expected"),
        (
            {"infinite_supply_fence_days": "soon"},
            "^infinite_supply_fence_days: .*'soon'",
        ),
        (
            {"working_days": ["mon", "x"]},
            r"^working_days\[1\]: expected one of mon, tue",
        ),
        ({"working_days": []}, "^working_days: expected a working day or more"),
        ({"working_days": "mon"}, "^working_days: expected a sequence"),
        (
            {"closed_dates": [datetime(2026, 1, 1, tzinfo=UTC)]},
            r"^closed_dates\[0\]: expected a date",
        ),
        ({"closed_dates": 3}, "^closed_dates: expected a sequence of dates"),
        (
            {"confidence": {"po": 75}},
            r"^confidence\['po'\]: expected a share from 0 to 1",
        ),
        ({"confidence": {"po": 0.12345}}, r"^confidence\['po'\]: expected at most 4"),
        ({"confidence": {"po": "high"}}, r"^confidence\['po'\]: expected a share"),
        ({"confidence": ["po"]}, "^confidence: expected a mapping"),
        ({"fractions": "round"}, "^fractions: expected one of truncate, keep"),
        (
            {"considerations": {"web": "po"}},
            r"^considerations\['web'\]: expected a seq",
        ),
        ({"considerations": {3: ["po"]}}, "^considerations key: expected text"),
        ({"demand_class": ""}, "^demand_class: expected text of 1"),
        ({"clamp": 1}, "^clamp: expected True or False, found 1"),
        ({"carry_negative": True}, r"^carry_negative: .*\(it is for accumulate\)"),
        ({"forward_consumption_days": 3}, "^forward_consumption_days: .* look_ahead"),
        ({"accumulation_window_days": 3}, "^accumulation_window_days: .* look_ahead"),
    ],
)
def test_what_cannot_be_is_refused_where_it_is_made(fields, message):
    """One error, with the path."""
    with pytest.raises(ConfigurationError, match=message):
        AtpRule(**fields)


def test_rules_are_values():
    """Equal, hashable and changed by making another."""
    one = AtpRule(confidence={"b": 0.5, "a": 1}, considerations={"web": {"b", "a"}})
    two = AtpRule(confidence={"a": 1, "b": 0.5}, considerations={"web": ["a", "b"]})
    assert one == two
    assert hash(one) == hash(two)
    assert attrs.evolve(one, horizon_days=7).confidence == one.confidence
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        one.horizon_days = 7


def test_working_days_lead_to_the_next_open_one():
    """Friday, a closed Monday, and a horizon that ends on a weekend."""
    rule = AtpRule(
        working_days=["mon", "tue", "wed", "thu", "fri"],
        closed_dates=[date(2026, 3, 9)],
        horizon_days=9,
    )
    friday = date(2026, 3, 6)
    assert rule.next_open(friday).tolist() == [0, 4, 4, 4, 4, 5, 6, 7, 9]
