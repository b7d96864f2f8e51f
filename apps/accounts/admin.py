"""Users, for staff: found by e-mail, mostly read. Tuned for many rows: nothing counts them."""

from __future__ import annotations

from typing import Any

from allauth.account.admin import EmailAddressAdmin
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from typing_extensions import override
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.paginator import InfinitePaginator

from apps.accounts.models import User


@admin.register(User)
class UserDesk(UserAdmin, ModelAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    paginator = InfinitePaginator
    show_full_result_count = False
    list_display = ("email", "is_staff", "is_active", "created_at")
    list_filter = ("is_staff", "is_active")
    list_per_page = 50
    search_fields = ("email",)
    ordering = ("-id",)  # a ULID: the newest first, on the primary key
    readonly_fields = ("id", "last_login", "created_at")
    fieldsets = (
        (None, {"fields": ("id", "email", "password", "created_at", "last_login")}),
        (
            "May do",
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("email", "password1", "password2")}),
    )

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a row that goes leaves profile, follows and videos behind."""
        return False


admin.site.unregister([Group, EmailAddress])


@admin.register(Group)
class GroupDesk(GroupAdmin, ModelAdmin):
    """Django's own, in Unfold's look."""


@admin.register(EmailAddress)
class EmailAddressDesk(EmailAddressAdmin, ModelAdmin):
    """allauth's own, in Unfold's look: whether an address was verified."""

    paginator = InfinitePaginator
    show_full_result_count = False
