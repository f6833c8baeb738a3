"""Recipes: what a lot of a kit or a pack is drawn from, and what cannot be one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from omniroute.errors import ConfigurationError, ValidationError
from omniroute.model import Item
from omniroute.model.recipes import NESTING_MAX, recipes_of
from tests.model.refusals import refused

CUP, POT = Item("CUP", 90), Item("POT", 700)
ROPE = Item("ROPE", 60, decimals=2)


def test_nothing_is_composed_unless_told():
    """Plain items have no recipe: nobody pays for what he does not use."""
    assert recipes_of([CUP, POT, ROPE]) == {}


def test_nested_kits_are_taken_apart():
    """Two sets and a cup: 13 cups, 2 pots, and what these weigh."""
    items = [CUP, POT, Item("SET", components={"CUP": 6, "POT": 1})]
    items.append(Item("GIFT", components=[("SET", 2), ("CUP", 1)]))
    gift = recipes_of(items)[3]
    assert gift.parts == {0: 13, 1: 2}
    assert (gift.weight_g, gift.units, gift.lot_quanta) == (13 * 90 + 1400, 15, 1)


def test_a_kit_may_be_given_before_its_components_and_weigh_what_it_says():
    """The weight of a nested kit is the one it says."""
    items = [
        Item("GIFT", components={"SET": 2}),
        Item("SET", 1000, components={"CUP": 6}),
    ]
    items.append(CUP)
    found = recipes_of(items)
    assert found[0].weight_g == 2000
    assert found[0].parts == {2: 12}


def test_parts_by_length_are_exact_and_started_units_are_picked():
    """2.5 m of rope are 250 quanta; picking three metres is begun."""
    found = recipes_of([ROPE, Item("SWING", components={"ROPE": Decimal("2.5")})])
    assert found[1].parts == {0: 250}
    assert (found[1].weight_g, found[1].units) == (150, 3)


def test_a_pack_is_a_lot_of_its_own_units():
    """Also of a kit, and of what has decimals."""
    items = [Item("EGG", 60, pack_size=6), CUP]
    items += [Item("DUO", components={"CUP": 2}, pack_size=3)]
    items += [Item("WIRE", 10, decimals=1, pack_size=5)]
    found = recipes_of(items)
    assert found[0] == (6, {0: 6}, 360, 6, False)
    assert found[2] == (3, {1: 6}, 540, 6, True)
    assert found[3] == (50, {3: 50}, 50, 5, False)


def test_kits_that_contain_themselves_are_named_by_the_way_round():
    """Directly, or through others."""
    ring = [Item("A", components={"B": 1}), Item("B", components={"C": 2})]
    ring.append(Item("C", components={"B": 1}))
    with pytest.raises(ConfigurationError) as caught:
        recipes_of(ring)
    assert caught.value.path == "items[0].components"
    assert caught.value.found == "B > C > B"
    with pytest.raises(ConfigurationError, match="'A > A'"):
        recipes_of([Item("A", components={"A": 1})])


def test_kits_are_not_nested_without_end():
    """Nor is there a crash where they are."""
    chain = [Item(f"K{i}", components={f"K{i + 1}": 1}) for i in range(NESTING_MAX + 9)]
    chain.append(Item(f"K{NESTING_MAX + 9}"))
    with pytest.raises(ConfigurationError, match="inside each other"):
        recipes_of(chain)


@pytest.mark.parametrize(
    ("item", "path"),
    [
        (Item("K", components={"NONE": 1}), "items[1].components[0].sku"),
        (Item("K", components={"ROPE": 0.001}), "items[1].components[0].quantity"),
        (
            Item("K", components={"CUP": 2**30, "ROPE": 9_000_000}),
            "items[1].components",
        ),
        (Item("K", components={"CUP": 2**21}), "items[1].components"),
        (Item("K", pack_size=2**22), "items[1].pack_size"),
        (Item("K", substitutes=["CUP", "NONE"]), "items[1].substitutes[1]"),
        (Item("K", substitutes=["ROPE"]), "items[1].substitutes[0]"),
    ],
)
def test_recipes_that_cannot_be_say_where(item, path):
    """Paths count from the items that are new."""
    with pytest.raises(ConfigurationError) as caught:
        recipes_of([CUP, POT, ROPE, item], first=2)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"components": "CUP"}, "components"),
        ({"components": 3}, "components"),
        ({"components": ["CUP"]}, "components[0]"),
        ({"components": {"": 1}}, "components[0].sku"),
        ({"components": [("CUP", 1), ("CUP", 2)]}, "components[1].sku"),
        ({"components": {"CUP": 0}}, "components[0].quantity"),
        ({"components": {"CUP": float("nan")}}, "components[0].quantity"),
        ({"components": {"CUP": 1}, "decimals": 1}, "decimals"),
        ({"pack_size": 0}, "pack_size"),
        ({"pack_size": 1.5}, "pack_size"),
        ({"pack_rounding": "nearest"}, "pack_rounding"),
        ({"substitutes": "CUP"}, "substitutes"),
        ({"substitutes": ["CUP", "CUP"]}, "substitutes[1]"),
        ({"substitutes": ["A"]}, "substitutes"),
    ],
)
def test_an_item_that_cannot_be_composed_so_names_the_field(values, path):
    """Where the item is made."""
    assert refused(Item, ValidationError, sku="A", **values) == path
