"""A few members decided together, exactly: branch and bound on who takes less of a cell.

Each alone has its best plan on all the pool's stock. Where they take too much of a cell
together, one of them takes less of it in any plan there is: who, is branched on. Each
question routes one order with less in one cell, and has the router's own proof; the most
promising is asked first, so the first whose plans fit together is the best.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from omniroute.kernels.layout import O_BOUND
from omniroute.routing.pool.components import Quanta, summed
from omniroute.routing.pool.member import Choice, Member, bound_of
from omniroute.routing.pool.trials import Trials

#: Questions asked for one group, before it is left at the bound so far.
QUESTIONS_MAX = 400


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


class _Question(NamedTuple):
    """Plans of all members, each under caps of its own."""

    bounds: tuple[int, ...]
    choices: tuple[Choice, ...]
    caps: tuple[dict[int, int], ...]


def decided_together(
    trials: Trials, members: Sequence[Member], caps: Quanta, most: int = QUESTIONS_MAX
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
    most
        Questions to ask.
    """
    first = _Question(
        tuple(member.bound for member in members),
        tuple(_best(member.alone, member.stands) for member in members),
        tuple({} for _ in members),
    )
    waiting: list[tuple[int, int, _Question]] = [(sum(first.bounds), 0, first)]
    count, best, upper, settled = 0, None, None, None
    while waiting:
        bound, _, question = waiting[0]
        if upper is not None and bound >= upper:
            break
        if count >= most or not trials.work.more():
            break
        heappop(waiting)
        at = _over(question.choices, caps)
        if at is None:
            # Where a plan is not proven, there may be better ones above the bound.
            settled = bound if settled is None else min(settled, bound)
            money = sum(choice.money for choice in question.choices)
            if upper is None or money < upper:
                best, upper = question.choices, money
            continue
        for i, child in _less(trials, members, question, at):
            count += 1
            heappush(waiting, (sum(child.bounds), count * len(members) + i, child))
    known = [waiting[0][0]] if waiting else []
    known += [each for each in (settled, upper) if each is not None]
    return Together(best, min(known, default=sum(first.bounds)))


def _best(a: Choice | None, b: Choice) -> Choice:
    return b if a is None or b.money <= a.money else a


def _over(choices: Sequence[Choice], caps: Quanta) -> int | None:
    """Return the cell that most is missing of; None where there is enough of each."""
    wanted = summed(choice.takes for choice in choices)
    over = {at: quanta - caps[at] for at, quanta in wanted.items() if quanta > caps[at]}
    return min(over, key=lambda at: (-over[at], at)) if over else None


def _less(
    trials: Trials, members: Sequence[Member], question: _Question, at: int
) -> list[tuple[int, _Question]]:
    """Return, for each who takes of a cell, the question in which it takes less."""
    found = []
    for i, choice in enumerate(question.choices):
        taken = dict(choice.takes).get(at, 0)
        if not taken:
            continue
        caps = question.caps[i] | {at: taken - 1}
        answered = _with_caps(trials, members[i], caps)
        if answered is None:
            continue
        bound, other = answered
        bound = max(bound, question.bounds[i])
        found.append(
            (
                i,
                _Question(
                    _replaced(question.bounds, i, bound),
                    _replaced(question.choices, i, other),
                    _replaced(question.caps, i, caps),
                ),
            )
        )
    return found


def _with_caps(
    trials: Trials, member: Member, caps: dict[int, int]
) -> tuple[int, Choice] | None:
    """Return bound and plan of a member under caps; None where it cannot have one."""
    with trials.capped(caps):
        answer = trials.answer(member)
        found = trials.choice(member, answer)
    stands: Choice | None = member.stands
    if any(quanta > caps.get(at, quanta) for at, quanta in member.stands.takes):
        stands = None
    if found is None and stands is None:
        # Unless that is sure, the member may have a plan that was not found.
        return None if trials.is_sure(answer) else (member.bound, member.stands)
    if found is None:
        assert stands is not None
        return bound_of(answer, stands, may_pay=trials.may_pay), stands
    if stands is None:
        return answer[O_BOUND], found
    return min(answer[O_BOUND], stands.money), _best(found, stands)


def _replaced(values: tuple, i: int, value: object) -> tuple:  # type: ignore[type-arg]
    return (*values[:i], value, *values[i + 1 :])
