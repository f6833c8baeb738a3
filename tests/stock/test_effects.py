"""Batches are arrays of eight columns with the texts their rows point at."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from omniroute.codes import E_AUX, E_REFERENCE, E_WHAT, Effect
from omniroute.errors import ValidationError
from omniroute.stock import effects


def test_a_batch_is_frozen_and_normalised():
    """Rows become one contiguous int64 block, texts a tuple."""
    batch = effects.EffectBatch([effects.tick(5)], ["a"])
    assert batch.rows.dtype == np.int64
    assert batch.rows.flags.c_contiguous
    assert (batch.rows.shape, batch.texts) == ((1, 8), ("a",))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        batch.texts = ()


def test_each_builder_says_its_kind_and_numbers():
    """One row a builder, in the order of the columns."""
    assert effects.stock(Effect.SELL, 1, 2, 3, 9) == (Effect.SELL, 1, 2, 3, -1, 9, 0, 0)
    assert effects.line(4, 1, 2, 3, 9) == (Effect.LINE, 1, 2, 3, 4, 9, 0, 0)
    assert effects.unline(4, 1, 2, 3, 9) == (Effect.UNLINE, 1, 2, 3, 4, 9, 0, 0)
    assert effects.resolve(4, 3, 9) == (Effect.RESOLVE, -1, -1, 3, 4, 9, 0, 0)
    assert effects.tick(9) == (Effect.TICK, -1, -1, 0, -1, 9, 0, 0)
    assert effects.intern(1, 4, 7, 9) == (Effect.INTERN_SKU, -1, -1, 0, 4, 9, 7, 0)


def test_a_hold_names_opens_and_fills():
    """The name first, then the head with its terms, then the lines."""
    name, head, line = effects.hold(
        6, [(1, 2, 3)], 9, expires_s=19, print_lines=-5, print_terms=77, place=2
    )
    assert name == (Effect.INTERN_RESERVATION, -1, -1, 0, 6, 9, 2, 0)
    assert head == (Effect.HOLD, -1, -1, 77, 6, 9, 19, -5)
    assert line == (Effect.LINE, 1, 2, 3, 6, 9, 0, 0)


def test_columns_become_rows():
    """One kind for all or one each; narrow and strided columns are fine."""
    skus, nodes = np.array([1, 2], np.int32), np.arange(4)[::2]
    batch = effects.stock_batch(
        np.array([10, 13]), skus, nodes, np.array([5, 6]), now=9, happened=4
    )
    assert batch.rows.tolist() == [
        [10, 1, 0, 5, -1, 9, 4, 0],
        [13, 2, 2, 6, -1, 9, 4, 0],
    ]


def test_columns_of_different_lengths_are_refused():
    """Before anything is read beyond the shorter one."""
    with pytest.raises(ValidationError, match="columns of one length"):
        effects.stock_batch(10, np.arange(2), np.arange(3), np.arange(2), now=0)


def test_concatenated_batches_keep_their_texts():
    """Places of texts move along with the texts."""
    one = effects.EffectBatch(effects.hold(0, [], 0), ["a"])
    two = effects.EffectBatch(effects.hold(1, [], 0), ["b"])
    both = effects.concat([one, effects.NOTHING, two])
    names = both.rows[both.rows[:, E_WHAT] == Effect.INTERN_RESERVATION]
    assert [both.texts[place] for place in names[:, E_AUX]] == ["a", "b"]
    assert names[:, E_REFERENCE].tolist() == [0, 1]
    assert two.rows[0, E_AUX] == 0


def test_concatenating_nothing_is_nothing():
    """No batch, or empty ones only; and one batch stays itself."""
    assert len(effects.concat([])) == len(effects.concat([effects.NOTHING])) == 0
    batch = effects.EffectBatch([effects.tick(1)])
    assert effects.concat([batch]) is batch
