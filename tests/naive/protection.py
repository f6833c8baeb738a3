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
        value = self.value(node, channel)
        return NaiveFences(value, self.left[node], self.guarded[node])

    def at(self, node, channel=None):
        """What a channel can have of a node, but for the threshold."""
        emergency = channel is not None and self.channels[channel]["emergency"]
        sources = sources_of(self.channels, channel)
        return self.cell(node, channel).available(channel, sources, emergency)

    def limit(self, channel=None):
        """What the network can promise."""
        total = sum(self.at(node, channel) for node in self.on_hand)
        return max(0, total - self.threshold)

    def available(self, node, channel=None):
        """What a node can promise."""
        return min(self.at(node, channel), self.limit(channel))

    # -- what happens ------------------------------------------------------------------

    def take(self, id, node, quantity):
        """Units for a reservation, from whom its channel draws."""
        held = self.held[id]
        channel = held["channel"]
        if channel is not None:
            emergency = self.channels[channel]["emergency"]
            sources = sources_of(self.channels, channel)
            cell = self.cell(node, channel)
            for source, units in cell.consume(
                channel, sources, quantity, emergency
            ).items():
                if source != POOL:
                    self.left[node][source] -= units
                    drawn = held["drawn"].setdefault(node, {})
                    drawn[source] = drawn.get(source, 0) + units
        held["cells"][node] = held["cells"].get(node, 0) + quantity

    def in_turn(self, id, node):
        """Whose fences were drawn from, first to last."""
        held = self.held[id]
        drawn = held["drawn"].get(node, {})
        order = sources_of(self.channels, held["channel"])
        return drawn, sorted(drawn, key=order.index)

    def give_back(self, id, node, quantity):
        """One by one: to the pool first, then to the last fence drawn from."""
        for _ in range(quantity):
            drawn, order = self.in_turn(id, node)
            if self.held[id]["cells"][node] == sum(drawn.values()):
                last = [source for source in order if drawn[source]][-1]
                drawn[last] -= 1
                self.left[node][last] += 1
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
        had, left = {}, self.limit(channel)
        for node, quantity in cells.items():
            had[node] = min(quantity, self.at(node, channel), left)
            left -= had[node]
        if had != cells and not (partial and any(had.values())):
            return "SHORT" if any(had.values()) else "OUT_OF_STOCK"
        self.held[id] = {"channel": channel, "cells": {}, "drawn": {}}
        for node, quantity in had.items():
            if quantity:
                self.take(id, node, quantity)
        return "OK" if had == cells else "SHORT"

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
        if not any(self.held[id]["cells"].values()):
            del self.held[id]

    def used(self, node, channel):
        """What open reservations drew from a fence."""
        return sum(
            held["drawn"].get(node, {}).get(channel, 0) for held in self.held.values()
        )
