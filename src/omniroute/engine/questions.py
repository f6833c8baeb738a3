"""Availability: what can still be promised."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute import availability as atp
from omniroute.availability import AvailabilityMatrix
from omniroute.codes import QUANTITY_MAX
from omniroute.engine.core import Core
from omniroute.engine.terms import (
    I8,
    Instant,
)
from omniroute.errors import ValidationError
from omniroute.model.exact import Number
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
