"""What goes over the wire, with firebase-admin's encoder as the oracle for FCM."""

from __future__ import annotations

import json
import warnings
from datetime import timedelta
from typing import Any

from firebase_admin import messaging
from hypothesis import given
from hypothesis import strategies as st

from apps.notifications.adapters import apns, fcm
from apps.notifications.ports import Message, Push
from tests.conftest import NOON
from tests.notifications.builders import an_apns_token, an_fcm_token

TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300)


class TestFcmBody:
    @given(title=TEXTS, body=TEXTS, passive=st.booleans())
    def test_is_what_firebase_admin_would_send_to_android(
        self, *, title: str, body: str, passive: bool
    ) -> None:
        message = a_message("android", title=title, body=body)

        ours = sent_by_fcm(a_push(message, "fcm_token", passive=passive))

        data = {
            **message.data,
            "title": title,
            "body": body,
            "thread": "creator",
            "n": "notice",
            "passive": "1" if passive else "0",
        }
        android = messaging.AndroidConfig(
            priority="normal" if passive else "high",
            ttl=timedelta(minutes=10),
            collapse_key="notice",
        )
        assert ours == firebase(data=data, android=android, token=an_fcm_token())

    def test_names_an_installation_of_firebase_by_its_own_field(self) -> None:
        push = a_push(a_message("android"), "fcm_fid", address="cIgLh3ZuQkqB1_-abcdefg")

        assert sent_by_fcm(push)["message"]["fid"] == "cIgLh3ZuQkqB1_-abcdefg"

    def test_is_what_firebase_admin_would_send_to_an_iphone(self) -> None:
        message = a_message("ios")

        ours = sent_by_fcm(a_push(message, "fcm_token"))

        headers = {
            "apns-push-type": "alert",
            "apns-priority": "10",
            "apns-collapse-id": "notice",
            "apns-expiration": str(int(message.expires_at.timestamp())),
        }
        payload = messaging.APNSPayload(
            messaging.Aps(
                alert=messaging.ApsAlert(title=message.title, body=message.body),
                thread_id="creator",
                sound="default",
                custom_data={"interruption-level": "active"},
            ),
            **message.data,
            n="notice",
        )
        config = messaging.APNSConfig(headers=headers, payload=payload)
        assert ours == firebase(apns=config, token=an_fcm_token())

    def test_differs_between_devices_in_the_address_alone(self) -> None:
        message = a_message("android")
        batch = [a_push(message, "fcm_token", address=an_fcm_token(n)) for n in (1, 2)]

        first, second = fcm.bodies(batch, now=NOON)

        assert first.replace(an_fcm_token(1).encode(), an_fcm_token(2).encode()) == second


class TestApnsPayload:
    def test_sounds_once(self) -> None:
        loud = apns.payload(a_message("ios"), passive=False)["aps"]
        soft = apns.payload(a_message("ios"), passive=True)["aps"]

        assert loud == {
            "alert": {"title": "Ada is live", "body": "Launch"},
            "thread-id": "creator",
            "interruption-level": "active",
            "sound": "default",
        }
        assert soft == {
            "alert": {"title": "Ada is live", "body": "Launch"},
            "thread-id": "creator",
            "interruption-level": "passive",
        }


def a_message(platform: str, *, title: str = "Ada is live", body: str = "Launch") -> Message:
    return Message(
        platform=platform,
        title=title,
        body=body,
        data={"notice_id": "notice", "type": "broadcast_live", "broadcast_id": "b"},
        thread_id="creator",
        collapse_id="notice",
        expires_at=NOON + timedelta(minutes=10),
    )


def a_push(message: Message, kind: str, *, address: str = "", passive: bool = False) -> Push:
    return Push(
        push_id="9a1c3f4e-0000-5000-8000-000000000000",
        installation_id="9a1c3f4e-0000-4000-8000-000000000000",
        kind=kind,
        address=address or (an_apns_token() if kind == "apns_token" else an_fcm_token()),
        env="production",
        message=message,
        passive=passive,
    )


def sent_by_fcm(push: Push) -> Any:
    return json.loads(fcm.bodies([push], now=NOON)[0])


def firebase(**parts: Any) -> Any:
    """Return the request body the SDK would send."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # tokens, which phones still send
        message = messaging.Message(**parts)
    return {"message": json.loads(str(message))}
