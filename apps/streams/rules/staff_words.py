"""What staff read of how a broadcast is watched."""

from __future__ import annotations

from apps.streams.contracts import Analytics


def watched_in_words(found: Analytics) -> str:
    """Return some aligned lines, for a page that shows text as it is."""
    quality = found.quality
    lines = {
        "present now": f"{found.viewers:,}",
        "peak": f"{found.peak_viewers:,}",
        "unique viewers": f"{found.unique_viewers:,}",
        "views": f"{found.views:,}",
        "watched": f"{found.watch_time_s / 3_600:,.1f} h",
        "a view": f"{found.average_view_s:,.0f} s (half {found.view_p50_s:,} s or less)",
        "start-up": f"{quality.startup_p50_ms:,} ms, one in twenty {quality.startup_p95_ms:,} ms",
        "rebuffering": f"{quality.rebuffer_ratio:.1%}",
        **{
            f"error {one.code}": f"{one.count:,} ({one.rate:.1%} of views)"
            for one in quality.errors
        },
    }
    width = max(map(len, lines))
    return "\n".join(f"{name.ljust(width)}  {said}" for name, said in lines.items())
