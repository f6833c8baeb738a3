"""What a batch of effects has in it and needs, and many facts brought into order.

Facts of one cell keep their order, and facts of different cells share nothing but
sums: applied SKU by SKU, each row of cells is read while it is near, and the outcome is
that of applying them as they came.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import (
    AFTER_FIRST,
    AFTER_LAST,
    ASIDE_FIRST,
    ASIDE_LAST,
    E_AUX,
    E_NODE,
    E_SKU,
    E_WHAT,
    FIND,
    INTERN_LAST,
    LOT,
    NO_NODE,
    RESERVATION_LAST,
    RULES_FIRST,
    RULES_LAST,
    SUPPLY_LAST,
    WORK_FIRST,
    WORK_LAST,
    Effect,
)
from omniroute.kernels.arrays import I4, I8
from omniroute.kernels.stock.arena import find_cell
from omniroute.kernels.stock.effect_kinds import is_stock

# -- what `survey` finds, a bit each ---------------------------------------------------

#: Names: INTERN_*.
S_NAMES = 1
#: Facts about on hand or safety.
S_STOCK = 2
#: Time and reservations, or what no one knows.
S_OTHER = 4
#: Unavailable units and inbound entries.
S_SUPPLY = 8
#: Sequence numbers seen, and what they told.
S_SEEN = 16
#: Time, and holds that end at another: what the agenda is told.
S_AGENDA = 32
#: Units that leave on hand by a reservation: what the ledger is told.
S_SHIPPED = 64
#: Floors, fences and draws on them.
S_ASIDE = 128
#: Rules that are followed, and the demand they look at.
S_RULES = 256
#: Lines that fall due later, and what they need of what is there now.
S_DATED = 512
#: Lines at no node.
S_UNBOUND = 1024
#: Units that can be sold until some time.
S_LOTS = 4096
#: Chances that picks find their units.
S_FIND = 8192
#: Who declined, and who waits for stock.
S_AFTER = 65536
#: Work that nodes do, and how much they can.
S_WORK = 131072

_SEEN, _TOLD = int(Effect.SEEN), int(Effect.TOLD)
_TICK, _EXTEND = int(Effect.TICK), int(Effect.EXTEND)
_SHIP = int(Effect.SHIP)
_LINE, _UNLINE = int(Effect.LINE), int(Effect.UNLINE)
_DUE, _DIP = int(Effect.DUE), int(Effect.DIP)
_ALLOW, _FENCE = int(Effect.ALLOW), int(Effect.FENCE)


@kernel("i8[,]")
def survey(effects: I8) -> int:
    """Return what kinds of effects there are: S_* bits."""
    found = 0
    for i in range(effects.shape[0]):
        what = effects[i, E_WHAT]
        if is_stock(what):
            found |= S_STOCK
        elif 1 <= what <= INTERN_LAST:
            found |= S_NAMES
        elif RESERVATION_LAST < what <= SUPPLY_LAST:
            found |= S_SUPPLY
        elif what in (_SEEN, _TOLD):
            found |= S_SEEN
        elif ASIDE_FIRST <= what <= ASIDE_LAST:
            found |= S_ASIDE
        elif RULES_FIRST <= what <= RULES_LAST:
            found |= S_RULES
        elif what == LOT:
            found |= S_LOTS
        elif what == FIND:
            found |= S_FIND
        elif AFTER_FIRST <= what <= AFTER_LAST:
            found |= S_AFTER
        elif WORK_FIRST <= what <= WORK_LAST:
            found |= S_WORK
        elif what == _DIP:
            found |= S_DATED
        else:
            found |= S_OTHER
            found |= S_AGENDA if what in (_TICK, _EXTEND) else 0
            found |= S_SHIPPED if what == _SHIP else 0
            if what in (_LINE, _UNLINE):
                found |= S_DATED if effects[i, E_AUX] != 0 else 0
                found |= S_UNBOUND if effects[i, E_NODE] == NO_NODE else 0
            elif what == _DUE:
                found |= S_DATED
    return found


@kernel("i8[,] i8[,] i4[] i8 i8[]")
def missing_keys(effects: I8, rows: I8, cell_node: I4, nodes: int, keys: I8) -> int:
    """Write the keys of cells the rows need and the arena lacks; return how many.

    Returns ``-1 - i`` where row ``i`` names a SKU or node outside the catalogue.
    ``keys`` int64[n] is written; a key is ``sku * nodes + node`` and may repeat. An
    UNLINE or SHIP makes no cell: it takes out of one that is there.
    """
    found = 0
    for i in range(effects.shape[0]):
        what = effects[i, E_WHAT]
        if not is_stock(what) and what not in (_LINE, _ALLOW, _FENCE, _DIP):
            continue
        sku, node = effects[i, E_SKU], effects[i, E_NODE]
        if what == _LINE and node == NO_NODE:
            continue
        if sku < 0 or sku >= rows.shape[0] or node < 0 or node >= nodes:
            return -1 - i
        if find_cell(rows, cell_node, sku, node) < 0:
            keys[found] = sku * nodes + node
            found += 1
    return found


@kernel("i8[] i8[] i8[]")
def order_by_sku(skus: I8, starts: I8, order: I8) -> bool:
    """Write the places of the rows in order of SKU, else as they came.

    False where they are in that order already, and nothing is written. ``starts``
    int64[S] is zero and modified in place; ``order`` int64[n] is written. O(n + S).
    """
    ordered = True
    for i in range(skus.size):
        starts[skus[i]] += 1
        ordered = ordered and (i == 0 or skus[i - 1] <= skus[i])
    if ordered:
        return False
    first = 0
    for sku in range(starts.size):
        count = starts[sku]
        starts[sku] = first
        first += count
    for i in range(skus.size):
        order[starts[skus[i]]] = i
        starts[skus[i]] += 1
    return True
