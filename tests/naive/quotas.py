"""The slow, obvious twin of quotas: single units, each looked at day by day."""

from __future__ import annotations


def period(per, day):
    """Whatever all days of one day, week or month have in common."""
    return {"day": day, "week": day.isocalendar()[:2], "month": (day.year, day.month)}[
        per
    ]


def confirmed(units, days, figures, quotas, factor, used):
    """Units confirmed by day.

    ``figures`` count what is there by each day; ``quotas`` are (per, quantity);
    ``used`` has a day for each unit that was confirmed before.
    """
    given = []
    for _ in range(units):
        for day, figure in zip(days, figures, strict=True):
            in_stock = sum(other <= day for other in given) < figure
            has_room = all(
                factor
                * (
                    1
                    + sum(
                        period(per, other) == period(per, day)
                        for other in [*used, *given]
                    )
                )
                <= quantity
                for per, quantity in quotas
            )
            if in_stock and has_room:
                given.append(day)
                break
    return {day: given.count(day) for day in days if day in given}
