"""Steps in the life of many reservations: each as the call of one would take it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import Status
from omniroute.engine.binding import Binding
from omniroute.engine.many import Many
from omniroute.engine.terms import Duration, Instant
from omniroute.errors import ValidationError
from omniroute.model.checks import flag, text
from omniroute.model.instant import duration_s, to_seconds
from omniroute.model.quantity import to_quanta
from omniroute.reservations.many import ids_of
from omniroute.stock.effects import concat
from omniroute.stock.frame_columns import as_list, check_length, column_length
from omniroute.stock.frame_names import open_frame, require
from omniroute.stock.frames import is_frame

#: The rows of one step and what they ask for: its key, and (SKU, quantity) of each.
Asked = dict[tuple[str, ...], tuple[list[int], list[tuple[str, Any]]]]


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
        self, ids: Iterable[str], due: Instant, now: Instant = None
    ) -> NDArray[np.int8]:
        """Let many fall due at another time: int8, the `Status` as from `redate`."""
        return self._each(
            ids,
            now,
            lambda: due is None or to_seconds(due, "due"),
            lambda each: self.redate(each, due, now=self._state.now),
        )

    def move_many(self, lines: Any, now: Instant = None) -> NDArray[np.int8]:
        """Hold at other nodes: int8 by row, the `Status` as from `move`.

        A frame with ``id``, ``from_node``, ``to_node``, and ``sku`` and ``quantity``
        unless all that is held there moves. Rows of one id and the same nodes are one
        step, all of it or nothing.
        """
        return self._rows_of(
            lines,
            ("id", "from_node", "to_node"),
            now,
            lambda key, some: self.move(key[0], key[1], key[2], some, self._state.now),
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
            ("id", "node"),
            now,
            lambda key, some: (
                self.decline(
                    key[0], key[1], some, write_down=write_down, now=self._state.now
                ).status
            ),
        )

    def amend_many(self, lines: Any, now: Instant = None) -> NDArray[np.int8]:
        """Hold more or less: int8 by row, the `Status` as from `amend`.

        A frame as for `reserve_many`, whose quantities may be 0. Rows of one id and
        node are one step.
        """
        return self._rows_of(
            lines,
            ("id", "node"),
            now,
            lambda key, some: self.amend(
                key[0],
                {(sku, key[1]): n for sku, n in (some or {}).items()},
                self._state.now,
            ),
            needs=("sku", "quantity"),
            least=0,
        )

    def bind_many(self, lines: Any, now: Instant = None) -> NDArray[np.int8]:
        """Say of which nodes units are: int8 by row, the `Status` as from `bind`.

        A frame with ``id``, ``node``, and ``sku`` and ``quantity`` unless it is all that
        is at no node yet. Rows of one id and node are one step.
        """
        return self._rows_of(
            lines,
            ("id", "node"),
            now,
            lambda key, some: (
                self.bind(
                    key[0],
                    key[1]
                    if some is None
                    else {(sku, key[1]): n for sku, n in some.items()},
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
        keys: tuple[str, ...],
        now: Instant,
        step: Callable[[Any, Any], Status],
        *,
        needs: tuple[str, ...] = (),
        least: int = 1,
    ) -> NDArray[np.int8]:
        with self._whole:
            columns, rows = _columns(lines, keys, needs)
            self._check_rows(columns, keys, rows, least)
            asked = _steps(columns, keys, rows)
            self._advance(now)
            told = self._in_turn(
                asked, lambda key: step(key, dict(asked[key][1]) or None)
            )
            out = np.empty(rows, np.int8)
            for (own, _), status in zip(asked.values(), told, strict=True):
                out[own] = status
            return out

    def _check_rows(
        self,
        columns: dict[str, list[Any]],
        keys: tuple[str, ...],
        rows: int,
        least: int,
    ) -> None:
        """Refuse a row that cannot be, before anything is done."""
        catalogue = self._state.catalogue
        for i in range(rows):
            text(columns["id"][i], f"lines.id[{i}]")
            for name in keys[1:]:
                catalogue.node(columns[name][i], f"lines.{name}[{i}]")
            if "to_node" in keys and columns["to_node"][i] == columns["from_node"][i]:
                expected = "another than from_node"
                raise ValidationError(
                    f"lines.to_node[{i}]", expected, columns["to_node"][i]
                )
            if "sku" in columns:
                sku = catalogue.sku(columns["sku"][i], f"lines.sku[{i}]")
                if least == 0:
                    catalogue.stocked(sku, f"lines.sku[{i}]")
                places, path = int(catalogue.decimals[sku]), f"lines.quantity[{i}]"
                value = columns["quantity"][i]
                if to_quanta(value, places, path, positive=least > 0) < 0:
                    raise ValidationError(path, "a number not below 0", value)

    def _in_turn(self, each: Iterable[Any], step: Callable[[Any], Status]) -> list[int]:
        """Take steps one after the other; the log has them as one batch."""
        self._withheld = []
        try:
            return [int(step(one)) for one in each]
        finally:
            decided, self._withheld = self._withheld, None
            if decided:
                self._note(concat(decided))


def _columns(
    lines: Any, keys: tuple[str, ...], needs: tuple[str, ...]
) -> tuple[dict[str, list[Any]], int]:
    """Columns of a frame as lists, and how many rows it has."""
    if not is_frame(lines):
        raise ValidationError("lines", "a dict of columns or a data frame", lines)
    frame, names = open_frame(lines, (*keys, "sku", "quantity"), "lines")
    parts = "sku" in names or "quantity" in names
    wanted = (*keys, "sku", "quantity") if parts or needs else keys
    require(names, wanted, "lines")
    rows = column_length(frame["id"], "lines.id", "ids")
    found = {}
    for name in wanted:
        if isinstance(frame[name], str):
            found[name] = [frame[name]] * rows
        else:
            check_length(frame[name], f"lines.{name}", rows)
            found[name] = as_list(frame[name])
    return found, rows


def _steps(columns: dict[str, list[Any]], keys: tuple[str, ...], rows: int) -> Asked:
    """Return the rows of each step, in the order in which steps first come."""
    asked: Asked = {}
    for i in range(rows):
        own, some = asked.setdefault(tuple(columns[name][i] for name in keys), ([], []))
        own.append(i)
        if "sku" in columns:
            if any(columns["sku"][i] == sku for sku, _ in some):
                expected = "a SKU once for one id and node"
                raise ValidationError(f"lines.sku[{i}]", expected, columns["sku"][i])
            some.append((columns["sku"][i], columns["quantity"][i]))
    return asked
