"""``python -m omniroute``: the same as the ``omniroute`` command."""

from __future__ import annotations

import sys

from omniroute.cli import main

if __name__ == "__main__":
    sys.exit(main())
