"""Twenty million counts, 5 % of them news: how fast, and in how much memory?

Minutes and gigabytes, so only where it is named: ``--only feed_20_million``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.cases_hundred_million import GIB, LIMIT, run_of
from benchmarks.measure import Row

CHILD = "benchmarks.feed_20_million"


def all_of_it(quick: bool) -> Iterator[Row]:
    """200,000 SKUs at 100 of 2,000 nodes each; a tenth of it where it has to be quick."""
    size = ("--skus", str(20_000 if quick else 200_000))
    mine, theirs = run_of(CHILD, *size), run_of(CHILD, *size, "--rival")
    rows = mine["rows"]
    name = f"feed of {rows / 1e6:.0f} million counts"
    yield Row(
        f"{name}, most memory ever resident",
        f"{mine['peak_bytes'] / GIB:.2f} GiB",
        f"numpy, two columns {theirs['peak_bytes'] / GIB:.2f} GiB",
        theirs["peak_bytes"] / mine["peak_bytes"],
        "" if quick else "<= 8 GiB",
        None if quick else mine["peak_bytes"] <= LIMIT,
    )
    for way, text in (("whole", "in one call"), ("pieces", "a million a call")):
        for pass_, news in (("news", "5 % changed"), ("again", "nothing changed")):
            yield _speed(
                f"{name}, {news}, {text}", mine, theirs, f"{way}_{pass_}", pass_
            )


def _speed(case: str, mine: Any, theirs: Any, key: str, pass_: str) -> Row:
    rows, taken = mine["rows"], mine[f"{key}_cpu_s"]
    other = theirs[f"pieces_{pass_}_cpu_s"]
    changed = rows - mine[f"{key}_unchanged"]
    told = f"{rows / taken / 1e6:.1f} M rows/s, {changed:,} applied"
    return Row(
        case,
        f"{told} ({mine[f'{key}_s']:.0f} s by the clock)",
        f"numpy compare, in order {rows / other / 1e6:.0f} M rows/s",
        other / taken,
    )
