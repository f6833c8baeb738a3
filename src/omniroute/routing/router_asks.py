"""From orders and policies to asks: the writers that a router keeps."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.codes import SHARE_ONE
from omniroute.errors import OmnirouteError, ValidationError
from omniroute.kernels.order.layout import A_LATEST
from omniroute.model.constraints import HARD
from omniroute.model.item import Item
from omniroute.model.network import Network
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.ask import Ask
from omniroute.routing.ask_lines import LineReader
from omniroute.routing.ask_writer import AskWriter
from omniroute.routing.decide import Decides
from omniroute.routing.feeding import goes_to
from omniroute.routing.for_later import check_lines
from omniroute.routing.gates import Gates
from omniroute.routing.policies.chooser import Chooser
from omniroute.routing.policies.rules import Rules, groups_of, rules_of
from omniroute.routing.policies.terms import Names
from omniroute.routing.policies.told import Told
from omniroute.routing.policies.waterfall import Waterfall, WaterfallByLine
from omniroute.routing.router_core import RouterCore
from omniroute.routing.tables import item_rows
from omniroute.stock.composed import Composed
from omniroute.stock.state import State

I8 = NDArray[np.int64]

#: Policies whose writers are kept: a live system has a handful, one that makes a policy
#: an order would fill the memory.
WRITERS_MAX = 16


class RouterAsks(RouterCore):
    """See `omniroute.routing.router.Router`."""

    def __init__(
        self,
        network: Network,
        items: Sequence[Item],
        state: State,
        policy: RoutingPolicy,
    ) -> None:
        super().__init__(network, items, state, policy)
        self._classes = [item.item_class for item in items]
        #: The least lately used first.
        self._writers: dict[RoutingPolicy, AskWriter] = {}
        self._reader = LineReader(self.catalogue)
        #: What cost terms are told by who decides otherwise than order by order.
        self.told = Told()
        self._writer = self.writer(policy)

    def add_items(
        self, items: Sequence[Item], composed: Composed | None = None
    ) -> None:
        """Know the items as they are now; their numbers must be the state's."""
        self.composed = composed or None
        recipes = composed.recipes if composed else None
        self.decider.items = item_rows(items, recipes)
        self._classes = [item.item_class for item in items]
        self._writers.clear()
        self._reader = LineReader(self.catalogue, self.composed)
        self._writer = self.writer(self.policy)

    def let_rest(self, nodes: tuple[int, ...]) -> None:
        """Route no order to these nodes, and to all others."""
        if nodes == self.resting:
            return
        self.resting = nodes
        self._writers.clear()
        self._writer = self.writer(self.policy)

    def writer(self, policy: RoutingPolicy | None) -> AskWriter:
        """Return the writer of asks under a policy; None: the router's own."""
        if policy is None:
            return self._writer
        if not isinstance(policy, RoutingPolicy):
            raise ValidationError("policy", "a RoutingPolicy", policy)
        found = self._writers.pop(policy, None)
        if found is None:
            about = self._reader, policy, self.resting, self._classes
            found = AskWriter(self.network, *about)
            found.decides = self._decides(policy)
            if policy.gates:
                found.gates = self._gates(policy)
            found.level = self.tables.level(policy.promise_percentile)
            if len(self._writers) >= WRITERS_MAX:
                self._writers.pop(next(iter(self._writers)))
        self._writers[policy] = found
        return found

    def _decides(self, policy: RoutingPolicy) -> Decides | None:
        """Return who decides under a policy that the kernels do not know; else None."""
        rules = rules_of(policy, self.network)
        if self._price_terms:
            rules = attrs.evolve(rules, terms=(*rules.terms, *self._price_terms))
        if not policy.groups:
            plain = rules.is_plain and not policy.gates
            return None if plain else self._chooser(rules)
        groups = [self._chooser(each) for each in groups_of(policy, rules)]
        if policy.fill == "line":
            return WaterfallByLine(groups, self._chooser(rules))
        return Waterfall(groups)

    def _gates(self, policy: RoutingPolicy) -> Gates:
        network, catalogue, classes = self.network, self.catalogue, self._classes
        return Gates(policy.gates, network, catalogue, classes, self.composed)

    def _chooser(self, rules: Rules) -> Chooser:
        names = Names(
            self.network,
            self.catalogue,
            self.lot_quanta,
            self._found,
            self._units_of_kit,
            {},
            self.told,
        )
        return Chooser(self.decider, self.lanes, names, rules, self._prices_now)

    def _prices_now(self) -> int:
        """Return a number that changes with the prices of work."""
        room = self._viewed
        return 0 if room is None else 2 * room.price_changes + room.is_later

    def lot_quanta(self, sku: int) -> int:
        """Return quanta in which a SKU is sold."""
        return 1 if self.composed is None else self.composed.lot_quanta(sku)

    def _units_of_kit(self, sku: int) -> dict[int, float]:
        if self.composed is None or not self.composed.is_kit(sku):
            return {}
        scales = self.catalogue.decimals
        lot = self.composed.lot_quanta(sku)
        return {
            part: quanta / lot / 10 ** int(scales[part])
            for part, quanta in self.composed.parts(sku).items()
        }

    def _found(self, skus: I8, nodes: I8) -> I8:
        """Return the chance, in 1/10,000, that each SKU is found at each node.

        A kit is found where all of its components are.
        """
        find, count = self._state.find, self._state.arena.nodes
        if self.composed is None:
            return find.at(skus * count + nodes)
        chances = np.full(len(skus), SHARE_ONE, np.int64)
        for sku in np.unique(skus).tolist():
            at = np.flatnonzero(skus == sku)
            for part in self.parts_of([sku]):
                chances[at] *= find.at(part * count + nodes[at])
                chances[at] //= SHARE_ONE
        return chances

    def with_limit(self, policy: RoutingPolicy | None) -> RoutingPolicy | None:
        """Return a policy that holds orders to the time they are needed by."""
        if not self.writer(policy).wishes:
            return policy
        return attrs.evolve(policy or self.policy, needed_by=HARD)

    def slot(self, order: Order, policy: RoutingPolicy | None) -> int:
        """Lane slot of an order's destination, as a policy counts transit."""
        return self._slot(order, self.writer(policy).level)

    def _slot(self, order: Order, level: int) -> int:
        """Lane slot of an order's destination, checked when it is new."""
        self.keep_time(0 if order.due is None else self.later(order))
        to = order.destination
        if order.collect_at is not None:
            to = goes_to(order, self.network)
        found = self.lanes.find(to, level)
        if found is None:
            self.network.check_destination(to, "destination")
            found = self.lanes.slot(to, level)
        return found

    def ask(self, order: Order, policy: RoutingPolicy | None = None) -> Ask:
        """Check an order and put it into the kernel's words."""
        if not isinstance(order, Order):
            raise ValidationError("order", "an Order", order)
        writer = self.writer(policy)
        try:
            self.check_channel(order)
            slot = self._slot(order, writer.level)
            ask = writer.write(order, slot)
            if order.due is not None:
                check_lines(self, ask)
            if order.needed_by is not None:
                ask.words[A_LATEST] = self.latest_of(order, slot, writer.wishes)
            return ask
        except OmnirouteError as error:
            raise error.under("order") from None
