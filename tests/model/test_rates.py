"""Rate cards: brackets, zones, and the closure under parcelling."""

from __future__ import annotations

import pickle
from decimal import Decimal
from fractions import Fraction

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniroute.errors import ConfigurationError
from omniroute.model import RateCard
from tests.model.tariffs import NAMES, POUND_G, read_usps, tariffs
from tests.naive import rates as naive

WHOLE_LIMITS = st.lists(st.integers(1, 25), min_size=1, max_size=4, unique=True).map(
    lambda limits: [Fraction(limit) for limit in sorted(limits)]
)


# A fifth of a gram is the least limit: 400 calls deep at most.
@given(tariffs(), st.integers(0, 80))
def test_price_is_the_least_over_sets_of_parcels(tariff, weight):
    """The closed price equals the slow recursion, to the last unit of money."""
    breaks, prices = tariff
    price = RateCard(breaks, {1: prices}, 150).price(1, weight)
    assert price == naive.best_parcels(breaks, prices, Fraction(weight))


def test_the_twin_counts_hundreds_of_small_parcels():
    """Free parcels of a fifth of a gram, 550 of them: once too deep for recursion."""
    breaks = [Fraction(1, 5), Fraction(3, 5), Fraction(6), Fraction(19)]
    prices = [Decimal("0.39"), Decimal("0.18"), Decimal(0), Decimal("0.18")]
    assert naive.best_parcels(breaks, prices, Fraction(110)) == 0
    assert RateCard(breaks, {1: prices}, 150).price(1, 110) == 0


@given(tariffs(WHOLE_LIMITS), st.integers(1, 60))
def test_price_is_the_least_over_divisions_into_parcels(tariff, weight):
    """No way to divide the goods themselves into parcels is cheaper, and one is it."""
    breaks, prices = tariff
    price = RateCard(breaks, {1: prices}, 100).price(1, weight)
    assert price == naive.best_division(breaks, prices, weight)


@given(tariffs(), st.integers(0, 60), st.integers(0, 60))
def test_closed_prices_are_monotone_and_subadditive(tariff, one, other):
    """More weight never costs less; one shipment never costs more than two."""
    breaks, prices = tariff
    card = RateCard(breaks, {1: prices}, 150)
    assert card.price(1, one) <= card.price(1, one + other)
    assert card.price(1, one + other) <= card.price(1, one) + card.price(1, other)


@given(tariffs(), st.integers(0, 60))
def test_parcelling_never_costs_more_than_the_printed_price(tariff, weight):
    """Where one parcel can carry it, its printed price is an upper bound."""
    breaks, prices = tariff
    printed = naive.one_parcel(breaks, prices, Fraction(weight))
    if printed is not None:
        assert RateCard(breaks, {1: prices}, 150).price(1, weight) <= printed


def test_brackets_include_their_limit_and_exclude_the_one_before():
    """A parcel of exactly the limit is in the bracket; a gram more is in the next."""
    card = RateCard([100, 250], {1: [5, 7]}, 250)
    found = [card.price(1, w) for w in (0, 100, 101, 250, 251)]
    assert found == [5, 5, 7, 7, None]


def test_pounds_are_exact_at_their_limit():
    """One pound is 453.59237 g: 453 g are below it, 454 g are not."""
    card = RateCard([POUND_G, 2 * POUND_G], {1: [5, 7]}, 2000)
    assert (card.price(1, 453), card.price(1, 454)) == (5, 7)
    assert (card.price(1, 907), card.price(1, 908)) == (7, 12)


def test_steps_are_the_ceiling_of_weight_over_the_lattice():
    """The column of a weight is max(1, ceil(w * step_num / step_den))."""
    card = RateCard([Fraction(3, 2), Fraction(5, 2)], {1: [1, 2]}, 10)
    assert (card.step_num, card.step_den) == (2, 1)
    assert [card.steps(w) for w in (0, 1, 2)] == [1, 2, 4]
    assert card.closed.shape == (1, 21)


def test_column_zero_repeats_column_one():
    """A shipment of no weight is still a parcel, for kernels that index by zero."""
    card = RateCard([10, 20], {1: [3, 4], 2: [5, 6]}, 100)
    assert np.array_equal(card.closed[:, 0], card.closed[:, 1])


def test_closed_table_cannot_be_written():
    """Kernels and callers share one table, so nobody may write to it."""
    card = RateCard.flat(5)
    with pytest.raises(ValueError, match="read-only"):
        card.closed[0, 0] = 1


