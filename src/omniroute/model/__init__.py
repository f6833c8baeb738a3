"""What a user describes: frozen objects, validated where they are made."""

from omniroute.model import terms
from omniroute.model.attempt_rules import AttemptRules
from omniroute.model.calendar import Calendar
from omniroute.model.capacity import Capacity
from omniroute.model.channels import Channel
from omniroute.model.cost_term import CostTerm
from omniroute.model.decline_rules import DeclineRules
from omniroute.model.destination import Destination
from omniroute.model.dispatch_rule import DispatchRule
from omniroute.model.fences import RingFence
from omniroute.model.gates import StockGate
from omniroute.model.hand_in import HandIn
from omniroute.model.hold_line import HoldLine
from omniroute.model.hours import Hours
from omniroute.model.item import Item
from omniroute.model.network import Network
from omniroute.model.node import Node
from omniroute.model.order import Order, OrderLine
from omniroute.model.oversell import OversellRule
from omniroute.model.places import Places
from omniroute.model.policy import RoutingPolicy
from omniroute.model.quotas import Quota, QuotaBook
from omniroute.model.rates import RateCard
from omniroute.model.return_policy import ReturnPolicy
from omniroute.model.rule_group import RuleGroup
from omniroute.model.safety import SafetyRule
from omniroute.model.service import Service
from omniroute.model.working_days import WorkingDays
from omniroute.model.zones import DistanceBands, PostcodeZones

__all__ = [
    "AttemptRules",
    "Calendar",
    "Capacity",
    "Channel",
    "CostTerm",
    "DeclineRules",
    "Destination",
    "DispatchRule",
    "DistanceBands",
    "HandIn",
    "HoldLine",
    "Hours",
    "Item",
    "Network",
    "Node",
    "Order",
    "OrderLine",
    "OversellRule",
    "Places",
    "PostcodeZones",
    "Quota",
    "QuotaBook",
    "RateCard",
    "ReturnPolicy",
    "RingFence",
    "RoutingPolicy",
    "RuleGroup",
    "SafetyRule",
    "Service",
    "StockGate",
    "WorkingDays",
    "terms",
]
