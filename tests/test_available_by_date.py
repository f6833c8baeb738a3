"""What live stock can promise by date: the same as timelines written down by hand."""

from __future__ import annotations

import random
from datetime import date

import pytest

import omniroute as om

DAY_S = 86_400
#: 2026-01-05 at noon, UTC.
NOW = 1_767_614_400


def shop(seed: int = 0):
    """An engine with a morning behind it, and its ledger in plain Python."""
    dice = random.Random(seed)
    nodes, skus = ["N1", "N2", "N3"], ["BOLT", "NUT", "ROPE"]
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    network = om.Network([om.Node(node) for node in nodes], [ground])
    items = [om.Item("BOLT"), om.Item("NUT"), om.Item("ROPE", decimals=1)]
    engine = om.Engine(network, items, clock=lambda: NOW)
    book = {
        (sku, node): {"on": 0, "in": [], "out": []} for sku in skus for node in nodes
    }
    for k in range(25):
        sku, node, n = dice.choice(skus), dice.choice(nodes), dice.randint(1, 9)
        cell, roll = book[sku, node], dice.random()
        if roll < 0.4:
            engine.apply(om.Receive(sku, node, n))
            cell["on"] += n
        elif roll < 0.8:
            due = NOW + dice.randint(-2 * DAY_S, 12 * DAY_S)
            kind = dice.choice(["purchase_order", "transfer", "beach"])
            engine.apply(om.Expect(f"PO-{k}", sku, node, n, due=due, type=kind))
            cell["in"].append(om.Supply(n, due, kind, id=f"PO-{k}"))
        else:
            ttl = dice.choice([None, "30d"])
            held = engine.reserve({(sku, node): n}, id=f"R-{k}", ttl=ttl)
            if held.reserved:
                kind = "order" if ttl is None else "hold"
                cell["out"].append(om.Demand(n, demand_class=kind))
    return engine, book


def written(book, sku, node):
    """The timeline of a cell as a planner would write it down."""
    cell = book[sku, node]
    places = 1 if sku == "ROPE" else 0
    return om.Timeline(cell["on"], cell["in"], cell["out"], decimals=places)


RULES = [
    om.AtpRule(horizon_days=14),
    om.AtpRule("cumulative", horizon_days=14),
    om.AtpRule("nearest_receipt", horizon_days=14),
    om.AtpRule(horizon_days=14, past_due_supply_days=1, confidence={"beach": 0.5}),
]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(5))
def test_live_stock_promises_what_its_timelines_promise(seed, rule):
    """On hand, reserved, on its way: each node of each SKU, each date."""
    engine, book = shop(seed)
    nodes = ["N3", "N1", "N2"]
    for sku in ("BOLT", "NUT", "ROPE"):
        found = engine.available_by_date(sku, nodes, rule=rule)
        lines = {node: written(book, sku, node) for node in nodes}
        expected = om.atp_by_date(lines, rule, today=NOW)
        assert found.ids == tuple(nodes)
        assert found.quanta.tolist() == expected.quanta.tolist()


@pytest.mark.parametrize("seed", range(5))
def test_today_is_what_can_be_promised_now(seed):
    """Once nothing is on its way any more, the first date says what is there now."""
    engine, _ = shop(seed)
    coming = engine.inbound()
    engine.apply([om.CancelInbound(id) for id in coming["id"]])
    for sku in ("BOLT", "NUT", "ROPE"):
        found = engine.available_by_date(sku, ["N1", "N2", "N3"])
        assert found.quanta[:, 0].tolist() == engine.available_by_node(sku).tolist()


def test_several_skus_are_called_by_sku_and_node():
    """By SKU as asked, then the nodes that hold or expect some."""
    engine, book = shop(3)
    found = engine.available_by_date(["NUT", "BOLT"])
    cells = [
        (sku, node)
        for sku in ("NUT", "BOLT")
        for node in ("N1", "N2", "N3")
        if book[sku, node]["on"] or book[sku, node]["in"]
    ]
    assert list(found.ids) == cells


def test_a_delivery_that_slips_moves_the_promise():
    """Told of the new date, the schedule shows it at once; arrived, it is on hand."""
    engine, _ = shop(1)
    engine.apply(om.Expect("BIG", "BOLT", "N1", 500, due=NOW + 2 * DAY_S))
    assert engine.available_by_date("BOLT").earliest(500, "N1") == date(2026, 1, 7)
    engine.apply(om.Reschedule("BIG", due=NOW + 4 * DAY_S))
    assert engine.available_by_date("BOLT").earliest(500, "N1") == date(2026, 1, 9)
    engine.apply(om.Arrive("BIG"))
    assert engine.available_by_date("BOLT").earliest(500, "N1") == date(2026, 1, 5)


@pytest.mark.parametrize(
    ("skus", "nodes", "path"),
    [
        ("NIX", None, "skus"),
        (["BOLT", "NIX"], None, "skus[1]"),
        ("BOLT", ["N1", "NX"], "nodes[1]"),
        ("BOLT", "N1", "nodes"),
        (["BOLT", "BOLT"], None, "skus[1]"),
        (7, None, "skus"),
    ],
)
def test_bad_questions_name_their_path(skus, nodes, path):
    """Unknown, twice, or no sequence of ids."""
    engine, _ = shop(0)
    with pytest.raises(om.OmnirouteError) as caught:
        engine.available_by_date(skus, nodes)
    assert caught.value.path == path


@pytest.mark.parametrize(
    "ask",
    [
        lambda found: found.earliest(1),
        lambda found: found.partials(1),
        lambda found: found.explain(),
    ],
)
def test_of_several_cells_one_has_to_be_named(ask):
    """The error says how."""
    engine, _ = shop(0)
    engine.apply([om.Receive("BOLT", node, 5) for node in ("N1", "N2")])
    found = engine.available_by_date("BOLT")
    expected = (
        r"^cell: expected the id of a cell, one of \d, found None \(as in cell='N1'\)"
    )
    with pytest.raises(om.ValidationError, match=expected):
        ask(found)
    assert found.earliest(1, cell="N1") == date(2026, 1, 5)
