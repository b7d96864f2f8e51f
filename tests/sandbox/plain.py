"""Plain-HTTP calls without the 30 ms that httpx spends on loading certificates for each."""

from __future__ import annotations

import ssl
from functools import partial
from typing import Final

import httpx

# Nothing here speaks TLS; an empty context is what costs nothing.
UNUSED: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

get = partial(httpx.get, verify=UNUSED, trust_env=False)
post = partial(httpx.post, verify=UNUSED, trust_env=False)
put = partial(httpx.put, verify=UNUSED, trust_env=False)
Client = partial(httpx.Client, verify=UNUSED, trust_env=False)
