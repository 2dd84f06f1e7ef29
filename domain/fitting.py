"""How a film or a picture is fitted into what a platform takes: its size, its frames, a border. Only what is necessary.

Ratios are kept: what is too large is made smaller, and a border is added only where a platform takes no such shape.
"""

from dataclasses import dataclass
from math import ceil

from domain.platforms import PLATFORMS, Platform
from domain.settings import Form

H264, HEVC, AAC = "h264", "hevc", "aac"
_PLAIN_PIXELS = ("yuv420p", "yuvj420p")
_AS_BOXES = {H264: "avc1", HEVC: "hvc1"}
_SOUND_BITS = 160_000
_HIGHEST_BITS = 8_000_000
_SIDES: dict[Platform, tuple[int, int]] = {
    Platform.INSTAGRAM: (1_920, 1_920),
    Platform.TIKTOK: (4_096, 4_096),
}
"""Longer and shorter side of a film, where the platform's table has none: Instagram's width, TikTok's sides."""
_BITS: dict[Platform, int] = {Platform.INSTAGRAM: 25_000_000}
"""At most so many bits a second, sound included."""
_MADE_SIDES = (1_920, 1_920)
"""A film that has to be made anew gets no larger than this: more would only cost time."""


@dataclass(frozen=True, slots=True)
class Footage:
    """What a film is, as ffmpeg reads it. Sides as shown, turned upright; codecs by ffmpeg's names, "" for none."""

    width: int
    height: int
    seconds: float
    rate: float
    video: str
    pixels: str
    sound: str
    size: int

    @property
    def ratio(self) -> float:
        return self.width / self.height


@dataclass(frozen=True, slots=True)
class FilmWork:
    """What to do with a film. Without `anew` its streams are copied into a clean MP4 and the rest means nothing.

    The picture is scaled to `scaled` and centred on `canvas`; `rate` None keeps the frames as they are. `bits` a second.
    """

    anew: bool
    scaled: tuple[int, int] = (0, 0)
    canvas: tuple[int, int] = (0, 0)
    rate: float | None = None
    bits: int = _HIGHEST_BITS
    rounds: int = 1
    """How often it is played: a GIF that is shorter than the platform's films goes round."""


def film_work(platform: Platform, film: Footage, *, is_gif: bool = False) -> FilmWork:
    """What it takes to bring a film to a platform that takes films. A length that does not fit stays: people cut films."""
    limits = PLATFORMS[platform].video
    if limits is None:
        raise ValueError(f"{platform} takes no films")
    sides = limits.sides or _SIDES.get(platform)
    (slowest, fastest), (narrowest, widest) = limits.rate, limits.ratio
    good = (
        film.video in (H264, HEVC)
        and _AS_BOXES[film.video] in limits.codecs
        and film.pixels in _PLAIN_PIXELS
        and film.sound in ("", AAC)
        and slowest <= film.rate <= fastest
        and narrowest <= film.ratio <= widest
        and (sides is None or _fits((film.width, film.height), sides))
        and film.size <= limits.size
        and film.size * 8 <= _BITS.get(platform, film.size * 8) * max(film.seconds, 0.1)
    )
    if good:
        return FilmWork(anew=False)
    canvas = _canvas(film, (narrowest, widest), sides or _MADE_SIDES)
    rate = None if slowest <= film.rate <= fastest else min(max(film.rate, slowest, 24), fastest)
    shortest = limits.seconds[0]
    rounds = ceil(shortest / max(film.seconds, 0.1)) if is_gif and film.seconds < shortest else 1
    room = limits.size * 8 * 0.9 / max(film.seconds * rounds, 1) - _SOUND_BITS
    bits = int(min(_HIGHEST_BITS, _BITS.get(platform, _HIGHEST_BITS) * 0.8, max(room, 100_000)))
    return FilmWork(True, _inside((film.width, film.height), canvas), canvas, rate, bits, rounds)


def _canvas(film: Footage, ratios: tuple[float, float], sides: tuple[int, int]) -> tuple[int, int]:
    """The sides of the film that is made: the footage's ratio unless it is not taken, no side over its limit, all even."""
    width, height = _bordered((film.width, film.height), ratios)
    longer, shorter = (min(most, ours) for most, ours in zip(sides, _MADE_SIDES, strict=True))
    scale = min(1.0, longer / max(width, height), shorter / min(width, height))
    wide, high = _even(width * scale), _even(height * scale)
    # Whole pixels may have tipped the shape over its limit again.
    return wide + 2 * (wide / high < ratios[0]), high + 2 * (wide / high > ratios[1])


def _inside(sides: tuple[int, int], canvas: tuple[int, int]) -> tuple[int, int]:
    """The largest size of this shape that stands on the canvas."""
    scale = min(canvas[0] / sides[0], canvas[1] / sides[1])
    return min(_even(sides[0] * scale), canvas[0]), min(_even(sides[1] * scale), canvas[1])


def _bordered(sides: tuple[int, int], ratios: tuple[float, float]) -> tuple[int, int]:
    """The sides with a border, where the shape is narrower or wider than a platform takes; else as they are.

    A hair inside the limit, because sides are whole pixels.
    """
    (width, height), (narrowest, widest) = sides, ratios
    if width / height < narrowest:
        return ceil(height * narrowest * 1.001), height
    if width / height > widest:
        return width, ceil(width / widest * 1.001)
    return width, height


def _fits(sides: tuple[int, int], most: tuple[int, int]) -> bool:
    return max(sides) <= max(most) and min(sides) <= min(most)


def _even(side: float) -> int:
    """The nearest even number of pixels below, as H.264 wants it; at least two."""
    return max(int(side) // 2 * 2, 2)


@dataclass(frozen=True, slots=True)
class PictureWork:
    """What a platform wants of a picture. `sides`: longer and shorter at most; `size` in bytes; `ratios` None: any."""

    types: tuple[str, ...]
    sides: tuple[int, int]
    size: int
    ratios: tuple[float, float] | None = None


_PICTURE_SIDES: dict[Platform, tuple[int, int]] = {
    Platform.INSTAGRAM: (1_800, 1_440),
    Platform.TIKTOK: (1_920, 1_080),
}
_FEED_RATIOS = (0.8, 1.91)
"""Instagram's feed: 4:5 to 1.91:1. Stories take any."""


def picture_work(platform: Platform, form: str = "") -> PictureWork:
    """What a picture has to be there, posted in this form (`domain.settings.Form`, "" for an ordinary post)."""
    facts = PLATFORMS[platform]
    feed = platform is Platform.INSTAGRAM and form != Form.STORY
    sides = _PICTURE_SIDES.get(platform, (4_096, 4_096))
    return PictureWork(facts.picture_types, sides, facts.limits.picture_bytes, _FEED_RATIOS if feed else None)


def picture_sides(sides: tuple[int, int], work: PictureWork) -> tuple[tuple[int, int], tuple[int, int]]:
    """How large the picture is drawn, and the canvas that it stands on: the same, unless it needs a border."""
    canvas = _bordered(sides, work.ratios) if work.ratios else sides
    longer, shorter = work.sides
    scale = min(1.0, longer / max(canvas), shorter / min(canvas))
    drawn = (max(round(sides[0] * scale), 1), max(round(sides[1] * scale), 1))
    return drawn, (max(round(canvas[0] * scale), drawn[0]), max(round(canvas[1] * scale), drawn[1]))
