"""Columns for later, at no node and in place of other holds: the single calls in turn."""

from __future__ import annotations

from datetime import UTC

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omniroute as om
from omniroute.codes import STATUS
from omniroute.engine.in_turn import InTurn
from omniroute.reservations.prints import print_hold_terms, print_terms
from tests.conftest import WITHOUT_JIT
from tests.naive.later import summed
from tests.stock.knobs import tiny_knobs
from tests.test_later_machine import LaterPair

START = 1_000
NODES, SKUS = ["N0", "N1"], ["A", "B", "C"]
CHANNELS = [om.Channel("web", fall_back=("pool",)), om.Channel("vip", fall_back=())]

#: (id number, SKU, node or none, units, seconds from now until it is wanted; 0: at once)
ROW = st.tuples(
    st.integers(0, 5),
    st.sampled_from(SKUS),
    st.sampled_from([*NODES, None]),
    st.integers(1, 6),
    st.sampled_from([0, 0, 5, 20, -3]),
)
ROWS = st.lists(ROW, min_size=1, max_size=9)
#: By id number: a channel, and the number of a hold that is replaced.
THROUGH = st.lists(st.sampled_from([None, None, "web", "vip"]), min_size=6, max_size=6)
OLD = st.lists(st.none() | st.integers(0, 6), min_size=6, max_size=6)


