"""Trying a policy beside the live one."""

from __future__ import annotations

from omniroute.engine.core import Core
from omniroute.errors import ValidationError
from omniroute.model.checks import whole
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.policies.shadow import Shadow

#: Decisions that a shadow may keep.
LIMIT_MAX = 10_000_000


class Shadowing(Core):
    """See `omniroute.engine.Engine`."""

    def shadow(self, policy: RoutingPolicy, *, limit: int = 100_000) -> Shadow:
        """Make every decision under another policy as well, from now on; keep both.

        `route`, `place` and `route_many` answer as before, and take the time of both: a
        batch is then decided order by order. Plans that were made earlier and are
        reserved now are no decisions.

        Parameters
        ----------
        policy
            The other policy.
        limit
            Decisions that are kept; with more, the first are forgotten.

        Returns
        -------
        Shadow
            Its ``columns()`` have both; ``stop()`` ends it, and so does leaving a
            ``with`` block.

        Raises
        ------
        ValidationError, UnknownIdError, ConfigurationError
            No policy, or one that names what there is not.
        """
        if not isinstance(policy, RoutingPolicy):
            raise ValidationError("policy", "a RoutingPolicy", policy)
        limit = whole(limit, "limit", 1, LIMIT_MAX)
        with self._lock:
            self._router.writer(policy)
            made = Shadow(self._router, policy, limit, self._unshadow)
            self._router.shadows.append(made)
        return made

    def _unshadow(self, shadow: Shadow) -> None:
        with self._lock:
            if shadow in self._router.shadows:
                self._router.shadows.remove(shadow)
