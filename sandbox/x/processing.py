"""What X finds when it works on a GIF or a video: how far it is, and why it ends badly."""

from collections.abc import Callable
from typing import Any

from sandbox.knobs import knob
from sandbox.media import Media
from sandbox.world import World

GIF_SIDES, GIF_FRAMES, GIF_PIXELS = (1280, 1080), 350, 300_000_000
VIDEO_SIDES, VIDEO_LEAST = (1280, 1024), 32  # longer and shorter side at most; either at least
VIDEO_SECONDS, VIDEO_RATE, VIDEO_RATIO = (0.5, 140.0), 60.5, (1 / 3, 3.0)  # 60.5: a rate of 60 by rounded clocks
VIDEO_CODECS, AUDIO_CODECS = ("avc1", "avc3"), (None, "mp4a")
INTERNAL = "Invalid or unsupported media, Reason: InternalError."
SLOW = ("tweet_gif", "tweet_video", "amplify_video")  # categories that X works on after finalize


def _is_video(media: Media) -> bool:
    return media.content_type.startswith("video/")


def _codec(media: Media) -> bool:
    return _is_video(media) and media.video_codec not in VIDEO_CODECS


def _sides(media: Media) -> bool:
    longer, shorter = max(media.width, media.height), min(media.width, media.height)
    return longer > VIDEO_SIDES[0] or shorter > VIDEO_SIDES[1] or shorter < VIDEO_LEAST


# What makes each of them fire; the first that fits is told. The words are X's, as far as they are known.
FAILURES: dict[str, tuple[str, Callable[[Media], bool]]] = {
    "codec": ("Invalid or unsupported media, Reason: UnsupportedVideoCodec.", _codec),
    "sound": (
        "Invalid or unsupported media, Reason: UnsupportedAudioCodec.",
        lambda it: _is_video(it) and it.audio_codec not in AUDIO_CODECS,
    ),
    "short": (
        "Duration too short, minimum:500, actual:{actual}",
        lambda it: _is_video(it) and (it.seconds or 0.0) < VIDEO_SECONDS[0],
    ),
    "long": (
        "Duration too long, maximum:140000, actual:{actual}",
        lambda it: _is_video(it) and (it.seconds or 0.0) > VIDEO_SECONDS[1],
    ),
    "rate": ("Invalid frame rate, maximum:60", lambda it: _is_video(it) and (it.frame_rate or 0.0) > VIDEO_RATE),
    "ratio": (
        "Invalid aspect ratio, must be between 1:3 and 3:1",
        lambda it: _is_video(it) and not VIDEO_RATIO[0] <= it.ratio <= VIDEO_RATIO[1],
    ),
    "sides": ("Invalid dimensions, must be between 32x32 and 1280x1024", lambda it: _is_video(it) and _sides(it)),
    "gif_sides": (
        "Invalid dimensions, GIFs may be at most 1280x1080",
        lambda it: not _is_video(it) and (it.width > GIF_SIDES[0] or it.height > GIF_SIDES[1]),
    ),
    "gif_frames": (
        "GIF has too many frames, maximum:350",
        lambda it: not _is_video(it) and (it.frames or 0) > GIF_FRAMES,
    ),
    "gif_pixels": (
        "GIF has too many pixels in all its frames, maximum:300000000",
        lambda it: not _is_video(it) and it.width * it.height * (it.frames or 1) > GIF_PIXELS,
    ),
}


def failure(media: Media, category: str) -> str | None:
    """X's message when it cannot work on these media; None when it can. (amplify_video may last longer.)"""
    for code, (message, fires) in FAILURES.items():
        if fires(media) and not (code == "long" and category == "amplify_video"):
            return message.replace("{actual}", str(round((media.seconds or 0.0) * 1000)))
    return None


def info(world: World, stored: dict[str, Any]) -> dict[str, Any] | None:
    """`processing_info` of a finalized upload; None where X has nothing to work on."""
    if stored["category"] not in SLOW or not stored["finalized"]:
        return None
    now, whole = world.now(), knob(world, "x.media_processing")
    left = stored["ready_at"] - now
    if left > whole / 2:
        return {"state": "pending", "check_after_secs": 1}
    if left > 0:
        return {"state": "in_progress", "check_after_secs": 1, "progress_percent": round(100 * (1 - left / whole))}
    if stored["failure"] is not None:
        error = {"code": 1, "name": "InvalidMedia", "message": stored["failure"]}
        return {"state": "failed", "progress_percent": 0, "error": error}
    return {"state": "succeeded", "progress_percent": 100}
