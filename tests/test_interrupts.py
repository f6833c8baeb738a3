"""Ctrl-C at any moment: what was begun is finished, or was not begun at all."""

from __future__ import annotations

import _thread
import gc
import random
import signal
import threading
import time

import pytest

import omniroute as om
from omniroute._whole import Whole
from omniroute.engine import Engine
from omniroute.stock.log import EffectLog
from tests.conftest import WITHOUT_JIT
from tests.routing.worlds import world

ROUNDS = 10 if WITHOUT_JIT else 60


def interrupted(work, after_s: float, *arguments) -> None:
    """Work until Ctrl-C is pressed, after a while.

    Without hooks of the garbage collector, which other tests' libraries leave behind:
    Python drops what is raised inside one, and the interrupt would be lost.
    """
    armed, hooks = [True], gc.callbacks[:]

    def press() -> None:
        time.sleep(after_s)
        _thread.interrupt_main(signal.SIGINT)

    def answer(*_) -> None:
        if armed:  # not any more, should the work have ended by itself
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, answer)
    presser = threading.Thread(target=press)
    try:
        gc.callbacks.clear()
        presser.start()
        work(*arguments)
    except KeyboardInterrupt:
        return
    finally:
        armed.clear()
        gc.callbacks[:] = hooks
        presser.join()
        signal.signal(signal.SIGINT, before)
    raise AssertionError("the work ended by itself")


def one_by_one(made, serial):
    """Place, change, commit and give back, an order at a time, for ever."""
    engine, k = made.engine, 0
    while True:
        k += 1
        id = f"one-{serial}-{k}"
        engine.apply(
            om.Receive(made.dice.choice(made.skus), engine.network.node_ids[0], 3)
        )
        placed = engine.place(made.order(id=id), ttl="1h", partial=True)
        if placed.reserved:
            engine.commit(id)
            if k % 3:
                engine.cancel(id)


def in_batches(made, serial):
    """Reserve a hundred at once, for ever."""
    engine, k = made.engine, 0
    while True:
        k += 1
        orders = [made.order(id=f"many-{serial}-{k}-{i}") for i in range(100)]
        engine.route_many(orders, reserve=True, ttl="1h", partial=True)
        engine.release_many([order.id for order in orders])


def later_and_unbound(made, serial):
    """Promise for later, let deliveries slip and time pass, hold at no node and bind."""
    engine, k = made.engine, 0
    node, sku = engine.network.node_ids[0], made.skus[0]
    while True:
        k += 1
        id, now = f"later-{serial}-{k}", int(engine.now.timestamp())
        engine.apply(
            [om.Receive(sku, node, 2), om.Expect(id, sku, node, 5, due=now + 3)]
        )
        engine.reserve({(sku, node): 6}, id=id, due=now + 4)
        engine.apply(om.Reschedule(id, due=now + 9))
        if k % 2:
            engine.redate(id, now + 9)
        engine.reserve({(sku, None): 1}, id=f"{id}-loose")
        engine.bind(f"{id}-loose", node)
        engine.apply([om.Arrive(id)], now=now + 1)
        engine.fulfil(id)
        engine.cancel(f"{id}-loose")


def after_plans(made, serial):
    """Place, let nodes decline, wait and try again, for ever."""
    engine, k = made.engine, 0
    while True:
        k += 1
        order = made.order(id=f"after-{serial}-{k}")
        placed = engine.place(order, partial=True, park=True)
        if placed.reserved:
            node = placed.plan.shipments[0].node
            engine.resource(order.id, order, node, within_days=2, park=True)
        sku, node = made.dice.choice(made.skus), engine.network.node_ids[0]
        engine.apply(om.Receive(sku, node, 2))
        engine.retry(limit=3)
        if k % 3:
            engine.cancel(order.id)


def pools(made, serial):
    """Decide what is held anew, together, and move it, for ever."""
    engine, k = made.engine, 0
    while True:
        k += 1
        engine.apply(
            om.Receive(made.dice.choice(made.skus), engine.network.node_ids[0], 3)
        )
        orders = [made.order(lines=2, id=f"pool-{serial}-{k}-{i}") for i in range(4)]
        for order in orders:
            engine.place(order, partial=True)
        found = engine.reoptimise(orders, reserve=k % 2 == 0, keep_dates=False)
        engine.reassign(found)
        for order in orders[1:]:
            engine.cancel(order.id)


WORK = [one_by_one, in_batches, later_and_unbound, after_plans, pools]


@pytest.mark.parametrize("work", WORK)
def test_ctrl_c_leaves_books_that_agree_and_a_log_that_replays(work):
    """Whenever it comes, `check` finds nothing and the log tells the whole story."""
    made = world(7, journal=True)
    engine, dice = made.engine, random.Random(3)
    for serial in range(ROUNDS):
        interrupted(work, dice.uniform(0.0, 0.02), made, serial)
        engine.check()
    twin = Engine(engine.network, engine.items, clock=lambda: 0)
    twin.replay(engine.log)
    assert twin.digest() == engine.digest()


def test_an_interrupt_waits_for_the_end_of_a_change_and_then_comes():
    """It is late, not lost, and the handler is the one from before."""
    before, seen = signal.getsignal(signal.SIGINT), []
    whole = Whole(threading.RLock())

    def change() -> None:
        with whole:
            with whole:
                signal.raise_signal(signal.SIGINT)
                seen.append("inner")
            seen.append("outer")

    with pytest.raises(KeyboardInterrupt):
        change()
    assert seen == ["inner", "outer"]
    assert signal.getsignal(signal.SIGINT) is before


def test_a_long_call_lets_an_interrupt_through_where_all_is_whole():
    """Between two stretches of a batch; not from inside another change."""
    whole, seen = Whole(threading.RLock()), []

    def batch() -> None:
        with whole:
            with whole:
                signal.raise_signal(signal.SIGINT)
                whole.pause()
                seen.append("not yet")
            whole.pause()
            seen.append("too late")

    with pytest.raises(KeyboardInterrupt):
        batch()
    assert seen == ["not yet"]


def test_a_change_that_broke_off_is_never_built_upon(monkeypatch):
    """Memory ran out between the stock and the log: the engine says so from then on."""
    engine = world(7, journal=True).engine
    fact = om.Receive(engine.items[0].sku, engine.network.node_ids[0], 3)

    def full(*_):
        raise MemoryError

    monkeypatch.setattr(EffectLog, "append", full)
    with pytest.raises(MemoryError):
        engine.apply(fact)
    monkeypatch.undo()
    with pytest.raises(om.InvariantError, match="broke off"):
        engine.apply(fact)
    with pytest.raises(om.InvariantError, match="broke off"):
        engine.available_to_promise(engine.items[0].sku)
