"""Memory of the search through sets of nodes: what every number in it means."""

from __future__ import annotations

from typing import NamedTuple

from omniroute._jit import kernel, view
from omniroute.kernels.arrays import I8
from omniroute.kernels.cover.curves import CURVE_STEPS
from omniroute.kernels.cover.fleet import Fleet

#: Most nodes of a set.
MEMBERS_MAX = 14
#: Most different loads of a member that are listed.
SUMS_MAX = 256

# Columns of a member.
M_NODE = 0
#: Grams that only this member can send, and all that it can.
M_LOW = 1
M_HIGH = 2
#: Its brackets that matter: from the first, up to and with the last.
M_FROM = 3
M_LAST = 4
M_CURVE = 5
#: Least price less grams at the price of a gram, times GRAM.
M_LEAST = 6
#: The bracket at hand, and what the members before lose, cost and carry with theirs.
M_AT = 7
M_LOSS = 8
M_COST = 9
M_GRAMS = 10
#: Room left, in grams, while lines are packed; and while others are poured on top.
M_ROOM = 11
M_LEFT = 22
#: Grams of the whole lines that only this member has.
M_OWN = 23
#: Handling money per line and per unit.
M_LINE = 12
M_UNIT = 13
#: Quanta it sends of the line that is being poured.
M_POURED = 14
#: Its brackets that lose little enough by themselves: first and last.
M_START = 15
M_END = 16
#: What a gram is worth at the member, times GRAM; the best found; the course of the steps.
M_GRAM = 17
M_KEPT = 18
M_COURSE = 19
#: Grams that the bound lets it send.
M_LOAD = 20
#: What a unit of the line at hand costs there: handling and grams' worth, times GRAM.
M_RATE = 21
#: The member that is a-th by handling of a unit.
M_TURN = 24
#: Grams of the bracket that the bound chooses; brackets and price of a gram to go back to.
M_CHOSEN = 25
M_OLD_FROM = 26
M_OLD_LAST = 27
M_OLD_GRAM = 28
#: Most grams that it can send within each bracket (`reach`).
M_REACH = 29
MEMBER_FIELDS = M_REACH + CURVE_STEPS
#: Stands for all nodes yet to be opened: it has every line, and the least of all prices.
ANYONE = -1

# Columns of a line.
#: Members that can send it, as bits; the last of them.
E_MASK = 0
E_OWNER = 1
#: Least handling money; what the members hold; what the open nodes hold.
E_LEAST = 2
E_HELD = 3
E_OPEN = 4
#: What lines are sorted by.
E_KEY = 5
#: Least handling and worth of its grams, times GRAM; of a line to spread, least handling
#: of its units, in money.
E_BEST = 6
E_UNITS = 7
#: Of the x-th line that is assigned: which, to which member, and who could be asked.
E_ASSIGNED = 8
E_SENDER = 9
E_SENDERS = 10
SET_LINE_FIELDS = 11

# Columns of a node.
#: 0 open to choice, 1 open, -1 closed; the level that closed it.
N_STATE = 0
N_CLOSER = 1
NODE_FIELDS = 2

# Columns of a level of the search.
#: Nodes of its list, and how many of them, the first, are to be tried.
V_NODES = 0
V_TRIED = 1
#: The node that is open below, and the bound on everything there, times FINE: that of the
#: relaxation, to which regrets are added, and another, to which they must not be.
V_NODE = 2
V_BOUND = 3
V_FLOOR = 4
#: The line whose holders are tried; -1 where the open nodes hold everything.
V_LINE = 5
LEVEL_FIELDS = 6

