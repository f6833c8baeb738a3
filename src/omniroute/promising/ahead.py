"""Where there is room for the work of another day."""

from __future__ import annotations

from collections.abc import Callable

from omniroute.promising.room import Room


class Ahead:
    """The room of instants to come, made when it is first asked for.

    One of its own, with departures of its own: the present is not disturbed.
    """

    def __init__(self, made: Callable[[], Room]) -> None:
        self._made = made
        self._room: Room | None = None

    def room(self) -> Room:
        """Return it."""
        if self._room is None:
            self._room = self._made()
        return self._room