def shop():
    """A is fenced, B has a threshold and a delivery, C is plain and can be pre-sold."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    engine = om.Engine(
        om.Network([om.Node(node) for node in NODES], [ground]),
        [om.Item(sku) for sku in SKUS],
        clock=lambda: START,
        channels=CHANNELS,
        journal=True,
    )
    engine.apply([om.Receive(sku, node, 9) for sku in SKUS for node in NODES])
    engine.apply(
        [
            om.Expect("PO-1", "A", "N0", 6, due=START + 10),
            om.Expect("PO-2", "B", "N1", 6, due=START + 3),
            om.Expect("PO-3", "C", "N1", 5, due=START + 20),
        ]
    )
    engine.set_safety([om.SafetyRule(4, sku="B", guards="network")])
    engine.set_preorder([om.OversellRule("warn", floor=2, sku="C")])
    engine.allocate([om.RingFence("web", "A", 6), om.RingFence("vip", "C", 3)])
    return engine


def possible(rows):
    """What one call takes: nothing later at no node, nor both in one reservation."""
    rows = [row if row[2] else (*row[:4], 0) for row in rows]
    later = {row[0] for row in rows if row[4]}
    return [
        row if row[2] or row[0] not in later else (*row[:2], "N0", *row[3:])
        for row in rows
    ]


def frame_of(rows, through, old):
    """Columns of rows."""
    return {
        "id": [f"R{row[0]}" for row in rows],
        "sku": [row[1] for row in rows],
        "node": [row[2] for row in rows],
        "quantity": [row[3] for row in rows],
        "due": [START + row[4] if row[4] else None for row in rows],
        "channel": [through[row[0]] for row in rows],
        "supersedes": [replaced(row[0], old) for row in rows],
    }


def replaced(number, old):
    """The hold that a reservation replaces, which is never itself."""
    return None if old[number] in (None, number) else f"R{old[number]}"


def lines_by_id(rows):
    """The lines of each id, in order of first appearance."""
    found = {}
    for number, sku, node, n, due in rows:
        found.setdefault(number, []).append(
            (sku, node, n, START + due if due else None)
        )
    return found


def one_by_one(engine, rows, through, old, **terms):
    """What a batch is: its requests in turn."""
    return [
        engine.reserve(
            lines,
            id=f"R{number}",
            channel=through[number],
            supersedes=replaced(number, old),
            **terms,
        ).status
        for number, lines in lines_by_id(rows).items()
    ]


def held(engine):
    """What each reservation holds of what, and until when; rows of a cell summed."""
    found, columns = {}, engine.reservations()
    names = ("id", "state", "expires_s", "sku", "node", "due_s")
    keys = zip(*(columns[name] for name in names), strict=True)
    for key, quanta in zip(keys, columns["held_quanta"].tolist(), strict=True):
        found[key] = found.get(key, 0) + quanta
    return found


def has_one_line_a_cell(rows):
    """Whether no id names a cell twice: at once, such rows stay lines of their own."""
    cells = [(number, *cell) for number, *cell, _, _ in rows]
    return len(set(cells)) == len(cells)


def agree(batch, turns, rows):
    """The same reservations, stock and fences, and a log that replays."""
    assert held(batch) == held(turns)
    assert batch.availability().quanta.tolist() == turns.availability().quanta.tolist()
    assert batch.allocations()["used"] == turns.allocations()["used"]
    if has_one_line_a_cell(rows):
        assert batch.digest() == turns.digest()
    batch.check()
    other = om.Engine(batch.network, batch.items[::-1], clock=lambda: 0)
    other.replay(batch.log)
    assert other.digest() == batch.digest()


@settings(max_examples=20 if WITHOUT_JIT else 200, deadline=None)
@given(
    rows=ROWS,
    more=ROWS,
    through=THROUGH,
    old=OLD,
    ttl=st.sampled_from([None, 60, 60]),
    partial=st.booleans(),
    sticky=st.booleans(),
)
def test_a_batch_of_all_forms_is_its_requests_in_turn(
    rows, more, through, old, ttl, partial, sticky
):
    """Statuses, what is held by row, fences and digest; asked again, and otherwise."""
    batch, turns = shop(), shop()
    terms = {"ttl": ttl, "partial": partial, "sticky": sticky}
    for asked in map(possible, (rows, rows, more)):
        before = held(batch)
        found = batch.reserve_many(frame_of(asked, through, old), **terms)
        wanted = one_by_one(turns, asked, through, old, **terms)
        assert [STATUS[code] for code in found.status] == wanted
        fresh = {f"R{row[0]}" for row in asked} - {key[0] for key in before}
        if all(each is None for each in old):
            now = sum(n for key, n in held(batch).items() if key[0] in fresh)
            assert found.held_quanta.sum() == now
        agree(batch, turns, [*rows, *more])


@settings(max_examples=10 if WITHOUT_JIT else 100, deadline=None)
@given(
    rows=ROWS,
    parts=ROWS,
    through=THROUGH,
    firm=st.lists(st.integers(0, 5)),
    name=st.sampled_from(["fulfil", "cancel"]),
)
def test_parts_of_all_forms_are_parts_in_turn(rows, parts, through, firm, name):
    """Of what is due later, early or not, and of what is at no node."""
    batch, turns = shop(), shop()
    rows, parts = possible(rows), [row if row[2] else (*row[:4], 0) for row in parts]
    for engine in (batch, turns):
        engine.reserve_many(frame_of(rows, through, [None] * 6), ttl=60, partial=True)
        engine.commit_many([f"R{number}" for number in firm])
    frame = frame_of(parts, through, [None] * 6)
    found = getattr(batch, f"{name}_many")(frame)
    told = {
        f"R{number}": getattr(turns, name)(f"R{number}", lines)
        for number, lines in lines_by_id(parts).items()
    }
    assert [STATUS[code] for code in found] == [told[id] for id in frame["id"]]
    assert batch.digest() == turns.digest()
    agree(batch, turns, parts)


@settings(max_examples=10 if WITHOUT_JIT else 100, deadline=None)
@given(
    rows=ROWS,
    others=st.lists(ROW, max_size=6, unique_by=lambda row: (row[0], row[2])),
    ahead=st.sampled_from([0, 5, 30]),
)
def test_amends_and_other_dates_are_those_of_the_calls_in_turn(rows, others, ahead):
    """At a time and at no node; all of a reservation, or some units of it."""
    batch, turns = shop(), shop()
    others = [row if row[2] else (*row[:4], 0) for row in others]
    nobody = [None] * 6
    for engine in (batch, turns):
        engine.reserve_many(frame_of(possible(rows), nobody, nobody), partial=True)
    if not others:
        return
    frame = frame_of(others, nobody, nobody)
    told = batch.amend_many({name: frame[name] for name in NAMES})
    for row, code in zip(others, told, strict=True):
        number, sku, node, n, due = row
        line = (sku, node, n, START + due if due else None)
        assert turns.amend(f"R{number}", [line]) is STATUS[code]
    agree(batch, turns, [])
    at_nodes = [row for row in others if row[2]]
    if at_nodes:
        frame = {
            **{name: frame_of(at_nodes, nobody, nobody)[name] for name in NAMES[:4]},
            "due": [START + ahead + k for k in range(len(at_nodes))],
        }
        told = batch.redate_many(frame)
        for k, (number, sku, node, n, _) in enumerate(at_nodes):
            wanted = turns.redate(f"R{number}", START + ahead + k, [(sku, node, n)])
            assert wanted is STATUS[told[k]]
    whole = {"id": [f"R{k}" for k in range(6)], "due": [None, START + 7] * 3}
    wanted = [turns.redate(id, due) for id, due in zip(*whole.values(), strict=True)]
    assert [STATUS[code] for code in batch.redate_many(whole)] == wanted
    assert held(batch) == held(turns)
    assert batch.digest() == turns.digest()


NAMES = ("id", "sku", "node", "quantity", "due")


class ManyPair(LaterPair):
    """An engine that is asked in batches, beside a twin that is asked one by one."""

    def reserve_many(self, rows, ttl, partial):
        """Rows are (id, sku, node or none, n, seconds from now)."""
        by_id = {}
        for id, sku, node, n, ahead in rows:
            due = self.clock + ahead if ahead else 0
            by_id.setdefault(id, []).append((sku, node, n, due))
        frame = {
            "id": [row[0] for row in rows],
            "sku": [row[1] for row in rows],
            "node": [row[2] for row in rows],
            "quantity": [row[3] for row in rows],
            "due": [self.clock + row[4] if row[4] else None for row in rows],
        }
        found = self.engine.reserve_many(frame, ttl=ttl, partial=partial)
        wanted = [self.ask_twin(id, lines, ttl, partial) for id, lines in by_id.items()]
        assert [STATUS[code] for code in found.status] == wanted

    def ask_twin(self, id, lines, ttl, partial):
        """One request."""
        own = print_hold_terms(ttl or 0, partial, None)
        cells = summed(lines)
        dated = sorted((s, n, due, q) for (s, n, due), q in cells.items() if due)
        if dated:
            terms = print_terms(own, *dated)
            return self.twin.reserve_later(id, lines, terms, ttl, partial)
        plain = [(sku, node, n) for (sku, node, _), n in cells.items()]
        return self.twin.reserve(id, plain, own, ttl, partial)


TWIN_ROW = st.tuples(
    st.integers(0, 9),
    st.sampled_from(["S0", "S1"]),
    st.sampled_from(["N0", "N1", None]),
    st.integers(1, 7),
    st.sampled_from([0, 0, 2, 4, 8, 11]),
)


@settings(max_examples=15 if WITHOUT_JIT else 150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(TWIN_ROW, min_size=1, max_size=6),
            st.sampled_from([None, 5]),
            st.booleans(),
            st.integers(0, 6),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_batches_beside_the_twin(batches):
    """Between deliveries, some of them late: the twin's stock, promises and risks."""
    with tiny_knobs():
        pair = ManyPair()
        pair.event("receive", "S0", "N0", 5)
        pair.event("receive", "S1", "N1", 6)
        pair.expect("PO0", "S0", "N0", 9, 4)
        pair.expect("PO1", "S0", "N1", 9, 8)
        for k, (rows, ttl, partial, pause) in enumerate(batches):
            # Rows of one cell at once stay lines of their own, which the twin sums.
            once = {(row[0], row[1], row[2]): row for row in possible(rows)}
            asked = [(f"B{k}-{row[0]}", *row[1:]) for row in once.values()]
            pair.reserve_many(asked, ttl, partial)
            pair.check()
            pair.pass_time(pause)
        pair.check_replay()


