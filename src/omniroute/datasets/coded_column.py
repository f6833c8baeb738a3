"""A long column of few distinct texts, kept as the texts once and a number a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt


class CodedColumn:
    """A column of texts, two bytes a row while there are few texts.

    It reads like an array of texts: by place, slice or mask, compared entry by entry,
    turned into one by ``numpy.asarray`` (polars wants that done first), and taken by
    ``pandas.DataFrame`` as it is. Where events are read, it counts as a column of
    categories (`cat`), so an id is looked up once and not once a row.

    Parameters
    ----------
    categories
        The distinct texts; a row may use any of them.
    codes
        ``int[n]``: the place of each row's text in `categories`, from 0 on.

    Examples
    --------
    >>> import numpy as np
    >>> column = CodedColumn(["BOLT", "NUT"], np.array([1, 0, 1]))
    >>> column[0], len(column), (column == "NUT").tolist()
    ('NUT', 3, [True, False, True])
    >>> column[:2]
    CodedColumn(2 rows of 2 texts: 'NUT', 'BOLT')
    """

    __slots__ = ("categories", "codes")
    # Comparison is by entry, as with an array: there is no one answer to hash by.
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, categories: Sequence[str], codes: npt.NDArray[Any]) -> None:
        self.categories: tuple[str, ...] = tuple(categories)
        self.codes = codes.astype(np.min_scalar_type(-max(len(self.categories), 1)))

    @property
    def cat(self) -> CodedColumn:
        """Itself: `categories` and `codes` by the names that pandas gives them."""
        return self

    def tolist(self) -> list[str]:
        """Return the text of every row. O(n)."""
        return list(np.asarray(self))

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[str]:
        return iter(self.tolist())

    def __getitem__(self, rows: Any) -> Any:
        codes = self.codes[rows]
        if np.ndim(codes) == 0:
            return self.categories[codes]
        return CodedColumn(self.categories, codes)

    def __eq__(self, other: object) -> Any:
        return np.asarray(self) == _entries(other)

    def __ne__(self, other: object) -> Any:
        return np.asarray(self) != _entries(other)

    def __array__(
        self,
        dtype: npt.DTypeLike | None = None,
        copy: bool | None = None,
    ) -> npt.NDArray[Any]:
        if copy is False:
            raise ValueError("a coded column is no array: it cannot be had uncopied")
        texts: npt.NDArray[Any] = np.array(self.categories, object)[self.codes]
        return texts if dtype is None else texts.astype(dtype)

    def __repr__(self) -> str:
        first = ", ".join(map(repr, self[:5].tolist()))
        more = ", ..." if len(self) > 5 else ""
        rows = f"{len(self):,} rows of {len(self.categories):,} texts"
        return f"CodedColumn({rows}: {first}{more})"


def _entries(value: object) -> Any:
    return np.asarray(value) if isinstance(value, CodedColumn) else value
