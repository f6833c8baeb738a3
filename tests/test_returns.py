"""Where returned units go: through the engine's doors."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from random import Random

import attrs
import numpy as np
import pytest

import omniroute as om

from .naive.returns import best
from .naive.returns_from_engine import levels_of, offers
from .routing.worlds import destination, world

NOON = 1_767_614_400
GROUND = om.Service("ground", "ship", om.RateCard.flat(6), transit_days=2)


def shop(stock=(9, 0, 2), **more):
    """Stores A, B and a warehouse W with so many coats each."""
    nodes = [om.Node("A"), om.Node("B"), om.Node("W", kind="warehouse")]
    more.setdefault("clock", lambda: NOON)
    engine = om.Engine(
        om.Network(nodes, [GROUND]), [om.Item("COAT", 900), om.Item("HAT")], **more
    )
    events = [
        om.Receive("COAT", n.id, q) for n, q in zip(nodes, stock, strict=True) if q
    ]
    engine.apply(events)
    return engine


def coat(at="A", quantity=1, value=80, **more):
    return om.HandIn("COAT", quantity, at, value=value, **more)


#: Full price where it is sold out, 90 % below ten, else marked down to half.
POLICY = om.ReturnPolicy(need=[(1, 1), (10, 0.9)], otherwise=0.5)


# -- against the definition ------------------------------------------------------------


def random_policy(dice: Random, network: om.Network) -> om.ReturnPolicy:
    def share(most=1):
        return Decimal(dice.randint(0, 20 * most)) / 20

    levels = sorted(dice.sample(range(-3, 12), dice.randint(0, 3)))
    names = network.node_ids
    return om.ReturnPolicy(
        need=[(level, share(2)) for level in levels],
        otherwise=share(),
        sellable={
            "quality_hold": share(),
            **({"on_hand": share()} if dice.random() < 0.2 else {}),
        },
        scrap=share() if dice.random() < 0.5 else 0,
        takes={"damaged": dice.sample(names, 2)} if dice.random() < 0.5 else {},
        handling={"store": Decimal(dice.randint(0, 300)) / 100},
        services=dice.choice([None, None, ["ground"], ["express", "courier"]]),
        keep_here=dice.random() < 0.8,
        max_distance_km=dice.choice([None, None, 500, 2500]),
        exclude_nodes=[dice.choice(names)] if dice.random() < 0.3 else [],
    )


def random_hand_in(dice: Random, made, id: str) -> om.HandIn:
    sku = dice.choice(made.skus)
    item = next(each for each in made.engine.items if each.sku == sku)
    quantity = dice.randint(1, 4)
    if item.decimals and dice.random() < 0.5:
        quantity = Decimal(dice.randint(1, 40)).scaleb(-item.decimals)
    at = dice.choice(made.engine.network.node_ids)
    return om.HandIn(
        sku,
        quantity,
        destination(dice) if dice.random() < 0.3 else at,
        value=Decimal(dice.randint(0, 9_999)).scaleb(-2),
        state=dice.choice(["on_hand", "on_hand", "quality_hold", "damaged"]),
        id=id,
    )


def random_world(seed: int):
    """A world with cells that are short, below safety, and awaited."""
    made = world(seed, nodes=6, skus=4, heavy=seed % 4 == 0)
    dice, engine = made.dice, made.engine
    for i in range(12):
        cell = dice.choice(made.skus), dice.choice(engine.network.node_ids)
        kind = dice.choice(["sell", "safety", "expect", "hold"])
        if kind == "sell":
            engine.apply(om.Sell(*cell, dice.randint(1, 6)))
        elif kind == "hold":
            state = dice.choice(["quality_hold", "damaged"])
            engine.apply(om.Return(*cell, dice.randint(1, 5), state=state))
        elif kind == "safety":
            engine.apply(om.Safety(*cell, dice.randint(0, 5)))
        else:
            engine.apply(om.Expect(f"PO-{i}", *cell, dice.randint(1, 5), 86_400))
    prices = {
        (dice.choice(made.skus), dice.choice(engine.network.node_ids)): dice.randint(
            0, 99
        )
        for _ in range(dice.choice([0, 0, 5]))
    }
    return made, random_policy(dice, engine.network), prices


@pytest.mark.parametrize("seed", range(40))
def test_it_goes_where_the_definition_says(seed):
    """Every node's figures, reasons and ranks, and the choice; nothing changes."""
    made, policy, prices = random_world(seed)
    engine, levels = made.engine, levels_of(made.engine, policy)
    before = engine.digest()
    for i in range(6):
        given = random_hand_in(made.dice, made, f"R-{i}")
        found = engine.route_return(given, policy, prices=prices)
        there, out = offers(engine, policy, given, levels, prices)
        choice = best(there)
        names = engine.network.node_ids
        assert found.node == (None if choice is None else names[choice.node])
        assert len(found.options) == len(names)
        for offer in there:
            option = found.why(names[offer.node])
            told = (option.worth, option.leg, option.handling, option.net)
            exact = (offer.worth, offer.leg, offer.handling, offer.net)
            assert told == tuple(Decimal(minor) / 10_000 for minor in exact)
            assert option.reason in (om.ReturnReason.CHOSEN, om.ReturnReason.CANDIDATE)
        for node, reason in out.items():
            assert found.why(node).reason.name == reason
        inside = [each for each in found.options if each.rank is not None]
        assert [each.rank for each in inside] == list(range(1, len(there) + 1))
        assert all(one.net >= two.net for one, two in pairwise(inside))
        assert inside == list(found.options[: len(inside)])
        assert (found.status is om.Status.OK) == bool(there)
    assert engine.digest() == before


