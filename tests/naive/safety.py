"""The slow, obvious twin of safety rules: one cell, exact fractions, plain loops."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

FIELDS = ("sku", "item_class", "node", "node_kind", "service", "channel")


def fits(rule, cell, service, channel):
    """Whether all that a rule names is so."""
    asked = {**cell, "service": service, "channel": channel}
    return all(rule[name] in (None, asked[name]) for name in FIELDS)


def most_specific(rules, cell, service, channel):
    """The winner: fields compared from the left, naming beats not naming."""
    fitting = [rule for rule in rules if fits(rule, cell, service, channel)]
    return max(
        fitting,
        key=lambda rule: [rule[name] is not None for name in FIELDS],
        default=None,
    )


def quanta(rule, on_hand, scale, demand):
    """What one rule holds back; ``demand`` in quanta a day, a fraction."""
    if rule is None:
        return 0
    if rule["quantity"] is not None:
        return ceil(Fraction(rule["quantity"]) * scale)
    if rule["days"] is not None:
        return ceil(Fraction(rule["days"]) * demand)
    held = max(0, on_hand)
    left = floor(held * (1 - Fraction(rule["percent"]) / 100))
    if rule["whole_units"]:
        left = left // scale * scale
    return held - left


def resolve(rules, cell, on_hand, scale, demand, services, channel, routing=False):
    """The largest over what is asked for and what is guarded."""
    guards = ("promise", "routing") if routing else ("promise",)
    return max(
        quanta(
            most_specific(
                [rule for rule in rules if rule["guards"] == what],
                cell,
                service,
                channel,
            ),
            on_hand,
            scale,
            demand,
        )
        for what in guards
        for service in services or [None]
    )
