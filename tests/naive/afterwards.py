"""The slow twin of what comes after a plan: lists of what has happened, read again."""

from __future__ import annotations


class NaiveAfterwards:
    """Every decline ever, and what each reservation waits for."""

    def __init__(self):
        # (id, node, second), the oldest first.
        self.declined = []
        # Until when a node rests, by node.
        self.rests = {}
        # Units by id and SKU; (since, a part will do, the order's text) by id.
        self.waits = {}
        self.terms = {}
        # (declines, within how many seconds, rest in seconds); None: nodes never rest.
        self.rules = None

    def decline(self, id, node, now):
        """Count a decline; too many of late make the node rest."""
        self.declined.append((id, node, now))
        if self.rules is None:
            return
        most, within_s, rest_s = self.rules
        of_node = [time for _, who, time in self.declined if who == node]
        if sum(time > now - within_s for time in of_node) >= most:
            self.rests[node] = max(self.rests.get(node, 0), now + rest_s)

    def resting(self, now):
        return {node for node, until in self.rests.items() if until > now}

    def who_declined(self, id):
        return {node for other, node, _ in self.declined if other == id}

    def wait(self, id, wanted, terms):
        """Wait for more; whoever waits already keeps the turn."""
        if id in self.waits:
            terms = (self.terms[id][0], *terms[1:])
        self.terms[id] = terms
        own = self.waits.setdefault(id, {})
        for sku, n in wanted.items():
            own[sku] = own.get(sku, 0) + n

    def wait_less(self, id, wanted):
        own = self.waits[id]
        for sku, n in wanted.items():
            own[sku] -= n
        self.waits[id] = {sku: n for sku, n in own.items() if n}
        if not self.waits[id]:
            del self.waits[id]

    def records(self, open_):
        """What the digest mixes: (tag, words)."""
        times = {}
        for _, node, time in self.declined:
            times.setdefault(node, []).append(time)
        for node, all_times in times.items():
            yield 110, (node, len(all_times))
            for place, time in enumerate(all_times[-64:]):
                yield 111, (node, place, time)
        for node, until in self.rests.items():
            yield 112, (node, until)
        pairs = [(id, node) for id, node, _ in self.declined if id in open_]
        for id, node in set(pairs):
            yield 113, (id, node, pairs.count((id, node)))
        for id in open_ & self.waits.keys():
            since, partial, text = self.terms[id]
            yield 114, (id, since, int(partial), text)
            for sku, n in self.waits[id].items():
                yield 115, (id, sku, n)
