"""Checked events as columns, in the numbers of one catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.errors import UnknownIdError, ValidationError
from omniroute.stock.any_event import CellEvent
from omniroute.stock.events import EXPECTED, Event, resolve
from omniroute.stock.ids import Catalogue

I8 = NDArray[np.int64]


@attrs.frozen(eq=False)
class EventColumns:
    """Checked events in the numbers of one catalogue, ready to become effects.

    Parameters
    ----------
    what
        int64[n]: `Effect` codes.
    skus, nodes
        int64[n]: SKU numbers and node indices.
    quantities
        int64[n]: quanta.
    happened
        int64[n]: each event's own time, seconds UTC; 0 where unsaid.
    ids
        What each event is known by, None for nothing; None if none is.
    sources
        Names of sources, and for each event which of them told it, -1 for none, and
        its sequence number there; None if none did.
    """

    what: I8
    skus: I8
    nodes: I8
    quantities: I8
    happened: I8
    ids: Sequence[str | None] | None = None
    sources: tuple[Sequence[str], I8, I8] | None = None

    def __len__(self) -> int:
        return len(self.skus)

    def only(self, rows: I8) -> EventColumns:
        """Those rows, in that order, without what they are known by."""
        if len(rows) == len(self) and bool((rows[1:] > rows[:-1]).all()):
            # All of them as they are: a bulk load need not be copied.
            return attrs.evolve(self, ids=None, sources=None)
        return EventColumns(
            self.what[rows],
            self.skus[rows],
            self.nodes[rows],
            self.quantities[rows],
            self.happened[rows],
        )


def events_from_objects(
    events: Event | Iterable[Event], catalogue: Catalogue
) -> EventColumns:
    """Resolve plain events about cells against a catalogue, all or none. O(n).

    Raises
    ------
    ValidationError
        Not an event, or a quantity finer than the item's quantum or beyond a cell.
    UnknownSkuError, UnknownNodeError
        An id the catalogue does not have. The path says where: ``events[3].sku``.

    Examples
    --------
    >>> from omniroute.stock.events import Receive
    >>> catalogue = Catalogue(["1000"], ["BOLT"])
    >>> events_from_objects(Receive("BOLT", "1000", 40), catalogue).quantities.tolist()
    [40]
    """
    if isinstance(events, CellEvent):
        return _columns([resolve(events, catalogue)])
    if isinstance(events, str) or not isinstance(events, Iterable):
        expected = "an event, a sequence of them or a frame"
        raise ValidationError("events", expected, events)
    rows = []
    for i, event in enumerate(events):
        if not isinstance(event, CellEvent):
            raise ValidationError(f"events[{i}]", EXPECTED, event)
        try:
            rows.append(resolve(event, catalogue))
        except (ValidationError, UnknownIdError) as error:
            raise error.under(f"events[{i}]") from None
    return _columns(rows)


def _columns(rows: Sequence[tuple[int, int, int, int, int]]) -> EventColumns:
    table = np.array(rows, np.int64).reshape(-1, 5)
    what, skus, nodes, quantities, happened = map(np.ascontiguousarray, table.T)
    return EventColumns(what, skus, nodes, quantities, happened)
