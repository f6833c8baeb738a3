"""What the routing kernels hand to each other: views over the caller's arrays."""

from __future__ import annotations

from typing import NamedTuple

from omniroute._jit import kernel
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.order.layout import (
    C_LINE,
    C_ORDER,
    C_ROWS,
    C_SERVICES,
    C_UNIT,
    S_DEN,
    S_MAX_G,
    S_NUM,
)

# Columns of a line, filled by `scan`.
L_SKU = 0
#: Quanta to serve: what is asked for, or the most of one node where no line is divided.
L_QUANTITY = 1
#: Grams of one unit, and quanta in a unit. What is sold by the lot (a kit, a pack) is
#: counted in lots: then grams of a lot, and less than 0 the units there are in it.
L_GRAMS = 2
L_SCALE = 3
#: 1: one at most serves it, as some candidate can send it whole in one shipment.
L_WHOLE = 4
#: Quanta that can be served at all.
L_TARGET = 5
#: Its place among the lines that can be served, -1 for the others.
L_LIVE = 6
#: Grams and units started, for the whole quantity.
L_WEIGHT = 7
L_UNITS = 8
#: Quanta asked for.
L_ASKED = 9
LINE_FIELDS = 10

# Columns of a pick: what one shipment takes of one line.
K_NODE = 0
K_SERVICE = 1
K_LINE = 2
K_QUANTITY = 3
PICK_FIELDS = 4


class Lanes(NamedTuple):
    """One destination seen from every node."""

    services: I8
    prices: I8
    cls: I8
    dist_m: I8
    records: I8
    #: Admissible services of each class for the group at hand (bits).
    admitted: I8


class Order(NamedTuple):
    """One order: its lines, and where each is in stock."""

    lines: I8
    #: Lines that can be served, in order; ``n_live`` of them.
    live: I8
    #: Hits of line i are hit_node, hit_free[line_ptr[i] : line_ptr[i + 1]], by node:
    #: what it holds, but no more than one shipment of it alone can carry.
    line_ptr: I8
    hit_node: I8
    hit_free: I8


class Scratch(NamedTuple):
    """Working memory; every word of ``node_word`` is zero between uses."""

    node_word: I8
    touched: I8
    #: A node's row in the method at hand, and what it holds.
    node_row: I8
    node_mask: I8
    picks: I8
    #: All zero between uses: tells nodes apart that are alike.
    stamps: I8
    small: I8
    large: I8
    #: Memory of `cover`.
    cover: I8


@kernel()
def quanta_of_unit(scale: int) -> int:
    """Quanta that ``L_GRAMS`` are the weight of: those of a unit, or one lot."""
    return max(1, scale)


@kernel()
def grams(quantity: int, unit_g: int, scale: int) -> int:
    """Grams of ``quantity`` quanta, rounded up to a whole gram."""
    quanta = quanta_of_unit(scale)
    return (quantity * unit_g + quanta - 1) // quanta


@kernel()
def units_started(quantity: int, scale: int) -> int:
    """Whole units that ``quantity`` quanta touch; of lots, all units in them."""
    if scale < 0:
        return -quantity * scale
    return (quantity + scale - 1) // scale


@kernel()
def steps(services: I8, s: int, weight_g: int) -> int:
    """Price step of a weight on the rate card of service ``s``.

    The weight is one that it carries: heavier ones could leave int64.
    """
    return max(
        1,
        (weight_g * services[s, S_NUM] + services[s, S_DEN] - 1) // services[s, S_DEN],
    )


@kernel()
def too_heavy(services: I8, s: int, weight_g: int) -> bool:
    """Whether service ``s`` takes no shipment of this weight."""
    return weight_g > services[s, S_MAX_G]


@kernel()
def prorated(quantity: int, unit_cost: int, scale: int) -> int:
    """Money for the units in ``quantity`` quanta by proportion, rounded down.

    Parts of a line come to no more than the units they start.
    """
    if scale < 0:
        return -quantity * scale * unit_cost
    return quantity * unit_cost // scale


