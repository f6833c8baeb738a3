"""Kits, packs, substitutes and supply without end, through the engine's doors."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

import omniroute as om
from omniroute.codes import QUANTITY_MAX, UNLIMITED
from omniroute.errors import OmnirouteError

TO = om.Destination(postcode="55425")
GROUND = om.Service("ground", "ship", om.RateCard.flat(5))
ITEMS = (
    om.Item("CUP", 90),
    om.Item("POT", 700),
    om.Item("SET", components={"CUP": 6, "POT": 1}),
    om.Item("GIFT", components={"SET": 2, "CUP": 1}),
    om.Item("EGG", 60, pack_size=6),
    om.Item("TEA", substitutes=("MATE", "TEABOX")),
    om.Item("MATE"),
    om.Item("TEABOX", components={"BAG": 2, "BOX": 1}),
    om.Item("BAG"),
    om.Item("BOX"),
)


def shop(stock=None, items=ITEMS, nodes=None, **options):
    """Two nodes, N1 the cheaper; stock by (SKU, node)."""
    nodes = nodes or [om.Node("N1"), om.Node("N2", order_cost=1)]
    options = {"clock": lambda: 0, "journal": True, **options}
    found = om.Engine(om.Network(nodes, [GROUND]), items, **options)
    events = [om.Receive(*cell, n) for cell, n in (stock or {}).items()]
    if events:
        found.apply(events)
    return found


def kitchen():
    """N1 can make 4 sets (cups run out), N2 one (of the pots there is one)."""
    cells = {("CUP", "N1"): 26, ("POT", "N1"): 7, ("CUP", "N2"): 40, ("POT", "N2"): 1}
    return shop(cells)


def replayed(found):
    """The same digest from its log, in an engine with another order of items."""
    found.check()
    other = om.Engine(found.network, found.items[::-1], clock=lambda: 0)
    other.replay(found.log)
    other.check()
    assert other.digest() == found.digest()
    return found


def sent(plan):
    """(node, SKU, units) of all that a plan sends."""
    return [(s.node, li.sku, li.quantity) for s in plan.shipments for li in s.lines]


# -- kits: what can be promised --------------------------------------------------------


def test_a_kit_is_the_least_of_its_components_node_by_node():
    """Never cups of one node with pots of another."""
    engine = kitchen()
    assert engine.available_to_promise("SET") == 5
    assert engine.available_to_promise("SET", "N1") == 4
    assert engine.available_to_promise("SET", group=["N2", "N2"]) == 1
    assert engine.available_by_node("SET").tolist() == [4, 1]
    assert engine.availability(["GIFT", "POT"]).values.tolist() == [[2, 0], [7, 1]]
    assert engine.available_to_promise("GIFT") == 2


def test_why_there_are_no_more_of_a_kit():
    """The component that runs out first, at each node."""
    found = kitchen().explain_kit("SET")
    assert [(at.node, at.units, at.limiting) for at in found.nodes] == [
        ("N1", 4, "CUP"),
        ("N2", 1, "POT"),
    ]
    assert found.components == {"CUP": 6, "POT": 1}
    assert "limiting" in found.table()
    with pytest.raises(om.ValidationError, match="sku: expected a kit"):
        kitchen().explain_kit("CUP")


def test_what_is_held_back_of_a_component_is_held_back_of_the_kit():
    """Safety stock at a node, a threshold once, a channel's fence for that channel."""
    engine = shop(
        {("CUP", "N1"): 26, ("POT", "N1"): 7, ("CUP", "N2"): 40, ("POT", "N2"): 9},
        channels=[om.Channel("web")],
    )
    assert engine.available_to_promise("SET") == 10
    engine.set_safety([om.SafetyRule(4, sku="POT", node="N2")])
    assert engine.available_to_promise("SET") == 9
    engine.allocate([om.RingFence("web", "CUP", 12, nodes=["N1"])])
    assert engine.available_to_promise("SET", "N1") == 2
    assert engine.available_to_promise("SET", "N1", channel="web") == 4
    engine.set_safety([om.SafetyRule(7, sku="POT", guards="network")])
    assert engine.available_to_promise("SET", channel="web") == 9
    assert engine.available_to_promise("SET") == 8
    placed = engine.place(om.Order({"SET": 4}, TO, channel="web"), id="W")
    assert placed.reserved
    assert engine.allocations()["used"] == [12]
    replayed(engine)


