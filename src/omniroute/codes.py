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
SERVICE_KINDS: Final = ("ship", "collect", "same_day", "ship_to_store")
KIND_SHIP: Final = 0
KIND_COLLECT: Final = 1
KIND_SAME_DAY: Final = 2
KIND_SHIP_TO_STORE: Final = 3

#: What capacity counts of the work at a node.
WORK: Final = ("orders", "lines", "units")
WORK_ORDERS: Final = 0
WORK_LINES: Final = 1
WORK_UNITS: Final = 2

# -- the week --------------------------------------------------------------------------

#: Monday first, as `datetime.date.weekday` counts.
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

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
#: on hand - safety - soft - firm, less what fences set aside and what later promises
#: need (the dip), and with the floor of a cell that may be oversold; kept up to date by
#: every effect; signed.
P_FREE: Final = 4
PLANES: Final = 5
PLANE_NAMES: Final = ("on_hand", "safety", "soft", "firm", "free")

# -- ring-fences: whom a channel may draw from, one after the other -------------------

#: The common pool: what is available and in no fence.
DRAW_POOL: Final = -1
#: The end of the list.
DRAW_END: Final = -2

# -- effects: rows of int64[8], 64 bytes -----------------------------------------------

E_WHAT: Final = 0
E_SKU: Final = 1
E_NODE: Final = 2
#: Quanta: a delta, or the new value for COUNT and SAFETY. INTERN_SKU: the decimals they
#: are counted in.
E_QUANTITY: Final = 3
#: Reservation number for HOLD to EXTEND; interned number for INTERN_*; number of the
#: inbound entry, the reason or the source for what is about one. Facts about on hand
#: that name a lot: its sell-by, seconds UTC.
E_REFERENCE: Final = 4
#: Engine time at which the effect was decided, seconds UTC.
E_TIME: Final = 5
#: HOLD, EXTEND: expiry in seconds UTC, 0 for none. LINE, UNLINE, DUE: second at which
#: the line falls due, 0 for now. INTERN_*: place of the text in its batch. RESOLVE as
#: REFUSED: the `Status` that was told.
E_AUX: Final = 6
#: HOLD: fingerprint of what was asked. Others: filled in with what they overwrite.
E_AUX2: Final = 7
EFFECT_WIDTH: Final = 8
#: The node of what is about no node; of a line: held for the network as a whole.
NO_NODE: Final = -1


