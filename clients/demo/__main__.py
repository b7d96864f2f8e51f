"""`python -m clients.demo`: do the main job against the stack the environment names.

Exit code 0 only if every step was verified by looking at its result.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import httpx

from clients.demo import steps
from clients.demo.report import NotTrue, Report


def main() -> int:
    job = steps.Job(dict(os.environ))
    try:
        return _do(job, Report(len(steps.STEPS)))
    finally:
        job.close()


def _do(job: steps.Job, report: Report) -> int:
    for title, step in steps.STEPS.items():
        try:
            with report.step(title) as found:
                found.extend(step(job))
        except (NotTrue, httpx.HTTPError, OSError) as wrong:
            log = Path(os.environ["VAR"]) / "logs" / "stack.log"
            print(f"\n✗ «{title}» is not true: {wrong}\n  Read {log}", file=sys.stderr)
            return 1
    print(job.summary())
    return 0


if __name__ == "__main__":
    sys.exit(main())
