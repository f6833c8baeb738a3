"""Out of whose share it comes what the network keeps back of an item.

A network threshold, and what is held at no node, are taken off once, not once for each
channel. What a channel holds at no node is of what it would draw from: its own fence,
then as it falls back. All else is of the pool, and, where that has not so much, of the
fences: those of the channels that come last give first, each as much as it has before
the next one does. So what a channel sells is of its own share alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import DRAW_END, DRAW_POOL
from omniroute.model.channels import ChannelTree

I8 = NDArray[np.int64]

#: Who holds at no node through no channel that is known.
NOBODY = -1


class Totals(NamedTuple):
    """What there is of one item at all nodes.

    Parameters
    ----------
    pool
        Quanta in no fence.
    left
        Quanta in each fence, by column: channels of the tree, then those it lacks.
    shared
        The part of them that others may draw.
    """

    pool: int
    left: Sequence[int]
    shared: Sequence[int]


def kept_of(
    tree: ChannelTree, totals: Totals, threshold: int, held: Mapping[int, int]
) -> dict[int, int]:
    """Return the quanta kept back of the pool and of each fence, by source.

    Parameters
    ----------
    tree
        The channels.
    totals
        What there is.
    threshold
        Kept for nobody.
    held
        Quanta held at no node, by number of the channel; `NOBODY` for none.

    Notes
    -----
    Of the pool it may be more than it has: so much is kept of the fences besides.

    Examples
    --------
    >>> from omniroute.model.channels import Channel
    >>> tree = ChannelTree([Channel("app"), Channel("web")])
    >>> kept_of(tree, Totals(1, [5, 5], [0, 0]), 4, {})
    {-1: 4, 1: 3}
    """
    kept = {DRAW_POOL: 0}
    rest = threshold + held.get(NOBODY, 0)
    for number in sorted(held.keys() - {NOBODY}):
        rest += _own_first(tree, totals, number, held[number], kept)
    missing = rest - max(0, totals.pool - kept[DRAW_POOL])
    kept[DRAW_POOL] += rest
    for column in _last_first(tree, len(totals.left)):
        part = min(missing, totals.left[column] - kept.get(column, 0))
        if part > 0:
            kept[column] = kept.get(column, 0) + part
            missing -= part
    return kept


def _own_first(
    tree: ChannelTree, totals: Totals, number: int, wanted: int, kept: dict[int, int]
) -> int:
    """Keep what a channel holds of what it draws from; return what that has not."""
    for source in sources_of(tree, number):
        has = totals.pool
        if source != DRAW_POOL:
            all_of_it = source == number or tree.emergency[number]
            has = (totals.left if all_of_it else totals.shared)[source]
        part = min(wanted, has - kept.get(source, 0))
        if part > 0:
            kept[source] = kept.get(source, 0) + part
            wanted -= part
    return wanted


def sources_of(tree: ChannelTree, number: int) -> list[int]:
    """Whom a channel draws from, in order."""
    order: list[int] = tree.orders[number].tolist()
    return order[: order.index(DRAW_END)] if DRAW_END in order else order


def _last_first(tree: ChannelTree, columns: int) -> list[int]:
    """Fences in the order in which they give: those nobody may draw from, then the last."""
    by_turn = sorted(
        range(len(tree)), key=lambda i: (tree.channels[i].rank, tree.channels[i].name)
    )
    return [*range(len(tree), columns), *by_turn[::-1]]


def within(parts: I8, values: I8) -> I8:
    """Return parts of each row cut to its value in all, those that come first last.

    Examples
    --------
    >>> within(np.array([[4, 3, 2]]), np.array([6])).tolist()
    [[4, 2, 0]]
    """
    reach = np.minimum(np.cumsum(parts, axis=1), values[:, None])
    return np.diff(reach, axis=1, prepend=0)


class Shares:
    """What a channel has of the cells of an item of which something is kept back.

    Parameters
    ----------
    sources
        Whom it draws from, in order.
    offers
        int64[n, s] (quanta): what each of them has for it at each cell.
    values
        int64[n] (quanta): what each cell has in all.
    kept
        From `kept_of`.
    whole
        Quanta kept back in all.

    Attributes
    ----------
    limit : int
        What it can have of all cells together.
    caps : dict of int to int
        What each source has for it at all cells together.
    """

    __slots__ = ("_parts", "caps", "limit", "sources")

    def __init__(
        self,
        sources: list[int],
        offers: I8,
        values: I8,
        kept: Mapping[int, int],
        whole: int,
    ) -> None:
        self.sources = sources
        there = np.maximum(values, 0)
        #: int64[n, s]: what each source would give, were all of the cell wanted.
        self._parts = within(offers, there)
        totals = np.minimum(offers, there[:, None]).sum(axis=0).tolist()
        self.caps = {
            source: max(0, total - kept.get(source, 0))
            for source, total in zip(sources, totals, strict=True)
        }
        had = np.minimum(self._parts.sum(axis=0), self._caps()).sum()
        self.limit = max(0, min(int(had), int(there.sum()) - whole))

    def _caps(self) -> I8:
        return np.array([self.caps[source] for source in self.sources], np.int64)

    def cells(self) -> I8:
        """Return what it can have of each cell, were that the only one asked."""
        return np.asarray(np.minimum(self._parts, self._caps()).sum(axis=1))

    def together(self) -> I8:
        """Return what it can have of each cell, whatever it takes of the others.

        Where one of several sources has less for it than cells have, those that come
        first show it.
        """
        if np.count_nonzero(self._parts.any(axis=0)) == 1:
            return np.asarray(np.minimum(self.cells(), self.limit))
        before = np.cumsum(self._parts, axis=0) - self._parts
        shown = np.clip(self._caps() - before, 0, self._parts).sum(axis=1)
        return np.asarray(np.minimum(shown, self.limit))

    def take(self, cell: int | None, quanta: int) -> int:
        """Take of a cell, or of none in particular; return what was had.

        Of one that is not there, -1, nothing can be.
        """
        if cell == -1:
            return 0
        row = self._parts.sum(axis=0) if cell is None else self._parts[cell]
        had = 0
        for source, offered in zip(self.sources, row.tolist(), strict=True):
            most = min(quanta - had, self.limit, offered, self.caps[source])
            self.caps[source] -= most
            self.limit -= most
            had += most
        return had
