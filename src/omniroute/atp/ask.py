"""A rule and timelines as the arrays that the kernels read."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    ATP_EXPIRING,
    ATP_FORWARD,
    ATP_LOOK_AHEAD,
    FOREVER,
    SHARE_ONE,
)
from omniroute.errors import ConfigurationError
from omniroute.kernels.phased import events as w
from omniroute.kernels.phased.events import LIST_ROWS, RULE_WORDS
from omniroute.kernels.phased.flow import flow_rows
from omniroute.kernels.phased.matrix import atp_matrix, atp_pegs
from omniroute.kernels.phased.pegs import PEG_ROWS
from omniroute.model.atp_rule import LEAD_TIME, AtpRule
from omniroute.model.buckets import DAY_S
from omniroute.model.timelines import Timelines

I8 = NDArray[np.int64]

#: Rules that pass shortages on: a demand that is short is served late, not never.
_SERVED_LATE = ("net", "net_plus_future", "cumulative", "look_ahead")


@attrs.frozen(eq=False)
class Ask:
    """Everything the kernels read but for the timelines, and their scratch memory.

    Parameters
    ----------
    words, share, usable, next_open
        The rule (see `kernels.phased.matrix.atp_matrix`).
    rows, listed, fates, pegs, flow
        Scratch.
    sets
        Which types of supply each class may use, and some others: see
        `kernels.phased.flow`.
    """

    words: I8
    share: I8
    usable: I8
    next_open: I8
    rows: I8
    listed: I8
    fates: I8
    pegs: I8
    sets: I8
    flow: I8

    def matrix(self, timelines: Timelines, out: I8) -> None:
        """Write what every cell can promise in every bucket."""
        atp_matrix(*self._arguments(timelines), out)  # type: ignore[call-arg]

    def one_cell(self, timelines: Timelines, c: int, out: I8) -> int:
        """Write what one cell can promise, and the matching; returns the pegs."""
        arguments = *self._arguments(timelines), out, c
        return int(atp_pegs(*arguments))  # type: ignore[arg-type]

    def _arguments(self, timelines: Timelines) -> tuple[I8, ...]:
        """Return what both kernels read, and their scratch memory."""
        return (
            timelines.events,
            timelines.pointer,
            timelines.cells,
            self.words,
            self.share,
            self.usable,
            self.next_open,
            self.rows,
            self.listed,
            self.fates,
            self.pegs,
            self.sets,
            self.flow,
        )


def ask_of(
    timelines: Timelines, rule: AtpRule, today: int, at_confidence: int = 0
) -> Ask:
    """Return what the kernels read of a rule.

    Parameters
    ----------
    timelines
        What is asked about.
    rule
        The rule.
    today
        Bucket of today since the calendar's origin.
    at_confidence
        Least find probability of a cell that counts, in 1/10,000.
    """
    most = timelines.most_events
    asked, usable = _usable(timelines, rule)
    words = _words(timelines, rule, today, at_confidence, asked)
    if rule.number == ATP_LOOK_AHEAD:
        words[w.W_LIMITED] = not usable.all()
        # Where every class may use whatever there is, it does not matter who asks.
        words[w.W_ASKED] = asked if words[w.W_LIMITED] else -1
    sets, flow, pegs = _flow(words, usable, most)
    return Ask(
        words,
        _shares(timelines, rule),
        usable,
        _next_open(timelines, rule, today),
        np.empty((2, rule.horizon_days), np.int64),
        np.empty((LIST_ROWS, most + 1), np.int64),
        np.empty(most, np.int64),
        np.empty((PEG_ROWS, pegs), np.int64),
        sets,
        flow,
    )


def _flow(words: I8, usable: I8, most: int) -> tuple[I8, I8, int]:
    """Return who may use what, scratch, and the most pegs there can be."""
    if not words[w.W_LIMITED]:
        return np.empty((0, 0), np.int64), np.empty((0, 0), np.int64), 2 * most + 2
    types = usable.shape[1]
    everything, asked = np.ones(types, np.int64), words[w.W_ASKED]
    mine = everything if asked < 0 else usable[asked]
    on_hand = np.zeros(types, np.int64)
    on_hand[0] = 1
    sets = np.vstack([usable, mine, mine if mine[0] else on_hand, everything])
    rows = flow_rows(types, len(sets))
    flow = np.empty((rows, int(words[w.W_HORIZON])), np.int64)
    return sets, flow, (types + 1) * (most + 1)


def _words(
    timelines: Timelines, rule: AtpRule, today: int, at_confidence: int, asked: int
) -> I8:
    words = np.zeros(RULE_WORDS, np.int64)
    words[w.W_RULE] = rule.number
    words[w.W_TODAY] = today
    words[w.W_HORIZON] = rule.horizon_days
    words[w.W_LATE_SUPPLY] = _or_forever(rule.past_due_supply_days)
    words[w.W_LATE_DEMAND] = _or_forever(rule.past_due_demand_days)
    words[w.W_SUPPLY_OFFSET] = rule.delayed_supply_offset_days
    words[w.W_DEMAND_OFFSET] = rule.delayed_demand_offset_days
    fence = rule.infinite_supply_fence_days
    words[w.W_FENCE] = -1 if fence == LEAD_TIME else _or_forever(fence)
    words[w.W_CLOSED_DAYS] = _has_closed_days(rule)
    words[w.W_SHARED] = bool(rule.confidence) or _scale(rule) > 1
    words[w.W_SCALE] = _scale(rule)
    words[w.W_ASKED] = asked
    words[w.W_FORWARD] = _forward(rule)
    words[w.W_WINDOW] = _or_forever(rule.accumulation_window_days)
    words[w.W_CARRY] = rule.carry_negative
    words[w.W_CLAMP] = rule.clamped
    words[w.W_FIND] = at_confidence
    words[w.W_EXPIRES] = timelines.expires
    words[w.W_MATCH_UNTIL] = rule.number == ATP_EXPIRING
    words[w.W_BUCKET_S] = timelines.buckets.length_s
    words[w.W_ORIGIN_S] = timelines.buckets.origin_s
    return words


def _or_forever(days: Any) -> int:
    return FOREVER if days is None else int(days)


def _scale(rule: AtpRule) -> int:
    return SHARE_ONE if rule.fractions == "keep" else 1


def _has_closed_days(rule: AtpRule) -> bool:
    return rule.working_days is not None or bool(rule.closed_dates)


def _forward(rule: AtpRule) -> int:
    """Days after its own in which a receipt may serve a demand; -1: no later one may."""
    days = rule.forward_consumption_days
    if rule.number == ATP_FORWARD:
        return _or_forever(days)
    if rule.number == ATP_EXPIRING and days is not None:
        return days
    return FOREVER if rule.name in _SERVED_LATE or rule.carry_negative else -1


def _shares(timelines: Timelines, rule: AtpRule) -> I8:
    shares = rule.shares
    return np.array(
        [shares.get(name, SHARE_ONE) for name in timelines.supply_types], np.int64
    )


def _usable(timelines: Timelines, rule: AtpRule) -> tuple[int, I8]:
    """Return the class that asks by number, -1 if it may use all; who may use what."""
    classes, types = list(timelines.demand_classes), timelines.supply_types
    allowed = dict(rule.considerations)
    asked = -1
    if rule.demand_class in allowed:
        if rule.demand_class not in classes:
            classes.append(rule.demand_class)
        asked = classes.index(rule.demand_class)
    rows = [[name in allowed.get(one, types) for name in types] for one in classes]
    return asked, np.array(rows, np.int64)


def _next_open(timelines: Timelines, rule: AtpRule, today: int) -> I8:
    if not _has_closed_days(rule):
        return np.empty(0, np.int64)
    calendar = timelines.buckets
    if calendar.length_s != DAY_S:
        expected = "no working days where buckets are not days"
        raise ConfigurationError("rule.working_days", expected, rule.working_days)
    first = calendar.label(today)
    assert isinstance(first, date)
    return rule.next_open(first)
