"""Wrapping pages changes no word of them, and nothing but paragraphs."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
REFLOW = runpy.run_path(str(REPOSITORY / "tools/reflow.py"))
reflowed, is_bad, WIDTH = REFLOW["reflowed"], REFLOW["is_bad"], REFLOW["WIDTH"]
PAGES = [
    *sorted(REPOSITORY.glob("*.md")),
    *sorted((REPOSITORY / "docs").rglob("*.md")),
]
LONG = "word " * 30


def test_a_line_too_long_or_too_short_is_wrapped():
    """By what comes after it: a short last line is none."""
    for text in (LONG, "too short\nfor what comes next, which is\nlonger"):
        found = reflowed(text).split("\n")
        assert max(map(len, found)) <= WIDTH
        assert not is_bad(found)
        assert " ".join(found).split() == text.split()


def test_what_is_well_wrapped_stays():
    """To the letter."""
    text = f"{'a' * 85}\n{'b' * 80} c\nlast"
    assert reflowed(text) == text


def test_items_keep_their_indent_and_code_its_line():
    """Each item by itself; a call is not broken at its blanks."""
    text = f"- {LONG}`om.Order({{}}, home)` {LONG}\n- short"
    found = reflowed(text).split("\n")
    assert found[0].startswith("- word")
    assert all(line.startswith("  word") for line in found[1:-1])
    assert found[-1] == "- short"
    assert sum("`om.Order({}, home)`" in line for line in found) == 1


@pytest.mark.parametrize(
    "text",
    [
        f"```text\n{LONG}\n```",
        f"| {LONG} |",
        f"# {LONG}",
        f"<!-- {LONG} -->",
        f"    {LONG}",
    ],
)
def test_what_is_no_paragraph_is_left_alone(text):
    """Code, tables, headings, comments."""
    assert reflowed(text) == text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_loses_a_word(page):
    """Nor is there anything left to do the second time."""
    text = page.read_text("utf-8")
    once = reflowed(text)
    assert once.split() == text.split()
    assert reflowed(once) == once