@pytest.mark.parametrize("seed", range(40, 70))
def test_many_go_where_they_would_one_after_the_other(seed):
    """By the definition with levels kept by hand, and by single calls that book."""
    made, policy, prices = random_world(seed)
    engine, levels = made.engine, levels_of(made.engine, policy)
    given = [random_hand_in(made.dice, made, f"R-{i}") for i in range(12)]
    batch = engine.route_returns(given, policy, prices=prices)
    decimals = {item.sku: item.decimals for item in engine.items}
    nodes = []
    for each in given:
        choice = best(offers(engine, policy, each, levels, prices)[0])
        node = None if choice is None else engine.network.node_ids[choice.node]
        nodes.append(node)
        sure = each.state == "on_hand" or policy.sellable.get(each.state)
        if node and policy.sellable.get(each.state, 0) and sure:
            levels[each.sku, node] += int(each.quantity * 10 ** decimals[each.sku])
    assert batch.nodes == nodes
    booked = engine.route_returns(given, policy, prices=prices, book=True)
    assert (
        booked.columns()["net_minor"].tolist() == batch.columns()["net_minor"].tolist()
    )
    engine.check()


def test_many_are_columns_of_what_one_would_be():
    """The first of a batch is the single answer, figure by figure."""
    made, policy, prices = random_world(3)
    for i in range(20):
        given = random_hand_in(made.dice, made, f"R-{i}")
        one = made.engine.route_return(given, policy, prices=prices)
        batch = made.engine.route_returns([given], policy, prices=prices)
        row = {name: column[0].item() for name, column in batch.columns().items()}
        assert batch.nodes == [one.node]
        assert row["stays"] == one.stays
        assert (batch.booking, batch.on_arrival) == ((one.booking,), (one.on_arrival,))
        if one.chosen:
            for name in ("worth", "leg", "handling", "net"):
                assert row[f"{name}_minor"] == getattr(one.chosen, name) * 10_000
            assert row["transit_days"] == one.chosen.transit_days
            service = row["service"]
            named = batch.service_names[service] if service >= 0 else None
            assert named == one.chosen.service


# -- what a unit is worth --------------------------------------------------------------


