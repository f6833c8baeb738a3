"""Random numbers that are the same on every platform and with every numpy, for ever.

numpy's generators may change between versions; sample data must not. A draw here is a
pure function of (seed, stream, counter), in 64-bit integers and nothing else, so draws
come in any order and any subset of them is the same subset. Decisions compare integers
(`below`); no float takes part.

The mixing is the finaliser of SplitMix64 [1]_, which passes the usual test batteries.

References
----------
.. [1] Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014,
   figure 17 (constants: David Stafford's variant 13).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

U64 = npt.NDArray[np.uint64]

#: The odd integer nearest 2**64 over the golden ratio: the step between states.
_STEP: Final = 0x9E3779B97F4A7C15
_MIX_1: Final = 0xBF58476D1CE4E5B9
_MIX_2: Final = 0x94D049BB133111EB


def draw_bits(seed: int, stream: int, counters: U64) -> U64:
    """Return 64 random bits for every counter.

    Parameters
    ----------
    seed
        From 0 to 2**64 - 1; what the user passes.
    stream
        From 0 to 2**64 - 1; one number for each purpose, so that purposes never share
        draws.
    counters
        ``uint64[n]``: which draws of the stream.

    Returns
    -------
    numpy.ndarray
        ``uint64[n]``. Time O(n).

    Examples
    --------
    >>> import numpy as np
    >>> [hex(x) for x in draw_bits(1, 2, np.arange(2, dtype=np.uint64)).tolist()]
    ['0x3e12204644234bb0', '0xfeab9a052c034d9f']
    """
    start = _state(_state(seed, 0), stream)
    # Arrays only: uint64 arrays wrap in silence, numpy scalars would warn.
    return _mix(np.asarray(counters) * np.uint64(_STEP) + _u64(start + _STEP))


def below(bits: U64, limit: int | U64) -> npt.NDArray[np.int64]:
    """Turn random bits into whole numbers from 0 up to, not including, the limit.

    The upper 32 bits are scaled by multiplication; a number's probability is off by
    less than limit / 2**32 of itself, which sample data can bear.

    Parameters
    ----------
    bits
        ``uint64[n]`` from `draw_bits`.
    limit
        From 1 to 2**32 - 1: one for all, or ``uint64[n]``, one for each.

    Returns
    -------
    numpy.ndarray
        ``int64[n]``. Time O(n).

    Examples
    --------
    >>> import numpy as np
    >>> below(draw_bits(1, 2, np.arange(5, dtype=np.uint64)), 6).tolist()
    [1, 5, 3, 3, 2]
    """
    scale = _u64(limit) if isinstance(limit, int) else limit
    return (((bits >> _u64(32)) * scale) >> _u64(32)).astype(np.int64)


def _state(key: int, counter: int) -> int:
    """One draw in plain integers: keys of streams are made of draws themselves."""
    wrapped = (key + (counter + 1) * _STEP) % 2**64
    return int(_mix(np.array([wrapped], np.uint64))[0])


def _mix(z: U64) -> U64:
    z = (z ^ (z >> _u64(30))) * _u64(_MIX_1)
    z = (z ^ (z >> _u64(27))) * _u64(_MIX_2)
    return z ^ (z >> _u64(31))


def _u64(value: int) -> np.uint64:
    """Return a numpy scalar of the value modulo 2**64: plain ints may make floats."""
    return np.uint64(value % 2**64)
