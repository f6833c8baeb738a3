"""A call that fails half-way has changed nothing: here by a term of the caller's own."""

from __future__ import annotations

import numpy as np
import pytest

import omniroute as om

TO = om.Destination(postcode="55425")
RULES = om.DeclineRules(rests_after=1)


def shop(*, capacity=(), safety=()):
    """Three nodes, the first the cheapest; an order of three bolts that it is to send."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    nodes = [om.Node(f"N{k}", order_cost=k) for k in (1, 2, 3)]
    made = om.Engine(
        om.Network(nodes, [ground], capacity=capacity),
        [om.Item("BOLT")],
        clock=lambda: 1_800_000_000,
        journal=True,
        declines=RULES,
    )
    made.set_safety(safety)
    made.apply([om.Receive("BOLT", node.id, 40) for node in nodes])
    return made


def failing(after):
    """A policy whose term fails when it has been asked so often."""
    left = [after]

    def term(lanes):
        left[0] -= 1
        if left[0] < 0:
            raise RuntimeError("no such price")
        return np.zeros(len(lanes.node))

    return om.RoutingPolicy(terms=[om.CostTerm("fragile", term)])


@pytest.mark.parametrize("write_down", [False, True])
@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"capacity": [om.Capacity(5)]},
        {"safety": [om.SafetyRule(percent=20), om.SafetyRule(4, guards="network")]},
    ],
)
def test_a_node_has_not_declined_where_nobody_could_be_asked(rules, write_down):
    """The units, the count of declines, who rests and the log are as before."""
    made = shop(**rules)
    order = om.Order({"BOLT": 3}, TO, id="A-1")
    made.place(order)
    digest, noted = made.digest(), len(made.log)
    with pytest.raises(RuntimeError):
        made.resource(
            "A-1", order, "N1", policy=failing(0), write_down=write_down, park=True
        )
    assert made.digest() == digest
    assert len(made.log) == noted
    assert made.declines()["node"] == []
    made.check()
    assert made.resource("A-1", order, "N1").plan.shipments[0].node == "N2"
    twin = om.Engine(made.network, made.items, clock=lambda: 0, declines=RULES)
    twin.replay(made.log)
    assert twin.digest() == made.digest()
