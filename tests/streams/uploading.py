"""A phone that speaks tus over the API, and the videos it sends."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path
from typing import Any, Final

from imageio_ffmpeg import get_ffmpeg_exe

from tests.accounts.builders import Caller, bearer

PIECE: Final = "application/offset+octet-stream"
UPLOADS: Final = "/api/v1/recordings/uploads"


def metadata(**facts: str) -> str:
    pairs = (f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in facts.items())
    return ",".join(pairs)


def ask(
    caller: Caller,
    method: str,
    path: str = UPLOADS,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
) -> Any:
    """Send one request of tus; a body makes it a piece."""
    return caller.client.generic(
        method,
        path,
        body,
        content_type=PIECE if body else "",
        headers={**bearer(caller.token), "Tus-Resumable": "1.0.0", **(headers or {})},
    )


def begin(caller: Caller, length: int, **facts: str) -> Any:
    return ask(
        caller,
        "POST",
        headers={
            "Upload-Length": str(length),
            "Upload-Metadata": metadata(filename="day.mov", **facts),
        },
    )


def add(caller: Caller, path: str, offset: int, body: bytes, **headers: str) -> Any:
    return ask(caller, "PATCH", path, body, {"Upload-Offset": str(offset), **headers})


def path_of(answer: Any) -> str:
    assert answer.status_code == 201, answer.content
    found: str = answer["Location"].removeprefix("http://testserver")
    return found


def a_video(path: Path, *options: str, size: str = "180x320", seconds: float = 1) -> Path:
    """Encode a tiny portrait video; `options` are ffmpeg's, before the file."""
    command = [
        *(get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y"),
        *("-f", "lavfi", "-i", f"testsrc2=s={size}:r=15:d={seconds}"),
        *("-f", "lavfi", "-i", f"sine=440:d={seconds}"),
        *(options or ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")),
        str(path),
    ]
    subprocess.run(command, check=True, timeout=60)  # noqa: S603
    return path
