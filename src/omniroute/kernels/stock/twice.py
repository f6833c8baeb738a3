"""Whether requests name a cell twice: two rows that are one line."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.kernels.arrays import I8

#: Lines of a request up to which all pairs are compared.
COMPARED_MOST = 64


@kernel("i8[] i8[,] i8")
def names_twice(starts: I8, keys: I8, width: int) -> bool:
    """Whether some request has two lines with the same first ``width`` columns.

    Says yes of a request with many lines without a look at them. O(lines of a request)
    a line.
    """
    for i in range(starts.size - 1):
        if starts[i + 1] - starts[i] > COMPARED_MOST:
            return True
        for j in range(starts[i] + 1, starts[i + 1]):
            for k in range(starts[i], j):
                same = 0
                while same < width and keys[j, same] == keys[k, same]:
                    same += 1
                if same == width:
                    return True
    return False
