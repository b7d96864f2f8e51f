"""Encoders come and go: what the Engine refuses, records, and tells."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

from sandbox.wowza.engine import Application, Engine, Recorder, Stream
from sandbox.wowza.hooks import tell


class Refused(Exception):
    """The Engine lets this encoder not in; the sentence says why."""


def enter(
    engine: Engine, app: Application, stream: Stream, login: tuple[str, str] = ("", "")
) -> None:
    """Let an encoder publish.

    Raises:
        Refused: no login of a publisher, or the name publishes already and is blocked.

    """
    if app.config.get("appType") != "Live":
        raise Refused("the application takes no live streams")
    if app.security["publishRequirePassword"] and not _is_publisher(engine, app, login):
        raise Refused("the application asks for the login of a publisher")
    if stream.name in app.streams:
        if app.security["publishBlockDuplicateStreamNames"]:
            raise Refused("the stream name is in use")
        leave(engine, app, stream.name)
    app.streams[stream.name] = stream
    tell(engine, app, stream.name, "stream.started", "started")
    if recorder := app.recorders.get(stream.name):
        begin_part(engine, app, stream.name, recorder)


def leave(engine: Engine, app: Application, name: str) -> None:
    """End a stream; its recorder closes the file and waits for the next one."""
    if recorder := app.recorders.get(name):
        close_part(engine, app, name, recorder)
    if app.streams.pop(name, None) is not None:
        tell(engine, app, name, "stream.stopped", "stopped")


def begin_part(engine: Engine, app: Application, name: str, recorder: Recorder) -> None:
    recorder.began_at = time.time()
    if recorder.segments == 0:
        tell(engine, app, name, "recording.started", "started")


def close_part(engine: Engine, app: Application, name: str, recorder: Recorder) -> None:
    """Write what the encoder sent as a file, by the recorder's template."""
    stream = app.streams.get(name)
    if stream is None or recorder.began_at is None:
        return
    began = datetime.fromtimestamp(recorder.began_at, UTC).strftime("%Y-%m-%d-%H.%M.%S.%f")[:-3]
    base = str(recorder.settings.get("baseFile") or f"{name}.mp4").removesuffix(".mp4")
    path = _folder(engine, app) / f"{base}_{began}-00.00_{recorder.segments}.mp4"
    partial = path.with_name(f"{path.name}.tmp")
    partial.write_bytes(stream.video)
    partial.rename(path)
    recorder.segments += 1
    recorder.began_at = None
    tell(engine, app, name, "recording.segment.ended", "ended", {"outputFile": str(path)})


def _folder(engine: Engine, app: Application) -> Path:
    folder = engine.directory / str(app.config["name"])
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _is_publisher(engine: Engine, app: Application, login: tuple[str, str]) -> bool:
    user, password = login
    known = {**engine.publishers, **app.publishers}.get(user)
    return known is not None and known.get("password") == password
