"""Orders for a later day: decided on what nodes can promise for it, with what is coming.

The kernels are asked on rows lent to them that say what each node can promise for the
day. What the network keeps back is a matter of all nodes together: the order is asked
for no more than that, and where a plan still takes too much of what is there now, what
is left of that is dealt out as the plan would have it, and the order asked again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from omniroute.codes import UNLIMITED, Status
from omniroute.errors import ValidationError
from omniroute.kernels.order.layout import A_COMPLETE, O_BOUND, O_PROVEN, O_STATUS
from omniroute.model.order import Order
from omniroute.reservations.later import admitted
from omniroute.reservations.lines import Cells
from omniroute.routing.ask import Ask
from omniroute.routing.composed import ComposedRouting
from omniroute.routing.limits import asker_of, short_by, within
from omniroute.stock.bench import lend
from omniroute.stock.composed import Shelf
from omniroute.stock.day import DayStock
from omniroute.stock.lens import PLAIN

if TYPE_CHECKING:
    from omniroute.routing.router_core import RouterCore

Stock = dict[int, DayStock]


def require_for_now(router: RouterCore, order: Order, path: str = "order") -> None:
    """Refuse an order for later, where nobody knows of later.

    Raises
    ------
    ValidationError
        It is due after now.
    """
    if router.later(order):
        expected = "None: this is about what is wanted at once"
        raise ValidationError(f"{path}.due", expected, order.due)


def check_lines(router: RouterCore, ask: Ask) -> None:
    """Refuse kits: they are promised at once.

    Raises
    ------
    ValidationError
        A line, or what may be sent in its place, is a kit.
    """
    composed = router.composed
    if composed is None:
        return
    for i, (sku, _) in enumerate(ask.lines):
        offered = [other for line, other in ask.offers if line == i]
        if any(map(composed.is_kit, (sku, *offered))):
            expected = "its components: kits are promised at once"
            text = router.catalogue.skus.texts[sku]
            raise ValidationError(f"lines[{i}].sku", expected, text)


def decide_later(router: RouterCore, order: Order, ask: Ask, due: int) -> list[int]:
    """Return the best answer to an order's ask, on what can be promised for then."""
    stock = stock_for(router, order, ask, due)
    answer = _decided(router, ask, stock)
    drawn = router.drawn(ask, answer)
    wanted: Cells = {(sku, node, due): quanta for sku, node, quanta in drawn}
    if admitted(router.state, wanted) == wanted:
        return _refused(router, order, answer)
    for sku, each in stock.items():
        if each.room is not None:
            here = {node: quanta for own, node, quanta in drawn if own == sku}
            stock[sku] = each.kept_within(here)
    answer = _decided(router, ask, stock)
    # Another way to deal it out might have been better.
    answer[O_PROVEN] = answer[O_BOUND] = 0
    return answer


@contextmanager
def lent_for(router: RouterCore, order: Order, ask: Ask, due: int) -> Iterator[None]:
    """Let the arena show what can be promised for then, in lots."""
    stock = stock_for(router, order, ask, due)
    skus, rows = list(stock), [each.rows for each in stock.values()]
    if router.is_composed(ask):
        shelf = shelf_for(router, stock)
        rows = [shelf.lots(sku) for sku in skus]
    with lend(router.decider.arena, skus, rows):
        yield


def versions_of(router: RouterCore, order: Order, ask: Ask, due: int) -> list[int]:
    """Return numbers that change with anything a decision for then was made on."""
    found = [due]
    for each in stock_for(router, order, ask, due).values():
        nodes = np.flatnonzero(each.rows)
        found += [each.limit, *nodes.tolist(), *each.rows[nodes].tolist()]
    return found


def stock_for(router: RouterCore, order: Order, ask: Ask, due: int) -> Stock:
    """Return what nodes can promise for then of what an order may be served with."""
    skus = dict.fromkeys(sku for sku, _ in (*ask.lines, *(o[::-1] for o in ask.offers)))
    stock = router.days.stock(skus, due, asker_of(order, router.network))
    gates, arena = ask.gates, router.decider.arena
    if gates is None:
        return stock
    return {
        sku: each._replace(rows=gates.left(arena, sku, each.rows))
        for sku, each in stock.items()
    }


def _refused(router: RouterCore, order: Order, answer: list[int]) -> list[int]:
    """Return an answer that says if it is for the channel that there is nothing."""
    asker = asker_of(order, router.network)
    out = answer[O_STATUS] == Status.OUT_OF_STOCK
    if out and not router.days.are_open_to(asker):
        answer[O_STATUS] = int(Status.NO_POOL)
    return answer


def _decided(router: RouterCore, ask: Ask, stock: Stock) -> list[int]:
    decider = router.decider_of(ask)
    if router.is_composed(ask):
        assert router.composed is not None
        shelf = shelf_for(router, stock)
        return ComposedRouting(decider, router.composed, shelf, ask).decide()
    # What nodes have not enough of the kernels see for themselves, as they do for now.
    limits = {
        sku: UNLIMITED if each.room is None else each.limit
        for sku, each in stock.items()
    }
    with lend(
        router.decider.arena, list(stock), [each.rows for each in stock.values()]
    ):
        words, missing = within(ask, limits)
        answer = decider.decide(words)
    return short_by(answer, missing, complete_only=words[A_COMPLETE] == 1)


def shelf_for(router: RouterCore, stock: Stock) -> Shelf:
    """Return what can be promised for then, packs whole."""
    assert router.composed is not None
    parts = {sku: (each.rows, each.limit) for sku, each in stock.items()}
    return router.composed.seen_by(PLAIN).with_parts(parts)
