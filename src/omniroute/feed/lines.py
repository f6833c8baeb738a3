"""Where the lines between levels lie."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import QUANTITY_MAX
from omniroute.errors import UnknownIdError, ValidationError
from omniroute.model.exact import Number, to_scaled
from omniroute.stock.ids import Catalogue

I8 = NDArray[np.int64]

#: Units are kept in thousandths, the finest quantum there is.
_FINEST = 3


class Lines:
    """What counts as low, and the hysteresis, of any item.

    Parameters
    ----------
    low
        Units, or a dict of them by SKU, 0 where unsaid. Finer than an item's quantum is
        rounded down.
    hysteresis
        Units; finer than an item's quantum is rounded up.
    catalogue
        The items.

    Raises
    ------
    ValidationError, UnknownIdError
        Units below 0, or an item that is not there; the path says which.

    Examples
    --------
    >>> catalogue = Catalogue(["N1"], ["BOLT", "ROPE"], [0, 1])
    >>> Lines(2.5, 1, catalogue).of(np.arange(2)).tolist()
    [[2, 1], [25, 10]]
    """

    __slots__ = ("_catalogue", "_hysteresis", "_low", "_own")

    def __init__(
        self,
        low: Number | Mapping[str, Number],
        hysteresis: Number,
        catalogue: Catalogue,
    ) -> None:
        self._catalogue = catalogue
        self._hysteresis = _thousandths(hysteresis, "hysteresis")
        self._low, self._own = 0, {}
        if not isinstance(low, Mapping):
            self._low = _thousandths(low, "low")
            return
        for sku, units in low.items():
            path = f"low[{sku!r}]"
            try:
                number = catalogue.sku(sku)
            except UnknownIdError as error:
                raise error.under(path) from None
            self._own[number] = _thousandths(units, path)

    def of(self, skus: I8) -> I8:
        """Return int64[n, 2]: low and hysteresis of these SKUs, in quanta."""
        places = self._catalogue.decimals[skus].astype(np.int64)
        finer = 10 ** (_FINEST - places)
        low = np.full(len(skus), self._low)
        if self._own:
            low = np.array([self._own.get(sku, 0) for sku in skus.tolist()], np.int64)
        return np.stack([low // finer, -(-self._hysteresis // finer)], axis=1)


def _thousandths(units: Number, path: str) -> int:
    expected = "units, not below 0"
    found = to_scaled(units, _FINEST, path, expected)
    if not 0 <= found <= QUANTITY_MAX * 10**_FINEST:
        raise ValidationError(path, expected, units)
    return found
