"""What the engine holds: applications, the streams they take in, the recorders on them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

INSTANCE = "_definst_"
SERVER = "_defaultServer_"

APPLICATION_FIELDS = frozenset(
    [
        "version",
        "serverName",
        "name",
        "appType",
        "clientStreamReadAccess",
        "clientStreamWriteAccess",
        "description",
        "applicationTimeout",
        "pingTimeout",
        "repeaterQueryString",
        "repeaterOriginURL",
        "avSyncMethod",
        "maxRTCPWaitTime",
        "httpCORSHeadersEnabled",
        "httpStreamers",
        "mediaReaderRandomAccessReaderClass",
        "httpOptimizeFileReads",
        "mediaReaderBufferSeekIO",
        "captionLiveIngestType",
        "vodTimedTextProviders",
        "securityConfig",
        "streamConfig",
        "dvrConfig",
        "drmConfig",
        "transcoderConfig",
        "modules",
    ]
)
RECORDER_DEFAULTS: dict[str, Any] = {
    "instanceName": INSTANCE,
    "fileVersionDelegateName": "com.wowza.wms.livestreamrecord.manager."
    "StreamRecorderFileVersionDelegate",
    "serverName": SERVER,
    "currentSize": 0,
    "segmentSchedule": "0 * * * * *",
    "startOnKeyFrame": True,
    "outputPath": "",
    "currentFile": "",
    "recordData": True,
    "applicationName": "",
    "moveFirstVideoFrameToZero": True,
    "recorderErrorString": "",
    "segmentSize": 10_485_760,
    "defaultRecorder": False,
    "splitOnTcDiscontinuity": False,
    "version": "",
    "baseFile": "",
    "segmentDuration": 900_000,
    "recordingStartTime": "",
    "fileTemplate": "${BaseFileName}_${RecordingStartTime}_${SegmentNumber}",
    "backBufferTime": 0,
    "segmentationType": "None",
    "currentDuration": 0,
    "fileFormat": "MP4",
    "recorderName": "",
    "recorderState": "",
    "option": "Version existing file",
}


SECURITY_DEFAULTS: dict[str, Any] = {
    "publishRequirePassword": True,
    "publishPasswordFile": "",
    "publishAuthenticationMethod": "digest",
    "publishRTMPSecureURL": "",
    "publishIPWhiteList": "",
    "publishIPBlackList": "",
    "publishBlockDuplicateStreamNames": False,
    "publishValidEncoders": "",
    "playRequireSecureConnection": False,
    "playMaximumConnections": 0,
    "playIPWhiteList": "",
    "playIPBlackList": "",
    "playAuthenticationMethod": "none",
    "secureTokenVersion": 0,
    "secureTokenSharedSecret": "",
    "secureTokenHashAlgorithm": "SHA-256",
    "secureTokenQueryParametersPrefix": "wowzatoken",
    "secureTokenIncludeClientIPInHash": False,
    "secureTokenUseTEAForRTMP": False,
    "secureTokenOriginSharedSecret": "",
}
MODULES: list[dict[str, Any]] = [
    {
        "order": order,
        "name": name,
        "description": description,
        "class": f"com.wowza.wms.{path}",
    }
    for order, (name, description, path) in enumerate(
        [
            ("base", "Base", "module.ModuleCore"),
            ("logging", "Client Logging", "module.ModuleClientLogging"),
            ("flvplayback", "FLVPlayback", "module.ModuleFLVPlayback"),
            (
                "ModuleCoreSecurity",
                "Core Security Module for Applications",
                "security.ModuleCoreSecurity",
            ),
        ]
    )
]
DEFAULT_RATE = 250_000


@dataclass(slots=True)
class Stream:
    """A publisher's stream; `connected_at` is epoch seconds, `rate` bytes a second."""

    name: str
    source_ip: str
    connected_at: float = field(default_factory=time.time)
    rate: int = DEFAULT_RATE
    video: bytes = b"part"
    stalled_bytes: int | None = None

    @property
    def uptime_s(self) -> float:
        return time.time() - self.connected_at

    @property
    def received_bytes(self) -> int:
        if self.stalled_bytes is not None:
            return self.stalled_bytes
        return int(self.uptime_s * self.rate)


@dataclass(slots=True)
class Recorder:
    """What one recorder was told, how many files it has begun, and since when it writes one."""

    settings: dict[str, Any]
    segments: int = 0
    began_at: float | None = None


