"""The router: decides orders on the stock as it stands, and explains."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from decimal import Decimal

from omniroute._whole import Whole
from omniroute.errors import OmnirouteError, ValidationError
from omniroute.kernels.layout import A_COMPLETE
from omniroute.model.channels import ChannelTree
from omniroute.model.item import Item
from omniroute.model.network import Network
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.model.quantity import from_quanta
from omniroute.routing.ask import Ask, AskWriter
from omniroute.routing.composed import ComposedRouting
from omniroute.routing.decide import Decider
from omniroute.routing.explain import Explanation, explain
from omniroute.routing.feeding import goes_to
from omniroute.routing.lanes import LaneStore
from omniroute.routing.limits import asker_of, short_by, within
from omniroute.routing.plan import Plan, picked_lines
from omniroute.routing.tables import NetworkTables, item_rows
from omniroute.stock.bench import lend
from omniroute.stock.composed import Composed, Shelf
from omniroute.stock.lens import Lens
from omniroute.stock.state import State

#: Policies whose writers are kept: a live system has a handful, one that makes a policy
#: an order would fill the memory.
WRITERS_MAX = 16

Units = int | Decimal


class Router:
    """Routes orders over one network, on the stock of one state.

    Parameters
    ----------
    network, items
        What there is; ``items`` in the order of the state's SKU numbers.
    state
        Read, never modified.
    policy
        Used where a call names none.
    """

    def __init__(
        self,
        network: Network,
        items: Sequence[Item],
        state: State,
        policy: RoutingPolicy,
    ) -> None:
        #: Held by whoever decides or explains: lanes and memory are shared.
        self.lock = threading.RLock()
        self.network = network
        self.catalogue = state.catalogue
        self.tables = NetworkTables(network)
        self.lanes = LaneStore(self.tables)
        self.decider = Decider(self.tables, self.lanes, state.arena, item_rows(items))
        self.policy = policy
        #: What askers see who do not see plainly; None where all do.
        self.lens: Lens | None = None
        #: Kits, packs and substitutes; None where nothing is any of it.
        self.composed: Composed | None = None
        #: Channels that orders may come through.
        self.channels = ChannelTree()
        #: Nodes that are asked for nothing for a while, by index.
        self.resting: tuple[int, ...] = ()
        #: The least lately used first.
        self._writers: dict[RoutingPolicy, AskWriter] = {}
        self._places: list[int] = self.catalogue.decimals.tolist()
        self._writer = self.writer(policy)

    def add_items(
        self, items: Sequence[Item], composed: Composed | None = None
    ) -> None:
        """Know the items as they are now; their numbers must be the state's."""
        self.composed = composed or None
        recipes = composed.recipes if composed else None
        self.decider.items = item_rows(items, recipes)
        self._writers.clear()
        self._places = self.catalogue.decimals.tolist()
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
            found = AskWriter(
                self.network,
                self.catalogue,
                policy,
                self._places,
                self.composed,
                self.resting,
            )
            if len(self._writers) >= WRITERS_MAX:
                self._writers.pop(next(iter(self._writers)))
        self._writers[policy] = found
        return found

    def slot(self, order: Order) -> int:
        """Lane slot of an order's destination, checked when it is new."""
        to = order.destination
        if order.collect_at is not None:
            to = goes_to(order, self.network)
        found = self.lanes.find(to)
        if found is None:
            self.network.check_destination(to, "destination")
            found = self.lanes.slot(to)
        return found

    def route(self, order: Order, policy: RoutingPolicy | None = None) -> Plan:
        """Choose the best plan for an order on the stock as it stands.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the order cannot be; the path says where.
        """
        ask = self.ask(order, policy)
        answer = self.decide(order, ask)
        versions = self.versions(ask)
        return Plan(self, order, ask, answer, versions, policy)

    def decide(self, order: Order, ask: Ask) -> list[int]:
        """Return the kernels' answer to an order's ask, on the stock as it sees it."""
        if self.composed is not None and self.is_composed(ask):
            shelf = self._shelf(order)
            return ComposedRouting(self.decider, self.composed, shelf, ask).decide()
        if self.lens is None:
            return self.decider.decide(ask.words)
        asker, skus = asker_of(order, self.network), [sku for sku, _ in ask.lines]
        if self.lens.sees_plainly(asker, skus):
            return self.decider.decide(ask.words)
        with self.lens.over(skus, asker) as limits:
            words, missing = within(ask, limits)
            answer = self.decider.decide(words)
        return short_by(answer, missing, complete_only=words[A_COMPLETE] == 1)

    # -- kits, packs, substitutes ------------------------------------------------------

    def is_composed(self, ask: Ask) -> bool:
        """Whether an order has lines that are sold by the lot, or may be replaced."""
        composed = self.composed
        if composed is None:
            return False
        return bool(ask.offers) or any(sku in composed.recipes for sku, _ in ask.lines)

    def _shelf(self, order: Order) -> Shelf:
        assert self.composed is not None
        return self.composed.seen_by(asker_of(order, self.network))

    def drawn(self, ask: Ask, answer: list[int]) -> list[tuple[int, int, int]]:
        """(SKU number, node index, quanta) that an answer takes from stock."""
        picked = picked_lines(ask, answer)
        if self.composed is None or not self.is_composed(ask):
            return picked
        cells = self.composed.drawn(picked)
        return [(sku, node, quanta) for (sku, node), quanta in cells.items()]

    def versions(self, ask: Ask) -> list[int]:
        """Return numbers that change when stock does that a line is served from."""
        version = self.decider.arena.sku_version.item
        if self.composed is None or not self.is_composed(ask):
            return [version(sku) for sku, _ in ask.lines]
        return [
            sum(version(part) for sku in skus for part in self.composed.parts(sku))
            for skus in _skus_by_line(ask)
        ]

    # -- an order's words --------------------------------------------------------------

    def ask(self, order: Order, policy: RoutingPolicy | None = None) -> Ask:
        """Check an order and put it into the kernel's words."""
        if not isinstance(order, Order):
            raise ValidationError("order", "an Order", order)
        writer = self.writer(policy)
        try:
            self.check_channel(order)
            return writer.write(order, self.slot(order))
        except OmnirouteError as error:
            raise error.under("order") from None

    def check_channel(self, order: Order) -> None:
        """Refuse an order through a channel that there is not."""
        if order.channel is not None and order.channel not in self.channels.numbers:
            expected = "a channel the engine was made with"
            raise ValidationError("channel", expected, order.channel)

    def explain(self, plan: Plan) -> Explanation:
        """See `Plan.explain`."""
        if self.composed is not None and self.is_composed(plan.ask):
            with Whole(self.lock):
                skus = [sku for sku, _ in plan.ask.lines]
                shelf = self._shelf(plan.order)
                table = [shelf.lots(sku) for sku in skus]
                with lend(self.decider.arena, skus, table):
                    return explain(self, plan)
        if self.lens is None:
            with self.lock:
                return explain(self, plan)
        # Cells that are lent are given back, also when Ctrl-C is pressed.
        with Whole(self.lock):
            skus = [sku for sku, _ in plan.ask.lines]
            with self.lens.over(skus, asker_of(plan.order, self.network)) as limits:
                found = explain(self, plan)
            kept = [sku for sku in limits if self.lens.room(sku) is not None]
            return found.limited(self._units(kept, limits))

    def _units(self, skus: list[int], quanta: dict[int, int]) -> dict[str, Units]:
        texts = self.catalogue.skus.texts
        return {texts[s]: from_quanta(quanta[s], self._places[s]) for s in skus}


def _skus_by_line(ask: Ask) -> list[list[int]]:
    """SKU numbers that each line may be served with, its own first."""
    found = [[sku] for sku, _ in ask.lines]
    for line, sku in ask.offers:
        found[line].append(sku)
    return found
