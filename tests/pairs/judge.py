"""A plan beside the best there is: what has to hold whatever features a shop has."""

from __future__ import annotations

from dataclasses import dataclass, replace

import omniroute as om
from tests.naive.from_engine import Question

from .asking import Group, groups_of
from .highs import best
from .problem import count
from .shop import SCALE, Shop


@dataclass
class Verdict:
    """What was found out about a plan."""

    proven: bool
    empty: bool
    #: Whether a line is nowhere whole: it is short, or comes from several nodes.
    spread: bool
    #: Whether it was held against the best plan.
    compared: bool


def judge(shop: Shop) -> Verdict:
    """Cost a shop's plan again, and hold it against HiGHS; fail where it does not hold."""
    engine = shop.engine()
    plan = engine.route(shop.asked(), policy=shop.rules())
    _same_again(shop, plan)
    groups = groups_of(shop, engine)
    mine = _counted(shop, groups, plan)
    spread = any(not all(group.problem.one_node) for group in groups)
    if not _has_oracle(shop):
        return Verdict(plan.proven, not plan.shipments, spread, compared=False)
    low, high = _best(shop, engine, groups)
    money = 1 + next(
        i
        for i, name in enumerate(shop.rules().in_order)
        if name in ("cheapest", "weighted")
    )
    assert mine >= low, f"better than the best there is: {mine} {low}"
    bound = int(plan.bound * SCALE)
    if plan.shipments and mine[:money] == high[:money]:
        # A bound is on plans that are as good by all that counts before money.
        assert bound <= high[money], f"bound {bound} above the optimum {high}"
    assert bound <= max(0, mine[money]), f"bound {bound} above the plan {mine}"
    if plan.proven:
        assert mine <= high, f"proven, and yet there is a better plan: {mine} {high}"
        assert plan.bound == plan.objective
    return Verdict(plan.proven, not plan.shipments, spread, compared=True)


def _same_again(shop: Shop, plan: om.Plan) -> None:
    """Another engine of the same shop, in a batch, alone and reserved: the same plan."""
    engine, order, policy = shop.engine(), shop.asked("A"), shop.rules()
    others = [engine.route(order, policy=policy)]
    if not (shop.dated and order.due):
        others.append(engine.route_many([order], policy=policy).plan(0))
        # A batch names prices when a plan is looked at: on the stock of the decision.
        assert others[-1].shipments == plan.shipments
    placed = engine.place(order, policy=policy, partial=True)
    assert placed.reserved == bool(plan.shipments)
    engine.check()
    for other in (*others, placed.plan):
        assert other.shipments == plan.shipments, "the same question, another plan"
        told = (other.cost, other.objective, other.bound, other.proven)
        assert told == (plan.cost, plan.objective, plan.bound, plan.proven)
        assert other.status == plan.status


def _counted(shop: Shop, groups: list[Group], plan: om.Plan) -> tuple[int, ...]:
    """Return the key of a plan, costed from scratch."""
    if not plan.shipments:
        assert (plan.cost, plan.objective) == (0, 0)
        return (0,) * (1 + len(shop.rules().in_order))
    answering = [group for group in groups if group.question.answers(plan)]
    assert answering, "a shipment by no option there is"
    group = answering[0]
    free = replace(group.problem, split_freely=may_split(shop))
    found = count(free, group.sent(plan))
    assert int(plan.cost * SCALE) == found.cash, f"cash {plan.cost} {found}"
    assert int(plan.objective * SCALE) == found.money, f"{plan.objective} {found}"
    short = group.problem.asked - found.lots
    assert (plan.status is om.Status.OK) == (short == 0)
    return found.key(group.problem.criteria)


# -- what it is held against -----------------------------------------------------------


def may_split(shop: Shop) -> bool:
    """Whether a plan may split a line that some node has whole.

    Where the policy says so. Lines that share parts, and nodes with room for some lines
    only, are asked about again with less stock, where a line may be split that was whole
    before.
    """
    told = ("kits", "room for lines", "split freely")
    return not set(told).isdisjoint(shop.has) or by_line(shop)


def by_line(shop: Shop) -> bool:
    """Whether groups of a waterfall are filled line by line."""
    return shop.policy.get("fill") == "line"


def _has_oracle(shop: Shop) -> bool:
    """A waterfall by line is told what to do, and not what is best."""
    return not by_line(shop)


def _best(shop: Shop, engine: om.Engine, groups: list[Group]) -> tuple[tuple, tuple]:
    """Keys that no plan beats, and that no proven plan is worse than."""
    high = _of_all(shop, engine, groups)
    if not may_split(shop):
        return high, high
    free = [
        Group(g.question, replace(g.problem, split_freely=True), g.lots) for g in groups
    ]
    return _of_all(shop, engine, free), high


def _of_all(shop: Shop, engine: om.Engine, groups: list[Group]) -> tuple:
    if shop.policy.get("objective") != "waterfall":
        return _least([g.problem for g in groups], shop)
    whole = groups[0].problem.asked if groups else 0
    complete = shop.policy.get("complete_only", False)
    best_so_far = None
    for rule in shop.rules().groups:
        problems = [
            replace(g.problem.only(_admits(engine, rule, g.question)),
                    complete_only=False)
            for g in groups
        ]  # fmt: skip
        key = _least(problems, shop)
        if best_so_far is None or key[0] < best_so_far[0]:
            best_so_far = key
        if -best_so_far[0] == whole:
            break
    if complete and -best_so_far[0] < whole:
        return (0,) * len(best_so_far)
    return best_so_far


def _least(problems: list, shop: Shop) -> tuple:
    nothing = (0,) * (1 + len(shop.rules().in_order))
    return min((best(problem) for problem in problems), default=nothing)


def _admits(engine: om.Engine, rule: om.RuleGroup, question: Question):
    nodes = {node.id: node for node in engine.network.nodes}

    def admits(option) -> bool:
        node = nodes[question.nodes[option.node]]
        limit = rule.max_distance_km
        return (
            (not rule.node_kinds or node.kind in rule.node_kinds)
            and (not rule.nodes or node.id in rule.nodes)
            and (
                not rule.services or question.services[option.service] in rule.services
            )
            and (limit is None or option.distance_m <= limit * 1000)
        )

    return admits
