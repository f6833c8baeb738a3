"""The demo's result as a table for people and as one JSON object for programs."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from typing import Any

from omniroute.cli import cart

#: Columns of a terminal that the report keeps to.
WIDTH = 80
_LABEL = 40
#: Fill rates closer than this may be compared by the cost of a unit.
_SAME_FILL = 0.005

#: Key, label, how it is written. Shares are written in percent.
ROWS = (
    ("orders", "orders", ",d"),
    ("lines", "lines", ",d"),
    ("units", "units asked for", ",d"),
    ("fill_rate", "fill rate, units", ".2%"),
    ("orders_whole_share", "orders filled whole", "%"),
    ("split_rate", "split rate (over one shipment)", "%"),
    ("shipments_per_order", "shipments per order", ",.2f"),
    ("cost_per_order", "cost per order, {currency}", ",.2f"),
    ("cost_per_unit", "cost per unit served, {currency}", ",.4f"),
    ("ship_from_store_share", "shipments from stores", "%"),
    ("mean_distance_km", "mean distance of a shipment, km", ",.0f"),
    ("mean_days", "mean days to the last parcel", ",.2f"),
    ("walk_in_units", "walk-in units asked for", ",d"),
    ("walk_in_lost_share", "walk-in units lost", ".2%"),
    ("proven_share", "plans proven optimal", "%"),
    ("unbounded_share", "plans without a bound", "%"),
    ("mean_gap_of_others", "mean gap of the others, at most", "%"),
    ("decisions_per_second", "decisions per second", ",.0f"),
    ("p50_ms", "latency of a call, p50, ms", ",.2f"),
    ("p99_ms", "latency of a call, p99, ms", ",.2f"),
)

_REPLENISHED = {
    "weekly": "replenished every Monday",
    "fortnightly": "replenished every other Monday",
    "never": "never replenished",
}

SIDES = {"omniroute": "omniroute", "nearest_node": "nearest node"}


def as_json(result: Mapping[str, Any]) -> str:
    """Return the result as one JSON object, indented."""
    return json.dumps(result, indent=2)


def as_text(result: Mapping[str, Any]) -> str:
    """Return the result as paragraphs and a table, within 80 columns."""
    parts = [_head(result), _table(result), _verdict(result)]
    if result["cart"] is not None:
        parts.append(cart.as_text(result["cart"], result["currency"]))
    return "\n\n".join([*parts, _notes(result["notes"])])


def _head(result: Mapping[str, Any]) -> str:
    options = result["options"]
    text = (
        f"{options['orders']:,} baskets of {result['first_day']} to "
        f"{result['last_day']}, one live stream over {result['nodes']:,} nodes and "
        f"{result['cells']:,} stock cells. Seed {options['seed']}; objective "
        f"{options['objective']}; stock {_REPLENISHED[options['replenish']]}"
    )
    if options["max_shipments"] is not None:
        most = options["max_shipments"]
        noun = "shipment" if most == 1 else "shipments"
        text += f"; at most {most} {noun} an order (omniroute only)"
    return textwrap.fill(f"{text}. {_walk_in(result)}", WIDTH)


def _walk_in(result: Mapping[str, Any]) -> str:
    """Say what else is sold from the stock, and that nobody has measured it."""
    if not result["options"]["walk_in"]:
        return "Walk-in sales are left out."
    percent = result["walk_in_percent"]
    return (
        f"Walk-in sales, {percent} % of demand, are synthetic and asked of both alike."
    )


def _table(result: Mapping[str, Any]) -> str:
    flat = [{**result[side], **result[side]["timing"]} for side in SIDES]
    lines = [_line("", SIDES.values())]
    for key, label, form in ROWS:
        cells = [cell(values.get(key), form) for values in flat]
        lines.append(_line(label.format(currency=result["currency"]), cells))
    return "\n".join(lines)


def _line(label: str, cells: Any) -> str:
    return f"{label:<{_LABEL}}" + "".join(f"{text:>16}" for text in cells)


def cell(value: float | None, form: str) -> str:
    """Return a figure as it stands in the table.

    Examples
    --------
    >>> cell(0.12345, "%"), cell(0.12345, ".2%"), cell(1234.5, ",.2f"), cell(None, "%")
    ('12.3 %', '12.35 %', '1,234.50', '-')
    """
    if value is None:
        return "-"
    if form.endswith("%"):
        return f"{100 * value:{form[:-1] or '.1'}f} %"
    return f"{value:{form}}"


def _verdict(result: Mapping[str, Any]) -> str:
    ours, theirs = (result[side]["cost_per_unit"] for side in SIDES)
    if not ours or not theirs:
        return "Nothing was served on one of the sides: there is nothing to compare."
    fills = [result[side]["fill_rate"] for side in SIDES]
    if abs(fills[0] - fills[1]) >= _SAME_FILL:
        return textwrap.fill(
            f"omniroute serves {cell(fills[0], '%')} of the units at {ours:,.4f} each, "
            f"the nearest-node rule {cell(fills[1], '%')} at {theirs:,.4f}. They do "
            "not do the same work: what the one leaves unserved may be what is dear "
            "to serve, and one figure for both would mislead.",
            WIDTH,
        )
    change = ours / theirs - 1
    word = "less" if change <= 0 else "more"
    return textwrap.fill(
        f"A unit served costs {100 * abs(change):.1f} % {word} with omniroute than by "
        "the nearest-node rule, on equal copies of the stock. (A rule that fills less "
        "also pays less: hence by the unit.) The rule is plain Python: its speed is "
        "no measure of what such a rule can reach.",
        WIDTH,
    )


def _notes(notes: Mapping[str, str]) -> str:
    """Say in a few words what is real and what is not; ``--json`` has them all."""
    real = [part for part, note in notes.items() if note.startswith("real:")]
    made = [part for part, note in notes.items() if note.startswith("synthetic:")]
    mixed = {k: v for k, v in notes.items() if k not in real and k not in made}
    text = f"Real: {_list(real)}. Synthetic: {_list(made)}."
    for part, note in mixed.items():
        text += f" {part.capitalize()}: {note}."
    text += " In full: omniroute.datasets.load_us_retail().notes"
    return textwrap.fill(text, WIDTH)


def _list(parts: list[str]) -> str:
    names = {"join": "that all this belongs together"}
    return ", ".join(names.get(part, part.replace("_", " ")) for part in parts)
