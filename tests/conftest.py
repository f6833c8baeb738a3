"""Settings of the property tests, and the real data where it is at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parents[1]

# No deadline: the first example of a test may have to compile a kernel.
settings.register_profile(
    "omniroute", deadline=None, derandomize=bool(os.environ.get("CI"))
)
# Kernels as plain Python are a hundred times slower: the same paths, fewer examples.
settings.register_profile(
    "quick", settings.get_profile("omniroute"), max_examples=15, derandomize=True
)
WITHOUT_JIT = os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")
settings.load_profile("quick" if WITHOUT_JIT else "omniroute")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the repository."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the folder `shared/data` beside the repository")
    return folder
