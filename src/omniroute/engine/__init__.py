"""The engine: the one object a live system holds."""

from __future__ import annotations

from omniroute.engine.after_results import Aisle, Exchange, Resourced, Retried
from omniroute.engine.attempting import Attempting
from omniroute.engine.by_date import ByDate
from omniroute.engine.counter import Counter
from omniroute.engine.feeds import Feeds
from omniroute.engine.finding import Finding
from omniroute.engine.many_steps import ManySteps
from omniroute.engine.promises import Promises
from omniroute.engine.protection import Protection
from omniroute.engine.questions import Questions
from omniroute.engine.reoptimising import Reoptimising
from omniroute.engine.reservations import Reservations
from omniroute.engine.results import Declined, Placement
from omniroute.engine.returning import Returning
from omniroute.engine.shadowing import Shadowing
from omniroute.engine.subscription import Subscription

__all__ = [
    "Aisle",
    "Declined",
    "Engine",
    "Exchange",
    "Placement",
    "Resourced",
    "Retried",
    "Subscription",
]


class Engine(
    Returning,
    Questions,
    Reservations,
    ByDate,
    Promises,
    Protection,
    Finding,
    Feeds,
    ManySteps,
    Counter,
    Attempting,
    Shadowing,
    Reoptimising,
):
    """Live stock, what can be promised of it, and where orders are served from.

    Every call first brings the state to the present (holds that have run out end), then
    answers from the state as it then is: what one call reserves, the next one sees.
    Safe to share between threads: calls take turns.

    The present is the clock's, or what a call is given as ``now``: an aware datetime, a
    numpy ``datetime64`` (UTC) or seconds UTC. A later ``now`` moves the engine's time for
    good, in questions and `route` as well: to ask what would be, replay `Engine.log` into
    another engine and ask that one.

    Parameters
    ----------
    network
        Nodes and services.
    items
        What is sold; `add_items` adds more.
    policy
        Rules for orders that name no other.
    clock
        Returns the time, in seconds UTC; a simulation gives its own. The engine's time
        never goes back, whatever the clock does.
    journal
        Keep every effect in memory, in `Engine.log`, so that it can be replayed.
    retention
        How long event ids, and changes that a late count may need, are remembered:
        ``"1d"``, seconds or a timedelta.
    channels
        `Channel` objects that orders may come through and stock may be fenced for.
    declines
        When a node that declines is asked for nothing for a while: `DeclineRules`.
    max_jump
        The most the engine's time may move on in one call: ``"1d"``, seconds or a
        timedelta. A time further ahead, the clock's or ``now``, is an error and changes
        nothing: time never goes back, so one wrong reading would end every hold for
        good. By default, None, any time is taken; so is the first there is.

    Raises
    ------
    ConfigurationError
        An item or a channel twice, or something that is no network, policy or clock;
        from any later call, a clock that does not return seconds or is further ahead
        than ``max_jump``.

    Examples
    --------
    >>> import omniroute as om
    >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
    >>> engine = om.Engine(om.Network([om.Node("N1")], [ground]), [om.Item("BOLT")])
    >>> engine.apply(om.Receive("BOLT", "N1", 40))
    Applied(1)
    >>> order = om.Order({"BOLT": 2}, om.Destination(postcode="55425"))
    >>> engine.route(order)
    Plan(OK, 1 shipment, cost 5.00, proven)
    >>> engine.place(order, id="A-1001", ttl="15min").status.name
    'OK'
    >>> engine.available_to_promise("BOLT")
    38
    """
