"""What can be promised by date of kits and packs: the least that the parts allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.atp.explanation import AtpExplanation
from omniroute.atp.live import Asked, stock_by_date
from omniroute.atp.of_state import timelines_of_state
from omniroute.atp.schedule import AtpSchedule
from omniroute.codes import ATP_EXPIRING, SHARE_ONE, UNLIMITED
from omniroute.kernels.phased.partials import partial_deliveries
from omniroute.model.recipes import Recipe
from omniroute.stock.state import State

I8 = NDArray[np.int64]


@attrs.frozen(eq=False, repr=False, slots=False)
class ComposedSchedule(AtpSchedule):
    """What can be promised by date, of kits and packs among other things.

    As `AtpSchedule`; a cell is called (SKU, node), or by its node where there is one SKU.

    Parameters
    ----------
    parts
        What can be promised of what they are drawn from.
    recipes
        Quanta of each part in a lot, by SKU.
    """

    parts: AtpSchedule = attrs.field(kw_only=True)
    recipes: Mapping[str, Mapping[str, int]] = attrs.field(kw_only=True)

    def limiting(self, cell: Any) -> tuple[str, ...]:
        """Return the SKU that holds a cell down on each date: of a kit, a component.

        Raises
        ------
        ValidationError
            No such cell.
        """
        recipe = self.recipes[self._at(cell)[0]]
        rows = [
            self.parts.quanta[self.parts.timelines.cell(self._part(cell, part))] // n
            for part, n in recipe.items()
        ]
        least = np.argmin(np.array(rows), axis=0)
        return tuple(list(recipe)[k] for k in least.tolist())

    def explain(self, cell: Any = None) -> AtpExplanation:
        """Return why, of the part that holds the cell down on the first date."""
        found = self.ids[self._cell(cell)]
        return self.parts.explain(self._part(found, self.limiting(found)[0]))

    def _deliver(
        self, c: int, quanta: int, window: tuple[int, int], least: int, out: I8
    ) -> int:
        """Deliver what is left of the figures: a kit has no events of its own."""
        running = self.is_running or self.rule.number == ATP_EXPIRING
        figures = self._figures[c]
        return int(
            partial_deliveries(figures, quanta, *window, least, int(running), out)
        )

    def _at(self, cell: Any) -> tuple[str, str]:
        """SKU and node of a cell."""
        self.timelines.cell(cell)
        return cell if len(self.recipes) > 1 else (next(iter(self.recipes)), cell)

    def _part(self, cell: Any, part: str) -> Any:
        """Return what the cell of a part at the same node is called."""
        one = len({sku for recipe in self.recipes.values() for sku in recipe}) == 1
        node = self._at(cell)[1]
        return node if one else (part, node)


def composed_by_date(
    state: State,
    skus: Sequence[int],
    nodes: Sequence[int] | None,
    recipes: Mapping[int, Recipe],
    asked: Asked,
) -> ComposedSchedule:
    """Return what can be promised on each date of SKUs, kits and packs among them.

    At all nodes that hold or expect a part, where none are named. A cell that never runs
    short promises `UNLIMITED` on all dates. At a confidence, a part whose find
    probability is below counts as none, whatever is made of it.
    """
    made = {sku: recipes[sku].parts if sku in recipes else {sku: 1} for sku in skus}
    stocked = sorted({part for parts in made.values() for part in parts})
    if nodes is None:
        nodes = _nodes_of(state, stocked)
    parts, more = _of_stock(state, stocked, nodes, asked)
    block = dict(zip(stocked, np.split(parts.quanta, len(stocked)), strict=True))
    scale = SHARE_ONE if asked.rule.fractions == "keep" else 1
    lots = {sku: recipes[sku].lot_quanta * scale for sku in skus if sku in recipes}

    def drawn_from(sku: int, rows: Mapping[int, I8]) -> I8:
        """Return what a SKU can promise, where these can of what it is made of."""
        if sku not in lots:
            return rows[sku]
        return _made(
            [(rows[part], n * scale) for part, n in made[sku].items()], lots[sku]
        )

    figures = [drawn_from(sku, block) for sku in skus]
    totals = {part: _total(block[part]) - more.get(part, 0) for part in stocked}
    excess = np.zeros(asked.rule.horizon_days, np.int64)
    for sku, own in zip(skus, figures, strict=True) if more else ():
        excess += np.maximum(0, _total(own) - drawn_from(sku, totals))
    texts = state.catalogue.skus.texts
    return ComposedSchedule(
        np.concatenate(figures),
        timelines_of_state(state, skus, nodes, asked.buckets),
        asked.rule,
        parts.today,
        parts.at_confidence,
        excess=excess,
        parts=parts,
        recipes={
            texts[sku]: {texts[part]: n for part, n in own.items()}
            for sku, own in made.items()
        },
    )


def _of_stock(
    state: State, skus: Sequence[int], nodes: Sequence[int], asked: Asked
) -> tuple[AtpSchedule, dict[int, I8]]:
    """Return what lies in stock can promise, SKU by SKU and node by node.

    And by SKU what its cells together promise less than their sum.
    """
    found, more = stock_by_date(state, skus, nodes, asked)
    figures = found.quanta.copy()
    for k, sku in enumerate(skus):
        for node in state.aside.endless.get(sku, ()):
            cell = np.array([sku * state.arena.nodes + node])
            if node in nodes and state.find.at(cell)[0] >= found.at_confidence:
                figures[k * len(nodes) + nodes.index(node)] = UNLIMITED
    return attrs.evolve(found, figures=figures), more


def _total(figures: I8) -> I8:
    """Sum of cells by date, each clamped at zero; no limit where one has none."""
    limited = np.where(figures < UNLIMITED, np.maximum(0, figures), 0)
    endless = (figures >= UNLIMITED).any(axis=0)
    found: I8 = np.where(endless, UNLIMITED, limited.sum(axis=0))
    return found


def _nodes_of(state: State, skus: Sequence[int]) -> list[int]:
    """Nodes that hold or expect one of the SKUs."""
    names = timelines_of_state(state, skus).ids
    numbers = state.catalogue.nodes.numbers
    found = {numbers[name if len(skus) == 1 else name[1]] for name in names}
    return sorted(found)


def _made(rows: Sequence[tuple[I8, int]], lot: int) -> I8:
    """Return what the scarcest part allows, in whole lots; rows are (figures, inside)."""
    least = np.full(rows[0][0].shape, UNLIMITED, np.int64)
    for row, inside in rows:
        ends = row < UNLIMITED
        least[ends] = np.minimum(least[ends], row[ends] // inside)
    endless = least == UNLIMITED
    least[endless] = 0
    least *= lot
    least[endless] = UNLIMITED
    return least
