"""What came of events: their effects, and which came before, are late or wrong."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.codes import E_AUX, E_AUX2, E_QUANTITY, E_WHAT, Effect
from omniroute.errors import OmnirouteError, ValidationError
from omniroute.stock.any_event import AnyEvent
from omniroute.stock.applied import Applied
from omniroute.stock.effects import EffectBatch
from omniroute.stock.event_errors import as_event_error, as_fact_error, effect_at
from omniroute.stock.ids import Catalogue

I8 = NDArray[np.int64]

_COUNT, _SAFETY = int(Effect.COUNT), int(Effect.SAFETY)
_REPLACING = (_COUNT, _SAFETY)

#: What is wrong with events, by place.
Errors = dict[int, OmnirouteError]


@attrs.define(eq=False)
class Intake:
    """Effects of events, and what came of those that have none.

    Parameters
    ----------
    batch
        Effects to apply.
    owners
        int64[n]: place of the event each effect is owed to, -1 for none.
    total
        Events there were.
    duplicates
        Those that came before, or say nothing new.
    late
        Those that a later count makes pointless.
    errors
        What is wrong with those that were skipped, by place.
    ordered
        Whether effects are in another order than their events.
    """

    batch: EffectBatch
    owners: I8
    total: int
    duplicates: int = 0
    late: int = 0
    errors: Errors = attrs.field(factory=dict)
    ordered: bool = False

    def blame(
        self, error: ValidationError, events: Any, catalogue: Catalogue
    ) -> tuple[int, OmnirouteError]:
        """Return whose effect was refused, and the error as that event's own."""
        at = effect_at(error)
        owner = int(self.owners[at]) if at is not None else -1
        if owner < 0:
            raise error
        if isinstance(events, AnyEvent):
            return owner, as_event_error(error, events, catalogue)
        if isinstance(events, list):
            path = f"events[{owner}]"
            told = as_fact_error(error, f"{path}.quantity", catalogue)
            return owner, told or ValidationError(path, error.expected, events[owner])
        told = as_fact_error(error, f"events.quantity[{owner}]", catalogue)
        path = f"events[{owner}]"
        return owner, told or ValidationError(path, error.expected, error.found)

    def answer(self, unchanged: int) -> Applied:
        """Return what the caller is told."""
        out = self.duplicates + self.late + len(self.errors)
        return Applied(
            self.total - out,
            duplicates=self.duplicates,
            late=self.late,
            unchanged=unchanged,
            errors=tuple(self.errors[i] for i in sorted(self.errors)),
        )


def is_idle(what: int, rows: I8) -> bool:
    """Whether the one applied row replaced something by what it was before."""
    return what in _REPLACING and bool(rows[0, E_QUANTITY] == rows[0, E_AUX2])


def count_unchanged(batch: EffectBatch) -> int:
    """Return how many rows of an applied batch replaced something by the same.

    They are logged even so: the cell was seen, and what is older and comes later is late.
    """
    rows = batch.rows
    what = np.ascontiguousarray(rows[:, E_WHAT])
    replacing = (what == _COUNT) | (what == _SAFETY)
    if not replacing.any():
        return 0
    same = replacing & (rows[:, E_QUANTITY] == rows[:, E_AUX2])
    return int((same & ((what != _COUNT) | (rows[:, E_AUX] == 0))).sum())
