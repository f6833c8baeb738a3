"""Growing keeps what was there and fills with zeros."""

from __future__ import annotations

import numpy as np
import pytest

from omniroute.stock.growth import grown


@pytest.mark.parametrize(
    ("length", "wanted"), [(0, 0), (1, 0), (5, 0), (5, 5), (5, 6), (5, 11)]
)
def test_grown_has_room_and_keeps_its_rows(length, wanted):
    """At least double where it has to grow, the same array where it need not."""
    array = np.arange(length * 2).reshape(length, 2) + 1
    larger = grown(array, wanted)
    assert len(larger) == (length if wanted <= length else max(wanted, 2 * length))
    assert (larger is array) == (wanted <= length)
    assert larger[:length].tolist() == array.tolist()
    assert not larger[length:].any()
