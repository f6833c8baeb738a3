"""What a rule is about, and which of several rules a cell follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import attrs
import numpy as np
from attrs import field
from numpy.typing import NDArray

from omniroute.codes import NODE_KINDS
from omniroute.errors import (
    ConfigurationError,
    UnknownChannelError,
    UnknownIdError,
    UnknownNodeError,
    UnknownServiceError,
    UnknownSkuError,
)
from omniroute.model.checks import one_of, text

I8: TypeAlias = NDArray[np.int64]

#: What a scope may name, the most telling first: a rule that names an item beats any
#: that does not, whatever else that one names; and so on down the list.
FIELDS: Final = ("sku", "item_class", "node", "node_kind", "service", "channel")
#: Those that are properties of a cell; the others belong to who asks.
CELL_FIELDS: Final = FIELDS[:4]

_UNKNOWN: Final[dict[str, type[UnknownIdError]]] = {
    "sku": UnknownSkuError,
    "node": UnknownNodeError,
    "service": UnknownServiceError,
    "channel": UnknownChannelError,
}


def _name(value: str | None, path: str) -> str | None:
    return None if value is None else text(value, path, ConfigurationError)


def _sku(value: str | None) -> str | None:
    return _name(value, "sku")


def _item_class(value: str | None) -> str | None:
    return _name(value, "item_class")


def _node(value: str | None) -> str | None:
    return _name(value, "node")


def _node_kind(value: str | None) -> str | None:
    if value is None:
        return None
    return one_of(value, "node_kind", NODE_KINDS, ConfigurationError)


def _service(value: str | None) -> str | None:
    return _name(value, "service")


def _channel(value: str | None) -> str | None:
    return _name(value, "channel")


@attrs.frozen(kw_only=True)
class Scoped:
    """A rule with a scope: it applies where everything it names is so.

    Parameters
    ----------
    sku, item_class
        Limit to one item, or to items of a class.
    node, node_kind
        Limit to one node, or to nodes of a kind.
    service, channel
        Limit to who asks for this service, or through this channel.

    Raises
    ------
    ConfigurationError
        A name that is no text, or no kind of node.
    """

    sku: str | None = field(default=None, converter=_sku)
    item_class: str | None = field(default=None, converter=_item_class)
    node: str | None = field(default=None, converter=_node)
    node_kind: str | None = field(default=None, converter=_node_kind)
    service: str | None = field(default=None, converter=_service)
    channel: str | None = field(default=None, converter=_channel)

    @property
    def scope(self) -> tuple[str | None, ...]:
        """What it names, in the order of `FIELDS`."""
        return tuple(getattr(self, name) for name in FIELDS)

    @property
    def rank(self) -> int:
        """How specific it is: a bit a field, the first field the highest.

        Two rules of one rank that both fit a cell and an asker have the same scope.

        Examples
        --------
        >>> Scoped(sku="BOLT").rank > Scoped(node="N1", channel="web").rank
        True
        """
        bits = "".join("0" if value is None else "1" for value in self.scope)
        return int(bits, 2)


#: Numbers of the ids a scope may name, by field.
Numbers: TypeAlias = Mapping[str, Mapping[str, int]]
#: Columns of cells, by field of `CELL_FIELDS`; one length.
Columns: TypeAlias = Mapping[str, I8]


@attrs.frozen(eq=False)
class _Group:
    """Rules that name the same fields, and the same service and channel."""

    fields: tuple[str, ...]
    service: str | None
    channel: str | None
    keys: I8
    rules: I8

    def fits(self, service: str | None, channel: str | None) -> bool:
        """Whether its rules are for who asks so."""
        return self.service in (None, service) and self.channel in (None, channel)


class ScopeIndex:
    """Finds the most specific of many rules, for many cells at once.

    Parameters
    ----------
    rules
        The rules, each scope once.
    numbers
        Number of every SKU, item class, node and node kind, by field; the services and
        channels there are, where a rule may name one.
    path
        What messages call the rules.
    places
        Where each rule stood in what the caller passed; in this order by default.

    Raises
    ------
    ConfigurationError
        Two rules have one scope.
    UnknownIdError
        A scope names what there is not.

    Examples
    --------
    >>> numbers = {"sku": {"BOLT": 0}, "node": {"N1": 0, "N2": 1}}
    >>> index = ScopeIndex([Scoped(), Scoped(node="N2")], numbers)
    >>> index.pick({"node": np.array([0, 1])}).tolist()
    [0, 1]
    """

    __slots__ = ("_groups", "_sizes")

    def __init__(
        self,
        rules: Sequence[Scoped],
        numbers: Numbers,
        path: str = "rules",
        places: Sequence[int] | None = None,
    ) -> None:
        places = range(len(rules)) if places is None else places
        # One more than there are: -1, for a cell that has no class, gets a key too.
        self._sizes = {name: len(numbers.get(name, ())) + 1 for name in CELL_FIELDS}
        found: dict[tuple[str | None, ...], dict[int, int]] = {}
        for i, (place, rule) in enumerate(zip(places, rules, strict=True)):
            key = self._key(rule, numbers, f"{path}[{place}]")
            names = tuple(
                name if value is not None else None
                for name, value in zip(CELL_FIELDS, rule.scope, strict=False)
            )
            group = found.setdefault((*names, rule.service, rule.channel), {})
            if key in group:
                expected = f"a scope other than that of {path}[{places[group[key]]}]"
                raise ConfigurationError(f"{path}[{place}]", expected, rule)
            group[key] = i
        ordered = sorted(found.items(), key=lambda pair: _rank(pair[0]))
        self._groups = [_group(names, group) for names, group in ordered]

    def _key(self, rule: Scoped, numbers: Numbers, path: str) -> int:
        """One number for all that a scope names of a cell."""
        key = 0
        for name, value in zip(FIELDS, rule.scope, strict=True):
            if value is None:
                continue
            known = numbers.get(name, {})
            if value not in known:
                raise _unknown(name, value, f"{path}.{name}")
            if name in CELL_FIELDS:
                key = key * self._sizes[name] + known[value] + 1
        return key

    def pick(
        self, cells: Columns, service: str | None = None, channel: str | None = None
    ) -> I8:
        """Return the place of the rule each cell follows, -1 where none fits.

        O(cells x kinds of scope x log rules).

        Parameters
        ----------
        cells
            Columns of numbers by field; what no rule names may be missing.
        service, channel
            Who asks; None follows only rules that name none.
        """
        length = len(next(iter(cells.values())))
        picked = np.full(length, -1, np.int64)
        for group in self._groups:
            if not group.fits(service, channel):
                continue
            wanted = np.zeros(length, np.int64)
            for name in group.fields:
                wanted = wanted * self._sizes[name] + cells[name] + 1
            at = np.searchsorted(group.keys, wanted)
            at[at == len(group.keys)] = 0
            here = group.keys[at] == wanted
            picked[here] = group.rules[at[here]]
        return picked


def _rank(names: tuple[str | None, ...]) -> str:
    return "".join("0" if name is None else "1" for name in names)


def _group(names: tuple[str | None, ...], group: dict[int, int]) -> _Group:
    keys = np.array(sorted(group), np.int64)
    rules = np.array([group[key] for key in keys.tolist()], np.int64)
    named = tuple(name for name in names[:4] if name is not None)
    return _Group(named, names[4], names[5], keys, rules)


def _unknown(name: str, value: str, path: str) -> Exception:
    if name in _UNKNOWN:
        return _UNKNOWN[name](value, path)
    return ConfigurationError(path, "a class some item has", value)