class Effect(IntEnum):
    """What one row of the journal says happened."""

    INTERN_SKU = 1
    INTERN_NODE = 2
    INTERN_RESERVATION = 3
    INTERN_INBOUND = 4
    INTERN_REASON = 5
    INTERN_TYPE = 6
    INTERN_SOURCE = 7
    #: An event's own id was seen at E_TIME; it gets no number.
    INTERN_EVENT = 8
    INTERN_CHANNEL = 9
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
    #: Units came back: on hand += quantity.
    RETURN = 15
    #: Units became unavailable (below zero) or fit for sale again: on hand += quantity.
    MOVE = 16
    #: Units left for another node: on hand += quantity, which is below zero.
    TRANSFER = 17
    #: Inbound units arrived: on hand += quantity.
    ARRIVE = 18
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
    #: A soft reservation becomes firm, all that its lines hold with it.
    COMMIT = 34
    #: Units of a firm line have left: on hand, firm and the line go down together.
    SHIP = 35
    #: A soft reservation ends at another second: E_AUX.
    EXTEND = 36
    #: A dated line falls due: what it holds is from now on taken from its cell.
    DUE = 37
    #: Unavailable units of a cell, for the reason numbered E_REFERENCE: += quantity.
    UNAVAILABLE = 50
    #: An inbound entry: E_AUX = due, E_AUX2 = number of its type.
    EXPECT = 51
    #: Another due time, E_AUX; E_QUANTITY is when that was so, 0 where unsaid.
    RESCHEDULE = 52
    #: Units of an entry arrived; more than it still had makes an over-delivery.
    ARRIVED = 53
    #: Units of an entry will not come.
    CANCEL_INBOUND = 54
    #: What is to come of an entry can be sold until E_AUX; E_QUANTITY: 1 where that was
    #: said as it was announced.
    ENDS = 55
    #: Sequence numbers E_AUX to E_QUANTITY of a source were seen.
    SEEN = 60
    #: What source E_REFERENCE told under number E_AUX was the fact E_AUX2: it added
    #: E_QUANTITY to on hand, or replaced what was there (RESCHEDULE: of entry E_QUANTITY).
    TOLD = 61
    #: What later promises need of what a cell has now: its dip += quantity; free goes
    #: down.
    DIP = 65
    #: A cell may be promised below nothing: its floor += quantity, and so is free.
    ALLOW = 70
    #: Set aside for channel E_AUX: += quantity, of it guarded += E_AUX2; free goes down.
    FENCE = 71
    #: A reservation takes units out of the fence of channel E_AUX, free goes up; below
    #: zero: it gives them back.
    DRAW = 72
    #: Units a reservation had drawn from the fence of channel E_AUX have left.
    SPEND = 73
    #: The reservation came through channel E_AUX.
    THROUGH = 74
    #: Of what is credited to the fence of channel E_AUX, the part that is guarded: +=
    #: quantity, in millionths; all of it where nothing was said.
    PROTECT = 75
    #: Rules of the kind E_REFERENCE are followed, instead of those before: the text at
    #: place E_AUX of the batch tells them.
    RULES = 90
    #: Daily demand at a cell, in thousandths of a quantum, that rules look at: = quantity.
    DEMAND = 91
    #: Of what a cell has on hand, units that can be sold until E_AUX: += quantity.
    LOT = 80
    #: Chance that a pick at the cell finds its units, in 1/10,000; `SHARE_ONE` for sure.
    FIND = 85
    #: Node E_NODE would not give what the reservation held there.
    DECLINE = 110
    #: A node is asked for nothing until E_AUX.
    REST = 111
    #: The reservation waits, since E_AUX2, on the terms told by the text at place E_AUX
    #: of the batch; E_QUANTITY: 1 where it takes what there is, 0 where all or nothing.
    PARK = 112
    #: What the reservation waits for of a SKU: += quantity.
    WAIT = 113
    #: Of the work numbered E_AUX2 that the node can do on the day E_AUX, the reservation
    #: takes: += quantity.
    TAKE = 120
    #: The node can do so much of the work numbered E_REFERENCE on the day E_AUX, 0 for
    #: every day: = quantity; `NO_LIMIT`: as the network says.
    LIMIT = 121


#: The last effect that only gives a text a number.
INTERN_LAST: Final = 9
#: Effects on a cell's on hand or safety: from the first to the last.
STOCK_FIRST: Final = 10
STOCK_LAST: Final = 18
#: Effects whose E_REFERENCE is a reservation.
RESERVATION_FIRST: Final = 30
RESERVATION_LAST: Final = 49
#: Effects on what lies beside the cells: unavailable units and inbound entries.
SUPPLY_FIRST: Final = 50
SUPPLY_LAST: Final = 55
#: Effects on what is set apart from what is free: floors, fences and draws on them.
ASIDE_FIRST: Final = 70
ASIDE_LAST: Final = 75
#: Effects on rules that are followed.
RULES_FIRST: Final = 90
RULES_LAST: Final = 91
#: Kinds of rules.
RULES_SAFETY: Final = 0
RULES_OVERSELL: Final = 1
RULES_PREORDER: Final = 2
#: Effects on what is known of the units of a cell.
LOT: Final = 80
FIND: Final = 85
#: Effects on what comes after a plan: who declined, who waits for stock.
AFTER_FIRST: Final = 110
AFTER_LAST: Final = 113
#: Effects on how much work nodes can do, and what of it is taken.
WORK_FIRST: Final = 120
WORK_LAST: Final = 121
#: In the place of a limit: there is none of its own.
NO_LIMIT: Final = -1
#: Declines of a node whose times are remembered.
DECLINES_MAX: Final = 64

