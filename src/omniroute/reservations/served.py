"""Whether cells can promise what a step asks of them."""

from __future__ import annotations

from omniroute.codes import NO_NODE, Status
from omniroute.kernels.stock.availability import cell_free
from omniroute.reservations.later import admitted
from omniroute.reservations.lines import Cells, is_later
from omniroute.reservations.seen import status_of
from omniroute.stock.state import State


def served(state: State, wanted: Cells, given_up: Cells | None = None) -> Status:
    """Whether cells can promise so much: OK, SHORT, or OUT_OF_STOCK for not a unit.

    ``given_up`` is what the asker holds and would give up in exchange. What is wanted
    at no node is not looked at: no cell can say whether it is there.
    """
    wanted = {key: n for key, n in wanted.items() if key[1] != NO_NODE}
    if is_later(wanted) or is_later(given_up or {}):
        return status_of(wanted, admitted(state, wanted, given_up))
    arena = state.arena
    some, short = not wanted, False
    for (sku, node, *_), quanta in wanted.items():
        free = cell_free(arena.rows, arena.cell_node, arena.planes, sku, node)
        some = some or free > 0
        short = short or free < quanta
    if not short:
        return Status.OK
    return Status.SHORT if some else Status.OUT_OF_STOCK
