"""What the query of an `s3://` address says, as django-storages takes it."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl

ENCRYPTIONS: Final = ("AES256", "aws:kms", "aws:kms:dsse")
MB: Final = 1 << 20
SIGNED_S: Final = 3600
# Above the first, an upload goes in parts of the second, each retried by itself.
MULTIPART_FROM_MB: Final = 16
PART_MB: Final = 16
MIN_PART_MB: Final = 5  # S3's own
TEXTS: Final = (
    *("endpoint_url", "region_name", "addressing_style", "signature_version"),
    "default_acl",
)


class BadStorageUrl(SystemExit):
    """Says what of STORAGE_URL cannot be; the process ends with exit code 1."""

    def __init__(self, why: str) -> None:
        super().__init__(f"STORAGE_URL: {why}")


def read_options(query: str) -> dict[str, Any]:
    """Return the options of `kit.buckets.S3`.

    Raises:
        BadStorageUrl: an option is unknown, or its value cannot be.

    """
    # here, as every process reads its settings and only a bucket needs boto3
    from boto3.s3.transfer import TransferConfig  # noqa: PLC0415

    given = dict(parse_qsl(query, keep_blank_values=True))
    options: dict[str, Any] = {
        "querystring_auth": True,
        "querystring_expire": _number(given, "querystring_expire", SIGNED_S),
        "file_overwrite": True,
        "transfer_config": TransferConfig(
            multipart_threshold=_number(given, "multipart_from_mb", MULTIPART_FROM_MB) * MB,
            multipart_chunksize=_number(given, "part_mb", PART_MB, least=MIN_PART_MB) * MB,
        ),
        "object_parameters": _encryption(given),
    }
    options |= {name: given.pop(name) for name in TEXTS if name in given}
    if given:
        raise BadStorageUrl(f"unknown options: {', '.join(sorted(given))}.")
    return options


def _number(given: dict[str, str], name: str, default: int, *, least: int = 1) -> int:
    text = given.pop(name, str(default))
    if not text.isdecimal() or int(text) < least:
        raise BadStorageUrl(f"{name} is no whole number from {least} on.")
    return int(text)


def _encryption(given: dict[str, str]) -> dict[str, str]:
    """Return what S3 is told of encrypting at rest; nothing: as the bucket's own rule says."""
    wanted, key = given.pop("sse", ""), given.pop("sse_kms_key_id", "")
    if wanted and wanted not in ENCRYPTIONS:
        raise BadStorageUrl(f"sse is one of {', '.join(ENCRYPTIONS)}.")
    if key and not wanted.startswith("aws:kms"):
        raise BadStorageUrl("sse_kms_key_id needs sse=aws:kms.")
    told = {"ServerSideEncryption": wanted, "SSEKMSKeyId": key}
    return {name: value for name, value in told.items() if value}
