"""What every part of the engine stands on: its time, its history and who sees what."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from omniroute.codes import FOREVER, QUANTITY_MAX
from omniroute.engine.terms import (
    Instant,
    checked_items,
    too_far,
)
from omniroute.engine.way_in import WayIn
from omniroute.errors import (
    InvariantError,
    ValidationError,
)
from omniroute.model.atp_rule import share
from omniroute.model.checks import texts, whole
from omniroute.model.exact import Number
from omniroute.model.instant import (
    clock_seconds,
    to_seconds,
)
from omniroute.model.item import Item
from omniroute.model.recipes import recipes_of
from omniroute.reservations.lines import Cells, is_at_no_node, is_later
from omniroute.stock import decide
from omniroute.stock.book import Reservation
from omniroute.stock.checks_of_some import Dice, check_some, some_cells
from omniroute.stock.composed import units_of
from omniroute.stock.ids import Catalogue
from omniroute.stock.lens import PLAIN, Asker
from omniroute.stock.log import EffectLog
from omniroute.stock.state import State


class Core(WayIn):
    """See `omniroute.engine.Engine`."""

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
