"""The slow, obvious twin of taking in events: the truth from the set of all of them.

Nothing is kept up to date. Whatever is asked is worked out from every event there was,
so it cannot matter in which order they came or how often.
"""

from __future__ import annotations


def on_hand(events, sku, node):
    """On hand of a cell by a set of timed events, each a dict; `at` says when.

    The last count, and every change that happened after it.
    """
    cell = [e for e in events if (e["sku"], e["node"]) == (sku, node)]
    counts = [e for e in cell if e["event"] == "count"]
    last = max(counts, key=lambda e: e["at"], default={"at": -1, "quantity": 0})
    later = [e for e in cell if e["event"] != "count" and e["at"] > last["at"]]
    return last["quantity"] + sum(signed(e) for e in later)


def signed(event):
    """What an event adds to on hand."""
    return -event["quantity"] if event["event"] == "sell" else event["quantity"]


def once(events):
    """Every event the first time its id is seen."""
    seen = {}
    for event in events:
        seen.setdefault(event["event_id"], event)
    return list(seen.values())


class NaiveSupply:
    """Unavailable units and inbound entries, as dicts."""

    def __init__(self):
        self.unavailable = {}
        self.entries = {}

    def shift(self, sku, node, reason, quantity):
        """Add to the unavailable units of a cell; False where there are too few."""
        key = (sku, node, reason)
        held = self.unavailable.get(key, 0) + quantity
        if held < 0:
            return False
        self.unavailable[key] = held
        return True

    def expect(self, id, sku, node, quantity, due, kind, until=0):
        """Write an entry; False where the id is another's."""
        asked = (sku, node, quantity, due, kind, until)
        if id in self.entries:
            return self.entries[id]["asked"] == asked
        self.entries[id] = {
            "asked": asked,
            "due": due,
            "until": until,
            "open": quantity,
            "arrived": 0,
        }
        return True

    def arrive(self, id, quantity):
        """Return the quantity that has arrived; None means all that is to come."""
        entry = self.entries[id]
        quantity = entry["open"] if quantity is None else quantity
        entry["open"] = max(0, entry["open"] - quantity)
        entry["arrived"] += quantity
        return quantity

    def cancel(self, id, quantity):
        """Take from what is to come; False where that is less."""
        entry = self.entries[id]
        quantity = entry["open"] if quantity is None else quantity
        if quantity > entry["open"]:
            return False
        entry["open"] -= quantity
        return True

    def inbound(self, sku, node):
        """What is still to come to a cell."""
        cell = (sku, node)
        return sum(e["open"] for e in self.entries.values() if e["asked"][:2] == cell)

    def records(self):
        """(Tag, words) of everything the digest mixes; texts stand for their hashes."""
        for (sku, node, reason), quantity in self.unavailable.items():
            if quantity:
                yield 5, (sku, node, reason, quantity)
        for id, entry in self.entries.items():
            sku, node, quantity, due, kind, until = entry["asked"]
            known = (id, sku, node, kind)
            counted = (entry["due"], entry["open"], quantity, entry["arrived"], due)
            yield 6, (*known, *counted)
            if entry["until"] or until:
                yield 29, (id, entry["until"], until)


def told_in_order(arrivals):
    """What of untimed events counts, in the order in which they happened.

    Each arrives in a second of its own. A source's numbers put right the order in which
    its events came: a count that changes of its source have overtaken happened before
    the first of them. What an older count already covers is gone.
    """
    history, newest = [], {}
    for event in arrivals:
        source, number = event["source"], event["sequence"]
        if number < newest.get(source, -1):
            continue
        if event["event"] != "count":
            history.append(event)
            continue
        newest[source] = number
        own = [e["source"] == source and e["event"] != "count" for e in history]
        after = [e["sequence"] > number for e in history]
        both = [a and b for a, b in zip(own, after, strict=True)]
        place = both.index(True) if True in both else len(history)
        if any(e["event"] == "count" for e in history[place:]):
            continue
        covered = [mine and not late for mine, late in zip(own, after, strict=True)]
        since = zip(history[place:], covered[place:], strict=True)
        history[place:] = [event, *(e for e, gone in since if not gone)]
    return history


def after_last_count(history):
    """On hand at the end of a history."""
    total = 0
    for event in history:
        total = (
            event["quantity"] if event["event"] == "count" else total + signed(event)
        )
    return total
