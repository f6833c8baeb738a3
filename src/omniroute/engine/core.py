"""What every part of the engine stands on: the state, its time, and the one way in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from omniroute._show import counted
from omniroute._whole import Whole
from omniroute.codes import E_WHAT, FOREVER, QUANTITY_MAX, RULES_FIRST, Status
from omniroute.engine.terms import (
    I8,
    Instant,
    checked_items,
    too_far,
)
from omniroute.errors import (
    ConfigurationError,
    InvariantError,
    ValidationError,
)
from omniroute.feed.mirror import Mirror
from omniroute.model.atp_rule import share
from omniroute.model.channels import Channel, ChannelTree
from omniroute.model.checks import texts, whole
from omniroute.model.decline_rules import DeclineRules
from omniroute.model.exact import Number
from omniroute.model.instant import (
    clock_seconds,
    duration_s,
    to_datetime,
    to_seconds,
)
from omniroute.model.item import Item
from omniroute.model.network import Network
from omniroute.model.policy import RoutingPolicy
from omniroute.model.recipes import recipes_of
from omniroute.reservations.holds import OneHold
from omniroute.reservations.life import Step
from omniroute.reservations.lines import Cells, is_at_no_node, is_later
from omniroute.routing.rebooking import with_added_work
from omniroute.routing.router import Router
from omniroute.stock import decide
from omniroute.stock.book import Reservation
from omniroute.stock.checks_of_some import Dice, check_some, some_cells
from omniroute.stock.composed import Composed, units_of
from omniroute.stock.day import Days
from omniroute.stock.dips import Dips
from omniroute.stock.draws import concerns, with_draws
from omniroute.stock.effects import NOTHING, EffectBatch, concat
from omniroute.stock.giving_back import with_work_back
from omniroute.stock.guard import Guard
from omniroute.stock.ids import Catalogue
from omniroute.stock.lens import PLAIN, Asker, Lens
from omniroute.stock.log import EffectLog
from omniroute.stock.shelf import with_lots
from omniroute.stock.state import RETENTION_S, State


class Core:
    """See `omniroute.engine.Engine`."""

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
        declines: DeclineRules | None = None,
        max_jump: str | int | timedelta | None = None,
    ) -> None:
        if not isinstance(network, Network):
            raise ConfigurationError("network", "a Network", network)
        policy = RoutingPolicy() if policy is None else policy
        if not isinstance(policy, RoutingPolicy):
            raise ConfigurationError("policy", "a RoutingPolicy", policy)
        declines = DeclineRules() if declines is None else declines
        if not isinstance(declines, DeclineRules):
            raise ConfigurationError("declines", "a DeclineRules", declines)
        if not callable(clock):
            raise ConfigurationError("clock", "a function that returns seconds", clock)
        self._items = checked_items(items)
        self._state = State(
            network.node_ids,
            [item.sku for item in self._items],
            [item.decimals for item in self._items],
            duration_s(retention, "retention"),
        )
        self._router = Router(network, self._items, self._state, policy)
        self._tree = ChannelTree(channels)
        capacity = () if self._router.room is None else self._router.room.kinds
        self._state.workload.kinds = (*capacity, *self._router.deliveries.kinds)
        self._state.workload.first_delivery = len(capacity)
        self._guard = Guard(self._state, network, self._items, self._tree)
        self._lens = Lens(self._state, self._guard, self._tree)
        self._router.days = Days(self._state, self._guard, self._lens)
        self._dips = Dips(self._state)
        #: Whether any rule follows the stock; whether some ask and see otherwise.
        self._guarding = False
        #: Kits, packs, substitutes; empty where nothing is any of it.
        self._composed = Composed(self._state, self._lens, self._items)
        if self._composed:
            self._router.add_items(self._items, self._composed)
        self._router.channels = self._tree
        self._state.aside.allowed = frozenset(self._tree.numbers)
        self._state.dated.beyond = self._guard.beyond
        self._state.unbound.room = self._lens.room
        self._look_through()
        self._one_hold = OneHold(self._state, self._adopt_holds)
        self._clock = clock
        self._jump_s = None if max_jump is None else duration_s(max_jump, "max_jump")
        self._log = EffectLog(self._state.catalogue) if journal else None
        #: Batches of a decision that may still come to nothing; else None.
        self._withheld: list[EffectBatch] | None = None
        #: What becomes of nodes that decline; when the next of them has rested.
        self._decline_rules = declines
        self._rested_s = FOREVER
        #: What was told of availability, by kind of export.
        self._exports: dict[str, Mirror] = {}
        self._mark = ""
        self._sku_ids: tuple[str, ...] = ()
        # The router's: an explanation worked out later takes its turn too.
        self._lock = self._router.lock
        #: For what changes stock, or what is kept between decisions.
        self._whole = Whole(self._lock)

    def __repr__(self) -> str:
        nodes = counted(len(self.network.nodes), "node")
        items = counted(len(self._items), "item")
        # Before its first call it has not asked the clock.
        now = f"now {self.now:%Y-%m-%d %H:%M:%S}Z" if self._state.now else "no time yet"
        return f"Engine({nodes}, {items}, {now})"

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError(
            "an Engine can be neither pickled nor copied: make one with journal=True, "
            "and replay its log into another (Engine.log, Engine.replay)"
        )

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
        """Sell more items, all or none. O(all items).

        Raises
        ------
        ConfigurationError
            No `Item`, or a SKU that the engine knows; nothing has changed.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> engine = om.Engine(om.Network([om.Node("N1")], [ground]), [om.Item("BOLT")])
        >>> engine.add_items([om.Item("NUT", weight_g=4)])
        >>> [item.sku for item in engine.items]
        ['BOLT', 'NUT']
        """
        with self._whole:
            fresh = checked_items(items, self._state.catalogue.skus.numbers)
            known = len(self._items)
            recipes = recipes_of([*self._items, *fresh], first=known)
            self._state.add_skus(
                [item.sku for item in fresh], [item.decimals for item in fresh]
            )
            self._items += fresh
            self._composed.know(self._items, recipes)
            self._router.add_items(self._items, self._composed)
            self._guard.know_more(self._items)
            self._obey()

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
        Rules about safety and oversell are in it; channels are the engine's own.
        This engine's own log, if it keeps one, notes them too.

        Raises
        ------
        ValidationError, UnknownIdError
            Not a log, or one that names what this engine does not know or counts in
            other decimals, or this engine has stock, reservations or a time already;
            nothing has changed.

        Notes
        -----
        The log has no network, kits, packs or channels: make this engine with the same.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> shop, items = om.Network([om.Node("N1")], [ground]), [om.Item("BOLT")]
        >>> live = om.Engine(shop, items, clock=lambda: 0, journal=True)
        >>> live.apply(om.Receive("BOLT", "N1", 40))
        Applied(1)
        >>> twin = om.Engine(shop, items, clock=lambda: 0)
        >>> twin.replay(live.log)
        >>> twin.digest() == live.digest()
        True
        """
        if not isinstance(log, EffectLog):
            raise ValidationError("log", "an EffectLog", log)
        with self._whole:
            if self._state.digest() != State(()).digest():
                expected = "to be replayed by an engine that has no history yet"
                raise ValidationError("log", expected, self)
            try:
                for batch in log.translated(self._state):
                    # As it stands: it has in it what rules made of it at the time.
                    self._state.apply(batch)
                    self._note(batch)
            finally:
                self._guard.obey()
                self._obey()
                self._look_through()
                self._look_who_rests()

    def digest(self) -> str:
        """32 hexadecimal digits that stand for the state; see `State.digest`."""
        with self._lock:
            return self._state.digest()

    def check(self, sample: int | None = None, *, seed: int = 0) -> None:
        """Rebuild what is kept incrementally and compare; see `State.check`.

        Parameters
        ----------
        sample
            Look at so many cells and reservations only, at most: O(sample), for a system
            that is live. By default at all there is.
        seed
            Chooses which; another one each time sees everything in time.

        Raises
        ------
        InvariantError
            Something does not add up: planes, the book, rules against cells.
        """
        count = None if sample is None else whole(sample, "sample", 1, QUANTITY_MAX)
        dice = Dice(whole(seed, "seed", 0, 2**63 - 1))
        with self._lock:
            if count is None:
                self._state.check()
                self._guard.check()
            else:
                keys = some_cells(self._state, count, dice)
                check_some(self._state, keys, count, dice)
                self._guard.check(keys)
            self._check_sight()

    def _check_sight(self) -> None:
        """Require that who decides looks at rules, channels and holds at no node."""
        guard = self._guard
        guarding = bool(guard.safety.rules or guard.oversell.rules)
        through = guarding or len(self._tree) or self._state.unbound.held
        if self._guarding != guarding or (through and self._router.lens is None):
            raise InvariantError("rules are not looked at", self._state.digest())

    def _asker(
        self,
        channel: str | None,
        services: Iterable[str] = (),
        confidence: Number = 0,
    ) -> Asker:
        if confidence != 0:
            asker = self._asker(channel, services)
            return asker._replace(confidence=share(confidence, "confidence"))
        if channel is None and services == ():
            return PLAIN
        self._tree.number(channel)
        names = texts(services, "services")
        for i, name in enumerate(names):
            self.network.service_index(name, f"services[{i}]")
        return Asker(channel, names)

    def _sees_plainly(self, asker: Asker, sku: str) -> bool:
        endless = self._state.aside.endless
        alike = self._router.lens is None and not asker.confidence
        if alike and not (self._composed or endless):
            return True
        return self._is_plain(asker, self._state.catalogue.sku(sku))

    def _is_plain(self, asker: Asker, sku: int) -> bool:
        """Whether an asker can have of a SKU what its cells have free."""
        if sku in self._composed.recipes or sku in self._state.aside.endless:
            return False
        alike = self._router.lens is None and not asker.confidence
        return alike or self._lens.sees_plainly(asker, [sku])

    def _seen(
        self, sku: int, node: str | None, group: Iterable[str] | None, asker: Asker
    ) -> int | Decimal | float:
        """Units of a SKU that an asker can be promised; infinity for no end of it."""
        catalogue, of = self._state.catalogue, None
        if node is not None and group is not None:
            raise ValidationError("group", "a node or a group, not both", group)
        if node is not None or group is not None:
            of = _node_numbers(catalogue, node, group)
        quanta = self._composed.seen_by(asker).at(sku, of)
        return units_of(catalogue, sku, quanta)

    def _follow_rules(self, batch: EffectBatch) -> int:
        """Take in other rules, with what they make of cells; how many cells that is."""
        if len(batch):
            self._state.apply(batch)
            self._note(batch)
        self._obey()
        return int((batch.rows[:, E_WHAT] < RULES_FIRST).sum())

    def _obey(self) -> None:
        guard = self._guard
        self._guarding = bool(guard.safety.rules or guard.oversell.rules)
        self._look_through()

    def _look_through(self) -> None:
        """Let the router look through the lens where not all see alike."""
        if self._guarding or len(self._tree) or self._state.unbound.held:
            self._router.lens = self._lens

    def _advance(self, now: Instant) -> int:
        """Bring the state to the present, and return it; time never goes back."""
        at = self._time(now)
        if at > self._state.now:
            with self._whole:
                self._commit(decide.expire(self._state, at))
        if at >= self._rested_s:
            self._look_who_rests()
        return at

    def _look_who_rests(self) -> None:
        """Route to all nodes but those that rest just now."""
        now, declines = self._state.now, self._state.after.declines
        ends = [until for until in declines.rests.values() if until > now]
        with self._whole:
            self._router.let_rest(declines.resting(now))
            self._rested_s = min(ends, default=FOREVER)

    def _time(self, now: Instant) -> int:
        """Return the present, which is never before the engine's time."""
        state = self._state
        if state.broken:
            state.require_whole()
        at = clock_seconds(self._clock()) if now is None else to_seconds(now, "now")
        if self._jump_s is not None and at > state.now + self._jump_s and state.now:
            raise too_far(now is None, at, state.now, self._jump_s)
        return max(at, state.now)

    def _commit(self, batch: EffectBatch, sell_by: int = 0) -> None:
        """Apply effects and note them in the log: the only way in.

        Units that leave are of the lot with this ``sell_by``, or else end first.
        """
        if not len(batch):
            return
        batch = self._drawing(batch)
        if self._state.lots.cells:
            batch = with_lots(self._state, batch, sell_by)
        self._state.apply(batch)
        dated = self._state.dated
        if dated.demand or dated.dips:
            batch = self._dipped(batch, batch.rows)
        self._note(self._guarded(batch, batch.rows) if self._guarding else batch)

    def _working(self, id: str, step: Step, *, always: bool = False) -> Step:
        """Return a step with the work it adds at nodes; FULL where there is no room.

        Of a reservation that has no work anywhere it is none, unless ``always``.
        """
        number = self._state.book.ids.numbers.get(id, -1)
        counts = always or number in self._state.workload.by
        if self._router.room is None or not counts or not len(step.batch):
            return step
        batch = with_added_work(self._router, step.batch, number)
        return Step(Status.FULL, NOTHING) if batch is None else Step(step.status, batch)

    def _drawing(self, batch: EffectBatch) -> EffectBatch:
        """Return the batch with what its lines draw from fences, and give back.

        And with the work that goes back with what they give up.
        """
        if self._state.workload.by:
            batch = with_work_back(self._state, batch)
        if not (len(self._tree) or self._state.aside.through):
            return batch
        if not concerns(self._state, batch.rows):
            return batch
        return with_draws(self._state, self._lens, batch)

    def _dipped(self, batch: EffectBatch, applied: I8) -> EffectBatch:
        """Return a batch with what later promises need after these rows; applied too."""
        if not self._state.dated:
            return batch
        more = self._dips.follow(applied)
        if not len(more):
            return batch
        self._state.apply(more)
        return concat([batch, more])

    def _guarded(self, batch: EffectBatch, applied: I8) -> EffectBatch:
        """Return a batch with what rules ask for after these rows; that is applied."""
        more = self._guard.follow(applied)
        if not len(more):
            return batch
        self._state.apply(more)
        return concat([batch, more])

    def _adopt_holds(self, rows: I8, used: int, ids: Sequence[str]) -> None:
        """Take in what a kernel has reserved; the rows are its memory, to be used again."""
        try:
            self._state.adopt(ids)
            self._note_rows(rows, ids, used)
        except BaseException as error:
            self._state.broken = repr(error)
            raise

    def _note_rows(
        self, rows: I8, ids: Sequence[str] = (), used: int | None = None
    ) -> None:
        """Note rows whose memory is used again: copied, if anybody keeps them."""
        if self._log is None and self._withheld is None:
            return
        try:
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

    @staticmethod
    def _one_of_both(cells: Cells) -> Cells:
        """Refuse lines of which some are for later and some at no node."""
        if is_later(cells) and is_at_no_node(cells):
            expected = "a node for every line, where some are wanted later"
            raise ValidationError("lines", expected, None)
        return cells

    def _reservation(self, id: str) -> Reservation | None:
        number = self._state.book.ids.numbers.get(id)
        return None if number is None else self._state.book.reservation(number)


def _node_numbers(
    catalogue: Catalogue, node: str | None, group: Iterable[str] | None
) -> list[int]:
    """Numbers of a node, or of a group in which one may be named twice."""
    if node is not None:
        return [catalogue.node(node)]
    if isinstance(group, str) or not isinstance(group, Iterable):
        raise ValidationError("group", "a sequence of ids", group)
    named = enumerate(group)
    return sorted({catalogue.node(name, f"group[{i}]") for i, name in named})
