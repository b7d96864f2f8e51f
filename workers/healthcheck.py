"""`python -m workers.healthcheck URL`: exit 0 where it answers 200. The image has no curl.

It imports nothing of the project: a probe every few seconds must cost little.
"""

from __future__ import annotations

import http.client
import sys
import urllib.request
from typing import Final

ANSWER_S: Final = 4.0


def is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_S) as answer:  # noqa: S310 (an operator's)
            return bool(answer.status == http.client.OK)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(0 if is_healthy(sys.argv[1]) else 1)
