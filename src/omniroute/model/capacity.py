"""How much work nodes can do in a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, cast

import attrs
from attrs import field

from omniroute.codes import NODE_KINDS, QUANTITY_MAX, WEEKDAYS, WORK
from omniroute.errors import ConfigurationError
from omniroute.model.checks import one_of, text, texts, whole
from omniroute.model.hours import DAY_MIN, clock_span
from omniroute.model.money import to_decimal, to_minor
from omniroute.model.weekly import by_weekday
from omniroute.model.work_windows import Windows, WorkWindow, spans, told, windows_of

if TYPE_CHECKING:
    from omniroute.model.node import Node

#: Days that work may wait: a month.
BACKLOG_MAX_DAYS: Final = 31
#: Most that a unit of work over the limit may count: see `routing.tables.UNIT_COST_MAX`.
PRICE_MAX_MINOR: Final = 2**20
#: Windows that work may wait for: they are counted in a byte.
WAITS_MAX: Final = 120
#: How much, by weekday; or in which windows.
ByWeekday: TypeAlias = tuple[int, ...] | tuple[Windows, ...]


def _limit(value: Any) -> ByWeekday:
    days = by_weekday(_by_name(value), "limit", _limit_of)
    if isinstance(value, tuple):
        # As it was read before, or numbers by hand.
        days = tuple(_again(each, f"limit[{i}]") for i, each in enumerate(days))
    plain = tuple(each for each in days if isinstance(each, int))
    return plain if len(plain) == len(days) else tuple(map(_in_windows, days))


def _by_name(value: Any) -> Any:
    """Return limits by weekday, 0 where none is said; windows without one every day."""
    if not isinstance(value, Mapping):
        return value
    if value and all(isinstance(name, str) and clock_span(name) for name in value):
        return (windows_of(value, "limit"),) * len(WEEKDAYS)
    return {**dict.fromkeys(WEEKDAYS, 0), **value}


def _limit_of(value: Any, path: str) -> int | Windows:
    if isinstance(value, Mapping):
        return windows_of(value, path)
    return whole(value, path, 0, QUANTITY_MAX, ConfigurationError)


def _again(value: Any, path: str) -> int | Windows:
    if isinstance(value, tuple) and all(isinstance(each, WorkWindow) for each in value):
        return value
    return _limit_of(value, path)


def _in_windows(limit: int | Windows) -> Windows:
    """Return the limit of a day beside days with windows: one from end to end."""
    if isinstance(limit, tuple):
        return limit
    return (WorkWindow(0, DAY_MIN, limit),) if limit else ()


def _of(value: str) -> str:
    return one_of(value, "of", WORK, ConfigurationError)


def _services(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(texts(value, "services", ConfigurationError)))


def _node(value: str | None) -> str | None:
    return None if value is None else text(value, "node", ConfigurationError)


def _node_kind(value: str | None) -> str | None:
    if value is None:
        return None
    return one_of(value, "node_kind", NODE_KINDS, ConfigurationError)


def _backlog_days(value: int) -> int:
    return whole(value, "backlog_days", 0, BACKLOG_MAX_DAYS, ConfigurationError)


def _price(value: Any) -> Decimal | None:
    if value is None:
        return None
    minor = to_minor(value, "over_price", ConfigurationError)
    if not 0 <= minor <= PRICE_MAX_MINOR:
        expected = f"an amount from 0 to {PRICE_MAX_MINOR / 10_000:.2f}, or None"
        raise ConfigurationError("over_price", expected, value)
    return to_decimal(minor)


@attrs.frozen
class Capacity:
    """So much work a day, at each node that it is about.

    Every node has a count of its own. Of several that speak of the same work (``of``
    and ``services``) a node follows that which names it, else that which names its
    kind; those that speak of different work apply side by side.

    Parameters
    ----------
    limit
        How much a day: a whole number, or by weekday, ``{"mon": 40, "sat": 15}``; 0 on
        days that are not named. Or how much in each window of the day, by the clock of
        the node: ``{"08:00-12:00": 10, "12:00-18:00": 25}``, for every day or by weekday.
    of
        What is counted: "orders" (shipments, one for each node and service in a plan),
        "lines" or "units" (those started).
    services
        Names of services whose work is counted together; none: of all.
    node, node_kind
        Limit to one node, or to nodes of a kind.
    backlog_days
        Days that work may wait where a day is full: working days of the node. 0: a node
        that is full today is no candidate. Where there are windows, work waits for a
        later one of the day first.
    over_price
        None: no more than the limit is ever taken. An amount: more may be, and where a
        day is full, each order, line or unit more counts so much in the objective.

    Raises
    ------
    ConfigurationError
        A number, name or amount that cannot be; a price beside a backlog, or for lines
        or units of some services.

    Examples
    --------
    >>> Capacity(40, node_kind="store").limit_on(date(2026, 11, 23))
    40
    >>> short = Capacity({"mon": 40, "sat": 15}, "units", services=["express"])
    >>> short.limit_on(date(2026, 11, 28)), short.limit_on(date(2026, 11, 29))
    (15, 0)
    >>> Capacity({"08:00-12:00": 10, "12:00-18:00": 25}).limit_on(date(2026, 11, 23))
    35
    """

    limit: ByWeekday = field(converter=_limit)
    of: str = field(default="orders", converter=_of)
    services: tuple[str, ...] = field(default=(), converter=_services, kw_only=True)
    node: str | None = field(default=None, converter=_node, kw_only=True)
    node_kind: str | None = field(default=None, converter=_node_kind, kw_only=True)
    backlog_days: int = field(default=0, converter=_backlog_days, kw_only=True)
    over_price: Decimal | None = field(default=None, converter=_price, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.node is not None and self.node_kind is not None:
            expected = "None, as a node is named"
            raise ConfigurationError("node_kind", expected, self.node_kind)
        if self.services and self.of != "orders" and self.over_price is not None:
            expected = (
                "None: lines and units have one price at a node, whatever sends them"
            )
            raise ConfigurationError("over_price", expected, self.over_price)
        if self.waits_most > WAITS_MAX:
            expected = f"so few days that {WAITS_MAX} windows come in them"
            raise ConfigurationError("backlog_days", expected, self.backlog_days)
        if self.backlog_days and self.over_price is not None:
            expected = "None: what may wait is not paid for"
            raise ConfigurationError("over_price", expected, self.over_price)

    def limit_on(self, day: date) -> int:
        """Return how much there is on a day, in all of its windows."""
        limit = self.limit[day.weekday()]
        return limit if isinstance(limit, int) else sum(each.limit for each in limit)

    @property
    def windows(self) -> tuple[Windows, ...] | None:
        """The windows of each weekday; None where days are counted."""
        first = self.limit[0]
        return (
            None if isinstance(first, int) else cast("tuple[Windows, ...]", self.limit)
        )

    @property
    def waits_most(self) -> int:
        """Days that work may wait, or windows: how often it goes on to the next."""
        if self.windows is None:
            return self.backlog_days
        return (self.backlog_days + 1) * max(map(len, self.windows)) - 1

    @property
    def work(self) -> Work:
        """What it counts."""
        return Work(self.of, self.services)

    @property
    def rank(self) -> int:
        """How specific it is: that with the higher rank is followed."""
        return 2 * (self.node is not None) + (self.node_kind is not None)

    def is_of(self, node: Node) -> bool:
        """Whether it is about a node."""
        fits = self.node_kind is None or self.node_kind == node.kind
        return fits and self.node in (None, node.id)

    def to_dict(self) -> dict[str, Any]:
        """Return what is not by default as numbers, texts, lists and dicts.

        Examples
        --------
        >>> Capacity(40, "lines", node="S1", over_price=1.5).to_dict()
        {'limit': 40, 'of': 'lines', 'node': 'S1', 'over_price': 1.5}
        """
        days = [each if isinstance(each, int) else told(each) for each in self.limit]
        alike = len(set(self.limit)) == 1
        by_day = dict(zip(WEEKDAYS, days, strict=True))
        found: dict[str, Any] = {"limit": days[0] if alike else by_day}
        for each in attrs.fields(Capacity)[1:]:
            value = getattr(self, each.name)
            if value != each.default:
                found[each.name] = _plain(value)
        return found

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], path: str = "capacity") -> Capacity:
        """Return what a dict describes, as of a TOML table or a row of a frame.

        Raises
        ------
        ConfigurationError
            A key that there is not, or no limit; or as of the class.

        Examples
        --------
        >>> Capacity.from_dict({"limit": {"sat": 15}, "backlog_days": 2}).backlog_days
        2
        """
        if not isinstance(data, Mapping):
            raise ConfigurationError(path, "a dict", data)
        names = [each.name for each in attrs.fields(cls)]
        for key in data:
            if key not in names:
                expected = "keys among " + ", ".join(names)
                raise ConfigurationError(f"{path}.{key}", expected, key)
        if "limit" not in data:
            raise ConfigurationError(f"{path}.limit", "a limit", None)
        try:
            return cls(**data)
        except ConfigurationError as error:
            raise error.under(path) from None


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return float(value) if isinstance(value, Decimal) else value


class Work(NamedTuple):
    """A kind of work that is counted at each node by itself.

    Parameters
    ----------
    of
        "orders", "lines" or "units".
    services
        Whose; none: of all.
    """

    of: str
    services: tuple[str, ...]


class Pools(NamedTuple):
    """The capacity of a network.

    Parameters
    ----------
    works
        Kinds of work, in the order in which they are first named.
    followed
        By node: what it follows, by the place of the work.
    """

    works: tuple[Work, ...]
    followed: tuple[dict[int, Capacity], ...]


def pools_of(capacity: Sequence[Capacity], nodes: Sequence[Node]) -> Pools:
    """Return which capacity each node has. O(nodes x capacities)."""
    works = tuple(dict.fromkeys(each.work for each in capacity))
    followed = []
    for node in nodes:
        own: dict[int, Capacity] = {}
        for each in sorted(capacity, key=lambda each: each.rank):
            if each.is_of(node):
                own[works.index(each.work)] = each
        followed.append(dict(sorted(own.items())))
    return Pools(works, tuple(followed))


def check_windows(pools: Pools, nodes: Sequence[Node]) -> None:
    """Check that all work of a node that has windows has the same."""
    for node, own in zip(nodes, pools.followed, strict=True):
        windows = [each.windows for each in own.values() if each.windows is not None]
        if len({tuple(map(spans, each)) for each in windows}) > 1:
            expected = f"the same windows for all work of node {node.id!r}"
            raise ConfigurationError("capacity", expected, list(own.values()))


def check_capacity(
    value: Any, node_ids: Iterable[str], services: Iterable[str]
) -> tuple[Capacity, ...]:
    """Check the capacities of a network: what they name, and that none is said twice."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise ConfigurationError("capacity", "a sequence of Capacity objects", value)
    found, nodes, names = tuple(value), set(node_ids), set(services)
    seen = set()
    for i, each in enumerate(found):
        if not isinstance(each, Capacity):
            raise ConfigurationError(f"capacity[{i}]", "a Capacity", each)
        if each.node is not None and each.node not in nodes:
            expected = "a node of the network"
            raise ConfigurationError(f"capacity[{i}].node", expected, each.node)
        for j, name in enumerate(each.services):
            if name not in names:
                path = f"capacity[{i}].services[{j}]"
                raise ConfigurationError(path, "a service of the network", name)
        key = each.work, each.node, each.node_kind
        if key in seen:
            expected = "work and nodes that no other names"
            raise ConfigurationError(f"capacity[{i}]", expected, each)
        seen.add(key)
    return found
