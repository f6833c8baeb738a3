"""Policies as data: plain dicts, JSON and TOML, with a schema version, checked by path."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, Protocol, TypeAlias, TypeVar

import attrs

from omniroute.errors import ConfigurationError
from omniroute.model.cost_term import CostTerm
from omniroute.model.gates import StockGate
from omniroute.model.rule_group import RuleGroup
from omniroute.model.toml import toml_text

#: Functions of one's own, by the name that data has for them.
Functions: TypeAlias = Mapping[str, Callable[..., Any]]

#: What a dict of a policy says it is written in; what is older is read, what is newer not.
SCHEMA: Final = 1
#: Fields that are sequences of objects.
_TABLES: Final = ("groups", "gates", "terms")
_MAPPINGS: Final = ("max_distance_km_by_kind", "exclude_nodes_by_channel", "parameters")


class Tables(Protocol):
    """What of a policy is a sequence of objects; its other fields are plain values."""

    @property
    def groups(self) -> tuple[RuleGroup, ...]:
        """Groups of a waterfall."""

    @property
    def gates(self) -> tuple[StockGate, ...]:
        """Gates on stock."""

    @property
    def terms(self) -> tuple[CostTerm, ...]:
        """Cost terms."""


Policy = TypeVar("Policy", bound=Tables)


def to_dict(policy: Tables, functions: Functions) -> dict[str, Any]:
    """Return what is not by default, with the schema first; numbers, texts, lists, dicts.

    Raises
    ------
    ConfigurationError
        A term has a function of one's own that has no name in ``functions``.
    """
    found = {"schema": SCHEMA, **_fields(policy)}
    if policy.groups:
        found["groups"] = [_fields(group) for group in policy.groups]
    if policy.gates:
        found["gates"] = [_fields(gate) for gate in policy.gates]
    if policy.terms:
        found["terms"] = [
            _term(term, functions, f"terms[{i}]") for i, term in enumerate(policy.terms)
        ]
    return found


def from_dict(data: Any, functions: Functions, make: type[Policy]) -> Policy:
    """Return the policy that a dict describes; see `RoutingPolicy.from_dict`."""
    given = dict(_mapping(data, "policy"))
    schema = given.pop("schema", None)
    if type(schema) is not int or not 1 <= schema <= SCHEMA:
        expected = "schema version " + " or ".join(map(str, range(1, SCHEMA + 1)))
        raise ConfigurationError("schema", expected, schema)
    _check_keys(given, make, "")
    if "groups" in given:
        groups = enumerate(_list(given["groups"], "groups"))
        given["groups"] = [
            _read(RuleGroup, group, f"groups[{g}]") for g, group in groups
        ]
    if "gates" in given:
        gates = enumerate(_list(given["gates"], "gates"))
        given["gates"] = [_read(StockGate, gate, f"gates[{g}]") for g, gate in gates]
    if "terms" in given:
        terms = enumerate(_list(given["terms"], "terms"))
        given["terms"] = [_read_term(t, functions, f"terms[{i}]") for i, t in terms]
    return make(**given)


def to_json(data: dict[str, Any]) -> str:
    """Return a dict as indented JSON."""
    return json.dumps(data, indent=2) + "\n"


def from_json(text: str) -> Any:
    """Return what JSON says.

    Raises
    ------
    ConfigurationError
        It is no JSON, or has a key twice.
    """
    try:
        return json.loads(text, object_pairs_hook=_each_once)
    except (ValueError, TypeError, RecursionError) as error:
        raise ConfigurationError("policy", "JSON", str(error)) from None


def to_toml(data: dict[str, Any]) -> str:
    """Return a dict as TOML."""
    return toml_text(data)


def from_toml(text: str) -> Any:
    """Return what TOML says.

    Raises
    ------
    ConfigurationError
        It is no TOML.
    """
    try:
        return tomllib.loads(text)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ConfigurationError("policy", "TOML", str(error)) from None


# -- one object ------------------------------------------------------------------------


def _fields(thing: Any, path: str = "") -> dict[str, Any]:
    """Fields of an object that differ from their defaults; what needs more is left out."""
    found = {}
    for each in attrs.fields(type(thing)):
        value = getattr(thing, each.name)
        if callable(value) or each.name in _TABLES:
            continue
        if value != each.default:
            mapping = each.name in _MAPPINGS
            plain = dict(value) if mapping else value
            found[each.name] = _plain(plain, f"{path}{each.name}")
    return found


def _plain(value: Any, path: str) -> Any:
    """Return a value as JSON and TOML know it; numbers stay exact."""
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise ConfigurationError(path, "texts as keys", key)
        return {key: _plain(each, f"{path}[{key!r}]") for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each, f"{path}[{i}]") for i, each in enumerate(value)]
    if not isinstance(value, str | int | float):
        expected = "numbers, texts, flags, and mappings or lists of them"
        raise ConfigurationError(path, expected, value)
    return value


def _term(term: CostTerm, functions: Functions, path: str) -> dict[str, Any]:
    found = _fields(term, f"{path}.")
    if callable(term.function):
        names = [name for name, each in functions.items() if each is term.function]
        if not names:
            expected = "a function with a name: to_dict(functions={...})"
            raise ConfigurationError(f"{path}.function", expected, term.function)
        found["function"] = names[0]
    return found


def _read(make: Any, data: Any, path: str) -> Any:
    given = _mapping(data, path)
    _check_keys(given, make, f"{path}.")
    return _made(make, given, path)


def _read_term(data: Any, functions: Functions, path: str) -> CostTerm:
    given = dict(_mapping(data, path))
    _check_keys(given, CostTerm, f"{path}.")
    name = given.get("function")
    if isinstance(name, str):
        given["function"] = functions.get(name, name)
    term: CostTerm = _made(CostTerm, given, path)
    return term


def _made(make: Any, given: Mapping[str, Any], path: str) -> Any:
    for field in attrs.fields(make):
        if field.default is attrs.NOTHING and field.name not in given:
            raise ConfigurationError(f"{path}.{field.name}", "to be there", None)
    try:
        return make(**given)
    except ConfigurationError as error:
        raise error.under(path) from None


# -- what data may be ------------------------------------------------------------------


def _mapping(value: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(k, str) for k in value):
        raise ConfigurationError(path, "a mapping", value)
    return value


def _list(value: Any, path: str) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise ConfigurationError(path, "a list", value)
    return list(value)


def _check_keys(given: Mapping[str, Any], make: Any, path: str) -> None:
    """Refuse keys that are no fields: a misspelt rule is one that is not followed."""
    known = [field.name for field in attrs.fields(make)]
    for key in given:
        if key not in known:
            raise ConfigurationError(f"{path}{key}", "one of " + ", ".join(known), key)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key twice")
    return found
