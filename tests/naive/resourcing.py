"""The slow twin of re-sourcing and waiting: each step by the book, routing handed in."""

from __future__ import annotations

from omniroute.codes import ReservationState, Status

from .reservations import NaiveShop


class NaiveDesk(NaiveShop):
    """A shop whose orders come from elsewhere when a node declines, or wait.

    ``route(order, excluded, days)`` answers (status, [(sku, node, n)]) on this shop's
    free stock; an order is {sku: n}.
    """

    def __init__(self, route):
        super().__init__()
        self.route = route

    def place(self, id, order, prints, ttl, partial, park, text):
        """Reserve where an order is served from; what is not had may be waited for."""
        if id in self.reservations:
            return self.again(id, *prints)
        status, lines = self.route(order, set(), None)
        worth = status is Status.OK or (partial and status is Status.SHORT)
        if not worth:
            lines = []
        if worth or park:
            self.hold(id, lines, self.now, self.now + ttl if ttl else 0, *prints)
        if park and status is not Status.OK:
            self.after.wait(id, less(order, lines), (self.now, partial, text))
        return status

    def exchange(self, id, back, order, prints, partial):
        """Units come back and others go out, both or neither."""
        if id in self.reservations:
            return self.again(id, *prints)
        status, lines = self.route(order, set(), None)
        if status is Status.OK or (partial and status is Status.SHORT):
            self.hold(id, lines, self.now, 0, *prints)
            for sku, node, n in back:
                self.add(sku, node, "on_hand", n)
        return status

    def aisle(self, id, order, at, prints, partial):
        """Status, what is here, what comes from elsewhere."""
        if id in self.reservations:
            return self.again(id, *prints), {}, []
        here = {sku: min(n, max(0, self.free(sku, at))) for sku, n in order.items()}
        here = {sku: n for sku, n in here.items() if n}
        own = [(sku, at, n) for sku, n in here.items()]
        rest, lines, status = less(order, own), [], Status.OK
        if rest:
            status, lines = self.route(rest, {at}, None)
        if status is not Status.OK and (here or lines):
            status = Status.SHORT
        if status is Status.OK or (partial and status is Status.SHORT):
            self.hold(id, own + lines, self.now, 0, *prints)
        return status, here, lines

    def resource(self, id, node, skus, write_down, days, park, text):
        """Status, units found elsewhere, whether in time, what comes from nowhere."""
        status, cells = self.at_node(id, node, skus)
        if status is not Status.OK:
            return status, [], None, {}
        for cell, n in cells.items():
            for _ in range(n):
                self.give_back(id, *cell, 1)
            if write_down:
                self.add(*cell, "on_hand", -n)
        self.after.decline(id, node, self.now)
        declined = {sku: n for (sku, _), n in cells.items()}
        excluded = self.after.who_declined(id)
        status, lines = self.route(declined, excluded, None)
        in_time = True
        if days is not None and lines:
            timely, early = self.route(declined, excluded, days)
            in_time = units(early) == units(lines)
            if in_time:
                status, lines = timely, early
        for line in lines:
            self.take(id, *line)
        missing = less(declined, lines)
        if park and missing:
            self.after.wait(id, missing, (self.now, True, text))
        self.end_if_empty(id, ReservationState.DECLINED)
        in_time = None if days is None else in_time and status is Status.OK
        return status, lines, in_time, missing

    def retry(self, limit, after):
        """(Id, status) of each that got something; how many were tried; the last."""
        found, tried, last = [], 0, None
        order = [id for id in self.reservations if self.standing(id) is Status.OK]
        turns = {
            id: (self.after.terms[id][0], list(self.reservations).index(id))
            for id in order
            if id in self.after.waits
        }
        if after is not None:
            terms = self.after.terms[after]
            first = terms[0], list(self.reservations).index(after)
            turns = {id: turn for id, turn in turns.items() if turn > first}
        for id in sorted(turns, key=turns.get):
            wanted, partial = dict(self.after.waits[id]), self.after.terms[id][1]
            enough = [
                self.atp(sku) >= (1 if partial else n) for sku, n in wanted.items()
            ]
            if not (any(enough) if partial else all(enough)):
                continue
            if tried == limit:
                return found, tried, last, True
            tried, last = tried + 1, id
            status, lines = self.route(wanted, self.after.who_declined(id), None)
            if status is Status.OK or (partial and status is Status.SHORT):
                for line in lines:
                    self.take(id, *line)
                self.after.wait_less(id, by_sku(lines))
                found.append((id, status))
        return found, tried, last, False

    def unpark(self, id, skus):
        status = self.standing(id)
        if status is not Status.OK:
            return status
        waits = self.after.waits.get(id, {})
        wanted = dict(waits) if skus is None else skus
        if not wanted or any(waits.get(sku, 0) < n for sku, n in wanted.items()):
            return Status.NOT_HELD
        self.after.wait_less(id, wanted)
        soft = self.is_soft(id)
        final = ReservationState.RELEASED if soft else ReservationState.CANCELLED
        self.end_if_empty(id, final)
        return Status.OK


def units(lines):
    return sum(n for *_, n in lines)


def by_sku(lines):
    found = {}
    for sku, _, n in lines:
        found[sku] = found.get(sku, 0) + n
    return found


def less(order, lines):
    """What of an order the lines leave."""
    left = dict(order)
    for sku, _, n in lines:
        left[sku] -= n
    return {sku: n for sku, n in left.items() if n}
