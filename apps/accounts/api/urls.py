"""Routes of the accounts API, under /api/v1/."""

from django.urls import path

from apps.accounts.api import views

urlpatterns = [
    path("me", views.Me.as_view(), name="me"),
    path("creators/<str:creator_id>", views.Creator.as_view(), name="creator"),
    path("creators/<str:creator_id>/follow", views.FollowCreator.as_view(), name="follow"),
    path("creators/<str:creator_id>/bell", views.RingBell.as_view(), name="bell"),
    path("users/<str:user_id>/block", views.BlockPerson.as_view(), name="block"),
]
