"""What `check` finds that no other figure shows: indexes of what there is."""

from __future__ import annotations

import pytest

import omniroute as om
from omniroute.errors import InvariantError
from omniroute.kernels.stock.book import H_STATE


def full():
    """A cell that never runs short, a promise for later, some reservations."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    engine = om.Engine(
        om.Network([om.Node("N1"), om.Node("N2")], [ground]),
        [om.Item("A"), om.Item("B")],
        clock=lambda: 1_000,
    )
    engine.apply([om.Receive("A", "N1", 9), om.Receive("B", "N1", 9)])
    engine.set_oversell([om.OversellRule("ignore", sku="B", node="N2")])
    engine.reserve({("A", "N1"): 2}, id="R1", ttl=60)
    engine.reserve({("A", "N1"): 2}, id="R2", due=2_000)
    engine.reserve({("B", "N1"): 2}, id="R3")
    engine.release("R3")
    engine.check()
    return engine.state


def swap(numbers, one, other):
    numbers[one], numbers[other] = numbers[other], numbers[one]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda s: s.aside.endless.clear(),
        lambda s: s.aside.endless.setdefault(0, set()).add(0),
        lambda s: s.dated._seconds.clear(),
        lambda s: s.book.heads.__setitem__((2, H_STATE), 99),
        lambda s: s.book.heads.__setitem__((2, H_STATE), 0),
        lambda s: s.book.ids.numbers.pop("R1"),
        lambda s: swap(s.book.ids.numbers, "R1", "R2"),
        lambda s: swap(s.catalogue.skus.numbers, "A", "B"),
        lambda s: s.catalogue.nodes.numbers.__setitem__("N3", 1),
    ],
)
def test_check_finds_an_index_that_is_off(spoil):
    state = full()
    spoil(state)
    with pytest.raises(InvariantError):
        state.check()
