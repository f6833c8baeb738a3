"""From the numbers of a log to those of another state."""

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
from omniroute.stock.effects import EffectBatch
from omniroute.stock.growth import grown
from omniroute.stock.ids import Ids
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


class Translation:
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
