"""What Instagram takes: pictures, reels, stories, videos in carousels, captions; judged by the bytes."""

import re
from dataclasses import dataclass
from pathlib import Path

from sandbox.instagram.refusals import refused
from sandbox.media import Media, read_media, read_media_file

MIB = 1024**2
IMAGE_MOST = 8 * MIB
NARROWEST, WIDEST = 4 / 5, 1.91
ROUNDING = 0.005  # of a ratio: 1080 × 1350 and 1080 × 566 are meant to fit
CAPTION, HASHTAGS, MENTIONS = 2200, 30, 20
HASHTAG, MENTION = re.compile(r"#\w+"), re.compile(r"(?<![\w.])@\w[\w.]*")
VIDEO_CODECS, AUDIO_CODECS = ("avc1", "avc3", "hvc1", "hev1"), ("mp4a", None)
BITS = 25_000_000  # a second


@dataclass(frozen=True)
class VideoRule:
    """The longest and largest video of one kind."""

    seconds: float
    most: int


VIDEOS = {
    "REELS": VideoRule(900, 300 * MIB),
    "STORIES": VideoRule(60, 100 * MIB),
    "VIDEO": VideoRule(60, 100 * MIB),  # in a carousel; the papers do not say, so as the older feed videos
}


def check_caption(caption: str) -> None:
    """Raises Refused: caption_too_long, too_many_mentions. The unit is undocumented: UTF-16, the larger count."""
    if len(caption.encode("utf-16-le")) // 2 > CAPTION or len(HASHTAG.findall(caption)) > HASHTAGS:
        raise refused("caption_too_long")
    if len(MENTION.findall(caption)) > MENTIONS:
        raise refused("too_many_mentions")


def check_image(content: bytes, *, ratio: bool) -> None:
    """Raises Refused: not_fetchable, not_jpeg, too_large, bad_ratio. Widths are scaled to 320–1440 and never refused."""
    media = read_media(content)
    if media is None:
        raise refused("not_fetchable", reason="the address gives no picture")
    if media.content_type != "image/jpeg":
        raise refused("not_jpeg", value=media.content_type)
    if len(content) > IMAGE_MOST:
        raise refused("too_large")
    if ratio and not NARROWEST - ROUNDING <= media.ratio <= WIDEST + ROUNDING:
        raise refused("bad_ratio", value=f"({media.width}/{media.height})")


def video_ending(path: Path, sort: str, thumb_offset: int) -> int | None:
    """The subcode in which the processing of this video ends, None when it ends well."""
    media = read_media_file(path)
    if media is None or not _fits(media, path.stat().st_size, VIDEOS[sort]):
        return 2207026
    return 2207057 if thumb_offset > (media.seconds or 0) * 1000 else None


def _fits(media: Media, size: int, rule: VideoRule) -> bool:
    seconds = media.seconds or 0.0
    return (
        media.content_type in ("video/mp4", "video/quicktime")
        and media.moov_first
        and not media.edit_list  # "no edit lists" stands in Meta's list; taken at its word
        and media.video_codec in VIDEO_CODECS
        and media.audio_codec in AUDIO_CODECS
        and 3 <= seconds <= rule.seconds
        and size <= rule.most
        and size * 8 <= BITS * seconds
        and media.width <= 1920
        and 0.01 <= media.ratio <= 10
        and (media.frame_rate is None or 22.9 <= media.frame_rate <= 60.1)
    )
