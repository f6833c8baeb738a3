"""When: working time, cut-offs, pickups, transit."""

from omniroute.promising.dispatch import Dispatch, Dispatcher

__all__ = ["Dispatch", "Dispatcher"]
