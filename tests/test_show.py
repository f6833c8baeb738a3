"""Results show themselves alike: one line, aligned text, HTML; and cannot be changed."""

from __future__ import annotations

import attrs
import pytest

import omniroute as om
from omniroute._show import Columns, aligned, cut, html_table, told

ODD = "<b>&7"
TO = om.Destination(postcode="55425")


@pytest.fixture(scope="module")
def results():
    """One of each, of a shop whose ids are somebody's text."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5), transit_days=2)
    nodes = [om.Node(ODD), om.Node("N2", order_cost=1), om.Node("N3")]
    items = [
        om.Item(ODD),
        om.Item("MUG"),
        om.Item("SET", components={ODD: 1, "MUG": 2}),
    ]
    engine = om.Engine(om.Network(nodes, [ground]), items, clock=lambda: 0)
    feed = engine.subscribe(low=5, snapshot=False)
    cells = [(ODD, ODD, 4), ("MUG", ODD, 2), (ODD, "N2", 3)]
    engine.apply([om.Receive(*cell) for cell in cells])
    order = om.Order({ODD: 2, "MUG": 1}, TO, id=ODD)
    plan = engine.route(order)
    schedule = engine.available_by_date(ODD)
    changes, export = feed.take(), engine.export_availability()
    found = [
        plan,
        plan.shipments[0],
        plan.explain(),
        plan.explain().decision,
        plan.why_not("N2"),
        plan.why_not("N3"),
        plan.alternatives(),
        plan.versus(plan.alternatives()[0]),
        engine.place(order),
        engine.reserve({(ODD, ODD): 99}, id="B"),
        engine.reservation(ODD),
        engine.decline(ODD, ODD),
        engine.route_many([order]),
        engine.reserve_many(
            {"id": [ODD], "sku": [ODD], "node": ["N2"], "quantity": [1]}
        ),
        engine.stock(ODD, ODD),
        engine.availability(),
        engine.explain_kit("SET"),
        schedule,
        schedule.explain(ODD),
        schedule.partials(5, ODD),
        engine.quotas(ODD, [om.Quota("day", 3)]),
        changes,
        export,
        engine.resource("W", attrs.evolve(order, id="W"), ODD, {ODD: 1}),
        engine.retry(),
        engine.endless_aisle(attrs.evolve(order, id="T"), "N2"),
        engine.promise_many([ODD, "MUG"], to=TO),
        engine.promise_everywhere({ODD: 1}, [TO, om.Destination(postcode="10001")]),
        engine.route_returns([om.HandIn(ODD, 1, ODD, value=9)], om.ReturnPolicy()),
    ]
    return {type(each).__name__ + str(k): each for k, each in enumerate(found)}


#: Their classes in turn: told once more so that none is lost by accident.
CLASSES = """
    Plan Shipment Explanation Decision WhyNot WhyNot Alternatives PlanDifference
    Placement Placement Reservation Declined BatchResult HoldBatch CellStock
    AvailabilityMatrix KitStock LiveSchedule AtpExplanation Partials QuotaBook
    LevelChanges AvailabilityExport Resourced Retried Aisle Listing PromiseMap
    ReturnBatch
