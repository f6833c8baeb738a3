"""ATP by date, each rule straight from its definition: slow, unit by unit.

Reads a rule's fields by name; knows nothing of how the fast kernels work.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product

from omniroute.codes import UNLIMITED, Fate

#: Class of the demand that stock below zero is: every class may make it good.
OWED = "owed"
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass
class Event:
    """A supply or demand; `time` None: on hand, or due now."""

    quantity: int
    time: int | None = None
    kind: str = "inbound"
    until: int | None = None
    # Filled in by `normalised`.
    bucket: int = 0
    fate: Fate = Fate.COUNTED
    left: Fraction = Fraction(0)


@dataclass
class Cell:
    """A cell of the twin."""

    on_hand: int = 0
    supplies: list[Event] = field(default_factory=list)
    demands: list[Event] = field(default_factory=list)
    safety: int = 0
    lead: int | None = None


def naive_atp(cell, rule, today, bucket_s=86_400, origin_s=0):
    """Figures by bucket, exact; fills in what became of each event."""
    horizon = rule.horizon_days
    fence = rule.infinite_supply_fence_days
    if fence == "lead_time":
        fence = cell.lead
    last = horizon if fence is None else min(horizon, fence)
    supplies, demands = normalised(cell, rule, today, fence, bucket_s, origin_s)
    by_flow = rule.name == "look_ahead" and rule.considerations
    if rule.demand_class in dict(rule.considerations) and not by_flow:
        considered(supplies, demands, rule)
    if by_flow:
        figures = look_ahead_for(supplies, demands, Fraction(cell.safety), last, rule)
    else:
        figures = RULES[rule.name](supplies, demands, Fraction(cell.safety), last, rule)
    if rule.clamped:
        figures = [max(Fraction(0), figure) for figure in figures]
    return figures + [UNLIMITED] * (horizon - last)


# -- when and how much -----------------------------------------------------------------


def normalised(cell, rule, today, fence, bucket_s, origin_s):
    """The events that count, dated and at their confidence, in order of time."""
    start = origin_s + today * bucket_s
    stock = []
    if cell.on_hand > 0:
        stock = [Event(cell.on_hand, None, "on_hand")]
    own = OWED if rule.name == "look_ahead" else "order"
    owed = [Event(-cell.on_hand, None, own)] if cell.on_hand < 0 else []
    supplies = []
    for event in [*stock, *cell.supplies]:
        event.fate = settle_supply(event, rule, today, fence, bucket_s, origin_s)
        share = Fraction(str(dict(rule.confidence).get(event.kind, 1)))
        event.left = event.quantity * share
        if rule.fractions == "truncate":
            event.left = Fraction(int(event.left))
        if event.fate is Fate.COUNTED:
            supplies.append(event)
    demands = []
    for event in [*owed, *cell.demands]:
        event.fate = settle_demand(event, rule, today, fence, bucket_s, origin_s)
        event.left = Fraction(event.quantity)
        if event.fate is Fate.COUNTED:
            demands.append(event)
    for event in [*supplies, *demands]:
        event.at = moment(event, today, start, bucket_s, origin_s, rule)
    for event in supplies:
        if event.time is None:
            event.at = -(10**30)
    for event in supplies:
        event.ends = event.last = 10**30
        if event.until is not None and rule.name == "expiring":
            event.ends = event.until
            event.last = (event.until - origin_s) // bucket_s - today
    supplies.sort(key=lambda e: e.at)
    # Of one instant: what is undated first, then by the time that was told.
    demands.sort(key=lambda e: (e.at, -1 if e.time is None else e.time))
    return supplies, demands


def moment(event, today, start, bucket_s, origin_s, rule):
    """When an event counts: its own time, or the start of the bucket it counts in."""
    own = None if event.time is None else (event.time - origin_s) // bucket_s - today
    by_event = rule.name in ("nearest_receipt", "expiring")
    return (
        event.time
        if by_event and own == event.bucket
        else start + event.bucket * bucket_s
    )


def settle_supply(event, rule, today, fence, bucket_s, origin_s):
    if event.until is not None and (event.until - origin_s) // bucket_s <= today:
        return Fate.EXPIRED
    if event.time is None:
        event.bucket = 0
        return fenced(0, rule, fence)
    event.bucket = (event.time - origin_s) // bucket_s - today
    if event.bucket < 0:
        most = rule.past_due_supply_days
        if most is not None and -event.bucket > most:
            return Fate.PAST_DUE
        event.bucket = rule.delayed_supply_offset_days
    while event.bucket < rule.horizon_days and closed(event.bucket, rule, today):
        event.bucket += 1
    return fenced(event.bucket, rule, fence)


def settle_demand(event, rule, today, fence, bucket_s, origin_s):
    if event.time is None:
        event.bucket = 0
        return fenced(0, rule, fence)
    event.bucket = (event.time - origin_s) // bucket_s - today
    if event.bucket < 0:
        most = rule.past_due_demand_days
        if most is not None and -event.bucket > most:
            return Fate.PAST_DUE
        event.bucket = rule.delayed_demand_offset_days
    fate = fenced(event.bucket, rule, fence)
    if fate is Fate.AFTER_HORIZON and rule.name in ("net", "net_plus_future"):
        event.bucket = rule.horizon_days - 1
        return Fate.COUNTED
    return fate


def fenced(bucket, rule, fence):
    if fence is not None and bucket >= fence:
        return Fate.AFTER_FENCE
    return Fate.AFTER_HORIZON if bucket >= rule.horizon_days else Fate.COUNTED


def closed(bucket, rule, today):
    """Day 0 of the calendar, 1 January 1970, was a Thursday."""
    if WEEK[(today + bucket + 3) % 7] not in (rule.working_days or WEEK):
        return True
    return any(day.toordinal() - 719_163 == today + bucket for day in rule.closed_dates)


# -- who may use what ------------------------------------------------------------------


def may_use(rule, demand_class, supply_type):
    allowed = dict(rule.considerations)
    return demand_class not in allowed or supply_type in allowed[demand_class]


def considered(supplies, demands, rule):
    """Demands first take what the asker may not use; then only what it shares stays."""
    asker = rule.demand_class
    mine = [s for s in supplies if may_use(rule, asker, s.kind)]
    others = [s for s in supplies if not may_use(rule, asker, s.kind)]
    for demand in demands:
        serve(demand, others, rule, before)
    for demand in demands:
        common = [s for s in mine if s.left > 0 and may_use(rule, demand.kind, s.kind)]
        if demand.left > 0 and not common:
            demand.left, demand.fate = Fraction(0), Fate.ELSEWHERE
    for supply in others:
        if supply.left > 0:
            supply.left, supply.fate = Fraction(0), Fate.NOT_USABLE


def before(supply, demand):
    """Can serve it on its date: what ends first, then the nearest."""
    ended = supply.ends <= demand.at
    return supply.at <= demand.at and not ended


def serve(demand, supplies, rule, can):
    """Take from the best supply until the demand is served or none is left."""
    while demand.left > 0:
        able = [
            s
            for s in supplies
            if s.left > 0 and may_use(rule, demand.kind, s.kind) and can(s, demand)
        ]
        if not able:
            return
        first = min(s.ends for s in able)
        best = [s for s in able if s.ends == first][-1]
        take = min(best.left, demand.left)
        best.left -= take
        demand.left -= take


# -- look-ahead where classes are limited: by the theorem of cuts ----------------------

ENDLESS = Fraction(10**15)


def most_served(supplies, wanted):
    """Units that wanted (bucket, types, quantity) can get in all, each by its date.

    The least, over all ways to give some supply up, of what is given up and of what is
    wanted by those who could use other supply. Only "all of a type up to a date" need be
    given up.
    """
    kinds = sorted({s.kind for s in supplies})
    dates = [sorted({-1, *(s.bucket for s in supplies if s.kind == k)}) for k in kinds]
    least = None
    for choice in product(*dates):
        up_to = dict(zip(kinds, choice, strict=True))
        total = sum(s.full for s in supplies if s.bucket <= up_to[s.kind])
        for bucket, types, quantity in wanted:
            if any(
                s.kind in types and up_to[s.kind] < s.bucket <= bucket for s in supplies
            ):
                total += quantity
        least = total if least is None else min(least, total)
    return least


def look_ahead_for(supplies, demands, safety, last, rule):
    """What the asking class can have with every demand served that can be."""
    kinds = {s.kind for s in supplies} | {"on_hand"}
    for supply in supplies:
        supply.full = supply.left

    def types(name):
        return {kind for kind in kinds if may_use(rule, name, kind)}

    mine = types(rule.demand_class) if rule.demand_class else kinds
    wanted, served, owed = [], Fraction(0), Fraction(0)
    for demand in demands:
        own = kinds if demand.kind is OWED else types(demand.kind)
        wanted.append((demand.bucket, own, demand.left))
        rest = demand.left - (most_served(supplies, wanted) - served)
        served = most_served(supplies, wanted)
        usable = [s for s in supplies if s.full > 0 and s.kind in mine]
        if any(s.kind not in own for s in usable):
            both = [s for s in usable if s.kind in own and s.bucket > demand.bucket]
            if rest and not own & mine:
                demand.fate = Fate.ELSEWHERE
            rest = min(rest, sum(s.full for s in both))
        owed += rest
    if safety and last:
        keeper = mine if "on_hand" in mine else {"on_hand"}
        wanted.append((0, keeper, safety))
        kept = most_served(supplies, wanted) - served
        served += kept
        owed += safety - kept if "on_hand" in mine else 0
    return [
        most_served(supplies, [*wanted, (t, mine, ENDLESS)]) - served - owed
        for t in range(last)
    ]


# -- the rules -------------------------------------------------------------------------


def rows(supplies, demands, safety, last):
    """S and D by bucket; on hand, less safety, in the first."""
    s = [sum(e.left for e in supplies if e.bucket == t) for t in range(last)]
    d = [sum(e.left for e in demands if e.bucket == t) for t in range(last)]
    if last:
        s[0] -= safety
    return s, d


def net(supplies, demands, safety, last, rule):
    on_hand = sum(e.left for e in supplies if e.time is None)
    return [on_hand - sum(e.left for e in demands) - safety] * last


def net_plus_future(supplies, demands, safety, last, rule):
    (now, *_) = net(supplies, demands, safety, 1, rule)
    dated = [e for e in supplies if e.time is not None]
    return [now + sum(e.left for e in dated if e.bucket <= t) for t in range(last)]


def discrete(supplies, demands, safety, last, rule):
    s, d = rows(supplies, demands, safety, last)
    starts = [t for t in range(last) if t == 0 or s[t] > 0]
    found = [Fraction(0)] * last
    for start, end in zip(starts, [*starts[1:], last], strict=False):
        found[start] = s[start] - sum(d[start:end])
    return found


def cumulative(supplies, demands, safety, last, rule):
    found = discrete(supplies, demands, safety, last, rule)
    return [sum(found[: t + 1]) for t in range(last)]


def period(supplies, demands, safety, last, rule):
    s, d = rows(supplies, demands, safety, last)
    return [s[t] - d[t] for t in range(last)]


def backward(supplies, demands, safety, last, rule, window=None):
    found = period(supplies, demands, safety, last, rule)
    for t in range(last):
        for u in range(t - 1, -1, -1):
            if found[t] < 0 < found[u] and (window is None or t - u <= window):
                take = min(found[u], -found[t])
                found[u] -= take
                found[t] += take
    return found


def forward(supplies, demands, safety, last, rule):
    found = backward(supplies, demands, safety, last, rule)
    days = rule.forward_consumption_days
    for t in range(last):
        for u in range(t + 1, last):
            if found[t] < 0 < found[u] and (days is None or u - t <= days):
                take = min(found[u], -found[t])
                found[u] -= take
                found[t] += take
    return found


def accumulate(supplies, demands, safety, last, rule):
    window = rule.accumulation_window_days
    own = backward(supplies, demands, safety, last, rule, window)
    kept, debt, found = [], Fraction(0), []
    for t in range(last):
        surplus = max(Fraction(0), own[t])
        short = max(Fraction(0), -own[t])
        if rule.carry_negative:
            paid = min(debt, surplus)
            debt, surplus = debt - paid + short, surplus - paid
        else:
            debt = short
        kept.append((t, surplus))
        usable = [q for u, q in kept if window is None or t - u <= window]
        found.append(sum(usable) - debt)
    return found


def look_ahead(supplies, demands, safety, last, rule):
    s, d = rows(supplies, demands, safety, last)
    projected = [sum(s[: t + 1]) - sum(d[: t + 1]) for t in range(last)]
    return [min(projected[t:]) for t in range(last)]


def nearest_receipt(supplies, demands, safety, last, rule):
    for demand in demands:
        serve(demand, supplies, rule, before)
    by_then = [[e for e in supplies if e.bucket <= t] for t in range(last)]
    return [sum(e.left for e in there) - safety for there in by_then]


def expiring(supplies, demands, safety, last, rule):
    for demand in demands:
        serve(demand, supplies, rule, before)
    for demand in demands:
        for supply in supplies:
            days = supply.bucket - demand.bucket
            later = supply.at > demand.at
            reach = rule.forward_consumption_days
            in_time = reach is not None and later and days <= reach
            if in_time and may_use(rule, demand.kind, supply.kind):
                take = min(supply.left, demand.left)
                supply.left -= take
                demand.left -= take
    return [
        sum(e.left for e in supplies if e.bucket <= t < e.last) - safety
        for t in range(last)
    ]


RULES = {
    rule.__name__: rule
    for rule in (
        net,
        net_plus_future,
        discrete,
        cumulative,
        period,
        backward,
        forward,
        accumulate,
        look_ahead,
        nearest_receipt,
        expiring,
    )
}


# -- one request in parts --------------------------------------------------------------


def naive_parts(figures, quantity, first, end, least, running, reach=None):
    """Units by bucket, each as early as can be; no part and no rest below `least`."""
    parts = [0] * len(figures)
    for t in range(first, end):
        wanted = quantity - sum(parts)
        earlier = parts if reach is None else parts[max(0, t - reach) : t]
        free = figures[t] - (sum(earlier) if running else 0)
        fitting = [
            take
            for take in range(1, wanted + 1)
            if take <= free
            and (take == wanted or (take >= least and wanted - take >= least))
        ]
        parts[t] = max(fitting, default=0)
    return parts
