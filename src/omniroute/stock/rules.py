"""The rules that are followed, as the state keeps them: facts like all others.

What rules make of a cell stands in its planes. The rules themselves are kept as texts
that nothing here reads: who decides by them does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    E_AUX,
    E_NODE,
    E_QUANTITY,
    E_REFERENCE,
    E_SKU,
    E_WHAT,
    RULES_OVERSELL,
    RULES_PREORDER,
    RULES_SAFETY,
    Effect,
)
from omniroute.errors import ValidationError
from omniroute.stock.effects import NOTHING, EffectBatch, rules
from omniroute.stock.ids import text_hash

I8 = NDArray[np.int64]

_RULES, _DEMAND = int(Effect.RULES), int(Effect.DEMAND)
_TAG = 90
_KINDS = (RULES_SAFETY, RULES_OVERSELL, RULES_PREORDER)


class Rules:
    """Safety, oversell and pre-order rules as texts, and daily demand they look at.

    Attributes
    ----------
    texts : list of str
        By ``codes.RULES_*``; empty for no rules.
    demand : dict of (int, int) to int
        Thousandths of a quantum a day by SKU number and node index, those above 0.
    version : int
        Moves on with every change.
    """

    __slots__ = ("demand", "texts", "version")

    def __init__(self) -> None:
        self.texts = [""] * len(_KINDS)
        self.demand: dict[tuple[int, int], int] = {}
        self.version = 0

    # -- effects -----------------------------------------------------------------------

    def told(self, kind: int, text: str, now: int) -> EffectBatch:
        """Effects of following what a text tells, if that is not followed already."""
        if text == self.texts[kind]:
            return NOTHING
        return EffectBatch([rules(kind, 0, now)], (text,))

    def told_demand(self, demand: dict[tuple[int, int], int], now: int) -> EffectBatch:
        """Effects of looking at this daily demand, by cell, and at no other."""
        wanted = {cell: demand.get(cell, 0) for cell in {*self.demand, *demand}}
        return EffectBatch(
            [
                (_DEMAND, *cell, quanta, -1, now, 0, 0)
                for cell, quanta in sorted(wanted.items())
                if quanta != self.demand.get(cell, 0)
            ]
        )

    # -- changes -----------------------------------------------------------------------

    def check(self, batch: EffectBatch, skus: int, nodes: int) -> None:
        """Require that the rows about rules can be applied.

        Raises
        ------
        ValidationError
            The path says which cannot.
        """
        rows = batch.rows
        for i in np.flatnonzero(rows[:, E_WHAT] == _RULES).tolist():
            kind, place = int(rows[i, E_REFERENCE]), int(rows[i, E_AUX])
            if kind not in _KINDS:
                raise ValidationError(f"effects[{i}]", "a kind of rules", kind)
            if not 0 <= place < len(batch.texts):
                raise ValidationError(f"effects[{i}]", "the place of a text", place)
        here = np.flatnonzero(rows[:, E_WHAT] == _DEMAND)
        some = rows[here]
        good = (some[:, E_SKU] >= 0) & (some[:, E_SKU] < skus)
        good &= (some[:, E_NODE] >= 0) & (some[:, E_NODE] < nodes)
        good &= some[:, E_QUANTITY] >= 0
        if not good.all():
            i = int(here[~good][0])
            expected = "demand of a cell, not below 0"
            raise ValidationError(f"effects[{i}]", expected, rows[i].tolist())

    def apply(self, batch: EffectBatch) -> None:
        """Apply the rows about rules, which `check` has let pass."""
        what = batch.rows[:, E_WHAT]
        for row in batch.rows[what == _RULES].tolist():
            self.texts[row[E_REFERENCE]] = batch.texts[row[E_AUX]]
        for row in batch.rows[what == _DEMAND].tolist():
            cell = row[E_SKU], row[E_NODE]
            if row[E_QUANTITY]:
                self.demand[cell] = row[E_QUANTITY]
            else:
                self.demand.pop(cell, None)
        self.version += 1

    def records(
        self, skus: NDArray[np.uint64], nodes: NDArray[np.uint64]
    ) -> list[NDArray[np.uint64]]:
        """Words the digest mixes, a row each: rules, then demand."""
        texts = [
            (_TAG, kind, text_hash(text))
            for kind, text in enumerate(self.texts)
            if text
        ]
        demand = [
            (_TAG + 1, int(skus[sku]), int(nodes[node]), quanta)
            for (sku, node), quanta in self.demand.items()
        ]
        tables: tuple[list[Any], ...] = (texts, demand)
        return [np.array(table, np.uint64) for table in tables if table]
