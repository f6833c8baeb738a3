from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest

from omniroute.codes import (
    FOREVER,
    L_ON_HAND,
    UNDATED,
    V_BUCKET,
    V_KIND,
    V_LAST,
    V_QUANTITY,
)
from omniroute.errors import ValidationError
from omniroute.model.buckets import Buckets
from omniroute.model.timeline import Demand, Supply, Timeline
from omniroute.model.timelines import Timelines

DAY = date(1970, 1, 11)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Supply(0), "^quantity: expected a number above 0, found 0"),
        (lambda: Supply(3, "soon"), "^at: expected a datetime with a time zone"),
        (lambda: Supply(3, DAY, "on_hand"), "^at: expected no date for 'on_hand'"),
        (lambda: Supply(3, None, "transfer"), "^at: expected no date for 'on_hand'"),
        (lambda: Supply(3, DAY, until=DAY), "^until: expected a time after 1970-01-11"),
        (lambda: Demand(-1), "^quantity: expected a number above 0"),
        (lambda: Demand(1, demand_class=""), "^demand_class: expected text"),
        (lambda: Timeline("3"), "^on_hand: expected a number"),
        (lambda: Timeline(2.5), "^on_hand: expected at most 0 decimals"),
        (lambda: Timeline(1, safety=-1), "^safety: expected a number not below 0"),
        (lambda: Timeline(1, [Demand(1)]), r"^supplies\[0\]: expected a Supply"),
        (lambda: Timeline(1, Supply(1)), "^supplies: expected a sequence of Supply"),
        (
            lambda: Timeline(1, demands=[Demand(1), Demand(0.5)]),
            r"^demands\[1\].quantity: expected at most 0 decimals, found 0.5",
        ),
        (lambda: Timeline(lead_time_days=-1), "^lead_time_days: expected a whole"),
        (lambda: Timeline(decimals=4), "^decimals: expected a whole number"),
        (lambda: Timelines.of(3), "^timelines: expected a Timeline"),
        (lambda: Timelines.of({"A": 3}), r"^timelines\['A'\]: expected a Timeline"),
    ],
)
def test_what_cannot_be_is_refused_where_it_is_made(make, message):
    """One error, with the path."""
    with pytest.raises(ValidationError, match=message):
        make()


def test_events_stand_cell_by_cell_by_time_and_supply_first():
    """Whatever the order they were given in."""
    one = Timeline(
        3,
        [Supply(5, date(1970, 1, 12)), Supply(4, DAY), Supply(2, until=DAY)],
        [Demand(1, DAY), Demand(7), Demand(9, DAY, "web")],
    )
    lines = Timelines.of({"A": one, "B": Timeline(8)})
    assert lines.events[V_QUANTITY].tolist() == [2, -7, 4, -1, -9, 5]
    assert lines.events[V_BUCKET].tolist() == [UNDATED, UNDATED, 10, 10, 10, 11]
    assert lines.events[V_LAST].tolist() == [10, *[FOREVER] * 5]
    assert lines.events[V_KIND].tolist() == [0, 0, 1, 0, 1, 1]
    assert lines.supply_types == ("on_hand", "inbound")
    assert lines.demand_classes == ("order", "web")
    assert lines.pointer.tolist() == [0, 6, 6]
    assert lines.cells[L_ON_HAND].tolist() == [3, 8]
    assert repr(lines) == "Timelines(2 cells, 3 supplies, 3 demands)"


def test_quantities_are_exact_in_the_quanta_of_the_item():
    """Half metres of cable are fifty of a hundredth."""
    line = Timeline(Decimal("1.25"), [Supply(0.5, DAY)], decimals=2)
    lines = Timelines.of(line)
    assert lines.events[V_QUANTITY].tolist() == [50]
    assert lines.cells[L_ON_HAND].tolist() == [125]


def test_a_window_that_is_empty_in_the_calendar_names_its_cell():
    """Wall clocks go back: an hour of the night comes twice."""
    zone = Buckets(zone="America/New_York")
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    second = datetime(2026, 11, 1, 6, 10, tzinfo=UTC)
    line = Timeline(0, [Supply(1, first, until=second)])
    with pytest.raises(ValidationError, match=r"^timelines\['A'\].supplies\[0\].until"):
        Timelines.of({"A": line}, zone)


@pytest.mark.parametrize(
    ("supply", "message"),
    [
        ({"cell": [0]}, "^supply: expected a column 'at'"),
        ({"cell": [2], "at": [0], "quantity": [1]}, r"^supply.cell\[0\]: .* 0 to 1"),
        (
            {"cell": [0], "at": [0], "quantity": [0]},
            r"^supply.quantity\[0\]: .* from 1",
        ),
        (
            {"cell": [0], "at": [0], "quantity": [0.5]},
            "^supply.quantity: expected a col",
        ),
        ({"cell": [0], "at": [0, 1], "quantity": [1]}, "^supply.at: .* of 1 rows"),
        (
            {"cell": [0], "at": [0], "quantity": [1], "note": [1]},
            "^supply.note: expected no such column",
        ),
        (
            {"cell": [0], "at": [9], "quantity": [1], "until": [9]},
            r"^supply.until\[0\]: expected a time after",
        ),
        (
            {"cell": [0], "at": [9], "quantity": [1], "kind": [""]},
            r"^supply.kind\[0\]: expected text",
        ),
    ],
)
def test_a_bad_column_names_its_row(supply, message):
    """The first that is wrong."""
    with pytest.raises(ValidationError, match=message):
        Timelines.from_columns(["A", "B"], supply, {})


def test_figures_by_cell_are_checked_too():
    """On hand may be below zero, safety stock not."""
    with pytest.raises(ValidationError, match=r"^safety\[1\]: expected quanta from 0"):
        Timelines.from_columns(["A", "B"], {}, {}, safety=np.array([0, -1]))
    with pytest.raises(
        ValidationError, match="^on_hand: expected whole quanta, one or 2"
    ):
        Timelines.from_columns(["A", "B"], {}, {}, on_hand=[1, 2, 3])
    lines = Timelines.from_columns(["A", "B"], {}, {}, on_hand=-3)
    assert lines.cells[L_ON_HAND].tolist() == [-3, -3]
