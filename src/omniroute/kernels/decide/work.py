"""Work that nodes can do, as a batch takes of it."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import WORK_LINES, WORK_ORDERS
from omniroute.kernels.arrays import I4, I8
from omniroute.kernels.decide.memory import first_line
from omniroute.kernels.order.layout import (
    LINE_WIDTH,
    O_HEADER,
    O_PICKS,
    O_SHIPMENTS,
    PICK_WIDTH,
    SHIPMENT_WIDTH,
    X_NODE,
    X_SERVICE,
    X_WAIT,
)
from omniroute.kernels.order.problem import units_started


@kernel()
def amount_of(ask: I8, out: I8, items: I8, x: int, kind: int) -> int:
    """Return the orders, lines or units (`codes.WORK_*`) of a shipment of an answer."""
    if kind == WORK_ORDERS:
        return 1
    picks, lines = O_HEADER + SHIPMENT_WIDTH * out[O_SHIPMENTS], first_line(ask)
    found = 0
    for j in range(out[O_PICKS]):
        pick = picks + PICK_WIDTH * j
        if out[pick] == x:
            sku = ask[lines + LINE_WIDTH * out[pick + 1]]
            units = units_started(out[pick + 2], items[sku, 1])
            found += 1 if kind == WORK_LINES else units
    return found


@kernel()
def takes_of(kinds: I8, serves: I8, node: int, service: int, work: int) -> bool:
    """Whether a shipment is such work."""
    return bool(kinds[node, work] >= 0 and serves[work, service] == 1)


@kernel()
def add_work(
    ask: I8,
    out: I8,
    items: I8,
    left: I8,
    days: I4,
    kinds: I8,
    serves: I8,
    sign: int,
    shipments: int,
) -> int:
    """Take (-1) the work of the first shipments of an answer, or give it back (1).

    Returns how many shipments there was room for: one that there is none for, and those
    after it, are left alone.
    """
    for x in range(shipments):
        at = O_HEADER + SHIPMENT_WIDTH * x
        node, service = out[at + X_NODE], out[at + X_SERVICE]
        for work in range(left.shape[1]):
            if not takes_of(kinds, serves, node, service, work):
                continue
            amount = amount_of(ask, out, items, x, kinds[node, work])
            if sign < 0 and left[node, work, days[node, service]] < amount:
                for before in range(work):
                    if takes_of(kinds, serves, node, service, before):
                        less = amount_of(ask, out, items, x, kinds[node, before])
                        left[node, before, days[node, service]] += less
                return x
            left[node, work, days[node, service]] += sign * amount
    return shipments


@kernel()
def take_work(
    ask: I8, out: I8, items: I8, left: I8, days: I4, kinds: I8, serves: I8
) -> bool:
    """Take the work of an answer, if there is room for all of it."""
    count = out[O_SHIPMENTS]
    done = add_work(ask, out, items, left, days, kinds, serves, -1, count)
    if done < count:
        add_work(ask, out, items, left, days, kinds, serves, 1, done)
    return bool(done == count)


@kernel()
def fills(out: I8, left: I8, days: I4, kinds: I8, serves: I8) -> bool:
    """Whether a node that an answer takes work of has none left of a day."""
    for x in range(out[O_SHIPMENTS]):
        at = O_HEADER + SHIPMENT_WIDTH * x
        node, service = out[at + X_NODE], out[at + X_SERVICE]
        for work in range(left.shape[1]):
            if takes_of(kinds, serves, node, service, work):
                if left[node, work, days[node, service]] == 0:
                    return True
    return False


@kernel()
def write_waits(out: I8, waits: I4) -> None:
    """Write into an answer how long the work of its shipments waits."""
    for x in range(out[O_SHIPMENTS]):
        at = O_HEADER + SHIPMENT_WIDTH * x
        out[at + X_WAIT] = waits[out[at + X_NODE], out[at + X_SERVICE]]
