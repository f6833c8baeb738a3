"""What the documents promise of proofs, and what they refuse: data, held true by tests.

`docs/certificates.md` has these tables in words.
"""

from __future__ import annotations

from .shop import Shop

#: Features of which a plan may have no proof, whatever is beside them.
UNPROVEN = {
    "room for lines": "a node without room for all of it is asked again",
    "credits for shipments": "a term that does not merge",
    "overweight loads": "a load that had to be made lighter",
}
#: Units priced where they lie: proven where some node has each line whole.
PRICED_UNITS = (
    "doubtful cells",
    "node prices",
    "markdown credits",
    "stock outs",
)
#: A limit that may leave out units of lines that nobody has whole: how many is not proven.
LIMITED = ("few shipments",)
#: Money below nothing for a unit.
CREDITS = ("own terms", "markdown credits")
#: Pairs of which a plan may have no proof.
UNPROVEN_PAIRS = {
    ("kept together", "waterfall by line"): "lines that fell apart are asked again",
    ("kits", "waterfall by line"): "lines that share parts are asked again",
    **{("kits", name): "kits are decided as lines to spread" for name in PRICED_UNITS},
    **{
        (coarse, name): "quanta that are not units are no constant to give back"
        for coarse in ("decimals", "packs", "kits")
        for name in CREDITS
    },
}
#: Pairs that routing refuses: who is told so, and how.
REFUSED = {
    ("kits", "wanted later"): "kits are promised at once",
}


def may_be_unproven(shop: Shop, *, spread: bool) -> bool:
    """Whether a plan of a small shop may have no proof; ``spread``: lines are divided."""
    has = set(shop.has)
    return (
        not has.isdisjoint(UNPROVEN)
        or any(has.issuperset(pair) for pair in UNPROVEN_PAIRS)
        or (spread and not has.isdisjoint((*PRICED_UNITS, *LIMITED)))
    )
