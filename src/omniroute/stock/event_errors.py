"""What the state refused, said in the words of the event it came from."""

from __future__ import annotations

import re
from typing import Any

from omniroute.codes import QUANTITY_MAX
from omniroute.errors import OmnirouteError, ValidationError
from omniroute.model.quantity import from_quanta
from omniroute.stock.any_event import EFFECT_OF, AnyEvent
from omniroute.stock.ids import Catalogue

_FACTS = frozenset(map(int, EFFECT_OF.values()))
_EFFECT = re.compile(r"effects\[([0-9]+)\]")


def effect_at(error: ValidationError) -> int | None:
    """Place of the effect an error of `State.apply` names."""
    match = _EFFECT.fullmatch(error.path)
    return int(match[1]) if match else None


def as_event_error(error: OmnirouteError, event: AnyEvent, catalogue: Catalogue) -> Any:
    """Return the error of a single event: about a field of it, or about the whole."""
    if not isinstance(error, ValidationError) or effect_at(error) is None:
        return error
    told = as_fact_error(error, "quantity", catalogue)
    return told or ValidationError("event", error.expected, event)


def as_fact_error(
    error: ValidationError, path: str, catalogue: Catalogue
) -> ValidationError | None:
    """Return what the state said of a row in the words of the fact it is, if it is one.

    All that can still be wrong with a checked fact about a cell is that it would take
    the cell out of bounds.
    """
    found: Any = error.found
    what, number, node, quanta = found[:4]
    if what not in _FACTS:
        return None
    places = int(catalogue.decimals[number])
    sku, place = catalogue.skus.texts[number], catalogue.nodes.texts[node]
    most = from_quanta(QUANTITY_MAX, places)
    expected = f"stock of SKU {sku!r} at node {place!r} to stay within {most} units"
    return ValidationError(path, expected, from_quanta(quanta, places))
