"""The checks shared by the model."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from omniroute.errors import ConfigurationError, ValidationError
from omniroute.model import checks


@pytest.mark.parametrize("value", ["", "x" * 201, 5, None, b"x", "\ud800", True])
def test_what_is_no_usable_text_is_refused(value):
    """Ids are text of 1 to 200 characters that can be written to a journal."""
    with pytest.raises(ValidationError, match="^sku: expected text "):
        checks.text(value, "sku")


def test_text_is_kept_as_it_is():
    """Nothing is stripped or mended; numpy's texts become plain ones."""
    assert checks.text(" A ", "sku") == " A "
    assert type(checks.text(np.str_("A"), "sku")) is str


def test_a_single_text_is_not_a_sequence_of_them():
    """services="ground" would otherwise be six services of one letter."""
    for value in ("ground", b"ground", {"ground": 1}, None, 5):
        with pytest.raises(ValidationError, match="^services: expected a sequence"):
            checks.texts(value, "services")


def test_texts_keep_their_order_and_sets_get_one():
    """The order of a set is not the caller's, so it is not kept."""
    assert checks.texts(["b", "a"], "names") == ("b", "a")
    assert checks.texts({"b", "a", "c"}, "names") == ("a", "b", "c")


def test_a_bad_or_repeated_text_is_named_by_its_place():
    """The path says which member it was, in a set as well."""
    with pytest.raises(ValidationError, match=r"^names\[1\]: expected text"):
        checks.texts(["a", 1], "names")
    with pytest.raises(ValidationError, match=r"^names\[2\]: .* not given before"):
        checks.texts(["a", "b", "a"], "names")
    with pytest.raises(ValidationError, match="found None"):
        checks.texts({"a", None}, "names")


@pytest.mark.parametrize("value", [-1, 4, 1.0, "1", True, None, Decimal(1), np.True_])
def test_whole_numbers_are_integers_within_bounds(value):
    """A float, a text or a truth value is not one, whatever it equals."""
    with pytest.raises(ConfigurationError, match="^n: expected a whole number from 0"):
        checks.whole(value, "n", 0, 3, ConfigurationError)


def test_whole_numbers_of_numpy_become_plain_ones():
    """So that they hash, print and pickle as the caller expects."""
    assert type(checks.whole(np.int32(3), "n", 0, 3)) is int


@pytest.mark.parametrize("value", [0, 1, None, "True", np.True_])
def test_flags_are_true_or_false(value):
    """What merely behaves like a truth value is refused."""
    with pytest.raises(ValidationError, match="True or False"):
        checks.flag(value, "complete_only")


def test_a_choice_lists_what_there_is():
    """The message says what could have been written."""
    with pytest.raises(ValidationError, match="one of store, warehouse, found 'shop'"):
        checks.one_of("shop", "kind", ("store", "warehouse"))
    with pytest.raises(ValidationError, match="found \\['store'\\]"):
        checks.one_of(["store"], "kind", ("store", "warehouse"))


@pytest.mark.parametrize(
    "value", [90.1, -91, float("nan"), float("inf"), "44", True, None, Decimal("NaN")]
)
def test_impossible_coordinates_are_refused(value):
    """Degrees are finite numbers within their limit."""
    with pytest.raises(ValidationError, match="^latitude: expected a number from -90"):
        checks.degrees(value, "latitude", 90)


def test_coordinates_come_in_pairs():
    """The one that is missing is the one that is named."""
    with pytest.raises(ValidationError, match="^longitude: "):
        checks.both_or_neither(1.0, None)
    with pytest.raises(ValidationError, match="^latitude: "):
        checks.both_or_neither(None, 1.0)
    checks.both_or_neither(None, None)
    checks.both_or_neither(0.0, 0.0)
