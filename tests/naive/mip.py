"""The best plan as a mixed-integer programme in HiGHS, counted again in integers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import OptimizeResult, milp

from .dominance import undominated
from .evaluate import evaluate
from .mip_model import Model, Scope, build, heaviest
from .routing_instance import Instance

Plan = list[tuple[int, dict[int, int]]]


class SolverDisagreesError(AssertionError):
    """What the solver says and what its plan counts to are not the same."""


class SolverUnfinishedError(Exception):
    """The solver was given up on before it had closed its gap."""


@dataclass(frozen=True)
class MipPlan:
    """What HiGHS found: figures counted again from `shipments`.

    `latest` is the latest transit of this very plan; under ``cheapest`` another plan of
    the same cost may have another.
    """

    units: int
    latest: int | None
    cost: int
    shipments: tuple[tuple[int, dict[int, int]], ...]


def mip_best(
    instance: Instance,
    objective: str,
    max_shipments: int | None = None,
    *,
    prune: bool = True,
    patience_s: float | None = None,
) -> tuple[int, int | None, int]:
    """Return (units served, latest transit, cost) of the best plan.

    `latest` is None for an empty plan and under ``cheapest``, which leaves it open.

    Raises
    ------
    SolverUnfinishedError
        HiGHS needed more than `patience_s` for one of its programmes.
    SolverDisagreesError
        HiGHS's plan breaks a rule, or its figures are not proven to within half of the
        least amount of money.
    """
    plan = mip_plan(
        instance, objective, max_shipments, prune=prune, patience_s=patience_s
    )
    return plan.units, plan.latest if objective == "fastest" else None, plan.cost


def mip_plan(
    instance: Instance,
    objective: str,
    max_shipments: int | None = None,
    *,
    prune: bool = True,
    patience_s: float | None = None,
) -> MipPlan:
    """Return the best plan, in phases: units, then transit, then cost.

    With `prune` False every option is in the model, also those that another one can
    always stand in for: the plain way to ask, several times slower.
    """
    assert objective in ("cheapest", "fastest"), objective
    options = tuple(range(len(instance.options)))
    units = most_units(instance, options, max_shipments, patience_s)
    if units == 0 or (instance.complete_only and units < instance.asked):
        return MipPlan(0, None, 0, ())
    if objective == "fastest":
        options = _within_least_transit(instance, units, max_shipments, patience_s)
    scope = scope_of(instance, options, max_shipments, units)
    if prune:
        kept = undominated(instance, scope.options, scope.most, by_price=True)
        scope = replace(scope, options=kept)
    shipments = _solved(instance, scope, patience_s)
    found = evaluate(instance, shipments, max_shipments)
    _agree(found.units == units, f"{found.units} units instead of {units}")
    return MipPlan(units, found.latest, found.cost, tuple(shipments))


def most_units(
    instance: Instance,
    options: tuple[int, ...],
    max_shipments: int | None,
    patience_s: float | None = None,
) -> int:
    """Return the most quanta that any plan over these options serves."""
    most = most_by_option(instance, options)
    each = most_by_line(instance, most)
    unlimited = max_shipments is None or max_shipments >= len(most)
    if unlimited and not any(_is_capped(instance, o, most[o]) for o in most):
        return sum(each)
    scope = scope_of(instance, options, max_shipments, units=None)
    kept = undominated(instance, scope.options, scope.most, by_price=False)
    plan = _solved(instance, replace(scope, options=kept), patience_s)
    return evaluate(instance, plan, max_shipments).units


def scope_of(
    instance: Instance,
    options: Iterable[int],
    max_shipments: int | None,
    units: int | None,
) -> Scope:
    """Return what a plan over these options may use.

    Asked with the most units there are, the plan is to serve those at least cost; asked
    with None, it is to serve the most units.
    """
    most = most_by_option(instance, options)
    each = most_by_line(instance, most)
    served = each if sum(each) == units else None
    if served is not None:
        most = _only_full(instance, most, served)
    return Scope(
        options=tuple(most),
        most=most,
        fixed=_fixed(instance, most, served),
        max_shipments=max_shipments,
        total=units,
        served=served,
    )


def most_by_option(
    instance: Instance, options: Iterable[int]
) -> dict[int, dict[int, int]]:
    """Return, by option and line, the most quanta that one shipment can carry."""
    reach: dict[int, dict[int, int]] = {}
    for o in options:
        heaviest_g = instance.options[o].price.heaviest_g
        most: dict[int, int] = {}
        for i, line in enumerate(instance.lines):
            quanta = min(line.quantity, instance.stock(o, i))
            if line.weight_g:
                quanta = min(quanta, heaviest_g * line.scale // line.weight_g)
            if quanta:
                most[i] = quanta
        if most:
            reach[o] = most
    return reach


def most_by_line(
    instance: Instance, most: dict[int, dict[int, int]]
) -> tuple[int, ...]:
    """Return, by line, the most quanta it can get when it is the only one."""
    each = []
    for i, line in enumerate(instance.lines):
        by_node = _most_by_node(instance, most, i)
        if instance.one_node[i]:
            each.append(max(by_node.values(), default=0))
        else:
            each.append(min(line.quantity, sum(by_node.values())))
    return tuple(each)


def _most_by_node(
    instance: Instance, most: dict[int, dict[int, int]], i: int
) -> dict[int, int]:
    by_node: dict[int, int] = {}
    for o, lines in most.items():
        node = instance.options[o].node
        by_node[node] = max(by_node.get(node, 0), lines.get(i, 0))
    return by_node


def _is_capped(instance: Instance, o: int, most: dict[int, int]) -> bool:
    return heaviest(instance, most) > instance.options[o].price.heaviest_g


def _only_full(
    instance: Instance, most: dict[int, dict[int, int]], served: tuple[int, ...]
) -> dict[int, dict[int, int]]:
    """Drop what cannot be part of a plan that gives every line what it can get."""
    needed: dict[tuple[int, int], int] = {}
    for i, quanta in enumerate(served):
        by_node = _most_by_node(instance, most, i)
        for node, there in by_node.items():
            if instance.one_node[i]:
                needed[node, i] = quanta
            elif sum(by_node.values()) == quanta:
                needed[node, i] = there
    full = {
        o: {
            i: quanta
            for i, quanta in lines.items()
            if quanta >= needed.get((instance.options[o].node, i), 1)
        }
        for o, lines in most.items()
    }
    return {o: lines for o, lines in full.items() if lines}


def _fixed(
    instance: Instance,
    most: dict[int, dict[int, int]],
    served: tuple[int, ...] | None,
) -> dict[int, dict[int, bool]]:
    """Where carrying a line means carrying all that the option can carry of it.

    True where nothing else could use what is left behind: then leaving it would serve
    fewer units. A shipment that may come to its weight limit is left open.
    """
    whole = [
        instance.one_node[i]
        or sum(_most_by_node(instance, most, i).values()) <= line.quantity
        for i, line in enumerate(instance.lines)
    ]
    free = {
        o: served is None and _is_capped(instance, o, lines)
        for o, lines in most.items()
    }
    return {o: {i: whole[i] and not free[o] for i in most[o]} for o in most}


def _within_least_transit(
    instance: Instance,
    units: int,
    max_shipments: int | None,
    patience_s: float | None,
) -> tuple[int, ...]:
    """Return the options of the least transit that still serves so many units."""

    def within(days: int) -> tuple[int, ...]:
        return tuple(
            o for o, opt in enumerate(instance.options) if opt.transit_days <= days
        )

    days = sorted({option.transit_days for option in instance.options})
    place = bisect_left(
        days,
        units,
        key=lambda d: most_units(instance, within(d), max_shipments, patience_s),
    )
    return within(days[place])


def _solved(instance: Instance, scope: Scope, patience_s: float | None) -> Plan:
    """Return the plan of HiGHS, once its figures stand the count in integers.

    Tolerances can let a variable be a millionth off; asked without presolve, the second
    time, HiGHS takes another way to its answer.
    """
    model = build(instance, scope)
    if not model.cost:
        return []
    try:
        return _trusted(_ask(model, True, patience_s), model, instance, scope)
    except SolverDisagreesError:
        return _trusted(_ask(model, False, patience_s), model, instance, scope)


#: `scipy.optimize.milp`: an iteration or time limit was reached.
_LIMIT_REACHED = 1


def _ask(model: Model, presolve: bool, patience_s: float | None) -> OptimizeResult:
    limit = {} if patience_s is None else {"time_limit": patience_s}
    result = milp(
        np.array(model.cost, dtype=float) / model.money_unit,
        integrality=np.ones(len(model.cost)),
        bounds=model.bounds(),
        constraints=model.constraints(),
        options={"mip_rel_gap": 0.0, "presolve": presolve, **limit},
    )
    if limit and result.status == _LIMIT_REACHED:
        raise SolverUnfinishedError(result.message)
    return result


def _trusted(
    result: OptimizeResult, model: Model, instance: Instance, scope: Scope
) -> Plan:
    _agree(result.status == 0 and result.x is not None, result.message)
    plan = model.quantities(np.rint(result.x), scope)
    try:
        found = evaluate(instance, plan, scope.max_shipments)
    except AssertionError as broken:
        raise SolverDisagreesError(str(broken)) from broken
    counted = -found.units if scope.total is None else found.cost
    scaled = counted / model.money_unit
    _agree(abs(scaled - result.fun) < 0.5, f"{result.fun} told, {scaled} counted")
    bound = result.mip_dual_bound
    _agree(scaled - bound < 0.5, f"{scaled} found, only {bound} proven")
    right_units = scope.total is None or found.units == scope.total
    _agree(right_units, f"{found.units} units instead of {scope.total}")
    return plan


def _agree(holds: bool, text: str) -> None:
    if not holds:
        raise SolverDisagreesError(text)
