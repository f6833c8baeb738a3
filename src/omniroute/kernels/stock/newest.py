"""Facts that replace others, told late: which of them is the newest.

A fact is about a *subject*: on hand of a cell, its safety stock, the due time of a
delivery. What a source tells under its own numbers is compared with what the same source
told about the same subject, a *pair*; what says when it happened with the subject itself.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import (
    E_AUX,
    E_QUANTITY,
    E_TIME,
    E_WHAT,
    Effect,
)
from omniroute.kernels.arrays import I8
from omniroute.kernels.stock.settle import is_on_hand
from omniroute.kernels.table import EMPTY, place_of, value_of

#: A number, or a time, before all others.
NONE = -(2**62)

_COUNT, _SAFETY = int(Effect.COUNT), int(Effect.SAFETY)
_RESCHEDULE = int(Effect.RESCHEDULE)
_SELL, _SHIP = int(Effect.SELL), int(Effect.SHIP)


@kernel()
def replaces(what: int) -> bool:
    """Whether a fact says what is, whatever was before."""
    return bool(what in (_COUNT, _SAFETY, _RESCHEDULE))


@kernel()
def said_time(effects: I8, i: int) -> int:
    """When a fact happened by its own account; 0 where unsaid."""
    if effects[i, E_WHAT] == _RESCHEDULE:
        return int(effects[i, E_QUANTITY])
    return int(effects[i, E_AUX])


@kernel()
def added(effects: I8, i: int) -> int:
    """What a fact that replaces nothing adds to on hand."""
    change = int(effects[i, E_QUANTITY])
    return -change if effects[i, E_WHAT] in (_SELL, _SHIP) else change


@kernel("i8[] i8[] i8[] i8[] i8[] i8[] i8[] i8[] i8[]")
def open_pairs(
    pairs: I8,
    slots: I8,
    marks: I8,
    tops: I8,
    heads: I8,
    mark_keys: I8,
    mark_values: I8,
    top_keys: I8,
    top_values: I8,
) -> None:
    """Give every pair a slot: its newest replacing number, newest other, empty chain."""
    for i in range(pairs.size):
        if pairs[i] < 0:
            continue
        at = place_of(slots, pairs[i])
        if slots[at] == EMPTY:
            slots[at] = pairs[i]
            heads[at] = -1
            marks[at] = value_of(mark_keys, mark_values, pairs[i], NONE)
            tops[at] = value_of(top_keys, top_values, pairs[i], NONE)


@kernel("i8[] i8[] i8[,]")
def chain_told(slots: I8, heads: I8, links: I8) -> int:
    """Chain what pairs in ``slots`` told before; links columns 1 to 4 hold it.

    Pair, number, time, change. Returns the first free link. ``heads`` and ``links``
    column 0 are modified in place.
    """
    told = 0
    while told < links.shape[0] and links[told, 1] != EMPTY:
        at = place_of(slots, links[told, 1])
        if slots[at] != EMPTY:
            links[told, 0] = heads[at]
            heads[at] = told
        told += 1
    return told


@kernel()
def overtaken_at(number: int, place: int, heads: I8, links: I8) -> int:
    """Return when the first that has a higher number than this arrived."""
    first = 2**62
    at = heads[place]
    while at >= 0:
        if links[at, 2] > number:
            first = min(first, int(links[at, 3]))
        at = links[at, 0]
    return first


@kernel()
def own_part(number: int, when: int, place: int, heads: I8, links: I8) -> int:
    """Return what the source's numbers add to a count that is dated ``when``.

    What arrived after ``when`` comes on top whoever told it. Of the source's own, what
    has a higher number does so though it arrived then; what has a lower one does not.
    """
    total = 0
    at = heads[place]
    while at >= 0:
        if links[at, 2] > number and links[at, 3] <= when:
            total += links[at, 4]
        elif links[at, 2] < number and links[at, 3] > when:
            total -= links[at, 4]
        at = links[at, 0]
    return total


@kernel("i8[,] i8[] i8[] i8[] i8[] i8[] i8[] i8[] i8[,] i8 i8[]")
def judge_numbers(
    effects: I8,
    pairs: I8,
    numbers: I8,
    floors: I8,
    slots: I8,
    marks: I8,
    tops: I8,
    heads: I8,
    links: I8,
    first: int,
    late: I8,
) -> None:
    """Decide by the numbers of sources which rows are late, and mend overtaken counts.

    A count that was overtaken by changes of its own source is dated when the first of
    them arrived, and gets what they make of it.

    Parameters
    ----------
    effects
        int64[n, 8]. E_QUANTITY and E_AUX of overtaken counts are modified in place.
    pairs
        int64[n]: subject and source of each row, -1 for a row that has no number.
    numbers, floors
        int64[n]: the row's number; up to which of its source's numbers changes may have
        been forgotten.
    slots, marks, tops, heads
        int64[m], one place a pair: the pair, its newest number that replaced, its newest
        of another kind, the head of its chain. The latter three modified in place.
    links
        int64[k, 5]: next in chain, pair, number, time, change. Modified in place from
        ``first`` on.
    late
        int64[n], written: 1 where the row must not be applied.
    """
    for i in range(effects.shape[0]):
        if pairs[i] < 0:
            continue
        what, number = effects[i, E_WHAT], numbers[i]
        place = place_of(slots, pairs[i])
        # What says when it happened goes by that; see `judge_times` and `settle`.
        timed = said_time(effects, i) != 0
        if not timed and number < marks[place]:
            late[i] = 1
        elif not replaces(what):
            if not timed:
                link = first + i
                links[link, 0] = heads[place]
                links[link, 1], links[link, 2] = pairs[i], number
                links[link, 3], links[link, 4] = effects[i, E_TIME], added(effects, i)
                heads[place] = link
                tops[place] = max(tops[place], number)
        elif what != _COUNT or timed:
            marks[place] = max(marks[place], number)
        elif number <= floors[i]:
            late[i] = 1
        else:
            marks[place] = number
            if number < tops[place]:
                when = overtaken_at(number, place, heads, links)
                effects[i, E_QUANTITY] += own_part(number, when, place, heads, links)
                effects[i, E_AUX] = when


@kernel("i8[,] i8 i8[]")
def subjects_of(effects: I8, nodes: int, subjects: I8) -> None:
    """Write the subject of each row, -1 for one that is no fact. See the module."""
    for i in range(effects.shape[0]):
        what = effects[i, E_WHAT]
        cell = effects[i, 1] * nodes + effects[i, 2]
        subjects[i] = -1
        if what == _SAFETY:
            subjects[i] = 4 * cell + 1
        elif what == _RESCHEDULE:
            subjects[i] = 4 * effects[i, 4] + 2
        elif is_on_hand(what):
            subjects[i] = 4 * cell


@kernel("i8[] i8[] i8[] i8[] i8[]")
def open_subjects(
    subjects: I8, slots: I8, newest: I8, cut_keys: I8, cut_values: I8
) -> None:
    """Give every subject a slot with the newest time that a fact about it said."""
    for i in range(subjects.size):
        if subjects[i] < 0:
            continue
        at = place_of(slots, subjects[i])
        if slots[at] == EMPTY:
            slots[at] = subjects[i]
            newest[at] = value_of(cut_keys, cut_values, subjects[i], NONE)


@kernel("i8[] i8[] i8[] i8[]")
def raise_newest(slots: I8, newest: I8, subjects: I8, times: I8) -> None:
    """Let facts that said no time be as new as their arrival."""
    for j in range(subjects.size):
        at = place_of(slots, subjects[j])
        if slots[at] != EMPTY:
            newest[at] = max(newest[at], times[j])


@kernel("i8[,] i8[] i8 i8[] i8[] i8[]")
def judge_times(
    effects: I8, subjects: I8, floor: int, slots: I8, newest: I8, late: I8
) -> None:
    """Decide by time which facts about safety stock and due times are late.

    Parameters
    ----------
    effects
        int64[n, 8].
    subjects
        int64[n]: of each row, -1 for one that is not judged.
    floor
        What replaced something before this time may have been forgotten.
    slots, newest
        int64[m], one place a subject: the subject, and when the newest fact about it
        happened. The latter is modified in place.
    late
        int64[n], written: 1 where the row must not be applied.
    """
    for i in range(effects.shape[0]):
        if subjects[i] < 0:
            continue
        said, place = said_time(effects, i), place_of(slots, subjects[i])
        if said != 0 and (said < newest[place] or said < floor):
            late[i] = 1
            continue
        when = said if said != 0 else effects[i, E_TIME]
        newest[place] = max(newest[place], when)
