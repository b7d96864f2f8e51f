"""Where recordings and previews lie: a folder (`file:///…`, also an NFS mount) or S3."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from config.env import environment

_url = urlsplit(environment().storage_url)
_options = {name: values[-1] for name, values in parse_qs(_url.query).items()}

MEDIA_ROOT = _url.path if _url.scheme == "file" else ""
MEDIA_URL = "/media/"

_default: dict[str, Any] = (
    {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    if _url.scheme == "file"
    # s3://bucket/prefix?endpoint_url=…&region_name=…; credentials come from AWS_* as boto3 reads
    else {
        "BACKEND": "kit.storages.S3",
        "OPTIONS": {
            "bucket_name": _url.netloc,
            "location": _url.path.strip("/"),
            "querystring_auth": True,
            "querystring_expire": 3600,
            "file_overwrite": True,
            **_options,
        },
    }
)
STORAGES: dict[str, Any] = {
    "default": _default,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
