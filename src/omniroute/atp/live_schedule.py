"""What live stock can promise by date: the answer, with what it knows of its stock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.atp.ask import Ask, ask_of
from omniroute.atp.by_instant import ByInstant
from omniroute.atp.schedule import AtpSchedule
from omniroute.atp.windows import matched_events
from omniroute.codes import ATP_EXPIRING, L_FIND, L_SAFETY, SHARE_ONE
from omniroute.kernels.phased.events import LIST_ROWS, W_ASKED
from omniroute.model.atp_rule import AtpRule

I8 = NDArray[np.int64]

#: Rules that never promise what an earlier promise needs.
_PROMISES = ("look_ahead", "expiring")


@attrs.frozen(eq=False, repr=False, slots=False)
class LiveSchedule(AtpSchedule):
    """What live stock can promise by date. As `AtpSchedule`.

    Parameters
    ----------
    rooms
        int64[C]: what the network has left of each cell's SKU; below 0: no limit.
    fenced
        int64[C]: quanta in all fences; None where there are none.
    unsold
        Quanta by reason of a cell by its SKU number and node; None where there are none.
    whole
        The figures, had the network no limit; None where it has none.
    """

    rooms: I8 = attrs.field(kw_only=True)
    fenced: I8 | None = attrs.field(default=None, kw_only=True)
    unsold: Callable[[Any], dict[str, int]] | None = attrs.field(
        default=None, kw_only=True
    )
    whole: I8 | None = attrs.field(default=None, kw_only=True)

    def why_withheld(self, c: int) -> tuple[list[tuple[str, I8 | int]], str]:
        """Return the most that each reason withholds of a cell, and who has the rest."""
        scale = SHARE_ONE if self.rule.fractions == "keep" else 1
        fenced = 0 if self.fenced is None else int(self.fenced[c]) * scale
        safety = int(self.timelines.cells[L_SAFETY, c]) * scale - fenced
        network: I8 | int = 0
        if self.whole is not None:
            network = np.maximum(self.whole[c], 0) - np.maximum(self.quanta[c], 0)
        parts = [("safety", safety), ("fence", fenced), ("network", network)]
        return parts, "dated"

    def unavailable(self, c: int) -> Mapping[str, int]:
        """Return quanta of a cell that cannot be sold, by reason."""
        return {} if self.unsold is None else self.unsold(self.ids[c])

    def _deliver(
        self, c: int, quanta: int, window: tuple[int, int], least: int, out: I8
    ) -> int:
        """Deliver so that each part can be reserved, those before it kept in mind."""
        ask = ask_of(self.timelines, self.rule, self.today)
        if not is_promise(self.rule, ask):
            return super()._deliver(c, quanta, window, least, out)
        if self.timelines.cells[L_FIND, c] < self.at_confidence:
            out[:] = 0
            return quanta
        matched = np.empty((LIST_ROWS, 0), np.int64)
        if self.rule.number == ATP_EXPIRING:
            matched = matched_events(self, c)
        asked, room = (quanta, *window, least), int(self.rooms[c])
        return ByInstant(self.timelines, ask).partials(c, matched, asked, room, out)


def is_promise(rule: AtpRule, ask: Ask) -> bool:
    """Whether what the rule says is what can be reserved: no class may use less."""
    return rule.name in _PROMISES and bool(ask.words[W_ASKED] < 0)
