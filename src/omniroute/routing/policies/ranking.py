"""Which of two answers is better: most units, then the policy's criteria, then ties."""

from __future__ import annotations

from typing import NamedTuple

from omniroute.kernels.order.layout import (
    O_COST,
    O_DISTANCE_SUM,
    O_GROUP,
    O_OBJECTIVE,
    O_SHIPMENTS,
    O_SHORT,
    O_TRANSIT,
    O_TRANSIT_SUM,
)

#: What each criterion reads of an answer. Money is what is minimised, not the cash.
_WORDS = {
    "cheapest": O_OBJECTIVE,
    "weighted": O_OBJECTIVE,
    "fastest": O_TRANSIT,
    "fewest_shipments": O_SHIPMENTS,
}
_TIES = (O_SHIPMENTS, O_TRANSIT_SUM, O_DISTANCE_SUM)


class Ranking(NamedTuple):
    """Words of an answer in the order in which they are compared, money among them."""

    words: tuple[int, ...]
    money: int = O_OBJECTIVE

    def key(self, answer: list[int]) -> tuple[int, ...]:
        """Return what answers are compared by: the least is the best."""
        return tuple(answer[word] for word in (O_SHORT, *self.words, *_TIES))

    def before_money(self, answer: list[int]) -> tuple[int, ...]:
        """Return what is compared before money is."""
        words = (O_SHORT, *self.words[: self.words.index(self.money)])
        return tuple(answer[word] for word in words)


#: What kernels compare by: the cost is what they minimise.
CHEAPEST = Ranking((O_COST,), O_COST)
FASTEST = Ranking((O_TRANSIT, O_COST), O_COST)


def ranking_of(criteria: tuple[str, ...]) -> Ranking:
    """Return the ranking of a policy's criteria; an earlier rule group comes first.

    Examples
    --------
    >>> ranking_of(("fewest_shipments", "cheapest")).words == (
    ...     O_GROUP,
    ...     O_SHIPMENTS,
    ...     O_OBJECTIVE,
    ... )
    True
    """
    return Ranking((O_GROUP, *(_WORDS[name] for name in criteria)))
