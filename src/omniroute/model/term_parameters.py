"""Parameters of cost terms: kept as data, and checked where the function is known."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import numpy as np

from omniroute.codes import NODE_KINDS
from omniroute.errors import ConfigurationError
from omniroute.model.checks import one_of, plain_text, text, texts, whole

_COUNT_MAX: Final = 2**31 - 1


class Frozen(Mapping[Any, Any]):
    """A mapping that can be compared and hashed, as parameters of a policy have to be.

    Examples
    --------
    >>> Frozen({"b": 2, "a": 1}), Frozen({"a": 1}) == Frozen({"a": 1.0})
    ({'a': 1, 'b': 2}, True)
    """

    __slots__ = ("_hash", "_own")

    def __init__(self, given: Mapping[Any, Any]) -> None:
        self._own = {key: given[key] for key in sorted(given, key=_place)}
        #: Prices of a network are thousands: worked out once, a policy is looked up often.
        self._hash = hash(tuple(self._own.items()))

    def __getitem__(self, key: Any) -> Any:
        return self._own[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Frozen) and self._own == other._own

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[Any, ...]:
        # Texts hash otherwise in another process.
        return Frozen, (self._own,)

    def __repr__(self) -> str:
        return repr(self._own)


def _place(key: Any) -> tuple[str, Any]:
    """Return where a key stands: keys of different classes do not compare."""
    number = isinstance(key, int | float)
    return ("", key) if number else (type(key).__name__, key)


def frozen(value: Any) -> Any:
    """Return a parameter as data that can be compared and hashed.

    Mappings become `Frozen`, lists tuples, and numbers of any class ``int`` or ``float``.

    Examples
    --------
    >>> frozen({"rates": [Decimal("0.5"), np.int64(2)]})
    {'rates': (0.5, 2)}
    """
    if isinstance(value, Mapping):
        return Frozen({frozen(key): frozen(each) for key, each in value.items()})
    if isinstance(value, list | tuple):
        return tuple(frozen(each) for each in value)
    if isinstance(value, np.generic):
        return frozen(value.item())
    if isinstance(value, Decimal | Fraction) and math.isfinite(value):
        return int(value) if value == int(value) else float(value)
    return plain_text(value) if isinstance(value, str) else value


# -- of the library's own terms ----------------------------------------------------------


def _number(value: Any, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigurationError(path, "a number", value)
    if not math.isfinite(value):
        raise ConfigurationError(path, "a finite number", value)
    return value


def _from_0(value: Any, path: str) -> float:
    number = _number(value, path)
    if number < 0:
        raise ConfigurationError(path, "a number from 0", value)
    return number


def _days(value: Any, path: str) -> int:
    return whole(value, path, 0, _COUNT_MAX, ConfigurationError)


def _texts(value: Any, path: str) -> tuple[str, ...]:
    return texts(value, path, ConfigurationError)


def _kinds(value: Any, path: str) -> tuple[str, ...]:
    kinds = _texts(value, path)
    for i, kind in enumerate(kinds):
        one_of(kind, f"{path}[{i}]", NODE_KINDS, ConfigurationError)
    return kinds


def _prices(value: Any, path: str) -> Frozen:
    """Check prices by node, or by node and SKU."""
    if not isinstance(value, Frozen):
        expected = "a mapping of node and price, or node, SKU and price"
        raise ConfigurationError(path, expected, value)
    for node, price in value.items():
        where = f"{path}[{node!r}]"
        text(node, where, ConfigurationError)
        if not isinstance(price, Frozen):
            _number(price, where)
            continue
        for sku, each in price.items():
            text(sku, f"{where}[{sku!r}]", ConfigurationError)
            _number(each, f"{where}[{sku!r}]")
    return value


class _Asks(NamedTuple):
    """What a term of the library is for, and its parameters; those with a default."""

    per: str
    needs: dict[str, Callable[[Any, str], Any]]
    may: dict[str, Callable[[Any, str], Any]]
    #: Those that have no default: left out, they say something too.
    free: Mapping[str, Callable[[Any, str], Any]] = MappingProxyType({})


_ASKS: Final = {
    "packaging": _Asks("shipment", {"amount": _number}, {"node_kinds": _kinds}),
    "surcharge": _Asks(
        "shipment", {"amount": _number}, {"services": _texts, "node_kinds": _kinds}
    ),
    "lateness": _Asks("shipment", {"per_day": _number}, {}, {"after_days": _days}),
    "node_price": _Asks("item", {"prices": _prices}, {}),
    "markdown_credit": _Asks("item", {"credits": _prices}, {}),
    "stock_out_penalty": _Asks("item", {"amount": _number, "below": _from_0}, {}),
    "failed_pick": _Asks("item", {"penalty": _number}, {}),
}


def checked(function: str, per: str, given: Frozen) -> Frozen:
    """Return the parameters of a term of the library, those with a default filled in.

    Those of a name that is none of the library's are handed back as they are.

    Raises
    ------
    ConfigurationError
        One is missing, misspelt or of no use; or the term is for something else.
    """
    asks = _ASKS.get(function)
    if asks is None:
        return given
    if per != asks.per:
        raise ConfigurationError("per", f"{asks.per!r}, for {function}", per)
    known = {**asks.needs, **asks.may, **asks.free}
    for key in given:
        if key not in known:
            expected = "one of " + ", ".join(known)
            raise ConfigurationError(f"parameters.{key}", expected, key)
    for key in asks.needs:
        if key not in given:
            raise ConfigurationError(f"parameters.{key}", "to be there", None)
    found = {
        key: check(given.get(key, ()), f"parameters.{key}")
        for key, check in known.items()
        if key in given or key not in asks.free
    }
    return Frozen(found)