# -- what a planner would look for -----------------------------------------------------


def day_rows(**columns):
    """Three carts of a shop."""
    return {
        "id": ["P-1", "P-2", "P-3"],
        "sku": "C",
        "node": ["N0", "N1", None],
        "quantity": [4, 9, 3],
        **columns,
    }


def test_one_frame_for_now_for_later_and_at_no_node():
    """Each row is told what it holds."""
    engine = shop()
    found = engine.reserve_many(day_rows(due=[None, START + 20, None]))
    assert [STATUS[code].name for code in found.status] == ["OK"] * 3
    assert found.held_quanta.tolist() == [4, 9, 3]
    columns = engine.reservations()
    assert columns["node"] == ["N0", "N1", None]
    assert columns["due_s"].tolist() == [0, START + 20, 0]


def test_partial_of_later_says_what_each_row_holds():
    """9 on the shelf of N1, 5 to come, 2 beyond; 3 are fenced."""
    engine = shop()
    rows = {"id": "X", "sku": "C", "node": "N1"}
    rows |= {"quantity": [10, 9], "due": [START + 30, None]}
    found = engine.reserve_many({**rows, "id": ["X", "X"]}, partial=True)
    assert STATUS[found.status[0]] is om.Status.SHORT
    one = shop().reserve(
        [("C", "N1", 10, START + 30), ("C", "N1", 9, None)], id="X", partial=True
    )
    missing = {line.due is None: line.quantity for line in one.shortages}
    assert found.held_quanta.tolist() == [
        10 - missing.get(False, 0),
        9 - missing.get(True, 0),
    ]


