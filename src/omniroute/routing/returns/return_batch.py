"""Where many returns go: columns."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute._show import ROWS_SHOWN, Rows, Shown, told
from omniroute.model.money import to_decimal
from omniroute.routing.returns.returning import Way
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
#: The amounts among them, as a table heads them.
_MONEY = ("worth", "leg", "handling", "net")


@attrs.frozen(repr=False, eq=False)
class ReturnBatch(Shown):
    """Where many hand-ins go, in the order in which they were given.

    Parameters
    ----------
    numbers
        int64[n, 7], the columns in the order of `columns`.
    node_ids, service_names
        What numbers stand for.
    ways
        What facts are made of.
    booked
        How many this call has booked.
    duplicates
        How many were booked before.
    """

    numbers: NDArray[np.int64]
    node_ids: tuple[str, ...]
    service_names: tuple[str, ...]
    ways: tuple[Way, ...]
    booked: int = 0
    duplicates: int = 0

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def stays(self) -> NDArray[np.bool_]:
        """bool[n]: those that stay where they were handed in."""
        return np.array([way.stays for way in self.ways], np.bool_)

    @cached_property
    def booking(self) -> tuple[Return | Expect | None, ...]:
        """Events to tell now, as in `ReturnRoute`; None for none."""
        return tuple(way.booking() for way in self.ways)

    @cached_property
    def on_arrival(self) -> tuple[Return | Arrive | None, ...]:
        """Events to tell when they arrive, as in `ReturnRoute`; None for none."""
        return tuple(way.on_arrival() for way in self.ways)

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

    LEFT = (0, 1, 3, 4)

    def _rows(self) -> Rows:
        """Return the first hand-ins, a row each."""
        rows = [["id", "sku", "quantity", "node", "service", *_MONEY]]
        numbers = self.numbers[: ROWS_SHOWN + 1].tolist()
        for way, (_, service, *money) in zip(self.ways, numbers, strict=False):
            name = self.service_names[service] if service >= 0 else None
            said = way.given.id, way.given.sku, way.given.quantity, way.node, name
            rows.append([*map(told, said), *_amounts(money, way.node)])
        return rows

    def __repr__(self) -> str:
        placed = sum(node >= 0 for node in self._column("node"))
        stay = int(self.stays.sum())
        net = sum(self._column("net_minor")) / 10_000
        return (
            f"ReturnBatch({len(self)} hand-ins: {stay} stay, {placed - stay} sent on, "
            f"{len(self) - placed} nowhere; net {net:.2f})"
        )


def _amounts(minor: list[int], node: str | None) -> list[str]:
    """Return the amounts of one hand-in as texts; none where it goes nowhere."""
    if node is None:
        return [""] * len(_MONEY)
    return [str(to_decimal(amount)) for amount in minor[: len(_MONEY)]]
