"""The platforms: names, limits and links, as data. Sources: facts read in the platforms' documentation, November 2026."""

from dataclasses import dataclass
from enum import StrEnum


class Platform(StrEnum):
    """Where posts go."""

    X = "x"
    LINKEDIN = "linkedin"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one post may carry. `text` is counted the platform's way, see domain.text."""

    text: int
    pictures: int
    picture_bytes: int
    alt_text: int
    hashtags: int


@dataclass(frozen=True, slots=True)
class PlatformFacts:
    """One row of the table below."""

    name: str
    limits: Limits
    posts_a_day: int


PLATFORMS: dict[Platform, PlatformFacts] = {
    Platform.X: PlatformFacts("X", Limits(280, 4, 5_000_000, 1_000, 2), 50),
    Platform.LINKEDIN: PlatformFacts("LinkedIn", Limits(3_000, 1, 5_000_000, 4_086, 3), 50),
}
