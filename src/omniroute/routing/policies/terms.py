"""What the library's own cost terms come to: each a small function over candidates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import MONEY_SCALE, NODE_KINDS, SHARE_ONE, SHORT_UNIT
from omniroute.errors import ConfigurationError, ValidationError
from omniroute.model.cost_term import CostTerm
from omniroute.model.exact import Number
from omniroute.model.network import Network
from omniroute.routing.policies.candidates import LaneCandidates, StockCandidates
from omniroute.routing.policies.told import Told
from omniroute.stock.ids import Catalogue

I8 = NDArray[np.int64]
F8 = NDArray[np.float64]

#: Most money of one amount: with cash and other prices below what a shipment may cost.
AMOUNT_MAX = SHORT_UNIT >> 8


#: SKUs whose prices by node are kept.
WORTHS_MAX = 256


class Names(NamedTuple):
    """What turns ids into the numbers of candidates."""

    network: Network
    catalogue: Catalogue
    #: Units of a lot of a SKU number: of a pack; 1 of what is no pack.
    lot: Callable[[int], int]
    #: Probabilities, in 1/10,000, that units of SKU numbers are found at node indices.
    found: Callable[[I8, I8], I8]
    #: Units of each SKU number in a unit of a kit; nothing of what is no kit.
    parts: Callable[[int], Mapping[int, float]]
    #: Worked out before: by prices and SKU number, what a unit is worth at each node.
    worths: dict[tuple[Any, int], F8]
    #: What terms are told in place of what asks and the stock say.
    told: Told


def _packaging(
    lanes: LaneCandidates, _: Names, *, amount: Number, node_kinds: Sequence[str]
) -> F8:
    kinds = [NODE_KINDS.index(kind) for kind in node_kinds or NODE_KINDS]
    return np.where(np.isin(lanes.node_kind, kinds), float(amount), 0.0)


def _surcharge(
    lanes: LaneCandidates,
    names: Names,
    *,
    amount: Number,
    services: Sequence[str],
    node_kinds: Sequence[str],
) -> F8:
    index = names.network.service_index
    chosen = [index(each, f"services[{i}]") for i, each in enumerate(services)]
    told = _packaging(lanes, names, amount=amount, node_kinds=node_kinds)
    return told * np.isin(lanes.service, chosen) if chosen else told


def _lateness(
    lanes: LaneCandidates, _: Names, *, per_day: Number, after_days: int | None = None
) -> F8:
    late = lanes.days_late
    if after_days is not None:
        late = np.maximum(lanes.transit_days - after_days, 0)
    return late.astype(np.float64) * float(per_day)


def _node_price(
    stock: StockCandidates, names: Names, *, prices: Mapping[str, Any]
) -> F8:
    found = np.zeros(len(stock.node))
    for sku in np.unique(stock.sku).tolist():
        at = stock.sku == sku
        found[at] = _worths(prices, sku, names)[stock.node[at]]
    return found


def _worths(prices: Mapping[str, Any], sku: int, names: Names) -> F8:
    """float64[N]: what a unit of a SKU is worth at each node. O(prices), then O(1)."""
    known = names.worths
    found = known.get((prices, sku))
    if found is None:
        if len(known) >= WORTHS_MAX:
            known.clear()
        found = known[prices, sku] = np.zeros(len(names.network.nodes))
        for node, price in prices.items():
            found[names.network.node_index(node)] = _worth(price, sku, names)
    return found


def _worth(price: Any, sku: int, names: Names) -> float:
    """Return what a unit is worth at a node: of a kit without a price, its components."""
    skus = names.catalogue.skus.texts
    own = price.get(skus[sku]) if isinstance(price, Mapping) else price
    parts = names.parts(sku)
    if own is not None and (not parts or isinstance(price, Mapping)):
        return float(own)
    units = parts.items()
    return float(sum(count * _worth(price, part, names) for part, count in units))


def _markdown_credit(
    stock: StockCandidates, names: Names, *, credits: Mapping[str, Any]
) -> F8:
    return -_node_price(stock, names, prices=credits)


def _failed_pick(stock: StockCandidates, names: Names, *, penalty: Number) -> F8:
    missing: F8 = 1 - names.found(stock.sku, stock.node) / SHARE_ONE
    return missing * float(penalty)


def _stock_out_penalty(
    stock: StockCandidates, _: Names, *, amount: Number, below: int
) -> F8:
    left = stock.held - np.minimum(stock.held, stock.wanted)
    return np.where(left < below * stock.scale, float(amount), 0.0)


BUILT_IN: dict[str, Callable[..., F8]] = {
    "packaging": _packaging,
    "lateness": _lateness,
    "node_price": _node_price,
    "markdown_credit": _markdown_credit,
    "stock_out_penalty": _stock_out_penalty,
    "surcharge": _surcharge,
    "failed_pick": _failed_pick,
}


def amounts(
    term: CostTerm, candidates: LaneCandidates | StockCandidates, names: Names
) -> I8:
    """Return a term's money for each candidate, in 1/10,000 of the currency unit.

    Raises
    ------
    ValidationError
        The function does not return one finite number a row, or money beyond what
        search keys carry; or it is below 0 for a shipment although the term merges.
    """
    if isinstance(term.function, str):
        told = built_in(term)(candidates, names, **term.parameters)
    else:
        told = term.function(candidates, **term.parameters)
    path = f"policy.terms[{term.name!r}]"
    try:
        if np.asarray(told).dtype.kind in "SU":
            raise TypeError("text")
        money = np.asarray(told, np.float64) * MONEY_SCALE
    except (TypeError, ValueError):
        raise ValidationError(path, "a number a candidate", told) from None
    rows = len(candidates.node)
    if money.shape != (rows,) or not np.isfinite(money).all():
        raise ValidationError(path, f"{rows} finite numbers", told)
    if rows and np.abs(money).max() > AMOUNT_MAX:
        expected = f"amounts up to {AMOUNT_MAX / MONEY_SCALE:,.0f}"
        raise ValidationError(path, expected, told)
    if term.per == "shipment" and term.merges and rows and money.min() < 0:
        expected = "amounts from 0: two credits would be better than one; merges=False"
        raise ValidationError(path, expected, told)
    return np.rint(money).astype(np.int64)


def reads_lateness(term: CostTerm) -> bool:
    """Whether a term may count what it does by the time that an order is needed by."""
    if term.function == "lateness":
        return "after_days" not in term.parameters
    return callable(term.function) and term.per == "shipment"


def require_known(term: CostTerm, names: Names) -> None:
    """Require that there is a function, and what its parameters name.

    Raises
    ------
    ConfigurationError, UnknownIdError
        There is none of that name; a node, service or SKU that there is not.
    """
    if not isinstance(term.function, str):
        return
    built_in(term)
    path = f"policy.terms[{term.name!r}].parameters"
    for i, service in enumerate(term.parameters.get("services", ())):
        names.network.service_index(service, f"{path}.services[{i}]")
    for key in ("prices", "credits"):
        for node, price in term.parameters.get(key, {}).items():
            where = f"{path}.{key}[{node!r}]"
            names.network.node_index(node, where)
            for sku in price if isinstance(price, Mapping) else ():
                names.catalogue.sku(sku, f"{where}[{sku!r}]")


def built_in(term: CostTerm) -> Callable[..., F8]:
    """Return the function that a term names.

    Raises
    ------
    ConfigurationError
        There is none of that name.
    """
    found = BUILT_IN.get(str(term.function))
    if found is None:
        path = f"policy.terms[{term.name!r}].function"
        raise ConfigurationError(path, "one of " + ", ".join(BUILT_IN), term.function)
    return found
