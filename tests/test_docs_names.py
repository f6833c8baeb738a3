"""What the pages name is there: files, headings, calls, their parameters."""

from __future__ import annotations

import inspect
import re
from functools import cache

import pytest

import omniroute as om
from tests.test_docs import PAGES, REPOSITORY, name_of

FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
FILE = re.compile(r"\.{0,2}[\w./-]*\w(?:\.(?:py|md|toml|txt|ipynb|json)|/)")
#: From where paths are told: the repository, the package, the tests.
BASES = (REPOSITORY, REPOSITORY / "src/omniroute", REPOSITORY / "tests")
#: In a file, by name: "`routing/plan.py`, `TERMS`".
IN_FILE = re.compile(r"`([\w./]+\.py)`,\s+`(\w+)(?:\(\))?`")
CALL = re.compile(r"(?:(om|engine|Engine|terms)\.)?(\w+)\((.*)\)?", re.DOTALL)
ANCHOR = re.compile(r"\]\(([^)#\s]*)#([^)\s]+)\)")
#: Not in the repository: beside a clone, made by a tool, or the reader's own.
ELSEWHERE = ("../shared/",)


def spans(page):
    """Code in the prose of a page, without its blocks."""
    text = FENCED.sub("", page.read_text("utf-8"))
    return [" ".join(span.split()) for span in SPAN.findall(text)]


@cache
def names():
    """Names of all files and folders that a page may speak of."""
    folders = ("src", "tests", "docs", "benchmarks", "examples", "tools")
    return {path.name for top in folders for path in (REPOSITORY / top).rglob("*")}


def is_there(path, page):
    if path.startswith(ELSEWHERE):
        return True
    if "/" not in path[:-1]:
        return path.rstrip("/") in names() or (REPOSITORY / path).exists()
    return any((base / path).exists() for base in (*BASES, page.parent))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_that_a_page_names_is_there(page):
    """By its path from the repository, the package or the tests, or by its name."""
    files = [span for span in spans(page) if FILE.fullmatch(span)]
    assert [path for path in files if not is_there(path, page)] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_a_page_finds_in_a_file_is_in_it(page):
    """A function or a constant that was renamed is found nowhere."""
    for path, name in IN_FILE.findall(page.read_text("utf-8")):
        where = next(base / path for base in BASES if (base / path).exists())
        made = rf"^ *(?:def |class )?{name}\b(?:\(|:| *=)"
        assert re.search(made, where.read_text("utf-8"), re.MULTILINE), (path, name)


#: A module or a name in one, as docstrings write it.
DOTTED = re.compile(r"`(?:omniroute\.)?(\w+(?:\.\w+)+)\*?`")
PACKAGE = REPOSITORY / "src/omniroute"
ROOMS = {path.stem for path in PACKAGE.iterdir()} - {"engine"}


def leads_nowhere(dotted):
    """Whether no module has the name; of objects only those that modules make."""
    place, names = PACKAGE, dotted.split(".")
    while names and (place / names[0]).is_dir():
        place /= names.pop(0)
    if names and (module := place / f"{names[0]}.py").exists():
        place = module
        names.pop(0)
    if not names:
        return False
    source = (place / "__init__.py" if place.is_dir() else place).read_text("utf-8")
    made = rf"^ *(?:def |class |from .*import .*)?{names[0]}\w*\b(?:\(|:|,| *=|$)"
    return re.search(made, source, re.MULTILINE) is None


@pytest.mark.parametrize("folder", ["src", "tests", "benchmarks"])
def test_modules_that_sources_speak_of_are_there(folder):
    """`kernels.order.layout`: a room that was moved takes its mentions along."""
    found = [
        (name_of(path), dotted)
        for path in sorted((REPOSITORY / folder).rglob("*.py"))
        for dotted in DOTTED.findall(path.read_text("utf-8"))
        if dotted.split(".")[0] in ROOMS and leads_nowhere(dotted)
    ]
    assert found == []


@cache
def headings(page):
    """Anchors of a page, as they are made of its headings."""
    text = FENCED.sub("", page.read_text("utf-8"))
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    bare = [re.sub(r"[^\w\- ]", "", title.lower()) for title in titles]
    return {title.replace(" ", "-") for title in bare}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_headings_that_are_there(page):
    """A heading that is worded anew takes its links along."""
    for target, anchor in ANCHOR.findall(page.read_text("utf-8")):
        if "://" not in target:
            where = (page.parent / target).resolve() if target else page
            assert anchor in headings(where), (target, anchor)


def called(span):
    """The public object that a span calls, and the parameters it names; or None."""
    found = CALL.fullmatch(span)
    if found is None:
        return None
    home, name, inside = found.groups()
    owners = {"om": (om,), "terms": (om.terms,)}.get(
        home, (om.Engine,) if home else (om, om.Engine)
    )
    thing = next((getattr(o, name) for o in owners if hasattr(o, name)), None)
    outer = re.sub(r"\([^()]*\)|\{[^{}]*\}|\[[^\[\]]*\]|\"[^\"]*\"", "", inside)
    return thing, re.findall(r"(?:^|[\s,(])(\w+)=(?!=)", outer)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_parameters_that_a_page_names_are_parameters(page):
    """`route(due=)` is no longer told once it has another name."""
    for span in spans(page):
        found = called(span)
        if found is None or not callable(found[0]) or not found[1]:
            continue
        known = inspect.signature(found[0]).parameters
        free = any(each.kind is each.VAR_KEYWORD for each in known.values())
        assert free or set(found[1]) <= set(known), span


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_names_of_the_library_that_a_page_uses_are_public(page):
    """In prose and in blocks: `om.Name`, `engine.call`."""
    text = page.read_text("utf-8")
    homes = {"om": om, "engine": om.Engine, "om.terms": om.terms}
    for home, thing in homes.items():
        used = re.findall(rf"(?<![\w.]){re.escape(home)}\.([A-Za-z]\w*)(?!\.py)", text)
        assert [name for name in used if not hasattr(thing, name)] == [], home


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("route(due=)", False), ("route(dew=)", True), ("om.Order(due=1, id=)", False)],
)
def test_the_test_sees_a_wrong_parameter(text, wrong):
    """A check that never finds anything is no check."""
    thing, named = called(text)
    assert (not set(named) <= set(inspect.signature(thing).parameters)) is wrong
