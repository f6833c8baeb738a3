"""The slow, obvious twin of safety, floors and fences over time: one item, dicts, loops."""

from __future__ import annotations

from tests.naive.fences import POOL, NaiveFences, sources_of


class NaiveProtection:
    """Stock of one item by node, who may have it, and who holds it."""

    def __init__(self, nodes, channels):
        self.channels = channels
        self.on_hand = dict.fromkeys(nodes, 0)
        self.left = {node: dict.fromkeys(channels, 0) for node in nodes}
        self.guarded = {node: dict.fromkeys(channels, 0) for node in nodes}
        self.part = {node: dict.fromkeys(channels, 100) for node in nodes}
        self.held = {}
        self.percent, self.by_channel, self.threshold = 0, {}, 0
        self.floor, self.floor_by_channel = 0, {}

    # -- what there is -----------------------------------------------------------------

    def reserved(self, node):
        """Units of open reservations."""
        return sum(held["cells"].get(node, 0) for held in self.held.values())

    def value(self, node, channel=None):
        """A: what could be promised were nothing fenced; may be below zero."""
        on_hand = self.on_hand[node]
        there = max(0, on_hand)
        safety = there - there * (100 - self.percent) // 100
        safety = self.by_channel.get(channel, safety)
        floor = self.floor_by_channel.get(channel, self.floor)
        return on_hand - self.reserved(node) - safety + floor

    def cell(self, node, channel=None):
        """The fences of a node, as a channel finds them."""
        fenced = sum(self.left[node].values())
        pool = self.value(node, channel) - fenced
        if pool < 0:
            owed = self.owed(node) - self.own_floor(channel)
            pool = min(0, pool + max(0, owed))
        return NaiveFences(pool + fenced, self.left[node], self.guarded[node])

    def own_floor(self, channel):
        """How much deeper than others a channel may oversell."""
        floor = self.floor_by_channel.get(channel, self.floor)
        return max(0, floor - self.floor)

    def owed(self, node):
        """What channels hold of no fence that only they may oversell; deepest last."""
        depth = 0
        for channel in sorted(self.floor_by_channel, key=self.own_floor):
            for held in self.held.values():
                if held["channel"] == channel:
                    units = held["cells"].get(node, 0)
                    units -= sum(held["drawn"].get(node, {}).values())
                    while units and depth < self.own_floor(channel):
                        depth += 1
                        units -= 1
        return depth

    def at(self, node, channel=None):
        """What a channel can have of a node, whatever the network keeps back."""
        emergency = channel is not None and self.channels[channel]["emergency"]
        sources = sources_of(self.channels, channel)
        return self.cell(node, channel).available(channel, sources, emergency)

    # -- what the network keeps back ---------------------------------------------------

    def loose(self):
        """What is held at no node, by channel."""
        found = {}
        for held in self.held.values():
            channel = held["channel"]
            found[channel] = found.get(channel, 0) + held.get("loose", 0)
        return found

    def totals(self):
        """What the pool and each fence have at all nodes; and what others may draw."""
        has, shared = dict.fromkeys([POOL, *self.channels], 0), {}
        for node in self.on_hand:
            value = max(0, self.cell(node).value)
            has[POOL] += max(0, self.value(node) - sum(self.left[node].values()))
            for name in self.channels:
                there = min(value, self.left[node][name])
                value -= there
                has[name] += there
                some = max(0, there - self.guarded[node][name])
                shared[name] = shared.get(name, 0) + some
        return has, shared

    def kept(self):
        """Unit by unit: out of whose share it is what nobody new can have."""
        has, shared = self.totals()
        kept = dict.fromkeys(has, 0)
        loose = self.loose()
        rest = self.threshold + loose.pop(None, 0)
        for name in self.channels:
            for _ in range(loose.get(name, 0)):
                for source in sources_of(self.channels, name):
                    own = source in (name, POOL) or self.channels[name]["emergency"]
                    if kept[source] < (has if own else shared)[source]:
                        kept[source] += 1
                        break
                else:
                    rest += 1
        by_turn = sorted(self.channels, key=lambda c: (self.channels[c]["rank"], c))
        lacking = max(0, rest - (has[POOL] - kept[POOL]))
        kept[POOL] += rest
        for name in by_turn[::-1]:
            while lacking and kept[name] < has[name]:
                kept[name] += 1
                lacking -= 1
        return kept

    def caps(self, channel):
        """What each source has for a channel at all nodes."""
        kept, emergency = self.kept(), self.is_emergency(channel)
        found = {}
        for source in sources_of(self.channels, channel):
            cells = [self.cell(node, channel) for node in self.on_hand]
            total = sum(
                min(max(0, cell.value), cell.offer(source, channel, emergency))
                for cell in cells
            )
            found[source] = max(0, total - kept[source])
        return found

    def is_emergency(self, channel):
        """Whether a channel may draw what is protected."""
        return channel is not None and self.channels[channel]["emergency"]

    def parts(self, node, channel):
        """What each source gives of a node, were all of it wanted."""
        cell = self.cell(node, channel).copy()
        sources, who = sources_of(self.channels, channel), self.is_emergency(channel)
        drawn = cell.consume(channel, sources, max(0, cell.value), who)
        return {source: drawn.get(source, 0) for source in sources}

    def limit(self, channel=None):
        """What the network can promise."""
        caps, had = self.caps(channel), {}
        for node in self.on_hand:
            for source, units in self.parts(node, channel).items():
                had[source] = had.get(source, 0) + units
        found = sum(min(units, caps[source]) for source, units in had.items())
        if channel is not None:
            whole = self.threshold + sum(self.loose().values())
            cells = [self.cell(node, channel) for node in self.on_hand]
            values = sum(max(0, cell.value) for cell in cells)
            found = min(found, values - whole)
        return max(0, found)

    def capped(self, node, channel, caps):
        """What a channel can have of a node within its shares."""
        parts = self.parts(node, channel)
        return sum(min(units, caps[source]) for source, units in parts.items())

    def available(self, node, channel=None):
        """What a node can promise."""
        here = self.capped(node, channel, self.caps(channel))
        return min(here, self.limit(channel))

    # -- what happens ------------------------------------------------------------------

    def credit(self, node, channel, quantity):
        """Units come back to a fence: of what is in it, at least its part is guarded."""
        self.on_hand[node] += quantity
        self.left[node][channel] += quantity
        least = -(-self.left[node][channel] * self.part[node][channel] // 100)
        self.guarded[node][channel] = max(self.guarded[node][channel], least)

    def take(self, id, node, quantity, caps=None):
        """Units for a reservation, from whom its channel draws: within its shares first."""
        held = self.held[id]
        channel = held["channel"]
        if channel is not None:
            caps = self.caps(channel) if caps is None else caps
            drawn = self.shared_out(node, channel, quantity, caps)
            for source, units in drawn.items():
                caps[source] -= units
                if source != POOL and units:
                    self.left[node][source] -= units
                    mine = held["drawn"].setdefault(node, {})
                    mine[source] = mine.get(source, 0) + units
        held["cells"][node] = held["cells"].get(node, 0) + quantity

    def shared_out(self, node, channel, quantity, caps):
        """From whom a line draws, unit by unit."""
        cell, emergency = self.cell(node, channel), self.is_emergency(channel)
        sources = sources_of(self.channels, channel)
        offers = {s: cell.offer(s, channel, emergency) for s in sources}
        drawn = dict.fromkeys(sources, 0)
        for most in (caps, offers):
            for source in sources:
                while sum(drawn.values()) < quantity and drawn[source] < min(
                    offers[source], most[source]
                ):
                    drawn[source] += 1
        return drawn

    def in_turn(self, id, node):
        """Whose fences were drawn from, first to last."""
        held = self.held[id]
        drawn = held["drawn"].get(node, {})
        order = sources_of(self.channels, held["channel"])
        return drawn, sorted(drawn, key=order.index)

    def give_back(self, id, node, quantity, caps=None):
        """One by one: to the pool first, then to the last fence drawn from."""
        caps = {} if caps is None else caps
        for _ in range(quantity):
            drawn, order = self.in_turn(id, node)
            to = POOL
            if self.held[id]["cells"][node] == sum(drawn.values()):
                last = [source for source in order if drawn[source]][-1]
                drawn[last] -= 1
                self.left[node][last] += 1
                to = last
            caps[to] = caps.get(to, 0) + 1
            self.held[id]["cells"][node] -= 1

    def ship(self, id, node, quantity):
        """One by one: of the fences first."""
        for _ in range(quantity):
            drawn, order = self.in_turn(id, node)
            first = [source for source in order if drawn[source]][:1]
            for source in first:
                drawn[source] -= 1
            self.held[id]["cells"][node] -= 1
            self.on_hand[node] -= 1

    def reserve(self, id, channel, cells, partial):
        """Hold what can be had; what came of it."""
        had, left, caps = {}, self.limit(channel), self.caps(channel)
        for node, quantity in cells.items():
            had[node] = 0
            for source, units in self.parts(node, channel).items():
                some = min(quantity - had[node], units, left, caps[source])
                caps[source] -= some
                left -= some
                had[node] += some
        if had != cells and not (partial and any(had.values())):
            return "SHORT" if any(had.values()) else "OUT_OF_STOCK"
        self.held[id] = {"channel": channel, "cells": {}, "drawn": {}}
        caps = self.caps(channel)
        for node, quantity in had.items():
            if quantity:
                self.take(id, node, quantity, caps)
        return "OK" if had == cells else "SHORT"

    def reserve_loose(self, id, channel, quantity):
        """Hold units at no node; what came of it."""
        there = self.limit(channel)
        if there < quantity:
            return "SHORT" if there else "OUT_OF_STOCK"
        self.held[id] = {"channel": channel, "cells": {}, "drawn": {}}
        self.held[id]["loose"] = quantity
        return "OK"

    def bind(self, id, node, quantity):
        """Say that units held at no node come from this one, which must have them."""
        held = self.held[id]
        if held.get("loose", 0) < quantity:
            return "NOT_HELD"
        there = self.at(node, held["channel"])
        if there < quantity:
            return "SHORT" if there else "OUT_OF_STOCK"
        # What is given a node first is of the share that comes first.
        rest, held["loose"] = held["loose"] - quantity, 0
        caps = self.caps(held["channel"])
        held["loose"] = rest
        self.take(id, node, quantity, caps)
        return "OK"

    def release_loose(self, id, quantity):
        """Give back what is held at no node."""
        self.held[id]["loose"] -= quantity
        self.forget_if_empty(id)

    def amend(self, id, node, target):
        """Hold so much at a node."""
        held = self.held[id]
        now, channel = held["cells"].get(node, 0), held["channel"]
        more = target - now
        if more > 0:
            there = min(self.at(node, channel), self.limit(channel))
            if there < more:
                return "SHORT" if there else "OUT_OF_STOCK"
            self.take(id, node, more)
        elif more < 0:
            self.give_back(id, node, -more)
            self.forget_if_empty(id)
        return "OK"

    def forget_if_empty(self, id):
        """What holds nothing has ended."""
        held = self.held[id]
        if not (any(held["cells"].values()) or held.get("loose")):
            del self.held[id]

    def used(self, node, channel):
        """What open reservations drew from a fence."""
        return sum(
            held["drawn"].get(node, {}).get(channel, 0) for held in self.held.values()
        )
