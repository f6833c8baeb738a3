"""Imports go down only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import omniroute

#: The floors of the house, lowest first. Within a floor the order is the import order.
FLOORS = (
    ("errors", "codes", "_jit", "_whole", "_show"),
    ("kernels",),
    ("model",),
    ("stock",),
    ("availability", "atp", "feed", "reservations"),
    ("promising",),
    ("routing",),
    ("engine",),
    ("datasets", "simulation", "cli", "__main__"),
)
RANK = {name: i for i, name in enumerate(name for floor in FLOORS for name in floor)}

#: Floors that may import less than what is below them.
ONLY = {
    "errors": {"errors"},
    "codes": {"codes"},
    "kernels": {"codes", "_jit", "kernels"},
    "model": {"errors", "codes", "_show", "model"},
}
#: Imports that go up all the same, and why.
ALLOWED = {
    ("_jit", "kernels"): "warm_up() loads the kernels when it is called",
}
#: Files that know of each other, for types only, and why.
CIRCLES = (
    # A plan is asked about other plans, and answered with them.
    {
        "omniroute.routing.plan",
        "omniroute.routing.explaining.alternatives",
        "omniroute.routing.explaining.instead",
        "omniroute.routing.explaining.why_not",
    },
    # A state checks itself, by going through its own parts.
    {
        "omniroute.stock.state",
        "omniroute.stock.checks",
        "omniroute.stock.giving_back",
    },
)
#: Floors that never load the compiler themselves.
WITHOUT_NUMBA = ("errors", "codes", "model")

PACKAGE = Path(omniroute.__file__).parent
SOURCES = sorted(
    path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"
)


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, also inside functions and for types only."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the floor"
            if node.module == "omniroute":
                yield from (f"omniroute.{alias.name}" for alias in node.names)
            elif node.module:
                yield node.module


def room(path: Path) -> str:
    """The name of a floor's member that a file belongs to."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def own_imports(path: Path) -> set[str]:
    """Members of floors that a file imports."""
    split = (name.split(".") for name in imports(path))
    return {parts[1] for parts in split if parts[0] == "omniroute" and len(parts) > 1}


def module_of(path: Path) -> str:
    """The dotted name of a file."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def files_imported(path: Path, known: set[str]) -> Iterator[str]:
    """Modules of these that a file imports itself or names of, also for types only."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module in known:
            submodules = {f"{node.module}.{alias.name}" for alias in node.names} & known
            yield from submodules or {node.module}


def reached(start: str, graph: dict[str, set[str]]) -> set[str]:
    """Everything that can be come to from a module, one import after the other."""
    found: set[str] = set()
    ahead = [start]
    while ahead:
        fresh = graph[ahead.pop()] - found
        found |= fresh
        ahead += fresh
    return found


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """Modules that can be come back to, with all that lie on the way."""
    beyond = {name: reached(name, graph) for name in graph}
    return [
        {other for other in beyond[name] if name in beyond[other]}
        for name in graph
        if name in beyond[name]
    ]


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_every_file_has_a_floor(path):
    """A new room is given its floor here before it is built."""
    assert room(path) in RANK


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_go_down_only(path):
    """A file imports from its own room, from rooms before it, and from floors below."""
    here = room(path)
    found = {there for there in own_imports(path) if (here, there) not in ALLOWED}
    up = {there for there in found if RANK.get(there, len(RANK)) > RANK[here]}
    assert not up, f"{name_of(path)} imports {sorted(up)} from above"
    outside = found - ONLY.get(here, found)
    assert not outside, f"{name_of(path)} may not import {sorted(outside)}"


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if room(p) in WITHOUT_NUMBA], ids=name_of
)
def test_the_model_never_loads_the_compiler(path):
    """What a user describes is plain Python and numpy."""
    assert not any(name.split(".")[0] == "numba" for name in imports(path))


def test_the_test_sees_an_import_wherever_it_stands(tmp_path):
    """At the top, in a function, for types only, of a name and of a module."""
    source = tmp_path / "sample.py"
    source.write_text(
        "import omniroute.engine\n"
        "from omniroute import routing\n"
        "def f():\n    from omniroute.stock.log import EffectLog\n"
        "if TYPE_CHECKING:\n    from omniroute.kernels import scan\n"
    )
    assert own_imports(source) == {"engine", "routing", "stock", "kernels"}


def test_no_file_knows_of_one_that_knows_of_it():
    """What two need of each other stands below both."""
    known = {module_of(path): path for path in SOURCES}
    graph = {m: set(files_imported(path, set(known))) for m, path in known.items()}
    for circle in circles(graph):
        assert any(circle <= allowed for allowed in CIRCLES), sorted(circle)


def test_the_test_sees_a_circle_and_what_hangs_from_it_not():
    """Of three that import round, and one that is only imported."""
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set()}
    assert circles(graph) == [{"a", "b", "c"}] * 3
