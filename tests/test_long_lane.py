"""The long lane itself: a few of its histories, and that it finds what is wrong."""

from __future__ import annotations

import os
from unittest.mock import patch

import pytest

from omniroute.codes import Status
from omniroute.reservations import life
from omniroute.stock import decide
from omniroute.stock.effects import EffectBatch, tick
from omniroute.stock.lens import Lens
from tests import long_lane
from tests.conftest import WITHOUT_JIT


@pytest.mark.parametrize("number", range(2 if WITHOUT_JIT else 24))
def test_a_history_goes_well(number):
    """Each step, the digest, the promises, conservation and the replay."""
    operations, wrong = long_lane.play(number)
    assert wrong is None
    assert operations >= long_lane.LENGTH // 3


@pytest.mark.jit
def test_a_history_is_the_same_again():
    """So a number is all that has to be known of one that went wrong."""
    digests = set()
    for _ in range(2):
        history = long_lane.History(5)
        history.run()
        digests.add((history.done, history.pair.engine.digest()))
    assert len(digests) == 1


BUGS = {
    "holds never run out": (
        decide,
        "expire",
        lambda _, now: EffectBatch([tick(now)]),
    ),
    "an increase is not checked": (life, "served", lambda *_: Status.OK),
    "a channel's threshold is forgotten": (
        Lens,
        "_limit",
        lambda _, __, cells: int(cells.clip(0).sum()),
    ),
}


@pytest.mark.jit
@pytest.mark.parametrize("bug", BUGS)
def test_what_is_wrong_is_told_by_number(bug, capsys):
    """With the number of the history, and a status that says so."""
    where, name, wrong = BUGS[bug]
    with patch.object(where, name, wrong):
        told = [long_lane.play(number)[1] for number in range(8)]
    found = [text for text in told if text]
    assert found
    assert found[0].startswith("history ")


@pytest.mark.slow
@pytest.mark.skipif(
    not os.environ.get("OMNIROUTE_SLOW"), reason="minutes: set OMNIROUTE_SLOW"
)
def test_many_histories():
    """A hundredth of the long lane; the whole is `python -m tests.long_lane`."""
    assert long_lane.main(["--operations", "100000"]) == 0
