"""What nodes are to do for shipments."""

from __future__ import annotations

from typing import NamedTuple


class Job(NamedTuple):
    """What a node is to do for one shipment.

    Parameters
    ----------
    node, service
        Places in the network.
    wait
        Days that the work waits, as it was decided; windows where it has some.
    amounts
        Orders, lines and units.
    """

    node: int
    service: int
    wait: int
    amounts: tuple[int, int, int]
