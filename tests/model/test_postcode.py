"""What a postcode may look like."""

from __future__ import annotations

import pytest

import omniroute as om
from omniroute.errors import ValidationError
from omniroute.model.postcode import check_country, check_postcode


@pytest.mark.parametrize("value", ["554", "55425", "55425-1234", "00501"])
def test_us_postcodes_are_a_prefix_five_digits_or_zip_plus_four(value):
    """Leading zeros included: a ZIP is text."""
    assert check_postcode(value, "US", "postcode") == value


@pytest.mark.parametrize(
    "value",
    [
        "",
        "5",
        "5542",
        "554251234",
        " 55425",
        "55425 ",
        "55425-",
        "55425-12",
        "55A25",
        "٥٥٤٢٥",
        "55425\n",
        55425,
        None,
        float("nan"),
    ],
)
def test_malformed_us_postcodes_are_refused_and_not_mended(value):
    """A ZIP that lost its zero, a stray space, a number, a missing value."""
    with pytest.raises(
        ValidationError, match="^postcode: expected .* 'US' of 3 or 5 digits"
    ):
        check_postcode(value, "US", "postcode")


@pytest.mark.parametrize(
    "value", ["SW1A 1AA", "K1A 0B1", "1010", "1234-567", "D02X285"]
)
@pytest.mark.parametrize("country", ["GB", None])
def test_other_countries_write_letters_spaces_and_hyphens(value, country):
    """And so may a destination that leaves its country to the network."""
    assert check_postcode(value, country, "postcode") == value


@pytest.mark.parametrize(
    "value", ["A", "sw1a 1aa", " 1010", "1010-", "12345678901", ""]
)
def test_what_is_a_postcode_nowhere_is_refused(value):
    """Too short, too long, small letters, loose ends."""
    with pytest.raises(ValidationError, match="2 to 10 capital letters and digits"):
        check_postcode(value, "GB", "postcode")


@pytest.mark.parametrize("value", ["us", "USA", "U", "", 1, None])
def test_countries_are_two_capital_letters(value):
    """As in ISO 3166."""
    with pytest.raises(ValidationError, match="^country: "):
        check_country(value, "country")


def test_a_postcode_of_another_country_says_how_to_name_it():
    """A network is in the US unless it says otherwise."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    with pytest.raises(om.ConfigurationError) as found:
        om.Network([om.Node("N1", postcode="SW1A 1AA")], [ground])
    assert str(found.value) == (
        "nodes[0].postcode: expected a postcode in country 'US' of 3 or 5 digits or "
        "ZIP+4, found 'SW1A 1AA' (country= says where, if elsewhere)"
    )
    om.Network([om.Node("N1", postcode="SW1A 1AA")], [ground], country="GB")
