"""The head of an ask: what a policy and an order say of services, nodes and limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from omniroute.codes import SERVICE_KINDS
from omniroute.errors import ValidationError
from omniroute.kernels.order.layout import (
    A_GROUPS,
    A_HEADER,
    GROUP_WIDTH,
    SPLIT_FREELY,
    SPLIT_NEVER,
)
from omniroute.model.constraints import FREELY, NEVER, WHEN_NEEDED
from omniroute.model.network import Network
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.ask import ANY_TIME
from omniroute.routing.feeding import FED, fed_by

_COLLECT = "collect"
_SPLIT_WORDS = {WHEN_NEEDED: 0, NEVER: SPLIT_NEVER, FREELY: SPLIT_FREELY}


class HeadWriter:
    """Writes the heads of asks for one network under one policy.

    Parameters
    ----------
    network
        What orders may name.
    policy
        The rules to follow.
    resting
        Nodes that are asked for nothing, by index.
    """

    #: Sets of services whose heads are kept.
    HEADS_MAX = 256

    def __init__(
        self, network: Network, policy: RoutingPolicy, resting: Sequence[int] = ()
    ) -> None:
        self._network = network
        self._policy = policy
        self._excluded = [*self._nodes(policy.exclude_nodes, "exclude_nodes"), *resting]
        max_m = policy.max_distance_m
        self._tail = [
            0,
            -1 if max_m is None else max_m,
            int(policy.in_order[0] == "fastest"),
            int(policy.complete_only),
            policy.work_budget,
        ]
        self._split = _SPLIT_WORDS[policy.split_lines]
        self._not_through = {
            channel: self._nodes(nodes, f"exclude_nodes_by_channel[{channel!r}]")
            for channel, nodes in policy.exclude_nodes_by_channel
        }
        #: Whether the policy looks at an order's channel or value.
        self.looks_closer = bool(self._not_through) or bool(policy.min_value_to_split)
        #: Heads of orders that name no nodes, by what services they name.
        self.kept: dict[tuple[str, ...] | None, list[int]] = {}
        self._by_default = _by_default(network)

    def _nodes(self, ids: Iterable[str], field: str) -> list[int]:
        """Return nodes that the policy names, by index."""
        index = self._network.node_index
        return [index(node, f"policy.{field}[{j}]") for j, node in enumerate(ids)]

    def of_services(self, names: tuple[str, ...] | None) -> list[int]:
        """Write, once, the head of all orders that name no nodes."""
        admitted = self._by_default if names is None else self._admitted(names)
        head = self._head(self._groups_of(admitted), self._excluded, -1)
        if len(self.kept) >= self.HEADS_MAX:
            self.kept.clear()
        self.kept[names] = head
        return head

    def of_order(self, order: Order, head: list[int]) -> list[int]:
        """Write the head of an order that is not like all of its services."""
        node_index = self._network.node_index
        excluded = self._excluded + [
            node_index(node, f"exclude_nodes[{j}]")
            for j, node in enumerate(order.exclude_nodes)
        ]
        groups = head[A_HEADER : A_HEADER + GROUP_WIDTH * head[A_GROUPS]]
        at = -1
        if order.collect_at is not None:
            at = node_index(order.collect_at, "collect_at")
            if fed := fed_by(order, self._network):
                # As if shipped there, from wherever: no node has to have it all.
                at, groups = -1, self._groups_of(fed, fed=True)
            else:
                groups = self._collect_only(order)
        if order.channel is not None:
            excluded = excluded + self._not_through.get(order.channel, [])
        if self._is_too_small(order):
            groups = [1 if k % 2 else word for k, word in enumerate(groups)]
        return self._head(groups, excluded, at)

    def _is_too_small(self, order: Order) -> bool:
        """Whether an order is not worth enough to be split."""
        least = self._policy.min_value_to_split
        return least is not None and order.value is not None and order.value < least

    def _head(self, groups: list[int], excluded: list[int], at: int) -> list[int]:
        """Write everything before the lines; their number and the slot are still 0."""
        counts = [0, 0, len(groups) >> 1, len(excluded)]
        return [
            *counts,
            *self._tail,
            at,
            0,
            self._split,
            ANY_TIME,
            *groups,
            *excluded,
        ]

    def _collect_only(self, order: Order) -> list[int]:
        """Keep what collects: an order that names its node is not shipped."""
        services = self._network.services
        named = range(len(services))
        admitted = named if order.services is None else self._admitted(order.services)
        kept = [s for s in admitted if services[s].kind == _COLLECT]
        if not kept:
            expected = "a collect service, as the order names collect_at"
            raise ValidationError("services", expected, order.services)
        return self._groups_of(kept)

    def _admitted(self, names: tuple[str, ...]) -> list[int]:
        index = self._network.service_index
        return [index(name, f"services[{j}]") for j, name in enumerate(names)]

    def _groups_of(self, admitted: Iterable[int], fed: bool = False) -> list[int]:
        """Bits and shipment limit of each group of services that may share a plan.

        Kinds do not mix unless the policy says so; a collected order has one node. What
        feeds a place of collection is for orders that name it.
        """
        services = self._network.services
        bits: dict[str, int] = {}
        for s in admitted:
            kind = services[s].kind
            if kind == FED and not fed:
                continue
            if self._policy.mix_kinds and kind != _COLLECT:
                kind = SERVICE_KINDS[0]
            bits[kind] = bits.get(kind, 0) | 1 << s
        limit = self._policy.max_shipments or 0
        groups = []
        for kind in sorted(bits, key=SERVICE_KINDS.index):
            groups += [bits[kind], 1 if kind == _COLLECT else limit]
        return groups


def _by_default(network: Network) -> list[int]:
    """Services of an order that names none: all that deliver, else all there are."""
    every = range(len(network.services))
    kinds = [network.services[s].kind for s in every]
    delivering = [s for s in every if kinds[s] not in (_COLLECT, FED)]
    return delivering or list(every)
