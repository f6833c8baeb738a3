"""Making room: a member gets its best plan, and who is in the way is moved aside.

A neighbourhood is who holds what the member wants: they are taken off the bench, it takes
its plan, and they are routed again on what is left. What does not pay is put back.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from omniroute.routing.pool.member import Choice, Member
from omniroute.routing.pool.trials import Trials
from omniroute.stock.checks_of_some import Dice
from omniroute.stock.workload import WorkDay

#: Who is moved aside at once.
ASIDE_MAX = 8
#: Rounds in which nothing is found, one after the other, before it is left at that.
IDLE_MAX = 3


class Room:
    """Looks for better plans in neighbourhoods.

    Parameters
    ----------
    trials
        Routes members; from its bench all plans are taken.
    members
        All of the pool, each at its place.
    seed
        Who is moved aside is drawn, where there is a choice.
    """

    def __init__(self, trials: Trials, members: Sequence[Member], seed: int) -> None:
        self._trials, self._members = trials, members
        self._dice = Dice(seed)
        #: Places of members, by cell that they take of, and by work.
        self._users: dict[int | WorkDay, set[int]] = {}
        for member in members:
            self._note(member)

    def make(self, members: Sequence[Member]) -> None:
        """Make room for members in turn, as long as that finds anything."""
        idle = 0
        while idle < IDLE_MAX and members:
            better = False
            for member in sorted(members, key=lambda m: (-m.gap, m.place)):
                if not self._trials.work.more():
                    return
                if member.gap > 0:
                    better = self._make_for(member) or better
            idle = 0 if better else idle + 1

    def _make_for(self, member: Member) -> bool:
        """Serve a member as it would be alone, or as well as can be; whether that pays."""
        wanted = member.alone
        if wanted is None or wanted.money >= member.now.money:
            return False
        aside = self._in_the_way(member, wanted)
        if len(aside) > ASIDE_MAX:
            return False
        return self._rearrange(member, wanted, aside)

    def _in_the_way(self, member: Member, wanted: Choice) -> list[Member]:
        """Return members without whom there is enough for a plan; drawn."""
        own = dict(member.now.needs)
        aside: list[Member] = []
        for at, quanta in wanted.needs:
            missing = quanta - self._trials.left(at) - own.get(at, 0)
            missing -= sum(dict(other.now.needs).get(at, 0) for other in aside)
            if missing <= 0:
                continue
            users = sorted(self._users.get(at, set()) - {member.place})
            by_lot = np.argsort(self._dice.below(2**62, len(users)), kind="stable")
            others = [self._members[users[k]] for k in by_lot]
            for other in others:
                if missing <= 0:
                    break
                if other not in aside:
                    aside.append(other)
                    missing -= dict(other.now.needs).get(at, 0)
        return aside

    def _rearrange(
        self, member: Member, wanted: Choice, aside: Sequence[Member]
    ) -> bool:
        """Give a member what it wants, and those in the way what is left."""
        everybody = [member, *aside]
        before = [each.now for each in everybody]
        for each in everybody:
            self._leave(each)
        left = sum(choice.money for choice in before)
        served = 0
        found = wanted if self._trials.fits(wanted) else None
        if found is None and self._trials.bench.places:
            # A node that can do no more does not keep it from the next one.
            found = self._trials.route(member)
        while found is not None and found.money < left:
            left -= found.money
            everybody[served].now = found
            self._enter(everybody[served])
            served += 1
            if served == len(everybody):
                return True
            found = self._trials.route(everybody[served])
        for each in everybody[:served]:
            self._leave(each)
        for each, choice in zip(everybody, before, strict=True):
            each.now = choice
            self._enter(each)
        return False

    def _enter(self, member: Member) -> None:
        self._trials.enter(member.now)
        self._note(member)

    def _note(self, member: Member) -> None:
        for at, _ in member.now.needs:
            self._users.setdefault(at, set()).add(member.place)

    def _leave(self, member: Member) -> None:
        self._trials.leave(member.now)
        for at, _ in member.now.needs:
            self._users[at].discard(member.place)
