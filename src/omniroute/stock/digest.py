"""The digest: what stands for all of a state."""

from __future__ import annotations

import numpy as np

from omniroute.kernels.stock.digest import SEEDS, add_book, add_cells, add_records
from omniroute.stock.stores import Stores


def digest_of(stores: Stores) -> str:
    """32 hexadecimal digits, as `State.digest` says."""
    arena, book, sums = stores.arena, stores.book, np.zeros(2, np.uint64)
    skus, nodes = stores.catalogue.skus.hashes(), stores.catalogue.nodes.hashes()
    # Wrapping round is the point; only the uncompiled kernels would warn of it.
    with np.errstate(over="ignore"):
        add_cells(arena.rows, arena.cell_node, arena.planes, skus, nodes, SEEDS, sums)
        add_book(
            book.heads,
            book.lines,
            book.counters,
            book.ids.hashes(),
            skus,
            nodes,
            SEEDS,
            sums,
        )
        for words in (
            *stores.supply.records(skus, nodes),
            *stores.memory.records(skus, nodes, stores.supply.ids.hashes(), stores.now),
            *stores.aside.records(skus, nodes, book.ids.hashes()),
            *stores.rules.records(skus, nodes),
            *stores.lots.records(skus, nodes),
            *stores.find.records(skus, nodes),
            *stores.after.records(skus, nodes),
            *stores.workload.records(nodes, book.ids.hashes()),
        ):
            add_records(words, SEEDS, sums)
    return "".join(f"{lane:016x}" for lane in sums.tolist())
