from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from apps.notifications import queries
from apps.notifications.documents import Device
from apps.notifications.errors import DeviceNotFound, MalformedToken
from apps.notifications.services import devices
from tests.conftest import NOON
from tests.notifications.builders import an_android, an_apns_token, an_iphone, the_device


class TestRegisterDevice:
    def test_writes_down_how_a_device_is_reached(self) -> None:
        installation = an_iphone("ada", address=an_apns_token().upper(), lang="de-CH")

        device = the_device(installation)
        assert (device.user_id, device.provider, device.state) == ("ada", "apns", "active")
        assert device.address == an_apns_token()
        assert device.addr_at == NOON

    def test_is_one_device_however_often_the_app_starts(self) -> None:
        installation = an_iphone("ada", address=an_apns_token(1))

        an_iphone(
            "ada",
            address=an_apns_token(2),
            installation_id=installation.upper(),
            now=NOON + timedelta(days=1),
        )

        device = Device.objects.get()
        assert device.address == an_apns_token(2)
        assert device.addr_at == NOON + timedelta(days=1)

    def test_takes_the_address_from_every_other_installation(self) -> None:
        old = an_iphone("ada", address=an_apns_token())

        new = an_iphone("bob", address=an_apns_token(), now=NOON + timedelta(hours=1))

        assert the_device(old).state == "revoked"
        assert the_device(old).invalid_reason == "address-moved"
        assert the_device(new).state == "active"

    def test_leaves_an_address_of_another_app_alone(self) -> None:
        old = an_iphone("ada", address=an_apns_token(), app="beta")

        an_iphone("ada", address=an_apns_token())

        assert the_device(old).state == "active"

    def test_moves_a_phone_that_changed_hands(self) -> None:
        installation = an_android("ada")

        an_android("bob", installation_id=installation)

        assert queries.list_devices(user_id="ada") == []
        assert [device.installation_id for device in queries.list_devices(user_id="bob")] == [
            installation
        ]

    def test_brings_a_dead_device_back(self) -> None:
        installation = an_android("ada")
        devices.revoke_device(user_id="ada", installation_id=installation, now=NOON)

        an_android("ada", installation_id=installation)

        assert the_device(installation).state == "active"

    def test_writes_nothing_for_a_malformed_token(self) -> None:
        with pytest.raises(MalformedToken):
            an_iphone("ada", address="not-hex")

        assert len(Device.objects) == 0


class TestRevokeDevice:
    def test_takes_it_off_the_list(self) -> None:
        installation = an_iphone("ada")

        devices.revoke_device(user_id="ada", installation_id=installation, now=NOON)

        assert queries.list_devices(user_id="ada") == []

    def test_leaves_somebody_elses_alone(self) -> None:
        installation = an_iphone("ada")

        with pytest.raises(DeviceNotFound):
            devices.revoke_device(user_id="bob", installation_id=installation, now=NOON)

        assert the_device(installation).state == "active"

    def test_refuses_what_is_not_there(self) -> None:
        with pytest.raises(DeviceNotFound):
            devices.revoke_device(user_id="ada", installation_id=str(uuid.uuid4()), now=NOON)


class TestFindTargets:
    def test_finds_active_devices_only(self) -> None:
        phone, tablet = an_iphone("ada"), an_android("bob")
        gone = an_iphone("ada")
        devices.revoke_device(user_id="ada", installation_id=gone, now=NOON)

        found = queries.find_targets(["ada", "bob", "ada", "carol"])

        assert {target.id for target in found} == {phone, tablet}

    def test_looks_for_many_people_at_once(self) -> None:
        people = [f"user-{number}" for number in range(1_200)]
        phone = an_iphone(people[-1])

        assert [target.id for target in queries.find_targets(people)] == [phone]
