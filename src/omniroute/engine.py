"""The engine: the one object a live system holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial as partial_
from typing import Any, NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute import availability as atp
from omniroute._whole import Whole
from omniroute.atp.by_date import LOOK_AHEAD, atp_by_date
from omniroute.atp.of_state import timelines_of_state
from omniroute.atp.schedule import AtpSchedule
from omniroute.availability import AvailabilityMatrix
from omniroute.codes import ReservationState, Status
from omniroute.errors import (
    ConfigurationError,
    StatusError,
    UnknownIdError,
    ValidationError,
)
from omniroute.model.atp_rule import AtpRule
from omniroute.model.buckets import Buckets
from omniroute.model.channels import Channel, ChannelTree
from omniroute.model.checks import flag, one_of, text, texts
from omniroute.model.exact import Number
from omniroute.model.fences import RingFence
from omniroute.model.hold_line import HoldLine
from omniroute.model.instant import (
    clock_seconds,
    duration_s,
    to_datetime,
    to_seconds,
)
from omniroute.model.item import Item
from omniroute.model.network import Network
from omniroute.model.order import Order
from omniroute.model.oversell import OversellRule
from omniroute.model.policy import RoutingPolicy
from omniroute.model.quantity import from_quanta, to_quanta
from omniroute.model.safety import SafetyRule
from omniroute.reservations import life, print_lines, print_terms, repeated
from omniroute.reservations.holds import OneHold, Requests, Reserving
from omniroute.reservations.life import Step
from omniroute.reservations.lines import (
    Cells,
    HoldLines,
    cells_of,
    hold_lines,
    quanta_by_sku,
)
from omniroute.reservations.many import (
    HoldBatch,
    ManySteps,
    commit_many,
    fulfil_many,
    ids_of,
    release_many,
)
from omniroute.reservations.prints import print_hold_terms
from omniroute.reservations.query import reservation_columns
from omniroute.reservations.seen import (
    exceeds,
    missing_of,
    status_of,
    what_is_there,
)
from omniroute.reservations.standing import TOLD_OF_STATE
from omniroute.routing.ask import Ask
from omniroute.routing.batch import BatchResult
from omniroute.routing.limits import asker_of
from omniroute.routing.many import (
    BatchRun,
    Holds,
    picked_lines,
    reserve_effects,
    still_there,
    worth_reserving,
)
from omniroute.routing.plan import Plan
from omniroute.routing.router import Router
from omniroute.stock import allocate, decide, intake
from omniroute.stock.applied import ONE, Applied
from omniroute.stock.book import Reservation, just_held
from omniroute.stock.draws import concerns, through, with_draws
from omniroute.stock.effects import NOTHING, EffectBatch, concat
from omniroute.stock.events import CellEvent, Event, resolve
from omniroute.stock.frames import is_frame
from omniroute.stock.guard import Guard
from omniroute.stock.hold_frames import HoldColumns, holds_from_columns
from omniroute.stock.lens import PLAIN, Asker, Lens
from omniroute.stock.log import EffectLog
from omniroute.stock.show import CellStock, cell_stock, inbound_columns
from omniroute.stock.state import RETENTION_S, State
from omniroute.stock.supply_events import SupplyEvent

I8 = NDArray[np.int64]
Instant = datetime | int | None
Duration = str | int | timedelta | None

#: Seconds below this, thirty years, need no closer look.
_PLAIN_TTL_S = 10**9
#: Until the year 7000 such a hold ends in one that has a date.
_PLAIN_NOW_S = 160 * 10**9
#: The id is taken by another request, whose reservation this is.
_OTHERS = (Status.EXISTS_WITH_DIFFERENT_LINES, Status.EXISTS_WITH_DIFFERENT_TERMS)


@attrs.frozen
class Placement:
    """What came of `Engine.place` or `Engine.reserve`.

    Parameters
    ----------
    status
        `Status.OK`: reserved now; `Status.EXISTS`: this very request was accepted
        before, and `reserved` says whether it still holds; else why nothing was
        reserved.
    id
        The caller's id.
    plan
        The plan decided now; None where the id was taken, or cells were named.
    reservation
        The reservation under this id as it stands; None where there is none.
    shortages
        What is missing, where cells were named and not all could be had.
    """

    status: Status
    id: str
    plan: Plan | None
    reservation: Reservation | None
    shortages: tuple[HoldLine, ...] = ()

    @property
    def reserved(self) -> bool:
        """Whether this id holds stock because of this or the same earlier request."""
        held = self.reservation
        if held is None or self.status in _OTHERS:
            return False
        return held.state <= ReservationState.FIRM

    @property
    def expires_at(self) -> datetime | None:
        """When the hold ends; None for a firm reservation, or none at all."""
        if self.reservation is None or not self.reservation.expires_s:
            return None
        return to_datetime(self.reservation.expires_s)

    def raise_for_status(self) -> Placement:
        """Return the placement if it is in force.

        Raises
        ------
        StatusError
            It holds no stock: nothing was reserved, it has ended, or the id is another
            request's. The error carries the status; of a request that was accepted
            before and has ended, how: `Status.ALREADY_RELEASED`, `Status.EXPIRED`, ...
        """
        if self.reserved:
            return self
        status = self.status
        if status is Status.EXISTS and self.reservation is not None:
            status = TOLD_OF_STATE[self.reservation.state]
        raise StatusError(status, self)


@attrs.frozen
class Declined:
    """What came of `Engine.decline`, for whoever finds another source.

    Parameters
    ----------
    status
        `Status.OK`, or why nothing was declined.
    id
        The caller's id.
    node
        The node that declined: not to be asked again.
    lines
        What it was to give, and will not.
    """

    status: Status
    id: str
    node: str
    lines: tuple[HoldLine, ...]


class Engine:
    """Live stock, what can be promised of it, and where orders are served from.

    Every call first brings the state to the present (holds that have run out end), then
    answers from the state as it then is: what one call reserves, the next one sees.
    Safe to share between threads: calls take turns.

    Parameters
    ----------
    network
        Nodes and services.
    items
        What is sold; `add_items` adds more.
    policy
        Rules for orders that name no other.
    clock
        Returns the time, in seconds UTC; a simulation gives its own. The engine's time
        never goes back, whatever the clock does.
    journal
        Keep every effect in memory, in `Engine.log`, so that it can be replayed.
    retention
        How long event ids, and changes that a late count may need, are remembered:
        ``"1d"``, seconds or a timedelta.
    channels
        `Channel` objects that orders may come through and stock may be fenced for.

    Raises
    ------
    ConfigurationError
        An item or a channel twice, or something that is no network, policy or clock;
        from any later call, a clock that does not return seconds.

    Examples
    --------
    >>> import omniroute as om
    >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
    >>> engine = om.Engine(om.Network([om.Node("N1")], [ground]), [om.Item("BOLT")])
    >>> engine.apply(om.Receive("BOLT", "N1", 40))
    Applied(1)
    >>> order = om.Order({"BOLT": 2}, om.Destination(postcode="55425"))
    >>> engine.route(order)
    Plan(OK, 1 shipment, cost 5.00, proven)
    >>> engine.place(order, id="A-1001", ttl="15min").status.name
    'OK'
    >>> engine.available_to_promise("BOLT")
    38
    """

    def __init__(
        self,
        network: Network,
        items: Iterable[Item],
        *,
        policy: RoutingPolicy | None = None,
        clock: Callable[[], float] = time.time,
        journal: bool = False,
        retention: str | int | timedelta = RETENTION_S,
        channels: Iterable[Channel] = (),
    ) -> None:
        if not isinstance(network, Network):
            raise ConfigurationError("network", "a Network", network)
        policy = RoutingPolicy() if policy is None else policy
        if not isinstance(policy, RoutingPolicy):
            raise ConfigurationError("policy", "a RoutingPolicy", policy)
        if not callable(clock):
            raise ConfigurationError("clock", "a function that returns seconds", clock)
        self._items = _items(items)
        self._state = State(
            network.node_ids,
            [item.sku for item in self._items],
            [item.decimals for item in self._items],
            duration_s(retention, "retention"),
        )
        self._router = Router(network, self._items, self._state, policy)
        self._tree = ChannelTree(channels)
        self._guard = Guard(self._state, network, self._items, self._tree)
        self._lens = Lens(self._state, self._guard, self._tree)
        #: Whether any rule follows the stock; whether some ask and see otherwise.
        self._guarding = False
        self._router.channels = self._tree
        self._state.aside.allowed = frozenset(self._tree.numbers)
        self._look_through()
        self._one_hold = OneHold(self._state, self._adopt_holds)
        self._clock = clock
        self._log = EffectLog(self._state.catalogue) if journal else None
        #: Batches of a decision that may still come to nothing; else None.
        self._withheld: list[EffectBatch] | None = None
        # The router's: an explanation worked out later takes its turn too.
        self._lock = self._router.lock
        #: For what changes stock, or what is kept between decisions.
        self._whole = Whole(self._lock)

    def __repr__(self) -> str:
        nodes, items = len(self.network.nodes), len(self._items)
        return (
            f"Engine({nodes} nodes, {items} items, now {self.now:%Y-%m-%d %H:%M:%S}Z)"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError(
            "an Engine can be neither pickled nor copied: make one with journal=True, "
            "and replay its log into another (Engine.log, Engine.replay)"
        )

    # -- what it holds -----------------------------------------------------------------

    @property
    def network(self) -> Network:
        """Nodes and services."""
        return self._router.network

    @property
    def items(self) -> tuple[Item, ...]:
        """What is sold, in the order it was added."""
        return tuple(self._items)

    @property
    def policy(self) -> RoutingPolicy:
        """Rules for orders that name no other."""
        return self._router.policy

    @property
    def state(self) -> State:
        """The stock state: read it, change it only through the engine."""
        return self._state

    @property
    def now(self) -> datetime:
        """The engine's time."""
        return to_datetime(self._state.now)

    def add_items(self, items: Iterable[Item]) -> None:
        """Sell more items, all or none. O(all items)."""
        with self._whole:
            fresh = _items(items, self._state.catalogue.skus.numbers)
            self._state.add_skus(
                [item.sku for item in fresh], [item.decimals for item in fresh]
            )
            self._items += fresh
            self._router.add_items(self._items)
            self._guard.know_more(self._items)

    @property
    def log(self) -> EffectLog:
        """Every effect since the engine was made, if it was made with a journal.

        Raises
        ------
        ConfigurationError
            It was not.
        """
        if self._log is None:
            raise ConfigurationError(
                "journal", "an engine made with journal=True", False
            )
        return self._log

    def replay(self, log: EffectLog) -> None:
        """Apply the effects of another engine's log; the digest is then the same.

        For an engine without a history of its own: a log begins with the first effect.
        This engine's own log, if it keeps one, notes them too.

        Raises
        ------
        ValidationError, UnknownIdError
            Not a log, or one that names what this engine does not know, or this engine
            has stock, reservations or a time already; nothing has changed.
        """
        if not isinstance(log, EffectLog):
            raise ValidationError("log", "an EffectLog", log)
        with self._whole:
            if self._state.digest() != State(()).digest():
                expected = "to be replayed by an engine that has no history yet"
                raise ValidationError("log", expected, self)
            for batch in log.translated(self._state):
                # As it stands: it has in it what rules made of it at the time.
                self._state.apply(batch)
                self._note(batch)

    def digest(self) -> str:
        """32 hexadecimal digits that stand for the state; see `State.digest`."""
        with self._lock:
            return self._state.digest()

    def check(self) -> None:
        """Rebuild what is kept incrementally and compare; see `State.check`."""
        with self._lock:
            self._state.check()

    # -- stock facts -------------------------------------------------------------------

    def apply(
        self,
        events: Event | SupplyEvent | Iterable[Event | SupplyEvent] | Any,
        now: Instant = None,
        *,
        on_error: str = "raise",
    ) -> Applied:
        """Take in events: one, many, or the columns of a frame.

        Parameters
        ----------
        events
            `Receive`, `Return`, `Adjust`, `Count`, `Sell`, `Safety`, `Move`, `Expect`,
            `Arrive`, `Reschedule`, `CancelInbound` or `TransferOut` objects; or a dict
            of columns or a data frame with ``sku``, ``node``, ``quantity`` and
            ``event`` ("receive", "count", "transfer_out", ...; "receive" if there is
            none), and where they are wanted ``at``, ``event_id``, or ``source`` and
            ``sequence``.
        now
            The time; the engine's clock by default.
        on_error
            "raise": all events or none. "skip": leave out what is wrong and say so in
            the answer.

        Returns
        -------
        Applied
            The number of events taken in, with those that came twice, too late, or
            were skipped beside it.

        Raises
        ------
        ValidationError, UnknownIdError
            A bad event, named by its path (``events[17].quantity``); nothing changed.

        Notes
        -----
        An event that comes again is applied once, if it has an ``event_id`` (remembered
        for the engine's retention) or a ``source`` and ``sequence``. Events with ``at``
        may come in any order: see `Count`.
        """
        if on_error != "raise":
            one_of(on_error, "on_error", ("raise", "skip"))
        with self._whole:
            at = self._time(now)
            if isinstance(events, CellEvent) and events.is_simple:
                return self._apply_one(events, at, on_error == "skip")
            return self._apply_many(events, at, on_error == "skip")

    def _apply_one(self, event: CellEvent, at: int, skip: bool) -> Applied:
        """Take the short way for what is most frequent: one fact about a cell."""
        try:
            what, sku, node, quanta, _ = resolve(event, self._state.catalogue)
            row = (what, sku, node, quanta, -1, at, 0, 0)
            batch = EffectBatch(np.array((row,), np.int64))
            self._state.apply(batch)
        except (ValidationError, UnknownIdError) as error:
            told = intake.as_event_error(error, event, self._state.catalogue)
            if not skip:
                raise told from None
            return Applied(0, errors=(told,))
        idle = intake.is_idle(what, batch.rows)
        if self._guarding:
            self._note(self._guarded(NOTHING if idle else batch, batch.rows))
        elif not idle:
            self._note(batch)
        if at != self._state.now:
            self._commit(decide.expire(self._state, at))
        return Applied(1, unchanged=1) if idle else ONE

    def _apply_many(self, events: Any, at: int, skip: bool) -> Applied:
        if isinstance(events, Iterable) and not is_frame(events):
            events = events if isinstance(events, str) else list(events)
        found = self._read(events, at, skip, {}, ordered=True)
        while True:
            try:
                self._state.apply(found.batch)
                break
            except ValidationError as error:
                if found.ordered:
                    # Applied as they came, the first that is bad shows.
                    found = self._read(events, at, skip, found.errors, ordered=False)
                    continue
                owner, blamed = found.blame(error, events, self._state.catalogue)
                if not skip:
                    raise blamed from None
                found.errors[owner] = blamed
                found = self._read(events, at, skip, found.errors, ordered=False)
        kept = intake.changed(found.batch)
        changed = len(kept)
        if self._guarding:
            kept = self._guarded(kept, found.batch.rows)
        if len(kept):
            self._note(kept)
        # Last, so that events that are refused leave even the time as it was; what was
        # known of holds does not bear on facts.
        self._commit(decide.expire(self._state, at))
        return found.answer(len(found.batch) - changed)

    def _read(
        self,
        events: Any,
        at: int,
        skip: bool,
        errors: intake.Errors,
        *,
        ordered: bool,
    ) -> intake.Intake:
        return intake.read(self._state, events, at, skip, errors, ordered=ordered)

    # -- supply ------------------------------------------------------------------------

    def stock(self, sku: str, node: str, *, now: Instant = None) -> CellStock:
        """Everything there is to say of one cell: on hand, unavailable, reserved, ...

        Raises
        ------
        UnknownSkuError, UnknownNodeError
            An id that the engine does not know.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> engine = om.Engine(om.Network([om.Node("N1")], [ground]), [om.Item("BOLT")])
        >>> engine.apply([om.Receive("BOLT", "N1", 9), om.Safety("BOLT", "N1", 1)])
        Applied(2)
        >>> engine.apply(om.Move("BOLT", "N1", 2, "on_hand", "damaged"))
        Applied(1)
        >>> engine.stock("BOLT", "N1")
        CellStock(on_hand=7, unavailable={'damaged': 2}, safety=1, soft=0, firm=0, \
inbound=0, free=6)
        """
        with self._lock:
            self._advance(now)
            return cell_stock(self._state, sku, node)

    def inbound(
        self,
        sku: str | None = None,
        node: str | None = None,
        *,
        closed: bool = False,
        now: Instant = None,
    ) -> dict[str, Any]:
        """Return what is on its way as columns, by due time and then id.

        ``id``, ``type``, ``sku``, ``node``, ``due`` (datetime64, UTC), ``expected``,
        ``arrived`` and ``open`` (units). O(entries).

        Parameters
        ----------
        sku, node
            Limit to one of either.
        closed
            Also those of which nothing is still to come.
        now
            The time; the engine's clock by default.

        Raises
        ------
        UnknownSkuError, UnknownNodeError
            An id that the engine does not know.
        """
        with self._lock:
            self._advance(now)
            return inbound_columns(self._state, sku, node, closed)

    # -- availability ------------------------------------------------------------------

    def available_to_promise(
        self,
        sku: str,
        node: str | None = None,
        *,
        group: Iterable[str] | None = None,
        channel: str | None = None,
        services: Iterable[str] = (),
        now: Instant = None,
    ) -> int | Decimal:
        """Return the units of a SKU that can still be promised, never negative.

        Of the whole network (O(1)), of one ``node``, or of a ``group`` of nodes; through
        a ``channel``, or for ``services`` that rules about safety name: O(row).

        Raises
        ------
        UnknownSkuError, UnknownNodeError, UnknownServiceError
            An id that the engine does not know.
        ConfigurationError
            No such channel.
        """
        with self._lock:
            self._advance(now)
            asker = self._asker(channel, services)
            if self._sees_plainly(asker, sku):
                return atp.available_to_promise(self._state, sku, node, group)
            number = self._state.catalogue.sku(sku)
            return self._seen(number, node, group, asker)

    def available_by_node(
        self, sku: str, now: Instant = None, *, channel: str | None = None
    ) -> Any:
        """Return int64[N]: quanta of a SKU that each node can still promise.

        In the order of ``network.node_ids``. O(nodes).
        """
        with self._lock:
            self._advance(now)
            asker = self._asker(channel)
            if self._sees_plainly(asker, sku):
                return atp.available_by_node(self._state, sku)
            return self._lens.by_node(self._state.catalogue.sku(sku), asker)

    def availability(
        self,
        skus: Iterable[str] | None = None,
        nodes: Iterable[str] | None = None,
        *,
        channel: str | None = None,
        now: Instant = None,
    ) -> AvailabilityMatrix:
        """Return a labelled matrix SKUs x nodes of what can still be promised.

        Through a ``channel``: what that channel can have of each node.
        """
        with self._lock:
            self._advance(now)
            asker = self._asker(channel)
            found = atp.availability(self._state, skus, nodes)
            return found if self._router.lens is None else self._as_seen(found, asker)

    def _asker(self, channel: str | None, services: Iterable[str] = ()) -> Asker:
        if channel is None and services == ():
            return PLAIN
        self._tree.number(channel)
        names = texts(services, "services")
        for i, name in enumerate(names):
            self.network.service_index(name, f"services[{i}]")
        return Asker(channel, names)

    def _sees_plainly(self, asker: Asker, sku: str) -> bool:
        if self._router.lens is None:
            return True
        return self._lens.sees_plainly(asker, [self._state.catalogue.sku(sku)])

    def _seen(
        self, sku: int, node: str | None, group: Iterable[str] | None, asker: Asker
    ) -> int | Decimal:
        """Units of a SKU that an asker can be promised."""
        catalogue, places = self._state.catalogue, self._state.catalogue.decimals
        if node is not None and group is not None:
            raise ValidationError("group", "a node or a group, not both", group)
        total = self._lens.total(sku, asker)
        if node is not None or group is not None:
            names = (node,) if group is None else texts(group, "group")
            of = [catalogue.node(name, "node") for name in names]  # type: ignore[arg-type]
            total = min(total, int(self._lens.by_node(sku, asker)[sorted({*of})].sum()))
        return from_quanta(total, int(places[sku]))

    def _as_seen(self, found: AvailabilityMatrix, asker: Asker) -> AvailabilityMatrix:
        """Return a matrix with the rows that the asker sees otherwise."""
        catalogue = self._state.catalogue
        quanta, columns = found.quanta.copy(), [catalogue.node(n) for n in found.nodes]
        for i, sku in enumerate(found.skus):
            number = catalogue.sku(sku)
            if not self._lens.sees_plainly(asker, [number]):
                quanta[i] = self._lens.by_node(number, asker)[columns]
        quanta.flags.writeable = False
        return attrs.evolve(found, quanta=quanta)

    # -- what is held back, oversold, set aside ----------------------------------------

    def set_safety(
        self,
        rules: Iterable[SafetyRule],
        *,
        daily_demand: Mapping[tuple[str, str], Number] | None = None,
        now: Instant = None,
    ) -> int:
        """Follow rules about safety stock from now on, instead of those before.

        Cells that a rule for promises fits have its amount, now and as their stock
        changes, new cells when they appear; a `Safety` event does not change that. Of
        other cells safety stays what such events say. Returns the cells changed.

        Parameters
        ----------
        rules
            `SafetyRule` objects, each scope once for each thing guarded.
        daily_demand
            Units a day by (SKU, node), for rules in days of cover; 0 where unsaid.
        now
            The time; the engine's clock by default.

        Raises
        ------
        ConfigurationError, ValidationError, UnknownIdError
            A bad rule, named by its path (``rules[3].node``); the old ones stand.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> engine = om.Engine(om.Network([om.Node("N1")], [ground]), [om.Item("BOLT")])
        >>> engine.apply(om.Receive("BOLT", "N1", 40))
        Applied(1)
        >>> engine.set_safety([om.SafetyRule(percent=10)])
        1
        >>> engine.available_to_promise("BOLT")
        36
        """
        with self._whole:
            self._advance(now)
            return self._follow_rules(self._guard.set_safety(rules, daily_demand))

    def set_oversell(
        self, rules: Iterable[OversellRule], *, now: Instant = None
    ) -> int:
        """Permit cells to be promised below nothing from now on, as these rules say.

        What can be promised then has the permission in it. Returns the cells changed.

        Parameters
        ----------
        rules
            `OversellRule` objects, each scope once.
        now
            The time; the engine's clock by default.

        Raises
        ------
        ConfigurationError, UnknownIdError
            A bad rule, named by its path (``rules[3].node``); the old ones stand.
        """
        with self._whole:
            self._advance(now)
            return self._follow_rules(self._guard.set_oversell(rules))

    def allocate(self, fences: Iterable[RingFence], *, now: Instant = None) -> Status:
        """Set stock aside for channels, as planned on what is available now.

        Channels named have at the nodes named what this call gives them, whatever they
        had; others keep what they have. Never more than there is: `allocations` says
        how much it came to.

        Parameters
        ----------
        fences
            `RingFence` objects, one for a channel, item and node.
        now
            The time; the engine's clock by default.

        Raises
        ------
        ConfigurationError, UnknownIdError
            A bad fence, named by its path (``fences[3].channel``); nothing changed.
        """
        with self._whole:
            self._advance(now)
            self._commit(allocate.allocate(self._state, self._tree, fences))
            self._look_through()
            return Status.OK

    def reallocate(
        self,
        sku: str,
        node: str,
        quantity: Number,
        *,
        giver: str | None = None,
        taker: str | None = None,
        now: Instant = None,
    ) -> Status:
        """Move units from one channel's fence to another's; None is the common pool.

        All of it, or `Status.SHORT` where the giver has less, and nothing moved.
        """
        with self._whole:
            catalogue = self._state.catalogue
            cell = catalogue.sku(sku), catalogue.node(node)
            places = int(catalogue.decimals[cell[0]])
            quanta = to_quanta(quantity, places, "quantity")
            for path, name in (("giver", giver), ("taker", taker)):
                self._tree.number(name, path)
            if giver == taker:
                raise ValidationError("taker", "another than the giver", taker)
            self._advance(now)
            status, batch = allocate.reallocate(self._state, cell, quanta, giver, taker)
            self._commit(batch)
            return status

    def allocations(
        self, sku: str | None = None, *, now: Instant = None
    ) -> dict[str, Any]:
        """Return what is set aside, as columns: by SKU, node and channel.

        ``left`` can still be had, of it ``guarded`` by no other channel; ``used`` is
        drawn by open reservations. In units.
        """
        with self._lock:
            number = None if sku is None else self._state.catalogue.sku(sku)
            self._advance(now)
            return allocate.allocation_columns(self._state, number)

    def _follow_rules(self, batch: EffectBatch) -> int:
        guard = self._guard
        self._guarding = bool(guard.safety.rules or guard.oversell.rules)
        self._look_through()
        if len(batch):
            self._state.apply(batch)
            self._note(batch)
        return len(batch)

    def _look_through(self) -> None:
        """Let the router look through the lens where not all see alike."""
        if self._guarding or len(self._tree):
            self._router.lens = self._lens

    def available_by_date(
        self,
        skus: str | Iterable[str],
        nodes: Iterable[str] | None = None,
        *,
        rule: AtpRule = LOOK_AHEAD,
        buckets: Buckets | None = None,
        now: Instant = None,
    ) -> AtpSchedule:
        """Return what can be promised on each date, with what is on its way.

        Parameters
        ----------
        skus
            One SKU, whose cells are then called by their node; or several, whose cells
            are called (SKU, node).
        nodes
            Nodes, in the order wanted; by default all that hold or expect some.
        rule
            By which of the eleven rules; ``look_ahead`` over 28 days by default, the
            one that never promises what an earlier promise needs.
        buckets
            The calendar; days in UTC by default.
        now
            The time; the engine's clock by default.

        Raises
        ------
        UnknownSkuError, UnknownNodeError
            An id that the engine does not know.

        Notes
        -----
        O(cells of the SKUs + all open inbound entries + cells x dates).

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> shop = om.Network([om.Node("N1")], [ground])
        >>> engine = om.Engine(shop, [om.Item("BOLT")], clock=lambda: 1_700_000_000)
        >>> coming = om.Expect("PO-1", "BOLT", "N1", 30, due=1_700_090_000)
        >>> engine.apply([om.Receive("BOLT", "N1", 4), coming])
        Applied(2)
        >>> week = om.AtpRule(horizon_days=3)
        >>> print(engine.available_by_date("BOLT", rule=week).table())
            2023-11-14  2023-11-15  2023-11-16
        N1           4          34          34
        """
        with self._lock:
            self._advance(now)
            catalogue = self._state.catalogue
            if isinstance(skus, str):
                numbers = [catalogue.sku(skus, "skus")]
            else:
                names = texts(skus, "skus")
                numbers = [
                    catalogue.sku(sku, f"skus[{i}]") for i, sku in enumerate(names)
                ]
            places = None
            if nodes is not None:
                places = [
                    catalogue.node(node, f"nodes[{i}]")
                    for i, node in enumerate(texts(nodes, "nodes"))
                ]
            lines = timelines_of_state(self._state, numbers, places, buckets)
            return atp_by_date(lines, rule, today=self._state.now)

    # -- decisions ---------------------------------------------------------------------

    def route(
        self,
        order: Order,
        *,
        policy: RoutingPolicy | None = None,
        explain: bool = False,
        now: Instant = None,
    ) -> Plan:
        """Choose where an order is best served from. Changes nothing.

        Parameters
        ----------
        order
            What is wanted, where, by which services.
        policy
            Rules for this order; the engine's by default.
        explain
            Record the explanation with the plan.
        now
            The time; the engine's clock by default.

        Returns
        -------
        Plan
            Its status says whether everything can be served.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the order cannot be; the path says where
            (``order.lines[0].quantity``).

        Notes
        -----
        Exact up to 12 lines: O(cells of the SKUs + classes 2^n + 3^n / 6) steps.
        """
        if explain is not False:
            flag(explain, "explain")
        with self._whole:
            self._advance(now)
            plan = self._router.route(order, policy)
            return plan.record_explanation() if explain else plan

    def place(
        self,
        order: Order,
        *,
        id: str | None = None,
        ttl: Duration = None,
        partial: bool = False,
        supersedes: str | None = None,
        sticky: bool = False,
        policy: RoutingPolicy | None = None,
        explain: bool = False,
        now: Instant = None,
    ) -> Placement:
        """Route an order and reserve the plan, in one atomic step.

        Safe to repeat: the same id and content again answers `Status.EXISTS` and
        changes nothing; the id with other content is refused.

        Parameters
        ----------
        order
            What is wanted.
        id
            The caller's id of the reservation; ``order.id`` by default.
        ttl
            How long the hold lasts: ``"15min"``, seconds or a timedelta. None reserves
            firmly.
        partial
            Reserve what can be served if not everything can.
        supersedes
            Id of a hold that this one replaces: what it holds counts as free. Where the
            new one cannot be had, the old one stands.
        sticky
            Write a refusal down: the same request under this id is then refused again,
            whatever stock there is. By default it is decided anew.
        policy, explain, now
            As in `route`.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the order, the id or the time to live cannot be.
        """
        if partial is not False:
            flag(partial, "partial")
        if sticky is not False:
            flag(sticky, "sticky")
        if explain is not False:
            flag(explain, "explain")
        with self._whole:
            self._advance(now)
            if not isinstance(order, Order):
                raise ValidationError("order", "an Order", order)
            id = text(order.id if id is None else id, "id")
            ttl_s = _ttl_s(ttl, self._state.now)
            terms = _Terms(ttl_s, partial, _superseded(supersedes, id), sticky)

            def attempt() -> Placement:
                plan, status = self._try_place(order, id, terms, policy)
                if plan is not None and explain:
                    plan.record_explanation()
                if plan is not None:
                    worth = worth_reserving(plan.answer, partial)
                    self._settle(plan, id, terms, status, worth)
                return Placement(status, id, plan, self._reservation(id))

            return self._superseding(supersedes, id, attempt)

    def reserve(
        self,
        what: Plan | HoldLines,
        *,
        id: str | None = None,
        ttl: Duration = None,
        partial: bool = False,
        supersedes: str | None = None,
        sticky: bool = False,
        channel: str | None = None,
        now: Instant = None,
    ) -> Placement:
        """Reserve a plan made earlier, or stock at nodes that the caller names.

        The stock of every line is checked, lines of one cell summed, all or nothing:
        `Status.SHORT` where some is missing. Ids are as in `place`: the same request
        again answers `Status.EXISTS`.

        Parameters
        ----------
        what
            A plan from this engine's `route`; or a mapping {(SKU, node): quantity}, or
            a sequence of `HoldLine` objects.
        id
            The caller's id of the reservation; that of a plan's order by default.
        ttl, partial, supersedes, sticky, now
            As in `place`.
        channel
            Through which channel, where cells are named; a plan has its order's.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the lines, the id or the time to live cannot be.
        """
        if partial is not False:
            flag(partial, "partial")
        if sticky is not False:
            flag(sticky, "sticky")
        with self._whole:
            self._advance(now)
            if isinstance(what, Plan) and id is None:
                id = what.order.id
            id = text(id, "id")
            if channel is not None:
                self._tree.number(channel)
            ttl_s, old = _ttl_s(ttl, self._state.now), _superseded(supersedes, id)
            terms = _Terms(ttl_s, partial, old, sticky, channel)
            if isinstance(what, Plan):
                if channel not in (None, what.order.channel):
                    expected = "None, or the channel of the plan's order"
                    raise ValidationError("channel", expected, channel)
                if not what.made_on(self._state):
                    raise ValidationError("plan", "a Plan of this engine", what)
                attempt = partial_(self._reserve_plan, what, id, terms)
            else:
                cells = cells_of(self._state.catalogue, what)
                if supersedes is None:
                    return self._reserve_cells(cells, id, terms)
                attempt = partial_(self._reserve_cells, cells, id, terms)
            return self._superseding(supersedes, id, attempt)

    def route_many(
        self,
        orders: Sequence[Order],
        *,
        reserve: bool = False,
        ttl: Duration = None,
        partial: bool = False,
        policy: RoutingPolicy | None = None,
        now: Instant = None,
    ) -> BatchResult:
        """Route many orders, one after the other, at batch speed.

        Parameters
        ----------
        orders
            In the order in which they are served.
        reserve
            Reserve each plan at once under ``order.id``, so that each order sees what
            the earlier ones took. As if `place` were called for each.
        ttl, partial, policy, now
            As in `place`.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in an order cannot be (``orders[3].lines[0].sku``); nothing has
            changed.
        """
        if reserve is not False:
            flag(reserve, "reserve")
        if partial is not False:
            flag(partial, "partial")
        with self._whole:
            self._advance(now)
            found = _orders(orders)
            ttl_s = _ttl_s(ttl, self._state.now)
            holds = self._holds(found, ttl_s, partial) if reserve else None
            run = BatchRun(
                self._router,
                self._state,
                found,
                policy,
                holds,
                self._commit,
                self._adopt,
            )
            return run.run()

    # -- the life of a reservation -----------------------------------------------------

    def commit(self, id: str, now: Instant = None) -> Status:
        """Make a hold firm: it no longer expires.

        Returns `Status.OK`; `ALREADY_COMMITTED` for a reservation that is firm;
        `EXPIRED` at or after the second at which it ended; or how else it ended.
        """
        with self._whole:
            self._advance(now)
            return self._take(life.commit(self._state, id))

    def release(self, id: str, now: Instant = None) -> Status:
        """Give back what a reservation holds.

        Returns `Status.OK`, or why there was nothing to give back.
        """
        with self._whole:
            self._advance(now)
            return self._take(life.release(self._state, id))

    def fulfil(
        self, id: str, lines: HoldLines | None = None, now: Instant = None
    ) -> Status:
        """Let units leave: on hand and what is reserved go down together.

        A reservation with nothing left open has ended, FULFILLED.

        Parameters
        ----------
        id
            A firm reservation's.
        lines
            What left, as in `reserve`; None for all that is still held. All of it or
            nothing: `Status.NOT_HELD` where one line asks for more than is held.
        now
            The time; the engine's clock by default.
        """
        with self._whole:
            cells = None if lines is None else cells_of(self._state.catalogue, lines)
            self._advance(now)
            return self._take(life.fulfil(self._state, id, cells))

    def cancel(
        self, id: str, lines: HoldLines | None = None, now: Instant = None
    ) -> Status:
        """Give units back, of a hold or of an order: all that is held, or ``lines``.

        As `fulfil`, but that the units stay. The last ones end the reservation,
        CANCELLED.
        """
        with self._whole:
            cells = None if lines is None else cells_of(self._state.catalogue, lines)
            self._advance(now)
            return self._take(life.cancel(self._state, id, cells))

    def decline(
        self,
        id: str,
        node: str,
        lines: Mapping[str, Number] | None = None,
        *,
        write_down: bool = False,
        now: Instant = None,
    ) -> Declined:
        """Take out of a reservation what a node refuses or cannot find.

        Parameters
        ----------
        id
            The reservation's.
        node
            The node that declines.
        lines
            Quantities by SKU; None for all it was to give. All of it or nothing.
        write_down
            The units are not there: on hand goes down by them. By default they go back
            to stock and may be promised again.
        now
            The time; the engine's clock by default.

        Returns
        -------
        Declined
            With the node and what it will not give, so that it can come from elsewhere:
            by `move` of what is still held, or by a new order that excludes the node.
        """
        with self._whole:
            state = self._state
            place = state.catalogue.node(node)
            skus = quanta_by_sku(state.catalogue, lines)
            self._advance(now)
            status, cells = life.at_node(state, id, place, skus)
            if status is Status.OK:
                self._take(life.decline(state, id, cells, write_down))
            return Declined(status, id, node, hold_lines(state.catalogue, cells))

    def amend(self, id: str, lines: HoldLines, now: Instant = None) -> Status:
        """Hold more or less of some cells from now on, all of it or nothing.

        Parameters
        ----------
        id
            The reservation's.
        lines
            What it is to hold of each cell named, 0 for nothing; others stay as they
            are. To ask for the same again changes nothing.
        now
            The time; the engine's clock by default.

        Returns
        -------
        Status
            `SHORT` or `OUT_OF_STOCK` where there is no stock for an increase.
        """
        with self._whole:
            cells = cells_of(self._state.catalogue, lines, least=0)
            self._advance(now)
            return self._take_seen(
                id, cells, lambda: life.amend(self._state, id, cells)
            )

    def move(
        self,
        id: str,
        from_node: str,
        to_node: str,
        lines: Mapping[str, Number] | None = None,
        now: Instant = None,
    ) -> Status:
        """Hold at another node what is held at one, all of it or nothing.

        Parameters
        ----------
        id
            The reservation's.
        from_node, to_node
            Ids of two nodes.
        lines
            Quantities by SKU; None for all that is held there.
        now
            The time; the engine's clock by default.

        Returns
        -------
        Status
            `NOT_HELD` where so much is not held there; `SHORT` or `OUT_OF_STOCK` where
            the other node has no stock for it.
        """
        with self._whole:
            state = self._state
            here = state.catalogue.node(from_node, "from_node")
            there = state.catalogue.node(to_node, "to_node")
            if here == there:
                raise ValidationError("to_node", "another than from_node", to_node)
            skus = quanta_by_sku(state.catalogue, lines)
            self._advance(now)
            status, cells = life.at_node(state, id, here, skus)
            if status is not Status.OK:
                return status
            return self._take_seen(
                id, cells, lambda: life.move(state, id, cells, there), limited=False
            )

    def extend(self, id: str, ttl: Duration, now: Instant = None) -> Status:
        """Let a hold last for ``ttl`` from now, never less than it would have.

        Returns `Status.OK`; `ALREADY_COMMITTED` for a firm reservation, which does not
        expire; or how it ended.
        """
        with self._whole:
            self._advance(now)
            ttl_s = duration_s(ttl, "ttl", self._state.now)
            return self._take(life.extend(self._state, id, ttl_s))

    # -- many reservations at once -----------------------------------------------------

    def reserve_many(
        self,
        lines: Any,
        *,
        ttl: Duration = None,
        partial: bool = False,
        sticky: bool = False,
        now: Instant = None,
    ) -> HoldBatch:
        """Reserve stock at named nodes under many ids, one after the other.

        As if `reserve` were called for each id, at batch speed.

        Parameters
        ----------
        lines
            A dict of columns or a data frame: ``id``, ``sku``, ``node``, ``quantity``.
            Rows of one id are lines of one reservation, all or nothing.
        ttl, partial, sticky, now
            As in `reserve`.

        Raises
        ------
        ValidationError, UnknownIdError
            A bad row, named by its path (``lines.quantity[17]``); nothing has changed.
        """
        if partial is not False:
            flag(partial, "partial")
        if sticky is not False:
            flag(sticky, "sticky")
        with self._whole:
            state = self._state
            asked = holds_from_columns(lines, state.catalogue)
            self._advance(now)
            ttl_s = _ttl_s(ttl, state.now)
            own = _Terms(ttl_s, partial, None, sticky)
            skus = set(asked.wanted[:, 0].tolist()) if self._router.lens else ()
            if not self._lens.sees_plainly(PLAIN, skus):
                return self._reserve_each(asked, own)
            terms = print_hold_terms(ttl_s, partial, None)
            requests = Requests(
                asked.ids,
                asked.wanted,
                asked.starts,
                np.full(len(asked.ids), terms, np.int64),
                own.expires_s(state.now),
                partial=partial,
                sticky=sticky,
            )
            run = Reserving(state, requests, self._adopt_holds)
            run.run()
            held = np.zeros(len(asked.rows), np.int64)
            held[asked.rows] = run.held()
            return HoldBatch(asked.ids, run.status.astype(np.int8), held)

    def commit_many(self, ids: Iterable[str], now: Instant = None) -> NDArray[np.int8]:
        """Make many holds firm: int8, the `Status` of each as `commit` would tell."""
        return self._take_many(commit_many, ids, now)

    def fulfil_many(self, ids: Iterable[str], now: Instant = None) -> NDArray[np.int8]:
        """Let go all that many hold: int8, the `Status` of each as from `fulfil`."""
        return self._take_many(fulfil_many, ids, now)

    def release_many(self, ids: Iterable[str], now: Instant = None) -> NDArray[np.int8]:
        """Give many back: int8, the `Status` of each as `release` would tell."""
        return self._take_many(release_many, ids, now)

    # -- what is reserved --------------------------------------------------------------

    def reservations(
        self,
        *,
        open: bool = True,
        sku: str | None = None,
        node: str | None = None,
        now: Instant = None,
    ) -> dict[str, Any]:
        """Return what reservations hold, as columns, one row a line. O(lines).

        ``id``, ``state``, ``expires_s`` (0: none), ``sku``, ``node``, and in quanta
        what a line holds now, what it took at first and what has left.

        Parameters
        ----------
        open
            Only lines that hold something; else those that no longer do as well.
        sku, node
            Only lines of this SKU, or at this node.
        now
            The time; the engine's clock by default.

        Raises
        ------
        UnknownSkuError, UnknownNodeError
            An id that the engine does not know.
        """
        with self._lock:
            catalogue = self._state.catalogue
            number = None if sku is None else catalogue.sku(sku)
            place = None if node is None else catalogue.node(node)
            self._advance(now)
            return reservation_columns(self._state, open, number, place)

    def reservation(self, id: str, now: Instant = None) -> Reservation:
        """Return a reservation as it stands.

        Raises
        ------
        UnknownReservationError
            No reservation has this id.
        """
        with self._lock:
            self._advance(now)
            return self._state.book.reservation(self._state.book.number(id))

    # -- inside ------------------------------------------------------------------------

    def _advance(self, now: Instant) -> None:
        """Bring the state to the present; the engine's time never goes back."""
        at = self._time(now)
        if at > self._state.now:
            with self._whole:
                self._commit(decide.expire(self._state, at))

    def _time(self, now: Instant) -> int:
        """Return the present, which is never before the engine's time."""
        self._state.require_whole()
        at = clock_seconds(self._clock()) if now is None else to_seconds(now, "now")
        return max(at, self._state.now)

    def _commit(self, batch: EffectBatch) -> None:
        """Apply effects and note them in the log: the only way in."""
        if not len(batch):
            return
        batch = self._drawing(batch)
        self._state.apply(batch)
        self._note(self._guarded(batch, batch.rows) if self._guarding else batch)

    def _drawing(self, batch: EffectBatch) -> EffectBatch:
        """Return the batch with what its lines draw from fences, and give back."""
        if not (len(self._tree) or self._state.aside.through):
            return batch
        if not concerns(self._state, batch.rows):
            return batch
        return with_draws(self._state, self._lens, batch)

    def _guarded(self, batch: EffectBatch, applied: I8) -> EffectBatch:
        """Return a batch with what rules ask for after these rows; that is applied."""
        more = self._guard.follow(applied)
        if not len(more):
            return batch
        self._state.apply(more)
        return concat([batch, more])

    def _adopt(self, batch: EffectBatch) -> None:
        """Take in effects that the batch kernel has applied."""
        try:
            self._state.adopt(batch)
        except BaseException as error:
            self._state.broken = repr(error)
            raise
        self._note(batch)

    def _adopt_holds(self, rows: I8, used: int, ids: Sequence[str]) -> None:
        """Take in what a kernel has reserved; the rows are its memory, to be used again."""
        try:
            self._state.adopt_holds(ids)
            if self._log is not None or self._withheld is not None:
                self._note(EffectBatch(rows[:used].copy(), ids))
        except BaseException as error:
            self._state.broken = repr(error)
            raise

    def _note(self, batch: EffectBatch) -> None:
        if self._withheld is not None:
            self._withheld.append(batch)
        elif self._log is not None:
            try:
                self._log.append(batch)
            except BaseException as error:
                self._state.broken = repr(error)
                raise

    def _take(self, step: Step) -> Status:
        """Take a step in the life of a reservation, if it can be taken."""
        self._commit(step.batch)
        return step.status

    def _take_seen(
        self,
        id: str,
        cells: Cells,
        step: Callable[[], Step],
        *,
        limited: bool = True,
    ) -> Status:
        """Take a step for which stock is needed, as the reservation's channel sees it."""
        if self._router.lens is None:
            return self._take(step())
        aside, skus = self._state.aside, {sku for sku, _ in cells}
        number = aside.through.get(self._state.book.ids.numbers.get(id, -1))
        channel = None if number is None else aside.channels.texts[number]
        if channel not in self._tree.numbers:
            channel = None
        asker = Asker(channel)
        if self._lens.sees_plainly(asker, skus):
            return self._take(step())
        with self._lens.over(skus, asker, limited=False) as limits:
            found = step()
        short = found.status is Status.SHORT
        if limited and (short or exceeds(found.batch, limits)):
            return Status.SHORT if any(limits.values()) else Status.OUT_OF_STOCK
        return self._take(found)

    def _take_many(
        self,
        steps: Callable[[State, Sequence[str]], ManySteps],
        ids: Iterable[str],
        now: Instant,
    ) -> NDArray[np.int8]:
        with self._whole:
            found = ids_of(ids)
            self._advance(now)
            status, batch = steps(self._state, found)
            self._commit(batch)
            return status

    def _superseding(
        self, old: str | None, id: str, attempt: Callable[[], Placement]
    ) -> Placement:
        """Try with what an old hold has given back; if in vain, the old one stands."""
        if old is None or id in self._state.book.ids.numbers:
            return attempt()
        status, ending = life.supersede(self._state, old)
        if status is not Status.OK:
            return Placement(status, id, None, None)
        if not len(ending):
            return attempt()
        ending = self._drawing(ending)
        self._state.apply(ending)
        self._withheld = []
        placed: Placement | None = None
        try:
            placed = attempt()
        finally:
            decided, self._withheld = self._withheld, None
            if placed is not None and placed.reserved:
                decided.insert(0, ending)
            else:
                self._state.revert(ending)
        if decided:
            self._note(concat(decided))
        return placed

    def _reserve_cells(self, cells: Cells, id: str, terms: _Terms) -> Placement:
        state = self._state
        print_ = print_hold_terms(
            terms.ttl_s, terms.partial, terms.supersedes, terms.channel
        )
        number = state.book.ids.numbers.get(id)
        if number is not None:
            status = self._one_hold.repeat(number, cells, print_)
            return Placement(status, id, None, self._reservation(id))
        if self._router.lens is not None:
            asker = Asker(terms.channel)
            plainly = self._lens.sees_plainly(asker, {sku for sku, _ in cells})
            if terms.channel is not None or not plainly:
                return self._reserve_seen(cells, id, terms, print_)
        flags = terms.partial, terms.sticky
        expires_s = terms.expires_s(state.now)
        status, had = self._one_hold.reserve(id, cells, print_, expires_s, flags)
        if status is Status.OK:
            held = just_held(id, cells, expires_s, state.now)
            return Placement(status, id, None, held)
        missing = _missing(state, cells, had.tolist())
        return Placement(status, id, None, self._reservation(id), missing)

    def _reserve_each(self, asked: HoldColumns, terms: _Terms) -> HoldBatch:
        """Reserve one after the other what the kernel does not see as its askers do."""
        status, held = [], np.zeros(len(asked.rows), np.int64)
        starts = asked.starts.tolist()
        for i, id in enumerate(asked.ids):
            lines = asked.wanted[starts[i] : starts[i + 1]].tolist()
            cells: Cells = {}
            for sku, node, quanta in lines:
                cells[sku, node] = cells.get((sku, node), 0) + quanta
            fresh = id not in self._state.book.ids.numbers
            placed = self._reserve_cells(cells, id, terms)
            status.append(int(placed.status))
            if placed.reservation is None or not (fresh and placed.reserved):
                continue
            had = {line[:2]: line[2] for line in placed.reservation.lines}
            for k, (sku, node, quanta) in enumerate(lines, starts[i]):
                some = min(quanta, had.get((sku, node), 0))
                held[asked.rows[k]] = some
                had[sku, node] = had.get((sku, node), 0) - some
        return HoldBatch(asked.ids, np.array(status, np.int8), held)

    def backordered(self, id: str, now: Instant = None) -> tuple[HoldLine, ...]:
        """Return what a reservation holds with no stock behind it, where rules warn.

        As stock stands now: what is missing of a cell is the last that was promised of
        it, so all reservations of the cell are told of it.

        Raises
        ------
        UnknownReservationError
            No reservation has this id.
        """
        with self._lock:
            self._advance(now)
            number = self._state.book.number(id)
            return hold_lines(
                self._state.catalogue, missing_of(self._state, self._guard, number)
            )

    def _reserve_seen(
        self, cells: Cells, id: str, terms: _Terms, print_: int
    ) -> Placement:
        """Reserve named cells for who does not see plainly what is free."""
        state = self._state
        had = what_is_there(state, self._lens, Asker(terms.channel), cells)
        status = status_of(cells, had)
        prints = {"print_lines": self._one_hold.print_of(cells), "print_terms": print_}
        if status is Status.OK or (status is Status.SHORT and terms.partial):
            lines = [(sku, node, n) for (sku, node), n in had.items() if n]
            expires_s = terms.expires_s(state.now)
            batch = decide.reserve(
                state, id, lines, now=state.now, expires_s=expires_s, **prints
            )
            self._commit(through(state, batch, terms.channel))
        elif terms.sticky:
            self._commit(decide.refuse(state, id, status, **prints))
        missing = _missing(state, cells, list(had.values()))
        return Placement(status, id, None, self._reservation(id), missing)

    def _is_there(self, plan: Plan) -> bool:
        """Whether the stock a plan takes is there for who asks with its order."""
        if self._router.lens is None:
            return still_there(self._state, plan.ask, plan.answer)
        wanted: Cells = {}
        for sku, node, quanta in picked_lines(plan.ask, plan.answer):
            wanted[sku, node] = wanted.get((sku, node), 0) + quanta
        asker = asker_of(plan.order, self.network)
        return what_is_there(self._state, self._lens, asker, wanted) == wanted

    def _reserve_plan(self, plan: Plan, id: str, terms: _Terms) -> Placement:
        number = self._state.book.ids.numbers.get(id)
        if number is not None:
            status = self._repeated(number, plan.ask, _terms(plan.order, terms))
        else:
            status = plan.status
            worth = worth_reserving(plan.answer, terms.partial)
            if worth and not self._is_there(plan):
                status, worth = Status.SHORT, False
            self._settle(plan, id, terms, status, worth)
        return Placement(status, id, plan, self._reservation(id))

    def _settle(
        self, plan: Plan, id: str, terms: _Terms, status: Status, worth: bool
    ) -> None:
        """Reserve a plan that is worth it; write a refusal down where that is wanted."""
        if worth:
            self._reserve(plan, id, terms)
        elif terms.sticky:
            lines = print_lines(self._state, plan.ask.lines)
            print_ = _terms(plan.order, terms)
            batch = decide.refuse(
                self._state, id, status, print_lines=lines, print_terms=print_
            )
            self._commit(batch)

    def _try_place(
        self,
        order: Order,
        id: str,
        terms: _Terms,
        policy: RoutingPolicy | None,
    ) -> tuple[Plan | None, Status]:
        """Decide an order under a new id; for one that is taken say what it means."""
        number = self._state.book.ids.numbers.get(id)
        if number is None:
            plan = self._router.route(order, policy)
            return plan, plan.status
        ask = self._router.ask(order, policy)
        return None, self._repeated(number, ask, _terms(order, terms))

    def _repeated(self, number: int, ask: Ask, terms: int) -> Status:
        lines = print_lines(self._state, ask.lines)
        return repeated(self._state, number, lines, terms)

    def _reserve(self, plan: Plan, id: str, terms: _Terms) -> None:
        batch = reserve_effects(
            self._state,
            plan.ask,
            plan.answer,
            id,
            _terms(plan.order, terms),
            terms.expires_s(self._state.now),
            plan.order.channel,
        )
        self._commit(batch)

    def _holds(self, orders: Sequence[Order], ttl_s: int, partial: bool) -> Holds:
        """Return what a batch reserves under; terms that are alike are hashed once."""
        ids: list[str] = []
        terms: list[int] = []
        known: dict[tuple[Any, ...], int] = {}
        own = _Terms(ttl_s, partial, None, sticky=False)
        for i, order in enumerate(orders):
            if type(order.id) is not str:
                raise ValidationError(f"orders[{i}].id", "an id to reserve under", None)
            ids.append(order.id)
            key = (
                order.destination,
                order.services,
                order.collect_at,
                order.exclude_nodes,
                order.channel,
            )
            found = known.get(key)
            if found is None:
                found = known[key] = _terms(order, own)
            terms.append(found)
        return Holds(ids, terms, own.expires_s(self._state.now), partial)

    def _reservation(self, id: str) -> Reservation | None:
        number = self._state.book.ids.numbers.get(id)
        return None if number is None else self._state.book.reservation(number)


