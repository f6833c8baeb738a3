"""The real part of the US retail sample, as read from the file in the package.

`tools/build_us_retail.py` writes the file; `us_retail_data/README.md` has its sources
and terms.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import as_file, files
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import frozen

Array = npt.NDArray[Any]

_FILE = "us_retail_data/us_retail.npz"
#: Coordinates are kept in millionths of a degree.
_DEGREE = 1_000_000


@frozen(eq=False)
class Nodes:
    """Stores and warehouses by column, sorted by id; warehouses have type Warehouse."""

    id: list[str]
    type: list[str]
    name: list[str]
    city: list[str]
    state: list[str]
    zip: list[str]
    latitude: list[float]
    longitude: list[float]
    #: Weekly opening hours as text; empty for a warehouse.
    hours: list[str]
    #: IANA name.
    timezone: list[str]


@frozen(eq=False)
class Regions:
    """Three-digit postcode prefixes (ZIP3) by column, sorted."""

    prefix: list[str]
    state: list[str]
    #: The most populous ZIP code of the prefix: stands for all of it.
    zip: list[str]
    latitude: list[float]
    longitude: list[float]
    population: Array


@frozen(eq=False)
class Zones:
    """The postal zone chart: 1-9, 0 for none, 10 for offshore."""

    origins: list[str]
    #: ``uint8[len(origins), 999]``; column k is prefix k + 1.
    zone: Array


@frozen(eq=False)
class Tariffs:
    """Price tables over one set of weight brackets."""

    #: ``int16[brackets]``: upper limits, inclusive.
    ounces: Array
    #: ``int32[3, brackets, 9]``: US cents by tariff, bracket and zone 1-9.
    cents: Array


@frozen(eq=False)
class Baskets:
    """Invoices in time order and their lines, the lines of one after the other's."""

    sku: list[str]
    #: Start (seconds, taken as UTC) and length of the period the invoices fill.
    period_start: int
    period_days: int
    #: By basket.
    invoice: Array
    at: Array
    lines: Array
    #: By line: place in `sku`, units, price of a unit in pence (GBP).
    line_sku: Array
    line_quantity: Array
    line_pence: Array


@frozen(eq=False)
class Sample:
    """Everything real in the sample."""

    nodes: Nodes
    regions: Regions
    zones: Zones
    tariffs: Tariffs
    baskets: Baskets


def read_sample() -> Sample:
    """Read the file shipped with the package, in some tens of milliseconds."""
    with (
        as_file(files("omniroute.datasets").joinpath(_FILE)) as path,
        np.load(path, allow_pickle=False) as arrays,
    ):
        return Sample(
            _nodes(arrays),
            _regions(arrays),
            Zones(_text(arrays["zone_origin"]), arrays["zone"]),
            Tariffs(arrays["tariff_ounces"], arrays["tariff_cents"]),
            _baskets(arrays),
        )


def _nodes(arrays: Mapping[str, Array]) -> Nodes:
    rows = sorted([*_stores(arrays), *_warehouses(arrays)])
    return Nodes(*(list(column) for column in zip(*rows, strict=True)))


def _stores(arrays: Mapping[str, Array]) -> list[tuple[Any, ...]]:
    names = ("id", "type", "name", "city", "state", "zip")
    columns = [_text(arrays[f"store_{name}"]) for name in names]
    times = (_text(arrays[f"store_{name}"]) for name in ("hours", "timezone"))
    return list(zip(*columns, *_coordinates(arrays, "store"), *times, strict=True))


def _warehouses(arrays: Mapping[str, Array]) -> list[tuple[Any, ...]]:
    names = ("id", "city", "state", "zip", "timezone")
    columns = [_text(arrays[f"warehouse_{name}"]) for name in names]
    where = zip(*_coordinates(arrays, "warehouse"), strict=True)
    return [
        (id_, "Warehouse", id_, city, state, zip_, latitude, longitude, "", zone)
        for id_, city, state, zip_, zone, (latitude, longitude) in zip(
            *columns, where, strict=True
        )
    ]


def _regions(arrays: Mapping[str, Array]) -> Regions:
    prefix, state, zip_ = (_text(arrays[f"zip3{c}"]) for c in ("", "_state", "_zip5"))
    where = _coordinates(arrays, "zip3")
    return Regions(prefix, state, zip_, *where, arrays["zip3_population"])


def _baskets(arrays: Mapping[str, Array]) -> Baskets:
    return Baskets(
        _text(arrays["sku"]),
        int(arrays["period_start"][0]),
        int(arrays["period_days"][0]),
        *(arrays[f"basket_{name}"] for name in ("invoice", "at", "lines")),
        *(arrays[f"line_{name}"] for name in ("sku", "quantity", "pence")),
    )


def _text(lines: Array) -> list[str]:
    return lines.tobytes().decode().split("\n")


def _coordinates(
    arrays: Mapping[str, Array], prefix: str
) -> tuple[list[float], list[float]]:
    latitude, longitude = (
        [degrees / _DEGREE for degrees in arrays[f"{prefix}_{axis}"].tolist()]
        for axis in ("lat", "lon")
    )
    return latitude, longitude
