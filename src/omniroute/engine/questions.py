"""Availability: what can still be promised."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute import availability as atp
from omniroute.atp.by_date import LOOK_AHEAD
from omniroute.atp.composed import composed_by_date
from omniroute.atp.live import live_by_date
from omniroute.atp.of_state import timelines_of_state
from omniroute.atp.quotas import charge
from omniroute.atp.schedule import AtpSchedule
from omniroute.atp.through_channel import Through, by_date_through
from omniroute.availability import AvailabilityMatrix
from omniroute.codes import QUANTITY_MAX
from omniroute.engine.core import Core
from omniroute.engine.terms import (
    I8,
    Instant,
)
from omniroute.errors import ConfigurationError, ValidationError
from omniroute.model.atp_rule import LEAD_TIME, AtpRule
from omniroute.model.buckets import Buckets
from omniroute.model.checks import texts
from omniroute.model.exact import Number
from omniroute.model.quotas import Quota, QuotaBook
from omniroute.stock.kit_stock import KitStock, kit_stock
from omniroute.stock.lens import Asker


class Questions(Core):
    """See `omniroute.engine.Engine`."""

    def available_to_promise(
        self,
        sku: str,
        node: str | None = None,
        *,
        group: Iterable[str] | None = None,
        channel: str | None = None,
        services: Iterable[str] = (),
        confidence: Number = 0,
        now: Instant = None,
    ) -> int | Decimal | float:
        """Return the units of a SKU that can still be promised, never negative.

        Of the whole network (O(1)), of one ``node``, or of a ``group`` of nodes; through
        a ``channel``, or for ``services`` that rules about safety name: O(row). Kits are
        what their components make at each node, items in packs are whole packs; infinity
        where there is no end of it. At a ``confidence`` from 0 to 1, cells whose find
        probability is below count as empty.

        Raises
        ------
        UnknownSkuError, UnknownNodeError, UnknownServiceError
            An id that the engine does not know.
        UnknownChannelError
            No such channel.
        ConfigurationError
            A confidence that is no share.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
        >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")])
        >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
        Applied(2)
        >>> engine.available_to_promise("BOLT"), engine.available_to_promise("BOLT", "N1")
        (10, 4)
        """
        with self._lock:
            self._advance(now)
            asker = self._asker(channel, services, confidence)
            if self._sees_plainly(asker, sku):
                return atp.available_to_promise(self._state, sku, node, group)
            number = self._state.catalogue.sku(sku)
            return self._seen(number, node, group, asker)

    def available_by_node(
        self,
        sku: str,
        now: Instant = None,
        *,
        channel: str | None = None,
        confidence: Number = 0,
    ) -> Any:
        """Return int64[N]: quanta of a SKU that each node can still promise.

        In the order of ``network.node_ids``; `omniroute.codes.UNLIMITED` where a node
        never runs short. O(nodes).

        Raises
        ------
        UnknownSkuError, UnknownChannelError, ConfigurationError
            No such SKU or channel, or a confidence that is no share.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
        >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")])
        >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
        Applied(2)
        >>> engine.available_by_node("BOLT").tolist()
        [4, 6]
        """
        with self._lock:
            self._advance(now)
            asker = self._asker(channel, confidence=confidence)
            if self._sees_plainly(asker, sku):
                return atp.available_by_node(self._state, sku)
            number = self._state.catalogue.sku(sku)
            return self._composed.seen_by(asker).by_node(number)

    def availability(
        self,
        skus: Iterable[str] | None = None,
        nodes: Iterable[str] | None = None,
        *,
        channel: str | None = None,
        confidence: Number = 0,
        now: Instant = None,
    ) -> AvailabilityMatrix:
        """Return a labelled matrix SKUs x nodes of what can still be promised.

        Through a ``channel``: what that channel can have of each node. At a
        ``confidence``: nothing of cells whose find probability is below.

        Raises
        ------
        ValidationError, UnknownIdError, ConfigurationError
            No sequence of ids, ids or a channel that the engine does not know, or a
            confidence that is no share.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
        >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")])
        >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
        Applied(2)
        >>> print(engine.availability().table())
              N1  N2
        BOLT   4   6
        """
        with self._lock:
            self._advance(now)
            asker = self._asker(channel, confidence=confidence)
            found = atp.availability(self._state, skus, nodes)
            alike = self._router.lens is None and not self._composed
            if alike and not (self._state.aside.endless or asker.confidence):
                return found
            return self._as_seen(found, asker)

    def explain_kit(
        self,
        sku: str,
        *,
        channel: str | None = None,
        services: Iterable[str] = (),
        now: Instant = None,
    ) -> KitStock:
        """Return why so many of a kit can be promised: by node, what holds it down.

        Raises
        ------
        UnknownSkuError
            No such SKU.
        ValidationError
            It is no kit.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> items = [om.Item("CUP"), om.Item("POT")]
        >>> items.append(om.Item("SET", components={"CUP": 6, "POT": 1}))
        >>> engine = om.Engine(om.Network([om.Node("N1")], [ground]), items)
        >>> engine.apply([om.Receive("CUP", "N1", 13), om.Receive("POT", "N1", 4)])
        Applied(2)
        >>> print(engine.explain_kit("SET").table())
            SET  CUP  POT  limiting
        N1    2   13    4       CUP
        """
        with self._lock:
            self._advance(now)
            number = self._state.catalogue.sku(sku)
            if not self._composed.is_kit(number):
                raise ValidationError("sku", "a kit", sku)
            shelf = self._composed.seen_by(self._asker(channel, services))
            parts = self._composed.parts(number)
            return kit_stock(self._state.catalogue, shelf, number, parts)

    def available_with_substitutes(
        self,
        sku: str,
        node: str | None = None,
        *,
        channel: str | None = None,
        now: Instant = None,
    ) -> dict[str, int | Decimal | float]:
        """Return what can be promised of an item, and apart from it of its substitutes.

        Its own first, then each substitute, the best first; never added up, since
        substitutes may be drawn from the same stock.

        Raises
        ------
        UnknownSkuError, UnknownNodeError
            An id that the engine does not know.
        """
        with self._lock:
            self._advance(now)
            number = self._state.catalogue.sku(sku)
            asker = self._asker(channel)
            texts = self._state.catalogue.skus.texts
            others = self._composed.substitutes.get(number, ())
            return {
                texts[each]: self._seen(each, node, None, asker)
                for each in (number, *others)
            }

    def _has_composed(self, skus: Iterable[int]) -> bool:
        """Whether SKUs are sold by the lot, or never run short somewhere."""
        endless, recipes = self._state.aside.endless, self._composed.recipes
        return bool(endless or recipes) and any(
            sku in recipes or sku in endless for sku in skus
        )

    def _as_seen(self, found: AvailabilityMatrix, asker: Asker) -> AvailabilityMatrix:
        """Return a matrix with the rows that the asker sees otherwise."""
        catalogue = self._state.catalogue
        quanta, columns = found.quanta.copy(), [catalogue.node(n) for n in found.nodes]
        numbers = [catalogue.sku(sku) for sku in found.skus]
        if asker.confidence and self._state.find:
            self._doubt(quanta, np.array(numbers), np.array(columns), asker.confidence)
        others, shelf = asker._replace(confidence=0), self._composed.seen_by(asker)
        for i, number in enumerate(numbers):
            if not self._is_plain(others, number):
                here = shelf.by_node(number)[columns]
                quanta[i] = np.minimum(here, QUANTITY_MAX)
        quanta.flags.writeable = False
        return attrs.evolve(found, quanta=quanta, endless=True)

    def _doubt(
        self, quanta: NDArray[np.int32], skus: I8, nodes: I8, confidence: int
    ) -> None:
        """Empty the cells of a matrix whose find probability is below."""
        row, column = np.nonzero(quanta)
        cells = skus[row] * self._state.arena.nodes + nodes[column]
        low = self._state.find.at(cells) < confidence
        quanta[row[low], column[low]] = 0

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
            leads = self._lead_times(rule)
            asker = self._asker(channel)
            if self._has_composed(numbers):
                if channel is not None:
                    expected = (
                        "None, as kits, packs and what never runs short are asked"
                    )
                    raise ValidationError("channel", expected, channel)
                recipes = self._composed.recipes
                return composed_by_date(
                    self._state,
                    numbers,
                    places,
                    recipes,
                    rule,
                    self._lens.room,
                    buckets,
                    confidence,
                    leads,
                )
            by_channel = bool(rule.considerations)
            lines = timelines_of_state(
                self._state,
                numbers,
                places,
                buckets,
                by_channel=by_channel,
                leads=leads,
            )
            seen = self._state, lines, numbers, rule, self._lens.room, confidence
            found = live_by_date(*seen)[0]
            if channel is None:
                return found
            asker = asker._replace(confidence=found.at_confidence)
            through = Through(asker, self._lens, partial(self._kept_from, asker))
            return by_date_through(self._state, found, numbers, through)

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
