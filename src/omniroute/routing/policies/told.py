"""What cost terms are told in place of what an ask and the stock say.

In a pool an order has a limit and a wish at once, and units lie where they lay when the
pool was looked at: else what a unit counts would change with every plan that is tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from omniroute.routing.policies.ranking import Ranking
from omniroute.routing.policies.weighed import Alone, Weighed
from omniroute.stock.arena import Arena

if TYPE_CHECKING:
    from omniroute.routing.decide import Decides

I8 = NDArray[np.int64]


class Told:
    """What terms of a router are told just now; nothing: they see for themselves."""

    __slots__ = ("held", "wish")

    def __init__(self) -> None:
        #: int64[N]: what nodes hold, by SKU number; of what is sold by the lot, lots.
        self.held: Mapping[int, I8] = {}
        #: The time that lateness is counted from.
        self.wish: int | None = None


class AsTold:
    """Decides as another one does, whose terms are told something.

    Parameters
    ----------
    inner
        Decides.
    told
        Where its terms look.
    held, wish
        As of `Told`.
    """

    def __init__(
        self, inner: Decides, told: Told, held: Mapping[int, I8], wish: int | None
    ) -> None:
        self._inner, self._told = inner, told
        self._held, self._wish = held, wish
        self.monotone = inner.monotone

    @contextmanager
    def _telling(self) -> Iterator[Decides]:
        told = self._told
        before = told.held, told.wish
        told.held, told.wish = self._held, self._wish
        try:
            yield self._inner
        finally:
            told.held, told.wish = before

    @property
    def arena(self) -> Arena:
        """The stock it looks at."""
        return self._inner.arena

    @property
    def cash_terms(self) -> frozenset[str]:
        """Names of terms that are paid."""
        return self._inner.cash_terms

    def decide(self, words: list[int]) -> list[int]:
        """Return the answer to an ask."""
        with self._telling() as inner:
            return inner.decide(words)

    def ranking(self, words: list[int]) -> Ranking:
        """Return what answers to an ask are compared by."""
        return self._inner.ranking(words)

    def named(self, words: list[int], answer: list[int]) -> list[dict[str, int]]:
        """Return what a policy adds to each shipment of an answer, by name."""
        with self._telling() as inner:
            return inner.named(words, answer)

    def least(self, words: list[int]) -> int:
        """Return what no plan of an ask counts less than."""
        with self._telling() as inner:
            return inner.least(words)

    def allowed(self, slot: int) -> NDArray[np.bool_] | None:
        """bool[N, V]: what a policy leaves nodes for a destination; None for all."""
        return self._inner.allowed(slot)

    def weigh(self, words: list[int], alone: Alone) -> Weighed:
        """Return how single shipments are looked at."""
        with self._telling() as inner:
            return inner.weigh(words, alone)
