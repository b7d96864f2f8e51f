"""What the decoder settings say of a stream, read without decoding (ISO 14496-15, -10 and -3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from workers.ingest.errors import MalformedRtmp

_AVCC_HEAD_BYTES: Final = (
    8  # version, profile, flags, level, sizes, count, length of the first SPS
)
_MAX_ZEROS: Final = 31
_PROFILES_WITH_CHROMA: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134})
_CHROMA_444: Final = 3
_CHROMA_420: Final = 1
_EXPLICIT_RATE: Final = 15
_ESCAPE: Final = 31
_RATES_HZ: Final = (
    *(96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000),
    *(22_050, 16_000, 12_000, 11_025, 8_000, 7_350),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels after cropping, and the codec as RFC 6381 spells it."""

    width: int
    height: int
    codec: str


@dataclass(frozen=True, slots=True)
class Sound:
    rate_hz: int
    channels: int
    codec: str


def read_picture(record: bytes) -> Picture:
    """Read an AVCDecoderConfigurationRecord.

    Raises:
        MalformedRtmp: there is no sequence parameter set to be read in it.

    """
    size = int.from_bytes(record[6:8])
    unit = record[_AVCC_HEAD_BYTES : _AVCC_HEAD_BYTES + size]
    if len(record) <= _AVCC_HEAD_BYTES or not record[5] & 0x1F or len(unit) != size:
        raise MalformedRtmp(why="the decoder settings of H.264 are cut short")
    width, height = _dimensions(unit[1:])
    return Picture(width, height, f"avc1.{record[1:4].hex()}")


def read_sound(config: bytes) -> Sound:
    """Read an AudioSpecificConfig of AAC.

    Raises:
        MalformedRtmp: it is cut short, or of a rate that does not exist.

    """
    bits = _Bits(config)
    kind = bits.take(5)
    kind = 32 + bits.take(6) if kind == _ESCAPE else kind
    index = bits.take(4)
    if index == _EXPLICIT_RATE:
        rate_hz = bits.take(24)
    elif index < len(_RATES_HZ):
        rate_hz = _RATES_HZ[index]
    else:
        raise MalformedRtmp(why="the decoder settings of AAC name no rate")
    return Sound(rate_hz, bits.take(4), f"mp4a.40.{kind}")


class _Bits:
    """Reads bits, most significant first, and Exp-Golomb numbers (14496-10 §9.1)."""

    def __init__(self, raw: bytes) -> None:
        self._number = int.from_bytes(raw)
        self._left = len(raw) * 8

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise MalformedRtmp(why="decoder settings are cut short")
        return self._number >> self._left & ((1 << count) - 1)

    def unsigned(self) -> int:
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > _MAX_ZEROS:
                raise MalformedRtmp(why="a number of the decoder settings has no end")
        return (1 << zeros) - 1 + self.take(zeros)

    def skip_unsigned(self, count: int) -> None:
        for _ in range(count):
            self.unsigned()


def _dimensions(escaped: bytes) -> tuple[int, int]:
    """Read a sequence parameter set as far as its cropping (14496-10 §7.3.2.1.1)."""
    bits = _Bits(escaped.replace(b"\0\0\3", b"\0\0"))
    profile = bits.take(8)
    bits.take(16)
    bits.unsigned()
    chroma = _chroma(bits) if profile in _PROFILES_WITH_CHROMA else _CHROMA_420
    bits.unsigned()
    _skip_order_counts(bits)
    bits.unsigned()
    bits.take(1)
    width, rows = (bits.unsigned() + 1) * 16, (bits.unsigned() + 1) * 16
    fields = 1 if bits.take(1) else 2
    if fields != 1:
        bits.take(1)
    bits.take(1)
    height = rows * fields
    if not bits.take(1):
        return width, height
    left, right, top, bottom = (bits.unsigned() for _ in range(4))
    across = 1 if chroma in {0, _CHROMA_444} else 2
    down = (2 if chroma == _CHROMA_420 else 1) * fields
    return width - across * (left + right), height - down * (top + bottom)


def _chroma(bits: _Bits) -> int:
    chroma = bits.unsigned()
    if chroma == _CHROMA_444:
        bits.take(1)
    bits.skip_unsigned(2)
    bits.take(1)
    if bits.take(1):
        for nth in range(12 if chroma == _CHROMA_444 else 8):
            if bits.take(1):
                _skip_scaling_list(bits, 16 if nth < 6 else 64)  # noqa: PLR2004 (six small ones)
    return chroma


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            coded = bits.unsigned()
            following = (last + (coded + 1 >> 1) * (1 if coded & 1 else -1)) % 256
        last = following or last


def _skip_order_counts(bits: _Bits) -> None:
    kind = bits.unsigned()
    if kind == 0:
        bits.unsigned()
    elif kind == 1:
        bits.take(1)
        bits.skip_unsigned(2)
        bits.skip_unsigned(bits.unsigned())
