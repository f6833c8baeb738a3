"""An answer from picks that were chosen one by one, priced as the kernels would."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from omniroute.codes import UNREACHED, Method, Status
from omniroute.kernels.order.layout import (
    A_LINES,
    A_SLOT,
    C_LINE,
    C_ORDER,
    C_ROWS,
    C_UNIT,
    LINE_WIDTH,
    O_COST,
    O_DISTANCE_SUM,
    O_HEADER,
    O_METHOD,
    O_PICKS,
    O_SHIPMENTS,
    O_SHORT,
    O_STATUS,
    O_TRANSIT,
    O_TRANSIT_SUM,
    PICK_WIDTH,
    S_DEN,
    S_MAX_G,
    S_NUM,
    SHIPMENT_WIDTH,
    X_DISTANCE_M,
    X_LINE,
    X_NODE,
    X_ORDER,
    X_RATE,
    X_ROW,
    X_SERVICE,
    X_TRANSIT,
    X_UNIT,
    X_WEIGHT_G,
)
from omniroute.routing.decide import Decider


class Pick(NamedTuple):
    """What one shipment takes of one line of an order."""

    line: int
    node: int
    service: int
    quanta: int


def picks_of(answer: list[int]) -> list[Pick]:
    """Return the picks of an answer."""
    start = O_HEADER + SHIPMENT_WIDTH * answer[O_SHIPMENTS]
    found = []
    for j in range(start, start + PICK_WIDTH * answer[O_PICKS], PICK_WIDTH):
        at = O_HEADER + SHIPMENT_WIDTH * answer[j]
        node, service = answer[at + X_NODE], answer[at + X_SERVICE]
        found.append(Pick(answer[j + 1], node, service, answer[j + 2]))
    return found


def lines_of(words: list[int]) -> list[tuple[int, int]]:
    """Return SKU number and quanta of each line of an ask."""
    first = len(words) - LINE_WIDTH * words[A_LINES]
    pairs = zip(words[first::LINE_WIDTH], words[first + 1 :: LINE_WIDTH], strict=True)
    return list(pairs)


def assembled(
    kernels: Decider, words: list[int], picks: Sequence[Pick]
) -> list[int] | None:
    """Return the answer that picks make, one shipment a node and service.

    None where such a shipment is too heavy. O(picks).
    """
    shipments: dict[tuple[int, int], list[int]] = {}
    placed: list[int] = []
    for pick in sorted(picks):
        pair = pick.node, pick.service
        if pair not in shipments:
            shipments[pair] = _shipment(kernels, words[A_SLOT], *pair)
        _add(kernels, words, shipments[pair], pick)
        placed += [list(shipments).index(pair), pick.line, pick.quanta]
    for shipment in shipments.values():
        shipment[X_RATE] = _rate(kernels, shipment)
        if shipment[X_RATE] >= UNREACHED:
            return None
    head = _head(words, list(shipments.values()), placed)
    return [*head, *(word for each in shipments.values() for word in each), *placed]


def _shipment(kernels: Decider, slot: int, node: int, service: int) -> list[int]:
    lanes = kernels.lanes
    record = lanes.records[slot, lanes.nodes[slot, 0, node]].tolist()
    shipment = [0] * SHIPMENT_WIDTH
    shipment[X_NODE], shipment[X_SERVICE] = node, service
    shipment[X_DISTANCE_M] = int(lanes.nodes[slot, 1, node])
    shipment[X_ROW] = record[C_ROWS + service]
    shipment[X_TRANSIT] = record[C_ROWS + len(kernels.tables.services) + service]
    shipment[X_ORDER] = record[C_ORDER]
    return shipment


def _add(kernels: Decider, words: list[int], shipment: list[int], pick: Pick) -> None:
    lanes, slot = kernels.lanes, words[A_SLOT]
    record = lanes.records[slot, lanes.nodes[slot, 0, pick.node]]
    unit_g, scale = kernels.items[lines_of(words)[pick.line][0]].tolist()
    shipment[X_WEIGHT_G] += -(-pick.quanta * unit_g // max(1, scale))
    units = pick.quanta * -scale if scale < 0 else -(-pick.quanta // scale)
    shipment[X_LINE] += int(record[C_LINE])
    shipment[X_UNIT] += int(record[C_UNIT]) * units


def _rate(kernels: Decider, shipment: list[int]) -> int:
    service = kernels.tables.services[shipment[X_SERVICE]].tolist()
    weight_g = shipment[X_WEIGHT_G]
    if weight_g > service[S_MAX_G]:
        return UNREACHED
    step = max(1, -(-weight_g * service[S_NUM] // service[S_DEN]))
    return int(kernels.tables.prices[shipment[X_ROW], step])


def _head(words: list[int], shipments: list[list[int]], placed: list[int]) -> list[int]:
    head = [0] * O_HEADER
    head[O_SHIPMENTS], head[O_PICKS] = len(shipments), len(placed) // PICK_WIDTH
    asked = sum(quanta for _, quanta in lines_of(words))
    head[O_SHORT] = asked - sum(placed[2::PICK_WIDTH])
    head[O_STATUS] = int(Status.SHORT if head[O_SHORT] else Status.OK)
    head[O_COST] = sum(
        each[word] for each in shipments for word in (X_RATE, X_ORDER, X_LINE, X_UNIT)
    )
    head[O_TRANSIT] = max((each[X_TRANSIT] for each in shipments), default=0)
    head[O_TRANSIT_SUM] = sum(each[X_TRANSIT] for each in shipments)
    head[O_DISTANCE_SUM] = sum(each[X_DISTANCE_M] for each in shipments)
    head[O_METHOD] = int(Method.COVER)
    return head
