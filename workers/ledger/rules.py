"""Pure decisions of the ledger: one row a letter, how a body is kept, what a search means."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from kit.ids import is_id
from kit.letters import Code
from workers.ledger.contracts import Wanted
from workers.ledger.errors import BadSearch

STATES: Final = ("waiting", "replayed", "dropped")
ANY: Final = "any"
CODES: Final = frozenset(map(str, Code))
KINDS: Final = frozenset({"task", "event", "unknown"})

# Whoever claimed a letter and did not say how it went within this has died on the way.
CLAIM_S: Final = 60
SETTLED_KEPT: Final = timedelta(days=30)

MAX_TEXT_BYTES: Final = 65_536
# Well under the 16 MB of a document, whatever else the row holds.
MAX_INLINE_CHARS: Final = 262_144
PART_CHARS: Final = 4_194_304

MAX_TRIES_KEPT: Final = 1_000_000
SPAN: Final = re.compile(r"(\d{1,5})([smhd])")
UNITS_S: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
SEARCH_HINT: Final = "queue:previews name:social.upload code:gave-up state:any since:2h, or an id"


def mark(queue: str, letter_id: str) -> str:
    """Return what makes a letter one row, however often it dies in a queue."""
    return hashlib.sha256(f"{queue}\n{letter_id}".encode(errors="replace")).hexdigest()[:32]


def death(at: datetime) -> str:
    """Return what tells one death from the next, to the microsecond.

    No ISO text, as the embedded engine takes that for a moment and compares milliseconds.
    """
    return f"at-{int(at.timestamp() * 1_000_000)}"


def clean(text: str, *, most: int) -> str:
    """Return text a document can hold: JSON may name half a character (a lone surrogate)."""
    return text.encode(errors="replace").decode()[:most]


def pack(body: bytes) -> tuple[str, str]:
    """Return (form, text) of a body; form is text | base64 | zlib, and nothing is lost."""
    if len(body) > MAX_TEXT_BYTES:
        return "zlib", base64.b64encode(zlib.compress(body)).decode()
    try:
        return "text", body.decode()
    except UnicodeDecodeError:
        return "base64", base64.b64encode(body).decode()


def unpack(form: str, text: str) -> bytes:
    """Return the body that `pack` was given."""
    if form == "text":
        return text.encode()
    packed = base64.b64decode(text)
    return zlib.decompress(packed) if form == "zlib" else packed


def split(text: str) -> list[str]:
    """Cut a packed body that is too long for its row into parts; none where it fits."""
    if len(text) <= MAX_INLINE_CHARS:
        return []
    return [text[at : at + PART_CHARS] for at in range(0, len(text), PART_CHARS)]


def read_span(text: str) -> timedelta | None:
    """Read 90s, 15m, 2h or 3d."""
    found = SPAN.fullmatch(text)
    return timedelta(seconds=int(found[1]) * UNITS_S[found[2]]) if found else None


def read_search(text: str, *, now: datetime) -> Wanted:
    """Read what an operator typed: `word:value` pairs, or a bare id, state, code or name.

    Raises:
        BadSearch: a word that is none of these.

    """
    wanted = Wanted()
    for word in text.split():
        key, is_pair, value = word.partition(":")
        if not (is_pair and value):
            key, value = _guess(word), word
        wanted = _narrow(wanted, key, value, now)
    return wanted


def _guess(word: str) -> str:
    if is_id(word):
        return "row_id"
    if word in STATES or word == ANY:
        return "state"
    if word in CODES:
        return "code"
    return "name" if "." in word else "letter_id"


def _narrow(wanted: Wanted, key: str, value: str, now: datetime) -> Wanted:
    if key in {"row_id", "letter_id", "id"}:  # one letter, whatever became of it
        key = "row_id" if is_id(value) else "letter_id"
        changed: dict[str, Any] = {key: value, "state": ""}
        return replace(wanted, **changed)
    if key == "state" and value in {*STATES, ANY}:
        return replace(wanted, state="" if value == ANY else value)
    if key == "since" and (span := read_span(value)):
        return replace(wanted, since=now - span)
    if key in {"queue", "name"} or (key, value in CODES) == ("code", True):
        changed = {key: value}
        return replace(wanted, **changed)
    if key == "kind" and value in KINDS:
        return replace(wanted, kind=value)
    raise BadSearch(word=f"{key}:{value}", hint=SEARCH_HINT)
