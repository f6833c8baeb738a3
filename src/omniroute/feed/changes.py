"""Levels that were crossed, as a subscriber gets them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute._show import ROWS_SHOWN, Rows, Shown, told
from omniroute.codes import LEVEL, UNLIMITED, Level
from omniroute.feed.columns import Coded, arrow_stream, plain, units
from omniroute.model.instant import to_datetime
from omniroute.model.quantity import from_quanta


class LevelChange(NamedTuple):
    """One thing whose level is not what it was when it was last told.

    Parameters
    ----------
    sku
        Of which item.
    node
        At which node; None where the network or a group is one place.
    old, new
        The level told last, and the level now.
    available
        Units that can be promised now; infinity where there is no end of it.
    """

    sku: str
    node: str | None
    old: Level
    new: Level
    available: int | Decimal | float


@attrs.frozen(eq=False, repr=False)
class LevelChanges(Shown):
    """What a subscription had to tell, by SKU and node in the order of their numbers.

    Parameters
    ----------
    sku, node
        int32[n]: places in `sku_ids` and `node_ids`; node is -1 where the network or
        a group is one place.
    old, new
        int8[n]: `Level` codes, told last and now.
    quanta
        int64[n]: what can be promised now; `omniroute.codes.UNLIMITED` where there is no
        end of it.
    sku_ids, node_ids
        Ids by number.
    decimals
        int8[n]: decimals of each row's item.
    token
        Says up to where this tells; for `Subscription.take`.
    now_s
        The engine's time, seconds UTC.

    Examples
    --------
    >>> import omniroute as om
    >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
    >>> shop = om.Network([om.Node("N1")], [ground])
    >>> engine = om.Engine(shop, [om.Item("BOLT")], clock=lambda: 0)
    >>> feed = engine.subscribe(low=5, snapshot=False)
    >>> engine.apply(om.Receive("BOLT", "N1", 4))
    Applied(1)
    >>> feed.take()
    LevelChanges(1 change: 1 LOW)
    """

    sku: NDArray[np.int32]
    node: NDArray[np.int32]
    old: NDArray[np.int8]
    new: NDArray[np.int8]
    quanta: NDArray[np.int64]
    sku_ids: tuple[str, ...]
    node_ids: tuple[str, ...]
    decimals: NDArray[np.int8]
    token: str
    now_s: int

    def __len__(self) -> int:
        """Return how many changes there are."""
        return len(self.sku)

    def __iter__(self) -> Iterator[LevelChange]:
        columns = (self.sku, self.node, self.old, self.new, self.quanta, self.decimals)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        for sku, node, old, new, quanta, places in rows:
            where = None if node < 0 else self.node_ids[node]
            endless = quanta >= UNLIMITED
            available = float("inf") if endless else from_quanta(quanta, places)
            yield LevelChange(
                self.sku_ids[sku], where, LEVEL[old], LEVEL[new], available
            )

    LEFT = (0, 1, 2, 3)

    def _rows(self) -> Rows:
        rows = [list(map(told, change)) for change in islice(self, ROWS_SHOWN + 1)]
        return [["sku", "node", "old", "new", "available"], *rows]

    def __repr__(self) -> str:
        counts = np.bincount(self.new, minlength=len(LEVEL)).tolist()
        told = ", ".join(f"{n} {LEVEL[k].name}" for k, n in enumerate(counts) if n)
        many = f"{len(self)} change{'s' if len(self) != 1 else ''}"
        return f"LevelChanges({many}{': ' if told else ''}{told})"

    @property
    def now(self) -> datetime:
        """The engine's time when this was told."""
        return to_datetime(self.now_s)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return ids, names of levels, and units, as arrays. O(n)."""
        return plain(self._columns())

    def _columns(self) -> dict[str, Any]:
        levels = [level.name for level in LEVEL]
        return {
            "sku": Coded(self.sku_ids, self.sku),
            "node": Coded(self.node_ids, self.node),
            "old": Coded(levels, self.old),
            "new": Coded(levels, self.new),
            "available": units(self.quanta, self.decimals),
        }

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return arrow_stream(self._columns(), requested_schema)
