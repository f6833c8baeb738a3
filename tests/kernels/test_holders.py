"""Lines held whole, in one pass over the cells: what all passes find, for every set."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from omniroute.codes import UNREACHED, Method
from omniroute.kernels.decide.route import route
from omniroute.kernels.order import layout as at
from omniroute.kernels.order.holders import find_holders, may_be_whole, offer_holders
from omniroute.kernels.order.problem import (
    L_ASKED,
    L_GRAMS,
    L_SCALE,
    L_SKU,
    LINE_FIELDS,
    Lanes,
    Order,
    Scratch,
)
from omniroute.kernels.order.subset_table import (
    T_COST,
    T_NODE,
    T_ROWS,
    T_SECOND,
    T_SERVICE,
)
from omniroute.kernels.order.subsets import reset_costs, sum_subsets
from tests.conftest import WITHOUT_JIT
from tests.kernels.route_harness import Router, as_arrays, ask_of, check_clean
from tests.naive.random_instances import SHAPES, random_question

QUESTIONS = 4 if WITHOUT_JIT else 40
#: Nothing arrives that late; but who says how late is answered pass by pass.
SOME_DAY = 1 << 30
NODES, CLASSES, LINES, SERVICES = 40, 5, 3, 2


def questions(shape):
    """Cheapest plans of a few lines or up to eight, over a few nodes or many."""
    for seed in range(QUESTIONS):
        rng = np.random.Generator(np.random.PCG64([seed, len(shape), 36]))
        lines, nodes = int(rng.integers(1, 9)), int(rng.integers(1, 40))
        drawn = SHAPES[shape].sized(lines, nodes)
        instance, _, limit = random_question(rng, drawn)
        asked = {
            "groups": (None, (1, -2 & 7))[rng.integers(2)],
            "excluded": tuple(rng.integers(0, nodes, rng.integers(3)).tolist()),
            "max_distance_m": int(rng.choice([-1, 400_000])),
            "latest": int(rng.choice([-1, 3])),
        }
        yield instance, ask_of(instance, "cheapest", limit, **asked)


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_one_pass_answers_word_for_word_what_all_passes_answer(shape):
    """Plan, figures, proof, candidates; or that no table settles it."""
    router, settled = Router(), 0
    for instance, ask in questions(shape):
        arrays = as_arrays(instance)
        if len(instance.nodes) != router.n_nodes:
            router.n_nodes, router.work[:] = len(instance.nodes), 0
        answers = []
        latest = int(ask[at.A_LATEST])
        for within in (0, SOME_DAY if latest < 0 else latest + 1):
            ask[at.A_WITHIN] = within
            code = router.call(route, *arrays, ask)
            check_clean(router, arrays, ask)
            used = at.O_HEADER + at.SHIPMENT_WIDTH * int(router.out[at.O_SHIPMENTS])
            used += at.PICK_WIDTH * int(router.out[at.O_PICKS])
            answers.append([code, *router.out[: used if code >= 0 else 0].tolist()])
        assert answers[0] == answers[1]
        settled += code >= 0 and router.out[at.O_METHOD] == Method.SUBSETS
    assert settled or shape in ("splits", "collect")


# -- the table itself ------------------------------------------------------------------


@numba.njit
def tabled(rows, cell_node, free, lanes, order, barred, ask, scratch, members, table):
    if not may_be_whole(lanes, order, scratch, ask, 0):
        return -1, False
    hits, whole = find_holders(
        rows, cell_node, free, lanes, order, barred, ask, scratch
    )
    if whole:
        sum_subsets(table, order, members)
        reset_costs(table)
        offer_holders(lanes, table, scratch.stamps, members.size)
    return hits, whole


def drawn_case(seed):
    """Stock and lanes in which much ties: few prices, days and distances."""
    rng = np.random.Generator(np.random.PCG64([seed, 37]))
    held = rng.integers(0, 4, (LINES, NODES)) * (rng.random((LINES, NODES)) < 0.6)
    services = np.zeros((SERVICES, at.S_WIDTH), np.int64)
    services[:, at.S_DEN], services[:, at.S_NUM] = 100, [1, 2]
    services[:, at.S_MAX_G] = [700, UNREACHED]
    records = np.zeros((CLASSES, at.C_ROWS + 2 * SERVICES), np.int64)
    records[:, : at.C_SERVICES] = rng.integers(0, 3, (CLASSES, 3))
    records[:, at.C_ROWS :] = rng.integers(0, 3, (CLASSES, 2 * SERVICES))
    lanes = Lanes(
        services,
        np.sort(rng.integers(1, 5, (3, 64)), axis=1),
        rng.integers(-1, CLASSES, NODES).astype(np.int32),
        rng.choice([0, 7, 2**27], NODES).astype(np.int32),
        records,
        rng.integers(0, 4, CLASSES),
    )
    order = Order(*[np.zeros(0, np.int64)] * 5)
    lines = np.zeros((LINES, LINE_FIELDS), np.int64)
    lines[:, L_SKU], lines[:, L_SCALE] = range(LINES), 1
    lines[:, L_ASKED] = rng.integers(1, 4, LINES)
    lines[:, L_GRAMS] = rng.integers(0, 150, LINES)
    return held, lanes, order._replace(lines=lines), rng.integers(0, 9, NODES) == 0


def best_by_hand(held, lanes, lines, barred, subset):
    """Cost, days and metres, node and service of the best shipment of a set."""
    members = [i for i in range(LINES) if subset >> i & 1]
    grams = sum(int(lines[i, L_ASKED] * lines[i, L_GRAMS]) for i in members)
    units = sum(int(lines[i, L_ASKED]) for i in members)
    found = [(UNREACHED, UNREACHED, 1 << 40, 0)]
    for node, c in enumerate(lanes.cls.tolist()):
        if (
            c < 0
            or barred[node]
            or any(held[i, node] < lines[i, L_ASKED] for i in members)
        ):
            continue
        order_cost, line_cost, unit_cost = lanes.records[c, : at.C_SERVICES].tolist()
        for s in range(SERVICES):
            num, den, most = lanes.services[
                s, [at.S_NUM, at.S_DEN, at.S_MAX_G]
            ].tolist()
            if lanes.admitted[c] >> s & 1 and grams <= most:
                row = lanes.records[c, at.C_ROWS + s]
                cost = int(lanes.prices[row, max(1, -(-grams * num // den))])
                cost += order_cost + line_cost * len(members) + unit_cost * units
                days = int(lanes.records[c, at.C_ROWS + SERVICES + s])
                second = days << 32 | int(lanes.dist_m[node])
                found.append((cost, second, node, s))
    return min(found)


@pytest.mark.parametrize("seed", range(30))
def test_every_set_of_lines_has_its_best_shipment(seed):
    """The cheapest, then soonest and nearest, then first; ties by service."""
    held, lanes, order, barred = drawn_case(seed)
    rows = np.array([[NODES * i, NODES, NODES] for i in range(LINES)])
    none, empty = np.zeros(0, np.int64), np.zeros((0, 0), np.int64)
    words, stamps = np.zeros(NODES, np.int64), np.zeros(CLASSES << LINES, np.int64)
    touched = np.zeros(NODES + 1, np.int64)
    scratch = Scratch(words, none, none, none, empty, stamps, none, touched, none)
    ask = np.zeros(at.A_HEADER, np.int64)
    ask[[at.A_EXCLUDED, at.A_COLLECT_AT, at.A_MAX_DISTANCE_M]] = barred.sum(), -1, -1
    table = np.zeros((T_ROWS, 1 << LINES), np.int64)
    hits, whole = tabled(
        rows,
        np.tile(np.arange(NODES, dtype=np.int32), LINES),
        held.astype(np.int32).reshape(-1),
        lanes,
        order,
        barred.astype(np.int64),
        ask,
        scratch,
        np.arange(LINES),
        table,
    )
    able = (lanes.cls >= 0) & ~barred & (lanes.admitted[lanes.cls] != 0)
    assert whole
    assert hits == int((held[:, able] > 0).sum())
    for subset in range(1, 1 << LINES):
        best = best_by_hand(held, lanes, order.lines, barred, subset)
        assert tuple(table[[T_COST, T_SECOND, T_NODE], subset].tolist()) == best[:3]
        if best[0] < UNREACHED:
            assert table[T_SERVICE, subset] == best[3]
    assert not words.any()
    assert not stamps.any()
