"""Where each number stands in the int64 blocks that Python and the kernels exchange."""

from __future__ import annotations

from typing import Final

# -- a service: one row of ``services`` ------------------------------------------------
#: Price steps: t = max(1, ceil(weight_g * NUM / DEN)), at most T_MAX.
S_NUM: Final = 0
S_DEN: Final = 1
S_T_MAX: Final = 2
#: codes.KIND_*
S_KIND: Final = 3
#: Farthest node that offers it, in metres; -1 for no limit.
S_RADIUS_M: Final = 4
#: Its row in the zone-label block, -1 where every lane is zone 1.
S_ZONES: Final = 5
#: Heaviest shipment in grams, exact; `codes.UNREACHED` for no limit.
S_MAX_G: Final = 6
S_WIDTH: Final = 7

# -- a lane class: nodes that cost the same to one destination --------------------------
#: Handling money per shipment, per line, per unit started; services offered (bits);
#: then a price row a service (-1: no lane), then transit days a service. In a network
#: with calendars, minutes until arrival in the place of days, since before the epoch.
C_ORDER: Final = 0
C_LINE: Final = 1
C_UNIT: Final = 2
C_SERVICES: Final = 3
C_ROWS: Final = 4

#: Distance written where it cannot be known, farther than any two places on Earth.
FAR_M: Final = 2**27
#: Zone labels are 1..127; 0 is "not served".
ZONE_LABELS: Final = 128

# -- an ask: header, then groups, excluded nodes, lines --------------------------------
A_LINES: Final = 0
#: Lane slot of the destination.
A_SLOT: Final = 1
A_GROUPS: Final = 2
A_EXCLUDED: Final = 3
#: Most shipments, 0 for no limit.
A_MAX_SHIPMENTS: Final = 4
#: Largest distance in metres, -1 for no limit.
A_MAX_DISTANCE_M: Final = 5
#: 0 cheapest, 1 fastest.
A_OBJECTIVE: Final = 6
#: 1: all or nothing.
A_COMPLETE: Final = 7
#: Search effort for what is not decided by a table, in elementary steps.
A_BUDGET: Final = 8
#: The node to collect at, -1 for any.
A_COLLECT_AT: Final = 9
#: One more than the latest arrival looked at, 0 for any; only where the objective is 0.
#: Lines that a later lane holds whole are whole all the same.
A_WITHIN: Final = 10
#: Lines from several nodes: 0 where no node has them whole, 1 never, 2 freely.
A_SPLIT: Final = 11
SPLIT_NEVER: Final = 1
SPLIT_FREELY: Final = 2
#: Latest arrival, as transit is counted; -1 for any.
A_LATEST: Final = 12
A_HEADER: Final = 13
#: A group: the services that may be mixed in one plan (bits), its limit of shipments.
GROUP_WIDTH: Final = 2
LINE_WIDTH: Final = 2

# -- an answer: header, then shipments, then picks -------------------------------------
O_STATUS: Final = 0
O_SHIPMENTS: Final = 1
O_PICKS: Final = 2
O_COST: Final = 3
O_OBJECTIVE: Final = 4
O_BOUND: Final = 5
O_PROVEN: Final = 6
#: Units asked for and not served, in quanta.
O_SHORT: Final = 7
#: Latest transit over the shipments: days, or minutes of an epoch.
O_TRANSIT: Final = 8
O_METHOD: Final = 9
#: Sum of transit, then of metres, over shipments: the tie-breaks.
O_TRANSIT_SUM: Final = 10
O_DISTANCE_SUM: Final = 11
#: Nodes that could serve something.
O_CANDIDATES: Final = 12
#: Quanta that no plan could serve within the transit time asked for, limits aside.
O_SHORT_LEAST: Final = 13
#: Group of a waterfall that serves it, counted from 1; 0 where there are none.
O_GROUP: Final = 14
O_HEADER: Final = 15

#: node, service, transit, metres, grams, rate, order, lines, units (money)
X_NODE: Final = 0
X_SERVICE: Final = 1
X_TRANSIT: Final = 2
X_DISTANCE_M: Final = 3
X_WEIGHT_G: Final = 4
X_RATE: Final = 5
X_ORDER: Final = 6
X_LINE: Final = 7
X_UNIT: Final = 8
X_ROW: Final = 9
#: Days that its work waits at the node; kernels know nothing of it and write 0.
X_WAIT: Final = 10
SHIPMENT_WIDTH: Final = 11

#: shipment, line, quantity
PICK_WIDTH: Final = 3
