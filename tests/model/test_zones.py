"""Zones by postcode prefix and by distance."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniroute.errors import ConfigurationError
from omniroute.model import DistanceBands, PostcodeZones
from tests.model.refusals import refused

CHART = {"origins": ["100", "554"], "destinations": ["100", "200"]}


def test_the_prefixes_of_both_ends_decide():
    """Row of the origin, column of the destination; the rest of the code is ignored."""
    chart = PostcodeZones(**CHART, zones=[[1, 2], [3, 0]])
    assert chart.zone("10001", "20099-1234") == 2
    assert chart.zone("554", "10001") == 3
    assert chart.labels == (1, 2, 3)


def test_lanes_the_chart_does_not_know_are_not_served():
    """Zero in the table, an unknown end, a code shorter than a prefix, none at all."""
    chart = PostcodeZones(**CHART, zones=[[1, 2], [3, 0]])
    lanes = [
        ("554", "200"),
        ("999", "100"),
        ("100", "999"),
        ("10", "100"),
        (None, "100"),
    ]
    assert [chart.zone(*lane) for lane in lanes] == [0] * 5
    assert (chart.origin_row("999"), chart.destination_column(None)) == (-1, -1)


def test_the_table_is_a_copy_that_cannot_be_written():
    """What the caller does to an array afterwards changes no price."""
    mine = np.array([[1, 2], [3, 4]], np.int8)
    chart = PostcodeZones(**CHART, zones=mine)
    mine[0, 0] = 9
    assert chart.zone("100", "100") == 1
    with pytest.raises(ValueError, match="read-only"):
        chart.zones[0, 0] = 9


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"zones": [[1, 2]]}, "zones"),
        ({"zones": [1, 2]}, "zones"),
        ({"zones": [[1, 2], [3]]}, "zones"),
        ({"zones": [[1, 2], [3, -1]]}, "zones"),
        ({"zones": [[1, 2], [3, 128]]}, "zones"),
        ({"zones": [[1, 2], [3, 300]]}, "zones"),
        ({"zones": [[1, 2], [3, 4.0]]}, "zones"),
        ({"zones": [["1", "2"], ["3", "4"]]}, "zones"),
        ({"origins": ["100", "100"]}, "origins[1]"),
        ({"origins": ["100", "55425"]}, "origins[1]"),
        ({"origins": []}, "origins"),
        ({"origins": [100, 554]}, "origins[0]"),
        ({"destinations": ["100", "2"]}, "destinations[1]"),
        ({"destinations": "100"}, "destinations"),
        ({"prefix_len": 0}, "prefix_len"),
        ({"prefix_len": "3"}, "prefix_len"),
    ],
)
def test_a_chart_that_makes_no_sense_names_the_field(values, path):
    """Tables of another shape, labels out of range, prefixes twice."""
    values = {**CHART, "zones": [[1, 2], [3, 4]], **values}
    assert refused(PostcodeZones, ConfigurationError, **values) == path


def test_charts_compare_by_what_they_say():
    """And survive being sent to a worker process."""
    one, same, other = (
        PostcodeZones(**CHART, zones=zones)
        for zones in ([[1, 2], [3, 4]], [[1, 2], [3, 4]], [[1, 2], [3, 5]])
    )
    assert one == same == pickle.loads(pickle.dumps(one))
    assert one != other
    assert hash(one) == hash(same)
    assert repr(one) == "PostcodeZones(2 x 2 prefixes)"


@given(st.sets(st.integers(1, 3000), min_size=1, max_size=6), st.integers(0, 4000))
def test_a_distance_is_in_the_first_band_that_reaches_it(limits, distance):
    """Limits are inclusive; beyond the last there is no service."""
    limits_m = sorted(limits)
    bands = DistanceBands([limit / 1000 for limit in limits_m])
    reached = [i for i, limit in enumerate(limits_m, 1) if distance <= limit]
    assert bands.limits_m == tuple(limits_m)
    assert bands.zone_at(distance) == (reached[0] if reached else 0)
    assert bands.labels == tuple(range(1, len(limits_m) + 1))


def test_a_limit_belongs_to_its_own_band():
    """A metre decides, and it decides for the nearer band."""
    bands = DistanceBands([10, 50])
    at = [bands.zone_at(d) for d in (0, 10_000, 10_001, 50_000, 50_001)]
    assert at == [1, 1, 2, 2, 0]


@pytest.mark.parametrize(
    ("limits", "path"),
    [
        ([], "limits_km"),
        (range(1, 200), "limits_km"),
        ("10", "limits_km"),
        (10, "limits_km"),
        ([10, 10], "limits_km[1]"),
        ([10, 5], "limits_km[1]"),
        ([0], "limits_km[0]"),
        ([10, float("nan")], "limits_km[1]"),
        ([0.0005], "limits_km[0]"),
    ],
)
def test_bands_that_make_no_sense_name_the_limit(limits, path):
    """None, too many, not increasing, finer than a metre."""
    assert refused(DistanceBands, ConfigurationError, limits_km=limits) == path
