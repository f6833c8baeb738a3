"""Rules as text: what a journal keeps of them, the same for the same rules."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, TypeVar

import attrs

from omniroute.errors import OmnirouteError, ValidationError
from omniroute.model.oversell import OversellRule
from omniroute.model.safety import SafetyRule

R = TypeVar("R", SafetyRule, OversellRule)


def text_of(rules: Iterable[SafetyRule] | Iterable[OversellRule]) -> str:
    """Return rules as one text, in an order of their own; no rules are no text.

    Examples
    --------
    >>> text_of([SafetyRule(2, sku="BOLT")])
    '[{"quantity": "2", "sku": "BOLT"}]'
    >>> text_of([])
    ''
    """
    rows = sorted((_said(rule) for rule in rules), key=lambda row: sorted(row.items()))
    return json.dumps(rows, sort_keys=True) if rows else ""


def rules_of(text: str, kind: type[R]) -> tuple[R, ...]:
    """Return the rules that a text tells.

    Raises
    ------
    ValidationError
        It tells none.

    Examples
    --------
    >>> rules_of(text_of([OversellRule("warn", floor=3)]), OversellRule)[0].floor
    Decimal('3')
    """
    if not text:
        return ()
    try:
        return tuple(kind(**_read(row)) for row in json.loads(text))
    except (ValueError, TypeError, AttributeError, ArithmeticError, OmnirouteError):
        raise ValidationError("rules", f"a text of {kind.__name__}s", text) from None


def _said(rule: SafetyRule | OversellRule) -> dict[str, str]:
    """Return what a rule says beyond what every rule says."""
    return {
        field.alias or field.name: str(value)
        for field in attrs.fields(type(rule))
        if (value := getattr(rule, field.name)) != field.default
    }


#: Fields that are figures; the others are texts, but for one that is a flag.
_FIGURES = frozenset({"quantity", "percent", "days", "floor"})


def _read(row: dict[str, str]) -> dict[str, Any]:
    return {
        name: Decimal(value)
        if name in _FIGURES
        else (value == "True" if name == "whole_units" else value)
        for name, value in row.items()
    }
