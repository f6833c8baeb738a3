"""One table: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import json
import sys
import time

from benchmarks import (
    cases_atp,
    cases_capacity,
    cases_chance,
    cases_dates,
    cases_exact,
    cases_explain,
    cases_feed,
    cases_feed_20_million,
    cases_hundred_million,
    cases_policy,
    cases_pool,
    cases_reserve,
    cases_route,
    cases_start,
    cases_stock,
)
from benchmarks.measure import Row, machine, table

CASES = {
    "import": cases_start.imports,
    "first": cases_start.first,
    "single": cases_route.single,
    "explain": cases_explain.explained,
    "twelve": cases_route.twelve,
    "baskets": cases_route.baskets,
    "dates": cases_dates.routing,
    "promise": cases_dates.promising,
    "listing": cases_dates.listing,
    "far": cases_dates.far_and_wide,
    "capacity": cases_capacity.routing,
    "capacity_many": cases_capacity.batches,
    "optimum": cases_exact.optimum,
    "real": cases_exact.real,
    "many": cases_route.many,
    "policy": cases_policy.beside,
    "reoptimise": cases_pool.reoptimise,
    "atp": cases_stock.atp,
    "matrix": cases_stock.matrix,
    "by_date": cases_atp.all_of_it,
    "events": cases_stock.events,
    "known": cases_stock.known_events,
    "size": cases_stock.size,
    "reserve": cases_reserve.single,
    "reserve_many": cases_reserve.batch,
    "reserve_many_forms": cases_reserve.forms,
    "route_later": cases_reserve.later,
    "expiry": cases_reserve.expiry,
    "feed": cases_feed.feed,
    "export": cases_feed.export,
    "attempts": cases_chance.attempts,
    "returns": cases_chance.returns,
}

#: Minutes and gigabytes: run where they are named, and not with the rest.
NAMED = {
    "hundred_million": cases_hundred_million.all_of_it,
    "feed_20_million": cases_feed_20_million.all_of_it,
}

NOTE = """\
Medians of interleaved runs; one process, one core. `ratio` is the rival's time by ours:
below 1 the rival is faster. Every rival is warm and is given stock and lanes ready made;
HiGHS is timed without building its model, and must find the same cost. `route` is timed
with what the caches hold after other orders, the kernel likewise. `route_many`,
`reserve_many`, listing pages, the matrices by date, holds that run out, polls of feeds,
exports, attempts and returns are in processor time, everything else is by the clock on the
wall.
Plans of up to 12 lines are proven unless a line is split over nodes: that search may
run out of its budget."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and smaller cases")
    parser.add_argument("--goals", action="store_true", help="rows with a goal alone")
    parser.add_argument("--json", action="store_true", help="rows as one JSON object")
    parser.add_argument(
        "--only",
        metavar="NAME",
        action="append",
        choices=[*CASES, *NAMED],
        help=", ".join([*CASES, *NAMED]),
    )
    options = parser.parse_args(arguments)
    rows: list[Row] = []
    for name in options.only or CASES:
        start = time.perf_counter()
        rows += (CASES | NAMED)[name](options.quick)
        taken = time.perf_counter() - start
        print(f"{name}: {taken:.1f} s", file=sys.stderr, flush=True)
    if options.goals:
        rows = [row for row in rows if row.goal]
    if options.json:
        found = {"machine": machine(), "rows": [row.json() for row in rows]}
        print(json.dumps(found, indent=1))
    else:
        print(f"{machine()}\n\n{table(rows)}\n\n{NOTE}")
    missed = [row.case for row in rows if row.met is False]
    if missed:
        print("\nnot met: " + "; ".join(missed), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
