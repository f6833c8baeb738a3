"""Close a tariff under parcelling: what a weight costs in the best set of parcels.

Real tariffs charge more for one heavy parcel than for two lighter ones, and none for
what is over the heaviest bracket. Closed, price is monotone and subadditive in weight,
which is what makes the subset search for a whole order exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import UNREACHED

#: How far to look for a repeating pattern, in heaviest brackets: enough for two of the
#: three tariffs in the sample data, and a quarter of the whole way.
_REACH: Final = 16


def lattice_unit(weights: Sequence[Fraction]) -> Fraction:
    """Return the largest weight of which every given one is a whole multiple.

    Examples
    --------
    >>> lattice_unit([Fraction(1, 2), Fraction(3, 4), Fraction(2)])
    Fraction(1, 4)
    """
    common = math.lcm(*(weight.denominator for weight in weights))
    return Fraction(math.gcd(*(int(weight * common) for weight in weights)), common)


def close(
    steps: Sequence[int],
    prices: NDArray[np.int64],
    steps_max: int,
) -> NDArray[np.int64]:
    """Return the least price of parcels that together can carry each weight.

    Parameters
    ----------
    steps
        Upper limit of each bracket, in lattice steps, increasing.
    prices
        int64[zones, brackets], price of one parcel in each bracket.
    steps_max
        Heaviest shipment, in lattice steps.

    Returns
    -------
    NDArray[np.int64]
        int64[zones, steps_max + 1]. Column t: the least total over sets of parcels
        whose limits add up to t steps or more; column 0 repeats column 1, for a parcel
        of no weight is still a parcel.

    Notes
    -----
    Time O(zones x steps_max x brackets) in one array pass a bracket, or a fraction of
    that where prices soon repeat themselves.
    """
    # A parcel may always be paid as a heavier one.
    offered = np.minimum.accumulate(prices[:, ::-1], axis=1)[:, ::-1]
    reach = min(steps_max, _REACH * steps[-1])
    closed = _cover(steps, offered, reach)
    if reach < steps_max:
        repeated = _repeat(closed, steps, offered, steps_max)
        closed = _cover(steps, offered, steps_max) if repeated is None else repeated
    closed[:, 0] = closed[:, 1]
    return closed


def _cover(
    steps: Sequence[int],
    offered: NDArray[np.int64],
    reach: int,
) -> NDArray[np.int64]:
    """Return the closed prices of 0 to ``reach`` steps; nothing to carry is free."""
    lead = steps[-1]
    # Columns up to `lead` stand for "nothing left to carry", at no cost; the spare
    # columns behind let every bracket see itself even in a short table.
    table = np.full((len(offered), lead + max(reach, lead) + 1), UNREACHED, np.int64)
    table[:, : lead + 1] = 0
    for b, size in enumerate(steps):
        if (offered[:, b] < table[:, lead + size]).any():
            table = _with_parcel(table, size, offered[:, b])
    return table[:, lead : lead + reach + 1].copy()


def _repeat(
    closed: NDArray[np.int64],
    steps: Sequence[int],
    offered: NDArray[np.int64],
    steps_max: int,
) -> NDArray[np.int64] | None:
    """Continue a closed table by its own pattern, or say that it has none yet.

    The next price depends on the last ``steps[-1]`` ones alone. Where these equal the
    ones a bracket's size earlier plus its price, all that follow will.
    """
    lead, end = steps[-1], closed.shape[1] - 1
    longer = np.empty((len(closed), steps_max + 1), np.int64)
    longer[:, : end + 1] = closed
    # The cheapest bracket by weight carries the bulk of heavy shipments. The choice is
    # a guess: the comparison below decides.
    bulk = (offered / np.array(steps)).argmin(axis=1)
    for zone, b in enumerate(bulk):
        size, price = steps[b], offered[zone, b]
        late = closed[zone, end - lead + 1 :]
        early = closed[zone, end - lead + 1 - size : end + 1 - size]
        if (late - early != price).any():
            return None
        t = np.arange(end + 1, steps_max + 1)
        times = -(-(t - end) // size)
        longer[zone, end + 1 :] = closed[zone, t - times * size] + times * price
    return longer


def _with_parcel(
    table: NDArray[np.int64],
    size: int,
    price: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Allow any number of one more kind of parcel.

    ``new[t] = min over j of old[t - j * size] + j * price`` is a running minimum along
    each residue of t modulo ``size``, once j prices are taken off the j-th row.
    """
    zones, width = table.shape
    rows = -(-width // size)
    padded = np.empty((zones, rows * size), np.int64)
    padded[:, :width] = table
    padded[:, width:] = UNREACHED
    toll = np.arange(rows)[None, :, None] * price[:, None, None]
    blocks = padded.reshape(zones, rows, size)
    blocks -= toll
    np.minimum.accumulate(blocks, axis=1, out=blocks)
    blocks += toll
    return padded[:, :width]
