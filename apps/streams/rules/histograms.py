"""Percentiles of what can only be summed: buckets that grow by a tenth, as in an HDR histogram."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

# A value is known to within ten percent, from 1 up to about 28 million (ms: eight hours).
GROWTH: Final = 1.1
LAST_BUCKET: Final = 180
_LOG: Final = math.log(GROWTH)


def bucket_of(value: float) -> int:
    """Return the bucket of a value; everything below 1 is in bucket 0."""
    if value < 1:
        return 0
    return min(1 + math.floor(math.log(value) / _LOG), LAST_BUCKET)


def middle_of(bucket: int) -> float:
    """Return the geometric middle of a bucket."""
    return 0.0 if bucket <= 0 else GROWTH ** (bucket - 0.5)


def percentile(counts: Mapping[int, int], share: float) -> float:
    """Return the value that `share` (0 to 1) of what was counted does not exceed; 0 of nothing.

    A bucket may be short of what a lost counter never told, so what is negative counts as none.
    """
    known = sorted((bucket, count) for bucket, count in counts.items() if count > 0)
    wanted = share * sum(count for _, count in known)
    for bucket, count in known:
        wanted -= count
        if wanted <= 0:
            return middle_of(bucket)
    return 0.0
