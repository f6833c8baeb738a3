"""Orders that wait to be picked, decided anew together, and moved in one step."""

from __future__ import annotations

import time

from omniroute.codes import NO_NODE, P_FREE, Status
from omniroute.engine.pools import Entry, Pool, budget_of, by_id, seconds
from omniroute.engine.resourcing import Resourcing
from omniroute.engine.terms import Instant
from omniroute.errors import OmnirouteError, ValidationError
from omniroute.kernels.stock.book import L_SHIPPED
from omniroute.model.checks import flag, whole
from omniroute.model.instant import to_seconds
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.reservations import resourcing as steps
from omniroute.reservations.lines import Cells
from omniroute.reservations.standing import standing
from omniroute.routing.limits import asker_of
from omniroute.routing.pool.asking import Promise
from omniroute.routing.pool.bench import bench_of
from omniroute.routing.pool.held import order_as_held
from omniroute.routing.pool.member import Member
from omniroute.routing.pool.moving import WorkMoved
from omniroute.routing.pool.places import Worked, capacity_work
from omniroute.routing.pool.result import Held, Move, Reassigned, Reoptimised
from omniroute.routing.pool.search import Search
from omniroute.routing.pool.trials import Trials
from omniroute.routing.pool.work import Work
from omniroute.routing.remainder import only_collects
from omniroute.stock.effects import EffectBatch, concat

_SEED_MAX = 2**63 - 1
_BUDGET_MAX = 2**62
#: Objectives that are sums of money, order by order.
_SUMS = ("cheapest", "weighted")


