"""Which zone a lane is in: by postcode prefixes, or by distance."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

import attrs
import numpy as np
from attrs import field
from numpy.typing import ArrayLike, NDArray

from omniroute.errors import ConfigurationError
from omniroute.model.checks import texts, whole
from omniroute.model.distance import to_metres
from omniroute.model.exact import Number, from_scaled

#: Zones are kept in int8; 0 says "not served".
ZONE_MAX: Final = 127
PREFIX_MAX: Final = 10


def zone_label(value: Any, path: str) -> int:
    """Check a zone label: a whole number from 1 to 127."""
    return whole(value, path, 1, ZONE_MAX, ConfigurationError)


def prefixes(value: Iterable[str], path: str) -> tuple[str, ...]:
    """Check postcode prefixes: texts, each once, at least one."""
    members = texts(value, path, ConfigurationError)
    if not members:
        raise ConfigurationError(path, "at least one postcode prefix", value)
    return members


def check_prefix_lengths(members: tuple[str, ...], length: int, path: str) -> None:
    """Check that prefixes are as long as they are said to be."""
    for i, member in enumerate(members):
        if len(member) != length:
            expected = f"a prefix of {length} characters"
            raise ConfigurationError(f"{path}[{i}]", expected, member)


def prefix_length(value: int) -> int:
    """Check the number of leading characters that decide."""
    return whole(value, "prefix_len", 1, PREFIX_MAX, ConfigurationError)


def _origins(value: Iterable[str]) -> tuple[str, ...]:
    return prefixes(value, "origins")


def _destinations(value: Iterable[str]) -> tuple[str, ...]:
    return prefixes(value, "destinations")


def _table(value: ArrayLike) -> NDArray[np.int8]:
    try:
        given = np.asarray(value)
    except ValueError:
        # Rows of different lengths.
        raise ConfigurationError("zones", "a rectangular table", value) from None
    if given.dtype.kind not in "iu" or given.ndim != 2:
        raise ConfigurationError("zones", "a table of whole numbers", value)
    if given.size and (given.min() < 0 or given.max() > ZONE_MAX):
        found = [int(given.min()), int(given.max())]
        raise ConfigurationError("zones", f"labels from 0 to {ZONE_MAX}", found)
    table = np.array(given, np.int8)
    table.flags.writeable = False
    return table


@attrs.frozen(repr=False)
class PostcodeZones:
    """A carrier's zone chart: postcode prefix to postcode prefix.

    Parameters
    ----------
    origins, destinations
        Prefixes of postcodes, each ``prefix_len`` characters.
    zones
        int8[origins, destinations]: labels 1 to 127, 0 where there is no service.
        Copied, and read-only afterwards.
    prefix_len
        Leading characters of a postcode that decide its zone; 3 for US ZIP codes.

    Raises
    ------
    ConfigurationError
        A prefix twice or of another length, or a table of another shape.

    Examples
    --------
    >>> chart = PostcodeZones(["100", "554"], ["554"], [[5], [1]])
    >>> chart.zone("10001", "55425"), chart.zone("10001", "99999")
    (5, 0)
    """

    origins: tuple[str, ...] = field(converter=_origins)
    destinations: tuple[str, ...] = field(converter=_destinations)
    zones: NDArray[np.int8] = field(
        converter=_table, eq=attrs.cmp_using(eq=np.array_equal), hash=False
    )
    prefix_len: int = field(default=3, converter=prefix_length)
    _origin_row: dict[str, int] = field(init=False, eq=False)
    _destination_column: dict[str, int] = field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        check_prefix_lengths(self.origins, self.prefix_len, "origins")
        check_prefix_lengths(self.destinations, self.prefix_len, "destinations")
        shape = (len(self.origins), len(self.destinations))
        if self.zones.shape != shape:
            expected = f"a table of {shape[0]} rows and {shape[1]} columns"
            raise ConfigurationError("zones", expected, self.zones.shape)
        put = object.__setattr__
        put(self, "_origin_row", _ranks(self.origins))
        put(self, "_destination_column", _ranks(self.destinations))

    @property
    def labels(self) -> tuple[int, ...]:
        """Zone labels that occur, sorted."""
        return tuple(int(label) for label in np.unique(self.zones) if label)

    def origin_row(self, postcode: str | None) -> int:
        """Return the row of `zones` for an origin, -1 if the chart has none. O(1)."""
        return self._origin_row.get((postcode or "")[: self.prefix_len], -1)

    def destination_column(self, postcode: str | None) -> int:
        """Return the column of `zones` for a destination, -1 if none. O(1)."""
        return self._destination_column.get((postcode or "")[: self.prefix_len], -1)

    def zone(self, origin: str | None, destination: str | None) -> int:
        """Return the zone label between two postcodes, 0 if not served. O(1)."""
        row = self.origin_row(origin)
        column = self.destination_column(destination)
        return int(self.zones[row, column]) if row >= 0 and column >= 0 else 0

    def __repr__(self) -> str:
        return f"PostcodeZones({len(self.origins)} x {len(self.destinations)} prefixes)"


def _ranks(members: tuple[str, ...]) -> dict[str, int]:
    return {member: rank for rank, member in enumerate(members)}


def _limits(value: Iterable[Number]) -> tuple[Decimal, ...]:
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise ConfigurationError("limits_km", "a sequence of distances", value)
    given = tuple(value)
    metres = [to_metres(limit, f"limits_km[{i}]") for i, limit in enumerate(given)]
    if not 0 < len(metres) <= ZONE_MAX:
        expected = f"1 to {ZONE_MAX} limits"
        raise ConfigurationError("limits_km", expected, len(metres))
    for i, (near, far) in enumerate(pairwise(metres), start=1):
        if far <= near:
            expected = "a limit above the one before it"
            raise ConfigurationError(f"limits_km[{i}]", expected, given[i])
    return tuple(from_scaled(limit, 3) for limit in metres)


@attrs.frozen
class DistanceBands:
    """Zones by great-circle distance: band 1 up to the first limit, and so on.

    Parameters
    ----------
    limits_km
        Inclusive upper limits in kilometres, increasing, to the metre. Beyond the last
        there is no service.

    Raises
    ------
    ConfigurationError
        No limits, limits that do not increase, or finer than a metre.

    Examples
    --------
    >>> bands = DistanceBands([10, 50])
    >>> bands.zone_at(10_000), bands.zone_at(10_001), bands.zone_at(50_001)
    (1, 2, 0)
    """

    limits_km: tuple[Decimal, ...] = field(converter=_limits)

    @property
    def limits_m(self) -> tuple[int, ...]:
        """The limits in whole metres."""
        return tuple(to_metres(limit, "limits_km") for limit in self.limits_km)

    @property
    def labels(self) -> tuple[int, ...]:
        """Zone labels that occur, sorted: 1 to the number of bands."""
        return tuple(range(1, len(self.limits_km) + 1))

    def zone_at(self, distance_m: int) -> int:
        """Return the band of a distance in whole metres, 0 beyond the last."""
        for band, limit in enumerate(self.limits_m, start=1):
            if distance_m <= limit:
                return band
        return 0
