"""Playlists of an engine that serves HLS itself, handed out below our own addresses.

A player that asked the engine could not be stopped before its token ends. So it asks us with each
playlist; we ask the engine once a second for all of them, by a token of moments, and point to the
engine only for segments: they are the load. Redis away: each request asks the engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, Final

from django.core.cache import cache

from apps.streams.contracts import LiveSegments
from apps.streams.errors import EngineDown, EngineRefused, SegmentNotFound
from apps.streams.ports import FoundPlaylist, HlsOrigin, LiveOutput
from apps.streams.rules.playlists import MASTER, ended
from apps.streams.rules.relayed import (
    CHILD,
    Course,
    first_variant,
    is_master,
    newest,
    relay_master,
    relay_media,
)

FRESH_S: Final = 1.0
# A token is handed out with 20 s left or more: a player's way through the segments of one list.
# Together with a verdict's life it ends within the minute in which a revoked viewer must be out.
TOKEN_S: Final = 40
MASTER_FRESH_S: Final = 20.0
# One asks at a time and playlist; once an engine did not answer nobody asks it for so long.
ASKING_S: Final = 4
DOWN_S: Final = 5
DOWN: Final = "relay:down"
# However slow an engine is, most threads of a web worker stay free for everything else.
_SLOTS: Final = BoundedSemaphore(4)
SLOT_WAIT_S: Final = 0.25
# Longer than any reconnect window: players are shown the last list until their encoder is back.
KEPT_S: Final = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """One broadcast's playlists, at a moment. What was told of them lies in the cache."""

    broadcast_id: str
    output: LiveOutput
    origin: HlsOrigin
    now: datetime

    def get(self, name: str, *, is_live: bool) -> str:
        """Return a playlist as its engine has it, or had it last.

        Raises:
            SegmentNotFound: no such playlist, or not yet.
            EngineDown: the engine does not answer, and nobody was shown anything before.

        """
        child = CHILD.fullmatch(name)
        if name != MASTER and not child:
            raise SegmentNotFound(name=name)
        key = self._key(name)
        told: dict[str, Any] | None = cache.get(key)
        if told and not is_live:
            return ended(told["body"])
        if told and (self._is_fresh(told) or not cache.add(f"{key}:asking", 1, ASKING_S)):
            return str(told["body"])
        try:
            with _a_slot():
                found = self._child(int(child[1]), told) if child else self._master(told)
        except (EngineDown, EngineRefused):
            if told is None:
                raise
            return str(told["body"])
        finally:
            cache.delete(f"{key}:asking")
        if found is None:
            found = self._gone(told, name)
        cache.set(key, found, KEPT_S)
        return str(found["body"])

    def fetch_newest(self, into: Path, *, count: int) -> LiveSegments:
        """Save the newest segments of the first variant; none where they are gone already.

        Raises:
            SegmentNotFound: nothing was on air yet.
            EngineDown: the engine does not answer.

        """
        text = self.get(MASTER, is_live=True)
        variant = first_variant(text)
        if variant:
            text = self.get(variant, is_live=True)
        init, addresses = newest(text, count)
        saved = [into / f"{number}.segment" for number in range(len(addresses))]
        wanted = [*zip(addresses, saved, strict=True), *([(init, into / "init")] if init else [])]
        if not all(self.origin.save(address, path) for address, path in wanted):
            return LiveSegments(init="", segments=[])
        return LiveSegments(
            init=str(into / "init") if init else "", segments=[str(path) for path in saved]
        )

    def _master(self, told: dict[str, Any] | None) -> dict[str, Any] | None:
        address = self.output.find_address(self.broadcast_id, now=self.now, ttl_s=TOKEN_S)
        found = self.origin.read(address) if address else None
        if found is None:
            return None
        if not is_master(found.text):
            return self._media(found, told)
        body, children = relay_master(found.text, address=found.address)
        return {"body": body, "until": self._in(MASTER_FRESH_S), "children": children}

    def _child(self, number: int, told: dict[str, Any] | None) -> dict[str, Any] | None:
        """Read one by the newest token; where it is gone by that, by a new one."""
        key = self._key(MASTER)
        master = cache.get(key)
        if master and self._is_fresh(master):
            if number >= len(master.get("children", ())):
                return None
            found = self._nth(master, number)
            if found:
                return self._media(found, told)
        master = self._master(None)
        if master is None:
            return None
        cache.set(key, master, KEPT_S)
        found = self._nth(master, number)
        return self._media(found, told) if found else None

    def _nth(self, master: dict[str, Any], number: int) -> FoundPlaylist | None:
        children = master.get("children", ())
        return self.origin.read(children[number]) if number < len(children) else None

    def _media(self, found: FoundPlaylist, told: dict[str, Any] | None) -> dict[str, Any]:
        course = (told or {}).get("course")
        before = Course(**course) if course else None
        relayed = relay_media(found.text, address=found.address, before=before)
        if relayed is None:
            return {**(told or {}), "until": self._in(FRESH_S)}
        body, after = relayed
        return {"body": body, "until": self._in(FRESH_S), "course": asdict(after)}

    def _gone(self, told: dict[str, Any] | None, name: str) -> dict[str, Any]:
        """Go on to show what was there: the encoder may come back."""
        if told is None:
            raise SegmentNotFound(name=name)
        gone = {**told, "until": self._in(FRESH_S)}
        if "course" in told:
            gone["course"] = {**told["course"], "is_gone": True}
        return gone

    def _key(self, name: str) -> str:
        return f"relay:{self.broadcast_id}:{name}"

    def _is_fresh(self, told: dict[str, Any]) -> bool:
        return bool(self.now.timestamp() < told["until"])

    def _in(self, seconds: float) -> float:
        return self.now.timestamp() + seconds


@contextmanager
def _a_slot() -> Iterator[None]:
    """Let few ask at a time, and nobody for a while after an engine did not answer.

    Raises:
        EngineDown: it did not answer, now or a moment ago, or too many wait for it.

    """
    if cache.get(DOWN):
        raise EngineDown(why="it did not answer a moment ago")
    if not _SLOTS.acquire(timeout=SLOT_WAIT_S):
        raise EngineDown(why="too many wait for it")
    try:
        yield
    except EngineDown:
        cache.set(DOWN, 1, DOWN_S)
        raise
    finally:
        _SLOTS.release()
