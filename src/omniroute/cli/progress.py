"""A progress bar on one line of a terminal; nothing at all anywhere else."""

from __future__ import annotations

import os
import time
from types import TracebackType
from typing import TextIO

#: Least seconds between two pictures.
_EVERY_S = 0.1
_WIDTH = 40


class ProgressBar:
    """Counts up to a total, and says how much time is left.

    Used as a context: the line is wiped at the end, whatever the end.

    Parameters
    ----------
    total
        How often `advance` will be called.
    stream
        Where to; only a terminal gets to see anything.

    Examples
    --------
    >>> import io
    >>> stream = io.StringIO()
    >>> with ProgressBar(3, stream) as bar:
    ...     bar.advance()
    >>> bar.done, stream.getvalue()
    (1, '')
    """

    def __init__(self, total: int, stream: TextIO) -> None:
        self.total = total
        self.done = 0
        self._stream = stream
        # A dumb terminal cannot wipe its line.
        self._shown = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._start_s = self._next_s = time.monotonic()

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def advance(self) -> None:
        """Say that one more is done."""
        self.done += 1
        now_s = time.monotonic()
        if self._shown and now_s >= self._next_s:
            self._next_s = now_s + _EVERY_S
            self._stream.write("\r" + self.picture(now_s - self._start_s) + "\x1b[K")
            self._stream.flush()

    def picture(self, elapsed_s: float) -> str:
        """Return the line after so many seconds.

        Examples
        --------
        >>> import io
        >>> bar = ProgressBar(4, io.StringIO())
        >>> bar.done = 1
        >>> bar.picture(2.0)
        '[##########..............................] 1/4, 6 s left'
        """
        filled = _WIDTH * self.done // self.total
        left_s = elapsed_s * (self.total - self.done) / max(1, self.done)
        blocks = "#" * filled + "." * (_WIDTH - filled)
        return f"[{blocks}] {self.done:,}/{self.total:,}, {left_s:.0f} s left"