def test_a_request_behind_one_at_no_node_finds_less():
    """Plain as it is, the kernel would let it have what the network has promised."""
    engine = shop()
    rows = {"id": ["U", "V"], "sku": "C", "node": [None, "N0"], "quantity": [12, 8]}
    found = engine.reserve_many(rows)
    assert [STATUS[code].name for code in found.status] == ["OK", "SHORT"]


@pytest.mark.parametrize("name", ["fulfil", "cancel"])
def test_parts_without_a_time_are_those_due_first(name):
    """Of what is due later as well: the kernel that takes parts knows none of it."""
    batch, one = shop(), shop()
    for engine in (batch, one):
        engine.reserve([("C", "N1", 2, START + 20), ("C", "N1", 3, START + 9)], id="L")
    frame = {"id": ["L"], "sku": "C", "node": "N1", "quantity": [4]}
    told = getattr(batch, f"{name}_many")(frame)
    assert STATUS[told[0]] is getattr(one, name)("L", {("C", "N1"): 4}) is om.Status.OK
    assert batch.digest() == one.digest()
    assert batch.reservations()["due_s"].tolist() == [START + 20]


def test_carts_replaced_in_a_frame():
    """The old hold makes room for the new one, or stands where that cannot be had."""
    engine = shop()
    engine.reserve_many(day_rows(node="N0", quantity=[2, 2, 2]), ttl="1h")
    frame = {
        "id": ["Q-1", "Q-2", "Q-3"],
        "sku": "C",
        "node": "N0",
        "quantity": [3, 9, 1],
        "supersedes": ["P-1", "P-2", None],
    }
    found = engine.reserve_many(frame, ttl="1h")
    told = [STATUS[code].name for code in found.status]
    assert told == ["OK", "SHORT", "OUT_OF_STOCK"]
    held = {id: engine.reservation(id).state.name for id in ("P-1", "P-2")}
    assert held == {"P-1": "SUPERSEDED", "P-2": "SOFT"}


def test_one_due_for_all_and_a_gap_in_the_column():
    """The argument is for rows that do not say."""
    engine, rows = shop(), day_rows(node="N0", quantity=[1, 1, 1])
    engine.reserve_many({**rows, "due": [None, START + 9, None]}, due=START + 4)
    assert engine.reservations()["due_s"].tolist() == [START + 4, START + 9, START + 4]


@pytest.mark.parametrize(
    "kind", ["ints", "datetimes", "datetime64", "pandas", "polars"]
)
def test_times_of_any_make(kind):
    """With a gap among them."""
    second = np.datetime64(START + 20, "s")
    gaps = np.array([second, second, np.datetime64("NaT")])
    made = {
        "ints": [START + 20, START + 20, None],
        "datetimes": [*[second.astype(object).replace(tzinfo=UTC)] * 2, None],
        "datetime64": gaps,
    }
    frame = day_rows(node=["N0", "N1", None], due=made.get(kind, made["datetimes"]))
    if kind in ("pandas", "polars"):
        lib = pytest.importorskip(kind)
        frame["sku"] = ["C"] * 3
        frame = lib.DataFrame(frame)
    engine = shop()
    engine.reserve_many(frame)
    assert engine.reservations()["due_s"].tolist() == [START + 20, START + 20, 0]


