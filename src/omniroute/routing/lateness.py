"""How late an arrival is for an order that would have it sooner, and may have it later.

An ask has one word for the time an order is needed by. A time that binds is from 0 on, as
kernels read it; one that is only priced lies far below, where it is no limit to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.order.layout import A_LATEST
from omniroute.model.calendar import instant_of
from omniroute.model.instant import to_datetime, to_seconds

I8 = NDArray[np.int64]

#: What stands for "needed at 0": times of an epoch, and days, are far nearer to 0.
_WISH: Final = -(1 << 40)
_DAY: Final = timedelta(days=1)
_DAY_S: Final = 86_400


def as_wish(time: int) -> int:
    """Return the word of an ask for a time that is priced, and binds nobody.

    Examples
    --------
    >>> words = [0] * A_LATEST + [as_wish(-3)]
    >>> words[A_LATEST] < 0, wish_of(words)
    (True, -3)
    """
    return _WISH + time


def wish_of(words: Sequence[int]) -> int | None:
    """Return the time that an ask is priced by; None where it states none."""
    word = int(words[A_LATEST])
    return word - _WISH if word < _WISH // 2 else None


def days_left(needed_by: date, now_s: int) -> int:
    """Return days on the way, counted from ``now_s``, that are in time.

    Where no calendar tells more, a day is one of UTC, and for an instant 24 hours.

    Examples
    --------
    >>> days_left(date(1970, 1, 3), 3600), days_left(datetime(1970, 1, 3, tzinfo=UTC), 3600)
    (2, 1)
    """
    if isinstance(needed_by, datetime):
        return (to_seconds(needed_by, "needed_by") - now_s) // _DAY_S
    return (needed_by - to_datetime(now_s).astimezone(UTC).date()).days


def end_of(needed_by: date, zone: ZoneInfo) -> int:
    """Return the second that is the last in time: of a day, its end by a clock."""
    if isinstance(needed_by, datetime):
        return to_seconds(needed_by, "needed_by")
    return instant_of(needed_by + _DAY, 0, zone)


def days_after(end_s: int, arrivals_s: I8, zone: ZoneInfo) -> I8:
    """Return days of lateness of arrivals: the least that the end has to be put off.

    By days of the clock there, so that a day is one also when clocks change: what arrives
    by the end of the next day is one day late.

    Examples
    --------
    >>> days_after(0, np.array([0, 1, 86_400, 86_401]), ZoneInfo("UTC")).tolist()
    [0, 1, 1, 2]
    """
    latest = int(arrivals_s.max(initial=0))
    ends = []
    for end in _ends(end_s, zone):
        ends.append(end)
        if end >= latest:
            break
    return np.searchsorted(np.array(ends, np.int64), arrivals_s, "left")


def _ends(end_s: int, zone: ZoneInfo) -> Iterator[int]:
    """Yield an end, and the same time by the clock each day after it."""
    yield end_s
    local = to_datetime(end_s).astimezone(zone)
    minute = 60 * local.hour + local.minute
    for days in count(1):
        yield instant_of(local.date() + days * _DAY, minute, zone) + local.second
