"""A subscription: what a subscriber polls."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniroute.engine.feed_core import FeedCore
from omniroute.engine.terms import Instant
from omniroute.errors import ValidationError
from omniroute.feed.changes import LevelChanges
from omniroute.feed.mirror import Mirror
from omniroute.feed.token import read_token, write_token
from omniroute.kernels.stock.feed import X_NEW, X_OLD, X_PLACE, X_QUANTA, X_ROW


class Subscription:
    """Tells which levels of availability have been crossed since it was last asked.

    From `Engine.subscribe`. The engine knows nothing of it: nothing is called or kept
    when stock changes, and whoever loses interest lets go of the object. Safe to share
    between threads: each change is told once.

    Parameters
    ----------
    engine
        Whose stock is looked at.
    mirror
        What was told last.
    name
        What tells its tokens from those of others.

    Examples
    --------
    >>> import omniroute as om
    >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
    >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
    >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")], clock=lambda: 0)
    >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
    Applied(2)
    >>> feed = engine.subscribe(low=8)
    >>> [(change.sku, change.new.name) for change in feed.take()]
    [('BOLT', 'IN_STOCK')]
    >>> engine.apply(om.Sell("BOLT", "N1", 3))
    Applied(1)
    >>> [(change.sku, change.new.name, change.available) for change in feed.take()]
    [('BOLT', 'LOW', 7)]
    """

    __slots__ = ("_engine", "_last", "_mirror", "_name")

    def __init__(self, engine: FeedCore, mirror: Mirror, name: str) -> None:
        self._engine, self._mirror, self._name = engine, mirror, name
        self._last: NDArray[np.int64] | None = None

    def __repr__(self) -> str:
        return f"Subscription({len(self._mirror.view.skus)} SKUs)"

    @property
    def token(self) -> str:
        """Up to where was told so far."""
        return write_token(self._engine._own_mark(), self._name, self._mirror.round)

    @property
    def nbytes(self) -> int:
        """Bytes kept: by SKU and place, however much changes."""
        return self._mirror.nbytes + (0 if self._last is None else self._last.nbytes)

    def take(self, after: str | None = None, *, now: Instant = None) -> LevelChanges:
        """Bring the engine to the present, and tell what has changed.

        One change for each SKU and place at most: from the level told last to the level
        now, and none where that is the same again.

        Parameters
        ----------
        after
            Token of the last answer that was dealt with: the last one, or the one
            before it if the last got lost, whose changes are then told again. None for
            the last.
        now
            The time; the engine's clock by default.

        Raises
        ------
        ValidationError
            No such token, or an older one; nothing has changed.

        Notes
        -----
        O(SKUs subscribed to, 8 bytes each, + cells of those that were touched).
        """
        engine, mirror = self._engine, self._mirror
        with engine._present(now):
            if after is not None:
                self._resume(after)
            self._last = changes = mirror.refresh()
            return self._told(changes)

    def _resume(self, after: str) -> None:
        """Forget the last answer, if it is not the one that was dealt with."""
        mirror = self._mirror
        told = read_token(
            after, "after", self._engine._own_mark(), self._name, mirror.round
        )
        if told == mirror.round:
            return
        if told < mirror.round - 1 or self._last is None:
            expected = "the token of the last answer, or of the one before"
            raise ValidationError("after", expected, after)
        mirror.take_back(self._last, first=told == 0)

    def _told(self, changes: NDArray[np.int64]) -> LevelChanges:
        view, catalogue = self._mirror.view, self._engine.state.catalogue
        skus = view.skus[changes[:, X_ROW]]
        nodes = np.full(len(changes), -1) if view.as_one else changes[:, X_PLACE]
        return LevelChanges(
            sku=skus.astype(np.int32),
            node=nodes.astype(np.int32),
            old=changes[:, X_OLD].astype(np.int8),
            new=changes[:, X_NEW].astype(np.int8),
            quanta=changes[:, X_QUANTA].copy(),
            sku_ids=self._engine._item_ids(),
            node_ids=self._engine.network.node_ids,
            decimals=catalogue.decimals[skus],
            token=self.token,
            now_s=self._engine.state.now,
        )
