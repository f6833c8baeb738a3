"""Nodes as far from one customer as a case says: all of them due east, on the equator."""

from __future__ import annotations

import math

import omniroute as om

HERE = om.Destination(latitude=0.0, longitude=0.0)
#: The mean radius of the Earth, as distances are reckoned everywhere in the library.
RADIUS_KM = 6_371.008_8
KM_A_MILE = 1.609_344


def degrees_east(km):
    return math.degrees(km / RADIUS_KM)


def units_of(stock):
    """Units by item: given so, or a list of items of which there is one each."""
    return dict.fromkeys(stock, 1) if isinstance(stock, list) else stock


class Chain:
    """Nodes with stock at distances, one service by parcel; who differs is named.

    ``more`` are further fields of nodes by name, ``services`` stand for the parcel
    service, ``capacity`` are rules of how much work nodes do.
    """

    def __init__(
        self, stock, km=None, *, more=None, services=(), capacity=(), clock=lambda: 0
    ):
        self.stock = {node: units_of(units) for node, units in stock.items()}
        km, more = km or {}, more or {}
        nodes = [
            om.Node(
                node,
                latitude=0.0,
                longitude=degrees_east(km.get(node, 10)),
                **more.get(node, {}),
            )
            for node in self.stock
        ]
        services = services or [om.Service("ground", "ship", om.RateCard.flat(5))]
        skus = dict.fromkeys(sku for units in self.stock.values() for sku in units)
        self.engine = om.Engine(
            om.Network(nodes, services, capacity=capacity),
            [om.Item(sku) for sku in skus],
            clock=clock,
        )
        self.engine.apply(
            [
                om.Receive(sku, node, some)
                for node, units in self.stock.items()
                for sku, some in units.items()
                if some
            ]
        )

    def route(self, lines, *, now=None, order=None, **rules):
        """The plan for an order under a policy of these rules."""
        wanted = om.Order(units_of(lines), HERE, **(order or {}))
        policy = om.RoutingPolicy(**rules)
        return self.engine.route(wanted, policy=policy, now=now)

    def ship_from(self, lines, **more):
        """The one node that serves all of it; None where it takes several, or none."""
        plan = self.route(lines, **more)
        nodes = {shipment.node for shipment in plan.shipments}
        return nodes.pop() if plan.complete and len(nodes) == 1 else None


def picks(plan):
    """Units by node and item."""
    found = {}
    for shipment in plan.shipments:
        units = found.setdefault(shipment.node, {})
        for line in shipment.lines:
            units[line.sku] = units.get(line.sku, 0) + line.quantity
    return found


def short(plan):
    """Units by item that a plan leaves out."""
    return {line.sku: line.quantity for line in plan.shortages}


def all_but(nodes, one):
    return [node for node in nodes if node != one]
