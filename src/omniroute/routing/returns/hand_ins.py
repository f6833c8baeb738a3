"""What comes back, and under which rules, from the words of users to numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import Status
from omniroute.errors import OmnirouteError, ValidationError
from omniroute.model.destination import Destination
from omniroute.model.exact import to_scaled
from omniroute.model.hand_in import HandIn
from omniroute.model.item import Item
from omniroute.model.money import to_minor
from omniroute.model.network import Network
from omniroute.model.quantity import to_quanta
from omniroute.model.return_policy import SHARE_MAX, ReturnPolicy
from omniroute.routing.returns.worth import Ladder
from omniroute.stock.ids import Catalogue

I8 = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: What all that comes back together may be worth or cost, in minor units.
TOTAL_MAX = 2**59


class Came(NamedTuple):
    """A hand-in in numbers.

    Parameters
    ----------
    sku
        SKU number.
    quanta, scale
        How much, and quanta in a unit.
    units
        Units, one that is started counts whole.
    weight_g
        Grams of all of it.
    value_minor
        What a unit sells for.
    state
        In which it came.
    at
        Index of the node, or where it is sent from.
    """

    sku: int
    quanta: int
    scale: int
    units: int
    weight_g: int
    value_minor: int
    state: str
    at: int | Destination


class Before(NamedTuple):
    """What became of a hand-in that was booked before.

    Parameters
    ----------
    status
        What its id again means.
    node
        Index of the node it went to; -1 where that is not known.
    due_s
        When it was to be there, seconds UTC.
    """

    status: Status
    node: int
    due_s: int


class Prices:
    """Node prices, where some are given.

    Parameters
    ----------
    catalogue
        Knows the ids.
    given
        Money a unit by (SKU, node); None for none.

    Raises
    ------
    ValidationError, UnknownIdError
        What cannot be, by its path.
    """

    def __init__(self, catalogue: Catalogue, given: Any) -> None:
        self._none = np.full(len(catalogue.nodes), -1, np.int64)
        self._by_sku: dict[int, I8] = {}
        if given is not None and not isinstance(given, Mapping):
            raise ValidationError("prices", "a dict by (SKU, node)", given)
        for cell, price in (given or {}).items():
            path = f"prices[{cell!r}]"
            if not isinstance(cell, tuple) or len(cell) != 2:
                raise ValidationError(path, "a key (SKU, node)", cell)
            sku = catalogue.sku(cell[0], f"{path}.sku")
            node = catalogue.node(cell[1], f"{path}.node")
            minor = to_minor(price, path)
            if not 0 <= minor < TOTAL_MAX:
                raise ValidationError(path, "an amount of 0 or more", price)
            self._by_sku.setdefault(sku, self._none.copy())[node] = minor

    def of(self, sku: int) -> I8:
        """int64[N]: minor units, -1 where there is none."""
        return self._by_sku.get(sku, self._none)


class Rules:
    """A return policy in the numbers of one network.

    Parameters
    ----------
    network
        Nodes and services.
    policy
        What is declared.

    Attributes
    ----------
    services : list of int
        Those that bring units to another node.
    open : bool[N]
        Nodes that take returns at all.
    handling : int64[N]
        Minor units for taking in a unit.
    max_m : int or None
        Farthest node they are sent to, in metres.
    keep_here : bool
        Whether units may stay where they are handed in.
    scrap : int
        Share in 1/10,000 of what cannot be sold.

    Raises
    ------
    ValidationError, UnknownNodeError, UnknownServiceError
        No policy, or one that names what the network does not have.
    """

    def __init__(self, network: Network, policy: ReturnPolicy) -> None:
        if not isinstance(policy, ReturnPolicy):
            raise ValidationError("policy", "a ReturnPolicy", policy)
        self.services = _services(network, policy)
        self.open = ~_nodes(network, policy.exclude_nodes, "policy.exclude_nodes")
        self._takes = {
            state: _nodes(network, nodes, f"policy.takes[{state!r}]")
            for state, nodes in policy.takes.items()
        }
        kinds = {kind: to_minor(c, "handling") for kind, c in policy.handling.items()}
        costs = [kinds.get(node.kind, 0) for node in network.nodes]
        self.handling = np.array(costs, np.int64)
        self.max_m = policy.max_distance_m
        self.keep_here = policy.keep_here
        self.scrap = to_scaled(policy.scrap, 4, "scrap")
        self._sellable = {
            state: to_scaled(chance, 4, "sellable")
            for state, chance in policy.sellable.items()
        }
        self._steps = [(level, to_scaled(s, 4, "need")) for level, s in policy.need]
        self._otherwise = to_scaled(policy.otherwise, 4, "otherwise")

    def takes(self, state: str) -> Mask | None:
        """bool[N]: nodes that take units of a state; None for all."""
        return self._takes.get(state)

    def sellable(self, state: str) -> int:
        """Chance in 1/10,000 that units of a state can be sold in the end."""
        return self._sellable.get(state, 0)

    def ladder(self, scale: int) -> Ladder:
        """Return what a unit of so many quanta is worth by level."""
        return Ladder([(n * scale, share) for n, share in self._steps], self._otherwise)


class Reader:
    """Puts hand-ins into numbers.

    Parameters
    ----------
    network, catalogue, items
        What they may name; items in the order of their numbers.
    rules, prices
        What they may be worth.
    """

    def __init__(
        self,
        network: Network,
        catalogue: Catalogue,
        items: Sequence[Item],
        rules: Rules,
        prices: Prices,
    ) -> None:
        self._network, self._catalogue, self._items = network, catalogue, items
        self._prices = prices
        self._handling = int(rules.handling.max())

    def read(self, given: HandIn, path: str) -> Came:
        """Return a hand-in in numbers.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in it cannot be; ``path`` says where it stood.
        """
        try:
            return self._read(given)
        except OmnirouteError as error:
            raise error.under(path) from None

    def _read(self, given: HandIn) -> Came:
        sku = self._catalogue.stocked(self._catalogue.sku(given.sku, "sku"))
        item = self._items[sku]
        quanta = to_quanta(given.quantity, item.decimals, "quantity")
        units = -(-quanta // item.scale)
        value = to_minor(given.value, "value")
        most = max(value, int(self._prices.of(sku).max()), self._handling)
        if most * units * SHARE_MAX >= TOTAL_MAX:
            expected = "units whose worth fits 64 bits"
            raise ValidationError("quantity", expected, given.quantity)
        grams = -(-quanta * item.weight_g // item.scale)
        at = self._place(given.at)
        return Came(sku, quanta, item.scale, units, grams, value, given.state, at)

    def _place(self, at: str | Destination) -> int | Destination:
        if isinstance(at, Destination):
            self._network.check_destination(at, "at")
            return at
        return self._network.node_index(at, "at")


def _services(network: Network, policy: ReturnPolicy) -> list[int]:
    if policy.services is None:
        named = enumerate(network.services)
        return [s for s, service in named if service.kind == "ship"]
    return [
        network.service_index(name, f"policy.services[{j}]")
        for j, name in enumerate(policy.services)
    ]


def _nodes(network: Network, names: Sequence[str], path: str) -> Mask:
    found = np.zeros(len(network.nodes), np.bool_)
    for j, name in enumerate(names):
        found[network.node_index(name, f"{path}[{j}]")] = True
    return found
