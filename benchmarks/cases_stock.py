"""Stock facts and availability."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import omniroute as om
from benchmarks import networks
from benchmarks.measure import Row, interleaved, p50, per_call, quiet, span
from benchmarks.rivals import Facts, dict_matrix, numpy_matrix
from omniroute.datasets.coded_column import CodedColumn

#: Calls timed as one, where one is as short as the clock.
BUNDLE = 100


@cache
def known() -> Facts:
    world = networks.synthetic(2_000)
    return Facts(world.engine, world.services)


def atp(quick: bool) -> Iterator[Row]:
    """One SKU over 2,000 nodes: the network's figure, a node's, every node's."""
    world, facts = networks.synthetic(2_000), known()
    engine, sku, node = world.engine, "SKU00500", world.network.node_ids[17]
    number, free, cells = facts.number, facts.free, facts.dicts
    at = {id: k for k, id in enumerate(world.network.node_ids)}
    cases = (
        (
            "network",
            lambda: engine.available_to_promise(sku),
            lambda: int(np.maximum(free[number[sku]], 0).sum()),
            lambda: sum(q for q in cells[number[sku]].values() if q > 0),
        ),
        (
            "one node",
            lambda: engine.available_to_promise(sku, node),
            lambda: max(0, int(free[number[sku], at[node]])),
            lambda: max(0, cells[number[sku]].get(at[node], 0)),
        ),
        (
            "every node",
            lambda: engine.available_by_node(sku),
            lambda: np.maximum(free[number[sku]], 0),
            lambda: [max(0, cells[number[sku]].get(k, 0)) for k in range(2_000)],
        ),
    )
    for name, ours, fast, plain in cases:
        calls = [per_call(BUNDLE, call) for call in (ours, fast, plain)]
        times = interleaved(15 if quick else 51, *calls)
        mine, numpy_ns, dict_ns = (p50(found) / BUNDLE for found in times)
        case = f"ATP, one SKU x 2,000 nodes, {name}"
        met = mine < 3_000 if name == "network" else None
        goal = "p50 < 3 us" if name == "network" else ""
        yield Row(
            case, span(mine), f"numpy {span(numpy_ns)}", numpy_ns / mine, goal, met
        )
        yield Row(case, span(mine), f"dict {span(dict_ns)}", dict_ns / mine)


def matrix(quick: bool) -> Iterator[Row]:
    """1,000 SKUs x 1,000 nodes."""
    world, facts = networks.synthetic(2_000), known()
    skus = [item.sku for item in world.engine.items]
    nodes = list(world.network.node_ids[::2])
    at = {id: k for k, id in enumerate(world.network.node_ids)}
    ids = world.network.node_ids
    cells = {
        (sku, ids[node]): free
        for sku, row in zip(skus, facts.dicts, strict=True)
        for node, free in row.items()
    }
    engine = world.engine
    ours, fast = interleaved(
        15 if quick else 41,
        lambda: engine.availability(skus, nodes),
        lambda: numpy_matrix(facts, skus, nodes, at),
    )
    plain = interleaved(2, lambda: dict_matrix(cells, skus, nodes))[0]
    same = np.array_equal(
        engine.availability(skus, nodes).quanta, numpy_matrix(facts, skus, nodes, at)
    )
    if not same:
        raise AssertionError("the matrices differ")
    case, mine = "availability, 1,000 x 1,000", p50(ours)
    yield Row(
        case,
        span(mine),
        f"numpy, dense {span(p50(fast))}",
        p50(fast) / mine,
        "< 3 ms",
        mine < 3e6,
    )
    yield Row(case, span(mine), f"dict {span(p50(plain))}", p50(plain) / mine)


def events(quick: bool) -> Iterator[Row]:
    """Facts about cells that exist, in bulk and one by one."""
    world = networks.synthetic(2_000).fresh()
    engine, facts = world.engine, Facts(world.engine, world.services)
    rows = 50_000 if quick else 200_000
    rng = np.random.Generator(np.random.PCG64(3))
    some = rng.integers(0, len(world.stock["quantity"]), rows)
    sku, node = world.stock["sku"].codes[some], world.stock["node"].codes[some]
    one = np.ones(rows, np.int64)
    coded = _columns(world, sku, node, one)
    texts = {**coded, "sku": coded["sku"].tolist(), "node": coded["node"].tolist()}
    ours, by_text, fast, plain = interleaved(
        5,
        lambda: engine.apply(coded),
        lambda: engine.apply(texts),
        lambda: np.add.at(facts.free, (sku, node), one),
        lambda: _add_to_dicts(facts.dicts, sku, node),
    )
    for name, times, least in (("coded ids", ours, 5.0), ("texts", by_text, 1.5)):
        for rival, theirs in (("numpy add.at", fast), ("dict", plain)):
            speed = _speed(rows, times)
            yield Row(
                f"apply {rows:,} rows, {name}",
                f"{speed:.2f} M rows/s",
                f"{rival} {_speed(rows, theirs):.2f} M rows/s",
                p50(theirs) / p50(times),
                f">= {least} M rows/s",
                speed >= least,
            )
    event = om.Receive("SKU00500", world.network.node_ids[0], 1)
    cell = facts.dicts[0]

    def one() -> None:
        cell[0] = cell.get(0, 0) + 1

    single, bare = interleaved(2_000, lambda: engine.apply(event), one)
    yield Row(
        "apply one event",
        span(p50(single)),
        f"dict {span(p50(bare))}",
        p50(bare) / p50(single),
        "p50 < 5 us",
        p50(single) < 5_000,
    )


