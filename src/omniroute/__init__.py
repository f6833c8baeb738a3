"""omniroute: what can be promised, from where, and what the decision cost.

Public names load on first use: ``import omniroute`` itself does no work, and in
particular neither numpy nor numba is loaded by it.
"""

from __future__ import annotations

from importlib import import_module

# The checkers know the name. Importing it would cost more than all the rest here.
TYPE_CHECKING = False

__version__ = "0.1.0"

#: Public name -> the module it lives in. A submodule stands under its own name.
_HOMES = {
    "Adjust": "omniroute.stock.events",
    "Aisle": "omniroute.engine",
    "Alternatives": "omniroute.routing.explaining.alternatives",
    "Applied": "omniroute.stock.applied",
    "Arrive": "omniroute.stock.supply_events",
    "AtpExplanation": "omniroute.atp",
    "AtpRule": "omniroute.model.atp_rule",
    "AtpSchedule": "omniroute.atp",
    "Attempt": "omniroute.routing.failed_picks.attempts",
    "AttemptRules": "omniroute.model",
    "Attempts": "omniroute.routing.failed_picks.attempts",
    "AvailabilityExport": "omniroute.feed.export",
    "AvailabilityMatrix": "omniroute.availability",
    "BatchResult": "omniroute.routing.batch",
    "Buckets": "omniroute.model.buckets",
    "Calendar": "omniroute.model",
    "CancelInbound": "omniroute.stock.supply_events",
    "Candidate": "omniroute.routing.explaining.candidate_ranking",
    "Capacity": "omniroute.model",
    "CellStock": "omniroute.stock.show",
    "Channel": "omniroute.model",
    "CompileWarning": "omniroute.errors",
    "ConfigurationError": "omniroute.errors",
    "CostTerm": "omniroute.model",
    "Count": "omniroute.stock.events",
    "Decision": "omniroute.routing.explaining.decision",
    "DeclineRules": "omniroute.model",
    "Declined": "omniroute.engine",
    "DeliveryDays": "omniroute.model.delivery_days",
    "DeliverySlots": "omniroute.model.delivery_slots",
    "Demand": "omniroute.model.timeline",
    "Destination": "omniroute.model",
    "Dispatch": "omniroute.promising",
    "DispatchRule": "omniroute.model",
    "Dispatcher": "omniroute.promising",
    "DistanceBands": "omniroute.model",
    "EffectLog": "omniroute.stock.log",
    "Engine": "omniroute.engine",
    "Exchange": "omniroute.engine",
    "Expect": "omniroute.stock.supply_events",
    "Explanation": "omniroute.routing.explaining.explain",
    "Fate": "omniroute.codes",
    "HalfDoneError": "omniroute.errors",
    "HandIn": "omniroute.model",
    "HoldBatch": "omniroute.reservations.many",
    "HoldLine": "omniroute.model",
    "Hours": "omniroute.model",
    "InvariantError": "omniroute.errors",
    "Item": "omniroute.model",
    "KitStock": "omniroute.stock.kit_stock",
    "LaneCandidates": "omniroute.routing.policies.candidates",
    "Level": "omniroute.codes",
    "LevelChange": "omniroute.feed.changes",
    "LevelChanges": "omniroute.feed.changes",
    "LineOffer": "omniroute.routing.promises.offer",
    "Listing": "omniroute.routing.promises.listing",
    "Method": "omniroute.codes",
    "Move": "omniroute.stock.supply_events",
    "MovedOrder": "omniroute.routing.pool.result",
    "Network": "omniroute.model",
    "Node": "omniroute.model",
    "Offer": "omniroute.routing.promises.offer",
    "Offers": "omniroute.routing.promises.offers",
    "OmnirouteError": "omniroute.errors",
    "OmnirouteWarning": "omniroute.errors",
    "Order": "omniroute.model",
    "OrderLine": "omniroute.model",
    "OversellRule": "omniroute.model",
    "Partials": "omniroute.atp",
    "Placement": "omniroute.engine",
    "Places": "omniroute.model",
    "Plan": "omniroute.routing.plan",
    "PlanDifference": "omniroute.routing.explaining.versus",
    "PlanLine": "omniroute.routing.shipment",
    "PostcodeZones": "omniroute.model",
    "PromiseMap": "omniroute.routing.promises.map",
    "Quota": "omniroute.model",
    "QuotaBook": "omniroute.model",
    "RateCard": "omniroute.model",
    "Reason": "omniroute.codes",
    "Reassigned": "omniroute.routing.pool.result",
    "Receive": "omniroute.stock.events",
    "Reoptimised": "omniroute.routing.pool.result",
    "Reschedule": "omniroute.stock.supply_events",
    "Reservation": "omniroute.stock.book",
    "ReservationState": "omniroute.codes",
    "Resourced": "omniroute.engine",
    "Retried": "omniroute.engine",
    "Return": "omniroute.stock.events",
    "ReturnBatch": "omniroute.routing.returns.return_batch",
    "ReturnOption": "omniroute.routing.returns.returned",
    "ReturnPolicy": "omniroute.model",
    "ReturnReason": "omniroute.codes",
    "ReturnRoute": "omniroute.routing.returns.returned",
    "RingFence": "omniroute.model",
    "RoutingPolicy": "omniroute.model",
    "RuleGroup": "omniroute.model",
    "Safety": "omniroute.stock.events",
    "SafetyRule": "omniroute.model",
    "Sell": "omniroute.stock.events",
    "Service": "omniroute.model",
    "Shadow": "omniroute.routing.policies.shadow",
    "Shipment": "omniroute.routing.shipment",
    "SlotOffer": "omniroute.routing.promises.slots",
    "Status": "omniroute.codes",
    "StatusError": "omniroute.errors",
    "StockCandidates": "omniroute.routing.policies.candidates",
    "StockGate": "omniroute.model",
    "StoreOffer": "omniroute.routing.promises.offer",
    "Subscription": "omniroute.engine",
    "Supply": "omniroute.model.timeline",
    "Timeline": "omniroute.model.timeline",
    "Timelines": "omniroute.model.timelines",
    "TransferOut": "omniroute.stock.supply_events",
    "TransitPercentiles": "omniroute.model.transit",
    "UnknownChannelError": "omniroute.errors",
    "UnknownIdError": "omniroute.errors",
    "UnknownInboundError": "omniroute.errors",
    "UnknownNodeError": "omniroute.errors",
    "UnknownReservationError": "omniroute.errors",
    "UnknownServiceError": "omniroute.errors",
    "UnknownSkuError": "omniroute.errors",
    "ValidationError": "omniroute.errors",
    "WhyNot": "omniroute.routing.explaining.why_not",
    "WorkingDays": "omniroute.model",
    "atp_by_date": "omniroute.atp",
    "billable_weight_g": "omniroute.model.billable",
    "compare_plans": "omniroute.routing.explaining.versus",
    "datasets": "omniroute.datasets",
    "terms": "omniroute.model",
    "warm_up": "omniroute._jit",
}

