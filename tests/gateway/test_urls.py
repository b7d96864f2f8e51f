"""The addresses that are no context's: the page, the schema, its reader."""

from __future__ import annotations

import json

import pytest
from django.test import Client


class TestWebPage:
    def test_is_ours_alone(self) -> None:
        answer = Client().get("/")

        assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        assert b"http://" not in answer.content
        assert b"https://" not in answer.content

    @pytest.mark.parametrize("name", ["app.js", "app.css"])
    def test_finds_its_assets(self, name: str) -> None:
        assert Client().get(f"/static/web/{name}").status_code == 200


class TestSchema:
    def test_describes_home_and_who_may_ask(self) -> None:
        answer = Client().get(
            "/api/schema", headers={"Accept": "application/vnd.oai.openapi+json"}
        )

        schema = json.loads(answer.content)
        home = schema["paths"]["/api/v1/home"]["get"]
        assert home["security"] == [{"bearer": []}]
        assert schema["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
        assert set(schema["components"]["schemas"]["HomeOut"]["properties"]) == {
            *("live", "upcoming", "recent", "unread"),
        }


class TestDocs:
    def test_load_nothing_from_elsewhere(self) -> None:
        answer = Client().get("/api/docs")

        assert answer.status_code == 200
        assert b"//cdn" not in answer.content
        assert b"/static/drf_spectacular_sidecar/swagger-ui-dist/" in answer.content
