"""Knobs turned down, so that a handful of cells reaches every growth path."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from omniroute.stock.arena import Arena
from omniroute.stock.book import Book


@contextmanager
def tiny_knobs(merge_least=3):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Arena, "ROW_SPARE", 1)
        patch.setattr(Arena, "TAIL_LEAST", 1)
        patch.setattr(Arena, "MERGE_LEAST", merge_least)
        patch.setattr(Book, "ROOM", 1)
        yield
