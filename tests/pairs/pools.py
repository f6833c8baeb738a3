"""Pools of open orders in a shop, and every plan that each order may have.

Nothing here knows how a pool is decided: what it shares is worked out from receipts, and
from what orders hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod

import attrs

import omniroute as om
from tests.naive.evaluate import BrokenRuleError
from tests.naive.gates import left

from .asking import groups_of
from .features import shop_with
from .of_policies import stock_out_money
from .problem import count
from .shop import Shop
from .test_oracle import WAYS_MAX, every_plan, ways

#: Quanta by (SKU, place of the node).
Cells = dict[tuple[str, int], int]


def shop_for(names: Sequence[str], seed: int) -> Shop:
    """The shop with features; also such as only pools are held against here."""
    shop = shop_with([name for name in names if name not in OWN], seed, 4, 3)
    for name in names:
        if name in OWN:
            OWN[name](shop)
    return shop


def gates(shop: Shop) -> None:
    """Some nodes have too little to be asked, or keep their last."""
    dice = shop.dice
    shop.policy["gates"] = [
        om.StockGate(
            "few",
            **dice.choice([{"min_units": 2}, {"min_share": 0.5}]),
            nodes=dice.sample(list(shop.nodes), 2),
        ),
        om.StockGate("last", keep_units=1, nodes=dice.sample(list(shop.nodes), 2)),
    ]


def split_freely(shop: Shop) -> None:
    """Lines may come from several nodes, whoever has them whole."""
    shop.policy["split_lines"] = "freely"


OWN = {"gates": gates, "split freely": split_freely}


def parts_of(shop: Shop, orders: int) -> dict[str, Shop]:
    """The shop as each of some orders sees it: one or two of its lines."""
    found = {}
    for k in range(orders):
        skus = shop.dice.sample(sorted(shop.lines), shop.dice.randint(1, 2))
        lines = {sku: shop.lines[sku] for sku in skus}
        order = dict(shop.order)
        if "keep_together" in order:
            kept = [[sku for sku in g if sku in lines] for g in order["keep_together"]]
            order["keep_together"] = [group for group in kept if len(group) > 1]
        found[f"O{k}"] = replace(shop, lines=lines, order=order)
    return found


def plans(shop: Shop, engine: om.Engine) -> dict | None:
    """What each plan for all of an order takes, and the least that counts."""
    found: dict = {}
    for group in groups_of(shop, engine):
        problem = group.problem
        each = [len(ways(problem, i)) for i in range(len(problem.lines))]
        if prod(each) > WAYS_MAX:
            return None
        for sent in every_plan(problem):
            try:
                told = count(problem, sent)
            except BrokenRuleError:
                continue
            if told.lots < problem.asked:
                continue
            use: dict = {}
            for o, lines in sent.items():
                for i, lots in lines.items():
                    for part, inside in problem.lines[i].parts.items():
                        cell = part, problem.options[o].node
                        use[cell] = use.get(cell, 0) + lots * inside
            key = tuple(sorted(use.items()))
            found[key] = min(found.get(key, told.money), told.money)
    return found


@dataclass
class Placed:
    """A shop's orders, some of which lie where they should not."""

    engine: om.Engine
    orders: dict[str, om.Order]
    parts: dict[str, Shop]


def placed(shop: Shop, orders: int) -> Placed:
    """Place orders one after the other: some are kept from a node, some are cancelled."""
    engine, policy, dice = shop.engine(), shop.rules(), shop.dice
    made = Placed(engine, {}, {})
    for id, part in parts_of(shop, orders).items():
        order = part.asked(id)
        barred = dice.sample(list(shop.nodes), dice.choice([0, 1, 1, 2]))
        kept_from = [*order.exclude_nodes, *barred]
        apart = attrs.evolve(order, exclude_nodes=tuple(dict.fromkeys(kept_from)))
        if engine.place(apart, policy=policy).reserved:
            made.orders[id], made.parts[id] = order, part
    for id in list(made.orders)[:: dice.choice([3, 4, 9])]:
        engine.cancel(id)
        del made.orders[id]
    return made


