"""What commands print for people: aligned columns, ages, and text that cannot move the cursor."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

# C0 and C1 controls, and the marks that turn the direction of writing: what strangers wrote must
# not rule the terminal of whoever reads it.
UNSAFE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
STEPS: Final = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))
FEW: Final = 10
HEX_LINE: Final = 16
MAX_HEX_BYTES: Final = 4_096


def safe(text: str) -> str:
    """Return text with controls written out, newlines and tabs left as they are."""
    return UNSAFE.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def line(text: str, *, most: int = 0) -> str:
    """Return text on one line, cut to `most` characters where that is given."""
    flat = safe(" ".join(text.split()))
    return f"{flat[: most - 1]}…" if most and len(flat) > most else flat


def span(seconds: float) -> str:
    """Return one figure, or two where the first says little: 41s, 3m 20s, 12m, 5d 2h."""
    left = int(max(seconds, 0))
    for (size, unit), (finer, finer_unit) in pairwise(STEPS):
        count, rest = divmod(left, size)
        if count:
            second = rest // finer if count < FEW else 0
            return f"{count}{unit} {second}{finer_unit}" if second else f"{count}{unit}"
    return f"{left}s"


def age(moment: datetime, now: datetime) -> str:
    return span((now - moment).total_seconds())


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: str = "") -> list[str]:
    """Return lines in columns; `right` names the headings whose column is flushed right."""
    widths = [
        max(len(heading), *(len(row[at]) for row in rows)) if rows else len(heading)
        for at, heading in enumerate(headings)
    ]
    is_right = [heading in right.split("|") for heading in headings]
    return [
        "  ".join(
            cell.rjust(width) if flushed else cell.ljust(width)
            for cell, width, flushed in zip(row, widths, is_right, strict=True)
        ).rstrip()
        for row in (headings, *rows)
    ]


def count(number: int, one: str, many: str = "") -> str:
    """Return `1 letter` or `2 letters`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def readable(body: bytes) -> str:
    """Return a message's body for people: JSON laid out, text as it is, else bytes in hex."""
    try:
        laid_out = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        pass
    else:
        return safe(laid_out.encode(errors="replace").decode())
    try:
        return safe(body.decode())
    except UnicodeDecodeError:
        return _hex(body)


def _hex(body: bytes) -> str:
    shown = body[:MAX_HEX_BYTES]
    lines = [
        f"{at:08x}  {chunk.hex(' '):<47}  {_ascii(chunk)}"
        for at in range(0, len(shown), HEX_LINE)
        if (chunk := shown[at : at + HEX_LINE])
    ]
    rest = len(body) - len(shown)
    return "\n".join([*lines, f"… and {rest} bytes more"] if rest else lines)


def _ascii(chunk: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in chunk)  # noqa: PLR2004 (printable ASCII)


def as_json(value: Any, *, on_one_line: bool = False) -> str:
    """Return what `--json` prints; moments in ISO 8601."""
    return json.dumps(value, indent=None if on_one_line else 2, default=_plain)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
