"""Options that some other option can always stand in for, at no more cost."""

from __future__ import annotations

import numpy as np

from .routing_instance import Instance

_NO_PRICE = 2**60


def undominated(
    instance: Instance,
    options: tuple[int, ...],
    most: dict[int, dict[int, int]],
    *,
    by_price: bool,
) -> tuple[int, ...]:
    """Return the options left when every one that another can replace is dropped.

    Option `d` replaces `o` when it can carry as much of every line, costs no more for
    any weight and handling, and takes a second load without paying more than for two
    shipments: then a plan with `o` becomes one with `d`, merged into what `d` carries
    already, and loses nothing. A line that may be spread must not meet itself there, so
    `o` carries none of those, unless both are at one node, where a line uses one
    service. With `by_price` False, units are all that counts.
    """
    heaviest = sum(line.weight_of(line.quantity) for line in instance.lines)
    accepts = [_takes_more(instance, o, heaviest, by_price) for o in options]
    figures = _figures(instance, options, most, heaviest, by_price)
    spread = [_carries_spread(instance, most[o]) for o in options]
    nodes = np.array([instance.options[o].node for o in options])
    left = np.array(accepts, dtype=bool)
    kept = np.ones(len(options), dtype=bool)
    for place in range(len(options)):
        better = (figures <= figures[place]).all(axis=1) & left & kept
        better[place] = False
        if spread[place]:
            better &= nodes == nodes[place]
        kept[place] = not better.any()
    return tuple(o for o, keep in zip(options, kept, strict=True) if keep)


def _takes_more(instance: Instance, o: int, heaviest: int, by_price: bool) -> bool:
    price = instance.options[o].price
    if price.heaviest_g < heaviest:
        return False
    return not by_price or price.is_subadditive(heaviest)


def _carries_spread(instance: Instance, most: dict[int, int]) -> bool:
    return any(not instance.one_node[i] for i in most)


def _figures(
    instance: Instance,
    options: tuple[int, ...],
    most: dict[int, dict[int, int]],
    heaviest: int,
    by_price: bool,
) -> np.ndarray:
    """One row an option, all of it the better the less."""
    weights = _weights_that_matter(instance, options, heaviest)
    rows = []
    for o in options:
        node = instance.nodes[instance.options[o].node]
        row = [-most[o].get(i, 0) for i in range(len(instance.lines))]
        if by_price:
            row += [node.line_cost, node.unit_cost]
            row += list(_prices(instance, o, weights) + node.order_cost)
        rows.append(row)
    return np.array(rows, dtype=np.int64).reshape(len(options), -1)


def _weights_that_matter(
    instance: Instance, options: tuple[int, ...], heaviest: int
) -> np.ndarray:
    tariffs = {instance.options[o].price for o in options}
    limits = [tariff.limits_array for tariff in tariffs] + [np.array([heaviest])]
    every = np.unique(np.concatenate(limits))
    return every[every <= heaviest]


def _prices(instance: Instance, o: int, weights: np.ndarray) -> np.ndarray:
    tariff = instance.options[o].price
    prices = np.append(tariff.prices_array, _NO_PRICE)
    return prices[np.searchsorted(tariff.limits_array, weights)]
