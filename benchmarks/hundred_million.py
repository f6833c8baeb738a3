"""A hundred million cells in one process: built, asked and reserved from, and weighed.

    python -m benchmarks.hundred_million --skus 1000000 --nodes 2000 --each 100

One process does nothing else, so that the most it ever had resident is its own. Prints
its figures as JSON. `cases_hundred_million.py` runs it as a child, beside a rival.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Iterator

import numpy as np

import omniroute as om
from benchmarks.measure import interleaved, p50, p99, quiet
from omniroute.datasets.coded_column import CodedColumn

#: Rows of one `apply`: an export of such a size comes file by file.
CHUNK = 1_000_000


def node_ids(count: int) -> list[str]:
    return [f"N{k:04}" for k in range(count)]


def sku_ids(count: int) -> list[str]:
    return [f"SKU{k:07}" for k in range(count)]


def chunks(
    skus: int, nodes: int, each: int, rows: int
) -> Iterator[tuple[np.ndarray, ...]]:
    """SKU, node and quantity of the cells, SKU by SKU; nodes of a SKU lie scattered."""
    stride = nodes // each
    block = np.arange(each, dtype=np.int64)
    for first in range(0, skus, max(1, rows // each)):
        some = np.arange(first, min(skus, first + max(1, rows // each)))[:, None]
        node = block * stride + (some * 7919 + block * some) % stride
        quantity = 1 + (some + 3 * node) % 9
        sku = np.broadcast_to(some, node.shape)
        yield sku.ravel(), node.ravel(), quantity.ravel()


def peak_bytes() -> int:
    """The most this process ever had resident."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def network_of(nodes: int) -> om.Network:
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    return om.Network([om.Node(name) for name in node_ids(nodes)], [ground])


def ours(skus: int, nodes: int, each: int, chunk: int) -> dict[str, float]:
    om.warm_up()
    network, names = network_of(nodes), sku_ids(skus)
    start = time.perf_counter()
    engine = om.Engine(network, [om.Item(name) for name in names], clock=lambda: 0)
    engine.reserve({(names[0], "N0000"): 1}, id="first")
    made, empty = time.perf_counter() - start, peak_bytes()
    start, cpu = time.perf_counter(), time.process_time()
    load(engine, names, chunks(skus, nodes, each, chunk))
    built, busy = time.perf_counter() - start, time.process_time() - cpu
    figures = {
        "cells": engine.state.arena.cells,
        "made_s": made,
        "empty_bytes": empty,
        "built_s": built,
        "built_cpu_s": busy,
        "built_bytes": peak_bytes(),
        "state_bytes": engine.state.nbytes,
    }
    return figures | questions(engine, names) | {"peak_bytes": peak_bytes()}


def load(
    engine: om.Engine, names: list[str], parts: Iterator[tuple[np.ndarray, ...]]
) -> None:
    for sku, node, quantity in parts:
        first, last = int(sku[0]), int(sku[-1])
        engine.apply(
            {
                "sku": CodedColumn(names[first : last + 1], sku - first),
                "node": CodedColumn(engine.network.node_ids, node),
                "quantity": quantity,
            }
        )


def questions(engine: om.Engine, names: list[str]) -> dict[str, float]:
    """One SKU, a cell of it, a matrix, a reservation: of items that lie far apart."""
    rng = np.random.Generator(np.random.PCG64(1))
    some = [names[k] for k in rng.integers(0, len(names), 2_000)]
    first = {sku: int(engine.available_by_node(sku).argmax()) for sku in some}
    ids = engine.network.node_ids
    asked, cells, held = iter(some), iter(first.items()), iter(first.items())

    def a_cell() -> None:
        sku, node = next(cells)
        engine.available_to_promise(sku, ids[node])

    def a_reservation() -> None:
        sku, node = next(held)
        engine.reserve({(sku, ids[node]): 1}, id=sku + "-r", ttl=60)

    rounds = len(first) - 1
    matrix = [names[k] for k in rng.integers(0, len(names), 1_000)]
    with quiet():
        network = interleaved(rounds, lambda: engine.available_to_promise(next(asked)))[
            0
        ]
        cell = interleaved(rounds, a_cell)[0]
        reserve = interleaved(rounds, a_reservation)[0]
        whole = interleaved(5, lambda: engine.availability(matrix, ids[::2]))[0]
    return {
        "atp_p50_ns": p50(network),
        "cell_p50_ns": p50(cell),
        "reserve_p50_ns": p50(reserve),
        "reserve_p99_ns": p99(reserve),
        "matrix_ns": p50(whole),
        "matrix_cells": len(matrix) * len(ids[::2]),
    }


def dicts(skus: int, nodes: int, each: int, chunk: int) -> dict[str, float]:
    """A rival: a dict by SKU of dicts by node, which hold the quantity and no more."""
    names, places = sku_ids(skus), node_ids(nodes)
    empty = peak_bytes()
    stock: dict[str, dict[str, int]] = {name: {} for name in names}
    start, cpu = time.perf_counter(), time.process_time()
    for sku, node, quantity in chunks(skus, nodes, each, chunk):
        rows = zip(sku.tolist(), node.tolist(), quantity.tolist(), strict=True)
        for s, n, units in rows:
            stock[names[s]][places[n]] = units
    built, busy = time.perf_counter() - start, time.process_time() - cpu
    asked = iter(names * 2)
    atp = interleaved(999, lambda: sum(stock[next(asked)].values()))[0]
    return {
        "cells": skus * each,
        "empty_bytes": empty,
        "built_s": built,
        "built_cpu_s": busy,
        "peak_bytes": peak_bytes(),
        "atp_p50_ns": p50(atp),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skus", type=int, default=1_000_000)
    parser.add_argument("--nodes", type=int, default=2_000)
    parser.add_argument("--each", type=int, default=100, help="nodes of a SKU")
    parser.add_argument("--chunk", type=int, default=CHUNK, help="rows of one apply")
    parser.add_argument("--rival", action="store_true", help="dicts instead of ours")
    found = parser.parse_args()
    run = dicts if found.rival else ours
    print(json.dumps(run(found.skus, found.nodes, found.each, found.chunk)))


if __name__ == "__main__":
    main()
