"""How to choose: data, so that a decision can be replayed."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import attrs
from attrs import field

from omniroute._show import differing
from omniroute.errors import ConfigurationError
from omniroute.model import constraints as limits
from omniroute.model import policy_data
from omniroute.model.checks import flag, one_of, text, texts, whole
from omniroute.model.cost_term import CostTerm, cost_terms
from omniroute.model.distance import kilometres, to_metres
from omniroute.model.exact import Number
from omniroute.model.gates import StockGate, stock_gates
from omniroute.model.objectives import check_fields, criteria, in_order, objective
from omniroute.model.rule_group import FILLS, RuleGroup, rule_groups
from omniroute.model.transit import percentile

_COUNT_MAX: Final = 2**31 - 1


def _max_shipments(value: int | None) -> int | None:
    if value is None:
        return None
    return whole(value, "max_shipments", 1, _COUNT_MAX, ConfigurationError)


def _complete_only(value: bool) -> bool:
    return flag(value, "complete_only", ConfigurationError)


def _max_distance(value: Number | None) -> Decimal | None:
    return kilometres(value, "max_distance_km")


def _exclude_nodes(value: Iterable[str]) -> tuple[str, ...]:
    return texts(value, "exclude_nodes", ConfigurationError)


def _mix_kinds(value: bool) -> bool:
    return flag(value, "mix_kinds", ConfigurationError)


def _work_budget(value: int) -> int:
    return whole(value, "work_budget", 1, 2**62, ConfigurationError)


def _name(value: str) -> str:
    return text(value, "name", ConfigurationError)


def _groups(value: Iterable[RuleGroup]) -> tuple[RuleGroup, ...]:
    return rule_groups(value, "groups")


def _day_price(value: Number) -> Decimal:
    return limits.price(value, "day_price")


def _shipment_price(value: Number) -> Decimal:
    return limits.price(value, "shipment_price")


def _terms(value: Iterable[CostTerm]) -> tuple[CostTerm, ...]:
    return cost_terms(value, "terms")


def _percentile(value: Number | None) -> Decimal | None:
    return None if value is None else percentile(value, "promise_percentile")


def _gates(value: Iterable[StockGate]) -> tuple[StockGate, ...]:
    return stock_gates(value, "gates")


def _version(value: int) -> int:
    return whole(value, "version", 1, _COUNT_MAX, ConfigurationError)


def _needed_by(value: str) -> str:
    return one_of(value, "needed_by", limits.NEEDED_BYS, ConfigurationError)


def _fill(value: str) -> str:
    return one_of(value, "fill", FILLS, ConfigurationError)


@attrs.frozen(repr=False)
class RoutingPolicy:
    """The declared rules a routing decision follows.

    Parameters
    ----------
    objective
        ``"cheapest"``; ``"fastest"``: the least latest arrival, then the cheapest;
        ``"fewest_shipments"``, then the cheapest; ``"weighted"``: cash, plus
        ``day_price`` for each day until the last shipment is there, plus
        ``shipment_price`` for each shipment; ``"lexicographic"``: ``criteria``;
        ``"waterfall"``: ``groups`` in turn, and ``criteria`` within a group.
    max_shipments
        Most shipments of one order; None for no limit.
    complete_only
        Serve an order whole or not at all.
    max_distance_km
        Farthest node from the destination, to the metre; None for no limit.
    exclude_nodes
        Ids of nodes that serve no order under this policy.
    mix_kinds
        Whether one plan may mix service kinds.
    work_budget
        Search steps one decision may take where the search is bounded. Counted, not
        timed: the same input gives the same answer on any machine.
    name
        What reports call it.
    criteria
        Objectives of the first four, in order: the first that does not tie decides.
    gates
        Nodes that are not asked for an item of which they have too little; a node that is
        open to no line of an order serves nothing of it.
    groups
        The groups of a waterfall, in turn: the first that fills the order serves it;
        if none does, the one that serves the most.
    fill
        ``"order"``, or ``"line"``: a group then serves the lines that it fills, and the
        next one what is left.
    day_price, shipment_price
        Money, in the currency unit, that ``weighted`` puts on a day and a shipment. Days
        are those of the calendar where routing tells dates (`Network.dated`).
    split_lines
        When a line may come from several nodes: ``"when_needed"``, where no node holds it
        whole; ``"freely"``, wherever that makes a better plan; ``"never"``: it is served
        from one node, as far as that goes. True and False stand for the first and last.
    keep_together
        Item classes whose lines, class by class, leave from one node; see also
        `Order.keep_together`.
    min_value_to_split
        Least `Order.value` of an order that may have more than one shipment. An order
        that has no value is not limited.
    max_distance_km_by_kind
        Farthest node by kind of node, to the metre: ``{"store": 50}``.
    exclude_nodes_by_channel
        Ids of nodes that serve no order through a channel: ``{"marketplace": ["S1"]}``.
    split_penalty
        Money that each shipment after the first counts beside its cost.
    distance_price
        Money that a kilometre from the node counts, for each shipment.
    terms
        Cost terms beside rates and handling.
    promise_percentile
        Share of parcels, 0.95 for 95 of 100, that are to be there by the day that is
        promised: transit counts as many days as it takes for that share, where a
        service tells `TransitPercentiles`; one that tells no share as high is not
        offered. None: the highest share that each of them tells.
    needed_by
        What `Order.needed_by` is: ``"hard"``, a limit, so that services which arrive
        later are not admitted; ``"soft"``, a wish, which `terms.lateness` puts a price on.
    version
        Which of the policies of this name it is; reports and data carry it along.

    Raises
    ------
    ConfigurationError
        One of these cannot be.

    Examples
    --------
    >>> RoutingPolicy(objective="fastest", max_shipments=2).max_shipments
    2
    """

    objective: str = field(default="cheapest", converter=objective)
    max_shipments: int | None = field(default=None, converter=_max_shipments)
    complete_only: bool = field(default=False, converter=_complete_only)
    max_distance_km: Decimal | None = field(default=None, converter=_max_distance)
    exclude_nodes: tuple[str, ...] = field(default=(), converter=_exclude_nodes)
    mix_kinds: bool = field(default=False, converter=_mix_kinds)
    work_budget: int = field(default=2_000_000, converter=_work_budget)
    name: str = field(default="default", converter=_name)
    criteria: tuple[str, ...] = field(default=(), converter=criteria)
    groups: tuple[RuleGroup, ...] = field(default=(), converter=_groups)
    fill: str = field(default="order", converter=_fill)
    day_price: Decimal = field(default=Decimal(0), converter=_day_price)
    shipment_price: Decimal = field(default=Decimal(0), converter=_shipment_price)
    split_lines: str = field(default=limits.WHEN_NEEDED, converter=limits.split_lines)
    keep_together: tuple[str, ...] = field(default=(), converter=limits.keep_together)
    min_value_to_split: Decimal | None = field(
        default=None, converter=limits.min_value_to_split
    )
    max_distance_km_by_kind: limits.ByKind = field(
        default=(), converter=limits.max_distance_by_kind
    )
    exclude_nodes_by_channel: limits.ByChannel = field(
        default=(), converter=limits.exclude_nodes_by_channel
    )
    split_penalty: Decimal = field(default=Decimal(0), converter=limits.split_penalty)
    distance_price: Decimal = field(default=Decimal(0), converter=limits.distance_price)
    terms: tuple[CostTerm, ...] = field(default=(), converter=_terms)
    gates: tuple[StockGate, ...] = field(default=(), converter=_gates)
    promise_percentile: Decimal | None = field(default=None, converter=_percentile)
    needed_by: str = field(default=limits.HARD, converter=_needed_by)
    version: int = field(default=1, converter=_version)

    def __attrs_post_init__(self) -> None:
        check_fields(self)

    def __repr__(self) -> str:
        return differing(self)

    # -- as data -------------------------------------------------------------------------

    def to_dict(
        self, *, functions: policy_data.Functions | None = None
    ) -> dict[str, Any]:
        """Return the policy as a plain dict: what differs from the defaults, exact.

        Parameters
        ----------
        functions
            Functions of one's own that cost terms use, by name.

        Raises
        ------
        ConfigurationError
            A cost term has a function that has no name there.

        Examples
        --------
        >>> RoutingPolicy(max_shipments=2, split_penalty=1.5, version=3).to_dict()
        {'schema': 1, 'max_shipments': 2, 'split_penalty': 1.5, 'version': 3}
        """
        return policy_data.to_dict(self, functions or {})

    @classmethod
    def from_dict(
        cls, data: Any, *, functions: policy_data.Functions | None = None
    ) -> RoutingPolicy:
        """Return the policy that a dict describes; what it leaves out is by default.

        Raises
        ------
        ConfigurationError
            A schema that is not known, a key that is no field, or a value that cannot
            be: the path says which (``groups[1].node_kinds[0]``).

        Examples
        --------
        >>> RoutingPolicy.from_dict({"schema": 1, "objective": "fastest"}).objective
        'fastest'
        """
        return policy_data.from_dict(data, functions or {}, cls)

    def to_json(self, *, functions: policy_data.Functions | None = None) -> str:
        """Return `to_dict` as JSON."""
        return policy_data.to_json(self.to_dict(functions=functions))

    @classmethod
    def from_json(
        cls, text: str, *, functions: policy_data.Functions | None = None
    ) -> RoutingPolicy:
        """Return the policy that JSON describes; raises what `from_dict` raises."""
        return cls.from_dict(policy_data.from_json(text), functions=functions)

    def to_toml(self, *, functions: policy_data.Functions | None = None) -> str:
        """Return `to_dict` as TOML."""
        return policy_data.to_toml(self.to_dict(functions=functions))

    @classmethod
    def from_toml(
        cls, text: str, *, functions: policy_data.Functions | None = None
    ) -> RoutingPolicy:
        """Return the policy that TOML describes; raises what `from_dict` raises."""
        return cls.from_dict(policy_data.from_toml(text), functions=functions)

    @property
    def in_order(self) -> tuple[str, ...]:
        """What counts, the first to decide first: money is always one of them."""
        return in_order(self.objective, self.criteria)

    @property
    def max_distance_m(self) -> int | None:
        """The maximum distance in whole metres."""
        if self.max_distance_km is None:
            return None
        return to_metres(self.max_distance_km, "max_distance_km")
