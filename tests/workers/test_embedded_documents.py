"""The embedded document server after a kill: what the killed one left keeps nobody out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pymongo import MongoClient

from tests.services import documents


@pytest.mark.waits
class TestDocumentServer:
    def test_starts_where_a_killed_one_left_the_number_of_somebody_else(
        self, tmp_path: Path
    ) -> None:
        left = tmp_path / "nx.pid"
        left.write_text(str(os.getpid()))

        with documents(tmp_path) as url, MongoClient[dict[str, object]](url) as client:
            client.admin.command("ping")
            runs_as = int(left.read_text())

        assert runs_as != os.getpid()
