"""Ids of the reservations that effects open."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import E_AUX, E_REFERENCE, E_WHAT, Effect
from omniroute.errors import ValidationError
from omniroute.stock.book import Book
from omniroute.stock.effects import EffectBatch
from omniroute.stock.ids import Catalogue, Ids
from omniroute.stock.names import text_at

I8 = NDArray[np.int64]

_INTERN_SKU = int(Effect.INTERN_SKU)
_INTERN_NODE = int(Effect.INTERN_NODE)
_INTERN_RESERVATION = int(Effect.INTERN_RESERVATION)

#: Up to so many rows a Python list beats numpy's fixed cost a call.
_FEW = 32


def opened_ids(batch: EffectBatch, book: Book, catalogue: Catalogue) -> list[str]:
    """Ids of the reservations the batch opens, once all that it names is in order.

    Raises
    ------
    ValidationError
        An id that is taken or comes twice, or a number that means another one here.
    """
    known = len(book)
    here = places_of(batch.rows, _INTERN_SKU, _INTERN_RESERVATION)
    if len(here) > _FEW and (ids := _opened_in_a_row(batch, here, book)):
        return ids
    ids = []
    for i in here:
        what, number = batch.rows[i, E_WHAT], int(batch.rows[i, E_REFERENCE])
        text = text_at(batch, i)
        if what == _INTERN_RESERVATION:
            if number != known + len(ids) or text in book.ids.numbers:
                raise ValidationError(f"effects[{i}]", "a new reservation", text)
            ids.append(text)
        elif what == _INTERN_SKU:
            _check_number(catalogue.skus, number, text, i)
        elif what == _INTERN_NODE:
            _check_number(catalogue.nodes, number, text, i)
    if len(set(ids)) < len(ids):
        raise ValidationError("effects", "each reservation id once", ids)
    return ids


def _opened_in_a_row(batch: EffectBatch, here: list[int], book: Book) -> list[str]:
    """Ids in the rows, if all open reservations and are in order; else none.

    What a large batch opens is checked in one go; `opened_ids` says what is wrong.
    """
    rows, known = batch.rows[here], len(book)
    places = rows[:, E_AUX]
    numbers = np.arange(known, known + len(here))
    in_order = (
        (rows[:, E_WHAT] == _INTERN_RESERVATION).all()
        and (rows[:, E_REFERENCE] == numbers).all()
        and places.min() >= 0
        and places.max() < len(batch.texts)
    )
    if not in_order:
        return []
    ids = [batch.texts[place] for place in places.tolist()]
    taken = book.ids.numbers.keys()
    return ids if len(set(ids)) == len(ids) and taken.isdisjoint(ids) else []


def _check_number(ids: Ids, number: int, text: str, i: int) -> None:
    if ids.numbers.get(text) != number:
        hint = "a journal from elsewhere is replayed with EffectLog.replay"
        expected = f"the number of {text!r} in this state"
        raise ValidationError(f"effects[{i}]", expected, number, hint)


def places_of(rows: I8, first: int, last: int) -> list[int]:
    """Return the rows of a range of kinds. Few rows are quicker as a list."""
    what = rows[:, E_WHAT]
    if len(rows) <= _FEW:
        return [i for i, kind in enumerate(what.tolist()) if first <= kind <= last]
    return np.flatnonzero((what >= first) & (what <= last)).tolist()
