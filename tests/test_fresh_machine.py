"""Promises for later of what ends, there or on its way: the engine beside its twin.

And a test of that test: bugs are put into the engine on purpose, one at a time, and each
has to be found.
"""

from __future__ import annotations

from random import Random
from unittest.mock import patch

import numpy as np
import pytest

import omniroute as om
from omniroute.reservations import at_risk
from omniroute.stock import dips, draft, project, spans
from omniroute.stock.supply import Supply
from tests.conftest import WITHOUT_JIT
from tests.naive.fresh import NaiveFresh
from tests.seeded_bugs import must_be_found, wrapped
from tests.stock.knobs import tiny_knobs
from tests.test_later_machine import LaterPair
from tests.test_lots_machine import LotPair

SKUS, NODES = ["S0", "S1"], ["N0", "N1"]


class FreshPair(LaterPair, LotPair):
    """Both of them: what is promised for later, and what ends."""

    def __init__(self):
        super().__init__()
        self.twin = NaiveFresh()

    def expect(self, id, sku, node, n, ahead, fresh=None):
        """Due so many seconds from now, and so many after that it ends."""
        due = self.clock + ahead
        until = None if fresh is None else max(1, due + fresh)
        event = om.Expect(id, sku, node, n, due=due, sell_by=until)
        if id not in self.twin.supply.entries:
            self.engine.apply(event)
            self.twin.supply.expect(id, sku, node, n, due, "purchase_order", until or 0)
            return
        told = self.twin.supply.entries[id]["asked"]
        same = (sku, node, n, due, "purchase_order", until or 0) == told
        if same:
            assert self.engine.apply(event).duplicates == 1
        else:
            with pytest.raises(om.ValidationError, match="no other delivery has"):
                self.engine.apply(event)

    def repeat(self, id):
        """It is announced once more, as it was at first."""
        sku, node, n, due, _, until = self.twin.supply.entries[id]["asked"]
        event = om.Expect(id, sku, node, n, due=due, sell_by=until or None)
        assert self.engine.apply(event).duplicates == 1

    def slip(self, id, ahead, fresh=None):
        due, entry = self.clock + ahead, self.twin.supply.entries[id]
        until = None if fresh is None else max(1, due + fresh)
        self.engine.apply(om.Reschedule(id, due=due, sell_by=until))
        entry["due"], entry["until"] = due, until or entry["until"]

    def arrive(self, id, n, end=None, state="on_hand"):
        """A part, or all of it; as announced, or of another lot."""
        entry = self.twin.supply.entries[id]
        end = end if state == "on_hand" else None
        self.engine.apply(om.Arrive(id, n, sell_by=end, state=state))
        n = self.twin.supply.arrive(id, n)
        sku, node = entry["asked"][:2]
        if state == "on_hand":
            lot = end or entry["until"] or None
            self.twin.of_lot(lot, lambda: self.twin.fact("arrive", sku, node, n))
        else:
            self.twin.supply.shift(sku, node, state, n)
        self.twin.expire(self.clock)

    def check(self):
        """The base, every lot, and what is told of what is on its way."""
        super().check()
        found = self.engine.inbound(closed=True)
        nat = np.datetime64("NaT", "s").astype(np.int64)
        told = found["sell_by"].astype(np.int64)
        assert dict(
            zip(found["id"], np.where(told == nat, 0, told).tolist(), strict=True)
        ) == {id: entry["until"] for id, entry in self.twin.supply.entries.items()}

    def check_sure(self):
        """Other items and nodes than there; and holds at no node count."""


