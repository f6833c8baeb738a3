"""Ways an order goes from a node: what becomes of it, and until when that stays so."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, NamedTuple, Protocol

from omniroute.model.calendar import instant_of
from omniroute.model.dispatch_rule import DispatchRule
from omniroute.model.instant import to_datetime
from omniroute.promising.dispatch import Dispatch, Dispatcher
from omniroute.promising.shifts import Shifts
from omniroute.promising.timetable import Timetable, local_day
from omniroute.promising.trips import Trip

_DAY: Final = timedelta(days=1)
#: What leaves at no time that is looked at is looked for again after a day.
_LOOK_AGAIN_S: Final = 86_400


class Step(NamedTuple):
    """What becomes of orders handed in for a while.

    Parameters
    ----------
    leaves
        When they go: a day (its ordinal) or an instant, as the way counts; None: never.
    last_s
        Last second UTC at which orders go then, or before.
    """

    leaves: int | None
    last_s: int


class Way(Protocol):
    """How orders go from nodes that work alike.

    `step` never promises what is not: whoever orders up to ``last_s`` goes at ``leaves``
    or before.
    """

    #: Whether it goes so long after it is ordered, instead of at set times.
    moves: bool

    def step(self, now_s: int, until_s: int) -> Step:
        """Return when an order handed in from now on goes.

        ``until_s`` is how long an answer may stand for orders that go some time after
        they are handed in, whenever that is: they are told the last of these times.
        """
        ...

    def goes(self, now_s: int) -> int | None:
        """Return when an order handed in now goes, as `Step.leaves`, to the second."""
        ...

    def begins_on(self, now_s: int) -> tuple[int, int] | None:
        """Return the day on which work begins; the last second to order for that day.

        Its ordinal, or the window of it in which work is counted: `stock.periods`.
        """
        ...

    def arrives(self, leaves: int, trip: Trip) -> tuple[int, bool] | None:
        """Return when it arrives that goes so: an ordinal or seconds; whether a day."""
        ...

    def day_of(self, instant_s: int) -> int:
        """Return the ordinal of an instant's day by the clock of the node."""
        ...

    def order_by(self, day: int, trip: Trip) -> int:
        """Return the last second to hand in what is to arrive on a day, or before."""
        ...

    def in_time(self, day: int, ends_s: int, trip: Trip) -> int:
        """Return the last second to hand in what is to be there in a window.

        By its day if it arrives on days, else by the second at which it ends.
        """
        ...

    def dispatch(self, now_s: int, trip: Trip) -> Dispatch | None:
        """Return what becomes of an order handed in now, to the second."""
        ...


class ByDay:
    """Parcels: they arrive on a day, so it is the day on which they leave that counts.

    Parameters
    ----------
    rule
        How they are worked, and when they are picked up.
    table
        The hours they are worked in.
    backlog_days
        Working days that work waits; windows, where there are some.
    shifts
        Windows in which work is counted.
    """

    moves = False

    def __init__(
        self,
        rule: DispatchRule,
        table: Timetable,
        backlog_days: int = 0,
        shifts: Shifts | None = None,
    ) -> None:
        self._desk = Dispatcher(rule, table, shifts)
        self._carrier = rule.carrier
        self._backlog_days = backlog_days

    def step(self, now_s: int, until_s: int) -> Step:
        """See `Way`; it stands up to the last order of the day, so ``until_s`` is moot."""
        del until_s
        goes = self.goes(now_s)
        if goes is None:
            return Step(None, now_s + _LOOK_AGAIN_S)
        last_s = self._desk.leaves_by_day(date.fromordinal(goes), self._backlog_days)
        assert last_s is not None
        assert last_s >= now_s
        return Step(goes, last_s)

    def goes(self, now_s: int) -> int | None:
        """See `Way`."""
        sent = self._desk.leaves(now_s, self._backlog_days)
        return None if sent is None else local_day(sent[1], self._desk.zone).toordinal()

    def arrives(self, leaves: int, trip: Trip) -> tuple[int, bool] | None:
        """See `Way`; in working days of the carrier, on a day of delivery."""
        day = trip.ends(self._carrier, date.fromordinal(leaves))
        return None if day is None else (day.toordinal(), True)

    def day_of(self, instant_s: int) -> int:
        """See `Way`."""
        return local_day(instant_s, self._desk.zone).toordinal()

    def order_by(self, day: int, trip: Trip) -> int:
        """See `Way`."""
        last_day = trip.begins_by(self._carrier, date.fromordinal(day))
        assert last_day is not None
        last_s = self._desk.leaves_by_day(last_day, self._backlog_days)
        assert last_s is not None
        return last_s

    def in_time(self, day: int, ends_s: int, trip: Trip) -> int:
        """See `Way`."""
        del ends_s
        return self.order_by(day, trip)

    def dispatch(self, now_s: int, trip: Trip) -> Dispatch | None:
        """See `Way`."""
        return self._desk.dispatch(now_s, trip.days, self._backlog_days, trip.delivery)

    def begins_on(self, now_s: int) -> tuple[int, int] | None:
        """See `Way`."""
        return self._desk.begins_on(now_s, self._backlog_days)


