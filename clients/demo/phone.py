"""One person's app on one phone: the public API, signed in."""

from __future__ import annotations

import secrets
import uuid
from typing import Any, Final

import httpx

from clients.demo.report import NotTrue

TIMEOUT_S: Final = 20.0
AUTH: Final = "/api/v1/auth/app/v1/auth"


class Phone:
    """A signed-in person. Every answer that is no success raises NotTrue with what was said."""

    def __init__(self, web: str, name: str) -> None:
        self.name = name
        self.email = f"{name.lower()}-{secrets.token_hex(4)}@example.com"
        self.password = secrets.token_urlsafe(16)
        self.fcm_token = secrets.token_urlsafe(110)
        self.apns_token = secrets.token_hex(32)
        self.id = ""
        self._http = httpx.Client(base_url=web, timeout=TIMEOUT_S)

    def sign_up(self) -> None:
        person = {"email": self.email, "password": self.password}
        self._http.post(f"{AUTH}/signup", json=person)
        signed_in = self._http.post(f"{AUTH}/login", json=person)
        token = signed_in.json().get("meta", {}).get("access_token")
        if not token:
            raise NotTrue(f"{self.name} cannot log in: {signed_in.text[:300]}")
        self._http.headers["Authorization"] = f"Bearer {token}"
        self.patch("/me", {"display_name": self.name})
        self.id = self.get("/me")["id"]

    def register_devices(self) -> None:
        """One Android phone behind FCM, one iPhone behind APNs."""
        android = {"kind": "fcm_token", "value": self.fcm_token}
        iphone = {"kind": "apns_token", "value": self.apns_token}
        for platform, address in (("android", android), ("ios", iphone)):
            self.put(f"/devices/{uuid.uuid4()}", {"platform": platform, "address": address})

    def get(self, path: str) -> Any:
        return self._call("GET", path).json()

    def find(self, path: str) -> Any:
        """Return the answer, or None where there is nothing (404)."""
        answer = self._http.get(f"/api/v1{path}")
        return None if answer.status_code == httpx.codes.NOT_FOUND else _good(answer).json()

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._call("POST", path, body or {}).json()

    def put(self, path: str, body: dict[str, Any] | None = None) -> None:
        self._call("PUT", path, body or {})

    def patch(self, path: str, body: dict[str, Any]) -> None:
        self._call("PATCH", path, body)

    def fetch(self, url: str) -> bytes:
        """Return the bytes of a file as a player would, without an account."""
        return _good(httpx.get(self._http.base_url.join(url), timeout=TIMEOUT_S)).content

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        return _good(self._http.request(method, f"/api/v1{path}", json=body))


def _good(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    told = answer.text[:300]
    raise NotTrue(
        f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {told}"
    )
