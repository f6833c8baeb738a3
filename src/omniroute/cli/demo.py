"""``omniroute demo``: real baskets as one live stream, beside the usual rule."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import attrs

from omniroute._jit import warm_up
from omniroute.cli import report
from omniroute.cli.cart import Cart
from omniroute.cli.figures import Figures
from omniroute.cli.progress import ProgressBar
from omniroute.datasets import USRetail, load_us_retail, replenishment
from omniroute.engine import Engine, Placement
from omniroute.errors import ConfigurationError, ValidationError
from omniroute.model import Order, RoutingPolicy
from omniroute.simulation import NearestNode, WalkIn, sell

#: Days from one delivery to the next, by the name of the option.
REPLENISHED_DAYS: Final = {"weekly": 7, "fortnightly": 14, "never": None}
HOUR: Final = timedelta(hours=1)
#: Said before the first run is silent for as long as that.
_COMPILING: Final = (
    "compiling kernels: half a minute to two the first time, afterwards from a cache"
)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    shop, policy = _inputs(options)
    print(_COMPILING, file=sys.stderr, flush=True)
    start_s = time.perf_counter()
    ready = warm_up()
    took_s = time.perf_counter() - start_s
    print(f"{ready} kernels ready in {took_s:.1f} s", file=sys.stderr)
    sides = play(
        shop,
        policy,
        every_days=REPLENISHED_DAYS[options.replenish],
        walk_in=_walk_in(shop, options) if options.walk_in else None,
    )
    result = _result(shop, options, *(side.figures for side in sides))
    result["cart"] = sides[0].cart.page
    print(report.as_json(result) if options.json else report.as_text(result))
    return 0


def _inputs(options: argparse.Namespace) -> tuple[USRetail, RoutingPolicy]:
    """Load the sample and make the policy; options out of range are refused."""
    try:
        policy = RoutingPolicy(
            objective=options.objective, max_shipments=options.max_shipments
        )
        shop = load_us_retail(seed=options.seed, orders=options.orders, calendars=True)
        return shop, policy
    except (ConfigurationError, ValidationError) as error:
        option = "--" + error.path.replace("_", "-")
        wrong = f"argument {option}: expected {error.expected}, found {error.found}"
        options.refuse(wrong)
        raise


def _walk_in(shop: USRetail, options: argparse.Namespace) -> WalkIn:
    return WalkIn(shop.opening_stock, shop.walk_in_units_per_day, options.seed)


class Clock:
    """A clock that stands where it is put."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> float:
        """Return seconds UTC."""
        return self.now.timestamp()


@attrs.frozen
class Side:
    """One of the two: its own stock, how it places an order, what came of it.

    And a cart as a customer of it sees it.
    """

    engine: Engine
    place: Callable[..., Placement]
    figures: Figures
    cart: Cart


def play(
    shop: USRetail,
    policy: RoutingPolicy,
    *,
    every_days: int | None,
    walk_in: WalkIn | None = None,
) -> tuple[Side, Side]:
    """Play the orders through both sides, then check both stocks.

    Time starts at midnight before the Monday of the first order. Both sides are asked
    for the same by the same customers.

    Parameters
    ----------
    shop
        Stock and orders.
    policy
        Of both; the rule heeds what it knows of it.
    every_days
        Replenish to the opening level after so many days, and again; None: never.
    walk_in
        Who else buys from the stock; None: nobody.
    """
    start = hour = _monday(shop.orders[0])
    clock = Clock(start)
    ours, theirs = (_engine(shop, policy, clock) for _ in range(2))
    sides = _side(ours, ours.place), _side(theirs, NearestNode(theirs).place)
    with ProgressBar(len(shop.orders), sys.stderr) as bar:
        for order in shop.orders:
            while hour + HOUR <= _placed_at(order):
                sell_hour(sides, walk_in, hour - start)
                hour = clock.now = hour + HOUR
                if every_days and not (hour - start) % timedelta(every_days):
                    for side in sides:
                        restock(side.engine, shop)
            clock.now = _placed_at(order)
            sides[0].cart.look_at(order)
            for side in sides:
                serve(side, order)
            bar.advance()
    for side in sides:
        side.engine.check()
    return sides


def sell_hour(
    sides: tuple[Side, ...], walk_in: WalkIn | None, since: timedelta
) -> None:
    """Sell on all sides what walk-in customers ask for in the hour from ``since`` on."""
    if walk_in is None:
        return
    asked = walk_in.asked(since.days, since.seconds // 3600)
    units = int(asked["quantity"].sum())
    for side in sides:
        side.figures.add_walk_in(units, sell(side.engine, asked))


def serve(side: Side, order: Order) -> None:
    """Place one order through the public call, and time that call only."""
    start_ns = time.perf_counter_ns()
    placement = side.place(order, id=order.id, partial=True)
    call_ns = time.perf_counter_ns() - start_ns
    assert placement.plan is not None
    side.figures.add(order, placement.plan, call_ns)


def restock(engine: Engine, shop: USRetail) -> int:
    """Bring every cell back to its opening level; the number of cells that were low."""
    opening = shop.opening_stock
    free = engine.availability(opening["sku"].categories, opening["node"].categories)
    cells = free.quanta[opening["sku"].codes, opening["node"].codes]
    return engine.apply(replenishment(opening, cells))


def _engine(shop: USRetail, policy: RoutingPolicy, clock: Clock) -> Engine:
    engine = Engine(shop.network, shop.items, policy=policy, clock=clock)
    engine.apply(shop.opening_stock)
    return engine


def _side(engine: Engine, place: Callable[..., Placement]) -> Side:
    return Side(engine, place, Figures(engine.network), Cart(engine))


def _placed_at(order: Order) -> datetime:
    assert order.placed_at is not None, "orders of the sample say when"
    return order.placed_at


def _monday(order: Order) -> datetime:
    """Start of the week of an order."""
    at = _placed_at(order)
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=at.weekday())


def _result(
    shop: USRetail, options: argparse.Namespace, ours: Figures, theirs: Figures
) -> dict[str, Any]:
    """All that is printed, as JSON has it."""
    names = ("orders", "seed", "objective", "max_shipments", "replenish", "walk_in")
    return {
        "options": {name: getattr(options, name) for name in names},
        "currency": shop.network.currency,
        "nodes": len(shop.network.nodes),
        "cells": len(shop.opening_stock["sku"]),
        "walk_in_percent": shop.walk_in_percent,
        "first_day": _placed_at(shop.orders[0]).date().isoformat(),
        "last_day": _placed_at(shop.orders[-1]).date().isoformat(),
        "omniroute": ours.outcome() | ours.proof() | {"timing": ours.timing()},
        "nearest_node": theirs.outcome() | {"timing": theirs.timing()},
        "notes": shop.notes,
    }
