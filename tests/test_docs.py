"""What the documentation shows is what happens."""

from __future__ import annotations

import contextlib
import io
import re
import tomllib
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
README = REPOSITORY / "README.md"
PAGES = [
    README,
    REPOSITORY / "CONTRIBUTING.md",
    REPOSITORY / "CHANGELOG.md",
    *sorted((REPOSITORY / "benchmarks").glob("*.md")),
    *sorted((REPOSITORY / "docs").rglob("*.md")),
]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


class Block(NamedTuple):
    """A piece of Python on a page, and the output shown under it."""

    line: int
    code: str
    output: str | None


def blocks(text):
    """The Python of a page; a ``text`` fence right under it is what it prints."""
    fences = list(FENCE.finditer(text))
    for fence, after in zip(fences, [*fences[1:], None], strict=True):
        if fence[1] != "python":
            continue
        line = text.count("\n", 0, fence.start()) + 2
        below = after is not None and not text[fence.end() : after.start()].strip()
        shown = after[2] if below and after[1] == "text" else None
        yield Block(line, fence[2], shown)


def printed(code, name, namespace):
    """What the code prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, name, "exec"), namespace)  # noqa: S102 - our own pages
    return out.getvalue()


def name_of(path):
    return path.relative_to(REPOSITORY).as_posix()


def with_python():
    return [page for page in PAGES if "```python\n" in page.read_text("utf-8")]


@pytest.mark.jit
@pytest.mark.parametrize("page", with_python(), ids=name_of)
def test_the_python_of_a_page_prints_what_the_page_shows(page):
    """Block after block, in one session as a reader would type it."""
    namespace = {"__name__": "page"}
    for block in blocks(page.read_text("utf-8")):
        name = f"{page.name}, block at line {block.line}"
        found = printed("\n" * (block.line - 1) + block.code, name, namespace)
        assert found.rstrip() == (block.output or "").rstrip(), name


def test_the_first_screen_shows_python_with_its_output():
    """Ten lines or so, and what they print."""
    first = next(blocks(README.read_text("utf-8")))
    statements = [line for line in first.code.splitlines() if line.strip()]
    assert len(statements) <= 14
    assert first.output


@pytest.mark.parametrize(
    ("name", "ends_with"), [("demo", "omniroute demo"), ("test", "-m pytest -q")]
)
def test_each_of_the_two_commands_is_one_line(name, ends_with):
    """`.ci/run` reads the second one from here, so that it cannot drift."""
    pattern = rf"<!-- command:{name} -->\n```sh\n([^\n]+)\n```\n"
    (command,) = re.findall(pattern, README.read_text("utf-8"))
    assert command.startswith("python3 -m venv .venv && .venv/bin/pip install ")
    assert command.endswith(ends_with)


def test_the_commands_use_what_the_package_declares():
    """A console script of that name, and extras that are there."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    extras = project["project"]["optional-dependencies"]
    assert "omniroute" in project["project"]["scripts"]
    named = re.findall(r"'\.\[(\w+)\]'", README.read_text("utf-8"))
    assert named
    assert set(named) <= set(extras)


def rows_of(page):
    """Cells of the benchmark table of a page."""
    (table,) = re.findall(r"```text\ncase +\|.*?\n(.*?)```", page, re.DOTALL)
    return [[cell.strip() for cell in row.split("|")] for row in table.splitlines()[1:]]


def test_the_goals_of_the_readme_are_all_there_are_and_as_measured():
    """The rest of the table stands with the benchmarks; none of it is left out."""
    results = (REPOSITORY / "benchmarks/RESULTS.md").read_text("utf-8")
    shown, measured = rows_of(README.read_text("utf-8")), rows_of(results)
    assert shown == [row for row in measured if len(row) > 4 and row[4]]
    assert len(measured) > 100
    assert any(row[5] == "NO" for row in shown)


#: What the README says is lost: rows of the benchmarks by how they begin, and the rival's.
LOST = {
    "one node's ATP": ("ATP, one SKU x 2,000 nodes, one node", ""),
    "every node's": ("ATP, one SKU x 2,000 nodes, every node", "numpy"),
    "adding up rows in bulk": ("apply 200,000 rows", "numpy add.at"),
    "one event": ("apply one event", ""),
    "which events are new": ("apply 200,000 rows", "set of seen"),
    "few differ": ("feed of 200,000 counts", ""),
    "compares a network's sum alone": ("poll, 10,000 SKUs x 1,000 by network", ""),
    "a whole export": ("export of 10,000,000 cells", "numpy"),
    "attempts without a limit": (
        "attempts, 2,000 nodes, any number",
        "candidates given",
    ),
}


