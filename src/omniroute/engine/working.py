"""Work that nodes take on with what is reserved, and how much they can do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from omniroute.codes import NO_LIMIT, QUANTITY_MAX, WORK
from omniroute.engine.core import Core
from omniroute.engine.terms import Instant
from omniroute.errors import ValidationError
from omniroute.model.calendar import check_date
from omniroute.model.capacity import BACKLOG_MAX_DAYS, Capacity, Work
from omniroute.model.checks import one_of, texts, whole
from omniroute.model.work_windows import window_of, window_text
from omniroute.promising.jobs import Job
from omniroute.promising.room import Room
from omniroute.reservations.lines import Cells
from omniroute.routing.plan import Plan
from omniroute.routing.working import with_work
from omniroute.stock.effects import EffectBatch, concat
from omniroute.stock.giving_back import counted
from omniroute.stock.periods import begins_of, day_of, period_of
from omniroute.stock.workload import limited, take


class Working(Core):
    """See `omniroute.engine.Engine`."""

    # -- facts and questions -----------------------------------------------------------

    def set_capacity(
        self,
        node: str,
        limit: int | None,
        of: str = "orders",
        *,
        services: Iterable[str] = (),
        day: date | None = None,
        window: str | None = None,
        now: Instant = None,
    ) -> None:
        """Say that a node can do more or less than the network says: staff is ill, say.

        What is taken stays taken, also over the limit.

        Parameters
        ----------
        node
            The node.
        limit
            How much a day; None: as the network says again.
        of, services
            Of which work, as its `Capacity` names it.
        day
            On which day of the node; None: every day that is not named by itself.
        window
            In which of the capacity's windows, such as "10:00-12:00"; None: in each of
            them.
        now
            The time; the engine's clock by default.

        Raises
        ------
        ValidationError, UnknownIdError
            The node has no such capacity, or something is no day, window or number.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> shop = om.Network([om.Node("N1")], [ground], capacity=[om.Capacity(40)])
        >>> engine = om.Engine(shop, [om.Item("BOLT")])
        >>> engine.set_capacity("N1", 0)
        >>> engine.apply(om.Receive("BOLT", "N1", 3))
        Applied(1)
        >>> order = om.Order({"BOLT": 3}, om.Destination(postcode="55425"))
        >>> engine.route(order).status.name
        'UNSERVED'
        """
        with self._whole:
            room = self._needed_room()
            place = self._state.catalogue.node(node)
            work = self._work(room, place, of, services)
            most = NO_LIMIT
            if limit is not None:
                most = whole(limit, "limit", 0, QUANTITY_MAX)
            ordinal = 0
            if day is not None:
                check_date(day, "day", ValidationError)
                ordinal = day.toordinal()
            if window is not None:
                ordinal = _window(room.followed[place][work], window, day)
            self._advance(now)
            row = limited(place, work, ordinal, most, self._state.now)
            self._commit(EffectBatch([row]))

    def capacity(
        self, node: str | None = None, *, days: int = 1, now: Instant = None
    ) -> dict[str, Any]:
        """Return how much work nodes can do, and have taken on, as columns.

        A row a node, work and day: ``node``, ``of``, ``services``, ``day``, ``window``,
        ``limit``, ``taken`` and ``left``, which is below 0 where more is taken than can
        be done. A row for each window of a day where it has some, such as "10:00-12:00".
        The first day is that of work handed in now.

        Parameters
        ----------
        node
            One node; None for all.
        days
            Days of the calendar to tell.
        now
            The time; the engine's clock by default.

        Raises
        ------
        ValidationError, UnknownIdError
            No such node or number of days, or the network has no capacity.
        """
        with self._whole:
            room = self._needed_room()
            whole(days, "days", 1, BACKLOG_MAX_DAYS + 1)
            catalogue = self._state.catalogue
            every = range(len(catalogue.nodes))
            nodes = every if node is None else [catalogue.node(node)]
            room.at(self._advance(now))
            rows = [
                self._told(room, place, work, each, period)
                for place in nodes
                for work, each in room.followed[place].items()
                for day in _days(room.today(place), days)
                for period in _periods(each, day)
            ]
        columns = list(zip(*rows, strict=True)) or [()] * len(_COLUMNS)
        return dict(zip(_COLUMNS, map(list, columns), strict=True))

    def _told(
        self, room: Room, node: int, work: int, capacity: Capacity, period: int
    ) -> tuple[Any, ...]:
        most = room.limit(node, work, capacity, period)
        left = room.left(node, work, capacity, period)
        name = self._state.catalogue.nodes.texts[node]
        day = date.fromordinal(day_of(period))
        window = _window_of(capacity, day, begins_of(period))
        return name, *room.works[work], day, window, most, most - left, left

    def _needed_room(self) -> Room:
        if self._router.room is None:
            raise ValidationError("network", "a network with capacity", self.network)
        return self._router.room

    def _work(self, room: Room, node: int, of: str, services: Iterable[str]) -> int:
        """Return the number of a kind of work that a node has capacity for."""
        one_of(of, "of", WORK)
        named = Work(of, tuple(sorted(texts(services, "services"))))
        for work in room.followed[node]:
            if room.works[work] == named:
                return work
        expected = "work that the node has capacity for"
        raise ValidationError(
            "of", expected, f"{of} {' '.join(named.services)}".strip()
        )

    # -- with reservations -------------------------------------------------------------

    def _with_work(
        self,
        batch: EffectBatch,
        plan: Plan,
        number: int,
        had: Mapping[int, tuple[int, int, int]] | None = None,
    ) -> EffectBatch:
        """Return a batch that reserves a plan, with the work it is.

        ``had`` tells by node the orders, lines and units that are reserved of it, where
        that is not all.
        """
        if self._router.room is None and plan.window is None:
            return batch
        jobs = plan.jobs if self._router.room is None else self._jobs(plan)
        if had is not None:
            jobs = [
                job._replace(amounts=_less(job.amounts, had[job.node]))
                for job in jobs
                if job.node in had
            ]
        batch = with_work(self._router, batch, jobs, number, plan.order)
        if plan.window is None:
            return batch
        takes = self._router.deliveries.takes(plan.window, jobs)
        rows = [take(number, each, self._state.now) for each in takes if each.amount]
        return concat([batch, EffectBatch(rows)]) if rows else batch

    def _full_nodes(self, plan: Plan) -> tuple[str, ...]:
        """Return the nodes that have no room any more for what a plan asks of them."""
        room, begins_s = self._router.room_of(plan.order)
        lacking: list[int] = []
        if room is not None:
            lacking += [job.node for job in room.lacking(self._jobs(plan), begins_s)]
        if plan.window is not None:
            deliveries = self._router.deliveries
            lacking += deliveries.lacking(plan.window, plan.jobs)
        texts = self._state.catalogue.nodes.texts
        return tuple(dict.fromkeys(texts[node] for node in lacking))

    def _jobs(self, plan: Plan) -> list[Job]:
        """Return the jobs of a plan, as they wait by now."""
        room, epoch = self._router.room, plan.epoch
        if self._router.later(plan.order):
            # Handed in when they are due, whenever that was said.
            return plan.jobs
        assert room is not None
        assert epoch is not None
        now_s = self._state.now
        return [room.from_day(job, room.day_in(epoch, job), now_s) for job in plan.jobs]

    def _amounts_by_node(self, cells: Cells) -> dict[int, tuple[int, int, int]]:
        """Orders, lines and units of cells, by node."""
        by_node: dict[int, dict[int, int]] = {}
        for (sku, node, *_), quanta in cells.items():
            if quanta > 0:
                by_node.setdefault(node, {})[sku] = quanta
        places = self._state.catalogue.decimals
        return {node: counted(own, places) for node, own in by_node.items()}


_COLUMNS = ("node", "of", "services", "day", "window", "limit", "taken", "left")


def _days(first: int, count: int) -> Sequence[int]:
    return range(first, first + count) if first > 0 else ()


def _periods(capacity: Capacity, day: int) -> Sequence[int]:
    """Return the windows of a day, or the day itself."""
    if capacity.windows is None:
        return [day]
    weekday = date.fromordinal(day).weekday()
    return [period_of(day, each.begins) for each in capacity.windows[weekday]]


def _window_of(capacity: Capacity, day: date, begins: int | None) -> str | None:
    if capacity.windows is None:
        return None
    windows = capacity.windows[day.weekday()]
    return next(window_text(*each[:2]) for each in windows if each.begins == begins)


def _window(capacity: Capacity, text: str, day: date | None) -> int:
    """Return what stands for a window of a day, or of every day."""
    span = window_of(text, "window", ValidationError)
    week = capacity.windows or ()
    days = week if day is None or not week else week[day.weekday() :][:1]
    if span not in {each[:2] for windows in days for each in windows}:
        raise ValidationError("window", "a window of the node's capacity", text)
    return period_of(0 if day is None else day.toordinal(), span[0])


def _less(
    amounts: tuple[int, int, int], had: tuple[int, int, int]
) -> tuple[int, int, int]:
    a, b, c = map(min, amounts, had)
    return a, b, c
