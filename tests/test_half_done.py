"""A term of the caller's own breaks a batch off: what was done before is told."""

from __future__ import annotations

import pytest

import omniroute as om

HOME = om.Destination(postcode="55425")
FAR = om.Destination(postcode="10001")


def shop() -> om.Engine:
    service = om.Service("ground", "ship", om.RateCard.flat(5))
    network = om.Network([om.Node("N1"), om.Node("N2")], [service])
    engine = om.Engine(network, [om.Item("BOLT")], clock=lambda: 0)
    engine.apply(om.Receive("BOLT", "N1", 9))
    return engine


def breaks_off(after: int) -> om.RoutingPolicy:
    """A term that works for so many orders."""
    calls = iter(range(after))

    def price(stock):
        if next(calls, None) is None:
            raise ZeroDivisionError("mine")
        return 0 * stock.node

    return om.RoutingPolicy(terms=[om.CostTerm("mine", price, per="item")])


def bolts(count: int) -> list[om.Order]:
    return [om.Order({"BOLT": 1}, HOME, id=f"O{i}") for i in range(count)]


def calls_of_an_order() -> int:
    """How often the term is asked for one order of a batch."""
    asked = []

    def price(stock):
        asked.append(1)
        return 0 * stock.node

    term = om.CostTerm("mine", price, per="item")
    shop().route_many(bolts(1), reserve=True, policy=om.RoutingPolicy(terms=[term]))
    return len(asked)


def test_a_batch_that_breaks_off_tells_what_is_reserved():
    engine, policy = shop(), breaks_off(2 * calls_of_an_order())
    with pytest.raises(om.HalfDoneError, match=r"orders\[2\]") as caught:
        engine.route_many(bolts(4), reserve=True, policy=policy)
    done = caught.value.result
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert (len(done), done.reserved.tolist()) == (2, [True, True])
    assert done.line_columns()["quanta"].tolist() == [1, 1]
    assert len(done.columns()["status"]) == 2
    assert engine.stock("BOLT", "N1").free == 7
    engine.check()
    # The same again goes on where it broke off.
    again = engine.route_many(bolts(4), reserve=True)
    assert [om.Status(code).name for code in again.status[2:]] == ["OK", "OK"]


@pytest.mark.parametrize("reserve", [False, True])
def test_where_nothing_was_reserved_the_error_is_the_callers(reserve):
    engine = shop()
    digest = engine.digest()
    with pytest.raises(ZeroDivisionError, match="mine"):
        engine.route_many(bolts(2), reserve=reserve, policy=breaks_off(0))
    assert engine.digest() == digest


def test_a_batch_that_reserves_nothing_loses_nothing():
    with pytest.raises(ZeroDivisionError):
        shop().route_many(bolts(4), policy=breaks_off(2 * calls_of_an_order()))


def waiting() -> om.Engine:
    engine = shop()
    engine.apply(om.Count("BOLT", "N1", 0))
    for order in bolts(3):
        assert engine.place(order, park=True).status is om.Status.OUT_OF_STOCK
    engine.apply(om.Receive("BOLT", "N1", 3))
    return engine


def breaks_a_retry_off(calls: int) -> bool:
    """Whether so many calls of a term serve somebody, and not all."""
    try:
        waiting().retry(policy=breaks_off(calls))
    except om.HalfDoneError:
        return True
    except ZeroDivisionError:
        return False
    raise AssertionError("a retry that was to break off")


def test_a_retry_that_breaks_off_tells_who_is_served():
    engine, orders = waiting(), 1
    while not breaks_a_retry_off(orders):
        orders += 1
    with pytest.raises(om.HalfDoneError, match=r"parked\['O1'\]") as caught:
        engine.retry(policy=breaks_off(orders))
    done = caught.value.result
    assert ([p.id for p in done.served], done.tried, done.more) == (["O0"], 2, True)
    assert engine.parked()["id"] == ["O1", "O2"]
    engine.check()
    assert [p.id for p in engine.retry(after=done.last).served] == ["O2"]


def test_a_retry_that_served_nobody_raises_what_was_raised():
    engine = waiting()
    with pytest.raises(ZeroDivisionError):
        engine.retry(policy=breaks_off(0))
    assert engine.parked()["id"] == ["O0", "O1", "O2"]
