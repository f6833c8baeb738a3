"""What others keep of availability: levels they are told of, tables they copy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import SHARE_ONE
from omniroute.engine.feed_core import NUMBERS, FeedCore
from omniroute.engine.naming import node_numbers, sku_numbers
from omniroute.engine.subscription import Subscription
from omniroute.engine.terms import Instant
from omniroute.errors import ValidationError
from omniroute.feed.export import AvailabilityExport
from omniroute.feed.lines import Lines
from omniroute.feed.mirror import Mirror
from omniroute.feed.token import read_token, write_token
from omniroute.feed.view import Rows, View
from omniroute.model.checks import flag, one_of
from omniroute.model.exact import Number
from omniroute.stock.lens import Asker

I8 = NDArray[np.int64]


def _kind_of(by: str, asker: Asker) -> str:
    """Return what tells exports from others that have other rows, or other figures."""
    found = f"by {by}"
    if asker.confidence:
        found += f" at {asker.confidence / SHARE_ONE:g}"
    return found if asker.channel is None else f"{found} through {asker.channel}"


class Feeds(FeedCore):
    """See `omniroute.engine.Engine`."""

    def subscribe(
        self,
        skus: Iterable[str] | None = None,
        *,
        nodes: Iterable[str] | None = None,
        group: Iterable[str] | None = None,
        channel: str | None = None,
        confidence: Number = 0,
        low: Number | Mapping[str, Number] = 0,
        hysteresis: Number = 0,
        snapshot: bool = True,
        now: Instant = None,
    ) -> Subscription:
        """Return what tells, when polled, which levels of availability were crossed.

        Out is nothing, low up to ``low`` units, in stock anything above. Changes of
        stock run no faster and no slower for it, whoever subscribes.

        Parameters
        ----------
        skus
            Ids of items; None for all, those added later included.
        nodes
            Each of these nodes by itself; only cells that there are.
        group
            These nodes as one place. With neither: the whole network as one.
        channel
            As seen through a channel.
        confidence
            From 0 to 1: cells whose find probability is below count as empty.
        low
            Units up to which stock is low; or a dict of them by SKU, 0 where unsaid.
        hysteresis
            Units beyond the line that it takes for a level to rise again. It falls at
            once.
        snapshot
            The first answer tells every level there is; else only changes from now on.
        now
            The time; the engine's clock by default.

        Raises
        ------
        UnknownIdError, ConfigurationError, ValidationError
            An id or a channel that the engine does not know, nodes as well as a group,
            a quantity that cannot be. The path says which.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> shop = om.Network([om.Node("N1")], [ground])
        >>> engine = om.Engine(shop, [om.Item("BOLT")], clock=lambda: 0)
        >>> feed = engine.subscribe(["BOLT"], low=5)
        >>> [str(change.new) for change in feed.take()]
        ['OUT']
        >>> engine.apply([om.Receive("BOLT", "N1", 9), om.Sell("BOLT", "N1", 5)])
        Applied(2)
        >>> for sku, node, old, new, available in feed.take():
        ...     print(sku, old, new, available)
        BOLT OUT LOW 4
        """
        flag(snapshot, "snapshot")
        with self._present(now):
            rows = None if skus is None else self._sku_numbers(skus)
            view = View(
                self._state,
                self._lens,
                self._composed,
                self._asker(channel, confidence=confidence),
                skus=rows,
                nodes=self._node_numbers(nodes, group),
                as_one=nodes is None,
            )
            lines = Lines(low, hysteresis, self._state.catalogue)
            mirror = Mirror(view, lines)
            if not snapshot:
                mirror.refresh()
            return Subscription(self, mirror, f"subscription {next(NUMBERS)}")

    def export_availability(
        self,
        *,
        by: str = "cell",
        channel: str | None = None,
        confidence: Number = 0,
        since: str | None = None,
        follow: bool = True,
        now: Instant = None,
    ) -> AvailabilityExport:
        """Return what can be promised as columns: all of it, or what changed.

        Parameters
        ----------
        by
            ``"cell"``: a row for each cell there is, and for each node that has cells
            of all a kit is made of; ``"sku"``: a row for each item, what the whole
            network can promise.
        channel
            As seen through a channel.
        confidence
            From 0 to 1: cells whose find probability is below count as empty.
        since
            Token of an earlier export of the same kind: only rows that have changed
            from one export of the kind to another since, or were not there. Those whose
            stock is gone have a quantity of 0.
        follow
            Keep what it takes to answer ``since``: 16 bytes a row and 48 an item, once
            for each kind of export, for as long as the engine lives. With False there
            is no token.
        now
            The time; the engine's clock by default.

        Raises
        ------
        ValidationError
            A token of another engine or of another kind of export, or none at all.
        UnknownChannelError
            No such channel.
        ConfigurationError
            A confidence that is no share.

        Notes
        -----
        O(cells of SKUs that were touched since the last export of the kind + rows).
        """
        one_of(by, "by", ("cell", "sku"))
        flag(follow, "follow")
        with self._present(now):
            asker = self._asker(channel, confidence=confidence)
            kind = _kind_of(by, asker)
            mirror = self._exports.get(kind)
            known = 0 if mirror is None else mirror.round
            round_ = 0
            if since is not None:
                round_ = read_token(since, "since", self._own_mark(), kind, known)
            if mirror is None:
                seen = self._state, self._lens, self._composed, asker
                mirror = Mirror(View(*seen, as_one=by == "sku"))
            mirror.refresh()
            if follow:
                self._exports[kind] = mirror
            found = mirror.since(round_)
            token = (
                write_token(self._own_mark(), kind, mirror.round) if follow else None
            )
            return self._exported(found, mirror.view, token, since is None)

    def _exported(
        self,
        found: Rows,
        view: View,
        token: str | None,
        whole: bool,
    ) -> AvailabilityExport:
        return AvailabilityExport(
            sku=found.skus,
            node=None if view.as_one else found.places,
            quanta=found.quanta,
            sku_ids=self._item_ids(),
            node_ids=self.network.node_ids,
            decimals=self._state.catalogue.decimals.copy(),
            token=token,
            whole=whole,
        )

    # -- arguments ---------------------------------------------------------------------

    def _sku_numbers(self, skus: Iterable[str]) -> I8:
        found = sku_numbers(self._state.catalogue, skus, "skus")
        return np.array(sorted(found), np.int64)

    def _node_numbers(
        self, nodes: Iterable[str] | None, group: Iterable[str] | None
    ) -> I8 | None:
        if nodes is not None and group is not None:
            raise ValidationError("group", "nodes or a group, not both", group)
        catalogue = self._state.catalogue
        if nodes is not None:
            return np.array(node_numbers(catalogue, nodes, "nodes"), np.int64)
        if group is not None:
            return np.array(node_numbers(catalogue, group, "group"), np.int64)
        return None