def test_kits_by_date_wait_for_their_components():
    """Cups come on the third day; from then on pots hold the kit down."""
    engine = shop({("CUP", "N1"): 7, ("POT", "N1"): 3})
    engine.apply(om.Expect("PO", "CUP", "N1", 30, due=2 * 86_400))
    found = engine.available_by_date("SET", rule=om.AtpRule(horizon_days=4))
    assert found.quanta.tolist() == [[1, 1, 3, 3]]
    assert found.limiting("N1") == ("CUP", "CUP", "POT", "POT")
    assert found.earliest(3) == found.dates[2]
    assert "30" in found.explain().table()
    both = engine.available_by_date(["SET", "POT", "EGG"], ["N1"])
    assert both.ids == (("SET", "N1"), ("POT", "N1"), ("EGG", "N1"))
    assert both.quanta[:, 0].tolist() == [1, 3, 0]
    assert both.limiting(("SET", "N1"))[0] == "CUP"
    assert both.limiting(("POT", "N1"))[0] == "POT"


# -- kits: held, shipped, given back -----------------------------------------------------


def test_a_kit_holds_its_components():
    """At its node, summed, and whole: what ships and returns are components."""
    engine = kitchen()
    held = engine.reserve({("SET", "N1"): 2, ("CUP", "N1"): 3}, id="R")
    assert held.status is om.Status.OK
    assert [line[2] for line in held.reservation.lines] == [15, 2]
    assert engine.available_to_promise("SET", "N1") == 1
    assert engine.fulfil("R", {("SET", "N1"): 1}) is om.Status.OK
    assert engine.stock("POT", "N1").on_hand == 6
    assert engine.cancel("R", {("SET", "N1"): 2}) is om.Status.NOT_HELD
    assert engine.cancel("R", {("SET", "N1"): 1}) is om.Status.OK
    assert engine.fulfil("R") is om.Status.OK
    assert engine.stock("CUP", "N1").on_hand == 26 - 9
    replayed(engine)


def test_a_kit_and_its_component_are_never_sold_twice():
    """26 cups are 4 sets and two cups, not 4 sets and 26 cups."""
    engine = kitchen()
    assert not engine.reserve({("SET", "N1"): 4, ("CUP", "N1"): 3}, id="A").reserved
    assert engine.reserve({("SET", "N1"): 4, ("CUP", "N1"): 2}, id="B").reserved
    assert engine.available_to_promise("CUP", "N1") == 0


def test_two_kits_share_a_component():
    """A gift takes 13 cups, a set six: 26 are not enough for both twice."""
    engine = kitchen()
    cells = {("GIFT", "N1"): 1, ("SET", "N1"): 3}
    short = engine.reserve(cells, id="A")
    assert short.status is om.Status.SHORT
    assert short.shortages == (om.HoldLine("SET", "N1", 1),)
    part = engine.reserve(cells, id="A", partial=True)
    assert part.reserved
    assert engine.available_to_promise("CUP", "N1") == 26 - 13 - 12


def test_a_kit_asked_for_again_is_the_same_request():
    """By what was asked, not by what it is made of."""
    engine = kitchen()
    assert engine.reserve({("SET", "N1"): 1}, id="R", ttl=60).status is om.Status.OK
    assert engine.reserve({("SET", "N1"): 1}, id="R", ttl=60).status is om.Status.EXISTS
    parts = {("CUP", "N1"): 6, ("POT", "N1"): 1}
    told = engine.reserve(parts, id="R", ttl=60).status
    assert told is om.Status.EXISTS_WITH_DIFFERENT_LINES


