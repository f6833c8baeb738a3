"""The slow, obvious twin of what is promised for later, on top of the shop's.

Nothing is kept: whatever is asked is worked out second by second from all there is.
"""

from __future__ import annotations

from copy import deepcopy

from omniroute.codes import ReservationState, Status

from .reservations import NaiveShop, print_cells
from .stock import FIRM

#: Nothing is due after this.
END = 60
#: More than there ever is.
ANY = 10**6


class NaiveLater(NaiveShop):
    """Lines are (sku, node, quantity, second due or 0)."""

    # -- what can be promised ----------------------------------------------------------

    def projected(self, sku, node, second):
        """What a cell has at a second if all goes as planned; overdue supply is none."""
        found = NaiveShop.free(self, sku, node)
        for entry in self.supply.entries.values():
            if entry["asked"][:2] == (sku, node) and self.now < entry["due"] <= second:
                found += entry["open"]
        for held in self.reservations.values():
            for line in held["lines"]:
                if line[:2] == [sku, node] and self.now < line[5] <= second:
                    found -= line[3]
        return found

    def least(self, sku, node, due):
        """Whoever wants more than this at some time takes what another needs."""
        start = max(due, self.now)
        return min(self.projected(sku, node, u) for u in range(start, END + 1))

    def free(self, sku, node):
        """What can be promised now, later promises kept in mind; no node: no matter."""
        return ANY if node is None else self.least(sku, node, self.now)

    def held_loose(self, sku):
        """What is held at no node."""
        lines = self.open_lines()
        return sum(line[3] for line in lines if line[:2] == [sku, None])

    def room(self, sku):
        """What the network has beyond that; below zero where stock was lost."""
        cells = {*self.cells} | {entry["asked"][:2] for entry in self.entries()}
        own = [max(0, self.free(*cell)) for cell in cells if cell[0] == sku]
        return sum(own) - self.held_loose(sku)

    def rooms(self, wanted):
        """The same of the items wanted, where it says more than their cells do."""
        skus = {key[0] for key in wanted}
        loose = {key[0] for key in wanted if key[1] is None}
        return {
            sku: max(0, self.room(sku))
            for sku in skus
            if sku in loose or self.held_loose(sku)
        }

    def atp(self, sku, nodes=None):
        """Of the nodes given, or of all."""
        cells = {*self.cells} | {entry["asked"][:2] for entry in self.entries()}
        own = sum(
            max(0, self.free(*cell))
            for cell in cells
            if cell[0] == sku and (nodes is None or cell[1] in nodes)
        )
        return max(0, min(own, self.room(sku)))

    def entries(self):
        return self.supply.entries.values()

    # -- time --------------------------------------------------------------------------

    def expire(self, now):
        """Second by second: what is over ends, then what is due falls due."""
        for second in range(self.now + 1, now + 1):
            super().expire(second)
            for held in self.reservations.values():
                plane = "soft" if held["state"] == ReservationState.SOFT else "firm"
                for line in held["lines"]:
                    if line[5] == second and line[3]:
                        line[5] = 0
                        self.add(*line[:2], plane, line[3])

    # -- making one --------------------------------------------------------------------

    def reserve_later(self, id, lines, terms, ttl=None, partial=False, old=None):
        """As `reserve`, for lines that may fall due later."""
        asked = summed(lines)
        at_once = {}
        for (sku, node, _), n in asked.items():
            at_once[sku, node] = at_once.get((sku, node), 0) + n
        prints = print_cells(at_once), terms
        if id in self.reservations:
            return self.again(id, *prints)
        before = deepcopy(self.__dict__)
        if old is not None:
            status = self.supersede(old)
            if status is not Status.OK:
                return status
        wanted = self.as_of(asked)
        floors = self.floors(wanted)
        self.hold(id, [], self.now, self.now + ttl if ttl else 0, *prints)
        had = {}
        for key in sorted(wanted, key=lambda key: key[2]):
            had[key] = self.take_some(id, key, wanted[key], floors)
        status = Status.OK if had == wanted else Status.SHORT
        if not any(had.values()):
            status = Status.OUT_OF_STOCK
        # Lines are written in the order in which they were asked for.
        if status is Status.OK or (status is Status.SHORT and partial):
            place = {key: i for i, key in enumerate(wanted)}
            self.reservations[id]["lines"].sort(
                key=lambda line: place[line[0], line[1], line[5]]
            )
            return status
        self.__dict__ = before
        return status

    def floors(self, wanted):
        """How low the network's room may fall: to nothing, or no lower than it is."""
        return {key[0]: min(0, self.room(key[0])) for key in wanted}

    def take_some(self, id, key, wanted, floors):
        """Take as much as no other promise needs, found by trying; return how much."""
        sku, node, due = key
        for n in range(max(0, min(wanted, self.least(*key))), 0, -1):
            self.take(id, sku, node, n, due)
            if not self.held_loose(sku) or self.room(sku) >= floors[sku]:
                return n
            self.reservations[id]["lines"].pop()
            if not due:
                plane = self.plane_of(id)
                self.add(sku, node, plane, -n)
        return 0

    def as_of(self, lines):
        """What is due by now is wanted at once."""
        return summed(
            (sku, node, n, due if due > self.now else 0)
            for (sku, node, due), n in lines.items()
        )

    # -- its life ----------------------------------------------------------------------

    def held_by_time(self, id):
        """{(sku, node, due): quanta}."""
        lines = self.reservations[id]["lines"]
        return summed(
            (sku, node, still, due) for sku, node, _, still, _, due in lines if still
        )

    def pick(self, id, lines):
        """Which units are meant; None where there are not so many.

        Lines are (sku, node, n) for whatever is due first, or (sku, node, n, due).
        """
        left = self.held_by_time(id)
        if lines is None:
            return left
        found = {}
        for sku, node, wanted, *due in sorted(lines, key=len, reverse=True):
            n = wanted
            times = [due[0] if due[0] > self.now else 0] if due else range(END + 1)
            for second in times:
                key = sku, node, second
                some = min(n, left.get(key, 0))
                if some:
                    left[key] -= some
                    found[key] = found.get(key, 0) + some
                    n -= some
            if n:
                return None
        return found

    def take_picked(self, id, picked):
        for (sku, node, due), n in picked.items():
            for _ in range(n):
                self.give_back(id, sku, node, 1, due)

    def ask_fulfil(self, id, lines):
        """What is due later goes now if nobody else needs it."""
        status = self.standing(id)
        if status is not Status.OK:
            return status
        if self.is_soft(id):
            return Status.NOT_COMMITTED
        picked = self.pick(id, lines)
        if picked is None or any(key[1] is None for key in picked):
            return Status.NOT_HELD
        before = deepcopy(self.__dict__)
        later = {key: n for key, n in picked.items() if key[2]}
        floors = self.floors(later)
        self.take_picked(id, later)
        status = self.had_at_once(later, floors)
        if status is not Status.OK:
            self.__dict__ = before
            return status
        self.__dict__ = before
        for (sku, node, due), n in picked.items():
            for _ in range(0 if due else n):
                self.ship(id, sku, node, 1)
        for sku, node, n, due in self.parcels(id, later):
            self.give_back(id, sku, node, n, due)
            self.take(id, sku, node, n)
            self.ship(id, sku, node, n)
        self.end_if_empty(id, ReservationState.FULFILLED)
        return Status.OK

    def parcels(self, id, picked):
        """What of which line goes early, the first due first."""
        left, found = dict(picked), []
        for sku, node, _, still, _, due in self.reservations[id]["lines"]:
            some = min(still, left.get((sku, node, due), 0))
            if some:
                left[sku, node, due] -= some
                found.append((sku, node, some, due))
        return sorted(found, key=lambda parcel: parcel[3])

    def had_at_once(self, later, floors):
        """Whether there is so much of each cell now."""
        wanted = summed((sku, node, n, 0) for (sku, node, _), n in later.items())
        return self.is_there(wanted, floors)

    def is_there(self, wanted, floors):
        """Whether so much can be promised, one after the other in order of time."""
        before, had = deepcopy(self.__dict__), {}
        self.hold("?", [], self.now)
        for key in sorted(wanted, key=lambda key: key[2]):
            had[key] = self.take_some("?", key, wanted[key], floors)
        self.__dict__ = before
        if had == wanted:
            return Status.OK
        return Status.SHORT if any(had.values()) else Status.OUT_OF_STOCK

    def ask_cancel(self, id, lines):
        status = self.standing(id)
        if status is not Status.OK:
            return status
        picked = self.pick(id, lines)
        if picked is None:
            return Status.NOT_HELD
        self.take_picked(id, picked)
        self.end_if_empty(id, ReservationState.CANCELLED)
        return Status.OK

    def at_node(self, id, node, skus):
        """What it holds at a node, of some SKUs or of all; with its time."""
        status = self.standing(id)
        if status is not Status.OK:
            return status, {}
        picked = {key: n for key, n in self.held_by_time(id).items() if key[1] == node}
        if skus is not None:
            picked = self.pick(id, [(sku, node, n) for sku, n in skus.items()])
        return (Status.OK, picked) if picked else (Status.NOT_HELD, {})

    def ask_decline(self, id, node, skus, write_down):
        status, picked = self.at_node(id, node, skus)
        if status is Status.OK:
            self.take_picked(id, picked)
            for (sku, place, due), n in picked.items():
                if write_down and not due:
                    self.add(sku, place, "on_hand", -n)
            self.end_if_empty(id, ReservationState.DECLINED)
            self.after.decline(id, node, self.now)
        return status

    def ask_move(self, id, here, there, skus):
        status, picked = self.at_node(id, here, skus)
        if status is not Status.OK:
            return status
        moved = {(sku, there, due): n for (sku, _, due), n in picked.items()}
        status = self.is_there(moved, self.floors_of_later(moved))
        if status is Status.OK:
            self.take_picked(id, picked)
            for (sku, node, due), n in moved.items():
                self.take(id, sku, node, n, due)
        return status

    def ask_amend(self, id, lines):
        """Lines are (sku, node, n, due): what it is to hold of a cell at that time."""
        status = self.standing(id)
        if status is not Status.OK:
            return status
        held, state = self.held_by_time(id), self.reservations[id]["state"]
        targets = self.as_of(summed(lines))
        change = {key: n - held.get(key, 0) for key, n in targets.items()}
        change = {key: n for key, n in change.items() if n}
        return self.swap(id, change, state, ends=True)

    def ask_redate(self, id, due, lines):
        status = self.standing(id)
        if status is not Status.OK:
            return status
        picked = self.pick(id, lines)
        if lines is None:
            picked = {key: n for key, n in picked.items() if key[1] is not None}
        if not picked or any(key[1] is None for key in picked):
            return Status.NOT_HELD
        due = due if due > self.now else 0
        change = {}
        for (sku, node, second), n in picked.items():
            if second != due:
                change[sku, node, second] = -n
                there = change.get((sku, node, due), 0)
                change[sku, node, due] = there + n
        return self.swap(id, change, self.reservations[id]["state"], ends=False)

    def swap(self, id, change, state, *, ends):
        """Give up what changes to less, then take what changes to more; or nothing."""
        before = deepcopy(self.__dict__)
        floors, rooms = self.floors_of_later(change), self.rooms(change)
        self.take_picked(id, {key: -n for key, n in change.items() if n < 0})
        more = {key: n for key, n in change.items() if n > 0}
        at_nodes = {key: n for key, n in more.items() if key[1] is not None}
        status = self.is_there(at_nodes, floors)
        if rooms and not any(key[2] for key in change):
            net = dict.fromkeys(rooms, 0)
            for (sku, _, _), n in change.items():
                net[sku] = net.get(sku, 0) + n
            over = any(n > 0 and n > rooms.get(sku, n) for sku, n in net.items())
            if status is Status.SHORT or (status is Status.OK and over):
                all_rooms = [max(0, self.at(before, sku)) for sku in net]
                status = Status.SHORT if any(all_rooms) else Status.OUT_OF_STOCK
        if status is not Status.OK:
            self.__dict__ = before
            return status
        for (sku, node, due), n in more.items():
            self.take(id, sku, node, n, due)
        if ends and not more:
            firm = state == FIRM
            final = ReservationState.CANCELLED if firm else ReservationState.RELEASED
            self.end_if_empty(id, final)
        return Status.OK

    def floors_of_later(self, change):
        """As `floors`, where anything falls due later; else the cells alone decide."""
        if any(key[2] for key in change):
            return self.floors(change)
        return {key[0]: -ANY for key in change}

    def at(self, before, sku):
        """The network's room as it was before."""
        now = self.__dict__
        self.__dict__ = before
        found = self.room(sku)
        self.__dict__ = now
        return found

    def ask_bind(self, id, lines):
        """Lines are (sku, node, n): what it is to hold there, from what is at no node."""
        status = self.standing(id)
        if status is not Status.OK:
            return status
        held = self.held_by_time(id)
        more = {}
        for sku, node, n in lines:
            own = n - held.get((sku, node, 0), 0)
            if own > 0:
                more[sku, node, 0] = own
        if self.pick(id, [(sku, None, n) for (sku, _, _), n in more.items()]) is None:
            return Status.NOT_HELD
        status = self.is_there(more, self.floors_of_later(more))
        if status is Status.OK:
            for (sku, _, _), n in more.items():
                for _ in range(n):
                    self.give_back(id, sku, None, 1)
            for (sku, node, _), n in more.items():
                self.take(id, sku, node, n)
        return status

    # -- who is not covered ------------------------------------------------------------

    def at_risk(self):
        """(id, sku, node, due, held, missing, covered) of lines: unit by unit."""
        cells = sorted({tuple(x[:2]) for x in self.open_lines() if x[1] is not None})
        loose = sorted({x[0] for x in self.open_lines() if x[1] is None})
        found = [row for cell in cells for row in self.at_risk_of(cell)]
        return found + [row for sku in loose for row in self.at_risk_at_no_node(sku)]

    def at_risk_at_no_node(self, sku):
        """One after the other takes of what is free at all nodes together."""
        left = self.room(sku) + self.held_loose(sku)
        for id, held in self.reservations.items():
            for line in held["lines"]:
                if line[:2] == [sku, None] and line[3]:
                    late = max(0, line[3] - max(0, left))
                    left -= line[3]
                    if late:
                        yield id, sku, None, 0, line[3], late, None

    def open_lines(self):
        for held in self.reservations.values():
            yield from (line for line in held["lines"] if line[3])

    def at_risk_of(self, cell):
        """The n-th unit wanted gets the n-th unit there is, if it is there in time."""
        units = [0] * self.get(*cell, "on_hand")
        for entry in sorted(self.entries(), key=lambda entry: entry["due"]):
            if entry["asked"][:2] == cell and entry["due"] > self.now:
                units += [entry["due"]] * entry["open"]
        wanted = []
        for number, (id, held) in enumerate(self.reservations.items()):
            for line in held["lines"]:
                if tuple(line[:2]) == cell and line[3]:
                    soft = held["state"] != FIRM and not line[5]
                    wanted.append((line[5], soft, number, id, line[3]))
        # One below nothing is owed before anybody is served.
        owed = max(0, -self.get(*cell, "on_hand"))
        del units[:owed]
        missed = owed - min(owed, self.coming(cell)) if owed else 0
        for due, _, _, id, n in sorted(wanted, key=lambda row: row[:3]):
            own, units = units[:n], units[n:]
            late = sum(unit > due for unit in own) + n - len(own)
            if late:
                covered = own[-1] if len(own) == n and not missed else None
                yield id, *cell, due, n, late, covered

    def coming(self, cell):
        return sum(
            entry["open"]
            for entry in self.entries()
            if entry["asked"][:2] == cell and entry["due"] > self.now
        )


def summed(lines):
    found = {}
    for sku, node, n, due in lines:
        found[sku, node, due] = found.get((sku, node, due), 0) + n
    return found
