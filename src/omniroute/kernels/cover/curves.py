"""What the carriage of a load costs by its weight: a step function for every class.

A curve is the least price over the admitted services, and never more than that of two
loads of the same total weight: no plan pays less than it says for all that a node sends,
whatever services it uses. Where a price list has too many steps, or two lists have
different ones, the curve is the price of the lightest load of a step; ``upper`` is then
that of the heaviest, in one shipment. A node whose upper curve is nowhere above another's
curve can stand in for it. Classes with the same price rows share a curve.
"""

from __future__ import annotations

from typing import NamedTuple

from omniroute._jit import kernel, view
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.order.layout import C_ROWS, S_DEN, S_MAX_G, S_NUM
from omniroute.kernels.order.problem import Lanes, heaviest_load, rate, steps

#: Steps kept of a curve; a longer price list is read at every second, third... one.
CURVE_STEPS = 1024
#: Longest price list that is read step by step, to see whether its prices fit a curve.
STEPS_READ = 1 << 16
#: Products of grams and ratios stay below it.
_PRODUCT_MAX = 1 << 61


class Curves(NamedTuple):
    """Steps of each curve: up to ``limit_g[u, b]`` grams cost ``price[u, b]``."""

    #: Curve of each class, then steps of each curve.
    of: I8
    n: I8
    limit_g: I8
    price: I8
    upper: I8


@kernel()
def curve_memory(n_classes: int) -> int:
    """Words that the curves of ``n_classes`` classes take, and one more curve."""
    return (n_classes + 1) * (2 + 3 * CURVE_STEPS)


@view
def curve_views(memory: I8, n_classes: int) -> Curves:
    """Cut the memory for the curves of ``n_classes`` classes."""
    n = n_classes + 1
    a = n * (2 + CURVE_STEPS)
    b = a + n * CURVE_STEPS
    c = b + n * CURVE_STEPS
    return Curves(
        memory[:n],
        memory[n : 2 * n],
        memory[2 * n : a].reshape(n, CURVE_STEPS),
        memory[a:b].reshape(n, CURVE_STEPS),
        memory[b:c].reshape(n, CURVE_STEPS),
    )


@kernel()
def draw_curves(lanes: Lanes, weight_g: int, curves: Curves) -> None:
    """Draw the curve of every admitted class, for loads up to ``weight_g``."""
    n_curves = 0
    for c in range(lanes.admitted.size):
        curves.of[c] = -1
        if lanes.admitted[c] != 0:
            u = _known(lanes, c, n_curves, curves)
            if u == n_curves:
                n_curves += 1
                _draw(lanes, c, weight_g, curves, u)
            curves.of[c] = u


@kernel()
def _known(lanes: Lanes, c: int, n_curves: int, curves: Curves) -> int:
    """The curve of an earlier class with the same prices, or the next number."""
    found = 0
    for other in range(c):
        if found == n_curves:
            break
        if curves.of[other] == found:
            if _same_prices(lanes, c, other):
                return found
            found += 1
    return n_curves


@kernel()
def _same_prices(lanes: Lanes, a: int, b: int) -> bool:
    if lanes.admitted[a] != lanes.admitted[b]:
        return False
    for s in range(lanes.services.shape[0]):
        if (lanes.admitted[a] >> s) & 1:
            if lanes.records[a, C_ROWS + s] != lanes.records[b, C_ROWS + s]:
                return False
    return True


@kernel()
def _finest(lanes: Lanes, c: int) -> int:
    """The admitted service with the smallest price steps."""
    services = lanes.services
    best = -1
    for s in range(services.shape[0]):
        if (lanes.admitted[c] >> s) & 1:
            finer = (
                best < 0
                or services[s, S_NUM] * services[best, S_DEN]
                > services[best, S_NUM] * services[s, S_DEN]
            )
            if finer:
                best = s
    return best


@kernel()
def _cheapest(lanes: Lanes, c: int, weight_g: int, alone: int) -> tuple[int, int]:
    """Least rate for a weight: ``(money, services of alone that have it)``."""
    least, who = UNREACHED, alone
    for s in range(lanes.services.shape[0]):
        if (lanes.admitted[c] >> s) & 1:
            price = rate(lanes, c, s, weight_g)
            if price < least:
                least, who = price, 0
            if price == least:
                who |= 1 << s
    return least, who & alone


@kernel()
def _one_lattice(lanes: Lanes, c: int, s: int, top_g: int) -> bool:
    """Whether all admitted services have the price steps of service ``s``, or none.

    So far as they carry loads up to ``top_g``, they also end with one of its steps.
    """
    for other in range(lanes.services.shape[0]):
        max_g = lanes.services[other, S_MAX_G]
        if (lanes.admitted[c] >> other) & 1 and max_g < top_g:
            num, den = lanes.services[s, S_NUM], lanes.services[s, S_DEN]
            if num == 0 or steps(lanes.services, s, max_g) * den // num != max_g:
                return False
        if (lanes.admitted[c] >> other) & 1 and lanes.services[other, S_NUM] != 0:
            for word in (S_NUM, S_DEN):
                if lanes.services[other, word] != lanes.services[s, word]:
                    return False
    return True


