"""Orders for more than the network may promise: asked for less, and told so."""

from __future__ import annotations

from omniroute.codes import Status
from omniroute.kernels.order.layout import A_COMPLETE, O_PICKS, O_SHORT, O_STATUS
from omniroute.model.network import Network
from omniroute.model.order import Order
from omniroute.routing.ask import Ask
from omniroute.routing.decide import without_plan
from omniroute.routing.feeding import FED, fed_by
from omniroute.routing.gates import gated
from omniroute.routing.router_core import RouterCore
from omniroute.stock.lens import Asker


def asker_of(order: Order, network: Network) -> Asker:
    """Return who asks with an order: for the services that it admits."""
    names = order.services
    if names is None:
        names = _by_default(order, network)
    return Asker(order.channel, names, routing=True)


def _by_default(order: Order, network: Network) -> tuple[str, ...]:
    """Names of the services that an order admits which names none."""
    services = network.services
    if fed := fed_by(order, network):
        return tuple(services[s].name for s in fed)
    collected = [each.name for each in services if each.kind == "collect"]
    brought = [each.name for each in services if each.kind == FED]
    own = [each.name for each in services if each.name not in (*collected, *brought)]
    names = collected if order.collect_at is not None else own
    return tuple(names) or tuple(each.name for each in services)


def within(ask: Ask, limits: dict[int, int]) -> tuple[list[int], int]:
    """Return the words of an ask brought within limits, and the quanta left out.

    A line whose item has a limit of nothing keeps its quantity: its cells have nothing.
    """
    words, missing = list(ask.words), 0
    first = len(words) - 2 * len(ask.lines)
    for i, (sku, quanta) in enumerate(ask.lines):
        if 0 < limits[sku] < quanta:
            words[first + 2 * i + 1] = limits[sku]
            missing += quanta - limits[sku]
    return words, missing


def short_by(answer: list[int], missing: int, *, complete_only: bool) -> list[int]:
    """Return an answer to an ask from which quanta were left out, with these missing."""
    if not missing:
        return answer
    answer = list(answer)
    answer[O_SHORT] += missing
    if answer[O_PICKS]:
        answer[O_STATUS] = int(Status.SHORT)
    if complete_only and answer[O_PICKS]:
        return without_plan(answer)
    return answer


def decide_on_what_is_seen(router: RouterCore, order: Order, ask: Ask) -> list[int]:
    """Return the best answer to an ask, on what its asker sees and gates leave of stock."""
    decider, arena = router.decider_of(ask), router.decider.arena
    asker, skus = asker_of(order, router.network), [sku for sku, _ in ask.lines]
    lens = router.lens
    if lens is None or lens.sees_plainly(asker, skus):
        if ask.gates is None:
            return decider.decide(ask.words)
        with gated(arena, skus, ask.gates):
            return decider.decide(ask.words)
    with lens.over(skus, asker) as limits, gated(arena, skus, ask.gates):
        words, missing = within(ask, limits)
        answer = decider.decide(words)
    return short_by(answer, missing, complete_only=words[A_COMPLETE] == 1)
