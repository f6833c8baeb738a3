"""What is wrong with rows of a frame."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from omniroute.errors import OmnirouteError

I8 = NDArray[np.int64]


class Problems:
    """What is wrong with rows: the first is raised, or all are kept and skipped.

    Parameters
    ----------
    skip
        Keep the errors instead of raising the first.
    errors
        Where they are kept, by row; rows in it from the start are left alone.

    Examples
    --------
    >>> problems = Problems(skip=True)
    >>> problems.note(np.array([3]), lambda row: OmnirouteError(f"row {row}"))
    >>> problems.errors
    {3: OmnirouteError('row 3')}
    """

    __slots__ = ("errors", "skip")

    def __init__(
        self, skip: bool = False, errors: dict[int, OmnirouteError] | None = None
    ) -> None:
        self.skip = skip
        self.errors = {} if errors is None else errors

    def note(self, rows: I8, error: Callable[[int], OmnirouteError]) -> None:
        """Report rows; ``error`` makes the error of one."""
        for row in rows.tolist():
            if not self.skip:
                raise error(row)
            if row not in self.errors:
                self.errors[row] = error(row)
