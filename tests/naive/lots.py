"""The slow, obvious twin of lots: a shelf is a list of single units, each with its end.

And of find probabilities, which are a dict.
"""

from __future__ import annotations

from collections import Counter

from .reservations import NaiveShop

#: End of a unit that never does.
NEVER = 10**18


class Shelf:
    """Units on hand; what was sold beyond them is owed."""

    def __init__(self):
        self.units = []
        self.owed = 0

    @property
    def on_hand(self):
        return len(self.units) - self.owed

    def put(self, end=NEVER):
        """One unit comes, unless it was sold before it came."""
        if self.owed:
            self.owed -= 1
        else:
            self.units.append(end)

    def take(self, end=None):
        """One unit goes: one of that end if there is any, else what ends first."""
        if not self.units:
            self.owed += 1
        else:
            self.units.remove(end if end in self.units else min(self.units))

    def change(self, quantity, end=None):
        """Units come or go."""
        for _ in range(quantity):
            self.put(NEVER if end is None else end)
        for _ in range(-quantity):
            self.take(end)

    def lots(self):
        """Units by end, but for those that have none."""
        return {end: n for end, n in Counter(self.units).items() if end != NEVER}


class LotShop(NaiveShop):
    """A shop whose on hand is what stands on its shelves."""

    def __init__(self):
        super().__init__()
        self.shelves = {}
        self.find = {}
        #: End of the lot that what happens now is about.
        self.lot = None

    def shelf(self, sku, node):
        return self.shelves.setdefault((sku, node), Shelf())

    def set(self, sku, node, plane, quantity):
        """Whatever moves on hand comes through here."""
        super().set(sku, node, plane, quantity)
        if plane == "on_hand":
            shelf = self.shelf(sku, node)
            shelf.change(quantity - shelf.on_hand, self.lot)

    def of_lot(self, end, do):
        """Do something about a lot."""
        self.lot = end
        answer = do()
        self.lot = None
        return answer

    def count_lot(self, sku, node, quantity, end):
        """A lot has so many units."""
        found = self.shelf(sku, node).lots().get(end, 0)
        self.of_lot(end, lambda: self.fact("adjust", sku, node, quantity - found))

    def expire(self, now):
        """Holds end, and units whose time has come may not be sold."""
        super().expire(now)
        for (sku, node), shelf in self.shelves.items():
            for end, n in shelf.lots().items():
                if end <= self.now:
                    self.lot = end
                    self.fact("move", sku, node, -n)
                    self.lot = None
                    self.supply.shift(sku, node, "expired", n)

    def lane(self, seed):
        """The digest also knows lots and chances."""
        self.seen = {
            *(
                (30, (*cell, *lot))
                for cell, s in self.shelves.items()
                for lot in s.lots().items()
            ),
            *((31, (*cell, chance)) for cell, chance in self.find.items()),
        }
        return super().lane(seed)

    def sure(self, sku, node, confidence):
        """What a cell can promise at a confidence."""
        if self.find.get((sku, node), 10_000) < confidence:
            return 0
        return max(0, self.free(sku, node))
