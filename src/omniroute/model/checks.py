"""Checks shared by the model: each takes a value and its path, and hands it back.

They raise `ValidationError`; what describes a network or a policy asks for
`ConfigurationError` instead. Checks that turn one spelling of a value into another
(a sequence into a tuple) are used as converters, so that `attrs.evolve` runs them too.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from omniroute.errors import ConfigurationError, ValidationError

#: The classes a check can raise.
Problem: TypeAlias = type[ValidationError] | type[ConfigurationError]

#: Longest id: journals and logs stay readable, and a mixed-up column is noticed.
TEXT_MAX = 200


def text(value: Any, path: str, error: Problem = ValidationError) -> str:
    """Check that a value is a usable id or name: text of 1 to 200 characters."""
    if not isinstance(value, str) or not 0 < len(value) <= TEXT_MAX:
        raise error(path, f"text of 1 to {TEXT_MAX} characters", value)
    try:
        value.encode()
    except UnicodeEncodeError:
        # A lone surrogate has no bytes: it could be neither journaled nor hashed.
        raise error(path, "text that can be written as UTF-8", value) from None
    return plain_text(value)


def plain_text(value: str) -> str:
    """Return a text as a plain ``str``: equal texts then also look equal.

    numpy has a text type of its own, and enums may be texts; their repr would show in
    messages and tell equal requests apart.

    Examples
    --------
    >>> import numpy as np
    >>> plain_text(np.str_("55425"))
    '55425'
    """
    return str.__str__(value)


def texts(value: Any, path: str, error: Problem = ValidationError) -> tuple[str, ...]:
    """Check a collection of different ids or names; a set is put in order."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise error(path, "a sequence of texts", value)
    members = list(value)
    if isinstance(value, set | frozenset):
        # Told apart by repr, so that a stray None is refused and not compared.
        members.sort(key=repr)
    names = [text(member, f"{path}[{i}]", error) for i, member in enumerate(members)]
    unique(names, path, error)
    return tuple(names)


def unique(members: Iterable[Any], path: str, error: Problem = ValidationError) -> None:
    """Check that no member occurs twice; names the second one."""
    seen = set()
    for i, member in enumerate(members):
        if member in seen:
            raise error(f"{path}[{i}]", "a value not given before", member)
        seen.add(member)


def whole(
    value: Any,
    path: str,
    low: int,
    high: int,
    error: Problem = ValidationError,
) -> int:
    """Check an integer within inclusive bounds; numpy integers become plain ones."""
    expected = f"a whole number from {low} to {high}"
    if not isinstance(value, numbers.Integral) or isinstance(value, bool):
        raise error(path, expected, value)
    number = int(value)
    if not low <= number <= high:
        raise error(path, expected, value)
    return number


def flag(value: Any, path: str, error: Problem = ValidationError) -> bool:
    """Check a plain ``True`` or ``False``."""
    if not isinstance(value, bool):
        raise error(path, "True or False", value)
    return value


def one_of(
    value: Any,
    path: str,
    choices: Collection[str],
    error: Problem = ValidationError,
) -> str:
    """Check that a text is one of the named choices."""
    if not isinstance(value, str) or value not in choices:
        raise error(path, "one of " + ", ".join(choices), value)
    return plain_text(value)


def degrees(
    value: Any,
    path: str,
    limit: int,
    error: Problem = ValidationError,
) -> float:
    """Check a coordinate in degrees, finite and within plus or minus ``limit``.

    Zero has no sign: -0.0 is the same place as 0.0.
    """
    expected = f"a number from -{limit} to {limit}"
    if isinstance(value, bool) or not isinstance(value, numbers.Real | Decimal):
        raise error(path, expected, value)
    try:
        number = float(value)
    except (OverflowError, ValueError):
        # 10**400, a signalling NaN.
        raise error(path, expected, value) from None
    if not math.isfinite(number) or abs(number) > limit:
        raise error(path, expected, value)
    return number + 0.0


def both_or_neither(
    latitude: float | None,
    longitude: float | None,
    error: Problem = ValidationError,
) -> None:
    """Check that coordinates come as a pair."""
    if latitude is None and longitude is not None:
        raise error("latitude", "a latitude to go with the longitude", None)
    if longitude is None and latitude is not None:
        raise error("longitude", "a longitude to go with the latitude", None)
