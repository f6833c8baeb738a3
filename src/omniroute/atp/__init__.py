"""Available to promise by date: timelines in, what can be promised on each date out."""

from omniroute.atp.by_date import atp_by_date
from omniroute.atp.explanation import AtpExplanation
from omniroute.atp.partials import Partials
from omniroute.atp.schedule import AtpSchedule

__all__ = ["AtpExplanation", "AtpSchedule", "Partials", "atp_by_date"]
