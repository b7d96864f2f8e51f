"""What the cloud recorded, brought here: a recording is stored by us and not by a provider."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

import httpx

from apps.streams.errors import EngineDown

DOWNLOAD_S: Final = 540.0
STEP_S: Final = 30.0
FINISHED: Final = "FINISHED"
LOST: Final = frozenset({"ERROR", "DELETED"})


def are_all_there(videos: list[dict[str, Any]]) -> bool:
    """Say whether nothing is under way any more."""
    return bool(videos) and all(row.get("state") in {FINISHED, *LOST} for row in videos)


def fetch(video: dict[str, Any], folder: Path) -> Path:
    """Return the file of a finished video, downloaded if it is not here yet.

    Raises:
        EngineDown: no address, no answer, or not within nine minutes.

    """
    target = folder / f"{video['id']}.mp4"
    if target.exists():
        return target
    url = video.get("download_url")
    if not url:
        raise EngineDown(why="a finished video has no download_url")
    folder.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".tmp")
    try:
        _download(str(url), partial)
    except httpx.HTTPError as failed:
        raise EngineDown(why=f"download: {type(failed).__name__}") from failed
    partial.rename(target)
    return target


def _download(url: str, target: Path) -> None:
    until = time.monotonic() + DOWNLOAD_S
    with (
        httpx.stream("GET", url, timeout=STEP_S, follow_redirects=True) as answer,
        target.open("wb") as kept,
    ):
        answer.raise_for_status()
        for block in answer.iter_bytes():
            kept.write(block)
            if time.monotonic() > until:
                raise EngineDown(why=f"download: not within {DOWNLOAD_S:g} s")
