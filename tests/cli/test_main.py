"""The command line: options, exit codes, what goes where."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import omniroute
from omniroute import cli
from omniroute.cli import demo, main, report
from omniroute.cli.progress import ProgressBar


def command(*arguments, **options):
    """The command as a user runs it, compiled even where the tests are not."""
    return subprocess.Popen(
        [sys.executable, "-m", "omniroute", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NUMBA_DISABLE_JIT": "0"},
        **options,
    )


def ran(*arguments):
    """Standard output of a command that ends well, and its standard error."""
    process = command(*arguments)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out, err


@pytest.fixture(scope="module")
def twenty():
    """The demo's result on the first twenty baskets."""
    out, _ = ran("demo", "--orders", "20", "--json")
    return json.loads(out)


def test_units_served_and_short_are_the_units_asked(twenty):
    """On both sides, which saw the same orders."""
    ours, theirs = twenty["omniroute"], twenty["nearest_node"]
    for side in (ours, theirs):
        assert side["units_served"] + side["units_short"] == side["units"]
        assert side["orders"] == 20
        assert side["shipments"] >= side["orders_whole"] > 0
    for asked in ("lines", "units"):
        assert ours[asked] == theirs[asked]


def test_derived_figures_agree_with_the_sums(twenty):
    """Cost per order times orders is the cost, and so on."""
    for name in ("omniroute", "nearest_node"):
        side = twenty[name]
        assert side["cost_per_order"] * 20 == pytest.approx(side["cost_total"])
        served_cost = side["cost_per_unit"] * side["units_served"]
        assert served_cost == pytest.approx(side["cost_total"])
        assert side["shipments_per_order"] * 20 == pytest.approx(side["shipments"])
        assert 0 <= side["ship_from_store_share"] <= 1
        assert 0 <= side["split_rate"] <= 1
        assert side["timing"]["p50_ms"] <= side["timing"]["p99_ms"]


def test_a_unit_costs_no_more_than_by_the_nearest_node_rule(twenty):
    """What the demo is there to show."""
    assert (
        twenty["omniroute"]["cost_per_unit"] <= twenty["nearest_node"]["cost_per_unit"]
    )


def test_the_result_says_what_is_real_and_what_it_was_asked(twenty):
    """Notes of the sample, and the options, defaults included."""
    assert set(twenty["notes"]) >= {"nodes", "baskets", "opening_stock"}
    assert twenty["options"] == {
        "orders": 20,
        "seed": 1,
        "objective": "cheapest",
        "max_shipments": None,
        "replenish": "fortnightly",
        "walk_in": True,
    }


def test_the_table_keeps_to_a_terminal_and_shows_every_figure(twenty):
    """Eighty columns, two columns of figures, one row for each."""
    lines = report.as_text(twenty).splitlines()
    assert max(map(len, lines)) <= report.WIDTH
    joined = " ".join(lines)
    assert any(line.split() == ["orders", "20", "20"] for line in lines)
    assert sum(line.startswith("plans") for line in lines) == 2
    assert any(line.startswith("A unit served costs ") for line in lines)
    assert "Walk-in sales, 92 % of demand, are synthetic" in joined


def test_the_same_command_prints_the_same_but_for_the_clock(twenty):
    """All figures but the timing are a function of the options."""
    out, err = ran("demo", "--orders", "20", "--json", "--replenish", "never")
    again = json.loads(out)
    for result in (twenty, again):
        # The twenty are of one day: when stock is replenished does not show.
        result["options"]["replenish"] = "fortnightly"
        for side in report.SIDES:
            result[side]["timing"] = None
    assert again == twenty
    assert "ready in" in err


def test_both_sides_have_the_same_walk_in_customers(twenty):
    """The same units asked for; what is lost depends on what the orders took."""
    ours, theirs = twenty["omniroute"], twenty["nearest_node"]
    assert ours["walk_in_units"] == theirs["walk_in_units"] > 100_000
    for side in (ours, theirs):
        assert 0 < side["walk_in_units_lost"] < side["walk_in_units"]
    assert twenty["walk_in_percent"] == 92


def test_without_walk_in_customers_the_orders_have_the_stock_to_themselves(twenty):
    """No walk-in figures, and other plans, as other shelves are full."""
    out, _ = ran("demo", "--orders", "20", "--json", "--no-walk-in")
    alone = json.loads(out)
    for side in report.SIDES:
        assert alone[side]["walk_in_units"] == 0
        assert alone[side]["cost_total"] != twenty[side]["cost_total"]
    assert "Walk-in sales are left out." in report.as_text(alone)


