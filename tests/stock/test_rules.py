"""Rules as effects: what is applied, what is refused, what the digest sees."""

from __future__ import annotations

import pytest

from omniroute.codes import RULES_OVERSELL, RULES_PREORDER, RULES_SAFETY, Effect
from omniroute.errors import ValidationError
from omniroute.model.oversell import OversellRule
from omniroute.model.rule_text import rules_of, text_of
from omniroute.model.safety import SafetyRule
from omniroute.stock.effects import EffectBatch, concat, rules, stock
from omniroute.stock.log import EffectLog
from omniroute.stock.state import State

DEMAND = int(Effect.DEMAND)


def demand(sku, node, quanta):
    """A row that says what a cell sells a day."""
    return (DEMAND, sku, node, quanta, -1, 0, 0, 0)


def test_the_last_text_of_a_kind_is_followed_and_none_is_none():
    """Each kind by itself; without rules the digest is that of any empty state."""
    state, empty = State(["N1"], ["A"]), State(["N1"], ["A"])
    state.apply(EffectBatch([rules(RULES_SAFETY, 0, 0)], ["s"]))
    state.apply(EffectBatch([rules(RULES_OVERSELL, 0, 0), demand(0, 0, 1_500)], ["o"]))
    assert state.rules.texts == ["s", "o", ""]
    assert state.rules.demand == {(0, 0): 1_500}
    assert state.digest() != empty.digest()
    gone = [rules(RULES_SAFETY, 0, 0), rules(RULES_OVERSELL, 0, 0), demand(0, 0, 0)]
    state.apply(EffectBatch(gone, [""]))
    assert state.digest() == empty.digest()


def test_two_kinds_with_one_text_are_not_one():
    """Nor is a demand at one node that at another."""
    digests = set()
    for kind in (RULES_SAFETY, RULES_OVERSELL, RULES_PREORDER):
        state = State(["N1"], ["A"])
        state.apply(EffectBatch([rules(kind, 0, 0)], ["x"]))
        digests.add(state.digest())
    for cell in ((0, 0), (0, 1), (1, 0)):
        state = State(["N1", "N2"], ["A", "B"])
        state.apply(EffectBatch([demand(*cell, 7)]))
        digests.add(state.digest())
    assert len(digests) == 6


def test_batches_put_together_keep_their_texts():
    """And a log replays them in another state's numbers."""
    some = EffectBatch([rules(RULES_SAFETY, 0, 0)], ["s"])
    more = EffectBatch([rules(RULES_OVERSELL, 0, 0), demand(1, 0, 5)], ["o"])
    both = concat([some, more])
    state, other = State(["N1"], ["A", "B"]), State(["N0", "N1"], ["B", "A"])
    state.apply(both)
    assert state.rules.texts == ["s", "o", ""]
    log = EffectLog(state.catalogue)
    log.append(both)
    log.replay(other)
    assert other.rules.demand == {(0, 1): 5}
    assert other.digest() == state.digest()


@pytest.mark.parametrize(
    "row",
    [
        rules(3, 0, 0),
        rules(-1, 0, 0),
        rules(0, 1, 0),
        rules(0, -1, 0),
        demand(1, 0, 5),
        demand(0, 1, 5),
        demand(-1, 0, 5),
        demand(0, 0, -1),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_has_changed(row):
    """The path says which row; those before it are undone."""
    state = State(["N1"], ["A"])
    before = state.digest()
    receipt = stock(Effect.RECEIVE, 0, 0, 4, now=0)
    with pytest.raises(ValidationError) as caught:
        state.apply(EffectBatch([receipt, row], ["s"]))
    assert caught.value.path == "effects[1]"
    assert state.digest() == before


def test_rules_follow_only_if_all_the_batch_does():
    """A fact that does not fit leaves the rules as they were."""
    state = State(["N1"], ["A"])
    facts = [stock(Effect.RECEIVE, 0, 0, 2**31 - 1, now=0)] * 2
    with pytest.raises(ValidationError):
        state.apply(EffectBatch([rules(RULES_SAFETY, 0, 0), *facts], ["s"]))
    assert state.rules.texts == ["", "", ""]


@pytest.mark.parametrize(
    "rule",
    [
        SafetyRule(2.5, sku="A", node_kind="store"),
        SafetyRule(percent=12.5, whole_units=True),
        SafetyRule(days=3, service="ground", channel="web"),
        SafetyRule(4, item_class="soft", guards="network"),
        OversellRule(),
        OversellRule("ignore", floor=0),
        OversellRule("block", node="N1"),
    ],
)
def test_a_rule_comes_back_from_its_text(rule):
    """Whatever it says, and no more."""
    assert rules_of(text_of([rule]), type(rule)) == (rule,)


@pytest.mark.parametrize("text", ["x", "[1]", '[{"quantity": "y"}]', '[{"sku": "A"}]'])
def test_a_text_that_tells_no_rules_is_refused(text):
    """A journal from elsewhere, or damaged."""
    with pytest.raises(ValidationError, match="rules: expected a text of SafetyRules"):
        rules_of(text, SafetyRule)
