"""The embedded document server: one at a time, and what a killed one left keeps nobody out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pymongo import MongoClient

from tests.services import DidNotStart, documents


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

    def test_shares_its_documents_with_no_other_under_another_port(self, tmp_path: Path) -> None:
        with documents(tmp_path) as url:
            with pytest.raises(DidNotStart, match="Another document server runs"):
                documents(tmp_path).__enter__()

            with MongoClient[dict[str, object]](url) as client:
                client.admin.command("ping")
