"""Facts as a planner writes them: ``W1: 4, W2: 3`` is a dict, ``4, 3`` a list.

Braces and brackets where one stands inside another; words and numbers bare; quotes where
a text looks like something else.
"""

from __future__ import annotations

import re

TOKEN = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|([{}\[\],:])|([^{}\[\],:"]+))')
NAMED = {"yes": True, "no": False, "none": None}


def read(text):
    """The value of a line."""
    tokens = [
        (quoted, mark, (word or "").strip())
        for quoted, mark, word in TOKEN.findall(text)
        if quoted or mark or word.strip()
    ]
    marks, depth = set(), 0
    for _, mark, _ in tokens:
        depth += (mark in "{[" and bool(mark)) - (mark in "}]" and bool(mark))
        if depth == 0 and mark in (",", ":"):
            marks.add(mark)
    wrapped = {":": "{}", ",": "[]"}.get(max(marks, default=""))
    if wrapped:
        tokens = [("", wrapped[0], ""), *tokens, ("", wrapped[1], "")]
    value, end = _value(tokens, 0)
    assert end == len(tokens), text
    return value


def _value(tokens, at):
    quoted, mark, word = tokens[at]
    if mark in ("{", "["):
        return _members(tokens, at + 1, "}" if mark == "{" else "]")
    assert not mark, tokens
    return (quoted[1:-1] if quoted else _word(word)), at + 1


def _members(tokens, at, end):
    found = {} if end == "}" else []
    while tokens[at][1] != end:
        if end == "}":
            quoted, _, name = tokens[at]
            assert tokens[at + 1][1] == ":", tokens
            found[quoted[1:-1] if quoted else name], at = _value(tokens, at + 2)
        else:
            value, at = _value(tokens, at)
            found.append(value)
        if tokens[at][1] == ",":
            at += 1
    return found, at + 1


def _word(word):
    if word in NAMED:
        return NAMED[word]
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            pass
    return word


def write(value, inside=False):
    """The line of a value; `read` gives it back."""
    if isinstance(value, dict):
        text = ", ".join(f"{k}: {write(v, True)}" for k, v in value.items())
        return text if value and not inside else "{" + text + "}"
    if isinstance(value, list):
        text = ", ".join(write(v, True) for v in value)
        return text if len(value) > 1 and not inside else f"[{text}]"
    for name, meaning in NAMED.items():
        if value is meaning:
            return name
    if isinstance(value, str):
        bare = re.fullmatch(r"[^{}\[\],:\"]+", value) and _word(value) == value
        return value if bare else f'"{value}"'
    return repr(value)
