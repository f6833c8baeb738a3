"""Setting stock aside for channels: effects of allocating and of moving it about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from omniroute.codes import P_FREE, Effect, Status
from omniroute.errors import ConfigurationError, OmnirouteError, ValidationError
from omniroute.kernels.stock.arena import R_LENGTH, R_START
from omniroute.model.channels import ChannelTree
from omniroute.model.exact import to_scaled
from omniroute.model.fences import (
    ALL_OF_IT,
    RingFence,
    Want,
    checked,
    plan,
    spread,
    want_of,
)
from omniroute.model.quantity import from_quanta
from omniroute.stock.aside import Fence
from omniroute.stock.effects import EffectBatch, Row, intern
from omniroute.stock.lens import Lens
from omniroute.stock.state import State

_FENCE, _CHANNEL = int(Effect.FENCE), int(Effect.INTERN_CHANNEL)
_PROTECT = int(Effect.PROTECT)


class _Names:
    """Numbers of channels in the state; those that have none yet get the next."""

    def __init__(self, state: State) -> None:
        self._ids, self._now = state.aside.channels, state.now
        self.rows: list[Row] = []
        self.texts: list[str] = []

    def number(self, name: str) -> int:
        """Return the number of a channel, named in the batch if need be."""
        found = self._ids.numbers.get(name)
        if found is not None:
            return found
        if name not in self.texts:
            number = len(self._ids) + len(self.texts)
            self.rows.append(intern(_CHANNEL, number, len(self.texts), self._now))
            self.texts.append(name)
        return len(self._ids) + self.texts.index(name)


def fence(
    state: State, sku: int, node: int, channel: int, left: int, guarded: int
) -> Row:
    """Say that so much more is set aside for a channel, and guarded."""
    return (_FENCE, sku, node, left, -1, state.now, channel, guarded)


def allocate(
    state: State, tree: ChannelTree, lens: Lens, fences: Iterable[RingFence]
) -> EffectBatch:
    """Effects of planning fences on what is available now.

    Of the items and nodes that the fences name, what their channels still have is
    planned anew; what other channels have there stays theirs.

    Raises
    ------
    ConfigurationError, UnknownIdError
        A fence that names what there is not, or two for one channel at one cell.
    """
    names, rows, parts = _Names(state), [], []
    by_sku: dict[int, list[tuple[int, RingFence, list[int]]]] = {}
    for i, found in enumerate(checked(fences)):
        try:
            sku, nodes = _where(state, tree, found)
        except OmnirouteError as error:
            raise error.under(f"fences[{i}]") from None
        by_sku.setdefault(sku, []).append((i, found, nodes))
    for sku, wanted in by_sku.items():
        for node, channel, asked, quanta in _planned(lens, state, tree, sku, wanted):
            number = names.number(channel)
            old = _fences(state, sku, node).get(number, Fence())
            left, guarded = quanta - old.left, asked.protected(quanta) - old.guarded
            if left or guarded:
                rows.append(fence(state, sku, node, number, left, guarded))
            if more := (asked.part if quanta else ALL_OF_IT) - old.part:
                parts.append((_PROTECT, sku, node, more, -1, state.now, number, 0))
    return EffectBatch([*names.rows, *_down_first(rows), *parts], names.texts)


def _down_first(rows: list[Row]) -> list[Row]:
    """Give back before taking, so that what is free never leaves its range."""
    return sorted(rows, key=lambda row: row[3])


def _where(state: State, tree: ChannelTree, found: RingFence) -> tuple[int, list[int]]:
    """SKU number and node indices of a fence."""
    tree.number(found.channel, "channel")
    catalogue = state.catalogue
    sku = catalogue.stocked(catalogue.sku(found.sku))
    if found.nodes is None:
        start, length = state.arena.rows[sku, [R_START, R_LENGTH]].tolist()
        return sku, state.arena.cell_node[start : start + length].tolist()
    nodes = [catalogue.node(n, f"nodes[{j}]") for j, n in enumerate(found.nodes)]
    return sku, nodes


def _planned(
    lens: Lens,
    state: State,
    tree: ChannelTree,
    sku: int,
    wanted: list[tuple[int, RingFence, list[int]]],
) -> Iterable[tuple[int, str, RingFence, int]]:
    """Node, channel, fence and quanta of each fence at each of its cells."""
    asked: dict[int, dict[int, tuple[RingFence, Want]]] = {}
    named: dict[int, set[int]] = {}
    for _, found, nodes in wanted:
        for node in nodes:
            named.setdefault(node, set()).add(tree.number(found.channel))
    stock = {
        node: _stock(lens, state, tree, (sku, node), channels)
        for node, channels in named.items()
    }
    for i, found, nodes in wanted:
        parts: list[int | None] = [None] * len(nodes)
        if found.quantity is not None:
            quanta = _quanta(state, sku, found, f"fences[{i}].quantity")
            parts = [*spread(quanta, [stock[node] for node in nodes])]
        for node, part in zip(nodes, parts, strict=True):
            number = tree.number(found.channel)
            if number in asked.setdefault(node, {}):
                expected = "one fence for a channel at a node"
                raise ConfigurationError(f"fences[{i}]", expected, found)
            asked[node][number] = found, want_of(found, part)
    for node, wants in asked.items():
        each = {number: want for number, (_, want) in wants.items()}
        given = plan(tree, each, stock[node])
        for number, (found, _) in wants.items():
            yield node, found.channel, found, given[number]


def _quanta(state: State, sku: int, found: RingFence, path: str) -> int:
    places = int(state.catalogue.decimals[sku])
    try:
        return to_scaled(found.quantity, places, path) // found.factor
    except ValidationError as error:
        raise ConfigurationError(path, error.expected, error.found) from None


def _stock(
    lens: Lens,
    state: State,
    tree: ChannelTree,
    cell: tuple[int, int],
    channels: set[int],
) -> int:
    """Return what a cell has for these channels to share, beside others' fences."""
    sku, node = cell
    at = state.arena.find(sku, node)
    if at < 0:
        return 0
    free = lens.outside_fences(cell, None, int(state.arena.planes[P_FREE, at]))
    free -= state.aside.floors.get(cell, 0)
    texts = state.aside.channels.texts
    own = [
        row.left
        for number, row in _fences(state, sku, node).items()
        if tree.numbers.get(texts[number]) in channels
    ]
    return max(0, free + sum(own))


