"""Wrap paragraphs of Markdown that have lines too long, or too short for what comes next.

    python tools/reflow.py README.md CHANGELOG.md

Paragraphs that are well wrapped stay as they are, and so do code, tables, headings, HTML.
"""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path

WIDTH = 92
#: A line is too short if the next word would have left it below this.
SHORT = 80
LONG = 96
#: A line that begins with one of these is no paragraph, or a new item of a list.
OTHER = re.compile(r"\s*(?:[|#>]|<!--|```|\d+[.)] |[-*+] )")
ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)]) +")
SPAN = re.compile(r"`[^`]*`")
#: Stands for a blank that no line ends at.
KEPT = "\0"


def is_bad(lines: list[str]) -> bool:
    """Whether one of the lines is too long, or too short."""
    if any(len(line) > LONG and " " in line.strip() for line in lines):
        return True
    words = [line.split(maxsplit=1)[0] for line in lines[1:]]
    pairs = zip(lines[:-1], words, strict=True)
    return any(len(line) + 1 + len(word) <= SHORT for line, word in pairs)


def wrapped(lines: list[str]) -> list[str]:
    """Return a paragraph, or an item of a list, in lines of a length."""
    item = ITEM.match(lines[0])
    indent = re.match(r"\s*", lines[0])[0] if item is None else " " * item.end()
    text = " ".join(line.strip() for line in lines)
    text = SPAN.sub(lambda span: span[0].replace(" ", KEPT), text)
    wrap = textwrap.TextWrapper(
        WIDTH, break_long_words=False, break_on_hyphens=False, subsequent_indent=indent
    )
    wrap.initial_indent = re.match(r"\s*", lines[0])[0]
    found = [line.replace(KEPT, " ") for line in wrap.wrap(text)]
    # A line that would begin an item ("- p") is for somebody to wrap by hand.
    return lines if any(OTHER.match(line) for line in found[1:]) else found


def reflowed(text: str) -> str:
    """Return a page with its badly wrapped paragraphs wrapped anew."""
    out: list[str] = []
    paragraph: list[str] = []
    fenced = False

    def flush() -> None:
        out.extend(wrapped(paragraph) if is_bad(paragraph) else paragraph)
        paragraph.clear()

    for line in text.split("\n"):
        if line.startswith("```"):
            fenced = not fenced
        starts = OTHER.match(line)
        code = not paragraph and line.startswith("    ")
        if fenced or code or not line.strip() or (starts and not ITEM.match(line)):
            flush()
            out.append(line)
            continue
        if starts:
            flush()
        paragraph.append(line)
    flush()
    return "\n".join(out)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(reflowed(path.read_text("utf-8")), "utf-8")
