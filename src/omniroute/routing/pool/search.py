"""Better plans for all members of a pool, from those that stand, with a bound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from omniroute.routing.pool.components import joined, summed
from omniroute.routing.pool.exact import decided_together
from omniroute.routing.pool.member import Choice, Member, cheaper
from omniroute.routing.pool.places import more_of
from omniroute.routing.pool.prices import Prices
from omniroute.routing.pool.room import Room
from omniroute.routing.pool.trials import Trials

I8 = NDArray[np.int64]
#: Places of members that are looked at together.
Group = frozenset[int]

#: Members that are decided together exactly; more are left to prices and neighbourhoods.
TOGETHER_MAX = 25
#: Shares of the work by which each member has been asked alone, and bounds are done.
ALONE_SHARE, BOUND_SHARE = 0.6, 0.8


class Search:
    """One search. The members' plans are always such as fit together.

    Parameters
    ----------
    trials
        Routes members, on a bench from which all that stands is taken.
    members
        In the order of the pool; each at its place.
    seed
        Of the choices that are left to chance.
    """

    def __init__(self, trials: Trials, members: Sequence[Member], seed: int) -> None:
        self.members = members
        #: No plans of all of them cost less together.
        self.bound = 0
        self._trials, self._bench = trials, trials.bench
        self._seed = seed
        #: What cells have if no member takes anything, by position.
        self._caps: I8 = np.zeros(0, np.int64)

    def run(self) -> None:
        """Find better plans, until all is proven or the work is done."""
        asked = self._ask_each_alone()
        self._improve(asked)
        bounds = self._bounds(asked)
        self.bound = sum(bounds.values())
        self.bound += sum(member.bound for member in self.members[len(asked) :])
        unsettled = [
            self.members[place]
            for group, bound in bounds.items()
            if self._money(group) > bound
            for place in sorted(group)
        ]
        Room(self._trials, self.members, self._seed).make(unsettled)

    @property
    def money(self) -> int:
        """What all plans cost together."""
        return sum(member.now.money for member in self.members)

    def _money(self, group: Iterable[int]) -> int:
        return sum(self.members[place].now.money for place in group)

    # -- each by itself ----------------------------------------------------------------

    def _ask_each_alone(self) -> Sequence[Member]:
        """Ask members, while there is work, how each is best served on all the stock."""
        held = list(chain.from_iterable(member.now.takes for member in self.members))
        self._bench.give(held)
        free = self._bench.all_free()
        for at, quanta in summed([held]).items():
            free[at] = max(free[at], quanta)
        self._caps = free
        count = 0
        for member in self.members:
            if not self._trials.work.more(ALONE_SHARE):
                break
            self._trials.alone(member)
            count += 1
        self._bench.take(held)
        return self.members[:count]

    def _improve(self, members: Iterable[Member]) -> None:
        """Serve members better on what is free, who has most to gain first."""
        for member in sorted(members, key=lambda each: (-each.gap, each.place)):
            if member.gap <= 0 or not self._trials.work.more():
                break
            self._serve_better(member)

    def _serve_better(self, member: Member) -> None:
        """Route a member on what is free and its own; keep what is better."""
        self._trials.leave(member.now)
        found = member.alone
        if found is None or not self._trials.fits(found):
            found = self._trials.route(member)
        if found is not None and found.money < member.now.money:
            member.now = found
        self._trials.enter(member.now)

    # -- bounds, and the best of few ---------------------------------------------------

    def _bounds(self, asked: Sequence[Member]) -> dict[Group, int]:
        """Return a bound for each group of members that contend for the same cells.

        Small groups are decided exactly; what is found for all of them is taken over.
        """
        held = list(chain.from_iterable(member.now.takes for member in self.members))
        self._bench.give(held)
        settled, open_, wants = self._decide_groups(asked)
        for group in open_:
            members = [self.members[place] for place in sorted(group)]
            priced = Prices(self._trials, members, self._caps)
            open_[group] = max(open_[group], priced.bound(self._money(group)))
        self._bench.take(held)
        self._take_over(settled, wants)
        return settled | open_

    def _decide_groups(
        self, asked: Sequence[Member]
    ) -> tuple[dict[Group, int], dict[Group, int], dict[int, Choice]]:
        """Return groups with their bounds, decided and not, and what is best for each.

        Groups whose best plans do not fit together are one group, and decided again.
        """
        wants = {member.place: cheaper(member.alone, member.stands) for member in asked}
        settled = {frozenset({member.place}): member.bound for member in asked}
        open_: dict[Group, int] = {}
        while True:
            takes = {place: choice.takes for place, choice in wants.items()}
            groups = joined(list(settled), takes, self._caps)
            fresh = [group for group in groups if group not in settled]
            if not fresh:
                return settled, open_, wants
            for group in fresh:
                parts = [part for part in settled if part <= group]
                bound = sum(settled.pop(part) for part in parts)
                members = [self.members[place] for place in sorted(group)]
                found = None
                if len(group) <= TOGETHER_MAX and self._trials.work.more(BOUND_SHARE):
                    found = decided_together(self._trials, members, self._caps)
                    bound = max(bound, found.bound)
                if found is None or found.choices is None:
                    open_[group] = bound
                    continue
                settled[group] = bound
                for member, choice in zip(members, found.choices, strict=True):
                    wants[member.place] = choice

    def _take_over(self, settled: Iterable[Group], wants: dict[int, Choice]) -> None:
        """Serve groups as is best for them: all if that fits, else one by one."""
        gain = [
            group
            for group in settled
            if sum(wants[place].money for place in group) < self._money(group)
        ]
        everybody = [place for group in settled for place in group]
        if not self._change({place: wants[place] for place in everybody}):
            for group in gain:
                self._change({place: wants[place] for place in group})

    def _change(self, choices: dict[int, Choice]) -> bool:
        """Serve members so, if it costs less and there is enough; whether it was done."""
        members = [self.members[place] for place in sorted(choices)]
        before = [member.now for member in members]
        after = [choices[member.place] for member in members]
        if sum(c.money for c in after) >= sum(c.money for c in before):
            return False
        changed = [(b, a) for b, a in zip(before, after, strict=True) if a is not b]
        more = summed(a.more_than(b) for b, a in changed)
        for at, quanta in summed(b.more_than(a) for b, a in changed).items():
            if at in more:
                more[at] -= quanta
        places = self._bench.places
        work = more_of([b.work for b in before], [a.work for a in after])
        if not self._bench.has(more.items()) or (places and not places.have(work)):
            return False
        for member, choice in zip(members, after, strict=True):
            self._trials.leave(member.now)
            self._trials.enter(choice)
            member.now = choice
        return True
