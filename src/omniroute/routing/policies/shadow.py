"""A policy beside the live one: each decision made twice, the differences in columns."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import MONEY_SCALE, STATUS
from omniroute.kernels.order.layout import (
    O_COST,
    O_HEADER,
    O_OBJECTIVE,
    O_PROVEN,
    O_SHIPMENTS,
    O_SHORT,
    O_STATUS,
    O_TRANSIT,
    SHIPMENT_WIDTH,
    X_ROW,
)
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.of_engine import OfEngine
from omniroute.routing.policies.assemble import picks_of

if TYPE_CHECKING:
    from omniroute.routing.router_answers import RouterAnswers

#: What is told of each of two answers, by name of column.
_WORDS = {
    "cost_minor": O_COST,
    "objective_minor": O_OBJECTIVE,
    "proven": O_PROVEN,
    "shipments": O_SHIPMENTS,
    "short_quanta": O_SHORT,
    "transit_days": O_TRANSIT,
    "status": O_STATUS,
}


class _Row(NamedTuple):
    """One decision, made twice."""

    order: str | None
    at_s: int
    live: tuple[int, ...]
    shadow: tuple[int, ...]
    same: bool
    failed: str


class Shadow(OfEngine):
    """Decisions of an engine made once more under another policy; made by `Engine.shadow`.

    The other policy sees the same stock at the same moment, and decides nothing: what the
    live one takes is gone for both.

    Parameters
    ----------
    router
        The engine's.
    policy
        The other policy.
    limit
        Decisions that are kept: with more, the first ones are forgotten.
    stop
        Ends it.
    """

    TAKE = "its columns()"

    def __init__(
        self,
        router: RouterAnswers,
        policy: RoutingPolicy,
        limit: int,
        stop: Callable[[Shadow], None],
    ) -> None:
        self._router = router
        self.policy = policy
        self._rows: deque[_Row] = deque(maxlen=limit)
        self._stop = stop

    def see(self, order: Order, live: list[int], now_s: int) -> None:
        """Decide an order as the live policy has just done, and keep the difference.

        What fails under this policy alone is no business of the live decision: it is
        noted.
        """
        shadow, failed = live, ""
        try:
            ask = self._router.ask(order, self.policy)
            shadow = self._router.decide(order, ask)
        except Exception as error:
            failed = f"{type(error).__name__}: {error}"
        same = not failed and sorted(picks_of(live)) == sorted(picks_of(shadow))
        row = _Row(order.id, now_s, self._told(live), self._told(shadow), same, failed)
        self._rows.append(row)

    def _told(self, answer: list[int]) -> tuple[int, ...]:
        """Return what is kept of an answer; transit in days, also where it is dated."""
        told = {name: answer[word] for name, word in _WORDS.items()}
        days = self._router.tables.row_days
        starts = [O_HEADER + SHIPMENT_WIDTH * x for x in range(answer[O_SHIPMENTS])]
        told["transit_days"] = max(
            (days[answer[at + X_ROW]] for at in starts), default=0
        )
        return tuple(told.values())

    def stop(self) -> None:
        """Decide no more under the other policy; what was seen stays."""
        self._stop(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def __len__(self) -> int:
        return len(self._rows)

    def columns(self) -> dict[str, NDArray[np.generic]]:
        """One row a decision: what each policy decided, and whether it is the same.

        ``same`` is whether every line leaves from the same node by the same service.
        Where the other policy failed, its columns repeat the live ones, and ``failed``
        says how.
        """
        rows = list(self._rows)
        found: dict[str, NDArray[np.generic]] = {
            "order": np.array([row.order for row in rows], np.object_),
            "at_s": np.array([row.at_s for row in rows], np.int64),
            "same": np.array([row.same for row in rows], np.bool_),
            "failed": np.array([row.failed for row in rows], np.object_),
        }
        for side in ("live", "shadow"):
            block = np.array([getattr(row, side) for row in rows], np.int64)
            block = block.reshape(len(rows), len(_WORDS))
            for j, name in enumerate(_WORDS):
                found[f"{side}_{name}"] = block[:, j]
        return found

    def table(self) -> str:
        """Return how often and by how much the two differ, as aligned text."""
        columns = self.columns()
        head = ("", "live", self.policy.name)
        full = (_complete(columns, side) for side in _SIDES)
        cells = [head, *(_pair(columns, *what) for what in _SUMS), ("complete", *full)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [
            f"{name.ljust(widths[0])}  {a.rjust(widths[1])}  {b.rjust(widths[2])}".rstrip()
            for name, a, b in cells
        ]
        return "\n".join([*lines, repr(self)])

    def __repr__(self) -> str:
        columns = self.columns()
        count, same = len(self), int(np.sum(columns["same"]))
        failed = sum(1 for row in self._rows if row.failed)
        text = f"Shadow({self.policy.name!r}: {count} decisions, {count - same} differ"
        return text + (f", {failed} of them failed)" if failed else ")")


_SIDES = ("live", "shadow")
_SUMS = (
    ("cost", "cost_minor", True),
    ("shipments", "shipments", False),
    ("days", "transit_days", False),
    ("short", "short_quanta", False),
)


def _pair(
    columns: dict[str, NDArray[np.generic]], title: str, name: str, money: bool
) -> tuple[str, ...]:
    totals = [int(np.sum(columns[f"{side}_{name}"])) for side in _SIDES]
    return title, *(f"{n / MONEY_SCALE:.2f}" if money else str(n) for n in totals)


def _complete(columns: dict[str, NDArray[np.generic]], side: str) -> str:
    codes = columns[f"{side}_status"]
    return str(sum(1 for code in codes.tolist() if STATUS[code].name == "OK"))
