"""Loads over a weight limit, made lighter: as many units as fit, the lightest first.

Every unit counts alike, so the lightest first are the most there can be, and the lightest
load of so many. (Where grams of a part are rounded up, one unit more might just fit.)
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.kernels.arrays import I8
from omniroute.kernels.order.problem import (
    L_GRAMS,
    L_SCALE,
    Order,
    grams,
    held_by,
    most_within,
    quanta_of_unit,
)


@kernel()
def lightest_first(order: Order, lines: I8) -> None:
    """Sort lines by the weight of a quantum; equal ones stay as they are."""
    for x in range(1, lines.size):
        i, y = lines[x], x
        line = order.lines[i]
        while y > 0:
            before = order.lines[lines[y - 1]]
            own, other = quanta_of_unit(line[L_SCALE]), quanta_of_unit(before[L_SCALE])
            if before[L_GRAMS] * own <= line[L_GRAMS] * other:
                break
            lines[y] = lines[y - 1]
            y -= 1
        lines[y] = i


@kernel()
def fill_load(order: Order, node: int, limit_g: int, lines: I8, sent: I8) -> None:
    """Write in ``sent`` what a node sends of each of ``lines``, up to so many grams."""
    for x in range(lines.size):
        line = order.lines[lines[x]]
        sent[x] = most_within(line, limit_g, held_by(order, lines[x], node))
        limit_g -= grams(sent[x], line[L_GRAMS], line[L_SCALE])
