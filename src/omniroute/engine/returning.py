"""Where returned units go: answered, and booked if wanted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs
import numpy as np

from omniroute.codes import ON_HAND, Status
from omniroute.engine.facts import Facts
from omniroute.engine.terms import Instant
from omniroute.errors import ValidationError
from omniroute.kernels.stock.supply import N_EXPECTED, N_FIRST_DUE, N_NODE, N_SKU
from omniroute.model.checks import flag
from omniroute.model.destination import Destination
from omniroute.model.exact import Number
from omniroute.model.hand_in import HandIn
from omniroute.model.return_policy import ReturnPolicy
from omniroute.routing.legs import Legs
from omniroute.routing.returns.disposition import Disposition
from omniroute.routing.returns.hand_in_frames import hand_ins_of
from omniroute.routing.returns.hand_ins import Before, Came, Prices, Reader, Rules
from omniroute.routing.returns.return_batch import COLUMNS, ReturnBatch
from omniroute.routing.returns.returned import ReturnRoute
from omniroute.routing.returns.returning import route_of, row_of, way_of

#: Node prices, in the currency unit.
PriceTable = Mapping[tuple[str, str], Number]


class Returning(Facts):
    """See `omniroute.engine.Engine`."""

    def route_return(
        self,
        hand_in: HandIn,
        policy: ReturnPolicy,
        *,
        prices: PriceTable | None = None,
        book: bool = False,
        now: Instant = None,
    ) -> ReturnRoute:
        """Return where units that came back are worth most, the way there paid.

        They may stay where they were handed in, if that is a node. Of equal places that
        one is chosen, then the nearest, then the first by id.

        Parameters
        ----------
        hand_in
            What came back, where, and in which state.
        policy
            What it is worth at a node, and which nodes may have it.
        prices
            Node prices: what a unit is worth by (SKU, node), in the currency unit, in
            place of its value and the policy's ``need``; where unsaid, those hold.
        book
            Tell the engine the fact as well, under the hand-in's id: units that stay
            are there at once, units fit for sale that are sent on are inbound. The same
            id again changes nothing (`Status.EXISTS`), and answers with the node that
            was booked; None for units in another state, of which that is not remembered.
        now
            The time; the engine's clock by default.

        Raises
        ------
        ValidationError, UnknownIdError, ConfigurationError
            Something in the hand-in, the policy or the prices cannot be; nothing has
            changed.

        Notes
        -----
        O(nodes x services).

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(6))
        >>> shop = om.Network([om.Node("AUSTIN"), om.Node("BOSTON")], [ground])
        >>> engine = om.Engine(shop, [om.Item("COAT")])
        >>> engine.apply(om.Receive("COAT", "AUSTIN", 9))
        Applied(1)
        >>> policy = om.ReturnPolicy(need=[(1, 1)], otherwise=0.6)
        >>> coat = om.HandIn("COAT", 1, "AUSTIN", value=80, id="R-1")
        >>> engine.route_return(coat, policy, book=True)
        ReturnRoute(OK, 1 COAT to BOSTON, net 74.00)
        >>> engine.stock("COAT", "BOSTON").inbound
        1
        """
        flag(book, "book")
        if not isinstance(hand_in, HandIn):
            raise ValidationError("hand_in", "a HandIn", hand_in)
        if book and hand_in.id is None:
            raise ValidationError("hand_in.id", "an id to book under", None)
        with self._whole:
            self._advance(now)
            reader, disposition = self._disposition(policy, prices)
            came = reader.read(hand_in, "hand_in")
            before = self._booked_before(hand_in, came) if book else None
            table = disposition.decide(came, before)
            way = way_of(self.network, hand_in, table, self._state.now, before)
            route = route_of(self.network, way, table)
            if before is not None:
                return attrs.evolve(route, status=before.status)
            return self._booked(route) if book else route

    def route_returns(
        self,
        hand_ins: Iterable[HandIn] | Any,
        policy: ReturnPolicy,
        *,
        prices: PriceTable | None = None,
        book: bool = False,
        now: Instant = None,
    ) -> ReturnBatch:
        """Return where many units go, each seeing where the earlier ones went.

        As `route_return` for each, one after the other. Units that may be sold in the
        end are there for the next ones, whether or not they are booked.

        Parameters
        ----------
        hand_ins
            `HandIn` objects; or a dict of columns or a data frame with ``sku``,
            ``quantity``, ``value``, ``at`` (node ids) or ``postcode``, and where they
            are wanted ``state`` and ``id``.
        policy, prices, now
            As in `route_return`.
        book
            Tell the engine all facts, in one step: all or none.

        Raises
        ------
        ValidationError, UnknownIdError, ConfigurationError
            Something cannot be (``hand_ins[3].sku``); nothing has changed.

        Notes
        -----
        O(nodes) a hand-in, and O(nodes x services) a place and weight.
        """
        flag(book, "book")
        found = hand_ins_of(hand_ins)
        if book:
            _check_ids(found)
        with self._whole:
            self._advance(now)
            reader, disposition = self._disposition(policy, prices)
            all_came = [
                reader.read(each, f"hand_ins[{i}]") for i, each in enumerate(found)
            ]
            rows, ways, known = [], [], 0
            for each, came in zip(found, all_came, strict=True):
                before = self._booked_before(each, came) if book else None
                known += before is not None
                table = disposition.decide(came, before)
                rows.append(row_of(table))
                ways.append(way_of(self.network, each, table, self._state.now, before))
            batch = ReturnBatch(
                numbers=np.array(rows, np.int64).reshape(len(found), len(COLUMNS)),
                node_ids=self.network.node_ids,
                service_names=self.network.service_names,
                ways=tuple(ways),
            )
            return self._all_booked(batch, known) if book else batch

    @cached_property
    def _legs(self) -> Legs:
        return Legs(self._router.tables)

    # -- steps ---------------------------------------------------------------------------

    def _disposition(
        self, policy: ReturnPolicy, prices: PriceTable | None
    ) -> tuple[Reader, Disposition]:
        network, catalogue = self.network, self._state.catalogue
        rules, priced = Rules(network, policy), Prices(catalogue, prices)
        reader = Reader(network, catalogue, self._items, rules, priced)
        return reader, Disposition(self._legs, self._state, rules, priced)

    def _booked_before(self, given: HandIn, came: Came) -> Before | None:
        """Return what became of a hand-in whose id is known; None of one that is new.

        What was sent on, fit for sale, is in the supply, arrived or not; else it stayed.
        Of units in another state it is not remembered where they are.
        """
        state = self._state
        assert given.id is not None
        if not state.memory.knows(given.id, state.now):
            return None
        number = state.supply.ids.numbers.get(given.id)
        if number is not None:
            entry = state.supply.entries[number].tolist()
            same = (came.sku, came.quanta) == (entry[N_SKU], entry[N_EXPECTED])
            status = Status.EXISTS if same else Status.EXISTS_WITH_DIFFERENT_LINES
            return Before(status, entry[N_NODE], entry[N_FIRST_DUE])
        if given.state != ON_HAND or isinstance(came.at, Destination):
            return Before(Status.EXISTS, -1, state.now)
        return Before(Status.EXISTS, came.at, state.now)

    def _booked(self, route: ReturnRoute) -> ReturnRoute:
        if route.booking is None:
            return route
        applied = self.apply(route.booking, self._state.now)
        if applied:
            return attrs.evolve(route, booked=True)
        return attrs.evolve(route, status=Status.EXISTS)

    def _all_booked(self, batch: ReturnBatch, known: int) -> ReturnBatch:
        facts = [fact for fact in batch.booking if fact is not None]
        applied = self.apply(facts, self._state.now)
        return attrs.evolve(batch, booked=int(applied), duplicates=known)


def _check_ids(hand_ins: Sequence[HandIn]) -> None:
    """Require ids to book under, each once."""
    seen: set[str] = set()
    for i, each in enumerate(hand_ins):
        if each.id is None or each.id in seen:
            expected = "an id to book under, not given before"
            raise ValidationError(f"hand_ins[{i}].id", expected, each.id)
        seen.add(each.id)
