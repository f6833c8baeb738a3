"""What is sold."""

from __future__ import annotations

import pytest

from omniroute.errors import ValidationError
from omniroute.model import Item
from tests.model.refusals import refused


def test_an_item_is_a_piece_of_no_weight_unless_told():
    """The least that has to be said is the SKU."""
    item = Item("BOLT")
    assert (item.weight_g, item.decimals, item.scale) == (0, 0, 1)
    assert Item("CABLE", 120, 3).scale == 1000


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"sku": ""}, "sku"),
        ({"sku": 84029}, "sku"),
        ({"sku": "A" * 201}, "sku"),
        ({"sku": "A", "weight_g": -1}, "weight_g"),
        ({"sku": "A", "weight_g": 1.5}, "weight_g"),
        ({"sku": "A", "weight_g": 10**9 + 1}, "weight_g"),
        ({"sku": "A", "weight_g": float("nan")}, "weight_g"),
        ({"sku": "A", "decimals": 4}, "decimals"),
        ({"sku": "A", "decimals": -1}, "decimals"),
        ({"sku": "A", "decimals": True}, "decimals"),
    ],
)
def test_an_item_that_cannot_be_names_the_field(values, path):
    """Weights are whole grams, decimals 0 to 3."""
    assert refused(Item, ValidationError, **values) == path
