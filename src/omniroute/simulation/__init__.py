"""What an engine is tried with: other rules, and customers, on a simulated clock."""

from __future__ import annotations

from omniroute.simulation.baselines import NearestNode, nearest_plan
from omniroute.simulation.walk_in import WalkIn, sell

__all__ = ["NearestNode", "WalkIn", "nearest_plan", "sell"]
