"""The command line: ``omniroute``, or ``python -m omniroute``.

Results go to standard output, everything else to standard error. Exit codes: 0 done,
1 failed, 2 a bad option, 130 interrupted, 141 the reader of the output went away.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

import omniroute
from omniroute.errors import OmnirouteError

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
#: 128 and the number of the signal, as shells say it.
EXIT_INTERRUPTED = 130
EXIT_PIPE = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    Parameters
    ----------
    argv
        Arguments; those of the process by default.
    """
    try:
        code = _run(_parser(), argv)
        if sys.stdout is not None:  # closed by whoever started us
            sys.stdout.flush()
    except KeyboardInterrupt:
        print("\nomniroute: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        _forget_stdout()
        return EXIT_PIPE
    except OSError as error:
        # A full disk, say. What is left to flush would fail again at exit.
        _forget_stdout()
        print(f"omniroute: cannot write: {error.strerror or error}", file=sys.stderr)
        return EXIT_FAILED
    except OmnirouteError as error:
        print(f"omniroute: {error}", file=sys.stderr)
        return EXIT_FAILED
    return code


def _run(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> int:
    try:
        options = parser.parse_args(argv)
        code: int = options.run(options)
    except SystemExit as end:
        # How argparse ends, after printing help or what is wrong with an option.
        return end.code if isinstance(end.code, int) else EXIT_OK
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="omniroute",
        description="What a retail network can promise, from where, and at what cost.",
    )
    version = f"omniroute {omniroute.__version__}"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_demo(commands.add_parser("demo", help=_DEMO, description=_DEMO))
    return parser


_DEMO = (
    "Route real baskets over a real network as one live stream, beside the rule most "
    "retailers use: each line from the nearest node that has it."
)


def _add_demo(demo: argparse.ArgumentParser) -> None:
    demo.add_argument(
        "--orders",
        type=int,
        default=1000,
        metavar="N",
        help="how many baskets, from the first on (default: %(default)s)",
    )
    demo.add_argument(
        "--seed",
        type=int,
        default=1,
        metavar="S",
        help="of what is synthetic in the sample (default: %(default)s)",
    )
    demo.add_argument(
        "--objective",
        choices=("cheapest", "fastest"),
        default="cheapest",
        help="what is best; the nearest-node rule chooses its services by it "
        "(default: %(default)s)",
    )
    demo.add_argument(
        "--max-shipments",
        type=int,
        metavar="K",
        help="most shipments an order (default: no limit); the nearest-node rule "
        "knows none",
    )
    demo.add_argument(
        "--replenish",
        choices=("weekly", "fortnightly", "never"),
        default="fortnightly",
        help="bring stock back to its opening level, on Mondays (default: %(default)s, "
        "which is as long as it is meant to last)",
    )
    demo.add_argument(
        "--walk-in",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="let walk-in customers, who are synthetic, buy from the same stock "
        "(default: they do)",
    )
    demo.add_argument(
        "--json", action="store_true", help="print one JSON object and nothing else"
    )
    demo.set_defaults(run=_demo, refuse=demo.error)


def _demo(options: argparse.Namespace) -> int:
    # Here, so that --help and a mistyped option do not load the compiler.
    from omniroute.cli import demo  # noqa: PLC0415

    return demo.run(options)


def _forget_stdout() -> None:
    """Point standard output at nothing, so that the flush at exit does not complain."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
