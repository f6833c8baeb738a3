"""Among plans of equal cost: fewer shipments, sooner, nearer, first node ids."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.order.problem import (
    K_LINE,
    K_NODE,
    K_QUANTITY,
    K_SERVICE,
    L_QUANTITY,
    Order,
)
from omniroute.kernels.order.subset_table import (
    NOBODY,
    ONE_SHIPMENT,
    T_CHOICE,
    T_COST,
    T_COVER,
    T_LABEL,
    T_NODE,
    T_SECOND,
    T_SERVICE,
    missing,
)


@kernel()
def _next_layer(j: int, limited: bool) -> int:
    return j - 1 if limited else j


@kernel()
def _is_tight(table: I8, j: int, limited: bool, m: int, t: int) -> bool:
    """Whether sending T of M in one shipment keeps the least cost."""
    if limited and j == 0:
        return False
    after = table[T_COVER + _next_layer(j, limited), m ^ t]
    return table[T_COST, t] + after == table[T_COVER + j, m]


@kernel()
def _by_line(
    table: I8, row: int, j: int, limited: bool, m: int, t: int, values: I8
) -> None:
    """Node, or service, of each line of M when T goes first and the best choices follow.

    ``row`` is `T_NODE` or `T_SERVICE`.
    """
    while m > 0:
        sent = abs(t)
        for b in range(values.size):
            if (sent >> b) & 1:
                values[b] = table[row, sent] if t > 0 else NOBODY
        m ^= sent
        if t > 0:
            j = _next_layer(j, limited)
        t = table[T_CHOICE + j, m] if m > 0 else 0


@kernel()
def _first_by_line(table: I8, j: int, limited: bool, m: int, t: int, small: I8) -> bool:
    """Whether T beats the choice noted for (j, M) on nodes, then services, by line."""
    n_lines = 0
    while (1 << n_lines) < table.shape[1]:
        n_lines += 1
    ours, theirs = small[:n_lines], small[16 : 16 + n_lines]
    for row in (T_NODE, T_SERVICE):
        _by_line(table, row, j, limited, m, t, ours)
        _by_line(table, row, j, limited, m, table[T_CHOICE + j, m], theirs)
        for b in range(n_lines):
            if (m >> b) & 1 and ours[b] != theirs[b]:
                return ours[b] < theirs[b]
    return False


@kernel()
def _label(
    table: I8, j: int, limited: bool, m: int, t: int, second: int, small: I8
) -> None:
    """Note the choice T for (j, M) if its tie-break label is the best so far."""
    nxt = _next_layer(j, limited) if t > 0 else j
    label = second + table[T_LABEL + nxt, m ^ abs(t)]
    best = table[T_LABEL + j, m]
    if label > best:
        return
    if label == best and not _first_by_line(table, j, limited, m, t, small):
        return
    table[T_LABEL + j, m] = label
    table[T_CHOICE + j, m] = t


@kernel()
def _mark_reached(
    table: I8, order: Order, members: I8, most: int, limited: bool
) -> None:
    """Set the label of every state that a plan of least cost passes through to -1."""
    whole = table.shape[1] - 1
    table[T_LABEL : T_LABEL + most + 1, :] = UNREACHED
    table[T_LABEL + most, whole] = -1
    for step in range((whole >> 1) + 1, 0, -1):
        m = min(2 * step, whole)
        low = m & -m
        for j in range(most, -1, -1):
            if table[T_LABEL + j, m] != -1:
                continue
            r = m ^ low
            while True:
                if _is_tight(table, j, limited, m, low | r):
                    table[T_LABEL + _next_layer(j, limited), m ^ (low | r)] = -1
                if r == 0:
                    break
                r = (r - 1) & (m ^ low)
            if limited and _drop_is_tight(table, order, members, j, m, low):
                table[T_LABEL + j, m ^ low] = -1


@kernel()
def _drop_is_tight(
    table: I8, order: Order, members: I8, j: int, m: int, low: int
) -> bool:
    kept = table[T_COVER + j, m ^ low]
    return missing(order, members, low) + kept == table[T_COVER + j, m]


@kernel()
def trace(
    table: I8, order: Order, members: I8, most: int, limited: bool, small: I8
) -> None:
    """Choose, among the plans of least cost, by the tie-breaks; note it in T_CHOICE.

    Follows only transitions that keep the least cost, so it is cheap unless ties abound.
    """
    _mark_reached(table, order, members, most, limited)
    whole = table.shape[1] - 1
    table[T_LABEL : T_LABEL + most + 1, 0] = 0
    for step in range(1, (whole >> 1) + 2):
        m = min(2 * step, whole)
        low = m & -m
        for j in range(most + 1):
            if table[T_LABEL + j, m] != -1:
                continue
            table[T_LABEL + j, m] = UNREACHED
            r = m ^ low
            while True:
                t = low | r
                if _is_tight(table, j, limited, m, t):
                    second = ONE_SHIPMENT + table[T_SECOND, t]
                    _label(table, j, limited, m, t, second, small)
                if r == 0:
                    break
                r = (r - 1) & (m ^ low)
            if limited and _drop_is_tight(table, order, members, j, m, low):
                _label(table, j, limited, m, -low, 0, small)


@kernel()
def emit(
    table: I8, order: Order, members: I8, j: int, limited: bool, picks: I8, n_picks: int
) -> int:
    """Write the chosen shipments as picks of whole lines."""
    m = table.shape[1] - 1
    while m > 0:
        t = table[T_CHOICE + j, m]
        m ^= abs(t)
        if t < 0:
            continue
        j = _next_layer(j, limited)
        for b in range(members.size):
            if (t >> b) & 1:
                pick = picks[n_picks]
                pick[K_NODE] = table[T_NODE, t]
                pick[K_SERVICE] = table[T_SERVICE, t]
                pick[K_LINE] = members[b]
                pick[K_QUANTITY] = order.lines[members[b], L_QUANTITY]
                n_picks += 1
    return n_picks
