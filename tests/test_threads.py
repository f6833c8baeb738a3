"""Sixteen threads after the same stock: nothing is sold twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import omniroute as om
from omniroute.engine import Engine
from tests.conftest import WITHOUT_JIT
from tests.routing.worlds import PREFIXES, world

THREADS = 16
EACH = 10 if WITHOUT_JIT else 60


def hot_engine() -> Engine:
    """Three nodes and two SKUs that everybody wants."""
    network = om.Network(
        [om.Node(f"N{k}", order_cost=k) for k in range(3)],
        [om.Service("ground", "ship", om.RateCard.flat(5))],
    )
    engine = Engine(network, [om.Item("HOT"), om.Item("WARM")], clock=lambda: 0)
    engine.apply([om.Receive("HOT", f"N{k}", 2 * EACH) for k in range(3)])
    engine.apply([om.Receive("WARM", "N1", 3 * EACH)])
    return engine


def test_sixteen_threads_never_oversell():
    """As many units as there were are reserved, and not one more."""
    engine = hot_engine()
    to = om.Destination(postcode="55425")

    def buy(thread: int) -> list[om.Status]:
        lines = {"HOT": 1} if thread % 2 else {"HOT": 1, "WARM": 1}
        ids = [f"{thread}-{k}" for k in range(EACH)]
        return [engine.place(om.Order(lines, to), id=id).status for id in ids]

    with ThreadPoolExecutor(THREADS) as pool:
        statuses = [
            status for found in pool.map(buy, range(THREADS)) for status in found
        ]
    assert statuses.count(om.Status.OK) <= 6 * EACH
    assert engine.available_to_promise("HOT") == 6 * EACH - statuses.count(om.Status.OK)
    assert 0 in (
        engine.available_to_promise("HOT"),
        engine.available_to_promise("WARM"),
    )
    engine.check()


def test_one_id_from_many_threads_reserves_once():
    """All but one of the same requests are told that it exists."""
    engine = hot_engine()
    order = om.Order({"HOT": 1}, om.Destination(postcode="55425"), id="A")
    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(lambda _: engine.place(order).status, range(50)))
    assert found.count(om.Status.OK) == 1
    assert found.count(om.Status.EXISTS) == 49
    assert engine.available_to_promise("HOT") == 6 * EACH - 1


def test_explaining_in_one_thread_does_not_disturb_deciding_in_another():
    """Lanes are shared and a full store swaps them: each call still sees its own."""
    made = world(4, nodes=6)
    made.engine._router.lanes._budget_bytes = 1
    orders = [
        om.Order({made.skus[k % 5]: 1}, om.Destination(postcode=f"{prefix}{k:02d}"))
        for k in range(8)
        for prefix in PREFIXES
    ]
    alone = [repr(made.engine.route(order).explain()) for order in orders]
    plans = [made.engine.route(order) for order in orders]

    def explain(i: int) -> str:
        assert made.engine.route(orders[-i]).shipments == plans[-i].shipments
        return repr(plans[i].explain())

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(explain, range(len(orders)))) == alone
