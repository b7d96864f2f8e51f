"""The application as we need it: closed, recorded, signed, telling us what happens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from apps.streams.adapters.wowza_engine import findings
from apps.streams.adapters.wowza_engine.client import SERVER, TAKEN
from apps.streams.adapters.wowza_engine.findings import Readings
from apps.streams.adapters.wowza_engine.payloads import CORE_SECURITY, MODULES
from apps.streams.adapters.wowza_engine.sessions import WowzaSessions
from apps.streams.contracts import EngineFinding
from apps.streams.errors import EngineDown, EngineRefused

HOOK_HEADER: Final = "X-Showrunner-Key"
# Names in the Engine's list of webhooks.
TARGET: Final = "showrunner"


class WowzaSetup(WowzaSessions):
    """EngineSetup: what is missing is added, what is ours and differs is set, no more."""

    def ensure(self) -> list[str]:
        """Set the application up; return what was changed.

        Raises:
            EngineDown: no answer in time.
            EngineRefused: the application is there and no live one, or the login does not do.

        """
        made = self._ensure_application()
        changed = [*made, *self._ensure_security(), *self._ensure_modules()]
        changed += self._ensure_publisher()
        changed += self._ensure_webhooks()
        if changed and not made and not self._streams():
            # Settings of a running application count from its next start, which cuts everybody.
            self._client.call("PUT", f"{self._application}/actions/restart")
            changed.append("restarted the application")
        return changed

    def check(self, now: datetime) -> list[EngineFinding]:
        """Look at everything `ensure` sets up, and at what only a person can."""
        try:
            readings = self._read()
        except EngineDown as down:
            return [findings.unreachable(str(down)), *findings.storage(self._recordings)]
        except EngineRefused as refused:
            return [*findings.no_login(str(refused)), *findings.storage(self._recordings)]
        return [*findings.judge(readings, self, now), *findings.storage(self._recordings)]

    def wanted_security(self) -> dict[str, Any]:
        """Return the fields of `securityConfig` that are ours."""
        wanted: dict[str, Any] = {
            "publishRequirePassword": bool(self.publisher_user),
            "publishBlockDuplicateStreamNames": True,
        }
        if self.publisher_user:
            wanted["publishAuthenticationMethod"] = "digest"
        if self.token_secret:
            wanted |= {
                "secureTokenVersion": 2,
                "secureTokenSharedSecret": self.token_secret,
                "secureTokenHashAlgorithm": "SHA-256",
                "secureTokenQueryParametersPrefix": self.token_prefix,
                # a phone's address changes while it watches
                "secureTokenIncludeClientIPInHash": False,
            }
        return wanted

    def _ensure_application(self) -> list[str]:
        found = self._client.call("GET", self._application)
        if found.is_found:
            if found.body.get("appType") not in {None, "Live"}:
                raise EngineRefused(why=f"{self.application} is {found.body['appType']}, not Live")
            return []
        body = {
            "name": self.application,
            "appType": "Live",
            "clientStreamReadAccess": "*",
            "clientStreamWriteAccess": "*",
            "description": "Showrunner",
            "streamConfig": {"streamType": "live"},
            "securityConfig": self.wanted_security(),
            "modules": {"moduleList": MODULES},
        }
        # 409: somebody else just made it
        self._client.call("POST", self._application, body, bear=TAKEN)
        return [f"made the application {self.application}"]

    def _ensure_security(self) -> list[str]:
        path, wanted = f"{self._application}/security", self.wanted_security()
        there = self._client.call("GET", path).body
        differs = sorted(name for name in wanted if there.get(name) != wanted[name])
        if not differs:
            return []
        self._client.call("PUT", path, {name: wanted[name] for name in differs})
        return [f"set {', '.join(differs)}"]

    def _ensure_modules(self) -> list[str]:
        path = f"{self._application}/modules"
        listed = self._client.call("GET", path).rows("moduleList")
        if not self.publisher_user or has_module(listed, CORE_SECURITY):
            return []
        order = {"order": len(listed)}
        self._client.call("PUT", path, {"moduleList": [*listed, {**CORE_SECURITY, **order}]})
        return ["added ModuleCoreSecurity"]

    def _ensure_publisher(self) -> list[str]:
        if not self.publisher_user:
            return []
        body = {"name": self.publisher_user, "password": self.publisher_password}
        # One that is there keeps its password: nobody can read it, and encoders may use it.
        made = self._client.call("POST", f"{SERVER}/publishers", body, bear=TAKEN)
        return [] if made.is_taken else [f"made the publisher {self.publisher_user}"]

    def _ensure_webhooks(self) -> list[str]:
        if not self.hook_url or not self.hook_secret:
            return []
        path = f"{SERVER}/webhooks"
        if not self._client.call("GET", path).is_found:
            return []  # before 4.9.6: we poll
        changed = self._ensure_entry(f"{path}/targets", self.wanted_target())
        return changed + self._ensure_entry(f"{path}/filters", self.wanted_filter())

    def wanted_target(self) -> dict[str, Any]:
        return {
            "id": TARGET,
            "url": self.hook_url,
            "headers": [{"name": HOOK_HEADER, "value": self.hook_secret}],
        }

    def wanted_filter(self) -> dict[str, Any]:
        return {
            "id": TARGET,
            "enabled": True,
            "criteria": f"vHost._defaultVHost_.app.{self.application}.>",
            "targetRef": TARGET,
            "maxRetryAttempts": 5,
            "retryDelay": 2,
            "retryDelayUnit": "SECONDS",
        }

    def _ensure_entry(self, path: str, wanted: dict[str, Any]) -> list[str]:
        there = self._client.call("GET", f"{path}/{wanted['id']}")
        if there.is_found and all(there.body.get(name) == wanted[name] for name in wanted):
            return []
        if there.is_found:
            self._client.call("PUT", f"{path}/{wanted['id']}", wanted)
        else:
            self._client.call("POST", path, wanted, bear=TAKEN)
        return [f"set the webhook {path.rpartition('/')[2].removesuffix('s')} {wanted['id']}"]

    def _read(self) -> Readings:
        status = self._client.call("GET", f"{SERVER}/status")
        webhooks = f"{SERVER}/webhooks"
        return Readings(
            status=status.body,
            date=status.date,
            restinfo=self._client.call("GET", "/restinfo").body,
            application=self._found(self._application),
            security=self._found(f"{self._application}/security") or {},
            modules=self._client.call("GET", f"{self._application}/modules").rows("moduleList"),
            target=self._found(f"{webhooks}/targets/{TARGET}"),
            filter=self._found(f"{webhooks}/filters/{TARGET}"),
        )

    def _found(self, path: str) -> dict[str, Any] | None:
        reply = self._client.call("GET", path)
        return reply.body if reply.is_found else None


def has_module(listed: Sequence[dict[str, Any]], wanted: dict[str, Any]) -> bool:
    return any(row.get("class") == wanted["class"] for row in listed)
