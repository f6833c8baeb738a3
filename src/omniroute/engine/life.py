"""The life of a reservation, from a hold to the end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from omniroute.codes import Status
from omniroute.engine.results import Declined
from omniroute.engine.steps import Steps
from omniroute.engine.terms import (
    Duration,
    Instant,
)
from omniroute.errors import (
    ValidationError,
)
from omniroute.model.exact import Number
from omniroute.model.instant import (
    duration_s,
    to_seconds,
)
from omniroute.reservations import life
from omniroute.reservations.lines import (
    HoldLines,
    cells_of,
    hold_lines,
)
from omniroute.stock.declines import declined, rest
from omniroute.stock.effects import EffectBatch, Row, concat


class Life(Steps):
    """See `omniroute.engine.Engine`."""

    def commit(self, id: str, now: Instant = None) -> Status:
        """Make a hold firm: it no longer expires.

        Returns `Status.OK`; `ALREADY_COMMITTED` for a reservation that is firm;
        `EXPIRED` at or after the second at which it ended; or how else it ended.

        Raises
        ------
        ValidationError
            The id is no text; nothing has changed.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
        >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")])
        >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
        Applied(2)
        >>> engine.reserve({("BOLT", "N1"): 3}, id="A-1", ttl="15min").status.name
        'OK'
        >>> engine.commit("A-1").name, engine.commit("A-1").name
        ('OK', 'ALREADY_COMMITTED')
        """
        with self._whole:
            self._advance(now)
            status, row = life.commit(self._state, id)
            if row is not None:
                # No lot, fence or rule asks what is firm: the short way.
                self._note_rows(self._state.apply_row(row))
            return status

    def release(self, id: str, now: Instant = None) -> Status:
        """Give back what a reservation holds.

        Returns `Status.OK`, or why there was nothing to give back.

        Raises
        ------
        ValidationError
            The id is no text; nothing has changed.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
        >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")])
        >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
        Applied(2)
        >>> engine.reserve({("BOLT", "N1"): 3}, id="A-1", ttl="15min").status.name
        'OK'
        >>> engine.release("A-1").name, engine.available_to_promise("BOLT")
        ('OK', 10)
        """
        with self._whole:
            self._advance(now)
            return self._take(life.release(self._state, id))

    def fulfil(
        self,
        id: str,
        lines: HoldLines | None = None,
        now: Instant = None,
        *,
        sell_by: datetime | int | None = None,
    ) -> Status:
        """Let units leave: on hand and what is reserved go down together.

        A reservation with nothing left open has ended, FULFILLED.

        Parameters
        ----------
        id
            A firm reservation's.
        lines
            What left, as in `reserve`; None for all that is still held. All of it or
            nothing: `Status.NOT_HELD` where one line asks for more than is held. A line
            that does not say when it is due means the units that are due first; what is
            due later goes early only if no other promise needs it, else `SHORT`.
        now
            The time; the engine's clock by default.
        sell_by
            The lot the units were of; what it has not, and without it all, was of
            those that end first.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the lines cannot be, or the id is no text; nothing has changed.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
        >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")])
        >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
        Applied(2)
        >>> engine.reserve({("BOLT", "N1"): 3}, id="A-1").status.name
        'OK'
        >>> engine.fulfil("A-1", {("BOLT", "N1"): 2}).name, engine.fulfil("A-1").name
        ('OK', 'OK')
        >>> engine.stock("BOLT", "N1").on_hand
        1
        """
        with self._whole:
            cells = None if lines is None else self._held_cells(lines)
            lot = 0 if sell_by is None else to_seconds(sell_by, "sell_by")
            self._advance(now)
            return self._take(life.fulfil(self._state, id, self._as_of(cells)), lot)

    def cancel(
        self, id: str, lines: HoldLines | None = None, now: Instant = None
    ) -> Status:
        """Give units back, of a hold or of an order: all that is held, or ``lines``.

        As `fulfil`, but that the units stay. The last ones end the reservation,
        CANCELLED.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the lines cannot be, or the id is no text; nothing has changed.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
        >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")])
        >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
        Applied(2)
        >>> engine.reserve({("BOLT", "N1"): 3}, id="A-1").status.name
        'OK'
        >>> engine.cancel("A-1", {("BOLT", "N1"): 2}).name
        'OK'
        >>> engine.available_to_promise("BOLT", "N1")
        3
        """
        with self._whole:
            cells = None if lines is None else self._held_cells(lines)
            self._advance(now)
            return self._take(life.cancel(self._state, id, self._as_of(cells)))

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
            With the node and what it will not give. `resource` declines and finds
            another source in one step.

        Notes
        -----
        Counts for the node: see `DeclineRules`.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
        >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")])
        >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
        Applied(2)
        >>> engine.reserve({("BOLT", "N1"): 3}, id="A-1").status.name
        'OK'
        >>> found = engine.decline("A-1", "N1", {"BOLT": 1}, write_down=True)
        >>> found.status.name, found.lines
        ('OK', (HoldLine(sku='BOLT', node='N1', quantity=1),))
        >>> engine.stock("BOLT", "N1").on_hand
        3
        """
        with self._whole:
            state = self._state
            place = state.catalogue.node(node)
            skus = self._held_skus(lines)
            self._advance(now)
            status, cells = life.at_node(state, id, place, skus)
            if status is Status.OK:
                step = life.decline(state, id, cells, write_down)
                told = EffectBatch(self._declining(id, place))
                self._take(step._replace(batch=concat([step.batch, told])))
                self._look_who_rests()
            return Declined(status, id, node, hold_lines(state.catalogue, cells))

    def _declining(self, id: str, node: int) -> list[Row]:
        """Return rows that count a decline of a node, and let it rest if it is due."""
        state, rules, now = self._state, self._decline_rules, self._state.now
        declines = state.after.declines
        rows = [declined(state.book.ids.numbers[id], node, now)]
        if rules.rests_after is None:
            return rows
        lately = declines.since(node, now - rules.within_s) + 1
        until = now + rules.rests_for_s
        if lately >= rules.rests_after and until > declines.rests.get(node, 0):
            rows.append(rest(node, until, now))
        return rows

    def amend(
        self,
        id: str,
        lines: HoldLines,
        now: Instant = None,
        *,
        due: Instant = None,
    ) -> Status:
        """Hold more or less of some cells from now on, all of it or nothing.

        Parameters
        ----------
        id
            The reservation's.
        lines
            What it is to hold of each cell named, 0 for nothing; others stay as they
            are. To ask for the same again changes nothing.
        due
            When that is wanted, as in `reserve`: what is held of a cell at other times
            stays. `redate` changes the time.
        now
            The time; the engine's clock by default.

        Returns
        -------
        Status
            `SHORT` or `OUT_OF_STOCK` where there is no stock for an increase; `FULL`
            where the node can do no more on the day of its work.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the lines cannot be, or the id is no text; nothing has changed.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
        >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")])
        >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
        Applied(2)
        >>> engine.reserve({("BOLT", "N1"): 3}, id="A-1").status.name
        'OK'
        >>> engine.amend("A-1", {("BOLT", "N1"): 1, ("BOLT", "N2"): 5}).name
        'OK'
        >>> engine.available_by_node("BOLT").tolist()
        [3, 1]
        """
        with self._whole:
            asked = cells_of(self._state.catalogue, lines, least=0, due=due)
            for i, (sku, *_) in enumerate(asked):
                self._state.catalogue.stocked(sku, f"lines[{i}].sku")
            self._advance(now)
            cells = self._as_of(self._one_of_both(asked)) or {}
            held = life.held_cells(self._state, id)
            # What stays as it is asks nobody for anything.
            cells = {cell: n for cell, n in cells.items() if n != held.get(cell, 0)}
            if self._composed:
                cells = self._in_packs_but(held, cells)
            return self._take_seen(
                id,
                cells,
                lambda some: self._working(id, life.amend(self._state, id, some)),
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
            the other node has no stock for it; `FULL` where it can do no more.

        Raises
        ------
        ValidationError, UnknownIdError
            A node or a SKU that the engine does not know, the same node twice, quantities
            that cannot be; nothing has changed.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
        >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")])
        >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
        Applied(2)
        >>> engine.reserve({("BOLT", "N1"): 3}, id="A-1").status.name
        'OK'
        >>> engine.move("A-1", "N1", "N2").name, engine.available_by_node("BOLT").tolist()
        ('OK', [4, 3])
        """
        with self._whole:
            state = self._state
            here = state.catalogue.node(from_node, "from_node")
            there = state.catalogue.node(to_node, "to_node")
            if here == there:
                raise ValidationError("to_node", "another than from_node", to_node)
            skus = self._held_skus(lines)
            self._advance(now)
            status, cells = life.at_node(state, id, here, skus)
            if status is not Status.OK:
                return status
            room = self._router.room
            # What comes from where no work is counted may be work all the same.
            always = room is not None and not room.followed[here]
            return self._take_seen(
                id,
                cells,
                lambda some: self._working(
                    id, life.move(state, id, some, there), always=always
                ),
                limited=False,
            )

    def extend(self, id: str, ttl: Duration, now: Instant = None) -> Status:
        """Let a hold last for ``ttl`` from now, never less than it would have.

        Returns `Status.OK`; `ALREADY_COMMITTED` for a firm reservation, which does not
        expire; or how it ended.

        Raises
        ------
        ValidationError
            No id, or a ``ttl`` that is no length of time above 0; nothing has changed.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
        >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")])
        >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
        Applied(2)
        >>> engine.reserve({("BOLT", "N1"): 3}, id="A-1", ttl="15min").status.name
        'OK'
        >>> engine.extend("A-1", "1h").name
        'OK'
        """
        with self._whole:
            self._advance(now)
            ttl_s = duration_s(ttl, "ttl", self._state.now)
            return self._take(life.extend(self._state, id, ttl_s))
