"""What this context counts for Prometheus: jobs, what they cost, and why they failed."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Histogram

from apps.previews.documents.assets import Revision

# The label of composed clips; of sets it is their subject.
SHARE: Final = "share"

JOBS: Final = Counter(
    "showrunner_preview_jobs_total", "Jobs that ended, by how.", ["subject", "outcome"]
)
FAILURES: Final = Counter(
    "showrunner_preview_failures_total", "Sets that were refused, by code.", ["subject", "code"]
)
CPU_S: Final = Counter(
    "showrunner_preview_cpu_seconds_total", "Computed by children of the maker.", ["subject"]
)
SOURCE_BYTES: Final = Counter(
    "showrunner_preview_source_bytes_total", "Read of footage.", ["subject"]
)
JOB_CPU_S: Final = Histogram(
    "showrunner_preview_job_cpu_seconds",
    "Computed for one job.",
    ["subject"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60, 240),
)


def count_job(subject: str, outcome: str) -> None:
    """Count a job that ended: made, resumed, failed, cancelled, overtaken or retried."""
    JOBS.labels(subject, outcome).inc()


def count_failure(subject: str, code: str) -> None:
    count_job(subject, "failed")
    FAILURES.labels(subject, code).inc()


def count_cost(subject: str, made: Revision) -> None:
    CPU_S.labels(subject).inc(made.cpu_s)
    SOURCE_BYTES.labels(subject).inc(made.source_bytes)
    JOB_CPU_S.labels(subject).observe(made.cpu_s)