@pytest.mark.parametrize("words", LOST)
def test_the_readme_says_by_how_much_it_loses(words):
    """From the least to the most of the rows in question, as they were measured."""
    case, rival = LOST[words]
    rows = rows_of((REPOSITORY / "benchmarks/RESULTS.md").read_text("utf-8"))
    ratios = [
        1 / float(row[3].rstrip("x"))
        for row in rows
        if row[0].startswith(case) and row[2].startswith(rival)
    ]
    (lost,) = re.findall(
        r"^\*\*Lost:\*\*.*?\n\n", README.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    after = " ".join(lost.split()).split(words, 1)[1]
    said = re.search(r"\(([\d.]+)(?: to ([\d.]+))? times", after)
    ends = [float(end) for end in said.groups() if end]
    for end, measured in zip(ends, (min(ratios), max(ratios)), strict=False):
        assert abs(end - measured) <= 0.08 * measured, (words, ratios)
    assert len(ends) == 2 or max(ratios) - min(ratios) <= 0.1 * max(ratios)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_between_pages_lead_somewhere(page):
    """Every relative link is a file or folder of the repository."""
    links = LINK.findall(page.read_text("utf-8"))
    ours = [link for link in links if "://" not in link]
    missing = [link for link in ours if not (page.parent / link).exists()]
    assert not missing


def test_every_decision_is_listed_on_their_page():
    """A decision nobody can find was not recorded."""
    folder = REPOSITORY / "docs/decisions"
    index = (folder / "README.md").read_text("utf-8")
    pages = {path.name for path in folder.glob("[0-9]*.md")}
    assert pages
    assert pages == set(LINK.findall(index))


# -- what must not be in the repository ------------------------------------------------

TEXT = {".py", ".md", ".toml", ".txt", ".cfg", ".yml", ".yaml", ".json", ".ipynb", ""}
MADE = {"build", "dist", "node_modules", "__pycache__"}
#: Built from pieces, or this file would be the first to be found.
HOMES = ("home", "root", "Users", "work", "mnt", "tmp", "var/tmp", "opt")
MACHINE_PATH = re.compile(r"(?<![\w.}/*-])/(?:" + "|".join(HOMES) + r")/\w")
INDEX_OPTION = re.compile(r"--(?:extra-)?index-url|--find-links|--trusted-host")
HOST = re.compile(r"https?://([\w.-]+)")
#: Hosts a reader may be sent to.
PUBLIC_HOSTS = {"archive.ics.uci.edu", "creativecommons.org", "www.apache.org"}


def text_files():
    """Every text file of the repository that is not made by a tool."""
    top = [p for p in REPOSITORY.iterdir() if p.name == ".ci" or p.name[0] != "."]
    files = chain.from_iterable([p] if p.is_file() else p.rglob("*") for p in top)
    for path in sorted(files):
        made = any(p in MADE or p.endswith(".egg-info") for p in path.parts)
        if path.is_file() and path.suffix in TEXT and not made:
            yield path


def offences(text):
    """Paths of some machine, options that name a package index, unknown hosts."""
    hosts = set(HOST.findall(text)) - PUBLIC_HOSTS
    return [*MACHINE_PATH.findall(text), *INDEX_OPTION.findall(text), *sorted(hosts)]


def test_no_file_names_a_machine_or_a_package_index():
    """What works here works anywhere: no absolute paths, no private hosts."""
    own = Path(__file__).resolve()
    found = {
        name_of(path): wrong
        for path in text_files()
        if path != own and (wrong := offences(path.read_text("utf-8", "replace")))
    }
    assert not found


@pytest.mark.parametrize(
    "text",
    ["cd /home/ann/x", "open('/tmp/x')", "pip --find-links x", "https://pypi.local/x"],
)
def test_the_test_sees_what_it_looks_for(text):
    """A check that never finds anything is no check."""
    assert offences(text)


@pytest.mark.parametrize(
    "text", ["../shared/data", "src/tmp/x", "$dir/work/log", ".venv/bin/pip"]
)
def test_the_test_lets_relative_paths_pass(text):
    """Paths inside the repository are fine."""
    assert not offences(text)
