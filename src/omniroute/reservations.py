"""Reservations: telling a repeated request from another, and what came of one."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from omniroute.codes import ReservationState, Status
from omniroute.kernels.book import H_PRINT_LINES, H_PRINT_TERMS, H_STATE
from omniroute.stock.state import State

#: Modulus of the line fingerprint: products of two residues stay below 2**62.
_PRIME = 2**31 - 1


def print_lines(state: State, lines: Iterable[tuple[int, int]]) -> int:
    """Return a fingerprint of (SKU number, quanta) pairs, whatever their order.

    Two sums modulo 2**31 - 1 of quantity times a hash of the SKU's id: the same on
    every machine and for every order of the catalogue.
    """
    hashes = state.catalogue.skus.hashes()
    low = high = 0
    for sku, quanta in lines:
        mark = int(hashes[sku])
        low += quanta * (mark & _PRIME)
        high += quanta * (mark >> 31 & _PRIME)
    return (high % _PRIME) << 31 | low % _PRIME


def print_terms(*terms: Any) -> int:
    """Return a fingerprint of everything else that was asked for: 62 bits."""
    digest = blake2b(repr(terms).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 2


def repeated(state: State, number: int, lines: int, terms: int) -> Status:
    """Return what to answer to a request under an id that is taken.

    Notes
    -----
    By precedence: other lines, other terms, else the same request again.
    """
    head = state.book.heads[number]
    if head[H_PRINT_LINES] != lines:
        return Status.EXISTS_WITH_DIFFERENT_LINES
    if head[H_PRINT_TERMS] != terms:
        return Status.EXISTS_WITH_DIFFERENT_TERMS
    return Status.EXISTS


def release_status(state: State, id: str) -> Status:
    """Return what a release of this reservation would come to."""
    number = state.book.ids.numbers.get(id)
    if number is None:
        return Status.UNKNOWN_RESERVATION
    held = ReservationState(int(state.book.heads[number, H_STATE]))
    if held is ReservationState.RELEASED:
        return Status.ALREADY_RELEASED
    if held is ReservationState.EXPIRED:
        return Status.EXPIRED
    return Status.OK