if TYPE_CHECKING:
    from typing import Any

    from omniroute import datasets
    from omniroute._jit import warm_up
    from omniroute.atp import AtpExplanation, AtpSchedule, Partials, atp_by_date
    from omniroute.availability import AvailabilityMatrix
    from omniroute.codes import (
        Fate,
        Level,
        Method,
        Reason,
        ReservationState,
        ReturnReason,
        Status,
    )
    from omniroute.engine import (
        Aisle,
        Declined,
        Engine,
        Exchange,
        Placement,
        Resourced,
        Retried,
        Subscription,
    )
    from omniroute.errors import (
        CompileWarning,
        ConfigurationError,
        HalfDoneError,
        InvariantError,
        OmnirouteError,
        OmnirouteWarning,
        StatusError,
        UnknownChannelError,
        UnknownIdError,
        UnknownInboundError,
        UnknownNodeError,
        UnknownReservationError,
        UnknownServiceError,
        UnknownSkuError,
        ValidationError,
    )
    from omniroute.feed.changes import LevelChange, LevelChanges
    from omniroute.feed.export import AvailabilityExport
    from omniroute.model import (
        AttemptRules,
        Calendar,
        Capacity,
        Channel,
        CostTerm,
        DeclineRules,
        Destination,
        DispatchRule,
        DistanceBands,
        HandIn,
        HoldLine,
        Hours,
        Item,
        Network,
        Node,
        Order,
        OrderLine,
        OversellRule,
        Places,
        PostcodeZones,
        Quota,
        QuotaBook,
        RateCard,
        ReturnPolicy,
        RingFence,
        RoutingPolicy,
        RuleGroup,
        SafetyRule,
        Service,
        StockGate,
        WorkingDays,
        terms,
    )
    from omniroute.model.atp_rule import AtpRule
    from omniroute.model.billable import billable_weight_g
    from omniroute.model.buckets import Buckets
    from omniroute.model.delivery_days import DeliveryDays
    from omniroute.model.delivery_slots import DeliverySlots
    from omniroute.model.timeline import Demand, Supply, Timeline
    from omniroute.model.timelines import Timelines
    from omniroute.model.transit import TransitPercentiles
    from omniroute.promising import Dispatch, Dispatcher
    from omniroute.reservations.many import HoldBatch
    from omniroute.routing.batch import BatchResult
    from omniroute.routing.explaining.alternatives import Alternatives
    from omniroute.routing.explaining.candidate_ranking import Candidate
    from omniroute.routing.explaining.decision import Decision
    from omniroute.routing.explaining.explain import Explanation
    from omniroute.routing.explaining.versus import PlanDifference, compare_plans
    from omniroute.routing.explaining.why_not import WhyNot
    from omniroute.routing.failed_picks.attempts import Attempt, Attempts
    from omniroute.routing.plan import Plan
    from omniroute.routing.policies.candidates import LaneCandidates, StockCandidates
    from omniroute.routing.policies.shadow import Shadow
    from omniroute.routing.pool.result import MovedOrder, Reassigned, Reoptimised
    from omniroute.routing.promises.listing import Listing
    from omniroute.routing.promises.map import PromiseMap
    from omniroute.routing.promises.offer import LineOffer, Offer, StoreOffer
    from omniroute.routing.promises.offers import Offers
    from omniroute.routing.promises.slots import SlotOffer
    from omniroute.routing.returns.return_batch import ReturnBatch
    from omniroute.routing.returns.returned import ReturnOption, ReturnRoute
    from omniroute.routing.shipment import PlanLine, Shipment
    from omniroute.stock.applied import Applied
    from omniroute.stock.book import Reservation
    from omniroute.stock.events import Adjust, Count, Receive, Return, Safety, Sell
    from omniroute.stock.kit_stock import KitStock
    from omniroute.stock.log import EffectLog
    from omniroute.stock.show import CellStock
    from omniroute.stock.supply_events import (
        Arrive,
        CancelInbound,
        Expect,
        Move,
        Reschedule,
        TransferOut,
    )

