"""Sums of mixed cells and reservations: the same whatever the layout or load order.

Every element is mixed into 64 bits twice, from two seeds, and the results are added up
modulo 2**64. Addition commutes, so no order shows; two lanes make a chance collision a
matter of 2**-128. This guards against mistakes, not against a forger.
"""

from __future__ import annotations

import numpy as np

from omniroute._jit import kernel
from omniroute.codes import NO_NODE, P_FIRM, P_ON_HAND, P_SAFETY, P_SOFT
from omniroute.kernels.arrays import I4, I8, U8
from omniroute.kernels.stock.arena import R_LENGTH, R_START
from omniroute.kernels.stock.book import (
    C_NOW,
    C_RESERVATIONS,
    H_CREATED,
    H_EXPIRES,
    H_FIRST,
    H_PRINT_LINES,
    H_PRINT_TERMS,
    H_STATE,
    H_TOLD,
    L_DUE,
    L_NEXT,
    L_NODE,
    L_OPEN,
    L_QUANTITY,
    L_SHIPPED,
    L_SKU,
)

# Increment and multipliers of splitmix64 (Steele, Lea and Flood, 2014).
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)
# One tag a kind of element, so that none can pass for another.
_TAG_CELL, _TAG_HEAD, _TAG_LINE, _TAG_NOW = (np.uint64(tag) for tag in (1, 2, 3, 4))
#: Two seeds, one a lane.
SEEDS = np.array([0x243F6A8885A308D3, 0x13198A2E03707344], np.uint64)


@kernel()
def fold(state: np.uint64, value: np.uint64) -> np.uint64:
    """Mix one more value into 64 bits."""
    state = (state ^ value) + _STEP
    state = (state ^ (state >> _S30)) * _FIRST
    state = (state ^ (state >> _S27)) * _SECOND
    return state ^ (state >> _S31)


@kernel()
def unsigned(value: int) -> np.uint64:
    """Return a signed number as 64 bits, however a cast may treat the sign."""
    return np.uint64(np.int64(value) + 2**62)


@kernel()
def cell_mix(
    state: np.uint64, sku: np.uint64, node: np.uint64, planes: I4, at: int
) -> np.uint64:
    """One cell from its ids and the four planes that are facts; ``free`` follows."""
    state = fold(fold(fold(state, _TAG_CELL), sku), node)
    state = fold(state, unsigned(planes[P_ON_HAND, at]))
    state = fold(state, unsigned(planes[P_SAFETY, at]))
    state = fold(state, unsigned(planes[P_SOFT, at]))
    return fold(state, unsigned(planes[P_FIRM, at]))


@kernel()
def is_empty(planes: I4, at: int) -> bool:
    """Whether the cell says no more than a cell that was never made."""
    return bool(
        planes[P_ON_HAND, at] == 0
        and planes[P_SAFETY, at] == 0
        and planes[P_SOFT, at] == 0
        and planes[P_FIRM, at] == 0
    )


@kernel("i8[,] i4[] i4[,] u8[] u8[] u8[] u8[]")
def add_cells(
    rows: I8,
    cell_node: I4,
    planes: I4,
    sku_hash: U8,
    node_hash: U8,
    seeds: U8,
    sums: U8,
) -> None:
    """Add every cell that holds anything to ``sums`` uint64[2]. O(cells)."""
    for sku in range(rows.shape[0]):
        start = rows[sku, R_START]
        for at in range(start, start + rows[sku, R_LENGTH]):
            if is_empty(planes, at):
                continue
            node = node_hash[cell_node[at]]
            for lane in range(2):
                sums[lane] += cell_mix(seeds[lane], sku_hash[sku], node, planes, at)


@kernel()
def head_mix(state: np.uint64, id_hash: np.uint64, head: I8) -> np.uint64:
    """One reservation without its lines."""
    state = fold(fold(state, _TAG_HEAD), id_hash)
    state = fold(state, unsigned(head[H_STATE]))
    state = fold(state, unsigned(head[H_EXPIRES]))
    state = fold(state, unsigned(head[H_CREATED]))
    state = fold(state, unsigned(head[H_TOLD]))
    # Fingerprints use all 64 bits: by halves, so that none leaves the range.
    for column in (H_PRINT_LINES, H_PRINT_TERMS):
        state = fold(state, unsigned(head[column] >> 32))
        state = fold(state, unsigned(head[column] & 0xFFFFFFFF))
    return state


@kernel()
def line_mix(
    state: np.uint64, id_hash: np.uint64, sku: np.uint64, node: np.uint64, line: I8
) -> np.uint64:
    """One line of a reservation."""
    state = fold(fold(state, _TAG_LINE), id_hash)
    state = fold(fold(state, sku), node)
    state = fold(state, unsigned(line[L_QUANTITY]))
    state = fold(state, unsigned(line[L_OPEN]))
    state = fold(state, unsigned(line[L_SHIPPED]))
    return fold(state, unsigned(line[L_DUE])) if line[L_DUE] else state


@kernel("i8[,] i8[,] i8[] u8[] u8[] u8[] u8[] u8[]")
def add_book(
    heads: I8,
    lines: I8,
    counters: I8,
    id_hash: U8,
    sku_hash: U8,
    node_hash: U8,
    seeds: U8,
    sums: U8,
) -> None:
    """Add every reservation, its lines and the time to ``sums``. O(book)."""
    for lane in range(2):
        seed = seeds[lane]
        sums[lane] += fold(fold(seed, _TAG_NOW), unsigned(counters[C_NOW]))
        for number in range(counters[C_RESERVATIONS]):
            own = id_hash[number]
            sums[lane] += head_mix(seed, own, heads[number])
            k = heads[number, H_FIRST]
            while k >= 0:
                sku, node = sku_hash[lines[k, L_SKU]], np.uint64(0)
                if lines[k, L_NODE] != NO_NODE:
                    node = node_hash[lines[k, L_NODE]]
                sums[lane] += line_mix(seed, own, sku, node, lines[k])
                k = lines[k, L_NEXT]


@kernel("u8[,] u8[] u8[]")
def add_records(words: U8, seeds: U8, sums: U8) -> None:
    """Add every row of words, mixed one after the other, to ``sums`` uint64[2]."""
    for i in range(words.shape[0]):
        for lane in range(2):
            state = seeds[lane]
            for k in range(words.shape[1]):
                state = fold(state, words[i, k])
            sums[lane] += state