def test_a_coat_goes_where_it_is_sold_out():
    """80 at B less 6 for the way, against 72 here, where there are nine."""
    found = shop().route_return(coat(), POLICY)
    assert (found.node, found.net, found.stays) == ("B", Decimal("74.00"), False)
    assert found.due.timestamp() == NOON + 2 * 86_400
    assert found.chosen.service == "ground"


def test_it_stays_where_the_way_costs_more_than_it_gains():
    """At 55, ten per cent are 5.50 and the way is 6."""
    found = shop().route_return(coat(value=55), POLICY)
    assert (found.node, found.stays, found.due) == ("A", True, None)
    assert (found.chosen.leg, found.chosen.service) == (0, None)
    assert found.net == Decimal("49.50")


def test_each_unit_finds_one_more_than_the_one_before():
    """Three to a store that lacks two: 2 at 1.5, the third at 1."""
    engine = shop(stock=(0, 0, 0))
    engine.apply(om.Safety("COAT", "A", 2))
    policy = om.ReturnPolicy(need=[(0, 1.5), (1, 1)], otherwise=0)
    found = engine.route_return(coat(quantity=4, value=10), policy)
    assert (found.node, found.chosen.worth) == ("A", Decimal("40.00"))


def test_what_is_on_its_way_counts_as_being_there():
    """B is no longer sold out once ten are coming."""
    engine = shop()
    engine.apply(om.Expect("PO-1", "COAT", "B", 10, NOON + 86_400))
    assert engine.route_return(coat(), POLICY).node == "A"


def test_fifty_returns_do_not_all_go_to_the_one_that_is_sold_out():
    """The first to B; then B has one, and A is the better place until it has ten."""
    engine = shop()
    batch = engine.route_returns([coat() for _ in range(3)], POLICY)
    assert batch.nodes == ["B", "A", "B"]
    damaged = om.ReturnPolicy(need=[(1, 1)], otherwise=0.5, sellable={"worn": 0.9})
    worn = [coat(state="worn"), coat(state="worn")]
    assert engine.route_returns(worn, damaged).nodes == ["B", "A"]


def test_what_cannot_be_sold_is_scrap_wherever_it_is():
    """Need does not attract it; an inspection may find that it can be sold."""
    engine = shop()
    policy = om.ReturnPolicy(
        need=[(1, 1)], otherwise=0.5, scrap=0.1, sellable={"quality_hold": 0.75}
    )
    stained = engine.route_return(coat(state="damaged"), policy)
    assert (stained.node, stained.net) == ("A", Decimal("8.00"))
    unsure = engine.route_return(coat(state="quality_hold"), policy)
    # 0.75 of 80 and 0.25 of 8, less 6; against 0.75 of 40 and 2.
    assert (unsure.node, unsure.net) == ("B", Decimal("56.00"))
    assert unsure.why("A").net == Decimal("32.00")


def test_a_node_price_takes_the_place_of_need():
    """At that cell alone."""
    engine = shop()
    found = engine.route_return(coat(), POLICY, prices={("COAT", "W"): 90})
    assert (found.node, found.net) == ("W", Decimal("84.00"))
    found = engine.route_return(coat(), POLICY, prices={("COAT", "B"): 0})
    assert found.node == "A"
    assert found.why("B").worth == 0


def test_handling_is_by_kind_of_node_and_unit():
    """Cheap in the warehouse, and paid for each unit."""
    policy = om.ReturnPolicy(handling={"store": 4, "warehouse": 0.5})
    found = shop().route_return(coat(quantity=3), policy)
    assert found.node == "W"
    assert [found.why(n).handling for n in "ABW"] == [12, 12, Decimal("1.50")]
    assert shop().route_return(coat(quantity=1), policy).node == "A"


