"""Why so many of a kit can be promised: node by node, what holds it down."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

import attrs
import numpy as np

from omniroute._show import Rows, Shown, told
from omniroute.stock.composed import Shelf, units_of
from omniroute.stock.ids import Catalogue

Units: TypeAlias = int | Decimal | float


@attrs.frozen
class KitAtNode:
    """What one node can make of a kit.

    Parameters
    ----------
    node
        Id.
    units
        Kits that it can promise; infinity where there is no end of them.
    components
        Units of each component that it can promise, by SKU.
    limiting
        SKU of the component that runs out first.
    """

    node: str
    units: Units
    components: dict[str, Units]
    limiting: str


@attrs.frozen
class KitStock(Shown):
    """What a network can make of a kit.

    Parameters
    ----------
    sku
        Id of the kit.
    units
        Kits that it can promise, over all nodes.
    components
        Units of each component in a kit, nested kits taken apart, by SKU.
    nodes
        The nodes that have any of the components.
    """

    sku: str
    units: Units
    components: dict[str, Units]
    nodes: tuple[KitAtNode, ...]

    def _rows(self) -> Rows:
        """Return a row a node."""
        rows = [
            [at.node, *map(told, (at.units, *at.components.values())), at.limiting]
            for at in self.nodes
        ]
        return [["", self.sku, *self.components, "limiting"], *rows]


def kit_stock(
    catalogue: Catalogue, shelf: Shelf, sku: int, parts: dict[int, int]
) -> KitStock:
    """Return what nodes can make of a kit with these quanta of each part in a lot."""
    texts, nodes = catalogue.skus.texts, catalogue.nodes.texts
    has = np.array([shelf.part(part)[0] for part in parts])
    lots = has // np.array(list(parts.values()))[:, None]
    made, least = shelf.by_node(sku), lots.argmin(axis=0)
    numbers = list(parts)
    found = [
        KitAtNode(
            nodes[node],
            units_of(catalogue, sku, int(made[node])),
            {
                texts[part]: units_of(catalogue, part, int(quanta))
                for part, quanta in zip(numbers, has[:, node], strict=True)
            },
            texts[numbers[least[node]]],
        )
        for node in np.flatnonzero(has.any(axis=0)).tolist()
    ]
    inside = {texts[part]: units_of(catalogue, part, n) for part, n in parts.items()}
    return KitStock(
        texts[sku], units_of(catalogue, sku, shelf.at(sku)), inside, tuple(found)
    )
