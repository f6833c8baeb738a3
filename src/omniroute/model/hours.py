"""Opening hours of a week, as a clock on the wall tells them."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, Final

import attrs
from attrs import field

from omniroute.errors import ConfigurationError
from omniroute.model.checks import whole

#: From local midnight to local midnight, in minutes of the wall clock.
DAY_MIN: Final = 1440

#: Opens, closes: minutes after midnight of the day it opens. Closing may be on the next.
Span = tuple[int, int]

_CLOCK: Final = r"([01]?[0-9]|2[0-3]):([0-5][0-9])"
_SPAN: Final = re.compile(rf"\s*{_CLOCK}\s*-\s*(?:{_CLOCK}|24:00)\s*")
_EXPECTED: Final = "hours such as '09:00-17:30', several with commas, or None"


def spans_of(value: Any, path: str) -> tuple[Span, ...]:
    """Read the hours of one day.

    Parameters
    ----------
    value
        Text such as ``"09:00-12:00, 13:00-18:00"``; ``"22:00-02:00"`` closes on the day
        after; ``"00:00-24:00"`` is the whole day. None or empty text: closed.
    path
        Where it stood, for the message.

    Raises
    ------
    ConfigurationError
        Not such a text, or hours that meet or overlap.

    Examples
    --------
    >>> spans_of("09:00-12:00, 22:00-02:00", "mon")
    ((540, 720), (1320, 1560))
    """
    if value is None or value == "":
        return ()
    # Spans as they are told below are read as well, so that `attrs.evolve` works.
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        raise ConfigurationError(path, _EXPECTED, value)
    spans = sorted(_span(part, path, value) for part in parts)
    for (_, closes), (opens, _) in pairwise(spans):
        if opens <= closes:
            raise ConfigurationError(path, "hours that are apart", value)
    return tuple(spans)


def _span(part: Any, path: str, value: Any) -> Span:
    """Read one span, of text or of minutes."""
    if isinstance(part, tuple) and len(part) == 2:
        opens, closes = (
            whole(m, path, 0, 2 * DAY_MIN, ConfigurationError) for m in part
        )
        if opens < min(closes, DAY_MIN) and closes <= opens + DAY_MIN:
            return opens, closes
    span = clock_span(part) if isinstance(part, str) else None
    if span is None:
        raise ConfigurationError(path, _EXPECTED, value)
    opens, closes = span
    return opens, closes if closes > opens else closes + DAY_MIN


def clock_span(text: str) -> Span | None:
    """Return two times of one clock, in minutes after midnight; None: no such text.

    The second may be the earlier one; ``24:00`` is the end of the day.

    Examples
    --------
    >>> clock_span("22:00-02:00"), clock_span("10:00 - 24:00"), clock_span("10-12")
    ((1320, 120), (600, 1440), None)
    """
    match = _SPAN.fullmatch(text)
    if match is None:
        return None
    closes = DAY_MIN if match[3] is None else int(match[3]) * 60 + int(match[4])
    return int(match[1]) * 60 + int(match[2]), closes


def _mon(value: Any) -> tuple[Span, ...]:
    return spans_of(value, "mon")


def _tue(value: Any) -> tuple[Span, ...]:
    return spans_of(value, "tue")


def _wed(value: Any) -> tuple[Span, ...]:
    return spans_of(value, "wed")


def _thu(value: Any) -> tuple[Span, ...]:
    return spans_of(value, "thu")


def _fri(value: Any) -> tuple[Span, ...]:
    return spans_of(value, "fri")


def _sat(value: Any) -> tuple[Span, ...]:
    return spans_of(value, "sat")


def _sun(value: Any) -> tuple[Span, ...]:
    return spans_of(value, "sun")


@attrs.frozen
class Hours:
    """When a place is open, by weekday; a day not named is closed.

    Parameters
    ----------
    mon, tue, wed, thu, fri, sat, sun
        Text such as ``"09:00-17:30"``, of the clock on the wall there: several spans
        with commas, ``"22:00-02:00"`` to close on the day after, ``"00:00-24:00"`` for
        the whole day. None or ``""``: closed.

    Raises
    ------
    ConfigurationError
        Hours that cannot be read, or that meet or overlap within their day.

    Examples
    --------
    >>> shop = Hours.weekdays("10:00-21:00", sun="11:00-18:00")
    >>> shop.fri, shop.sat, shop.sun
    (((600, 1260),), (), ((660, 1080),))
    """

    mon: tuple[Span, ...] = field(default=(), converter=_mon)
    tue: tuple[Span, ...] = field(default=(), converter=_tue)
    wed: tuple[Span, ...] = field(default=(), converter=_wed)
    thu: tuple[Span, ...] = field(default=(), converter=_thu)
    fri: tuple[Span, ...] = field(default=(), converter=_fri)
    sat: tuple[Span, ...] = field(default=(), converter=_sat)
    sun: tuple[Span, ...] = field(default=(), converter=_sun)

    @classmethod
    def every_day(cls, hours: str) -> Hours:
        """Return the same hours all week."""
        return cls(*[hours] * 7)

    @classmethod
    def weekdays(
        cls, hours: str, sat: str | None = None, sun: str | None = None
    ) -> Hours:
        """Return the same hours from Monday to Friday, and those of the weekend."""
        return cls(hours, hours, hours, hours, hours, sat, sun)

    @classmethod
    def always(cls) -> Hours:
        """Return the hours of a place that never closes."""
        return cls.every_day("00:00-24:00")

    def of(self, weekday: int) -> tuple[Span, ...]:
        """Return the spans of a weekday, Monday being 0."""
        days = (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)
        return days[weekday]
