"""Routes below /api/v1/."""

from django.urls import path

from apps.notifications.api import views

urlpatterns = [
    path("notifications", views.Inbox.as_view(), name="notifications"),
    path("notifications/unread-count", views.UnreadCount.as_view(), name="unread-count"),
    path("notifications/read", views.Read.as_view(), name="read-notifications"),
    path("notifications/opened", views.Opened.as_view(), name="opened-notice"),
    path("devices", views.Devices.as_view(), name="devices"),
    path("devices/<str:installation_id>", views.OneDevice.as_view(), name="device"),
    path(
        "notification-preferences",
        views.NotificationPreferences.as_view(),
        name="notification-preferences",
    ),
]
