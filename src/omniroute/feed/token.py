"""Tokens: up to where somebody was told, opaque to him and checked when it comes back."""

from __future__ import annotations

from typing import Any

from omniroute.errors import ValidationError


def write_token(owner: str, what: str, round_: int) -> str:
    """Return the token of a round of something that belongs to an owner."""
    return f"{owner}/{what}/{round_}"


def read_token(token: Any, path: str, owner: str, what: str, last: int) -> int:
    """Return the round that a token names, which is no later than the last.

    Raises
    ------
    ValidationError
        No token; one of another owner, of something else of his, or of the future.

    Examples
    --------
    >>> read_token(write_token("e1", "by cell", 3), "since", "e1", "by cell", last=5)
    3
    >>> read_token(write_token("e2", "by cell", 3), "since", "e1", "by cell", last=5)
    Traceback (most recent call last):
        ...
    omniroute.errors.ValidationError: since: expected a token of this engine, \
found 'e2/by cell/3'
    """
    if not isinstance(token, str) or token.count("/") < 2:
        raise ValidationError(path, "a token that was handed out before", token)
    found_owner, _, rest = token.partition("/")
    found_what, _, number = rest.rpartition("/")
    if found_owner != owner:
        raise ValidationError(path, "a token of this engine", token)
    if found_what != what:
        raise ValidationError(path, f"a token of what is asked for, {what}", token)
    if not (number.isascii() and number.isdigit() and int(number) <= last):
        raise ValidationError(path, "a token that was handed out before", token)
    return int(number)
