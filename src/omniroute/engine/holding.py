"""Cells that callers name: held at once, for later, or at no node."""

from __future__ import annotations

from collections.abc import Callable

from omniroute.codes import Status
from omniroute.engine.results import Placement
from omniroute.engine.terms import (
    Instant,
    Terms,
    missing_lines,
)
from omniroute.engine.waiting import Waiting
from omniroute.errors import (
    ValidationError,
)
from omniroute.reservations import life, print_terms, repeated
from omniroute.reservations.differs import what_differs
from omniroute.reservations.later import admitted
from omniroute.reservations.lines import (
    Cells,
    HoldLines,
    as_of,
    at_once,
    cells_of,
    is_at_no_node,
    is_later,
    later_lines,
    plain_cells,
)
from omniroute.reservations.prints import print_hold_terms
from omniroute.reservations.seen import (
    status_of,
    what_is_there,
)
from omniroute.routing.plan import Plan
from omniroute.stock import decide
from omniroute.stock.book import just_held
from omniroute.stock.draws import through
from omniroute.stock.effects import concat
from omniroute.stock.lens import Asker

#: Looked up once: a member of an enum costs 70 ns each time.
_OK = Status.OK


class Holding(Waiting):
    """See `omniroute.engine.Engine`."""

    def _superseding(
        self, old: str | None, id: str, attempt: Callable[[], Placement]
    ) -> Placement:
        """Try with what an old hold has given back; if in vain, the old one stands."""
        if old is None or id in self._state.book.ids.numbers:
            return attempt()
        status, ending = life.supersede(self._state, old)
        if status is not Status.OK:
            return Placement(status, id, None, None)
        if not len(ending):
            return attempt()
        ending = self._drawing(ending)
        self._state.apply(ending)
        ending = self._dipped(ending, ending.rows)
        self._withheld = []
        placed: Placement | None = None
        try:
            placed = attempt()
        finally:
            decided, self._withheld = self._withheld, None
            if placed is not None and placed.reserved:
                decided.insert(0, ending)
            else:
                self._state.revert(ending)
        if decided:
            self._note(concat(decided))
        return placed

    def _cells_and_way(
        self, lines: HoldLines, due: Instant
    ) -> tuple[Cells, Callable[[Cells, str, Terms], Placement]]:
        """Return what is wanted of which cells, and by which way to reserve it."""
        catalogue = self._state.catalogue
        if type(lines) is dict and due is None and not self._composed:
            cells = plain_cells(catalogue, lines)
            if cells is not None:
                return cells, self._reserve_cells
        cells = cells_of(catalogue, lines, due=due)
        if self._composed:
            cells = self._in_whole_packs(cells)
        return self._one_of_both(cells), self._way_of(cells)

    def _way_of(self, cells: Cells) -> Callable[[Cells, str, Terms], Placement]:
        """Return by which way cells are reserved."""
        if is_later(cells):
            return self._reserve_later
        return self._reserve_unbound if is_at_no_node(cells) else self._reserve_cells

    def _in_whole_packs(self, cells: Cells) -> Cells:
        """Return the cells with whole packs wanted; kits at a node, and at once."""
        found: Cells = {}
        apart = is_later(cells) or is_at_no_node(cells)
        for i, (cell, n) in enumerate(cells.items()):
            if apart and self._composed.is_kit(cell[0]):
                expected = "its components: kits are held at a node, and at once"
                sku = self._state.catalogue.skus.texts[cell[0]]
                raise ValidationError(f"lines[{i}].sku", expected, sku)
            found[cell] = self._composed.packed(cell, n, f"lines[{i}]")
        return found

    def _reserve_unbound(self, cells: Cells, id: str, terms: Terms) -> Placement:
        """Reserve units of the network as a whole, and maybe of cells."""
        print_ = print_hold_terms(
            terms.ttl_s, terms.partial, terms.supersedes, terms.channel
        )
        number = self._state.book.ids.numbers.get(id)
        if number is not None:
            status = self._one_hold.repeat(number, cells, print_)
            return self._taken(status, id, terms)
        placed = self._reserve_seen(cells, id, terms, print_)
        self._look_through()
        return placed

    def _taken(
        self,
        status: Status,
        id: str,
        terms: Terms,
        whole: Callable[[int], int] = int,
    ) -> Placement:
        """Return what to answer to a request of cells under an id that is taken."""
        differs: tuple[str, ...] = ()
        if status is Status.EXISTS_WITH_DIFFERENT_TERMS:
            asked = terms.ttl_s, terms.partial, terms.supersedes, terms.channel
            number = self._state.book.ids.numbers[id]
            differs = what_differs(self._state, number, asked, whole)
        return Placement(status, id, None, self._reservation(id), differs=differs)

    def _reserve_cells(self, cells: Cells, id: str, terms: Terms) -> Placement:
        state = self._state
        print_ = print_hold_terms(
            terms.ttl_s, terms.partial, terms.supersedes, terms.channel
        )
        number = state.book.ids.numbers.get(id)
        if number is not None:
            status = self._one_hold.repeat(number, cells, print_)
            return self._taken(status, id, terms)
        if self._composed and not self._composed.recipes.keys().isdisjoint(
            sku for sku, _ in cells
        ):
            return self._reserve_seen(cells, id, terms, print_)
        if self._router.lens is not None:
            asker = Asker(terms.channel)
            plainly = self._lens.sees_plainly(asker, {sku for sku, _ in cells})
            if terms.channel is not None or not plainly:
                return self._reserve_seen(cells, id, terms, print_)
        flags, now_s = (terms.partial, terms.sticky), state.now
        expires_s = terms.expires_s(now_s)
        status, had = self._one_hold.reserve(id, cells, print_, expires_s, flags)
        if status is _OK:
            held = just_held(id, cells, expires_s, now_s)
            return Placement(status, id, None, held)
        missing = missing_lines(state, cells, had)
        return Placement(status, id, None, self._reservation(id), missing)

    def _reserve_seen(
        self, cells: Cells, id: str, terms: Terms, print_: int
    ) -> Placement:
        """Reserve named cells for who does not see plainly what is free, and kits."""
        had = self._there(cells, Asker(terms.channel))
        prints = {"print_lines": self._one_hold.print_of(cells), "print_terms": print_}
        return self._hold_what_is_there(cells, had, id, terms, prints)

    def _reserve_later(self, cells: Cells, id: str, terms: Terms) -> Placement:
        """Reserve named cells of which something is wanted later."""
        state = self._state
        own = print_hold_terms(
            terms.ttl_s, terms.partial, terms.supersedes, terms.channel
        )
        prints = {
            "print_lines": self._one_hold.print_of(at_once(cells)),
            "print_terms": print_terms(own, *later_lines(state.catalogue, cells)),
        }
        number = state.book.ids.numbers.get(id)
        if number is not None:
            status = repeated(state, number, *prints.values())
            dates = later_lines(state.catalogue, cells)
            return self._taken(status, id, terms, lambda p: print_terms(p, *dates))
        wanted = as_of(cells, state.now)
        had = self._later_there(wanted, Asker(terms.channel))
        return self._hold_what_is_there(wanted, had, id, terms, prints)

    def _later_there(self, wanted: Cells, asker: Asker) -> Cells:
        """Return what can be had, where some of it is wanted later or was."""
        if not self._lens.has_pool(asker):
            # What is for later comes of the pool, which is closed to this channel.
            had = {cell: n if len(cell) == 2 else 0 for cell, n in wanted.items()}
        elif is_later(wanted):
            had = admitted(self._state, wanted)
        else:
            had = dict(wanted)
        had = self._composed.in_lots(had)
        now: Cells = {cell: n for cell, n in had.items() if len(cell) == 2}
        return had | self._there(now, asker)

    def _there(self, cells: Cells, asker: Asker) -> Cells:
        """Return what an asker can have of cells, kits and packs among them."""
        if self._composed and not is_at_no_node(cells):
            return self._composed.seen_by(asker).there(cells)
        had = what_is_there(self._state, self._lens, asker, cells)
        return self._composed.in_lots(had)

    def _hold_what_is_there(
        self,
        cells: Cells,
        had: Cells,
        id: str,
        terms: Terms,
        prints: dict[str, int],
        plan: Plan | None = None,
    ) -> Placement:
        """Reserve what there is of what is wanted, if that will do, of a plan or not."""
        state, status = self._state, status_of(cells, had)
        if status is not _OK and not (terms.partial and status is Status.SHORT):
            status = self._because(cells, status, terms.channel)
        if status is Status.OK or (status is Status.SHORT and terms.partial):
            drawn = self._composed.unpacked(had) if self._composed else had
            lines = [(*cell[:2], n, *cell[2:]) for cell, n in drawn.items() if n]
            expires_s = terms.expires_s(state.now)
            batch = decide.reserve(
                state, id, lines, now=state.now, expires_s=expires_s, **prints
            )
            batch = through(state, batch, terms.channel)
            if plan is not None:
                amounts = self._amounts_by_node(drawn)
                batch = self._with_work(batch, plan, len(state.book), amounts)
            self._commit(batch)
        elif terms.sticky:
            self._commit(decide.refuse(state, id, status, **prints))
        missing = missing_lines(state, cells, list(had.values()))
        return Placement(status, id, None, self._reservation(id), missing)

    def _because(self, cells: Cells, status: Status, channel: str | None) -> Status:
        """Return the reason of a refusal: pre-orders are of the pool, open or not."""
        if is_later(cells) and not self._lens.has_pool(Asker(channel)):
            return Status.NO_POOL
        return status