def test_a_kit_moves_and_is_declined_by_name():
    """Its components do."""
    engine = kitchen()
    engine.reserve({("SET", "N1"): 2}, id="R")
    assert engine.move("R", "N1", "N2", {"SET": 2}) is om.Status.SHORT
    assert engine.move("R", "N1", "N2", {"SET": 1}) is om.Status.OK
    gone = engine.decline("R", "N2", {"SET": 1})
    assert {line.sku: line.quantity for line in gone.lines} == {"CUP": 6, "POT": 1}
    with pytest.raises(
        om.ValidationError, match=r"lines\[0\]\.sku: expected an item with"
    ):
        engine.amend("R", {("SET", "N1"): 3})
    replayed(engine)


def test_a_bundle_that_comes_back_is_there_again():
    """Shops have lost the components of refunded bundles: 100, less 5, and 5 back."""
    items = [om.Item("PART"), om.Item("BUNDLE", components={"PART": 5})]
    engine = shop({("PART", "N1"): 100}, items)
    engine.place(om.Order({"BUNDLE": 1}, TO), id="R")
    engine.fulfil("R")
    assert engine.available_to_promise("PART") == 95
    engine.apply(om.Return("PART", "N1", 5))
    assert engine.stock("PART", "N1").on_hand == 100
    assert engine.available_to_promise("BUNDLE") == 20


def test_many_requests_for_kits_are_as_one_after_the_other():
    """The third finds no cups; rows say what each holds."""
    engine = kitchen()
    batch = engine.reserve_many(
        {
            "id": ["A", "A", "B", "C"],
            "sku": ["SET", "CUP", "GIFT", "SET"],
            "node": "N1",
            "quantity": [1, 2, 1, 1],
        },
    )
    assert [om.Status(code).name for code in batch.status] == [
        "OK",
        "OK",
        "OUT_OF_STOCK",
    ]
    assert batch.held_quanta.tolist() == [1, 2, 1, 0]
    replayed(engine)


# -- kits: routed ----------------------------------------------------------------------


def test_a_kit_is_routed_whole_and_told_with_its_components():
    """Weighs and is picked as its components are."""
    nodes = [om.Node("N1", unit_cost=Decimal("0.10")), om.Node("N2", order_cost=9)]
    engine = shop({("CUP", "N1"): 26, ("POT", "N1"): 7}, nodes=nodes)
    plan = engine.route(om.Order({"SET": 2}, TO))
    (shipment,) = plan.shipments
    assert shipment.weight_g == 2 * (6 * 90 + 700)
    assert shipment.terms["handling_unit"] == Decimal("1.40")
    (line,) = shipment.lines
    assert (line.sku, line.quantity) == ("SET", 2)
    assert {part.sku: part.quantity for part in line.components} == {
        "CUP": 12,
        "POT": 2,
    }
    assert not plan.stale
    engine.apply(om.Sell("POT", "N1", 1))
    assert plan.stale


def test_lines_that_share_cups_are_served_from_where_both_can_be():
    """N1 alone is cheapest for either; together they need both nodes."""
    engine = kitchen()
    plan = engine.route(om.Order({"SET": 4, "CUP": 3}, TO))
    assert plan.complete
    assert plan.proven
    assert sorted(sent(plan)) == [("N1", "SET", 4), ("N2", "CUP", 3)]
    held = engine.reserve(plan, id="R")
    assert held.status is om.Status.OK
    assert engine.stock("CUP", "N1").firm == 24
    again = engine.reserve(plan, id="R2")
    assert again.status is om.Status.SHORT
    replayed(engine)


def test_a_plan_for_kits_explains_itself():
    """What each node could make of it, and what is out of stock."""
    engine = kitchen()
    told = engine.route(om.Order({"SET": 5}, TO), explain=True).explain()
    assert [(row.node, row.units) for row in told.candidates if row.rank] == [
        ("N1", 4),
        ("N2", 1),
    ]
    short = engine.route(om.Order({"SET": 9}, TO))
    assert short.shortages == (om.PlanLine("SET", 4),)


