"""When: working time, cut-offs, pickups, transit."""

from omniroute.promising.timetable import Timetable

__all__ = ["Timetable"]
