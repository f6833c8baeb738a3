"""Fingerprints: telling a repeated request from another."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import Any

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


@lru_cache(maxsize=1024)
def print_hold_terms(
    ttl_s: int, partial: bool, supersedes: str | None, channel: str | None = None
) -> int:
    """Fingerprint of the terms of a reservation of named cells.

    Most requests of a shop differ in nothing but their lines: hence the cache.
    """
    by = () if channel is None else (channel,)
    return print_terms("cells", ttl_s, partial, supersedes, *by)
