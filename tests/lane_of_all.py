"""Histories of the long lane with all there is: kits, packs, lots, promises for later.

The same steps as in the machines that look after each of them; here most are only taken,
by both engines where there are two, and looked at every so often.
"""

from __future__ import annotations

from random import Random

import omniroute as om
from tests.stock.knobs import tiny_knobs
from tests.test_fresh_machine import drill
from tests.test_mix_machine import Mix, told

#: Steps of a history with all there is.
STEPS = 250
#: So many steps, and what is kept incrementally is worked out again.
CHECK_EVERY = 25
#: One decision in so many is recounted: what it has promised, and that an error leaves
#: nothing behind.
RECOUNT_ONE_IN = 12


class LaneMix(Mix):
    """A history that is looked at now and then."""

    def __init__(self, seed):
        # Not of the history: the same steps, however often anybody looks.
        self.looks = Random(seed)
        self.done = 0
        super().__init__(seed)

    def decide(self, step):
        """Recounted before and after, or only taken."""
        if self.looks.randrange(RECOUNT_ONE_IN):
            self.both(step)
        else:
            self.done += 1
            super().decide(step)

    def both(self, step):
        """The other engine, where there is one, answers the same."""
        self.done += 1
        found = answered(self.engine, step)
        if self.other is not None:
            assert answered(self.other, step) == found
        return found

    def facts(self, events):
        self.done += len(events) - 1
        super().facts(events)

    def pass_time(self):
        """In one step as in many; now and then beside an engine made from the log."""
        if not self.looks.randrange(20):
            self.other = self.replayed()
        by = self.n(5)
        if self.other is not None and self.n() > 2:
            for _ in range(by):
                self.clock[0] += 1
                self.other.available_to_promise("TEA")
        else:
            self.clock[0] += by
        self.both(lambda e: e.available_to_promise("TEA"))


def answered(engine, step):
    """What a step answers, or its error."""
    try:
        return told(step(engine))
    except om.OmnirouteError as error:
        return type(error).__name__, str(error)


def everything(number):
    """One random history with all there is: how many operations."""
    with tiny_knobs():
        mix = LaneMix(number)
        for k in range(STEPS):
            mix.step()
            if k % CHECK_EVERY == 0:
                mix.check()
        mix.check(thoroughly=True)
    return mix.done


def fresh(number):
    """Some random lives of pre-orders of what ends, beside their twin."""
    lives, steps = 3, 70
    for k in range(lives):
        drill(lives * number + k, steps, every=10)
    return lives * steps
