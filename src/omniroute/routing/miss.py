"""What a pick that fails costs on average: a cost term by node and line."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import SHARE_ONE, SHORT_UNIT
from omniroute.errors import ValidationError
from omniroute.stock.find import Find

I8 = NDArray[np.int64]


def failed_pick_costs(find: Find, skus: I8, nodes: int, penalties: I8) -> I8:
    """Return what failed picks cost on average, of each line at each node.

    The chance that the node does not find the line, times what it costs if so. A sum
    over lines: it is the same for lines sent together and apart, so merging two
    shipments of a node never costs more by it, and the subset table stays exact.

    Parameters
    ----------
    find
        Find probabilities by cell.
    skus
        int64[L]: SKU number of each line.
    nodes
        Nodes there are.
    penalties
        int64[L]: minor units that a failed pick of each line costs.

    Returns
    -------
    int64[L, N]
        Minor units, to the nearest one, halves up; 0 where the pick is sure.

    Raises
    ------
    ValidationError
        A penalty below zero, or one that no cost may reach.

    Notes
    -----
    O(L N).

    Examples
    --------
    >>> failed_pick_costs(Find(2), np.array([0]), 2, np.array([50_000])).tolist()
    [[0, 0]]
    """
    bad = np.flatnonzero((penalties < 0) | (penalties >= SHORT_UNIT))
    if len(bad):
        path, expected = f"penalties[{bad[0]}]", f"minor units from 0 to {SHORT_UNIT}"
        raise ValidationError(path, expected, int(penalties[bad[0]]))
    if not find:
        return np.zeros((len(skus), nodes), np.int64)
    cells = skus[:, None] * nodes + np.arange(nodes)
    missed = SHARE_ONE - find.at(cells.ravel()).reshape(cells.shape)
    found: I8 = (2 * missed * penalties[:, None] + SHARE_ONE) // (2 * SHARE_ONE)
    return found
