"""A feed of twenty million counts of which one in twenty is news, in one process.

    python -m benchmarks.feed_20_million --skus 200000 --nodes 2000 --each 100

The cells are built first, then the whole feed is taken in: in one `apply`, all or nothing,
and once more in pieces as they come from files. Prints its figures as JSON;
`cases_feed_20_million.py` runs it as a child, beside a rival.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

import omniroute as om
from benchmarks.hundred_million import (
    CHUNK,
    chunks,
    load,
    network_of,
    peak_bytes,
    sku_ids,
)
from omniroute.datasets.coded_column import CodedColumn

#: One row in so many has another count than the one that is known.
NEWS_ONE_IN = 20

Cells = tuple[np.ndarray, np.ndarray, np.ndarray]


def cells_of(skus: int, nodes: int, each: int) -> Cells:
    """SKU, node and quantity of every cell, as codes of 32 bits."""
    parts = [
        tuple(column.astype(np.int32) for column in part)
        for part in chunks(skus, nodes, each, CHUNK)
    ]
    sku, node, quantity = (np.concatenate(c) for c in zip(*parts, strict=True))
    return sku, node, quantity


def told(quantity: np.ndarray, turn: int) -> np.ndarray:
    """The counts of a feed: some, by turns others, are one more than they were."""
    found = quantity.copy()
    found[turn::NEWS_ONE_IN] += 1
    return found


def ours(skus: int, nodes: int, each: int, chunk: int) -> dict[str, float]:
    om.warm_up()
    network, names = network_of(nodes), sku_ids(skus)
    engine = om.Engine(network, [om.Item(name) for name in names], clock=lambda: 0)
    load(engine, names, chunks(skus, nodes, each, CHUNK))
    cells = cells_of(skus, nodes, each)
    figures: dict[str, float] = {"rows": len(cells[0]), "built_bytes": peak_bytes()}
    for name, rows in (("pieces", chunk), ("whole", len(cells[0]))):
        figures |= fed(engine, names, cells, rows, name)
    return figures | {"peak_bytes": peak_bytes()}


def fed(
    engine: om.Engine, names: list[str], cells: Cells, rows: int, name: str
) -> dict[str, float]:
    """Take the feed in, by so many rows, when it has news and when it has none."""
    sku, node, quantity = cells
    places = engine.network.node_ids
    found: dict[str, float] = {}
    turn = 1 if name == "whole" else 0
    counts = told(quantity, turn)
    for pass_ in ("news", "again"):
        unchanged = 0
        start, cpu = time.perf_counter(), time.process_time()
        for first in range(0, len(sku), rows):
            some = slice(first, first + rows)
            frame = {
                "sku": CodedColumn(names, sku[some]),
                "node": CodedColumn(places, node[some]),
                "quantity": counts[some],
                "event": "count",
            }
            unchanged += engine.apply(frame).unchanged
        found |= {
            f"{name}_{pass_}_s": time.perf_counter() - start,
            f"{name}_{pass_}_cpu_s": time.process_time() - cpu,
            f"{name}_{pass_}_unchanged": unchanged,
        }
    # As it was, for whoever comes next.
    load_back(engine, names, cells, turn)
    return found | {f"{name}_peak_bytes": peak_bytes()}


def load_back(engine: om.Engine, names: list[str], cells: Cells, turn: int) -> None:
    """Count what was news as it was before."""
    sku, node, quantity = (column[turn::NEWS_ONE_IN] for column in cells)
    for first in range(0, len(sku), CHUNK):
        some = slice(first, first + CHUNK)
        frame = {
            "sku": CodedColumn(names, sku[some]),
            "node": CodedColumn(engine.network.node_ids, node[some]),
            "quantity": quantity[some],
            "event": "count",
        }
        engine.apply(frame)


def compared(skus: int, nodes: int, each: int, chunk: int) -> dict[str, float]:
    """A rival: two columns that lie in the same order, compared; it holds no more."""
    held = cells_of(skus, nodes, each)[2]
    counts = told(held, 0)
    found: dict[str, float] = {"rows": len(held)}
    for pass_ in ("news", "again"):
        cpu = time.process_time()
        for first in range(0, len(held), chunk):
            here, new = held[first : first + chunk], counts[first : first + chunk]
            news = np.flatnonzero(here != new)
            here[news] = new[news]
        found[f"pieces_{pass_}_cpu_s"] = time.process_time() - cpu
    return found | {"peak_bytes": peak_bytes()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skus", type=int, default=200_000)
    parser.add_argument("--nodes", type=int, default=2_000)
    parser.add_argument("--each", type=int, default=100, help="nodes of a SKU")
    parser.add_argument("--chunk", type=int, default=CHUNK, help="rows of a piece")
    parser.add_argument("--rival", action="store_true", help="numpy instead of ours")
    found = parser.parse_args()
    run = compared if found.rival else ours
    print(json.dumps(run(found.skus, found.nodes, found.each, found.chunk)))


if __name__ == "__main__":
    main()
