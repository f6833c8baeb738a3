"""Available to promise by date: timelines in, what can be promised on each date out."""

from omniroute.atp.by_date import atp_by_date
from omniroute.atp.explain import AtpExplanation
from omniroute.atp.schedule import AtpSchedule, Partials

__all__ = ["AtpExplanation", "AtpSchedule", "Partials", "atp_by_date"]
