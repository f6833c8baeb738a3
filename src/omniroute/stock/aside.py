"""What is set apart from what is free, for the few cells that have any of it.

The floor of a cell that may be oversold, what each channel has fenced at a cell, and
what open reservations drew from whose fence. What is left in fences is no longer free,
and a floor is: kernels keep that up in the plane, as for everything else. Whoever asks
through no channel therefore needs to know nothing of all this.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    ASIDE_FIRST,
    ASIDE_LAST,
    E_AUX,
    E_AUX2,
    E_NODE,
    E_QUANTITY,
    E_REFERENCE,
    E_SKU,
    E_WHAT,
    QUANTITY_MAX,
    Effect,
)
from omniroute.errors import ValidationError
from omniroute.model.fences import ALL_OF_IT, protected_of
from omniroute.model.oversell import UNLIMITED_FLOOR
from omniroute.stock.ids import Ids

I8 = NDArray[np.int64]

_ALLOW, _FENCE = int(Effect.ALLOW), int(Effect.FENCE)
_DRAW, _SPEND = int(Effect.DRAW), int(Effect.SPEND)
_PROTECT = int(Effect.PROTECT)

#: (SKU number, node index, channel number).
FenceKey = tuple[int, int, int]


@attrs.define
class Fence:
    """What one channel has of one cell, in quanta.

    Parameters
    ----------
    left
        Still to be had.
    guarded
        How much of it others may not draw; more than is left where the channel itself
        has drawn of that.
    used
        Drawn by reservations that are open.
    part
        Millionths of the fence that were to be guarded when it was set up.
    """

    left: int = 0
    guarded: int = 0
    used: int = 0
    part: int = ALL_OF_IT

    def credit(self, quanta: int) -> int:
        """Return how much more is guarded once so many quanta have come back to it.

        What the channel has sold leaves its guarded part as large as it was, so what
        comes back adds nothing to that, unless there is more in the fence than before.

        Examples
        --------
        >>> Fence(left=80, guarded=50, part=500_000).credit(20)
        0
        >>> Fence(left=100, guarded=50, part=500_000).credit(20), Fence().credit(3)
        (10, 3)
        """
        return max(0, protected_of(self.left + quanta, self.part) - self.guarded)


class Aside:
    """Floors, fences, and draws on them; small, and kept in dicts.

    Attributes
    ----------
    floors : dict of (int, int) to int
        Quanta below nothing that a cell may be promised, by SKU number and node index.
    endless : dict of int to set of int
        Nodes whose cell has a floor without limit, by SKU number: it never runs short.
    fences : dict
        `Fence` by SKU number, node index and channel number, one within the other.
    drawn : dict
        Quanta by reservation number and `FenceKey`.
    through : dict of int to int
        Channel number of each reservation that came through one.
    channels : Ids
        Names of channels.
    allowed : frozenset of str
        Channels that returns may be credited to; whoever owns the state says.
    """

    __slots__ = (
        "allowed",
        "channels",
        "drawn",
        "endless",
        "fences",
        "floors",
        "through",
    )

    def __init__(self) -> None:
        self.floors: dict[tuple[int, int], int] = {}
        self.endless: dict[int, set[int]] = {}
        self.fences: dict[int, dict[int, dict[int, Fence]]] = {}
        self.drawn: dict[int, dict[FenceKey, int]] = {}
        self.through: dict[int, int] = {}
        self.channels = Ids()
        self.allowed: frozenset[str] = frozenset()

    # -- changes -----------------------------------------------------------------------

    def apply(self, rows: I8) -> None:
        """Apply the rows that are about this, all or none.

        Raises
        ------
        ValidationError
            One of them cannot be: the path says which.
        """
        here = _own(rows)
        for k, i in enumerate(here):
            row = rows[i].tolist()
            if not self._apply_one(row, 1):
                for j in reversed(here[:k]):
                    self._apply_one(rows[j].tolist(), -1)
                expected = "a fence, floor or draw that does not fall below zero"
                raise ValidationError(f"effects[{i}]", expected, row)

    def undo(self, rows: I8) -> None:
        """Undo rows that `apply` has applied."""
        for i in reversed(_own(rows)):
            self._apply_one(rows[i].tolist(), -1)

    def _apply_one(self, row: list[int], sign: int) -> bool:
        what, quanta = row[E_WHAT], sign * row[E_QUANTITY]
        if what == _ALLOW:
            return self._allow((row[E_SKU], row[E_NODE]), quanta)
        key = row[E_SKU], row[E_NODE], row[E_AUX]
        if what == _FENCE:
            return self._shift(key, quanta, sign * row[E_AUX2], 0)
        if what == _DRAW:
            return self._draw(row[E_REFERENCE], key, quanta, -quanta)
        if what == _SPEND:
            return self._draw(row[E_REFERENCE], key, -quanta, 0)
        if what == _PROTECT:
            return self._shift(key, 0, 0, 0, quanta)
        return self._go_through(row[E_REFERENCE], row[E_AUX], sign)

    def _allow(self, cell: tuple[int, int], quanta: int) -> bool:
        floor = self.floors.get(cell, 0) + quanta
        if not 0 <= floor <= QUANTITY_MAX:
            return False
        if floor:
            self.floors[cell] = floor
        else:
            self.floors.pop(cell, None)
        self._mark_endless(*cell, endless=floor >= UNLIMITED_FLOOR)
        return True

    def _mark_endless(self, sku: int, node: int, *, endless: bool) -> None:
        nodes = self.endless.get(sku)
        if endless:
            self.endless.setdefault(sku, set()).add(node)
        elif nodes is not None:
            nodes.discard(node)
            if not nodes:
                del self.endless[sku]

    def _shift(
        self, key: FenceKey, left: int, guarded: int, used: int, part: int = 0
    ) -> bool:
        sku, node, channel = key
        nodes = self.fences.setdefault(sku, {})
        channels = nodes.setdefault(node, {})
        fence = channels.setdefault(channel, Fence())
        after = Fence(
            fence.left + left,
            fence.guarded + guarded,
            fence.used + used,
            fence.part + part,
        )
        fits = min(after.left, after.guarded, after.used, after.part) >= 0
        if fits and after.left <= QUANTITY_MAX and after.part <= ALL_OF_IT:
            channels[channel] = fence = after
        else:
            fits = False
        if fence == Fence():
            # What is empty is not kept: a digest sees facts, not their history.
            del channels[channel]
            if not channels:
                del nodes[node]
            if not nodes:
                del self.fences[sku]
        return fits

    def _draw(self, number: int, key: FenceKey, quanta: int, left: int) -> bool:
        drawn = self.drawn.setdefault(number, {})
        total = drawn.get(key, 0) + quanta
        fits = total >= 0 and self._shift(key, left, 0, quanta)
        if fits:
            drawn[key] = total
        if not drawn.get(key, 1):
            del drawn[key]
        if not drawn:
            del self.drawn[number]
        return fits

    def _go_through(self, number: int, channel: int, sign: int) -> bool:
        if sign < 0:
            del self.through[number]
            return True
        if number < 0 or number in self.through:
            return False
        self.through[number] = channel
        return True

    # -- questions ---------------------------------------------------------------------

    def rows(self) -> Iterator[tuple[FenceKey, Fence]]:
        """Every fence, in no particular order."""
        for sku, nodes in self.fences.items():
            for node, channels in nodes.items():
                for channel, fence in channels.items():
                    yield (sku, node, channel), fence

    def parts(self) -> dict[tuple[int, int], int]:
        """Return what each cell has set apart: left in fences, less its floor."""
        out = {cell: -floor for cell, floor in self.floors.items()}
        for (sku, node, _), fence in self.rows():
            out[sku, node] = out.get((sku, node), 0) + fence.left
        return out

    def fenced(self, sku: int, node: int) -> int:
        """Return what is left in all fences of a cell."""
        channels = self.fences.get(sku, {}).get(node, {})
        return sum(fence.left for fence in channels.values())

    # -- proof -------------------------------------------------------------------------

    def records(
        self,
        skus: NDArray[np.uint64],
        nodes: NDArray[np.uint64],
        reservations: NDArray[np.uint64],
    ) -> list[NDArray[np.uint64]]:
        """Words the digest mixes, a row each: floors, fences, draws, ways."""
        names = self.channels.hashes()
        floors = [(20, skus[s], nodes[n], q) for (s, n), q in self.floors.items()]
        fences = [
            (21, skus[s], nodes[n], names[c], row.left, row.guarded)
            for (s, n, c), row in self.rows()
        ]
        parts = [
            (24, skus[s], nodes[n], names[c], row.part)
            for (s, n, c), row in self.rows()
            if row.part != ALL_OF_IT
        ]
        draws = [
            (22, reservations[number], skus[s], nodes[n], names[c], quanta)
            for number, drawn in self.drawn.items()
            for (s, n, c), quanta in drawn.items()
        ]
        ways = [(23, reservations[n], names[c]) for n, c in self.through.items()]
        tables: tuple[Sequence[tuple[Any, ...]], ...]
        tables = (floors, fences, parts, draws, ways)
        return [_words(table) for table in tables if table]


def _own(rows: I8) -> list[int]:
    what = rows[:, E_WHAT]
    return np.flatnonzero((what >= ASIDE_FIRST) & (what <= ASIDE_LAST)).tolist()


def _words(rows: Sequence[tuple[Any, ...]]) -> NDArray[np.uint64]:
    # Through Python's integers: numpy would make floats of mixed signs.
    return np.array([[int(word) for word in row] for row in rows], np.uint64)
