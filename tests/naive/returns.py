"""Where returned units go, from the definitions: unit by unit, node by node, with dicts.

Money is in minor units, shares are fractions, quantities are quanta.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor


@dataclass(frozen=True)
class Rules:
    """A ladder of (level below which, share), then a share; chances by state."""

    ladder: Sequence[tuple[int, Fraction]]
    otherwise: Fraction
    sellable: Mapping[str, Fraction]
    scrap: Fraction


@dataclass(frozen=True)
class Came:
    """So many quanta of something that is worth ``value`` a unit of ``scale`` quanta."""

    quanta: int
    scale: int
    value: int
    state: str


def share_at(rules: Rules, level: int, scale: int) -> Fraction:
    """What a unit is worth, as a share, where so many quanta are there already."""
    for below, share in rules.ladder:
        if level < below * scale:
            return share
    return rules.otherwise


def worth(rules: Rules, came: Came, level: int, price: int | None) -> int:
    """Expected worth of what came at a node, in minor units, halves up.

    Quantum by quantum: each finds one more than the one before. A node price takes the
    place of the value times the share.
    """
    chance = rules.sellable.get(came.state, Fraction(came.state == "on_hand"))
    total = Fraction(0)
    for k in range(came.quanta):
        sold = came.value * share_at(rules, level + k, came.scale)
        if price is not None:
            sold = Fraction(price)
        scrapped = came.value * rules.scrap
        total += (chance * sold + (1 - chance) * scrapped) / came.scale
    return floor(total + Fraction(1, 2))


@dataclass(frozen=True)
class Offer:
    """What one node would do with it: worth, and what getting it there costs."""

    node: int
    here: bool
    worth: int
    leg: int
    handling: int
    distance_m: int

    @property
    def net(self) -> int:
        return self.worth - self.leg - self.handling


def best(offers: Sequence[Offer]) -> Offer | None:
    """The greatest net worth; then here, then the nearest, then the first node."""
    return min(
        offers, key=lambda o: (-o.net, not o.here, o.distance_m, o.node), default=None
    )
