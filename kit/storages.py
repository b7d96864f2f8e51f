"""S3 as this project uses it: what never changes says so to whatever caches it."""

from __future__ import annotations

from typing import Any, Final

from storages.backends.s3 import S3Storage
from typing_extensions import override

from kit.files import FOR_EVER

# Named by their content (apps.previews): a CDN in front of the bucket may keep them for ever.
IMMUTABLE: Final = ("previews/",)


class S3(S3Storage):  # type: ignore[misc]
    """A bucket; its options are those of django-storages."""

    @override
    def get_object_parameters(self, name: str) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_object_parameters(name)
        if name.startswith(IMMUTABLE):
            return {**parameters, "CacheControl": FOR_EVER}
        return parameters
