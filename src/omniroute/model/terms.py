"""Cost terms by name: how to ask for each; `routing.policies.terms`: what they come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from omniroute.model.cost_term import CostTerm
from omniroute.model.exact import Number

__all__ = [
    "failed_pick",
    "lateness",
    "markdown_credit",
    "node_price",
    "packaging",
    "stock_out_penalty",
    "surcharge",
]


def packaging(
    amount: Number, *, node_kinds: Sequence[str] = (), name: str = "packaging"
) -> CostTerm:
    """Return a term for the box: cash for each shipment, from some kinds of node or all.

    Examples
    --------
    >>> packaging(0.35, node_kinds=["store"]).cash
    True
    """
    given = {"amount": amount, "node_kinds": node_kinds}
    return CostTerm(name, "packaging", "shipment", cash=True, parameters=given)


def surcharge(
    amount: Number,
    *,
    services: Sequence[str] = (),
    node_kinds: Sequence[str] = (),
    name: str = "surcharge",
) -> CostTerm:
    """Return a term for what a carrier adds: cash for each shipment.

    By some services, from some kinds of node; all where none are named.

    Examples
    --------
    >>> surcharge(2.5, services=["express"]).cash
    True
    """
    given = {
        "amount": amount,
        "services": services,
        "node_kinds": node_kinds,
    }
    return CostTerm(name, "surcharge", "shipment", cash=True, parameters=given)


def lateness(
    per_day: Number, *, after_days: int | None = None, name: str = "lateness"
) -> CostTerm:
    """Return a term for late shipments: a penalty for each day beyond so many.

    None: for each day, begun or full, after the order is needed (`Order.needed_by`) under
    a policy whose ``needed_by`` is ``"soft"``. An order that states no time is never late.

    Examples
    --------
    >>> lateness(4, after_days=2).cash
    False
    >>> lateness(4).parameters
    {'per_day': 4}
    """
    given = {"per_day": per_day}
    if after_days is not None:
        given["after_days"] = after_days
    return CostTerm(name, "lateness", "shipment", parameters=given)


def node_price(prices: Mapping[str, Any], *, name: str = "node_price") -> CostTerm:
    """Return a term for what a unit is worth where it lies.

    ``prices`` are by node, or by node and SKU: ``{"S1": 0.5, "S2": {"CUP": 2}}``.

    Examples
    --------
    >>> node_price({"S1": 0.5}).per
    'item'
    """
    return CostTerm(name, "node_price", "item", parameters={"prices": prices})


def markdown_credit(
    credits: Mapping[str, Any], *, name: str = "markdown_credit"
) -> CostTerm:
    """Return a term that favours units which would be marked down: `node_price` below 0.

    Examples
    --------
    >>> markdown_credit({"S1": {"CUP": 3}}).function
    'markdown_credit'
    """
    given = {"credits": credits}
    return CostTerm(name, "markdown_credit", "item", parameters=given)


def failed_pick(penalty: Number, *, name: str = "failed_pick") -> CostTerm:
    """Return a term for units that may not be found: the penalty times their chance.

    A unit counts ``penalty * (1 - p)`` where the engine was told that it is found with
    probability p (`Engine.set_find`); a kit is found with all of its components. It is
    the expected cost of one attempt: whom to ask next is `Engine.attempts`.

    Examples
    --------
    >>> failed_pick(8).per
    'item'
    """
    return CostTerm(name, "failed_pick", "item", parameters={"penalty": penalty})


def stock_out_penalty(
    amount: Number, *, below: int, name: str = "stock_out_penalty"
) -> CostTerm:
    """Return a term for leaving a node with less than so many units: a penalty a unit.

    It is that of the whole line, also where less of it is sent.

    Examples
    --------
    >>> stock_out_penalty(1.5, below=2).per
    'item'
    """
    given = {"amount": amount, "below": below}
    return CostTerm(name, "stock_out_penalty", "item", parameters=given)
