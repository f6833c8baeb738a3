"""What gates leave of what a node has: one node, one item, gate by gate."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any


def left(
    gates: Sequence[Any], node: Any, item: Any, can_promise: Any, on_hand: Any
) -> Fraction:
    """Return the units that a node may still be asked for of an item."""
    keep = Fraction(0)
    for gate in gates:
        if gate.node_kinds and node.kind not in gate.node_kinds:
            continue
        if gate.nodes and node.id not in gate.nodes:
            continue
        if gate.skus and item.sku not in gate.skus:
            continue
        if gate.item_classes and item.item_class not in gate.item_classes:
            continue
        if can_promise < gate.min_units:
            return Fraction(0)
        if Fraction(can_promise) < Fraction(gate.min_share) * Fraction(on_hand):
            return Fraction(0)
        keep = max(keep, Fraction(gate.keep_units))
    return max(Fraction(0), Fraction(can_promise) - keep)
