"""Which terms of a repeated request are not those its id was taken with."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from omniroute.kernels.stock.book import H_CREATED, H_EXPIRES, H_PRINT_TERMS
from omniroute.reservations.prints import print_hold_terms
from omniroute.stock.state import State

#: The terms that can be told apart, in the order they are told.
NAMES = ("ttl", "partial", "supersedes", "channel")


def what_differs(
    state: State,
    number: int,
    asked: tuple[int, bool, str | None, str | None],
    whole: Callable[[int], int] = int,
) -> tuple[str, ...]:
    """Return the names of terms that differ; none where that cannot be told.

    Only a fingerprint of terms is kept. So the terms that the state still knows of are
    tried in the place of those asked for, as few as will do.

    Parameters
    ----------
    state
        Read, never modified.
    number
        The reservation.
    asked
        Seconds to live (0: firm), partial, the hold replaced, the channel.
    whole
        Makes the fingerprint kept from that of these terms.
    """
    head = state.book.heads[number].tolist()
    ends, came = head[H_EXPIRES], state.aside.through.get(number)
    lives = {0, ends - head[H_CREATED]} if ends else {0}
    channels = {None} if came is None else {None, state.aside.channels.texts[came]}
    ways = (lives, {True, False}, {None}, channels)
    choices = [[own, *(other - {own})] for own, other in zip(asked, ways, strict=True)]
    found = [
        tuple(
            name
            for name, mine, tried in zip(NAMES, asked, terms, strict=True)
            if mine != tried
        )
        for terms in product(*choices)
        if whole(print_hold_terms(*terms)) == head[H_PRINT_TERMS]
    ]
    return min(found, key=len, default=())
