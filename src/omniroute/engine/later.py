"""Promises for later: another time for them, and whether there will be stock."""

from __future__ import annotations

from omniroute._show import Columns
from omniroute.codes import Status
from omniroute.engine.life import Life
from omniroute.engine.steps import NEEDS_STOCK
from omniroute.engine.terms import Instant
from omniroute.model.instant import to_seconds
from omniroute.reservations import life
from omniroute.reservations.at_risk import at_risk_columns
from omniroute.reservations.lines import HoldLines
from omniroute.routing.rebooking import with_redated_work


class Later(Life):
    """See `omniroute.engine.Engine`."""

    def redate(
        self,
        id: str,
        due: Instant,
        lines: HoldLines | None = None,
        *,
        now: Instant = None,
    ) -> Status:
        """Let what a reservation holds fall due at another time, all of it or nothing.

        Parameters
        ----------
        id
            The reservation's.
        due
            When it is wanted from now on; None for at once.
        lines
            Which of it, as in `fulfil`; None for all.
        now
            The time; the engine's clock by default.

        Returns
        -------
        Status
            `SHORT` or `OUT_OF_STOCK` where it cannot be promised for then; `NO_POOL`
            for a channel that cannot pre-order; `NOT_HELD`; `FULL` where a node cannot
            do so much more then.
        """
        with self._whole:
            state = self._state
            cells = None if lines is None else self._held_cells(lines)
            second = 0 if due is None else to_seconds(due, "due")
            self._advance(now)
            cells = self._as_of(cells)
            second = second if second > state.now else 0
            step = life.redate(state, id, cells, second)
            closed = second and not self._lens.has_pool(self._asker_of(id))
            if closed and step.status in NEEDS_STOCK:
                return Status.NO_POOL
            number = state.book.ids.numbers.get(id, -1)
            counts = self._router.room is not None and number in state.workload.by
            if step.status is Status.OK and counts:
                batch = with_redated_work(self._router, step.batch, number)
                if batch is None:
                    return Status.FULL
                step = step._replace(batch=batch)
            return self._take(step)

    def at_risk(
        self,
        sku: str | None = None,
        node: str | None = None,
        *,
        now: Instant = None,
    ) -> Columns:
        """Return what is held without stock behind it when it is due, as columns.

        One row a line, by SKU, node and due time, and last what is held at no node and
        the nodes together no longer have: ``id``, ``sku``, ``node``, ``due``
        (datetime64, UTC; NaT for what is due already), ``held``, ``missing`` (units)
        and ``covered``: when enough will have come, NaT where that is not in sight.

        Stock and what is on its way are dealt out in the order in which reservations
        are due; supply that is overdue does not count. O(cells + lines).

        Parameters
        ----------
        sku, node
            Limit to one of either.
        now
            The time; the engine's clock by default.

        Raises
        ------
        UnknownSkuError, UnknownNodeError
            An id that the engine does not know.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> shop = om.Network([om.Node("N1")], [ground])
        >>> engine = om.Engine(shop, [om.Item("BOLT")], clock=lambda: 1_700_000_000)
        >>> engine.apply(om.Expect("PO-1", "BOLT", "N1", 30, due=1_700_600_000))
        Applied(1)
        >>> early = engine.reserve({("BOLT", "N1"): 5}, id="A-1", due=1_700_600_000)
        >>> early.status.name
        'OK'
        >>> engine.apply(om.Reschedule("PO-1", due=1_701_200_000))
        Applied(1)
        >>> found = engine.at_risk()
        >>> found["id"], found["missing"], found["covered"].tolist()
        (['A-1'], [5], [datetime.datetime(2023, 11, 28, 19, 33, 20)])
        """
        with self._lock:
            catalogue = self._state.catalogue
            number = None if sku is None else catalogue.sku(sku)
            place = None if node is None else catalogue.node(node)
            self._advance(now)
            return Columns(at_risk_columns(self._state, number, place))
