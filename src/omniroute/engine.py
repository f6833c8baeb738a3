"""The engine: the one object a live system holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs

from omniroute import availability as atp
from omniroute.availability import AvailabilityMatrix
from omniroute.codes import ReservationState, Status
from omniroute.errors import (
    ConfigurationError,
    StatusError,
    ValidationError,
)
from omniroute.model.checks import flag, text
from omniroute.model.instant import (
    clock_seconds,
    duration_s,
    to_datetime,
    to_seconds,
)
from omniroute.model.item import Item
from omniroute.model.network import Network
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.reservations import (
    print_lines,
    print_terms,
    release_status,
    repeated,
)
from omniroute.routing.ask import Ask
from omniroute.routing.batch import BatchResult
from omniroute.routing.many import (
    BatchRun,
    Holds,
    reserve_effects,
    still_there,
    worth_reserving,
)
from omniroute.routing.plan import Plan
from omniroute.routing.router import Router
from omniroute.stock import decide
from omniroute.stock.book import Reservation
from omniroute.stock.effects import EffectBatch
from omniroute.stock.events import Event, events_from_objects
from omniroute.stock.frames import events_from_columns, is_frame
from omniroute.stock.log import EffectLog
from omniroute.stock.state import State

Instant = datetime | int | None
Duration = str | int | timedelta | None

#: The id is taken by another request, whose reservation this is.
_OTHERS = (Status.EXISTS_WITH_DIFFERENT_LINES, Status.EXISTS_WITH_DIFFERENT_TERMS)
#: What to say of a request that was accepted and holds nothing any more.
_ENDED = {
    ReservationState.RELEASED: Status.ALREADY_RELEASED,
    ReservationState.EXPIRED: Status.EXPIRED,
}


@attrs.frozen
class Placement:
    """What came of `Engine.place`.

    Parameters
    ----------
    status
        `Status.OK`: reserved now; `Status.EXISTS`: this very request was accepted
        before, and `reserved` says whether it still holds; else why nothing was
        reserved.
    id
        The caller's id.
    plan
        The plan decided now; None where the id was taken.
    reservation
        The reservation under this id as it stands; None where there is none.
    """

    status: Status
    id: str
    plan: Plan | None
    reservation: Reservation | None

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
            before and has ended, how: `Status.ALREADY_RELEASED` or `Status.EXPIRED`.
        """
        if self.reserved:
            return self
        status = self.status
        if status is Status.EXISTS and self.reservation is not None:
            status = _ENDED.get(self.reservation.state, status)
        raise StatusError(status, self)


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

    Raises
    ------
    ConfigurationError
        An item twice, or something that is no network, policy or clock; from any later
        call, a clock that does not return seconds.

    Examples
    --------
    >>> import omniroute as om
    >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
    >>> engine = om.Engine(om.Network([om.Node("N1")], [ground]), [om.Item("BOLT")])
    >>> engine.apply(om.Receive("BOLT", "N1", 40))
    1
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
        )
        self._router = Router(network, self._items, self._state, policy)
        self._clock = clock
        self._log = EffectLog(self._state.catalogue) if journal else None
        # The router's: an explanation worked out later takes its turn too.
        self._lock = self._router.lock

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
        with self._lock:
            fresh = _items(items, self._state.catalogue.skus.numbers)
            self._state.add_skus(
                [item.sku for item in fresh], [item.decimals for item in fresh]
            )
            self._items += fresh
            self._router.add_items(self._items)

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
        with self._lock:
            if self._state.digest() != State(()).digest():
                expected = "to be replayed by an engine that has no history yet"
                raise ValidationError("log", expected, self)
            for batch in log.translated(self._state):
                self._commit(batch)

    def digest(self) -> str:
        """32 hexadecimal digits that stand for the state; see `State.digest`."""
        with self._lock:
            return self._state.digest()

    def check(self) -> None:
        """Rebuild what is kept incrementally and compare; see `State.check`."""
        with self._lock:
            self._state.check()

    # -- stock facts -------------------------------------------------------------------

    def apply(self, events: Event | Iterable[Event] | Any, now: Instant = None) -> int:
        """Take in stock facts: one event, many, or the columns of a frame.

        All or nothing. Returns the number of facts.

        Parameters
        ----------
        events
            `Receive`, `Adjust`, `Count`, `Sell` or `Safety` objects; or a dict of
            arrays or a data frame with columns ``sku``, ``node``, ``quantity`` and
            ``event`` ("receive", "adjust", "count", "sell", "safety"; "receive" if
            there is none).
        now
            The time; the engine's clock by default.

        Raises
        ------
        ValidationError, UnknownIdError
            A bad fact, named by its path (``events[17].quantity``); nothing changed.
        """
        with self._lock:
            read = events_from_columns if is_frame(events) else events_from_objects
            facts = read(events, self._state.catalogue)
            self._advance(now)
            batch = decide.record(self._state, facts)
            try:
                self._commit(batch)
            except ValidationError as error:
                raise decide.refused_event(self._state, facts, error) from None
            return len(facts)

    # -- availability ------------------------------------------------------------------

    def available_to_promise(
        self,
        sku: str,
        node: str | None = None,
        *,
        group: Iterable[str] | None = None,
        now: Instant = None,
    ) -> int | Decimal:
        """Return the units of a SKU that can still be promised, never negative.

        Of the whole network (O(1)), of one ``node``, or of a ``group`` of nodes.

        Raises
        ------
        UnknownSkuError, UnknownNodeError
            An id that the engine does not know.
        """
        with self._lock:
            self._advance(now)
            return atp.available_to_promise(self._state, sku, node, group)

    def available_by_node(self, sku: str, now: Instant = None) -> Any:
        """Return int64[N]: quanta of a SKU that each node can still promise.

        In the order of ``network.node_ids``. O(nodes).
        """
        with self._lock:
            self._advance(now)
            return atp.available_by_node(self._state, sku)

    def availability(
        self,
        skus: Iterable[str] | None = None,
        nodes: Iterable[str] | None = None,
        *,
        now: Instant = None,
    ) -> AvailabilityMatrix:
        """Return a labelled matrix SKUs x nodes of what can still be promised."""
        with self._lock:
            self._advance(now)
            return atp.availability(self._state, skus, nodes)

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
        with self._lock:
            flag(explain, "explain")
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
        policy, explain, now
            As in `route`.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the order, the id or the time to live cannot be.
        """
        with self._lock:
            flag(partial, "partial")
            flag(explain, "explain")
            self._advance(now)
            if not isinstance(order, Order):
                raise ValidationError("order", "an Order", order)
            id = text(order.id if id is None else id, "id")
            ttl_s = _ttl_s(ttl, self._state.now)
            plan, status = self._try_place(order, id, ttl_s, partial, policy)
            if plan is not None and explain:
                plan.record_explanation()
            if plan is not None and worth_reserving(plan.answer, partial):
                self._reserve(plan, id, ttl_s, partial)
            return Placement(status, id, plan, self._reservation(id))

    def reserve(
        self,
        plan: Plan,
        *,
        id: str | None = None,
        ttl: Duration = None,
        partial: bool = False,
        now: Instant = None,
    ) -> Placement:
        """Reserve a plan made earlier, if the stock it counts on is still there.

        The stock of every line is checked again, all or nothing: `Status.SHORT` where
        some has gone. Ids are as in `place`: the same request again answers
        `Status.EXISTS`.

        Parameters
        ----------
        plan
            From this engine's `route`.
        id, ttl, partial, now
            As in `place`.
        """
        with self._lock:
            flag(partial, "partial")
            if not isinstance(plan, Plan) or not plan.made_on(self._state):
                raise ValidationError("plan", "a Plan of this engine", plan)
            id = text(plan.order.id if id is None else id, "id")
            self._advance(now)
            ttl_s = _ttl_s(ttl, self._state.now)
            number = self._state.book.ids.numbers.get(id)
            if number is not None:
                status = self._repeated(
                    number, plan.ask, _terms(plan.order, ttl_s, partial)
                )
            elif not worth_reserving(plan.answer, partial):
                status = plan.status
            elif not still_there(self._state, plan.ask, plan.answer):
                status = Status.SHORT
            else:
                status = plan.status
                self._reserve(plan, id, ttl_s, partial)
            return Placement(status, id, plan, self._reservation(id))

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
        with self._lock:
            flag(reserve, "reserve")
            flag(partial, "partial")
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

    def release(self, id: str, now: Instant = None) -> Status:
        """Give back what a reservation holds.

        Returns `Status.OK`, or why there was nothing to give back.

        Raises
        ------
        ValidationError
            The id is no text: nothing could ever have it.
        """
        with self._lock:
            id = text(id, "id")
            self._advance(now)
            status = release_status(self._state, id)
            if status is Status.OK:
                number = self._state.book.number(id)
                self._commit(decide.release(self._state, number))
            return status

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
        at = clock_seconds(self._clock()) if now is None else to_seconds(now, "now")
        if at > self._state.now:
            self._commit(decide.expire(self._state, at))

    def _commit(self, batch: EffectBatch) -> None:
        """Apply effects and note them in the log: the only way in."""
        if len(batch):
            self._state.apply(batch)
            self._note(batch)

    def _adopt(self, batch: EffectBatch) -> None:
        """Take in effects that the batch kernel has applied."""
        self._state.adopt(batch)
        self._note(batch)

    def _note(self, batch: EffectBatch) -> None:
        if self._log is not None:
            self._log.append(batch)

    def _try_place(
        self,
        order: Order,
        id: str,
        ttl_s: int,
        partial: bool,
        policy: RoutingPolicy | None,
    ) -> tuple[Plan | None, Status]:
        """Decide an order under a new id; for one that is taken say what it means."""
        number = self._state.book.ids.numbers.get(id)
        if number is None:
            plan = self._router.route(order, policy)
            return plan, plan.status
        ask = self._router.ask(order, policy)
        return None, self._repeated(number, ask, _terms(order, ttl_s, partial))

    def _repeated(self, number: int, ask: Ask, terms: int) -> Status:
        lines = print_lines(self._state, ask.lines)
        return repeated(self._state, number, lines, terms)

    def _reserve(self, plan: Plan, id: str, ttl_s: int, partial: bool) -> None:
        batch = reserve_effects(
            self._state,
            plan.ask,
            plan.answer,
            id,
            _terms(plan.order, ttl_s, partial),
            self._state.now + ttl_s if ttl_s else 0,
        )
        self._commit(batch)

    def _holds(self, orders: Sequence[Order], ttl_s: int, partial: bool) -> Holds:
        """Return what a batch reserves under; terms that are alike are hashed once."""
        ids: list[str] = []
        terms: list[int] = []
        known: dict[tuple[Any, ...], int] = {}
        for i, order in enumerate(orders):
            if type(order.id) is not str:
                raise ValidationError(f"orders[{i}].id", "an id to reserve under", None)
            ids.append(order.id)
            key = (
                order.destination,
                order.services,
                order.collect_at,
                order.exclude_nodes,
            )
            found = known.get(key)
            if found is None:
                found = known[key] = _terms(order, ttl_s, partial)
            terms.append(found)
        expires_s = self._state.now + ttl_s if ttl_s else 0
        return Holds(ids, terms, expires_s, partial)

    def _reservation(self, id: str) -> Reservation | None:
        number = self._state.book.ids.numbers.get(id)
        return None if number is None else self._state.book.reservation(number)


def _terms(order: Order, ttl_s: int, partial: bool) -> int:
    """Fingerprint of what was asked besides the lines."""
    return print_terms(
        attrs.astuple(order.destination),
        order.services and sorted(order.services),
        order.collect_at,
        sorted(order.exclude_nodes),
        ttl_s,
        partial,
    )


def _ttl_s(ttl: Duration, now: int) -> int:
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
