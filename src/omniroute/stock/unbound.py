"""What is held for the network as a whole, at no node yet.

Lines without a node move no cell. What they hold is taken off the sum over all nodes
instead, once: what a new promise can have of any cell is no more than what is left of
that sum.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    E_NODE,
    E_QUANTITY,
    E_REFERENCE,
    E_SKU,
    E_WHAT,
    NO_NODE,
    Effect,
)

I8 = NDArray[np.int64]

_LINE, _UNLINE = int(Effect.LINE), int(Effect.UNLINE)


class Unbound:
    """Quanta held at no node, by SKU number.

    Attributes
    ----------
    held : dict of int to int
        What is nothing is not kept.
    through : dict of int to dict of int to int
        The same by SKU number and number of the channel it is held through, -1 for none.
    channels : dict of int to int
        Channel number of each reservation that came through one; the state's own.
    room : callable
        What the network can promise of a SKU, for those of which it keeps something
        back; None for the others. Whoever owns the state says.

    Examples
    --------
    >>> unbound = Unbound()
    >>> unbound.apply(np.array([[_LINE, 4, NO_NODE, 5, 0, 0, 0, 0]]))
    >>> unbound.held
    {4: 5}
    """

    __slots__ = ("channels", "held", "room", "through")

    def __init__(self, channels: dict[int, int] | None = None) -> None:
        self.held: dict[int, int] = {}
        self.through: dict[int, dict[int, int]] = {}
        self.channels = {} if channels is None else channels
        self.room: Callable[[int], int | None] = lambda _: None

    def apply(self, rows: I8, sign: int = 1) -> None:
        """Note what effects say that have been applied to the book."""
        what = rows[:, E_WHAT]
        lines = ((what == _LINE) | (what == _UNLINE)) & (rows[:, E_NODE] == NO_NODE)
        for row in rows[lines].tolist():
            change = sign * row[E_QUANTITY]
            change = change if row[E_WHAT] == _LINE else -change
            sku, channel = row[E_SKU], self.channels.get(row[E_REFERENCE], -1)
            _add(self.held, sku, change)
            by_channel = self.through.setdefault(sku, {})
            _add(by_channel, channel, change)
            if not by_channel:
                del self.through[sku]

    def undo(self, rows: I8) -> None:
        """Undo what `apply` has noted."""
        self.apply(rows, -1)


def _add(totals: dict[int, int], key: int, change: int) -> None:
    """Add to one of the totals, of which what is nothing is not kept."""
    total = totals.get(key, 0) + change
    if total:
        totals[key] = total
    else:
        totals.pop(key, None)
