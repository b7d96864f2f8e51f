"""Effects on the observer: a provider that is told twice, and knows it by the key."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException
from typing import Final

from django.conf import settings

from kit.errors import Unavailable

WAITS_S: Final = 10.0


class ObserverDown(Unavailable):
    code = "observer-down"
    sentence = "The observer does not answer."


def leave(what: str, *, key: str) -> None:
    """Have an effect, known by its key however often it is asked for.

    Raises:
        ObserverDown: it may have happened, or not.

    """
    observer: str = getattr(settings, "PROOF_OBSERVER")  # noqa: B009 (mypy knows config.settings.test)
    host, _, port = observer.partition(":")
    connection = HTTPConnection(host, int(port), timeout=WAITS_S)
    try:
        connection.request("POST", "/", json.dumps(what), {"Idempotency-Key": key})
        connection.getresponse().read()
    except (OSError, HTTPException) as failure:
        raise ObserverDown from failure
    finally:
        connection.close()
