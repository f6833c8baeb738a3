"""Rules about safety stock and oversell, kept true of a state as its stock changes.

What rules say of a cell to who asks plainly stands in the state, as SAFETY and ALLOW
effects; what they say to other askers is worked out when they ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    E_NODE,
    E_QUANTITY,
    E_REFERENCE,
    E_SKU,
    E_TIME,
    E_WHAT,
    EFFECT_WIDTH,
    NODE_KINDS,
    QUANTITY_MAX,
    RULES_OVERSELL,
    RULES_PREORDER,
    RULES_SAFETY,
    STOCK_FIRST,
    STOCK_LAST,
    Effect,
)
from omniroute.errors import (
    ConfigurationError,
    InvariantError,
    UnknownIdError,
    ValidationError,
)
from omniroute.kernels.stock.protect import read_cells
from omniroute.kernels.stock.supply import N_NODE, N_OPEN, N_SKU
from omniroute.model.channels import ChannelTree
from omniroute.model.exact import Number, to_scaled
from omniroute.model.item import Item
from omniroute.model.network import Network
from omniroute.model.oversell import (
    LEVELS,
    UNLIMITED_FLOOR,
    OversellRule,
    OversellRules,
)
from omniroute.model.rule_text import rules_of, text_of
from omniroute.model.safety import CellFacts, SafetyRule, SafetyRules
from omniroute.model.scope import FIELDS, Scoped
from omniroute.stock.effects import NOTHING, EffectBatch, concat
from omniroute.stock.ids import STOCKED
from omniroute.stock.state import State

I8 = NDArray[np.int64]
R = TypeVar("R", bound=Scoped)

_SAFETY, _ALLOW, _SHIP = int(Effect.SAFETY), int(Effect.ALLOW), int(Effect.SHIP)
#: Besides facts about stock, what makes a cell where there is none.
_MAKING = [int(Effect.LINE), int(Effect.DIP), int(Effect.ALLOW), int(Effect.FENCE)]
_EXPECT = int(Effect.EXPECT)
_THOUSAND = 1_000
#: So many cells are looked up one by one.
_FEW = 16


class Guard:
    """Safety and oversell rules over one state.

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
        self._demand = _by_key(demand)
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

    def check(self, keys: I8 | None = None) -> None:
        """Require rules as the state has them, and cells with what these make of them.

        Parameters
        ----------
        keys
            Cells to look at; all by default.

        Raises
        ------
        InvariantError
            What is kept of rules is not what the state says, or a cell has not what
            they ask for.
        """
        own = Guard.__new__(Guard)
        for name in self.__slots__:
            setattr(own, name, getattr(self, name))
        own.obey()
        same = all(
            text_of(getattr(own, kind).rules) == text_of(getattr(self, kind).rules)
            for kind in ("safety", "oversell", "preorder")
        )
        same &= _above_0(own._demand) == _above_0(self._demand)
        same &= np.array_equal(own.thresholds, self.thresholds)
        if not same:
            raise InvariantError("rules that are followed are not those of the state")
        some = own._far_from_ends(self._all_keys() if keys is None else keys)
        some = np.setdiff1d(some, np.array(list(self._state.orphans), np.int64))
        if len(own._effects(some, np.zeros(len(some), bool))):
            raise InvariantError("a cell has not what the rules ask for")

    def _far_from_ends(self, keys: I8) -> I8:
        """Return the cells whose planes have room for all that rules could ask for.

        What a cell near the end of a plane has depends on how it came there: rules give
        it as much as there was room for when they were last asked.
        """
        on_hand, safety, free = self._read(keys)
        floors = np.maximum(self._floors(self._facts(keys, on_hand)), 0)
        room = np.abs(on_hand) + np.abs(safety) + np.abs(free) + floors
        far: I8 = keys[room < QUANTITY_MAX // 4]
        return far

    # -- rules -------------------------------------------------------------------------

    def set_safety(
        self, rules: Iterable[SafetyRule], daily_demand: Any = None
    ) -> EffectBatch:
        """Follow these rules from now on; return the effects that make them true.

        Raises
        ------
        ConfigurationError, ValidationError, UnknownIdError
            The path says which rule or demand is bad; the old rules stand.
        """
        found = SafetyRules(rules, self._numbers)
        self._refuse_kits(found.rules)
        demand = self._demands(daily_demand)
        _require_demand(found.rules, demand)
        said = [
            self._state.rules.told(RULES_SAFETY, text_of(found.rules), self._state.now),
            self._state.rules.told_demand(self._by_cell(demand), self._state.now),
        ]
        old, self.safety = self.safety, found
        self._demand = demand
        self._set_thresholds()
        keys = self._all_keys()
        gone = old.governed(self._columns(keys)) if len(keys) else np.zeros(0, bool)
        return concat([*said, self._effects(keys, gone)])

    def set_oversell(self, rules: Iterable[OversellRule]) -> EffectBatch:
        """Follow these permissions from now on; return the effects that make it so.

        A rule for one item at one node makes the cell, where there is none yet.
        """
        found = OversellRules(rules, self._numbers)
        self._refuse_kits(found.rules)
        self.oversell = found
        named = [
            self._key(rule.sku, rule.node)
            for rule in found.rules
            if rule.sku is not None and rule.node is not None and rule.channel is None
        ]
        keys = np.union1d(self._all_keys(), np.array(named, np.int64))
        text = text_of(found.rules)
        said = self._state.rules.told(RULES_OVERSELL, text, self._state.now)
        return concat([said, self._effects(keys, np.zeros(len(keys), bool))])

    def set_preorder(self, rules: Iterable[OversellRule]) -> EffectBatch:
        """Follow these permissions from now on; return the effect that says so."""
        found = OversellRules(rules, self._numbers)
        self._refuse_kits(found.rules)
        for i, rule in enumerate(found.rules):
            if rule.channel is not None:
                expected = "None: pre-orders of all channels alike"
                raise ConfigurationError(f"rules[{i}].channel", expected, rule.channel)
        self.preorder = found
        text = text_of(found.rules)
        return self._state.rules.told(RULES_PREORDER, text, self._state.now)

    def follow(self, rows: I8) -> EffectBatch:
        """Effects that rules ask for after these rows have been applied.

        Of cells whose stock or safety has changed, and of new ones. O(rows).
        """
        what = rows[:, E_WHAT]
        here = ((what >= STOCK_FIRST) & (what <= STOCK_LAST)) | (what == _SHIP)
        orphans = self._state.orphans
        new = self._state.arena.cells != self._cells or bool(orphans)
        if new:
            # What is promised for later makes a cell where there is no stock yet.
            here |= np.isin(what, _MAKING) & (rows[:, E_NODE] >= 0)
        # A cell expects stock before it has any: what is promised of that keeps the
        # rules too.
        expected = self._expecting(rows)
        if len(expected):
            here[expected] = new = True
        if not here.any():
            return NOTHING
        if not (new or self.safety.follow_stock or (what == _SAFETY).any()):
            return NOTHING
        nodes = self._state.arena.nodes
        keys = np.unique(rows[here, E_SKU] * nodes + rows[here, E_NODE])
        if orphans:
            keys = np.union1d(keys, np.array(list(orphans), np.int64))
            orphans.clear()
        return self._effects(keys, np.zeros(len(keys), bool))

    def _expecting(self, rows: I8) -> I8:
        """Return the places of rows by which a cell that may not be there expects stock."""
        here = np.flatnonzero(rows[:, E_WHAT] == _EXPECT)
        if len(here) > _FEW:
            return here
        find = self._state.arena.find
        cells = rows[here][:, [E_SKU, E_NODE]].tolist()
        return here[[find(sku, node) < 0 for sku, node in cells]]

    def _refuse_kits(self, rules: Sequence[SafetyRule | OversellRule]) -> None:
        """Refuse rules for the stock of kits, which have none."""
        catalogue = self._state.catalogue
        for i, rule in enumerate(rules if catalogue.kits else ()):
            if rule.sku is not None and catalogue.sku(rule.sku) in catalogue.kits:
                raise ConfigurationError(f"rules[{i}].sku", STOCKED, rule.sku)

    def _by_cell(self, demand: tuple[I8, I8]) -> dict[tuple[int, int], int]:
        keys, quanta = demand
        skus, nodes = np.divmod(keys, self._state.arena.nodes)
        cells = zip(skus.tolist(), nodes.tolist(), strict=True)
        return dict(zip(cells, quanta.tolist(), strict=True))

    def _set_thresholds(self) -> None:
        scale = self._scale(np.arange(len(self._classes)))
        skus = {"sku": np.arange(len(scale)), "item_class": self._classes}
        self.thresholds = self.safety.thresholds(skus, scale)

    def _key(self, sku: str, node: str) -> int:
        catalogue = self._state.catalogue
        return catalogue.sku(sku) * self._state.arena.nodes + catalogue.node(node)

    def _demands(self, daily_demand: Any) -> tuple[I8, I8]:
        """Thousandths of a quantum a day by cell, sorted by cell."""
        if daily_demand is None:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        if not isinstance(daily_demand, Mapping):
            expected = "a dict of (SKU, node) and units a day"
            raise ValidationError("daily_demand", expected, daily_demand)
        found = {}
        for cell, units in daily_demand.items():
            path = f"daily_demand[{cell!r}]"
            if not isinstance(cell, tuple) or len(cell) != 2:
                raise ValidationError(path, "a key (SKU, node)", cell)
            try:
                key = self._key(*cell)
            except UnknownIdError as error:
                raise error.under(path) from None
            scale = 10 ** int(self._state.catalogue.decimals[key // len(self._kinds)])
            found[key] = _demand(units, path) * scale
        return _by_key(found)

    # -- cells -------------------------------------------------------------------------

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

    def _effects(self, keys: I8, gone: NDArray[np.bool_]) -> EffectBatch:
        """Effects after which cells have what rules say; ``gone`` had it from old ones."""
        self._cells = self._state.arena.cells
        if not len(keys):
            return NOTHING
        on_hand, safety, free = self._read(keys)
        facts = self._facts(keys, on_hand)
        governed = self.safety.governed(facts.columns)
        wanted = np.where(governed, self.safety.resolve(facts), safety)
        wanted[gone & ~governed] = 0
        # Neither may push what is free out of the range of a plane.
        wanted = np.maximum(0, np.minimum(wanted, safety + free + QUANTITY_MAX))
        more = self._floors(facts) - self._floors_now(keys)
        more = np.minimum(more, QUANTITY_MAX - (free + safety - wanted))
        return EffectBatch(
            np.concatenate(
                [
                    self._rows(_SAFETY, keys, wanted, wanted != safety),
                    self._rows(_ALLOW, keys, more, more != 0),
                ]
            )
        )

    def _floors(self, facts: CellFacts) -> I8:
        return self.oversell.floors(facts.columns, facts.scale)

    def _floors_now(self, keys: I8) -> I8:
        floors, nodes = self._state.aside.floors, len(self._kinds)
        if not floors:
            return np.zeros(len(keys), np.int64)
        return np.array(
            [floors.get(divmod(key, nodes), 0) for key in keys.tolist()], np.int64
        )

    def _rows(self, what: int, keys: I8, quanta: I8, some: NDArray[np.bool_]) -> I8:
        rows = np.zeros((int(some.sum()), EFFECT_WIDTH), np.int64)
        skus, nodes = np.divmod(keys[some], len(self._kinds))
        rows[:, E_WHAT], rows[:, E_SKU], rows[:, E_NODE] = what, skus, nodes
        rows[:, E_QUANTITY], rows[:, E_TIME] = quanta[some], self._state.now
        rows[:, E_REFERENCE] = -1
        return rows

    def warns(self, sku: int, node: int, channel: int | None) -> bool:
        """Whether a cell may be oversold, but not in silence, through a channel."""
        texts = self._state.aside.channels.texts
        name = None if channel is None else texts[channel]
        columns = self._columns(np.array([sku * len(self._kinds) + node], np.int64))
        return bool(self.oversell.levels(columns, name)[0] == LEVELS.index("warn"))

    def beyond(self, cell: tuple[int, int]) -> int:
        """Return how far beyond its supply a cell may be promised for later.

        Where there is no cell yet, less what rules will keep back of it: the promise
        makes it, and what it is worked out from has nothing taken off.
        """
        if not self.preorder.rules:
            return 0
        columns = self._one(cell)
        floors = self.preorder.floors(columns, self._scale(columns["sku"]))
        return int(floors[0]) + self._less_when_made(cell)

    def _less_when_made(self, cell: tuple[int, int]) -> int:
        """Return what rules will take off a cell that is not there; 0 where it is."""
        if self._state.arena.find(*cell) >= 0:
            return 0
        keys = np.array([cell[0] * len(self._kinds) + cell[1]], np.int64)
        facts = self._facts(keys, np.zeros(1, np.int64))
        more = self._floors(facts) - self.safety.resolve(facts)
        return min(0, int(more[0]))

    def beyond_at(self, sku: int, nodes: I8) -> I8 | None:
        """Return the same of a SKU's cells at nodes; None where no rule permits it."""
        if not self.preorder.rules:
            return None
        columns = self._columns(sku * len(self._kinds) + nodes)
        return self.preorder.floors(columns, self._scale(columns["sku"]))

    def warns_later(self, cell: tuple[int, int]) -> bool:
        """Whether that is permitted, but not in silence."""
        level = self.preorder.levels(self._one(cell))[0]
        return bool(level == LEVELS.index("warn"))

    def _one(self, cell: tuple[int, int]) -> dict[str, I8]:
        return self._columns(np.array([cell[0] * len(self._kinds) + cell[1]], np.int64))

    # -- askers ------------------------------------------------------------------------

    def sees_all_alike(
        self, services: Sequence[str], channel: str | None, routing: bool
    ) -> bool:
        """Whether who asks so is told what who asks plainly is told, thresholds apart."""
        by_asker = self.safety.of_asker(services, channel, routing=routing)
        return not (by_asker or self.oversell.of_asker(channel))

    def more_for(
        self,
        sku: int,
        nodes: I8,
        services: Sequence[str],
        channel: str | None,
        routing: bool,
    ) -> I8:
        """Return what each cell of a SKU has for who asks so, beyond what it has free."""
        keys = sku * len(self._kinds) + nodes.astype(np.int64)
        on_hand, safety, _ = self._read(keys)
        facts = self._facts(keys, on_hand)
        own = self.safety.resolve(facts, services, channel, routing=routing)
        # What a fact said of a cell without a rule holds for all alike.
        own = np.where(
            self.safety.governed(facts.columns), own, np.maximum(own, safety)
        )
        floors = self.oversell.floors(facts.columns, facts.scale, channel)
        return np.asarray(safety - own + floors - self._floors_now(keys))

    def own_floors(self, sku: int, nodes: I8, channel: str | None) -> I8:
        """Return how much deeper than others a channel may oversell cells of a SKU."""
        columns = self._columns(sku * len(self._kinds) + nodes)
        scale = self._scale(columns["sku"])
        own = self.oversell.floors(columns, scale, channel)
        return np.asarray(np.maximum(0, own - self.oversell.floors(columns, scale)))

    def endless_for(
        self, sku: int, nodes: I8, channel: str | None
    ) -> NDArray[np.bool_]:
        """Whether each cell of a SKU has a floor without limit for a channel."""
        keys = sku * len(self._kinds) + nodes
        columns = self._columns(keys)
        floors = self.oversell.floors(columns, self._scale(columns["sku"]), channel)
        return np.asarray(floors >= UNLIMITED_FLOOR)


def _above_0(demand: tuple[I8, I8]) -> dict[int, int]:
    """Return daily demand by cell, without those that need none."""
    keys, values = demand
    some = values > 0
    return dict(zip(keys[some].tolist(), values[some].tolist(), strict=True))


def _by_key(values: Mapping[int, int]) -> tuple[I8, I8]:
    """Keys in order, and the value of each."""
    keys = sorted(values)
    return np.array(keys, np.int64), np.array([values[k] for k in keys], np.int64)


def _require_demand(rules: Sequence[SafetyRule], demand: tuple[I8, I8]) -> None:
    """Refuse days of cover where nobody has said how much a day takes."""
    of_days = [i for i, rule in enumerate(rules) if rule.days is not None]
    if of_days and not len(demand[0]):
        expected = f"units a day of some (SKU, node), for rules[{of_days[0]}] in days"
        raise ValidationError("daily_demand", expected, None)


def _demand(units: Number, path: str) -> int:
    thousandths = to_scaled(units, 3, path, "units a day, not below 0")
    if not 0 <= thousandths <= QUANTITY_MAX * _THOUSAND:
        raise ValidationError(path, "units a day, not below 0", units)
    return thousandths
