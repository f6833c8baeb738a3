"""Plans and the work that they are for nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from omniroute.kernels.order.layout import (
    A_SLOT,
    O_BOUND,
    O_HEADER,
    O_PICKS,
    O_PROVEN,
    O_SHIPMENTS,
    O_SHORT,
    PICK_WIDTH,
    SHIPMENT_WIDTH,
    X_NODE,
    X_SERVICE,
    X_WAIT,
)
from omniroute.model.order import Order
from omniroute.promising.board import Epoch
from omniroute.promising.jobs import Job
from omniroute.promising.room import Room
from omniroute.routing.ask import Ask
from omniroute.routing.router_core import RouterCore
from omniroute.stock.effects import EffectBatch
from omniroute.stock.giving_back import counted
from omniroute.stock.workload import take

#: Decides an ask of an order.
Decide = Callable[[Order, Ask], list[int]]

#: Times that an order is routed again because a node has no room for so much of it,
#: before nodes that have none for all of it are left out.
_AGAIN_MAX = 8


def jobs_of(router: RouterCore, ask: Ask, answer: Sequence[int]) -> list[Job]:
    """Return what each shipment of an answer is for its node; kits taken apart."""
    count = answer[O_SHIPMENTS]
    cells: list[dict[int, int]] = [{} for _ in range(count)]
    start = O_HEADER + SHIPMENT_WIDTH * count
    end = start + PICK_WIDTH * answer[O_PICKS]
    for j in range(start, end, PICK_WIDTH):
        own = cells[answer[j]]
        for sku, quanta in _parts(
            router, ask, ask.sku_of(answer[j + 1]), answer[j + 2]
        ):
            own[sku] = own.get(sku, 0) + quanta
    places = router.catalogue.decimals
    starts = range(O_HEADER, start, SHIPMENT_WIDTH)
    return [
        Job(
            answer[at + X_NODE],
            answer[at + X_SERVICE],
            answer[at + X_WAIT],
            counted(own, places),
        )
        for at, own in zip(starts, cells, strict=True)
    ]


def _parts(
    router: RouterCore, ask: Ask, sku: int, quanta: int
) -> list[tuple[int, int]]:
    """SKU numbers and quanta that units of a SKU are taken from."""
    composed = router.composed
    if composed is None or not router.is_composed(ask):
        return [(sku, quanta)]
    drawn = composed.drawn([(sku, 0, quanta)])
    return [(part, n) for (part, _), n in drawn.items()]


def with_work(
    router: RouterCore,
    batch: EffectBatch,
    jobs: Sequence[Job],
    number: int,
    order: Order,
) -> EffectBatch:
    """Return the batch with the work that a reservation takes for its shipments."""
    room, begins_s = router.room_of(order)
    if room is None or not jobs:
        return batch
    rows = [take(number, each, router.now_s) for each in room.takes(jobs, begins_s)]
    if not rows:
        return batch
    both = np.concatenate((batch.rows, np.array(rows, np.int64)))
    return EffectBatch(both, batch.texts)


def tell_waits(epoch: Epoch, answer: list[int]) -> list[int]:
    """Write into an answer how long the work of its shipments waits; return it."""
    if epoch.nobody_waits:
        return answer
    assert epoch.waits is not None
    wait = epoch.waits.item
    end = O_HEADER + SHIPMENT_WIDTH * answer[O_SHIPMENTS]
    for at in range(O_HEADER, end, SHIPMENT_WIDTH):
        answer[at + X_WAIT] = wait(answer[at + X_NODE], answer[at + X_SERVICE])
    return answer


def decide_in_room(
    router: RouterCore, order: Order, ask: Ask, decide: Decide
) -> list[int]:
    """Return the best answer that nodes have room for.

    A node that is not full may still have no room for all that it is to do. Then the
    order is decided again with a later day there, or without it; what the first answer
    proved of the cost bounds them all. ``decide`` decides on lanes as they are.
    """
    lanes, slot = router.timed, ask.words[A_SLOT]
    room, now_s = router.room_of(order)
    assert lanes is not None
    assert room is not None
    before = epoch = lanes.epoch_of(slot)
    if epoch is not lanes.epoch:
        # An earlier decision is looked at: there was room for what it took.
        return tell_waits(epoch, decide(order, ask))
    answer = tell_waits(epoch, decide(order, ask))
    if _has_ample_room(router, room, ask, answer):
        # As nearly always.
        return answer
    first: list[int] | None = None
    again = 0
    while lacking := room.lacking(jobs_of(router, ask, answer), now_s):
        if first is None:
            first = list(answer)
        again += 1
        if again == _AGAIN_MAX:
            lacking += room.tight_for(_all_of(router, ask))
        epoch = room.later(epoch, lacking, now_s)
        lanes.set_dates(slot, epoch)
        answer = tell_waits(epoch, decide(order, ask))
    if epoch is not before:
        lanes.set_dates(slot, before)
    return answer if first is None else less_sure(answer, first)


def _has_ample_room(
    router: RouterCore, room: Room, ask: Ask, answer: Sequence[int]
) -> bool:
    """Whether each node has room even for the whole order, or need not be asked."""
    count = answer[O_SHIPMENTS]
    end = O_HEADER + SHIPMENT_WIDTH * count
    nodes = answer[O_HEADER + X_NODE : end : SHIPMENT_WIDTH]
    if room.counts_orders and len(set(nodes)) == count:
        # What is not full has room for a shipment.
        return True
    if router.composed is not None and router.is_composed(ask):
        return False
    # Quanta are as many as units, or more.
    most = count, len(ask.lines), sum(quanta for _, quanta in ask.lines)
    services = answer[O_HEADER + X_SERVICE : end : SHIPMENT_WIDTH]
    waits = answer[O_HEADER + X_WAIT : end : SHIPMENT_WIDTH]
    return room.is_ample(zip(nodes, services, waits, strict=True), most)


def _all_of(router: RouterCore, ask: Ask) -> tuple[int, int, int]:
    """Orders, lines and units of a whole order."""
    cells: dict[int, int] = {}
    for sku, quanta in ask.lines:
        for part, n in _parts(router, ask, sku, quanta):
            cells[part] = cells.get(part, 0) + n
    return counted(cells, router.catalogue.decimals)


def less_sure(answer: list[int], first: Sequence[int]) -> list[int]:
    """Return an answer with what is proven: no plan is better than the first answer.

    That one did not ask what there is room for. Of one that serves fewer units nothing
    is known.
    """
    answer[O_PROVEN] = 0
    served_alike = answer[O_SHORT] == first[O_SHORT]
    answer[O_BOUND] = min(answer[O_BOUND], first[O_BOUND]) if served_alike else 0
    return answer
