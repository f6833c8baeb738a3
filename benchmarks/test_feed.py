"""How long does it take to poll a feed?"""

from __future__ import annotations

from typing import Any

import omniroute as om
from benchmarks.networks import World


def test_poll_after_one_sale(benchmark: Any, large: World) -> None:
    engine = large.fresh().engine
    feed = engine.subscribe(low=5)
    feed.take()
    sale = om.Sell("SKU00500", large.network.node_ids[0], 1)

    def poll() -> om.LevelChanges:
        engine.apply(sale)
        return feed.take()

    assert len(benchmark(poll)) <= 1