# -- supply ----------------------------------------------------------------------------

#: The state of units that can be sold.
ON_HAND: Final = "on_hand"
#: Why units cannot be sold, numbered; users name more.
REASONS: Final = ("damaged", "quality_hold", "display", "expired")
#: Where units go whose sell-by has passed.
EXPIRED: Final = "expired"
#: Most reasons there can be: part of the key unavailable units are kept under.
REASONS_MAX: Final = 64
#: What kinds of inbound supply there are, numbered; users name more.
INBOUND_TYPES: Final = ("purchase_order", "transfer", "production", "return")
#: Sequence numbers a source's newest may be ahead of one that is still told apart.
SEQUENCE_WINDOW: Final = 16_384


class Level(IntEnum):
    """How much of something can be promised, as a shop page would say it."""

    #: Not told yet.
    UNKNOWN = 0
    #: Nothing.
    OUT = 1
    #: Something, and no more than what counts as low.
    LOW = 2
    #: More than that.
    IN_STOCK = 3

    def __str__(self) -> str:
        return self.name


#: Members by code.
LEVEL: Final = tuple(Level)


class ReservationState(IntEnum):
    """Where a reservation stands."""

    SOFT = 1
    FIRM = 2
    RELEASED = 3
    EXPIRED = 4
    FULFILLED = 5
    CANCELLED = 6
    DECLINED = 7
    SUPERSEDED = 8
    #: Nothing was ever held: a refusal that its caller wanted remembered.
    REFUSED = 9

    def __str__(self) -> str:
        return self.name


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
    #: No reservation has this id.
    UNKNOWN_RESERVATION = 4
    #: It was released before.
    ALREADY_RELEASED = 5
    #: Its time to live had run out.
    EXPIRED = 6
    #: Everything it held has left before.
    ALREADY_FULFILLED = 7
    #: It was cancelled before.
    ALREADY_CANCELLED = 8
    #: Its nodes declined all of it before.
    ALREADY_DECLINED = 9
    #: Another reservation took its place before.
    ALREADY_SUPERSEDED = 10
    #: What was asked needs a firm reservation, and this is a hold that expires.
    NOT_COMMITTED = 11
    #: It is firm: there is no hold left to commit, extend or supersede.
    ALREADY_COMMITTED = 12
    #: It does not hold so much there.
    NOT_HELD = 13
    #: No node may serve it: no lane, excluded, too far away, or not in time.
    UNSERVED = 14
    #: It is wanted later, and the common pool is not open to its channel.
    NO_POOL = 15
    #: Nothing that was asked for is in stock at the nodes that may serve it.
    OUT_OF_STOCK = 16
    #: It is in stock there, and one unit is over every service's heaviest shipment.
    TOO_HEAVY = 17
    #: Part can be served; the shortages say what is missing.
    SHORT = 18
    #: Stock has changed since the decision; what is asked would speak of another world.
    STALE = 19
    #: The stock is there, but a node of the plan cannot do so much work any more.
    FULL = 20
    #: A return that is handed in for it was told before: it pays for nothing twice.
    ALREADY_RETURNED = 21

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
    #: The node has no capacity left, today or as long as work may wait.
    FULL = 8
    #: The node does not work, or the carrier does not come, for a year.
    CLOSED = 9
    #: It would arrive after the order is needed.
    TOO_LATE = 10
    #: The policy's gates leave nothing of what it has: too little, or what it keeps.
    GATED = 11
    #: Nothing of what was asked is available there.
    NO_STOCK = 12
    #: One unit of what it holds is over the service's heaviest shipment.
    TOO_HEAVY = 13
    #: It holds only parts of lines that another node can send whole: those are not split.
    PART_ONLY = 14

    def __str__(self) -> str:
        return self.name


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

    def __str__(self) -> str:
        return self.name


