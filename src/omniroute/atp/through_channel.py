"""What a channel can promise by date: its fences at once, and by date what the pool can.

A fence is units that are there. What comes is of the pool, and so is what is promised
for later: a figure is what fences have for the channel now, and beside it what the
pool can promise for the date, if that is open to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.atp.live import cells_of
from omniroute.atp.schedule import AtpSchedule
from omniroute.codes import ATP_EXPIRING, SHARE_ONE, UNLIMITED
from omniroute.stock.lens import Asker, Lens
from omniroute.stock.state import State

I8 = NDArray[np.int64]

#: What is kept from an asker by rules of its own, by SKU number: int64[N], 0 or below.
Less = Callable[[int], I8]


class Through(NamedTuple):
    """Who asks, and what decides what that channel sees."""

    asker: Asker
    lens: Lens
    less: Less


@attrs.frozen(eq=False, repr=False, slots=False)
class ChannelSchedule(AtpSchedule):
    """What a channel can promise by date. As `AtpSchedule`.

    Parameters
    ----------
    pool
        What everybody can be promised.
    fenced
        int64[C]: how much of each figure fences have for it, to be held at once.
    less
        int64[C]: what of the pool is kept from it and not from all; 0 or below.
    open
        Whether the pool is open to it.
    """

    pool: AtpSchedule = attrs.field(kw_only=True)
    fenced: I8 = attrs.field(kw_only=True)
    less: I8 = attrs.field(kw_only=True)
    open: bool = attrs.field(kw_only=True)

    def at_once(self, cell: Any = None) -> int | Decimal | float:
        """Return the units of a cell's figures that lie in fences: reserve them now.

        What a figure has beyond them is reserved with its date (``due=``).

        Raises
        ------
        ValidationError
            No such cell.
        """
        c = self._cell(cell)
        return self.units(int(self.fenced[c]), c)

    def why_withheld(self, c: int) -> tuple[list[tuple[str, I8 | int]], str]:
        """Return the most that each reason withholds of a cell, and who has the rest."""
        found, rest = self.pool.why_withheld(c)
        parts = dict(found)
        parts["safety"] = parts["safety"] - int(self.less[c])
        parts["fence"] = parts["fence"] - int(self.fenced[c])
        return list(parts.items()), rest if self.open else "pool"

    def unavailable(self, c: int) -> Mapping[str, int]:
        """Return quanta of a cell that cannot be sold, by reason."""
        return self.pool.unavailable(c)

    def _deliver(
        self, c: int, quanta: int, window: tuple[int, int], least: int, out: I8
    ) -> int:
        """Deliver what is in fences at once, and the rest as the pool can."""
        out[:] = 0
        now = min(quanta, int(self.fenced[c]))
        if now < min(least, quanta):
            now = 0
        rest = quanta - now
        if self.open and rest:
            rest = self._of_pool(c, rest, window, least, out)
        out[window[0]] += now
        return rest

    def _of_pool(
        self, c: int, quanta: int, window: tuple[int, int], least: int, out: I8
    ) -> int:
        """Deliver of the pool, and leave there what is kept from this channel."""
        kept = -int(self.less[c])
        open_ = self.pool._deliver(c, quanta + kept, window, least, out)
        for t in range(window[1] - 1, window[0] - 1, -1):
            back = min(kept, int(out[t]))
            if 0 < out[t] - back < min(least, quanta):
                back = int(out[t])
            out[t] -= back
            kept = max(0, kept - back)
        return quanta - int(out.sum()) if open_ or self.less[c] else 0


def by_date_through(
    state: State, found: AtpSchedule, skus: Sequence[int], through: Through
) -> AtpSchedule:
    """Return what a channel can promise, of a schedule of live stock for everybody."""
    scale = SHARE_ONE if found.rule.fractions == "keep" else 1
    nodes, owner = cells_of(state, found.timelines, skus)
    fenced, less = np.zeros((2, len(nodes)), np.int64)
    more = 0
    for sku in skus:
        own = owner == sku
        given, limit = through.lens.of_fences(sku, through.asker)
        fenced[own] = given[nodes[own]] * scale
        more += max(0, int(fenced[own].sum()) - limit * scale)
        less[own] = through.less(sku)[nodes[own]] * scale
    open_ = through.lens.has_pool(through.asker)
    figures = _figures(found, fenced, less, open_)
    excess = np.full(found.rule.horizon_days, more)
    if open_ and found.excess is not None:
        excess += found.excess
    return ChannelSchedule(
        figures,
        found.timelines,
        found.rule,
        found.today,
        found.at_confidence,
        excess=excess,
        pool=found,
        fenced=fenced,
        less=less,
        open=open_,
    )


def _figures(found: AtpSchedule, fenced: I8, less: I8, open_: bool) -> I8:
    """Return what the pool has by date, if it is open, and fences beside it."""
    figures = found.quanta.copy()
    limited = figures < UNLIMITED
    if not open_:
        figures[:], limited[:] = 0, True
    else:
        figures += np.where(limited, less[:, None], 0)
        if found.rule.clamped:
            figures = np.maximum(figures, 0)
    if not (found.is_running or found.rule.number == ATP_EXPIRING):
        # Figures of what is new on a date: fences are new on the first.
        limited[:, 1:] = False
    some = limited & (fenced > 0)[:, None]
    return np.where(some, np.maximum(figures, 0) + fenced[:, None], figures)
