"""The journal on disk of `docs/journal.md`: killed at any moment, it comes back."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import omniroute as om

PAGE = Path(__file__).resolve().parents[1] / "docs/journal.md"
#: The first block of the page is all a reader copies.
CODE = re.search(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)[1]

SHOP = """
network = om.Network(
    [om.Node("MALL"), om.Node("HUB", order_cost=1)],
    [om.Service("ground", "ship", om.RateCard.flat(5))],
)
items = [om.Item("BOLT"), om.Item("ROPE", decimals=2)]
home = om.Destination(postcode="55425")
"""
LIVE = """
import sys
engine, journal = start(sys.argv[1], network, items, clock=lambda: 1_800_000_000)
engine.apply([om.Receive("BOLT", "MALL", 9_000), om.Receive("ROPE", "HUB", 9_000)])
for k in range(9_000):
    engine.place(om.Order({"BOLT": 1, "ROPE": 0.25}, home, id=f"A-{k}"), ttl="15min")
    journal.write()
    print(k, engine.digest(), flush=True)
"""


@pytest.fixture
def page():
    """What the page defines, and a shop."""
    found = {"__name__": "page"}
    exec(compile(CODE + SHOP, "journal.md", "exec"), found)  # noqa: S102 - our own page
    return found


def started(page, path, items=None):
    clock = {"clock": lambda: 1_800_000_000}
    return page["start"](path, page["network"], items or page["items"], **clock)


@pytest.mark.skipif(os.name != "posix", reason="kills as POSIX does")
def test_a_process_that_is_killed_comes_back_with_all_it_had_told(tmp_path, page):
    """Kill -9 in the middle: the state of the last answer, or of the one after it."""
    path, script = tmp_path / "shop.journal", tmp_path / "live.py"
    script.write_text(CODE + SHOP + LIVE, "utf-8")
    command = [sys.executable, str(script), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as live:
        told = [next(live.stdout).split() for _ in range(40)]
        os.kill(live.pid, signal.SIGKILL)
        told += [line.split() for line in live.stdout if line.endswith("\n")]
    assert live.returncode == -signal.SIGKILL
    engine, _ = started(page, path)
    last = int(told[-1][0])
    held = {id for id in engine.reservations()["id"] if int(id[2:]) <= last}
    assert len(held) == last + 1
    if engine.available_to_promise("BOLT") == 9_000 - last - 1:
        assert engine.digest() == told[-1][1]
    engine.check()


def test_a_file_cut_anywhere_is_read_up_to_its_last_whole_record(tmp_path, page):
    """Each prefix of a file gives the state after so many batches, and no error."""
    path = tmp_path / "shop.journal"
    engine, journal = started(page, path)
    digests, ends = {0: None}, [0]
    for k in range(3):
        engine.apply(om.Receive("BOLT", "MALL", k + 1))
        journal.write()
        digests[path.stat().st_size] = engine.digest()
    whole = path.read_bytes()
    while ends[-1] < len(whole):
        size = int.from_bytes(whole[ends[-1] : ends[-1] + 8], "big")
        ends.append(ends[-1] + 8 + size)
    cut_file = tmp_path / "cut"
    for cut in range(len(whole) + 1):
        cut_file.write_bytes(whole[:cut])
        log = om.EffectLog.of(page["read"](cut_file))
        assert len(log) == sum(end <= cut for end in ends) - 1
    for end, digest in digests.items():
        cut_file.write_bytes(whole[: end + 5])
        twin = om.Engine(page["network"], page["items"], clock=lambda: 1_800_000_000)
        fresh = twin.digest()
        twin.replay(om.EffectLog.of(page["read"](cut_file)))
        assert twin.digest() == (digest or fresh)


def test_an_engine_goes_on_from_its_file_again_and_again(tmp_path, page):
    """Whatever order items are declared in, and with items that came later."""
    path = tmp_path / "shop.journal"
    for k in range(4):
        engine, journal = started(page, path, [om.Item(f"NEW-{k}"), *page["items"]])
        engine.apply([om.Receive("BOLT", "MALL", 2), om.Receive("ROPE", "HUB", 1.25)])
        engine.add_items([om.Item(f"LATER-{k}")])
        placed = engine.place(om.Order({"BOLT": 1}, page["home"], id=f"A-{k}"))
        assert placed.status is om.Status.OK
        journal.write()
        assert engine.available_to_promise("BOLT") == k + 1
        page["items"] = page["items"][::-1]
    assert list(engine.reservations()["id"]) == [f"A-{k}" for k in range(4)]
    engine.check()


def test_since_tells_what_was_logged_after():
    """All, some, none; and no count that cannot be."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    network, items = om.Network([om.Node("N1")], [ground]), [om.Item("BOLT")]
    engine = om.Engine(network, items, clock=lambda: 0, journal=True)
    for _ in range(3):
        engine.apply(om.Receive("BOLT", "N1", 1))
    for count in range(4):
        assert list(engine.log.since(count)) == list(engine.log)[count:]
    for wrong in (-1, 4, None):
        with pytest.raises(om.ValidationError, match="^count: expected"):
            engine.log.since(wrong)


def test_a_log_is_made_of_batches():
    """And of nothing else."""
    with pytest.raises(om.ValidationError, match=r"^batches\[0\]: expected a batch"):
        om.EffectLog.of([b"bytes"])
