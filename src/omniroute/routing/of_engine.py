"""Answers that read their engine: at home in its process, and nowhere else."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn, TypeVar

T = TypeVar("T", bound="OfEngine")


class OfEngine:
    """Never changes, so it is its own copy; cannot be pickled, and says what can.

    Examples
    --------
    >>> import copy, pickle
    >>> answer = OfEngine()
    >>> copy.deepcopy(answer) is answer
    True
    >>> pickle.dumps(answer)
    Traceback (most recent call last):
        ...
    TypeError: OfEngine reads its engine and cannot be pickled: take what it says
    """

    __slots__ = ()

    #: What can be pickled instead.
    TAKE: ClassVar[str] = "what it says"

    def __copy__(self: T) -> T:
        return self

    def __deepcopy__(self: T, _: dict[int, Any]) -> T:
        return self

    def __reduce__(self) -> NoReturn:
        name = type(self).__name__
        raise TypeError(
            f"{name} reads its engine and cannot be pickled: take {self.TAKE}"
        )