class _Terms(NamedTuple):
    """On which terms something is to be reserved."""

    ttl_s: int
    partial: bool
    supersedes: str | None
    sticky: bool
    channel: str | None = None

    def expires_s(self, now: int) -> int:
        """Second at which the reservation ends; 0 where it is firm."""
        return now + self.ttl_s if self.ttl_s else 0


def _terms(order: Order, terms: _Terms) -> int:
    """Fingerprint of what was asked besides the lines."""
    by = () if order.channel is None else (order.channel,)
    return print_terms(
        attrs.astuple(order.destination),
        order.services and sorted(order.services),
        order.collect_at,
        sorted(order.exclude_nodes),
        terms.ttl_s,
        terms.partial,
        terms.supersedes,
        *by,
    )


def _superseded(old: str | None, id: str) -> str | None:
    if old is None:
        return None
    if text(old, "supersedes") == id:
        raise ValidationError("supersedes", "another id than the new one", old)
    return old


def _missing(state: State, cells: Cells, taken: list[int]) -> tuple[HoldLine, ...]:
    short = {
        cell: quanta - had
        for (cell, quanta), had in zip(cells.items(), taken, strict=True)
        if had < quanta
    }
    return hold_lines(state.catalogue, short)


def _ttl_s(ttl: Duration, now: int) -> int:
    if type(ttl) is int and 0 < ttl < _PLAIN_TTL_S and now < _PLAIN_NOW_S:
        return ttl
    return 0 if ttl is None else duration_s(ttl, "ttl", now)


def _orders(orders: Iterable[Order]) -> list[Order]:
    if isinstance(orders, str | bytes | Order) or not isinstance(orders, Iterable):
        raise ValidationError("orders", "a sequence of Order objects", orders)
    found = list(orders)
    for i, order in enumerate(found):
        if not isinstance(order, Order):
            raise ValidationError(f"orders[{i}]", "an Order", order)
    return found


def _items(items: Iterable[Item], known: Iterable[str] = ()) -> list[Item]:
    """Check items that are to be sold besides the known ones."""
    if isinstance(items, str | bytes) or not isinstance(items, Iterable):
        raise ConfigurationError("items", "a sequence of Item objects", items)
    found = list(items)
    taken = set(known)
    for i, item in enumerate(found):
        if not isinstance(item, Item):
            raise ConfigurationError(f"items[{i}]", "an Item", item)
        if item.sku in taken:
            raise ConfigurationError(
                f"items[{i}].sku", "a SKU not given before", item.sku
            )
        taken.add(item.sku)
    return found