@kernel()
def most_within(line: I8, weight_g: int, most: int) -> int:
    """Quanta of a line, up to ``most``, that weigh no more than so many grams."""
    if line[L_GRAMS] == 0 or weight_g >= line[L_WEIGHT]:
        return most
    return min(most, weight_g * quanta_of_unit(line[L_SCALE]) // line[L_GRAMS])


@kernel()
def heaviest_load(lanes: Lanes, c: int) -> int:
    """Grams of the heaviest shipment that a class can send; 0 if it sends none."""
    most = 0
    for s in range(lanes.services.shape[0]):
        if (lanes.admitted[c] >> s) & 1:
            most = max(most, lanes.services[s, S_MAX_G])
    return most


@kernel()
def most_carried(lanes: Lanes, line: I8, node: int, held: int) -> int:
    """Quanta of a line that one shipment can take from a node that holds so many."""
    return most_within(line, heaviest_load(lanes, lanes.cls[node]), held)


@kernel()
def takes_any(lanes: Lanes, weight_g: int) -> bool:
    """Whether every service takes a shipment of this weight."""
    for s in range(lanes.services.shape[0]):
        if too_heavy(lanes.services, s, weight_g):
            return False
    return True


@kernel()
def held_by(order: Order, i: int, node: int) -> int:
    """Quanta of line i that a node can send, up to what is asked for."""
    low, high = order.line_ptr[i], order.line_ptr[i + 1]
    while low < high:
        middle = (low + high) >> 1
        if order.hit_node[middle] < node:
            low = middle + 1
        else:
            high = middle
    if low == order.line_ptr[i + 1] or order.hit_node[low] != node:
        return 0
    return min(order.hit_free[low], order.lines[i, L_QUANTITY])


@kernel()
def rate(lanes: Lanes, c: int, s: int, weight_g: int) -> int:
    """Carrier's price of one shipment; `UNREACHED` where it is too heavy."""
    if too_heavy(lanes.services, s, weight_g):
        return UNREACHED
    t = steps(lanes.services, s, weight_g)
    return lanes.prices[lanes.records[c, C_ROWS + s], t]


@kernel()
def transit(lanes: Lanes, c: int, s: int) -> int:
    """Days on the way; with calendars, minutes of the epoch until it arrives."""
    return lanes.records[c, C_ROWS + lanes.services.shape[0] + s]


@kernel()
def best_rate(lanes: Lanes, c: int, weight_g: int) -> tuple[int, int]:
    """The cheapest service for a weight, then the soonest: ``(price, service)``."""
    best, service = UNREACHED, 0
    for s in range(lanes.services.shape[0]):
        if (lanes.admitted[c] >> s) & 1:
            price = rate(lanes, c, s, weight_g)
            sooner = best < UNREACHED and (
                transit(lanes, c, s) < transit(lanes, c, service)
            )
            if price < best or (price == best and sooner):
                best, service = price, s
    return best, service


@kernel()
def handling(lanes: Lanes, c: int, n_lines: int, n_units: int) -> int:
    """Money for working one shipment at the node."""
    record = lanes.records[c]
    return record[C_ORDER] + record[C_LINE] * n_lines + record[C_UNIT] * n_units


@kernel()
def order_weight(order: Order) -> int:
    """Grams of everything asked for."""
    weight_g = 0
    for i in range(order.lines.shape[0]):
        weight_g += order.lines[i, L_WEIGHT]
    return weight_g


@kernel()
def short_of_stock(order: Order) -> int:
    """Quanta asked for that no admitted service can serve, once lines are classified."""
    short = 0
    for i in range(order.lines.shape[0]):
        short += order.lines[i, L_ASKED] - order.lines[i, L_TARGET]
    return short


@kernel()
def admit(lanes: Lanes, group: int, latest: int) -> None:
    """Note, for each class, the group's services that arrive by ``latest``; -1: any."""
    for c in range(lanes.admitted.size):
        bits = lanes.records[c, C_SERVICES] & group
        if latest >= 0:
            for s in range(lanes.services.shape[0]):
                if (bits >> s) & 1 and transit(lanes, c, s) > latest:
                    bits &= ~(1 << s)
        lanes.admitted[c] = bits


@kernel()
def admitted(lanes: Lanes, node: int) -> int:
    """Admissible services of a node, as bits."""
    c = lanes.cls[node]
    return 0 if c < 0 else lanes.admitted[c]


@kernel()
def clear_words(scratch: Scratch, n_touched: int) -> None:
    """Give ``node_word`` back all zero."""
    for j in range(n_touched):
        scratch.node_word[scratch.touched[j]] = 0


@kernel()
def copy_words(source: I8, target: I8) -> None:
    """Copy an array word by word (a slice assignment would allocate)."""
    for j in range(source.size):
        target[j] = source[j]