def test_a_batch_decides_kits_as_one_by_one():
    """Among plain orders, each seeing what the earlier ones took."""
    orders = [
        om.Order({"SET": 3}, TO, id="A"),
        om.Order({"CUP": 8}, TO, id="B"),
        om.Order({"GIFT": 1, "POT": 1}, TO, id="C"),
        om.Order({"SET": 1}, TO, id="D"),
        om.Order({"SET": 3}, TO, id="A"),
    ]
    batched, single = kitchen(), kitchen()
    result = batched.route_many(orders, reserve=True)
    told = [single.place(order) for order in orders]
    assert [om.Status(s) for s in result.status] == [each.status for each in told]
    assert batched.digest() == single.digest()
    assert result.sku_ids[result.line_columns()["sku"]][0] == "SET"
    assert sent(result.plan(0)) == sent(told[0].plan)


def test_lines_share_the_network_limit_of_a_component():
    """Twelve cups may go, whatever nodes have: two sets and no cup, and no proof."""
    engine = kitchen()
    engine.set_safety([om.SafetyRule(54, sku="CUP", guards="network")])
    assert engine.available_to_promise("CUP") == 12
    plan = engine.route(om.Order({"SET": 2, "CUP": 5}, TO))
    assert sent(plan) == [("N1", "SET", 2)]
    assert plan.short_quanta == 5
    assert not plan.proven
    assert engine.reserve(plan, id="R", partial=True).reserved
    assert engine.available_to_promise("CUP") == 0


# -- packs -----------------------------------------------------------------------------


def test_packs_are_promised_whole_at_each_node():
    """17 and 8 eggs are two boxes and one; the loose ones are nobody's."""
    engine = shop({("EGG", "N1"): 17, ("EGG", "N2"): 8})
    assert engine.available_to_promise("EGG") == 18
    assert engine.available_by_node("EGG").tolist() == [12, 6]
    plan = engine.route(om.Order({"EGG": 18}, TO))
    assert sorted(sent(plan)) == [("N1", "EGG", 12), ("N2", "EGG", 6)]
    assert engine.route(om.Order({"EGG": 24}, TO)).short_quanta == 6
    other = shop({("EGG", "N1"): 8, ("EGG", "N2"): 17})
    told = other.route(om.Order({"EGG": 6}, TO)).explain()
    assert [(row.node, row.units) for row in told.candidates] == [("N1", 6), ("N2", 6)]
    engine.place(om.Order({"EGG": 12}, TO), id="R")
    assert engine.stock("EGG", "N1").firm == 12
    assert engine.fulfil("R", {("EGG", "N1"): 5}) is om.Status.OK
    replayed(engine)


@pytest.mark.parametrize(
    ("rounding", "asked", "comes"),
    [
        ("down", 8, 6),
        ("up", 8, 12),
        ("up", 1, 6),
        ("down", 12, 12),
        ("refuse", 12, 12),
        ("refuse", 8, None),
        ("down", 5, None),
    ],
)
def test_a_quantity_between_two_packs(rounding, asked, comes):
    """Rounding down, eight of packs of six come as six, and nothing is open."""
    eggs = om.Item("EGG", pack_size=6, pack_rounding=rounding)
    engine = shop({("EGG", "N1"): 20}, [eggs])
    order = om.Order([("EGG", asked - 1), ("EGG", 1)] if asked > 1 else {"EGG": 1}, TO)
    if comes is None:
        for ask, path in (
            (lambda: engine.route(order), "order.lines[0].quantity"),
            (lambda: engine.route_many([order]), "orders[0].lines[0].quantity"),
            (
                lambda: engine.reserve({("EGG", "N1"): asked}, id="R"),
                "lines[0].quantity",
            ),
        ):
            with pytest.raises(om.ValidationError) as caught:
                ask()
            assert caught.value.path == path
        return
    plan = engine.route(order)
    assert plan.complete
    assert sent(plan) == [("N1", "EGG", comes)]
    held = engine.reserve({("EGG", "N1"): asked}, id="R")
    assert held.reservation.lines[0][2] == comes


def test_a_frame_of_requests_names_the_row_that_breaks_a_pack():
    """Nothing is reserved."""
    engine = shop({("EGG", "N1"): 20})
    frame = {"id": ["A", "B"], "sku": "EGG", "node": "N1", "quantity": [6, 7]}
    with pytest.raises(
        om.ValidationError, match=r"^lines\.quantity\[1\]: expected whole"
    ):
        engine.reserve_many(frame)
    assert engine.available_to_promise("EGG") == 18


