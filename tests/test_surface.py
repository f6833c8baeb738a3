"""The public names, and what importing them costs."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

import pytest

import omniroute

PUBLIC = {
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
}

HEAVY = {
    *("numpy", "numba", "attrs", "attr", "sortedcontainers", "pandas", "scipy"),
    *("typing", "decimal", "fractions", "datetime"),
}


def loaded_after(statement: str) -> set[str]:
    """Names of the modules a fresh interpreter has loaded after a statement."""
    code = f"import sys; {statement}; print(*sorted(sys.modules))"
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return set(told.stdout.split())


def test_the_public_surface_is_frozen():
    """A name that comes or goes is a decision, made here as well."""
    assert set(omniroute.__all__) == PUBLIC
    assert len(omniroute.__all__) == len(PUBLIC)


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_public_name_can_be_had(name):
    """And dir() shows it before it is first used."""
    assert getattr(omniroute, name) is not None
    assert name in dir(omniroute)


def test_a_name_that_is_not_public_is_an_attribute_error():
    """As for any module, so that hasattr works."""
    with pytest.raises(AttributeError, match="'omniroute' has no attribute 'Enigne'"):
        omniroute.Enigne  # noqa: B018 - the look-up is the test


def test_importing_the_package_does_no_work():
    """Nothing heavy, and nothing of its own but itself."""
    loaded = loaded_after("import omniroute")
    assert not loaded & (HEAVY - loaded_after("import importlib"))
    own = {name for name in loaded if name.split(".")[0] == "omniroute"}
    assert own == {"omniroute"}


def test_describing_a_network_does_not_load_numba():
    """A service that only builds orders does not pay for a compiler."""
    loaded = loaded_after("import omniroute; omniroute.Network, omniroute.Order")
    assert "numba" not in loaded


def test_catching_errors_loads_nothing_else():
    """Errors and outcome codes are plain Python."""
    loaded = loaded_after(
        "import omniroute; omniroute.ValidationError, omniroute.Status"
    )
    assert not loaded & {"numpy", "numba", "attr", "attrs"}


def test_the_version_is_that_of_the_distribution():
    """Two places, one number."""
    try:
        installed = version("omniroute")
    except PackageNotFoundError:
        pytest.skip("the package runs from its source folder, not installed")
    assert omniroute.__version__ == installed