def test_flat_price_holds_for_any_zone_and_weight():
    """A flat tariff has one lattice step for everything; only "no zone" has no row."""
    card = RateCard.flat(4.5)
    assert card.price(1, 0) == card.price(127, 10**9) == Decimal("4.50")
    assert (card.step_num, card.step_den, card.closed.shape) == (0, 1, (1, 2))
    assert card.row(0) == -1


def test_price_by_zone_knows_only_its_zones():
    """A zone without a price is not carried, at any weight."""
    card = RateCard.by_zone({2: 6, 1: 4})
    assert (card.zones, card.row(2), card.row(3)) == ((1, 2), 1, -1)
    assert card.price(2, 10**9) == 6
    assert card.price(3, 1) is None


def test_negative_weight_is_not_carried():
    """A weight below zero has no price rather than a wrong one."""
    assert RateCard([10], {1: [3]}).price(1, -1) is None


def test_same_tariff_is_equal_and_hashes_alike():
    """Cards compare by what was declared, so policies and snapshots can."""
    one, same = (RateCard([10], {1: [3.0]}), RateCard([10], {1: [Decimal(3)]}))
    assert one == same
    assert hash(one) == hash(same)
    assert one != RateCard([10], {1: [4]})
    assert RateCard.flat(3) != RateCard.by_zone({1: 3})


def test_card_survives_pickling_and_evolving():
    """Copies made by worker processes or by attrs.evolve price alike."""
    card = RateCard([10, 20], {1: [3, 9]}, 100)
    assert pickle.loads(pickle.dumps(card)).price(1, 35) == card.price(1, 35)
    wider = attrs.evolve(card, max_shipment_g=200)
    assert (card.price(1, 150), wider.price(1, 150)) == (None, 45)


def test_card_prints_on_one_line():
    """A tariff of 9 x 73 prices does not flood the terminal."""
    assert repr(RateCard([10], {1: [3], 2: [4]})) == "RateCard(2 zones, 1 brackets)"
    assert repr(RateCard.flat(1)) == "RateCard(any zone, 0 brackets)"


@pytest.mark.parametrize(
    ("breaks", "prices", "path"),
    [
        ([10, 10], {1: [1, 2]}, "breaks_g[1]"),
        ([20, 10], {1: [1, 2]}, "breaks_g[1]"),
        ([0], {1: [1]}, "breaks_g[0]"),
        ([-5], {1: [1]}, "breaks_g[0]"),
        ([0.5], {1: [1]}, "breaks_g[0]"),
        ([True], {1: [1]}, "breaks_g[0]"),
        (["10"], {1: [1]}, "breaks_g[0]"),
        ([Decimal("NaN")], {1: [1]}, "breaks_g[0]"),
        ([Decimal("Infinity")], {1: [1]}, "breaks_g[0]"),
        ([10**13], {1: [1]}, "breaks_g[0]"),
        ("10", {1: [1]}, "breaks_g"),
        (10, {1: [1]}, "breaks_g"),
        ([10], {}, "prices"),
        ([10], [[1]], "prices"),
        ([10], {1: 5}, "prices[1]"),
        ([10], {1: "5"}, "prices[1]"),
        ([10], {1: [1, 2]}, "prices[1]"),
        ([10, 20], {1: [1, 2], 2: [1]}, "prices[2]"),
        ([10], {0: [1]}, "prices[0]"),
        ([10], {128: [1]}, "prices[128]"),
        ([10], {"1": [1]}, "prices['1']"),
        ([10], {1: [-1]}, "prices[1][0]"),
        ([10], {1: ["5"]}, "prices[1][0]"),
        ([10], {1: [float("nan")]}, "prices[1][0]"),
        ([10], {1: [0.00001]}, "prices[1][0]"),
        ([10], {1: [10**9]}, "prices[1][0]"),
        ([], {1: []}, "prices[1]"),
        ([Fraction(10**30 + 1, 10**30)], {1: [1]}, "breaks_g"),
    ],
)
def test_a_tariff_that_makes_no_sense_names_the_path(breaks, prices, path):
    """Limits out of order, prices missing or impossible: one error, with its place."""
    with pytest.raises(ConfigurationError) as caught:
        RateCard(breaks, prices)
    assert caught.value.path == path


