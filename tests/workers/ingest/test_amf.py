"""AMF0 as encoders write it."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.ingest import amf
from workers.ingest.errors import MalformedRtmp

NESTED = b"\x03\x00\x01a\x03\x00\x01b\x01\x01\x00\x00\x09\x00\x01c\x06\x00\x00\x09"


class TestDecode:
    def test_reads_what_encode_writes(self) -> None:
        values = ["connect", 1.0, {"app": "live", "ok": True, "none": None}, None]

        assert amf.decode(amf.encode(*values)) == values

    def test_reads_on_after_a_nested_object(self) -> None:
        assert amf.decode(NESTED + amf.encode("next")) == [
            {"a": {"b": True}, "c": None},
            "next",
        ]

    def test_reads_maps_lists_dates_and_long_strings(self) -> None:
        number = amf.encode(2)
        a_map = b"\x08\x00\x00\x00\x63\x00\x01a" + number + b"\x00\x00\x09"
        a_list = b"\x0a\x00\x00\x00\x02" + number + number
        a_date = b"\x0b" + number[1:] + b"\x00\x00"
        long = b"\x0c\x00\x00\x00\x02hi"

        assert amf.decode(a_map + a_list + a_date + long) == [{"a": 2.0}, [2.0, 2.0], 2.0, "hi"]

    @pytest.mark.parametrize(
        "sent",
        [b"\x00\x01", b"\x02\x00\x05abc", b"\x02\x00\x01\xff", b"\x10", b"\x03\x00\x01a", b"\x03"],
    )
    def test_refuses_what_is_cut_short_or_unknown(self, sent: bytes) -> None:
        with pytest.raises(MalformedRtmp):
            amf.decode(sent)

    @given(st.binary(max_size=500))
    def test_meets_noise_with_its_own_error_only(self, noise: bytes) -> None:
        with contextlib.suppress(MalformedRtmp):
            assert isinstance(amf.decode(noise), list)
