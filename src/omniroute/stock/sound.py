"""What checks of a state do where something does not add up."""

from __future__ import annotations

from omniroute.errors import InvariantError


def require(holds: object, message: str) -> None:
    """Raise `InvariantError` with this message where it does not hold."""
    if not holds:
        raise InvariantError(message)
