"""What is asked of sets by their subject's id begins with the subject, as the index does."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from pymongo import monitoring
from typing_extensions import override

from apps.previews import public as previews
from kit import mongo
from kit.ids import new_id
from kit.pages import PageRequest

pytestmark = pytest.mark.usefixtures("indexes")


class Listener(monitoring.CommandListener):
    """Keeps the filters that sets are asked for by."""

    def __init__(self) -> None:
        self.filters: list[dict[str, Any]] = []

    @override
    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name == "find" and event.command["find"] == "preview_sets":
            self.filters.append(dict(event.command["filter"]))

    @override
    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    @override
    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


@pytest.fixture(scope="module")
def _listener() -> Listener:
    listener = Listener()
    monitoring.register(listener)
    mongo.connect(settings.MONGODB_URL)  # only clients made from now on are listened to
    return listener


@pytest.fixture
def asked(_listener: Listener) -> list[dict[str, Any]]:
    _listener.filters.clear()
    return _listener.filters


def test_by_the_janitor(asked: list[dict[str, Any]]) -> None:
    previews.find_stored_names([f"previews/recording/{new_id()}/0/poster.jpg"])

    assert [{"subject", "subject_id"} <= one.keys() for one in asked] == [True]


def test_by_staff(asked: list[dict[str, Any]]) -> None:
    previews.list_for_staff(search=new_id(), page=PageRequest())

    (branches,) = [one["$or"] for one in asked]
    assert [set(one) for one in branches] == [
        {"subject", "subject_id"},
        {"subject", "subject_id"},
        {"broadcast_id"},
    ]
