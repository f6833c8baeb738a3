"""The effect log: a journal in memory that can be replayed into any state."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    AFTER_FIRST,
    AFTER_LAST,
    ASIDE_FIRST,
    ASIDE_LAST,
    E_AUX,
    E_AUX2,
    E_NODE,
    E_QUANTITY,
    E_REFERENCE,
    E_SKU,
    E_WHAT,
    INTERN_LAST,
    RESERVATION_FIRST,
    RESERVATION_LAST,
    Effect,
)
from omniroute.errors import ValidationError
from omniroute.stock.effects import EffectBatch, intern
from omniroute.stock.growth import grown
from omniroute.stock.ids import Catalogue, Ids
from omniroute.stock.names import lists
from omniroute.stock.state import State

I8 = NDArray[np.int64]

#: Texts that both sides number in the order in which they come.
_LISTED: dict[int, str] = {
    Effect.INTERN_INBOUND: "inbound",
    Effect.INTERN_REASON: "reason",
    Effect.INTERN_TYPE: "type",
    Effect.INTERN_SOURCE: "source",
    Effect.INTERN_CHANNEL: "channel",
}
#: Which effects refer to such a number: from the first to the last.
_USED: dict[int, tuple[tuple[int, int], ...]] = {
    Effect.INTERN_INBOUND: ((Effect.EXPECT, Effect.ENDS),),
    Effect.INTERN_REASON: ((Effect.UNAVAILABLE, Effect.UNAVAILABLE),),
    Effect.INTERN_TYPE: (),
    Effect.INTERN_SOURCE: ((Effect.SEEN, Effect.TOLD),),
    Effect.INTERN_CHANNEL: (),
}


class EffectLog:
    """Batches in the order they were applied, with every id they need in them.

    A number means nothing outside the state that gave it. The log therefore puts an
    INTERN_* row before the first use of each SKU and node, and a replay translates:
    the other state may know its SKUs and nodes in another order.

    Parameters
    ----------
    catalogue
        Ids of the state whose effects are logged.

    Examples
    --------
    >>> from omniroute.stock.effects import stock
    >>> state = State(["N1"], ["BOLT"])
    >>> log = EffectLog(state.catalogue)
    >>> batch = EffectBatch([stock(Effect.RECEIVE, 0, 0, 40, now=0)])
    >>> state.apply(batch)
    >>> log.append(batch)
    >>> twin = State(["N0", "N1"], ["NUT", "BOLT"])
    >>> log.replay(twin)
    >>> twin.digest() == state.digest()
    True
    """

    __slots__ = ("_batches", "_catalogue", "_node_known", "_sku_known")

    def __init__(self, catalogue: Catalogue) -> None:
        self._batches: list[EffectBatch] = []
        self._catalogue = catalogue
        # The last entry stands for "no number", -1, which needs no name.
        self._node_known = np.zeros(len(catalogue.nodes) + 1, np.bool_)
        self._node_known[-1] = True
        self._sku_known = np.ones(1, np.bool_)

    def __len__(self) -> int:
        """Batches appended."""
        return len(self._batches)

    def __iter__(self) -> Iterator[EffectBatch]:
        """Batches as logged, oldest first."""
        return iter(self._batches)

    def append(self, batch: EffectBatch) -> None:
        """Log a batch the state has applied; its rows cannot be written afterwards.

        A batch that says nothing is not kept.
        """
        if not len(batch):
            return
        self._grow()
        skus = _fresh(batch.rows[:, E_SKU], self._sku_known)
        nodes = _fresh(batch.rows[:, E_NODE], self._node_known)
        if skus or nodes:
            batch = self._named(batch, skus, nodes)
        batch.rows.flags.writeable = False
        self._batches.append(batch)

    def _grow(self) -> None:
        missing = len(self._catalogue.skus) + 1 - len(self._sku_known)
        if missing > 0:
            fresh = np.zeros(missing, np.bool_)
            self._sku_known = np.concatenate([self._sku_known[:-1], fresh, [True]])

    def _named(
        self, batch: EffectBatch, skus: list[int], nodes: list[int]
    ) -> EffectBatch:
        """Return the batch with the names of numbers not used before."""
        place = len(batch.texts)
        decimals = self._catalogue.decimals_of
        rows = [
            intern(Effect.INTERN_SKU, n, place + k, decimals=decimals(n))
            for k, n in enumerate(skus)
        ]
        place += len(skus)
        rows += [intern(Effect.INTERN_NODE, n, place + k) for k, n in enumerate(nodes)]
        texts = [self._catalogue.skus.texts[number] for number in skus]
        texts += [self._catalogue.nodes.texts[number] for number in nodes]
        both = np.concatenate([np.array(rows, np.int64), batch.rows])
        return EffectBatch(both, (*batch.texts, *texts))

    def replay(self, state: State) -> None:
        """Apply every batch to another state, in its own numbers.

        O(effects). The reservations it has already keep their numbers.

        Raises
        ------
        UnknownSkuError, UnknownNodeError
            The state's catalogue lacks an id; nothing has changed.
        ValidationError
            A SKU counted in other decimals here, or stock of a kit: nothing has changed.
            An effect the state refuses: the batches before it have been applied.
        """
        for batch in self.translated(state):
            state.apply(batch)

    def translated(self, state: State) -> Iterator[EffectBatch]:
        """Batches in the numbers of another state, each to be applied before the next.

        Raises
        ------
        UnknownSkuError, UnknownNodeError
            The state's catalogue lacks an id; said before the first batch.
        ValidationError
            A SKU counted in other decimals here, or stock of a kit; said before the
            first batch.
        """
        # As it stands now: what is yielded may end up in this very log.
        batches = tuple(self._batches)
        translation = _Translation(state)
        for batch in batches:
            translation.learn(batch)
        for batch in batches:
            yield translation.apply(batch)


def _fresh(numbers: I8, known: NDArray[np.bool_]) -> list[int]:
    """Numbers not known so far, which they are from now on."""
    if known[numbers].all():
        return []
    fresh = np.unique(numbers[~known[numbers]])
    known[fresh] = True
    return [int(number) for number in fresh]


class _Numbers:
    """What numbers of the log are called in the state."""

    def __init__(self) -> None:
        self._own = np.zeros(0, np.int64)

    def learn(self, number: int, own: int) -> None:
        # Kept one up, so that 0, what growing fills with, says "never named".
        self._own = grown(self._own, number + 1)
        self._own[number] = own + 1

    def of(self, numbers: I8, what: str) -> I8:
        inside = (numbers >= 0) & (numbers < len(self._own))
        own = np.zeros(len(numbers), np.int64)
        own[inside] = self._own[numbers[inside]]
        bad = np.flatnonzero((own == 0) & (numbers >= 0))
        if len(bad):
            raise ValidationError("log", f"a {what} named before", int(numbers[bad[0]]))
        return own - 1


class _Listed(_Numbers):
    """Numbers of texts that a state numbers in the order in which they come."""

    def __init__(self, ids: Ids) -> None:
        super().__init__()
        self._known = dict(ids.numbers)
        # Those every state has from the start are named nowhere in a log.
        for number in range(ids.given):
            self.learn(number, number)

    def learn_text(self, number: int, text: str) -> None:
        """Give a text of the log the number it has here, or the next."""
        self.learn(number, self._known.setdefault(text, len(self._known)))


class _Translation:
    """From the numbers of a log to those of a state."""

    def __init__(self, state: State) -> None:
        self._skus, self._nodes, self._reservations = _Numbers(), _Numbers(), _Numbers()
        self._catalogue = state.catalogue
        self._next = len(state.book)
        #: Numbers in the log of what is a kit here.
        self._kits: list[int] = []
        self._listed = {
            what: _Listed(ids)
            for what, ids in lists(state.supply, state.memory, state.aside)
        }

    def learn(self, batch: EffectBatch) -> None:
        """Look up every SKU and node the batch names."""
        for what, number, text, decimals in _names(batch):
            if what == Effect.INTERN_SKU:
                own = self._sku(text, decimals)
                self._skus.learn(number, own)
                if own in self._catalogue.kits:
                    self._kits.append(number)
            elif what == Effect.INTERN_NODE:
                self._nodes.learn(number, self._catalogue.node(text, "log"))
        if self._kits:
            self._require_stocked(batch.rows)

    def _require_stocked(self, rows: I8) -> None:
        """Refuse stock of a kit; one may be waited for, as it was ordered."""
        what = rows[:, E_WHAT]
        of_kit = np.isin(rows[:, E_SKU], self._kits) & (what > INTERN_LAST)
        bad = rows[of_kit & (what != Effect.WAIT), E_SKU]
        if len(bad):
            kits = self._skus.of(bad[:1], "SKU")
            self._catalogue.stocked(int(kits[0]), "log")

    def _sku(self, text: str, decimals: int) -> int:
        """Return the number of a SKU here, where quanta of it are the same."""
        number = self._catalogue.sku(text, "log")
        here = self._catalogue.decimals_of(number)
        if here != decimals:
            expected = f"an engine that counts SKU {text!r} in {decimals} decimals"
            raise ValidationError("log", expected, here)
        return number

    def apply(self, batch: EffectBatch) -> EffectBatch:
        """Return the batch in the state's numbers."""
        self.learn(batch)
        for what, number, text, _ in _names(batch):
            if what == Effect.INTERN_RESERVATION:
                self._reservations.learn(number, self._next)
                self._next += 1
            elif what in self._listed:
                self._listed[what].learn_text(number, text)
        rows = batch.rows.copy()
        rows[:, E_SKU] = self._skus.of(rows[:, E_SKU], "SKU")
        rows[:, E_NODE] = self._nodes.of(rows[:, E_NODE], "node")
        self._translate_references(rows)
        return EffectBatch(rows, batch.texts)

    def _translate_references(self, rows: I8) -> None:
        what = rows[:, E_WHAT]
        for here, numbers, name in (
            (what == Effect.INTERN_SKU, self._skus, "SKU"),
            (what == Effect.INTERN_NODE, self._nodes, "node"),
            (what == Effect.INTERN_RESERVATION, self._reservations, "reservation"),
            (
                ((what >= RESERVATION_FIRST) & (what <= RESERVATION_LAST))
                | ((what >= ASIDE_FIRST) & (what <= ASIDE_LAST))
                | ((what >= AFTER_FIRST) & (what <= AFTER_LAST))
                | (what == Effect.TAKE),
                self._reservations,
                "reservation",
            ),
        ):
            if here.any():
                rows[here, E_REFERENCE] = numbers.of(rows[here, E_REFERENCE], name)
        if (what > RESERVATION_LAST).any() or (what > Effect.INTERN_RESERVATION).any():
            self._translate_listed(rows)

    def _translate_listed(self, rows: I8) -> None:
        """Entries, reasons, sources, channels: numbered as they come, on both sides."""
        what = rows[:, E_WHAT]
        for intern_what, used in _USED.items():
            numbers = self._listed[intern_what]
            here = what == intern_what
            for first, last in used:
                here |= (what >= first) & (what <= last)
            if here.any():
                name = _LISTED[intern_what]
                rows[here, E_REFERENCE] = numbers.of(rows[here, E_REFERENCE], name)
        here = (what == Effect.TOLD) & (rows[:, E_AUX2] == Effect.RESCHEDULE)
        if here.any():
            entries = self._listed[Effect.INTERN_INBOUND]
            rows[here, E_QUANTITY] = entries.of(rows[here, E_QUANTITY], "inbound")
        here = what == Effect.EXPECT
        if here.any():
            types = self._listed[Effect.INTERN_TYPE]
            rows[here, E_AUX2] = types.of(rows[here, E_AUX2], "type")
        here = (what >= Effect.FENCE) & (what <= ASIDE_LAST)
        if here.any():
            channels = self._listed[Effect.INTERN_CHANNEL]
            rows[here, E_AUX] = channels.of(rows[here, E_AUX], "channel")


def _names(batch: EffectBatch) -> Iterator[tuple[int, int, str, int]]:
    """(Kind, number, text, decimals of a SKU) of the batch's INTERN_* rows."""
    if not batch.texts:
        return
    found = batch.rows[batch.rows[:, E_WHAT] <= INTERN_LAST]
    for what, _, _, decimals, number, _, place, _ in found.tolist():
        yield what, number, batch.texts[place], decimals
