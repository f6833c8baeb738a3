"""Writing an answer: shipments and picks, priced afresh; comparing two answers."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.order.layout import (
    C_LINE,
    C_ORDER,
    C_ROWS,
    C_UNIT,
    O_BOUND,
    O_COST,
    O_DISTANCE_SUM,
    O_HEADER,
    O_PICKS,
    O_PROVEN,
    O_SHIPMENTS,
    O_SHORT,
    O_TRANSIT,
    O_TRANSIT_SUM,
    PICK_WIDTH,
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
from omniroute.kernels.order.problem import (
    K_LINE,
    K_NODE,
    K_QUANTITY,
    K_SERVICE,
    L_ASKED,
    L_GRAMS,
    L_SCALE,
    Lanes,
    Order,
    Scratch,
    grams,
    rate,
    transit,
    units_started,
)


@kernel()
def reset(out: I8, order: Order) -> None:
    """The answer that serves nothing."""
    out[:O_HEADER] = 0
    out[O_PROVEN] = 1
    for i in range(order.lines.shape[0]):
        out[O_SHORT] += order.lines[i, L_ASKED]


@kernel()
def words_used(out: I8) -> int:
    """Words of an answer, from its header to its last pick."""
    return O_HEADER + SHIPMENT_WIDTH * out[O_SHIPMENTS] + PICK_WIDTH * out[O_PICKS]


@kernel()
def _find_shipment(out: I8, n_shipments: int, pick: I8) -> int:
    for x in range(n_shipments):
        start = O_HEADER + x * SHIPMENT_WIDTH
        if out[start + X_NODE] == pick[K_NODE]:
            if out[start + X_SERVICE] == pick[K_SERVICE]:
                return x
    return n_shipments


@kernel()
def _ship(lanes: Lanes, order: Order, shipment: I8, pick: I8, known: bool) -> None:
    """Add a pick to its shipment."""
    line = order.lines[pick[K_LINE]]
    if not known:
        shipment[:] = 0
        c = lanes.cls[pick[K_NODE]]
        shipment[X_NODE] = pick[K_NODE]
        shipment[X_SERVICE] = pick[K_SERVICE]
        shipment[X_TRANSIT] = transit(lanes, c, pick[K_SERVICE])
        shipment[X_DISTANCE_M] = lanes.dist_m[pick[K_NODE]]
        shipment[X_ROW] = lanes.records[c, C_ROWS + pick[K_SERVICE]]
        shipment[X_ORDER] = lanes.records[c, C_ORDER]
    record = lanes.records[lanes.cls[pick[K_NODE]]]
    quantity = pick[K_QUANTITY]
    shipment[X_WEIGHT_G] += grams(quantity, line[L_GRAMS], line[L_SCALE])
    shipment[X_LINE] += record[C_LINE]
    shipment[X_UNIT] += record[C_UNIT] * units_started(quantity, line[L_SCALE])


@kernel()
def room_needed(n_picks: int) -> int:
    """Words that an answer of so many picks can take."""
    return O_HEADER + n_picks * (SHIPMENT_WIDTH + PICK_WIDTH)


@kernel()
def write_picks(
    lanes: Lanes, order: Order, scratch: Scratch, n_picks: int, out: I8
) -> bool:
    """Write shipments and picks, lines in order. False where ``out`` has no room."""
    if out.size < room_needed(n_picks):
        return False
    n_shipments, n_written = 0, 0
    at = O_HEADER + n_picks * SHIPMENT_WIDTH
    for i in range(order.lines.shape[0]):
        for j in range(n_picks):
            pick = scratch.picks[j]
            if pick[K_LINE] != i:
                continue
            x = _find_shipment(out, n_shipments, pick)
            start = O_HEADER + x * SHIPMENT_WIDTH
            shipment = out[start : start + SHIPMENT_WIDTH]
            _ship(lanes, order, shipment, pick, x < n_shipments)
            n_shipments = max(n_shipments, x + 1)
            out[at + PICK_WIDTH * n_written] = x
            out[at + PICK_WIDTH * n_written + 1] = i
            out[at + PICK_WIDTH * n_written + 2] = pick[K_QUANTITY]
            n_written += 1
    to = O_HEADER + n_shipments * SHIPMENT_WIDTH
    for w in range(PICK_WIDTH * n_picks):
        out[to + w] = out[at + w]
    out[O_SHIPMENTS], out[O_PICKS] = n_shipments, n_picks
    return True


@kernel()
def total(lanes: Lanes, order: Order, out: I8) -> None:
    """Price the shipments afresh and sum up; this is what the plan costs.

    `UNREACHED` if two loads of one node and service are too heavy as one shipment.
    """
    out[O_COST], out[O_TRANSIT] = 0, 0
    out[O_TRANSIT_SUM], out[O_DISTANCE_SUM], out[O_SHORT] = 0, 0, 0
    for x in range(out[O_SHIPMENTS]):
        start = O_HEADER + x * SHIPMENT_WIDTH
        shipment = out[start : start + SHIPMENT_WIDTH]
        c = lanes.cls[shipment[X_NODE]]
        weight_g = shipment[X_WEIGHT_G]
        shipment[X_RATE] = rate(lanes, c, shipment[X_SERVICE], weight_g)
        cost = (
            shipment[X_RATE] + shipment[X_ORDER] + shipment[X_LINE] + shipment[X_UNIT]
        )
        out[O_COST] = min(out[O_COST] + cost, UNREACHED)
        out[O_TRANSIT] = max(out[O_TRANSIT], shipment[X_TRANSIT])
        out[O_TRANSIT_SUM] += shipment[X_TRANSIT]
        out[O_DISTANCE_SUM] += shipment[X_DISTANCE_M]
    for i in range(order.lines.shape[0]):
        out[O_SHORT] += order.lines[i, L_ASKED]
    at = O_HEADER + out[O_SHIPMENTS] * SHIPMENT_WIDTH
    for j in range(out[O_PICKS]):
        out[O_SHORT] -= out[at + PICK_WIDTH * j + 2]


@kernel()
def better(trial: I8, best: I8, fastest: bool) -> bool:
    """Compare two answers: most units, then the objective, then the tie-breaks."""
    if trial[O_SHORT] != best[O_SHORT]:
        return trial[O_SHORT] < best[O_SHORT]
    if fastest and trial[O_TRANSIT] != best[O_TRANSIT]:
        return trial[O_TRANSIT] < best[O_TRANSIT]
    for word in (O_COST, O_SHIPMENTS, O_TRANSIT_SUM, O_DISTANCE_SUM):
        if trial[word] != best[word]:
            return trial[word] < best[word]
    return False


@kernel()
def finish(lanes: Lanes, order: Order, scratch: Scratch, n_picks: int, out: I8) -> bool:
    """Write the plan in ``scratch.picks``; its cost is its bound if it is proven.

    False where ``out`` has no room.
    """
    if not write_picks(lanes, order, scratch, n_picks, out):
        return False
    total(lanes, order, out)
    out[O_BOUND] = out[O_COST] if out[O_PROVEN] else 0
    return True
