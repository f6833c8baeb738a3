"""The one way in: effects applied, with what rules and promises make of them, and noted."""

from __future__ import annotations

from omniroute.codes import E_WHAT, RULES_FIRST, Status
from omniroute.engine.parts import Parts
from omniroute.engine.terms import (
    I8,
)
from omniroute.reservations.life import Step
from omniroute.routing.rebooking import with_added_work
from omniroute.stock.draws import concerns, with_draws
from omniroute.stock.effects import NOTHING, EffectBatch, concat
from omniroute.stock.giving_back import with_work_back
from omniroute.stock.shelf import with_lots


class WayIn(Parts):
    """See `omniroute.engine.Engine`."""

    def _commit(self, batch: EffectBatch, sell_by: int = 0) -> None:
        """Apply effects and note them in the log: the only way in.

        Units that leave are of the lot with this ``sell_by``, or else end first.
        """
        if not len(batch):
            return
        batch = self._drawing(batch)
        if self._state.lots.cells:
            batch = with_lots(self._state, batch, sell_by)
        self._state.apply(batch)
        dated = self._state.dated
        if dated.demand or dated.dips:
            batch = self._dipped(batch, batch.rows)
        self._note(self._guarded(batch, batch.rows) if self._guarding else batch)

    def _drawing(self, batch: EffectBatch) -> EffectBatch:
        """Return the batch with what its lines draw from fences, and give back.

        And with the work that goes back with what they give up.
        """
        if self._state.workload.by:
            batch = with_work_back(self._state, batch)
        if not (len(self._tree) or self._state.aside.through):
            return batch
        if not concerns(self._state, batch.rows):
            return batch
        return with_draws(self._state, self._lens, batch)

    def _dipped(self, batch: EffectBatch, applied: I8) -> EffectBatch:
        """Return a batch with what later promises need after these rows; applied too."""
        if not self._state.dated:
            return batch
        more = self._dips.follow(applied)
        if not len(more):
            return batch
        self._state.apply(more)
        return concat([batch, more])

    def _guarded(self, batch: EffectBatch, applied: I8) -> EffectBatch:
        """Return a batch with what rules ask for after these rows; that is applied."""
        more = self._guard.follow(applied)
        if not len(more):
            return batch
        self._state.apply(more)
        return concat([batch, more])

    def _follow_rules(self, batch: EffectBatch) -> int:
        """Take in other rules, with what they make of cells; how many cells that is."""
        if len(batch):
            self._state.apply(batch)
            self._note(batch)
        self._obey()
        return int((batch.rows[:, E_WHAT] < RULES_FIRST).sum())

    def _obey(self) -> None:
        guard = self._guard
        self._guarding = bool(guard.safety.rules or guard.oversell.rules)
        self._look_through()

    def _working(self, id: str, step: Step, *, always: bool = False) -> Step:
        """Return a step with the work it adds at nodes; FULL where there is no room.

        Of a reservation that has no work anywhere it is none, unless ``always``.
        """
        number = self._state.book.ids.numbers.get(id, -1)
        counts = always or number in self._state.workload.by
        if self._router.room is None or not counts or not len(step.batch):
            return step
        batch = with_added_work(self._router, step.batch, number)
        return Step(Status.FULL, NOTHING) if batch is None else Step(step.status, batch)
