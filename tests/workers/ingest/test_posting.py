"""Posting to the backend over connections that are kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import h11
import pytest

from workers.ingest.posting import MAX_ANSWER_BYTES, Address, Answer, Poster

YES = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
LAST_YES = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


class Backend:
    """Answers each post with the next of its answers, and hangs up after one that is whole."""

    def __init__(self, *answers: bytes, hangs_up: bool = False) -> None:
        self.connections = 0
        self.heard: list[bytes] = []
        self._answers = list(answers)
        self._hangs_up = hangs_up

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while self._answers and (head := await _head(reader)):
            self.heard.append(head + await reader.readexactly(4))
            writer.write(self._answers.pop(0))
            if self._hangs_up:
                break
        writer.close()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""


@asynccontextmanager
async def a_poster(backend: Backend) -> AsyncIterator[Poster]:
    server = await asyncio.start_server(backend.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    poster = Poster(Address.of(f"http://127.0.0.1:{port}/hooks/?of=ingest"))
    try:
        yield poster
    finally:
        poster.close()
        server.close()


def run(backend: Backend, talk: Callable[[Poster], Awaitable[list[Answer]]]) -> list[Answer]:
    async def told() -> list[Answer]:
        async with a_poster(backend) as poster, asyncio.timeout(5):
            return await talk(poster)

    return asyncio.run(told())


async def _twice(poster: Poster) -> list[Answer]:
    return [await poster.post(b"body", {"X-Of": "it"}) for _ in range(2)]


class TestPost:
    def test_says_what_it_is_and_keeps_the_connection(self) -> None:
        backend = Backend(YES, YES)

        answers = run(backend, _twice)

        assert answers == [Answer(200, b"{}")] * 2
        assert backend.connections == 1
        assert backend.heard[0].startswith(b"POST /hooks/?of=ingest HTTP/1.1\r\nHost: 127.0.0.1:")
        assert backend.heard[0].endswith(b"X-Of: it\r\n\r\nbody")

    @pytest.mark.parametrize("first", [YES, LAST_YES])
    def test_opens_another_where_the_server_let_go(self, first: bytes) -> None:
        backend = Backend(first, YES, hangs_up=first == YES)

        assert run(backend, _twice) == [Answer(200, b"{}")] * 2
        assert backend.connections == 2

    def test_reads_an_answer_in_pieces_after_a_provisional_one(self) -> None:
        pieces = b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
        backend = Backend(b"HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 503 No\r\n" + pieces, YES)

        assert run(backend, _twice) == [Answer(503, b"{}"), Answer(200, b"{}")]

    @pytest.mark.parametrize(
        "broken",
        [
            pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", id="cut short"),
            pytest.param(b"SSH-2.0\r\n\r\n", id="another protocol"),
            pytest.param(
                b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * (MAX_ANSWER_BYTES + 1),
                id="without end",
            ),
            pytest.param(b"", id="nothing"),
        ],
    )
    def test_refuses_an_answer_that_is_none_and_does_not_ask_twice(self, broken: bytes) -> None:
        backend = Backend(YES, broken, hangs_up=True)

        async def second(poster: Poster) -> list[Answer]:
            await poster.post(b"body", {})
            with pytest.raises(h11.RemoteProtocolError):
                await poster.post(b"body", {})
            return []

        run(backend, second)

        assert len(backend.heard) == 2

    def test_drops_a_connection_that_was_given_up_on(self) -> None:
        backend = Backend(YES, b"", YES)

        async def impatient(poster: Poster) -> list[Answer]:
            first = await poster.post(b"body", {})
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await poster.post(b"body", {})
            return [first, await poster.post(b"body", {})]

        assert run(backend, impatient) == [Answer(200, b"{}")] * 2
        assert backend.connections == 2


class TestAddress:
    @pytest.mark.parametrize(
        "url", ["ftp://host/", "http:///path", "http://me:secret@host/", "host", "http://host:x/"]
    )
    def test_refuses_what_cannot_be_posted_to(self, url: str) -> None:
        with pytest.raises(ValueError, match=r"http|Port"):
            Address.of(url)

    def test_keeps_the_port_and_the_query(self) -> None:
        plain, secure = Address.of("http://[::1]:81/a?b=c"), Address.of("https://host")

        assert (plain.host, plain.port, plain.target) == ("::1", 81, "/a?b=c")
        assert plain.name == "[::1]:81"
        assert (secure.host, secure.port, secure.target) == ("host", 443, "/")
        assert secure.is_secure
