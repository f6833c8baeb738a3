"""What came of events that were applied."""

from __future__ import annotations

from typing import Any, Self

from omniroute.errors import OmnirouteError


class Applied(int):
    """How many events were taken in: a number, with the rest of the story beside it.

    Parameters
    ----------
    count
        Events taken in.
    duplicates
        Events that came before, or say nothing new; not counted.
    late
        Events that a later count makes pointless, and counts older than the last one
        or than what is remembered; not counted.
    unchanged
        Of those counted, counts and safety stocks that found what was known.
    errors
        What was wrong with the events that were skipped, each with its path.

    Examples
    --------
    >>> came = Applied(5, duplicates=2)
    >>> came, came == 5, came.duplicates
    (Applied(5, duplicates=2), True, 2)
    """

    duplicates: int
    late: int
    unchanged: int
    errors: tuple[OmnirouteError, ...]

    def __new__(
        cls,
        count: int,
        *,
        duplicates: int = 0,
        late: int = 0,
        unchanged: int = 0,
        errors: tuple[OmnirouteError, ...] = (),
    ) -> Self:
        """Make a number that remembers the rest."""
        self = super().__new__(cls, count)
        self.duplicates = duplicates
        self.late = late
        self.unchanged = unchanged
        self.errors = errors
        return self

    def __getnewargs_ex__(self) -> tuple[tuple[int], dict[str, Any]]:
        return (int(self),), dict(self.__dict__)

    @property
    def skipped(self) -> int:
        """Events that were wrong and left out."""
        return len(self.errors)

    def __repr__(self) -> str:
        told = [str(int(self))]
        names = ("duplicates", "late", "unchanged", "skipped")
        told += [
            f"{name}={getattr(self, name)}" for name in names if getattr(self, name)
        ]
        return f"Applied({', '.join(told)})"

    #: As an f-string or ``print`` shows it: the number.
    __str__ = int.__repr__


#: What nearly every single event comes to.
ONE = Applied(1)
