"""What an address of a device must look like, before a provider is asked."""

from __future__ import annotations

import re
import uuid
from typing import Final

from apps.notifications.errors import MalformedInstallation, MalformedToken, WrongProvider

PROVIDERS: Final = {"apns_token": "apns", "fcm_token": "fcm", "fcm_fid": "fcm"}
PLATFORM_KINDS: Final = {
    "ios": frozenset({"apns_token", "fcm_token", "fcm_fid"}),
    "android": frozenset({"fcm_token", "fcm_fid"}),
}
# Apple promises no length; 32 bytes today, up to 100 allowed for.
_APNS: Final = re.compile(r"[0-9a-f]{64,200}")
_FCM: Final = re.compile(r"[A-Za-z0-9_:-]{100,4096}")
_FID: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_RULES: Final = {
    "apns_token": (_APNS, "64 to 200 hexadecimal digits"),
    "fcm_token": (_FCM, "at least 100 of the characters A-Z a-z 0-9 _ : -"),
    "fcm_fid": (_FID, "22 of the characters A-Z a-z 0-9 _ -"),
}


def installation(text: str) -> str:
    """Return an installation id in its canonical spelling (RFC 9562 §4).

    Raises:
        MalformedInstallation: it is no UUID.

    """
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise MalformedInstallation from None


def provider_for(platform: str, kind: str) -> str:
    """Return who delivers to this kind of address.

    Raises:
        WrongProvider: this platform has no such addresses.

    """
    if kind not in PLATFORM_KINDS.get(platform, ()):
        raise WrongProvider(platform=platform, kind=kind)
    return PROVIDERS[kind]


def canonical(kind: str, address: str) -> str:
    """Return an address as it is compared: APNs tokens are hexadecimal in any case.

    Raises:
        MalformedToken: it breaks a rule, which the error names.

    """
    spelled = address.lower() if kind == "apns_token" else address
    pattern, rule = _RULES[kind]
    if pattern.fullmatch(spelled) is None:
        raise MalformedToken(kind=kind, rule=rule)
    if kind == "apns_token" and len(spelled) % 2:
        raise MalformedToken(kind=kind, rule="an even number of hexadecimal digits")
    return spelled