def test_equal_places_here_then_near_then_by_id():
    """Here if it is one of them."""
    free = om.Service("van", "ship", om.RateCard.flat(0))
    nodes = [
        om.Node("A", latitude=40, longitude=0),
        om.Node("B", latitude=50, longitude=0),
        om.Node("C", latitude=41, longitude=0),
    ]
    engine = om.Engine(om.Network(nodes, [free]), [om.Item("COAT")])
    even = om.ReturnPolicy()
    for here in "ABC":
        assert engine.route_return(coat(at=here), even).node == here
    elsewhere = om.ReturnPolicy(keep_here=False)
    nearest = {n: engine.route_return(coat(at=n), elsewhere).node for n in "ABC"}
    assert nearest == {"A": "C", "B": "C", "C": "A"}
    mailed = om.Destination("55425")
    assert engine.route_return(coat(at=mailed), even).node == "A"
    same = [
        om.Node("A", latitude=40, longitude=0),
        om.Node("B", latitude=40, longitude=0),
    ]
    engine = om.Engine(om.Network(same, [free]), [om.Item("COAT")])
    assert engine.route_return(coat(at="B"), even).node == "B"


def test_more_than_64_bits_hold_is_counted_all_the_same():
    """A million units at almost 5,000,000: worth exact, to the last minor unit."""
    engine = shop(stock=(0, 0, 0))
    policy = om.ReturnPolicy(need=[(500_000, 0.3333)], otherwise=0.1)
    found = engine.route_return(coat(quantity=999_999, value=4_999_999.9999), policy)
    exact = 49_999_999_999 * (3_333 * 500_000 + 1_000 * 499_999)
    assert found.chosen.worth * 10_000 == (2 * exact + 10_000) // 20_000


# -- who may have it -------------------------------------------------------------------


def test_the_first_reason_is_told():
    """In the order of `ReturnReason`."""
    light = om.Service(
        "ground", "ship", om.RateCard([500], {1: [5]}, max_shipment_g=500)
    )
    nodes = [om.Node(name) for name in "ABCDE"]
    engine = om.Engine(om.Network(nodes, [light]), [om.Item("COAT", 400)])
    policy = om.ReturnPolicy(
        exclude_nodes=["B"], takes={"damaged": ["A", "B", "D"]}, keep_here=False
    )
    found = engine.route_return(coat(state="damaged"), policy)
    told = {each.node: each.reason.name for each in found.options}
    assert told == {
        "A": "NOT_KEPT",
        "B": "EXCLUDED",
        "C": "NOT_TAKEN",
        "D": "CHOSEN",
        "E": "NOT_TAKEN",
    }
    heavy = engine.route_return(coat(state="damaged", quantity=2), policy)
    assert heavy.status is om.Status.UNSERVED
    assert heavy.why("D").reason is om.ReturnReason.TOO_HEAVY
    assert (heavy.node, heavy.net, heavy.booking, heavy.on_arrival) == (
        None,
        0,
        None,
        None,
    )
    assert repr(heavy) == "ReturnRoute(UNSERVED, 2 COAT to no node)"
    with pytest.raises(om.StatusError):
        heavy.raise_for_status()


def test_distances_and_services_have_their_say():
    """A van of 50 km; a customer may send by what no store offers."""
    near = om.Service("van", "same_day", om.RateCard.flat(1), radius_km=50)
    post = om.Service("post", "ship", om.RateCard.flat(4))
    nodes = [
        om.Node("A", latitude=40, longitude=0, services=["van"]),
        om.Node("B", latitude=40.3, longitude=0, services=["van"]),
        om.Node("C", latitude=48, longitude=0, services=["van"]),
    ]
    engine = om.Engine(om.Network(nodes, [near, post]), [om.Item("COAT")])
    policy = om.ReturnPolicy(services=["van", "post"], keep_here=False)
    found = engine.route_return(coat(), policy)
    assert (found.node, found.chosen.service) == ("B", "van")
    assert found.why("C").reason is om.ReturnReason.NO_LANE
    home = om.Destination(latitude=48.1, longitude=0)
    mailed = engine.route_return(coat(at=home), om.ReturnPolicy())
    assert (mailed.node, mailed.chosen.service) == ("C", "post")
    assert mailed.chosen.distance_km == Decimal("11.120")
    far = om.ReturnPolicy(max_distance_km=20)
    found = engine.route_return(coat(at=home), far)
    assert found.why("A").reason is om.ReturnReason.TOO_FAR
    nowhere = engine.route_return(coat(at=om.Destination("55425")), far)
    assert nowhere.why("A").reason is om.ReturnReason.NO_COORDINATES


