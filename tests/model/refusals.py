"""How the tests of the model ask for a refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def refused(make: Callable[..., Any], error: type[Exception], **values: Any) -> str:
    """Return the path that making a thing from bad values was refused with."""
    with pytest.raises(error) as caught:
        make(**values)
    assert type(caught.value) is error
    return caught.value.path
