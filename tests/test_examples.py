"""Every example runs, and prints what the file beside it says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.py"))


def test_there_are_examples():
    """An empty folder would pass the tests below."""
    assert EXAMPLES


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_example_runs_and_prints_what_is_stored(path):
    """As a user runs it: in a process of its own, compiled, without a screen."""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "0", "MPLBACKEND": "Agg"}
    done = subprocess.run(
        [sys.executable, str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    stored = path.with_suffix(".out")
    if stored.exists():
        again = f"python examples/{path.name} > examples/{stored.name}"
        assert done.stdout == stored.read_text(), f"if that is right: {again}"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_example_opens_as_a_notebook(path):
    """Cells of text and of code, as jupytext reads them."""
    jupytext = pytest.importorskip("jupytext")
    kinds = {cell.cell_type for cell in jupytext.read(path).cells}
    assert kinds == {"markdown", "code"}