def test_a_band_ends_with_its_limit():
    """To the metre, as for orders."""
    nodes = [
        om.Node("A", latitude=40, longitude=0),
        om.Node("B", latitude=40.5, longitude=0),
    ]
    elsewhere = om.ReturnPolicy(keep_here=False)

    def legs(*limits):
        bands = om.DistanceBands(limits)
        prices = {zone: zone for zone in range(1, len(limits) + 1)}
        post = om.Service("post", "ship", om.RateCard.by_zone(prices), bands)
        engine = om.Engine(om.Network(nodes, [post]), [om.Item("COAT")])
        return engine.route_return(coat(), elsewhere)

    far = legs(1000).chosen.distance_km
    metre = Decimal("0.001")
    assert legs(far, 1000).chosen.leg == 1
    assert legs(far - metre, 1000).chosen.leg == 2
    assert legs(far).status is om.Status.OK
    assert legs(far - metre).why("B").reason is om.ReturnReason.NO_LANE


def test_the_chart_is_read_from_where_it_is_handed_in():
    """From 100 to 554 is zone 1, back it is zone 2."""
    chart = om.PostcodeZones(["100", "554"], ["100", "554"], [[1, 1], [2, 1]])
    post = om.Service("post", "ship", om.RateCard.by_zone({1: 3, 2: 8}), chart)
    nodes = [om.Node("N", postcode="10001"), om.Node("M", postcode="55401")]
    engine = om.Engine(om.Network(nodes, [post]), [om.Item("COAT")])
    policy = om.ReturnPolicy(keep_here=False)
    assert engine.route_return(coat(at="N"), policy).chosen.leg == 3
    assert engine.route_return(coat(at="M"), policy).chosen.leg == 8
    unknown = engine.route_return(coat(at=om.Destination("99999")), policy)
    assert unknown.why("N").reason is om.ReturnReason.NO_LANE


# -- booking ---------------------------------------------------------------------------


def test_what_stays_is_there_at_once():
    """On hand, or unavailable for the reason it came with."""
    engine = shop(journal=True)
    policy = om.ReturnPolicy()
    found = engine.route_return(coat(id="R-1"), policy, book=True)
    assert found.booked
    assert found.booking == om.Return("COAT", "A", 1, event_id="R-1")
    engine.route_return(coat(id="R-2", state="worn"), policy, book=True)
    cell = engine.stock("COAT", "A")
    assert (cell.on_hand, cell.unavailable) == (10, {"worn": 1})
    twin = om.Engine(engine.network, engine.items, clock=lambda: NOON)
    twin.replay(engine.log)
    assert twin.digest() == engine.digest()


def test_what_waits_for_inspection_counts_if_it_may_be_sold():
    """The third to come is no longer needed; to who sells none of them, B is empty."""
    engine = shop()
    policy = om.ReturnPolicy(need=[(2, 1)], otherwise=0.5, sellable={"quality_hold": 1})
    nodes = []
    for i in range(3):
        given = coat(at="B", state="quality_hold", id=f"R-{i}")
        nodes.append(engine.route_return(given, policy, book=True).node)
    assert nodes == ["B", "B", "B"]
    options = engine.route_return(coat(at="B", state="quality_hold"), policy)
    assert options.why("B").worth == 40
    blind = om.ReturnPolicy(need=[(2, 1)], otherwise=0.5)
    assert engine.route_return(coat(at="B"), blind).net == 80


