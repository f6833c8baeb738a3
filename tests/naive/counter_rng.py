"""The counter-based generator once more, in plain integers, to be read by eye."""

STEP = 0x9E3779B97F4A7C15
TWO_64 = 2**64


def mix(z):
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % TWO_64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % TWO_64
    return z ^ (z >> 31)


def splitmix64(start, n):
    """Return the n-th number (from 0) of SplitMix64 from a state, as published."""
    return mix((start + (n + 1) * STEP) % TWO_64)


def draw_bits(seed, stream, counter):
    stream_start = splitmix64(splitmix64(seed, 0), stream)
    return splitmix64(stream_start, counter)


def below(bits, limit):
    return (bits >> 32) * limit >> 32
