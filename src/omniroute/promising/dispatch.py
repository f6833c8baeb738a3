"""From now to the day of arrival, and back to the last minute to order."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from omniroute.model.calendar import instant_of
from omniroute.model.dispatch_rule import DispatchRule
from omniroute.promising.desk import Desk, local_day
from omniroute.promising.pickups import Pickups

_DAY: Final = timedelta(days=1)


@attrs.frozen
class Dispatch:
    """What becomes of an order handed in at an instant; seconds UTC.

    Parameters
    ----------
    ready_s, leaves_s
        When it is packed, and when the carrier takes it along.
    arrives
        Day of delivery, of the calendar.
    order_by_s
        Last instant at which an order still arrives on that day.
    """

    ready_s: int
    leaves_s: int
    arrives: date
    order_by_s: int


class Dispatcher:
    """Works out when orders leave a node by one rule.

    Parameters
    ----------
    rule
        Hours, cut-off, working time, pickups and the carrier's days.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from omniroute import Calendar, DispatchRule, Hours
    >>> hours = Calendar(Hours.weekdays("08:00-18:00"), "Europe/Berlin")
    >>> desk = Dispatcher(DispatchRule(hours, "90min", "14:00", "17:30"))
    >>> thursday = int(datetime(2026, 11, 26, 10, tzinfo=UTC).timestamp())  # 11:00
    >>> sent = desk.dispatch(thursday, transit_days=1)
    >>> str(sent.arrives), sent.order_by_s - thursday == 3 * 3600  # by 14:00
    ('2026-11-27', True)
    """

    def __init__(self, rule: DispatchRule) -> None:
        self.rule = rule
        self._zone = ZoneInfo(rule.calendar.timezone)
        self._desk = Desk(rule)
        self._pickups = Pickups(rule)

    def dispatch(
        self, now_s: int, transit_days: int, backlog_days: int = 0
    ) -> Dispatch | None:
        """Work out an order handed in now; None where it would never arrive.

        Parameters
        ----------
        now_s
            Seconds UTC.
        transit_days
            Working days of the carrier from pickup to arrival.
        backlog_days
            Working days of the node that are full already.
        """
        ready_s = self._desk.ready(now_s, backlog_days)
        leaves_s = None if ready_s is None else self._pickups.leaves(ready_s)
        if ready_s is None or leaves_s is None:
            return None
        arrives = self._arrives(leaves_s, transit_days)
        if arrives is None:
            return None
        order_by_s = self.order_by(arrives, transit_days, backlog_days)
        assert order_by_s is not None
        return Dispatch(ready_s, leaves_s, arrives, order_by_s)

    def order_by(
        self, arrives: date, transit_days: int, backlog_days: int = 0
    ) -> int | None:
        """Return the last instant to order for arrival by a day; None: never was one."""
        last_day = self.rule.carrier.before(arrives, transit_days)
        if last_day is None:
            return None
        evening_s = instant_of(last_day + _DAY, 0, self._zone) - 1
        ready_by_s = self._pickups.ready_by(evening_s)
        if ready_by_s is None:
            return None
        return self._desk.hand_in_by(ready_by_s, backlog_days)

    def _arrives(self, leaves_s: int, transit_days: int) -> date | None:
        return self.rule.carrier.after(local_day(leaves_s, self._zone), transit_days)
