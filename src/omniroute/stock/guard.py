"""Rules about safety stock and oversell, kept true of a state as its stock changes.

What rules say of a cell to who asks plainly stands in the state, as SAFETY and ALLOW
effects; what they say to other askers is worked out when they ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

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
    QUANTITY_MAX,
    RULES_OVERSELL,
    RULES_PREORDER,
    RULES_SAFETY,
    STOCK_FIRST,
    STOCK_LAST,
    Effect,
)
from omniroute.errors import ConfigurationError, InvariantError
from omniroute.model.oversell import OversellRule, OversellRules
from omniroute.model.rule_text import text_of
from omniroute.model.safety import SafetyRule, SafetyRules
from omniroute.stock.daily_demand import above_0, demands_of, require_demand
from omniroute.stock.effects import NOTHING, EffectBatch, concat
from omniroute.stock.ids import STOCKED
from omniroute.stock.rules_asked import RulesAsked
from omniroute.stock.rules_followed import RulesFollowed

I8 = NDArray[np.int64]

_SAFETY, _ALLOW, _SHIP = int(Effect.SAFETY), int(Effect.ALLOW), int(Effect.SHIP)
#: Besides facts about stock, what makes a cell where there is none.
_MAKING = [int(Effect.LINE), int(Effect.DIP), int(Effect.ALLOW), int(Effect.FENCE)]
_EXPECT = int(Effect.EXPECT)
#: So many cells are looked up one by one.
_FEW = 16


class Guard(RulesAsked):
    """Sets rules, and keeps the cells of a state as they say.

    Parameters and attributes are those of `RulesFollowed`.
    """

    __slots__ = ()

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
        demand = demands_of(daily_demand, self._state.catalogue)
        require_demand(found.rules, demand)
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

    # -- cells -------------------------------------------------------------------------

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

    def _rows(self, what: int, keys: I8, quanta: I8, some: NDArray[np.bool_]) -> I8:
        rows = np.zeros((int(some.sum()), EFFECT_WIDTH), np.int64)
        skus, nodes = np.divmod(keys[some], len(self._kinds))
        rows[:, E_WHAT], rows[:, E_SKU], rows[:, E_NODE] = what, skus, nodes
        rows[:, E_QUANTITY], rows[:, E_TIME] = quanta[some], self._state.now
        rows[:, E_REFERENCE] = -1
        return rows

    # -- proof -------------------------------------------------------------------------

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
        for name in RulesFollowed.__slots__:
            setattr(own, name, getattr(self, name))
        own.obey()
        same = all(
            text_of(getattr(own, kind).rules) == text_of(getattr(self, kind).rules)
            for kind in ("safety", "oversell", "preorder")
        )
        same &= above_0(own._demand) == above_0(self._demand)
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
