"""The slow, obvious twin of ring-fences at one cell: dicts and Python's integers."""

from __future__ import annotations

POOL = "the pool"


class NaiveFences:
    """What is set aside at one cell, by channel name."""

    def __init__(self, value, fences, guarded):
        self.value = value
        self.left = dict(fences)
        self.guarded = dict(guarded)

    def copy(self):
        """Return a twin that goes its own way."""
        return NaiveFences(self.value, self.left, self.guarded)

    def pool(self):
        """What no fence holds."""
        return max(0, self.value - sum(self.left.values()))

    def offer(self, source, caller, emergency):
        """What one source has for a caller."""
        if source == POOL:
            return self.pool()
        left = self.left.get(source, 0)
        if source != caller and not emergency:
            left -= self.guarded.get(source, 0)
        return max(0, left)

    def available(self, caller, sources, emergency=False):
        """max(0, min(A, own + max(0, A - F)))."""
        own = sum(self.offer(source, caller, emergency) for source in sources)
        return max(0, min(self.value, own))

    def consume(self, caller, sources, quantity, emergency=False):
        """Take units one by one from the first source that has one; what was had."""
        drawn = {}
        order = [(source, self.offer(source, caller, emergency)) for source in sources]
        for source, offered in order:
            for _ in range(offered):
                if sum(drawn.values()) == min(quantity, max(0, self.value)):
                    break
                drawn[source] = drawn.get(source, 0) + 1
        for source, units in drawn.items():
            self.value -= units
            if source != POOL:
                self.left[source] -= units
        return drawn


def tier_of(channels, name):
    """How many channels are above one."""
    above, count = channels[name]["parent"], 0
    while above is not None:
        above, count = channels[above]["parent"], count + 1
    return count


def sources_of(channels, name):
    """Whom a channel draws from: ``channels`` maps a name to its row."""
    if name is None:
        return [POOL]
    row = channels[name]
    order = [name]
    for step in row["fall_back"]:
        if step == "pool":
            order.append(POOL)
        elif step == "parents":
            above = row["parent"]
            while above is not None:
                order.append(above)
                above = channels[above]["parent"]
        elif step == "outranked":
            above = name
            while above is not None:
                mine = channels[above]["rank"], tier_of(channels, above)
                behind = [
                    (-other["rank"], key)
                    for key, other in channels.items()
                    if tier_of(channels, key) == mine[1] and other["rank"] > mine[0]
                ]
                order += [key for _, key in sorted(behind)]
                above = channels[above]["parent"]
        else:
            siblings = [
                (other["rank"], key)
                for key, other in channels.items()
                if other["parent"] == row["parent"] and key != name
            ]
            order += [key for _, key in sorted(siblings)]
    order = list(dict.fromkeys(order))
    if row["emergency"]:
        order += [key for key in [POOL, *channels] if key not in order]
    return order


def apportion(weights, total):
    """Largest remainder, unit by unit: the next goes to who is farthest behind."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    out = [weight * total // whole for weight in weights]
    left = {i: weights[i] * total % whole for i in range(len(weights))}
    while sum(out) < total:
        first = min(left, key=lambda i: (-left[i], i))
        out[first] += 1
        del left[first]
    return out
