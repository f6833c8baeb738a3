"""How fast omniroute is, and against what. ``python -m benchmarks`` prints the table."""
