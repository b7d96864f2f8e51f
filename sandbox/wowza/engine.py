"""What the engine holds: applications, the streams they take in, the recorders on them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
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


@dataclass(slots=True)
class Stream:
    """A publisher's stream; `connected_at` is epoch seconds."""

    name: str
    source_ip: str
    connected_at: float = field(default_factory=time.time)


@dataclass(slots=True)
class Recorder:
    """What one recorder was told, and how many files it has begun."""

    settings: dict[str, Any]
    segments: int = 0


@dataclass(slots=True)
class Application:
    """One application with its one instance."""

    config: dict[str, Any]
    streams: dict[str, Stream] = field(default_factory=dict)
    recorders: dict[str, Recorder] = field(default_factory=dict)


@dataclass(slots=True)
class Engine:
    """A virtual host; a fresh one has the two applications the installer leaves."""

    applications: dict[str, Application] = field(
        default_factory=lambda: {
            name: Application({"name": name, "appType": kind, "description": "Default"})
            for name, kind in (("live", "Live"), ("vod", "VOD"))
        }
    )
    started_at: float = field(default_factory=time.time)


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


def statistics_document(name: str, uptime_s: int, *, application: bool) -> dict[str, Any]:
    """…/monitoring/current. Nobody watches a stand-in, so the counters are zero."""
    protocols = ["RTMP", "MPEGDASH", "CUPERTINO", "SANJOSE", "SMOOTH", "RTP"]
    if application:
        protocols += ["WEBM", "DVRCHUNKS"]
    return {
        "serverName": SERVER,
        **({} if application else {"name": name, "applicationInstance": INSTANCE}),
        "uptime": uptime_s,
        "bytesIn": 0,
        "bytesOut": 0,
        "bytesInRate": 0,
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
    }
