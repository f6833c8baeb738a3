"""Everything the library raises or warns of: one small tree.

::

    OmnirouteError(Exception)
    ├── ConfigurationError(…, ValueError)    a network, tariff or policy makes no sense
    ├── ValidationError(…, ValueError)       bad input: .path, .expected, .found
    ├── UnknownIdError(…, LookupError)       an id nobody declared: .kind, .id, .path
    │   ├── UnknownSkuError
    │   ├── UnknownNodeError
    │   ├── UnknownServiceError
    │   ├── UnknownReservationError
    │   ├── UnknownInboundError
    │   └── UnknownChannelError
    ├── StatusError                          from raise_for_status(): .status, .result
    └── InvariantError(…, AssertionError)    our bug, never the caller's: .digest

    OmnirouteWarning(UserWarning)
    └── CompileWarning                       compiled kernels cannot be cached

Out of stock, expired or not served are business outcomes: they come back as a
`omniroute.Status`, not as an exception.
"""

from __future__ import annotations

from itertools import islice
from typing import Any, ClassVar, Self

#: Longest text of a found value in a message: enough to recognise it in a log.
_FOUND_MAX = 200


def shown(found: object) -> str:
    """Return what a found value looks like in a message, whatever it is.

    Cut to what a log can bear, if possible before a huge text is made of it; something
    that has no text, as an integer of 5,000 digits, is named by its type.

    Examples
    --------
    >>> shown({"A": 10**5000}), len(shown("A" * 10**6))
    ('<dict that cannot be shown>', 200)
    """
    cut: Any = found
    if type(found) in (str, bytes, bytearray, list, tuple) and len(cut) > _FOUND_MAX:
        cut = cut[:_FOUND_MAX]
    elif type(found) is dict and len(found) > _FOUND_MAX:
        cut = dict(islice(found.items(), _FOUND_MAX))
    try:
        text = repr(cut)
    except Exception:
        # The repr of somebody else's object may raise anything.
        return f"<{type(found).__name__} that cannot be shown>"
    return text if len(text) <= _FOUND_MAX else text[: _FOUND_MAX - 3] + "..."


class OmnirouteError(Exception):
    """The root: catches everything this library raises on purpose."""

    def under(self, parent: str) -> Self:  # noqa: ARG002 - those with a path use it
        """Return the same error as seen from the object that holds ``parent``."""
        return self


class _FieldError(OmnirouteError, ValueError):
    """A value at a path is not what it has to be.

    Parameters
    ----------
    path
        Where, relative to what the caller passed: ``orders[3].lines[0].quantity``.
    expected
        What had to be there, as a noun phrase.
    found
        The value that was there.
    hint
        How to put it right, where that is not plain from ``expected``.
    """

    def __init__(self, path: str, expected: str, found: object, hint: str = "") -> None:
        self.path = path
        self.expected = expected
        self.found = found
        self.hint = hint
        super().__init__(path, expected, found, hint)

    def __str__(self) -> str:
        text = f"{self.path}: expected {self.expected}, found {shown(self.found)}"
        return f"{text} ({self.hint})" if self.hint else text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def under(self, parent: str) -> Self:
        """Return the same error as seen from the object that holds ``parent``.

        Examples
        --------
        >>> error = ValidationError("quantity", "a number above 0", 0)
        >>> print(error.under("lines[2]"))
        lines[2].quantity: expected a number above 0, found 0
        """
        joint = "" if not self.path or self.path.startswith("[") else "."
        path = f"{parent}{joint}{self.path}"
        return type(self)(path, self.expected, self.found, self.hint)


class ConfigurationError(_FieldError):
    """A network, tariff or policy that makes no sense; raised where it is made.

    Examples
    --------
    >>> import omniroute as om
    >>> om.Node("S1", latitude=91, longitude=0)
    Traceback (most recent call last):
        ...
    omniroute.errors.ConfigurationError: latitude: expected a number from -90 to 90, \
found 91
    """


class ValidationError(_FieldError):
    """Bad input: an order, an event, a destination or an argument.

    Examples
    --------
    >>> import omniroute as om
    >>> om.Order({"BOLT": 0}, om.Destination(postcode="55425"))
    Traceback (most recent call last):
        ...
    omniroute.errors.ValidationError: lines[0].quantity: expected a number above 0, \
found 0
    """


class UnknownIdError(OmnirouteError, LookupError):
    """An id that nobody declared.

    A ``LookupError`` and not a ``KeyError``, whose text shows the repr of its message.

    Parameters
    ----------
    id
        The id that was asked for.
    path
        Where it stood in what the caller passed, if not plain.

    Examples
    --------
    >>> print(UnknownSkuError("BOLT", "lines[0].sku"))
    lines[0].sku: unknown SKU 'BOLT'
    """

    #: What kind of id it is, in the words of the glossary.
    kind: ClassVar[str] = "id"

    def __init__(self, id: object, path: str = "") -> None:
        self.id = id
        self.path = path
        super().__init__(id, path)

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return f"{where}unknown {self.kind} {shown(self.id)}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def under(self, parent: str) -> Self:
        """Return the same error as seen from the object that holds ``parent``."""
        return type(self)(self.id, f"{parent}.{self.path}" if self.path else parent)


class UnknownSkuError(UnknownIdError):
    """The SKU is not among the items."""

    kind = "SKU"


class UnknownNodeError(UnknownIdError):
    """The node is not in the network."""

    kind = "node"


class UnknownServiceError(UnknownIdError):
    """The network has no service of this name."""

    kind = "service"


class UnknownReservationError(UnknownIdError):
    """No reservation has this id."""

    kind = "reservation"


class UnknownInboundError(UnknownIdError):
    """No inbound supply has this id."""

    kind = "inbound supply"


class UnknownChannelError(UnknownIdError):
    """The engine was made without a channel of this name."""

    kind = "channel"


class HalfDoneError(OmnirouteError):
    """One order of many could not be decided; those before it are reserved, and stand.

    A cost term of the caller's own raises, or tells what no price can be: what it said is
    the cause of this error (``__cause__``).

    Parameters
    ----------
    path
        The order: ``orders[3]``.
    result
        What came of those before it, as the call would have answered.

    Examples
    --------
    >>> print(HalfDoneError("orders[3]"))
    orders[3]: not decided; those before it are done
    """

    def __init__(self, path: str, result: Any = None) -> None:
        self.path = path
        self.result = result
        super().__init__(path, result)

    def __str__(self) -> str:
        return f"{self.path}: not decided; those before it are done"


class StatusError(OmnirouteError):
    """A business outcome turned into an exception, by ``raise_for_status()`` only.

    Parameters
    ----------
    status
        The `omniroute.Status` that was not accepted.
    result
        The whole answer it came with.
    """

    def __init__(self, status: Any, result: Any = None) -> None:
        self.status = status
        self.result = result
        super().__init__(status, result)

    def __str__(self) -> str:
        return str(getattr(self.status, "name", self.status))


class InvariantError(OmnirouteError, AssertionError):
    """Our own bug: the state contradicts itself. Please report it with the digest.

    Parameters
    ----------
    message
        Which invariant failed, and by how much.
    digest
        Digest of the state it was found in.
    """

    def __init__(self, message: str, digest: str = "") -> None:
        self.digest = digest
        super().__init__(message, digest)

    def __str__(self) -> str:
        message = str(self.args[0])
        return f"{message} [state {self.digest}]" if self.digest else message


class OmnirouteWarning(UserWarning):
    """The root of the library's warnings."""


class CompileWarning(OmnirouteWarning):
    """Compiled kernels cannot be kept on disk: each process compiles them again."""
