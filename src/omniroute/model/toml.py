"""A small writer of TOML: what `tomllib` reads back as the same dict."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(data: Mapping[str, Any]) -> str:
    """Return a dict of texts, numbers, flags, lists and dicts as TOML.

    Lists of dicts become tables of their own; dicts within them stand in a line.

    Examples
    --------
    >>> print(toml_text({"name": "web", "groups": [{"name": "near", "km": {"x": 1}}]}))
    name = "web"
    <BLANKLINE>
    [[groups]]
    name = "near"
    km = { x = 1 }
    <BLANKLINE>
    """
    tables = {key: rows for key, rows in data.items() if _is_tables(rows)}
    lines = [_line(key, value) for key, value in data.items() if key not in tables]
    for key, rows in tables.items():
        for row in rows:
            lines += ["", f"[[{_key(key)}]]"]
            lines += [_line(name, value) for name, value in row.items()]
    return "\n".join(lines) + "\n"


def _is_tables(value: Any) -> bool:
    many = isinstance(value, list) and bool(value)
    return many and all(isinstance(row, Mapping) for row in value)


def _line(key: str, value: Any) -> str:
    return f"{_key(key)} = {_value(value)}"


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    # JSON's text is TOML's, but for one character that TOML wants escaped as well.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(_line(k, v) for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    return repr(value)
