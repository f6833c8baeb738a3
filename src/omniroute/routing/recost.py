"""From what the kernels minimised back to cash."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import UNREACHED
from omniroute.kernels.layout import (
    A_LINES,
    C_ORDER,
    LINE_WIDTH,
    O_COST,
    O_HEADER,
    O_SHIPMENTS,
    SHIPMENT_WIDTH,
    X_LINE,
    X_NODE,
    X_ORDER,
    X_RATE,
    X_ROW,
    X_UNIT,
)
from omniroute.routing.priced import PriceRows
from omniroute.routing.rules import ONE_SHIPMENT, Rules
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

    def below(self, words: list[int], rules: Rules) -> bool:
        """Whether every plan of an ask costs less than `ONE_SHIPMENT`: each part sent."""
        first = len(words) - LINE_WIDTH * words[A_LINES]
        skus, quanta = words[first::LINE_WIDTH], words[first + 1 :: LINE_WIDTH]
        parts = sum(min(each, self._nodes) for each in quanta)
        units = sum(
            each * max(1, -int(self._items[sku, 1]))
            for sku, each in zip(skus, quanta, strict=True)
        )
        money = parts * (self._part + rules.most_extra) + units * self._unit
        return money < ONE_SHIPMENT


def in_cash(answer: list[int], tables: NetworkTables, rows: PriceRows) -> list[int]:
    """Return an answer whose shipments and cost are cash; the objective is left as is."""
    cost = 0
    for x in range(answer[O_SHIPMENTS]):
        at = O_HEADER + SHIPMENT_WIDTH * x
        row = answer[at + X_ROW]
        answer[at + X_ROW] = rows.base[row]
        answer[at + X_RATE] -= rows.extra[row]
        answer[at + X_ORDER] = int(tables.costs[answer[at + X_NODE], C_ORDER])
        for word in (X_RATE, X_ORDER, X_LINE, X_UNIT):
            cost += answer[at + word]
    answer[O_COST] = cost
    return answer
