"""The slow, obvious twin of promises for later of units that end: unit by unit.

Every unit, there or on its way, has a first second and an end. Whoever wants one, in
order of time, gets the one that ends first of those that are there.
"""

from __future__ import annotations

from .later import FIRM, NaiveLater
from .lots import NEVER, LotShop

#: Nobody asks for more of a cell.
MOST = 60


class NaiveFresh(NaiveLater, LotShop):
    """Deliveries have an ``until``, 0 where they do not end; shelves have lots."""

    def expire(self, now):
        """Second by second; and what is over as it comes in."""
        super().expire(now)
        LotShop.expire(self, now)

    # -- units -------------------------------------------------------------------------

    def coming_units(self, cell):
        """[First second, end] of all that is on its way and in time."""
        return [
            [entry["due"], entry["until"] or NEVER]
            for entry in self.entries()
            if entry["asked"][:2] == cell and entry["due"] > self.now
            for _ in range(entry["open"])
            if entry["until"] == 0 or entry["until"] > entry["due"]
        ]

    def units(self, cell, due):
        """The same, with those on the shelf; for now, these last."""
        shelf = [[0, end] for end in self.shelf(*cell).units]
        if due <= self.now:
            shelf = [[0, NEVER] for _ in shelf]
        return shelf + self.coming_units(cell)

    def short(self, units, wanted):
        """How many of those who want a unit at some second get none."""
        units, short = sorted(units, key=lambda unit: unit[1]), 0
        for second in sorted(wanted):
            for unit in units:
                if unit[0] <= second < unit[1]:
                    units.remove(unit)
                    break
            else:
                short += 1
        return short

    def wanted(self, cell):
        """The second at which each unit that is promised is wanted."""
        held = self.get(*cell, "soft") + self.get(*cell, "firm")
        return [self.now] * held + [
            line[5]
            for line in self.open_lines()
            if tuple(line[:2]) == cell and line[5] > self.now
            for _ in range(line[3])
        ]

    # -- what can be promised ----------------------------------------------------------

    def least(self, sku, node, due):
        """So many more get one too, and nobody else goes without for it."""
        cell, due = (sku, node), max(due, self.now)
        units, wanted = self.units(cell, due), self.wanted(cell)
        # Safety stock, and what was sold beyond the shelf, nobody gets.
        aside = self.get(*cell, "safety") + self.shelf(*cell).owed
        without = self.short(units, wanted)
        more = 0
        while (
            more < MOST and self.short(units, [*wanted, *[due] * (more + 1)]) == without
        ):
            more += 1
        return more - aside - without

    # -- who is not covered ------------------------------------------------------------

    def at_risk_of(self, cell):
        """In order of time each gets what is there, or waits for what comes next."""
        units = self.units(cell, self.now + 1)
        units.sort(key=lambda unit: (unit[1], unit[0]))
        wanted = [(0, False, -1, None, self.shelf(*cell).owed)]
        for number, (id, held) in enumerate(self.reservations.items()):
            for line in held["lines"]:
                if tuple(line[:2]) == cell and line[3]:
                    soft = held["state"] != FIRM and not line[5]
                    wanted.append((line[5], soft, number, id, line[3]))
        for due, _, _, id, n in sorted(wanted, key=lambda row: row[:3]):
            second = max(due, self.now)
            missing = 0
            for _ in range(n):
                now = [unit for unit in units if unit[0] <= second < unit[1]]
                if now:
                    units.remove(now[0])
                else:
                    missing += 1
            later = sorted(unit for unit in units if unit[0] > second)[:missing]
            for unit in later:
                units.remove(unit)
            if missing and id is not None:
                covered = later[-1][0] if len(later) == missing else None
                yield id, *cell, due, n, missing, covered
