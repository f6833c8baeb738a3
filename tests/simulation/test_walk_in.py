"""Walk-in demand: what is asked for, when, and what a till can sell of it."""

from __future__ import annotations

import numpy as np
import pytest

import omniroute as om
from omniroute.datasets import CodedColumn, load_us_retail
from omniroute.datasets.us_retail_synthetic import STREAM_WALK_IN
from omniroute.errors import ValidationError
from omniroute.simulation import WalkIn, sell
from tests.naive import counter_rng as naive

#: Units of the opening stock: BOLT at S and W, NUT at S.
CELLS = [("BOLT", "S", 30), ("BOLT", "W", 10), ("NUT", "S", 60)]


def column(texts):
    kinds = sorted(set(texts))
    return CodedColumn(kinds, np.array([kinds.index(text) for text in texts], int))


def columns(cells):
    """Columns of stock or of demand, from (sku, node, units)."""
    skus, nodes, units = zip(*cells, strict=True)
    return {
        "sku": column(skus),
        "node": column(nodes),
        "quantity": np.array(units),
    }


def cells_of(asked):
    """(sku, node, units), row by row."""
    return list(
        zip(
            asked["sku"].tolist(),
            asked["node"].tolist(),
            asked["quantity"].tolist(),
            strict=True,
        )
    )


def units(walk_in, day, hour):
    return int(walk_in.asked(day, hour)["quantity"].sum())


# -- what is asked for -----------------------------------------------------------------


def test_customers_come_from_ten_to_ten_and_nobody_at_night():
    """Twelve hours share the units of a day; other hours have none."""
    walk_in = WalkIn(columns(CELLS), units_per_day=1200)
    by_hour = [units(walk_in, 0, hour) for hour in range(24)]
    assert by_hour == [0] * 10 + [100] * 12 + [0] * 2


@pytest.mark.parametrize("per_day", [0, 1, 7, 11, 13, 1201])
def test_the_hours_of_every_day_add_up_to_its_units(per_day):
    """Nothing is lost to rounding, on the first day or a later one."""
    walk_in = WalkIn(columns(CELLS), per_day)
    for day in (0, 76):
        assert sum(units(walk_in, day, hour) for hour in range(24)) == per_day


def test_demand_is_in_proportion_to_the_opening_stock():
    """30, 10 and 60 of 100 units of stock are 30, 10 and 60 % of what is asked for."""
    walk_in = WalkIn(columns(CELLS), units_per_day=1_200_000)
    asked = cells_of(walk_in.asked(0, 12))
    assert [cell[:2] for cell in asked] == [cell[:2] for cell in CELLS]
    shares = [cell[2] / 100_000 for cell in asked]
    assert shares == pytest.approx([0.3, 0.1, 0.6], abs=0.005)


def test_each_unit_is_drawn_as_a_loop_in_plain_python_draws_it():
    """Unit n of the stream, counted from the opening, picks one unit of the stock."""
    per_day, day, hour, seed = 30, 3, 14, 9
    tape = [cell[:2] for cell in CELLS for _ in range(cell[2])]
    first, stop = (day * per_day + per_day * open_ // 12 for open_ in (4, 5))
    expected = {}
    for n in range(first, stop):
        bits = naive.draw_bits(seed, STREAM_WALK_IN, n)
        cell = tape[naive.below(bits, len(tape))]
        expected[cell] = expected.get(cell, 0) + 1
    asked = cells_of(WalkIn(columns(CELLS), per_day, seed).asked(day, hour))
    assert {cell[:2]: cell[2] for cell in asked} == expected
    assert sum(expected.values()) == 2


def test_days_hours_and_seeds_ask_for_different_things():
    """The stream does not repeat; the same hour of the same seed is the same."""
    one, other = (WalkIn(columns(CELLS), 1200, seed) for seed in (1, 2))
    seen = [cells_of(one.asked(*when)) for when in ((0, 12), (0, 13), (1, 12))]
    seen.append(cells_of(other.asked(0, 12)))
    assert len({tuple(asked) for asked in seen}) == 4
    assert cells_of(one.asked(0, 12)) == seen[0]


def test_the_stream_of_the_sample_never_changes():
    """Published figures rest on the demand of seed 1."""
    shop = load_us_retail(orders=1)
    asked = WalkIn(shop.opening_stock, shop.walk_in_units_per_day).asked(0, 10)
    assert (len(asked["quantity"]), int(asked["quantity"].sum())) == (10317, 12017)
    first = [("10125", "2717", 1), ("10125", "8125", 1), ("10125", "IND1", 2)]
    assert cells_of(asked)[:3] == first


def test_no_demand_needs_no_stock():
    """An online share of 100 % leaves nothing to walk-in customers."""
    empty = {name: values[:0] for name, values in columns(CELLS).items()}
    assert units(WalkIn(empty, 0), 0, 12) == 0


@pytest.mark.parametrize("units_per_day", [-1, 1.5, "12", True])
def test_units_a_day_are_a_whole_number(units_per_day):
    """Else one clear error with the argument's name."""
    with pytest.raises(ValidationError, match="^units_per_day: expected a whole"):
        WalkIn(columns(CELLS), units_per_day)


def test_demand_without_stock_to_draw_it_from_is_refused():
    """There would be no SKU to ask for."""
    empty = {name: values[:0] for name, values in columns(CELLS).items()}
    with pytest.raises(ValidationError, match=r"^opening\.quantity: "):
        WalkIn(empty, 12)


# -- what is sold ----------------------------------------------------------------------


@pytest.fixture
def engine():
    """The opening stock at a store and a warehouse."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    nodes = [om.Node("S", "store"), om.Node("W", "warehouse")]
    items = [om.Item("BOLT"), om.Item("NUT")]
    engine = om.Engine(om.Network(nodes, [ground]), items, clock=lambda: 0)
    engine.apply({"event": "count", **columns(CELLS)})
    return engine


def left(engine):
    """Units on hand less reserved, where there were any."""
    return [engine.available_to_promise(sku, node) for sku, node, _ in CELLS]


def test_a_till_sells_what_is_on_the_shelf_and_counts_the_rest_as_lost(engine):
    """35 of 30 bolts: 5 are lost, though the warehouse has some; 20 of 60 nuts."""
    asked = columns([("BOLT", "S", 35), ("NUT", "S", 20)])
    assert sell(engine, asked) == 5
    assert left(engine) == [0, 10, 40]
    engine.check()


def test_what_is_reserved_is_not_sold(engine):
    """An order holds 50 of the nuts: a customer who asks for 20 gets 10."""
    here = om.Destination(postcode="55425")
    engine.place(om.Order({"NUT": 50}, here), id="A-1")
    assert sell(engine, columns([("NUT", "S", 20)])) == 10
    assert left(engine) == [30, 10, 0]


def test_empty_shelves_lose_everything_and_sell_nothing(engine):
    """Once and again; free never falls below zero."""
    assert sell(engine, columns(CELLS)) == 0
    assert sell(engine, columns(CELLS)) == 100
    assert left(engine) == [0, 0, 0]
    engine.check()


def test_an_hour_without_customers_changes_nothing(engine):
    """At night there are no rows."""
    before = engine.digest()
    assert sell(engine, WalkIn(columns(CELLS), 1200).asked(0, 3)) == 0
    assert engine.digest() == before
