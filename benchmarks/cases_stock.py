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
    for name, times in (("coded ids", ours), ("texts", by_text)):
        for rival, theirs in (("numpy add.at", fast), ("dict", plain)):
            yield Row(
                f"apply {rows:,} rows, {name}",
                f"{1e9 * rows / p50(times) / 1e6:.2f} M rows/s",
                f"{rival} {1e9 * rows / p50(theirs) / 1e6:.2f} M rows/s",
                p50(theirs) / p50(times),
            )
    event = om.Receive("SKU00500", world.network.node_ids[0], 1)
    engine.apply(event)
    single = interleaved(2_000, lambda: engine.apply(event))[0]
    yield Row("apply one event", span(p50(single)))


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