def test_what_is_sent_on_is_inbound_until_it_arrives():
    """And counts for the next return."""
    engine = shop()
    found = engine.route_return(coat(id="R-1"), POLICY, book=True)
    assert engine.stock("COAT", "B").inbound == 1
    inbound = engine.inbound()
    assert (inbound["id"], inbound["type"]) == (["R-1"], ["return"])
    assert inbound["due"][0] == np.datetime64(NOON + 2 * 86_400, "s")
    assert engine.route_return(coat(id="R-2"), POLICY).node == "A"
    engine.apply(found.on_arrival)
    assert engine.stock("COAT", "B").on_hand == 1
    assert engine.stock("COAT", "A").on_hand == 9
    engine.check()


def test_the_answer_is_of_the_time_it_is_asked_for():
    """A hold that has run out holds nothing; the way starts now."""
    engine = shop(stock=(9, 1, 2))
    engine.reserve({("COAT", "B"): 1}, id="cart", ttl=60)
    assert engine.route_return(coat(), POLICY).node == "B"
    later = NOON + 60
    assert engine.route_return(coat(), POLICY, now=later).node == "A"
    sent = coat(at="W", id="R-1")
    batch = engine.route_returns(
        [sent], om.ReturnPolicy(keep_here=False), now=later + 5
    )
    assert batch.booking[0].due == later + 5 + 2 * 86_400


def test_what_cannot_be_sold_is_no_supply_on_its_way():
    """It is stock when it is there: unavailable."""
    engine = shop()
    policy = om.ReturnPolicy(takes={"damaged": ["W"]})
    given = coat(id="R-1", state="damaged")
    found = engine.route_return(given, policy, book=True)
    assert (found.node, found.booking, found.booked) == ("W", None, False)
    assert engine.inbound()["id"] == []
    engine.apply(found.on_arrival)
    assert engine.stock("COAT", "W").unavailable == {"damaged": 1}


def test_the_same_id_again_changes_nothing():
    """Even if it would go elsewhere by now: the answer is where it was sent."""
    engine = shop()
    first = engine.route_return(coat(id="R-1"), POLICY, book=True)
    assert first.node == "B"
    after = engine.digest()
    assert engine.route_return(coat(id="R-9"), POLICY).node == "A"
    again = engine.route_return(coat(id="R-1"), POLICY, book=True)
    assert (again.status, again.booked, again.node) == (om.Status.EXISTS, False, "B")
    assert (again.due, again.booking) == (first.due, first.booking)
    assert engine.digest() == after
    batch = engine.route_returns([coat(id="R-1"), coat(id="R-2")], POLICY, book=True)
    assert (batch.booked, batch.duplicates, batch.nodes) == (1, 1, ["B", "A"])
    engine.apply(again.on_arrival)
    assert engine.route_return(coat(id="R-1"), POLICY, book=True).node == "B"
    assert engine.route_return(coat(id="R-2"), POLICY, book=True).stays


def test_the_same_id_of_something_else_is_told():
    """As of a reservation: the id is taken."""
    engine = shop()
    engine.route_return(coat(id="R-1"), POLICY, book=True)
    other = attrs.evolve(coat(id="R-1"), quantity=2)
    again = engine.route_return(other, POLICY, book=True)
    assert again.status is om.Status.EXISTS_WITH_DIFFERENT_LINES
    with pytest.raises(om.StatusError):
        again.raise_for_status()


def test_where_unfit_units_were_booked_is_not_made_up():
    """They may have stayed, or been sent on and arrived: nobody remembers."""
    engine = shop()
    policy = om.ReturnPolicy(takes={"damaged": ["A"]})
    given = coat(id="R-1", state="damaged")
    assert engine.route_return(given, policy, book=True).stays
    again = engine.route_return(given, policy, book=True)
    assert (again.status, again.node) == (om.Status.EXISTS, None)
    assert "booked before" in repr(again)


