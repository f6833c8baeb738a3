"""The slow, obvious twin of promises that look ahead: every hour is tried.

A world of cells, what comes to them and what is promised from them, in hours; a node is
so many days away by each service.
"""

from __future__ import annotations

DAY = 24


class NaiveAhead:
    """Nothing is kept; every hour is worked out from all there is.

    ``stock`` is units by (sku, node); ``coming`` and ``promised`` are (sku, node, units,
    hour); ``days`` is days on the way by service and node; what ``collects`` is handed out
    at one node.
    """

    def __init__(self, stock, coming, promised, days, collects, last):
        self.stock, self.coming, self.promised = stock, coming, promised
        self.days, self.collects, self.last = days, collects, last
        self.nodes = sorted({node for by_node in days.values() for node in by_node})

    def projected(self, sku, node, hour):
        """What a cell has at an hour if all goes as planned."""
        came = (
            n for s, k, n, at in self.coming if (s, k) == (sku, node) and at <= hour
        )
        left = (
            n for s, k, n, at in self.promised if (s, k) == (sku, node) and at <= hour
        )
        return self.stock.get((sku, node), 0) + sum(came) - sum(left)

    def can_promise(self, sku, node, hour):
        """What is there from then on, whatever becomes of the other promises."""
        hours = range(hour, self.last + 1)
        return max(0, min(self.projected(sku, node, u) for u in hours))

    def days_for(self, basket, service, hour):
        """Days until all of a basket handed in at an hour is there; None: not all of it."""
        days = self.days[service]
        if service in self.collects:
            whole = [
                days[node]
                for node in self.nodes
                if all(self.can_promise(s, node, hour) >= n for s, n in basket.items())
            ]
            return min(whole, default=None)
        for within in sorted({*days.values()}):
            near = [node for node in self.nodes if days[node] <= within]
            if all(
                sum(self.can_promise(s, node, hour) for node in near) >= n
                for s, n in basket.items()
            ):
                return within
        return None

    def soonest(self, basket, service, hours):
        """Hour of arrival, and hour handed in, of the soonest that brings all."""
        found = []
        for hour in hours:
            days = self.days_for(basket, service, hour)
            if days is not None:
                found.append((hour + DAY * days, hour))
        return min(found, default=None)
