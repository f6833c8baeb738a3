"""A policy on one network: whom it leaves out, and what it adds to the cost of lanes."""

from __future__ import annotations

from typing import NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.codes import UNREACHED
from omniroute.model.cost_term import CostTerm
from omniroute.model.distance import KM_MAX, to_metres
from omniroute.model.money import to_minor
from omniroute.model.network import Network
from omniroute.model.objectives import MONEY
from omniroute.model.policy import RoutingPolicy
from omniroute.model.rule_group import RuleGroup
from omniroute.routing.lanes import LaneStore
from omniroute.routing.policies.priced import Surcharges
from omniroute.routing.policies.term_book import TermBook

#: What a shipment counts where fewer of them come first: above the cash of any plan (or
#: nothing is proven: `recost.Scale`), and a dozen of it below `codes.SHORT_UNIT`.
ONE_SHIPMENT = 2**35


class Prices(NamedTuple):
    """What a policy puts on things, in 1/10,000 of the currency unit."""

    day: int = 0
    shipment: int = 0
    #: Each shipment after the first.
    split: int = 0
    #: A kilometre from the node.
    km: int = 0


@attrs.frozen(eq=False)
class Rules:
    """What a policy, or one group of its waterfall, asks of the kernels.

    Parameters
    ----------
    network
        What it is for.
    criteria
        What counts, the first to decide first.
    prices
        Money for things that are not cash.
    allowed : bool[N, V]
        Services that each node may use, wherever the order goes.
    reach_m : int64[N]
        How far from the destination each node may be.
    terms
        Cost terms beside rates and handling.
    """

    network: Network
    criteria: tuple[str, ...]
    prices: Prices
    allowed: NDArray[np.bool_]
    reach_m: NDArray[np.int64]
    terms: tuple[CostTerm, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether kernels do all this by themselves."""
        known = self.criteria in (("cheapest",), ("fastest", "cheapest"))
        free = bool(self.allowed.all()) and int(self.reach_m.min()) == UNREACHED
        return known and free and self.prices == Prices() and not self.terms

    @property
    def counts_shipments(self) -> bool:
        """Whether fewer shipments count before money."""
        names = self.criteria
        if "fewest_shipments" not in names:
            return False
        return names.index("fewest_shipments") < names.index(self.money)

    @property
    def money(self) -> str:
        """The criterion that counts money."""
        return next(name for name in self.criteria if name in MONEY)

    @property
    def per_shipment(self) -> int:
        """What the kernels are told that a shipment costs beside its cash."""
        first = ONE_SHIPMENT if self.counts_shipments else 0
        return self.prices.shipment + self.prices.split + first

    def surcharges(self, lanes: LaneStore, book: TermBook, slot: int) -> Surcharges:
        """Return what is added to the lanes of a destination. O(nodes x services)."""
        nodes, services = self.allowed.shape
        dist_m = lanes.nodes[slot, 1].astype(np.int64)
        shipment = np.full((nodes, services), self.per_shipment, np.int64)
        shipment += distance_money(self.prices.km, dist_m)[:, None]
        line, unit = np.zeros((2, nodes), np.int64)
        refund = 0
        if book:
            # Credits for a shipment are for those that do not merge: nothing is proven.
            amounts = book.per_shipment(slot)
            refund = -int(amounts.min(initial=0))
            shipment += np.maximum(amounts, 0)
            line, unit = book.per_node(slot, "line"), book.per_node(slot, "unit")
        allowed = self.allowed & (dist_m <= self.reach_m)[:, None]
        # Credits for units: all are told a little more, which is taken off in the end.
        credit = -int(unit.min(initial=0))
        return Surcharges(shipment, line, unit + credit, allowed, credit, refund)


def distance_money(price: int, dist_m: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return money for metres at a price a kilometre, rounded to 1/10,000.

    A distance that is not known counts as the farthest there is.
    """
    return (np.minimum(dist_m, KM_MAX * 1000) * price + 500) // 1000


def rules_of(policy: RoutingPolicy, network: Network) -> Rules:
    """Return the rules of a policy, groups of a waterfall aside."""
    prices = Prices(
        to_minor(policy.day_price, "day_price"),
        to_minor(policy.shipment_price, "shipment_price"),
        to_minor(policy.split_penalty, "split_penalty"),
        to_minor(policy.distance_price, "distance_price"),
    )
    everything = np.ones((len(network.nodes), len(network.services)), np.bool_)
    limits = {
        kind: to_metres(km, "max_distance_km_by_kind")
        for kind, km in policy.max_distance_km_by_kind
    }
    reach_m = np.array([limits.get(n.kind, UNREACHED) for n in network.nodes], np.int64)
    return Rules(network, policy.in_order, prices, everything, reach_m, policy.terms)


def groups_of(policy: RoutingPolicy, rules: Rules) -> list[Rules]:
    """Return the rules of each group of a waterfall.

    Raises
    ------
    UnknownIdError
        A group names a node or service that the network has not.
    """
    return [
        _within(rules, group, f"policy.groups[{g}]")
        for g, group in enumerate(policy.groups)
    ]


def _within(rules: Rules, group: RuleGroup, path: str) -> Rules:
    """Return the rules of one group of a waterfall."""
    network = rules.network
    nodes = np.ones(len(network.nodes), np.bool_)
    services = np.ones(len(network.services), np.bool_)
    if group.node_kinds:
        nodes &= [node.kind in group.node_kinds for node in network.nodes]
    if group.nodes:
        named = [
            network.node_index(node, f"{path}.nodes[{j}]")
            for j, node in enumerate(group.nodes)
        ]
        nodes &= np.isin(np.arange(len(nodes)), named)
    if group.services:
        named = [
            network.service_index(name, f"{path}.services[{j}]")
            for j, name in enumerate(group.services)
        ]
        services &= np.isin(np.arange(len(services)), named)
    allowed = rules.allowed & nodes[:, None] & services[None, :]
    reach_m = np.minimum(rules.reach_m, group.max_distance_m or UNREACHED)
    return attrs.evolve(rules, allowed=allowed, reach_m=reach_m)