""".split()  # noqa: SIM905 - a list of this length is easier to read so
NAMES = [f"{name}{k}" for k, name in enumerate(CLASSES)]


@pytest.mark.parametrize("name", NAMES)
def test_a_result_shows_itself(results, name):
    """On one line; as a table without blanks at line ends; as HTML, ids escaped."""
    result = results[name]
    assert repr(result)
    assert "\n" not in repr(result)
    lines = result.table().splitlines()
    assert lines
    assert lines == [line.rstrip() for line in lines]
    page = result._repr_html_()
    assert "<table>" in page
    assert "<b>" not in page
    assert "<script" not in page
    assert "http" not in page


#: Arrays of the caller's own, in a plain object.
LOOSE = {"Listing26", "PromiseMap27"}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in LOOSE])
def test_a_result_cannot_be_changed(results, name):
    """What was decided stays decided."""
    result = results[name]
    for field in ("status", "quanta", "node", "cost", "terms", "lines", "ids", "units"):
        if hasattr(result, field):
            with pytest.raises((AttributeError, attrs.exceptions.FrozenInstanceError)):
                setattr(result, field, None)


def test_ids_show_up_escaped_where_they_are_named():
    """Not only left out."""
    assert "&lt;b&gt;&amp;7" in html_table([["node"], [ODD]])


def test_a_page_says_who_sends_each_item_and_who_sends_none():
    """One row an item and service; what has no offer has no node and no cost."""
    services = [
        om.Service("ground", "ship", om.RateCard.flat(5), transit_days=3),
        om.Service("air", "ship", om.RateCard.flat(9), transit_days=1),
    ]
    nodes = [om.Node("N1"), om.Node("N2", services=["air"])]
    items = [om.Item("MUG"), om.Item("POT"), om.Item("PAN")]
    engine = om.Engine(om.Network(nodes, services), items)
    engine.apply([om.Receive("MUG", "N1", 1), om.Receive("POT", "N2", 1)])
    page = engine.promise_many(["POT", "PAN", "MUG"], to=TO)
    found = page.columns()
    rows = zip(found["sku"], found["service"], found["node"], strict=True)
    assert list(rows) == [
        ("POT", "ground", None),
        ("POT", "air", "N2"),
        ("PAN", "ground", None),
        ("PAN", "air", None),
        ("MUG", "ground", "N1"),
        ("MUG", "air", "N1"),
    ]
    assert list(map(str, found["cost"])) == ["nan", "9.0", "nan", "nan", "5.0", "9.0"]
    assert found["transit_days"].tolist() == [0, 1, 0, 0, 3, 1]


def test_returned_units_that_go_nowhere_show_no_amounts():
    """A row for each hand-in, in their order."""
    ground = om.Service("ground", "ship", om.RateCard.flat(6))
    nodes = [om.Node("N1"), om.Node("N2", unit_cost=1)]
    engine = om.Engine(om.Network(nodes, [ground]), [om.Item("MUG")])
    policy = om.ReturnPolicy(takes={"damaged": ["N2"]}, handling={"store": 2})
    back = [
        om.HandIn("MUG", 1, "N1", value=9, id="R"),
        om.HandIn("MUG", 2, "N1", value=9, state="damaged"),
        om.HandIn("MUG", 1, "N1", value=9, state="lost"),
    ]
    nowhere = attrs.evolve(policy, takes={"damaged": ["N2"], "lost": []})
    shown = engine.route_returns(back, nowhere).table().splitlines()
    assert [line.split() for line in shown[1:]] == [
        ["R", "MUG", "1", "N1", "9.00", "0.00", "2.00", "7.00"],
        ["MUG", "2", "N2", "ground", "0.00", "6.00", "4.00", "-10.00"],
        ["MUG", "1"],
    ]


@pytest.mark.parametrize(
    ("thing", "text"),
    [
        (om.RoutingPolicy(), "RoutingPolicy()"),
        (om.RoutingPolicy("fastest", version=2), "objective='fastest', version=2"),
        (om.AtpRule(), "AtpRule()"),
        (om.AtpRule("net", clamp=False), "AtpRule(name='net', clamp=False)"),
    ],
)
def test_rules_show_what_is_not_by_default(thing, text):
    """Twenty-odd defaults say nothing."""
    assert text in repr(thing)


def test_what_stands_for_a_word_prints_as_the_word():
    """A state, a status, a method: by name wherever they are printed."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    engine = om.Engine(om.Network([om.Node("N1")], [ground]), [om.Item("MUG")])
    engine.apply(om.Receive("MUG", "N1", 1))
    placed = engine.place(om.Order({"MUG": 1}, TO), id="A")
    words = placed.status, engine.reservation("A").state
    assert [f"{word}" for word in words] == ["OK", "FIRM"]
    assert str(om.Method.SUBSETS) == "SUBSETS"
    assert str(om.Fate.PAST_DUE) == "PAST_DUE"


def test_columns_are_a_dict_that_shows_itself():
    """Answers of the engine in columns: equal to the dict they always were."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    engine = om.Engine(om.Network([om.Node("N1")], [ground]), [om.Item(ODD)])
    engine.apply(
        [om.Receive(ODD, "N1", 2), om.Expect("PO", ODD, "N1", 9, due=2_000_000_000)]
    )
    engine.reserve({(ODD, "N1"): 2}, id="A")
    engine.apply(om.Sell(ODD, "N1", 1))
    for answer in (
        engine.inbound(),
        engine.lots(),
        engine.shortages(),
        engine.at_risk(),
        engine.reservations(),
        engine.allocations(),
        engine.find_probabilities(),
        engine.parked(),
        engine.declines(),
    ):
        assert isinstance(answer, Columns)
        assert answer == dict(answer)
        assert answer.table().splitlines()[0].split() == list(answer)
        assert "<b>" not in answer._repr_html_()
    shown = engine.shortages().table().splitlines()
    assert shown[1].split() == [ODD, "N1", "1", "2", "1"]


def test_what_comes_after_a_plan_is_told_unit_by_unit():
    """What was declined or is here, what is sent instead, and what is missing."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
    engine = om.Engine(om.Network(nodes, [ground]), [om.Item("MUG")])
    engine.apply([om.Receive("MUG", "N1", 5), om.Receive("MUG", "N2", 2)])
    order = om.Order({"MUG": 3}, TO, id="A")
    engine.place(order)
    moved = engine.resource("A", order, "N1", park=True, write_down=True)
    assert repr(moved) == (
        "Resourced(SHORT, 'A', declined by N1, "
        "Plan(SHORT, 1 shipment, cost 6.00, proven, 1 line short), parked)"
    )
    assert [line.split() for line in moved.table().splitlines()] == [
        ["sku", "quantity", "node"],
        ["declined", "MUG", "3", "N1"],
        ["sent", "MUG", "2", "N2"],
        ["missing", "MUG", "1"],
    ]
    engine.apply(om.Receive("MUG", "N2", 1))
    assert repr(engine.retry()) == "Retried(1 order served of 1 tried)"
    engine.apply(om.Receive("MUG", "N2", 4))
    sold = engine.endless_aisle(attrs.evolve(order, id="T"), "N1")
    assert repr(sold) == (
        "Aisle(OK, 'T', 1 line here, Plan(OK, 1 shipment, cost 6.00, proven))"
    )
    assert sold.table().splitlines()[1].split() == ["here", "MUG", "2", "N1"]


def test_long_tables_are_cut():
    """With a row that says so."""
    rows = [["n"], *([str(n)] for n in range(50))]
    assert aligned(cut(rows, 3)).splitlines() == ["n", "0", "1", "2", "..."]
    assert cut(rows, 50) == rows


def test_values_are_told_as_people_read_them():
    """Nothing for none of it."""
    values = (None, True, False, float("inf"), float("nan"), 0, "x")
    assert [told(v) for v in values] == ["", "yes", "no", "unlimited", "", "0", "x"]
