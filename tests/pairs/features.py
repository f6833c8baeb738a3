"""The features of routing: each a small function that adds one to a random shop.

They are added in the order of the table, so that what looks at nodes, services or lines
finds those of earlier ones. `APART` lists what no shop can have together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from . import of_items, of_network, of_objectives, of_policies, of_stock
from .shop import Shop, plain_shop

Feature = Callable[[Shop], None]

#: By what they are about; a name is its function's, with spaces.
FEATURES: dict[str, Feature] = {
    feature.__name__.replace("_", " "): feature
    for module in (of_items, of_network, of_stock, of_policies, of_objectives)
    for feature in module.FEATURES
}

#: Objectives: a policy has one.
OBJECTIVES = tuple(f.__name__.replace("_", " ") for f in of_objectives.FEATURES)
#: Two ways to end at a counter.
COUNTERS = ("collected", "fed by transfers")
#: Two words for when a line may be split.
SPLITTING = ("lines undivided", "split freely")

#: Groups of which a shop has one at most.
APART: tuple[tuple[str, ...], ...] = (OBJECTIVES, COUNTERS, SPLITTING)


#: Not held against an oracle here: later dates, shares and fences have tests of their own.
ELSEWHERE: tuple[tuple[str, str], ...] = (
    ("calendars", "wanted later"),
    ("needed by a day", "wanted later"),
    ("fences", "wanted later"),
)


def fit(a: str, b: str) -> bool:
    """Whether one shop can have both."""
    return not any(a in group and b in group for group in (*APART, *ELSEWHERE))


#: Came after the pairs had numbers.
LATER = ("split freely",)

#: Each two of them once, in the order of the table. A pair's number is the seed of its
#: shop, and stays: pairs with features that came later come last.
PAIRS: tuple[tuple[str, str], ...] = tuple(
    sorted(
        (
            (a, b)
            for i, a in enumerate(FEATURES)
            for b in list(FEATURES)[i + 1 :]
            if fit(a, b)
        ),
        key=lambda pair: not set(pair).isdisjoint(LATER),
    )
)


def shop_with(names: Iterable[str], seed: int, nodes: int, lines: int) -> Shop:
    """Return a random shop with some features, the same for the same seed."""
    wanted = set(names)
    assert wanted <= set(FEATURES), wanted - set(FEATURES)
    shop = plain_shop(seed, nodes, lines)
    for name, feature in FEATURES.items():
        if name in wanted:
            feature(shop)
            shop.has.append(name)
    return shop
