"""Tokens, keys and feeds for the gateway's tests."""

from __future__ import annotations

import time
from datetime import datetime
from functools import cache
from typing import Any

import jwt
from allauth.headless.tokens.strategies.jwt.internal import create_token
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

from apps.previews.contracts import Subject
from apps.previews.documents.assets import Revision, StoredAsset
from apps.previews.documents.sets import PreviewSet
from kit.ids import new_id
from tests.conftest import NOON

REFUSED_PORT = 1  # nobody listens there, and the kernel says so at once


def a_token(user_id: str, *, expires_in: int = 900, use: str = "access") -> str:
    """Return a token as allauth makes it."""
    token: str = create_token(use, sub=user_id, sid=new_id(), expires_in=expires_in)[0]
    return token


def bearer(user_id: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {a_token(user_id)}"}


def claims(*, expires_in: int = 900) -> dict[str, Any]:
    """Return what an access token says."""
    now = int(time.time())
    return {
        "sub": new_id(),
        "sid": new_id(),
        "jti": new_id(),
        "token_use": "access",
        "iat": now,
        "exp": now + expires_in,
    }


@cache
def a_foreign_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def signed_by_our_key(payload: dict[str, Any]) -> str:
    return jwt.encode(payload, settings.HEADLESS_JWT_PRIVATE_KEY, algorithm="RS256")


def without(payload: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in payload.items() if key != name}


def caches_with(alias: str, location: str) -> dict[str, Any]:
    """Return the cache settings with one server elsewhere."""
    return {**settings.CACHES, alias: {**settings.CACHES[alias], "LOCATION": location}}


def rest_with(**changed: object) -> dict[str, Any]:
    return {**settings.REST_FRAMEWORK, **changed}


def a_preview_set(
    subject: Subject, subject_id: str, *, now: datetime = NOON, folder: str = "previews/x"
) -> None:
    """Store a ready set: a clip, three posters, and of a recording a picture that moves."""
    moving = an_asset("preview_webp", f"{folder}/preview.webp", 320, "image/webp")
    made = PreviewSet.ensure(subject, subject_id, broadcast_id=subject_id, now=now)
    made.state = "ready"
    made.shown = Revision(
        placeholder="#223344",
        thumbhash="1QcSHQRnh493V4dIh4eXh1h4kJUI",
        width=1280,
        height=720,
        assets=[
            an_asset("preview", f"{folder}/preview.mp4", 854, "video/mp4"),
            *(an_asset("poster", f"{folder}/{width}.jpg", width) for width in (320, 640, 1280)),
            *([moving] if subject is Subject.RECORDING else []),
        ],
    )
    made.save()


def an_asset(kind: str, name: str, width: int, content_type: str = "image/jpeg") -> StoredAsset:
    return StoredAsset(
        kind=kind,
        name=name,
        content_type=content_type,
        width=width,
        height=width * 9 // 16,
        bytes=1_000,
        duration_s=6.0 if kind == "preview" else 0.0,
        sha256="0" * 64,
    )