def _fences(state: State, sku: int, node: int) -> dict[int, Fence]:
    return state.aside.fences.get(sku, {}).get(node, {})


def reallocate(
    state: State,
    cell: tuple[int, int],
    quanta: int,
    giver: str | None,
    taker: str | None,
) -> tuple[Status, EffectBatch]:
    """Effects of moving units from one channel's fence to another's; None: the pool.

    All of it, or SHORT where the giver has less.
    """
    names, rows = _Names(state), []
    sku, node = cell
    if giver is None:
        at = state.arena.find(sku, node)
        free = int(state.arena.planes[P_FREE, at]) if at >= 0 else 0
        if free - state.aside.floors.get(cell, 0) < quanta:
            return Status.SHORT, EffectBatch([])
    else:
        number = names.number(giver)
        own = _fences(state, sku, node).get(number, Fence())
        if own.left < quanta:
            return Status.SHORT, EffectBatch([])
        guarded = min(own.guarded, own.left - quanta) - own.guarded
        rows.append(fence(state, sku, node, number, -quanta, guarded))
    if taker is not None:
        rows.append(fence(state, sku, node, names.number(taker), quanta, quanta))
    return Status.OK, EffectBatch([*names.rows, *rows], names.texts)


def allocation_columns(state: State, sku: int | None) -> dict[str, Any]:
    """Return what is set aside as columns, by SKU, node and channel. O(fences log)."""
    catalogue, texts = state.catalogue, state.aside.channels.texts
    found = sorted(
        (
            (catalogue.skus.texts[s], catalogue.nodes.texts[n], texts[c], s, row)
            for (s, n, c), row in state.aside.rows()
            if sku in (None, s)
        ),
        key=lambda each: each[:3],
    )
    columns: dict[str, Any] = {
        name: [each[k] for each in found]
        for k, name in enumerate(("sku", "node", "channel"))
    }
    figures = {
        "left": [row.left for *_, row in found],
        # What of the guarded part its own channel has drawn is guarded no more.
        "guarded": [min(row.guarded, row.left) for *_, row in found],
        "used": [row.used for *_, row in found],
    }
    places = [int(catalogue.decimals[s]) for *_, s, _ in found]
    for name, quanta in figures.items():
        columns[name] = list(map(from_quanta, quanta, places))
    return columns
