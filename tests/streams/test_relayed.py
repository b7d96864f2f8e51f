"""Playlists of an engine's own, handed out below our addresses: what a player makes of them."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.streams.rules.relayed import Course, first_variant, newest, relay_master, relay_media

ADDRESS = "https://engine.example.org/live/smil:01J.smil/playlist.m3u8?token=1"
BELOW = "https://engine.example.org/live/smil:01J.smil"
LISTED = 3

MASTER = """#EXTM3U
#EXT-X-VERSION:4
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Sound",URI="sound.m3u8"
#EXT-X-SESSION-KEY:METHOD=AES-128,URI="key"

#EXT-X-STREAM-INF:BANDWIDTH=3128000,AUDIO="a"
chunklist_w1_b3128000.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=800000,AUDIO="a"
https://edge.example.org/low.m3u8
"""

MEDIA = """#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:4
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-MAP:URI="init.mp4"
#EXTINF:4.0,
media_w1_7.m4s
#EXT-X-PART:DURATION=1,URI="part.m4s"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="next.m4s"
"""


class TestMaster:
    def test_names_each_playlist_by_number(self) -> None:
        text, children = relay_master(MASTER, address=ADDRESS)

        assert children == [
            f"{BELOW}/sound.m3u8",
            f"{BELOW}/chunklist_w1_b3128000.m3u8",
            "https://edge.example.org/low.m3u8",
        ]
        assert 'NAME="Sound",URI="of-engine/0.m3u8"' in text
        lines = text.splitlines()
        assert [line for line in lines if not line.startswith("#")] == [
            "of-engine/1.m3u8",
            "of-engine/2.m3u8",
        ]

    def test_has_a_first_playlist_of_pictures(self) -> None:
        text, _ = relay_master(MASTER, address=ADDRESS)

        assert first_variant(text) == "of-engine/1.m3u8"
        assert first_variant(MEDIA) == ""

    def test_leaves_what_is_no_playlist_where_it_is(self) -> None:
        text, _ = relay_master(MASTER, address=ADDRESS)

        assert f'#EXT-X-SESSION-KEY:METHOD=AES-128,URI="{BELOW}/key"' in text


class TestMedia:
    def test_sends_players_to_the_engine_for_segments(self) -> None:
        text, course = led(MEDIA)

        assert f'#EXT-X-MAP:URI="{BELOW}/init.mp4"' in text
        assert f"\n{BELOW}/media_w1_7.m4s\n" in text
        assert (course.first, course.end) == (7, 8)

    def test_promises_no_low_latency_that_we_would_not_keep(self) -> None:
        text, _ = led(MEDIA)

        assert not [tag for tag in ("CONTROL", "PART:", "HINT") if tag in text]

    def test_names_what_is_newest(self) -> None:
        more = MEDIA + "#EXTINF:4.0,\nmedia_w1_8.m4s\n"
        text, _ = led(more)

        assert newest(text, 1) == (f"{BELOW}/init.mp4", [f"{BELOW}/media_w1_8.m4s"])
        assert newest(window(1, 0, 3), 2) == ("", ["1_1", "1_2"])

    @pytest.mark.parametrize("text", ["#EXTM3U", "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:many\n"])
    def test_may_be_empty(self, text: str) -> None:
        shown, course = led(text)

        assert shown.startswith("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n")
        assert course == Course()

    def test_counts_the_breaks_of_a_server_on_when_it_begins_anew(self) -> None:
        broken = window(1, 5, 7).replace(
            "SEQUENCE:5", "SEQUENCE:5\n#EXT-X-DISCONTINUITY-SEQUENCE:3"
        )
        broken = broken.replace("1_5\n", "1_5\n#EXT-X-DISCONTINUITY\n")
        _, before = led(broken)

        text, _ = led(window(2, 0, 1), before)

        assert (before.breaks, cuts_before(text)) == (4, 4)
        assert text.count("#EXT-X-DISCONTINUITY\n") == 1

    def test_goes_on_after_a_start_so_short_that_its_numbers_never_fell(self) -> None:
        _, before = led(window(1, 0, 2))
        gone = Course(first=before.first, end=before.end, is_gone=True)

        text, after = led(window(2, 0, 3), gone)

        assert seen(text) == {2: "2_0", 3: "2_1", 4: "2_2"}
        assert after.shift == 2

    def test_is_not_led_back_by_a_cache_that_is_behind(self) -> None:
        shown, course = [], None
        for first in (100, 101, 100, 102, 101, 103):
            relayed = relay_media(window(1, first, first + 3), address=ADDRESS, before=course)
            if relayed:
                text, course = relayed
                shown.append(seen(text))

        assert [min(one) for one in shown] == [100, 101, 102, 103]
        assert course is not None
        assert (course.cuts, course.shift) == ((), 0)

    def test_remembers_only_breaks_that_are_listed(self) -> None:
        _, course = led(window(0, 7, 10))
        for session in range(1, 4):
            for end in range(1, 9):
                _, course = led(window(session, max(end - LISTED, 0), end), course)

        assert (course.cuts, course.breaks_shift) == ((), 3)

    def test_does_not_begin_anew_after_a_server_that_was_away_for_a_moment(self) -> None:
        gone = Course(first=4, end=7, is_gone=True)

        text, _ = led(window(1, 6, 9), gone)

        assert seen(text) == {6: "1_6", 7: "1_7", 8: "1_8"}


class TestPlayer:
    @given(st.lists(st.integers(LISTED + 1, 12), min_size=1, max_size=5))
    def test_never_sees_numbers_fall_or_one_number_twice(self, lengths: list[int]) -> None:
        """Each session is so many segments long, begins at 0, and is looked at all the time."""
        known: dict[int, str] = {}
        cuts, course = 0, None
        for session, length in enumerate(lengths):
            for end in range(1, length + 1):
                text, course = led(window(session, max(end - LISTED, 0), end), course)
                now = seen(text)
                assert all(known.get(number, name) == name for number, name in now.items())
                assert max(now) >= max(known, default=0)
                known |= now
                assert cuts_before(text) >= cuts
                cuts = cuts_before(text)
                assert cuts + text.count("#EXT-X-DISCONTINUITY\n") == session

        assert list(known) == list(range(sum(lengths)))
        assert [known[number] for number in known] == [
            f"{session}_{number}"
            for session, length in enumerate(lengths)
            for number in range(length)
        ]


def led(text: str, before: Course | None = None) -> tuple[str, Course]:
    """Return what players are shown of a playlist that is no older one."""
    relayed = relay_media(text, address=ADDRESS, before=before)
    assert relayed is not None
    return relayed


def window(session: int, first: int, end: int) -> str:
    """Return what an engine lists of one session."""
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:2", f"#EXT-X-MEDIA-SEQUENCE:{first}"]
    for number in range(first, end):
        lines += ["#EXTINF:2.0,", f"{session}_{number}"]
    return "\n".join([*lines, ""])


def seen(text: str) -> dict[int, str]:
    """Return the segments of a playlist by number."""
    lines = text.splitlines()
    start = next(int(line.partition(":")[2]) for line in lines if "MEDIA-SEQUENCE" in line)
    base = urljoin(ADDRESS, ".")
    names = [line.removeprefix(base) for line in lines if not line.startswith("#")]
    return dict(enumerate(names, start))


def cuts_before(text: str) -> int:
    return next(
        int(line.partition(":")[2])
        for line in text.splitlines()
        if line.startswith("#EXT-X-DISCONTINUITY-SEQUENCE:")
    )
