"""Rule groups in turn: the first that fills the order serves it, or line by line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.order.layout import (
    A_COMPLETE,
    A_EXCLUDED,
    A_GROUPS,
    A_HEADER,
    A_LINES,
    A_SLOT,
    GROUP_WIDTH,
    O_BOUND,
    O_CANDIDATES,
    O_GROUP,
    O_OBJECTIVE,
    O_PICKS,
    O_PROVEN,
    O_SHORT,
)
from omniroute.routing.ask_words import excluded_of
from omniroute.routing.decide import is_sure_of_units, without_plan
from omniroute.routing.policies.assemble import Pick, lines_of, picks_of
from omniroute.routing.policies.chooser import Chooser
from omniroute.routing.policies.ranking import Ranking
from omniroute.routing.policies.weighed import Alone, Weighed
from omniroute.stock.arena import Arena


class Waterfall:
    """Decides asks by groups of rules, each tried on its turn, for the whole order.

    The first group that fills an ask decides; if none does, the one that serves most.

    Parameters
    ----------
    groups
        Who decides under each group's rules.
    """

    monotone = True

    def __init__(self, groups: Sequence[Chooser]) -> None:
        self._groups = groups

    @property
    def arena(self) -> Arena:
        """The stock it looks at."""
        return self._groups[0].arena

    def least(self, words: list[int]) -> int:
        """Return what no plan of an ask counts less than."""
        return min(group.least(words) for group in self._groups)

    def allowed(self, slot: int) -> NDArray[np.bool_]:
        """bool[N, V]: what any of the groups leaves nodes for a destination."""
        found = self._groups[0].allowed(slot)
        for group in self._groups[1:]:
            found = found | group.allowed(slot)
        return found

    def weigh(self, words: list[int], alone: Alone) -> Weighed:
        """Return how single shipments are looked at: first by whose turn it is."""
        found = self._groups[0].weigh(words, alone)
        admit = [group.allowed(words[A_SLOT]) for group in self._groups]
        return found._replace(turn=np.argmax(admit, axis=0))

    def named(self, words: list[int], answer: list[int]) -> list[dict[str, int]]:
        """Return what a policy adds to each shipment of an answer, by name."""
        return self._groups[0].named(words, answer)

    @property
    def cash_terms(self) -> frozenset[str]:
        """Names of terms that are paid."""
        return self._groups[0].cash_terms

    def ranking(self, words: list[int]) -> Ranking:
        """Return what its answers are compared by: an earlier group first."""
        return self._groups[0].ranking(words)

    def decide(self, words: list[int]) -> list[int]:
        """Return the answer of the first group that fills an ask, else the fullest."""
        best: list[int] = []
        candidates, sure = 0, True
        for g, group in enumerate(self._groups):
            answer = group.decide(_in_part(words))
            answer[O_GROUP] = g + 1
            candidates += answer[O_CANDIDATES]
            if not best or answer[O_SHORT] < best[O_SHORT]:
                best = answer
            if not answer[O_SHORT]:
                break
            # That this group has not more of it is to be sure, or the next is in doubt.
            sure = sure and is_sure_of_units(answer)
        best[O_CANDIDATES] = candidates
        if not sure:
            best[O_PROVEN] = best[O_BOUND] = 0
        return _whole_if_asked(words, best)


class WaterfallByLine(Waterfall):
    """A group serves the lines that it can serve in full, the next ones the rest.

    The last one serves of the rest what it can. A shipment from one node by one service
    is one, whichever groups its lines fell to.

    Parameters
    ----------
    groups
        Who decides under each group's rules.
    whole
        Who decides under the policy's rules without groups: prices what they chose.
    """

    # A line that an early group cannot fill any more may fall to a cheaper one.
    monotone = False

    def __init__(self, groups: Sequence[Chooser], whole: Chooser) -> None:
        super().__init__(groups)
        self._whole = whole

    def decide(self, words: list[int]) -> list[int]:
        """Return what the groups chose, one after the other, as one answer."""
        self._picks: list[Pick] = []
        self._asked = _in_part(words)
        self._candidates, self._sure = 0, True
        left = list(range(words[A_LINES]))
        answer = self._whole.priced(self._asked, [])
        for g, group in enumerate(self._groups):
            last = g == len(self._groups) - 1
            for taken in ((), _nodes(self._picks)):
                found = self._chosen(group, left, taken, last)
                trial = self._whole.priced(self._asked, [*self._picks, *found])
                if trial is not None:
                    break
            if found and trial is not None:
                self._picks += found
                answer = trial
                answer[O_GROUP] = g + 1
                left = [i for i in left if i not in {pick.line for pick in found}]
            if not left:
                break
        assert answer is not None
        if not self._picks and not (nothing := super().decide(words))[O_PICKS]:
            return nothing  # which says why
        answer[O_CANDIDATES], answer[O_PROVEN] = self._candidates, int(self._sure)
        answer[O_BOUND] = answer[O_OBJECTIVE] if self._sure else 0
        return _whole_if_asked(words, answer)

    def _chosen(
        self, group: Chooser, left: list[int], taken: Sequence[int], last: bool
    ) -> list[Pick]:
        """Return picks of the lines that a group serves: in full, or as it can."""
        while left:
            words = self._about(left, taken)
            if words is None:
                break
            answer = group.decide(words)
            self._candidates += answer[O_CANDIDATES]
            self._sure = self._sure and answer[O_PROVEN] == 1
            found = [p._replace(line=left[p.line]) for p in picks_of(answer)]
            if last:
                return found
            full = self._in_full(found)
            if full == left:
                return found
            left = full
        return []

    def _in_full(self, found: list[Pick]) -> list[int]:
        """Lines of which picks take all there is to take."""
        missing = {i: quanta for i, (_, quanta) in enumerate(lines_of(self._asked))}
        for pick in found:
            missing[pick.line] -= pick.quanta
        return [i for i in sorted({p.line for p in found}) if not missing[i]]

    def _about(self, left: list[int], taken: Sequence[int]) -> list[int] | None:
        """Return the ask for some lines only, with what earlier groups leave open.

        None where they have used up the shipments. Kinds of service mix no more in the
        sum than in a part; ``taken`` are nodes that may not send more.
        """
        words = list(self._asked)
        lines = lines_of(words)
        at = A_HEADER + GROUP_WIDTH * words[A_GROUPS]
        excluded = [*excluded_of(words), *taken]
        groups = self._groups_left(words[A_HEADER:at])
        if not groups:
            return None
        head = words[:A_HEADER]
        head[A_LINES], head[A_EXCLUDED] = len(left), len(excluded)
        head[A_GROUPS] = len(groups) // GROUP_WIDTH
        return [*head, *groups, *excluded, *(word for i in left for word in lines[i])]

    def _groups_left(self, groups: list[int]) -> list[int]:
        """Return the groups of services that go with what is picked, and their limits."""
        used = {(pick.node, pick.service) for pick in self._picks}
        bits = 0
        for _, service in used:
            bits |= 1 << service
        found = []
        for k in range(0, len(groups), GROUP_WIDTH):
            most = groups[k + 1]
            if bits & ~groups[k] == 0 and (most == 0 or most > len(used)):
                found += [groups[k], most and most - len(used)]
        return found


def _in_part(words: list[int]) -> list[int]:
    """Return an ask that takes what there is: whether that is enough shows in the end."""
    asked = list(words)
    asked[A_COMPLETE] = 0
    return asked


def _whole_if_asked(words: list[int], answer: list[int]) -> list[int]:
    if words[A_COMPLETE] and answer[O_PICKS] and answer[O_SHORT]:
        return without_plan(answer)
    return answer


def _nodes(picks: Sequence[Pick]) -> list[int]:
    return sorted({pick.node for pick in picks})
