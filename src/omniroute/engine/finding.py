"""How likely it is that a node finds what its record says it has."""

from __future__ import annotations

from typing import Any

from omniroute._show import Columns
from omniroute.engine.core import Core
from omniroute.engine.terms import Instant
from omniroute.stock import chances


class Finding(Core):
    """See `omniroute.engine.Engine`."""

    def set_find(self, probabilities: Any, *, now: Instant = None) -> int:
        """Say how likely picks at cells find their units; returns the cells changed.

        A cell of which nothing is said is sure to. What is asked at a ``confidence``
        counts cells that reach it, with all they have, and others with nothing.

        Parameters
        ----------
        probabilities
            Shares from 0 to 1, of at most 4 decimals, by (SKU, node); or a frame with
            columns ``sku``, ``node`` and ``find_probability``.
        now
            The time; the engine's clock by default.

        Raises
        ------
        ValidationError, UnknownIdError
            What cannot be, named by its path (``probabilities.sku[17]``); nothing
            changed.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> shop = om.Network([om.Node("N1"), om.Node("N2")], [ground])
        >>> engine = om.Engine(shop, [om.Item("BOLT")])
        >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 3)])
        Applied(2)
        >>> engine.set_find({("BOLT", "N1"): 0.65})
        1
        >>> engine.available_to_promise("BOLT", confidence=0.9)
        3
        """
        with self._whole:
            self._advance(now)
            batch = chances.set_find(self._state, probabilities)
            self._commit(batch)
            return len(batch)

    def find_probabilities(self) -> Columns:
        """Return cells that may fail as columns ``sku, node, find_probability``."""
        with self._lock:
            return Columns(chances.find_columns(self._state))
