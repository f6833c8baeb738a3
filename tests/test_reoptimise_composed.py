"""Kits, packs and substitutes in a pool: what moves is what they are put together from."""

from __future__ import annotations

import attrs
import pytest

import omniroute as om
from omniroute.kernels.order.layout import O_PROVEN, O_SHORT
from omniroute.routing.pool.held import lines_as_held
from tests.test_reoptimise_capacity import same_after_replay

OK = om.Status.OK
TO = om.Destination(postcode="55425")
GROUND = om.Service("ground", "ship", om.RateCard.flat(5))
ITEMS = [
    om.Item("CUP", weight_g=90),
    om.Item("POT", weight_g=700),
    om.Item("SET", components={"CUP": 2, "POT": 1}),
    om.Item("EGG", weight_g=60, pack_size=6),
    om.Item("GREEN", substitutes=["BLACK", "SET"]),
    om.Item("BLACK"),
]


def shop(stock, capacity=()) -> om.Engine:
    """N1 is the cheapest; N2 costs 1.00 more, N3 3.00 more."""
    costs = {"N1": 0, "N2": 1, "N3": 3}
    nodes = [om.Node(n, order_cost=c) for n, c in costs.items()]
    network = om.Network(nodes, [GROUND], capacity=capacity)
    engine = om.Engine(network, ITEMS, clock=lambda: 1_800_000_000, journal=True)
    engine.apply(
        [om.Receive(sku, n, k) for n, row in stock.items() for sku, k in row.items()]
    )
    return engine


def one(id, lines, **terms) -> om.Order:
    return om.Order(lines, TO, id=id, **terms)


def cells(engine: om.Engine, id: str) -> dict[tuple[str, str], int]:
    """Units by SKU and node that an order holds."""
    rows, found = engine.reservations(), {}
    lines = zip(rows["id"], rows["sku"], rows["node"], rows["held_quanta"], strict=True)
    for other, sku, node, n in lines:
        if other == id and n:
            found[sku, node] = found.get((sku, node), 0) + int(n)
    return found


def test_a_kit_moves_with_all_that_is_in_it():
    """It lies where it is dear; N1 can make it by now."""
    engine = shop({"N3": {"CUP": 2, "POT": 1}})
    order = one("A", {"SET": 1})
    assert engine.place(order).reserved
    engine.apply([om.Receive("CUP", "N1", 5), om.Receive("POT", "N1", 1)])
    found = engine.reoptimise([order])
    assert (found.stays, str(found.saving), found.proven) == ({}, "3.00", True)
    (line,) = found.plan("A").shipments[0].lines
    assert (line.sku, [part.quantity for part in line.components]) == ("SET", [2, 1])
    assert engine.reassign(found).status is OK
    assert cells(engine, "A") == {("CUP", "N1"): 2, ("POT", "N1"): 1}
    assert engine.available_to_promise("SET", node="N3") == 1
    assert same_after_replay(engine)


def test_a_kit_is_never_sent_in_parts():
    """N1 has cups and N2 has pots: cheaper cells by themselves, and no set."""
    engine = shop({"N3": {"CUP": 2, "POT": 1}})
    order = one("A", {"SET": 1})
    assert engine.place(order).reserved
    engine.apply([om.Receive("CUP", "N1", 9), om.Receive("POT", "N2", 9)])
    assert not engine.reoptimise([order]).moved


def test_a_cup_makes_room_for_a_kit():
    """Who ordered one cup took the second that the set at N1 lacks."""
    engine = shop({"N1": {"CUP": 2, "POT": 1}, "N3": {"CUP": 2, "POT": 1}})
    orders = [one("A", {"CUP": 1}), one("B", {"SET": 1})]
    for order in orders:
        assert engine.place(order).reserved
    assert cells(engine, "B") == {("CUP", "N3"): 2, ("POT", "N3"): 1}
    engine.apply(om.Receive("CUP", "N2", 1))
    found = engine.reoptimise(orders)
    assert (str(found.before), str(found.after)) == ("13.00", "11.00")
    assert found.proven
    assert engine.reassign(found).moved == ("A", "B")
    assert cells(engine, "A") == {("CUP", "N2"): 1}
    assert cells(engine, "B") == {("CUP", "N1"): 2, ("POT", "N1"): 1}
    assert engine.stock("CUP", "N1").free == 0
    assert same_after_replay(engine)


