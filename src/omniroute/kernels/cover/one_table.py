"""All lines of an order of up to fifteen at once, by the subset table: see `subsets`.

``g[S]`` is what the lines S cost least from one node, ``f[M]`` the least for M. A node
might be asked twice, for loads that cost more together (its cheapest service changes with
the weight): f of all is then a bound, and the plan may cost more. Only asked where the
search through sets of nodes left something open.
"""

from __future__ import annotations

from omniroute._jit import kernel, view
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.cover.case import Case
from omniroute.kernels.cover.fleet import (
    F_CLASS,
    F_FIRST,
    H_LINE,
    W_BIT,
    Fleet,
    note_opened,
    send,
    size_of,
    unload,
)
from omniroute.kernels.order.problem import (
    L_TARGET,
    L_UNITS,
    L_WEIGHT,
    L_WHOLE,
    Lanes,
    Order,
    Scratch,
    best_rate,
    handling,
)
from omniroute.kernels.order.subset_table import (
    T_COST,
    T_COVER,
    T_GRAMS,
    T_LINES,
    T_NODE,
    T_UNITS,
)
from omniroute.kernels.order.subsets import fill_cover, reset_costs

#: Lines that are worth one table of them all: 3**14 / 2 steps.
TABLE_LINES = 15
#: Rows of the table that are used here.
_ROWS = T_COVER + 1
#: Keys are cost << SHIPS | shipments, so that equal costs mean fewer shipments.
_SHIPS = 10


@kernel()
def solve_by_table(case: Case, scratch: Scratch) -> int:
    """Choose for all lines of an order at once: a bound in money on every plan.

    The fleet then carries out a plan that costs no more, unless a node would be asked
    twice. 0 where there are too many lines, or one is too heavy; nothing is then planned.
    """
    order, fleet = case.order, case.fleet
    unload(order, fleet)
    n_bits = _number_lines(order, fleet)
    table = _table_of(scratch, n_bits)
    if n_bits == 0:
        return 0
    _sum_lines(order, fleet, table, n_bits)
    reset_costs(table)
    for k in range(size_of(fleet)):
        _offer(case.lanes, fleet, table, k)
    fill_cover(table, False)
    least = table[T_COVER, table.shape[1] - 1]
    if least >= UNREACHED:
        return 0
    _carry_out(order, fleet, table)
    return least >> _SHIPS


@view
def _table_of(scratch: Scratch, n_bits: int) -> I8:
    size = 1 << n_bits
    return scratch.large[: _ROWS * size].reshape(_ROWS, size)


@kernel()
def _number_lines(order: Order, fleet: Fleet) -> int:
    """Give every line a bit; how many, 0 if there are too many or one is to spread."""
    n = 0
    for i in range(order.lines.shape[0]):
        fleet.wants[i, W_BIT] = 0
        if order.lines[i, L_TARGET] > 0:
            if n == TABLE_LINES or order.lines[i, L_WHOLE] == 0:
                return 0
            fleet.wants[i, W_BIT] = 1 << n
            n += 1
    return n


@kernel()
def _sum_lines(order: Order, fleet: Fleet, table: I8, n_bits: int) -> None:
    """Lines, units started and grams of every set of lines."""
    for row in (T_LINES, T_UNITS, T_GRAMS):
        table[row, 0] = 0
    for i in range(fleet.wants.shape[0]):
        bit = fleet.wants[i, W_BIT]
        if bit:
            table[T_LINES, bit] = 1
            table[T_UNITS, bit] = order.lines[i, L_UNITS]
            table[T_GRAMS, bit] = order.lines[i, L_WEIGHT]
    for b in range(n_bits):
        bit = 1 << b
        for row in (T_LINES, T_UNITS, T_GRAMS):
            for subset in range(1, bit):
                table[row, bit | subset] = table[row, bit] + table[row, subset]


@kernel()
def _offer(lanes: Lanes, fleet: Fleet, table: I8, k: int) -> None:
    """Offer every set of the lines that a node holds.

    All nodes are asked, whatever the bound found worth a try: else this is no bound.
    """
    c, mask = fleet.nodes[k, F_CLASS], 0
    for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
        mask |= fleet.wants[fleet.holdings[e, H_LINE], W_BIT]
    subset = mask
    while subset > 0:
        price, _ = best_rate(lanes, c, table[T_GRAMS, subset])
        if price < UNREACHED:
            cost = price + handling(
                lanes, c, table[T_LINES, subset], table[T_UNITS, subset]
            )
            key = (cost << _SHIPS) + 1
            if key < table[T_COST, subset]:
                table[T_COST, subset] = key
                table[T_NODE, subset] = k
        subset = (subset - 1) & mask


@kernel()
def _carry_out(order: Order, fleet: Fleet, table: I8) -> None:
    """Let the fleet send a choice of least cost."""
    m = table.shape[1] - 1
    while m > 0:
        low = m & -m
        r = m ^ low
        while table[T_COST, low | r] + table[T_COVER, m ^ low ^ r] != table[T_COVER, m]:
            r = (r - 1) & (m ^ low)
        _send_lines(order, fleet, table[T_NODE, low | r], low | r)
        m ^= low | r
    note_opened(fleet)


@kernel()
def _send_lines(order: Order, fleet: Fleet, k: int, subset: int) -> None:
    for i in range(fleet.wants.shape[0]):
        if fleet.wants[i, W_BIT] & subset:
            send(order, fleet, k, i, order.lines[i, L_TARGET])
