"""People for tests, named by what matters."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

from django.contrib.auth.models import Permission
from django.test import Client

from apps.accounts import public as accounts
from apps.accounts.documents import Follow, Profile
from apps.accounts.models import User

NOON: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
PASSWORD: Final = "correct-horse-battery"


def a_person(name: str = "ada") -> str:
    """Store a user with a profile; return the id."""
    return accounts.create_person(email=f"{name}@example.org", password=PASSWORD).id


def a_user_without_profile(email: str = "lost@example.org") -> User:
    return User.objects.create_user(email, PASSWORD)


def a_staff_member(*permissions: str, is_superuser: bool = False) -> User:
    """Store a member of staff who holds the named permissions ("app.codename")."""
    staff = User.objects.create_user(
        "staff@example.org", PASSWORD, is_staff=True, is_superuser=is_superuser
    )
    for name in permissions:
        app_label, _, codename = name.partition(".")
        staff.user_permissions.add(
            Permission.objects.get(content_type__app_label=app_label, codename=codename)
        )
    return staff


def announced(kind: type[Any]) -> list[dict[str, Any]]:
    """Return every envelope waiting in a kind of document, in the order of writing."""
    found = [envelope for document in kind.objects for envelope in document.outbox]
    return sorted(found, key=lambda envelope: str(envelope["id"]))


def announced_keys(kind: type[Any] = Follow) -> list[str]:
    return [str(envelope["key"]) for envelope in announced(kind)]


def profile_events() -> list[dict[str, Any]]:
    return announced(Profile)


def sign_up(client: Client, email: str, password: str = PASSWORD) -> Any:
    return auth(client, "auth/signup", email=email, password=password)


def log_in(client: Client, email: str, password: str = PASSWORD) -> Any:
    return auth(client, "auth/login", email=email, password=password)


def auth(client: Client, path: str, **body: str) -> Any:
    """Post to allauth's app client."""
    return client.post(f"/api/v1/auth/app/v1/{path}", body, content_type="application/json")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


class Caller:
    """One person's phone: a client that signed up and sends its token."""

    def __init__(self, name: str) -> None:
        self.client = Client()
        answer = sign_up(self.client, f"{name}@example.org").json()
        self.id: str = answer["data"]["user"]["id"]
        self.token: str = answer["meta"]["access_token"]

    def send(self, method: str, path: str, body: object = None) -> Any:
        return self.client.generic(
            method,
            f"/api/v1/{path}",
            b"" if body is None else json.dumps(body).encode(),
            content_type="application/json",
            headers=bearer(self.token),
        )
