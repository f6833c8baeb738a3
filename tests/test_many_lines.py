"""Rows of one id and cell are one line, in a batch as in a single call."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omniroute as om
from omniroute.codes import QUANTITY_MAX
from tests.conftest import WITHOUT_JIT

NOW = 1_000_000


def shop(rounding="up"):
    """Sixty eggs by the half dozen and sixty bolts at each of two nodes."""
    network = om.Network(
        [om.Node("N1"), om.Node("N2")],
        [om.Service("ground", "ship", om.RateCard.flat(5))],
    )
    items = [om.Item("EGG", pack_size=6, pack_rounding=rounding), om.Item("BOLT")]
    engine = om.Engine(network, items, clock=lambda: NOW, journal=True)
    for sku in ("EGG", "BOLT"):
        for node in network.node_ids:
            engine.apply(om.Receive(sku, node, 60))
    return engine


def batch(engine, rows, **terms):
    """Reserve (id, SKU, node, quantity) rows in one call."""
    ids, skus, nodes, quantities = map(list, zip(*rows, strict=True))
    frame = {"id": ids, "sku": skus, "node": nodes, "quantity": quantities}
    return engine.reserve_many(frame, **terms)


def one_by_one(engine, rows, **terms):
    """Reserve the same, an id a call."""
    found = []
    for id in dict.fromkeys(row[0] for row in rows):
        lines = [om.HoldLine(*row[1:]) for row in rows if row[0] == id]
        found.append(int(engine.reserve(lines, id=id, **terms).status))
    return found


@pytest.mark.parametrize(
    ("rounding", "asked", "rows"),
    [
        ("up", [3, 3], [3, 3]),
        ("up", [3, 4], [3, 9]),
        ("down", [5, 4], [5, 1]),
        ("down", [6, 6], [6, 6]),
        ("refuse", [3, 3], [3, 3]),
    ],
)
def test_packs_are_rounded_once_a_cell(rounding, asked, rows):
    """Three eggs and three eggs are half a dozen, whoever reads the order."""
    both = shop(rounding), shop(rounding)
    order = [("A", "EGG", "N1", quantity) for quantity in asked]
    found = batch(both[0], order)
    assert found.held_quanta.tolist() == rows
    one_by_one(both[1], order)
    held = [engine.reservations()["held_quanta"].tolist() for engine in both]
    assert held[0] == held[1] == [sum(rows)]
    assert both[0].digest() == both[1].digest()


def test_what_is_no_whole_pack_in_all_is_refused_by_its_first_row():
    order = [("B", "BOLT", "N1", 1), ("A", "EGG", "N1", 3), ("A", "EGG", "N1", 4)]
    with pytest.raises(om.ValidationError, match=r"lines.quantity\[1\]"):
        batch(shop("refuse"), order)


def test_a_reservation_has_a_line_a_cell():
    """The first row says where the line stands; another cell in between is its own."""
    rows = [("A", "BOLT", "N1", 2), ("A", "BOLT", "N2", 5), ("A", "BOLT", "N1", 3)]
    engine, single = shop(), shop()
    assert batch(engine, rows).held_quanta.tolist() == [2, 5, 3]
    one_by_one(single, rows)
    assert engine.reservation("A").lines == single.reservation("A").lines
    assert engine.digest() == single.digest()
    # So the same order told the other way is known again.
    assert one_by_one(engine, rows) == [om.Status.EXISTS]
    assert batch(single, rows).status.tolist() == [om.Status.EXISTS]


def test_part_of_a_line_goes_to_its_first_rows():
    rows = [("A", "BOLT", "N1", 40), ("A", "BOLT", "N1", 40), ("A", "BOLT", "N1", 5)]
    found = batch(shop(), rows, partial=True)
    assert found.held_quanta.tolist() == [40, 20, 0]


def test_more_of_a_cell_than_it_could_hold_is_named():
    rows = [("A", "BOLT", "N1", QUANTITY_MAX), ("A", "BOLT", "N1", 1)]
    with pytest.raises(om.ValidationError, match=r"lines.quantity\[0\]"):
        batch(shop(), rows)


ROW = st.tuples(
    st.sampled_from("ABC"),
    st.sampled_from(["EGG", "BOLT"]),
    st.sampled_from(["N1", "N2"]),
    st.integers(1, 30),
)


@settings(max_examples=40 if WITHOUT_JIT else 200)
@given(
    st.lists(ROW, min_size=1, max_size=12),
    st.sampled_from(["up", "down"]),
    st.booleans(),
)
def test_a_batch_is_its_requests_in_turn(rows, rounding, partial):
    """Any rows in any order: the same answers, lines and state."""
    engine, single = shop(rounding), shop(rounding)
    try:
        told = one_by_one(single, sorted(rows, key=lambda row: row[0]), partial=partial)
    except om.ValidationError:
        with pytest.raises(om.ValidationError):
            batch(engine, rows, partial=partial)
        return
    found = batch(engine, sorted(rows, key=lambda row: row[0]), partial=partial)
    assert found.status.tolist() == told
    assert engine.digest() == single.digest()
    held = engine.reservations()["held_quanta"]
    assert found.held_quanta.sum() == held.sum()


def test_a_long_request_is_summed_too():
    """More lines than are compared in pairs."""
    rows = [("A", "BOLT", "N1", 1) for _ in range(50)]
    rows += [("A", "BOLT", "N2", 1) for _ in range(50)]
    engine = shop()
    assert batch(engine, rows).held_quanta.tolist() == [1] * 100
    assert [line[2] for line in engine.reservation("A").lines] == [50, 50]
