from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.notifications.contracts import Channels, Outcome, QuietHours, Verdict, Wishes
from apps.notifications.errors import (
    EmptyQuietHours,
    MalformedInstallation,
    MalformedToken,
    UnknownNoticeType,
    UnknownTimeZone,
    WrongProvider,
)
from apps.notifications.rules import addresses, audience, notices, sending
from apps.notifications.rules.sending import Fate
from tests.conftest import NOON

CLOCKS = st.times().map(lambda moment: moment.strftime("%H:%M"))


class TestCanonical:
    @pytest.mark.parametrize(
        ("kind", "address"),
        [
            ("apns_token", "ab" * 32),
            ("apns_token", "0f" * 100),
            ("fcm_token", "d_-:" * 25),
            ("fcm_fid", "cIgLh3ZuQkqB1_-abcdefg"),
        ],
    )
    def test_takes_what_providers_hand_out(self, kind: str, address: str) -> None:
        assert addresses.canonical(kind, address) == address

    @pytest.mark.parametrize(
        ("kind", "address", "rule"),
        [
            ("apns_token", "ab" * 31, "64 to 200"),
            ("apns_token", "ab" * 101, "64 to 200"),
            ("apns_token", "a" * 65, "even number"),
            ("apns_token", "zz" * 32, "64 to 200"),
            ("apns_token", "ab" * 32 + "\n", "64 to 200"),
            ("fcm_token", "a" * 99, "at least 100"),
            ("fcm_token", "a" * 99 + '"', "at least 100"),
            ("fcm_fid", "a" * 21, "22 of"),
        ],
    )
    def test_names_the_rule_that_is_broken(self, kind: str, address: str, rule: str) -> None:
        with pytest.raises(MalformedToken, match=rule):
            addresses.canonical(kind, address)

    def test_compares_hexadecimal_in_any_case(self) -> None:
        assert addresses.canonical("apns_token", "AB" * 32) == "ab" * 32


class TestInstallation:
    def test_has_one_spelling(self) -> None:
        known = uuid.uuid4()

        assert addresses.installation(str(known).upper()) == str(known)

    @pytest.mark.parametrize("text", ["", "phone", "0" * 31, "../" * 10])
    def test_refuses_what_is_no_uuid(self, text: str) -> None:
        with pytest.raises(MalformedInstallation):
            addresses.installation(text)


class TestProviderFor:
    def test_follows_the_kind_of_address(self) -> None:
        assert addresses.provider_for("ios", "apns_token") == "apns"
        assert addresses.provider_for("ios", "fcm_fid") == "fcm"
        assert addresses.provider_for("android", "fcm_token") == "fcm"

    def test_refuses_an_android_on_apns(self) -> None:
        with pytest.raises(WrongProvider):
            addresses.provider_for("android", "apns_token")


class TestWord:
    def test_fills_in_the_facts(self) -> None:
        worded = notices.word("broadcast_live", "en", {"creator": "Ada", "title": "Launch"})

        assert worded == ("Ada is live", "Launch")

    @pytest.mark.parametrize("lang", ["de-CH", "xx", "EN_us", ""])
    def test_falls_back_to_english(self, lang: str) -> None:
        assert notices.word("upload_failed", lang, {})[0] == "YouTube upload failed"

    @given(st.text(), st.sampled_from(sorted(notices.REGISTRY)))
    def test_always_fits_a_push(self, text: str, type_: str) -> None:
        title, body = notices.word(type_, "en", {"creator": text, "title": text})

        assert len(title) <= notices.TITLE_CHARS
        assert len(body) <= notices.BODY_CHARS

    def test_knows_every_type_in_english(self) -> None:
        assert {type_ for type_, lang in notices.WORDING if lang == "en"} == set(notices.REGISTRY)


class TestIsAnnounced:
    @pytest.mark.parametrize(
        ("visibility", "is_said"),
        [("public", True), ("followers", True), ("unlisted", False), ("private", False)],
    )
    def test_keeps_what_is_not_for_followers(self, visibility: str, *, is_said: bool) -> None:
        assert notices.is_announced(visibility) is is_said


class TestPushId:
    def test_is_one_for_a_notice_on_a_device(self) -> None:
        first = notices.push_id("notice", "device")

        assert first == notices.push_id("notice", "device")
        assert first != notices.push_id("notice", "other")
        assert uuid.UUID(first).version == 5


class TestWantsPush:
    @pytest.mark.parametrize(
        ("type_", "bell", "is_pushed"),
        [
            ("broadcast_live", "all", True),
            ("broadcast_live", "highlights", True),
            ("broadcast_live", "none", False),
            ("video_published", "all", False),  # off by default
        ],
    )
    def test_follows_the_bell_and_the_default(
        self, type_: str, bell: str, *, is_pushed: bool
    ) -> None:
        kind = notices.find_type(type_)

        wants = audience.wants_push(kind, bell=bell, wishes=Wishes(), now=NOON)

        assert wants is is_pushed

    @pytest.mark.parametrize(("bell", "is_pushed"), [("all", True), ("highlights", False)])
    def test_takes_videos_for_no_highlight(self, bell: str, *, is_pushed: bool) -> None:
        wishes = Wishes(types={"video_published": Channels(push=True, inapp=True)})
        kind = notices.find_type("video_published")

        assert audience.wants_push(kind, bell=bell, wishes=wishes, now=NOON) is is_pushed

    def test_is_silent_in_quiet_hours(self) -> None:
        wishes = Wishes(quiet_hours=QuietHours(tz="UTC", start="11:00", end="13:00"))
        kind = notices.find_type("broadcast_live")

        assert not audience.wants_push(kind, bell="all", wishes=wishes, now=NOON)


