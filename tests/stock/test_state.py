"""The state changes through one door, whole batches at a time, and can prove itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniroute.codes import P_FREE, P_SOFT, QUANTITY_MAX, Effect, ReservationState
from omniroute.errors import InvariantError, ValidationError
from omniroute.kernels.stock.book import C_NOW, H_STATE, L_NEXT, L_OPEN, L_SHIPPED
from omniroute.stock import decide, effects
from omniroute.stock.agenda import Agenda
from omniroute.stock.all_or_none import apply_cells
from omniroute.stock.effects import EffectBatch, stock, tick
from omniroute.stock.state import State
from tests.naive.stock import NaiveStock
from tests.stock.knobs import tiny_knobs

SKUS, NODES = [f"S{i}" for i in range(4)], [f"N{i}" for i in range(6)]


def small():
    """Ten of S1 at N2, three of them held by A until 60."""
    state = State(NODES, SKUS)
    state.apply(EffectBatch([stock(Effect.RECEIVE, 1, 2, 10, 0), tick(5)]))
    state.apply(decide.reserve(state, "A", [(1, 2, 3)], now=5, expires_s=60))
    return state


def text(what, number, *texts, place=0):
    return EffectBatch([effects.intern(what, number, place)], texts)


BAD = {
    "unknown kind": EffectBatch([(99, 0, 0, 0, 0, 0, 0, 0)]),
    "SKU beyond the catalogue": EffectBatch([stock(Effect.SELL, 4, 0, 1, 0)]),
    "SKU below zero": EffectBatch([stock(Effect.SELL, -1, 0, 1, 0)]),
    "node beyond the network": EffectBatch([stock(Effect.SELL, 0, 6, 1, 0)]),
    "node beyond the network, last SKU": EffectBatch([stock(Effect.SELL, 3, 6, 1, 0)]),
    "node below zero": EffectBatch([stock(Effect.SELL, 0, -1, 1, 0)]),
    "quantity beyond a cell": EffectBatch([stock(Effect.RECEIVE, 1, 2, 2**31 - 10, 0)]),
    "time going back": EffectBatch([tick(4)]),
    "line for nobody": EffectBatch([effects.line(9, 1, 2, 1, 5)]),
    "more back than held": EffectBatch([effects.unline(0, 1, 2, 4, 5)]),
    "back from a cell never made": EffectBatch([effects.unline(0, 3, 3, 1, 5)]),
    "an end that holds stock": EffectBatch(
        [effects.resolve(0, ReservationState.RELEASED, 5)]
    ),
    "an end that is none": EffectBatch(
        [effects.unline(0, 1, 2, 3, 5), effects.resolve(0, ReservationState.FIRM, 5)]
    ),
    "hold without a name": EffectBatch([effects.hold(1, [], 5)[1]]),
    "name without a hold": text(Effect.INTERN_RESERVATION, 1, "B"),
    "name taken": EffectBatch(effects.hold(1, [], 5), ["A"]),
    "number taken": EffectBatch(effects.hold(0, [], 5), ["B"]),
    "one name twice": EffectBatch(
        [*effects.hold(1, [], 5), *effects.hold(2, [], 5)], ["B"]
    ),
    "expiry below zero": EffectBatch(effects.hold(1, [], 5, expires_s=-1), ["B"]),
    "text that is not there": text(Effect.INTERN_SKU, 0),
    "text before the first": text(Effect.INTERN_SKU, 0, "S0", place=-1),
    "SKU of another state": text(Effect.INTERN_SKU, 0, "S1"),
    "node of another state": text(Effect.INTERN_NODE, 0, "N1"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_batch_that_cannot_be_changes_nothing(name):
    """Behind two good rows, the bad one takes them back; the error has a path."""
    state = small()
    before = state.digest(), state.arena.sku_version.tolist()
    good = EffectBatch([stock(Effect.RECEIVE, 2, 3, 7, 5), tick(6)])
    if name == "time going back":
        good = EffectBatch([stock(Effect.RECEIVE, 2, 3, 7, 5)])
    with pytest.raises(ValidationError, match="effects"):
        state.apply(effects.concat([good, BAD[name]]))
    assert (state.digest(), state.arena.sku_version.tolist()) == before
    assert len(state.book.ids) == 1
    state.check()


def test_the_error_names_the_row_and_shows_it():
    """So that a journal can be mended."""
    rows = [stock(Effect.RECEIVE, 0, 0, 1, 0), stock(Effect.SAFETY, 0, 0, 2**40, 0)]
    with pytest.raises(ValidationError, match=r"effects\[1\]: .*1099511627776"):
        State(NODES, SKUS).apply(EffectBatch(rows))


def test_interned_names_that_agree_are_accepted():
    """A state takes its own journal back as it is."""
    state = small()
    digest = state.digest()
    state.apply(text(Effect.INTERN_SKU, 1, "S1"))
    state.apply(text(Effect.INTERN_NODE, 2, "N2"))
    assert state.digest() == digest


def test_a_batch_that_cannot_be_written_applies_all_the_same():
    """As one out of a log does."""
    state, other = small(), small()
    batch = EffectBatch([stock(Effect.COUNT, 1, 2, 4, 5)])
    batch.rows.flags.writeable = False
    state.apply(batch)
    other.apply(EffectBatch(batch.rows.copy()))
    assert state.digest() == other.digest()


def test_time_moves_by_ticks_only():
    """Other effects carry a time and do not move it."""
    state = State(NODES, SKUS)
    state.apply(EffectBatch([stock(Effect.RECEIVE, 0, 0, 1, 99)]))
    assert state.now == 0
    state.apply(EffectBatch([tick(7), tick(7)]))
    assert state.now == 7


def test_a_batch_many_times_the_room_applies():
    """Cells and book grow to what one batch needs."""
    with tiny_knobs():
        state = State(NODES, SKUS)
        lines = [(sku, node, 1) for sku in range(4) for node in range(6)]
        rows = [stock(Effect.RECEIVE, *line, 0) for line in lines[::-1]]
        orders = [
            EffectBatch(effects.hold(number, lines, 0), [str(number)])
            for number in range(5)
        ]
        state.apply(effects.concat([EffectBatch(rows), *orders]))
        state.check()
    assert state.arena.cells == 24
    assert len(state.book) == 5


def test_rows_a_kernel_has_applied_are_adopted():
    """Adopting names the reservations and puts holds on the agenda."""
    state, other = small(), small()
    lines = [(1, 2, 1)]
    batch = EffectBatch(effects.hold(1, lines, 5, expires_s=70), ["B"])
    state.apply(batch)
    apply_cells(other, batch.rows)
    other.adopt(["B"])
    other.check()
    assert other.digest() == state.digest()
    assert other.book.due(70).tolist() == [0, 1]


def test_as_many_names_are_adopted_as_were_opened():
    """Else every later reservation would have the name of another."""
    state = small()
    apply_cells(state, EffectBatch(effects.hold(1, [], 5)).rows)
    for names in ([], ["B", "C"]):
        with pytest.raises(AssertionError):
            state.adopt(names)


def test_skus_added_later_count_from_then_on():
    """The digest does not see an empty SKU; events for it apply."""
    state = small()
    digest = state.digest()
    state.add_skus(["X"], [2])
    assert state.digest() == digest
    state.apply(EffectBatch([stock(Effect.RECEIVE, 4, 0, 5, 5)]))
    state.check()
    assert state.arena.sku_free[4] == 5


FACT = st.tuples(
    st.sampled_from(["receive", "adjust", "count", "sell", "safety"]),
    st.integers(0, 3),
    st.integers(0, 5),
    st.integers(0, 9),
)


@given(st.lists(FACT, max_size=20), st.randoms())
def test_the_digest_does_not_see_layout_or_numbering(facts, random):
    """Another order of the catalogue and other batches give the digest of the twin."""
    twin = NaiveStock()
    for what, sku, node, quantity in facts:
        twin.fact(what, SKUS[sku], NODES[node], quantity)
    skus, nodes = list(SKUS), list(NODES)
    random.shuffle(skus)
    random.shuffle(nodes)
    with tiny_knobs():
        state = State(nodes, skus)
        for what, sku, node, quantity in facts:
            numbers = skus.index(SKUS[sku]), nodes.index(NODES[node])
            row = stock(Effect[what.upper()], *numbers, quantity, 0)
            state.apply(EffectBatch([row]))
        state.arena.compact()
    state.check()
    assert state.digest() == twin.digest()


@given(st.lists(FACT, max_size=12), st.randoms())
def test_deltas_commute(facts, random):
    """Receipts, corrections and sales give one digest in any order."""
    deltas = [fact for fact in facts if fact[0] in ("receive", "adjust", "sell")]
    digests = set()
    for _ in range(2):
        state = State(NODES, SKUS)
        rows = [stock(Effect[what.upper()], *cell, 0) for what, *cell in deltas]
        state.apply(EffectBatch(rows))
        digests.add(state.digest())
        random.shuffle(deltas)
    assert len(digests) == 1


def test_every_fact_shows_in_the_digest():
    """Changing any one of them changes it."""

    def digest(
        on_hand=9, safety=1, quantity=2, expires=60, now=5, id="A", prints=(0, 0)
    ):
        state = State(NODES, SKUS)
        rows = [stock(10, 1, 2, on_hand, 0), stock(14, 1, 2, safety, 0), tick(now)]
        state.apply(EffectBatch(rows))
        held = {
            "expires_s": expires,
            "print_lines": prints[0],
            "print_terms": prints[1],
        }
        lines = [(1, 2, quantity)]
        state.apply(decide.reserve(state, id, lines, now=now, **held))
        return state.digest()

    changed = [
        digest(),
        digest(on_hand=8),
        digest(safety=2),
        digest(quantity=3),
        digest(expires=61),
        digest(expires=0),
        digest(now=6),
        digest(id="B"),
        digest(prints=(1, 0)),
        digest(prints=(0, 1)),
    ]
    assert len(set(changed)) == len(changed)
    assert all(len(each) == 32 and int(each, 16) for each in changed)


def spoil_free(state):
    state.arena.planes[P_FREE, state.arena.find(1, 2)] += 1


def spoil_sku_free(state):
    state.arena.sku_free[0] += 1


def spoil_soft(state):
    at = state.arena.find(1, 2)
    state.arena.planes[P_SOFT, at] += 1
    state.arena.planes[P_FREE, at] -= 1
    state.arena.sku_free[1] -= 1


def spoil_order(state):
    state.apply(EffectBatch([stock(Effect.RECEIVE, 1, 1, 4, 5)]))
    start = state.arena.rows[1, 0]
    state.arena.cell_node[start : start + 2] = [2, 1]


def spoil_node(state):
    state.arena.cell_node[state.arena.find(1, 2)] = 6


def spoil_rows(state):
    state.apply(EffectBatch([stock(Effect.RECEIVE, 2, 1, 0, 5)]))
    state.arena.rows[2, 0] = state.arena.rows[1, 0]


def spoil_length(state):
    state.arena.rows[0, 1] = 1


def spoil_open(state):
    state.book.lines[0, L_OPEN] = 9


def spoil_state(state):
    state.book.heads[0, H_STATE] = ReservationState.EXPIRED


def spoil_agenda(state):
    state.book.agenda = Agenda()


def spoil_time(state):
    state.book.counters[C_NOW] = 60


def spoil_chain(state):
    state.book.lines[0, L_NEXT] = 0


def spoil_shipped(state):
    state.book.lines[0, L_SHIPPED] = 4


def spoil_line(state):
    state.book.lines[0, 0] = 4


def spoil_names(state):
    state.book.ids.add("B")


SPOILS = [value for name, value in list(globals().items()) if name.startswith("spoil_")]


@pytest.mark.parametrize("spoil", SPOILS)
def test_check_finds_what_is_spoilt(spoil):
    """Each thing kept incrementally is compared with its rebuild."""
    state = small()
    state.check()
    spoil(state)
    with pytest.raises(InvariantError):
        state.check()


def test_a_failed_check_tells_the_digest():
    """So that a report can be matched with a journal."""
    state = small()
    spoil_free(state)
    with pytest.raises(InvariantError, match=r"off \[state [0-9a-f]{32}\]") as caught:
        state.check()
    assert caught.value.digest == state.digest()


def test_a_cell_may_hold_the_largest_quantity():
    """The limit itself is allowed; one more is not."""
    state = State(NODES, SKUS)
    state.apply(EffectBatch([stock(Effect.RECEIVE, 0, 0, QUANTITY_MAX, 0)]))
    with pytest.raises(ValidationError):
        state.apply(EffectBatch([stock(Effect.RECEIVE, 0, 0, 1, 0)]))
    assert state.arena.sku_free[0] == QUANTITY_MAX


def test_the_network_figure_does_not_wrap_at_int32():
    """Sums over cells are int64."""
    state = State(NODES, SKUS)
    rows = [stock(Effect.RECEIVE, 0, node, QUANTITY_MAX, 0) for node in range(6)]
    state.apply(EffectBatch(rows))
    assert state.arena.sku_free[0] == 6 * QUANTITY_MAX
    state.check()


def test_bytes_are_those_of_its_parts():
    """The figure the benchmark divides by the cells."""
    state = small()
    parts = state.arena, state.book, state.supply, state.memory, state.find
    assert state.nbytes == sum(part.nbytes for part in parts)
    assert state.book.counters[C_NOW] == state.now
    assert isinstance(state.arena.nbytes, int | np.integer)
