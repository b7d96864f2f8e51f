"""Real footage of every kind the tests need, derived once from one clip by ffmpeg."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

from clients.demo.clips import big_buck_bunny

DEADLINE_S = 60
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Studio:
    """Makes footage in a folder; asked twice for the same, it gives what it has."""

    folder: Path

    def landscape(self) -> Path:
        return big_buck_bunny()

    def long(self) -> Path:
        """30 s at 320x180 with a key frame each second, so that moments can be chosen."""
        encoded = ("-vf", "scale=320:180", "-g", "25", "-preset", "ultrafast", "-an")
        return self._ffmpeg("long.mp4", *encoded, "-t", "30", before=("-stream_loop", "9"))

    def portrait(self) -> Path:
        """Tall by its pixels, of odd size as far as 4:4:4 lets it."""
        odd = ("-vf", "crop=405:719:100:0,format=yuv444p", "-frames:v", "25", "-an")
        return self._ffmpeg("portrait.mp4", *odd, "-preset", "ultrafast")

    def rotated(self) -> Path:
        """Wide by its pixels, tall by its display matrix, as phones record."""
        turned = ("-display_rotation", "90")
        return self._ffmpeg(
            "rotated.mp4", "-c", "copy", before=turned, source=self.three_seconds()
        )

    def turned_back(self) -> Path:
        turned = ("-display_rotation", "270")
        return self._ffmpeg("back.mp4", "-c", "copy", before=turned, source=self.three_seconds())

    def upside_down(self) -> Path:
        turned = ("-display_rotation", "180")
        return self._ffmpeg("down.mp4", "-c", "copy", before=turned, source=self.three_seconds())

    def uhd_ten_bit_hevc(self) -> Path:
        """Twelve frames, as encoding these takes long."""
        how = ("-vf", "scale=3840:2160", "-pix_fmt", "yuv420p10le", "-frames:v", "12", "-an")
        encoder = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error")
        return self._ffmpeg("uhd.mp4", *how, *encoder, "-tag:v", "hvc1")

    def variable_rate(self) -> Path:
        """Frames as a phone drops them in the dark: 25 a second, then every fifth alone."""
        dropped = "scale=320:180,select='lt(t,2)+not(mod(n,5))'"
        encoded = ("-vf", dropped, "-fps_mode", "vfr", "-g", "25", "-an")
        return self._ffmpeg("variable.mp4", *encoded)

    def wide_strip(self) -> Path:
        """Far wider than 16:9."""
        return self._ffmpeg("strip.mp4", "-vf", "crop=1280:200", "-frames:v", "25", "-an")

    def noise(self) -> Path:
        """What no encoder can make small: snow, for eight seconds."""
        snow = ("-f", "lavfi", "-i", "nullsrc=s=1280x720:r=30,geq=random(1)*255:128:128")
        return self._ffmpeg(
            "noise.mp4", "-t", "8", "-map", "1:v", "-g", "60", "-preset", "ultrafast", before=snow
        )

    def still_then_lively(self) -> Path:
        """A minute: black, a frozen picture, then twenty seconds that move, then black again."""
        frozen = "loop=loop=750:size=1:start=0"
        parts = (
            "[0:v]scale=320:180,split[one][two];"
            f"[one]trim=end_frame=1,{frozen},trim=duration=25,setpts=PTS-STARTPTS[still];"
            "[two]setpts=PTS-STARTPTS,trim=duration=20[lively];"
            "color=black:s=320x180:r=25:d=8,split[dark][end];"
            "[dark][still][lively][end]concat=n=4:v=1[all]"
        )
        return self._ffmpeg(
            "lively.mp4",
            *("-filter_complex", parts, "-map", "[all]", "-g", "25", "-preset", "ultrafast"),
            before=("-stream_loop", "9"),
        )

    def tiny(self) -> Path:
        """Two seconds that cost next to nothing, with sound and the index in front."""
        small = ("-vf", "scale=96:54", "-g", "25", "-t", "2", "-c:a", "aac", "-ac", "1")
        return self._ffmpeg("tiny.mp4", *small, "-movflags", "+faststart")

    def five_minutes(self) -> Path:
        """Enough key frames to keep any processor busy for seconds."""
        return self._ffmpeg("five.mp4", "-c", "copy", before=("-stream_loop", "59"))

    def three_seconds(self) -> Path:
        return self._ffmpeg("three.mp4", "-c", "copy", "-t", "3", source=self.long())

    def two_seconds_with_sound(self) -> Path:
        return self._ffmpeg("sound.mp4", "-c", "copy", "-t", "2")

    def one_frame(self) -> Path:
        return self._ffmpeg("one.mp4", "-frames:v", "1", "-an")

    def index_in_front(self) -> Path:
        flags = ("-movflags", "+faststart")
        return self._ffmpeg("front.mp4", "-c", "copy", *flags, source=self.long())

    def audio_only(self) -> Path:
        return self._ffmpeg("audio.mp4", "-vn", "-c:a", "copy")

    def rare_codec(self) -> Path:
        """FFV1: real video, but of a codec no phone sends."""
        return self._ffmpeg("rare.mkv", "-c:v", "ffv1", "-frames:v", "5", "-an")

    def wide(self) -> Path:
        return self._ffmpeg("wide.mp4", "-vf", "scale=2560:1440", "-frames:v", "3", "-an")

    def large(self) -> Path:
        """A second that is larger than any phone shows it."""
        how = ("-vf", "scale=2560:1440", "-frames:v", "25", "-an", "-preset", "ultrafast")
        return self._ffmpeg("large.mp4", *how)

    def with_late_pictures(self) -> Path:
        """Pictures decoded in another order than shown, a key frame each 2 s, for 12 s."""
        encoded = ("-vf", "scale=160:90", "-g", "50", "-bf", "3", "-preset", "veryfast", "-an")
        return self._ffmpeg("late.mp4", *encoded, "-t", "12", before=("-stream_loop", "2"))

    def late_keys(self) -> Path:
        """A key frame each 10 s only, as careless encoders make, and the first picture late.

        Sound begins at 0, pictures at 0.6 s: the file's clock and the pictures' differ.
        """
        encoded = ("-vf", "scale=160:90", "-g", "250", "-sc_threshold", "0", "-preset", "veryfast")
        plain = self._ffmpeg("late-plain.mp4", *encoded, "-t", "24", before=("-stream_loop", "5"))
        shifted = ("-itsoffset", "0.6")
        tone = ("-f", "lavfi", "-i", "sine=frequency=440:duration=24")
        both = ("-map", "1:v", "-map", "0:a", "-c:v", "copy", "-c:a", "aac")
        return self._ffmpeg("late-keys.mp4", *both, before=(*tone, *shifted), source=plain)

    def beeping(self) -> Path:
        """Two seconds dark and silent, then white with a tone, then dark and silent again."""
        pictures = ("-f", "lavfi", "-i", "color=white:s=320x180:r=25:d=6")
        tone = ("-f", "lavfi", "-i", "sine=frequency=880:sample_rate=44100:duration=6")
        at_rest = "enable='lt(t,2)+gte(t,3)'"
        parts = f"[0:v]drawbox=t=fill:color=black:{at_rest}[v];[1:a]volume=0:{at_rest}[a]"
        how = ("-filter_complex", parts)
        encoded = ("-map", "[v]", "-map", "[a]", "-g", "250", "-c:a", "aac", "-t", "6")
        return self._ffmpeg("beep.mp4", *how, *encoded, before=(*pictures, *tone))

    def tall_by_pixels(self) -> Path:
        """Tall as phones store it without a flag: its pixels stand upright."""
        tall = ("-vf", "crop=406:720:400:0", "-t", "2", "-preset", "ultrafast")
        return self._ffmpeg("tall.mp4", *tall)

    def changing(self, first: Size, then: Size, end: str) -> Path:
        """Three seconds of a picture size, then three of another, in one track."""
        parts = [self._of_size(*size) for size in (first, then)]
        name = "-then-".join(part.stem for part in parts)
        listed = self.folder / f"{name}.txt"
        listed.write_text("".join(f"file {part.name}\n" for part in parts))
        return self._ffmpeg(f"{name}.{end}", "-c", "copy", before=("-f", "concat"), source=listed)

    def _of_size(self, width: int, height: int) -> Path:
        """Cut out of the middle what has another shape, so that nothing is squashed."""
        whole = f"scale={width}:{height}:force_original_aspect_ratio=increase"
        encoded = ("-vf", f"{whole},crop={width}:{height},setsar=1", "-an", "-t", "3", "-g", "25")
        return self._ffmpeg(f"{width}x{height}.ts", *encoded, "-preset", "ultrafast")

    def in_container(self, name: str) -> Path:
        """Keep those pictures, change the container: mkv, avi, ts or mov by the name's end."""
        return self._ffmpeg(name, "-c", "copy", source=self.with_late_pictures())

    def in_codec(self, name: str, *how: str) -> Path:
        small = ("-vf", "scale=160:90", "-an", "-g", "50")
        return self._ffmpeg(name, *small, *how)

    def fragmented(self) -> Path:
        flags = "+frag_keyframe+empty_moov+default_base_moof"
        return self._ffmpeg("fragmented.mp4", "-c", "copy", "-movflags", flags, source=self.long())

    def segments(self) -> list[Path]:
        """Return HLS fMP4 as a running broadcast has it: init first, then four of 2 s."""
        playlist = self.folder / "live" / "live.m3u8"
        if not playlist.exists():
            playlist.parent.mkdir()
            hls = ("-f", "hls", "-hls_time", "2", "-hls_segment_type", "fmp4", "-t", "8")
            self._ffmpeg("live/live.m3u8", "-c", "copy", *hls, source=self.long())
        return [playlist.parent / "init.mp4", *sorted(playlist.parent.glob("*.m4s"))]

    def dvr(self) -> Path:
        """Return the playlist of the first minute of a broadcast: init and thirty of 2 s."""
        hls = ("-f", "hls", "-hls_time", "2", "-hls_segment_type", "fmp4", "-hls_list_size", "0")
        (self.folder / "dvr").mkdir(exist_ok=True)
        return self._ffmpeg(
            "dvr/dvr.m3u8",
            *("-c", "copy", *hls, "-t", "60"),
            before=("-stream_loop", "1"),
            source=self.long(),
        )

    def _ffmpeg(
        self, name: str, *how: str, before: tuple[str, ...] = (), source: Path | None = None
    ) -> Path:
        made = self.folder / name
        if not made.exists():
            command = [
                *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin"),
                *before,
                *("-i", str(source or big_buck_bunny()), *how, str(made)),
            ]
            subprocess.run(command, check=True, timeout=DEADLINE_S)  # noqa: S603 (our own words)
        return made
