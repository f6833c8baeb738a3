"""Kinds of effects: which rows speak of what."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import (
    AFTER_FIRST,
    AFTER_LAST,
    ASIDE_FIRST,
    ASIDE_LAST,
    FIND,
    INTERN_LAST,
    LOT,
    RULES_FIRST,
    RULES_LAST,
    STOCK_FIRST,
    STOCK_LAST,
    SUPPLY_FIRST,
    SUPPLY_LAST,
    WORK_FIRST,
    WORK_LAST,
    Effect,
)

_LINE, _UNLINE = int(Effect.LINE), int(Effect.UNLINE)
_SHIP, _DUE = int(Effect.SHIP), int(Effect.DUE)
_ALLOW, _FENCE = int(Effect.ALLOW), int(Effect.FENCE)
_DRAW, _DIP = int(Effect.DRAW), int(Effect.DIP)
_SEEN, _TOLD = int(Effect.SEEN), int(Effect.TOLD)


@kernel()
def is_stock(what: int) -> bool:
    """Whether the effect is a fact about a cell's on hand or safety: RECEIVE to ARRIVE."""
    return STOCK_FIRST <= what <= STOCK_LAST


@kernel()
def is_line(what: int) -> bool:
    """Whether the effect moves stock by a line of a reservation."""
    return bool(what in (_LINE, _UNLINE, _SHIP, _DUE))


@kernel()
def is_free_only(what: int) -> bool:
    """Whether the effect moves what is free of a cell, and no plane besides."""
    return bool(what in (_ALLOW, _FENCE, _DRAW, _DIP))


@kernel()
def is_beside(what: int) -> bool:
    """Whether the effect is about what lies beside the cells and the book."""
    beside = SUPPLY_FIRST <= what <= SUPPLY_LAST or what in (_SEEN, _TOLD)
    beside = beside or ASIDE_FIRST <= what <= ASIDE_LAST or what in (LOT, FIND)
    beside = beside or RULES_FIRST <= what <= RULES_LAST
    beside = beside or AFTER_FIRST <= what <= AFTER_LAST
    beside = beside or WORK_FIRST <= what <= WORK_LAST
    return bool(beside or 1 <= what <= INTERN_LAST)
