"""Where many returns go: columns."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.stock.events import Return
from omniroute.stock.supply_events import Arrive, Expect

#: Columns of the answer, in minor units where the name ends so.
COLUMNS = (
    "node",
    "service",
    "worth_minor",
    "leg_minor",
    "handling_minor",
    "net_minor",
    "transit_days",
)


@attrs.frozen(repr=False, eq=False)
class ReturnBatch:
    """Where many hand-ins go, in the order in which they were given.

    Parameters
    ----------
    numbers
        int64[n, 7], the columns in the order of `columns`.
    node_ids, service_names
        What numbers stand for.
    stays
        bool[n]: those that stay where they were handed in.
    booking, on_arrival
        Events to tell now, and when they arrive, as in `ReturnRoute`; None for none.
    booked
        How many this call has booked.
    duplicates
        How many were booked before.
    """

    numbers: NDArray[np.int64]
    node_ids: tuple[str, ...]
    service_names: tuple[str, ...]
    stays: NDArray[np.bool_]
    booking: tuple[Return | Expect | None, ...] = ()
    on_arrival: tuple[Return | Arrive | None, ...] = ()
    booked: int = 0
    duplicates: int = 0

    def __len__(self) -> int:
        return len(self.numbers)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the answer as arrays, a row a hand-in.

        ``node`` and ``service`` are numbers (-1 for none), ``worth_minor``,
        ``leg_minor``, ``handling_minor`` and ``net_minor`` in 1/10,000 of the currency
        unit, ``transit_days`` and ``stays``.
        """
        found: dict[str, NDArray[Any]] = {
            name: self.numbers[:, j] for j, name in enumerate(COLUMNS)
        }
        return found | {"stays": self.stays}

    @property
    def nodes(self) -> list[str | None]:
        """Id of the node each goes to; None for none."""
        return [self.node_ids[k] if k >= 0 else None for k in self._column("node")]

    def _column(self, name: str) -> list[int]:
        found: list[int] = self.numbers[:, COLUMNS.index(name)].tolist()
        return found

    def __repr__(self) -> str:
        placed = sum(node >= 0 for node in self._column("node"))
        stay = int(self.stays.sum())
        net = sum(self._column("net_minor")) / 10_000
        return (
            f"ReturnBatch({len(self)} hand-ins: {stay} stay, {placed - stay} sent on, "
            f"{len(self) - placed} nowhere; net {net:.2f})"
        )
