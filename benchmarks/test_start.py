"""How long does a new process take to import, and to decide its first order?"""

from __future__ import annotations

from typing import Any

from benchmarks.cases_start import FIRST, run


def test_import(benchmark: Any) -> None:
    assert benchmark.pedantic(run, ("import omniroute",), rounds=3) > 0


def test_first_decision(benchmark: Any) -> None:
    assert benchmark.pedantic(run, (FIRST,), rounds=2, warmup_rounds=1) > 0
