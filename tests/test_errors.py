"""The exception tree."""

from __future__ import annotations

import pickle
import tracemalloc

import pytest

from omniroute import errors
from omniroute.codes import Status

FIELD_ERRORS = (errors.ConfigurationError, errors.ValidationError)
ID_ERRORS = (
    errors.UnknownSkuError,
    errors.UnknownNodeError,
    errors.UnknownServiceError,
    errors.UnknownReservationError,
)
EXAMPLES = [
    errors.ConfigurationError("nodes[3].id", "one not given before", "A", "rename it"),
    errors.ValidationError("quantity", "a number above 0", -1),
    *(error("X", "lines[0].sku") for error in ID_ERRORS),
    errors.StatusError(Status.SHORT, {"shortages": 1}),
    errors.InvariantError("on hand is not the sum", "ab12"),
]


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (errors.ConfigurationError, ValueError),
        (errors.ValidationError, ValueError),
        (errors.UnknownIdError, LookupError),
        (errors.InvariantError, AssertionError),
        *((error, errors.UnknownIdError) for error in ID_ERRORS),
        (errors.StatusError, Exception),
    ],
)
def test_each_error_is_also_what_python_would_raise(error, builtin):
    """Code that knows nothing of the library can catch the builtin."""
    assert issubclass(error, errors.OmnirouteError)
    assert issubclass(error, builtin)


def test_warnings_are_user_warnings():
    """Filters for one of them need not know the library."""
    assert issubclass(errors.CompileWarning, errors.OmnirouteWarning)
    assert issubclass(errors.OmnirouteWarning, UserWarning)


@pytest.mark.parametrize("error", FIELD_ERRORS)
def test_a_field_error_says_where_what_and_what_instead(error):
    """Path, expectation, what was found, and the way out where there is one."""
    told = str(error("lines[0].quantity", "a number above 0", -1))
    assert told == "lines[0].quantity: expected a number above 0, found -1"
    assert str(error("x", "y", 1, "do z")).endswith(" (do z)")


def test_a_long_value_is_cut_in_the_message_and_kept_on_the_error():
    """A frame passed by mistake does not fill the log."""
    error = errors.ValidationError("lines", "lines", ["A" * 1000])
    assert len(str(error)) < 250
    assert error.found == ["A" * 1000]


def test_paths_grow_as_errors_travel_up():
    """An object names its field, its holder adds where the object was."""
    error = errors.ValidationError("quantity", "a number", "x", "hint")
    seen = error.under("lines[0]").under("orders[3]")
    assert seen.path == "orders[3].lines[0].quantity"
    assert (type(seen), seen.hint) == (errors.ValidationError, "hint")
    assert errors.ValidationError("[2]", "", 0).under("rows").path == "rows[2]"
    assert errors.ValidationError("", "", 0).under("rows").path == "rows"
    assert errors.UnknownSkuError("A", "sku").under("lines[0]").path == "lines[0].sku"
    assert errors.UnknownSkuError("A").under("sku").path == "sku"


def test_unknown_ids_say_of_what_kind():
    """In the words of the glossary, and without the quotes of a KeyError."""
    told = [str(error("X")) for error in ID_ERRORS]
    kinds = ("SKU", "node", "service", "reservation")
    assert told == [f"unknown {kind} 'X'" for kind in kinds]
    assert str(errors.UnknownNodeError("X", "node")) == "node: unknown node 'X'"


def test_a_status_error_carries_its_answer():
    """Nothing is lost by asking for an exception."""
    error = errors.StatusError(Status.SHORT, "the plan")
    assert (error.status, error.result, str(error)) == (
        Status.SHORT,
        "the plan",
        "SHORT",
    )


def test_an_invariant_error_carries_the_digest():
    """So that a report can be matched with a state."""
    error = errors.InvariantError("free does not add up", "ab12")
    assert (error.digest, str(error)) == ("ab12", "free does not add up [state ab12]")
    assert str(errors.InvariantError("free does not add up")) == "free does not add up"


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_errors_travel_between_processes(error):
    """A worker's error arrives with all it knew."""
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert (str(copy), vars(copy)) == (str(error), vars(error))


class Mute:
    """Something that cannot be printed."""

    def __repr__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    "found", [{"A": 10**5000}, 10**5000, Mute(), [Mute()]], ids=type
)
def test_what_cannot_be_printed_does_not_hide_the_error(found):
    """The path and what was expected are told all the same."""
    error = errors.ValidationError("x", "something else", found)
    told = f"x: expected something else, found <{type(found).__name__} that cannot be"
    assert str(error).startswith(told)
    assert told in repr(error)
    assert "cannot be shown" in str(errors.UnknownSkuError(found))


@pytest.mark.parametrize(
    "found",
    ["A" * 10**7, b"A" * 10**7, ["A"] * 10**6, dict.fromkeys(range(10**6))],
    ids=type,
)
def test_a_huge_value_is_cut_before_it_is_printed(found):
    """A frame that was passed as an id is not made into a text of its size."""
    tracemalloc.start()
    text = str(errors.ValidationError("x", "less", found))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert text.endswith("...")
    assert len(text) < 250
    assert most < 100_000
