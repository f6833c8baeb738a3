"""How long does it take to take in stock facts and to ask what is available?"""

from __future__ import annotations

from typing import Any

import numpy as np

import omniroute as om
from benchmarks.networks import World

SKU = "SKU00500"


def test_atp_network(benchmark: Any, large: World) -> None:
    assert benchmark(large.engine.available_to_promise, SKU) > 0


def test_atp_node(benchmark: Any, large: World) -> None:
    node = large.network.node_ids[17]
    assert benchmark(large.engine.available_to_promise, SKU, node) >= 0


def test_atp_every_node(benchmark: Any, large: World) -> None:
    found = benchmark(large.engine.available_by_node, SKU)
    assert found.sum() == large.engine.available_to_promise(SKU)


def test_matrix(benchmark: Any, large: World) -> None:
    skus = [item.sku for item in large.engine.items]
    nodes = large.network.node_ids[::2]
    assert benchmark(large.engine.availability, skus, nodes).quanta.any()


def test_apply_columns(benchmark: Any, large: World) -> None:
    engine = large.fresh().engine
    frame = {name: column[:10_000] for name, column in large.stock.items()}
    assert benchmark(engine.apply, frame) == 10_000


def test_apply_texts(benchmark: Any, large: World) -> None:
    engine = large.fresh().engine
    frame = {
        name: np.asarray(column[:10_000]).tolist()
        for name, column in large.stock.items()
    }
    assert benchmark(engine.apply, frame) == 10_000


def test_apply_one(benchmark: Any, large: World) -> None:
    engine = large.fresh().engine
    event = om.Receive(SKU, large.network.node_ids[0], 1)
    assert benchmark(engine.apply, event) == 1


def test_load(benchmark: Any, large: World) -> None:
    def load() -> om.Engine:
        return large.fresh().engine

    engine = benchmark.pedantic(load, rounds=2)
    assert engine.state.nbytes > 0
