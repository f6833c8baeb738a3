"""Ring-fences: how much of some stock is set aside for which channel.

A plan is worked out from the top of the channels' tree down. Every unit is in one fence
or in the common pool: what a channel passes on to channels below it is no longer its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import attrs
from attrs import field

from omniroute.errors import ConfigurationError
from omniroute.model.channels import ChannelTree
from omniroute.model.checks import text, texts, whole
from omniroute.model.exact import Number, to_scaled
from omniroute.model.figures import figure, percent_figure, quantity_figure

#: Largest ratio and consumption factor.
RATIO_MAX: Final = 10**6
_MILLION: Final = 10**6
#: The part of a fence, in millionths, that is protected where nobody says otherwise.
ALL_OF_IT: Final = _MILLION


def _channel(value: str) -> str:
    return text(value, "channel", ConfigurationError)


def _ratio(value: int | None) -> int | None:
    if value is None:
        return None
    return whole(value, "ratio", 1, RATIO_MAX, ConfigurationError)


def _sku(value: str) -> str:
    return text(value, "sku", ConfigurationError)


def _nodes(value: Iterable[str] | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    names = (value,) if isinstance(value, str) else value
    found = texts(names, "nodes", ConfigurationError)
    if not found:
        raise ConfigurationError("nodes", "at least one node, or None for all", value)
    return found


def _protected(value: Number) -> Decimal:
    return figure(value, "protected_percent", 4, 100) or Decimal(0)


def _factor(value: int) -> int:
    return whole(value, "factor", 1, RATIO_MAX, ConfigurationError)


@attrs.frozen
class RingFence:
    """Units, or a share of them, kept for a channel.

    Parameters
    ----------
    channel
        For whom.
    sku
        Of what.
    quantity
        Units of the allocation; over several nodes they are spread in proportion to
        what each has, and never more than there is.
    percent
        Share of what the channel above it has, or of all that is available.
    ratio
        Share, against the ratios of its siblings, of what their quantities and
        percentages leave.
    nodes
        Where: one node, several, or None for all.
    protected_percent
        Part of the fence that no other channel may draw from, whatever it may fall
        back on; 100 by default.
    factor
        Units of the allocation that one unit sold consumes: with 2, an order of 100
        consumes 200. What one unit sold cannot consume whole is not set aside.

    Raises
    ------
    ConfigurationError
        Not exactly one of quantity, percent and ratio, or a figure out of bounds.

    Examples
    --------
    >>> RingFence("web", "BOLT", 200, protected_percent=10).quantity
    Decimal('200')
    """

    channel: str = field(converter=_channel)
    sku: str = field(converter=_sku)
    quantity: Decimal | None = field(default=None, converter=quantity_figure)
    percent: Decimal | None = field(
        default=None, converter=percent_figure, kw_only=True
    )
    ratio: int | None = field(default=None, converter=_ratio, kw_only=True)
    nodes: tuple[str, ...] | None = field(default=None, converter=_nodes, kw_only=True)
    protected_percent: Decimal = field(
        default=Decimal(100), converter=_protected, kw_only=True
    )
    factor: int = field(default=1, converter=_factor, kw_only=True)

    def __attrs_post_init__(self) -> None:
        given = [
            name
            for name in ("quantity", "percent", "ratio")
            if getattr(self, name) is not None
        ]
        if len(given) != 1:
            expected = "one of quantity, percent and ratio"
            raise ConfigurationError("quantity", expected, given)

    @property
    def part(self) -> int:
        """Millionths of it that are protected."""
        return to_scaled(self.protected_percent, 4, "percent")

    def protected(self, quanta: int) -> int:
        """Return how much of so many quanta set aside is protected, rounded up."""
        return protected_of(quanta, self.part)


def protected_of(quanta: int, part: int) -> int:
    """Return how much is protected of so many quanta, by a part in millionths."""
    return _up(quanta * part, _MILLION)


def _up(value: int, divisor: int) -> int:
    return -(-value // divisor)


# -- dividing --------------------------------------------------------------------------


def apportion(weights: Sequence[int], total: int) -> list[int]:
    """Divide a total in proportion to weights, exactly.

    Each gets the whole part of its share; what is left goes, one each, to the largest
    fractions, the first of equal ones. All zero weights divide nothing.

    Parameters
    ----------
    weights
        Whole numbers, none below 0.
    total
        What is divided, not below 0.

    Examples
    --------
    >>> apportion([100, 50, 50, 200, 300, 100, 200], 500)
    [50, 25, 25, 100, 150, 50, 100]
    >>> apportion([1, 1, 1], 2)
    [1, 1, 0]
    """
    whole_weight = sum(weights)
    if not whole_weight:
        return [0] * len(weights)
    shares = [divmod(weight * total, whole_weight) for weight in weights]
    out = [share for share, _ in shares]
    by_rest = sorted(range(len(out)), key=lambda i: (-shares[i][1], i))
    for i in by_rest[: total - sum(out)]:
        out[i] += 1
    return out


def rescale(planned: Sequence[int], actual: int) -> list[int]:
    """Return planned quantities brought to what there actually is, in proportion."""
    return apportion(planned, actual)


def spread(quantity: int, stock: Sequence[int]) -> list[int]:
    """Divide a quantity over nodes in proportion to their stock.

    More than there is in all is divided as well: `plan` brings it down, in proportion to
    what others want there.

    Examples
    --------
    >>> spread(6, [10, 0, 5]), spread(30, [10, 0, 5])
    ([4, 0, 2], [20, 0, 10])
    """
    return apportion([max(0, held) for held in stock], quantity)


# -- planning --------------------------------------------------------------------------


@attrs.frozen
class Want:
    """What one channel is to get at one cell.

    Parameters
    ----------
    quantity
        Quanta; None for a share.
    share
        Of the level above, in millionths; None for another kind.
    ratio
        Against its siblings' ratios; None for another kind.
    """

    quantity: int | None = None
    share: int | None = None
    ratio: int | None = None


def plan(tree: ChannelTree, wants: Mapping[int, Want], stock: int) -> list[int]:
    """Return how many quanta of one cell are set aside for each channel.

    Level by level: quantities and shares of what the level above has, brought down in
    proportion where they are more than that; then ratios divide what is left. A channel
    that wants nothing is passed through: those below it stand on its level.

    Parameters
    ----------
    tree
        The channels.
    wants
        What each channel wants, by number.
    stock
        Quanta there are to be divided.

    Returns
    -------
    list of int
        By channel number. Never more than ``stock`` in all; the rest is the pool.

    Examples
    --------
    >>> from omniroute.model.channels import Channel
    >>> tree = ChannelTree([Channel("web"), Channel("app", parent="web")])
    >>> plan(tree, {0: Want(quantity=60), 1: Want(share=500_000)}, stock=100)
    [30, 30]
    """
    out = [0] * len(tree)

    def divide(level: list[int], base: int) -> int:
        """Divide what a level has; return what it gives away."""
        asking = _askers(tree, wants, level)
        given = _divided([wants[number] for number in asking], base)
        for number, quanta in zip(asking, given, strict=True):
            out[number] = quanta - divide(tree.children[number], quanta)
        return sum(given)

    divide(tree.roots, max(0, stock))
    return out


def _askers(
    tree: ChannelTree, wants: Mapping[int, Want], level: Iterable[int]
) -> list[int]:
    """Channels of a level that want something, or those below one that does not."""
    found: list[int] = []
    for number in level:
        if number in wants:
            found.append(number)
        else:
            found += _askers(tree, wants, tree.children[number])
    return found


def _divided(wants: Sequence[Want], base: int) -> list[int]:
    fixed = [_fixed(want, base) for want in wants]
    if sum(fixed) > base:
        return apportion(fixed, base)
    ratios = [want.ratio or 0 for want in wants]
    shares = apportion(ratios, base - sum(fixed))
    return [amount + share for amount, share in zip(fixed, shares, strict=True)]


def _fixed(want: Want, base: int) -> int:
    if want.quantity is not None:
        return want.quantity
    return base * want.share // _MILLION if want.share is not None else 0


def want_of(fence: RingFence, quanta: int | None) -> Want:
    """Return what a fence asks for at one cell: ``quanta`` of its quantity, or a share."""
    if fence.quantity is not None:
        return Want(quantity=quanta)
    if fence.percent is not None:
        return Want(share=to_scaled(fence.percent, 4, "percent"))
    return Want(ratio=fence.ratio)


def checked(fences: Any) -> tuple[RingFence, ...]:
    """Check a sequence of fences."""
    if isinstance(fences, str | bytes) or not isinstance(fences, Iterable):
        raise ConfigurationError("fences", "a sequence of RingFence objects", fences)
    found = tuple(fences)
    for i, fence in enumerate(found):
        if not isinstance(fence, RingFence):
            raise ConfigurationError(f"fences[{i}]", "a RingFence", fence)
    return found
