"""What the carriage of a load costs by its weight: curves beside the price lists."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from omniroute.codes import UNREACHED
from omniroute.kernels.cover.curves import (
    CURVE_STEPS,
    curve_views,
    draw_curves,
    draw_least,
)
from omniroute.kernels.order.problem import Lanes
from tests.conftest import WITHOUT_JIT
from tests.kernels.route_harness import as_arrays
from tests.naive.routing_instance import Instance, Line, Node, Option
from tests.naive.tariffs import Tariff, close_under_parcelling


def _draw(services, prices, cls, dist_m, records, admitted, weight_g, memory):
    lanes = Lanes(services, prices, cls, dist_m, records, admitted)
    draw_curves(lanes, weight_g, curve_views(memory, 1))


draw = _draw if WITHOUT_JIT else numba.njit(_draw)


def curve(weight_g: int, *tariffs: Tariff):
    """[(limit, price, upper)] of a node with these services, up to a weight."""
    instance = Instance(
        (Line(1, weight_g),),
        (Node((1,)),),
        tuple(Option(0, s, tariff) for s, tariff in enumerate(tariffs)),
    )
    arrays = as_arrays(instance)
    memory = np.zeros(2 * (2 + 3 * CURVE_STEPS), np.int64)  # and one to spare
    cls, dist_m = arrays.lane_nodes[0]
    admitted = np.array([(1 << len(tariffs)) - 1], np.int64)
    records = arrays.lane_records[0]
    draw(
        arrays.services,
        arrays.prices,
        cls,
        dist_m,
        records,
        admitted,
        weight_g,
        memory,
    )
    n = int(memory[2])
    limit, price, upper = memory[4:].reshape(3, 2, CURVE_STEPS)[:, 0, :n]
    return list(zip(limit.tolist(), price.tolist(), upper.tolist(), strict=True))


def test_a_curve_is_never_above_two_loads_by_two_services():
    """1 kg for 10 by one, 4 kg for 30 by the other: 5 kg go for 40, not for 50."""
    light = close_under_parcelling([1000], [10], 8000)
    heavy = close_under_parcelling([4000, 5000], [30, 60], 8000)
    found = curve(5000, light, heavy)
    assert [price for _, price, _ in found] == [10, 20, 30, 40]
    assert found[-1] == (5000, 40, 50)


def _draw_under(services, prices, cls, dist_m, records, admitted, weight_g, memory):
    lanes = Lanes(services, prices, cls, dist_m, records, admitted)
    curves = curve_views(memory, admitted.size)
    draw_curves(lanes, weight_g, curves)
    return draw_least(curves)


draw_under = _draw_under if WITHOUT_JIT else numba.njit(_draw_under)


def least_of(weight_g: int, *tariffs: Tariff):
    """Steps (limit, price) of the curve under those of nodes with a service each."""
    n = len(tariffs)
    instance = Instance(
        (Line(1, weight_g),),
        tuple(Node((1,)) for _ in range(n)),
        tuple(Option(k, k, tariff) for k, tariff in enumerate(tariffs)),
    )
    arrays = as_arrays(instance)
    memory = np.zeros((n + 1) * (2 + 3 * CURVE_STEPS), np.int64)
    admitted = np.array([1 << k for k in range(n)], np.int64)
    lanes = (arrays.services, arrays.prices, *arrays.lane_nodes[0])
    v = draw_under(*lanes, arrays.lane_records[0], admitted, weight_g, memory)
    if v < 0:
        return None
    steps = memory[2 * (n + 1) :].reshape(3, n + 1, CURVE_STEPS)[:2, v]
    return steps[:, : int(memory[n + 1 + v])].T.tolist()


def test_no_curve_is_under_those_that_end_at_different_weights():
    """Two nodes may send 8 kg together where neither price list has them."""
    short, long = Tariff((4000,), (300,)), Tariff((1000, 8000), (200, 900))
    assert least_of(8000, short, long) is None
    assert least_of(4000, short, long) == [[1000, 200], [4000, 300]]


@pytest.mark.parametrize("seed", range(4 if WITHOUT_JIT else 40))
def test_the_least_curve_is_below_whatever_several_nodes_send_together(seed):
    """A weight in one load or two, by whichever nodes."""
    rng = np.random.Generator(np.random.PCG64([67, seed]))
    tariffs = [
        close_under_parcelling(
            (10 * np.cumsum(rng.integers(1, 9, 4))).tolist(),
            np.cumsum(rng.integers(1, 90, 4)).tolist(),
            200,
        )
        for _ in range(rng.integers(2, 4))
    ]

    def least(weight_g):
        return min(tariff(weight_g) for tariff in tariffs)

    start = 0
    for limit, price in least_of(200, *tariffs):
        for weight_g in range(start, limit + 1):
            pairs = [least(a) + least(weight_g - a) for a in range(1, weight_g)]
            assert price <= min([least(weight_g), *pairs])
        start = limit + 1
    assert start == 201


@pytest.mark.parametrize("seed", range(4 if WITHOUT_JIT else 40))
def test_a_curve_is_below_every_way_to_send_a_weight(seed):
    """In one load or two, by whatever services; ``upper`` is one load's price."""
    rng = np.random.Generator(np.random.PCG64([61, seed]))
    tariffs = [
        close_under_parcelling(
            (10 * np.cumsum(rng.integers(1, 9, 4))).tolist(),
            np.cumsum(rng.integers(0, 90, 4)).tolist(),
            int(rng.integers(60, 200)),
        )
        for _ in range(rng.integers(1, 4))
    ]
    top = max(tariff.heaviest_g for tariff in tariffs)

    def least(weight_g):
        prices = [tariff(weight_g) for tariff in tariffs]
        return min((p for p in prices if p is not None), default=UNREACHED)

    found = curve(top, *tariffs)
    assert found[-1][0] == top
    start = 0
    for limit, price, upper in found:
        for weight_g in range(start, limit + 1):
            pairs = [least(a) + least(weight_g - a) for a in range(weight_g // 2 + 1)]
            assert price <= min([least(weight_g), *pairs])
        assert upper >= least(limit)
        start = limit + 1
