"""/media/: previews and posters of a local folder, in ranges, for ever cacheable.

Their names cannot be guessed and never show other bytes. On S3 the answer is the way to a signed
address, kept for shorter than it works: relative names in a storyboard go on working, and a
CDN in front sees names that never change. Recordings lie in the same storage and
are not served here: who may see one is asked at its playback address.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from whitenoise.responders import NotARegularFileError

from kit import files

PUBLIC: Final = re.compile(r"previews(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+")  # never up, never hidden
# By suffix and never by sniffing: nothing here may become a page.
TYPES: Final = {
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".vtt": "text/vtt; charset=utf-8",
}
SIGNED: Final = "public, max-age=1800"  # half of what a signature lasts (config.settings.storage)
UNKNOWN: Final = "application/octet-stream"


@require_safe
def media(request: HttpRequest, name: str) -> HttpResponseBase:
    """Serve one file of the local storage; 206 to ranges, 304 to what the phone has.

    Raises:
        Http404: no such file, or not one of ours to show.

    """
    if not PUBLIC.fullmatch(name):
        raise Http404
    try:
        path = Path(default_storage.path(name))
        return files.serve_path(request, path, content_type=TYPES.get(path.suffix, UNKNOWN))
    except NotImplementedError:
        return _elsewhere(name)
    except (OSError, NotARegularFileError, SuspiciousFileOperation) as why:
        raise Http404 from why


def _elsewhere(name: str) -> HttpResponseBase:
    answer = HttpResponseRedirect(default_storage.url(name))
    answer.headers["Cache-Control"] = SIGNED
    return answer
