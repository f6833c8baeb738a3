"""The slow twin of what comes after an order for later: a node declines, it waits."""

from __future__ import annotations

from omniroute.codes import Status

from .later import NaiveLater
from .resourcing import less


class NaiveLaterDesk(NaiveLater):
    """``route(twin, order, excluded, due)`` answers (status, [(sku, node, n)]).

    On nothing but what this shop can promise for then. An order is {sku: n}; what waits
    is told as [id, order, due, nodes that have declined], in its turn.
    """

    def __init__(self, route, now):
        super().__init__()
        self.route, self.now = route, now
        self.waiting, self.refused = [], {}

    def when(self, due):
        """The second at which it is due; 0 once that has come."""
        return due if due > self.now else 0

    def place(self, id, order, due):
        """Take what there is for then, in part if it must be, and wait for the rest."""
        status, lines = self.route(self, order, set(), due)
        self.hold(id, [], self.now, 0)
        self.take_on(id, lines, due)
        self.wait(id, less(order, lines), due)
        return status, lines

    def resource(self, id, node, due, park):
        """What the node was to give then comes from others that can give it then."""
        when = self.when(due)
        own = {
            sku: n
            for (sku, k, at), n in self.held_by_time(id).items()
            if (k, at) == (node, when)
        }
        if not own:
            return Status.NOT_HELD, []
        self.take_picked(id, {(sku, node, when): n for sku, n in own.items()})
        self.refused.setdefault(id, set()).add(node)
        status, lines = self.route(self, own, self.refused[id], due)
        self.take_on(id, lines, due)
        if park:
            self.wait(id, less(own, lines), due)
        return status, lines

    def retry(self):
        """Those that get all they wait for, or a part of it, in their turn."""
        served = []
        for id, order, due in list(self.waiting):
            status, lines = self.route(self, order, self.refused.get(id, set()), due)
            if lines:
                served.append((id, status))
                self.take_on(id, lines, due)
                rest = less(order, lines)
                place = [each[0] for each in self.waiting].index(id)
                self.waiting[place : place + 1] = [(id, rest, due)] if rest else []
        return served

    def take_on(self, id, lines, due):
        for sku, node, n in lines:
            self.take(id, sku, node, n, self.when(due))

    def wait(self, id, missing, due):
        """Who waits for more keeps the turn."""
        if not missing:
            return
        for k, (other, wanted, _) in enumerate(self.waiting):
            if other == id:
                more = {
                    s: wanted.get(s, 0) + missing.get(s, 0)
                    for s in {**wanted, **missing}
                }
                self.waiting[k] = id, more, due
                return
        self.waiting.append((id, missing, due))
