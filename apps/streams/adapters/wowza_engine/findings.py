"""What readings of a server mean to an operator; decides, and asks nobody but the file system."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final, Protocol

from apps.streams.adapters.wowza_engine.payloads import CORE_SECURITY
from apps.streams.contracts import EngineFinding

WEBHOOKS_SINCE: Final = (4, 9, 6)
SKEW_S: Final = 30.0
ENSURE: Final = "Run `manage.py engine_check --ensure`."
VERSION: Final = re.compile(r"(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Readings:
    """What a server said; None for what it has not."""

    status: dict[str, Any]
    date: str
    restinfo: dict[str, Any]
    application: dict[str, Any] | None
    security: dict[str, Any]
    modules: list[dict[str, Any]]
    target: dict[str, Any] | None
    filter: dict[str, Any] | None


class Wanted(Protocol):
    """What we want of it."""

    @property
    def application(self) -> str: ...
    @property
    def publisher_user(self) -> str: ...
    @property
    def token_secret(self) -> str: ...
    @property
    def playback_url(self) -> str: ...
    @property
    def hook_url(self) -> str: ...
    @property
    def hook_secret(self) -> str: ...
    def wanted_security(self) -> dict[str, Any]: ...
    def wanted_target(self) -> dict[str, Any]: ...
    def wanted_filter(self) -> dict[str, Any]: ...


def judge(readings: Readings, wanted: Wanted, now: datetime) -> Iterator[EngineFinding]:
    yield _ok("reachable", str(readings.status.get("serverVersion", "an Engine")))
    yield _ok("login", "taken")
    yield _version(readings)
    yield _licence(readings)
    yield _clock(readings, now)
    yield _application(readings, wanted)
    if readings.application is not None:
        yield _security(readings, wanted)
        yield _duplicates(readings)
        yield _modules(readings, wanted)
        yield _targets(readings, wanted)
        yield _token(readings, wanted)
    yield _webhooks(readings, wanted)


def unreachable(why: str) -> EngineFinding:
    return _fail("reachable", why, "Start the Engine, and set WOWZA_URL to its REST port (8087).")


def no_login(why: str) -> list[EngineFinding]:
    mend = (
        "Set WOWZA_USER and WOWZA_PASSWORD to a REST user, and WOWZA_AUTHENTICATION to "
        "RESTInterface/AuthenticationMethod of its Server.xml."
    )
    return [_ok("reachable", "it answers"), _fail("login", why, mend)]


def storage(folder: Path | None) -> list[EngineFinding]:
    mend = "Mount the application's StorageDir here; set WOWZA_RECORDINGS_DIRECTORY to it."
    if folder is None:
        return [_fail("recordings", "no folder is set", mend)]
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
        return [_fail("recordings", f"{folder} cannot be read", mend)]
    return [_ok("recordings", f"{folder} can be read")]


def version(readings: Readings) -> tuple[int, ...] | None:
    found = VERSION.search(str(readings.status.get("serverVersion", "")))
    return tuple(map(int, found.groups())) if found else None


def _version(readings: Readings) -> EngineFinding:
    found = version(readings)
    if found is None:
        return _warn("version", "it does not say", "")
    shown = ".".join(map(str, found))
    if found < WEBHOOKS_SINCE:
        mend = "It has no webhooks, so changes show with the next poll; 4.9.6 tells at once."
        return _warn("version", f"{shown}, polled", mend)
    return _ok("version", shown)


def _licence(readings: Readings) -> EngineFinding:
    if readings.restinfo.get("licenseValid") is False:
        return _fail("licence", "not valid", "Enter a licence key in the Engine's Manager.")
    kind = str(readings.status.get("licenseType", "unknown"))
    return _ok("licence", kind)


def _clock(readings: Readings, now: datetime) -> EngineFinding:
    try:
        skew_s = abs((parsedate_to_datetime(readings.date) - now).total_seconds())
    except (ValueError, TypeError):
        return _warn("clock", "it sends no date", "Compare its clock by hand.")
    if skew_s > SKEW_S:
        mend = "Let NTP set both clocks: signed addresses count by the Engine's."
        return _fail("clock", f"{skew_s:.0f} s away from ours", mend)
    return _ok("clock", f"within {max(1, round(skew_s))} s of ours")


def _application(readings: Readings, wanted: Wanted) -> EngineFinding:
    if readings.application is None:
        return _fail("application", f"there is no {wanted.application}", ENSURE)
    kind = readings.application.get("appType")
    if kind != "Live":
        mend = "Name another by WOWZA_APPLICATION, or make this one of type Live."
        return _fail("application", f"{wanted.application} is {kind}", mend)
    return _ok("application", f"{wanted.application} is Live")


def _security(readings: Readings, wanted: Wanted) -> EngineFinding:
    required = readings.security.get("publishRequirePassword") is True
    if not wanted.publisher_user:
        mend = "Set WOWZA_PUBLISHER_USER and _PASSWORD; a stranger's stream runs until it is cut."
        return _warn("security", "anybody may connect", mend)
    if not required:
        return _fail("security", "publishing needs no login", ENSURE)
    return _ok("security", "publishing needs a login")


def _duplicates(readings: Readings) -> EngineFinding:
    if readings.security.get("publishBlockDuplicateStreamNames") is True:
        return _ok("duplicates", "a name publishes once")
    return _fail("duplicates", "a second encoder breaks the first one's stream", ENSURE)


def _modules(readings: Readings, wanted: Wanted) -> EngineFinding:
    has = any(row.get("class") == CORE_SECURITY["class"] for row in readings.modules)
    if not has and wanted.publisher_user:
        return _fail("modules", "ModuleCoreSecurity is missing: no login is asked for", ENSURE)
    return _ok("modules", ", ".join(str(row.get("name")) for row in readings.modules))


def _targets(readings: Readings, wanted: Wanted) -> EngineFinding:
    application = readings.application or {}
    if application.get("streamTargetsEnabled") is False:
        mend = f"Enable Stream Targets of {wanted.application} in the Engine's Manager."
        return _warn("targets", "simulcast is off", mend)
    return _ok("targets", "simulcast is possible")


def _token(readings: Readings, wanted: Wanted) -> EngineFinding:
    if not wanted.playback_url:
        return _fail("playback", "players have no address", "Set WOWZA_PLAYBACK_URL.")
    if not wanted.token_secret:
        mend = "Set WOWZA_TOKEN_SECRET: without it everybody can watch everything."
        return _fail("playback", "addresses are not signed", mend)
    security = wanted.wanted_security()
    names = [name for name in security if name.startswith("secureToken")]
    differs = [name for name in names if readings.security.get(name) != security[name]]
    if differs:
        return _fail("playback", f"{', '.join(differs)} differs from ours", ENSURE)
    return _ok("playback", "addresses are signed")


def _webhooks(readings: Readings, wanted: Wanted) -> EngineFinding:
    if (version(readings) or WEBHOOKS_SINCE) < WEBHOOKS_SINCE:
        return _ok("webhooks", "none in this version; it is polled")
    if not wanted.hook_secret:
        return _warn("webhooks", "not used", "Set WOWZA_HOOK_SECRET to hear of changes at once.")
    target, chosen = wanted.wanted_target(), wanted.wanted_filter()
    if not _holds(readings.target, target) or not _holds(readings.filter, chosen):
        return _warn("webhooks", "not set up as we want", ENSURE)
    return _ok("webhooks", f"to {wanted.hook_url}")


def _holds(there: dict[str, Any] | None, wanted: dict[str, Any]) -> bool:
    return there is not None and all(there.get(name) == wanted[name] for name in wanted)


def _ok(item: str, found: str) -> EngineFinding:
    return EngineFinding(item=item, level="ok", found=found)


def _warn(item: str, found: str, mend: str) -> EngineFinding:
    return EngineFinding(item=item, level="warn", found=found, mend=mend)


def _fail(item: str, found: str, mend: str) -> EngineFinding:
    return EngineFinding(item=item, level="fail", found=found, mend=mend)
