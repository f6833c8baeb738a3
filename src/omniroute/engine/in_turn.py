"""What a batch holds that no kernel sees as its asker does: one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import NO_NODE, Status
from omniroute.engine.results import Placement
from omniroute.engine.route_many import RouteMany
from omniroute.engine.terms import I8, Terms
from omniroute.errors import ValidationError
from omniroute.kernels.stock.wanted import W_QUANTITY, W_SKU
from omniroute.model.hold_line import HoldLine
from omniroute.model.instant import to_seconds
from omniroute.model.quantity import to_quanta
from omniroute.reservations.life import Step
from omniroute.reservations.lines import Cells, as_of
from omniroute.stock.effects import concat
from omniroute.stock.hold_frames import HoldColumns
from omniroute.stock.lens import PLAIN
from omniroute.stock.state import State


class InTurn(RouteMany):
    """See `omniroute.engine.Engine`."""

    # -- which requests ----------------------------------------------------------------

    def _sees_all(self, asked: HoldColumns) -> NDArray[np.bool_]:
        """Whether the kernel sees each request's stock as its asker does.

        It knows no channel, no later and no network, and ends no other reservation.
        """
        plain = np.ones(len(asked.ids), np.bool_)
        for said in (asked.channels, asked.supersedes):
            if said is not None:
                plain &= np.array([each is None for each in said], np.bool_)
        loose = asked.at_no_node
        plain &= ~asked.of_any(loose | asked.later)
        if odd := self._odd_skus(asked, set(asked.wanted[loose, W_SKU].tolist())):
            plain &= ~asked.of_any(np.isin(asked.wanted[:, W_SKU], list(odd)))
        return plain

    def _odd_skus(self, asked: HoldColumns, loose: set[int]) -> set[int]:
        """Return the SKUs of which a plain asker may have less than cells have free.

        Of ``loose`` the batch itself holds units at no node, of which all that comes
        behind takes note.
        """
        if self._router.lens is None and not self._composed:
            return loose
        return loose | {
            sku
            for sku in np.unique(asked.wanted[:, W_SKU]).tolist()
            if sku in self._composed.recipes
            or not self._lens.sees_plainly(PLAIN, (sku,))
        }

    # -- reserving ---------------------------------------------------------------------

    def _reserve_each(self, asked: HoldColumns, own: Terms) -> tuple[I8, I8]:
        """Reserve one after the other; status of each, quanta held by each line."""
        status, held = np.empty(len(asked.ids), np.int64), np.zeros_like(asked.rows)
        starts, keys = asked.starts.tolist(), asked.keys()
        quanta = asked.wanted[:, W_QUANTITY].tolist()
        nobody: list[str | None] = [None] * len(asked.ids)
        through, olds = asked.channels or nobody, asked.supersedes or nobody
        for i, id in enumerate(asked.ids):
            terms = own._replace(channel=through[i], supersedes=olds[i])
            lines = range(starts[i], starts[i + 1])
            fresh = id not in self._state.book.ids.numbers
            placed = self._reserve_one(id, _summed(lines, keys, quanta), terms)
            status[i] = placed.status
            if fresh and placed.reserved:
                wanted = as_of(_summed(lines, keys, quanta), self._state.now)
                had = self._had(wanted, placed.shortages)
                for k in lines:
                    key = self._key_as_it_stands(keys[k])
                    held[k] = min(quanta[k], had[key])
                    had[key] -= int(held[k])
        return status, held

    def _reserve_one(self, id: str, cells: Cells, terms: Terms) -> Placement:
        attempt = partial(self._way_of(cells), cells, id, terms)
        return self._superseding(terms.supersedes, id, attempt)

    def _had(self, wanted: Cells, shortages: Iterable[HoldLine]) -> Cells:
        """Return what of the wanted cells there was, but for what was short."""
        catalogue = self._state.catalogue
        had = dict(wanted)
        for line in shortages:
            sku = catalogue.sku(line.sku)
            node = NO_NODE if line.node is None else catalogue.node(line.node)
            due = () if line.due is None else (to_seconds(line.due, "due"),)
            places = int(catalogue.decimals[sku])
            had[sku, node, *due] -= to_quanta(line.quantity, places, "quantity")
        return had

    def _key_as_it_stands(self, key: tuple[int, ...]) -> tuple[int, ...]:
        """Return a cell with its time, where that has not come yet."""
        return key if len(key) > 2 and key[2] > self._state.now else key[:2]

    def _check_parts(self, asked: HoldColumns) -> None:
        """Refuse kits and packs where nobody could say what makes a whole one."""
        recipes = self._composed.recipes
        apart = asked.of_any(asked.later | asked.at_no_node)
        if not (recipes and apart.any()):
            return
        apart = np.repeat(apart, np.diff(asked.starts))
        here = np.isin(asked.wanted[:, W_SKU], list(recipes)) & apart
        for k in np.flatnonzero(here).tolist():
            sku, node, _ = asked.wanted[k].tolist()
            row = asked.rows[k]
            if self._composed.is_kit(sku):
                expected = "its components: kits are held at a node, and at once"
                text = self._state.catalogue.skus.texts[sku]
                raise ValidationError(f"lines.sku[{row}]", expected, text)
            if node == NO_NODE:
                expected = "a node: packs are promised whole, node by node"
                raise ValidationError(f"lines.node[{row}]", expected, None)

    # -- parts -------------------------------------------------------------------------

    def _take_each(
        self, step: Callable[[State, str, Cells | None], Step], asked: HoldColumns
    ) -> NDArray[np.int8]:
        """Let parts go, or give them back, one reservation after the other."""
        starts, keys = asked.starts.tolist(), asked.keys()
        quanta = asked.wanted[:, W_QUANTITY].tolist()

        def take(i: int) -> Status:
            cells = _summed(range(starts[i], starts[i + 1]), keys, quanta)
            if self._composed:
                cells = self._composed.unpacked(cells)
            found = step(self._state, asked.ids[i], as_of(cells, self._state.now))
            self._commit(found.batch)
            return found.status

        return np.array(self._in_turn(range(len(asked.ids)), take), np.int8)

    def _in_turn(self, each: Iterable[Any], step: Callable[[Any], Status]) -> list[int]:
        """Take steps one after the other; the log has them as one batch."""
        self._withheld = []
        try:
            return [int(step(one)) for one in each]
        finally:
            decided, self._withheld = self._withheld, None
            if decided:
                self._note(concat(decided))


def _summed(
    lines: Iterable[int], keys: list[tuple[int, ...]], quanta: list[int]
) -> Cells:
    found: Cells = {}
    for k in lines:
        found[keys[k]] = found.get(keys[k], 0) + quanta[k]
    return found