@pytest.mark.parametrize("grams", [0, -1, 1.5, True])
def test_heaviest_shipment_is_whole_grams_above_zero(grams):
    """max_shipment_g is refused where it is made."""
    with pytest.raises(ConfigurationError, match="^max_shipment_g: "):
        RateCard([10], {1: [1]}, grams)


@pytest.mark.parametrize(
    ("breaks", "limit"),
    [([50_000], 30_000), ([1000], 2500), ([400, 1000], 700), ((), 30_000)],
)
def test_the_heaviest_shipment_is_exact_to_the_gram(breaks, limit):
    """Below the first bracket, between steps, and where weight has no price."""
    card = RateCard(breaks, {1: [5] * max(1, len(breaks))}, limit)
    assert card.price(1, limit) is not None
    assert card.price(1, limit + 1) is None


def test_without_brackets_or_a_limit_any_weight_is_carried():
    """With brackets it is two tonnes unless the card says otherwise."""
    assert RateCard.flat(5).max_shipment_g is None
    assert RateCard([10], {1: [1]}).max_shipment_g == 2_000_000


def test_too_fine_a_lattice_says_what_to_do():
    """A table that would fill the memory is refused with the two ways out."""
    with pytest.raises(ConfigurationError, match="coarser breaks or a lower max_ship"):
        RateCard([1, 1000], {zone: [1, 2] for zone in range(1, 6)})


def test_shipments_dearer_than_any_plan_may_cost_are_refused():
    """No closed price reaches what a missing unit weighs in a search."""
    with pytest.raises(ConfigurationError, match="no shipment to cost"):
        RateCard([1], {1: [10_000_000]}, 1000)
    with pytest.raises(ConfigurationError, match="fit 64 bits"):
        RateCard([1], {1: [100_000_000]}, 8_000_000)


def test_any_zone_takes_one_row_of_prices():
    """Which of two rows would be for every zone cannot be known."""
    with pytest.raises(ConfigurationError, match="^prices: expected one row"):
        RateCard([], {1: [1], 2: [2]}, any_zone=True)
    with pytest.raises(ConfigurationError, match="^prices: expected a mapping"):
        RateCard.by_zone([1, 2])


@pytest.mark.real
def test_ground_zone_5_of_40_lb_goes_as_two_parcels(shared_data):
    """One parcel of 40 lb is printed $16.05 above two of 20 lb; the card knows."""
    limits, prices = read_usps(shared_data, NAMES[0])
    card = RateCard(limits, prices)
    one = naive.one_parcel(limits, prices[5], 40 * POUND_G)
    two = 2 * naive.one_parcel(limits, prices[5], 20 * POUND_G)
    assert one - two == Decimal("16.05")
    assert card.price(5, int(40 * POUND_G)) <= two


@pytest.mark.real
@pytest.mark.parametrize("name", NAMES)
def test_real_tariffs_close_below_print_monotone_and_subadditive(shared_data, name):
    """Over the whole table of a real carrier, zone by zone."""
    limits, prices = read_usps(shared_data, name)
    card = RateCard(limits, prices)
    closed = card.closed
    assert (np.diff(closed, axis=1) >= 0).all()
    for zone, row in zip(card.zones, closed, strict=True):
        for limit, price in zip(limits, prices[zone], strict=True):
            assert row[int(limit * card.step_num / card.step_den)] <= price * 10_000
    for t in (1, 4, 79, 80, 81, 280, 281, 4000, 4481, 8000):
        both = closed[:, t : t + 1] + closed[:, 1:-t]
        assert (closed[:, t + 1 :] <= both).all()


@pytest.mark.real
@pytest.mark.parametrize("name", NAMES)
def test_real_tariffs_equal_the_slow_recursion(shared_data, name):
    """Weights about the brackets, and overweight ones, against the definition."""
    limits, prices = read_usps(shared_data, name)
    # Cut at 25 lb, which keeps the recursion shallow and the jump above 20 lb.
    kept = sum(limit <= 25 * POUND_G for limit in limits)
    cut = {zone: row[:kept] for zone, row in prices.items()}
    card = RateCard(limits[:kept], cut)
    for zone in (1, 5, 9):
        for pounds in (0.2, 1, 19.9, 20.1, 25, 25.1, 42):
            weight = Fraction(int(POUND_G * Fraction(pounds)))
            slow = naive.best_parcels(limits[:kept], cut[zone], weight)
            assert card.price(zone, int(weight)) == slow
