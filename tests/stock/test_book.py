"""The book knows who holds what, and what ends next."""

from __future__ import annotations

import pytest

from omniroute.codes import ReservationState
from omniroute.errors import UnknownReservationError
from omniroute.stock import decide
from omniroute.stock.book import Reservation
from omniroute.stock.state import State
from tests.stock.knobs import tiny_knobs


def state_with(*holds):
    """Reservations given as (id, expiry), one line each."""
    state = State(["N0", "N1"], ["S"])
    for id, expires in holds:
        batch = decide.reserve(state, id, [(0, 1, 2)], now=5, expires_s=expires)
        state.apply(batch)
    return state


def test_a_reservation_reads_as_it_was_written():
    """State, expiry, opening time and lines."""
    book = state_with(("A", 60), ("B", 0)).book
    assert book.reservation(book.number("A")) == Reservation(
        "A", ReservationState.SOFT, 60, 5, ((0, 1, 2, 2, 0),)
    )
    assert book.reservation(1).state == ReservationState.FIRM


def test_an_unknown_reservation_is_named():
    """Also where the id could not even be a key."""
    book = state_with(("A", 60)).book
    for bad in ("B", None, ["A"]):
        with pytest.raises(UnknownReservationError):
            book.number(bad)


def test_due_holds_come_by_expiry_then_in_order_of_opening():
    """A hold is due at its very second; firm reservations never are."""
    book = state_with(("B", 60), ("C", 50), ("A", 60), ("F", 0), ("D", 61)).book
    names = book.ids.texts
    assert [[names[n] for n in book.due(now)] for now in (49, 50, 60)] == [
        [],
        ["C"],
        ["C", "B", "A"],
    ]


def test_the_book_grows_with_its_reservations():
    """From room for one to many, nothing is lost."""
    with tiny_knobs():
        state = state_with(*((str(i), 0) for i in range(20)))
    assert len(state.book) == 20
    assert all(state.book.reservation(i).lines == ((0, 1, 2, 2, 0),) for i in range(20))
    state.check()