def test_a_kit_and_a_line_of_its_own_part_take_no_cup_twice():
    """N1 has three cups: the set and one more, or the other way about nothing fits."""
    engine = shop({"N3": {"CUP": 4, "POT": 1}})
    order = one("A", {"SET": 1, "CUP": 2})
    assert engine.place(order).reserved
    engine.apply([om.Receive("CUP", "N1", 3), om.Receive("POT", "N1", 1)])
    assert not engine.reoptimise([order]).moved
    engine.apply(om.Receive("CUP", "N1", 1))
    found = engine.reoptimise([order])
    assert str(found.saving) == "3.00"
    assert engine.reassign(found).status is OK
    assert cells(engine, "A") == {("CUP", "N1"): 4, ("POT", "N1"): 1}


def test_packs_move_whole_and_count_by_the_pack():
    """N1 has eleven eggs: one box. N2 has two boxes; one box a node is a split."""
    engine = shop({"N3": {"EGG": 12}})
    order = one("A", {"EGG": 12})
    assert engine.place(order).reserved
    engine.apply(om.Receive("EGG", "N1", 11))
    assert not engine.reoptimise([order]).moved
    engine.apply(om.Receive("EGG", "N2", 13))
    assert engine.reassign(engine.reoptimise([order])).status is OK
    assert cells(engine, "A") == {("EGG", "N2"): 12}


def test_two_boxes_that_a_node_has_whole_are_not_split_anew():
    """N3 holds both; a box from each of N1 and N2 would be two parcels for one line."""
    network = om.Network(
        [om.Node("N1"), om.Node("N2"), om.Node("N3", order_cost=30)], [GROUND]
    )
    engine = om.Engine(network, ITEMS, clock=lambda: 0)
    engine.apply(om.Receive("EGG", "N3", 12))
    order = one("A", {"EGG": 12})
    assert engine.place(order).reserved
    engine.apply([om.Receive("EGG", "N1", 6), om.Receive("EGG", "N2", 6)])
    found = engine.reoptimise([order])
    assert (found.moved, found.proven) == ((), True)
    free = engine.reoptimise([order], policy=om.RoutingPolicy(split_lines="freely"))
    assert sorted(s.node for s in free.plan("A").shipments) == ["N1", "N2"]


def test_where_no_node_has_two_sets_it_is_known_that_none_sends_both():
    """Not only not found: who branches on less stock has to know that there is no plan."""
    engine = shop({"N3": {"CUP": 4, "POT": 2}})
    order = one("A", {"SET": 2})
    assert engine.place(order).reserved
    one_each = [("CUP", 2), ("POT", 1)]
    engine.apply([om.Receive(s, node, n) for node in ("N1", "N2") for s, n in one_each])
    found = engine.reoptimise([order])
    (member,), answers = found._members, found._trials._answers
    split = answers.answer(member.order, member.ask)
    whole = answers.answer_whole(member.order, member.ask, {0})
    assert (split[O_SHORT], whole[O_SHORT], whole[O_PROVEN]) == (0, 2, 1)


def test_a_line_that_a_node_has_whole_is_not_split_for_another_that_shares_its_part():
    """N1 has three cups for the line, or two for the set: with both it would be split."""
    engine = shop(
        {"N1": {"CUP": 4, "POT": 1}, "N2": {"CUP": 2}, "N3": {"CUP": 2, "POT": 1}}
    )
    lies = {("CUP", "N3"): 2, ("POT", "N3"): 1, ("CUP", "N1"): 1, ("CUP", "N2"): 2}
    engine.reserve(lies, id="A")
    order = one("A", {"SET": 1, "CUP": 3})
    dear = om.RoutingPolicy(terms=[om.CostTerm("far", _from_n3)])
    found = engine.reoptimise([order], policy=dear)
    assert found.proven
    sent = {s.node: [line.sku for line in s.lines] for s in found.plan("A").shipments}
    assert sent == {"N1": ["CUP"], "N3": ["SET"]}
    free = attrs.evolve(dear, split_lines="freely")
    found = engine.reoptimise([order], policy=free)
    assert sorted(s.node for s in found.plan("A").shipments) == ["N1", "N2"]


