"""An order of a pool: what it wants, where it stands, and what is known of better."""

from __future__ import annotations

from collections.abc import Sequence

from omniroute.kernels.order.layout import (
    O_BOUND,
    O_OBJECTIVE,
    O_PICKS,
    O_SHORT,
    O_TRANSIT,
)
from omniroute.model.order import Order
from omniroute.routing.ask import Ask
from omniroute.routing.decide import is_sure_of_units
from omniroute.routing.pool.bench import Bench, Take
from omniroute.routing.pool.places import Worked
from omniroute.stock.workload import WorkDay


class Choice:
    """A plan of a member that serves all it holds, and what it takes."""

    __slots__ = ("answer", "money", "takes", "work")

    def __init__(
        self, answer: list[int], takes: Sequence[Take], work: Worked | None = None
    ) -> None:
        self.answer = answer
        self.takes = tuple(takes)
        #: What it is for nodes that have capacity.
        self.work: Worked = work or {}
        #: What is minimised, in 1/10,000 of the currency unit.
        self.money = answer[O_OBJECTIVE]

    def more_than(self, other: Choice) -> tuple[Take, ...]:
        """Return what it takes beyond what another one takes."""
        theirs = dict(other.takes)
        rest = ((at, quanta - theirs.get(at, 0)) for at, quanta in self.takes)
        return tuple((at, quanta) for at, quanta in rest if quanta > 0)

    @property
    def needs(self) -> tuple[tuple[int | WorkDay, int], ...]:
        """What it takes: of cells by their position, and of the work of nodes."""
        return (*self.takes, *self.work.items())

    @property
    def transit(self) -> int:
        """Latest arrival, as transit is counted."""
        return self.answer[O_TRANSIT]


class Member:
    """One order of the pool.

    Parameters
    ----------
    place
        Place in the pool.
    order
        For what it holds: the quantities are those.
    ask
        The same in words.
    stands
        How it is served now.
    floor
        What no plan of it counts less than, whatever is asked.
    """

    __slots__ = (
        "alone",
        "ask",
        "bound",
        "floor",
        "now",
        "order",
        "place",
        "stands",
        "undivided",
    )

    def __init__(
        self, place: int, order: Order, ask: Ask, stands: Choice, floor: int = 0
    ) -> None:
        self.place, self.order, self.ask = place, order, ask
        self.stands, self.floor = stands, floor
        #: How it would be served after all.
        self.now = stands
        #: The best for it if the pool's stock were its own; None: not asked yet.
        self.alone: Choice | None = None
        #: No plan it may have is below this, wherever the others are.
        self.bound = floor
        #: Lines of several quanta that some node could send whole: not split anew.
        self.undivided: frozenset[int] = frozenset()

    @property
    def gap(self) -> int:
        """How much better it might yet be served."""
        return self.now.money - self.bound


def cheaper(a: Choice | None, b: Choice) -> Choice:
    """Return the cheaper plan; of equals the second."""
    return b if a is None or b.money <= a.money else a


def choice_of(bench: Bench, ask: Ask, answer: list[int]) -> Choice | None:
    """Return the plan an answer is; None where it does not serve everything."""
    if answer[O_SHORT] or not answer[O_PICKS]:
        return None
    takes = [
        (bench.position(sku, node), quanta)
        for sku, node, quanta in bench.router.drawn(ask, answer)
    ]
    work = bench.places.work_of(ask, answer) if bench.places else None
    return Choice(answer, takes, work)


def bound_of(answer: list[int], member: Member) -> int:
    """Return what no plan is below: one such as was asked for, or what stands.

    Parameters
    ----------
    answer
        To the question on the pool's stock.
    member
        May stay as it stands, whatever rules new plans keep.
    """
    stands = member.stands
    if not answer[O_SHORT] and answer[O_PICKS]:
        return min(answer[O_BOUND], stands.money)
    if is_sure_of_units(answer):
        return stands.money
    return member.floor
