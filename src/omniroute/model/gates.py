"""Gates on stock: nodes that a policy does not ask for what they have little of."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import attrs
from attrs import field

from omniroute.codes import NODE_KINDS, QUANTITY_MAX
from omniroute.errors import ConfigurationError
from omniroute.model.checks import one_of, text, texts
from omniroute.model.exact import Number, from_scaled, to_scaled

#: Decimals of a quantity at the finest, and of a share.
_UNIT_DECIMALS = 3
_SHARE_DECIMALS = 4


def _name(value: str) -> str:
    return text(value, "name", ConfigurationError)


def _units(value: Number, path: str) -> Decimal:
    thousandths = to_scaled(value, _UNIT_DECIMALS, path, error=ConfigurationError)
    if not 0 <= thousandths <= QUANTITY_MAX * 10**_UNIT_DECIMALS:
        expected = f"units from 0 to {QUANTITY_MAX:,}"
        raise ConfigurationError(path, expected, value)
    return from_scaled(thousandths, _UNIT_DECIMALS)


def _least(value: Number) -> Decimal:
    return _units(value, "min_units")


def _kept(value: Number) -> Decimal:
    return _units(value, "keep_units")


def _share(value: Number) -> Decimal:
    share = to_scaled(value, _SHARE_DECIMALS, "min_share", error=ConfigurationError)
    if not 0 <= share <= 10**_SHARE_DECIMALS:
        raise ConfigurationError("min_share", "a share from 0 to 1", value)
    return from_scaled(share, _SHARE_DECIMALS)


def _node_kinds(value: Iterable[str]) -> tuple[str, ...]:
    kinds = texts(value, "node_kinds", ConfigurationError)
    for i, kind in enumerate(kinds):
        one_of(kind, f"node_kinds[{i}]", NODE_KINDS, ConfigurationError)
    return kinds


def _nodes(value: Iterable[str]) -> tuple[str, ...]:
    return texts(value, "nodes", ConfigurationError)


def _skus(value: Iterable[str]) -> tuple[str, ...]:
    return texts(value, "skus", ConfigurationError)


def _item_classes(value: Iterable[str]) -> tuple[str, ...]:
    return texts(value, "item_classes", ConfigurationError)


@attrs.frozen
class StockGate:
    """Nodes that are not asked for an item of which they have too little.

    What a node has is what it can promise to who orders, of the item as it lies in
    stock: a kit is as open as its components. Safety stock and all that is held are off
    already. Gates look at stock as a decision finds it, whatever the order wants: a node
    at the level is asked, and may then be emptied but for what it keeps.

    Parameters
    ----------
    name
        What reports call it.
    min_units
        A node that has fewer is not asked for the item.
    min_share
        Nor one that has a smaller share of what lies there, promised or not: 0.2 shuts
        nodes that can promise less than a fifth of their stock on hand.
    keep_units
        A node never sends its last so many units.
    node_kinds, nodes
        Whom it is for; all nodes if both are left out.
    skus, item_classes
        What it is for; all items if both are left out.

    Raises
    ------
    ConfigurationError
        One of these cannot be, or the gate shuts nothing.

    Examples
    --------
    >>> StockGate("ten in a store", min_units=10, node_kinds=["store"]).min_units
    Decimal('10')
    """

    name: str = field(converter=_name)
    min_units: Decimal = field(default=Decimal(0), converter=_least)
    min_share: Decimal = field(default=Decimal(0), converter=_share)
    keep_units: Decimal = field(default=Decimal(0), converter=_kept)
    node_kinds: tuple[str, ...] = field(default=(), converter=_node_kinds)
    nodes: tuple[str, ...] = field(default=(), converter=_nodes)
    skus: tuple[str, ...] = field(default=(), converter=_skus)
    item_classes: tuple[str, ...] = field(default=(), converter=_item_classes)

    def __attrs_post_init__(self) -> None:
        if not (self.min_units or self.min_share or self.keep_units):
            expected = "min_units, min_share or keep_units above 0"
            raise ConfigurationError("min_units", expected, self.min_units)


def stock_gates(value: Iterable[Any], path: str) -> tuple[StockGate, ...]:
    """Check the gates of a policy: each a `StockGate`, of a name of its own."""
    if isinstance(value, str | bytes | StockGate) or not isinstance(value, Iterable):
        raise ConfigurationError(path, "a sequence of StockGate objects", value)
    gates = tuple(value)
    for i, gate in enumerate(gates):
        if not isinstance(gate, StockGate):
            raise ConfigurationError(f"{path}[{i}]", "a StockGate", gate)
        if gate.name in [other.name for other in gates[:i]]:
            expected = "a name not given before"
            raise ConfigurationError(f"{path}[{i}].name", expected, gate.name)
    return gates
