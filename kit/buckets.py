"""An S3 bucket as a storage, with the promises of `kit.storages`.

Apart from the folder, so that a process whose storage is one imports no boto3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]
from storages.backends.s3 import S3Storage
from typing_extensions import override

from kit.storages import FOR_EVER, Stored

# Named by their content (apps.previews): a CDN in front of the bucket may keep them for ever.
IMMUTABLE: Final = ("previews/",)


class S3(S3Storage):  # type: ignore[misc]
    """An S3 bucket; an object is there with the end of its upload, in parts where it is large.

    What never changes says so to whatever caches it.
    """

    failures: ClassVar[tuple[type[Exception], ...]] = (OSError, BotoCoreError, ClientError)

    @override
    def get_object_parameters(self, name: str) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_object_parameters(name)
        if name.startswith(IMMUTABLE):
            return {**parameters, "CacheControl": FOR_EVER}
        return parameters

    def signed_url(self, name: str, *, content_type: str, lasts_s: int) -> str | None:
        return str(self.url(name, {"ResponseContentType": content_type}, expire=lasts_s))

    def walk(self, prefix: str) -> Iterator[Stored]:
        below = self._normalize_name(prefix)
        for row in self.bucket.objects.filter(Prefix=f"{below}/"):
            yield Stored(
                name=row.key.removeprefix(f"{self.location}/") if self.location else row.key,
                size_bytes=row.size,
                written_at=row.last_modified,
            )
