"""The slow, obvious twin of the change feed: everything asked again after every step."""

from __future__ import annotations

from omniroute.codes import Level


def level_of(units, low):
    """Out, low or in stock."""
    if units <= 0:
        return Level.OUT
    return Level.LOW if units <= low else Level.IN_STOCK


def next_level(units, told, low, hysteresis):
    """Down at once; up only as far as it would be with so much less."""
    now = level_of(units, low)
    if told is None or now <= told:
        return now
    return max(told, level_of(units - hysteresis, low))


class NaiveFeed:
    """One subscriber: what he was told, and what he has yet to be told.

    ``ask`` returns units by key, all that are subscribed to; a key that was not there
    before counts as out.
    """

    def __init__(self, ask, low, hysteresis, snapshot):
        self.ask, self.low, self.hysteresis = ask, low, hysteresis
        self.told, self.pending = {}, {}
        self.began = False
        if not snapshot:
            self.look()
            self.take()

    def look(self):
        """After every step: one pending change a key, none where it is as told."""
        self.pending = {}
        for key, units in self.ask().items():
            told = self.told.get(key, Level.OUT if self.began else None)
            low = self.low(key)
            level = next_level(units, told, low, self.hysteresis)
            if level != told:
                self.pending[key] = (told or Level.UNKNOWN, level, units)

    def take(self):
        """What is pending is told."""
        found, self.pending = self.pending, {}
        self.told |= {key: level for key, (_, level, _) in found.items()}
        self.began = True
        return found
