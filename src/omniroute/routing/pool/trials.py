"""Routing a member of a pool on the stock as it lies on the bench just then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from omniroute.codes import P_FREE
from omniroute.kernels.order.layout import (
    A_GROUPS,
    A_HEADER,
    A_LATEST,
    A_SPLIT,
    GROUP_WIDTH,
    O_HEADER,
    O_SHORT,
    SPLIT_FREELY,
    X_SERVICE,
)
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.ask import ANY_TIME, Ask
from omniroute.routing.decide import is_sure_of_units
from omniroute.routing.policies.assemble import picks_of
from omniroute.routing.pool.answers import Answers, Held
from omniroute.routing.pool.asking import Promise, asked, latest_of
from omniroute.routing.pool.bench import Bench
from omniroute.routing.pool.member import Choice, Member, bound_of, choice_of
from omniroute.routing.pool.work import Work
from omniroute.stock.workload import WorkDay

#: Times that a member is routed again because a node can do no more.
_AGAIN_MAX = 8
#: Most quanta that a plan may take, by position of a cell.
Caps = Mapping[int, int]


class Trials:
    """Decides orders on a bench.

    Parameters
    ----------
    bench
        Stock, and a router on it.
    policy
        The rules.
    work
        What is left to do.
    """

    def __init__(self, bench: Bench, policy: RoutingPolicy, work: Work) -> None:
        self.bench, self.policy, self.work = bench, policy, work
        self._answers = Answers(bench, policy)

    # -- members -----------------------------------------------------------------------

    def member(
        self,
        place: int,
        order: Order,
        held: Held,
        promise: Promise,
    ) -> Member | None:
        """Return an order as a member; None where the rules do not know what it holds.

        Parameters
        ----------
        place
            Its place in the pool.
        order
            For what it holds.
        held
            Quanta by SKU number and node index, which the bench has not got.
        promise
            When it is to arrive.
        """
        ask, wish = asked(self._answers, self.bench, self.policy, order, held)
        ask.words[A_LATEST] = promise.limit(self.bench.router, ask, wish)
        stands, late = self._as_held(order, ask, held), False
        if stands is None and ask.words[A_LATEST] >= 0:
            # Late already: it is to arrive no later than it does, which binds nobody else.
            ask.words[A_LATEST], late = ANY_TIME, True
            stands = self._as_held(order, ask, held)
        if stands is None:
            return None
        if (promise.keep or late) and ask.words[A_LATEST] < 0:
            ask.words[A_LATEST] = latest_of(stands.transit, wish)
        return Member(place, order, ask, stands, self._answers.floor(ask))

    def _as_held(self, order: Order, ask: Ask, held: Held) -> Choice | None:
        """Return the best plan that takes what is held, all of it and nothing else."""
        answer = self._answers.as_held(order, ask, held)
        return choice_of(self.bench, ask, answer)

    # -- plans -------------------------------------------------------------------------

    def alone(self, member: Member) -> None:
        """Note how a member is best served, and what its lines are held to.

        For a bench that has all the pool's stock.
        """
        if self._answers.shares_parts(member.ask):
            self._alone_with_shared_parts(member)
            return
        answer = self._answer(member)
        self._is_best_by(member, answer)
        member.bound = bound_of(answer, member)
        known, split = member.alone is not None, _split_lines(answer)
        member.undivided = frozenset(
            i for i in self._several(member) if not known or i not in split
        )

    def _alone_with_shared_parts(self, member: Member) -> None:
        """Note it of lines that take from each other: each is whole where it could be.

        Were it judged by the best plan, a line would be split because another one is not.
        """
        ask, split = member.ask, set()
        for i in self._several(member):
            answer = self._answers.line_alone(member.order, ask, i)
            self.work.spend(answer)
            if _split_lines(answer):
                split.add(i)
        member.undivided = frozenset(self._several(member)) - split
        first = self._answer(member)
        kept = self._kept_whole(member, first)
        self._is_best_by(member, kept)
        member.bound = max(bound_of(first, member), bound_of(kept, member))

    def _is_best_by(self, member: Member, answer: list[int]) -> None:
        """Note the answer to what a member would have alone."""
        found = choice_of(self.bench, member.ask, answer)
        member.alone = None if found is None else _or_stands(member, found)

    def _several(self, member: Member) -> list[int]:
        """Lines that can be split."""
        if member.ask.words[A_SPLIT] == SPLIT_FREELY:
            return []
        lines = range(len(member.ask.lines))
        return [i for i in lines if self._answers.lots(member.ask, i) > 1]

    def route(self, member: Member) -> Choice | None:
        """Return a plan on the bench that splits nothing anew; None for none.

        The best; where a node of it can do no more, one without that node.
        """
        found = self.choice(member, self.answer(member))
        places = self.bench.places
        if places is None or found is None:
            return found
        with ExitStack() as stack:
            for _ in range(_AGAIN_MAX):
                lacking = places.lacking(found.work)
                if not lacking:
                    return found
                stack.enter_context(self.capped(self._cells(member, lacking)))
                found = self.choice(member, self.answer(member))
                if found is None:
                    break
        return None

    def _cells(self, member: Member, nodes: Sequence[int]) -> dict[int, int]:
        """Return caps by which nodes have nothing for a member."""
        find = self.bench.arena.find
        parts = self._answers.parts(member.ask)
        cells = (find(sku, node) for sku in parts for node in nodes)
        return {at: 0 for at in cells if at >= 0}

    def choice(self, member: Member, answer: list[int]) -> Choice | None:
        """Return the plan an answer is; None where it leaves something unserved."""
        found = choice_of(self.bench, member.ask, answer)
        return None if found is None else _or_stands(member, found)

    # -- what they take ----------------------------------------------------------------

    def fits(self, choice: Choice) -> bool:
        """Whether there is enough for a plan on the bench, and room."""
        places = self.bench.places
        return self.bench.has(choice.takes) and (not places or places.have(choice.work))

    def enter(self, choice: Choice) -> None:
        """Take what a plan needs."""
        self.bench.take(choice.takes)
        if self.bench.places:
            self.bench.places.enter(choice.work)

    def leave(self, choice: Choice) -> None:
        """Give back what a plan needs."""
        self.bench.give(choice.takes)
        if self.bench.places:
            self.bench.places.leave(choice.work)

    def left(self, at: int | WorkDay) -> int:
        """Return what is left of a cell, or of some work."""
        if not isinstance(at, tuple):
            return self.bench.free(at)
        assert self.bench.places is not None
        return self.bench.places.left(at)

    @staticmethod
    def is_sure(answer: list[int]) -> bool:
        """Whether it is known that no plan serves more units than an answer."""
        return is_sure_of_units(answer)

    def answer(self, member: Member) -> list[int]:
        """Return the answer on the bench; no line of several quanta is split anew."""
        return self._kept_whole(member, self._answer(member))

    def _kept_whole(self, member: Member, answer: list[int]) -> list[int]:
        """Return an answer, or one in its place that splits nothing anew."""
        if self._splits_anew(member, answer):
            answer = self._answers.answer_whole(
                member.order, member.ask, member.undivided
            )
            self.work.spend(answer)
        if self._splits_anew(member, answer):
            return _nothing(member)
        return answer

    @contextmanager
    def capped(self, caps: Caps) -> Iterator[None]:
        """Let cells have no more than this."""
        before = {at: self.bench.free(at) for at in caps}
        try:
            for at, most in caps.items():
                self.bench.arena.planes[P_FREE, at] = min(before[at], most)
            yield
        finally:
            for at, quanta in before.items():
                self.bench.arena.planes[P_FREE, at] = quanta

    def slot(self, order: Order) -> int:
        """Return where the lanes of an order's destination are."""
        return self.bench.router.slot(order, self.policy)

    def _answer(self, member: Member) -> list[int]:
        answer = self._answers.answer(member.order, member.ask)
        self.work.spend(answer)
        return answer

    def _splits_anew(self, member: Member, answer: list[int]) -> bool:
        """Whether an answer splits what could be whole were the pool's stock all free."""
        if member.ask.words[A_SPLIT] == SPLIT_FREELY:
            return False
        if not member.undivided and member.ask.words[A_GROUPS] == 1:
            return False
        split = _split_lines(answer)
        if not split:
            return False
        if split & member.undivided:
            return True
        alone = member.alone
        return alone is not None and _group(member.ask, answer) != _group(
            member.ask, alone.answer
        )


def _or_stands(member: Member, found: Choice) -> Choice:
    """Return what stands, if a plan is no other: its work is where it is already."""
    stands = member.stands
    if not stands.work or found.money < stands.money:
        return found
    return stands if sorted(found.takes) == sorted(stands.takes) else found


def _split_lines(answer: list[int]) -> frozenset[int]:
    """Lines that come from several nodes."""
    seen: set[int] = set()
    split: set[int] = set()
    for pick in picks_of(answer):
        (split if pick.line in seen else seen).add(pick.line)
    return frozenset(split)


def _group(ask: Ask, answer: list[int]) -> int:
    """Return which of its groups of services an answer with shipments is of."""
    bit = 1 << answer[O_HEADER + X_SERVICE]
    for g in range(ask.words[A_GROUPS]):
        if ask.words[A_HEADER + GROUP_WIDTH * g] & bit:
            return g
    return -1


def _nothing(member: Member) -> list[int]:
    """Return the answer of who gets nothing, and may yet get something."""
    empty = [0] * O_HEADER
    empty[O_SHORT] = sum(quanta for _, quanta in member.ask.lines)
    return empty
