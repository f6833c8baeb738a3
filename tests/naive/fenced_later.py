"""The slow, obvious twin of fences beside promises for later: one item at one node.

The rule: a fence is units that are there. What is on its way is everybody's, and who
may not have of what is everybody's cannot pre-order. Nothing is kept that can be summed.
"""

from __future__ import annotations

#: Nothing is due after this.
END = 60


class NaiveFencedLater:
    """Channels by name, and whether the pool is open to each."""

    def __init__(self, channels):
        self.channels, self.now, self.on_hand = channels, 0, 0
        self.left = dict.fromkeys(channels, 0)
        #: Second due and units, by delivery.
        self.coming = {}
        #: Channel; units of the pool and of the fence; units by second due.
        self.held = {}

    # -- what there is -----------------------------------------------------------------

    def unheld(self):
        """Units that nobody holds now; those of fences too."""
        return self.on_hand - sum(x["pool"] + x["fence"] for x in self.held.values())

    def pool_at(self, second):
        """What of the pool there is at a second, if all goes as planned."""
        found = self.unheld() - sum(self.left.values())
        found += sum(n for due, n in self.coming.values() if self.now < due <= second)
        for held in self.held.values():
            found -= sum(n for due, n in held["later"].items() if due <= second)
        return found

    def pool(self, due):
        """What of the pool can be promised for then: no promise before or after suffers."""
        return max(0, min(self.pool_at(u) for u in range(max(due, self.now), END)))

    def open_to(self, channel):
        """Whether who asks may have of the pool."""
        return channel is None or self.channels[channel]

    def now_for(self, channel):
        """What who asks can have at once: the own fence, and the pool."""
        own = 0 if channel is None else self.left[channel]
        if not self.open_to(channel):
            # What fences have is no more than there is.
            return max(0, min(own, self.least_unheld()))
        return max(0, min(own + self.pool_signed(), self.least_unheld(own)))

    def pool_signed(self):
        """The pool now, below zero where more was promised than there is."""
        return max(0, min(self.pool_at(u) for u in range(self.now, END)))

    def least_unheld(self, own=0):
        """What nobody holds or will need."""
        return min(self.pool_at(u) for u in range(self.now, END)) + sum(
            self.left.values()
        )

    # -- what happens ------------------------------------------------------------------

    def reserve(self, id, channel, n, due):
        """All or nothing; the name of the status."""
        later = due > self.now
        if later and not self.open_to(channel):
            return "NO_POOL"
        there = self.pool(due) if later else self.now_for(channel)
        if there < n:
            return "SHORT" if there else "OUT_OF_STOCK"
        held = {"channel": channel, "pool": 0, "fence": 0, "later": {}}
        self.held[id] = held
        if later:
            held["later"][due] = n
        else:
            own = 0 if channel is None else min(n, self.left[channel])
            if own:
                self.left[channel] -= own
            held["fence"], held["pool"] = own, n - own
        return "OK"

    def redate(self, id, due):
        """All it holds, for later: what it gives to a fence does not help it."""
        held = self.held[id]
        moved = {second: n for second, n in held["later"].items() if second != due}
        wanted = held["pool"] + held["fence"] + sum(moved.values())
        if not self.open_to(held["channel"]):
            return "NO_POOL"
        before = {**held, "later": dict(held["later"])}
        left = dict(self.left)
        if held["channel"] is not None:
            self.left[held["channel"]] += held["fence"]
        for second in moved:
            del held["later"][second]
        held["pool"] = held["fence"] = 0
        there = self.pool(due)
        if there < wanted:
            self.left = left
            held.update(before)
            return "SHORT" if there else "OUT_OF_STOCK"
        if wanted:
            held["later"][due] = held["later"].get(due, 0) + wanted
        return "OK"

    def cancel(self, id):
        """Back where it came from."""
        held = self.held.pop(id)
        if held["channel"] is not None:
            self.left[held["channel"]] += held["fence"]

    def fulfil(self, id):
        """What is held now leaves."""
        held = self.held.pop(id)
        self.on_hand -= held["pool"] + held["fence"]

    def set_aside(self, channel, n):
        """Units of the pool go to a fence."""
        if self.pool(self.now) < n:
            return "SHORT"
        self.left[channel] += n
        return "OK"

    def pass_time(self, by):
        """What is due by then is held of the pool."""
        self.now += by
        for held in self.held.values():
            for due in [due for due in held["later"] if due <= self.now]:
                held["pool"] += held["later"].pop(due)
