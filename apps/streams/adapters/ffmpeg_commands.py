"""The command lines of ffmpeg: what is said once for all, and what each kind of work adds."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from imageio_ffmpeg import get_ffmpeg_exe

from apps.streams.adapters import encoders
from apps.streams.contracts import Piece, Rung
from apps.streams.ports import Cut
from apps.streams.rules.ladders import SEGMENT_S

# Media time begins here, so that what is reordered before the first picture stays above zero and
# every piece continues where the one before it ended.
OFFSET_S: Final = 10
_QUIET: Final = ("-nostdin", "-hide_banner", "-loglevel", "error", "-y")
_ONE_FILE: Final = ("-protocol_whitelist", "file")
_MP4: Final = ("-map_metadata", "-1", "-movflags", "+faststart", "-f", "mp4")
_AAC: Final = ("-c:a", "aac", "-b:a", "128k", "-ac", "2", "-ar", "48000")


def join(listed: Path, target: Path) -> list[str]:
    return [
        *(get_ffmpeg_exe(), *_QUIET, "-f", "concat", "-safe", "0", *_ONE_FILE, "-i", str(listed)),
        *("-map", "0:v:0", "-map", "0:a:0?", "-c", "copy", *_MP4, str(target)),
    ]


def salvage(part: Path, target: Path) -> list[str]:
    """Copy the packets that are whole of a part whose writer was killed.

    Half a packet at the end of one part would end the join of all of them.
    """
    return [
        *(get_ffmpeg_exe(), *_QUIET, *_ONE_FILE, "-fflags", "+discardcorrupt", "-i", str(part)),
        *("-map", "0:v:0", "-map", "0:a:0?", "-c", "copy", *_MP4, str(target)),
    ]


def conform(
    part: Path, target: Path, *, span: tuple[float, float], size: tuple[int, int]
) -> list[str]:
    """Encode a span of pictures, in seconds, to a size; with bars where the shape differs."""
    width, height = size
    fitted = (
        f"scale={width}:{height}:force_original_aspect_ratio=decrease,"
        f"pad={width}:{height}:(ow-iw)/2:(oh-ih)/2,setsar=1"
    )
    start_s, length_s = span
    return [
        *(get_ffmpeg_exe(), *_QUIET, *_ONE_FILE, "-ss", f"{start_s:.3f}"),
        *("-t", f"{length_s:.3f}", "-i", str(part), "-map", "0:v:0", "-vf", fitted),
        *(*encoders.h264(), *encoders.quality(), "-pix_fmt", "yuv420p"),
        *("-threads", str(encoders.threads()), "-video_track_timescale", "90000"),
        *(*_MP4, str(target)),
    ]


def conform_sound(part: Path, target: Path, *, duration_s: float, has_audio: bool) -> list[str]:
    """Encode the sound of a part; silence where it has none, as the others have some."""
    source = (
        ("-i", str(part)) if has_audio else ("-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo")
    )
    return [
        *(get_ffmpeg_exe(), *_QUIET, "-t", f"{duration_s:.3f}", *source),
        *("-map", "0:a:0", *_AAC, *_MP4, str(target)),
    ]


def put_together(listed: Path, sound: Path, target: Path) -> list[str]:
    return [
        *(get_ffmpeg_exe(), *_QUIET, "-f", "concat", "-safe", "0", *_ONE_FILE, "-i", str(listed)),
        *("-i", str(sound), "-map", "0:v:0", "-map", "1:a:0", "-c", "copy", *_MP4, str(target)),
    ]


def cut(source: Path, target: Path, wanted: Cut) -> list[str]:
    how = (
        (*encoders.h264(), *encoders.quality(), "-pix_fmt", "yuv420p", *_AAC)
        if wanted.is_exact
        else ("-c", "copy", "-avoid_negative_ts", "make_zero")
    )
    return [
        *(get_ffmpeg_exe(), *_QUIET, *_ONE_FILE, "-ss", f"{wanted.start_s:.3f}"),
        *("-t", f"{wanted.end_s - wanted.start_s:.3f}", "-i", str(source)),
        *("-map", "0:v:0", "-map", "0:a:0?", *how, "-threads", str(encoders.threads())),
        *(*_MP4, str(target)),
    ]


def sound(source: Path, into: Path, piece: Piece, *, is_aac: bool) -> list[str]:
    how = ("-c:a", "copy") if is_aac else _AAC
    return [
        *(get_ffmpeg_exe(), *_QUIET, *_ONE_FILE, "-i", str(source), "-map", "0:a:0", *how),
        *_hls(into, "sound", piece),
    ]


def pictures(source: Path, into: Path, piece: Piece) -> list[str]:
    """Decode a span once and encode it into every rung."""
    count = len(piece.rungs)
    split = f"[0:v:0]split={count}" + "".join(f"[s{nth}]" for nth in range(count))
    scaled = [
        f"[s{nth}]scale={rung.width}:{rung.height},setsar=1[{rung.name}]"
        for nth, rung in enumerate(piece.rungs)
    ]
    command = [
        *(get_ffmpeg_exe(), *_QUIET, *_ONE_FILE, "-threads", str(encoders.threads())),
        *("-ss", f"{piece.start_s:.3f}", "-t", f"{piece.length_s:.3f}", "-i", str(source)),
        *("-filter_complex_threads", "1", "-filter_complex", ";".join([split, *scaled])),
    ]
    for rung in piece.rungs:
        command += ["-map", f"[{rung.name}]", *_rung(rung), *_hls(into, rung.name, piece)]
    return command


def _rung(rung: Rung) -> list[str]:
    most = int(rung.bitrate_bps * 1.1)
    return [
        *encoders.h264(),
        # Phones do not keep a frame rate; a coarse clock would move their pictures.
        *("-pix_fmt", "yuv420p", "-fps_mode", "passthrough", "-enc_time_base", "1:90000"),
        *("-b:v", str(rung.bitrate_bps), "-maxrate", str(most), "-bufsize", str(most * 2)),
        # Every rung cuts at the same pictures, or a player could not change between them.
        *("-g", "9999", "-force_key_frames", f"expr:gte(t,n_forced*{SEGMENT_S})"),
        *("-threads", str(encoders.threads())),
    ]


def _hls(into: Path, name: str, piece: Piece) -> list[str]:
    made = f"{name}_{piece.number:05d}"
    return [
        *("-map_metadata", "-1", "-output_ts_offset", f"{OFFSET_S + piece.start_s:.3f}"),
        *("-f", "hls", "-hls_time", str(SEGMENT_S), "-hls_list_size", "0"),
        *("-hls_playlist_type", "vod", "-hls_segment_type", "fmp4"),
        # Without it every piece would begin at zero again.
        *("-hls_segment_options", "movflags=+frag_discont"),
        *("-hls_fmp4_init_filename", f"{made}.mp4"),
        *("-hls_segment_filename", str(into / f"{made}_%05d.m4s"), str(into / f"{made}.m3u8")),
    ]
