"""SecureToken version 2, against a vector that others computed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.streams.rules.secure_tokens import SecureToken
from tests.conftest import NOON

PATH = "2020s-v/mp4:eeb162-1-20200331-18431.mp4"


class TestSecureToken:
    def test_hashes_as_the_engine_does(self) -> None:
        token = SecureToken(secret="afakesecret")

        found = token.hash(PATH, {"endtime": "1595365679"}, client_ip="172.18.0.1")

        assert found == "YVNbN1yQoLZdB1iL0-dao8Bjn0emRwZuSPmTw738TtQ="

    @pytest.mark.parametrize(("secret", "ip"), [("9secret", "10.0.0.1"), ("0secret", "10.0.0.1")])
    def test_sorts_a_secret_that_begins_with_a_digit_among_the_addresses(
        self, secret: str, ip: str
    ) -> None:
        whole = SecureToken(secret=secret).hash("live/x", {}, client_ip=ip)
        joined = "&".join(sorted([secret, ip]))

        swapped = SecureToken(secret=joined).hash("live/x", {})

        assert whole == swapped

    def test_says_from_when_until_when_with_the_prefix_of_the_application(self) -> None:
        token = SecureToken(secret="s", prefix="our")

        query = token.query("live/x", start=NOON, end=NOON + timedelta(minutes=1))

        begin = int(NOON.timestamp())
        assert query.startswith(f"ourendtime={begin + 60}&ourstarttime={begin}&ourhash=")
        assert query.endswith("=")
