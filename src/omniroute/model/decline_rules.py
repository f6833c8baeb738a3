"""When a node that declines is asked for nothing for a while: data, like a policy."""

from __future__ import annotations

from datetime import timedelta

import attrs
from attrs import field

from omniroute.codes import DECLINES_MAX
from omniroute.errors import ConfigurationError
from omniroute.model.checks import whole
from omniroute.model.instant import stated_s

_COUNT_MAX = 2**31 - 1


def _rests_after(value: int | None) -> int | None:
    if value is None:
        return None
    return whole(value, "rests_after", 1, DECLINES_MAX, ConfigurationError)


def _order_max(value: int | None) -> int | None:
    if value is None:
        return None
    return whole(value, "order_max", 1, _COUNT_MAX, ConfigurationError)


def _within(value: str | int | timedelta) -> int:
    return stated_s(value, "within_s")


def _rests_for(value: str | int | timedelta) -> int:
    return stated_s(value, "rests_for_s")


@attrs.frozen
class DeclineRules:
    """What becomes of nodes that decline, and of orders that are declined.

    Parameters
    ----------
    rests_after
        Declines within ``within_s`` after which a node rests: no order is routed to
        it. None: nodes never rest.
    within_s
        How far back declines count: ``"1d"``, seconds or a timedelta.
    rests_for_s
        How long a node rests. A decline while it rests makes it rest anew.
    order_max
        How often what is declined of one order is routed again; after that it waits
        where that is wanted, or ends. None for no limit.

    Raises
    ------
    ConfigurationError
        One of these cannot be.

    Examples
    --------
    >>> DeclineRules(rests_after=3, within_s="2h", rests_for_s="1d")
    DeclineRules(rests_after=3, within_s=7200, rests_for_s=86400, order_max=None)
    """

    rests_after: int | None = field(default=None, converter=_rests_after)
    within_s: int = field(default=86_400, converter=_within)
    rests_for_s: int = field(default=14_400, converter=_rests_for)
    order_max: int | None = field(default=None, converter=_order_max)
