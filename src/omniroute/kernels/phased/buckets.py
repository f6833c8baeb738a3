"""The rules that work on whole buckets: supply and demand of a cell in, ATP out.

``supply`` and ``demand`` are rows by bucket; what is on hand, less safety stock, is part
of the first. ``last`` is where the infinite-supply fence or the horizon ends the sum.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import (
    ATP_ACCUMULATE,
    ATP_CUMULATIVE,
    ATP_DISCRETE,
    ATP_FORWARD,
    ATP_LOOK_AHEAD,
    ATP_NET,
    ATP_NET_PLUS_FUTURE,
    ATP_PERIOD,
)
from omniroute.kernels.arrays import I8
from omniroute.kernels.phased.events import (
    W_CARRY,
    W_FORWARD,
    W_RULE,
    W_WINDOW,
)


@kernel()
def bucket_rule(
    supply: I8, demand: I8, base: int, last: int, words: I8, out: I8
) -> None:
    """Write the ATP of one cell by the rule asked for.

    ``base`` is what is on hand less safety stock. ``supply`` may be changed.
    """
    rule = words[W_RULE]
    if rule == ATP_LOOK_AHEAD:
        look_ahead(supply, demand, base, last, out)
    elif rule in (ATP_NET, ATP_NET_PLUS_FUTURE):
        net(supply, demand, base, last, rule == ATP_NET_PLUS_FUTURE, out)
    elif rule in (ATP_DISCRETE, ATP_CUMULATIVE):
        by_supply_event(supply, demand, base, last, rule == ATP_CUMULATIVE, out)
    else:
        period(supply, demand, base, last, out)
        if rule != ATP_PERIOD:
            window = words[W_WINDOW] if rule == ATP_ACCUMULATE else last
            consume_backward(last, window, out)
        if rule == ATP_FORWARD:
            consume_forward(last, words[W_FORWARD], out)
        if rule == ATP_ACCUMULATE:
            accumulate(last, words[W_WINDOW], words[W_CARRY], supply, out)


@kernel()
def look_ahead(supply: I8, demand: I8, base: int, last: int, out: I8) -> None:
    """A9: the least projected stock from each bucket on."""
    projected = base
    for t in range(last):
        projected += supply[t] - demand[t]
        out[t] = projected
    low = projected
    for t in range(last - 1, -1, -1):
        low = min(low, out[t])
        out[t] = low


@kernel()
def net(supply: I8, demand: I8, base: int, last: int, future: bool, out: I8) -> None:
    """A1: on hand less all that is reserved; A2: and what has arrived by then."""
    free = base
    for t in range(last):
        free -= demand[t]
    for t in range(last):
        if future:
            free += supply[t]
        out[t] = free


@kernel()
def by_supply_event(
    supply: I8, demand: I8, base: int, last: int, running: bool, out: I8
) -> None:
    """A3: each receipt less the demand until the next one; A4: its running sum.

    What is on hand is the receipt of the first bucket. A3 shows its figure in the
    bucket of the receipt and nothing in those between.
    """
    event, total, figure = 0, 0, base
    for t in range(last):
        if t > 0 and supply[t] > 0:
            total += figure
            out[event] = figure
            if running:
                for u in range(event, t):
                    out[u] = total
            event, figure = t, 0
        out[t] = 0
        figure += supply[t] - demand[t]
    if last > 0:
        total += figure
        out[event] = figure
        if running:
            for u in range(event, last):
                out[u] = total


@kernel()
def period(supply: I8, demand: I8, base: int, last: int, out: I8) -> None:
    """A5: supply less demand of each bucket."""
    for t in range(last):
        out[t] = supply[t] - demand[t]
    if last > 0:
        out[0] += base


@kernel()
def consume_backward(last: int, window: int, out: I8) -> None:
    """A6: shortages use up earlier surpluses, the latest first; the rest stays short.

    A surplus more than ``window`` buckets earlier is out of reach.
    """
    for t in range(last):
        u = t - 1
        while out[t] < 0 and u >= 0 and t - u <= window:
            take = min(-out[t], max(0, out[u]))
            out[u] -= take
            out[t] += take
            u -= 1


@kernel()
def consume_forward(last: int, days: int, out: I8) -> None:
    """A7: what is still short uses up later surpluses, the earliest first."""
    for t in range(last):
        u = t + 1
        while out[t] < 0 and u < last and u - t <= days:
            take = min(-out[t], max(0, out[u]))
            out[u] -= take
            out[t] += take
            u += 1


@kernel()
def accumulate(last: int, window: int, carry: int, surplus: I8, out: I8) -> None:
    """A8: surpluses are passed on for ``window`` buckets, shortages only on request.

    A shortage that is carried lasts until later surplus has made it good.
    ``surplus`` is scratch.
    """
    held, debt = 0, 0
    for t in range(last):
        surplus[t] = max(0, out[t])
        short = max(0, -out[t])
        if carry:
            paid = min(debt, surplus[t])
            surplus[t] -= paid
            debt += short - paid
        else:
            debt = short
        held += surplus[t]
        if t > window:
            held -= surplus[t - window - 1]
        out[t] = held - debt
