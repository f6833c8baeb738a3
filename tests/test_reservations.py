"""Fingerprints of requests, and what a release comes to."""

from __future__ import annotations

from hashlib import blake2b

import pytest

import omniroute as om
from omniroute.reservations import print_lines, print_terms, release_status, repeated
from omniroute.stock import decide
from omniroute.stock.state import State

PRIME = 2**31 - 1


def state(skus):
    return State(["N1"], skus)


def test_the_fingerprint_of_lines_is_that_of_ids_and_quantities():
    """Worked out from the text of the ids, by the words of its definition."""
    low = high = 0
    for sku, quanta in (("BOLT", 3), ("NUT", 2**20)):
        mark = int.from_bytes(blake2b(sku.encode(), digest_size=8).digest(), "little")
        low += quanta * (mark % 2**31 & PRIME)
        high += quanta * ((mark >> 31) % 2**31 & PRIME)
    expected = (high % PRIME) << 31 | low % PRIME
    assert print_lines(state(["BOLT", "NUT"]), [(0, 3), (1, 2**20)]) == expected
    assert print_lines(state(["NUT", "BOLT"]), [(0, 2**20), (1, 3)]) == expected
    assert 0 <= expected < 2**62


def test_fingerprints_tell_requests_apart():
    """Another SKU, quantity or number of lines is another request."""
    made = state(["A", "B", "C"])
    asked = [[(0, 1)], [(0, 2)], [(1, 1)], [(0, 1), (1, 1)], [(2, 1), (0, 1)]]
    assert len({print_lines(made, lines) for lines in asked}) == len(asked)
    terms = [("a",), ("b",), ("a", None), ("a", 0), (("a",),)]
    assert len({print_terms(*each) for each in terms}) == len(terms)
    assert all(0 <= print_terms(*each) < 2**62 for each in terms)


@pytest.mark.parametrize(
    ("lines", "terms", "status"),
    [
        (5, 6, om.Status.EXISTS),
        (4, 6, om.Status.EXISTS_WITH_DIFFERENT_LINES),
        (4, 7, om.Status.EXISTS_WITH_DIFFERENT_LINES),
        (5, 7, om.Status.EXISTS_WITH_DIFFERENT_TERMS),
    ],
)
def test_lines_are_compared_before_terms(lines, terms, status):
    """The first difference in order of precedence is told."""
    made = state(["A"])
    made.apply(decide.reserve(made, "R", [], now=0, print_lines=5, print_terms=6))
    assert repeated(made, 0, lines, terms) is status


def test_what_a_release_comes_to():
    """Open, released, expired, or never heard of."""
    made = state(["A"])
    for id, expires in (("soft", 5), ("gone", 5), ("firm", 0)):
        made.apply(decide.reserve(made, id, [], now=0, expires_s=expires))
    made.apply(decide.release(made, made.book.number("gone")))
    assert release_status(made, "soft") is om.Status.OK
    made.apply(decide.expire(made, 5))
    assert release_status(made, "soft") is om.Status.EXPIRED
    assert release_status(made, "gone") is om.Status.ALREADY_RELEASED
    assert release_status(made, "firm") is om.Status.OK
    assert release_status(made, "never") is om.Status.UNKNOWN_RESERVATION