def test_packs_by_weight_and_packs_of_kits():
    """A lot is what is sold: five metres of wire; three duos of two cups."""
    items = [
        om.Item("WIRE", 10, decimals=1, pack_size=5),
        om.Item("CUP", 90),
        om.Item("DUO", components={"CUP": 2}, pack_size=3),
    ]
    engine = shop({("WIRE", "N1"): Decimal("12.5"), ("CUP", "N1"): 17}, items)
    assert engine.available_to_promise("WIRE") == 10
    assert engine.available_to_promise("DUO") == 6
    plan = engine.route(om.Order({"WIRE": 5, "DUO": 6}, TO))
    assert plan.complete
    assert plan.shipments[0].weight_g == 50 + 12 * 90
    assert plan.drawn == [(0, 0, 50), (1, 0, 12)]


# -- substitutes -----------------------------------------------------------------------


def opted(quantity, **options):
    return om.Order([om.OrderLine("TEA", quantity, substitutes=True)], TO, **options)


def test_substitutes_come_after_the_original_in_their_order():
    """Two of five are tea, two are mate, the last is a box put together."""
    engine = shop(
        {("TEA", "N1"): 2, ("MATE", "N2"): 2, ("BAG", "N1"): 9, ("BOX", "N1"): 1}
    )
    plan = engine.route(opted(5))
    assert plan.complete
    told = [(s.sku, s.quantity, s.instead_of) for s in plan.substitutions]
    assert told == [("MATE", 2, "TEA"), ("TEABOX", 1, "TEA")]
    assert engine.route(opted(2)).substitutions == ()
    short = engine.route(opted(9))
    assert short.shortages == (om.PlanLine("TEA", 4),)
    assert engine.route(om.Order({"TEA": 5}, TO)).short_quanta == 3
    assert engine.available_with_substitutes("TEA") == {
        "TEA": 2,
        "MATE": 2,
        "TEABOX": 1,
    }
    assert engine.available_with_substitutes("TEA", "N2") == {
        "TEA": 0,
        "MATE": 2,
        "TEABOX": 0,
    }


def test_one_article_is_replaced_by_two():
    """Ten of A come as ten of B and twenty of C, a kit of one and two."""
    items = [om.Item("B"), om.Item("C"), om.Item("A", substitutes=["BC"])]
    items.append(om.Item("BC", components={"B": 1, "C": 2}))
    engine = shop({("B", "N1"): 10, ("C", "N1"): 20}, items)
    placed = engine.place(
        om.Order([om.OrderLine("A", 10, substitutes=True)], TO), id="R"
    )
    assert placed.status is om.Status.OK
    assert [line[2] for line in placed.reservation.lines] == [10, 20]


def test_a_substitute_that_is_ordered_as_well_is_shared():
    """Its own line comes first; who asked for it is not sent less."""
    engine = shop({("TEA", "N1"): 1, ("MATE", "N1"): 4})
    lines = [om.OrderLine("TEA", 3, substitutes=True), om.OrderLine("MATE", 3)]
    plan = engine.route(om.Order(lines, TO))
    assert plan.short_quanta == 1
    assert plan.shortages == (om.PlanLine("TEA", 1),)
    assert [(s.sku, s.quantity) for s in plan.substitutions] == [("MATE", 1)]
    held = engine.place(om.Order(lines, TO), id="R", partial=True)
    assert engine.stock("MATE", "N1").firm == 4
    assert held.plan.substitutions == plan.substitutions
    replayed(engine)


def test_the_answer_to_a_repeated_order_tells_opting_in_apart():
    """It is another request."""
    engine = shop({("TEA", "N1"): 9})
    assert engine.place(opted(2), id="R").status is om.Status.OK
    assert engine.place(opted(2), id="R").status is om.Status.EXISTS
    plain = om.Order({"TEA": 2}, TO)
    told = engine.place(plain, id="R").status
    assert told is om.Status.EXISTS_WITH_DIFFERENT_TERMS


