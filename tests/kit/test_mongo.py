"""The connection to the document server: forks, outages, indexes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from pymongo.errors import ConnectionFailure

from apps.streams.documents.broadcasts import Broadcast
from kit import mongo
from kit.documents import sync_indexes
from tests import services
from tests.streams.builders import a_broadcast


@pytest.fixture
def _reconnect() -> Iterator[None]:
    yield
    mongo.connect(settings.MONGODB_URL)


class TestFork:
    def test_gives_the_child_a_client_of_its_own(self) -> None:
        opened = a_broadcast()
        parents = mongo.database().client

        child = os.fork()
        if child == 0:
            found = Broadcast.objects(id=opened.id).count() == 1
            os._exit(0 if found and mongo.database().client is not parents else 1)

        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert Broadcast.objects(id=opened.id).count() == 1


@pytest.mark.waits
class TestOutage:
    @pytest.mark.usefixtures("_reconnect")
    def test_is_an_error_within_the_deadline_and_over_when_the_server_is_back(
        self, tmp_path: Path
    ) -> None:
        port = services.free_port()
        with services.documents(tmp_path, port) as url:
            mongo.connect(url)
            opened = a_broadcast()
        with pytest.raises(ConnectionFailure):
            Broadcast.objects(id=opened.id).first()

        with services.documents(tmp_path, port):
            assert Broadcast.objects(id=opened.id).first() is not None


class TestIndexes:
    def test_are_there_and_may_be_made_again(self) -> None:
        first = sync_indexes()

        assert sync_indexes() == first
        assert any(name.startswith("broadcasts.state_1_lease_until_1") for name in first)
