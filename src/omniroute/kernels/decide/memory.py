"""How the routing kernels cut up the caller's scratch memory."""

from __future__ import annotations

from omniroute._jit import kernel, view
from omniroute.codes import SUBSET_LINES_MAX
from omniroute.kernels.arrays import I4, I8
from omniroute.kernels.cover.curves import curve_memory
from omniroute.kernels.cover.fleet import MEMO_CURVES, fleet_memory
from omniroute.kernels.cover.lagrange import dual_memory
from omniroute.kernels.cover.sets import set_memory
from omniroute.kernels.order.layout import (
    A_EXCLUDED,
    A_GROUPS,
    A_HEADER,
    A_LINES,
    GROUP_WIDTH,
    LINE_WIDTH,
)
from omniroute.kernels.order.problem import (
    L_ASKED,
    L_GRAMS,
    L_QUANTITY,
    L_SCALE,
    L_SKU,
    LINE_FIELDS,
    PICK_FIELDS,
    Lanes,
    Order,
    Scratch,
)
from omniroute.kernels.order.subset_table import N_FIELDS, T_ROWS

#: Words for dynamic programmes over split quantities, and for telling nodes apart.
SPLIT_WORDS = 1 << 18
STAMP_WORDS = 1 << 17
SMALL_WORDS = 256


@kernel()
def cover_memory(n_nodes: int, n_lines: int, n_hits: int, n_classes: int) -> int:
    """Words that a search for a cover takes."""
    return (
        fleet_memory(n_hits, n_nodes, n_lines)
        + curve_memory(n_classes)
        + MEMO_CURVES * MEMO_CURVES
        + dual_memory(n_hits, n_lines)
        + set_memory(n_nodes, n_lines)
    )


@kernel("i8 i8 i8 i8")
def work_needed(n_nodes: int, n_lines: int, n_hits: int, n_classes: int) -> int:
    """Words of scratch memory that an order can need."""
    large = (T_ROWS << SUBSET_LINES_MAX) + N_FIELDS * n_nodes + SPLIT_WORDS
    cover = cover_memory(n_nodes, n_lines, n_hits, n_classes)
    lines = (LINE_FIELDS + 3) * n_lines + 2
    picks = PICK_FIELDS * (n_hits + n_lines)
    return (
        SMALL_WORDS
        + STAMP_WORDS
        + 5 * n_nodes
        + n_classes
        + lines
        + picks
        + 2 * n_hits
        + large
        + cover
    )


@kernel()
def count_cells(rows: I8, ask: I8) -> int:
    """Cells that the order's SKUs have: the most hits a scan can find."""
    n_cells, start = 0, first_line(ask)
    for i in range(ask[A_LINES]):
        n_cells += rows[ask[start + LINE_WIDTH * i], 1]
    return n_cells


@kernel()
def read_lines(ask: I8, items: I8, lines: I8) -> None:
    """Fill in SKU, quantity, weight and scale of each line."""
    start = first_line(ask)
    for i in range(lines.shape[0]):
        sku = ask[start + LINE_WIDTH * i]
        lines[i, L_SKU] = sku
        lines[i, L_ASKED] = ask[start + LINE_WIDTH * i + 1]
        lines[i, L_QUANTITY] = lines[i, L_ASKED]
        lines[i, L_GRAMS] = items[sku, 0]
        lines[i, L_SCALE] = items[sku, 1]


@view
def lane_views(
    services: I8, prices: I8, lane_nodes: I4, lane_records: I8, slot: int, admitted: I8
) -> Lanes:
    """One destination's lanes."""
    return Lanes(
        services,
        prices,
        lane_nodes[slot, 0],
        lane_nodes[slot, 1],
        lane_records[slot, : admitted.size],
        admitted,
    )


@view
def carve(
    work: I8, n_nodes: int, n_lines: int, n_cells: int, n_classes: int
) -> tuple[Scratch, Order, I8, I8]:
    """Cut the working memory into the views that the methods use."""
    a = SMALL_WORDS
    b = a + STAMP_WORDS
    c = b + 5 * n_nodes
    d = c + PICK_FIELDS * (n_cells + n_lines)
    e = d + (T_ROWS << SUBSET_LINES_MAX) + N_FIELDS * n_nodes + SPLIT_WORDS
    f = e + cover_memory(n_nodes, n_lines, n_cells, n_classes)
    scratch = Scratch(
        work[b : b + n_nodes],
        work[b + n_nodes : b + 2 * n_nodes],
        work[b + 2 * n_nodes : b + 3 * n_nodes],
        work[b + 3 * n_nodes : b + 4 * n_nodes],
        work[c:d].reshape(n_cells + n_lines, PICK_FIELDS),
        work[a:b],
        work[:a],
        work[d:e],
        work[e:f],
    )
    g = f + LINE_FIELDS * n_lines
    h = g + n_lines
    i = h + n_lines + 1
    order = Order(
        work[f:g].reshape(n_lines, LINE_FIELDS),
        work[g:h],
        work[h:i],
        work[i : i + n_cells],
        work[i + n_cells : i + 2 * n_cells],
    )
    barred = work[b + 4 * n_nodes : c]
    last = i + 2 * n_cells
    return scratch, order, barred, work[last : last + n_classes]


@kernel()
def first_line(ask: I8) -> int:
    """Where the lines of an ask begin."""
    return A_HEADER + GROUP_WIDTH * ask[A_GROUPS] + ask[A_EXCLUDED]


@kernel()
def bar(ask: I8, barred: I8, value: int) -> None:
    """Mark the excluded nodes, or clear the marks."""
    start = A_HEADER + GROUP_WIDTH * ask[A_GROUPS]
    for j in range(ask[A_EXCLUDED]):
        barred[ask[start + j]] = value
