"""Devices: who can be reached, and where."""

from __future__ import annotations

from datetime import datetime

import structlog

from apps.notifications import queries
from apps.notifications.contracts import DeviceSummary, Registration
from apps.notifications.documents import LONG_AGO, Device
from apps.notifications.errors import DeviceNotFound
from apps.notifications.rules import addresses

log = structlog.get_logger()


def register_device(*, user_id: str, registration: Registration, now: datetime) -> DeviceSummary:
    """Write an installation down for its user, and take its address from everyone else.

    Apps call this at every start, so that `addr_at` tells a living address from a dead one. An
    installation of another user changes hands: it is the phone that says who holds it.

    Raises:
        MalformedInstallation: the installation id is no UUID.
        WrongProvider: the platform has no such addresses.
        MalformedToken: the address breaks a rule of its provider.

    """
    installation_id = addresses.installation(registration.installation_id)
    provider = addresses.provider_for(registration.platform, registration.address_kind)
    address = addresses.canonical(registration.address_kind, registration.address)
    device = Device.objects.upsert(
        installation_id,
        user_id=user_id,
        app=registration.app,
        platform=registration.platform,
        provider=provider,
        kind=registration.address_kind,
        address=address,
        env=registration.env,
        env_refused="",
        addr_at=now,
        seen_at=now,
        suspected_at=LONG_AGO,
        lang=registration.lang,
        tz=registration.tz,
        state="active",
        invalid_reason="",
    )
    # After the upsert, not before: of two phones with one address, the later must remain.
    moved = Device.objects.give_up_address(
        app=registration.app, address=address, keeper=installation_id, now=now
    )
    if moved:
        log.info("address moved", installation_id=installation_id, from_devices=moved)
    return queries.summarize(device)


def revoke_device(*, user_id: str, installation_id: str, now: datetime) -> None:
    """Stop pushing to a device.

    Raises:
        DeviceNotFound: there is none, or it is somebody else's.

    """
    if not Device.objects.revoke(installation_id.lower(), user_id=user_id, now=now):
        raise DeviceNotFound(installation_id=installation_id)
