"""Why a node and service are out: every reason, in the order in which they are asked.

The one place where a reason is added: a member of `codes.Reason`, and a row here with its
words and its question. A row that comes earlier is told before later ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import Reason
from omniroute.routing.explaining.seen import Mask, Seen


class Rule(NamedTuple):
    """A reason, in a few words, and whom it keeps out.

    Parameters
    ----------
    reason
        The code.
    says
        What it means to a reader.
    keeps_out
        bool[N, V], or a shape that becomes it: where the reason fits.
    """

    reason: Reason
    says: str
    keeps_out: Callable[[Seen], Mask]


def _not_admitted(seen: Seen) -> Mask:
    return ~seen.admitted


def _excluded(seen: Seen) -> Mask:
    return seen.excluded[:, None] | seen.ruled_out


def _not_offered(seen: Seen) -> Mask:
    return ~seen.offered


def _no_coordinates(seen: Seen) -> Mask:
    return seen.far & ((seen.limits_m >= 0) | seen.by_distance)


def _too_far(seen: Seen) -> Mask:
    return (seen.limits_m >= 0) & (seen.dist_m[:, None] > seen.limits_m)


def _no_lane(seen: Seen) -> Mask:
    return seen.lane_rows < 0


def _full(seen: Seen) -> Mask:
    return seen.full


def _closed(seen: Seen) -> Mask:
    return seen.rows < 0


def _too_late(seen: Seen) -> Mask:
    return seen.too_late


def _gated(seen: Seen) -> Mask:
    return seen.gated


def _no_stock(seen: Seen) -> Mask:
    return ~seen.loads.some[:, None]


def _too_heavy(seen: Seen) -> Mask:
    return np.asarray(seen.loads.quanta == 0)


def _parts_only(seen: Seen) -> Mask:
    return seen.holds_parts_only


#: In order of precedence, which is also that of `Reason`.
RULES: Final = (
    Rule(
        Reason.NOT_ADMITTED,
        "the order does not admit the service",
        _not_admitted,
    ),
    Rule(
        Reason.EXCLUDED,
        "the order or the policy excludes it, or the order is for one other place",
        _excluded,
    ),
    Rule(
        Reason.NOT_OFFERED,
        "it does not offer the service",
        _not_offered,
    ),
    Rule(
        Reason.NO_COORDINATES,
        "how far it is matters, and is not known",
        _no_coordinates,
    ),
    Rule(
        Reason.TOO_FAR,
        "it is farther than the service or the policy allows",
        _too_far,
    ),
    Rule(
        Reason.NO_LANE,
        "the service has no zone, price or transit time for the way",
        _no_lane,
    ),
    Rule(
        Reason.FULL,
        "it has no capacity left, today or for as long as work may wait",
        _full,
    ),
    Rule(
        Reason.CLOSED,
        "the node does not work, or the carrier does not come, for a year",
        _closed,
    ),
    Rule(
        Reason.TOO_LATE,
        "it would arrive after the order is needed",
        _too_late,
    ),
    Rule(
        Reason.GATED,
        "it has too little: the policy's gates leave nothing of it",
        _gated,
    ),
    Rule(
        Reason.NO_STOCK,
        "it has nothing of what was asked",
        _no_stock,
    ),
    Rule(
        Reason.TOO_HEAVY,
        "a single unit is over the service's heaviest shipment",
        _too_heavy,
    ),
    Rule(
        Reason.PART_ONLY,
        "it has only part of lines that another has whole, and those are not split",
        _parts_only,
    ),
)

#: In a few words, by reason.
SAYS: Final = {
    Reason.CHOSEN: "it is part of the plan",
    Reason.CANDIDATE: "it could serve something",
    **{rule.reason: rule.says for rule in RULES},
}


def reasons(seen: Seen) -> NDArray[np.int64]:
    """int64[N, V]: the first reason that fits, `Reason.CANDIDATE` where none does."""
    found = np.full(seen.shape, int(Reason.CANDIDATE), np.int64)
    for rule in reversed(RULES):
        fits = np.broadcast_to(rule.keeps_out(seen), seen.shape)
        found[fits] = int(rule.reason)
    return found
