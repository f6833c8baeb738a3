"""Real and random tariffs for the tests of rates."""

from __future__ import annotations

import csv
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from hypothesis import strategies as st

POUND_G = Fraction("453.59237")
#: The bracket "15_999_oz" ends at 16 oz: no whole gram falls in between.
OUNCES = {"4_oz": 4, "8_oz": 8, "12_oz": 12, "15_999_oz": 16}
NAMES = (
    "usps_ground_advantage_retail",
    "usps_priority_mail_retail",
    "usps_priority_mail_express",
)


def read_usps(
    folder: Path, name: str
) -> tuple[list[Fraction], dict[int, list[Decimal]]]:
    """Limits in grams and prices by zone of one of the carrier's tariffs."""
    with (folder / f"{name}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    # One pound is where 16 oz end already.
    rows = [row for row in rows if row["bracket"] != "1"]
    limits = [limit_g(row["bracket"]) for row in rows]
    zones = [label for label in rows[0] if label != "bracket"]
    return limits, {int(z): [Decimal(row[z]) for row in rows] for z in zones}


def limit_g(bracket: str) -> Fraction:
    """Upper limit of a bracket as the file names it."""
    if bracket in OUNCES:
        return POUND_G * OUNCES[bracket] / 16
    return POUND_G * int(bracket)


#: Limits in sixths and tenths of a gram, so that the lattice is no whole number.
LIMITS = st.lists(
    st.builds(Fraction, st.integers(1, 40), st.sampled_from([1, 2, 3, 5])),
    min_size=1,
    max_size=5,
    unique=True,
).map(sorted)


@st.composite
def tariffs(draw, limits=LIMITS):
    """Limits and the prices of one zone, in no order: real tariffs have drops too."""
    breaks = draw(limits)
    size = len(breaks)
    cents = draw(st.lists(st.integers(0, 99), min_size=size, max_size=size))
    return breaks, [Decimal(c).scaleb(-2) for c in cents]
