"""Stand-ins for the providers, over real sockets: Google, YouTube, FCM, APNs and Wowza.

Process     python -m sandbox --dir DIR --google-port N --fcm-port N --apns-port N --wowza-port N
In tests    with sandbox.serve(directory) as stand_ins: ...
Steering    sandbox.client
Accounts    sandbox.credentials.ensure_credentials
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.threaded import StandIns


def serve(directory: Path) -> AbstractContextManager[StandIns]:
    """Run every stand-in in a thread of this process, on free ports, until the `with` ends."""
    # Here, as a launcher that only wants credentials should not pay for a web server.
    from sandbox.serving import Options  # noqa: PLC0415
    from sandbox.threaded import serving  # noqa: PLC0415

    return serving(Options(directory=directory))
