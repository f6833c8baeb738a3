"""What returned units are worth at every node: exact integers, and by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import SHARE_ONE

I8 = NDArray[np.int64]

#: What is counted in 64 bits stays below this; beyond, in integers of any length.
_SAFE = 2**60


class Ladder(NamedTuple):
    """What a unit is worth by what is there already, in 1/10,000 of its value.

    Parameters
    ----------
    steps
        (quanta below which, share), rising.
    otherwise
        The share where no step fits.
    """

    steps: Sequence[tuple[int, int]]
    otherwise: int

    def shares(self, levels: I8, quanta: int) -> I8:
        """Sum of the shares of so many quanta, each at the level that it finds.

        Parameters
        ----------
        levels
            int64[N]: quanta that are there before.
        quanta
            That come.

        Examples
        --------
        Three come where one is missing: the first at 1.0, the others at 0.5.

        >>> Ladder([(0, 10_000)], 5_000).shares(np.array([-1, 7]), 3).tolist()
        [20000, 15000]
        """
        total = np.full(len(levels), self.otherwise * quanta, np.int64)
        first, top = levels, levels + quanta
        for below, share in self.steps:
            last = np.minimum(np.maximum(first, below), top)
            total += (share - self.otherwise) * (last - first)
            first = last
        return total


class Units(NamedTuple):
    """What came, as `worth_at` reads it.

    Parameters
    ----------
    quanta
        How much.
    scale
        Quanta in a unit.
    value_minor
        What a unit sells for.
    sellable, scrap
        Chance that it can be sold, and share of the value that it brings if not: in
        1/10,000.
    """

    quanta: int
    scale: int
    value_minor: int
    sellable: int
    scrap: int


def worth_at(units: Units, shares: I8, prices: I8) -> I8:
    """Return what units are worth at every node, to the nearest minor unit, halves up.

    Parameters
    ----------
    units
        What came.
    shares
        int64[N]: sum of their shares there.
    prices
        int64[N]: node price of a unit in minor units, which takes the place of the
        value times the share; -1 where there is none. Amounts fit 64 bits.

    Examples
    --------
    Two at 30.00, 0.8 each, nine in ten can be sold:

    >>> units = Units(2, 1, 300_000, 9_000, 0)
    >>> worth_at(units, np.array([16_000]), np.array([-1])).tolist()
    [432000]
    """
    quanta, scale, value, sellable, scrap = units
    most = max(value, int(prices.max(initial=0))) * SHARE_ONE
    top_share = max(int(shares.max(initial=0)), quanta * SHARE_ONE)
    if 2 * most * top_share * 2 >= _SAFE:
        shares, prices = shares.astype(object), prices.astype(object)
    sold = np.where(prices < 0, value * shares, prices * (SHARE_ONE * quanta))
    scrapped = (SHARE_ONE - sellable) * scrap * quanta * value
    bottom = SHARE_ONE * SHARE_ONE * scale
    found = (2 * (sellable * sold + scrapped) + bottom) // (2 * bottom)
    return np.asarray(found, np.int64)
