"""What reservations wait for: units that could not be had, and on which terms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    E_AUX,
    E_AUX2,
    E_QUANTITY,
    E_REFERENCE,
    E_SKU,
    E_WHAT,
    Effect,
)
from omniroute.errors import ValidationError
from omniroute.stock.effects import EffectBatch, Row
from omniroute.stock.ids import text_hash

_PARK, _WAIT = int(Effect.PARK), int(Effect.WAIT)


class Terms(NamedTuple):
    """On which terms a reservation waits.

    Parameters
    ----------
    since_s
        Second UTC at which it began to wait: who waits longest is served first.
    partial
        Whether it takes what there is; else all it waits for, or nothing.
    text
        The order, but for how much is still waited for; read by who decides.
    """

    since_s: int
    partial: bool
    text: str


class Parked:
    """Units that reservations wait for. What has ended waits for nothing.

    Attributes
    ----------
    terms : dict of int to Terms
        By reservation number; the last that were told.
    wanted : dict of int to dict of int to int
        Quanta by reservation number and SKU number; what is nothing is not kept.
    """

    __slots__ = ("terms", "wanted")

    def __init__(self) -> None:
        self.terms: dict[int, Terms] = {}
        self.wanted: dict[int, dict[int, int]] = {}

    def __bool__(self) -> bool:
        return bool(self.wanted)

    # -- changes -----------------------------------------------------------------------

    def check(self, batch: EffectBatch, reservations: int, skus: int) -> None:
        """Require that the rows about waiting can be applied.

        Raises
        ------
        ValidationError
            The path says which cannot.
        """
        rows, left = batch.rows, dict[tuple[int, int], int]()
        for i in np.flatnonzero(rows[:, E_WHAT] == _WAIT).tolist():
            number, sku, change = rows[i, [E_REFERENCE, E_SKU, E_QUANTITY]].tolist()
            known = 0 <= number < reservations and 0 <= sku < skus
            had = self.wanted.get(number, {}).get(sku, 0)
            left[number, sku] = left.get((number, sku), had) + change
            if not known or left[number, sku] < 0:
                expected = "a reservation that waits for so much of a SKU"
                raise ValidationError(f"effects[{i}]", expected, rows[i].tolist())
        for i in np.flatnonzero(rows[:, E_WHAT] == _PARK).tolist():
            number, place = rows[i, [E_REFERENCE, E_AUX]].tolist()
            if not (0 <= number < reservations and 0 <= place < len(batch.texts)):
                expected = "a reservation, and the place of a text"
                raise ValidationError(f"effects[{i}]", expected, rows[i].tolist())

    def apply(self, batch: EffectBatch) -> None:
        """Apply the rows about waiting, which `check` has let pass."""
        what = batch.rows[:, E_WHAT]
        for row in batch.rows[(what == _PARK) | (what == _WAIT)].tolist():
            number = row[E_REFERENCE]
            if row[E_WHAT] == _PARK:
                text = batch.texts[row[E_AUX]]
                self.terms[number] = Terms(row[E_AUX2], bool(row[E_QUANTITY]), text)
            else:
                self._wait(number, row[E_SKU], row[E_QUANTITY])

    def _wait(self, number: int, sku: int, change: int) -> None:
        own = self.wanted.setdefault(number, {})
        own[sku] = own.get(sku, 0) + change
        if not own[sku]:
            del own[sku]
        if not own:
            del self.wanted[number]

    def forget(self, ended: set[int]) -> None:
        """Forget what reservations waited for that have ended."""
        for number in ended:
            self.terms.pop(number, None)
            self.wanted.pop(number, None)

    # -- questions ---------------------------------------------------------------------

    def in_turn(self) -> list[int]:
        """Numbers of what waits, who began to wait first first; ended ones among them."""
        return sorted(self.wanted, key=self.turn)

    def turn(self, number: int) -> tuple[int, int]:
        """By what the turn of a reservation is told."""
        return self.terms[number].since_s, number

    # -- proof -------------------------------------------------------------------------

    def records(
        self,
        skus: NDArray[np.uint64],
        reservations: NDArray[np.uint64],
        open_: set[int],
    ) -> Iterator[NDArray[np.uint64]]:
        """Words the digest mixes, of open reservations: terms, and what is waited for."""
        waiting = open_ & self.wanted.keys()
        terms: list[tuple[Any, ...]] = []
        lines: list[tuple[Any, ...]] = []
        for number in waiting:
            mark, (since_s, partial, text) = reservations[number], self.terms[number]
            terms.append((114, mark, since_s, int(partial), text_hash(text)))
            wanted = self.wanted[number]
            lines += [(115, mark, skus[sku], quanta) for sku, quanta in wanted.items()]
        yield from (np.array(table, np.uint64) for table in (terms, lines) if table)


def park(number: int, place: int, since_s: int, partial: bool, now: int) -> Row:
    """Say on which terms a reservation waits; the text is at ``place`` of the batch."""
    return (_PARK, -1, -1, int(partial), number, now, place, since_s)


def wait(number: int, sku: int, change: int, now: int) -> Row:
    """Say that a reservation waits for more of a SKU, or for less."""
    return (_WAIT, sku, -1, change, number, now, 0, 0)
