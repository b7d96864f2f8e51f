from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import pytest
from django.conf import LazySettings

from apps.notifications.adapters.memory import MemoryShelf
from apps.notifications.adapters.shelf import CacheShelf
from apps.notifications.adapters.tokens import Minted, SharedToken
from apps.notifications.errors import ShelfDown
from apps.notifications.ports import TokenShelf


@dataclass(slots=True)
class Mint:
    made: list[str] = field(default_factory=list)

    def __call__(self) -> Minted:
        self.made.append(f"token-{len(self.made)}")
        return Minted(self.made[-1], 3600)


class TestSharedToken:
    def test_is_minted_once_for_everybody(self) -> None:
        mint, shelf = Mint(), MemoryShelf()

        shown = {a_token(mint, shelf).get() for _ in range(5)}

        assert shown == {"token-0"}

    def test_is_renewed_when_it_is_no_longer_fresh(self) -> None:
        mint, shelf = Mint(), MemoryShelf()
        shelf.keep("t", "old", minted_at=int(time.time()) - 100, ttl_s=60)

        assert a_token(mint, shelf).get() == "token-0"

    def test_is_still_the_old_one_while_somebody_else_renews_it(self) -> None:
        mint, shelf = Mint(), MemoryShelf()
        shelf.keep("t", "old", minted_at=int(time.time()) - 100, ttl_s=60)
        shelf.claim("t", for_s=10)

        assert a_token(mint, shelf).get() == "old"
        assert mint.made == []

    def test_waits_for_the_first_one(self) -> None:
        mint, shelf = Mint(), MemoryShelf()
        shelf.claim("t", for_s=10)
        now = int(time.time())
        other = threading.Timer(0.1, lambda: shelf.keep("t", "theirs", minted_at=now, ttl_s=60))
        other.start()

        assert a_token(mint, shelf).get() == "theirs"
        other.join()

    def test_is_minted_anew_when_a_provider_refused_an_old_one(self) -> None:
        mint, shelf = Mint(), MemoryShelf()
        shelf.keep("t", "old", minted_at=int(time.time()) - 30, ttl_s=60)
        token = a_token(mint, shelf)

        assert token.refused("old")
        assert token.get() == "token-0"

    def test_is_not_minted_anew_while_it_is_young(self) -> None:
        mint, shelf = Mint(), MemoryShelf()
        token = a_token(mint, shelf)

        assert not token.refused(token.get())
        assert mint.made == ["token-0"]

    def test_has_a_newer_one_when_somebody_else_was_refused_before(self) -> None:
        mint, shelf = Mint(), MemoryShelf()
        token = a_token(mint, shelf)
        token.get()

        assert token.refused("older")
        assert mint.made == ["token-0"]


@pytest.mark.parametrize("shelf", [MemoryShelf(), CacheShelf()], ids=["memory", "cache"])
class TestTokenShelf:
    def test_gives_back_what_it_keeps(self, shelf: TokenShelf) -> None:
        shelf.keep("name", "text", minted_at=7, ttl_s=60)

        assert shelf.find("name") == ("text", 7)
        assert shelf.find("other") is None

    def test_lets_one_mint_at_a_time(self, shelf: TokenShelf) -> None:
        assert shelf.claim("mint", for_s=60)
        assert not shelf.claim("mint", for_s=60)

        shelf.keep("mint", "text", minted_at=7, ttl_s=60)

        assert shelf.claim("mint", for_s=60)

    def test_drops(self, shelf: TokenShelf) -> None:
        shelf.keep("name", "text", minted_at=7, ttl_s=60)

        shelf.drop("name")

        assert shelf.find("name") is None


class TestCacheShelf:
    def test_says_when_the_server_is_away(self, settings: LazySettings) -> None:
        nobody = {**settings.CACHES["state"], "LOCATION": "redis://127.0.0.1:1/0"}
        settings.CACHES = {**settings.CACHES, "nobody": nobody}

        with pytest.raises(ShelfDown):
            CacheShelf("nobody").find("name")


def a_token(mint: Mint, shelf: TokenShelf) -> SharedToken:
    return SharedToken(name="t", shelf=shelf, mint=mint, fresh_s=60, young_s=20)
