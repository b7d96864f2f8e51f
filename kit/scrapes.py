"""What is asked anew at every scrape of /metrics, by whoever registers a collector here.

Apart from prometheus_client's own registry, which several processes may share through files:
what is asked is the same whichever of them answers.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry

ASKED: Final = CollectorRegistry(auto_describe=False)
