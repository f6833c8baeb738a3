"""Effects on what lies beside the cells: unavailable units and inbound entries.

They share no array with the effects on cells and reservations, so one pass for each
gives what one pass over all would give.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import (
    E_AUX,
    E_AUX2,
    E_NODE,
    E_QUANTITY,
    E_REFERENCE,
    E_SKU,
    E_WHAT,
    QUANTITY_MAX,
    REASONS_MAX,
    SUPPLY_FIRST,
    SUPPLY_LAST,
    Effect,
)
from omniroute.kernels.arrays import I8
from omniroute.kernels.stock.book import (
    FAULT_INBOUND,
    FAULT_NONE,
    FAULT_RANGE,
    FAULT_SKU,
)
from omniroute.kernels.table import EMPTY, place_of

# -- columns of ``entries`` int64[E, 10], one row an inbound entry ----------------------

N_SKU = 0
N_NODE = 1
#: Second at which it is due.
N_DUE = 2
#: Quanta still to come.
N_OPEN = 3
#: Quanta expected when it was written; never changes.
N_EXPECTED = 4
#: Quanta that have arrived; above N_EXPECTED after an over-delivery.
N_ARRIVED = 5
#: Number of its type.
N_TYPE = 6
#: Second at which it was first due; never changes.
N_FIRST_DUE = 7
#: Second from which on what comes of it can no longer be sold; 0 where it does not end.
N_UNTIL = 8
#: The same as it was first said; never changes.
N_FIRST_UNTIL = 9
ENTRY_WIDTH = 10

# -- entries of ``tally`` int64[5] -----------------------------------------------------

#: Inbound entries in use.
T_ENTRIES = 0
#: Keys in the table of unavailable units.
T_UNAVAILABLE = 1
#: Keys in the table of inbound totals.
T_INBOUND = 2
#: Why the last `apply_supply` stopped.
T_FAULT = 3
#: Changes so far: to know whether what was compiled from the entries is still good.
T_VERSION = 4
TALLY = 5

_UNAVAILABLE = int(Effect.UNAVAILABLE)
_EXPECT = int(Effect.EXPECT)
_RESCHEDULE = int(Effect.RESCHEDULE)
_ARRIVED = int(Effect.ARRIVED)
_ENDS = int(Effect.ENDS)


@kernel()
def is_supply(what: int) -> bool:
    """Whether the effect is about unavailable units or an inbound entry."""
    return SUPPLY_FIRST <= what <= SUPPLY_LAST


@kernel()
def shift_value(
    keys: I8, values: I8, key: int, change: int, tally: I8, count: int
) -> bool:
    """Add to the value under a key; False, and nothing done, where it leaves range."""
    at = place_of(keys, key)
    old = values[at] if keys[at] == key else 0
    if old + change < 0 or old + change > QUANTITY_MAX:
        return False
    if keys[at] == EMPTY:
        keys[at] = key
        tally[count] += 1
    values[at] = old + change
    return True


@kernel()
def shift_unavailable(
    effects: I8, i: int, nodes: int, sign: int, keys: I8, values: I8, tally: I8
) -> int:
    """Apply, or with ``sign`` -1 undo, an UNAVAILABLE row."""
    reason = effects[i, E_REFERENCE]
    if reason < 0 or reason >= REASONS_MAX:
        return FAULT_INBOUND
    cell = effects[i, E_SKU] * nodes + effects[i, E_NODE]
    change = sign * effects[i, E_QUANTITY]
    key = cell * REASONS_MAX + reason
    if not shift_value(keys, values, key, change, tally, T_UNAVAILABLE):
        return FAULT_RANGE
    return FAULT_NONE


@kernel()
def write_entry(effects: I8, i: int, entries: I8, at: int) -> None:
    """Write the EXPECT row ``i`` into its place."""
    entries[at, N_SKU] = effects[i, E_SKU]
    entries[at, N_NODE] = effects[i, E_NODE]
    entries[at, N_DUE] = effects[i, E_AUX]
    entries[at, N_OPEN] = effects[i, E_QUANTITY]
    entries[at, N_EXPECTED] = effects[i, E_QUANTITY]
    entries[at, N_ARRIVED] = 0
    entries[at, N_TYPE] = effects[i, E_AUX2]
    entries[at, N_FIRST_DUE] = effects[i, E_AUX]
    entries[at, N_UNTIL] = 0
    entries[at, N_FIRST_UNTIL] = 0


@kernel()
def open_change(effects: I8, i: int, entries: I8) -> int:
    """What an entry's row adds to the quanta still to come."""
    what, quantity = effects[i, E_WHAT], effects[i, E_QUANTITY]
    if what == _EXPECT:
        return int(quantity)
    if what in (_RESCHEDULE, _ENDS):
        return 0
    if what == _ARRIVED:
        return -int(min(quantity, entries[effects[i, E_REFERENCE], N_OPEN]))
    return -int(quantity)


@kernel()
def entry_fault(effects: I8, i: int, entries: I8, tally: I8) -> int:
    """Why an entry's row cannot be, or FAULT_NONE."""
    what, number = effects[i, E_WHAT], effects[i, E_REFERENCE]
    if what == _EXPECT:
        if number != tally[T_ENTRIES] or number >= entries.shape[0]:
            return FAULT_INBOUND
    elif number < 0 or number >= tally[T_ENTRIES]:
        return FAULT_INBOUND
    if what == _RESCHEDULE:
        return FAULT_NONE
    if what == _ENDS:
        return FAULT_NONE if effects[i, E_AUX] > 0 else FAULT_INBOUND
    quantity = effects[i, E_QUANTITY]
    if quantity <= 0 or quantity > QUANTITY_MAX:
        return FAULT_RANGE
    if what in (_EXPECT, _ARRIVED):
        return FAULT_NONE
    return FAULT_INBOUND if quantity > entries[number, N_OPEN] else FAULT_NONE


