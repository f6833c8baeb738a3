"""From now to the day of arrival, and back to the last minute to order."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from omniroute._show import Rows, Shown
from omniroute.errors import ValidationError
from omniroute.model.calendar import check_date, instant_of
from omniroute.model.checks import whole
from omniroute.model.dispatch_rule import DispatchRule
from omniroute.model.instant import to_datetime, to_seconds
from omniroute.model.working_days import WorkingDays
from omniroute.promising.desk import Desk
from omniroute.promising.pickups import Pickups
from omniroute.promising.shifts import Shifts
from omniroute.promising.timetable import Timetable, local_day
from omniroute.promising.trips import Trip

_DAY: Final = timedelta(days=1)
#: Longest transit and backlog: a year, so that hours given as days are noticed.
DAYS_MAX: Final = 366


@attrs.frozen
class Dispatch(Shown):
    """What becomes of an order handed in at an instant; seconds UTC.

    Parameters
    ----------
    ready_s, leaves_s
        When it is packed, and when the carrier takes it along.
    arrives
        Day of delivery, of the calendar. In a network, what is collected or brought the
        same day has an instant instead: a ``datetime``.
    order_by_s
        Last instant at which an order still arrives on that day.
    """

    ready_s: int
    leaves_s: int
    arrives: date
    order_by_s: int

    def _rows(self) -> Rows:
        moments = {"ready": self.ready, "leaves": self.leaves, "arrives": self.arrives}
        moments["order by"] = self.order_by
        return [["", "when"], *([name, str(at)] for name, at in moments.items())]

    @property
    def ready(self) -> datetime:
        """When it is packed, in UTC."""
        return to_datetime(self.ready_s)

    @property
    def leaves(self) -> datetime:
        """When the carrier takes it along, in UTC."""
        return to_datetime(self.leaves_s)

    @property
    def order_by(self) -> datetime:
        """Last instant to order for the same day of delivery, in UTC."""
        return to_datetime(self.order_by_s)


class Dispatcher:
    """Works out when orders leave a node by one rule.

    Parameters
    ----------
    rule
        Hours, cut-off, working time, pickups and the carrier's days.
    table
        Its hours worked out, to share between rules.
    shifts
        Windows in which work is counted; with them, backlogs are so many windows.

    Examples
    --------
    >>> from datetime import datetime
    >>> from zoneinfo import ZoneInfo
    >>> from omniroute import Calendar, DispatchRule, Hours
    >>> berlin = ZoneInfo("Europe/Berlin")
    >>> hours = Calendar(Hours.weekdays("08:00-18:00"), "Europe/Berlin")
    >>> desk = Dispatcher(DispatchRule(hours, "90min", "14:00", "17:30"))
    >>> now = datetime(2026, 11, 26, 11, 50, tzinfo=berlin)  # a Thursday
    >>> sent = desk.dispatch(now, transit_days=1)
    >>> str(sent.arrives), str(sent.order_by - now)
    ('2026-11-27', '2:10:00')
    >>> str(sent.leaves.astimezone(berlin))
    '2026-11-26 17:30:00+01:00'
    """

    def __init__(
        self,
        rule: DispatchRule,
        table: Timetable | None = None,
        shifts: Shifts | None = None,
    ) -> None:
        self.rule = rule
        self.zone = ZoneInfo(rule.working.timezone)
        self._desk = Desk(rule, table, shifts)
        self._pickups = Pickups(rule)

    def dispatch(
        self,
        now: datetime | int,
        transit_days: int = 0,
        backlog_days: int = 0,
        delivery: WorkingDays | None = None,
    ) -> Dispatch | None:
        """Work out an order handed in now; None where it would never arrive.

        Parameters
        ----------
        now
            An aware ``datetime``, or seconds UTC.
        transit_days
            Working days of the carrier from pickup to arrival.
        backlog_days
            Working days of the node that are full already.
        delivery
            Days on which the carrier hands over what it has brought; None: any.

        Raises
        ------
        ValidationError
            A naive ``datetime``, or days that are not whole, from 0 to 366.
        """
        now_s = to_seconds(now, "now")
        _days(transit_days, "transit_days")
        _days(backlog_days, "backlog_days")
        _delivery(delivery)
        sent = self.leaves(now_s, backlog_days)
        if sent is None:
            return None
        ready_s, leaves_s = sent
        trip = Trip(transit_days, delivery)
        arrives = trip.ends(self.rule.carrier, local_day(leaves_s, self.zone))
        if arrives is None:
            return None
        order_by_s = self._order_by(arrives, trip, backlog_days)
        assert order_by_s is not None
        return Dispatch(ready_s, leaves_s, arrives, order_by_s)

    def order_by(
        self,
        arrives: date,
        transit_days: int = 0,
        backlog_days: int = 0,
        delivery: WorkingDays | None = None,
    ) -> datetime | None:
        """Return the last instant to order for arrival by a day; None: never was one.

        Parameters
        ----------
        arrives
            Day of delivery.
        transit_days, backlog_days, delivery
            As in `dispatch`.
        """
        check_date(arrives, "arrives", ValidationError)
        _days(transit_days, "transit_days")
        _days(backlog_days, "backlog_days")
        _delivery(delivery)
        found = self._order_by(arrives, Trip(transit_days, delivery), backlog_days)
        return None if found is None else to_datetime(found)

    def leaves(self, now_s: int, backlog_days: int = 0) -> tuple[int, int] | None:
        """When an order handed in now is ready, and when it leaves; None: never."""
        ready_s = self._desk.ready(now_s, backlog_days)
        leaves_s = None if ready_s is None else self._pickups.leaves(ready_s)
        if ready_s is None or leaves_s is None:
            return None
        return ready_s, leaves_s

    def begins_on(self, now_s: int, backlog_days: int = 0) -> tuple[int, int] | None:
        """Day on which work begins; last instant to hand in for it. See `Desk`."""
        return self._desk.begins_on(now_s, backlog_days)

    def leaves_by(self, leaves_by_s: int, backlog_days: int = 0) -> int | None:
        """Last instant to hand in what is to leave in time: the counterpart."""
        ready_by_s = self._pickups.ready_by(leaves_by_s)
        if ready_by_s is None:
            return None
        return self._desk.hand_in_by(ready_by_s, backlog_days)

    def leaves_by_day(self, day: date, backlog_days: int = 0) -> int | None:
        """Last instant to hand in what is to leave on a day of the node's, or before."""
        return self.leaves_by(instant_of(day + _DAY, 0, self.zone) - 1, backlog_days)

    def _order_by(self, arrives: date, trip: Trip, backlog_days: int) -> int | None:
        last_day = trip.begins_by(self.rule.carrier, arrives)
        if last_day is None:
            return None
        return self.leaves_by_day(last_day, backlog_days)


def _days(value: int, path: str) -> None:
    whole(value, path, 0, DAYS_MAX)


def _delivery(value: WorkingDays | None) -> None:
    if not isinstance(value, WorkingDays | None):
        raise ValidationError("delivery", "a WorkingDays or None", value)
