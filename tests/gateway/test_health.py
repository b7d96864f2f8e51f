"""What the probes say while everything is there, and when one thing is not."""

from __future__ import annotations

import pytest
from django.db import connections
from django.test import Client
from pytest_django import Settings

from tests.gateway.builders import REFUSED_PORT

pytestmark = pytest.mark.django_db

NOBODY = f"127.0.0.1:{REFUSED_PORT}"


def down() -> tuple[int, list[str]]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json().get("down", [])


class TestHealthz:
    def test_says_the_process_lives_whatever_else_does_not(self, settings: Settings) -> None:
        settings.MONGODB_URL = f"mongodb://{NOBODY}/x"

        answer = Client().get("/healthz")

        assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


class TestAddress:
    """A pod is asked by its address, which ALLOWED_HOSTS cannot name."""

    @pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
    def test_is_enough_for_probes(self, settings: Settings, path: str) -> None:
        settings.ALLOWED_HOSTS = ["live.example.com"]

        answer = Client().get(path, HTTP_HOST="10.4.2.7:8000")

        assert answer.status_code == 200

    def test_is_refused_for_all_else(self, settings: Settings) -> None:
        settings.ALLOWED_HOSTS = ["live.example.com"]

        answer = Client().get("/", HTTP_HOST="10.4.2.7:8000")

        assert answer.status_code == 400


class TestReadyz:
    def test_says_ready_while_all_of_it_answers(self) -> None:
        answer = Client().get("/readyz")

        assert (answer.status_code, answer.json()) == (200, {"status": "ready"})

    @pytest.mark.waits
    def test_names_the_document_server(self, settings: Settings) -> None:
        settings.MONGODB_URL = f"mongodb://{NOBODY}/x"

        assert down() == (503, ["documents"])

    def test_names_the_state_server(self, settings: Settings) -> None:
        settings.REDIS_STATE_URL = f"redis://{NOBODY}/1"

        assert down() == (503, ["state"])

    @pytest.mark.parametrize("scheme", ["redis", "amqp"])
    def test_names_the_broker(self, settings: Settings, scheme: str) -> None:
        settings.CELERY = {
            **settings.CELERY,
            "broker_url": f"{scheme}://{NOBODY}",
            "broker_transport_options": {},
        }

        assert down() == (503, ["broker"])

    def test_names_the_sql_server(self, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
        monkeypatch.setitem(connections.settings["default"], "NAME", f"{tmp_path}/no/such.sqlite3")

        assert down() == (503, ["sql"])

    @pytest.mark.waits
    def test_names_all_that_is_down_and_no_address(self, settings: Settings) -> None:
        settings.MONGODB_URL = f"mongodb://{NOBODY}/x"
        settings.REDIS_STATE_URL = f"redis://{NOBODY}/1"

        answer = Client().get("/readyz")

        assert answer.json()["down"] == ["documents", "state"]
        assert NOBODY.encode() not in answer.content
