"""What exports of availability and subscriptions to it both stand on."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from itertools import count

from omniroute.engine.core import Core
from omniroute.engine.terms import Instant

#: Numbers engines, and subscriptions, of this process.
NUMBERS = count(1)


def _new_mark() -> str:
    """Return what tells an engine from any other, also of another process."""
    told = f"{os.getpid()} {time.time_ns()} {next(NUMBERS)}"
    return blake2b(told.encode(), digest_size=6).hexdigest()


class FeedCore(Core):
    """An engine as those see it that tell others of its availability."""

    def _own_mark(self) -> str:
        """Return what tells this engine from any other."""
        if not self._mark:
            self._mark = _new_mark()
        return self._mark

    @contextmanager
    def _present(self, now: Instant = None) -> Iterator[None]:
        """Let nothing change meanwhile, once the state has come to the present."""
        with self._whole:
            self._advance(now)
            yield

    def _item_ids(self) -> tuple[str, ...]:
        """Ids of the items by number; the same object until there are more."""
        if len(self._sku_ids) != len(self._state.catalogue.skus):
            self._sku_ids = tuple(self._state.catalogue.skus.texts)
        return self._sku_ids