__all__ = [
    "Adjust",
    "Aisle",
    "Alternatives",
    "Applied",
    "Arrive",
    "AtpExplanation",
    "AtpRule",
    "AtpSchedule",
    "Attempt",
    "AttemptRules",
    "Attempts",
    "AvailabilityExport",
    "AvailabilityMatrix",
    "BatchResult",
    "Buckets",
    "Calendar",
    "CancelInbound",
    "Candidate",
    "Capacity",
    "CellStock",
    "Channel",
    "CompileWarning",
    "ConfigurationError",
    "CostTerm",
    "Count",
    "Decision",
    "DeclineRules",
    "Declined",
    "DeliveryDays",
    "DeliverySlots",
    "Demand",
    "Destination",
    "Dispatch",
    "DispatchRule",
    "Dispatcher",
    "DistanceBands",
    "EffectLog",
    "Engine",
    "Exchange",
    "Expect",
    "Explanation",
    "Fate",
    "HalfDoneError",
    "HandIn",
    "HoldBatch",
    "HoldLine",
    "Hours",
    "InvariantError",
    "Item",
    "KitStock",
    "LaneCandidates",
    "Level",
    "LevelChange",
    "LevelChanges",
    "LineOffer",
    "Listing",
    "Method",
    "Move",
    "MovedOrder",
    "Network",
    "Node",
    "Offer",
    "Offers",
    "OmnirouteError",
    "OmnirouteWarning",
    "Order",
    "OrderLine",
    "OversellRule",
    "Partials",
    "Placement",
    "Places",
    "Plan",
    "PlanDifference",
    "PlanLine",
    "PostcodeZones",
    "PromiseMap",
    "Quota",
    "QuotaBook",
    "RateCard",
    "Reason",
    "Reassigned",
    "Receive",
    "Reoptimised",
    "Reschedule",
    "Reservation",
    "ReservationState",
    "Resourced",
    "Retried",
    "Return",
    "ReturnBatch",
    "ReturnOption",
    "ReturnPolicy",
    "ReturnReason",
    "ReturnRoute",
    "RingFence",
    "RoutingPolicy",
    "RuleGroup",
    "Safety",
    "SafetyRule",
    "Sell",
    "Service",
    "Shadow",
    "Shipment",
    "SlotOffer",
    "Status",
    "StatusError",
    "StockCandidates",
    "StockGate",
    "StoreOffer",
    "Subscription",
    "Supply",
    "Timeline",
    "Timelines",
    "TransferOut",
    "TransitPercentiles",
    "UnknownChannelError",
    "UnknownIdError",
    "UnknownInboundError",
    "UnknownNodeError",
    "UnknownReservationError",
    "UnknownServiceError",
    "UnknownSkuError",
    "ValidationError",
    "WhyNot",
    "WorkingDays",
    "__version__",
    "atp_by_date",
    "billable_weight_g",
    "compare_plans",
    "datasets",
    "terms",
    "warm_up",
]


#: What this module needs itself, and no user.
_OWN = {"TYPE_CHECKING", "annotations", "import_module"}


def __getattr__(name: str) -> Any:
    """Load a public name on its first use and keep it for the next."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(home)
    value = module if home == f"{__name__}.{name}" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names whether loaded yet or not."""
    return sorted({*globals(), *__all__} - _OWN)
