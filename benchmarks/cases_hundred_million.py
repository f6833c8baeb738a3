"""A hundred million cells: how long to build, how much memory, how fast to ask?

Minutes and gigabytes, so only where it is named: ``--only hundred_million``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from benchmarks.measure import Row, span

GIB = 2**30
#: Most memory a process may ever have had resident.
LIMIT = 8 * GIB
#: Where rivals are weighed; the rest is extrapolated, cell by cell.
SMALL_SKUS = 20_000


def run(*arguments: str) -> dict[str, Any]:
    """Figures of this case's child process."""
    return run_of("benchmarks.hundred_million", *arguments)


def run_of(module: str, *arguments: str) -> dict[str, Any]:
    """Figures of a child process, whose peak of memory is its own."""
    command = [sys.executable, "-m", module, *arguments]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def all_of_it(quick: bool) -> Iterator[Row]:
    """1,000,000 SKUs at 100 of 2,000 nodes each; a tenth of it where it has to be quick."""
    skus = 100_000 if quick else 1_000_000
    mine = run("--skus", str(skus))
    theirs = run("--skus", str(SMALL_SKUS), "--rival")
    cells = mine["cells"]
    name = f"{cells / 1e6:.0f} million cells"
    scale = cells / theirs["cells"]
    weight = (theirs["peak_bytes"] - theirs["empty_bytes"]) * scale
    limit = LIMIT * (cells / 1e8)
    at = f"dicts, from {theirs['cells'] / 1e6:.0f} million"
    yield Row(
        f"{name}, most memory ever resident",
        f"{mine['peak_bytes'] / GIB:.2f} GiB",
        f"{at} {weight / GIB:.1f} GiB",
        weight / mine["peak_bytes"],
        "" if quick else "<= 8 GiB",
        None if quick else mine["peak_bytes"] <= limit,
    )
    yield Row(f"{name}, kept", f"{mine['state_bytes'] / cells:.1f} bytes a cell")
    ours, others = mine["built_cpu_s"], theirs["built_cpu_s"] * scale
    yield Row(
        f"{name}, built, processor time",
        f"{ours:.0f} s ({mine['built_s']:.0f} s by the clock)",
        f"{at} {others:.0f} s",
        others / ours,
    )
    yield Row(f"{name}, items and nodes", f"{mine['made_s']:.1f} s")
    yield Row(
        f"{name}, ATP of a SKU",
        span(mine["atp_p50_ns"]),
        f"dicts {span(theirs['atp_p50_ns'])}",
        theirs["atp_p50_ns"] / mine["atp_p50_ns"],
    )
    yield Row(f"{name}, ATP of a cell", span(mine["cell_p50_ns"]))
    yield Row(
        f"{name}, reserve a line",
        f"{span(mine['reserve_p50_ns'])}, p99 {span(mine['reserve_p99_ns'])}",
    )
    yield Row(
        f"{name}, matrix of {mine['matrix_cells']:,}",
        span(mine["matrix_ns"]),
    )
