"""Many orders in one call, each seeing what the earlier ones took."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import (
    E_AUX,
    E_AUX2,
    E_NODE,
    E_QUANTITY,
    E_REFERENCE,
    E_SKU,
    E_TIME,
    E_WHAT,
    P_FREE,
    Effect,
)
from omniroute.kernels.arrays import I4, I8
from omniroute.kernels.decide.memory import first_line
from omniroute.kernels.decide.route import STATUS_OK, STATUS_SHORT, decide
from omniroute.kernels.decide.work import (
    add_work,
    amount_of,
    fills,
    take_work,
    takes_of,
    write_waits,
)
from omniroute.kernels.order.answer import words_used
from omniroute.kernels.order.layout import (
    A_LINES,
    LINE_WIDTH,
    O_HEADER,
    O_PICKS,
    O_SHIPMENTS,
    O_STATUS,
    PICK_WIDTH,
    SHIPMENT_WIDTH,
    X_NODE,
    X_SERVICE,
)
from omniroute.kernels.stock.book import C_LINES, C_RESERVATIONS, BookArrays
from omniroute.kernels.stock.cells import CellArrays
from omniroute.kernels.stock.effects import apply_one

# Words of ``control``: where the batch stands, in and out.
#: Next order to decide, and the order to stop before.
B_NEXT = 0
B_END = 1
#: Rows of ``effects`` and words of ``answers`` in use.
B_EFFECTS = 2
B_ANSWERS = 3
#: 1: reserve what is decided; 1: reserve also what is served in part.
B_RESERVE = 4
B_PARTIAL = 5
B_NOW = 6
#: Second at which the holds end, 0 for firm reservations.
B_EXPIRES = 7
#: Reservations written to ``effects``.
B_HOLDS = 8
#: 1: nodes have capacity; the ordinal of the first day of ``left``.
B_WORK = 9
B_FIRST_DAY = 10
B_WIDTH = 11

#: Why the batch paused, besides the codes of `route`.
DONE = 0
NEED_EFFECTS = -11
NEED_ANSWERS = -12
NEED_BOOK = -13
#: An effect that had to fit did not: a mistake of ours.
BROKEN = -14
#: A node has no room for all that it is to do of an order.
NEED_LATER = -15
#: Not a pause of need: the order before has made a node full.
FILLED = -16

_PRIME = 2**31 - 1
_INTERN = int(Effect.INTERN_RESERVATION)
_HOLD = int(Effect.HOLD)
_LINE = int(Effect.LINE)
_TAKE = int(Effect.TAKE)


@kernel()
def _print_lines(ask: I8, marks: I8) -> int:
    """Fingerprint of the lines, as `reservations.print_lines` makes it."""
    low, high, start = 0, 0, first_line(ask)
    for i in range(ask[A_LINES]):
        sku = ask[start + LINE_WIDTH * i]
        quanta = ask[start + LINE_WIDTH * i + 1]
        low = (low + quanta * marks[sku, 0]) % _PRIME
        high = (high + quanta * marks[sku, 1]) % _PRIME
    return (high << 31) | low


@kernel()
def _write_effect(
    effects: I8,
    at: int,
    what: int,
    sku: int,
    node: int,
    quantity: int,
    reference: int,
    now: int,
) -> None:
    row = effects[at]
    row[E_WHAT], row[E_SKU], row[E_NODE] = what, sku, node
    row[E_QUANTITY], row[E_REFERENCE], row[E_TIME] = quantity, reference, now
    row[E_AUX], row[E_AUX2] = 0, 0


@kernel()
def _write_hold(
    ask: I8, out: I8, marks: I8, terms: int, counters: I8, effects: I8, control: I8
) -> int:
    """Write the effects of reserving an answer; returns how many."""
    at, now = control[B_EFFECTS], control[B_NOW]
    number = counters[C_RESERVATIONS]
    _write_effect(effects, at, _INTERN, -1, -1, 0, number, now)
    effects[at, E_AUX] = control[B_HOLDS]
    _write_effect(effects, at + 1, _HOLD, -1, -1, terms, number, now)
    effects[at + 1, E_AUX] = control[B_EXPIRES]
    effects[at + 1, E_AUX2] = _print_lines(ask, marks)
    lines = first_line(ask)
    picks = O_HEADER + SHIPMENT_WIDTH * out[O_SHIPMENTS]
    for j in range(out[O_PICKS]):
        pick = picks + PICK_WIDTH * j
        node = out[O_HEADER + SHIPMENT_WIDTH * out[pick] + X_NODE]
        sku = ask[lines + LINE_WIDTH * out[pick + 1]]
        _write_effect(effects, at + 2 + j, _LINE, sku, node, out[pick + 2], number, now)
    return 2 + out[O_PICKS]


@kernel()
def _write_work(
    ask: I8,
    out: I8,
    items: I8,
    days: I4,
    kinds: I8,
    serves: I8,
    number: int,
    at: int,
    effects: I8,
    control: I8,
) -> int:
    """Write the effects of the work of an answer; returns how many."""
    n = 0
    for x in range(out[O_SHIPMENTS]):
        start = O_HEADER + SHIPMENT_WIDTH * x
        node, service = out[start + X_NODE], out[start + X_SERVICE]
        for work in range(kinds.shape[1]):
            if takes_of(kinds, serves, node, service, work):
                amount = amount_of(ask, out, items, x, kinds[node, work])
                _write_effect(
                    effects, at + n, _TAKE, -1, node, amount, number, control[B_NOW]
                )
                effects[at + n, E_AUX] = control[B_FIRST_DAY] + days[node, service]
                effects[at + n, E_AUX2] = work
                n += 1
    return n


@kernel()
def _takes(out: I8, control: I8) -> bool:
    """Whether an answer is to be reserved."""
    if control[B_RESERVE] == 0 or out[O_PICKS] == 0:
        return False
    partly = out[O_STATUS] == STATUS_SHORT and control[B_PARTIAL] == 1
    return out[O_STATUS] == STATUS_OK or partly


@kernel()
def _room(
    out: I8,
    used: int,
    answers: I8,
    effects: I8,
    heads: I8,
    lines: I8,
    counters: I8,
    works: int,
    control: I8,
) -> int:
    """Whether everything fits that the answer brings; `DONE` if so."""
    if control[B_ANSWERS] + used > answers.size:
        return NEED_ANSWERS
    rows = 2 + out[O_PICKS] + works * out[O_SHIPMENTS]
    if control[B_EFFECTS] + rows > effects.shape[0]:
        return NEED_EFFECTS
    if counters[C_RESERVATIONS] == heads.shape[0]:
        return NEED_BOOK
    if counters[C_LINES] + out[O_PICKS] > lines.shape[0]:
        return NEED_BOOK
    return DONE


@kernel(
    "i8[,] i4[] i4[,] i8[,] i8[,] i8[,] i4[,,] i8[,,] i8[] "
    "i8[] i8[] i8[] i8[] i8[] i8[,] i8[] i8[] i8[,] i8[,] i8[] i8[,] i8[] i8[] i8[] "
    "i8[,,] i4[,] i4[,] i8[,] i8[,] i8[]"
)
def route_batch(
    rows: I8,
    cell_node: I4,
    planes: I4,
    items: I8,
    prices: I8,
    services: I8,
    lane_nodes: I4,
    lane_records: I8,
    lane_sizes: I8,
    asks: I8,
    ask_at: I8,
    work: I8,
    out: I8,
    terms: I8,
    marks: I8,
    sku_free: I8,
    sku_version: I8,
    heads: I8,
    lines: I8,
    counters: I8,
    effects: I8,
    answers: I8,
    answer_at: I8,
    taken: I8,
    left: I8,
    days: I4,
    waits: I4,
    kinds: I8,
    serves: I8,
    control: I8,
) -> int:
    """Decide orders one after the other and, if asked, reserve each at once.

    Reserving goes through `apply_one`, the one door to the stock, and leaves its rows in
    ``effects``. Returns `DONE`, or why it paused with ``control[B_NEXT]`` at the order
    that could not be dealt with; nothing of that order has been done.

    Parameters
    ----------
    rows, ..., lane_sizes
        As in `route.route`.
    asks, ask_at : int64[]
        Asks end to end; ask i is asks[ask_at[i] : ask_at[i + 1]].
    work, out : int64[]
        As in `route.route`.
    terms : int64[n]
        Fingerprint of each order's terms.
    marks : int64[S, 2]
        Hash residues of the SKU ids.
    sku_free, sku_version, heads, lines, counters
        The state. Modified in place.
    effects : int64[m, 8] -- written from row control[B_EFFECTS] on.
    answers, answer_at : int64[] -- written: answer i begins at answer_at[i].
    taken : int64[n] -- written: 1 where the order was reserved.
    left : int64[N, K, D] -- modified: capacity by node, work and day. This and what
        follows is looked at where control[B_WORK] says so.
    days, waits : int32[N, V]
        By node and service: place of the day on which work begins, days that it waits.
    kinds : int64[N, K]
        What a node counts of each work; -1 where it does not.
    serves : int64[K, V]
        Whether a service is such work.
    control : int64[B_WIDTH] -- see B_*.
    """
    cells = CellArrays(rows, cell_node, planes, sku_free, sku_version)
    book = BookArrays(heads, lines, counters)
    while control[B_NEXT] < control[B_END]:
        i = control[B_NEXT]
        ask = asks[ask_at[i] : ask_at[i + 1]]
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
        used = words_used(out)
        code = _room(
            out,
            used,
            answers,
            effects,
            heads,
            lines,
            counters,
            kinds.shape[1],
            control,
        )
        if code != DONE:
            return code
        works = control[B_WORK] == 1
        if works:
            if not take_work(ask, out, items, left, days, kinds, serves):
                return NEED_LATER
            write_waits(out, waits)
        filled = False
        if not _takes(out, control):
            if works:
                count = out[O_SHIPMENTS]
                add_work(ask, out, items, left, days, kinds, serves, 1, count)
        else:
            number = counters[C_RESERVATIONS]
            n = _write_hold(ask, out, marks, terms[i], counters, effects, control)
            if works:
                n += _write_work(
                    ask,
                    out,
                    items,
                    days,
                    kinds,
                    serves,
                    number,
                    control[B_EFFECTS] + n,
                    effects,
                    control,
                )
                filled = fills(out, left, days, kinds, serves)
            for j in range(control[B_EFFECTS], control[B_EFFECTS] + n):
                fault = apply_one(effects, j, cells, book)
                if fault != 0:
                    return BROKEN
            control[B_EFFECTS] += n
            control[B_HOLDS] += 1
            taken[i] = 1
        answer_at[i] = control[B_ANSWERS]
        for w in range(used):
            answers[control[B_ANSWERS] + w] = out[w]
        control[B_ANSWERS] += used
        control[B_NEXT] += 1
        if filled:
            return FILLED
    return DONE
