"""Clocks, medians, and the rows of the table."""

from __future__ import annotations

import gc
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numba
import numpy as np


@dataclass
class Row:
    case: str
    figure: str
    rival: str = ""
    #: Rival's time by ours: above 1 we are faster.
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None

    def json(self) -> dict[str, Any]:
        return asdict(self)


def once_ns(call: Callable[[], object]) -> int:
    start = time.perf_counter_ns()
    call()
    return time.perf_counter_ns() - start


def once_cpu_ns(call: Callable[[], object]) -> int:
    """Processor time of this process: what others take meanwhile does not count."""
    start = time.process_time_ns()
    call()
    return time.process_time_ns() - start


@contextmanager
def quiet() -> Iterator[None]:
    """Collect garbage now and not while timing rivals against each other."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def interleaved(rounds: int, *calls: Callable[[], object]) -> list[list[int]]:
    """Times of each call in ns, taken in turn, so that noise falls on all alike."""
    times: list[list[int]] = [[] for _ in calls]
    with quiet():
        for _ in range(rounds):
            for taken, call in zip(times, calls, strict=True):
                taken.append(once_ns(call))
    return times


def per_call(count: int, call: Callable[[], object]) -> Callable[[], object]:
    """So many calls as one: for what is as short as the clock itself."""

    def many() -> None:
        for _ in range(count):
            call()

    return many


def p50(times: list[int]) -> float:
    return float(np.median(times))


def p99(times: list[int]) -> float:
    return float(np.percentile(times, 99))


def span(ns: float) -> str:
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if ns >= size:
            return f"{ns / size:.3g} {unit}"
    return f"{ns:.3g} ns"


def machine() -> str:
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [x for x in info.read_text().splitlines() if x.startswith("model name")]
        name = names[0].split(":")[1].strip() if names else name
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return (
        f"{name}, {os.cpu_count()} cores, load {load:.1f}; {platform.system()}, "
        f"Python {platform.python_version()}, numpy {np.__version__}, "
        f"numba {numba.__version__}"
    )


def table(rows: list[Row]) -> str:
    head = ("case", "omniroute", "rival", "ratio", "goal", "met")
    cells = [head, *(_cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    return "\n".join([lines[0], "-|-".join("-" * w for w in widths), *lines[1:]])


def _cells(row: Row) -> tuple[str, ...]:
    ratio = "" if row.ratio is None else f"{row.ratio:,.3g}x"
    if row.ratio is not None and row.ratio >= 1_000:
        ratio = f"{row.ratio:,.0f}x"
    met = {None: "", True: "yes", False: "NO"}[row.met]
    return (row.case, row.figure, row.rival, ratio, row.goal, met)
