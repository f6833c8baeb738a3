"""Availability by date: what can be promised with what is on its way, and quotas of it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np

from omniroute.atp.by_date import LOOK_AHEAD
from omniroute.atp.composed import composed_by_date
from omniroute.atp.live import Asked, stock_by_date
from omniroute.atp.quotas import charge
from omniroute.atp.schedule import AtpSchedule
from omniroute.atp.through_channel import Through, by_date_through
from omniroute.engine.core import Core
from omniroute.engine.naming import node_numbers, sku_numbers
from omniroute.engine.terms import I8, Instant
from omniroute.errors import ConfigurationError, ValidationError
from omniroute.model.atp_rule import LEAD_TIME, AtpRule
from omniroute.model.buckets import Buckets
from omniroute.model.exact import Number
from omniroute.model.quotas import Quota, QuotaBook
from omniroute.stock.lens import Asker


class ByDate(Core):
    """See `omniroute.engine.Engine`."""

    def available_by_date(
        self,
        skus: str | Iterable[str],
        nodes: Iterable[str] | None = None,
        *,
        rule: AtpRule = LOOK_AHEAD,
        buckets: Buckets | None = None,
        confidence: Number = 0,
        channel: str | None = None,
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
            one that never promises what an earlier promise needs. Its demand classes
            are channels: what came through one is of the class of its name. Its
            ``"lead_time"`` is that of the item. What has fallen due holds units: days
            past due, and offsets, of demand are refused.
        buckets
            The calendar; days in UTC by default.
        confidence
            From 0 to 1: a cell whose find probability is below counts as empty. At
            what share kinds of supply count, the rule says.
        channel
            Through which channel: what its fences have now, which is held at once
            (`ChannelSchedule.at_once`), and by date what the common pool can promise
            it, if that is open to it. None: the pool, for who names no channel.
        now
            The time; the engine's clock by default.

        Raises
        ------
        UnknownSkuError, UnknownNodeError
            An id that the engine does not know.
        ConfigurationError
            A confidence that is no share; a rule about overdue demand.
        UnknownChannelError, ValidationError
            No such channel; or one asks for kits or packs.

        Notes
        -----
        Never more than `reserve` with ``due=`` takes for the last second of that date,
        where overdue supply is not trusted (``past_due_supply_days=0``) and the rule
        is ``look_ahead`` or ``expiring``: network thresholds, holds at no node, what
        will have ended and promises beyond the horizon included. The same goes for
        `AtpSchedule.earliest`, and for all parts of `AtpSchedule.partials` together.

        O(cells of the SKUs + all open inbound entries + cells x dates); where something
        ends or is promised for later, its events squared by date.

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
            catalogue, places = self._state.catalogue, None
            if isinstance(skus, str):
                numbers = [catalogue.sku(skus, "skus")]
            else:
                numbers = sku_numbers(catalogue, skus, "skus")
            if nodes is not None:
                places = node_numbers(catalogue, nodes, "nodes")
            leads = self._lead_times(rule)
            asker = self._asker(channel)
            asked = Asked(rule, self._lens.room, buckets, confidence, leads)
            if self._has_composed(numbers):
                if channel is not None:
                    expected = (
                        "None, as kits, packs and what never runs short are asked"
                    )
                    raise ValidationError("channel", expected, channel)
                recipes = self._composed.recipes
                return composed_by_date(self._state, numbers, places, recipes, asked)
            found = stock_by_date(self._state, numbers, places, asked)[0]
            if channel is None:
                return found
            asker = asker._replace(confidence=found.at_confidence)
            through = Through(asker, self._lens, partial(self._kept_from, asker))
            return by_date_through(self._state, found, numbers, through)

    def _has_composed(self, skus: Iterable[int]) -> bool:
        """Whether SKUs are sold by the lot, or never run short somewhere."""
        endless, recipes = self._state.aside.endless, self._composed.recipes
        return bool(endless or recipes) and any(
            sku in recipes or sku in endless for sku in skus
        )

    def _kept_from(self, asker: Asker, sku: int) -> I8:
        """Return int64[N]: what is kept of a SKU from an asker, and not from all."""
        nodes = np.arange(self._state.arena.nodes)
        more = self._guard.more_for(sku, nodes, (), asker.channel, routing=False)
        return np.minimum(more, 0)

    def _lead_times(self, rule: AtpRule) -> dict[int, int] | None:
        """Return replenishment lead times by SKU number, where a rule asks for them.

        Raises
        ------
        ConfigurationError
            The rule asks for what live stock does not have.
        """
        if not isinstance(rule, AtpRule):
            raise ValidationError("rule", "an AtpRule", rule)
        for path, value in (
            ("past_due_demand_days", rule.past_due_demand_days),
            ("delayed_demand_offset_days", rule.delayed_demand_offset_days or None),
        ):
            if value is not None:
                expected = "its default: what has fallen due in live stock holds units"
                raise ConfigurationError(f"rule.{path}", expected, value)
        if rule.infinite_supply_fence_days != LEAD_TIME:
            return None
        days = (item.replenishment_lead_time_days for item in self._items)
        return {sku: n for sku, n in enumerate(days) if n is not None}

    def quotas(
        self,
        sku: str,
        quotas: Iterable[Quota],
        *,
        channel: str | None = None,
        factor: int = 1,
        buckets: Buckets | None = None,
        now: Instant = None,
    ) -> QuotaBook:
        """Return quotas of a SKU with what reservations have used of them.

        For `AtpSchedule.partials`: when an order can be confirmed. A reservation uses
        its day, week and month, those in which it was made, by what it holds or has
        sent; given back, it does not. Reserving itself asks for no quota.

        Parameters
        ----------
        sku
            Id of the SKU.
        quotas
            How much may be confirmed in each day, week or month.
        channel
            Only what is reserved through this channel uses them; None: all does.
        factor
            Units of the quotas that one unit confirmed uses.
        buckets
            The calendar that says when days begin; days in UTC by default.
        now
            The time; the engine's clock by default.

        Raises
        ------
        UnknownSkuError
            No such SKU.
        UnknownChannelError
            No such channel.
        ConfigurationError
            Quotas that cannot be.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> shop = om.Network([om.Node("N1")], [ground])
        >>> engine = om.Engine(shop, [om.Item("BOLT")], clock=lambda: 1_231_718_400)
        >>> engine.apply(om.Receive("BOLT", "N1", 500))
        Applied(1)
        >>> engine.reserve({("BOLT", "N1"): 4}, id="A").status.name
        'OK'
        >>> left = engine.quotas("BOLT", [om.Quota("week", 20), om.Quota("day", 10)])
        >>> print(engine.available_by_date("BOLT").partials(30, quotas=left))
        6 on 2009-01-12; 10 on 2009-01-13; 10 on 2009-01-19; 4 on 2009-01-20
        """
        with self._lock:
            self._advance(now)
            number = self._state.catalogue.sku(sku)
            # Of a kit only components are ever held, which would use nothing of it.
            self._state.catalogue.stocked(number, "sku")
            if channel is not None:
                self._tree.number(channel)
            places = int(self._state.catalogue.decimals[number])
            book = QuotaBook(quotas, factor, places)
            charge(book, self._state, number, channel, buckets or Buckets())
            return book
