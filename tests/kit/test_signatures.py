from __future__ import annotations

from kit.signatures import TOLERANCE_S, is_signed, sign

NOW = 1_800_000_000


class TestSignature:
    def test_is_accepted_for_the_body_it_was_made_for(self) -> None:
        assert is_signed("secret", b"{}", sign("secret", b"{}", NOW), NOW + 5)

    def test_is_refused_for_another_body_or_secret(self) -> None:
        signature = sign("secret", b"{}", NOW)

        assert not is_signed("secret", b"{ }", signature, NOW)
        assert not is_signed("other", b"{}", signature, NOW)
        assert not is_signed("secret", b"{}", signature[:-1] + "é", NOW)

    def test_is_refused_when_it_is_old(self) -> None:
        signature = sign("secret", b"{}", NOW)

        assert not is_signed("secret", b"{}", signature, NOW + TOLERANCE_S + 1)

    def test_is_refused_when_it_is_none(self) -> None:
        for header in ("", "t=", "v1=00", "t=x,v1=y", ",,,", "t=1,t=2", f"t={'9' * 5000}"):
            assert not is_signed("secret", b"{}", header, NOW)
