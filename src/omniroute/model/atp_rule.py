"""How to promise by date: data, so that a promise can be explained and replayed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final, TypeAlias

import attrs
import numpy as np
from attrs import field

from omniroute._show import differing
from omniroute.codes import ATP_RULES, SHARE_ONE, WEEKDAYS
from omniroute.errors import ConfigurationError
from omniroute.model.checks import flag, one_of, text, texts, whole
from omniroute.model.exact import Number, to_scaled

#: Longest time a rule may look ahead, or back, in days.
DAYS_MAX: Final = 3_660
#: The fence that follows each cell's own replenishment lead time.
LEAD_TIME: Final = "lead_time"

Considerations: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]

#: Modifiers that mean something to some rules only: anything else would be silent.
_ONLY: Final = {
    "forward_consumption_days": ("forward", "expiring"),
    "accumulation_window_days": ("accumulate",),
    "carry_negative": ("accumulate",),
}


def share(value: Any, path: str) -> int:
    """Return a probability from 0 to 1, of at most 4 decimals, in 1/10,000."""
    expected = "a share from 0 to 1, of at most 4 decimals"
    scaled = to_scaled(value, 4, path, expected, ConfigurationError)
    if not 0 <= scaled <= SHARE_ONE:
        raise ConfigurationError(path, expected, value)
    return scaled


def _days(value: Any, path: str, low: int = 0) -> int:
    return whole(value, path, low, DAYS_MAX, ConfigurationError)


def _horizon(value: Any) -> int:
    return _days(value, "horizon_days", 1)


def _late_supply(value: Any) -> int | None:
    return None if value is None else _days(value, "past_due_supply_days")


def _late_demand(value: Any) -> int | None:
    return None if value is None else _days(value, "past_due_demand_days")


def _supply_offset(value: Any) -> int:
    return _days(value, "delayed_supply_offset_days")


def _demand_offset(value: Any) -> int:
    return _days(value, "delayed_demand_offset_days")


def _forward(value: Any) -> int | None:
    return None if value is None else _days(value, "forward_consumption_days")


def _window(value: Any) -> int | None:
    return None if value is None else _days(value, "accumulation_window_days")


def _carry(value: Any) -> bool:
    return flag(value, "carry_negative", ConfigurationError)


def _clamp(value: Any) -> bool | None:
    return None if value is None else flag(value, "clamp", ConfigurationError)


def _fence(value: Any) -> int | str | None:
    if value is None or (isinstance(value, str) and value == LEAD_TIME):
        return value
    path = "infinite_supply_fence_days"
    if isinstance(value, str):
        raise ConfigurationError(path, f'days, "{LEAD_TIME}" or None', value)
    return whole(value, path, 0, DAYS_MAX, ConfigurationError)


def _working_days(value: Any) -> tuple[str, ...] | None:
    """Return the days in the order of the week."""
    if value is None:
        return None
    names = texts(value, "working_days", ConfigurationError)
    for i, name in enumerate(names):
        one_of(name, f"working_days[{i}]", WEEKDAYS, ConfigurationError)
    if not names:
        raise ConfigurationError("working_days", "a working day or more", value)
    return tuple(day for day in WEEKDAYS if day in names)


def _closed_dates(value: Any) -> tuple[date, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ConfigurationError("closed_dates", "a sequence of dates", value)
    found = list(value)
    for i, day in enumerate(found):
        if isinstance(day, datetime) or not isinstance(day, date):
            raise ConfigurationError(f"closed_dates[{i}]", "a date", day)
    return tuple(sorted(set(found)))


def _pairs(value: Any, path: str) -> list[tuple[str, Any]]:
    """Return a mapping's items by name, checked to be texts."""
    if isinstance(value, tuple):
        value = dict(value)
    if not isinstance(value, Mapping):
        raise ConfigurationError(path, "a mapping", value)
    names = [text(name, f"{path} key", ConfigurationError) for name in value]
    return sorted(zip(names, value.values(), strict=True), key=lambda pair: pair[0])


def _confidence(value: Any) -> tuple[tuple[str, Number], ...]:
    pairs = _pairs(value, "confidence")
    for name, part in pairs:
        share(part, f"confidence[{name!r}]")
    return tuple(pairs)


def _considerations(value: Any) -> Considerations:
    return tuple(
        (name, texts(types, f"considerations[{name!r}]", ConfigurationError))
        for name, types in _pairs(value, "considerations")
    )


def _demand_class(value: Any) -> str | None:
    return None if value is None else text(value, "demand_class", ConfigurationError)


def _name(value: Any) -> str:
    return one_of(value, "name", ATP_RULES, ConfigurationError)


def _fractions(value: Any) -> str:
    return one_of(value, "fractions", ("truncate", "keep"), ConfigurationError)


