"""The change feed and availability exports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import omniroute as om
from benchmarks import networks
from benchmarks.measure import Row, once_cpu_ns, p50, quiet, span
from omniroute.datasets.coded_column import CodedColumn
from omniroute.kernels.stock.arena import R_LENGTH, R_START

#: Units up to which stock is low.
LOW = 5


def feed(quick: bool) -> Iterator[Row]:
    """Polls of every SKU of a network, and of every cell, after some were touched."""
    nodes, skus = (200, 2_000) if quick else (1_000, 10_000)
    engine, names = _full(nodes, skus)
    whole = engine.subscribe(low=LOW)
    cells = engine.subscribe(nodes=engine.network.node_ids, low=LOW)
    for one in (whole, cells):
        one.take()
    rivals = _Rescan(engine)
    rng = np.random.Generator(np.random.PCG64(5))
    rounds = 5 if quick else 9
    for touched in (0, 100):
        for name, one, rival in (
            ("network", whole, rivals.by_sku),
            ("cells", cells, rivals.by_cell),
        ):
            ours, theirs = [], []
            for _ in range(rounds):
                for j in rng.integers(0, skus, touched).tolist():
                    engine.apply(om.Sell(names[j], engine.network.node_ids[0], 1))
                ours.append(once_cpu_ns(one.take))
                theirs.append(once_cpu_ns(rival))
            yield Row(
                f"poll, {skus:,} SKUs x {nodes:,} by {name}, {touched} touched",
                span(p50(ours)),
                f"numpy rescan {span(p50(theirs))}",
                p50(theirs) / p50(ours),
            )


def export(quick: bool) -> Iterator[Row]:
    """Ten million cells whole, then what 1,000 sales changed."""
    nodes, skus = (200, 2_000) if quick else (1_000, 10_000)
    engine, names = _full(nodes, skus)
    size = nodes * skus
    whole = _times(lambda: engine.export_availability(follow=False))
    rivals = _Rescan(engine)
    fast, plain = _times(rivals.table), _times(rivals.into_dict)
    goal = "" if quick else "<= 1 s"
    met = None if quick else p50(whole) <= 1e9
    case = f"export of {size:,} cells"
    for rival, times in (("numpy recompute", fast), ("dict", plain)):
        yield Row(
            case,
            span(p50(whole)),
            f"{rival} {span(p50(times))}",
            p50(times) / p50(whole),
            goal,
            met,
        )
    kept = [engine.export_availability().token]
    rng = np.random.Generator(np.random.PCG64(6))

    def increment() -> None:
        kept[0] = engine.export_availability(since=kept[0]).token

    ours, theirs = [], []
    for _ in range(5):
        for j in rng.integers(0, skus, 1_000).tolist():
            engine.apply(om.Sell(names[j], engine.network.node_ids[1], 1))
        ours.append(once_cpu_ns(increment))
        theirs.append(once_cpu_ns(rivals.difference))
    yield Row(
        f"increment of {size:,} cells, 1,000 sold",
        span(p50(ours)),
        f"numpy compare {span(p50(theirs))}",
        p50(theirs) / p50(ours),
    )


def _times(call: Callable[[], object]) -> list[int]:
    """Processor time of three runs, each without what the one before left behind."""
    found = []
    for _ in range(3):
        with quiet():
            found.append(once_cpu_ns(call))
    return found


class _Rescan:
    """What one would do without a feed: work everything out again, and compare."""

    def __init__(self, engine: om.Engine) -> None:
        self._arena = engine.state.arena
        self._levels = np.zeros(0, np.int8)
        self._cells = np.zeros(0, np.int8)
        self._table = self.table()[2]

    def by_sku(self) -> Any:
        now = self._level(self._arena.sku_free)
        changed = np.flatnonzero(now != self._levels) if len(self._levels) else now
        self._levels = now
        return changed

    def by_cell(self) -> Any:
        now = self._level(self._arena.planes[4, self._arena.positions()])
        changed = np.flatnonzero(now != self._cells) if len(self._cells) else now
        self._cells = now
        return changed

    def _level(self, free: Any) -> Any:
        return (free > 0).astype(np.int8) + (free > LOW)

    def table(self) -> Any:
        arena = self._arena
        at = arena.positions()
        free = np.maximum(arena.planes[4, at], 0).astype(np.int64)
        return arena.skus_of_cells(), arena.cell_node[at], free

    def into_dict(self) -> dict[tuple[int, int], int]:
        arena, out = self._arena, {}
        for sku, (start, length) in enumerate(
            arena.rows[:, [R_START, R_LENGTH]].tolist()
        ):
            here = slice(start, start + length)
            nodes, free = arena.cell_node[here].tolist(), arena.planes[4, here].tolist()
            for node, quanta in zip(nodes, free, strict=True):
                out[sku, node] = max(0, quanta)
        return out

    def difference(self) -> Any:
        skus, nodes, free = self.table()
        changed = np.flatnonzero(free != self._table)
        self._table = free
        return skus[changed], nodes[changed], free[changed]


def _full(nodes: int, skus: int) -> tuple[om.Engine, list[str]]:
    """Every node has every SKU."""
    network = networks.synthetic(nodes).network
    names = [f"SKU{j:05}" for j in range(skus)]
    engine = om.Engine(network, [om.Item(name) for name in names], clock=lambda: 0)
    with quiet():
        engine.apply(
            {
                "sku": CodedColumn(names, np.repeat(np.arange(skus), nodes)),
                "node": CodedColumn(network.node_ids, np.tile(np.arange(nodes), skus)),
                "quantity": 1 + np.arange(nodes * skus) % 23,
            }
        )
    return engine, names
