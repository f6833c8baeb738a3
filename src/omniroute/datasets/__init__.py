"""Sample data that ships with the package."""

from __future__ import annotations

from omniroute.datasets.coded_column import CodedColumn
from omniroute.datasets.us_retail import USRetail, load_us_retail, replenishment

__all__ = ["CodedColumn", "USRetail", "load_us_retail", "replenishment"]
