"""The best split of one line over nodes, unit by unit: the twin of `order.ways`."""

from __future__ import annotations

from tests.naive.routing_instance import Instance


def best_split(instance: Instance) -> tuple[int, int, int]:
    """Least cost of the whole first line, then least shipments, then least metres.

    Every node has one service, of the same transit time.
    """
    line = instance.lines[0]
    option_of = {option.node: option for option in instance.options}
    beyond = (1 << 60, 0, 0)
    best = [(0, 0, 0)] + [beyond] * line.quantity
    for k, node in enumerate(instance.nodes):
        option = option_of[k]
        for gathered in range(line.quantity, 0, -1):
            for sent in range(1, min(node.stock[0], gathered) + 1):
                price = option.price(line.weight_of(sent))
                cost = node.order_cost + node.line_cost + node.unit_cost * sent + price
                before = best[gathered - sent]
                way = (before[0] + cost, before[1] + 1, before[2] + option.distance_m)
                best[gathered] = min(best[gathered], way)
    return best[line.quantity]