class ReturnReason(IntEnum):
    """Why returned units do not go to a node; the first that fits, in this order."""

    #: They go there, or stay there.
    CHOSEN = 0
    #: They could; ranked.
    CANDIDATE = 1
    #: The policy excludes the node.
    EXCLUDED = 2
    #: It does not take units in this state.
    NOT_TAKEN = 3
    #: They are handed in there, and the policy keeps nothing where it is handed in.
    NOT_KEPT = 4
    #: A place is not known, and the policy has a maximum distance.
    NO_COORDINATES = 5
    #: Farther than that.
    TOO_FAR = 6
    #: No admitted service goes there.
    NO_LANE = 7
    #: They are over the heaviest shipment of every service that does.
    TOO_HEAVY = 8

    def __str__(self) -> str:
        return self.name


# -- ATP by date -----------------------------------------------------------------------

#: The rules by name; a rule's number is its place here. Those from `ATP_BY_EVENT` on
#: match single receipts and issues, the others work on whole buckets.
ATP_RULES: Final = (
    "net",
    "net_plus_future",
    "discrete",
    "cumulative",
    "period",
    "backward",
    "forward",
    "accumulate",
    "look_ahead",
    "nearest_receipt",
    "expiring",
)
ATP_NET: Final = 0
ATP_NET_PLUS_FUTURE: Final = 1
ATP_DISCRETE: Final = 2
ATP_CUMULATIVE: Final = 3
ATP_PERIOD: Final = 4
ATP_BACKWARD: Final = 5
ATP_FORWARD: Final = 6
ATP_ACCUMULATE: Final = 7
ATP_LOOK_AHEAD: Final = 8
ATP_NEAREST_RECEIPT: Final = 9
ATP_EXPIRING: Final = 10
ATP_BY_EVENT: Final = ATP_NEAREST_RECEIPT

#: What can be promised behind the infinite-supply fence.
UNLIMITED: Final = 2**62
#: Bucket and instant of what has no date: on hand, or reserved already.
UNDATED: Final = -(2**62)
#: End of what does not expire; a limit that never bites.
FOREVER: Final = 2**62
#: A confidence or probability of one: shares are kept in 1/10,000.
SHARE_ONE: Final = 10_000

# Rows of a timeline's events, int64[6, E], cell by cell, each by time, supply first.

#: Bucket since the calendar's origin, or `UNDATED`.
V_BUCKET: Final = 0
#: Quanta: above 0 for supply, below for demand.
V_QUANTITY: Final = 1
#: Number of the supply type, or of the demand class.
V_KIND: Final = 2
#: Instant in seconds on the calendar's wall clock, or `UNDATED`.
V_TIME: Final = 3
#: Supply: first instant at which it can no longer be used, or `FOREVER`.
V_UNTIL: Final = 4
#: Supply: first bucket in which it can no longer be used, or `FOREVER`.
V_LAST: Final = 5
EVENT_ROWS: Final = 6

# Rows of a timeline's cells, int64[4, C].

#: Quanta on hand that do not expire.
L_ON_HAND: Final = 0
L_SAFETY: Final = 1
#: Buckets until supply counts as unlimited, or `FOREVER`.
L_LEAD: Final = 2
#: Chance that a pick finds its units, in 1/10,000.
L_FIND: Final = 3
CELL_ROWS: Final = 4


class Fate(IntEnum):
    """What became of a dated supply or demand; the first that fits, in this order."""

    #: It counts, in full or at its confidence.
    COUNTED = 0
    #: Supply that can no longer be used today.
    EXPIRED = 1
    #: Overdue by more days than the rule trusts or waits for.
    PAST_DUE = 2
    #: On or after the infinite-supply fence.
    AFTER_FENCE = 3
    #: Beyond the horizon.
    AFTER_HORIZON = 4
    #: Supply of a type that the asking demand class may not use.
    NOT_USABLE = 5
    #: Demand that takes nothing the asking class could use.
    ELSEWHERE = 6

    def __str__(self) -> str:
        return self.name
