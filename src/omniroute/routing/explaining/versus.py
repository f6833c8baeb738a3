"""The difference of two plans for the same lines."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs

from omniroute._show import (
    Rows,
    Shown,
    aligned,
    counted,
    html_table,
    html_text,
    told,
)
from omniroute.errors import ValidationError
from omniroute.model.money import minus, total
from omniroute.model.quantity import total_units
from omniroute.routing.explaining.decision import Decision, decision_of, money_of
from omniroute.routing.explaining.telling import difference, later
from omniroute.routing.plan_answer import TERMS, PlanAnswer
from omniroute.routing.shipment import Shipment

if TYPE_CHECKING:
    from omniroute.routing.shipment import PlanLine

Units = int | Decimal


@attrs.frozen
class TermDifference:
    """One cost term over all shipments of both plans.

    Parameters
    ----------
    name
        Of the term.
    a, b
        Money in each plan.
    more
        What ``b`` has more than ``a``.
    """

    name: str
    a: Decimal
    b: Decimal
    more: Decimal


@attrs.frozen
class LineDifference:
    """One line of the order: where each plan has it from.

    Parameters
    ----------
    sku
        Id, as ordered.
    a, b
        (node, service, units, SKU sent) of every shipment that serves it.
    """

    sku: str
    a: tuple[tuple[str, str, Units, str], ...]
    b: tuple[tuple[str, str, Units, str], ...]

    @property
    def same(self) -> bool:
        """Whether both plans serve it alike."""
        return sorted(self.a) == sorted(self.b)


@attrs.frozen
class ShipmentDifference:
    """What a node sends by a service in each plan; None where it sends nothing."""

    node: str
    service: str
    a: Shipment | None
    b: Shipment | None

    @property
    def same(self) -> bool:
        """Whether it is the very same shipment in both."""
        return self.a == self.b


@attrs.frozen(repr=False)
class PlanDifference(Shown):
    """What plan ``b`` would be instead of plan ``a``.

    Parameters
    ----------
    a, b
        Both in plain values.
    terms
        Every cost term.
    lines
        Every line of the order.
    shipments
        Every node and service that either plan uses: those of ``a`` first.
    """

    a: Decision
    b: Decision
    terms: tuple[TermDifference, ...]
    lines: tuple[LineDifference, ...]
    shipments: tuple[ShipmentDifference, ...]

    @property
    def same(self) -> bool:
        """Whether both plans do the same."""
        shipments = all(each.same for each in self.shipments)
        return shipments and all(each.same for each in self.lines)

    @property
    def cost(self) -> Decimal:
        """What ``b`` costs more than ``a``, in cash."""
        return minus(self.b.cost, self.a.cost)

    @property
    def objective(self) -> Decimal:
        """How much more ``b`` comes to, by what was minimised."""
        return minus(self.b.objective, self.a.objective)

    @property
    def transit_days(self) -> int:
        """How many days later the last shipment of ``b`` arrives."""
        return (self.b.transit_days or 0) - (self.a.transit_days or 0)

    @property
    def short(self) -> Units:
        """How many more units are short in ``b``."""
        short = [_short(self.a.shortages), _short(self.b.shortages)]
        found = minus(Decimal(short[1]), Decimal(short[0]))
        return int(found) if found == int(found) else found

    @property
    def headline(self) -> str:
        """The difference in a sentence."""
        if self.same:
            return "No difference."
        parts = [difference(self.b.cost, self.a.cost)]
        changed = [term for term in self.terms if term.more]
        if len(changed) > 1:
            each = (f"{difference(t.b, t.a)} {t.name}" for t in changed)
            parts[0] += f" ({', '.join(each)})"
        elif changed:
            parts[0] += f" ({changed[0].name})"
        more = len(self.b.shipments) - len(self.a.shipments)
        if more:
            parts.append(_more(more, "shipment"))
        if self.transit_days:
            parts.append(later(self.transit_days))
        if self.short:
            noun = "unit" if abs(self.short) == 1 else "units"
            more_less = "more" if self.short > 0 else "fewer"
            parts.append(f"{abs(self.short)} {noun} {more_less} short")
        return f"{'; '.join(parts)}."

    LEFT = (0,)

    def _rows(self) -> Rows:
        """Cost terms, then what they come to."""
        rows = [["", "a", "b", "difference"]]
        rows += [[t.name, str(t.a), str(t.b), _signed(t.more)] for t in self.terms]
        rows.append(["cost", str(self.a.cost), str(self.b.cost), _signed(self.cost)])
        if (self.a.objective, self.b.objective) != (self.a.cost, self.b.cost):
            both = [str(self.a.objective), str(self.b.objective)]
            rows.append(["objective", *both, _signed(self.objective)])
        counts = len(self.a.shipments), len(self.b.shipments)
        rows.append(["shipments", *map(str, counts), _signed(counts[1] - counts[0])])
        days = told(self.a.transit_days), told(self.b.transit_days)
        rows.append(["days", *days, _signed(self.transit_days)])
        short = _short(self.a.shortages), _short(self.b.shortages)
        if any(short):
            rows.append(["units short", *map(str, short), _signed(self.short)])
        return rows

    def _line_rows(self) -> Rows:
        rows = [["line", "a", "b"]]
        for line in self.lines:
            same = "the same" if line.same else _places(line.b, line.sku)
            rows.append([line.sku, _places(line.a, line.sku), same])
        return rows

    def _shipment_rows(self) -> Rows:
        rows = [["node", "service", "a", "b", "difference"]]
        for each in self.shipments:
            a, b = (Decimal(0) if x is None else x.cost for x in (each.a, each.b))
            shown = ["" if x is None else str(x.cost) for x in (each.a, each.b)]
            rows.append([each.node, each.service, *shown, _signed(minus(b, a))])
        return rows

    def __str__(self) -> str:
        parts = [self.headline, self.table()]
        parts.append(aligned(self._shipment_rows(), (0, 1)))
        return "\n\n".join([*parts, aligned(self._line_rows(), (0, 1, 2))])

    def __repr__(self) -> str:
        return f"PlanDifference({self.headline.rstrip('.')})"

    def _repr_html_(self) -> str:
        tables = [
            html_table(self._rows()),
            html_table(self._shipment_rows(), (0, 1)),
            html_table(self._line_rows(), (0, 1, 2)),
        ]
        return "".join([html_text(self.headline), *tables])

    def to_dict(self) -> dict[str, Any]:
        """Return it as what JSON knows; quantities and money are texts, exact."""
        return {
            "headline": self.headline,
            "a": self.a.to_dict(),
            "b": self.b.to_dict(),
            "terms": [
                {"name": t.name, "a": str(t.a), "b": str(t.b), "more": str(t.more)}
                for t in self.terms
            ],
            "cost": str(self.cost),
            "objective": str(self.objective),
            "transit_days": self.transit_days,
            "short": str(self.short),
            "lines": [
                {"sku": x.sku, "same": x.same, "a": _told(x.a), "b": _told(x.b)}
                for x in self.lines
            ],
        }


def compare_plans(a: PlanAnswer, b: PlanAnswer) -> PlanDifference:
    """Return what plan ``b`` would be instead of plan ``a``.

    Of one engine or two, under one policy or two; for the same lines.

    Raises
    ------
    ValidationError
        Not two plans, or plans for other lines.

    Examples
    --------
    >>> import omniroute as om
    >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
    >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
    >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("MUG")])
    >>> engine.apply([om.Receive("MUG", "N1", 4), om.Receive("MUG", "N2", 3)])
    Applied(2)
    >>> order = om.Order({"MUG": 2}, om.Destination(postcode="55425"))
    >>> plan = engine.route(order)
    >>> other = engine.route(order, policy=om.RoutingPolicy(exclude_nodes=["N1"]))
    >>> compare_plans(plan, other)
    PlanDifference(1.00 more (handling_order))
    """
    for path, plan in (("a", a), ("b", b)):
        if not isinstance(plan, PlanAnswer):
            raise ValidationError(path, "a Plan", plan)
    wanted = _wanted(a)
    if _wanted(b) != wanted:
        raise ValidationError("b", "a plan for the same lines", b)
    return PlanDifference(
        decision_of(a),
        decision_of(b),
        tuple(_term(name, a, b) for name in _names(a, b)),
        tuple(LineDifference(sku, _from(a, sku), _from(b, sku)) for sku in wanted),
        _shipments(a, b),
    )


def _wanted(plan: PlanAnswer) -> dict[str, Units]:
    return {line.sku: line.quantity for line in plan.lines}


def _term(name: str, a: PlanAnswer, b: PlanAnswer) -> TermDifference:
    one, other = (
        total(money_of(x).get(name, Decimal(0)) for x in plan.shipments)
        for plan in (a, b)
    )
    return TermDifference(name, one, other, minus(other, one))


def _names(a: PlanAnswer, b: PlanAnswer) -> list[str]:
    """Return the cost terms of either plan, those that all plans have first."""
    names = (name for plan in (a, b) for x in plan.shipments for name in money_of(x))
    return list(dict.fromkeys([*TERMS, *names]))


def _from(plan: PlanAnswer, sku: str) -> tuple[tuple[str, str, Units, str], ...]:
    return tuple(
        (shipment.node, shipment.service, line.quantity, line.sku)
        for shipment in plan.shipments
        for line in shipment.lines
        if (line.instead_of or line.sku) == sku
    )


def _shipments(a: PlanAnswer, b: PlanAnswer) -> tuple[ShipmentDifference, ...]:
    sides = [{(x.node, x.service): x for x in plan.shipments} for plan in (a, b)]
    return tuple(
        ShipmentDifference(*pair, sides[0].get(pair), sides[1].get(pair))
        for pair in dict.fromkeys([*sides[0], *sides[1]])
    )


def _short(lines: Iterable[PlanLine]) -> Units:
    return total_units(line.quantity for line in lines)


def _more(number: int, noun: str) -> str:
    return f"{counted(abs(number), noun)} {'more' if number > 0 else 'fewer'}"


def _signed(number: Units) -> str:
    if not number:
        return ""
    return f"+{number}" if number > 0 else str(number)


def _places(sources: Iterable[tuple[str, str, Units, str]], sku: str) -> str:
    parts = [
        f"{node} {units}" + (f" {sent}" if sent != sku else "")
        for node, _, units, sent in sources
    ]
    return ", ".join(parts) or "nowhere"


def _told(sources: Iterable[tuple[str, str, Units, str]]) -> list[dict[str, str]]:
    names = ("node", "service", "quantity", "sku")
    return [dict(zip(names, map(str, source), strict=True)) for source in sources]
