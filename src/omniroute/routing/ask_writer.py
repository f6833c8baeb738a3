"""From an `Order` and a `RoutingPolicy` to the integers that a kernel is asked with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from omniroute.errors import ValidationError
from omniroute.kernels.order.layout import A_GROUPS, A_LINES, A_SLOT
from omniroute.model.constraints import SOFT
from omniroute.model.network import Network
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.ask import Ask
from omniroute.routing.ask_head import HeadWriter
from omniroute.routing.ask_lines import LineReader
from omniroute.routing.decide import Decides
from omniroute.routing.gates import Gates


class AskWriter:
    """Writes asks for one network under one policy.

    Parameters
    ----------
    network
        What orders may name.
    reader
        Reads the lines of orders.
    policy
        The rules to follow.
    resting
        Nodes that are asked for nothing, by index.
    classes
        Item class of each SKU number; may be left out where no policy speaks of them.
    """

    def __init__(
        self,
        network: Network,
        reader: LineReader,
        policy: RoutingPolicy,
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
        self._heads = HeadWriter(network, policy, resting)
        self._reader, self._merged = reader, reader.merged
        self._composed = reader.composed
        self._classes = classes
        kept = policy.keep_together
        self._kept = {s for s, name in enumerate(classes) if kept and name in kept}
        #: Whether lines of some item classes go together.
        self.keeps_classes = bool(self._kept)

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
        heads = self._heads
        head = heads.kept.get(order.services)
        if head is None:
            head = heads.of_services(order.services)
        lines = self._merged(order)
        if self._composed:
            lines = self._reader.in_whole_lots(self._composed, order, lines)
        if order.exclude_nodes or order.collect_at is not None or heads.looks_closer:
            head = heads.of_order(order, head)
        if not head[A_GROUPS]:
            expected = "collect_at, for what is brought to where it is collected"
            raise ValidationError("services", expected, order.services)
        return head, lines

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
        numbers = self._reader.catalogue.skus.numbers
        for group in order.keep_together:
            yield [numbers[sku] for sku in group]
        by_class: dict[str | None, list[int]] = {}
        for sku in sorted(self._kept.intersection(lines)):
            by_class.setdefault(self._classes[sku], []).append(sku)
        yield from by_class.values()

    def offers(self, order: Order, lines: dict[int, int]) -> list[tuple[int, int]]:
        """Line and SKU number of what may be sent in place of lines that say so."""
        return self._reader.offers(order, lines)
