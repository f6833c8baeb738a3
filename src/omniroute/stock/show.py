"""What a cell holds and what is on its way, in the words of the outside."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import attrs
import numpy as np

from omniroute._show import Rows, Shown, told
from omniroute.codes import P_FIRM, P_FREE, P_ON_HAND, P_SAFETY, P_SOFT
from omniroute.kernels.stock.supply import (
    N_ARRIVED,
    N_DUE,
    N_EXPECTED,
    N_NODE,
    N_OPEN,
    N_SKU,
    N_TYPE,
    N_UNTIL,
)
from omniroute.model.quantity import from_quanta
from omniroute.stock.state import State

_NAT = np.datetime64("NaT", "s")

Units = int | Decimal


@attrs.frozen
class CellStock(Shown):
    """One cell as it stands, in units.

    Parameters
    ----------
    on_hand
        Physically there and fit for sale; below zero where more was sold than the
        record knew of.
    unavailable
        There and not to be sold, by reason; not part of on hand.
    safety
        Held back from promising.
    soft, firm
        In holds that expire; committed to orders.
    inbound
        On its way.
    free
        On hand less safety, soft and firm, and what is kept for later; below zero where
        more is promised than is there.
    later
        Promised for later.
    kept
        What of the units there now those promises need.

    Examples
    --------
    >>> import omniroute as om
    >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
    >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
    >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")], clock=lambda: 0)
    >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
    Applied(2)
    >>> engine.reserve({("BOLT", "N1"): 3}, id="A-1").status.name
    'OK'
    >>> cell = engine.stock("BOLT", "N1")
    >>> cell.on_hand, cell.firm, cell.free
    (4, 3, 1)
    """

    on_hand: Units
    unavailable: dict[str, Units]
    safety: Units
    soft: Units
    firm: Units
    inbound: Units
    free: Units
    later: Units = attrs.field(default=0, repr=False)
    kept: Units = attrs.field(default=0, repr=False)

    def _rows(self) -> Rows:
        rows = [["", "units"]]
        for name, units in attrs.asdict(self).items():
            if name == "unavailable":
                rows += [[reason, told(n)] for reason, n in self.unavailable.items()]
            else:
                rows.append([name.replace("_", " "), told(units)])
        return rows


def cell_stock(state: State, sku: str, node: str) -> CellStock:
    """Everything there is to say of one cell. O(log row + reasons).

    Raises
    ------
    UnknownSkuError, UnknownNodeError
        An id that is not in the catalogue.

    Examples
    --------
    >>> cell_stock(State(["N1"], ["BOLT"]), "BOLT", "N1").free
    0
    """
    number, index = state.catalogue.sku(sku), state.catalogue.node(node)
    places = int(state.catalogue.decimals[number])
    at = state.arena.find(number, index)
    planes = [0] * 5 if at < 0 else state.arena.planes[:, at].tolist()
    unavailable = state.supply.unavailable_of(number, index)
    later = state.dated.demand.get((number, index), {})
    return CellStock(
        on_hand=from_quanta(planes[P_ON_HAND], places),
        unavailable={
            reason: from_quanta(quanta, places)
            for reason, quanta in unavailable.items()
        },
        safety=from_quanta(planes[P_SAFETY], places),
        soft=from_quanta(planes[P_SOFT], places),
        firm=from_quanta(planes[P_FIRM], places),
        inbound=from_quanta(state.supply.inbound_of(number, index), places),
        free=from_quanta(planes[P_FREE], places),
        later=from_quanta(sum(later.values()), places),
        kept=from_quanta(state.dated.dips.get((number, index), 0), places),
    )


def inbound_columns(
    state: State, sku: str | None, node: str | None, closed: bool
) -> dict[str, Any]:
    """Inbound entries as columns, by due time and then id. O(entries log entries).

    Parameters
    ----------
    state
        Read, never modified.
    sku, node
        Limit to one of either.
    closed
        Also those of which nothing is still to come.

    Raises
    ------
    UnknownSkuError, UnknownNodeError
        An id that is not in the catalogue.

    Examples
    --------
    >>> inbound_columns(State(["N1"], ["BOLT"]), "BOLT", None, False)["id"]
    []
    """
    supply, catalogue = state.supply, state.catalogue
    used = supply.entries[: len(supply)]
    wanted = np.ones(len(used), np.bool_) if closed else used[:, N_OPEN] > 0
    if sku is not None:
        wanted &= used[:, N_SKU] == catalogue.sku(sku)
    if node is not None:
        wanted &= used[:, N_NODE] == catalogue.node(node)
    numbers = np.flatnonzero(wanted).tolist()
    numbers.sort(key=lambda n: (int(used[n, N_DUE]), supply.ids.texts[n]))
    found = used[numbers]
    places = catalogue.decimals[found[:, N_SKU]].tolist()
    columns: dict[str, Any] = {
        "id": [supply.ids.texts[n] for n in numbers],
        "type": [supply.types.texts[n] for n in found[:, N_TYPE].tolist()],
        "sku": [catalogue.skus.texts[n] for n in found[:, N_SKU].tolist()],
        "node": [catalogue.nodes.texts[n] for n in found[:, N_NODE].tolist()],
        "due": found[:, N_DUE].astype("datetime64[s]"),
    }
    ends = found[:, N_UNTIL].astype("datetime64[s]")
    columns["sell_by"] = np.where(found[:, N_UNTIL] > 0, ends, _NAT)
    for name, column in (
        ("expected", N_EXPECTED),
        ("arrived", N_ARRIVED),
        ("open", N_OPEN),
    ):
        pairs = zip(found[:, column].tolist(), places, strict=True)
        columns[name] = [from_quanta(quanta, decimals) for quanta, decimals in pairs]
    return columns


def lot_columns(state: State, sku: str | None, node: str | None) -> dict[str, Any]:
    """Lots as columns, by sell-by, then SKU and node. O(lots log lots).

    Parameters
    ----------
    state
        Read, never modified.
    sku, node
        Limit to one of either.

    Raises
    ------
    UnknownSkuError, UnknownNodeError
        An id that is not in the catalogue.

    Examples
    --------
    >>> lot_columns(State(["N1"], ["MILK"]), "MILK", None)["quantity"]
    []
    """
    catalogue = state.catalogue
    only = None if sku is None else catalogue.sku(sku)
    place = None if node is None else catalogue.node(node)
    skus, nodes = catalogue.skus.texts, catalogue.nodes.texts
    found = sorted(
        (sell_by, skus[s], nodes[n], from_quanta(quanta, int(catalogue.decimals[s])))
        for s, n, sell_by, quanta in state.lots.rows()
        if only in (None, s) and place in (None, n)
    )
    return {
        "sku": [row[1] for row in found],
        "node": [row[2] for row in found],
        "sell_by": np.array([row[0] for row in found], "datetime64[s]"),
        "quantity": [row[3] for row in found],
    }


def shortage_columns(state: State) -> dict[str, Any]:
    """Cells with more reserved than on hand, as columns, by SKU and node. O(cells).

    Examples
    --------
    >>> shortage_columns(State(["N1"], ["MILK"]))["short"]
    []
    """
    arena, catalogue = state.arena, state.catalogue
    positions = arena.positions()
    on_hand, soft, firm = (
        arena.planes[plane, positions].astype(np.int64)
        for plane in (P_ON_HAND, P_SOFT, P_FIRM)
    )
    reserved = soft + firm
    short = reserved - np.maximum(on_hand, 0)
    some = np.flatnonzero(short > 0)
    skus, nodes = arena.skus_of_cells()[some], arena.cell_node[positions[some]]
    places = catalogue.decimals[skus].tolist()
    rows = sorted(
        (catalogue.skus.texts[sku], catalogue.nodes.texts[node], k)
        for k, (sku, node) in enumerate(zip(skus.tolist(), nodes.tolist(), strict=True))
    )
    columns: dict[str, Any] = {
        "sku": [row[0] for row in rows],
        "node": [row[1] for row in rows],
    }
    for name, quanta in (
        ("on_hand", on_hand[some].tolist()),
        ("reserved", reserved[some].tolist()),
        ("short", short[some].tolist()),
    ):
        columns[name] = [from_quanta(quanta[k], places[k]) for *_, k in rows]
    return columns
