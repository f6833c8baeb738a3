"""Rows of a frame that are one line: of one id, SKU and node, wanted at one time."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from omniroute.codes import QUANTITY_MAX
from omniroute.errors import ValidationError
from omniroute.kernels.stock.twice import names_twice
from omniroute.kernels.stock.wanted import W_NODE, W_QUANTITY
from omniroute.stock.hold_frames import HoldColumns

I8 = NDArray[np.int64]


@frozen(eq=False)
class HoldLines:
    """Requests in which no cell stands twice, and the rows each line is the sum of.

    Parameters
    ----------
    asked
        The requests; of each line the first of its rows.
    line
        int64[n]: the line that each row of the frame belongs to.
    quanta
        int64[n]: what each row asks for.
    """

    asked: HoldColumns
    line: I8
    quanta: I8

    def by_row(self, held: I8) -> I8:
        """Deal what each line holds out to its rows, first come first served.

        What rounding up adds goes to the last row of a line. O(rows).
        """
        if len(held) == len(self.line):
            return held[self.line]
        order = np.argsort(self.line, kind="stable")
        line, wanted = self.line[order], self.quanta[order]
        ends = np.cumsum(wanted)
        first = np.searchsorted(line, np.arange(len(held)))
        # What rows before this one, of the same line, ask for.
        before = ends - wanted - (ends - wanted)[first][line]
        had = np.clip(held[line] - before, 0, wanted)
        last = np.append(first[1:], len(line)) - 1
        had[last] = np.maximum(held - before[last], 0)
        found = np.empty(len(line), np.int64)
        found[order] = had
        return found


def lines_of(asked: HoldColumns) -> HoldLines:
    """Return the requests with what they want of each cell in one line. O(rows).

    As in a call of `reserve`: a cell has one line, whatever the number of rows.

    Raises
    ------
    ValidationError
        More of a cell than it could ever hold.
    """
    # A cell is known by the columns before the quantity.
    count, width = len(asked.rows), W_NODE + 1
    line, quanta = np.empty(count, np.int64), np.empty(count, np.int64)
    line[asked.rows] = np.arange(count)
    quanta[asked.rows] = asked.wanted[:, W_QUANTITY]
    if not names_twice(asked.starts, asked.wanted, width):
        return HoldLines(asked, line, quanta)
    owner = np.repeat(np.arange(len(asked.ids)), np.diff(asked.starts))
    cells = [owner, asked.wanted[:, :width]]
    named = np.column_stack(cells if asked.due is None else [*cells, asked.due])
    _, first, which = np.unique(named, axis=0, return_index=True, return_inverse=True)
    # In the order in which cells are first named; requests keep theirs.
    order = np.argsort(first, kind="stable")
    place = np.empty(len(first), np.int64)
    place[order] = np.arange(len(first))
    of_line, kept = place[which.reshape(-1)], first[order]
    wanted = asked.wanted[kept].copy()
    wanted[:, W_QUANTITY] = 0
    np.add.at(wanted[:, W_QUANTITY], of_line, asked.wanted[:, W_QUANTITY])
    line[asked.rows] = of_line
    if len(wanted) and (most := int(wanted[:, W_QUANTITY].max())) > QUANTITY_MAX:
        row = asked.rows[kept[int(wanted[:, W_QUANTITY].argmax())]]
        expected = f"at most {QUANTITY_MAX} of a cell in all rows of an id"
        raise ValidationError(f"lines.quantity[{row}]", expected, most)
    starts = np.append(0, np.cumsum(np.bincount(owner[kept], minlength=len(asked.ids))))
    due = None if asked.due is None else asked.due[kept]
    whole = asked._replace(wanted=wanted, starts=starts, rows=asked.rows[kept], due=due)
    return HoldLines(whole, line, quanta)