def test_a_batch_is_booked_whole():
    """As many events as there are; what is there afterwards says so."""
    engine = shop()
    columns = {
        "sku": "COAT",
        "quantity": [1, 2, 1],
        "value": 80,
        "at": ["A", "B", None],
        "postcode": [None, None, "55425"],
        "state": [None, "worn", "on_hand"],
        "id": ["R-1", "R-2", "R-3"],
    }
    batch = engine.route_returns(columns, POLICY, book=True)
    assert (len(batch), batch.booked, batch.nodes) == (3, 3, ["B", "B", "A"])
    assert batch.columns()["stays"].tolist() == [False, True, False]
    assert engine.stock("COAT", "B").unavailable == {"worn": 2}
    assert engine.inbound()["id"] == ["R-1", "R-3"]
    assert repr(batch).startswith(
        "ReturnBatch(3 hand-ins: 1 stay, 2 sent on, 0 nowhere"
    )
    assert len(engine.route_returns([], POLICY, book=True)) == 0


# -- input and output ------------------------------------------------------------------


def test_the_table_tells_the_whole_story():
    """A line a node."""
    found = shop().route_return(coat(), POLICY)
    assert found.table().splitlines() == [
        "rank  node  service  reason     worth   leg  handling    net",
        "   1  B     ground   CHOSEN     80.00  6.00      0.00  74.00",
        "   2  A              CANDIDATE  72.00  0.00      0.00  72.00",
        "   3  W     ground   CANDIDATE  72.00  6.00      0.00  66.00",
    ]
    assert repr(found) == "ReturnRoute(OK, 1 COAT to B, net 74.00)"
    assert "<pre>" in found._repr_html_()
    assert found.raise_for_status() is found
    with pytest.raises(om.UnknownNodeError):
        found.why("Z")


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"hand_in": 7}, "hand_in"),
        ({"hand_in": coat(at="Z")}, "hand_in.at"),
        ({"hand_in": om.HandIn("NIX", 1, "A", value=1)}, "hand_in.sku"),
        ({"hand_in": coat(quantity=1.5)}, "hand_in.quantity"),
        ({"hand_in": coat(quantity=2**31 - 1, value=9e6)}, "hand_in.quantity"),
        (
            {
                "hand_in": coat(quantity=2**31 - 1, value=1),
                "policy": om.ReturnPolicy(handling={"store": 9e7}),
            },
            "hand_in.quantity",
        ),
        ({"hand_in": coat(), "book": True}, "hand_in.id"),
        ({"hand_in": coat(), "book": 1}, "book"),
        ({"policy": None}, "policy"),
        ({"policy": om.ReturnPolicy(services=["nix"])}, "policy.services[0]"),
        ({"policy": om.ReturnPolicy(exclude_nodes=["Z"])}, "policy.exclude_nodes[0]"),
        (
            {"policy": om.ReturnPolicy(takes={"worn": ["A", "Z"]})},
            "policy.takes['worn'][1]",
        ),
        ({"prices": 4}, "prices"),
        ({"prices": {"COAT": 4}}, "prices['COAT']"),
        ({"prices": {("COAT", "Z"): 4}}, "prices[('COAT', 'Z')].node"),
        ({"prices": {("COAT", "A"): -1}}, "prices[('COAT', 'A')]"),
    ],
)
def test_bad_questions_name_their_path_and_change_nothing(given, path):
    """One clear error."""
    engine = shop()
    before = engine.digest()
    asked = {"hand_in": coat(), "policy": POLICY, **given}
    with pytest.raises(om.OmnirouteError) as caught:
        engine.route_return(asked.pop("hand_in"), asked.pop("policy"), **asked)
    assert caught.value.path == path
    assert engine.digest() == before