WRONG = {
    "later at no node": (
        {"due": [None, None, START + 9]},
        r"lines.node\[2\]: expected a node, for what is wanted later",
    ),
    "some later, some at no node": (
        {"id": ["P", "Q", "P"], "due": [START + 9, None, None]},
        r"lines.node\[2\]: expected a node for every row of an id",
    ),
    "no such time": ({"due": [None, "soon", None]}, r"lines.due\[1\]: expected"),
    "no date": ({"due": np.array([1, 2, 2**50])}, r"lines.due\[2\]: expected"),
    "times of too few": ({"due": [START]}, "lines.due: expected as many rows"),
    "a node that is none": ({"node": ["N0", "N9", None]}, r"lines.node\[1\]: unknown"),
    "itself replaced": (
        {"supersedes": [None, "P-2", None]},
        r"lines.supersedes\[1\]: expected another id",
    ),
    "two replaced": (
        {"id": ["P", "P", "Q"], "supersedes": ["X", "Y", None]},
        r"lines.supersedes\[1\]: expected 'X', as in other rows",
    ),
    "what is no id": ({"supersedes": ["", None, None]}, r"lines.supersedes\[0\]: "),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_row_that_cannot_be_is_named_and_changes_nothing(what):
    change, told = WRONG[what]
    engine = shop()
    before = engine.digest()
    with pytest.raises(om.OmnirouteError, match=f"^{told}"):
        engine.reserve_many(day_rows(**change))
    assert engine.digest() == before


def test_a_due_for_all_needs_nodes():
    with pytest.raises(om.ValidationError, match=r"^lines.node\[2\]: expected a node"):
        shop().reserve_many(day_rows(), due=START + 9)


def test_packs_and_kits_are_held_at_a_node_and_kits_at_once():
    """As of one reservation: the row is named, before anything is held."""
    items = [
        om.Item("A", pack_size=4, pack_rounding="up"),
        om.Item("B"),
        om.Item("SET", components={"B": 2}),
    ]
    engine = om.Engine(shop().network, items, clock=lambda: START)
    engine.apply([om.Receive(sku, node, 9) for sku in "AB" for node in NODES])
    before = engine.digest()
    rows = {"id": ["P", "Q"], "quantity": [1, 4]}
    for sku, node, due, told in [
        ("SET", "N0", START + 9, r"lines.sku\[1\]: expected its components"),
        ("SET", None, None, r"lines.sku\[1\]: expected its components"),
        ("A", None, None, r"lines.node\[1\]: expected a node: packs"),
    ]:
        frame = {**rows, "sku": ["B", sku], "node": ["N0", node], "due": [None, due]}
        with pytest.raises(om.ValidationError, match=told):
            engine.reserve_many(frame)
        assert engine.digest() == before
    frame = {**rows, "sku": "A", "node": "N0", "due": [START + 9, None]}
    assert engine.reserve_many(frame).held_quanta.tolist() == [4, 4]


def test_plain_rows_among_others_still_go_to_the_kernel(monkeypatch):
    """One by one goes what has to: the rest at full speed."""
    alone = []
    reserve_one = InTurn._reserve_one

    def noted(self, id, cells, terms):
        alone.append(id)
        return reserve_one(self, id, cells, terms)

    monkeypatch.setattr(InTurn, "_reserve_one", noted)
    engine = shop()
    rows = {"id": [*"ABCDE"], "sku": [*"CCCAC"], "node": ["N0", "N0", None, "N0", "N0"]}
    rows |= {"quantity": [1] * 5, "due": [None, START + 9, None, None, None]}
    engine.reserve_many(rows)
    # C is held at no node by one of them, so those of C look at the network's sum.
    assert alone == ["A", "B", "C", "E"]
