"""From an `Order` and a `RoutingPolicy` to the integers that a kernel is asked with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import ORDER_QUANTA_MAX, SERVICE_KINDS
from omniroute.errors import ValidationError
from omniroute.kernels.order.layout import (
    A_EXCLUDED,
    A_GROUPS,
    A_HEADER,
    A_LINES,
    A_SLOT,
    GROUP_WIDTH,
    SPLIT_FREELY,
    SPLIT_NEVER,
)
from omniroute.model.constraints import FREELY, NEVER, SOFT, WHEN_NEEDED
from omniroute.model.destination import Destination
from omniroute.model.network import Network
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.model.quantity import to_quanta
from omniroute.routing.feeding import FED, fed_by
from omniroute.stock.composed import Composed
from omniroute.stock.ids import Catalogue

if TYPE_CHECKING:
    from omniroute.routing.decide import Decides
    from omniroute.routing.gates import Gates
    from omniroute.routing.lanes import LaneStore

I8 = NDArray[np.int64]

_COLLECT = "collect"
#: Of an order that no time is set to.
ANY_TIME = -1
_SPLIT_WORDS = {WHEN_NEEDED: 0, NEVER: SPLIT_NEVER, FREELY: SPLIT_FREELY}


class Ask(NamedTuple):
    """What the kernel is asked: a header, then groups, excluded nodes, lines."""

    words: list[int]
    #: SKU number and quanta of each merged line, in the order first named.
    lines: list[tuple[int, int]]
    #: Line and SKU number of what may be sent in its place, the best first. In answers
    #: they come behind the lines.
    offers: Sequence[tuple[int, int]] = ()
    #: Who decides it; None where the kernels do by themselves.
    decides: Decides | None = None
    #: SKU numbers of lines that leave from one node, by group.
    together: Sequence[tuple[int, ...]] = ()
    #: What its policy's gates leave of the stock; None where it has none.
    gates: Gates | None = None

    def sku_of(self, place: int) -> int:
        """SKU number of a line, or of an offer."""
        own = len(self.lines)
        return self.lines[place][0] if place < own else self.offers[place - own][1]

    def line_of(self, place: int) -> int:
        """Line that a line or an offer is for."""
        own = len(self.lines)
        return place if place < own else self.offers[place - own][0]


class AskBlock(Sequence[Ask]):
    """The asks of a batch, end to end in one array; an `Ask` is made when looked at.

    Parameters
    ----------
    words, at : int64[]
        Ask i is ``words[at[i] : at[i + 1]]``.
    destinations
        Where the orders go, each destination once.
    where : int64[n]
        Place of each order's destination among them.
    """

    def __init__(
        self, words: I8, at: I8, destinations: Sequence[Destination], where: I8
    ) -> None:
        self.words = words
        self.at = at
        self.destinations = destinations
        #: Offers of the orders that have any.
        self.offers: dict[int, list[tuple[int, int]]] = {}
        #: Groups of lines to keep together, of the orders that have any.
        self.together: dict[int, list[tuple[int, ...]]] = {}
        #: Who decides them; None where the kernels do by themselves.
        self.decides: Decides | None = None
        #: What their policy's gates leave of the stock; None where it has none.
        self.gates: Gates | None = None
        #: Level of punctuality, see `NetworkTables.level`.
        self.level = 0
        self._where = where
        self._last: tuple[int, Ask | None] = (-1, None)

    def set_slots(self, first: int, end: int, lanes: LaneStore) -> None:
        """Make the lanes of some orders known, and note their slots in the asks."""
        where = self._where[first:end]
        used = np.flatnonzero(np.bincount(where)).tolist()
        level = self.level
        lanes.slots([self.destinations[k] for k in used], level)
        slot_of = np.zeros(len(self.destinations), np.int64)
        slot_of[used] = [lanes.slot(self.destinations[k], level) for k in used]
        self.words[self.at[first:end] + A_SLOT] = slot_of[where]
        # What was looked at before knew neither its slot nor what is noted next to it.
        self._last = (-1, None)

    def __len__(self) -> int:
        return len(self._where)

    def __getitem__(self, i: Any) -> Any:
        # Picks are read order by order: the same ask is looked at several times.
        if self._last[0] != i:
            words = self.words[self.at[i] : self.at[i + 1]].tolist()
            first = A_HEADER + GROUP_WIDTH * words[A_GROUPS] + words[A_EXCLUDED]
            pairs = list(zip(words[first::2], words[first + 1 :: 2], strict=True))
            offers, together = self.offers.get(i, ()), self.together.get(i, ())
            ask = Ask(words, pairs, offers, self.decides, together, self.gates)
            self._last = (i, ask)
        return self._last[1]


class AskWriter:
    """Writes asks for one network under one policy.

    Parameters
    ----------
    network, catalogue
        What orders may name.
    policy
        The rules to follow.
    places
        Decimals of each SKU as a list, to share between writers.
    composed
        What is sold by the lot, or has substitutes; None for nothing.
    resting
        Nodes that are asked for nothing, by index.
    classes
        Item class of each SKU number; may be left out where no policy speaks of them.
    """

    #: Sets of services whose heads are kept.
    HEADS_MAX = 256

    def __init__(
        self,
        network: Network,
        catalogue: Catalogue,
        policy: RoutingPolicy,
        places: list[int] | None = None,
        composed: Composed | None = None,
        resting: Sequence[int] = (),
        classes: Sequence[str | None] = (),
    ) -> None:
        #: Who decides under the policy; None where the kernels do by themselves.
        self.decides: Decides | None = None
        #: What the policy's gates leave of the stock; None where it has none.
        self.gates: Gates | None = None
        #: Level of punctuality, see `NetworkTables.level`.
        self.level = 0
        #: Whether the time that an order is needed by is a wish, and no limit.
        self.wishes = policy.needed_by == SOFT
        self._composed = composed
        self._network = network
        self._catalogue = catalogue
        self._policy = policy
        self._excluded = [
            network.node_index(node, f"policy.exclude_nodes[{j}]")
            for j, node in enumerate(policy.exclude_nodes)
        ]
        self._excluded += resting
        max_m = policy.max_distance_m
        self._tail = [
            0,
            -1 if max_m is None else max_m,
            int(policy.in_order[0] == "fastest"),
            int(policy.complete_only),
            policy.work_budget,
        ]
        self._split = _SPLIT_WORDS[policy.split_lines]
        self._not_through = {
            channel: [
                network.node_index(
                    node, f"policy.exclude_nodes_by_channel[{channel!r}][{j}]"
                )
                for j, node in enumerate(nodes)
            ]
            for channel, nodes in policy.exclude_nodes_by_channel
        }
        #: Whether the policy looks at an order's channel or value.
        self._looks_closer = bool(self._not_through) or bool(policy.min_value_to_split)
        self._classes = classes
        kept = policy.keep_together
        self._kept = {s for s, name in enumerate(classes) if kept and name in kept}
        #: Whether lines of some item classes go together.
        self.keeps_classes = bool(self._kept)
        self._head_cache: dict[tuple[str, ...] | None, list[int]] = {}
        self._places = catalogue.decimals.tolist() if places is None else places
        self._by_default = _by_default(network)

    def write(self, order: Order, slot: int) -> Ask:
        """Compile an order.

        Raises
        ------
        ValidationError, UnknownIdError
            The path says where in the order: ``lines[2].quantity``.
        """
        words: list[int] = []
        lines = self.extend(words, order, slot)
        offers = self.offers(order, lines) if self._composed else ()
        together: Sequence[tuple[int, ...]] = ()
        if order.keep_together or self.keeps_classes:
            together = self.together(order, lines)
        wanted = list(lines.items())
        return Ask(words, wanted, offers, self.decides, together, self.gates)

    def extend(self, words: list[int], order: Order, slot: int) -> dict[int, int]:
        """Append an order's ask to ``words``; return quanta by SKU number.

        Raises what `write` raises; ``words`` is then as it was.
        """
        head, lines = self.compiled(order)
        start = len(words)
        words += head
        words[start + A_LINES] = len(lines)
        words[start + A_SLOT] = slot
        for line in lines.items():
            words += line
        return lines

    def compiled(self, order: Order) -> tuple[list[int], dict[int, int]]:
        """Return the head of an order's ask, and quanta by SKU number.

        The head tells neither lines nor slot, and may be that of other orders: not to
        be written to. Raises what `write` raises.
        """
        head = self._head_cache.get(order.services)
        if head is None:
            head = self._head_of(order.services)
        lines = self._lines(order)
        if self._composed:
            lines = self._whole_lots(self._composed, order, lines)
        if order.exclude_nodes or order.collect_at is not None or self._looks_closer:
            head = self._special_head(order, head)
        if not head[A_GROUPS]:
            expected = "collect_at, for what is brought to where it is collected"
            raise ValidationError("services", expected, order.services)
        return head, lines

    def _head_of(self, names: tuple[str, ...] | None) -> list[int]:
        """Write, once, the head of all orders that name no nodes."""
        admitted = self._by_default if names is None else self._admitted(names)
        head = self._head(self._groups_of(admitted), self._excluded, -1)
        if len(self._head_cache) >= self.HEADS_MAX:
            self._head_cache.clear()
        self._head_cache[names] = head
        return head

    def _special_head(self, order: Order, head: list[int]) -> list[int]:
        """Write the head of an order that is not like all of its services."""
        node_index = self._network.node_index
        excluded = self._excluded + [
            node_index(node, f"exclude_nodes[{j}]")
            for j, node in enumerate(order.exclude_nodes)
        ]
        groups = head[A_HEADER : A_HEADER + GROUP_WIDTH * head[A_GROUPS]]
        at = -1
        if order.collect_at is not None:
            at = node_index(order.collect_at, "collect_at")
            if fed := fed_by(order, self._network):
                # As if shipped there, from wherever: no node has to have it all.
                at, groups = -1, self._groups_of(fed, fed=True)
            else:
                groups = self._collect_only(order)
        if order.channel is not None:
            excluded = excluded + self._not_through.get(order.channel, [])
        if self._is_too_small(order):
            groups = [1 if k % 2 else word for k, word in enumerate(groups)]
        return self._head(groups, excluded, at)

    def _is_too_small(self, order: Order) -> bool:
        """Whether an order is not worth enough to be split."""
        least = self._policy.min_value_to_split
        return least is not None and order.value is not None and order.value < least

    def together(self, order: Order, lines: dict[int, int]) -> list[tuple[int, ...]]:
        """Return SKU numbers of an order's lines that leave from one node, by group.

        Groups that share a line are one.
        """
        found: list[set[int]] = []
        for group in map(set, self._groups_of_lines(order, lines)):
            apart = [other for other in found if not other & group]
            joined = group.union(*(other for other in found if other & group))
            found = [*apart, joined]
        return [tuple(sorted(group)) for group in found]

    def _groups_of_lines(
        self, order: Order, lines: dict[int, int]
    ) -> Iterable[Iterable[int]]:
        numbers = self._catalogue.skus.numbers
        for group in order.keep_together:
            yield [numbers[sku] for sku in group]
        by_class: dict[str | None, list[int]] = {}
        for sku in sorted(self._kept.intersection(lines)):
            by_class.setdefault(self._classes[sku], []).append(sku)
        yield from by_class.values()

    def _head(self, groups: list[int], excluded: list[int], at: int) -> list[int]:
        """Write everything before the lines; their number and the slot are still 0."""
        counts = [0, 0, len(groups) >> 1, len(excluded)]
        return [
            *counts,
            *self._tail,
            at,
            0,
            self._split,
            ANY_TIME,
            *groups,
            *excluded,
        ]

    def _collect_only(self, order: Order) -> list[int]:
        """Keep what collects: an order that names its node is not shipped."""
        services = self._network.services
        named = range(len(services))
        admitted = named if order.services is None else self._admitted(order.services)
        kept = [s for s in admitted if services[s].kind == _COLLECT]
        if not kept:
            expected = "a collect service, as the order names collect_at"
            raise ValidationError("services", expected, order.services)
        return self._groups_of(kept)

    def _admitted(self, names: tuple[str, ...]) -> list[int]:
        index = self._network.service_index
        return [index(name, f"services[{j}]") for j, name in enumerate(names)]

    def _groups_of(self, admitted: Iterable[int], fed: bool = False) -> list[int]:
        """Bits and shipment limit of each group of services that may share a plan.

        Kinds do not mix unless the policy says so; a collected order has one node. What
        feeds a place of collection is for orders that name it.
        """
        services = self._network.services
        bits: dict[str, int] = {}
        for s in admitted:
            kind = services[s].kind
            if kind == FED and not fed:
                continue
            if self._policy.mix_kinds and kind != _COLLECT:
                kind = SERVICE_KINDS[0]
            bits[kind] = bits.get(kind, 0) | 1 << s
        limit = self._policy.max_shipments or 0
        groups = []
        for kind in sorted(bits, key=SERVICE_KINDS.index):
            groups += [bits[kind], 1 if kind == _COLLECT else limit]
        return groups

    def _lines(self, order: Order) -> dict[int, int]:
        """Merge the lines of one SKU, in exact quanta."""
        numbers = self._catalogue.skus.numbers
        places = self._places
        wanted: dict[int, int] = {}
        total = 0
        for line in order.lines:
            sku = numbers.get(line.sku)
            quantity = line.quantity
            if sku is None or type(quantity) is not int or places[sku]:
                sku, quantity = self._line(order, line)
            total += quantity
            wanted[sku] = wanted.get(sku, 0) + quantity
        if total > ORDER_QUANTA_MAX:
            expected = f"at most {ORDER_QUANTA_MAX} quanta in one order"
            raise ValidationError("lines", expected, total)
        return wanted

    def offers(self, order: Order, lines: dict[int, int]) -> list[tuple[int, int]]:
        """Line and SKU number of what may be sent in place of lines that say so."""
        known = self._composed.substitutes if self._composed else {}
        numbers = self._catalogue.skus.numbers
        willing = {numbers[line.sku] for line in order.lines if line.substitutes}
        return [
            (i, other)
            for i, sku in enumerate(lines)
            if sku in willing
            for other in known.get(sku, ())
        ]

    def _whole_lots(
        self, composed: Composed, order: Order, lines: dict[int, int]
    ) -> dict[int, int]:
        """Return merged lines in whole packs, and no more than an order may ask for."""
        if lines.keys().isdisjoint(composed.recipes):
            return lines
        texts, found = self._catalogue.skus.texts, dict(lines)
        units = 0
        for sku in [sku for sku in lines if sku in composed.recipes]:
            recipe, name = composed.recipes[sku], texts[sku]
            i = next(i for i, line in enumerate(order.lines) if line.sku == name)
            found[sku] = composed.rounded(sku, lines[sku], f"lines[{i}].quantity")
            units += found[sku] // recipe.lot_quanta * recipe.units
        for total, what in ((sum(found.values()), "quanta"), (units, "units of kits")):
            if total > ORDER_QUANTA_MAX:
                expected = f"at most {ORDER_QUANTA_MAX} {what} in one order"
                raise ValidationError("lines", expected, total)
        return found

    def _line(self, order: Order, line: object) -> tuple[int, int]:
        """One line the careful way, with the path in its error."""
        i = next(i for i, known in enumerate(order.lines) if known is line)
        sku = self._catalogue.sku(order.lines[i].sku, f"lines[{i}].sku")
        places = self._places[sku]
        path = f"lines[{i}].quantity"
        return sku, to_quanta(order.lines[i].quantity, places, path)


def _by_default(network: Network) -> list[int]:
    """Services of an order that names none: all that deliver, else all there are."""
    every = range(len(network.services))
    kinds = [network.services[s].kind for s in every]
    delivering = [s for s in every if kinds[s] not in (_COLLECT, FED)]
    return delivering or list(every)
