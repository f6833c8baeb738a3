"""A table of numbers by number: open addressing, in two arrays that Python supplies.

Used for what few cells have. ``keys`` int64[n] holds -1 where a place is empty, n is a
power of two, and Python keeps at least half of it empty.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.kernels.arrays import I8

EMPTY = -1

# Products of 31-bit numbers stay within int64, compiled or not.
_LOW = 0x7FFFFFFF
_ODD, _ODD_HIGH = 1_640_531_527, 40_503


@kernel()
def first_place(key: int, mask: int) -> int:
    """Where to look for a key first."""
    mixed = (key & _LOW) * _ODD ^ (key >> 31) * _ODD_HIGH
    return int((mixed ^ (mixed >> 17)) & mask)


@kernel()
def place_of(keys: I8, key: int) -> int:
    """Place of the key, or of the empty slot it would go to. O(1) expected."""
    mask = keys.size - 1
    at = first_place(key, mask)
    while keys[at] != key and keys[at] != EMPTY:
        at = (at + 1) & mask
    return int(at)


@kernel()
def value_of(keys: I8, values: I8, key: int, default: int) -> int:
    """The value under a key, ``default`` where there is none."""
    at = place_of(keys, key)
    return int(values[at]) if keys[at] == key else default


@kernel("i8[] i8[] i8 i8")
def look_up(keys: I8, values: I8, key: int, default: int) -> int:
    """`value_of` for callers outside the kernels."""
    return value_of(keys, values, key, default)


@kernel("i8[] i8[] i8[] i8[]")
def put_latest(keys: I8, values: I8, new_keys: I8, new_values: I8) -> int:
    """Put values, each unless a larger one is there; return how many keys are new.

    ``keys`` and ``values`` are modified in place.
    """
    added = 0
    for i in range(new_keys.size):
        at = place_of(keys, new_keys[i])
        if keys[at] == EMPTY:
            keys[at], values[at] = new_keys[i], new_values[i]
            added += 1
        elif values[at] < new_values[i]:
            values[at] = new_values[i]
    return added