def test_a_batch_substitutes_too():
    """And its columns name what is sent."""
    engine = shop({("TEA", "N1"): 1, ("MATE", "N1"): 4})
    result = engine.route_many([opted(3, id="A"), opted(3, id="B")], reserve=True)
    lines = result.line_columns()
    assert result.sku_ids[lines["sku"]].tolist() == ["TEA", "MATE", "MATE"]
    assert lines["quanta"].tolist() == [1, 2, 2]
    assert result.reserved.tolist() == [True, False]
    assert result.plan(1).shortages == (om.PlanLine("TEA", 1),)


def test_complete_only_counts_substitutes():
    """With them the order is whole; without enough of them nothing is sent."""
    engine = shop({("TEA", "N1"): 1, ("MATE", "N1"): 1})
    whole = om.RoutingPolicy(complete_only=True)
    assert engine.route(opted(2), policy=whole).complete
    plan = engine.route(opted(3), policy=whole)
    assert (plan.shipments, plan.short_quanta) == ((), 3)


def test_a_plan_with_substitutes_is_stale_when_their_stock_changes():
    """Not only when that of the original does."""
    engine = shop({("TEA", "N1"): 1, ("MATE", "N1"): 4})
    plan = engine.route(opted(3))
    assert not plan.stale
    engine.apply(om.Sell("MATE", "N1", 1))
    assert plan.stale


def test_substitutes_in_packs_come_in_packs_for_each_line():
    """Two lines short of two each do not share a pack of three."""
    items = [om.Item("P", pack_size=3), om.Item("A", substitutes=["P"])]
    items.append(om.Item("B", substitutes=["P"]))
    engine = shop({("P", "N1"): 9}, items)
    lines = [om.OrderLine(sku, 2, substitutes=True) for sku in ("A", "B")]
    assert engine.route(om.Order(lines, TO)).short_quanta == 4
    lines = [om.OrderLine(sku, 5, substitutes=True) for sku in ("A", "B")]
    plan = engine.route(om.Order(lines, TO))
    assert [(each.instead_of, each.quantity) for each in plan.substitutions] == [
        ("A", 3),
        ("B", 3),
    ]


# -- supply without end ------------------------------------------------------------------


def test_a_cell_without_floor_never_runs_short():
    """Infinity where it is asked for; reservations still count."""
    engine = shop({("CUP", "N1"): 3})
    engine.set_oversell([om.OversellRule("ignore", sku="CUP", node="N2")])
    endless = float("inf")
    assert engine.available_to_promise("CUP") == endless
    assert engine.available_to_promise("CUP", "N1") == 3
    assert engine.available_by_node("CUP").tolist() == [3, UNLIMITED]
    matrix = engine.availability(["CUP", "POT"])
    assert matrix.values.tolist() == [[3, endless], [0, 0]]
    assert matrix.quanta[0, 1] == QUANTITY_MAX
    assert "unlimited" in matrix.table()
    by_date = engine.available_by_date("CUP")
    assert by_date.at("N2", by_date.dates[0]) == endless
    placed = engine.place(om.Order({"CUP": 5_000}, TO), id="R")
    assert placed.reserved
    assert engine.stock("CUP", "N2").firm + engine.stock("CUP", "N1").firm == 5_000
    assert engine.fulfil("R") is om.Status.OK
    assert engine.stock("CUP", "N2").on_hand < 0
    assert engine.available_to_promise("CUP") == endless
    replayed(engine)
    engine.set_oversell([])
    assert engine.available_to_promise("CUP", "N2") == 0


def test_a_component_without_end_does_not_hold_a_kit_down():
    """The pots do; where no component ends the kit does not either."""
    engine = shop({("POT", "N1"): 3})
    engine.set_oversell([om.OversellRule("ignore", sku="CUP", node="N1")])
    assert engine.available_to_promise("SET") == 3
    assert engine.explain_kit("SET").nodes[0].limiting == "POT"
    engine.set_oversell(
        [om.OversellRule("ignore", sku=s, node="N1") for s in ("CUP", "POT")]
    )
    assert engine.available_to_promise("SET") == float("inf")
    assert engine.available_by_date("SET").at("N1", 0) == float("inf")
    assert engine.reserve({("SET", "N1"): 9_999}, id="R").reserved
    replayed(engine)


