"""The platforms: names, limits and links, as data. Sources: facts read in the platforms' documentation, November 2026."""

from dataclasses import dataclass
from enum import StrEnum


class Platform(StrEnum):
    """Where posts go."""

    X = "x"
    LINKEDIN = "linkedin"
    FACEBOOK = "facebook"
    INSTAGRAM = "instagram"
    TIKTOK = "tiktok"
    YOUTUBE = "youtube"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one post may carry. `text` is counted the platform's way, see domain.text; 0 pictures: it takes none."""

    text: int
    pictures: int
    picture_bytes: int
    alt_text: int
    hashtags: int
    gif_bytes: int = 0
    """What an animated GIF may weigh, where that is not what pictures may."""


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """What a film may be. Seconds, bytes, frames a second; `ratio` is width over height, smallest and largest."""

    size: int
    seconds: tuple[float, float]
    rate: tuple[float, float]
    ratio: tuple[float, float]
    codecs: tuple[str, ...]
    sound: tuple[str, ...] = ()
    """The sound's codecs; empty: any."""
    types: tuple[str, ...] = ()
    """Content types; empty: any that we can read."""
    sides: tuple[int, int] | None = None
    """At most so many pixels on the longer and on the shorter side."""
    least: int = 1
    """The smallest size, in bytes."""


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """What a document may be. Bytes, pages."""

    size: int
    pages: int
    types: tuple[str, ...]


class Shape(StrEnum):
    """What we make for a platform whose page brings nothing fit: a wide picture, an upright one, or a short film."""

    WIDE = "wide"
    UPRIGHT = "upright"
    FILM = "film"


@dataclass(frozen=True, slots=True)
class PlatformFacts:
    """One row of the table below."""

    name: str
    limits: Limits
    posts_a_day: int
    picture_types: tuple[str, ...]
    video: VideoLimits | None = None
    document: DocumentLimits | None = None
    shape: Shape = Shape.WIDE
    links_work: bool = True
    """Whether a link in the text can be followed; where not, none is written into it."""
    refused_signs: str = ""
    """Signs that a text must not hold."""
    posts_a_round: int = 100
    """How many posts' figures are read in one round. Fewer where each is a call of its own: so few that a round fits into a
    quarter of the burst of the platform's `READS`. A round for which there is no room to its end is lost, and would be for
    ever if it never fitted."""
    why_so_short: str = ""
    """What an owner is told about a permission that ended within eight days, where that has a usual reason."""


_H264 = ("avc1", "avc3")
_MODERN = (*_H264, "hvc1", "hev1", "vp08", "vp09", "av01")
_STILL = ("image/jpeg", "image/png")
_FILES = ("video/mp4", "video/quicktime")

_GOOGLE_IS_TESTING = (
    " Google ends every permission of a project that is still in testing after seven days. If that is why: whoever runs this"
    " installation publishes the project on Google's consent screen page, and permissions given after that last."
)

PLATFORMS: dict[Platform, PlatformFacts] = {
    Platform.X: PlatformFacts(
        "X", Limits(280, 4, 5_000_000, 1_000, 2, gif_bytes=15_000_000), 50, (*_STILL, "image/gif", "image/webp"),
        VideoLimits(
            512_000_000, (0.5, 140), (1, 60), (1 / 3, 3), _H264, ("mp4a",), _FILES, sides=(1280, 1024)
        ),
    ),
    Platform.LINKEDIN: PlatformFacts(
        "LinkedIn", Limits(3_000, 20, 5_000_000, 4_086, 3), 50, (*_STILL, "image/gif"),
        VideoLimits(
            500_000_000, (3, 1_800), (1, 60), (1 / 2.4, 2.4), _H264, ("mp4a",), ("video/mp4",), least=75_000
        ),
        DocumentLimits(100_000_000, 300, ("application/pdf",)), posts_a_round=8,
    ),
    Platform.FACEBOOK: PlatformFacts(
        "Facebook", Limits(63_206, 10, 4_000_000, 1_000, 3), 50, _STILL,
        VideoLimits(1_000_000_000, (1, 14_400), (1, 60), (9 / 21, 21 / 9), _MODERN), posts_a_round=6,
    ),
    Platform.INSTAGRAM: PlatformFacts(
        "Instagram", Limits(2_200, 10, 8_000_000, 1_000, 8), 50, ("image/jpeg",),
        VideoLimits(300_000_000, (3, 900), (23, 60), (0.01, 10), (*_H264, "hvc1", "hev1")), shape=Shape.UPRIGHT,
        links_work=False, posts_a_round=6,
    ),
    Platform.TIKTOK: PlatformFacts(
        "TikTok", Limits(2_200, 35, 20_000_000, 0, 5), 15, ("image/jpeg", "image/webp"),
        VideoLimits(4_000_000_000, (1, 600), (23, 60), (9 / 21, 21 / 9), (*_H264, "hvc1", "hev1", "vp08", "vp09")),
        shape=Shape.FILM, links_work=False,
    ),
    Platform.YOUTUBE: PlatformFacts(
        "YouTube", Limits(5_000, 0, 0, 0, 5), 100, (),
        VideoLimits(256_000_000_000, (1, 43_200), (1, 120), (0.1, 10), _MODERN), shape=Shape.FILM,
        refused_signs="<>", why_so_short=_GOOGLE_IS_TESTING,
    ),
}  # fmt: skip
"""Facebook's photos: 4 MB is what its own error text says, 10 MB what its pages say; the smaller holds."""
