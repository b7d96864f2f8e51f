"""The cloud's JSON, read leniently: several of its objects are not described."""

from __future__ import annotations

import secrets
from typing import Any, Final
from urllib.parse import quote, urlsplit, urlunsplit

from apps.streams.errors import EngineRefused
from apps.streams.ports import Measured, PooledIngest

OURS: Final = "showrunner-"
YES: Final = frozenset({"yes", "true", "1"})
USER: Final = "encoder"
PASSWORD_BYTES: Final = 18
BITS: Final = {"bps": 1, "kbps": 1_000, "mbps": 1_000_000}


def live_stream(name: str, location: str) -> dict[str, Any]:
    return {
        "live_stream": {
            "name": name,
            "broadcast_location": location,
            "encoder": "other_rtmp",
            "transcoder_type": "passthrough",
            "delivery_method": "push",
            "billing_mode": "pay_as_you_go",
            "recording": True,
            "aspect_ratio_width": 1280,
            "aspect_ratio_height": 720,
            **fresh_login(),
        }
    }


def fresh_login() -> dict[str, Any]:
    """Return a login nobody has had: the name of a live stream never changes."""
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    return {"disable_authentication": False, "username": USER, "password": password}


def pooled(stream: dict[str, Any], login: dict[str, Any] | None = None) -> PooledIngest:
    """Read where an encoder publishes; the login stands inside the address.

    Raises:
        EngineRefused: the cloud tells no address.

    """
    told = {**(stream.get("source_connection_information") or {}), **(login or {})}
    server, name = told.get("primary_server"), told.get("stream_name")
    if not server or not name:
        raise EngineRefused(why="its live stream tells no primary_server or stream_name")
    where = urlsplit(server if "://" in server else f"rtmp://{server}")
    host = where.netloc if where.port else f"{where.netloc}:{told.get('host_port') or 1935}"
    user, password = (quote(str(told.get(key) or ""), safe="") for key in ("username", "password"))
    netloc = f"{user}:{password}@{host}" if user else host
    url = urlunsplit(where._replace(netloc=netloc))
    return PooledIngest(id=str(stream["id"]), url=url, key=str(name))


def is_connected(metrics: dict[str, Any]) -> bool:
    return str(_value(metrics, "connected")).casefold() in YES


def measured(metrics: dict[str, Any]) -> Measured:
    units = str((metrics.get("bits_in_rate") or {}).get("units") or "bps").casefold()
    frames, interval = _number(metrics, "frame_rate"), _number(metrics, "keyframe_interval")
    return {
        "bitrate_bps": _number(metrics, "bits_in_rate") * BITS.get(units, 1),
        "fps": frames,
        # told in frames
        "keyframe_interval_s": interval / frames if frames else 0.0,
        "width": _number(metrics, "width"),
        "height": _number(metrics, "height"),
    }


def _value(metrics: dict[str, Any], key: str) -> object:
    found = metrics.get(key)
    return found.get("value") if isinstance(found, dict) else found


def _number(metrics: dict[str, Any], key: str) -> float:
    value = _value(metrics, key)
    return float(value) if isinstance(value, int | float) else 0.0