def test_at_most_so_many_shipments_binds_omniroute():
    """One parcel an order, nothing split; the rule goes on as before."""
    out, _ = ran("demo", "--orders", "8", "--json", "--max-shipments", "1")
    result = json.loads(out)
    assert result["omniroute"]["shipments_per_order"] <= 1
    assert result["omniroute"]["split_rate"] == 0
    assert result["nearest_node"]["shipments_per_order"] > 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--orders", "0"), "argument --orders: expected a whole number from 1 to "),
        (("--orders", "99999999"), "found 99999999"),
        (("--orders", "many"), "argument --orders: invalid int value: 'many'"),
        (("--seed", "-1"), "argument --seed: "),
        (("--max-shipments", "0"), "argument --max-shipments: "),
        (("--objective", "nicest"), "argument --objective: invalid choice"),
        (("--replenish", "daily"), "argument --replenish: invalid choice"),
        (("--colour",), "unrecognized arguments: --colour"),
    ],
)
def test_a_bad_option_is_told_and_ends_with_2(arguments, message, capsys):
    """The message names the option and what it may be; nothing is printed as result."""
    assert main(["demo", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err


def test_a_command_is_needed(capsys):
    """Nothing at all is an error; --help and --version are not."""
    assert main([]) == 2
    assert main(["--help"]) == 0
    assert main(["--version"]) == 0
    assert f"omniroute {omniroute.__version__}" in capsys.readouterr().out


def test_an_error_of_ours_is_one_line(monkeypatch, capsys):
    """Exit code 1, and no traceback for what the library itself has worded."""
    broken = omniroute.InvariantError("books do not agree")
    monkeypatch.setattr(demo, "run", lambda _: (_ for _ in ()).throw(broken))
    assert main(["demo"]) == 1
    assert capsys.readouterr().err.startswith("omniroute: books do not agree")


def test_an_interrupt_ends_cleanly_with_130():
    """Ctrl-C in the middle of the stream."""
    process = command("demo", "--orders", "1000")
    # Said before the first run falls silent, terminal or not; and when the kernels are
    # ready: from then on the orders are played.
    first, second = process.stderr.readline(), process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert first.startswith("compiling kernels: half a minute to two the first time")
    assert "ready in" in second
    assert process.returncode == 130, err
    assert err.strip() == "omniroute: interrupted"
    assert out == ""


def test_a_reader_that_goes_away_is_no_error():
    """As with `omniroute demo | head -1`: no traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.Popen(
        [sys.executable, "-m", "omniroute", "demo", "--orders", "1"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NUMBA_DISABLE_JIT": "0"},
    )
    os.close(writing)
    _, err = process.communicate(timeout=300)
    assert process.returncode == cli.EXIT_PIPE
    assert "Error" not in err


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="no such device here")
def test_a_full_disk_is_one_line_and_1():
    """No traceback, now or from the flush at exit."""
    code = (
        "import sys; from omniroute.cli import demo, main;"
        "demo.run = lambda _: print('a table') or 0; sys.exit(main(['demo']))"
    )
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.strip() == "omniroute: cannot write: No space left on device"


def test_no_standard_output_at_all_is_no_error(monkeypatch):
    """As with `omniroute --version >&-`: Python then has none."""
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["--version"]) == 0


def test_help_does_not_load_the_compiler():
    """A mistyped option is answered at once."""
    code = (
        "import sys; from omniroute.cli import main; main(['demo', '--help']);"
        "sys.exit('numba' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=False
    )
    assert done.returncode == 0


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        """Say so."""
        return True


def test_a_terminal_that_cannot_wipe_gets_no_bar(monkeypatch):
    """Set TERM=dumb, and nothing is drawn."""
    monkeypatch.setenv("TERM", "dumb")
    terminal = Terminal()
    with ProgressBar(2, terminal) as bar:
        bar.advance()
    assert terminal.getvalue() == ""


def test_the_progress_bar_is_drawn_on_a_terminal_and_wiped(monkeypatch):
    """One line, drawn over and over."""
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    with ProgressBar(2, terminal) as bar:
        bar.advance()
        assert "1/2" in terminal.getvalue()
    assert "\n" not in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_costs_at_different_fill_rates_are_not_made_one_figure(twenty):
    """With at most one shipment half the units stay: the cheap half, perhaps."""
    sides = {side: {**twenty[side], "timing": {}} for side in report.SIDES}
    twenty = {**twenty, **sides}
    ours = {**sides["omniroute"], "fill_rate": 0.5, "cost_per_unit": 0.4}
    options = {**twenty["options"], "max_shipments": 1}
    limited = {**twenty, "options": options, "omniroute": ours}
    text = " ".join(report.as_text(limited).split())
    assert "at most 1 shipment an order (omniroute only)" in text
    assert "omniroute serves 50.0 % of the units at 0.4000 each" in text
    assert "less with omniroute" not in text
    assert "less with omniroute" in " ".join(report.as_text(twenty).split())
