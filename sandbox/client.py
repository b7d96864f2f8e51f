"""Steer and read the stand-ins: the hand on /_sandbox that tests and the demo use.

`url` is a stand-in's address (`stand_ins.fcm_url`). TLS without `ca_file` is not verified, which
is allowed for loopback addresses only.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

TIMEOUT_S = 10.0

Entry = dict[str, Any]


def ledger(url: str, *, after: int = 0, ca_file: Path | None = None) -> list[Entry]:
    """Every call the stand-in kept, oldest first; with `after`, those of a higher `seq`.

    Keys of every entry: seq, at, method, path, http, kind, status, accepted, reason, fault; the
    rest depends on `kind` (see sandbox/README.md).

    Raises:
        OverflowError: the ledger was full and dropped entries, so it would not tell the truth.

    """
    document = _call(url, "GET", "/ledger", params={"after": after}, ca_file=ca_file).json()
    if document["dropped"]:
        raise OverflowError(f"the ledger at {url} dropped {document['dropped']} entries")
    entries: list[Entry] = document["entries"]
    return entries


def clear(url: str, *, ca_file: Path | None = None) -> None:
    """Forget the ledger and call off every fault."""
    _call(url, "DELETE", "/ledger", ca_file=ca_file)
    _call(url, "DELETE", "/faults", ca_file=ca_file)


def reset(url: str, *, ca_file: Path | None = None) -> None:
    """Clear, and take back every order the stand-in was given: devices, quota, streams..."""
    _call(url, "POST", "/reset", ca_file=ca_file)


def fail(  # noqa: PLR0913 - each is one way to fail, and all have defaults
    url: str,
    *,
    path_prefix: str = "/",
    method: str | None = None,
    status: int | None = None,
    body: object = None,
    headers: Mapping[str, str] | None = None,
    times: int | None = 1,
    hang_s: float | None = None,
    reset: bool = False,
    after_bytes: int | None = None,
    done: bool = False,
    ca_file: Path | None = None,
) -> None:
    """Order a fault for the next `times` matching calls (None: until `clear`).

    One of: `status` answers it with `body` (a str is HTML, anything else JSON) and `headers`;
    `hang_s` answers nothing for so long, then `status` or a cut; `reset` cuts the connection,
    after `after_bytes` of the request's body if given. With `done` the work is done first and
    only its answer is lost.
    """
    order = {
        "path_prefix": path_prefix,
        "method": method,
        "status": status,
        "body": body,
        "headers": dict(headers or {}),
        "times": times,
        "hang_s": hang_s,
        "reset": reset,
        "after_bytes": after_bytes,
        "done": done,
    }
    _call(url, "POST", "/faults", json=order, ca_file=ca_file)


def is_healthy(url: str, *, ca_file: Path | None = None) -> bool:
    """Does it answer? Never raises."""
    try:
        _call(url, "GET", "/health", ca_file=ca_file)
    except httpx.HTTPError:
        return False
    return True


def tell(
    url: str,
    what: str,
    order: Mapping[str, object],
    *,
    ca_file: Path | None = None,
) -> None:
    """Give a stand-in an order of its own, e.g. `tell(apns_url, "devices", {token: {}})`.

    Raises:
        httpx.HTTPStatusError: it does not understand; the answer's body says why.

    """
    _call(url, "POST", f"/{what}", json=dict(order), ca_file=ca_file)


def undo(url: str, what: str, *, ca_file: Path | None = None, **params: str) -> None:
    """Take orders back, e.g. `undo(apns_url, "devices")`."""
    _call(url, "DELETE", f"/{what}", params=params, ca_file=ca_file)


def look(url: str, what: str, *, ca_file: Path | None = None) -> Any:
    """Read a stand-in's own table, e.g. `look(google_url, "videos")`."""
    return _call(url, "GET", f"/{what}", ca_file=ca_file).json()


def _call(
    url: str, method: str, path: str, *, ca_file: Path | None = None, **given: Any
) -> httpx.Response:
    # HTTP/2, as the APNs stand-in speaks nothing else; no proxy between us and loopback.
    with httpx.Client(
        http2=True, verify=trust(url, ca_file), trust_env=False, timeout=TIMEOUT_S
    ) as client:
        answer = client.request(method, f"{url}/_sandbox{path}", **given)
    answer.raise_for_status()
    return answer


def decide(authorization_url: str, decision: str = "allow", **form: Any) -> str:
    """Press `allow` or `deny` on Google's consent page; answers where the browser is sent.

    Raises:
        httpx.HTTPStatusError: the page refuses the request; its text says why.

    """
    with httpx.Client(
        verify=trust(authorization_url), trust_env=False, timeout=TIMEOUT_S
    ) as browser:
        answer = browser.post(authorization_url, data={"decision": decision, **form})
    if not answer.has_redirect_location:
        answer.raise_for_status()
    return answer.headers["location"]


def trust(url: str, ca_file: Path | None = None) -> ssl.SSLContext:
    """What to verify a stand-in's certificate against; nothing for loopback without `ca_file`."""
    return _trust(str(ca_file) if ca_file else None, urlsplit(url).hostname or "")


@cache
def _trust(ca_file: str | None, host: str) -> ssl.SSLContext:
    if ca_file:
        return ssl.create_default_context(cafile=ca_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if host in {"127.0.0.1", "localhost", "::1"}:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
