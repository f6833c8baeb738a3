"""All orders of a pool decided together, on a copy of the stock they may use."""