class ByInstant:
    """What is collected, or brought the same day: it is there at an instant.

    Parameters
    ----------
    rule
        How it is worked, and when it leaves.
    table
        The hours it is worked in.
    counter
        The hours in which it is handed out; None for what is brought.
    travel_s
        Seconds on the way.
    backlog_days
        Working days that work waits; windows, where there are some.
    shifts
        Windows in which work is counted.
    """

    def __init__(
        self,
        rule: DispatchRule,
        table: Timetable,
        counter: Timetable | None,
        travel_s: int = 0,
        backlog_days: int = 0,
        shifts: Shifts | None = None,
    ) -> None:
        self._desk = Dispatcher(rule, table, shifts)
        self._counter, self._travel_s = counter, travel_s
        # What waits for another morning goes at a set time.
        self.moves = rule.pickups is None and not backlog_days
        self._backlog_days = backlog_days
        self._carrier = rule.carrier

    def step(self, now_s: int, until_s: int) -> Step:
        """See `Way`; it stands up to the last order for the same courier or opening."""
        goes = self.goes(now_s)
        if goes is None:
            return Step(None, now_s + _LOOK_AGAIN_S)
        if self.moves and self.goes(until_s) == goes + until_s - now_s:
            return Step(goes + until_s - now_s, until_s)
        last_s = self._goes_by(goes)
        if self.moves and last_s < until_s:
            # Up to the cut-off, or closing time: what comes after waits for tomorrow.
            last_s = min(self._goes_by(goes + until_s - now_s), until_s)
            goes = self.goes(last_s)
            assert goes is not None
            last_s = self._goes_by(goes)
        return Step(goes, last_s)

    def arrives(self, leaves: int, trip: Trip) -> tuple[int, bool] | None:
        """See `Way`; over whole days it is a parcel like others.

        So is what comes on a day without delivery: it is there on the next one.
        """
        left = local_day(leaves, self._desk.zone)
        if trip.days == 0:
            at = leaves + self._travel_s
            today = local_day(at, self._desk.zone)
            day = trip.handed_over(today)
            if day == today:
                return at, False
        else:
            day = trip.ends(self._carrier, left)
        return None if day is None else (day.toordinal(), True)

    def dispatch(self, now_s: int, trip: Trip) -> Dispatch | None:
        """See `Way`; the last order is that for the same day."""
        goes = self.goes(now_s)
        sent = self._desk.leaves(now_s, self._backlog_days)
        found = None if goes is None else self.arrives(goes, trip)
        if sent is None or found is None:
            return None
        at, is_day = found
        day = at if is_day else self.day_of(at)
        arrives = date.fromordinal(at) if is_day else to_datetime(at)
        return Dispatch(*sent, arrives, self.order_by(day, trip))

    def day_of(self, instant_s: int) -> int:
        """See `Way`."""
        return local_day(instant_s, self._desk.zone).toordinal()

    def order_by(self, day: int, trip: Trip) -> int:
        """See `Way`."""
        last_day: date | None = date.fromordinal(day)
        assert last_day is not None
        travel_s = 0
        if trip.days == 0:
            last_day, travel_s = trip.brought_by(last_day), self._travel_s
        else:
            last_day = trip.begins_by(self._carrier, last_day)
        assert last_day is not None
        return self._goes_by(self._evening(last_day) - travel_s)

    def in_time(self, day: int, ends_s: int, trip: Trip) -> int:
        """See `Way`; windows are for what takes no whole days."""
        del day, trip
        return self._goes_by(ends_s - self._travel_s)

    def _evening(self, day: date) -> int:
        """Last second of a day of the node's."""
        return instant_of(day + _DAY, 0, self._desk.zone) - 1

    def goes(self, now_s: int) -> int | None:
        """See `Way`: when it can be handed out, or leaves with the courier."""
        sent = self._desk.leaves(now_s, self._backlog_days)
        if sent is None or self._counter is None:
            return None if sent is None else sent[1]
        return self._counter.next_open(sent[1])

    def _goes_by(self, goes_by_s: int) -> int:
        """Last instant to hand in what is to go in time: the counterpart of `goes`."""
        latest: int | None = goes_by_s
        if self._counter is not None:
            latest = self._counter.start_of_work(goes_by_s, 0)
        assert latest is not None
        last_s = self._desk.leaves_by(latest, self._backlog_days)
        assert last_s is not None
        return last_s

    def begins_on(self, now_s: int) -> tuple[int, int] | None:
        """See `Way`."""
        return self._desk.begins_on(now_s, self._backlog_days)
