"""A few members decided together, exactly: branch and bound on who takes less of a cell.

Each alone has its best plan on all the pool's stock. Where they take too much of a cell
together, one of them takes less of it in any plan there is: who, is branched on. Each
question routes one order with less in one cell, and has the router's own proof; the most
promising is asked first, so the first whose plans fit together is the best.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from typing import NamedTuple, TypeVar

from omniroute.codes import UNREACHED
from omniroute.kernels.order.layout import O_BOUND
from omniroute.routing.pool.components import Quanta, summed
from omniroute.routing.pool.member import Choice, Member, bound_of, cheaper
from omniroute.routing.pool.trials import Trials

T = TypeVar("T")

#: Questions asked for one group, before it is left at the bound so far.
QUESTIONS_MAX = 5_000


class Together(NamedTuple):
    """What is known of a group of members.

    Parameters
    ----------
    choices
        Their best plans together, in their order; None where none was found.
    bound
        No plans of theirs cost less together.
    """

    choices: tuple[Choice, ...] | None
    bound: int

    @property
    def proven(self) -> bool:
        """Whether the plans are the best there are."""
        if self.choices is None:
            return False
        return sum(choice.money for choice in self.choices) == self.bound


#: Bound and plan of a member, no plan where none was found; None where there is none.
_Answered = tuple[int, Choice | None] | None
#: Cells by position, and the most quanta that may be taken of them.
_Caps = frozenset[tuple[int, int]]
_FREE: _Caps = frozenset()


class _Question(NamedTuple):
    """Plans of all members, each under caps of its own."""

    bounds: tuple[int, ...]
    choices: tuple[Choice, ...]
    #: They tell it from others: the same caps come about in any order.
    caps: tuple[_Caps, ...]


def decided_together(
    trials: Trials, members: Sequence[Member], caps: Quanta
) -> Together:
    """Return the best plans of some members who have all the pool's stock.

    Parameters
    ----------
    trials
        Routes them; its bench has all the pool's stock.
    members
        Each has been asked alone.
    caps
        What cells have, by position.
    """
    return _Group(trials, members, caps).decided(QUESTIONS_MAX)


class _Group:
    """The search for one group."""

    def __init__(self, trials: Trials, members: Sequence[Member], caps: Quanta) -> None:
        self._trials, self._members, self._caps = trials, members, caps
        #: By member and its caps: bound and plan; None where there is no plan.
        self._known: dict[tuple[int, _Caps], _Answered] = {}

    def decided(self, most: int) -> Together:
        """Return what is known after so many questions."""
        first = self._first()
        waiting = [(sum(first.bounds), 0, first)]
        asked, best, upper = {first.caps}, None, UNREACHED
        # What is not looked at any further: there may be better plans down to this.
        settled = UNREACHED
        while waiting and waiting[0][0] < min(upper, settled):
            if len(asked) >= most or not self._trials.work.more():
                break
            bound, _, question = heappop(waiting)
            at = self._over(question)
            if at is not None:
                for child in self._less(question, at):
                    if child is None:
                        settled = min(settled, bound)
                    elif child.caps not in asked:
                        asked.add(child.caps)
                        heappush(waiting, (sum(child.bounds), len(asked), child))
                continue
            settled = min(settled, bound)
            money = sum(choice.money for choice in question.choices)
            if money < upper:
                best, upper = question.choices, money
        least = waiting[0][0] if waiting else UNREACHED
        return Together(best, min(least, settled, upper))

    def _first(self) -> _Question:
        """Return the question in which everybody has what they would have alone."""
        return _Question(
            tuple(member.bound for member in self._members),
            tuple(cheaper(member.alone, member.stands) for member in self._members),
            tuple(_FREE for _ in self._members),
        )

    def _over(self, question: _Question) -> int | None:
        """Return the cell that most is missing of; None where there is enough of each."""
        over = {
            at: quanta - int(self._caps[at])
            for at, quanta in summed(c.takes for c in question.choices).items()
            if quanta > self._caps[at]
        }
        return min(over, key=lambda at: (-over[at], at)) if over else None

    def _less(self, question: _Question, at: int) -> Iterator[_Question | None]:
        """Yield, for each who takes of a cell, the question in which it takes less.

        None for one to which no plan was found, though there may be one.
        """
        for i, choice in enumerate(question.choices):
            taken = dict(choice.takes).get(at, 0)
            if not taken:
                continue
            caps = frozenset({**dict(question.caps[i]), at: taken - 1}.items())
            answered = self._with_caps(i, caps)
            if answered is None:
                continue
            bound, other = answered
            if other is None:
                yield None
                continue
            yield _Question(
                _replaced(question.bounds, i, max(bound, question.bounds[i])),
                _replaced(question.choices, i, other),
                _replaced(question.caps, i, caps),
            )

    def _with_caps(self, i: int, caps: _Caps) -> _Answered:
        if (i, caps) not in self._known:
            found = _decided(self._trials, self._members[i], dict(caps))
            self._known[i, caps] = found
        return self._known[i, caps]


def _decided(trials: Trials, member: Member, caps: dict[int, int]) -> _Answered:
    """Return bound and plan of a member under caps."""
    with trials.capped(caps):
        answer = trials.answer(member)
        found = trials.choice(member, answer)
    stands: Choice | None = member.stands
    if any(quanta > caps.get(at, quanta) for at, quanta in member.stands.takes):
        stands = None
    if found is None and stands is None:
        return None if trials.is_sure(answer) else (member.bound, None)
    if found is None:
        assert stands is not None
        return bound_of(answer, member), stands
    if stands is None:
        return answer[O_BOUND], found
    return min(answer[O_BOUND], stands.money), cheaper(found, stands)


def _replaced(values: tuple[T, ...], i: int, value: T) -> tuple[T, ...]:
    return (*values[:i], value, *values[i + 1 :])
