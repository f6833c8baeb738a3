"""All that a state is made of: the cells, the book, and what is kept beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import EFFECT_WIDTH
from omniroute.kernels.stock.book import C_NOW
from omniroute.stock.after import After
from omniroute.stock.arena import Arena
from omniroute.stock.aside import Aside
from omniroute.stock.book import Book
from omniroute.stock.dated import Dated
from omniroute.stock.find import Find
from omniroute.stock.ids import Catalogue
from omniroute.stock.lots import Lots
from omniroute.stock.memory import Memory
from omniroute.stock.rules import Rules
from omniroute.stock.supply import Supply
from omniroute.stock.unbound import Unbound
from omniroute.stock.workload import Workload

I8 = NDArray[np.int64]


class Stores:
    """What `State` is made of; `State` is the door through which it changes.

    Parameters are those of `State`.

    Attributes
    ----------
    catalogue : Catalogue
        Ids and their numbers.
    arena : Arena
        The cells.
    book : Book
        The reservations.
    supply : Supply
        Unavailable units and what is on its way.
    memory : Memory
        What is remembered of events.
    broken : str
        Why a change broke off half-way, if one ever did: nothing is changed any more.
    aside : Aside
        What is set apart from what is free: floors, ring-fences, draws on them.
    rules : Rules
        Rules about safety and oversell that are followed.
    lots : Lots
        Units that can be sold until some time.
    find : Find
        Chances that picks find their units.
    dated : Dated
        What is promised for later, and what of today's stock that needs.
    unbound : Unbound
        What is held for the network as a whole.
    after : After
        Who declined what was routed to them, and who waits for stock.
    workload : Workload
        How much work nodes have taken on.
    """

    __slots__ = (
        "_row",
        "after",
        "arena",
        "aside",
        "book",
        "broken",
        "catalogue",
        "dated",
        "find",
        "lots",
        "making",
        "memory",
        "orphans",
        "rules",
        "supply",
        "unbound",
        "workload",
    )

    def __init__(
        self,
        node_ids: Iterable[str],
        sku_ids: Iterable[str],
        decimals: Sequence[int] | NDArray[np.integer] | None,
        retention_s: int,
    ) -> None:
        self.catalogue = Catalogue(node_ids, sku_ids, decimals)
        nodes = len(self.catalogue.nodes)
        self.arena = Arena(nodes, len(self.catalogue.skus))
        self.book = Book()
        self.supply = Supply(nodes)
        self.memory = Memory(nodes, retention_s)
        self.broken = ""
        self.aside = Aside()
        self.rules = Rules()
        self.lots = Lots()
        self.find = Find(nodes)
        self.dated = Dated()
        self.unbound = Unbound(self.aside.through)
        #: Keys of the cells that the change at hand has made.
        self.making: list[I8] = []
        #: Keys of cells that a refused change has made, and no rule has been asked about.
        self.orphans: set[int] = set()
        #: What `apply_row` applies, kept between calls.
        self._row = np.empty((1, EFFECT_WIDTH), np.int64)
        self.after = After(self.book)
        self.workload = Workload()

    @property
    def now(self) -> int:
        """The last engine time, seconds UTC; 0 before the first TICK."""
        return self.book.counters.item(C_NOW)

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays, room to spare included; ids not counted."""
        cells = self.arena.nbytes + self.book.nbytes
        return cells + self.supply.nbytes + self.memory.nbytes + self.find.nbytes

    def add_skus(
        self,
        sku_ids: Iterable[str],
        decimals: Sequence[int] | NDArray[np.integer] | None = None,
    ) -> None:
        """Add SKUs to the catalogue, all or none; stock and digest do not change."""
        self.catalogue.add_skus(sku_ids, decimals)
        self.arena.grow_skus(len(self.catalogue.skus))
