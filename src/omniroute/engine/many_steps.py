"""Steps in the life of many reservations: each as the call of one would take it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import Status
from omniroute.engine.binding import Binding
from omniroute.engine.many import Many
from omniroute.engine.step_frames import StepColumns, steps_of
from omniroute.engine.terms import Duration, Instant
from omniroute.errors import ValidationError
from omniroute.model.checks import flag
from omniroute.model.instant import duration_s, to_seconds
from omniroute.reservations.many import ids_of
from omniroute.stock.frame_names import open_frame
from omniroute.stock.frames import is_frame

#: What a row says of units at a node.
_UNITS = ("sku", "node", "quantity")


class ManySteps(Binding, Many):
    """See `omniroute.engine.Engine`."""

    def extend_many(
        self, ids: Iterable[str], ttl: Duration, now: Instant = None
    ) -> NDArray[np.int8]:
        """Let many holds last longer: int8, the `Status` of each as from `extend`."""
        return self._each(
            ids,
            now,
            lambda: duration_s(ttl, "ttl", self._state.now),
            lambda each: self.extend(each, ttl, self._state.now),
        )

    def redate_many(
        self, ids: Any, due: Instant = None, now: Instant = None
    ) -> NDArray[np.int8]:
        """Let many fall due at another time: int8, the `Status` as from `redate`.

        Ids, of reservations of which all that is at a node falls due at ``due`` (None:
        at once). Or a frame: ``id``, ``due`` where rows differ (a gap: at once), and
        ``sku``, ``node`` and ``quantity`` unless it is all. Rows of one id and time are
        one step, and each has its status in the answer.
        """
        if is_frame(ids):
            return self._redate_rows(ids, due, now)
        return self._each(
            ids,
            now,
            lambda: due is None or to_seconds(due, "due"),
            lambda each: self.redate(each, due, now=self._state.now),
        )

    def _redate_rows(self, lines: Any, due: Instant, now: Instant) -> NDArray[np.int8]:
        own = "due" in open_frame(lines, ("id", "due", *_UNITS), "lines")[1]
        if own and due is not None:
            expected = "None, where the frame has a due column"
            raise ValidationError("due", expected, due)
        second = None if due is None else to_seconds(due, "due")
        keys = ("id", "due") if own else ("id",)
        return self._rows_of(
            lines,
            StepColumns(keys, says=_UNITS, gaps=("due",)),
            now,
            lambda key, said: self.redate(
                key[0],
                key[1] if own else second,
                [(sku, node, n) for sku, node, n in said] or None,
                now=self._state.now,
            ),
        )

    def move_many(self, lines: Any, now: Instant = None) -> NDArray[np.int8]:
        """Hold at other nodes: int8 by row, the `Status` as from `move`.

        A frame with ``id``, ``from_node``, ``to_node``, and ``sku`` and ``quantity``
        unless all that is held there moves. Rows of one id and the same nodes are one
        step, all of it or nothing.
        """
        return self._rows_of(
            lines,
            StepColumns(("id", "from_node", "to_node")),
            now,
            lambda key, said: self.move(
                key[0], key[1], key[2], dict(said) or None, self._state.now
            ),
        )

    def decline_many(
        self, lines: Any, *, write_down: bool = False, now: Instant = None
    ) -> NDArray[np.int8]:
        """Take out what nodes refuse: int8 by row, the `Status` as from `decline`.

        A frame with ``id``, ``node``, and ``sku`` and ``quantity`` unless the node
        declines all it was to give. Rows of one id and node are one step.
        """
        flag(write_down, "write_down")
        return self._rows_of(
            lines,
            StepColumns(("id", "node")),
            now,
            lambda key, said: (
                self.decline(
                    key[0],
                    key[1],
                    dict(said) or None,
                    write_down=write_down,
                    now=self._state.now,
                ).status
            ),
        )

    def amend_many(self, lines: Any, now: Instant = None) -> NDArray[np.int8]:
        """Hold more or less: int8 by row, the `Status` as from `amend`.

        A frame as for `reserve_many`, whose quantities may be 0, and which may have
        ``due``. Rows of one id and node are one step.
        """
        return self._rows_of(
            lines,
            StepColumns(
                ("id", "node"),
                needs=True,
                may=("due",),
                gaps=("node", "due"),
                least=0,
            ),
            now,
            lambda key, said: self.amend(
                key[0],
                [(sku, key[1], n, second) for sku, n, second in said],
                self._state.now,
            ),
        )

    def bind_many(self, lines: Any, now: Instant = None) -> NDArray[np.int8]:
        """Say of which nodes units are: int8 by row, the `Status` as from `bind`.

        A frame with ``id``, ``node``, and ``sku`` and ``quantity`` unless it is all that
        is at no node yet. Rows of one id and node are one step.
        """
        return self._rows_of(
            lines,
            StepColumns(("id", "node")),
            now,
            lambda key, said: (
                self.bind(
                    key[0],
                    {(sku, key[1]): n for sku, n in said} or key[1],
                    now=self._state.now,
                ).status
            ),
        )

    # -- how ---------------------------------------------------------------------------

    def _each(
        self,
        ids: Iterable[str],
        now: Instant,
        check: Callable[[], Any],
        step: Callable[[str], Status],
    ) -> NDArray[np.int8]:
        with self._whole:
            found = ids_of(ids)
            self._advance(now)
            check()
            return np.array(self._in_turn(found, step), np.int8)

    def _rows_of(
        self,
        lines: Any,
        wants: StepColumns,
        now: Instant,
        step: Callable[[Any, Any], Status],
    ) -> NDArray[np.int8]:
        with self._whole:
            state = self._state
            asked, rows = steps_of(lines, wants, state.catalogue, self._composed)
            self._advance(now)
            told = self._in_turn(asked, lambda key: step(key, asked[key][1]))
            out = np.empty(rows, np.int8)
            for (own, _), status in zip(asked.values(), told, strict=True):
                out[own] = status
            return out
