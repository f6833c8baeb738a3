"""In which order to try places that may fail, and when to give up: exact, and by itself.

Trying place i costs ``spent`` whatever comes of it; with chance p it succeeds, which
costs ``found`` on top; else it costs ``failed`` on top and the next place is tried. Who
has no place left to try pays ``give_up``. The expected cost from place i on is

    E(i) = spent + p found + (1 - p) (failed + E(i + 1)),    E(end) = give_up

Two neighbours are in the right order if, and only if, the first has the lower *price of
a success*, (spent + p found + (1 - p) failed) / p: the difference of both orders is the
difference of the prices times the product of the chances. So the best order of any set
is by price; and since E is a mean of the prices that follow and of ``give_up``, a place
is worth trying if its price is below ``give_up``, and no other one is. With
``failed = 0`` that is the rule a/p + s of Weitzman's search: a is paid in any case, s
only where it succeeds.

With at most L attempts some have to be left out, and which ones no price tells: over
places in order of price

    f(i, l) = min( f(i + 1, l),  spent + p found + (1 - p) (failed + f(i + 1, l - 1)) )

Chances are integers over a common ``one``, money is in minor units, and E of a sequence
of m is an integer over ``one ** m``: nothing is rounded before it is told.

References
----------
.. [1] M. L. Weitzman (1979), "Optimal search for the best alternative", Econometrica
   47(3).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Try(NamedTuple):
    """One place that may be tried.

    Parameters
    ----------
    spent
        Minor units paid for trying, whatever comes of it.
    found
        Minor units paid on top if it succeeds.
    failed
        Minor units paid on top if it does not.
    chance
        How likely it is to succeed, over the common ``one``.
    """

    spent: int
    found: int
    failed: int
    chance: int

    def mean(self, one: int) -> int:
        """Return what one attempt costs on average, times ``one``."""
        here = self.spent * one + self.found * self.chance
        return here + self.failed * (one - self.chance)


def best_order(
    tries: Sequence[Try], one: int, give_up: int, most: int | None = None
) -> list[int]:
    """Return the places to try, in the order of least expected cost.

    Parameters
    ----------
    tries
        What may be tried. Of equal prices the first comes first.
    one
        The chance that is sure, as an integer.
    give_up
        Minor units that it costs if nothing succeeds.
    most
        Attempts that may be made; None for any number.

    Notes
    -----
    O(n log n), and O(n ``most``) sums of long integers where there are more places
    worth trying than attempts.

    Examples
    --------
    A sure place for 9 ends the list, unless a dearer attempt is cheap enough to risk:

    >>> sure, cheap, dear = Try(1, 8, 0, 10), Try(1, 5, 0, 6), Try(2, 8, 0, 1)
    >>> best_order([sure, cheap, dear], 10, give_up=50)
    [1, 0]
    """
    order = _worth_trying(tries, one, give_up)
    if most is None or most >= len(order):
        return order
    kept = _chosen([tries[i] for i in order], one, give_up, most)
    return [order[k] for k in kept]


def to_go(tries: Sequence[Try], one: int, give_up: int) -> list[int]:
    """Return the expected cost from each place of a sequence on, the end included.

    Number j, counted from the end, is in minor units times ``one ** j``; the last one
    is ``give_up`` itself.

    Examples
    --------
    >>> to_go([Try(1, 5, 0, 6), Try(1, 8, 0, 10)], 10, give_up=50)
    [760, 90, 50]
    """
    found, scale = [give_up], 1
    for each in reversed(tries):
        rest = (one - each.chance) * found[-1]
        found.append(each.mean(one) * scale + rest)
        scale *= one
    return found[::-1]


def failures(tries: Sequence[Try], one: int) -> list[int]:
    """Return the chances that the first 0, 1, ... all of a sequence do not succeed.

    Number j is over ``one ** j``.

    Examples
    --------
    >>> failures([Try(1, 5, 0, 6), Try(2, 8, 0, 1)], 10)
    [1, 4, 36]
    """
    missed = [1]
    for each in tries:
        missed.append(missed[-1] * (one - each.chance))
    return missed


def rounded(top: int, bottom: int) -> int:
    """Return the nearest whole number to a fraction above a positive one, halves up.

    Examples
    --------
    >>> rounded(7, 2), rounded(-7, 2), rounded(10, 3)
    (4, -3, 3)
    """
    return (2 * top + bottom) // (2 * bottom)


def _worth_trying(tries: Sequence[Try], one: int, give_up: int) -> list[int]:
    """Places whose price is below giving up, by price; none behind a sure one."""
    order = [
        i for i, each in enumerate(tries) if each.mean(one) < give_up * each.chance
    ]
    # Prices are fractions over chances up to `one`: two that differ do so by 1 / one**2
    # at least, and so in whole parts of that. Equal ones stay equal.
    fine = one * one
    order.sort(key=lambda i: tries[i].mean(one) * fine // tries[i].chance)
    for k, i in enumerate(order):
        if tries[i].chance == one:
            # What is dearer would only be reached if this failed, nor can it replace it.
            return order[: k + 1]
    return order


def _chosen(tries: Sequence[Try], one: int, give_up: int, most: int) -> list[int]:
    """Which of the places in order of price to try, where attempts are few."""
    # least[l] is f(i, l) times one ** l; bit l of takes[i] tells whether i is tried.
    scale = [one**left for left in range(most + 1)]
    least = [give_up * size for size in scale]
    takes = [0] * len(tries)
    for i in range(len(tries) - 1, -1, -1):
        mean, missed = tries[i].mean(one), one - tries[i].chance
        for left in range(most, 0, -1):
            tried = mean * scale[left - 1] + missed * least[left - 1]
            if tried <= least[left]:
                least[left] = tried
                takes[i] |= 1 << left
    found, left = [], most
    for i, bits in enumerate(takes):
        if bits >> left & 1:
            found.append(i)
            left -= 1
    return found