@dataclass(slots=True)
class Application:
    """One application with its one instance; `security` has the Engine's defaults beneath."""

    config: dict[str, Any]
    streams: dict[str, Stream] = field(default_factory=dict)
    recorders: dict[str, Recorder] = field(default_factory=dict)
    targets: dict[str, dict[str, Any]] = field(default_factory=dict)
    smils: dict[str, dict[str, Any]] = field(default_factory=dict)
    publishers: dict[str, dict[str, Any]] = field(default_factory=dict)
    modules: list[dict[str, Any]] = field(default_factory=lambda: list(MODULES))
    advanced: list[dict[str, Any]] = field(default_factory=list)
    restarts: int = 0

    @property
    def security(self) -> dict[str, Any]:
        return {**SECURITY_DEFAULTS, **(self.config.get("securityConfig") or {})}


@dataclass(slots=True)
class Engine:
    """A virtual host; a fresh one has the two applications the installer leaves.

    Recordings go to `{directory}/{application}`.
    """

    directory: Path
    applications: dict[str, Application] = field(default_factory=lambda: installed())  # noqa: PLW0108 (defined below)
    publishers: dict[str, dict[str, Any]] = field(default_factory=dict)
    hook_targets: dict[str, dict[str, Any]] = field(default_factory=dict)
    hook_filters: dict[str, dict[str, Any]] = field(default_factory=dict)
    version: str = "4.9.6"
    licence_valid: bool = True
    started_at: float = field(default_factory=time.time)

    @property
    def has_webhooks(self) -> bool:
        return tuple(map(int, self.version.split("."))) >= (4, 9, 6)

    def reinstall(self) -> None:
        """Forget everything but the files."""
        fresh = Engine(self.directory)
        for name in self.__slots__:
            setattr(self, name, getattr(fresh, name))


def installed() -> dict[str, Application]:
    return {
        name: Application(
            {
                "name": name,
                "appType": kind,
                "description": "Default",
                "securityConfig": {"publishRequirePassword": False},
            }
        )
        for name, kind in (("live", "Live"), ("vod", "VOD"))
    }


def instance_document(app: Application) -> dict[str, Any]:
    """GET …/instances/_definst_, where the list of streams lives."""
    return {
        "serverName": SERVER,
        "name": INSTANCE,
        "incomingStreams": [stream_document(app, stream) for stream in app.streams.values()],
        "outgoingStreams": [],
        "recorders": [recorder_document(app, name) for name in app.recorders],
        "streamGroups": [],
    }


def stream_document(app: Application, stream: Stream) -> dict[str, Any]:
    return {
        "name": stream.name,
        "applicationInstance": INSTANCE,
        "sourceIp": stream.source_ip,
        "isConnected": True,
        "isRecordingSet": stream.name in app.recorders,
        "isStreamManagerStream": False,
        "isPublishedToVOD": False,
        "isPTZEnabled": False,
        "ptzPollingInterval": 2000,
        "ptzPollingIntervalMinimum": 1000,
    }


def statistics_document(
    name: str, uptime_s: int, *, stream: Stream | None = None
) -> dict[str, Any]:
    """…/monitoring/current. Nobody watches a stand-in; an application's counters are zero."""
    protocols = ["RTMP", "MPEGDASH", "CUPERTINO", "SANJOSE", "SMOOTH", "RTP"]
    if stream is None:
        protocols += ["WEBM", "DVRCHUNKS"]
    is_moving = stream is not None and stream.stalled_bytes is None
    return {
        "serverName": SERVER,
        **({"name": name, "applicationInstance": INSTANCE} if stream else {}),
        "uptime": uptime_s,
        "bytesIn": stream.received_bytes if stream else 0,
        "bytesOut": 0,
        "bytesInRate": stream.rate if stream and is_moving else 0,
        "bytesOutRate": 0,
        "totalConnections": 0,
        "connectionCount": dict.fromkeys(protocols, 0),
    }


def recorder_document(app: Application, name: str) -> dict[str, Any]:
    recorder = app.recorders[name]
    base = recorder.settings.get("baseFile") or f"{name}.mp4"
    recording = name in app.streams
    return {
        **RECORDER_DEFAULTS,
        "applicationName": app.config["name"],
        **recorder.settings,
        "recorderName": name,
        "recorderState": "Recording in Progress" if recording else "Waiting for stream",
        "currentFile": f"{base.removesuffix('.mp4')}_{recorder.segments}.mp4" if recording else "",
        "currentDuration": int((time.time() - (recorder.began_at or time.time())) * 1000),
    }
