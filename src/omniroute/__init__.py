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
    "AvailabilityMatrix": "omniroute.availability",
    "BatchResult": "omniroute.routing.batch",
    "Candidate": "omniroute.routing.explain",
    "CompileWarning": "omniroute.errors",
    "ConfigurationError": "omniroute.errors",
    "Count": "omniroute.stock.events",
    "Destination": "omniroute.model",
    "DistanceBands": "omniroute.model",
    "EffectLog": "omniroute.stock.log",
    "Engine": "omniroute.engine",
    "Explanation": "omniroute.routing.explain",
    "InvariantError": "omniroute.errors",
    "Item": "omniroute.model",
    "Network": "omniroute.model",
    "Node": "omniroute.model",
    "OmnirouteError": "omniroute.errors",
    "OmnirouteWarning": "omniroute.errors",
    "Order": "omniroute.model",
    "OrderLine": "omniroute.model",
    "Placement": "omniroute.engine",
    "Places": "omniroute.model",
    "Plan": "omniroute.routing.plan",
    "PlanLine": "omniroute.routing.plan",
    "PostcodeZones": "omniroute.model",
    "RateCard": "omniroute.model",
    "Reason": "omniroute.codes",
    "Receive": "omniroute.stock.events",
    "Reservation": "omniroute.stock.book",
    "RoutingPolicy": "omniroute.model",
    "Safety": "omniroute.stock.events",
    "Sell": "omniroute.stock.events",
    "Service": "omniroute.model",
    "Shipment": "omniroute.routing.plan",
    "Status": "omniroute.codes",
    "StatusError": "omniroute.errors",
    "UnknownIdError": "omniroute.errors",
    "UnknownNodeError": "omniroute.errors",
    "UnknownReservationError": "omniroute.errors",
    "UnknownServiceError": "omniroute.errors",
    "UnknownSkuError": "omniroute.errors",
    "ValidationError": "omniroute.errors",
    "datasets": "omniroute.datasets",
    "warm_up": "omniroute._jit",
}

if TYPE_CHECKING:
    from typing import Any

    from omniroute import datasets
    from omniroute._jit import warm_up
    from omniroute.availability import AvailabilityMatrix
    from omniroute.codes import Reason, Status
    from omniroute.engine import Engine, Placement
    from omniroute.errors import (
        CompileWarning,
        ConfigurationError,
        InvariantError,
        OmnirouteError,
        OmnirouteWarning,
        StatusError,
        UnknownIdError,
        UnknownNodeError,
        UnknownReservationError,
        UnknownServiceError,
        UnknownSkuError,
        ValidationError,
    )
    from omniroute.model import (
        Destination,
        DistanceBands,
        Item,
        Network,
        Node,
        Order,
        OrderLine,
        Places,
        PostcodeZones,
        RateCard,
        RoutingPolicy,
        Service,
    )
    from omniroute.routing.batch import BatchResult
    from omniroute.routing.explain import Candidate, Explanation
    from omniroute.routing.plan import Plan, PlanLine, Shipment
    from omniroute.stock.book import Reservation
    from omniroute.stock.events import Adjust, Count, Receive, Safety, Sell
    from omniroute.stock.log import EffectLog

__all__ = [
    "Adjust",
    "AvailabilityMatrix",
    "BatchResult",
    "Candidate",
    "CompileWarning",
    "ConfigurationError",
    "Count",
    "Destination",
    "DistanceBands",
    "EffectLog",
    "Engine",
    "Explanation",
    "InvariantError",
    "Item",
    "Network",
    "Node",
    "OmnirouteError",
    "OmnirouteWarning",
    "Order",
    "OrderLine",
    "Placement",
    "Places",
    "Plan",
    "PlanLine",
    "PostcodeZones",
    "RateCard",
    "Reason",
    "Receive",
    "Reservation",
    "RoutingPolicy",
    "Safety",
    "Sell",
    "Service",
    "Shipment",
    "Status",
    "StatusError",
    "UnknownIdError",
    "UnknownNodeError",
    "UnknownReservationError",
    "UnknownServiceError",
    "UnknownSkuError",
    "ValidationError",
    "__version__",
    "datasets",
    "warm_up",
]


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
    return sorted({*globals(), *__all__})
