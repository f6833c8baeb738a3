"""Parts of a request where supplies end: each takes units of its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniroute.atp.ask import Ask, ask_of
from omniroute.atp.figures import DatedFigures
from omniroute.codes import L_FIND, L_SAFETY, UNLIMITED
from omniroute.kernels.phased.events import W_SCALE, X_LEFT
from omniroute.kernels.phased.partials import partial_windows
from omniroute.model.timelines import Timelines

I8 = NDArray[np.int64]


def partials_of_windows(
    schedule: DatedFigures,
    c: int,
    wanted: tuple[int, int],
    window: tuple[int, int],
    out: I8,
) -> int:
    """Write the parts of a request by bucket; returns what is open.

    Figures of two dates may count the same units, or units that have ended by the second
    date: so the parts are taken from what is left of the supplies themselves. Arguments
    as in `omniroute.atp.partials.partials_under`.
    """
    quantity, least = wanted
    lines = schedule.timelines
    if lines.cells[L_FIND, c] < schedule.at_confidence:
        out[:] = 0
        return quantity
    ask = ask_of(lines, schedule.rule, schedule.today)
    row = np.empty_like(out)
    _match(ask, lines, c, row)
    unlimited = row >= UNLIMITED
    fence = int(unlimited.argmax()) if unlimited.any() else len(row)
    safety = int(lines.cells[L_SAFETY, c] * ask.words[W_SCALE])
    return int(
        partial_windows(ask.listed, safety, fence, quantity, *window, least, out)
    )


def matched_events(schedule: DatedFigures, c: int) -> I8:
    """Return the events of a cell with what is left of each after matching."""
    lines = schedule.timelines
    ask = ask_of(lines, schedule.rule, schedule.today)
    _match(ask, lines, c, np.empty(schedule.rule.horizon_days, np.int64))
    return ask.listed


def _match(ask: Ask, lines: Timelines, c: int, out: I8) -> None:
    ask.listed[X_LEFT] = 0
    ask.one_cell(lines, c, out)
