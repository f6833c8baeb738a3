"""From pickup to the door: days on the way, then the next day of delivery."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from omniroute.model.destination import Destination
from omniroute.model.network import Network
from omniroute.model.service import Service
from omniroute.model.working_days import WorkingDays


class Trip(NamedTuple):
    """What a lane takes once it is under way.

    Parameters
    ----------
    days
        Working days of the carrier.
    delivery
        Days on which it is handed over; None: on any day on which it comes.
    """

    days: int
    delivery: WorkingDays | None = None

    def ends(self, carrier: WorkingDays, leaves: date) -> date | None:
        """Return the day of arrival of what leaves on a day; None: it never comes."""
        return self.handed_over(carrier.after(leaves, self.days))

    def begins_by(self, carrier: WorkingDays, arrives: date) -> date | None:
        """Return the last day to leave for arrival by a day: the counterpart of `ends`."""
        brought = self.brought_by(arrives)
        return None if brought is None else carrier.before(brought, self.days)

    def handed_over(self, brought: date | None) -> date | None:
        """Return the day of delivery of what the carrier has brought by a day."""
        if brought is None or self.delivery is None:
            return brought
        return self.delivery.after(brought, 0)

    def brought_by(self, arrives: date) -> date | None:
        """Return the last day to be brought on, to be handed over by another."""
        return arrives if self.delivery is None else self.delivery.before(arrives, 0)


class Regions:
    """Destinations by the days of delivery that hold there.

    Parameters
    ----------
    network
        Whose services say on which days they deliver.

    Notes
    -----
    Who delivers where on which days is decided by the country, or by the longest of all
    prefixes that any service names: it begins with the prefixes of all others that fit.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        told = [
            s.delivery_days for s in network.services if s.delivery_days is not None
        ]
        home = network.country
        prefixes = sorted({prefix for each in told for prefix in each.by_prefix})
        countries = sorted({name for each in told for name in each.by_country} - {home})
        #: By number: the days of every lane, by service and zone.
        self._days: list[dict[tuple[int, int], WorkingDays | None]] = []
        self._by_prefix = {
            prefix: self._number(home, prefix) for prefix in ("", *prefixes)
        }
        self._by_country = {name: self._number(name, None) for name in countries}
        self._abroad = self._number(None, None)
        self._lengths = sorted({len(prefix) for prefix in prefixes}, reverse=True)

    def __len__(self) -> int:
        return len(self._days)

    def of(self, destination: Destination) -> int:
        """Return the number of a destination's region. O(lengths of prefixes)."""
        if len(self._days) == 1:
            return 0
        home = self._network.country
        if destination.country not in (None, home):
            return self._by_country.get(destination.country or "", self._abroad)
        postcode = destination.postcode or ""
        for length in self._lengths:
            found = self._by_prefix.get(postcode[:length])
            if found is not None:
                return found
        return self._by_prefix[""]

    def trip(self, region: int, s: int, days: int, zone: int) -> Trip:
        """Return the trip of so many days to a zone of a service."""
        return Trip(days, self._days[region][s, zone])

    def _number(self, country: str | None, prefix: str | None) -> int:
        lanes = {
            (s, zone): service.delivers(zone, country, prefix)
            for s, service in enumerate(self._network.services)
            for zone in service.lane_zones
        }
        if lanes not in self._days:
            self._days.append(lanes)
        return self._days.index(lanes)


def trips_of(network: Network) -> list[Trip]:
    """Trips in use, wherever they go and at any percentile, the shortest first."""
    found = (trip for service in network.services for trip in service_trips(service))
    # In the order of declaration among equals: nothing hangs on hashes.
    return sorted(dict.fromkeys(found), key=lambda trip: trip.days)


def service_trips(service: Service) -> Iterator[Trip]:
    """Yield the trips of a service, some of them more than once."""
    asked = None, *service.percentiles
    for zone in service.lane_zones:
        for percentile in asked:
            days = service.transit(zone, percentile)
            if days is not None:
                for delivery in service.delivered(zone):
                    yield Trip(days, delivery)
