"""Where a reservation stands, as the answer to who wants something of it."""

from __future__ import annotations

from typing import NamedTuple

from omniroute.codes import STATUS, ReservationState, Status
from omniroute.errors import ValidationError
from omniroute.kernels.stock.book import H_PRINT_LINES, H_PRINT_TERMS, H_STATE, H_TOLD
from omniroute.stock.state import State

#: What is told of a reservation by its state; OK where it is open.
_TOLD = {
    ReservationState.SOFT: Status.OK,
    ReservationState.FIRM: Status.OK,
    ReservationState.RELEASED: Status.ALREADY_RELEASED,
    ReservationState.EXPIRED: Status.EXPIRED,
    ReservationState.FULFILLED: Status.ALREADY_FULFILLED,
    ReservationState.CANCELLED: Status.ALREADY_CANCELLED,
    ReservationState.DECLINED: Status.ALREADY_DECLINED,
    ReservationState.SUPERSEDED: Status.ALREADY_SUPERSEDED,
    # A refusal that was written down: nothing was ever held under this id.
    ReservationState.REFUSED: Status.UNKNOWN_RESERVATION,
}
#: The same by code: a tuple is quicker than members of an enum as keys.
TOLD_OF_STATE = (
    Status.UNKNOWN_RESERVATION,
    *(_TOLD[state] for state in ReservationState),
)
_SOFT = int(ReservationState.SOFT)
_REFUSED = int(ReservationState.REFUSED)


class Standing(NamedTuple):
    """A reservation somebody wants something of.

    Parameters
    ----------
    status
        OK where it is open; else why nothing can come of it.
    number
        Its number; -1 where it is unknown.
    soft
        Whether it is a hold that expires.
    """

    status: Status
    number: int
    soft: bool


_UNKNOWN = Standing(Status.UNKNOWN_RESERVATION, -1, False)


def standing(state: State, id: str) -> Standing:
    """Look a reservation up by its id. O(1).

    Raises
    ------
    ValidationError
        Not a text: nothing could ever have such an id.
    """
    if not isinstance(id, str):
        raise ValidationError("id", "a reservation id (text)", id)
    number = state.book.ids.numbers.get(id)
    if number is None:
        return _UNKNOWN
    code = state.book.heads.item(number, H_STATE)
    return Standing(TOLD_OF_STATE[code], number, code == _SOFT)


def release_status(state: State, id: str) -> Status:
    """Return what a release of this reservation would come to."""
    return standing(state, id).status


def repeated(state: State, number: int, lines: int, terms: int) -> Status:
    """Return what to answer to a request under an id that is taken.

    Notes
    -----
    By precedence: other lines, other terms, else the same request again. Where that
    was refused and the refusal written down, it is told once more.
    """
    head = state.book.heads[number]
    if head[H_PRINT_LINES] != lines:
        return Status.EXISTS_WITH_DIFFERENT_LINES
    if head[H_PRINT_TERMS] != terms:
        return Status.EXISTS_WITH_DIFFERENT_TERMS
    if head[H_STATE] == _REFUSED:
        return STATUS[int(head[H_TOLD])]
    return Status.EXISTS
