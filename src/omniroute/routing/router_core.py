"""What every part of routing stands on: what there is, how it is seen, and its time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date, datetime

from omniroute.errors import UnknownChannelError, ValidationError
from omniroute.model.channels import ChannelTree
from omniroute.model.instant import to_datetime, to_seconds
from omniroute.model.item import Item
from omniroute.model.network import Network
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.promising.room import Room
from omniroute.promising.room_block import RoomBlock
from omniroute.routing.ask import Ask
from omniroute.routing.dates import Calendars, Dates, counted_days
from omniroute.routing.decide import Decider, Decides
from omniroute.routing.delivery_room import DeliveryRoom
from omniroute.routing.lanes import LaneStore
from omniroute.routing.lateness import as_wish
from omniroute.routing.picks import picked_lines
from omniroute.routing.policies.together import KeepTogether
from omniroute.routing.tables import NetworkTables, item_rows
from omniroute.routing.work_prices import price_terms
from omniroute.stock.composed import Composed
from omniroute.stock.day import Days
from omniroute.stock.lens import Lens
from omniroute.stock.state import State


class RouterCore:
    """See `omniroute.routing.router.Router`."""

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
        #: Delivery windows that take so many and no more.
        self.deliveries = DeliveryRoom(network, state.workload)
        #: Whose prices of work count: those of the present, or of a later day.
        self._viewed = self.room
        #: What work over its limit counts, whatever the policy.
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

    @property
    def state(self) -> State:
        """What it decides on: read it."""
        return self._state

    @property
    def work_prices(self) -> list[str]:
        """Names of what work over its limit counts."""
        return [term.name for term in self._price_terms]

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

    def check_needed_by(self, needed_by: date) -> None:
        """Refuse a time to arrive by where routing tells no dates."""
        if self.calendars is None:
            expected = "None: no service of the network has a dispatch rule"
            raise ValidationError("needed_by", expected, needed_by)

    def check_channel(self, order: Order) -> None:
        """Refuse an order through a channel that there is not."""
        if order.channel is not None and order.channel not in self.channels.numbers:
            raise UnknownChannelError(order.channel, "channel")

    def decider_of(self, ask: Ask) -> Decides:
        """Return who decides an ask: the kernels, or its policy by way of them."""
        decider = ask.decides or self.decider
        return KeepTogether(decider, ask.together) if ask.together else decider

    def is_composed(self, ask: Ask) -> bool:
        """Whether an order has lines that are sold by the lot, or may be replaced."""
        composed = self.composed
        if composed is None:
            return False
        return bool(ask.offers) or any(sku in composed.recipes for sku, _ in ask.lines)

    def parts_of(self, skus: Sequence[int]) -> list[int]:
        """SKU numbers that others are drawn from."""
        assert self.composed is not None
        return [part for sku in skus for part in self.composed.parts(sku)]

    def drawn(self, ask: Ask, answer: list[int]) -> list[tuple[int, int, int]]:
        """(SKU number, node index, quanta) that an answer takes from stock."""
        picked = picked_lines(ask, answer)
        if self.composed is None or not self.is_composed(ask):
            return picked
        cells = self.composed.drawn(picked)
        return [(sku, node, quanta) for (sku, node), quanta in cells.items()]
