"""What an engine is made of, and the log of what changes it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from omniroute._show import counted
from omniroute._whole import Whole
from omniroute.codes import FOREVER
from omniroute.engine.terms import (
    I8,
    checked_items,
)
from omniroute.errors import (
    ConfigurationError,
)
from omniroute.feed.mirror import Mirror
from omniroute.model.channels import Channel, ChannelTree
from omniroute.model.decline_rules import DeclineRules
from omniroute.model.instant import (
    duration_s,
    to_datetime,
)
from omniroute.model.item import Item
from omniroute.model.network import Network
from omniroute.model.policy import RoutingPolicy
from omniroute.reservations.holds import OneHold
from omniroute.routing.router import Router
from omniroute.stock.composed import Composed
from omniroute.stock.day import Days
from omniroute.stock.dips import Dips
from omniroute.stock.effects import EffectBatch
from omniroute.stock.guard import Guard
from omniroute.stock.lens import Lens
from omniroute.stock.log import EffectLog
from omniroute.stock.state import RETENTION_S, State


class Parts:
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
        _require(network, Network, "network")
        policy = RoutingPolicy() if policy is None else policy
        _require(policy, RoutingPolicy, "policy")
        declines = DeclineRules() if declines is None else declines
        _require(declines, DeclineRules, "declines")
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
        self._guard = Guard(self._state, network, self._items, self._tree)
        self._lens = Lens(self._state, self._guard, self._tree)
        self._dips = Dips(self._state)
        #: Whether any rule follows the stock; whether some ask and see otherwise.
        self._guarding = False
        #: Kits, packs, substitutes; empty where nothing is any of it.
        self._composed = Composed(self._state, self._lens, self._items)
        self._acquaint()
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

    def _acquaint(self) -> None:
        """Let the parts know of each other, before the first call."""
        state, router = self._state, self._router
        capacity = () if router.room is None else router.room.kinds
        state.workload.kinds = (*capacity, *router.deliveries.kinds)
        state.workload.first_delivery = len(capacity)
        router.days = Days(state, self._guard, self._lens)
        if self._composed:
            router.add_items(self._items, self._composed)
        router.channels = self._tree
        state.aside.allowed = frozenset(self._tree.numbers)
        state.dated.beyond = self._guard.beyond
        state.unbound.room = self._lens.room
        self._look_through()

    def _look_through(self) -> None:
        """Let the router look through the lens where not all see alike."""
        if self._guarding or len(self._tree) or self._state.unbound.held:
            self._router.lens = self._lens

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


def _require(value: object, kind: type, path: str) -> None:
    if not isinstance(value, kind):
        raise ConfigurationError(path, f"a {kind.__name__}", value)
