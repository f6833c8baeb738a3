"""Availability as a table that others keep a copy of."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute._show import ROWS_SHOWN, Rows, Shown, rows_of
from omniroute.feed.columns import Coded, arrow_stream, plain, units


@attrs.frozen(eq=False, repr=False)
class AvailabilityExport(Shown):
    """What can be promised, by SKU and node: all of it, or what changed since a token.

    Parameters
    ----------
    sku
        int32[n]: places in `sku_ids`.
    node
        int32[n]: places in `node_ids`; None where there is one row a SKU.
    quanta
        int64[n]: what can be promised, never negative; `omniroute.codes.UNLIMITED`
        where there is no end of it.
    sku_ids, node_ids
        Ids by number.
    decimals
        int8[S]: decimals of each item, by number.
    token
        For the next call: tell what changed after this. None where nothing is kept for
        it.
    whole
        Whether this is all there is; else rows replace those of the same ids.

    Examples
    --------
    >>> import omniroute as om
    >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
    >>> shop = om.Network([om.Node("N1"), om.Node("N2")], [ground])
    >>> engine = om.Engine(shop, [om.Item("BOLT")], clock=lambda: 0)
    >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 9)])
    Applied(2)
    >>> first = engine.export_availability()
    >>> first, first.columns()["quantity"].tolist()
    (AvailabilityExport(2 rows, whole), [4, 9])
    >>> engine.apply(om.Sell("BOLT", "N2", 9))
    Applied(1)
    >>> then = engine.export_availability(since=first.token)
    >>> then, then.columns()["node"].tolist(), then.quanta.tolist()
    (AvailabilityExport(1 row that changed), ['N2'], [0])
    """

    sku: NDArray[np.int32]
    node: NDArray[np.int32] | None
    quanta: NDArray[np.int64]
    sku_ids: tuple[str, ...]
    node_ids: tuple[str, ...]
    decimals: NDArray[np.int8]
    token: str | None
    whole: bool

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.sku)

    def __repr__(self) -> str:
        rows = f"{len(self)} row{'s' if len(self) != 1 else ''}"
        return (
            f"AvailabilityExport({rows}{', whole' if self.whole else ' that changed'})"
        )

    LEFT = (0, 1)

    def _rows(self) -> Rows:
        return rows_of(
            {name: list(c[: ROWS_SHOWN + 1]) for name, c in self.columns().items()}
        )

    @property
    def values(self) -> NDArray[Any]:
        """Units: the quanta themselves, or float64 where some item has decimals.

        Also float64 where something never runs short, of which there is infinity.
        """
        some = self.decimals.any()
        return units(
            self.quanta, self.decimals[self.sku] if some else self.decimals[:1]
        )

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return ids and units as arrays: sku, node, quantity. O(n)."""
        return plain(self._columns())

    def _columns(self) -> dict[str, Any]:
        found: dict[str, Any] = {"sku": Coded(self.sku_ids, self.sku)}
        if self.node is not None:
            found["node"] = Coded(self.node_ids, self.node)
        return {**found, "quantity": self.values}

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return arrow_stream(self._columns(), requested_schema)