def test_a_floor_for_one_channel_has_no_end_for_that_one():
    """Others see what there is."""
    engine = shop({("CUP", "N1"): 3}, channels=[om.Channel("web"), om.Channel("pos")])
    engine.set_oversell([om.OversellRule("ignore", sku="CUP", channel="web")])
    assert engine.available_to_promise("CUP", channel="web") == float("inf")
    assert engine.available_to_promise("CUP", channel="pos") == 3
    assert engine.available_to_promise("CUP") == 3


def test_a_replica_knows_what_never_runs_short():
    """From the effects alone: it has no rules."""
    engine = shop({("CUP", "N1"): 3})
    engine.set_oversell([om.OversellRule("ignore", sku="CUP")])
    other = shop()
    other.replay(engine.log)
    assert other.available_to_promise("CUP") == float("inf")


# -- what cannot be --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "path"),
    [
        (lambda e: e.apply(om.Receive("SET", "N1", 1)), "sku"),
        (lambda e: e.apply([om.Receive("CUP", "N1", 1), om.Sell("SET", "N1", 1)]),
         "events[1].sku"),
        (lambda e: e.apply({"sku": ["CUP", "SET"], "node": "N1", "quantity": [1, 1]}),
         "events.sku[1]"),
        (lambda e: e.apply(om.Expect("PO", "SET", "N1", 5, due=9)), "sku"),
        (lambda e: e.apply([om.Move("SET", "N1", 1, "on_hand", "damaged")]),
         "events[0].sku"),
        (lambda e: e.set_safety([om.SafetyRule(1), om.SafetyRule(1, sku="SET")]),
         "rules[1].sku"),
        (lambda e: e.set_oversell([om.OversellRule("warn", sku="SET")]), "rules[0].sku"),
        (lambda e: e.add_items([om.Item("NEW"), om.Item("X", components={"NO": 1})]),
         "items[1].components[0].sku"),
        (lambda e: e.add_items([om.Item("X", components={"X": 1})]), "items[0].components"),
        (lambda e: om.OrderLine("SET", 1, substitutes=1), "substitutes"),
        (lambda e: e.route(om.Order({"GIFT": 200_000}, TO)), "order.lines"),
    ],
)  # fmt: skip
def test_what_cannot_be_said_of_a_kit_is_refused(ask, path):
    """Where it stands, and nothing has changed."""
    engine = kitchen()
    before, items = engine.digest(), engine.items
    with pytest.raises(OmnirouteError) as caught:
        ask(engine)
    assert caught.value.path == path
    assert (engine.digest(), engine.items) == (before, items)


def test_a_kit_that_is_skipped_is_told():
    """With on_error="skip" the others are taken in."""
    engine = shop()
    came = engine.apply(
        {"sku": ["SET", "CUP"], "node": "N1", "quantity": [1, 2]}, on_error="skip"
    )
    assert (int(came), len(came.errors)) == (1, 1)
    came = engine.apply([om.Receive("SET", "N1", 1)], on_error="skip")
    assert (int(came), len(came.errors)) == (0, 1)


def test_kits_can_be_added_later():
    """Of items that are there, and of items that come with them."""
    engine = shop({("CUP", "N1"): 9}, ITEMS[:2])
    engine.add_items(
        [om.Item("TRAY"), om.Item("LOT", components={"CUP": 2, "TRAY": 1})]
    )
    engine.apply(om.Receive("TRAY", "N1", 3))
    assert engine.available_to_promise("LOT") == 3
    assert engine.place(om.Order({"LOT": 2}, TO), id="R").reserved
    assert engine.available_to_promise("CUP") == 5


def test_plain_orders_are_asked_of_the_kernels_as_ever(monkeypatch):
    """A kit in the catalogue is no reason to look at every order twice."""
    engine = kitchen()
    monkeypatch.setattr("omniroute.routing.router_answers.ComposedRouting", None)
    plan = engine.route(om.Order({"CUP": 2, "POT": 1}, TO))
    assert plan.complete
    result = engine.route_many([om.Order({"CUP": 1}, TO)] * 3)
    assert np.array_equal(result.status, [0, 0, 0])
