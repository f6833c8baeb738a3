"""How long does it take to hold stock, and to make a hold firm?"""

from __future__ import annotations

from itertools import count
from typing import Any

import omniroute as om
from benchmarks.cases_reserve import Clock, stocked

WISH = {("SKU00500", "N00017"): 1, ("SKU00501", "N00018"): 1, ("SKU00502", "N00019"): 1}


def test_reserve_and_commit(benchmark: Any) -> None:
    engine, ids = stocked(Clock()), count()

    def order() -> om.Status:
        name = f"A-{next(ids)}"
        engine.reserve(WISH, id=name, ttl=900)
        return engine.commit(name)

    assert benchmark(order) is om.Status.OK