class Reoptimising(Resourcing):
    """See `omniroute.engine.Engine`."""

    def reoptimise(
        self,
        pool: Pool,
        *,
        reserve: bool = False,
        keep_dates: bool = True,
        policy: RoutingPolicy | None = None,
        budget: int | None = None,
        budget_s: float | None = None,
        seed: int = 0,
        now: Instant = None,
    ) -> Reoptimised:
        """Decide open orders anew, all together, over the stock they hold between them.

        Nothing changes: `reassign` moves what the answer says. What stands is the first
        plan, so it is never worse in sum; no order loses a unit, and no limit of capacity
        is passed: work moves with its order.

        Parameters
        ----------
        pool
            Orders by id of the reservation that they were made for, or orders that have
            their ids; those not yet released to a node: which, the caller knows. Their
            quantities do not matter: what they hold does. A `Plan` in the place of its
            order says also when that was promised.
        reserve
            Reassign at once: nobody comes between, and everybody waits meanwhile. By
            default the engine is free while it searches.
        keep_dates
            Nothing is to arrive later than was promised: by ``needed_by``, else by the
            plan, else when it would from where it stands. False: only ``needed_by``
            binds.
        policy
            Rules; the engine's by default. It minimises money: ``"cheapest"`` or
            ``"weighted"``.
        budget
            Most work, counted in routings; one that tables do not settle counts 50. By
            default 1,000, and 30 for each order, or 300 for one of more than 12 lines.
        budget_s
            Most seconds, by the machine's clock, looked at between orders. Who gives
            some may get another answer on another machine.
        seed
            Of what is left to chance: the same gives the same answer.
        now
            The time; the engine's clock by default.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the pool, the policy or the budget cannot be; nothing has
            changed.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> shop = om.Network([om.Node("N1"), om.Node("N2", order_cost=1)], [ground])
        >>> engine = om.Engine(shop, [om.Item("BOLT"), om.Item("NUT")])
        >>> stock = [("BOLT", "N1", 1), ("BOLT", "N2", 1), ("NUT", "N1", 1)]
        >>> engine.apply([om.Receive(*each) for each in stock])
        Applied(3)
        >>> to = om.Destination(postcode="55425")
        >>> pool = [om.Order({"BOLT": 1}, to, id="A"),
        ...         om.Order({"BOLT": 1, "NUT": 1}, to, id="B")]
        >>> [str(engine.place(order).plan.cost) for order in pool]
        ['5.00', '11.00']
        >>> found = engine.reoptimise(pool)
        >>> found
        Reoptimised(2 orders: 2 moved; 16.00 -> 11.00, proven)
        >>> engine.reassign(found).status.name
        'OK'
        """
        policy = self._policy_of_pools(policy)
        seed = whole(seed, "seed", 0, _SEED_MAX)
        to_the_day = flag(keep_dates, "keep_dates") and self.network.dated
        entries = by_id(pool, to_the_day, self._router.writer(policy).wishes)
        if budget is None:
            budget = budget_of(entries.values())
        most = whole(budget, "budget", 0, _BUDGET_MAX)
        work = Work(most, seconds(budget_s), time.monotonic)
        if flag(reserve, "reserve"):
            with self._whole:
                found = self._searched(entries, policy, keep_dates, work, seed, now)
                self.reassign(found, now=self._state.now).raise_for_status()
                return found
        return self._searched(entries, policy, keep_dates, work, seed, now)

    def reassign(self, found: Reoptimised, *, now: Instant = None) -> Reassigned:
        """Move orders as `reoptimise` found, in one atomic step: all of them or none.

        Parameters
        ----------
        found
            Its answer.
        now
            The time; the engine's clock by default.

        Returns
        -------
        Reassigned
            `Status.OK`; else why nothing has changed, and who stands in the way. The
            same answer a second time is `STALE`: the orders have moved already.

        Raises
        ------
        ValidationError
            Not an answer of this engine.
        """
        with self._whole:
            if not isinstance(found, Reoptimised) or not found.made_on(self._state):
                raise ValidationError("found", "a Reoptimised of this engine", found)
            self._advance(now)
            moves = found.moves
            if not moves:
                return Reassigned(Status.OK)
            refused = [(each.id, self._whether(each)) for each in moves]
            refused = [(id, why) for id, why in refused if why is not Status.OK]
            if refused:
                ids = tuple(id for id, _ in refused)
                return Reassigned(min(why for _, why in refused), refused=ids)
            lost = self._lost(moves)
            if lost:
                return Reassigned(Status.SHORT, refused=lost)
            work = self._work_moved(moves)
            if work is not None and (full := work.lacking()):
                return Reassigned(Status.FULL, refused=full)
            batch = self._moving(moves)
            self._commit(concat([batch, work.effects()]) if work else batch)
            return Reassigned(Status.OK, tuple(each.id for each in moves))

    # -- the pool ----------------------------------------------------------------------

    def _policy_of_pools(self, policy: RoutingPolicy | None) -> RoutingPolicy:
        """Return the policy, which has to add up over orders."""
        policy = self.policy if policy is None else policy
        self._router.writer(policy)
        if policy.objective not in _SUMS:
            expected = "'cheapest' or 'weighted': money, which adds up over orders"
            raise ValidationError("policy.objective", expected, policy.objective)
        return policy

    def _searched(
        self,
        entries: dict[str, Entry],
        policy: RoutingPolicy,
        keep_dates: bool,
        work: Work,
        seed: int,
        now: Instant,
    ) -> Reoptimised:
        """Take a copy of what is needed, and search on that."""
        stays: dict[str, str] = {}
        pool: dict[str, tuple[Order, Held]] = {}
        orders = {id: entry.order for id, entry in entries.items()}
        with self._whole:
            self._advance(now)
            self._check_all(orders, policy)
            for id, order in orders.items():
                found = self._why_it_stays(id, order) or self._as_it_stands(id, order)
                if isinstance(found, str):
                    stays[id] = found
                else:
                    pool[id] = found
            skus = {sku for _, held in pool.values() for sku, _ in held}
            bench = bench_of(
                self._state, skus, self.network, self._items, policy, self._composed
            )
            bench.router.channels = self._tree
            bench.router.let_rest(self._router.resting)
            bench.keep_to(self._router.writer(policy).gates, skus)
            booked = {id: self._work_as_it_stands(id) for id in pool}
        trials = Trials(bench, policy, work)
        members: list[Member] = []
        for id, (order, held) in pool.items():
            entry = entries[id]
            promise = Promise(keep_dates, entry.transit_days, entry.arrives)
            member = trials.member(len(members), order, held, promise)
            if member is None:
                stays[id] = "against the rules"
            else:
                # On the days it was taken for, whatever it would be today.
                member.stands.work = booked[id]
                members.append(member)
        ids = [id for id in pool if id not in stays]
        search = Search(trials, members, seed)
        search.run()
        helds = [pool[id][1] for id in ids]
        return Reoptimised(self._state, trials, search, ids, helds, stays)

    def _check_all(self, orders: dict[str, Order], policy: RoutingPolicy) -> None:
        """Refuse orders that cannot be, whether they take part or not."""
        router = self._router
        writer = router.writer(policy)
        for id, order in orders.items():
            try:
                router.check_channel(order)
                self.network.check_destination(order.destination, "destination")
                if order.needed_by is not None and not writer.wishes:
                    router.check_needed_by(order.needed_by)
                writer.write(order, 0)
            except OmnirouteError as error:
                raise error.under(f"pool[{id!r}]") from None

    def _why_it_stays(self, id: str, order: Order) -> str | None:
        """Return why a reservation takes no part; None where it does."""
        state = self._state
        found = standing(state, id)
        if found.status is not Status.OK:
            return found.status.name.lower().replace("_", " ")
        self._require_its_channel(id, order)
        cells = steps.held(state, id)
        if not cells:
            return "nothing held"
        if any(len(cell) > 2 for cell in cells):
            return "held for later"
        if any(cell[1] == NO_NODE for cell in cells):
            return "held at no node"
        if any(
            work >= state.workload.first_delivery
            for _, work, _ in state.workload.by.get(found.number, ())
        ):
            return "delivered in a window"
        if self._router.room is not None and self._has_sent_some(found.number):
            return "sent in part"
        if self._router.later(order):
            return "for a later day"
        if only_collects(order, self.network):
            return "collected where it lies"
        if self._sees_otherwise(found.number, order, cells):
            return "stock of its own"
        return None

    def _sees_otherwise(self, number: int, order: Order, held: Cells | Held) -> bool:
        """Whether an order has other stock than all have: fences, rules of its own.

        Or more than there is, of what the network keeps back: it would move out of nothing
        into what is kept.
        """
        aside, asker = self._state.aside, asker_of(order, self.network)
        skus = {cell[0] for cell in held}
        if aside.drawn.get(number) or not self._lens.has_pool(asker):
            return True
        if not skus.isdisjoint(aside.endless):
            return True
        if order.channel is not None and not skus.isdisjoint(aside.fences):
            return True
        channel, services, routing, _ = asker
        if not self._guard.sees_all_alike(services, channel, routing):
            return True
        kept, arena = self._lens.kept_back, self._state.arena
        return any(
            kept[sku] and arena.planes[P_FREE, arena.find(sku, node)] < 0
            for sku, node, *_ in held
        )

    def _has_sent_some(self, number: int) -> bool:
        """Whether some of a reservation has left: its work was done, and whose it was."""
        return bool(self._state.book.lines_of(number)[:, L_SHIPPED].any())

    def _work_as_it_stands(self, id: str) -> Worked:
        load = self._state.workload
        return capacity_work(load, standing(self._state, id).number)

    def _as_it_stands(self, id: str, order: Order) -> tuple[Order, Held] | str:
        """Return the order for what it holds, without who has declined it; and that.

        Or why there is no such order.
        """
        state = self._state
        held = {(cell[0], cell[1]): n for cell, n in steps.held(state, id).items()}
        wanted: dict[int, int] = {}
        for (sku, _), quanta in held.items():
            wanted[sku] = wanted.get(sku, 0) + quanta
        declined = state.after.declines.of(standing(state, id).number)
        again = order_as_held(
            order, state.catalogue, self._composed, wanted, sorted(declined)
        )
        return again if isinstance(again, str) else (again, held)

    # -- the step ----------------------------------------------------------------------

    def _whether(self, move: Move) -> Status:
        """Return OK where a reservation is as it was found, and may move there still."""
        state = self._state
        found = standing(state, move.id)
        if found.status is not Status.OK:
            return found.status
        order, nodes = move.plan.order, {node for _, node in move.more}
        late = self.network.dated and move.plan.order_by
        changed = (
            steps.held(state, move.id) != move.old
            or self._sees_otherwise(found.number, order, move.old)
            or not nodes.isdisjoint(self._router.resting)
            or (late and to_seconds(late, "order_by") < state.now)
        )
        return Status.STALE if changed else Status.OK

    def _lost(self, moves: list[Move]) -> tuple[str, ...]:
        """Return ids of orders that need more of a cell than it has by now."""
        arena, needed = self._state.arena, dict[tuple[int, int], int]()
        for move in moves:
            for cell, quanta in move.more.items():
                needed[cell] = needed.get(cell, 0) + quanta
        # What one gives up another may have; nobody comes where more is held than there is.
        for move in moves:
            for cell, quanta in move.less.items():
                if cell in needed:
                    needed[cell] -= quanta
        short = {
            cell
            for cell, quanta in needed.items()
            if arena.planes[P_FREE, arena.find(*cell)] < quanta
        }
        return tuple(move.id for move in moves if not short.isdisjoint(move.more))

    def _work_moved(self, moves: list[Move]) -> WorkMoved | None:
        """Return the work that goes along with orders; None where none is counted."""
        room = self._router.room
        return None if room is None else WorkMoved(self._state, room, moves)

    def _moving(self, moves: list[Move]) -> EffectBatch:
        """Effects of moving orders: first all give up, then all take on."""
        state = self._state
        gives = [steps.letting_go(state, each.id, _cells(each.less)) for each in moves]
        takes = [
            steps.taking_on(
                state, each.id, [(*cell, n) for cell, n in each.more.items()]
            )
            for each in moves
        ]
        return concat([*gives, *takes])


def _cells(held: Held) -> Cells:
    return {cell: quanta for cell, quanta in held.items()}  # noqa: C416 - other keys
