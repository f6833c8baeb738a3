"""Reservations: one at a time, in batches, and a million that run out at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

import omniroute as om
from benchmarks import networks
from benchmarks.measure import Row, once_cpu_ns, once_ns, p50, p99, quiet, span
from omniroute.datasets.coded_column import CodedColumn

LINES = 3
NODES, SKUS = 500, 1_000


class Clock:
    """Stands still until it is told."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


def stocked(clock: Clock) -> om.Engine:
    """Half a million cells, each with plenty."""
    network = networks.synthetic(NODES).network
    items = [om.Item(f"SKU{j:05}") for j in range(SKUS)]
    engine = om.Engine(network, items, clock=clock)
    columns = _cells(engine, np.arange(SKUS * NODES))
    engine.apply({**columns, "quantity": np.full(SKUS * NODES, 100_000)})
    return engine


def _cells(engine: om.Engine, at: Any) -> dict[str, Any]:
    skus = [item.sku for item in engine.items]
    return {
        "sku": CodedColumn(skus, at // NODES),
        "node": CodedColumn(engine.network.node_ids, at % NODES),
    }


def _requests(engine: om.Engine, count: int, lines: int, tag: str) -> dict[str, Any]:
    rng = np.random.Generator(np.random.PCG64([5, count, lines]))
    at = rng.integers(0, SKUS * NODES, count * lines)
    ids = [f"{tag}{k}" for k in range(count) for _ in range(lines)]
    return {"id": ids, **_cells(engine, at), "quantity": np.ones(len(ids), np.int64)}


def single(quick: bool) -> Iterator[Row]:
    """Reserve cells and commit, an order of three lines, in one process."""
    engine = stocked(Clock())
    ids = engine.network.node_ids
    rng = np.random.Generator(np.random.PCG64(3))
    reserve, commit, both = [], [], []
    with quiet():
        for k in range(3_000 if quick else 30_000):
            cells = rng.integers(0, SKUS * NODES, LINES).tolist()
            wish = {(f"SKU{c // NODES:05}", ids[c % NODES]): 1 for c in cells}
            name = f"A-{k}"
            start = time.perf_counter_ns()
            engine.reserve(wish, id=name, ttl=900)
            middle = time.perf_counter_ns()
            engine.commit(name)
            end = time.perf_counter_ns()
            reserve.append(middle - start)
            commit.append(end - middle)
            both.append(end - start)
    for case, times in (("reserve", reserve), ("commit", commit)):
        yield Row(
            f"{case}, {LINES} lines", f"{span(p50(times))}, p99 {span(p99(times))}"
        )
    case = f"reserve and commit, {LINES} lines"
    figure = f"{span(p50(both))}, p99 {span(p99(both))}"
    yield Row(case, figure, goal="p50 < 15 us", met=p50(both) < 15_000)


def batch(quick: bool) -> Iterator[Row]:
    """The same from columns; lines per second of processor time."""
    engine, count = stocked(Clock()), 20_000 if quick else 100_000
    lines = count * LINES
    best: dict[str, float] = {}
    for turn in range(3):
        frame = _requests(engine, count, LINES, f"{turn}-")
        ids = list(dict.fromkeys(frame["id"]))
        steps = (
            ("reserve_many", partial(engine.reserve_many, frame, ttl=900)),
            ("commit_many", partial(engine.commit_many, ids)),
            ("fulfil_many", partial(engine.fulfil_many, ids)),
        )
        for name, step in steps:
            taken = once_cpu_ns(step) / 1e9
            best[name] = min(best.get(name, taken), taken)
    for name, taken in best.items():
        yield Row(f"{name}, {lines:,} lines", f"{lines / taken / 1e6:.2f} M lines/s")
    rate = lines / (best["reserve_many"] + best["commit_many"])
    case, figure = f"reserve and commit, {lines:,} lines", f"{rate / 1e6:.2f} M lines/s"
    yield Row(case, figure, goal="> 0.5 M lines/s", met=rate > 500_000)


def forms(quick: bool) -> Iterator[Row]:
    """Rows that go one by one: for later, at no node, in place of another hold."""
    engine, count = stocked(Clock()), 1_000 if quick else 10_000
    old = _requests(engine, count, 1, "old-")
    engine.reserve_many(old, ttl=900)
    said: dict[str, dict[str, Any]] = {
        "in place of another hold": {"supersedes": old["id"]},
        "for later": {"due": np.full(count, 10_000)},
        "at no node": {"node": None},
    }
    for name, columns in said.items():
        frame = {**_requests(engine, count, 1, f"{name}-"), **columns}
        taken = once_cpu_ns(partial(engine.reserve_many, frame, ttl=900)) / 1e9
        assert engine.reserve_many(frame, ttl=900).status.max() == om.Status.EXISTS
        case = f"reserve_many, {count:,} rows {name}"
        yield Row(
            case,
            f"{count / taken / 1e3:.1f} k rows/s ({span(taken / count * 1e9)} each)",
        )
        engine.release_many(frame["id"])


def later(quick: bool) -> Iterator[Row]:
    """An order routed for a later day, of items of which deliveries are on their way."""
    engine, rng = stocked(Clock()), np.random.Generator(np.random.PCG64(7))
    ids, count = engine.network.node_ids, 50 if quick else 500
    for k in range(1_000):
        at = int(rng.integers(0, SKUS * NODES))
        sku, node = f"SKU{at // NODES:05}", ids[at % NODES]
        engine.apply(om.Expect(f"PO-{k}", sku, node, 50, due=5_000))
    to = om.Destination(postcode="55425", latitude=44.9, longitude=-93.2)
    orders = [
        om.Order({f"SKU{j:05}": 2 for j in rng.integers(0, SKUS, LINES)}, to)
        for _ in range(count)
    ]
    engine.route(orders[0])
    now, then = [], []
    with quiet():
        for order in orders:
            now.append(once_ns(partial(engine.route, order)))
            then.append(once_ns(partial(engine.route, order, due=10_000)))
    rival = f"the same for now {span(p50(now))}"
    case = f"route for a later day, {LINES} lines, {NODES} nodes"
    yield Row(case, span(p50(then)), rival, p50(now) / p50(then))


def expiry(quick: bool) -> Iterator[Row]:
    """Holds opened over a minute, all of them over at the next call."""
    clock = Clock()
    engine, count = stocked(clock), 100_000 if quick else 1_000_000
    step = count // 20
    for k in range(20):
        clock.now = 3 * k
        engine.reserve_many(_requests(engine, step, 1, f"{k}-"), ttl=600)
    before = len(engine.reservations()["id"])
    clock.now = 10_000
    with quiet():
        taken = once_cpu_ns(lambda: engine.apply([])) / 1e9
    assert before == count
    assert not engine.reservations()["id"]
    rate = count / taken
    case, figure = f"{count:,} open holds run out", f"{rate / 1e6:.2f} M/s"
    yield Row(case, figure, goal="> 1 M/s", met=rate > 1_000_000)
