"""The Engine's JSON, read leniently and written as recorded from it."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from apps.streams.contracts import EngineSession, TargetState
from apps.streams.ports import TargetAddress

INSTANCE: Final = "_definst_"
# A rendition of a passed-through stream; players with a single one do not choose by it.
PASSED_THROUGH: Final = {"videoBitrate": "3000000", "audioBitrate": "128000"}
FAILED: Final = ("error", "fail", "refuse", "reject", "invalid", "notfound", "not found")
RTMPS_PORT: Final = 443
RTMP_PORT: Final = 1935
CORE_SECURITY: Final = {
    "order": 3,
    "name": "ModuleCoreSecurity",
    "description": "Core Security Module for Applications",
    "class": "com.wowza.wms.security.ModuleCoreSecurity",
}
MODULES: Final[list[dict[str, Any]]] = [
    {
        "order": 0,
        "name": "base",
        "description": "Base",
        "class": "com.wowza.wms.module.ModuleCore",
    },
    {
        "order": 1,
        "name": "logging",
        "description": "Client Logging",
        "class": "com.wowza.wms.module.ModuleClientLogging",
    },
    {
        "order": 2,
        "name": "flvplayback",
        "description": "FLVPlayback",
        "class": "com.wowza.wms.module.ModuleFLVPlayback",
    },
    CORE_SECURITY,
]


def session_id(stream: dict[str, Any]) -> str:
    """Name one connection: the stream and where it comes from, hashed as the name is a key."""
    named = f"{stream.get('name')}|{stream.get('sourceIp')}"
    return hashlib.sha256(named.encode()).hexdigest()[:32]


def is_publishing(stream: dict[str, Any]) -> bool:
    """Say whether an encoder sends it; older servers leave `isConnected` out."""
    return bool(stream.get("name")) and stream.get("isConnected", True) is True


def session(
    stream: dict[str, Any], figures: dict[str, Any], *, recorded: set[str], now: datetime
) -> EngineSession:
    # Counters that are all zero were recorded for streams that ran: they count nothing then.
    uptime_s, received = number(figures, "uptime"), number(figures, "bytesIn")
    return EngineSession(
        session_id=session_id(stream),
        name=str(stream["name"]),
        started_at=now - timedelta(seconds=uptime_s) if uptime_s else None,
        received_bytes=int(received) if received else -1,
        is_recorded=str(stream["name"]) in recorded,
    )


def number(figures: dict[str, Any], key: str) -> float:
    value = figures.get(key)
    return float(value) if isinstance(value, int | float) else 0.0


def recorder(broadcast_id: str, name: str) -> dict[str, Any]:
    """Describe a recorder whose files carry the broadcast's id, not the stream key."""
    return {
        "recorderName": name,
        "instanceName": INSTANCE,
        "recorderState": "Waiting for stream",
        "segmentationType": "None",
        "segmentDuration": 900_000,
        "segmentSize": 10_485_760,
        "segmentSchedule": "0 * * * * *",
        "outputPath": "",
        "baseFile": f"{broadcast_id}.mp4",
        "fileFormat": "MP4",
        "fileTemplate": "${BaseFileName}_${RecordingStartTime}_${SegmentNumber}",
        "fileVersionDelegateName": "com.wowza.wms.livestreamrecord.manager."
        "StreamRecorderFileVersionDelegate",
        "option": "Version existing file",
        "startOnKeyFrame": True,
        "recordData": True,
        "moveFirstVideoFrameToZero": True,
        "splitOnTcDiscontinuity": False,
        "defaultRecorder": False,
    }


def smil(title: str, name: str) -> dict[str, Any]:
    return {
        "title": title,
        "smilStreams": [{"src": name, "type": "video", "systemLanguage": "en", **PASSED_THROUGH}],
    }


def map_entry(entry: str, name: str, target: TargetAddress) -> dict[str, Any]:
    """Describe a push target by RTMP or RTMPS.

    Raises:
        ValueError: the address is no rtmp(s)://host/application.

    """
    where = urlsplit(target.url)
    if where.scheme not in {"rtmp", "rtmps"} or not where.hostname or len(where.path) <= 1:
        raise ValueError(f"no RTMP address: {where.scheme}://{where.hostname}")
    is_secure = where.scheme == "rtmps"
    return {
        "entryName": entry,
        "profile": "rtmp",
        "sourceStreamName": name,
        "host": where.hostname,
        "port": where.port or (RTMPS_PORT if is_secure else RTMP_PORT),
        "application": where.path.strip("/"),
        "streamName": target.key,
        "userName": where.username,
        "password": where.password,
        "sendSSL": is_secure,
        "enabled": True,
    }


def target_state(entry: dict[str, Any], target_id: str) -> TargetState:
    """Read how a target does; Wowza does not list the words it says, so read them loosely."""
    word = str(entry.get("sessionStatus") or "")
    said = word.casefold()
    if any(bad in said for bad in FAILED):
        return TargetState(target_id=target_id, state="failed", error=word)
    is_active = said == "active" and entry.get("enabled", True) is True
    return TargetState(target_id=target_id, state="active" if is_active else "waiting")