# Words.
#: About `ANYONE`: its curve, -1 if nobody can stand for all; its handling money.
ANY_CURVE = 0
ANY_ORDER = 1
ANY_LINE = 2
ANY_UNIT = 3
#: Lines to spread.
N_SPREAD = 5
#: Of the set at hand: money paid in any case, grams in all, lines free to choose.
SET_MONEY = 6
SET_GRAMS = 7
SET_FREE = 8
#: The price of a gram, times GRAM, and the bound on brackets that it gives, times GRAM.
GRAM_PRICE = 9
GRAM_BOUND = 10
#: The member whose bracket is to change next; -1: all choices were listed.
SET_LEVEL = 11
#: The set is left when no more than so many steps are left; whether one was left so; what
#: one set may use.
SET_STOP = 12
SET_CUT = 13
SET_LIMIT = 14
#: Whether regrets of the first level are added up, and no bound is found anew.
SET_BRIEF = 15
SET_WORDS = 16


class Sets(NamedTuple):
    """Sets of nodes: the one at hand, and the search through them."""

    members: I8
    lines: I8
    #: Grams that each member may still get from a place in the order of packing on.
    later: I8
    #: Lines by falling weight; those in the order of packing, and their members.
    by_weight: I8
    free: I8
    placed: I8
    #: Lines to spread by rising quantity, and what each member was poured of a line.
    shared: I8
    poured: I8
    #: What each whole line loses at each member, against the bound; times GRAM.
    losses: I8
    nodes: I8
    #: Of each level: its words, the values of the lines, the nodes that a better plan may
    #: open there, and what every node then loses against the bound.
    levels: I8
    values: I8
    choices: I8
    regrets: I8
    #: Loads that a member can send, rising; and where they are merged.
    sums: I8
    words: I8


LATER_WIDTH = MEMBERS_MAX + 1


@kernel()
def set_memory(n_nodes: int, n_lines: int) -> int:
    """Words that a search through sets takes."""
    return (
        SET_WORDS
        + 2 * SUMS_MAX
        + MEMBER_FIELDS * MEMBERS_MAX
        + LEVEL_FIELDS * (MEMBERS_MAX + 1)
        + (SET_LINE_FIELDS + 2 * LATER_WIDTH + 2 * MEMBERS_MAX + 4) * (n_lines + 1)
        + (NODE_FIELDS + 2 * LATER_WIDTH) * n_nodes
    )


@view
def set_views(memory: I8, fleet: Fleet) -> Sets:
    """Cut the memory of a search through the sets of a fleet's nodes."""
    n_lines = fleet.wants.shape[0]
    n_nodes = fleet.nodes.shape[0] - 1
    n_lines_and_one = n_lines + 1
    a = MEMBER_FIELDS * MEMBERS_MAX
    b = a + SET_LINE_FIELDS * n_lines
    c = b + LATER_WIDTH * n_lines_and_one
    d = c + n_lines
    e = d + n_lines
    f = e + n_lines
    g = f + n_lines
    h = g + MEMBERS_MAX * n_lines
    i = h + NODE_FIELDS * n_nodes
    j = i + LEVEL_FIELDS * LATER_WIDTH
    k = j + n_lines * LATER_WIDTH
    m = k + n_nodes * LATER_WIDTH
    p = m + n_nodes * LATER_WIDTH
    q = p + 2 * SUMS_MAX
    r = q + SET_WORDS
    return Sets(
        memory[:a].reshape(MEMBERS_MAX, MEMBER_FIELDS),
        memory[a:b].reshape(n_lines, SET_LINE_FIELDS),
        memory[b:c].reshape(n_lines_and_one, LATER_WIDTH),
        memory[c:d],
        memory[d:e],
        memory[e:f],
        memory[f:g],
        memory[g:h].reshape(n_lines, MEMBERS_MAX),
        memory[r : r + MEMBERS_MAX * n_lines].reshape(n_lines, MEMBERS_MAX),
        memory[h:i].reshape(n_nodes, NODE_FIELDS),
        memory[i:j].reshape(LATER_WIDTH, LEVEL_FIELDS),
        memory[j:k].reshape(LATER_WIDTH, n_lines),
        memory[k:m].reshape(LATER_WIDTH, n_nodes),
        memory[m:p].reshape(LATER_WIDTH, n_nodes),
        memory[p:q].reshape(2, SUMS_MAX),
        memory[q : q + SET_WORDS],
    )
