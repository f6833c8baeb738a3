"""Effects: what a decision says happened, as rows of numbers and a few texts."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import numpy as np
from attrs import field
from numpy.typing import NDArray

from omniroute.codes import E_AUX, E_WHAT, EFFECT_WIDTH, INTERN_LAST, Effect
from omniroute.errors import ValidationError
from omniroute.kernels.stock.effect_rows import stock_rows

I8 = NDArray[np.int64]

# Plain integers: numpy takes them twice as fast as members of an enum.
_TICK = int(Effect.TICK)
_HOLD = int(Effect.HOLD)
_LINE = int(Effect.LINE)
_UNLINE = int(Effect.UNLINE)
_RESOLVE = int(Effect.RESOLVE)
_COMMIT = int(Effect.COMMIT)
_SHIP = int(Effect.SHIP)
_EXTEND = int(Effect.EXTEND)
_DUE = int(Effect.DUE)
_INTERN_RESERVATION = int(Effect.INTERN_RESERVATION)
_RULES = int(Effect.RULES)
_PARK = int(Effect.PARK)

#: One effect as a tuple, in the order of columns E_*.
Row = tuple[int, int, int, int, int, int, int, int]


_INT64 = np.dtype(np.int64)


def _to_rows(value: Any) -> I8:
    if type(value) is np.ndarray and value.ndim == 2 and value.dtype is _INT64:
        # The usual case, without numpy's fixed cost a call.
        rows: I8 = value if value.flags.c_contiguous else value.copy()
        return rows
    return np.ascontiguousarray(value, np.int64).reshape(-1, EFFECT_WIDTH)


def _to_texts(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(value)


@attrs.frozen(eq=False)
class EffectBatch:
    """Effects that apply together: all of them or none.

    Parameters
    ----------
    rows
        int64[n, 8], columns ``codes.E_*``.
    texts
        Strings that INTERN_* rows point at by place.

    Notes
    -----
    Applying fills E_AUX2 of some rows with what they overwrote.

    Examples
    --------
    >>> len(EffectBatch([tick(1_700_000_000)]))
    1
    """

    rows: I8 = field(converter=_to_rows)
    texts: tuple[str, ...] = field(default=(), converter=_to_texts)

    def __len__(self) -> int:
        return len(self.rows)


#: Writes a row's words into an array in a third of the time that numpy takes for a tuple.
write_row = struct.Struct(f"={EFFECT_WIDTH}q").pack_into


#: No effect at all.
NOTHING = EffectBatch(np.zeros((0, EFFECT_WIDTH), np.int64))


def tick(now: int) -> Row:
    """Say that time moved on to ``now``."""
    return (_TICK, -1, -1, 0, -1, now, 0, 0)


def intern(what: int, number: int, place: int, now: int = 0, decimals: int = 0) -> Row:
    """Say that ``number`` stands for the text at ``place`` of the batch.

    Of a SKU also in how many decimals it is counted.
    """
    return (what, -1, -1, decimals, number, now, place, 0)


def line(
    number: int, sku: int, node: int, quantity: int, now: int, due: int = 0
) -> Row:
    """Say that a reservation takes quanta from a cell, now or when they fall due."""
    return (_LINE, sku, node, quantity, number, now, due, 0)


def unline(
    number: int, sku: int, node: int, quantity: int, now: int, due: int = 0
) -> Row:
    """Say that a reservation gives quanta back to a cell."""
    return (_UNLINE, sku, node, quantity, number, now, due, 0)


def fall_due(
    number: int, sku: int, node: int, quantity: int, now: int, due: int
) -> Row:
    """Say that a dated line, all that it holds, is from now on taken from its cell."""
    return (_DUE, sku, node, quantity, number, now, due, 0)


def resolve(number: int, final: int, now: int, told: int = 0) -> Row:
    """Say that a reservation ends in the state ``final``; REFUSED with what was told."""
    return (_RESOLVE, -1, -1, final, number, now, told, 0)


def commit(number: int, now: int) -> Row:
    """Say that a hold becomes firm."""
    return (_COMMIT, -1, -1, 0, number, now, 0, 0)


def extend(number: int, expires_s: int, now: int) -> Row:
    """Say that a hold ends at another second."""
    return (_EXTEND, -1, -1, 0, number, now, expires_s, 0)


def ship(number: int, sku: int, node: int, quantity: int, now: int) -> Row:
    """Say that units of a firm line have left."""
    return (_SHIP, sku, node, quantity, number, now, 0, 0)


def rules(kind: int, place: int, now: int) -> Row:
    """Say that the rules told at ``place`` are followed from now on."""
    return (_RULES, -1, -1, 0, kind, now, place, 0)


def stock(what: int, sku: int, node: int, quantity: int, now: int) -> Row:
    """Say one stock fact."""
    return (what, sku, node, quantity, -1, now, 0, 0)


def hold(
    number: int,
    lines: Iterable[tuple[int, ...]],
    now: int,
    *,
    expires_s: int = 0,
    print_lines: int = 0,
    print_terms: int = 0,
    place: int = 0,
) -> list[Row]:
    """Return rows that name reservation ``number``, open it and write its lines.

    Parameters
    ----------
    number
        Its number: how many the book has already.
    lines
        (SKU number, node index, quanta), and the second due of what falls due later.
    now
        Engine time, seconds UTC.
    expires_s
        When the hold ends; 0 makes the reservation firm.
    print_lines, print_terms
        Fingerprints of what was asked and on which terms.
    place
        Place of the id in the texts of the batch.

    Examples
    --------
    >>> [Effect(row[0]).name for row in hold(0, [(5, 1, 2)], now=100, expires_s=160)]
    ['INTERN_RESERVATION', 'HOLD', 'LINE']
    """
    head = (_HOLD, -1, -1, print_terms, number, now, expires_s, print_lines)
    rows: list[Row] = [intern(_INTERN_RESERVATION, number, place, now), head]
    rows += [
        line(number, sku, node, quantity, now, *due)
        for sku, node, quantity, *due in lines
    ]
    return rows


def stock_batch(
    what: NDArray[Any] | int,
    skus: NDArray[Any],
    nodes: NDArray[Any],
    quantities: NDArray[Any],
    *,
    now: int,
    happened: NDArray[Any] | int = 0,
) -> EffectBatch:
    """Return stock facts from integer columns, or one kind for all. O(n), one pass.

    Parameters
    ----------
    what
        `Effect` code of each fact, or one for all.
    skus, nodes, quantities
        SKU number, node index and quanta of each fact.
    now
        Engine time, seconds UTC.
    happened
        When each fact happened by its own account; 0 where unsaid. Kept in E_AUX.
    """
    count = len(skus)
    out = np.empty((count, EFFECT_WIDTH), np.int64)
    stock_rows(
        _column(what, count),
        _column(skus, count),
        _column(nodes, count),
        _column(quantities, count),
        _column(happened, count),
        now,
        out,
    )
    return EffectBatch(out)


def _column(values: NDArray[Any] | int, length: int) -> I8:
    array = np.asarray(values, np.int64)
    if array.ndim == 0:
        return np.full(length, array, np.int64)
    if len(array) != length:
        expected = f"columns of one length ({length})"
        raise ValidationError("columns", expected, len(array))
    return np.ascontiguousarray(array)


def concat(batches: Sequence[EffectBatch]) -> EffectBatch:
    """One batch that says what the batches say, in order: all of it or nothing."""
    batches = [batch for batch in batches if len(batch)]
    if not batches:
        return NOTHING
    if len(batches) == 1:
        return batches[0]
    rows = np.concatenate([batch.rows for batch in batches])
    texts: list[str] = []
    end = 0
    for batch in batches:
        part = rows[end : end + len(batch)]
        what = part[:, E_WHAT]
        told = (what <= INTERN_LAST) | (what == _RULES) | (what == _PARK)
        part[told, E_AUX] += len(texts)
        texts += batch.texts
        end += len(batch)
    return EffectBatch(rows, texts)