FRAME = {"sku": ["COAT"], "quantity": [1], "value": [80], "at": ["A"]}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (7, "hand_ins"),
        (coat(), "hand_ins"),
        ([coat(), 7], "hand_ins[1]"),
        ([coat(), coat(at="Z")], "hand_ins[1].at"),
        ({**FRAME, "quantity": 1}, "hand_ins.quantity"),
        ({**FRAME, "quantity": [0]}, "hand_ins.quantity[0]"),
        ({**FRAME, "value": [1, 2]}, "hand_ins.value"),
        ({**FRAME, "value": ["dear"]}, "hand_ins.value[0]"),
        ({"sku": ["COAT"], "quantity": [1], "at": ["A"]}, "hand_ins"),
        ({"sku": ["COAT"], "quantity": [1], "value": [1]}, "hand_ins"),
        ({**FRAME, "sku": ["NIX"]}, "hand_ins[0].sku"),
    ],
)
def test_bad_batches_name_the_row(given, path):
    """In the words of what was passed."""
    with pytest.raises(om.OmnirouteError) as caught:
        shop().route_returns(given, POLICY)
    assert caught.value.path == path


def test_a_batch_to_book_has_ids_each_once():
    """Nothing is booked else."""
    engine = shop()
    before = engine.digest()
    for given, path in (
        ([coat(id="R-1"), coat()], "hand_ins[1].id"),
        ([coat(id="R-1"), coat(id="R-1")], "hand_ins[1].id"),
    ):
        with pytest.raises(om.ValidationError) as caught:
            engine.route_returns(given, POLICY, book=True)
        assert caught.value.path == path
    assert engine.digest() == before


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"need": 7}, "need"),
        ({"need": [3]}, "need[0]"),
        ({"need": [(1, 1), (1, 0.5)]}, "need[1][0]"),
        ({"need": [(1, 11)]}, "need[0][1]"),
        ({"otherwise": -1}, "otherwise"),
        ({"scrap": 1.5}, "scrap"),
        ({"sellable": {"worn": 2}}, "sellable['worn']"),
        ({"sellable": [1]}, "sellable"),
        ({"takes": {"worn": "A"}}, "takes['worn']"),
        ({"handling": {"shop": 1}}, "handling"),
        ({"handling": {"store": -1}}, "handling['store']"),
        ({"max_distance_km": 0}, "max_distance_km"),
        ({"keep_here": 1}, "keep_here"),
    ],
)
def test_bad_policies_name_their_field(given, path):
    """Where they are made."""
    with pytest.raises(om.ConfigurationError) as caught:
        om.ReturnPolicy(**given)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"quantity": 0}, "quantity"),
        ({"at": 7}, "at"),
        ({"value": -1}, "value"),
        ({"value": 2**60}, "value"),
        ({"state": ""}, "state"),
        ({"id": ""}, "id"),
    ],
)
def test_bad_hand_ins_name_their_field(given, path):
    """Where they are made."""
    with pytest.raises(om.ValidationError) as caught:
        coat(**given)
    assert caught.value.path == path


def test_kits_come_back_in_parts():
    """They have no stock of their own."""
    items = [om.Item("CUP"), om.Item("SET", components={"CUP": 2})]
    engine = om.Engine(om.Network([om.Node("A")], [GROUND]), items)
    with pytest.raises(om.ValidationError) as caught:
        engine.route_return(om.HandIn("SET", 1, "A", value=9), om.ReturnPolicy())
    assert caught.value.path == "hand_in.sku"


@pytest.mark.parametrize("make", ["pandas", "polars", "pyarrow"])
def test_a_frame_says_the_same_as_hand_ins(make):
    """With gaps, whatever library made it."""
    library = pytest.importorskip(make)
    columns = {
        "sku": ["COAT", "COAT"],
        "quantity": [1, 2],
        "value": [80.5, 10.0],
        "at": ["A", None],
        "postcode": [None, "55425"],
        "state": ["worn", None],
    }
    made = library.table(columns) if make == "pyarrow" else library.DataFrame(columns)
    batch = shop().route_returns(made, POLICY)
    mailed = om.Destination("55425")
    given = [coat(value=80.5, state="worn"), coat(at=mailed, quantity=2, value=10)]
    same = shop().route_returns(given, POLICY)
    assert [way.given for way in batch.ways] == given
    assert batch.numbers.tolist() == same.numbers.tolist()