@kernel()
def apply_entry(
    effects: I8,
    i: int,
    nodes: int,
    entries: I8,
    cells: I8,
    totals: I8,
    tally: I8,
) -> int:
    """Apply a row about an inbound entry; E_AUX2 keeps what it overwrites."""
    fault = entry_fault(effects, i, entries, tally)
    if fault != FAULT_NONE:
        return fault
    what, number = effects[i, E_WHAT], effects[i, E_REFERENCE]
    change = open_change(effects, i, entries)
    if what == _EXPECT:
        cell = effects[i, E_SKU] * nodes + effects[i, E_NODE]
    else:
        cell = entries[number, N_SKU] * nodes + entries[number, N_NODE]
    if not shift_value(cells, totals, cell, change, tally, T_INBOUND):
        return FAULT_RANGE
    if what == _EXPECT:
        write_entry(effects, i, entries, number)
        tally[T_ENTRIES] += 1
        return FAULT_NONE
    if what == _RESCHEDULE:
        effects[i, E_AUX2] = entries[number, N_DUE]
        entries[number, N_DUE] = effects[i, E_AUX]
        return FAULT_NONE
    if what == _ENDS:
        effects[i, E_AUX2] = entries[number, N_UNTIL]
        entries[number, N_UNTIL] = effects[i, E_AUX]
        if effects[i, E_QUANTITY] != 0:
            entries[number, N_FIRST_UNTIL] = effects[i, E_AUX]
        return FAULT_NONE
    entries[number, N_OPEN] += change
    if what == _ARRIVED:
        effects[i, E_AUX2] = -change
        entries[number, N_ARRIVED] += effects[i, E_QUANTITY]
    return FAULT_NONE


@kernel()
def undo_entry(
    effects: I8, i: int, nodes: int, entries: I8, cells: I8, totals: I8, tally: I8
) -> None:
    """Undo a row that `apply_entry` has applied."""
    what, number = effects[i, E_WHAT], effects[i, E_REFERENCE]
    cell = entries[number, N_SKU] * nodes + entries[number, N_NODE]
    if what == _RESCHEDULE:
        entries[number, N_DUE] = effects[i, E_AUX2]
        return
    if what == _ENDS:
        entries[number, N_UNTIL] = effects[i, E_AUX2]
        if effects[i, E_QUANTITY] != 0:
            entries[number, N_FIRST_UNTIL] = 0
        return
    change = effects[i, E_QUANTITY]
    if what == _EXPECT:
        change = -change
        tally[T_ENTRIES] -= 1
    elif what == _ARRIVED:
        change = effects[i, E_AUX2]
        entries[number, N_ARRIVED] -= effects[i, E_QUANTITY]
    entries[number, N_OPEN] += change
    shift_value(cells, totals, cell, change, tally, T_INBOUND)


@kernel("i8[,] i8 i8 i8[,] i8[] i8[] i8[] i8[] i8[]")
def undo_supply(
    effects: I8,
    count: int,
    nodes: int,
    entries: I8,
    keys: I8,
    values: I8,
    cells: I8,
    totals: I8,
    tally: I8,
) -> None:
    """Undo the supply rows among the first ``count``, last first."""
    for i in range(count - 1, -1, -1):
        what = effects[i, E_WHAT]
        if what == _UNAVAILABLE:
            shift_unavailable(effects, i, nodes, -1, keys, values, tally)
        elif is_supply(what):
            undo_entry(effects, i, nodes, entries, cells, totals, tally)


@kernel("i8[,] i8 i8 i8[,] i8[] i8[] i8[] i8[] i8[]")
def apply_supply(
    effects: I8,
    skus: int,
    nodes: int,
    entries: I8,
    keys: I8,
    values: I8,
    cells: I8,
    totals: I8,
    tally: I8,
) -> int:
    """Apply the supply rows in order, pass over the others; all or none.

    Returns -1, or the index of the row that could not be applied, with the reason in
    ``tally[T_FAULT]`` and everything as it was.

    Parameters
    ----------
    effects
        int64[n, 8], columns E_*. E_AUX2 modified in place where a row overwrites.
    skus, nodes
        How many the catalogue has.
    entries
        int64[E, 10], columns N_*. Modified in place; has room for every EXPECT.
    keys, values
        Unavailable quanta by ``cell * REASONS_MAX + reason``. Modified in place.
    cells, totals
        Quanta still to come by cell. Modified in place.
    tally
        int64[5]. Modified in place.
    """
    for i in range(effects.shape[0]):
        what = effects[i, E_WHAT]
        if not is_supply(what):
            continue
        fault = FAULT_NONE
        if what in (_UNAVAILABLE, _EXPECT):
            sku, node = effects[i, E_SKU], effects[i, E_NODE]
            if sku < 0 or sku >= skus or node < 0 or node >= nodes:
                fault = FAULT_SKU
        if fault == FAULT_NONE and what == _UNAVAILABLE:
            fault = shift_unavailable(effects, i, nodes, 1, keys, values, tally)
        elif fault == FAULT_NONE:
            fault = apply_entry(effects, i, nodes, entries, cells, totals, tally)
        if fault != FAULT_NONE:
            undo_supply(effects, i, nodes, entries, keys, values, cells, totals, tally)
            tally[T_FAULT] = fault
            return i
    tally[T_VERSION] += 1
    return -1
