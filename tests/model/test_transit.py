"""Days on the way by share of parcels, as a carrier is measured."""

from __future__ import annotations

from decimal import Decimal

import pytest

import omniroute as om

MEASURED = om.TransitPercentiles({0.95: 4, 0.5: 2, 0.999: 9})


@pytest.mark.parametrize(
    ("share", "days"),
    [(0.01, 2), (0.5, 2), (0.501, 4), (0.95, 4), (0.951, 9), (0.999, 9), (1, None)],
)
def test_the_least_share_told_that_is_no_less(share, days):
    """Between two that are told nothing is guessed; above all of them nothing is told."""
    assert MEASURED.within(share) == days


def test_shares_are_sorted_and_exact():
    """A float is the decimal that it prints as."""
    assert MEASURED.shares == (Decimal("0.5"), Decimal("0.95"), Decimal("0.999"))
    assert MEASURED.longest == 9
    assert om.TransitPercentiles({Decimal("0.90"): 1}) == om.TransitPercentiles(
        {0.9: 1}
    )


@pytest.mark.parametrize(
    ("days", "path"),
    [
        ({}, "days"),
        ([2, 4], "days"),
        ({0: 1}, "days[0]"),
        ({95: 4}, "days[95]"),
        ({0.9995: 4}, "days[0.9995]"),
        ({"half": 2}, "days['half']"),
        ({0.5: 2.5}, "days[0.5]"),
        ({0.5: -1}, "days[0.5]"),
        ({0.5: 4, 0.9: 3}, "days[0.9]"),
        ({0.1: 1, Decimal("0.1"): 1, 1: 2}, "days[0.1]"),
        ({0.5: 1, Decimal("0.5000000000000000001"): 2}, "days[Decimal("),
    ],
)
def test_what_cannot_be_is_named(days, path):
    """Each says where."""
    with pytest.raises(om.ConfigurationError) as caught:
        om.TransitPercentiles(days)
    assert caught.value.path.startswith(path)


def test_a_service_tells_them_by_zone():
    """Beside plain days, which hold at any share; unasked it is the highest."""
    rates = om.RateCard.by_zone({1: 3, 2: 4, 3: 5})
    bands = om.DistanceBands([100, 500, 900])
    service = om.Service("g", "ship", rates, bands, transit_days={1: 1, 2: MEASURED})
    assert [service.transit(zone) for zone in (1, 2, 3)] == [1, 9, None]
    assert [service.transit(zone, 0.5) for zone in (1, 2, 3)] == [1, 2, None]
    assert [service.transit(zone, 1) for zone in (1, 2, 3)] == [1, None, None]
    assert service.percentiles == MEASURED.shares
    assert (
        om.Service("h", "ship", om.RateCard.flat(1), transit_days=3).percentiles == ()
    )


@pytest.mark.parametrize("share", [0, 1.5, "0.9", True, 0.12345])
def test_a_policy_names_a_share(share):
    """Else it says so; and it is data like the rest of the policy."""
    with pytest.raises(om.ConfigurationError, match="promise_percentile"):
        om.RoutingPolicy(promise_percentile=share)
    policy = om.RoutingPolicy(promise_percentile=0.95)
    assert om.RoutingPolicy.from_toml(policy.to_toml()) == policy
    assert om.RoutingPolicy.from_json(policy.to_json()) == policy
    assert policy.to_dict() == {"schema": 1, "promise_percentile": 0.95}
