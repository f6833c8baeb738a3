"""How a case is played: by the facts it hands in, never by which case it is.

A play says which facts it reads; a case with just these facts is played by it, and what
it answers is compared with what the case expects. The plays are small: whatever decides
is the library.
"""

from __future__ import annotations

from typing import NamedTuple


class Play(NamedTuple):
    """Facts that have to be there, facts that may, and what answers."""

    needs: frozenset
    may: frozenset
    answer: object
    fits: object


PLAYS = []


def reads(needs, may="", fits=lambda facts: True):
    """Register a play for cases with these facts."""

    def register(answer):
        found = Play(frozenset(needs.split()), frozenset(may.split()), answer, fits)
        PLAYS.append(found)
        return answer

    return register


def play_of(facts):
    """The one play that reads these facts, or None."""
    names = set(facts)
    found = [
        play
        for play in PLAYS
        if play.needs <= names <= play.needs | play.may and play.fits(facts)
    ]
    assert len(found) <= 1, names
    return found[0] if found else None


def played(facts, asked):
    """What the library answers to a case; ``asked`` is what is expected of it."""
    play = play_of(facts)
    return play.answer(facts, asked)


class Whole(dict):
    """An answer by name that may not say more than is expected."""


def lacks(answer, asked):
    """What of the expected is not in the answer, by path; a dict may say more."""
    if isinstance(asked, dict) and isinstance(answer, dict):
        more = answer.keys() - asked.keys() if isinstance(answer, Whole) else ()
        return [f"{name} not expected" for name in more] + [
            f"{name}{path}"
            for name, value in asked.items()
            for path in (
                lacks(answer[name], value) if name in answer else [" not answered"]
            )
        ]
    lists = isinstance(asked, list) and isinstance(answer, list)
    if lists and len(asked) == len(answer):
        each = enumerate(zip(answer, asked, strict=True))
        return [f"[{k}]{path}" for k, pair in each for path in lacks(*pair)]
    return [] if answer == asked else [f": expected {asked!r}, found {answer!r}"]
