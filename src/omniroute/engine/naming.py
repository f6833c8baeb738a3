"""Ids that callers name, as numbers; an error tells which of them there is not."""

from __future__ import annotations

from collections.abc import Iterable

from omniroute.model.checks import texts
from omniroute.stock.ids import Catalogue


def sku_numbers(catalogue: Catalogue, skus: Iterable[str], path: str) -> list[int]:
    """Return numbers of SKUs, in the order named."""
    names = texts(skus, path)
    return [catalogue.sku(sku, f"{path}[{i}]") for i, sku in enumerate(names)]


def node_numbers(catalogue: Catalogue, nodes: Iterable[str], path: str) -> list[int]:
    """Return numbers of nodes, in the order named."""
    names = texts(nodes, path)
    return [catalogue.node(node, f"{path}[{i}]") for i, node in enumerate(names)]
