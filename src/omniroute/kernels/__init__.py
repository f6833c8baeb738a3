"""Loops over arrays and integers: allocate nothing, raise nothing, know no objects.

Each kernel has a slow, obvious twin under ``tests/naive``.
"""

from __future__ import annotations

import importlib
import pkgutil


def load_all() -> None:
    """Import every kernel file, so that each has registered its kernels."""
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        importlib.import_module(module.name)