def _from_n3(lanes):
    return 30.0 * (lanes.node == 2)


def test_a_credit_for_a_kit_is_in_the_bound_of_a_pool_that_nobody_looked_at():
    """What N1 makes of its parts is known only where the kit is asked for."""
    engine = shop({"N3": {"CUP": 2, "POT": 1}})
    order = one("A", {"SET": 1})
    assert engine.place(order).reserved
    engine.apply([om.Receive("CUP", "N1", 5), om.Receive("POT", "N1", 1)])
    gone = om.RoutingPolicy(terms=[om.terms.markdown_credit({"N1": {"SET": 30}})])
    found = engine.reoptimise([order], policy=gone)
    assert (str(found.after), str(found.bound)) == ("-25.00", "-25.00")
    assert engine.reoptimise([order], policy=gone, budget=0).bound <= -25


def test_capacity_counts_the_units_in_a_kit():
    """N1 can do two units more; a set is three."""
    limit = om.Capacity(2, "units", node="N1")
    engine = shop({"N3": {"CUP": 2, "POT": 1}}, capacity=[limit])
    order = one("A", {"SET": 1})
    assert engine.place(order).reserved
    engine.apply([om.Receive("CUP", "N1", 5), om.Receive("POT", "N1", 5)])
    found = engine.reoptimise([order])
    assert (found.moved, str(found.bound)) == ((), "5.00")
    engine.apply([om.Receive("CUP", "N2", 5), om.Receive("POT", "N2", 5)])
    found = engine.reoptimise([order])
    assert [s.node for s in found.plan("A").shipments] == ["N2"]
    engine.set_capacity("N1", 3, "units")
    assert engine.reassign(engine.reoptimise([order])).status is OK
    assert engine.capacity("N1")["taken"] == [3]
    assert same_after_replay(engine)


def test_what_was_sent_in_place_of_another_item_moves_as_that():
    """Two black for two green: the customer was told, and gets no other."""
    engine = shop({"N3": {"BLACK": 2}})
    order = one("A", [om.OrderLine("GREEN", 2, substitutes=True)])
    assert engine.place(order).reserved
    engine.apply([om.Receive("BLACK", "N1", 2), om.Receive("GREEN", "N1", 9)])
    assert engine.reassign(engine.reoptimise([order])).status is OK
    assert cells(engine, "A") == {("BLACK", "N1"): 2}


def test_who_has_the_original_is_not_sent_another_to_make_room():
    """B would have N1's green tea, and A takes black where there is no green."""
    engine = shop({"N1": {"GREEN": 1}, "N3": {"GREEN": 1}})
    willing = [om.OrderLine("GREEN", 1, substitutes=True)]
    orders = [one("A", willing, exclude_nodes=["N3"]), one("B", {"GREEN": 1})]
    for order in orders:
        assert engine.place(order).reserved
    engine.apply(om.Receive("BLACK", "N2", 9))
    engine.place(one("C", {"BLACK": 1}))
    pool = [*orders, one("C", {"BLACK": 1})]
    assert not engine.reoptimise(pool).moved


def test_a_kit_that_was_sent_in_place_of_an_item_stays_a_kit():
    """Its parts lie cheaper, and apart."""
    engine = shop({"N3": {"CUP": 2, "POT": 1}})
    order = one("A", [om.OrderLine("GREEN", 1, substitutes=True)])
    assert engine.place(order).reserved
    engine.apply([om.Receive("CUP", "N1", 2), om.Receive("POT", "N2", 1)])
    assert not engine.reoptimise([order]).moved
    engine.apply(om.Receive("POT", "N1", 1))
    assert engine.reassign(engine.reoptimise([order])).status is OK
    assert cells(engine, "A") == {("CUP", "N1"): 2, ("POT", "N1"): 1}


