"""How much a client wants to load, by what it says of itself and its network.

`?quality=` decides where it is given. Else `Save-Data` (W3C), the Network Information hints `ECT`
and `Downlink` (WICG), and the size of its screen by `Sec-CH-Viewport-Width` and `Sec-CH-DPR`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

DATA_SAVER: Final = "data-saver"
NORMAL: Final = "normal"
HIGH: Final = "high"
QUALITIES: Final = (DATA_SAVER, NORMAL, HIGH)
VARY: Final = "Save-Data, ECT, Downlink, Sec-CH-Viewport-Width, Sec-CH-DPR"
# Browsers send the others only to who asks for them.
ACCEPT_CH: Final = "ECT, Downlink, Sec-CH-Viewport-Width, Sec-CH-DPR"

_SLOW: Final = frozenset({"slow-2g", "2g", "3g"})
_SLOW_MBIT_S: Final = 1.5
_WIDE_PX: Final = 1400


def quality(meta: Mapping[str, Any], asked: str = "") -> str:
    """Return data-saver, normal or high; `meta` is Django's `request.META`.

    What cannot be read counts as unsaid: a hint is never a reason to refuse.
    """
    if asked in QUALITIES:
        return asked
    if meta.get("HTTP_SAVE_DATA", "").strip().lower() == "on" or _is_slow(meta):
        return DATA_SAVER
    wide = _number(meta, "HTTP_SEC_CH_VIEWPORT_WIDTH") * (_number(meta, "HTTP_SEC_CH_DPR") or 1.0)
    return HIGH if wide >= _WIDE_PX else NORMAL


def _is_slow(meta: Mapping[str, Any]) -> bool:
    return meta.get("HTTP_ECT", "").strip().lower() in _SLOW or (
        0 < _number(meta, "HTTP_DOWNLINK") < _SLOW_MBIT_S
    )


def _number(meta: Mapping[str, Any], name: str) -> float:
    """Return a header's number, 0 where there is none or it is no number of theirs."""
    try:
        said = float(meta.get(name, "") or 0)
    except ValueError:
        return 0.0
    return said if 0 < said < 1e6 else 0.0  # noqa: PLR2004 (no screen and no network has more)
