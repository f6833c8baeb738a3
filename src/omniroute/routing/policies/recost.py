"""From what the kernels minimised back to cash."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import UNREACHED
from omniroute.kernels.order.layout import (
    A_LINES,
    LINE_WIDTH,
    O_COST,
    O_HEADER,
    SHIPMENT_WIDTH,
    X_LINE,
    X_NODE,
    X_ORDER,
    X_RATE,
    X_ROW,
    X_UNIT,
)
from omniroute.routing.policies.priced import PriceRows
from omniroute.routing.policies.rules import ONE_SHIPMENT
from omniroute.routing.policies.term_book import Load
from omniroute.routing.tables import NetworkTables


class Scale:
    """How much a plan of an order can cost at the most, by far.

    Parameters
    ----------
    tables
        The network.
    items : int64[S, 2]
        As the kernels read them.
    """

    def __init__(self, tables: NetworkTables, items: NDArray[np.int64]) -> None:
        prices = tables.prices
        dearest = int(prices[prices < UNREACHED].max(initial=0))
        order, line, self._unit = (int(x) for x in tables.costs[:, :3].max(axis=0))
        self._part = dearest + order + line
        self._nodes, self._items = len(tables.costs), items

    def below(self, words: list[int], part: int, unit: int) -> bool:
        """Whether every plan of an ask costs less than `ONE_SHIPMENT`: each part sent.

        ``part`` and ``unit`` are the most that is added to one by the policy.
        """
        parts, units = self._most(words)
        money = parts * (self._part + part) + units * (self._unit + unit)
        return money < ONE_SHIPMENT

    def least(self, words: list[int], credit: int, refund: int) -> int:
        """Return what no plan of an ask counts less than: all credits, and no cost."""
        if not credit and not refund:
            return 0
        parts, units = self._most(words)
        return -parts * refund - (units + parts) * credit

    def _most(self, words: list[int]) -> tuple[int, int]:
        """Parts that a plan may have, and units in them: an upper limit of both."""
        first = len(words) - LINE_WIDTH * words[A_LINES]
        skus, quanta = words[first::LINE_WIDTH], words[first + 1 :: LINE_WIDTH]
        units = sum(
            each * max(1, -int(self._items[sku, 1]))
            for sku, each in zip(skus, quanta, strict=True)
        )
        return sum(min(each, self._nodes) for each in quanta), units


def in_cash(
    answer: list[int], tables: NetworkTables, rows: PriceRows, loads: Sequence[Load]
) -> list[int]:
    """Return an answer whose shipments and cost are cash; the objective is left as is."""
    cost = 0
    for x, load in enumerate(loads):
        at = O_HEADER + SHIPMENT_WIDTH * x
        row, node = answer[at + X_ROW], answer[at + X_NODE]
        order, line, unit, _ = tables.costs[node].tolist()
        answer[at + X_ROW] = rows.base[row]
        answer[at + X_RATE] -= rows.extra[row]
        answer[at + X_ORDER] = order
        answer[at + X_LINE] = line * load.lines
        answer[at + X_UNIT] = unit * load.units
        cost += sum(answer[at + word] for word in (X_RATE, X_ORDER, X_LINE, X_UNIT))
    answer[O_COST] = cost
    return answer
