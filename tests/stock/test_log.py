"""A log replays to the same digest in any state that knows the ids."""

from __future__ import annotations

import numpy as np
import pytest

from omniroute.codes import E_WHAT, Effect
from omniroute.errors import UnknownNodeError, UnknownSkuError, ValidationError
from omniroute.stock import decide, effects
from omniroute.stock.effects import EffectBatch, stock
from omniroute.stock.log import EffectLog
from omniroute.stock.state import State


class Shop:
    """A state with its log."""

    def __init__(self, nodes=("N0", "N1"), skus=("S0", "S1")):
        self.state = State(nodes, skus)
        self.log = EffectLog(self.state.catalogue)

    def do(self, batch):
        """Apply and log."""
        self.state.apply(batch)
        self.log.append(batch)

    def day(self):
        """A receipt, a hold, an order, a count, a release, an expiry."""
        self.do(EffectBatch([stock(Effect.RECEIVE, 1, 0, 9, 0)]))
        self.do(decide.reserve(self.state, "A", [(1, 0, 2)], now=0, expires_s=5))
        self.do(decide.reserve(self.state, "B", [(1, 0, 3)], now=0))
        self.do(EffectBatch([stock(Effect.COUNT, 0, 1, 4, 0)]))
        self.do(decide.release(self.state, 1))
        self.do(decide.expire(self.state, 8))


@pytest.mark.parametrize(
    ("nodes", "skus"),
    [(("N0", "N1"), ("S0", "S1")), (("X", "N1", "N0"), ("S1", "Y", "S0"))],
)
def test_a_replay_gives_the_same_digest(nodes, skus):
    """Also where SKUs and nodes have other numbers."""
    shop = Shop()
    shop.day()
    twin = State(nodes, skus)
    shop.log.replay(twin)
    twin.check()
    assert twin.digest() == shop.state.digest()


def test_every_prefix_replays_to_the_state_of_its_time():
    """Batch by batch, the digests are those of the live state."""
    shop, digests = Shop(), []
    state, log = shop.state, shop.log
    batches = []
    shop.day()
    for batch in log:
        batches.append(batch)
        part = EffectLog(state.catalogue)
        for each in batches:
            part.append(each)
        twin = State(("N1", "N0"), ("S1", "S0"))
        part.replay(twin)
        digests.append(twin.digest())
    assert len(set(digests)) == len(log) == 6
    assert digests[-1] == state.digest()


def test_names_come_once_and_before_use():
    """The first batch on a SKU or node names it; later ones need not."""
    shop = Shop()
    shop.day()
    named = [
        batch.rows[np.isin(batch.rows[:, E_WHAT], (1, 2)), E_WHAT].tolist()
        for batch in shop.log
    ]
    both = [Effect.INTERN_SKU, Effect.INTERN_NODE]
    assert named == [both, [], [], both, [], []]


def test_skus_added_after_the_log_was_opened_are_named_too():
    """The log follows its catalogue."""
    shop = Shop()
    shop.day()
    shop.state.add_skus(["S2", "S3"])
    shop.do(EffectBatch([stock(Effect.RECEIVE, 3, 1, 2, 8)]))
    twin = State(("N1", "N0"), ("S3", "S1", "S0"))
    shop.log.replay(twin)
    assert twin.digest() == shop.state.digest()


def test_a_batch_that_says_nothing_is_not_kept():
    """Asking for expiries when none are due leaves no trace."""
    shop = Shop()
    shop.do(effects.NOTHING)
    assert len(shop.log) == 0
    assert effects.NOTHING.rows.flags.writeable


def test_what_is_logged_cannot_be_written():
    """A journal does not change after the fact."""
    shop = Shop()
    shop.day()
    with pytest.raises(ValueError, match="read-only"):
        next(iter(shop.log)).rows[0, 0] = 1


@pytest.mark.parametrize(
    ("nodes", "skus", "error"),
    [
        (("N0", "N1"), ("S1",), UnknownSkuError),
        (("N0",), ("S0", "S1"), UnknownNodeError),
    ],
)
def test_an_unknown_id_anywhere_in_the_log_changes_nothing(nodes, skus, error):
    """S0 and N1 come late in the log: not even the batches before them apply."""
    shop = Shop()
    shop.day()
    twin = State(nodes, skus)
    with pytest.raises(error):
        shop.log.replay(twin)
    assert twin.digest() == State([], []).digest()


def test_a_number_never_named_is_refused():
    """A reservation the log did not open cannot be translated."""
    shop = Shop()
    log = EffectLog(shop.state.catalogue)
    log.append(EffectBatch([effects.resolve(3, 3, 0)]))
    with pytest.raises(ValidationError, match="a reservation named before, found 3"):
        log.replay(State(("N0",), ("S0",)))


def test_a_replay_goes_on_after_the_reservations_there_are():
    """Two logs with different reservations can be replayed one after the other."""
    shop = Shop()
    shop.day()
    other = Shop()
    other.do(decide.reserve(other.state, "C", [(0, 0, 1)], now=0))
    both = State(("N0", "N1"), ("S0", "S1"))
    other.log.replay(both)
    shop.log.replay(both)
    both.check()
    assert both.book.ids.texts == ["C", "A", "B"]
    assert both.book.reservation(2).state.name == "RELEASED"
