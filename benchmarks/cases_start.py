"""Starting: importing, and the first decision of a new process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from benchmarks.measure import Row, once_ns, p50, span

FIRST = """
import omniroute as om
ground = om.Service("ground", "ship", om.RateCard.flat(5))
network = om.Network([om.Node("N1"), om.Node("N2")], [ground])
engine = om.Engine(network, [om.Item("BOLT"), om.Item("NUT")])
engine.apply([om.Receive("BOLT", "N1", 40), om.Receive("NUT", "N2", 40)])
order = om.Order({"BOLT": 2, "NUT": 1}, om.Destination(postcode="55425"))
assert engine.route(order).proven
"""


def run(code: str, cache: str | None = None) -> int:
    """Wall time of a whole process, from start to exit, in ns."""
    env = dict(os.environ)
    if cache is not None:
        env["NUMBA_CACHE_DIR"] = cache
    command = [sys.executable, "-c", code]
    return once_ns(lambda: subprocess.run(command, env=env, check=True))


def imports(quick: bool) -> Iterator[Row]:
    """What `import omniroute` adds to starting the interpreter."""
    rounds = 5 if quick else 11
    pairs = [(run("pass"), run("import omniroute")) for _ in range(rounds)]
    bare = p50([a for a, _ in pairs])
    added = p50([b - a for a, b in pairs])
    yield Row(
        "import omniroute",
        span(added),
        f"bare interpreter {span(bare)}",
        goal="< 20 ms",
        met=added < 20e6,
    )


def first(quick: bool) -> Iterator[Row]:
    """A process that decides one order and ends."""
    with tempfile.TemporaryDirectory() as folder:
        cold = run(FIRST, folder)
        warm = [run(FIRST, folder) for _ in range(3)]
    numba = p50([run("import numba") for _ in range(1 if quick else 3)])
    yield Row("first decision, nothing compiled yet", span(cold))
    yield Row(
        "first decision, compile cache warm",
        span(p50(warm)),
        f"`import numba` alone {span(numba)}",
        goal="< 1.5 s",
        met=p50(warm) < 1.5e9,
    )
