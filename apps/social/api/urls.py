from django.urls import path

from apps.social.api import pages, views

urlpatterns = [
    path("youtube/connection", views.Connection.as_view(), name="youtube-connection"),
    path("youtube/callback", pages.FinishConsent.as_view(), name="youtube-callback"),
    path("youtube/uploads", views.Uploads.as_view(), name="youtube-uploads"),
    path("youtube/uploads/<str:upload_id>", views.Upload.as_view(), name="youtube-upload"),
    path(
        "youtube/uploads/<str:upload_id>/cancel",
        views.CancelUpload.as_view(),
        name="youtube-upload-cancel",
    ),
    path("youtube/player/<str:video_id>", pages.Player.as_view(), name="youtube-player"),
]
