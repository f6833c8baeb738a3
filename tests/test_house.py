"""House rules that a machine can check."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import omniroute

PACKAGE = Path(omniroute.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
KERNELS = sorted((PACKAGE / "kernels").rglob("*.py"))
SPEAKING = {"cli", "cli.py", "__main__.py"}
#: Rooms that may ask what time it is: a live system, and what shows it to people.
WITH_CLOCK = {"engine", "simulation", "report", "cli", "cli.py", "__main__.py"}


def name_of(path):
    return path.relative_to(PACKAGE).as_posix()


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def room(path):
    return path.relative_to(PACKAGE).parts[0]


def dotted(node):
    """``a.b.c`` of a name or of attributes of one."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([*([node.id] if isinstance(node, ast.Name) else []), *parts[::-1]])


def calls(tree):
    """Everything that is called, with its keywords."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield dotted(node.func), {keyword.arg for keyword in node.keywords}


# -- kernels ---------------------------------------------------------------------------


@pytest.mark.jit
def test_every_kernel_is_compiled_for_one_signature_only():
    """A second one means a caller passed another dtype: half a minute of surprise.

    Runs after the tests of the other floors, and so sees what they compiled.
    """
    from omniroute._jit import registered, warm_up

    assert warm_up() > 0
    signed = [compiled for compiled, signature in registered() if signature]
    several = {
        compiled.py_func.__qualname__: compiled.signatures
        for compiled in signed
        if len(compiled.signatures) != 1
    }
    assert not several


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_nothing_is_compiled_but_by_the_one_policy(path):
    """No njit elsewhere, and neither fastmath nor parallel anywhere."""
    for name, keywords in calls(tree_of(path)):
        assert not keywords & {"fastmath", "parallel"}
        last = name.rpartition(".")[2]
        assert name_of(path) == "_jit.py" or last not in {"njit", "jit", "guvectorize"}


ALLOCATING = {"zeros", "empty", "ones", "full", "array", "arange", "copy", "append"}


@pytest.mark.parametrize("path", KERNELS, ids=name_of)
def test_kernels_allocate_nothing_and_raise_nothing(path):
    """Memory is the caller's, and so are errors."""
    for function in ast.walk(tree_of(path)):
        decorators = getattr(function, "decorator_list", [])
        marks = {dotted(getattr(mark, "func", mark)) for mark in decorators}
        if not marks & {"kernel", "view"}:
            continue
        assert not any(isinstance(node, ast.Raise) for node in ast.walk(function))
        made = {name.rpartition(".")[2] for name, _ in calls(function)} & ALLOCATING
        assert not made, f"{function.name} allocates: {made}"


# -- what a decision may depend on -----------------------------------------------------

CLOCKS = {"time.time", "time.monotonic", "datetime.now", "datetime.utcnow"}


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if room(path) not in WITH_CLOCK], ids=name_of
)
def test_nothing_below_the_engine_reads_a_clock(path):
    """``now`` is an argument."""
    assert not {name for name, _ in calls(tree_of(path))} & CLOCKS


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_randomness_comes_from_the_pinned_generator_only(path):
    """Neither `random` nor numpy's: their streams may change with a version."""
    tree = tree_of(path)
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module)
    assert not imported & {"random", "numpy.random", "secrets", "uuid"}
    assert not any(name.startswith("np.random.") for name, _ in calls(tree))


# -- what a user sees ------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if room(path) not in SPEAKING], ids=name_of
)
def test_only_the_command_line_prints(path):
    """A library returns what it has to say."""
    assert "print" not in {name for name, _ in calls(tree_of(path))}


def test_all_lists_the_public_names_in_order():
    """Every name has a home, and the checkers are told the same homes."""
    assert list(omniroute.__all__) == sorted(omniroute.__all__)
    assert set(omniroute.__all__) == {*omniroute._HOMES, "__version__"}
    told = {}
    for node in ast.walk(tree_of(PACKAGE / "__init__.py")):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("omniroute"):
            told |= {alias.name: node.module for alias in node.names}
    for name in told:
        home = omniroute._HOMES[name]
        assert home in {told[name], f"{told[name]}.{name}"}, name
    assert set(told) == set(omniroute._HOMES)


ENTRY = re.compile(r"^(\*{0,2}\w+(?:, *\*{0,2}\w+)*)(?: *:.*)?$")


def documented(docstring):
    """Names under ``Parameters``; None without such a section."""
    lines = (docstring or "").split("\n")
    if "Parameters" not in lines:
        return None
    names = []
    for line in lines[lines.index("Parameters") + 2 :]:
        if set(line) == {"-"}:
            return set(names[:-1])  # the last was the title of the next section
        entry = ENTRY.match(line)
        if entry:
            names += [name.strip().lstrip("*") for name in entry[1].split(",")]
    return set(names)


def parameters(function):
    """Parameters of a function but for ``self``."""
    args = function.args
    found = [*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg]
    return {arg.arg for arg in found if arg} - {"self", "cls"}


def fields(cls):
    """What makes an object: parameters of ``__init__``, or the fields of attrs."""
    for node in cls.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            return parameters(node)
    return {
        node.target.id
        for node in cls.body
        if isinstance(node, ast.AnnAssign)
        and not node.target.id.startswith("_")
        and "ClassVar" not in ast.unparse(node.annotation)
        and "init=False" not in ast.unparse(node)
    }


def inherits(cls):
    """Whether some of its fields may stand in a class above."""
    return bool({dotted(base) for base in cls.bases} - {"NamedTuple"})


def is_tally(cls):
    """Whether it is made to be counted up: most of its fields are no one's to give."""
    return "attrs.define" in {dotted(getattr(d, "func", d)) for d in cls.decorator_list}


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if path not in KERNELS], ids=name_of
)
def test_documented_parameters_are_those_there_are(path):
    """None missing, none left over from before. Kernels group theirs."""
    for node in ast.walk(tree_of(path)):
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        told = documented(ast.get_docstring(node))
        if told is None:
            continue
        if isinstance(node, ast.FunctionDef):
            assert told == parameters(node), node.name
        elif inherits(node):
            assert told >= fields(node), node.name
        elif is_tally(node):
            assert told <= fields(node), node.name
        else:
            assert told == fields(node), node.name


def test_the_reader_of_docstrings_reads_them():
    """Several names a line, types, stars, and the section that follows."""
    text = "S.\n\nParameters\n----------\na, b : int\n    The.\n*c\n    It.\n\n"
    assert documented(text) == {"a", "b", "c"}
    assert documented(text + "Returns\n-------\nint\n    X.") == {"a", "b", "c"}
    assert documented("S.") is None