def test_what_is_left_of_a_kit_and_of_a_pack_stays_where_the_rest_was():
    """Its cups have left; five eggs are no box. Both are told, the others move."""
    engine = shop({"N3": {"CUP": 3, "POT": 1, "EGG": 6}})
    orders = [one("A", {"SET": 1}), one("B", {"EGG": 6}), one("C", {"CUP": 1})]
    for order in orders:
        assert engine.place(order).reserved
    for id, sku in (("A", "CUP"), ("B", "EGG")):
        engine.commit(id)
        engine.fulfil(id, {(sku, "N3"): 1 + (sku == "CUP")})
    stock = {"CUP": 9, "POT": 9, "EGG": 9}
    engine.apply([om.Receive(sku, "N1", n) for sku, n in stock.items()])
    found = engine.reoptimise(orders)
    assert found.stays == {"A": "part of a kit", "B": "not in whole packs"}
    assert [each.id for each in found.moved] == ["C"]
    assert str(found.before) == "8.00"


def test_a_kit_whose_parts_were_moved_apart_stays():
    """No rule knows a set from two nodes."""
    engine = shop({"N1": {"CUP": 2}, "N2": {"POT": 1}, "N3": {"CUP": 2, "POT": 1}})
    engine.reserve({("CUP", "N1"): 2, ("POT", "N2"): 1}, id="A")
    found = engine.reoptimise([one("A", {"SET": 1})])
    assert found.stays == {"A": "against the rules"}


def test_stock_of_a_part_that_has_gone_meanwhile_refuses_the_kit():
    """One pot was sold: the set cannot move there."""
    engine = shop({"N3": {"CUP": 2, "POT": 1}})
    order = one("A", {"SET": 1})
    assert engine.place(order).reserved
    engine.apply([om.Receive("CUP", "N1", 5), om.Receive("POT", "N1", 1)])
    found = engine.reoptimise([order])
    engine.apply(om.Sell("POT", "N1", 1))
    digest = engine.digest()
    done = engine.reassign(found)
    assert (done.status, done.refused) == (om.Status.SHORT, ("A",))
    assert engine.digest() == digest


def test_a_plan_of_a_pool_explains_its_kit():
    """As any plan does, on the stock of the search."""
    engine = shop({"N3": {"CUP": 2, "POT": 1}})
    order = one("A", {"SET": 1})
    assert engine.place(order).reserved
    engine.apply([om.Receive("CUP", "N1", 5), om.Receive("POT", "N1", 1)])
    plan = engine.reoptimise([order]).plan("A")
    assert plan.explain().table()


@pytest.mark.parametrize(
    ("lines", "parts", "told"),
    [
        ({"SET": 1}, {"CUP": 2, "POT": 1}, {"SET": 1}),
        # As many sets as are ordered, not as many as the cups would make.
        ({"SET": 1, "CUP": 4, "POT": 2}, {"CUP": 6, "POT": 3}, None),
        # More is held than ordered: no cup is an order of its own.
        ({"SET": 1}, {"CUP": 4, "POT": 2}, {"SET": 2}),
        ({"SET": 1, "CUP": 1}, {"CUP": 5, "POT": 2}, {"SET": 2, "CUP": 1}),
        # Sets first: who holds too little for both has them whole.
        ({"SET": 1, "CUP": 3}, {"CUP": 3, "POT": 1}, {"SET": 1, "CUP": 1}),
        ({"CUP": 2, "POT": 1}, {"CUP": 2, "POT": 1}, None),
        ({"SET": 1}, {"CUP": 1, "POT": 1}, {"CUP": 1, "POT": 1}),
    ],
)
def test_kits_are_put_together_again(lines, parts, told):
    """What lies in stock is told as what was ordered; None: as the lines say."""
    engine = shop({})
    names = engine._state.catalogue.skus
    found = lines_as_held(
        one("A", lines),
        engine._state.catalogue,
        engine._composed,
        {names.numbers[sku]: n for sku, n in parts.items()},
    )
    assert {names.texts[sku]: n for sku, n in found.items()} == (told or lines)
