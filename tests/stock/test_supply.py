"""Unavailable units, inbound supply and transfers, as a planner would check them."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

import omniroute as om
from omniroute.codes import QUANTITY_MAX
from omniroute.errors import InvariantError
from omniroute.kernels.stock.supply import N_OPEN

DUE = datetime(2026, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 2, 1, tzinfo=UTC)


def shop(**settings):
    """Two stores, bolts in whole units and rope by the centimetre."""
    network = om.Network(
        [om.Node("N1"), om.Node("N2")],
        [om.Service("ground", "ship", om.RateCard.flat(5))],
    )
    items = [om.Item("BOLT"), om.Item("ROPE", decimals=2)]
    clock = settings.pop("clock", NOW.timestamp)
    return om.Engine(network, items, clock=clock, journal=True, **settings)


@pytest.fixture
def engine():
    """Forty bolts at N1; afterwards, what is kept up adds up and replays."""
    made = shop()
    made.apply(om.Receive("BOLT", "N1", 40))
    yield made
    made.check()
    twin = om.Engine(made.network, made.items[::-1], clock=lambda: 0)
    twin.replay(made.log)
    twin.check()
    assert twin.digest() == made.digest()


def test_fluent_quantities(engine):
    """E32: last on hand 150, a batch says 170; an order of 3; picked, counted once."""
    engine.apply(om.Count("BOLT", "N1", 150))
    engine.apply(om.Count("BOLT", "N1", 170))
    assert engine.stock("BOLT", "N1").on_hand == 170
    order = om.Order({"BOLT": 3}, om.Destination(postcode="55425"), id="A-1")
    engine.place(order)
    assert engine.stock("BOLT", "N1").free == 167
    engine.apply(om.Sell("BOLT", "N1", 3))
    engine.release("A-1")
    cell = engine.stock("BOLT", "N1")
    assert (cell.on_hand, cell.firm, cell.free) == (167, 0, 167)


def test_hotwax_online_atp(engine):
    """E33, as far as it goes: 100 less reserved 5, safety 5, excluded 5 leaves 85."""
    engine.apply(om.Count("BOLT", "N1", 100))
    engine.apply(om.Move("BOLT", "N1", 5, "on_hand", "excluded"))
    engine.apply(om.Safety("BOLT", "N1", 5))
    order = om.Order({"BOLT": 5}, om.Destination(postcode="55425"), id="A-1")
    engine.place(order)
    assert engine.available_to_promise("BOLT", "N1") == 85


MOVES = [
    # from, to, units, on hand, damaged, quality hold
    ("on_hand", "damaged", 3, 37, 3, 0),
    ("damaged", "quality_hold", 2, 37, 1, 2),
    ("quality_hold", "on_hand", 2, 39, 1, 0),
]


def test_units_move_between_states(engine):
    """Step by step; the units at the node stay the same."""
    for start, end, units, on_hand, damaged, held in MOVES:
        engine.apply(om.Move("BOLT", "N1", units, start, end))
        cell = engine.stock("BOLT", "N1")
        assert cell.on_hand == on_hand
        assert cell.unavailable.get("damaged", 0) == damaged
        assert cell.unavailable.get("quality_hold", 0) == held
        assert cell.on_hand + sum(cell.unavailable.values()) == 40


def test_unavailable_units_are_never_promised(engine):
    """They are not part of on hand, and so of nothing that follows from it."""
    engine.apply(om.Return("BOLT", "N1", 7, state="quality_hold"))
    engine.apply(om.Receive("BOLT", "N1", 2, state="repair"))
    assert engine.available_to_promise("BOLT") == 40
    assert engine.stock("BOLT", "N1").unavailable == {"quality_hold": 7, "repair": 2}


def test_a_return_at_another_node_is_on_hand_there(engine):
    """Bought online, brought back to any store."""
    engine.apply(om.Return("BOLT", "N2", 1))
    assert engine.stock("BOLT", "N2").on_hand == 1


def test_a_delivery_arrives_in_parts(engine):
    """On hand goes up, what is to come goes down; the rest at once."""
    engine.apply(om.Expect("PO-7", "BOLT", "N1", 50, due=DUE))
    assert engine.stock("BOLT", "N1").inbound == 50
    engine.apply(om.Arrive("PO-7", 20))
    cell = engine.stock("BOLT", "N1")
    assert (cell.on_hand, cell.inbound) == (60, 30)
    engine.apply(om.Arrive("PO-7"))
    cell = engine.stock("BOLT", "N1")
    assert (cell.on_hand, cell.inbound) == (90, 0)
    assert engine.inbound()["id"] == []


def test_more_than_expected_is_accepted_and_recorded(engine):
    """An over-delivery, also of a delivery that was complete."""
    engine.apply(om.Expect("PO-7", "BOLT", "N1", 50, due=DUE))
    engine.apply([om.Arrive("PO-7", 45), om.Arrive("PO-7", 10), om.Arrive("PO-7", 1)])
    found = engine.inbound(closed=True)
    assert (found["expected"], found["arrived"], found["open"]) == ([50], [56], [0])
    assert engine.stock("BOLT", "N1").on_hand == 96


def test_a_delivery_slips_and_is_cut(engine):
    """Another date, fewer units, none at all."""
    engine.apply(om.Expect("PO-7", "BOLT", "N1", 50, due=DUE, type="container"))
    later = DUE.replace(day=9)
    engine.apply([om.Reschedule("PO-7", due=later), om.CancelInbound("PO-7", 20)])
    found = engine.inbound("BOLT", "N1")
    assert found["due"].tolist() == [later.replace(tzinfo=None)]
    assert (found["type"], found["open"]) == (["container"], [30])
    engine.apply(om.CancelInbound("PO-7"))
    assert engine.stock("BOLT", "N1").inbound == 0


def test_arriving_into_a_state(engine):
    """Goods that have to be looked at first."""
    engine.apply(om.Expect("PO-7", "BOLT", "N2", 5, due=DUE))
    engine.apply(om.Arrive("PO-7", state="quality_hold"))
    cell = engine.stock("BOLT", "N2")
    assert (cell.on_hand, cell.unavailable) == (0, {"quality_hold": 5})


def test_transfers_net_to_zero_and_what_is_on_its_way(engine):
    """Units of the network: at nodes and in between, at every step."""

    def units():
        cells = [engine.stock("BOLT", node) for node in ("N1", "N2")]
        return [x.on_hand for x in cells], sum(x.inbound for x in cells)

    engine.apply(om.TransferOut("BOLT", "N1", "N2", 15, id="T-1", due=DUE))
    assert units() == ([25, 0], 15)
    engine.apply(om.Arrive("T-1", 6))
    assert units() == ([25, 6], 9)
    engine.apply(om.Arrive("T-1"))
    assert units() == ([25, 15], 0)


def test_the_same_delivery_again_changes_nothing(engine):
    """And the id with other content is refused, in the batch and after it."""
    po = om.Expect("PO-7", "BOLT", "N1", 50, due=DUE)
    assert engine.apply([po, po]).duplicates == 1
    assert engine.apply(po) == 0
    engine.apply(om.Reschedule("PO-7", due=DUE.replace(day=9)))
    assert engine.apply(po).duplicates == 1
    transfer = om.TransferOut("BOLT", "N1", "N2", 15, id="T-1", due=DUE)
    assert engine.apply([transfer, transfer]) == 1
    before = engine.digest()
    for other in (
        om.Expect("PO-7", "BOLT", "N1", 51, due=DUE),
        om.Expect("PO-7", "BOLT", "N1", 50, due=DUE, type="made up"),
        om.Expect("T-1", "BOLT", "N2", 15, due=DUE),
    ):
        with pytest.raises(om.ValidationError, match="id: expected an id that no"):
            engine.apply(other)
        with pytest.raises(om.ValidationError, match=r"events\[1\].id: expected an id"):
            engine.apply([om.Sell("BOLT", "N1", 1), other])
    fresh = om.Expect("PO-8", "BOLT", "N1", 1, due=DUE)
    clash = om.Expect("PO-8", "BOLT", "N1", 2, due=DUE)
    with pytest.raises(om.ValidationError, match=r"events\[1\].id"):
        engine.apply([fresh, clash])
    assert engine.digest() == before


BAD = {
    "more damaged than there is": (
        om.Move("BOLT", "N1", 1, "damaged", "on_hand"),
        r"quantity: expected at most 0 units, all that is damaged, found 1",
    ),
    "nobody expects it": (om.Arrive("X"), "id: unknown inbound supply 'X'"),
    "no such SKU": (om.Move("NUT", "N1", 1, "on_hand", "damaged"), "sku: unknown SKU"),
    "no such node": (
        om.TransferOut("BOLT", "N1", "N9", 1, id="T", due=DUE),
        "to_node: unknown node 'N9'",
    ),
    "no node to leave": (
        om.TransferOut("BOLT", "N9", "N1", 1, id="T", due=DUE),
        "from_node: unknown node 'N9'",
    ),
    "half a bolt": (
        om.Expect("P", "BOLT", "N1", 0.5, due=DUE),
        "quantity: .*0 decimals",
    ),
    "more than a cell": (
        om.Expect("P", "BOLT", "N1", QUANTITY_MAX + 1, due=DUE),
        "quantity: expected at most",
    ),
    "from next week": (om.Sell("BOLT", "N1", 1, at=DUE), "at: expected a time no more"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_event_changes_nothing(engine, name):
    """Alone, in a list, or skipped: its path is told, the rest is as it was."""
    event, text = BAD[name]
    before = engine.digest()
    with pytest.raises(om.OmnirouteError, match=f"^{text}"):
        engine.apply(event)
    good = [om.Sell("BOLT", "N1", 1), om.Move("BOLT", "N1", 1, "on_hand", "damaged")]
    with pytest.raises(om.OmnirouteError, match=rf"^events\[1\]\.{text.split(':')[0]}"):
        engine.apply([good[0], event, om.Arrive("X")])
    assert engine.digest() == before
    came = engine.apply([good[0], om.Arrive("X"), *good], on_error="skip")
    assert (came, came.skipped) == (3, 1)
    assert str(came.errors[0]).startswith("events[1].id")


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda: om.Move("B", "N", 1, "damaged", "damaged"), "to_state"),
        (lambda: om.Move("B", "N", 0, "on_hand", "damaged"), "quantity"),
        (lambda: om.Move("B", "N", 1, "on_hand", ""), "to_state"),
        (lambda: om.Receive("B", "N", 1, state=None), "state"),
        (lambda: om.Expect("", "B", "N", 1, due=1), "id"),
        (lambda: om.Expect("P", "B", "N", 1, due="soon"), "due"),
        (lambda: om.Arrive("P", -1), "quantity"),
        (lambda: om.CancelInbound("P", 0), "quantity"),
        (lambda: om.Reschedule("P", due=DUE.replace(tzinfo=None)), "due"),
        (lambda: om.TransferOut("B", "N", "N", 1, id="T", due=1), "to_node"),
        (lambda: om.Sell("B", "N", 1, source="till"), "sequence"),
        (lambda: om.Sell("B", "N", 1, sequence=3), "source"),
        (lambda: om.Sell("B", "N", 1, source="till", sequence=-1), "sequence"),
        (lambda: om.Sell("B", "N", 1, event_id=""), "event_id"),
    ],
)
def test_what_an_event_may_say(make, path):
    """Refused where it is made, with the field."""
    with pytest.raises(om.ValidationError) as caught:
        make()
    assert caught.value.path == path


def test_what_a_cell_cannot_hold_names_the_event(engine):
    """Found out when effects are applied; the first bad one in the order given."""
    most = om.Receive("BOLT", "N1", QUANTITY_MAX)
    before = engine.digest()
    with pytest.raises(
        om.ValidationError, match="^quantity: expected stock of SKU 'BOLT' at node 'N1'"
    ):
        engine.apply(most)
    with pytest.raises(om.ValidationError, match=r"^events\[1\]\.quantity: .*BOLT"):
        engine.apply([om.Sell("BOLT", "N1", 1), most])
    few = [om.Expect(f"P{k}", "ROPE", "N1", 2.0e7, due=DUE) for k in range(3)]
    with pytest.raises(om.ValidationError, match=r"^events\[1\]"):
        engine.apply(few)
    assert engine.digest() == before
    came = engine.apply([most, om.Sell("BOLT", "N1", 1), most], on_error="skip")
    assert (int(came), came.skipped) == (1, 2)


def test_the_first_bad_row_of_many_is_named():
    """Also where rows are brought into order of SKU on the way."""
    engine, rows = shop(), 10_000
    sku = np.array(["ROPE", "BOLT"] * (rows // 2), object)
    quantity = np.ones(rows, np.int64)
    quantity[[4_000, 7_001, 4_002]] = 2**31 - 1, 2**31 - 2, 1
    quantity[4_000] = 21_474_836
    frame = {"sku": sku, "node": "N1", "quantity": quantity}
    before = engine.digest()
    with pytest.raises(om.ValidationError, match=r"^events\.quantity\[4000\]: "):
        engine.apply(frame)
    assert engine.digest() == before
    came = engine.apply(frame, on_error="skip")
    assert (came, came.skipped) == (rows - 2, 2)
    assert [error.path for error in came.errors] == [
        "events.quantity[4000]",
        "events.quantity[7001]",
    ]


def test_dated_supply_is_sorted_by_cell_and_time(engine):
    """What availability by date will read."""
    for id, node, units, day in (
        ("A", "N2", 4, 9),
        ("B", "N1", 1, 8),
        ("C", "N2", 2, 3),
        ("D", "N2", 3, 3),
    ):
        engine.apply(om.Expect(id, "BOLT", node, units, due=DUE.replace(day=day)))
    supply = engine.state.supply
    due, units = supply.dated().of(1)
    assert (np.diff(due) >= 0).all()
    assert units.tolist() == [2, 3, 4]
    assert supply.dated() is supply.dated()
    engine.apply(om.Arrive("C"))
    assert supply.dated().of(1)[1].tolist() == [3, 4]
    assert supply.dated().of(0)[1].tolist() == [1]
    assert not len(supply.dated().of(7)[1])


def test_the_check_sees_a_total_that_is_off():
    """A total of a cell is rebuilt from the entries."""
    made = shop()
    made.apply(om.Expect("A", "BOLT", "N1", 4, due=DUE))
    made.state.supply.entries[0, N_OPEN] -= 1
    with pytest.raises(InvariantError, match="inbound of a cell is off"):
        made.check()


def test_a_delivery_whose_id_another_took_that_was_itself_skipped_is_taken():
    """The first cannot be, so the id is free: as if it had never been sent."""
    engine = shop()
    most = om.Expect("PO-1", "BOLT", "N1", 2**31 - 1, due=2_000_000_000)
    engine.apply(om.Expect("PO-0", "BOLT", "N1", 2**31 - 1, due=2_000_000_000))
    other = om.Expect("PO-1", "BOLT", "N2", 5, due=2_000_000_000)
    one_by_one = shop()
    one_by_one.apply(om.Expect("PO-0", "BOLT", "N1", 2**31 - 1, due=2_000_000_000))
    for event in (most, other):
        one_by_one.apply(event, on_error="skip")
    came = engine.apply([most, other], on_error="skip")
    assert engine.digest() == one_by_one.digest()
    assert came.skipped + int(came) == 2
