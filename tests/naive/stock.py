"""The slow, obvious twin of the stock core: dicts, loops and Python's own integers."""

from __future__ import annotations

from copy import deepcopy
from hashlib import blake2b

from omniroute.codes import (
    E_AUX,
    E_NODE,
    E_QUANTITY,
    E_REFERENCE,
    E_SKU,
    E_TIME,
    E_WHAT,
    QUANTITY_MAX,
    Effect,
    ReservationState,
)
from tests.naive.afterwards import NaiveAfterwards
from tests.naive.events import NaiveSupply

SOFT, FIRM = ReservationState.SOFT, ReservationState.FIRM
MASK = 2**64 - 1
SEEDS = (0x243F6A8885A308D3, 0x13198A2E03707344)


class RefusedError(Exception):
    """The twin refuses an effect; the caller keeps the copy made before."""


class NaiveStock:
    """Cells by (sku, node), reservations by id, and the time."""

    def __init__(self):
        self.cells = {}
        # What is kept of cells for what falls due later, where effects say so.
        self.dips = {}
        self.reservations = {}
        self.supply = NaiveSupply()
        # What the digest knows of events seen: (tag, words), texts for their hashes.
        self.seen = set()
        # Who declined, and who waits.
        self.after = NaiveAfterwards()
        self.now = 0

    def copy(self):
        """Return a twin that goes its own way."""
        twin = NaiveStock()
        twin.now, twin.dips = self.now, dict(self.dips)
        twin.supply, twin.seen = deepcopy(self.supply), set(self.seen)
        twin.after = deepcopy(self.after)
        twin.cells = {key: dict(cell) for key, cell in self.cells.items()}
        twin.reservations = {
            id: {**held, "lines": [list(line) for line in held["lines"]]}
            for id, held in self.reservations.items()
        }
        return twin

    # -- what may happen ---------------------------------------------------------------

    def set(self, sku, node, plane, quantity):
        """Write one plane of a cell, if it and what is free stay within int32."""
        empty = {"on_hand": 0, "safety": 0, "soft": 0, "firm": 0}
        cell = {**self.cells.get((sku, node), empty), plane: quantity}
        if plane != "on_hand" and quantity < 0:
            raise RefusedError
        free = free_of(cell) - self.dips.get((sku, node), 0)
        if abs(quantity) > QUANTITY_MAX or abs(free) > QUANTITY_MAX:
            raise RefusedError
        self.cells[sku, node] = cell

    def add(self, sku, node, plane, quantity):
        """Add to one plane of a cell; what is at no node moves none."""
        if node is None:
            return
        self.set(sku, node, plane, self.get(sku, node, plane) + quantity)

    def get(self, sku, node, plane):
        """Read one plane of a cell."""
        return self.cells.get((sku, node), {}).get(plane, 0)

    def fact(self, what, sku, node, quantity):
        """One stock fact, by its name in lower case."""
        if abs(quantity) > QUANTITY_MAX:
            raise RefusedError
        if what in ("receive", "adjust", "return", "move", "transfer", "arrive"):
            self.add(sku, node, "on_hand", quantity)
        elif what == "sell":
            self.add(sku, node, "on_hand", -quantity)
        elif what == "count":
            self.set(sku, node, "on_hand", quantity)
        elif what == "safety":
            self.set(sku, node, "safety", quantity)

    def hold(self, id, lines, now, expires=0, print_lines=0, print_terms=0):
        """Open a reservation and take its lines."""
        if id in self.reservations or expires < 0:
            raise RefusedError
        state = SOFT if expires else FIRM
        self.reservations[id] = {
            "state": state,
            "expires": expires,
            "created": now,
            "print_lines": print_lines,
            "print_terms": print_terms,
            "told": 0,
            "lines": [],
        }
        for line in lines:
            self.take(id, *line)

    def plane_of(self, id):
        """Return where an open reservation counts."""
        state = self.reservations.get(id, {}).get("state")
        if state not in (SOFT, FIRM):
            raise RefusedError
        return "soft" if state == SOFT else "firm"

    def take(self, id, sku, node, quantity, due=0):
        """Append a line to an open reservation; due later, it takes nothing yet."""
        plane = self.plane_of(id)
        if not 0 < quantity <= QUANTITY_MAX or (due and due <= self.now):
            raise RefusedError
        if due and node is None:
            raise RefusedError
        if not due:
            self.add(sku, node, plane, quantity)
        self.reservations[id]["lines"].append([sku, node, quantity, quantity, 0, due])

    def give_back(self, id, sku, node, quantity, due=0):
        """Give back from the first line that holds enough."""
        plane = self.plane_of(id)
        for line in self.reservations[id]["lines"]:
            same = line[:2] == [sku, node] and line[5] == due
            if same and line[3] >= quantity > 0:
                line[3] -= quantity
                if not due:
                    self.add(sku, node, plane, -quantity)
                return
        raise RefusedError

    def fall_due(self, id, sku, node, quantity, due, now):
        """Take from the cell what a dated line holds, all of it; the dip had it."""
        plane = self.plane_of(id)
        for line in self.reservations[id]["lines"]:
            same = line[:2] == [sku, node] and line[3] == quantity > 0
            if same and line[5] == due and 0 < due <= now:
                dip = self.dips.get((sku, node), 0)
                self.dips[sku, node] = dip - quantity
                try:
                    self.add(sku, node, plane, quantity)
                except RefusedError:
                    self.dips[sku, node] = dip
                    raise
                line[5] = 0
                return
        raise RefusedError

    def set_dip(self, sku, node, change):
        """Keep more, or less, of a cell for what falls due later."""
        free = self.free(sku, node) - change
        if abs(change) > 2 * QUANTITY_MAX or abs(free) > QUANTITY_MAX:
            raise RefusedError
        self.dips[sku, node] = self.dips.get((sku, node), 0) + change

    def ship(self, id, sku, node, quantity):
        """Let units of the first firm line that holds enough leave."""
        if self.plane_of(id) != "firm":
            raise RefusedError
        for line in self.reservations[id]["lines"]:
            now = line[:2] == [sku, node] and not line[5]
            if now and line[3] >= quantity > 0:
                line[3] -= quantity
                line[4] += quantity
                self.add(sku, node, "firm", -quantity)
                self.add(sku, node, "on_hand", -quantity)
                return
        raise RefusedError

    def commit(self, id):
        """Make a hold firm, all it holds with it."""
        held = self.reservations.get(id, {})
        if held.get("state") != SOFT:
            raise RefusedError
        for sku, node, _, still, _, due in held["lines"]:
            if not due:
                self.add(sku, node, "soft", -still)
                self.add(sku, node, "firm", still)
        held["state"], held["expires"] = FIRM, 0

    def extend(self, id, expires):
        """Let a hold end at another second."""
        held = self.reservations.get(id, {})
        if held.get("state") != SOFT or expires <= 0:
            raise RefusedError
        held["expires"] = expires

    def resolve(self, id, final, told=0):
        """End a reservation that holds nothing any more."""
        self.plane_of(id)
        if not FIRM < final <= ReservationState.REFUSED:
            raise RefusedError
        if any(line[3] for line in self.reservations[id]["lines"]):
            raise RefusedError
        self.reservations[id]["state"] = ReservationState(final)
        self.reservations[id]["told"] = told

    def end(self, id, final):
        """Give everything back, then end."""
        for sku, node, _, still, _, due in map(tuple, self.reservations[id]["lines"]):
            if still:
                self.give_back(id, sku, node, still, due)
        self.resolve(id, final)

    def release(self, id):
        """End a reservation, if it has not ended."""
        if self.reservations[id]["state"] <= FIRM:
            self.end(id, ReservationState.RELEASED)

    def expire(self, now):
        """Move time on and end the holds that are over."""
        self.now = max(self.now, now)
        for id, held in self.reservations.items():
            if held["state"] == SOFT and held["expires"] <= self.now:
                self.end(id, ReservationState.EXPIRED)

    def apply_row(self, row, skus, nodes, ids):
        """Apply one effect row, given the ids its numbers stand for."""
        what, quantity = Effect(row[E_WHAT]), row[E_QUANTITY]
        sku = skus[row[E_SKU]]
        node = None if row[E_NODE] < 0 else nodes[row[E_NODE]]
        if what == Effect.TICK:
            if row[E_TIME] < self.now:
                raise RefusedError
            self.now = row[E_TIME]
        elif what == Effect.DIP:
            self.set_dip(sku, node, quantity)
        elif what < Effect.HOLD:
            self.fact(what.name.lower(), sku, node, quantity)
        elif 0 <= row[E_REFERENCE] < len(ids):
            self.apply_to(ids[row[E_REFERENCE]], row, what, (sku, node, quantity))
        else:
            raise RefusedError

    def apply_to(self, id, row, what, line):
        """Apply one effect row about a reservation."""
        if what == Effect.HOLD and row[E_REFERENCE] != len(self.reservations):
            raise RefusedError
        {
            Effect.HOLD: lambda: self.hold(
                id, [], row[E_TIME], row[E_AUX], row[7], line[2]
            ),
            Effect.LINE: lambda: self.take(id, *line, row[E_AUX]),
            Effect.UNLINE: lambda: self.give_back(id, *line, row[E_AUX]),
            Effect.DUE: lambda: self.fall_due(id, *line, row[E_AUX], row[E_TIME]),
            Effect.SHIP: lambda: self.ship(id, *line),
            Effect.RESOLVE: lambda: self.resolve(id, line[2], row[E_AUX]),
            Effect.COMMIT: lambda: self.commit(id),
            Effect.EXTEND: lambda: self.extend(id, row[E_AUX]),
        }[what]()

    # -- what may be asked -------------------------------------------------------------

    def free(self, sku, node):
        """Return what a cell has unreserved; may be below zero."""
        kept = self.dips.get((sku, node), 0)
        cell = self.cells.get((sku, node))
        return -kept if cell is None else free_of(cell) - kept

    def atp(self, sku, nodes=None):
        """Of the nodes given, or of all."""
        return sum(
            max(0, self.free(its_sku, node))
            for its_sku, node in {**self.cells, **self.dips}
            if its_sku == sku and (nodes is None or node in nodes)
        )

    def digest(self):
        """Both lanes in hexadecimal."""
        return "".join(f"{self.lane(seed):016x}" for seed in SEEDS)

    def lane(self, seed):
        """Sum of everything mixed from one seed."""
        total = mix(seed, 4, signed(self.now))
        for (sku, node), cell in self.cells.items():
            if any(cell.values()):
                planes = [cell[p] for p in ("on_hand", "safety", "soft", "firm")]
                total += mix(seed, 1, hashed(sku), hashed(node), *map(signed, planes))
        for id, held in self.reservations.items():
            total += mix(seed, 2, hashed(id), *self.head(held))
            for sku, node, *quanta, due in held["lines"]:
                ids = hashed(id), hashed(sku), 0 if node is None else hashed(node)
                later = [due] if due else []
                total += mix(seed, 3, *ids, *map(signed, quanta + later))
        open_ = {id for id, h in self.reservations.items() if h["state"] <= FIRM}
        after = self.after.records(open_)
        for tag, words in (*self.supply.records(), *self.seen, *after):
            total += mix(seed, tag, *map(word, words))
        return total & MASK

    def head(self, held):
        """Words a reservation is mixed from."""
        yield signed(held["state"])
        yield signed(held["expires"])
        yield signed(held["created"])
        yield signed(held["told"])
        for print_ in (held["print_lines"], held["print_terms"]):
            yield signed(print_ >> 32)
            yield signed(print_ % 2**32)


def free_of(cell):
    return cell["on_hand"] - cell["safety"] - cell["soft"] - cell["firm"]


def word(value):
    return hashed(value) if isinstance(value, str) else value & MASK


def signed(value):
    return value + 2**62


def hashed(text):
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def mix(state, *values):
    """Splitmix64's finaliser after each value."""
    for value in values:
        state = ((state ^ value) + 0x9E3779B97F4A7C15) & MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & MASK
        state ^= state >> 31
    return state
