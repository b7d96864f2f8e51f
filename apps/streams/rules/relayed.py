"""Playlists of another server's, as we hand them out: RFC 8216, line by line.

Playlists below a master are asked of us by number, whatever is no playlist of the server itself.
What a server begins anew after its encoder was away goes on here: segment numbers only grow, as
a player that sees them fall waits until they are back where they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urljoin

CHILD: Final = re.compile(r"of-engine/(\d{1,2})\.m3u8")
_URI: Final = re.compile(r'(?<=URI=")[^"]*(?=")')
_TAGS_OF_PLAYLISTS: Final = ("#EXT-X-MEDIA:", "#EXT-X-I-FRAME-STREAM-INF:")
_TAGS_OF_SEGMENTS: Final = (
    *("#EXTINF:", "#EXT-X-MAP:", "#EXT-X-KEY:", "#EXT-X-PROGRAM-DATE-TIME:", "#EXT-X-BYTERANGE:"),
)
_NUMBER: Final = "#EXT-X-MEDIA-SEQUENCE:"
_CUTS: Final = "#EXT-X-DISCONTINUITY-SEQUENCE:"
_CUT: Final = "#EXT-X-DISCONTINUITY"
# Low latency needs answers that wait for the next part. A player that finds none of these reloads.
_LOW_LATENCY: Final = (
    *("#EXT-X-SERVER-CONTROL:", "#EXT-X-PART:", "#EXT-X-PART-INF:", "#EXT-X-PRELOAD-HINT:"),
    *("#EXT-X-RENDITION-REPORT:", "#EXT-X-SKIP:"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How far players were led: the server's count, and what makes it ours.

    `first` and `end` are the server's numbers of the oldest segment and after the newest, `breaks`
    its discontinuities so far; the shifts are added to them. `cuts` are our numbers of listed
    segments that begin something new, `is_gone` says that the server has had nothing since.
    """

    first: int = 0
    end: int = 0
    breaks: int = 0
    shift: int = 0
    breaks_shift: int = 0
    cuts: tuple[int, ...] = ()
    is_gone: bool = False


def is_master(text: str) -> bool:
    return "#EXT-X-STREAM-INF:" in text


def relay_master(text: str, *, address: str) -> tuple[str, list[str]]:
    """Return a master playlist with its playlists by number, and their addresses in that order."""
    children: list[str] = []

    def numbered(uri: str) -> str:
        children.append(urljoin(address, uri))
        return f"of-engine/{len(children) - 1}.m3u8"

    lines = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if not line.startswith("#"):
            lines.append(numbered(line))
        elif line.startswith(_TAGS_OF_PLAYLISTS):
            lines.append(_URI.sub(lambda found: numbered(found[0]), line))
        else:
            lines.append(_URI.sub(lambda found: urljoin(address, found[0]), line))
    return _joined(lines), children


def relay_media(text: str, *, address: str, before: Course | None) -> tuple[str, Course] | None:
    """Return a media playlist with whole addresses that goes on where `before` ended.

    None where it is older than what was shown: caches before a server do not agree to the second.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    first, theirs = _number(lines, _NUMBER), _number(lines, _CUTS)
    segments = sum(not line.startswith("#") for line in lines)
    seen = Course(first=first, end=first + segments, breaks=theirs + lines.count(_CUT))
    if before is not None and not before.is_gone and before.first < seen.end < before.end:
        return None
    course = _course(before, seen)
    ours = first + course.shift
    head = {_NUMBER: ours, _CUTS: theirs + course.breaks_shift}
    shown, number = [lines[0], *(f"{tag}{value}" for tag, value in head.items())], ours
    is_cut_due = number in course.cuts
    for line in lines[1:]:
        if line.startswith((*head, *_LOW_LATENCY)):
            continue
        if is_cut_due and _is_of_a_segment(line):
            shown.append(_CUT)
            is_cut_due = False
        if line.startswith("#"):
            shown.append(_URI.sub(lambda found: urljoin(address, found[0]), line))
            continue
        shown.append(urljoin(address, line))
        number += 1
        is_cut_due = number in course.cuts
    return _joined(shown), course


def first_variant(text: str) -> str:
    """Return the name of a relayed master's first playlist of pictures, "" where it is none."""
    return next((line for line in text.splitlines() if CHILD.fullmatch(line)), "")


def newest(text: str, count: int) -> tuple[str, list[str]]:
    """Return a media playlist's last init ("" where there is none) and its newest segments."""
    lines = text.splitlines()
    maps = [_URI.search(line) for line in lines if line.startswith("#EXT-X-MAP:")]
    init = maps[-1][0] if maps and maps[-1] else ""
    return init, [line for line in lines if line and not line.startswith("#")][-count:]


def _course(before: Course | None, seen: Course) -> Course:
    """Tell what goes on from what begins anew: numbers that fell, or start over after a gap."""
    if before is None:
        return seen
    is_anew = seen.end < before.end or (before.is_gone and seen.first <= before.first)
    if is_anew:
        ours = before.end + before.shift
        shift, cuts = ours - seen.first, (*before.cuts, ours)
        breaks_shift = before.breaks_shift + before.breaks
    else:
        shift, cuts, breaks_shift = before.shift, before.cuts, before.breaks_shift
    listed = tuple(cut for cut in cuts if cut >= seen.first + shift)
    return replace(
        seen, shift=shift, cuts=listed, breaks_shift=breaks_shift + len(cuts) - len(listed)
    )


def _is_of_a_segment(line: str) -> bool:
    """Say whether a line belongs to the next segment, not to the playlist as a whole."""
    return line.startswith(
        (
            "#EXTINF:",
            "#EXT-X-MAP:",
            "#EXT-X-KEY:",
            "#EXT-X-PROGRAM-DATE-TIME:",
            "#EXT-X-BYTERANGE:",
        )
    ) or not line.startswith("#")


def _number(lines: Iterable[str], tag: str) -> int:
    found = next((line for line in lines if line.startswith(tag)), f"{tag}0")
    digits = found.removeprefix(tag).strip()
    return int(digits) if digits.isdecimal() else 0


def _joined(lines: Iterable[str]) -> str:
    return "\n".join([*lines, ""])
