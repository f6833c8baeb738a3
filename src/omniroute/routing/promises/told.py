"""What a map tells of an answer: one row of numbers."""

from __future__ import annotations

from datetime import datetime

from omniroute.kernels.decide.everywhere import (
    M_ARRIVES,
    M_ARRIVES_BY_S,
    M_COST,
    M_DISTANCE_M,
    M_ORDER_BY_S,
    M_SHIPMENTS,
    M_SHORT,
    M_STATUS,
    M_TOLD,
    M_TRANSIT_DAYS,
    MAP_WIDTH,
)
from omniroute.kernels.order.layout import (
    FAR_M,
    O_COST,
    O_HEADER,
    O_PICKS,
    O_SHIPMENTS,
    O_SHORT,
    O_STATUS,
    O_TRANSIT,
    SHIPMENT_WIDTH,
    X_DISTANCE_M,
    X_NODE,
    X_ROW,
    X_SERVICE,
    X_TRANSIT,
    X_WAIT,
)
from omniroute.routing.dates import Dates
from omniroute.routing.promises.map import TOLD_DAY, TOLD_INSTANT
from omniroute.routing.promises.promise import Asking


class Told:
    """Answers as rows of a map."""

    def __init__(self, asking: Asking) -> None:
        self._dates = asking.dates
        self._row_days = asking.router.tables.row_days
        self._row_trip = asking.router.tables.row_trip

    def row(self, answer: list[int]) -> list[int]:
        """Return what a map tells of an answer."""
        row = [0] * MAP_WIDTH
        row[M_STATUS], row[M_SHORT] = answer[O_STATUS], answer[O_SHORT]
        if not answer[O_PICKS]:
            return row
        row[M_COST], row[M_SHIPMENTS] = answer[O_COST], answer[O_SHIPMENTS]
        end = O_HEADER + SHIPMENT_WIDTH * answer[O_SHIPMENTS]
        sent = [
            answer[at : at + SHIPMENT_WIDTH]
            for at in range(O_HEADER, end, SHIPMENT_WIDTH)
        ]
        waits = self._dates is None
        row[M_TRANSIT_DAYS] = max(
            self._row_days[words[X_ROW]] + words[X_WAIT] * waits for words in sent
        )
        far = max(words[X_DISTANCE_M] for words in sent)
        row[M_DISTANCE_M] = -1 if far >= FAR_M else far
        if self._dates is not None:
            self._tell_dates(self._dates, answer, sent, row)
        return row

    def _tell_dates(
        self, dates: Dates, answer: list[int], sent: list[list[int]], row: list[int]
    ) -> None:
        """Tell the arrival of the last shipment, and the first to be ordered for."""
        told = [self._goes(dates, words) for words in sent]
        last = max(range(len(sent)), key=lambda x: sent[x][X_TRANSIT])
        row[M_ARRIVES], row[M_TOLD], _ = told[last]
        row[M_ORDER_BY_S] = min(until for _, _, until in told)
        row[M_ARRIVES_BY_S] = 60 * (dates.epoch.start_min + answer[O_TRANSIT])

    def _goes(self, dates: Dates, words: list[int]) -> tuple[int, int, int]:
        """Return arrival, whether a day or an instant, and the last second to order."""
        trip = self._row_trip[words[X_ROW]]
        return goes(dates, words[X_NODE], words[X_SERVICE], trip, words[X_WAIT])


def goes(
    dates: Dates, node: int, service: int, trip: int, wait: int
) -> tuple[int, int, int]:
    """Return arrival, whether a day or an instant, and the last second to order.

    Parameters
    ----------
    dates
        What tells them.
    node, service, trip
        Numbers.
    wait
        Days that work waits there.
    """
    arrives, until = dates.told(node, service, trip, wait)
    at, kind = arrives.toordinal(), TOLD_DAY
    if isinstance(arrives, datetime):
        at, kind = int(arrives.timestamp()), TOLD_INSTANT
    return at, kind, int(until.timestamp())
