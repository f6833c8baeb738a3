"""Orders that are collected where other nodes bring them: a place, fed by many nodes.

Such an order is routed as if it were shipped to the place of collection: each node that
feeds it is a shipment, its lane a leg. The place itself is told by the order.
"""

from __future__ import annotations

from functools import lru_cache

from omniroute.codes import KIND_SHIP_TO_STORE, SERVICE_KINDS
from omniroute.errors import ValidationError
from omniroute.model.destination import Destination
from omniroute.model.network import Network
from omniroute.model.node import Node
from omniroute.model.order import Order

#: The kind of services by which nodes feed a place of collection.
FED = SERVICE_KINDS[KIND_SHIP_TO_STORE]
#: Nodes that hold no stock of their own.
_PICKUP_POINT = "pickup_point"


def fed_by(order: Order, network: Network) -> list[int]:
    """Return the services, by index, that bring an order to where it is collected.

    None where it is collected from the stock of that node, or not collected at all. A
    pick-up point has no stock, so it is fed wherever the order admits that; another
    node is fed only for an order that admits nothing else.
    """
    if order.collect_at is None:
        return []
    services = network.services
    admitted = list(range(len(services)))
    if order.services is not None:
        index = network.service_index
        admitted = [index(n, f"services[{j}]") for j, n in enumerate(order.services)]
    fed = [s for s in admitted if services[s].kind == FED]
    place = network.nodes[network.node_index(order.collect_at, "collect_at")]
    collects = any(services[s].kind == "collect" for s in admitted)
    return [] if collects and place.kind != _PICKUP_POINT else fed


def goes_to(order: Order, network: Network) -> Destination:
    """Return where the shipments of an order go: to the customer, or where they collect."""
    if order.collect_at is None or not fed_by(order, network):
        return order.destination
    return place_of(network.nodes[network.node_index(order.collect_at)])


@lru_cache(maxsize=4096)
def place_of(node: Node) -> Destination:
    """Return a node as a destination.

    Raises
    ------
    ValidationError
        Nobody knows where it is.
    """
    try:
        return Destination(node.postcode, node.country, node.latitude, node.longitude)
    except ValidationError:
        expected = "a node with a postcode or coordinates, to be fed"
        raise ValidationError("collect_at", expected, node.id) from None
