"""Starts the production settings, for real, with the variables a deployment would give."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from clients.demo.clips import ROOT
from workers.embedded.environment import Ports, prepare

# Names whose made-up value must have a form: keys, and secrets of full length.
FORMED = ("SECRET_KEY", "INGEST_HOOK_SECRET", "KEY_PEPPER", "FIELD_KEYS", "JWT_PRIVATE_KEY")


def complaint(variables: dict[str, str], home: Path) -> str:
    """Return what production says against these variables, an empty text where it starts.

    What a person must fill in is made up, in the right form.
    """
    made_up = prepare(home, Ports.free())
    filled = {
        name: value
        or (made_up[name] if name in FORMED else f"made-up-{name.lower()}".ljust(32, "-"))
        for name, value in variables.items()
    }
    done = subprocess.run(
        [sys.executable, "-c", "import config.settings.production"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **filled},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return "" if done.returncode == 0 else done.stderr
