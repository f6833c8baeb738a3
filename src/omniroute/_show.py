"""How results show themselves: one line, aligned text, and HTML for a notebook.

The one place where tables are drawn. A class that inherits `Shown` says what its rows are
and has `table()` and `_repr_html_`; who has more to say calls the functions.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from html import escape
from typing import Any

#: Rows of texts, all of one length; the first is the head.
Rows = Sequence[Sequence[str]]

#: Rows that a table shows before it leaves some out.
ROWS_SHOWN = 20

#: How values say that they are none.
_NOTHING = ("nan", "NaT")


def aligned(rows: Rows, left: Container[int] = (0,)) -> str:
    """Return rows as text: the columns ``left`` to the left, the others to the right.

    Examples
    --------
    >>> print(aligned([["", "units"], ["MUG", "7"], ["KETTLE", "12"]]))
            units
    MUG         7
    KETTLE     12
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if k in left else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def html_table(rows: Rows, left: Container[int] = ()) -> str:
    """Return rows as an HTML table, every text escaped; the first row is its head.

    Notebooks set cells to the right: ``left`` are the columns that hold texts. It needs
    nothing else: no style sheet, no script.

    Examples
    --------
    >>> html_table([["<b>"], ["7"]])
    '<table><tr><th>&lt;b&gt;</th></tr><tr><td>7</td></tr></table>'
    """
    body = "".join(
        f"<tr>{_html_cells(row, 'td' if i else 'th', left)}</tr>"
        for i, row in enumerate(rows)
    )
    return f"<table>{body}</table>"


def _html_cells(row: Sequence[str], tag: str, left: Container[int]) -> str:
    style = ' style="text-align:left"'
    return "".join(
        f"<{tag}{style if k in left else ''}>{escape(cell)}</{tag}>"
        for k, cell in enumerate(row)
    )


def html_text(text: str, tag: str = "p") -> str:
    """Return a text as an HTML paragraph, escaped."""
    return f"<{tag}>{escape(text)}</{tag}>"


def told(value: Any) -> str:
    """Return a value as a table shows it: nothing for None, yes and no for flags.

    Examples
    --------
    >>> told(None), told(True), told(float("inf")), told(12)
    ('', 'yes', 'unlimited', '12')
    """
    if value is None or str(value) in _NOTHING:
        return ""
    if value is True or value is False:
        return "yes" if value else "no"
    return "unlimited" if value == float("inf") else str(value)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "order"), counted(3, "order")
    ('1 order', '3 orders')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def cut(rows: Rows, most: int) -> Rows:
    """Return a head and at most so many rows, with a row of dots for the others."""
    if len(rows) - 1 <= most:
        return rows
    return [*rows[: most + 1], ["..."] * len(rows[0])]


def differing(thing: Any) -> str:
    """Return an attrs object that has a default for all: what is said otherwise.

    Examples
    --------
    >>> import omniroute as om
    >>> print(differing(om.RoutingPolicy(objective="fastest", max_shipments=2)))
    RoutingPolicy(objective='fastest', max_shipments=2)
    """
    plain, said = type(thing)(), []
    for each in type(thing).__attrs_attrs__:
        value = getattr(thing, each.name)
        if value != getattr(plain, each.name):
            said.append(f"{each.name}={value!r}")
    return f"{type(thing).__name__}({', '.join(said)})"


class Shown:
    """Shows what `_rows` says: as text, and in a notebook as HTML under its one line."""

    __slots__ = ()

    #: Columns that are text, and so stand to the left.
    LEFT: Container[int] = (0,)

    def _rows(self) -> Rows:
        """Return the head and the rows, as texts."""
        raise NotImplementedError

    def table(self) -> str:
        """Return it as aligned text."""
        return aligned(cut(self._rows(), ROWS_SHOWN), self.LEFT)

    def _repr_html_(self) -> str:
        rows = cut(self._rows(), ROWS_SHOWN)
        return html_text(repr(self)) + html_table(rows, self.LEFT)


class Columns(dict[str, Any]):
    """A dict of columns of one length, which can show itself.

    Examples
    --------
    >>> found = Columns(sku=["MUG", "KETTLE"], units=[7, 12])
    >>> print(found.table())
    sku     units
    MUG         7
    KETTLE     12
    >>> found["units"], found == {"sku": ["MUG", "KETTLE"], "units": [7, 12]}
    ([7, 12], True)
    """

    __slots__ = ()

    def table(self, rows: int = ROWS_SHOWN) -> str:
        """Return the first rows as aligned text."""
        return aligned(cut(rows_of(self), rows), _texts(self))

    def _repr_html_(self) -> str:
        return html_table(cut(rows_of(self), ROWS_SHOWN), _texts(self))


def rows_of(columns: Mapping[str, Iterable[Any]]) -> Rows:
    """Return columns as a head and rows of texts."""
    body = zip(*columns.values(), strict=True)
    return [list(columns), *([told(value) for value in row] for row in body)]


def _texts(columns: Mapping[str, Sequence[Any]]) -> list[int]:
    """Places of the columns that hold texts."""
    firsts = [next(iter(column), None) for column in columns.values()]
    return [k for k, first in enumerate(firsts) if isinstance(first, str)]
