"""What an answer picks, read from its words."""

from __future__ import annotations

from omniroute.kernels.order.layout import (
    O_HEADER,
    O_PICKS,
    O_SHIPMENTS,
    PICK_WIDTH,
    SHIPMENT_WIDTH,
    X_NODE,
)
from omniroute.routing.ask import Ask


def picked_lines(ask: Ask, answer: list[int]) -> list[tuple[int, int, int]]:
    """(SKU number, node index, quanta) that an answer takes."""
    start = O_HEADER + SHIPMENT_WIDTH * answer[O_SHIPMENTS]
    end = start + PICK_WIDTH * answer[O_PICKS]
    node_at = O_HEADER + X_NODE
    return [
        (
            ask.sku_of(answer[j + 1]),
            answer[node_at + SHIPMENT_WIDTH * answer[j]],
            answer[j + 2],
        )
        for j in range(start, end, PICK_WIDTH)
    ]
