"""Where a postcode is on the map."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
from attrs import field

from omniroute.errors import ConfigurationError
from omniroute.model.checks import degrees
from omniroute.model.zones import check_prefix_lengths, prefix_length, prefixes


def _prefixes(value: Iterable[str]) -> tuple[str, ...]:
    return prefixes(value, "prefixes")


def _coordinates(value: Iterable[float], path: str, limit: int) -> tuple[float, ...]:
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise ConfigurationError(path, "a sequence of degrees", value)
    return tuple(
        degrees(degree, f"{path}[{i}]", limit, ConfigurationError)
        for i, degree in enumerate(value)
    )


def _latitudes(value: Iterable[float]) -> tuple[float, ...]:
    return _coordinates(value, "latitudes", 90)


def _longitudes(value: Iterable[float]) -> tuple[float, ...]:
    return _coordinates(value, "longitudes", 180)


@attrs.frozen(repr=False)
class Places:
    """Coordinates of postcode prefixes, for ends of a lane known by postcode only.

    Parameters
    ----------
    prefixes
        Prefixes of postcodes, each ``prefix_len`` characters, each once.
    latitudes, longitudes
        Degrees, one a prefix.
    prefix_len
        Leading characters of a postcode that decide; 3 for US ZIP codes.

    Raises
    ------
    ConfigurationError
        A prefix twice or of another length, an impossible coordinate, lists of
        different lengths.

    Examples
    --------
    >>> Places(["554"], [44.97], [-93.26]).locate("55425")
    (44.97, -93.26)
    """

    prefixes: tuple[str, ...] = field(converter=_prefixes)
    latitudes: tuple[float, ...] = field(converter=_latitudes)
    longitudes: tuple[float, ...] = field(converter=_longitudes)
    prefix_len: int = field(default=3, converter=prefix_length)
    _at: dict[str, tuple[float, float]] = field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        check_prefix_lengths(self.prefixes, self.prefix_len, "prefixes")
        wanted = len(self.prefixes)
        for name in ("latitudes", "longitudes"):
            if len(getattr(self, name)) != wanted:
                found = len(getattr(self, name))
                raise ConfigurationError(name, f"{wanted} values, one a prefix", found)
        pairs = zip(self.latitudes, self.longitudes, strict=True)
        at = dict(zip(self.prefixes, pairs, strict=True))
        object.__setattr__(self, "_at", at)

    def locate(self, postcode: str | None) -> tuple[float, float] | None:
        """Return (latitude, longitude) of a postcode, None if it is unknown. O(1)."""
        return self._at.get((postcode or "")[: self.prefix_len])

    def __repr__(self) -> str:
        return f"Places({len(self.prefixes)} prefixes)"
