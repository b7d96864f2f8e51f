"""Routes of the moderation API, under /api/v1/."""

from django.urls import path

from apps.moderation.api import views

urlpatterns = [path("reports", views.Reports.as_view(), name="reports")]
