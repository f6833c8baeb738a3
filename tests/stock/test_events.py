"""Events are checked where they are made, and again against the catalogue."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import attrs
import numpy as np
import pytest

import omniroute as om
from omniroute.codes import QUANTITY_MAX, Effect
from omniroute.errors import UnknownNodeError, UnknownSkuError, ValidationError
from omniroute.stock.event_columns import events_from_objects
from omniroute.stock.events import Adjust, Count, Receive, Safety, Sell
from omniroute.stock.ids import Catalogue

CATALOGUE = Catalogue(["N0", "N1"], ["BOLT", "ROPE"], [0, 2])
KINDS = (Receive, Adjust, Count, Sell, Safety)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "bad", ["3", None, True, float("nan"), float("inf"), Decimal("NaN"), 0.00001, [1]]
)
def test_a_quantity_that_is_no_number_is_refused(kind, bad):
    """Text, nothing, a truth value, NaN, infinity, or finer than any quantum."""
    with pytest.raises(ValidationError, match="quantity: expected"):
        kind("BOLT", "N0", bad)


@pytest.mark.parametrize(
    ("kind", "below", "zero"),
    [
        (Receive, False, False),
        (Adjust, True, True),
        (Count, False, True),
        (Sell, False, False),
        (Safety, False, True),
    ],
)
def test_the_sign_each_kind_allows(kind, below, zero):
    """Goods in and out are above zero, counts may be zero, corrections anything."""
    for quantity, allowed in ((-1, below), (0, zero), (1, True)):
        if allowed:
            assert kind("BOLT", "N0", quantity).quantity == quantity
        else:
            with pytest.raises(ValidationError, match="quantity"):
                kind("BOLT", "N0", quantity)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"sku": ""}, "sku"),
        ({"sku": 7}, "sku"),
        ({"node": None}, "node"),
        ({"at": datetime(2026, 1, 1)}, "at"),  # noqa: DTZ001 - naive is the point
        ({"at": "noon"}, "at"),
    ],
)
def test_bad_ids_and_times_are_refused(change, path):
    """Empty or no text, a naive datetime."""
    with pytest.raises(ValidationError) as caught:
        Receive(**{"sku": "BOLT", "node": "N0", "quantity": 1} | change)
    assert caught.value.path == path


def test_events_are_frozen():
    """A fact does not change."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Receive("BOLT", "N0", 1).quantity = 2


def test_events_become_numbers_of_the_catalogue():
    """Ids become numbers, units quanta, times seconds."""
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    columns = events_from_objects(
        [
            Receive("ROPE", "N1", 5.5, at=noon),
            Adjust("BOLT", "N0", -2),
            Count("ROPE", "N0", Decimal("0.25")),
            Sell("BOLT", "N1", np.int64(3)),
            Safety("BOLT", "N1", 0, at=9),
        ],
        CATALOGUE,
    )
    assert [Effect(what).name for what in columns.what] == [
        "RECEIVE",
        "ADJUST",
        "COUNT",
        "SELL",
        "SAFETY",
    ]
    assert columns.skus.tolist() == [1, 0, 1, 0, 0]
    assert columns.nodes.tolist() == [1, 0, 0, 1, 1]
    assert columns.quantities.tolist() == [550, -2, 25, 3, 0]
    assert columns.happened.tolist() == [1767268800, 0, 0, 0, 9]
    assert len(columns) == 5


def test_one_event_needs_no_list_and_none_is_fine():
    """A single event, an empty sequence, a generator."""
    one = Receive("BOLT", "N0", 1)
    assert len(events_from_objects(one, CATALOGUE)) == 1
    assert len(events_from_objects([], CATALOGUE)) == 0
    assert len(events_from_objects((one for _ in range(3)), CATALOGUE)) == 3


@pytest.mark.parametrize(
    ("event", "error", "text"),
    [
        (
            Receive("NUT", "N0", 1),
            UnknownSkuError,
            r"events\[1\].sku: unknown SKU 'NUT'",
        ),
        (Receive("BOLT", "N9", 1), UnknownNodeError, r"events\[1\].node: .*'N9'"),
        (Receive("BOLT", "N0", 0.5), ValidationError, r"events\[1\].quantity: .*0 dec"),
        (
            Receive("ROPE", "N0", 0.125),
            ValidationError,
            r"events\[1\].quantity: .*2 dec",
        ),
        (
            Receive("BOLT", "N0", QUANTITY_MAX + 1),
            ValidationError,
            r"events\[1\].quantity: expected at most",
        ),
        ("receive", ValidationError, r"events\[1\]: expected an event"),
        (None, ValidationError, r"events\[1\]: expected an event"),
    ],
)
def test_the_error_names_the_event(event, error, text):
    """Its place in the sequence and the field."""
    with pytest.raises(error, match=text):
        events_from_objects([Receive("BOLT", "N0", 1), event], CATALOGUE)


@pytest.mark.parametrize("bad", [7, None, "receive"])
def test_what_is_no_sequence_of_events_is_refused(bad):
    """One clear error, not an attribute missing somewhere."""
    with pytest.raises(ValidationError, match="events"):
        events_from_objects(bad, CATALOGUE)


@pytest.mark.parametrize("name", ["onhand", "On Hand", "on-hand", "ON_HAND", "OnHand "])
@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda name: om.Receive("BOLT", "N1", 1, state=name), "state"),
        (lambda name: om.Return("BOLT", "N1", 1, state=name), "state"),
        (lambda name: om.Arrive("PO-1", 1, state=name), "state"),
        (lambda name: om.Move("BOLT", "N1", 1, name, "damaged"), "from_state"),
        (lambda name: om.Move("BOLT", "N1", 1, "damaged", name), "to_state"),
    ],
)
def test_a_state_that_is_nearly_on_hand_is_no_reason(name, make, path):
    """As a reason of its own it would keep units from sale that are fit for it."""
    with pytest.raises(om.ValidationError, match=f"^{path}: expected 'on_hand'"):
        make(name)
