"""Routes with known behaviour, below the gateway's own middleware."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gateway import urls
from gateway.answers import speaks_problems
from kit.errors import Conflict
from kit.ids import new_id


class Busy(Conflict):
    code = "busy"
    sentence = "Somebody is at {place}."


class Make(APIView):
    """Makes something new on every call that reaches it."""

    def post(self, request: Request) -> Response:
        return Response({"id": new_id(), "got": request.data}, status=201)


class Meet(APIView):
    """Sends the request it is answering a second time, as an impatient phone does."""

    met: ClassVar[list[Any]] = []

    def post(self, request: Request) -> Response:
        sent = {name: request.headers[name] for name in ("Authorization", "Idempotency-Key")}
        again = Client().post(
            request.path, request._request.body, "application/json", headers=sent
        )
        self.met.append(again)
        return Response({"id": new_id()})


class Recover(APIView):
    """Breaks once, then works."""

    calls: ClassVar[list[str]] = []

    def post(self, _request: Request) -> Response:
        self.calls.append("")
        return Response({"calls": len(self.calls)}, status=500 if len(self.calls) == 1 else 200)


class Look(APIView):
    """Open to everyone, so that limits count addresses."""

    permission_classes = ()

    def get(self, _request: Request, **_path: str) -> Response:
        return Response({})


def explode(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a bug")


@speaks_problems
def refuse(_request: HttpRequest) -> HttpResponse:
    raise Busy(place="the gate")


@speaks_problems
def lose(_request: HttpRequest) -> HttpResponse:
    raise Http404


urlpatterns = [
    path("api/v1/make", Make.as_view()),
    path("api/v1/meet", Meet.as_view()),
    path("api/v1/recover", Recover.as_view()),
    path("api/v1/look/<str:name>", Look.as_view()),
    path("api/v1/explode", explode),
    path("page/explode", explode),
    path("hooks/refuse", refuse),
    path("hooks/lose", lose),
]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500
