"""Rules about safety stock and oversell that are followed, and what they say of cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import NODE_KINDS, RULES_OVERSELL, RULES_PREORDER, RULES_SAFETY
from omniroute.kernels.stock.protect import read_cells
from omniroute.kernels.stock.supply import N_NODE, N_OPEN, N_SKU
from omniroute.model.channels import ChannelTree
from omniroute.model.item import Item
from omniroute.model.network import Network
from omniroute.model.oversell import OversellRule, OversellRules
from omniroute.model.rule_text import rules_of
from omniroute.model.safety import CellFacts, SafetyRule, SafetyRules
from omniroute.model.scope import FIELDS, Scoped
from omniroute.stock.daily_demand import by_key
from omniroute.stock.state import State

I8 = NDArray[np.int64]
R = TypeVar("R", bound=Scoped)


class RulesFollowed:
    """Safety and oversell rules over one state, and the cells they govern.

    Parameters
    ----------
    state
        Read, never modified.
    network
        Nodes and services that rules may name.
    items
        What is sold, in the order of SKU numbers.
    tree
        Channels that rules may name.

    Attributes
    ----------
    safety : SafetyRules
        None at first.
    oversell : OversellRules
        None at first.
    preorder : OversellRules
        The same for what falls due later, beyond what is on its way. None at first.
    thresholds : int64[S]
        Quanta subtracted once from the sum over all nodes.
    """

    __slots__ = (
        "_cells",
        "_classes",
        "_demand",
        "_kinds",
        "_names",
        "_network",
        "_numbers",
        "_state",
        "_tree",
        "oversell",
        "preorder",
        "safety",
        "thresholds",
    )

    def __init__(
        self, state: State, network: Network, items: Sequence[Item], tree: ChannelTree
    ) -> None:
        self._state, self._network, self._tree = state, network, tree
        self._names = tuple(service.name for service in network.services)
        kinds = [NODE_KINDS.index(node.kind) for node in network.nodes]
        self._kinds = np.array(kinds, np.int64)
        self._demand: tuple[I8, I8] = (np.zeros(0, np.int64), np.zeros(0, np.int64))
        self._cells = 0
        self.know(items)
        self.safety = SafetyRules((), self._numbers)
        self.oversell = OversellRules((), self._numbers)
        self.preorder = OversellRules((), self._numbers)
        self.thresholds = np.zeros(len(items), np.int64)

    def know(self, items: Sequence[Item]) -> None:
        """Take note of the items as they are now, and of their classes."""
        classes: dict[str, int] = {}
        self._classes = np.array(
            [
                -1
                if item.item_class is None
                else classes.setdefault(item.item_class, len(classes))
                for item in items
            ],
            np.int64,
        )
        catalogue = self._state.catalogue
        self._numbers: Mapping[str, Mapping[str, int]] = {
            "sku": catalogue.skus.numbers,
            "item_class": classes,
            "node": catalogue.nodes.numbers,
            "node_kind": {kind: i for i, kind in enumerate(NODE_KINDS)},
            "service": {name: i for i, name in enumerate(self._names)},
            "channel": self._tree.numbers,
        }

    def know_more(self, items: Sequence[Item]) -> None:
        """Take note of more items; the same rules hold for them."""
        self.know(items)
        self.obey()

    def obey(self) -> None:
        """Follow the rules that stand in the state, whoever set them.

        A rule that names what there is not here waits until there is: nobody can ask
        through a channel that is unknown, and an item may yet be added.
        """
        told, rules = self._state.rules.texts, self._state.rules
        safety = self._known(rules_of(told[RULES_SAFETY], SafetyRule))
        oversell = self._known(rules_of(told[RULES_OVERSELL], OversellRule))
        self.safety = SafetyRules(safety, self._numbers)
        self.oversell = OversellRules(oversell, self._numbers)
        preorder = self._known(rules_of(told[RULES_PREORDER], OversellRule))
        self.preorder = OversellRules(preorder, self._numbers)
        nodes = self._state.arena.nodes
        demand = {sku * nodes + node: n for (sku, node), n in rules.demand.items()}
        self._demand = by_key(demand)
        self._cells = self._state.arena.cells
        self._set_thresholds()

    def _known(self, rules: Iterable[R]) -> list[R]:
        """Those of the rules that name nothing but what there is."""
        return [
            rule
            for rule in rules
            if all(
                value is None or value in self._numbers[name]
                for name, value in zip(FIELDS, rule.scope, strict=True)
            )
        ]

    def _set_thresholds(self) -> None:
        scale = self._scale(np.arange(len(self._classes)))
        skus = {"sku": np.arange(len(scale)), "item_class": self._classes}
        self.thresholds = self.safety.thresholds(skus, scale)

    # -- cells -------------------------------------------------------------------------

    def _key(self, sku: str, node: str) -> int:
        catalogue = self._state.catalogue
        return catalogue.sku(sku) * self._state.arena.nodes + catalogue.node(node)

    def _all_keys(self) -> I8:
        """Keys of all cells there are, and of those that only expect stock, in order."""
        arena, supply = self._state.arena, self._state.supply
        nodes = arena.cell_node[arena.positions()]
        keys = np.asarray(arena.skus_of_cells() * arena.nodes + nodes, np.int64)
        entries = supply.entries[: len(supply)]
        coming = entries[entries[:, N_OPEN] > 0]
        if not len(coming):
            return keys
        return np.union1d(keys, coming[:, N_SKU] * arena.nodes + coming[:, N_NODE])

    def _columns(self, keys: I8) -> dict[str, I8]:
        skus, nodes = np.divmod(keys, len(self._kinds))
        return {
            "sku": skus,
            "item_class": self._classes[skus],
            "node": nodes,
            "node_kind": self._kinds[nodes],
        }

    def _scale(self, skus: I8) -> I8:
        return np.asarray(10 ** self._state.catalogue.decimals[skus].astype(np.int64))

    def _facts(self, keys: I8, on_hand: I8) -> CellFacts:
        columns = self._columns(keys)
        known, demand = self._demand
        own = np.zeros(len(keys), np.int64)
        if len(known):
            at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
            own = np.where(known[at] == keys, demand[at], 0)
        return CellFacts(columns, on_hand, self._scale(columns["sku"]), own)

    def _read(self, keys: I8) -> I8:
        arena = self._state.arena
        out = np.empty((3, len(keys)), np.int64)
        read_cells(arena.rows, arena.cell_node, arena.planes, keys, arena.nodes, out)
        return out

    def _floors(self, facts: CellFacts) -> I8:
        return self.oversell.floors(facts.columns, facts.scale)

    def _floors_now(self, keys: I8) -> I8:
        floors, nodes = self._state.aside.floors, len(self._kinds)
        if not floors:
            return np.zeros(len(keys), np.int64)
        return np.array(
            [floors.get(divmod(key, nodes), 0) for key in keys.tolist()], np.int64
        )
