"""Chunks to messages: what encoders really send, in any pieces, and the bounds."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.ingest.chunks import (
    AUDIO,
    MAX_CHUNK_BYTES,
    MAX_CHUNK_STREAMS,
    VIDEO,
    ChunkReader,
    Message,
    pack,
)
from workers.ingest.errors import MalformedRtmp


def a_header(form: int, moment: int, length: int = 0, kind: int = AUDIO) -> bytes:
    """Spell a header on chunk stream 4; forms 2 and 3 leave length and kind out."""
    head = bytes([form << 6 | 4]) + min(moment, 0xFFFFFF).to_bytes(3)
    head += length.to_bytes(3) + bytes([kind]) if form <= 1 else b""
    head += (1).to_bytes(4, "little") if form == 0 else b""
    return head + (moment.to_bytes(4) if moment >= 0xFFFFFF else b"")


def times(messages: list[Message]) -> list[int]:
    return [message.timestamp for message in messages]


class TestFeed:
    def test_adds_the_delta_again_for_a_message_without_header(self) -> None:
        sent = a_header(0, 1000, 2) + b"ab" + a_header(2, 23) + b"cd" + b"\xc4ef" + b"\xc4gh"

        read = list(ChunkReader().feed(sent))

        assert times(read) == [1000, 1023, 1046, 1069]
        assert [message.payload for message in read] == [b"ab", b"cd", b"ef", b"gh"]

    def test_reads_the_extended_timestamp_in_every_chunk(self) -> None:
        late = 0x1000000
        again = b"\xc4" + late.to_bytes(4)
        sent = a_header(0, late, 300) + b"x" * 128 + again + b"y" * 128 + again + b"z" * 44

        (read,) = ChunkReader().feed(sent + a_header(1, 40, 1)[:-1])

        assert read.timestamp == late
        assert read.payload == b"x" * 128 + b"y" * 128 + b"z" * 44

    def test_wraps_at_32_bits(self) -> None:
        sent = a_header(0, 0xFFFFFFF0, 1) + b"a" + a_header(2, 0x20) + b"b"

        assert times(list(ChunkReader().feed(sent))) == [0xFFFFFFF0, 0x10]

    def test_weaves_chunk_streams_and_forgets_an_aborted_message(self) -> None:
        video = b"\x06\0\0\0\0\0\xc8" + bytes([VIDEO]) + b"\1\0\0\0" + b"v" * 128
        sent = video + pack(2, (6).to_bytes(4), chunk_stream=2)
        sent += pack(AUDIO, b"sound", chunk_stream=4) + video + b"\xc6" + b"w" * 72

        read = list(ChunkReader().feed(sent))

        assert [message.kind for message in read] == [AUDIO, VIDEO]
        assert read[1].payload == b"v" * 128 + b"w" * 72

    def test_reads_long_chunk_stream_numbers(self) -> None:
        body = pack(AUDIO, b"sound")[1:]

        read = list(ChunkReader().feed(b"\x00\x05" + body + b"\x01\x05\x01" + body))

        assert [message.payload for message in read] == [b"sound", b"sound"]

    @given(st.lists(st.integers(1, 40), max_size=60), st.binary(max_size=400))
    def test_reads_the_same_in_any_pieces(self, cuts: list[int], payload: bytes) -> None:
        first = a_header(0, 7, len(payload)) + payload[:128]
        rest = [b"\xc4" + payload[at : at + 128] for at in range(128, len(payload), 128)]
        sent = b"".join([first, *rest]) + pack(VIDEO, b"picture", chunk_stream=6)
        reader, pieces = ChunkReader(), list[Message]()

        for size in [*cuts, len(sent)]:
            pieces += reader.feed(sent[:size])
            sent = sent[size:]

        assert [message.payload for message in pieces] == [payload, b"picture"]

    @given(st.binary(max_size=3000))
    def test_meets_noise_with_its_own_error_only(self, noise: bytes) -> None:
        reader = ChunkReader(65536)

        with contextlib.suppress(MalformedRtmp):
            list(reader.feed(noise))

        assert len(reader._buffer) <= len(noise)

    @pytest.mark.parametrize("size", [0, MAX_CHUNK_BYTES + 1])
    def test_refuses_a_chunk_size_out_of_bounds(self, size: int) -> None:
        with pytest.raises(MalformedRtmp):
            list(ChunkReader().feed(pack(1, size.to_bytes(4))))

    def test_bounds_what_is_promised_over_all_chunk_streams(self) -> None:
        half = (40_000).to_bytes(3) + bytes([VIDEO]) + bytes(4) + b"x" * 128
        reader = ChunkReader(65536)
        list(reader.feed(b"\x04\0\0\0" + half))

        with pytest.raises(MalformedRtmp, match="larger than the limit"):
            list(reader.feed(b"\x05\0\0\0" + half))

    def test_bounds_the_chunk_streams(self) -> None:
        reader = ChunkReader()
        one_each = [pack(AUDIO, b"", chunk_stream=number) for number in range(3, 64)]
        long_ids = [bytes([0, number]) + pack(AUDIO, b"")[1:] for number in range(4)]

        assert len(reader.feed(b"".join(one_each + long_ids[:3]))) == MAX_CHUNK_STREAMS
        with pytest.raises(MalformedRtmp, match="too many"):
            reader.feed(long_ids[3])

    def test_waits_for_headers_and_not_for_bodies(self) -> None:
        reader = ChunkReader()
        sent = a_header(0, 0x1000000, 100) + b"x" * 60

        held: list[int] = []
        for byte in sent:
            reader.feed(bytes([byte]))
            held.append(len(reader._buffer))

        assert held == [*range(1, 16), *[0] * 61]
