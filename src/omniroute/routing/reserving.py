"""Reserving what an answer takes: whether it is worth it, still there, and its effects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from omniroute.codes import Status
from omniroute.kernels.order.layout import O_PICKS, O_STATUS
from omniroute.kernels.stock.availability import cell_free
from omniroute.reservations import print_lines
from omniroute.routing.ask import Ask
from omniroute.stock import decide
from omniroute.stock.draws import through
from omniroute.stock.effects import EffectBatch
from omniroute.stock.state import State


class Under(NamedTuple):
    """What a reservation is made under: an id that is new, and its terms.

    Parameters
    ----------
    id
        The reservation's.
    terms
        Fingerprint of what was asked besides the lines.
    expires_s
        Second at which it ends; 0 where it is firm.
    channel
        Of the order.
    """

    id: str
    terms: int
    expires_s: int
    channel: str | None = None


class Holds(NamedTuple):
    """What a batch reserves under: an id and a fingerprint of the terms an order."""

    ids: list[str]
    terms: list[int]
    expires_s: int
    partial: bool


def worth_reserving(answer: list[int], partial: bool) -> bool:
    """Whether an answer is to be reserved: whole, or in part where that is wanted."""
    if not answer[O_PICKS]:
        return False
    partly = partial and answer[O_STATUS] == Status.SHORT
    return answer[O_STATUS] == Status.OK or partly


def still_there(state: State, drawn: Sequence[tuple[int, int, int]]) -> bool:
    """Whether the stock that an answer takes is still free: it takes a cell once."""
    arena = state.arena
    return all(
        cell_free(arena.rows, arena.cell_node, arena.planes, sku, node) >= quanta
        for sku, node, quanta in drawn
    )


def reserve_effects(
    state: State,
    ask: Ask,
    drawn: Sequence[tuple[int, ...]],
    under: Under,
) -> EffectBatch:
    """Effects of reserving what an answer takes, for an order of a channel.

    ``drawn`` is (SKU number, node index, quanta), and the second due of what is wanted
    later.
    """
    batch = decide.reserve(
        state,
        under.id,
        drawn,
        now=state.now,
        expires_s=under.expires_s,
        print_lines=print_lines(state, ask.lines),
        print_terms=under.terms,
    )
    return through(state, batch, under.channel)


def falling_due(
    drawn: Sequence[tuple[int, int, int]], due: int
) -> Sequence[tuple[int, ...]]:
    """Return what an answer takes as lines that fall due at a second; 0: at once."""
    return [(*line, due) for line in drawn] if due else drawn
