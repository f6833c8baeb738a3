"""The router: decides orders on the stock as it stands, and explains."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute._whole import Whole
from omniroute.codes import SHARE_ONE
from omniroute.errors import OmnirouteError, UnknownChannelError, ValidationError
from omniroute.kernels.order.layout import (
    A_COMPLETE,
    A_LATEST,
    A_LINES,
    O_BOUND,
    O_HEADER,
    O_PICKS,
    O_PROVEN,
    O_SHIPMENTS,
    PICK_WIDTH,
    SHIPMENT_WIDTH,
)
from omniroute.model.channels import ChannelTree
from omniroute.model.checks import flag
from omniroute.model.constraints import HARD
from omniroute.model.instant import to_datetime, to_seconds
from omniroute.model.item import Item
from omniroute.model.network import Network
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.promising.room import Room
from omniroute.promising.room_block import RoomBlock
from omniroute.routing.ask import Ask, AskWriter
from omniroute.routing.composed import ComposedRouting
from omniroute.routing.dates import Calendars, Dates, counted_days
from omniroute.routing.decide import Decider, Decides
from omniroute.routing.delivery_room import DeliveryRoom
from omniroute.routing.explaining.alternatives import Alternatives, alternatives
from omniroute.routing.explaining.explain import Explanation, explain
from omniroute.routing.explaining.versus import PlanDifference, compare_plans
from omniroute.routing.explaining.why_not import WhyNot, why_not
from omniroute.routing.feeding import goes_to
from omniroute.routing.for_later import (
    check_lines,
    decide_later,
    lent_for,
    shelf_for,
    stock_for,
    versions_of,
)
from omniroute.routing.gates import Gates, decide_at_gates, gated
from omniroute.routing.lanes import LaneStore
from omniroute.routing.lateness import as_wish
from omniroute.routing.limits import asker_of, short_by, within
from omniroute.routing.plan import Plan, picked_lines
from omniroute.routing.policies.chooser import Chooser
from omniroute.routing.policies.rules import Rules, groups_of, rules_of
from omniroute.routing.policies.shadow import Shadow
from omniroute.routing.policies.terms import Names
from omniroute.routing.policies.together import KeepTogether
from omniroute.routing.policies.waterfall import Waterfall, WaterfallByLine
from omniroute.routing.tables import NetworkTables, item_rows
from omniroute.routing.working import decide_in_room, price_terms
from omniroute.stock.bench import lend
from omniroute.stock.composed import Composed, Shelf
from omniroute.stock.day import Days
from omniroute.stock.lens import Lens
from omniroute.stock.state import State

I8 = NDArray[np.int64]

#: Policies whose writers are kept: a live system has a handful, one that makes a policy
#: an order would fill the memory.
WRITERS_MAX = 16


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
        self._state = state
        #: When orders leave and arrive; None where the network has no calendars.
        self.calendars = (
            Calendars(self.tables, state.workload) if network.dated else None
        )
        #: Where there is room for more work; None where the network has no capacity.
        self.room = self.calendars.room if self.calendars else None
        #: Lanes that change with time, or with what nodes have taken on.
        self.timed = self.calendars.lanes if self.calendars else None
        if network.capacity and not self.calendars:
            self.room, self.timed = counted_days(self.tables, state.workload)
        self.lanes: LaneStore = self.timed or LaneStore(self.tables)
        #: What batches see of that, made by the first.
        self.room_block: RoomBlock | None = None
        #: What work over its limit counts, whatever the policy.
        #: Delivery windows that take so many and no more.
        self.deliveries = DeliveryRoom(network)
        #: Whose prices of work count: those of the present, or of a later day.
        self._viewed = self.room
        self._price_terms = price_terms(self.room, lambda: self._viewed)
        self.decider = Decider(self.tables, self.lanes, state.arena, item_rows(items))
        self.policy = policy
        #: What askers see who do not see plainly; None where all do.
        self.lens: Lens | None = None
        #: Kits, packs and substitutes; None where nothing is any of it.
        self.composed: Composed | None = None
        #: Channels that orders may come through.
        self.channels = ChannelTree()
        #: What can be promised for later days; whoever owns the state says.
        self.days: Days
        #: Nodes that are asked for nothing for a while, by index.
        self.resting: tuple[int, ...] = ()
        self._classes = [item.item_class for item in items]
        #: Who decides beside the live policy.
        self.shadows: list[Shadow] = []
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
        self._classes = [item.item_class for item in items]
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
                self._classes,
            )
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
            self._lot,
            self._found,
            self._units_of_kit,
            {},
        )
        return Chooser(self.decider, self.lanes, names, rules, self._prices_now)

    @property
    def work_prices(self) -> list[str]:
        """Names of what work over its limit counts."""
        return [term.name for term in self._price_terms]

    def _prices_now(self) -> int:
        """Return a number that changes with the prices of work."""
        room = self._viewed
        return 0 if room is None else 2 * room.price_changes + room.is_later

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

    def keep_time(self, due: int = 0) -> None:
        """Have lanes tell the arrivals of the present, or of a later second."""
        if self.timed is not None:
            self.timed.keep_time(self._state.now, due)
            if self._price_terms:
                self._viewed = self.timed.room_at(due)

    def later(self, order: Order) -> int:
        """Return the second at which an order is wanted; 0 for at once."""
        second = 0 if order.due is None else to_seconds(order.due, "due")
        return second if second > self._state.now else 0

    def room_of(self, order: Order) -> tuple[Room | None, int]:
        """Return where there is room for the work of an order, and when that begins."""
        due = 0 if order.due is None else self.later(order)
        room = self.room if self.timed is None else self.timed.room_at(due)
        return room, due or self._state.now

    @property
    def state(self) -> State:
        """What it decides on: read it."""
        return self._state

    @property
    def now_s(self) -> int:
        """The time of decisions made now, in seconds UTC."""
        return self._state.now

    @property
    def present(self) -> datetime:
        """The time of decisions made now."""
        return to_datetime(self._state.now)

    def dates(self, order: Order | None = None) -> Dates | None:
        """Return what tells the dates of decisions made now; None without calendars.

        An order that is due later is as if handed in then.
        """
        if self.calendars is None:
            return None
        due = 0 if order is None else self.later(order)
        return self.calendars.dates(self._state.now, due)

    def latest(self, needed_by: date, slot: int) -> int:
        """Return the latest arrival that is in time, as transit is counted there.

        Raises
        ------
        ValidationError
            The network has no calendars.
        """
        self.check_needed_by(needed_by)
        assert self.calendars is not None
        return self.calendars.lanes.latest(slot, needed_by)

    def latest_of(self, order: Order, slot: int, wishes: bool) -> int:
        """Return the word of an ask for an order that is needed by a time.

        ``wishes``: the time is a wish, which has a price, and no limit.
        """
        assert order.needed_by is not None
        if not wishes:
            return self.latest(order.needed_by, slot)
        start_s = self.later(order) or self._state.now
        return as_wish(self.lanes.time_of(slot, order.needed_by, start_s))

    def with_limit(self, policy: RoutingPolicy | None) -> RoutingPolicy | None:
        """Return a policy that holds orders to the time they are needed by."""
        if not self.writer(policy).wishes:
            return policy
        return attrs.evolve(policy or self.policy, needed_by=HARD)

    def check_needed_by(self, needed_by: date) -> None:
        """Refuse a time to arrive by where routing tells no dates."""
        if self.calendars is None:
            expected = "None: no service of the network has a dispatch rule"
            raise ValidationError("needed_by", expected, needed_by)

    def seen(self, order: Order, answer: list[int]) -> list[int]:
        """Return an answer that every shadow has seen."""
        for shadow in self.shadows:
            shadow.see(order, answer, self._state.now)
        return answer

    def route(self, order: Order, policy: RoutingPolicy | None = None) -> Plan:
        """Choose the best plan for an order on the stock as it stands.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the order cannot be; the path says where.
        """
        ask = self.ask(order, policy)
        answer = self.decide(order, ask)
        if self.shadows:
            self.seen(order, answer)
        return self.plan_of(order, ask, answer, policy)

    def plan_of(
        self,
        order: Order,
        ask: Ask,
        answer: list[int],
        policy: RoutingPolicy | None,
        dates: Dates | None = None,
    ) -> Plan:
        """Return a plan decided on the stock as it stands; ``dates`` None: now."""
        versions = self.versions(order, ask)
        plan = Plan(self, order, ask, answer, versions, policy, dates)
        return plan if ask.decides is None else plan.name_terms()

    def named(
        self, order: Order, ask: Ask, answer: list[int]
    ) -> list[tuple[dict[str, int], dict[str, int]]]:
        """Return cash and prices that a policy adds to each shipment of an answer."""
        decides = ask.decides
        if decides is None or not answer[O_PICKS]:
            return []
        with self.as_seen(order, ask):
            found = decides.named(self._in_lots(ask), self._lots_of(ask, answer))
        cash = decides.cash_terms
        return [
            (
                {name: money for name, money in each.items() if name in cash},
                {name: money for name, money in each.items() if name not in cash},
            )
            for each in found
        ]

    def decider_of(self, ask: Ask) -> Decides:
        """Return who decides an ask: the kernels, or its policy by way of them."""
        decider = ask.decides or self.decider
        return KeepTogether(decider, ask.together) if ask.together else decider

    def decide(self, order: Order, ask: Ask) -> list[int]:
        """Return the best answer to an order's ask, on the stock as it sees it."""
        if self.room is not None:
            return self._bounded(order, ask, decide_in_room(self, order, ask))
        return self.decide_as_told(order, ask)

    def decide_as_told(self, order: Order, ask: Ask) -> list[int]:
        """Return the best answer on lanes as they are."""
        return self._bounded(order, ask, self._decided(order, ask))

    def _bounded(self, order: Order, ask: Ask, answer: list[int]) -> list[int]:
        """Return an answer of which no better bound is known with what credits allow.

        Where nothing is known the bound is 0; but a plan may count less than nothing.
        """
        if ask.decides is not None and not (answer[O_BOUND] or answer[O_PROVEN]):
            with self.as_seen(order, ask):
                answer[O_BOUND] = min(0, ask.decides.least(self._in_lots(ask)))
        return answer

    def _decided(self, order: Order, ask: Ask) -> list[int]:
        if order.due is not None and (due := self.later(order)):
            return decide_later(self, order, ask, due)
        decider = self.decider_of(ask)
        if self.composed is not None and self.is_composed(ask):
            shelf = self.shelf(order, ask)
            return ComposedRouting(decider, self.composed, shelf, ask).decide()
        if ask.gates is not None:
            return decide_at_gates(self, order, ask)
        if self.lens is None:
            return decider.decide(ask.words)
        asker, skus = asker_of(order, self.network), [sku for sku, _ in ask.lines]
        if self.lens.sees_plainly(asker, skus):
            return decider.decide(ask.words)
        with self.lens.over(skus, asker) as limits:
            words, missing = within(ask, limits)
            answer = decider.decide(words)
        return short_by(answer, missing, complete_only=words[A_COMPLETE] == 1)

    # -- kits, packs, substitutes ------------------------------------------------------

    def is_composed(self, ask: Ask) -> bool:
        """Whether an order has lines that are sold by the lot, or may be replaced."""
        composed = self.composed
        if composed is None:
            return False
        return bool(ask.offers) or any(sku in composed.recipes for sku, _ in ask.lines)

    @contextmanager
    def as_seen(self, order: Order, ask: Ask) -> Iterator[None]:
        """Let the arena show what an order was decided on: what its asker sees, in lots."""
        with Whole(self.lock), ExitStack() as stack:
            skus = [sku for sku, _ in ask.lines]
            if order.due is not None and (due := self.later(order)):
                stack.enter_context(lent_for(self, order, ask, due))
            elif self.composed is not None and self.is_composed(ask):
                skus = list(dict.fromkeys([*skus, *(sku for _, sku in ask.offers)]))
                table = [self.shelf(order, ask).lots(sku) for sku in skus]
                stack.enter_context(lend(self.decider.arena, skus, table))
            else:
                if self.lens is not None:
                    asker = asker_of(order, self.network)
                    stack.enter_context(self.lens.over(skus, asker))
                stack.enter_context(gated(self.decider.arena, skus, ask.gates))
            yield

    def _lot(self, sku: int) -> int:
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
            for part in self._parts([sku]):
                chances[at] *= find.at(part * count + nodes[at])
                chances[at] //= SHARE_ONE
        return chances

    def _in_lots(self, ask: Ask) -> list[int]:
        """Return an ask with its offers as lines, and lots where it says quanta."""
        wanted = [quanta for _, quanta in ask.lines]
        wanted += [ask.lines[line][1] for line, _ in ask.offers]
        head = list(ask.words[: len(ask.words) - 2 * len(ask.lines)])
        head[A_LINES] = len(wanted)
        for place, quanta in enumerate(wanted):
            sku = ask.sku_of(place)
            head += [sku, quanta // self._lot(sku)]
        return head

    def _lots_of(self, ask: Ask, answer: list[int]) -> list[int]:
        """Return an answer with lots where it says quanta."""
        told = list(answer)
        start = O_HEADER + SHIPMENT_WIDTH * answer[O_SHIPMENTS]
        for j in range(start, start + PICK_WIDTH * answer[O_PICKS], PICK_WIDTH):
            told[j + 2] //= self._lot(ask.sku_of(answer[j + 1]))
        return told

    def shelf(self, order: Order, ask: Ask) -> Shelf:
        """Return what can be promised to who asks with an order."""
        assert self.composed is not None
        if order.due is not None and (due := self.later(order)):
            return shelf_for(self, stock_for(self, order, ask, due))
        shelf = self.composed.seen_by(asker_of(order, self.network))
        if ask.gates is None:
            return shelf
        skus = [sku for line in _skus_by_line(ask) for sku in line]
        return ask.gates.over(shelf, self.decider.arena, skus)

    def drawn(self, ask: Ask, answer: list[int]) -> list[tuple[int, int, int]]:
        """(SKU number, node index, quanta) that an answer takes from stock."""
        picked = picked_lines(ask, answer)
        if self.composed is None or not self.is_composed(ask):
            return picked
        cells = self.composed.drawn(picked)
        return [(sku, node, quanta) for (sku, node), quanta in cells.items()]

    def versions(self, order: Order, ask: Ask) -> list[int]:
        """Return numbers that change with anything an order's decision was made on.

        Stock that a line is served from; where the order sees it otherwise than all do,
        also the rules, and what the network keeps back.
        """
        if order.due is not None and (due := self.later(order)):
            found = versions_of(self, order, ask, due)
            if self.timed is not None and self.calendars is None:
                found.append(self.timed.keep_time(self._state.now, due).print_of_waits)
            return found
        version = self.decider.arena.sku_version.item
        if self.composed is None or not self.is_composed(ask):
            skus = [sku for sku, _ in ask.lines]
            found = [version(sku) for sku in skus]
        else:
            lines = [self._parts(skus) for skus in _skus_by_line(ask)]
            found = [sum(map(version, parts)) for parts in lines]
            skus = [part for parts in lines for part in parts]
        if self.lens is not None:
            found += self.lens.versions(asker_of(order, self.network), skus)
        if self.room is not None and self.calendars is None:
            found.append(self.room.changes)
        return found

    def _parts(self, skus: Sequence[int]) -> list[int]:
        """SKU numbers that others are drawn from."""
        assert self.composed is not None
        return [part for sku in skus for part in self.composed.parts(sku)]

    # -- an order's words --------------------------------------------------------------

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

    def check_channel(self, order: Order) -> None:
        """Refuse an order through a channel that there is not."""
        if order.channel is not None and order.channel not in self.channels.numbers:
            raise UnknownChannelError(order.channel, "channel")

    def explain(self, plan: Plan) -> Explanation:
        """See `Plan.explain`."""
        with self.lock:
            return explain(self, plan)

    def why_not(
        self, plan: Plan, node: str, *, alone: bool, line: str | None
    ) -> WhyNot:
        """See `Plan.why_not`."""
        if flag(alone, "alone") and line is not None:
            raise ValidationError("line", "None, as the node is asked for all", line)
        # Cells that are lent are given back, also when Ctrl-C is pressed.
        with Whole(self.lock):
            return why_not(self, plan, node, alone=alone, line=line)

    def alternatives(self, plan: Plan, k: int) -> Alternatives:
        """See `Plan.alternatives`."""
        with Whole(self.lock):
            return alternatives(self, plan, k)

    def compare(self, a: Plan, b: Plan) -> PlanDifference:
        """See `Plan.versus`."""
        return compare_plans(a, b)


def _skus_by_line(ask: Ask) -> list[list[int]]:
    """SKU numbers that each line may be served with, its own first."""
    found = [[sku] for sku, _ in ask.lines]
    for line, sku in ask.offers:
        found[line].append(sku)
    return found
