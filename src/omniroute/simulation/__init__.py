"""The rules that omniroute is compared with, on live stock and a simulated clock."""

from __future__ import annotations

from omniroute.simulation.baselines import NearestNode, nearest_plan

__all__ = ["NearestNode", "nearest_plan"]
