"""`python -m bench.previews_moviepy FILE`: three clips and five stills by MoviePy.

Tuned: ffmpeg scales before Python sees a frame. Without storyboard, other formats, or a choice.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

from moviepy import VideoFileClip, concatenate_videoclips

SIZES: Final = ((240, 15, "29"), (480, 30, "27"), (720, 30, "26"))
MOMENTS: Final = (0.2, 0.5, 0.8)
MOMENT_S: Final = 2.0


STILLS: Final = (0.1, 0.3, 0.5, 0.7, 0.9)


def main(path: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with VideoFileClip(path, audio=False, target_resolution=(None, 720)) as whole:
            for share in STILLS:
                whole.save_frame(str(Path(folder, f"{share}.jpg")), t=share * whole.duration)
        for height, rate, quality in SIZES:
            with VideoFileClip(path, audio=False, target_resolution=(None, height)) as whole:
                begins_s = [share * whole.duration for share in MOMENTS]
                parts = [whole.subclipped(at, at + MOMENT_S) for at in begins_s]
                concatenate_videoclips(parts).write_videofile(
                    str(Path(folder, f"{height}.mp4")),
                    fps=rate,
                    preset="veryfast",
                    threads=1,
                    audio=False,
                    logger=None,
                    ffmpeg_params=["-crf", quality, "-movflags", "+faststart"],
                )


if __name__ == "__main__":
    main(sys.argv[1])
