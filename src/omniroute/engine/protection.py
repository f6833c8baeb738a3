"""What is held back from promising, oversold on purpose, or set aside for a channel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from omniroute._show import Columns
from omniroute.codes import Status
from omniroute.engine.core import Core
from omniroute.engine.terms import (
    Instant,
)
from omniroute.errors import (
    ValidationError,
)
from omniroute.model.exact import Number
from omniroute.model.fences import RingFence
from omniroute.model.oversell import OversellRule
from omniroute.model.quantity import to_quanta
from omniroute.model.safety import SafetyRule
from omniroute.stock import allocate
from omniroute.stock.effects import EffectBatch


class Protection(Core):
    """See `omniroute.engine.Engine`."""

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
            Units a day by (SKU, node): what rules in days of cover need. 0 where
            unsaid, of which any number of days is nothing.
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

    def set_preorder(
        self, rules: Iterable[OversellRule], *, now: Instant = None
    ) -> None:
        """Permit more to be promised for later than is on its way, as these rules say.

        For what `reserve` is asked with ``due=``; without a rule every pre-order needs
        supply that is due by then. Stock is as it was: what has no supply behind it is
        taken from what is there, and `at_risk` names it. Of cells where rules warn,
        `backordered` tells it as well.

        Parameters
        ----------
        rules
            `OversellRule` objects, each scope once, none for a channel.
        now
            The time; the engine's clock by default.

        Raises
        ------
        ConfigurationError, UnknownIdError
            A bad rule, named by its path (``rules[3].node``); the old ones stand.
        """
        with self._whole:
            self._advance(now)
            self._follow_rules(self._guard.set_preorder(rules))

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
            self._commit(self._planned(fences))
            self._look_through()
            return Status.OK

    def _planned(self, fences: Iterable[RingFence]) -> EffectBatch:
        return allocate.allocate(self._state, self._tree, self._lens, fences)

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

        Raises
        ------
        ValidationError, UnknownIdError
            An id that the engine does not know, a quantity that cannot be, or the same
            channel twice; nothing has changed.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> shop = om.Network([om.Node("N1")], [ground])
        >>> channels = [om.Channel("web"), om.Channel("app")]
        >>> engine = om.Engine(shop, [om.Item("BOLT")], channels=channels)
        >>> engine.apply(om.Receive("BOLT", "N1", 9))
        Applied(1)
        >>> engine.allocate([om.RingFence("web", "BOLT", 6)]).name
        'OK'
        >>> engine.reallocate("BOLT", "N1", 2, giver="web", taker="app").name
        'OK'
        >>> print(engine.allocations().table())
        sku   node  channel  left  guarded  used
        BOLT  N1    app         2        2     0
        BOLT  N1    web         4        4     0
        """
        with self._whole:
            catalogue = self._state.catalogue
            cell = catalogue.stocked(catalogue.sku(sku)), catalogue.node(node)
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

    def allocations(self, sku: str | None = None, *, now: Instant = None) -> Columns:
        """Return what is set aside, as columns: by SKU, node and channel.

        ``left`` can still be had, of it ``guarded`` by no other channel; ``used`` is
        drawn by open reservations. In units.
        """
        with self._lock:
            number = None if sku is None else self._state.catalogue.sku(sku)
            self._advance(now)
            return Columns(allocate.allocation_columns(self._state, number))
