"""The agenda knows what ends when, and believes the book, not itself."""

from __future__ import annotations

import numpy as np
import pytest

from omniroute.codes import ReservationState
from omniroute.kernels.stock.book import H_EXPIRES, H_STATE, HEAD_WIDTH
from omniroute.stock.agenda import Agenda


@pytest.fixture
def heads():
    """Ten holds that end at the seconds 0 to 9."""
    found = np.zeros((10, HEAD_WIDTH), np.int64)
    found[:, H_STATE] = ReservationState.SOFT
    found[:, H_EXPIRES] = np.arange(10)
    return found


def full(heads):
    agenda = Agenda()
    for number in (7, 3, 9, 1, 0, 2, 8, 4, 6, 5):
        agenda.add(int(heads[number, H_EXPIRES]), number)
    return agenda


def test_what_is_due_comes_by_second_then_number(heads):
    """Whatever the order in which it was noted."""
    heads[:, H_EXPIRES] //= 4
    agenda = full(heads)
    assert agenda.due(-1, heads).tolist() == []
    assert agenda.due(0, heads).tolist() == [0, 1, 2, 3]
    assert agenda.due(99, heads).tolist() == list(range(10))


def test_what_was_committed_released_or_extended_is_passed_over(heads):
    """It stays on the agenda, and nobody notices."""
    agenda = full(heads)
    heads[2, H_STATE] = ReservationState.FIRM
    heads[3, H_STATE] = ReservationState.RELEASED
    heads[4, H_EXPIRES] = 20
    agenda.add(20, 4)
    assert agenda.due(5, heads).tolist() == [0, 1, 5]
    assert agenda.due(20, heads).tolist() == [0, 1, 5, 6, 7, 8, 9, 4]
    assert len(agenda) == 11


def test_a_hold_extended_there_and_back_ends_once(heads):
    """Two entries, one end."""
    agenda = full(heads)
    agenda.add(4, 4)
    assert agenda.due(4, heads).tolist() == [0, 1, 2, 3, 4]


def test_seconds_are_forgotten_once_nothing_there_is_left_to_end(heads):
    """Not before, or a hold would last for ever."""
    agenda = full(heads)
    heads[:3, H_STATE] = ReservationState.EXPIRED
    agenda.forget(5, heads)
    assert len(agenda) == 7
    assert agenda.due(5, heads).tolist() == [3, 4, 5]
    assert agenda.all_open(heads).tolist() == [3, 4, 5, 6, 7, 8, 9]


def test_a_run_of_numbers_is_noted_at_once(heads):
    """As if each had been added."""
    heads[:, H_EXPIRES] = 5
    one, run = Agenda(), Agenda()
    for number in range(2, 9):
        one.add(5, number)
    run.add_run(5, 2, 9)
    assert run.due(5, heads).tolist() == one.due(5, heads).tolist() == [*range(2, 9)]


class Counted(list):
    """A heap that counts how often it is looked at."""

    looks = 0

    def __getitem__(self, place):
        self.looks += 1
        return super().__getitem__(place)

    def __iter__(self):
        self.looks += len(self)
        return super().__iter__()


def test_seconds_that_are_not_due_are_not_looked_at():
    """Else each second would cost as much as all of them."""
    count = 10_000
    heads = np.zeros((count, HEAD_WIDTH), np.int64)
    heads[:, H_STATE], heads[:, H_EXPIRES] = ReservationState.SOFT, np.arange(count)
    agenda = Agenda()
    for number in range(count):
        agenda.add(number, number)
    agenda._seconds = Counted(agenda._seconds)
    assert agenda.due(2, heads).tolist() == [0, 1, 2]
    assert agenda._seconds.looks < 20


@pytest.mark.parametrize("seed", range(20))
def test_any_number_of_seconds_at_once_is_as_one_by_one(seed):
    """Committed, released, extended there and back; nothing comes twice."""
    dice = np.random.default_rng(seed)
    heads = np.zeros((60, HEAD_WIDTH), np.int64)
    heads[:, H_STATE] = ReservationState.SOFT
    agenda = Agenda()
    for number in [*range(60), *dice.integers(0, 60, 60).tolist()]:
        heads[number, H_EXPIRES] = dice.integers(0, 30)
        agenda.add(int(heads[number, H_EXPIRES]), number)
    heads[dice.integers(0, 60, 20), H_STATE] = ReservationState.FIRM
    wanted = [
        number
        for second in range(30)
        for number in range(60)
        if heads[number, H_EXPIRES] == second
        and heads[number, H_STATE] == ReservationState.SOFT
    ]
    assert agenda.due(30, heads).tolist() == agenda.all_open(heads).tolist() == wanted
    done = wanted[: len(wanted) // 2]
    heads[done, H_STATE] = ReservationState.EXPIRED
    agenda.forget(30, heads)
    assert agenda.due(30, heads).tolist() == wanted[len(done) :]
    heads[wanted, H_STATE] = ReservationState.EXPIRED
    agenda.forget(30, heads)
    assert len(agenda) == 0
