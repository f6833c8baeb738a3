"""The asks of a batch: every order checked and written, and which go one by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from omniroute.errors import OmnirouteError, ValidationError
from omniroute.kernels.order.layout import A_LATEST, A_SLOT
from omniroute.model.destination import Destination
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.ask_block import AskBlock
from omniroute.routing.ask_rows import AskRows
from omniroute.routing.feeding import goes_to
from omniroute.routing.for_later import check_lines
from omniroute.routing.limits import asker_of
from omniroute.routing.router import Router


class BatchAsks:
    """The asks of a batch; an order that cannot be is refused before any is decided.

    Parameters
    ----------
    router
        The engine's.
    orders, policy
        What to decide.

    Attributes
    ----------
    block : AskBlock
        The asks; lane slots are filled in when they run.
    apart : set of int
        Orders that the batch kernel is not to decide: those go one by one.
    """

    def __init__(
        self, router: Router, orders: Sequence[Order], policy: RoutingPolicy | None
    ) -> None:
        self._router, self._orders = router, orders
        self._writer = router.writer(policy)
        #: Orders with kits or packs, or that take substitutes.
        self._composed: set[int] = set()
        #: Orders that are due at a time.
        self._later: list[int] = []
        #: Orders that are needed by a time.
        self._hurried: list[int] = []
        self.block = self._written()
        self.apart = self._not_for_the_kernel()

    def set_latest(self, first: int, end: int) -> None:
        """Note in the asks until when some of the orders are to arrive."""
        words, at = self.block.words, self.block.at
        for i in self._hurried:
            if first <= i < end:
                slot, wishes = int(words[at[i] + A_SLOT]), self._writer.wishes
                latest = self._router.latest_of(self._orders[i], slot, wishes)
                words[at[i] + A_LATEST] = latest

    def _written(self) -> AskBlock:
        """Write the asks of all orders end to end."""
        writer = self._writer
        compiled, composed = writer.compiled, self._router.composed
        keeps = writer.keeps_classes
        offers: dict[int, list[tuple[int, int]]] = {}
        together: dict[int, list[tuple[int, ...]]] = {}
        check = self._router.network.check_destination
        rows, where = AskRows(), []
        add = rows.add
        places: dict[Destination, int] = {}
        for i, order in enumerate(self._orders):
            to = order.destination
            try:
                if order.collect_at is not None:
                    to = goes_to(order, self._router.network)
                place = places.get(to)
                if order.channel is not None:
                    self._router.check_channel(order)
                if order.due is not None:
                    self._note_due(i, order)
                if order.needed_by is not None:
                    self._note_hurried(i, order.needed_by)
                if place is None:
                    check(to, "destination")
                    place = places[to] = len(places)
                head, lines = compiled(order)
                if order.keep_together or keeps:
                    together[i] = writer.together(order, lines)
                if composed is not None:
                    if found := writer.offers(order, lines):
                        offers[i] = found
                    if found or not lines.keys().isdisjoint(composed.recipes):
                        self._composed.add(i)
            except OmnirouteError as error:
                raise error.under(f"orders[{i}]") from None
            where.append(place)
            add(head, lines)
        words, at = rows.written()
        block = AskBlock(words, at, tuple(places), np.array(where, np.int64))
        block.offers = offers
        block.together = {i: groups for i, groups in together.items() if groups}
        block.decides, block.level = writer.decides, writer.level
        block.gates = writer.gates
        return block

    def _note_hurried(self, i: int, needed_by: date) -> None:
        """Note an order that is needed by a time; refuse a limit without dates."""
        if not self._writer.wishes:
            self._router.check_needed_by(needed_by)
        self._hurried.append(i)

    def _note_due(self, i: int, order: Order) -> None:
        """Note an order for later; refuse it where a batch tells dates of one instant."""
        if self._router.calendars is not None:
            expected = "None: in a network with calendars, place them one by one"
            raise ValidationError("due", expected, order.due)
        check_lines(self._router, self._writer.write(order, 0))
        self._later.append(i)

    def _not_for_the_kernel(self) -> set[int]:
        """Orders that do not see plainly what is free, or have kits: one by one.

        So are all of them under a policy that the kernel does not know, and where work
        is counted by windows of the day.
        """
        lens, asks = self._router.lens, self.block
        room = self._router.room
        windows = room is not None and room.has_windows
        if asks.decides is not None or self._router.shadows or windows:
            return set(range(len(asks)))
        apart = self._composed.union(asks.together, self._later)
        if lens is None:
            return apart
        network = self._router.network
        skus = ([sku for sku, _ in asks[i].lines] for i in range(len(asks)))
        return apart | {
            i
            for i, (order, own) in enumerate(zip(self._orders, skus, strict=True))
            if order.channel is not None
            or not lens.sees_plainly(asker_of(order, network), own)
        }
