"""A child for the tests of `bench.processes`."""

import sys
from itertools import count

from bench.processes import obey

if __name__ == "__main__":
    numbers = count(1)
    obey({"count": lambda: next(numbers), "leave": lambda: sys.exit(3)})