@kernel()
def _draw(lanes: Lanes, c: int, weight_g: int, curves: Curves, u: int) -> None:
    """Read the price lists of a class into curve ``u``, coarsely if they are too long."""
    s = _finest(lanes, c)
    num, den = lanes.services[s, S_NUM], lanes.services[s, S_DEN]
    top_g = min(weight_g, heaviest_load(lanes, c))
    exact = num == 0 or top_g < _PRODUCT_MAX // num
    if not exact:  # steps of whole grams instead, so coarse that none is skipped
        num, den = 1, top_g // CURVE_STEPS + 1
    last = max(1, (top_g * num + den - 1) // den)
    exact = exact and last <= STEPS_READ and _one_lattice(lanes, c, s, top_g)
    n, alone = CURVE_STEPS + 1, 0
    if exact:
        n, alone = _read(lanes, c, num, den, last, 1, top_g, exact, curves, u)
    if n > CURVE_STEPS:
        exact = False
        stride = (last + CURVE_STEPS - 1) // CURVE_STEPS
        n, alone = _read(lanes, c, num, den, last, stride, top_g, exact, curves, u)
    curves.n[u] = n
    if not exact or alone == 0:  # else one service is cheapest throughout: it is closed
        _close(n, curves.limit_g[u], curves.price[u])


@kernel()
def _read(
    lanes: Lanes,
    c: int,
    num: int,
    den: int,
    last: int,
    stride: int,
    top_g: int,
    exact: bool,
    curves: Curves,
    u: int,
) -> tuple[int, int]:
    """Read every so many price steps: ``(steps of the curve, services always cheapest)``.

    More than `CURVE_STEPS` where there is not the room.
    """
    alone = lanes.admitted[c]
    n = 0
    for t in range(1, last + 1, stride):
        lightest = 0 if t == 1 else (t - 1) * den // num + 1
        end = t + stride - 1
        heaviest = top_g if end >= last else end * den // num
        least, alone = _cheapest(lanes, c, lightest, alone)
        if least >= UNREACHED:
            break
        if n == 0 or least > curves.price[u, n - 1]:
            if n == CURVE_STEPS:
                return n + 1, alone
            curves.price[u, n] = least
            n += 1
        curves.limit_g[u, n - 1] = heaviest
        most = least
        if not exact:
            most, _ = _cheapest(lanes, c, heaviest, alone)
        curves.upper[u, n - 1] = most
    return n, alone


@kernel()
def _close(n: int, limit_g: I8, price: I8) -> None:
    """Lower each step to the least of two loads that reach it, lightest steps first."""
    for b in range(1, n):
        best = price[b]
        j = b
        for i in range(b):
            rest = limit_g[b - 1] + 1 - limit_g[i]
            while j > 0 and limit_g[j - 1] >= rest:
                j -= 1
            if j < b:
                best = min(best, price[i] + price[j])
        price[b] = best


@kernel()
def _reaches(curves: Curves, u: int, weight_g: int) -> bool:
    """Whether a curve ends at this weight, and at a price."""
    last = curves.n[u] - 1
    return last >= 0 and curves.limit_g[u, last] == weight_g


@kernel()
def draw_least(curves: Curves) -> int:
    """Draw a curve under all the others; returns its number, the last.

    It is closed too: whatever several nodes send together, it costs no less than this.
    -1 where the curves end at different weights: several nodes may then send together
    what none of them can.
    """
    v, finest, n_curves = curves.n.size - 1, 0, 0
    for c in range(curves.of.size - 1):
        n_curves = max(n_curves, curves.of[c] + 1)
    for u in range(n_curves):
        if curves.n[u] > curves.n[finest]:
            finest = u
    n = curves.n[finest]
    for u in range(n_curves):
        if not _reaches(curves, u, curves.limit_g[0, max(0, curves.n[0] - 1)]):
            return -1
    for b in range(n):
        curves.limit_g[v, b] = curves.limit_g[finest, b]
        curves.price[v, b] = UNREACHED
    for u in range(n_curves):
        j = 0
        for b in range(n):
            lightest = 0 if b == 0 else curves.limit_g[v, b - 1] + 1
            while j < curves.n[u] and curves.limit_g[u, j] < lightest:
                j += 1
            if j < curves.n[u]:
                curves.price[v, b] = min(curves.price[v, b], curves.price[u, j])
    curves.n[v] = n
    _close(n, curves.limit_g[v], curves.price[v])
    return v


@kernel()
def first_bracket(curves: Curves, u: int, weight_g: int) -> int:
    """First step of a curve that carries a weight; the number of steps if none does."""
    low, high = 0, curves.n[u]
    while low < high:
        middle = (low + high) >> 1
        if curves.limit_g[u, middle] < weight_g:
            low = middle + 1
        else:
            high = middle
    return low


@kernel()
def carries(curves: Curves, c: int, weight_g: int) -> bool:
    """Whether a node of the class can send so many grams at once."""
    u = curves.of[c]
    last = curves.n[u] - 1
    return (
        last >= 0
        and curves.limit_g[u, last] >= weight_g
        and curves.upper[u, last] < UNREACHED
    )


@kernel()
def nowhere_above(curves: Curves, u: int, v: int) -> bool:
    """Whether what ``u`` is for is sure to cost no more than ``v`` at every weight."""
    i = 0
    for j in range(curves.n[v]):
        limit = curves.limit_g[v, j]
        while i < curves.n[u] and curves.limit_g[u, i] < limit:
            i += 1
        if i == curves.n[u] or curves.upper[u, i] > curves.price[v, j]:
            return False
    return True
