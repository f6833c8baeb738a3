"""Changes that are whole: Ctrl-C waits until they are.

Python raises KeyboardInterrupt between any two steps of the main thread: also between a
kernel that has reserved stock and the line that notes under which id. A change is
therefore made with the interrupt held back, and it is raised when the change is done.
"""

from __future__ import annotations

import signal
from threading import RLock, get_ident, main_thread
from types import FrameType, TracebackType
from typing import Any

try:
    # What the functions of `signal` call after looking up enums, at a tenth of the time.
    from _signal import (  # type: ignore[import-not-found]
        getsignal as _get_handler,
    )
    from _signal import (
        signal as _set_handler,
    )
except ImportError:  # another Python than CPython
    _get_handler, _set_handler = signal.getsignal, signal.signal

_SIGINT = int(signal.SIGINT)
_MAIN = main_thread().ident

#: How deep in changes the main thread is; nobody else touches these.
_depth = 0
_previous: Any = None
_waiting = False


def _wait(_signum: int, _frame: FrameType | None) -> None:
    """Note an interrupt that has to wait."""
    global _waiting  # noqa: PLW0603
    _waiting = True


def _raise_waiting() -> None:
    """Let the interrupt happen that had to wait."""
    global _waiting  # noqa: PLW0603
    _waiting = False
    _previous(_SIGINT, None)


class Whole:
    """A lock under which what was begun is finished, also when Ctrl-C is pressed.

    Re-entrant. Other threads than the main one are never interrupted: for them it is the
    lock and nothing else.

    Parameters
    ----------
    lock
        The lock to take.

    Examples
    --------
    >>> import signal, threading
    >>> done = []
    >>> try:
    ...     with Whole(threading.RLock()):
    ...         signal.raise_signal(signal.SIGINT)
    ...         done.append("finished")
    ... except KeyboardInterrupt:
    ...     done.append("interrupted")
    >>> done
    ['finished', 'interrupted']
    """

    __slots__ = ("_acquire", "_release")

    def __init__(self, lock: RLock) -> None:
        self._acquire, self._release = lock.acquire, lock.release

    def __enter__(self) -> None:
        if get_ident() == _MAIN:
            global _depth, _previous  # noqa: PLW0603
            if _depth == 0:
                # In this order: what is interrupted here has changed nothing yet.
                _previous = _get_handler(_SIGINT)
                if callable(_previous):
                    _set_handler(_SIGINT, _wait)
            _depth += 1
        self._acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._release()
        if get_ident() == _MAIN:
            global _depth  # noqa: PLW0603
            _depth -= 1
            if _depth == 0 and callable(_previous):
                _set_handler(_SIGINT, _previous)
                if _waiting:
                    _raise_waiting()

    @staticmethod
    def pause() -> None:
        """Say that all is whole just now: in a long call, a waiting interrupt may come.

        Only where nothing but this call holds it back.
        """
        if _waiting and _depth == 1 and get_ident() == _MAIN:
            _raise_waiting()
