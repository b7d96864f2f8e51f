"""What comes over the port and is no encoder: closed, without harm and without a traceback."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import Final

import pytest

from tests.workers.ingest.stand import Hook, Ingest, eventually
from workers.ingest import amf, chunks

pytestmark = pytest.mark.waits

C0_C1: Final = b"\x03" + bytes(1536)
CONNECT: Final = chunks.pack(chunks.COMMAND, amf.encode("connect", 1, {"app": "live"}))


def is_closed(client: socket.socket) -> bool:
    """Read until the server closes; the socket's own timeout is the deadline."""
    try:
        while client.recv(65536):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


def a_client(ingest: Ingest) -> socket.socket:
    """Shake hands."""
    client = ingest.connect()
    client.sendall(C0_C1)
    answer = b""
    while len(answer) < 1 + 2 * 1536:
        answer += client.recv(65536)
    client.sendall(bytes(1536))
    return client


class TestStranger:
    @pytest.mark.parametrize(
        "sent",
        [
            pytest.param(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n", id="http"),
            pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", id="tls"),
            pytest.param(b"\x06" + bytes(1536), id="encrypted rtmp"),
        ],
    )
    def test_is_closed_at_its_first_byte(self, ingest: Ingest, sent: bytes) -> None:
        with ingest.connect() as client:
            client.sendall(sent)

            assert is_closed(client)

    @pytest.mark.parametrize(
        "sent",
        [
            pytest.param(b"\xff" * 4096, id="a header that never came"),
            pytest.param(b"\x03\0\0\0\xff\xff\xff\x14\0\0\0\0", id="a message too large"),
            pytest.param(chunks.pack(1, b"\x7f\xff\xff\xff"), id="a chunk size too large"),
            pytest.param(chunks.pack(1, bytes(4)), id="a chunk size of nothing"),
            pytest.param(chunks.pack(20, b"\x03\0\x01a" * 2000), id="a deep nest"),
            pytest.param(chunks.pack(20, b"\x0a\xff\xff\xff\xff"), id="a long array"),
            pytest.param(chunks.pack(20, b"\x02\xff\xffcut"), id="a cut string"),
            pytest.param(
                b"".join(
                    bytes([n]) + b"\0\0\0\0\1\0\x14\0\0\0\0" + b"x" * 128 for n in range(2, 63)
                )
                + b"".join(
                    b"\0" + bytes([n]) + b"\0\0\0\0\1\0\x14\0\0\0\0" + b"x" * 128 for n in range(9)
                ),
                id="too many chunk streams",
            ),
        ],
    )
    def test_is_closed_for_what_cannot_be(self, ingest: Ingest, sent: bytes) -> None:
        with a_client(ingest) as client:
            client.sendall(sent)

            assert is_closed(client)

    def test_is_closed_for_noise(self, ingest: Ingest) -> None:
        for _ in range(20):
            with a_client(ingest) as client:
                client.sendall(os.urandom(20_000))
                client.shutdown(socket.SHUT_WR)

                assert is_closed(client)

    def test_that_dawdles_is_closed_within_the_deadline(self, ingest: Ingest) -> None:
        with ingest.connect() as client:
            began = time.monotonic()
            client.sendall(C0_C1[:100])

            assert is_closed(client)
            assert 1.5 < time.monotonic() - began < 5

    def test_that_wants_to_play_is_told_no(self, ingest: Ingest) -> None:
        with a_client(ingest) as client:
            play = amf.encode("play", 4, None, "someone")
            client.sendall(CONNECT + chunks.pack(chunks.COMMAND, play, stream_id=1))

            heard = b""
            while piece := client.recv(65536):
                heard += piece
                if b"NetStream.Play.Failed" in heard:
                    client.shutdown(socket.SHUT_WR)
            assert b"NetStream.Play.Failed" in heard

    def test_with_an_empty_key_is_refused_without_asking(self, ingest: Ingest, hook: Hook) -> None:
        before = len(hook.calls)
        with a_client(ingest) as client:
            publish = amf.encode("publish", 5, None, "?token=1", "live")
            client.sendall(CONNECT + chunks.pack(chunks.COMMAND, publish, stream_id=1))
            client.shutdown(socket.SHUT_WR)

            assert is_closed(client)
        assert len(hook.calls) == before

    def test_left_neither_a_traceback_nor_a_session(self, ingest: Ingest) -> None:
        with ingest.connect() as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            is_closed(client)

        assert eventually(lambda: ingest.sessions() == 0)
        assert eventually(lambda: "client refused" in ingest.log_text())
        assert "Traceback" not in ingest.log_text()


class TestPublisher:
    def test_that_turns_to_noise_is_cut_off_alone(
        self, ingest: Ingest, hook: Hook, clip: Path
    ) -> None:
        ingest.publish(clip, "neighbour", live=True)
        hook.told("neighbour", "started")
        with a_client(ingest) as client:
            publish = amf.encode("publish", 5, None, "noisy", "live")
            client.sendall(CONNECT + chunks.pack(chunks.COMMAND, publish, stream_id=1))
            heard = b""
            while b"NetStream.Publish.Start" not in heard:
                heard += client.recv(65536)

            client.sendall(b"\xff" * 100_000)

            assert is_closed(client)
        assert hook.told("noisy", "stopped")
        assert hook.of("noisy", "stopped")[0]["reason"] == "cut"
        assert ingest.encoders[-1].poll() is None