class TestQuietUntil:
    @pytest.mark.parametrize(
        ("start", "end", "until_h"),
        [
            ("11:00", "13:00", 13),
            ("12:00", "12:30", 12.5),
            ("22:00", "13:00", 13),
            ("11:30", "07:00", 31),
            ("13:00", "14:00", None),
            ("11:00", "12:00", None),
            ("22:00", "07:00", None),
        ],
    )
    def test_ends_with_the_window(self, start: str, end: str, until_h: float | None) -> None:
        hours = QuietHours(tz="UTC", start=start, end=end)

        until = audience.quiet_until(hours, NOON)

        midnight = NOON.replace(hour=0)
        assert until == (None if until_h is None else midnight + timedelta(hours=until_h))

    def test_goes_by_the_clock_of_the_zone(self) -> None:
        hours = QuietHours(tz="Asia/Tokyo", start="20:00", end="22:00")  # 12:00 UTC is 21:00

        assert audience.quiet_until(hours, NOON) == NOON + timedelta(hours=1)

    @given(CLOCKS, CLOCKS, st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001
    def test_is_over_when_it_says_so(self, start: str, end: str, naive: datetime) -> None:
        now = naive.replace(tzinfo=UTC)
        hours = QuietHours(tz="Asia/Kolkata", start=start, end=end)

        until = audience.quiet_until(hours, now)

        if until is not None:
            assert now < until <= now + timedelta(days=1)
            assert audience.quiet_until(hours, until) is None
            assert until.astimezone(ZoneInfo("Asia/Kolkata")).strftime("%H:%M") == end


class TestCheck:
    def test_takes_what_can_be_followed(self) -> None:
        audience.check(
            Wishes(
                types={"broadcast_live": Channels(push=False, inapp=True)},
                quiet_hours=QuietHours(tz="Europe/Zurich", start="22:00", end="07:00"),
            )
        )

    def test_refuses_an_unknown_type(self) -> None:
        with pytest.raises(UnknownNoticeType):
            audience.check(Wishes(types={"birthday": Channels(push=True, inapp=True)}))

    @pytest.mark.parametrize("tz", ["Mars/Olympus", "", "../../etc/passwd"])
    def test_refuses_an_unknown_zone(self, tz: str) -> None:
        with pytest.raises(UnknownTimeZone):
            audience.check(Wishes(quiet_hours=QuietHours(tz=tz, start="22:00", end="07:00")))

    def test_refuses_hours_without_length(self) -> None:
        with pytest.raises(EmptyQuietHours):
            audience.check(Wishes(quiet_hours=QuietHours(tz="UTC", start="7:00", end="7:00")))


class TestFate:
    @pytest.mark.parametrize(
        "verdict",
        [Verdict.RETRY, Verdict.UNPROCESSED, Verdict.CREDENTIALS, Verdict.WRONG_ENV],
    )
    @pytest.mark.parametrize("passive", [True, False])
    def test_leaves_open_what_another_try_may_mend(
        self, verdict: Verdict, *, passive: bool
    ) -> None:
        assert sending.fate(verdict, passive=passive) is None

    def test_doubts_once(self) -> None:
        assert sending.fate(Verdict.UNKNOWN, passive=False) is None
        assert sending.fate(Verdict.UNKNOWN, passive=True) is Fate.UNKNOWN


class TestDropsWrongApp:
    @pytest.mark.parametrize(("wrong", "drops"), [(1, True), (5, True), (6, False), (500, False)])
    def test_blames_phones_for_one_percent(self, wrong: int, *, drops: bool) -> None:
        outcomes = [Outcome(verdict=Verdict.WRONG_APP)] * wrong
        outcomes += [Outcome(verdict=Verdict.ACCEPTED)] * (500 - wrong)

        assert sending.drops_wrong_app(outcomes) is drops


class TestWaitS:
    @given(st.integers(0, 50), st.integers(0, 3600))
    def test_is_bounded_and_never_shorter_than_asked(self, attempts: int, asked_s: int) -> None:
        wait = sending.wait_s(attempts, asked_s)

        assert asked_s <= wait <= max(sending.MAX_WAIT_S, asked_s) * 1.25


class TestPack:
    @given(st.dictionaries(st.uuids().map(str), st.sampled_from(Fate)))
    def test_gives_back_every_fate(self, fates: dict[str, Fate]) -> None:
        halves = [dict(list(fates.items())[::2]), dict(list(fates.items())[1::2])]

        packed = [sending.pack_fates(half) for half in halves]

        assert sending.unpack_fates(packed) == fates

    @given(st.lists(st.uuids().map(str), unique=True))
    def test_gives_back_every_id(self, ids: list[str]) -> None:
        assert sending.unpack_ids(sending.pack_ids(ids)) == ids

    @given(st.lists(st.integers()), st.integers(1, 50))
    def test_cut_keeps_everything_in_order(self, rows: list[int], size: int) -> None:
        parts = sending.cut(rows, size)

        assert [row for part in parts for row in part] == rows
        assert all(0 < len(part) <= size for part in parts)
