"""HTTP in, one call through the door, HTTP out."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.notifications import public as notifications
from apps.notifications.api import serializers as shapes
from apps.notifications.contracts import Channels, QuietHours, Registration, Wishes
from kit.pages import PageRequest


class Inbox(APIView):
    @extend_schema(operation_id="list_notifications", responses=shapes.InboxPageOut)
    def get(self, request: Request) -> Response:
        page = PageRequest.read(request.query_params.dict())
        found = notifications.list_inbox(user_id=_caller(request), page=page)
        return Response(shapes.InboxPageOut(found).data)


class UnreadCount(APIView):
    @extend_schema(operation_id="count_unread", responses=shapes.UnreadCountOut)
    def get(self, request: Request) -> Response:
        unread = notifications.count_unread(user_id=_caller(request))
        return Response(shapes.UnreadCountOut({"unread": unread}).data)


class Read(APIView):
    @extend_schema(operation_id="read_notifications", request=shapes.ReadIn, responses={204: None})
    def post(self, request: Request) -> Response:
        """Mark everything up to a notice as read; safe to repeat."""
        wanted = shapes.ReadIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        notifications.read_upto(user_id=_caller(request), **wanted.validated_data)
        return Response(status=204)


class Devices(APIView):
    @extend_schema(operation_id="list_devices", responses=shapes.DevicesOut)
    def get(self, request: Request) -> Response:
        found = notifications.list_devices(user_id=_caller(request))
        return Response(shapes.DevicesOut({"items": found}).data)


class OneDevice(APIView):
    @extend_schema(
        operation_id="register_device", request=shapes.DeviceIn, responses=shapes.DeviceOut
    )
    def put(self, request: Request, installation_id: str) -> Response:
        """Register this installation for the caller; send it at every start of the app."""
        wanted = shapes.DeviceIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        said = wanted.validated_data
        address = said.pop("address")
        registration = Registration(
            installation_id=installation_id,
            address_kind=address["kind"],
            address=address["value"],
            **said,
        )
        known = notifications.register_device(user_id=_caller(request), registration=registration)
        return Response(shapes.DeviceOut(known).data)

    @extend_schema(operation_id="revoke_device", responses={204: None})
    def delete(self, request: Request, installation_id: str) -> Response:
        """Stop pushing to a device, as on signing out."""
        notifications.revoke_device(user_id=_caller(request), installation_id=installation_id)
        return Response(status=204)


class NotificationPreferences(APIView):
    @extend_schema(operation_id="get_notification_preferences", responses=shapes.PreferencesField)
    def get(self, request: Request) -> Response:
        """Answer every type, with its default where the caller chose nothing."""
        found = notifications.get_preferences(user_id=_caller(request))
        return Response(shapes.PreferencesField(found).data)

    @extend_schema(
        operation_id="set_notification_preferences",
        request=shapes.PreferencesField,
        responses=shapes.PreferencesField,
    )
    def put(self, request: Request) -> Response:
        wanted = shapes.PreferencesField(data=request.data)
        wanted.is_valid(raise_exception=True)
        quiet = wanted.validated_data["quiet_hours"]
        chosen = wanted.validated_data["types"]
        wishes = Wishes(
            types={name: Channels(**channels) for name, channels in chosen.items()},
            quiet_hours=QuietHours(**quiet) if quiet else None,
        )
        now_known = notifications.set_preferences(user_id=_caller(request), wishes=wishes)
        return Response(shapes.PreferencesField(now_known).data)


class Opened(APIView):
    @extend_schema(operation_id="opened_notice", request=shapes.OpenedIn, responses={204: None})
    def post(self, request: Request) -> Response:
        """Count that a notice opened the app; once a device, safe to repeat."""
        wanted = shapes.OpenedIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        notifications.record_open(user_id=_caller(request), **wanted.validated_data)
        return Response(status=204)


def _caller(request: Request) -> str:
    return str(request.user.pk)
