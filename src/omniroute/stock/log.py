"""The effect log: a journal in memory that can be replayed into any state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import E_NODE, E_SKU, Effect
from omniroute.errors import ValidationError
from omniroute.model.checks import whole
from omniroute.stock.effects import EffectBatch, intern
from omniroute.stock.ids import Catalogue
from omniroute.stock.state import State
from omniroute.stock.translation import Translation

I8 = NDArray[np.int64]


class EffectLog:
    """Batches in the order they were applied, with every id they need in them.

    A number means nothing outside the state that gave it. The log therefore puts an
    INTERN_* row before the first use of each SKU and node, and a replay translates:
    the other state may know its SKUs and nodes in another order.

    Parameters
    ----------
    catalogue
        Ids of the state whose effects are logged.

    Notes
    -----
    64 bytes an effect, in memory. Logs and their batches can be pickled.

    Examples
    --------
    >>> import omniroute as om
    >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
    >>> shop = om.Network([om.Node("N1")], [ground])
    >>> engine = om.Engine(shop, [om.Item("BOLT")], clock=lambda: 0, journal=True)
    >>> engine.apply(om.Receive("BOLT", "N1", 40))
    Applied(1)
    >>> len(engine.log)
    1
    >>> twin = om.Engine(shop, [om.Item("NUT"), om.Item("BOLT")], clock=lambda: 0)
    >>> twin.replay(engine.log)
    >>> twin.available_to_promise("BOLT"), twin.digest() == engine.digest()
    (40, True)
    """

    __slots__ = ("_batches", "_catalogue", "_node_known", "_sku_known")

    def __init__(self, catalogue: Catalogue) -> None:
        self._batches: list[EffectBatch] = []
        self._catalogue = catalogue
        # The last entry stands for "no number", -1, which needs no name.
        self._node_known = np.zeros(len(catalogue.nodes) + 1, np.bool_)
        self._node_known[-1] = True
        self._sku_known = np.ones(1, np.bool_)

    def __len__(self) -> int:
        """Batches appended."""
        return len(self._batches)

    def __iter__(self) -> Iterator[EffectBatch]:
        """Batches as logged, oldest first."""
        return iter(self._batches)

    @classmethod
    def of(cls, batches: Iterable[EffectBatch]) -> EffectLog:
        """Return a log of batches that another one has told, all from its first on.

        To be replayed: what a file has kept of a log whose engine is gone. No engine
        goes on writing it.

        Raises
        ------
        ValidationError
            Something that is no batch of a log.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> shop, items = om.Network([om.Node("N1")], [ground]), [om.Item("BOLT")]
        >>> engine = om.Engine(shop, items, clock=lambda: 0, journal=True)
        >>> engine.apply(om.Receive("BOLT", "N1", 40))
        Applied(1)
        >>> kept = list(engine.log)
        >>> twin = om.Engine(shop, items, clock=lambda: 0)
        >>> twin.replay(om.EffectLog.of(kept))
        >>> twin.digest() == engine.digest()
        True
        """
        log = cls(Catalogue((), ()))
        for i, batch in enumerate(batches):
            if not isinstance(batch, EffectBatch):
                raise ValidationError(f"batches[{i}]", "a batch of a log", batch)
            log._batches.append(batch)
        return log

    def since(self, count: int) -> Iterator[EffectBatch]:
        """Batches as logged after the first ``count``, oldest first: O(those).

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> shop = om.Network([om.Node("N1")], [ground])
        >>> engine = om.Engine(shop, [om.Item("BOLT")], clock=lambda: 0, journal=True)
        >>> engine.apply(om.Receive("BOLT", "N1", 40))
        Applied(1)
        >>> written = len(engine.log)
        >>> engine.apply(om.Sell("BOLT", "N1", 1))
        Applied(1)
        >>> len(list(engine.log.since(written)))
        1
        """
        return iter(self._batches[whole(count, "count", 0, len(self)) :])

    def append(self, batch: EffectBatch) -> None:
        """Log a batch the state has applied; its rows cannot be written afterwards.

        A batch that says nothing is not kept.
        """
        if not len(batch):
            return
        self._grow()
        skus = _fresh(batch.rows[:, E_SKU], self._sku_known)
        nodes = _fresh(batch.rows[:, E_NODE], self._node_known)
        if skus or nodes:
            batch = self._named(batch, skus, nodes)
        batch.rows.flags.writeable = False
        self._batches.append(batch)

    def _grow(self) -> None:
        missing = len(self._catalogue.skus) + 1 - len(self._sku_known)
        if missing > 0:
            fresh = np.zeros(missing, np.bool_)
            self._sku_known = np.concatenate([self._sku_known[:-1], fresh, [True]])

    def _named(
        self, batch: EffectBatch, skus: list[int], nodes: list[int]
    ) -> EffectBatch:
        """Return the batch with the names of numbers not used before."""
        place = len(batch.texts)
        decimals = self._catalogue.decimals_of
        rows = [
            intern(Effect.INTERN_SKU, n, place + k, decimals=decimals(n))
            for k, n in enumerate(skus)
        ]
        place += len(skus)
        rows += [intern(Effect.INTERN_NODE, n, place + k) for k, n in enumerate(nodes)]
        texts = [self._catalogue.skus.texts[number] for number in skus]
        texts += [self._catalogue.nodes.texts[number] for number in nodes]
        both = np.concatenate([np.array(rows, np.int64), batch.rows])
        return EffectBatch(both, (*batch.texts, *texts))

    def replay(self, state: State) -> None:
        """Apply every batch to another state, in its own numbers.

        O(effects). The reservations it has already keep their numbers.

        Raises
        ------
        UnknownSkuError, UnknownNodeError
            The state's catalogue lacks an id; nothing has changed.
        ValidationError
            A SKU counted in other decimals here, or stock of a kit: nothing has changed.
            An effect the state refuses: the batches before it have been applied.
        """
        for batch in self.translated(state):
            state.apply(batch)

    def translated(self, state: State) -> Iterator[EffectBatch]:
        """Batches in the numbers of another state, each to be applied before the next.

        Raises
        ------
        UnknownSkuError, UnknownNodeError
            The state's catalogue lacks an id; said before the first batch.
        ValidationError
            A SKU counted in other decimals here, or stock of a kit; said before the
            first batch.
        """
        # As it stands now: what is yielded may end up in this very log.
        batches = tuple(self._batches)
        translation = Translation(state)
        for batch in batches:
            translation.learn(batch)
        for batch in batches:
            yield translation.apply(batch)


def _fresh(numbers: I8, known: NDArray[np.bool_]) -> list[int]:
    """Numbers not known so far, which they are from now on."""
    if known[numbers].all():
        return []
    fresh = np.unique(numbers[~known[numbers]])
    known[fresh] = True
    return [int(number) for number in fresh]
