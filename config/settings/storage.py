"""Where recordings and previews lie: a folder (`file:///…`, also an NFS mount) or S3."""

from typing import Any
from urllib.parse import urlsplit

from config.env import environment
from config.s3_options import read_options

_env = environment()
_url = urlsplit(_env.storage_url)

MEDIA_ROOT = _url.path if _url.scheme == "file" else ""
MEDIA_URL = "/media/"
# Where nginx finds MEDIA_ROOT as an internal location; empty: we send the bytes ourselves.
MEDIA_ACCEL_PREFIX = _env.media_accel_prefix
# Addresses of stored files that a bucket answers itself: they ask nobody. Together with a verdict
# (20 s) they are over within the 60 s after which a revoked viewer begins nothing; players come
# back to us for each range.
MEDIA_SIGNED_S = 40

_default: dict[str, Any] = (
    {"BACKEND": "kit.storages.FolderStorage"}
    if _url.scheme == "file"
    # s3://bucket/prefix?endpoint_url=…&region_name=…; credentials come from AWS_* as boto3 reads
    else {
        "BACKEND": "kit.buckets.S3",
        "OPTIONS": {
            "bucket_name": _url.netloc,
            "location": _url.path.strip("/"),
            **read_options(_url.query),
        },
    }
)
STORAGES: dict[str, Any] = {
    "default": _default,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}

# Apart from what is stored and served: nothing there is whole.
_spool = _env.uploads_directory or (f"{MEDIA_ROOT}/uploads" if MEDIA_ROOT else "")
STREAMS_SPOOL: tuple[str, dict[str, Any]] = ("spool.FolderSpool", {"directory": _spool})
STREAMS_INTAKE: tuple[str, dict[str, Any]] = ("intake.FfmpegIntake", {})
STREAMS_UPLOAD_LIMITS: dict[str, int] = {
    "max_bytes": _env.upload_max_bytes,
    "day_bytes": _env.upload_day_bytes,
    "open_limit": _env.upload_open_limit,
}
