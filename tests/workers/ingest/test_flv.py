"""Timestamps and tags on the way to ffmpeg."""

from __future__ import annotations

import pytest

from workers.ingest import amf
from workers.ingest.chunks import AUDIO, DATA, VIDEO, Message
from workers.ingest.errors import UnsupportedCodec
from workers.ingest.flv import Timeline, Track
from workers.ingest.meter import Meter

VIDEO_SETTINGS = b"\x17\x00\x00\x00\x00sps"
AUDIO_SETTINGS = b"\xaf\x00\x12\x10"
KEY = b"\x17\x01\x00\x00\x00key"
INTER = b"\x27\x01\x00\x00\x00p"
SOUND = b"\xaf\x01sound"


def a_message(kind: int, payload: bytes, timestamp: int = 0) -> Message:
    return Message(kind, timestamp, 1, payload)


class TestTimeline:
    def test_begins_at_nothing_wherever_the_encoder_does(self) -> None:
        timeline = Timeline()

        assert [timeline.place(VIDEO, 987_654_321 + at) for at in (0, 33, 67)] == [0, 33, 67]

    def test_runs_on_over_the_wrap(self) -> None:
        timeline = Timeline()

        assert [timeline.place(VIDEO, at % 2**32) for at in (2**32 - 10, 2**32 + 10)] == [0, 20]

    def test_never_runs_backwards_within_a_track(self) -> None:
        timeline = Timeline()

        placed = [timeline.place(VIDEO, at) for at in (1000, 1040, 1020, 1080)]

        assert placed == [0, 40, 40, 80]

    def test_keeps_sound_and_pictures_apart_by_what_they_are_apart(self) -> None:
        timeline = Timeline()
        timeline.place(VIDEO, 1000)
        timeline.place(VIDEO, 1100)

        assert timeline.place(AUDIO, 1046) == 46

    @pytest.mark.parametrize("jump", [-5_000_000, 5_000_000])
    def test_takes_a_clock_that_was_set_for_no_pause(self, jump: int) -> None:
        timeline = Timeline()
        timeline.place(VIDEO, 10_000_000)
        timeline.place(VIDEO, 10_001_000)

        assert timeline.place(VIDEO, 10_001_033 + jump) == 1000
        assert timeline.place(VIDEO, 10_001_066 + jump) == 1033


class TestTag:
    def test_begins_with_a_key_frame_after_its_settings(self) -> None:
        track = Track(Meter())

        before = [track.tag(a_message(VIDEO, body)) for body in (KEY, VIDEO_SETTINGS, INTER)]
        after = [track.tag(a_message(VIDEO, body)) for body in (KEY, INTER)]

        assert [bool(tag) for tag in before] == [False, True, False]
        assert all(after)
        assert before[1].startswith(b"FLV\x01\x05\0\0\0\x09\0\0\0\0\x09\0\0\x08")

    def test_names_only_the_media_that_the_encoder_announced(self) -> None:
        track = Track(Meter())
        said = amf.encode("@setDataFrame", "onMetaData", {"videocodecid": 7.0, "lat": 1.0})

        assert track.tag(a_message(DATA, said)) == b""
        assert track.tag(a_message(VIDEO, VIDEO_SETTINGS))[:5] == b"FLV\x01\x01"

    def test_survives_metadata_that_is_garbled(self) -> None:
        track = Track(Meter())

        track.tag(a_message(DATA, b"\x11\xff"))

        assert track.tag(a_message(AUDIO, AUDIO_SETTINGS))[:5] == b"FLV\x01\x05"

    def test_drops_sound_without_settings_and_settings_said_twice(self) -> None:
        track = Track(Meter())

        tags = [
            track.tag(a_message(AUDIO, body))
            for body in (SOUND, AUDIO_SETTINGS, AUDIO_SETTINGS, SOUND)
        ]

        assert [bool(tag) for tag in tags] == [False, True, False, True]

    def test_notices_settings_that_change(self) -> None:
        track = Track(Meter())
        track.tag(a_message(VIDEO, VIDEO_SETTINGS))

        assert track.changes_settings(a_message(VIDEO, VIDEO_SETTINGS + b"2"))
        assert not track.changes_settings(a_message(VIDEO, VIDEO_SETTINGS))
        assert not track.changes_settings(a_message(AUDIO, AUDIO_SETTINGS))

    @pytest.mark.parametrize(
        ("kind", "payload"),
        [(VIDEO, b"\x12\x00\x00\x00\x00"), (VIDEO, b"\x90hvc1"), (AUDIO, b"\x2f\xff")],
    )
    def test_refuses_other_codecs(self, kind: int, payload: bytes) -> None:
        with pytest.raises(UnsupportedCodec):
            Track(Meter()).tag(a_message(kind, payload))

    @pytest.mark.parametrize("payload", [b"", b"\x17", b"\x17\x01\x00\x00"])
    def test_drops_stubs(self, payload: bytes) -> None:
        assert Track(Meter()).tag(a_message(VIDEO, payload)) == b""
