"""Many requests over few HTTP/2 connections, by libcurl's multi interface.

Measured (docs/adr): 60-80 µs of CPU a push against 330-2,400 of the push libraries, and none of
them tells a request that never left from one whose answer was lost, which is what decides
whether a device may be sent the same again.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

import pycurl

# Handles of a parent process. Closing them in a forked child would say goodbye on sockets the
# parent still uses, so they are kept from the garbage collector instead.
_INHERITED: Final[list[Any]] = []
_IDLE_S: Final = 60
_SELECT_S: Final = 0.2
# libcurl has no socket to wait for while it resolves a name.
_NO_SOCKET_S: Final = 0.01
_TIMED_OUT: Final = 28


@dataclass(frozen=True, slots=True)
class Request:
    """A POST; `headers` are whole lines."""

    url: str
    headers: Sequence[str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A status with its body, or status 0 and libcurl's code.

    `has_started`: bytes of the request may have reached the provider.
    """

    status: int = 0
    body: bytes = b""
    retry_after_s: int = 0
    curl_code: int = 0
    has_started: bool = False


NEVER_SENT: Final = Answer(curl_code=_TIMED_OUT)


@dataclass(slots=True)
class Http2:
    """Sends batches; every thread of every process has connections of its own.

    connect_timeout_s and timeout_s are deadlines of one whole batch, in seconds. `ca_file`
    names the authorities to trust, where those of the system are not meant.
    """

    ca_file: str = ""
    timeout_s: float = 15.0
    connect_timeout_s: float = 5.0
    max_connections: int = 2
    max_streams: int = 1000
    _local: threading.local = field(default_factory=threading.local, repr=False)

    def exchange(self, requests: Sequence[Request]) -> list[Answer]:
        """Send a batch and return an answer for each request, in order. Raises nothing.

        The first request goes alone on a fresh connection: APNs allows a single stream until it
        has seen a valid token, and an unreachable provider is found out at the price of one.
        """
        channel = self._channel()
        deadline = time.monotonic() + self.timeout_s
        if channel.is_warm():
            return channel.exchange(requests, deadline)
        first = channel.exchange(requests[:1], deadline)
        if not first or first[0].status == 0:
            return first + [NEVER_SENT] * (len(requests) - 1)
        return first + channel.exchange(requests[1:], deadline)

    def _channel(self) -> _Channel:
        channel: _Channel | None = getattr(self._local, "channel", None)
        if channel is not None and channel.pid != os.getpid():
            _INHERITED.append(channel)
            channel = None
        if channel is None:
            channel = _Channel(self.ca_file, self.connect_timeout_s)
            channel.limit(connections=self.max_connections, streams=self.max_streams)
            self._local.channel = channel
        return channel


class _Channel:
    """One CurlMulti with its reusable handles; belongs to one thread."""

    def __init__(self, ca_file: str, connect_timeout_s: float) -> None:
        self.pid = os.getpid()
        self._ca_file = ca_file
        self._connect_timeout_ms = round(connect_timeout_s * 1000)
        self._idle: list[pycurl.Curl] = []
        self._used_at = 0.0
        self._failed = False
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)

    def limit(self, *, connections: int, streams: int) -> None:
        self._multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, connections)
        self._multi.setopt(pycurl.M_MAX_CONCURRENT_STREAMS, streams)

    def is_warm(self) -> bool:
        return not self._failed and time.monotonic() - self._used_at < _IDLE_S

    def exchange(self, requests: Sequence[Request], deadline: float) -> list[Answer]:
        answers: list[Answer] = [NEVER_SENT] * len(requests)
        running: dict[pycurl.Curl, tuple[int, BytesIO]] = {}
        self._failed = True
        try:
            for index, request in enumerate(requests):
                into = BytesIO()
                curl = self._prepare(request, into, deadline)
                running[curl] = (index, into)
                self._multi.add_handle(curl)
            while running:
                self._multi.perform()
                for curl, code in self._finished():
                    index, into = running.pop(curl)
                    answers[index] = _read(curl, code, into)
                    self._multi.remove_handle(curl)
                    self._idle.append(curl)
                if running and self._multi.select(_SELECT_S) < 0:
                    time.sleep(_NO_SOCKET_S)
        finally:  # a time limit of Celery may strike anywhere; no old handle may meet a new batch
            for curl in running:
                self._multi.remove_handle(curl)
        self._used_at = time.monotonic()
        self._failed = any(answer.status == 0 for answer in answers)
        return answers

    def _finished(self) -> list[tuple[pycurl.Curl, int]]:
        found: list[tuple[pycurl.Curl, int]] = []
        queued = 1
        while queued:
            queued, good, bad = self._multi.info_read()
            found += [(curl, 0) for curl in good]
            found += [(curl, code) for curl, code, _ in bad]
        return found

    def _prepare(self, request: Request, into: BytesIO, deadline: float) -> pycurl.Curl:
        curl = self._idle.pop() if self._idle else self._new_handle()
        left_ms = max(1, round((deadline - time.monotonic()) * 1000))
        curl.setopt(pycurl.URL, request.url)
        # An empty Expect and Content-Type keep libcurl from sending its own.
        curl.setopt(pycurl.HTTPHEADER, ["Expect:", *request.headers])
        curl.setopt(pycurl.POSTFIELDS, request.body)
        curl.setopt(pycurl.WRITEFUNCTION, into.write)
        curl.setopt(pycurl.TIMEOUT_MS, left_ms)
        return curl

    def _new_handle(self) -> pycurl.Curl:
        curl = pycurl.Curl()
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS)
        curl.setopt(pycurl.PIPEWAIT, 1)
        curl.setopt(pycurl.POST, 1)
        curl.setopt(pycurl.CONNECTTIMEOUT_MS, self._connect_timeout_ms)
        if self._ca_file:
            curl.setopt(pycurl.CAINFO, self._ca_file)
        return curl


def _read(curl: pycurl.Curl, code: int, into: BytesIO) -> Answer:
    status = int(curl.getinfo(pycurl.RESPONSE_CODE))
    if code or not status:
        started = float(curl.getinfo(pycurl.PRETRANSFER_TIME)) > 0
        return Answer(curl_code=code, has_started=started)
    return Answer(
        status=status,
        body=into.getvalue(),
        retry_after_s=int(curl.getinfo(pycurl.RETRY_AFTER)),
    )