def known_events(quick: bool) -> Iterator[Row]:
    """Facts that say what they are known by and when they happened; feeds of counts."""
    world = networks.synthetic(2_000).fresh()
    engine = world.engine
    rows = 50_000 if quick else 200_000
    rng = np.random.Generator(np.random.PCG64(4))
    some = rng.choice(len(world.stock["quantity"]), rows, replace=False)
    sku, node = world.stock["sku"].codes[some], world.stock["node"].codes[some]
    coded = _columns(world, sku, node, np.ones(rows, np.int64))
    numbers, seen, ids = iter(range(0, 10**12, rows)), set(), set()

    def by_sequence() -> None:
        first = next(numbers)
        engine.apply(
            {**coded, "source": "till", "sequence": np.arange(first, first + rows)}
        )

    def by_id() -> None:
        first = next(numbers)
        engine.apply({**coded, "event_id": list(map(str, range(first, first + rows)))})

    def into_set() -> None:
        first = next(numbers)
        for number in range(first, first + rows):
            if number not in seen:
                seen.add(number)

    def texts_into_set() -> None:
        first = next(numbers)
        for text in map(str, range(first, first + rows)):
            if text not in ids:
                ids.add(text)

    calls = (by_sequence, into_set, by_id, texts_into_set)
    sequence, numbered, by_text, named = interleaved(3, *calls)
    for name, times, theirs in (
        ("source and sequence", sequence, numbered),
        ("event ids", by_text, named),
    ):
        yield Row(
            f"apply {rows:,} rows, {name}",
            f"{_speed(rows, times):.2f} M rows/s",
            f"set of seen alone {_speed(rows, theirs):.2f} M rows/s",
            p50(theirs) / p50(times),
        )
    yield from _feed(world, coded, rows, rng)


def _feed(world: networks.World, coded: Any, rows: int, rng: Any) -> Iterator[Row]:
    """A feed of counts of which one in twenty is news; said times and late counts."""
    engine = world.engine
    counts = np.full(rows, 5)
    engine.apply({**coded, "quantity": counts, "event": "count"})
    held = counts.copy()
    changed = rng.random(rows) < 0.05
    feeds = [np.where(changed, units, 5) for units in (6, 7)]
    turn = [0]

    def feed() -> None:
        turn[0] += 1
        engine.apply({**coded, "quantity": feeds[turn[0] % 2], "event": "count"})

    def compare() -> None:
        turn[0] += 1
        news = np.flatnonzero(held != feeds[turn[0] % 2])
        held[news] = feeds[turn[0] % 2][news]

    ours, theirs = interleaved(4, feed, compare)
    yield Row(
        f"feed of {rows:,} counts, 5 % changed",
        f"{_speed(rows, ours):.2f} M rows/s",
        f"numpy compare, ids known {_speed(rows, theirs):.2f} M rows/s",
        p50(theirs) / p50(ours),
    )


def _speed(rows: int, times: Any) -> float:
    return 1e3 * rows / p50(times)


def _columns(world: networks.World, sku: Any, node: Any, quantity: Any) -> dict:
    skus = [item.sku for item in world.engine.items]
    return {
        "sku": CodedColumn(skus, sku),
        "node": CodedColumn(world.network.node_ids, node),
        "quantity": quantity,
    }


def _add_to_dicts(cells: list[dict[int, int]], sku: Any, node: Any) -> None:
    for s, k in zip(sku.tolist(), node.tolist(), strict=True):
        row = cells[s]
        row[k] = row.get(k, 0) + 1


def size(quick: bool) -> Iterator[Row]:
    """Bulk load of a network where every node has every SKU, and what a cell takes."""
    nodes = 2_000
    skus = 500 if quick else 5_000
    network = networks.synthetic(nodes).network
    items = [om.Item(f"SKU{j:05}") for j in range(skus)]
    engine = om.Engine(network, items, clock=lambda: 0)
    cells = nodes * skus
    names = [item.sku for item in items]
    frame = {
        "sku": CodedColumn(names, np.repeat(np.arange(skus), nodes)),
        "node": CodedColumn(network.node_ids, np.tile(np.arange(nodes), skus)),
        "quantity": np.full(cells, 7),
    }
    before = _resident()
    with quiet():
        start = time.perf_counter()
        engine.apply(frame)
        taken = time.perf_counter() - start
    each = engine.state.nbytes / cells
    grown = (_resident() - before) / cells
    yield Row(f"bulk load, {cells:,} cells", f"{taken:.2f} s")
    yield Row(
        f"bytes a cell, {cells:,} cells",
        f"{each:.1f}" + (f" (process grew by {grown:.1f})" if before else ""),
        goal="<= 40",
        met=each <= 40,
    )


def _resident() -> int:
    """Bytes of memory this process has; 0 where that cannot be told."""
    gc.collect()
    told = Path("/proc/self/statm")
    return int(told.read_text().split()[1]) * 4096 if told.exists() else 0
