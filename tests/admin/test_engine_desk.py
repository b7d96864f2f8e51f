"""The desk of encoders: who publishes at the moment, and the switch that hangs up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from apps.streams import wiring
from apps.streams.adapters.memory import Memory
from apps.streams.contracts import EngineSession
from kit.ids import id_of
from tests.accounts.builders import a_staff_member
from tests.admin.test_desk import listed, signed_in, text
from tests.streams.builders import a_live_broadcast

pytestmark = pytest.mark.django_db

DESK = "/admin/streams/enginedesk/"


@pytest.fixture
def engine(settings: LazySettings) -> Iterator[Memory]:
    settings.STREAMS_MEDIA_ENGINE = ("memory.Memory", {"polled": True})
    wiring.media_engine.cache_clear()
    made = wiring.media_engine()
    assert isinstance(made, Memory)
    yield made
    wiring.media_engine.cache_clear()


class TestEncoders:
    def test_are_listed_with_their_broadcast_and_without_their_key(self, engine: Memory) -> None:
        live = a_live_broadcast()
        for session_id, key in (("s1", "a secret"), ("s2", "a guess")):
            engine.sessions[session_id] = EngineSession(
                session_id=session_id, name=key, received_bytes=7_000_000
            )

        page = signed_in(a_staff_member("streams.view_enginedesk")).get(DESK)

        assert listed(page) == [id_of("s1"), id_of("s2")]
        for shown in (live.broadcast_id, "unknown", "7"):
            assert shown in text(page)
        assert "a secret" not in page.content.decode()

    @pytest.mark.parametrize(
        ("rights", "status", "left"),
        [((), 403, ["s1"]), (("streams.cut_session",), 302, [])],
    )
    def test_are_cut_by_whoever_may(
        self, engine: Memory, rights: tuple[str, ...], status: int, left: list[str]
    ) -> None:
        engine.sessions["s1"] = EngineSession(session_id="s1", name="x")
        staff = signed_in(a_staff_member("streams.view_enginedesk", *rights))

        answer = staff.post(f"{DESK}do/cut/", {"row": id_of("s1"), "confirmed": "yes"})

        assert (answer.status_code, list(engine.sessions)) == (status, left)

    def test_are_not_said_to_be_none_while_the_engine_is_away(self, engine: Memory) -> None:
        engine.is_down = True

        page = signed_in(a_staff_member("streams.view_enginedesk")).get(DESK)

        assert page.status_code == 503
        assert "does not answer" in text(page)