@attrs.frozen(repr=False)
class AtpRule:
    """The declared rule by which stock is promised by date.

    With S and D the supply and demand of a bucket (what is on hand is part of the first),
    and P the running sum of S - D:

    ``net``
        On hand, less all that is reserved, less safety stock. The same on every date.
    ``net_plus_future``
        The same, and what has arrived by the date.
    ``discrete``, ``cumulative``
        Each receipt less the demand until the next; its running sum.
    ``period``
        S - D.
    ``backward``
        Shortages of ``period`` use up earlier surpluses, the latest first.
    ``forward``
        What is short after that uses up later surpluses, the earliest first.
    ``accumulate``
        ``backward``, and surpluses are passed on to later dates. Shortages are not,
        unless ``carry_negative``: so this rule promises units that a shortage needs.
    ``look_ahead``
        The least P from the date to the horizon: the only rule on this list that never
        promises what an earlier promise needs, and the default.
    ``nearest_receipt``
        Each issue takes the receipt nearest before it, then earlier ones; what is left
        of the receipts by a date can be promised.
    ``expiring``
        The same for supplies that end: an issue takes the one that ends first; what is
        left of the supplies that can be used on a date can be promised.

    Days are buckets where these are not days. Figures are signed: a negative one is a
    shortage, and never promised.

    Parameters
    ----------
    name
        One of the eleven.
    horizon_days
        Days looked at, today included. What is dated later does not count.
    past_due_supply_days
        Receipts overdue by more days than this do not count; exactly so many do. None:
        all do; 0: none does. Of live stock, what was due this morning and has
        not come by noon is a day overdue.
    past_due_demand_days
        The same for issues: older ones no longer hold stock.
    delayed_supply_offset_days, delayed_demand_offset_days
        Overdue receipts, and issues, that count are taken to happen today plus so many
        days.
    infinite_supply_fence_days
        From today plus so many days on, that day included, supply has no limit, and what
        is dated then is not looked at. ``"lead_time"``: each cell's replenishment lead
        time. None: no fence.
    working_days
        Days of the week on which receipts count (``"mon"`` to ``"sun"``); those of other
        days count on the next working day. None: every day.
    closed_dates
        Dates that are no working days besides.
    confidence
        Supply type -> share from 0 to 1 at which its quantities count; 1 for types that
        are not named.
    fractions
        Whether a share of a quantity is cut off to the item's quantum (``"truncate"``)
        or kept (``"keep"``: 25 % of 30 is 7.5).
    considerations
        Demand class -> supply types it may use; every type for classes not named.
    demand_class
        Who asks, for the considerations. None may use every type.
    forward_consumption_days
        Rules ``forward`` (None: without limit) and ``expiring`` (None: not at all): days
        after its own in which receipts may still serve a demand that is short.
    accumulation_window_days
        Rule ``accumulate``: days after its own for which a surplus can be used, by
        demands and by promises alike. None: without limit.
    carry_negative
        Rule ``accumulate``: pass shortages on as well, until a surplus has made them
        good. With no window and clamped, that is ``look_ahead``.
    clamp
        Show 0 for negative figures. None: only the two ``net`` rules do.

    Raises
    ------
    ConfigurationError
        One of these cannot be, or says nothing under the rule named.

    Examples
    --------
    >>> AtpRule().name, AtpRule("net").clamped
    ('look_ahead', True)
    >>> AtpRule("period", carry_negative=True)
    Traceback (most recent call last):
        ...
    omniroute.errors.ConfigurationError: carry_negative: expected its default under \
rule period, found True (it is for accumulate)
    """

    name: str = field(default="look_ahead", converter=_name)
    horizon_days: int = field(default=28, converter=_horizon)
    past_due_supply_days: int | None = field(default=None, converter=_late_supply)
    past_due_demand_days: int | None = field(default=None, converter=_late_demand)
    delayed_supply_offset_days: int = field(default=0, converter=_supply_offset)
    delayed_demand_offset_days: int = field(default=0, converter=_demand_offset)
    infinite_supply_fence_days: int | str | None = field(default=None, converter=_fence)
    working_days: tuple[str, ...] | None = field(default=None, converter=_working_days)
    closed_dates: tuple[date, ...] = field(default=(), converter=_closed_dates)
    confidence: tuple[tuple[str, Number], ...] = field(
        factory=dict, converter=_confidence
    )
    fractions: str = field(default="truncate", converter=_fractions)
    considerations: Considerations = field(factory=dict, converter=_considerations)
    demand_class: str | None = field(default=None, converter=_demand_class)
    forward_consumption_days: int | None = field(default=None, converter=_forward)
    accumulation_window_days: int | None = field(default=None, converter=_window)
    carry_negative: bool = field(default=False, converter=_carry)
    clamp: bool | None = field(default=None, converter=_clamp)

    def __attrs_post_init__(self) -> None:
        for path, rules in _ONLY.items():
            value = getattr(self, path)
            if value not in (None, False) and self.name not in rules:
                expected = f"its default under rule {self.name}"
                hint = f"it is for {' and '.join(rules)}"
                raise ConfigurationError(path, expected, value, hint)

    def __repr__(self) -> str:
        return differing(self)

    @property
    def number(self) -> int:
        """The rule's number, as kernels know it."""
        return ATP_RULES.index(self.name)

    @property
    def clamped(self) -> bool:
        """Whether negative figures are shown as 0."""
        if self.clamp is None:
            return self.name in ("net", "net_plus_future")
        return self.clamp

    @property
    def shares(self) -> dict[str, int]:
        """Confidence by supply type, in 1/10,000."""
        return {name: share(part, "confidence") for name, part in self.confidence}

    def next_open(self, first: date) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return for each day from ``first`` on the first working day from it on.

        int64[horizon_days], in days from ``first``; the horizon itself where no
        working day is left.
        """
        days = self.working_days or WEEKDAYS
        closed = {(day - first).days for day in self.closed_dates}
        found = np.empty(self.horizon_days, np.int64)
        following = self.horizon_days
        for t in range(self.horizon_days - 1, -1, -1):
            if WEEKDAYS[(first.weekday() + t) % 7] in days and t not in closed:
                following = t
            found[t] = following
        return found
