"""Strings at the edge, dense integers inside: one index for each kind of id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from omniroute.errors import (
    ConfigurationError,
    UnknownNodeError,
    UnknownSkuError,
    ValidationError,
)
from omniroute.model.checks import text
from omniroute.model.item import DECIMALS_MAX
from omniroute.stock.growth import grown

#: What residues of hashes are below: products of two stay below 2**62.
_PRIME = 2**31 - 1


def text_hash(value: str) -> int:
    """64 bits that stand for a string in a digest, the same on every machine."""
    return int.from_bytes(blake2b(value.encode(), digest_size=8).digest(), "little")


class Ids:
    """Ids numbered 0, 1, 2, ... in the order they were added.

    Parameters
    ----------
    texts
        The first ids.
    path
        What the ids are called in messages: ``sku_ids[3]``.

    Attributes
    ----------
    texts : list of str
        Id by number. Read only for others.
    numbers : dict of str to int
        Number by id. Read only for others.
    given : int
        How many it was made with.

    Examples
    --------
    >>> ids = Ids(["BOLT", "NUT"])
    >>> ids.add("WASHER"), ids.numbers["NUT"], ids.texts[0], len(ids)
    (2, 1, 'BOLT', 3)
    """

    __slots__ = ("_hashed", "_hashes", "_marks", "_path", "given", "numbers", "texts")

    def __init__(self, texts: Iterable[str] = (), path: str = "ids") -> None:
        self.texts: list[str] = []
        self.numbers: dict[str, int] = {}
        self._path = path
        self._hashes = np.zeros(0, np.uint64)
        self._marks = np.zeros((0, 2), np.int64)
        self._hashed = 0
        self.extend(texts)
        self.given = len(self.texts)

    def __len__(self) -> int:
        return len(self.texts)

    def add(self, value: str) -> int:
        """Add one id that is known to be valid and new; returns its number."""
        number = len(self.texts)
        self.numbers[value] = number
        self.texts.append(value)
        return number

    def add_all(self, values: Sequence[str]) -> None:
        """Add ids that are known to be valid, new and different, in one go."""
        first = len(self.texts)
        self.numbers.update(zip(values, range(first, first + len(values)), strict=True))
        self.texts += values

    def extend(self, values: Iterable[str]) -> None:
        """Add ids, all or none.

        Raises
        ------
        ConfigurationError
            Not a text of 1 to 200 characters, or given before.
        """
        fresh = list(values)
        self._check_new(fresh)
        self.add_all(fresh)

    def _check_new(self, values: Sequence[str]) -> None:
        seen: set[str] = set()
        for i, value in enumerate(values):
            path = f"{self._path}[{i}]"
            text(value, path, ConfigurationError)
            if value in self.numbers or value in seen:
                raise ConfigurationError(path, "an id not given before", value)
            seen.add(value)

    def hashes(self) -> NDArray[np.uint64]:
        """Hash of each id by number; only ids added since the last call cost time."""
        self._hashes = grown(self._hashes, len(self.texts))
        for number in range(self._hashed, len(self.texts)):
            self._hashes[number] = text_hash(self.texts[number])
        self._hashed = len(self.texts)
        return self._hashes

    def marks(self) -> NDArray[np.int64]:
        """int64[n, 2]: residues of each id's hash, for fingerprints made in kernels.

        Worked out anew only when ids were added.
        """
        if len(self._marks) != len(self.texts):
            hashes = self.hashes()[: len(self.texts)]
            low, high = hashes & np.uint64(_PRIME), hashes >> np.uint64(31)
            parts = np.stack([low, high & np.uint64(_PRIME)], axis=1)
            self._marks = np.ascontiguousarray(parts.astype(np.int64))
        return self._marks


#: What a kit is not.
STOCKED = "an item with stock of its own: say it of the kit's components"


class Catalogue:
    """The SKUs and nodes a state knows, and how finely each SKU is counted.

    Parameters
    ----------
    node_ids
        Ids of the nodes; a node's index is its place here.
    sku_ids
        Ids of the SKUs; more can be added.
    decimals
        Decimals of each SKU's quantity, 0 to 3; None for whole units throughout.

    Attributes
    ----------
    decimals : int8[S]
        Decimals of each SKU's quantity.

    Examples
    --------
    >>> catalogue = Catalogue(["N1"], ["BOLT", "ROPE"], decimals=[0, 2])
    >>> catalogue.sku("ROPE"), catalogue.decimals.tolist()
    (1, [0, 2])
    """

    __slots__ = ("_decimals", "decimals", "kits", "nodes", "skus")

    def __init__(
        self,
        node_ids: Iterable[str],
        sku_ids: Iterable[str] = (),
        decimals: Sequence[int] | NDArray[np.integer] | None = None,
    ) -> None:
        self.nodes = Ids(node_ids, "node_ids")
        self.skus = Ids((), "sku_ids")
        #: Numbers of SKUs that have no stock of their own; whoever has recipes says.
        self.kits: frozenset[int] = frozenset()
        self._decimals = np.zeros(0, np.int8)
        self.add_skus(sku_ids, decimals)

    def decimals_of(self, sku: int) -> int:
        """Decimals of one SKU's quantity."""
        return self.decimals.item(sku)

    def add_skus(
        self,
        sku_ids: Iterable[str],
        decimals: Sequence[int] | NDArray[np.integer] | None = None,
    ) -> None:
        """Add SKUs, all or none. The arena has to be told: use `State.add_skus`."""
        fresh = list(sku_ids)
        places = _decimals(decimals, len(fresh))
        before = len(self.skus)
        self.skus.extend(fresh)
        self._decimals = grown(self._decimals, len(self.skus))
        self._decimals[before : len(self.skus)] = places
        self.decimals = self._decimals[: len(self.skus)]

    def stocked(self, sku: int, path: str = "sku") -> int:
        """Return the number of a SKU that has stock of its own.

        Raises
        ------
        ValidationError
            It is a kit's.
        """
        if sku in self.kits:
            raise ValidationError(path, STOCKED, self.skus.texts[sku])
        return sku

    def sku(self, sku: str, path: str = "sku") -> int:
        """Return the number of a SKU.

        Raises
        ------
        UnknownSkuError
            The SKU was never added.
        """
        try:
            return self.skus.numbers[sku]
        except (KeyError, TypeError):
            raise UnknownSkuError(sku, path) from None

    def node(self, node: str, path: str = "node") -> int:
        """Return the index of a node.

        Raises
        ------
        UnknownNodeError
            The node is not in the network.
        """
        try:
            return self.nodes.numbers[node]
        except (KeyError, TypeError):
            raise UnknownNodeError(node, path) from None


def _decimals(
    decimals: Sequence[int] | NDArray[np.integer] | None, count: int
) -> NDArray[np.int8]:
    if decimals is None:
        return np.zeros(count, np.int8)
    if len(decimals) != count:
        expected = f"one entry a SKU ({count})"
        raise ConfigurationError("decimals", expected, len(decimals))
    places = np.asarray(decimals)
    if count and (places.dtype.kind not in "iu" or not _within(places)):
        expected = f"whole numbers from 0 to {DECIMALS_MAX}"
        raise ConfigurationError("decimals", expected, places.tolist())
    return places.astype(np.int8)


def _within(places: NDArray[np.integer]) -> bool:
    return bool(places.min() >= 0 and places.max() <= DECIMALS_MAX)
