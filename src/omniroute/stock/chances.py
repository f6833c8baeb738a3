"""Find probabilities as they are told: by cell, or in the columns of a frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    E_NODE,
    E_QUANTITY,
    E_REFERENCE,
    E_SKU,
    E_TIME,
    E_WHAT,
    EFFECT_WIDTH,
    FIND,
    SHARE_ONE,
)
from omniroute.errors import (
    UnknownIdError,
    UnknownNodeError,
    UnknownSkuError,
    ValidationError,
)
from omniroute.model.exact import to_scaled
from omniroute.stock.effects import EffectBatch
from omniroute.stock.frame_columns import as_list, column_length
from omniroute.stock.frame_names import FIND_COLUMNS, open_frame, require
from omniroute.stock.frames import Codes, bad_id, is_frame
from omniroute.stock.problems import Problems
from omniroute.stock.state import State

I8 = NDArray[np.int64]

_PATH = "probabilities"
_COLUMN = f"{_PATH}.find_probability"
_EXPECTED = "a share from 0 to 1, of at most 4 decimals"


def set_find(state: State, probabilities: Any) -> EffectBatch:
    """Effects after which cells have these find probabilities; nothing for old news.

    Parameters
    ----------
    state
        Read, never modified.
    probabilities
        Shares from 0 to 1 by (SKU, node); or a frame with columns ``sku``, ``node`` and
        ``find_probability``, of which the last row of a cell holds.

    Raises
    ------
    ValidationError, UnknownIdError
        What cannot be: the path says where.
    """
    if isinstance(probabilities, Mapping) and not any(
        isinstance(key, str) for key in probabilities
    ):
        cells, chances = _by_cell(state, probabilities)
    elif is_frame(probabilities):
        cells, chances = _in_columns(state, probabilities)
    else:
        expected = "a dict by (SKU, node), or a frame"
        raise ValidationError(_PATH, expected, probabilities)
    # The last of each cell holds.
    cells, last = np.unique(cells[::-1], return_index=True)
    chances = chances[::-1][last]
    new = state.find.at(cells) != chances
    return _batch(state, cells[new], chances[new])


def _by_cell(state: State, probabilities: Mapping[Any, Any]) -> tuple[I8, I8]:
    catalogue, found = state.catalogue, []
    for cell, value in probabilities.items():
        path = f"{_PATH}[{cell!r}]"
        if not isinstance(cell, tuple) or len(cell) != 2:
            raise ValidationError(path, "a key (SKU, node)", cell)
        try:
            sku, node = catalogue.sku(cell[0]), catalogue.node(cell[1])
        except UnknownIdError as error:
            raise error.under(path) from None
        catalogue.stocked(sku, f"{path}.sku")
        found.append((sku * state.arena.nodes + node, _chance(value, path)))
    cells, chances = np.array(found, np.int64).reshape(-1, 2).T.copy()
    return cells, chances


def _in_columns(state: State, frame: Any) -> tuple[I8, I8]:
    frame, names = open_frame(frame, FIND_COLUMNS, _PATH)
    require(names, FIND_COLUMNS, _PATH)
    column = frame["find_probability"]
    rows = column_length(column, _COLUMN)
    read, catalogue = Codes(rows, Problems()), state.catalogue
    skus = read.codes(
        frame["sku"], catalogue.skus.numbers, f"{_PATH}.sku", bad_id(UnknownSkuError)
    )
    for row in np.flatnonzero(np.isin(skus, list(catalogue.kits)))[:1].tolist():
        catalogue.stocked(int(skus[row]), f"{_PATH}.sku[{row}]")
    nodes = read.codes(
        frame["node"],
        catalogue.nodes.numbers,
        f"{_PATH}.node",
        bad_id(UnknownNodeError),
    )
    return skus * state.arena.nodes + nodes, _chances(column)


def _chances(column: Any) -> I8:
    """1/10,000 of a column of shares: all at once where they are plain floats."""
    array = np.asarray(column)
    if array.dtype.kind == "f" and array.ndim == 1:
        with np.errstate(invalid="ignore"):
            whole = np.rint(array * SHARE_ONE)
            good = (whole / SHARE_ONE == array) & (array >= 0) & (array <= 1)
        if good.all():
            return np.asarray(whole, np.int64)
    each = enumerate(as_list(column))
    found = [_chance(value, f"{_COLUMN}[{i}]") for i, value in each]
    return np.array(found, np.int64)


def _chance(value: Any, path: str) -> int:
    scaled = to_scaled(value, 4, path, _EXPECTED)
    if not 0 <= scaled <= SHARE_ONE:
        raise ValidationError(path, _EXPECTED, value)
    return scaled


def _batch(state: State, cells: I8, chances: I8) -> EffectBatch:
    rows = np.zeros((len(cells), EFFECT_WIDTH), np.int64)
    rows[:, E_WHAT], rows[:, E_REFERENCE] = FIND, -1
    rows[:, E_SKU], rows[:, E_NODE] = np.divmod(cells, state.arena.nodes)
    rows[:, E_QUANTITY], rows[:, E_TIME] = chances, state.now
    return EffectBatch(rows)


def find_columns(state: State) -> dict[str, Any]:
    """Cells that may fail, by SKU and node, with their find probability. O(n log n)."""
    cells, chances = state.find.items()
    skus, nodes = np.divmod(cells, state.arena.nodes)
    catalogue = state.catalogue
    rows = sorted(
        (catalogue.skus.texts[sku], catalogue.nodes.texts[node], chance / SHARE_ONE)
        for sku, node, chance in zip(
            skus.tolist(), nodes.tolist(), chances.tolist(), strict=True
        )
    )
    return {
        "sku": [row[0] for row in rows],
        "node": [row[1] for row in rows],
        "find_probability": np.array([row[2] for row in rows], np.float64),
    }