def drill(seed, steps=70, every=1):
    """A random history, looked at every so many steps: the same for every bug."""
    dice, pair = Random(seed), FreshPair()
    ids = ["never"]
    cells = [*[("S0", "N0")] * 4, ("S0", "N1"), ("S1", "N0")]

    def fresh():
        return dice.choice([None, -1, 0, 1, 2, 4, 7])

    def line():
        ahead = dice.choice([0, 2, 4, 6, 8, 11])
        return (*dice.choice(cells), dice.randint(1, 6), ahead)

    def lines():
        return [line() for _ in range(dice.randint(1, 2))]

    def entry():
        return dice.choice([*pair.twin.supply.entries, "PO0"])

    def known(do):
        id = entry()
        return lambda: do(id) if id in pair.twin.supply.entries else None

    def new():
        ids.append(f"R{len(ids)}")
        return ids[-1]

    def step():
        sku, node, n, ahead = line()
        id, end = dice.choice(ids[-5:]), dice.choice([None, pair.clock + 2 * n])
        dice.choice(
            [
                *[lambda: pair.reserve_later(new(), lines(), None, n < 4)] * 5,
                lambda: pair.reserve_later(new(), lines(), 5, n < 4, id),
                lambda: pair.reserve(new(), [(sku, node, n)], None, partial=True),
                lambda: pair.reserve(new(), [(sku, None, n)], None, partial=True),
                *[lambda: pair.expect(f"PO{dice.randrange(9)}", *line(), fresh())] * 4,
                known(pair.repeat),
                known(lambda name: pair.slip(name, ahead, fresh())),
                known(lambda name: pair.arrive(name, dice.choice([1, 3]), end)),
                known(lambda name: pair.arrive(name, n, None, "damaged")),
                known(lambda name: pair.arrive(name, n)),
                known(lambda name: pair.shrink(name, n)),
                *[lambda: pair.pass_time(dice.randint(0, 3))] * 3,
                *[lambda: pair.facts([("receive", sku, node, n, end)])] * 3,
                lambda: pair.facts([("sell", sku, node, dice.randint(1, 2), end)]),
                lambda: pair.facts([("safety", sku, node, n % 3, None)]),
                lambda: pair.step("commit", id),
                lambda: pair.step("release", id),
                lambda: pair.step("fulfil", id, None),
                lambda: pair.step("cancel", id, None),
                lambda: pair.amend(id, lines()),
                *[lambda: pair.redate(id, ahead, None)] * 2,
                lambda: pair.step("move", id, *dice.sample(NODES, 2), None),
            ]
        )()

    with tiny_knobs():
        for k in range(steps):
            if pair.clock >= 40:
                break
            step()
            if k % every == 0:
                pair.check()
        pair.check()
        pair.check_replay()


def drills():
    """Enough of them for every bug."""
    for seed in range(3 if WITHOUT_JIT else 40):
        drill(seed)


def test_the_drill_passes_without_a_bug():
    """Else it would prove nothing."""
    drills()


# -- bugs put in on purpose ------------------------------------------------------------


def of_shelf_only(right):
    """What is on its way lasts."""
    return lambda state, cell: [
        (due, project.FOREVER, n) for due, _, n in right(state, cell)
    ]


BUGS = {
    "what is on its way does not end": lambda: wrapped(
        project, "inbound", of_shelf_only
    ),
    "the dip takes what is on its way to last": lambda: wrapped(
        dips, "inbound", of_shelf_only
    ),
    "what ends before it comes counts": lambda: wrapped(
        project,
        "inbound",
        lambda right: (
            lambda state, cell: [
                *right(state, cell),
                *(
                    (int(row[2]), int(row[2]) + 1, int(row[3]))
                    for row in state.supply.entries[: len(state.supply)]
                    if tuple(row[:2]) == cell
                    and row[3]
                    and row[2] > state.now
                    and 0 < row[8] <= row[2]
                ),
            ]
        ),
    ),
    "what ends last is taken first": lambda: patch.object(
        spans, "heappush", lambda heap, one: (heap.append(one), heap.sort(reverse=True))
    ),
    "what ends at a second can be had at it": lambda: wrapped(
        spans,
        "_take",
        lambda right: lambda there, second, wanted: right(there, second - 1, wanted),
    ),
    "lots on hand last for later": lambda: patch.object(
        project, "unserved", lambda s, demand: spans.unserved(_lasting(s), demand)
    ),
    "what arrives is of no lot": lambda: patch.object(
        draft.Draft, "until", lambda *_: 0
    ),
    "the second announcement is another": lambda: wrapped(
        Supply,
        "same_entry",
        lambda right: lambda self, number, row, _: right(self, number, row, 0),
    ),
    "who is at risk is told as if nothing ended": lambda: wrapped(
        at_risk, "inbound", of_shelf_only
    ),
    "who waits gets what is over": lambda: wrapped(
        at_risk._Units, "wait", lambda right: lambda self, _, n: right(self, -1, n)
    ),
}


def _lasting(some):
    """Spans of which none that is there ends."""
    return [(a, project.FOREVER if a == 0 else b, n) for a, b, n in some]


@pytest.mark.jit
@pytest.mark.parametrize("bug", BUGS)
def test_every_bug_is_caught(bug):
    """By a status, the digest, the twin's promises or a check of the engine's own."""
    must_be_found(BUGS[bug], drills)