def held(shop: Shop, engine: om.Engine) -> dict[str, dict]:
    """Quanta by cell that each order holds."""
    rows, nodes = engine.reservations(), list(shop.nodes)
    found: dict[str, dict] = {}
    for id, sku, node, n in zip(
        rows["id"], rows["sku"], rows["node"], rows["held_quanta"], strict=True
    ):
        if n:
            cells, cell = found.setdefault(id, {}), (sku, nodes.index(node))
            cells[cell] = cells.get(cell, 0) + int(n)
    return found


def seen_by_pool(shop: Shop, own: dict[str, dict], members: Iterable[str]) -> Shop:
    """The shop with the stock that some orders have between them: free, and theirs.

    Of what is free, so much as the gates of its policy leave.
    """
    stock, policy = {}, shop.rules()
    for sku in shop.items:
        for k, node in enumerate(shop.nodes):
            taken = sum(cells.get((sku, k), 0) for cells in own.values())
            free = shop.can_send(sku, node) - taken
            if policy.gates:
                free = left_by(policy.gates, shop, sku, node, free)
            back = sum(own[id].get((sku, k), 0) for id in members)
            stock[sku, node] = free + back
    return replace(shop, stock=stock, coming={}, safety={}, fences={})


def left_by(
    gates: Sequence[om.StockGate], shop: Shop, sku: str, id: str, n: int
) -> int:
    """Quanta that gates leave of what is free."""
    node, item = om.Node(id, **shop.nodes[id]), om.Item(sku, **shop.items[sku])
    on_hand = shop.units(sku, shop.stock.get((sku, id), 0))
    units = left(gates, node, item, Fraction(shop.units(sku, n)), Fraction(on_hand))
    return int(units * 10 ** shop.decimals(sku))


def as_an_order_sees_it(part: Shop, view: Shop, own: dict) -> Shop:
    """An order's shop: what terms count of stock is as it lies, with its own."""
    nodes = list(view.nodes)
    seen = {
        (sku, node): view.stock[sku, node] + own.get((sku, nodes.index(node)), 0)
        for sku, node in view.stock
    }
    money = list(part.money)
    if "stock outs" in part.has:
        money[-1] = stock_out_money(replace(view, stock=seen))
    return replace(part, money=money)


def as_it_stands(alone: Shop, engine: om.Engine, use: tuple) -> int | None:
    """The least for just what an order holds; None for too many ways to.

    Two lines of one part may lie so that either alone were whole, and both are not.
    """
    for policy in (alone.policy, {**alone.policy, "split_lines": "freely"}):
        found = plans(replace(alone, policy=policy), engine)
        if found is None:
            return None
        if use in found:
            return found[use]
    raise AssertionError("it holds what no plan takes")


def only(part: Shop, own: dict) -> Shop:
    """The shop with what an order holds, and nothing else."""
    nodes = list(part.nodes)
    stock = {(sku, nodes[k]): n for (sku, k), n in own.items()}
    return replace(part, stock=stock, coming={}, safety={}, fences={})


@dataclass
class Twin:
    """What is known of a pool: plans of each order, the stock of all, what they cost."""

    plans: list[dict]
    stock: Cells
    before: int


def twin_of(shop: Shop, made: Placed, members: Iterable[str]) -> Twin | None:
    """Look at a pool as it lies; None where there are too many plans to list."""
    own = held(shop, made.engine)
    view, bare = seen_by_pool(shop, own, members), seen_by_pool(shop, own, ())
    cells = {"stock": view.stock, "coming": {}, "safety": {}, "fences": {}}
    known, before = [], 0
    for id in members:
        part = as_an_order_sees_it(made.parts[id], bare, own[id])
        may = plans(replace(part, **cells), made.engine)
        use = tuple(sorted(own[id].items()))
        as_is = as_it_stands(only(part, own[id]), made.engine, use)
        if may is None or as_is is None:
            return None
        before += as_is
        may[use] = min(may.get(use, as_is), as_is)
        known.append(may)
    stock = {
        (sku, k): view.stock[sku, node]
        for sku in shop.items
        for k, node in enumerate(shop.nodes)
    }
    return Twin(known, stock, before)
