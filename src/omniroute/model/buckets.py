"""A calendar of buckets: instants to whole numbers of days, or of another length.

A bucket is a span of the *wall clock* of one time zone, counted from a fixed origin. So
an instant keeps its bucket whatever day it is asked for, a day is a calendar day through
changes of the clock, and looking ahead from another day is a subtraction.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

import attrs
import numpy as np
from attrs import field
from numpy.typing import NDArray

from omniroute.errors import ConfigurationError, ValidationError
from omniroute.model.instant import duration_s, to_datetime, to_seconds

DAY_S: Final = 86_400
_EPOCH: Final = date(1970, 1, 1)
_DAY: Final = timedelta(days=1)


def _length(value: Any) -> int:
    return duration_s(value, "length_s")


def _zone(value: Any) -> tzinfo:
    if isinstance(value, str):
        try:
            return ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            pass
    if isinstance(value, tzinfo):
        return value
    raise ConfigurationError("zone", "a time zone, or the name of one", value)


def _origin(value: Any) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise ConfigurationError("origin", "a date", value)
    return value


@attrs.frozen
class Buckets:
    """Buckets of one length on the wall clock of one time zone.

    Parameters
    ----------
    length_s
        Seconds, a ``timedelta`` or text such as ``"1d"`` (the default) or ``"7d"``.
    zone
        Time zone of the wall clock; UTC by default.
    origin
        A day on which a bucket starts: a Monday makes buckets of ``"7d"`` begin on
        Mondays.

    Raises
    ------
    ConfigurationError
        No such time zone, or an origin that is not a date.
    ValidationError
        A length that is not above 0.

    Examples
    --------
    >>> days = Buckets(zone="America/New_York")
    >>> days.bucket(date(2026, 3, 8)) + 1 == days.bucket(date(2026, 3, 9))
    True
    >>> days.label(days.bucket(datetime(2026, 3, 9, 3, tzinfo=UTC)))
    datetime.date(2026, 3, 8)
    """

    length_s: int = field(default=DAY_S, converter=_length)
    zone: tzinfo = field(default=UTC, converter=_zone)
    origin: date = field(default=_EPOCH, converter=_origin)

    @property
    def origin_s(self) -> int:
        """The origin on the wall clock, in seconds."""
        return (self.origin - _EPOCH) // _DAY * DAY_S

    @property
    def daily(self) -> bool:
        """Whether a bucket is a day."""
        return self.length_s == DAY_S

    def wall_s(self, value: Any, path: str = "at") -> int:
        """Return a date (its midnight) or an instant in seconds on the wall clock.

        Raises
        ------
        ValidationError
            Neither a date, nor an aware datetime, nor whole seconds UTC.
        """
        if isinstance(value, date) and not isinstance(value, datetime):
            return (value - _EPOCH) // _DAY * DAY_S
        seconds = to_seconds(value, path)
        if self.zone is UTC:
            return seconds
        offset = to_datetime(seconds).astimezone(self.zone).utcoffset()
        return seconds + (offset or timedelta()) // timedelta(seconds=1)

    def bucket(self, value: Any, path: str = "at") -> int:
        """Return the number of the bucket in which a date or an instant falls."""
        return self.bucket_of_wall(self.wall_s(value, path))

    def bucket_of_wall(self, wall_s: int) -> int:
        """Return the number of the bucket of seconds on the wall clock."""
        return (wall_s - self.origin_s) // self.length_s

    def label(self, bucket: int) -> date | datetime:
        """Return the start of a bucket: a date where it starts at midnight."""
        wall_s = self.origin_s + int(bucket) * self.length_s
        if wall_s % DAY_S == 0 and self.length_s % DAY_S == 0:
            return _EPOCH + _DAY * (wall_s // DAY_S)
        return to_datetime(wall_s).replace(tzinfo=self.zone)

    def wall_column(self, column: Any, path: str) -> NDArray[np.int64]:
        """Return a column of instants on the wall clock.

        Parameters
        ----------
        column
            ``datetime64``, taken as it stands on the wall clock; whole seconds UTC; or
            a sequence of what `wall_s` takes.
        path
            Where it stood, for the message.
        """
        if isinstance(column, np.ndarray) and column.dtype.kind == "M":
            if np.isnat(column).any():
                raise ValidationError(path, "dates without gaps", "NaT")
            return column.astype("datetime64[s]").astype(np.int64)
        if isinstance(column, np.ndarray) and column.dtype.kind in "iu":
            if self.zone is UTC:
                return column.astype(np.int64)
            known, place = np.unique(column, return_inverse=True)
            walls = [self.wall_s(int(value), path) for value in known]
            return np.array(walls, np.int64)[place]
        walls = [self.wall_s(value, f"{path}[{i}]") for i, value in enumerate(column)]
        return np.array(walls, np.int64)


def day_of_label(label: date | datetime) -> date:
    """Return the day of the wall clock on which a bucket so labelled starts."""
    return label.date() if isinstance(label, datetime) else label
