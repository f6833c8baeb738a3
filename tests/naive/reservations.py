"""The slow, obvious twin of the reservation life cycle, on top of the stock twin."""

from __future__ import annotations

from copy import deepcopy

from omniroute.codes import ReservationState, Status

from .stock import FIRM, SOFT, NaiveStock, hashed

PRIME = 2**31 - 1
ENDED = {
    ReservationState.RELEASED: Status.ALREADY_RELEASED,
    ReservationState.EXPIRED: Status.EXPIRED,
    ReservationState.FULFILLED: Status.ALREADY_FULFILLED,
    ReservationState.CANCELLED: Status.ALREADY_CANCELLED,
    ReservationState.DECLINED: Status.ALREADY_DECLINED,
    ReservationState.SUPERSEDED: Status.ALREADY_SUPERSEDED,
    ReservationState.REFUSED: Status.UNKNOWN_RESERVATION,
}
REPLACEABLE = (Status.ALREADY_RELEASED, Status.EXPIRED, Status.ALREADY_CANCELLED)


class NaiveShop(NaiveStock):
    """What a shop may ask of its reservations, answered by the book of rules."""

    # -- making one --------------------------------------------------------------------

    def reserve(
        self, id, lines, terms, ttl=None, partial=False, old=None, sticky=False
    ):
        """Hold cells: all lines, or part where that will do, or nothing."""
        wanted = summed(lines)
        prints = print_cells(wanted), terms
        if id in self.reservations:
            return self.again(id, *prints)
        # Nothing is changed before it is known to be had, but for an old hold.
        before = self.__dict__ if old is None else deepcopy(self.__dict__)
        if old is not None:
            status = self.supersede(old)
            if status is not Status.OK:
                return status
        left = {cell: max(0, self.free(*cell)) for cell in wanted}
        room = self.rooms(wanted)
        taken = []
        for sku, node, n in lines:
            some = min(n, left[sku, node], room.get(sku, n))
            left[sku, node] -= some
            if sku in room:
                room[sku] -= some
            taken.append((sku, node, some))
        status = Status.OK if summed(taken) == wanted else Status.SHORT
        if not any(some for *_, some in taken):
            status = Status.OUT_OF_STOCK
        if status is Status.OK or (status is Status.SHORT and partial):
            taken = [line for line in taken if line[2]]
            self.hold(id, taken, self.now, self.now + ttl if ttl else 0, *prints)
            return status
        self.__dict__ = before
        if sticky:
            self.hold(id, [], self.now, 0, *prints)
            self.resolve(id, ReservationState.REFUSED, status)
        return status

    def rooms(self, wanted):
        """What the network has of items of which it keeps something back: of none."""
        return {}

    def again(self, id, lines, terms):
        """Answer a request under an id that is taken."""
        held = self.reservations[id]
        if held["print_lines"] != lines:
            return Status.EXISTS_WITH_DIFFERENT_LINES
        if held["print_terms"] != terms:
            return Status.EXISTS_WITH_DIFFERENT_TERMS
        if held["state"] == ReservationState.REFUSED:
            return Status(held["told"])
        return Status.EXISTS

    def supersede(self, old):
        """End a hold that another is to replace."""
        status = self.standing(old)
        if status in REPLACEABLE:
            return Status.OK
        if status is Status.OK and self.reservations[old]["state"] == FIRM:
            return Status.ALREADY_COMMITTED
        if status is Status.OK:
            self.end(old, ReservationState.SUPERSEDED)
        return status

    # -- its life ----------------------------------------------------------------------

    def standing(self, id):
        """OK where it is open, else what to say instead."""
        if id not in self.reservations:
            return Status.UNKNOWN_RESERVATION
        return ENDED.get(self.reservations[id]["state"], Status.OK)

    def is_soft(self, id):
        return self.reservations[id]["state"] == SOFT

    def held(self, id):
        """{(sku, node): quanta} it holds now."""
        lines = self.reservations[id]["lines"]
        return summed((sku, node, still) for sku, node, _, still, *_ in lines if still)

    def ask_commit(self, id):
        status = self.standing(id)
        if status is not Status.OK:
            return status
        if not self.is_soft(id):
            return Status.ALREADY_COMMITTED
        self.commit(id)
        return Status.OK

    def ask_extend(self, id, ttl):
        status = self.standing(id)
        if status is not Status.OK:
            return status
        if not self.is_soft(id):
            return Status.ALREADY_COMMITTED
        ends = max(self.reservations[id]["expires"], self.now + ttl)
        self.extend(id, ends)
        return Status.OK

    def ask_release(self, id):
        status = self.standing(id)
        if status is Status.OK:
            self.end(id, ReservationState.RELEASED)
        return status

    def ask_fulfil(self, id, lines):
        if self.standing(id) is Status.OK and self.is_soft(id):
            return Status.NOT_COMMITTED
        return self.take_out(id, lines, self.ship, ReservationState.FULFILLED)

    def ask_cancel(self, id, lines):
        return self.take_out(id, lines, self.give_back, ReservationState.CANCELLED)

    def take_out(self, id, lines, how, final):
        """Units leave the reservation one by one; the last one ends it."""
        status = self.standing(id)
        if status is not Status.OK:
            return status
        held = self.held(id)
        wanted = held if lines is None else summed(lines)
        if any(held.get(cell, 0) < n for cell, n in wanted.items()):
            return Status.NOT_HELD
        cancels = final is ReservationState.CANCELLED
        if not wanted and id in self.after.waits and not cancels:
            return Status.NOT_HELD
        for cell, n in wanted.items():
            for _ in range(n):
                how(id, *cell, 1)
        if cancels and lines is None:
            self.resolve(id, final)
        else:
            self.end_if_empty(id, final)
        return Status.OK

    def end_if_empty(self, id, final):
        """End what holds nothing any more; what waits goes on."""
        if not self.held(id) and id not in self.after.waits:
            self.resolve(id, final)

    def ask_decline(self, id, node, skus, write_down):
        status, cells = self.at_node(id, node, skus)
        if status is Status.OK:
            for cell, n in cells.items():
                for _ in range(n):
                    self.give_back(id, *cell, 1)
                if write_down:
                    self.add(*cell, "on_hand", -n)
            self.end_if_empty(id, ReservationState.DECLINED)
            self.after.decline(id, node, self.now)
        return status

    def at_node(self, id, node, skus):
        """What it holds at a node, of some SKUs or of all."""
        status = self.standing(id)
        if status is not Status.OK:
            return status, {}
        held = self.held(id)
        cells = {cell: n for cell, n in held.items() if cell[1] == node}
        if skus is not None:
            cells = {(sku, node): n for sku, n in skus.items()}
        if not cells or any(held.get(cell, 0) < n for cell, n in cells.items()):
            return Status.NOT_HELD, {}
        return Status.OK, cells

    def ask_amend(self, id, lines):
        status = self.standing(id)
        if status is not Status.OK:
            return status
        held, soft = self.held(id), self.is_soft(id)
        change = {cell: n - held.get(cell, 0) for cell, n in summed(lines).items()}
        more = {cell: n for cell, n in change.items() if n > 0}
        status = self.served(more)
        if status is not Status.OK:
            return status
        for cell, n in change.items():
            for _ in range(-n):
                self.give_back(id, *cell, 1)
        for cell, n in more.items():
            self.take(id, *cell, n)
        self.end_if_empty(
            id, ReservationState.RELEASED if soft else ReservationState.CANCELLED
        )
        return Status.OK

    def ask_move(self, id, here, there, skus):
        status, cells = self.at_node(id, here, skus)
        if status is not Status.OK:
            return status
        moved = {(sku, there): n for (sku, _), n in cells.items()}
        status = self.served(moved)
        if status is Status.OK:
            for cell, n in cells.items():
                for _ in range(n):
                    self.give_back(id, *cell, 1)
            for cell, n in moved.items():
                self.take(id, *cell, n)
        return status

    def served(self, wanted):
        """Whether there is so much of each cell."""
        if all(self.free(*cell) >= n for cell, n in wanted.items()):
            return Status.OK
        if any(self.free(*cell) > 0 for cell in wanted):
            return Status.SHORT
        return Status.OUT_OF_STOCK


def summed(lines):
    found = {}
    for sku, node, n in lines:
        found[sku, node] = found.get((sku, node), 0) + n
    return found


def print_cells(cells):
    """The fingerprint by its definition, from the texts of the ids."""
    low = high = 0
    for (sku, node), n in cells.items():
        for half, shift in ((0, 0), (1, 31)):
            # At no node, the item's mark alone.
            marks = [
                1 if x is None else hashed(x) >> shift & PRIME for x in (sku, node)
            ]
            share = n * (marks[0] * marks[1] % PRIME)
            low, high = (low + share, high) if half == 0 else (low, high + share)
    return high % PRIME << 31 | low % PRIME
