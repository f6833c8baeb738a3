"""Numbers that kernels, state and results share: one name for each.

Everything that crosses from Python into a kernel, or is written to a journal, is one
of these integers. Kernels see plain module constants; people see the enums.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

# -- limits, named so that crossing one can be said in words ---------------------------

#: Money is kept in integers of 1/10,000 of the currency unit.
MONEY_SCALE: Final = 10_000
#: Largest quantity a cell may hold or a line may ask for, in quanta (int32 planes).
QUANTITY_MAX: Final = 2**31 - 1
#: Most quanta one order may ask for: all of them missing weigh less than `UNREACHED`.
ORDER_QUANTA_MAX: Final = 2**21 - 1
#: What one missing quantum weighs in a search key; above any cost of a plan.
SHORT_UNIT: Final = 2**40
#: A cost nobody reaches: the mark for "impossible" in search tables.
UNREACHED: Final = 2**61
#: Lines up to which the subset table decides exactly.
SUBSET_LINES_MAX: Final = 12

# -- node and service kinds ------------------------------------------------------------

NODE_KINDS: Final = (
    "store",
    "warehouse",
    "dark_store",
    "supplier",
    "third_party",
    "pickup_point",
)
SERVICE_KINDS: Final = ("ship", "collect", "same_day")
KIND_SHIP: Final = 0
KIND_COLLECT: Final = 1
KIND_SAME_DAY: Final = 2

# -- planes of the stock arena, int32 a cell -------------------------------------------

#: Units physically at the node, fit for sale. May fall below zero: a till can sell what
#: the record did not know of, and the record says so.
P_ON_HAND: Final = 0
#: Units held back from promising.
P_SAFETY: Final = 1
#: Units in holds that expire.
P_SOFT: Final = 2
#: Units committed to orders.
P_FIRM: Final = 3
#: on hand - safety - soft - firm, kept up to date by every effect; signed.
P_FREE: Final = 4
PLANES: Final = 5
PLANE_NAMES: Final = ("on_hand", "safety", "soft", "firm", "free")

# -- effects: rows of int64[8], 64 bytes -----------------------------------------------

E_WHAT: Final = 0
E_SKU: Final = 1
E_NODE: Final = 2
#: Quanta: a delta, or the new value for COUNT and SAFETY.
E_QUANTITY: Final = 3
#: Reservation number for HOLD, LINE, UNLINE, RESOLVE; interned number for INTERN_*.
E_REFERENCE: Final = 4
#: Engine time at which the effect was decided, seconds UTC.
E_TIME: Final = 5
#: HOLD: expiry in seconds UTC, 0 for none. INTERN_*: place of the text in its batch.
E_AUX: Final = 6
#: HOLD: fingerprint of what was asked. COUNT, SAFETY: filled in with the old value.
E_AUX2: Final = 7
EFFECT_WIDTH: Final = 8


class Effect(IntEnum):
    """What one row of the journal says happened."""

    INTERN_SKU = 1
    INTERN_NODE = 2
    INTERN_RESERVATION = 3
    #: Units arrived: on hand += quantity.
    RECEIVE = 10
    #: A correction: on hand += quantity, which may be negative.
    ADJUST = 11
    #: An absolute stock-take: on hand = quantity.
    COUNT = 12
    #: Sold and gone, outside a reservation: on hand -= quantity.
    SELL = 13
    #: Safety stock = quantity.
    SAFETY = 14
    #: Time moved on to E_TIME.
    TICK = 20
    #: A reservation opens: E_AUX = expiry (0 none, then its lines are firm).
    HOLD = 30
    #: A line of the reservation takes quantity from a cell.
    LINE = 31
    #: A line gives quantity back to its cell.
    UNLINE = 32
    #: The reservation ends; E_QUANTITY is its last `ReservationState`.
    RESOLVE = 33


class ReservationState(IntEnum):
    """Where a reservation stands."""

    SOFT = 1
    FIRM = 2
    RELEASED = 3
    EXPIRED = 4


class Status(IntEnum):
    """How a request ended. Listed in order of precedence: the first that fits is told.

    Business outcomes, never exceptions; ``raise_for_status()`` on a result turns them
    into one for callers who want that.
    """

    #: Done in full.
    OK = 0
    #: The same id and content was accepted before; the stored answer is returned.
    EXISTS = 1
    #: The id is taken by a request with other lines; nothing changed.
    EXISTS_WITH_DIFFERENT_LINES = 2
    #: The id is taken by a request with another destination, service or expiry.
    EXISTS_WITH_DIFFERENT_TERMS = 3
    #: No node may serve it: no lane, excluded, or too far away.
    UNSERVED = 4
    #: Nothing that was asked for is in stock at the nodes that may serve it.
    OUT_OF_STOCK = 5
    #: Part can be served; the shortages say what is missing.
    SHORT = 6
    #: No reservation has this id.
    UNKNOWN_RESERVATION = 7
    #: It was released before.
    ALREADY_RELEASED = 8
    #: Its time to live had run out.
    EXPIRED = 9
    #: Stock has changed since the decision; what is asked would speak of another world.
    STALE = 10
    #: It is in stock at nodes that may serve it, and over every service's heaviest
    #: shipment there. Told where `OUT_OF_STOCK` would be, so it never competes.
    TOO_HEAVY = 11

    def __str__(self) -> str:
        return self.name


#: Members by code: a tuple look-up is ten times cheaper than ``Status(code)``.
STATUS: Final = tuple(Status)


class Reason(IntEnum):
    """Why a (node, service) was not chosen; the first that fits, in this order."""

    #: Part of the plan.
    CHOSEN = 0
    #: Could serve something; ranked.
    CANDIDATE = 1
    #: The service is not among those the order admits.
    NOT_ADMITTED = 2
    #: The order or the policy excludes the node, or the order collects elsewhere.
    EXCLUDED = 3
    #: The node does not offer the service.
    NOT_OFFERED = 4
    #: No coordinates for the destination, and the service or policy needs a distance.
    NO_COORDINATES = 5
    #: Farther than the service's radius or the policy's maximum distance.
    TOO_FAR = 6
    #: The service has no zone, rate or transit time from there to here.
    NO_LANE = 7
    #: Nothing of what was asked is available there.
    NO_STOCK = 8
    #: What it holds is over the service's heaviest shipment.
    TOO_HEAVY = 9


class Method(IntEnum):
    """How the choice was made."""

    NONE = 0
    #: One shipment from one node: every node compared.
    SINGLE = 1
    #: The subset table: exact.
    SUBSETS = 2
    #: Quantities split over nodes by dynamic programming: exact within its budget.
    SPLIT = 3
    #: Best found, with a Lagrangian bound.
    COVER = 4
