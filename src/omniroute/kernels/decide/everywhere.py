"""One basket for many destinations: each service asked for each of them, in one call."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import P_FREE
from omniroute.kernels.arrays import I4, I8
from omniroute.kernels.decide.memory import first_line
from omniroute.kernels.decide.route import STATUS_UNSERVED, decide, services_asked
from omniroute.kernels.order.layout import (
    A_LINES,
    A_SLOT,
    FAR_M,
    LINE_WIDTH,
    O_COST,
    O_HEADER,
    O_PICKS,
    O_SHIPMENTS,
    O_SHORT,
    O_STATUS,
    O_TRANSIT,
    SHIPMENT_WIDTH,
    X_DISTANCE_M,
    X_NODE,
    X_ROW,
    X_SERVICE,
    X_TRANSIT,
)

# Words of an offer on a map.
M_STATUS = 0
M_COST = 1
M_SHIPMENTS = 2
#: Quanta that are not served.
M_SHORT = 3
M_TRANSIT_DAYS = 4
#: Metres to the farthest node that sends; -1 where a place is not known.
M_DISTANCE_M = 5
#: Second by which all of it has arrived, rounded up to the minute; in kernels the time
#: that they count.
M_ARRIVES_BY_S = 6
#: Day (ordinal) or second of the arrival, and which of the two: 0 where none is told.
M_ARRIVES = 7
M_TOLD = 8
M_ORDER_BY_S = 9
MAP_WIDTH = 10

# Words of a shipment of an offer.
#: Which offer, counted along places and services.
G_OFFER = 0
G_NODE = 1
G_SERVICE = 2
G_ROW = 3
#: 1: it is the last to arrive.
G_LAST = 4
SENT_WIDTH = 5

# Words of ``control``: the next place and service, and shipments written.
E_PLACE = 0
E_SERVICE = 1
E_SENT = 2
E_WIDTH = 3

#: What is returned beside the codes of `route`.
DONE = 0
NEED_SENT = -21


@kernel()
def _write_nothing(ask: I8, offer: I8) -> None:
    """Write that nobody who holds any of it has a lane."""
    offer[:] = 0
    offer[M_STATUS] = STATUS_UNSERVED
    line = first_line(ask)
    for i in range(ask[A_LINES]):
        offer[M_SHORT] += ask[line + LINE_WIDTH * i + 1]


@kernel()
def _write(answer: I8, row_days: I8, at: int, offer: I8, sent: I8, n_sent: int) -> None:
    """Write what a map tells of an answer, and its shipments from a row on."""
    offer[:] = 0
    offer[M_STATUS], offer[M_SHORT] = answer[O_STATUS], answer[O_SHORT]
    if answer[O_PICKS] == 0:
        return
    offer[M_COST], offer[M_SHIPMENTS] = answer[O_COST], answer[O_SHIPMENTS]
    offer[M_ARRIVES_BY_S] = answer[O_TRANSIT]
    last, far_m = 0, 0
    for x in range(answer[O_SHIPMENTS]):
        shipment = answer[O_HEADER + SHIPMENT_WIDTH * x :][:SHIPMENT_WIDTH]
        first = answer[O_HEADER + SHIPMENT_WIDTH * last + X_TRANSIT]
        if shipment[X_TRANSIT] > first:
            last = x
        days = row_days[shipment[X_ROW]]
        offer[M_TRANSIT_DAYS] = max(offer[M_TRANSIT_DAYS], days)
        far_m = max(far_m, shipment[X_DISTANCE_M])
        row = sent[n_sent + x]
        row[G_OFFER], row[G_NODE] = at, shipment[X_NODE]
        row[G_SERVICE], row[G_ROW] = shipment[X_SERVICE], shipment[X_ROW]
        row[G_LAST] = 0
    sent[n_sent + last, G_LAST] = 1
    offer[M_DISTANCE_M] = -1 if far_m >= FAR_M else far_m


@kernel("i8[] i8[] i8 i8[] i8[,] i8")
def write_offer(
    answer: I8, row_days: I8, at: int, offer: I8, sent: I8, n_sent: int
) -> None:
    """Write what a map tells of an answer that was found elsewhere.

    Parameters
    ----------
    answer : int64[]
        See `layout`.
    row_days : int64[R]
        Days on the way by price row.
    at
        Which offer it is.
    offer : int64[MAP_WIDTH] -- written.
    sent : int64[m, SENT_WIDTH] -- written from row ``n_sent`` on, a row a shipment.
    n_sent
        Rows in use.
    """
    _write(answer, row_days, at, offer, sent, n_sent)


@kernel(
    "i8[,] i4[] i4[,] i8[,] i8[,] i8[,] i4[,,] i8[,,] i8[] i8[] i8[] i8[] "
    "i8[] i8[] i8[] i8[,,] i8[,] i8[]"
)
def offers_of_places(
    rows: I8,
    cell_node: I4,
    planes: I4,
    items: I8,
    prices: I8,
    services: I8,
    lane_nodes: I4,
    lane_records: I8,
    lane_sizes: I8,
    served: I8,
    asks: I8,
    ask_at: I8,
    work: I8,
    out: I8,
    row_days: I8,
    offers: I8,
    sent: I8,
    control: I8,
) -> int:
    """Decide every ask for every place, from where ``control`` says; changes no stock.

    Parameters
    ----------
    rows, ..., lane_sizes
        As in `route.route`; slot b is place b.
    served : int64[B]
        Services that anybody has a lane by, as bits.
    asks, ask_at : int64[]
        Asks end to end; ask v is asks[ask_at[v] : ask_at[v + 1]]. Their slot is written.
    work, out : int64[]
        As in `route.route`.
    row_days : int64[R]
        Days on the way by price row.
    offers : int64[B, V, MAP_WIDTH] -- written.
    sent : int64[m, SENT_WIDTH] -- written from row control[E_SENT] on.
    control : int64[E_WIDTH] -- see E_*.

    Returns
    -------
    int
        `DONE`, or why it paused: a code of `route`, or `NEED_SENT` for more room.
    """
    while control[E_PLACE] < offers.shape[0]:
        b = control[E_PLACE]
        while control[E_SERVICE] < offers.shape[1]:
            v = control[E_SERVICE]
            ask = asks[ask_at[v] : ask_at[v + 1]]
            ask[A_SLOT] = b
            if services_asked(ask) & served[b] == 0:
                _write_nothing(ask, offers[b, v])
            else:
                code = decide(
                    rows,
                    cell_node,
                    planes[P_FREE],
                    items,
                    prices,
                    services,
                    lane_nodes,
                    lane_records,
                    lane_sizes,
                    ask,
                    work,
                    out,
                )
                if code < 0:
                    return code
                if control[E_SENT] + out[O_SHIPMENTS] > sent.shape[0]:
                    return NEED_SENT
                at = b * offers.shape[1] + v
                _write(out, row_days, at, offers[b, v], sent, control[E_SENT])
                control[E_SENT] += offers[b, v, M_SHIPMENTS]
            control[E_SERVICE] += 1
        control[E_SERVICE] = 0
        control[E_PLACE] += 1
    return DONE
