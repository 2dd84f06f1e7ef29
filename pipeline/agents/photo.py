"""Reads pictures that people hand over and makes them fit: upright, in the web's colours, without a word about where and when.

Runs in a cell (`pipeline.agents.intake`).
"""

import io
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from domain.fitting import PictureWork, picture_sides

MOST_PIXELS = 50_000_000
"""A larger picture is not unpacked: it could fill the memory. Telephones make up to this."""
MOST_FRAMES = 1_500
_OPENED = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "MPO")
_QUALITIES = (90, 82, 74, 66)


class NotAPicture(Exception):
    """It cannot be used; the text is a sentence for whoever sent it, without the name of the file."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture that goes out."""

    content_type: str
    width: int
    height: int


def frames(path: Path) -> int:
    """How many pictures a GIF shows one after the other, each of them read. Raises `NotAPicture`."""
    with _open(path) as image:
        count = int(getattr(image, "n_frames", 1))
        if count > MOST_FRAMES:
            raise NotAPicture(f"has {count} frames; a GIF of up to {MOST_FRAMES} is taken. Send it as a film.")
        try:
            for n in range(count):
                image.seek(n)
                image.load()
        except (OSError, EOFError, ValueError, SyntaxError) as error:
            raise NotAPicture("is cut off or broken. Send it again.") from error
        return count


def sides(path: Path) -> tuple[int, int]:
    """Raises `NotAPicture`."""
    with _open(path) as image:
        return image.size


def fitted(path: Path, out: Path, work: PictureWork) -> Shot:
    """Write the picture as the platform takes it. Raises `NotAPicture`."""
    with _open(path) as image:
        if image.format in ("PNG", "WEBP") and getattr(image, "is_animated", False):
            raise NotAPicture("moves, and only GIFs and films may. Send it as a GIF or a film.")
        kept_sharp = image.format in ("PNG", "BMP") and "image/png" in work.types
        try:
            picture = _upright(image)
        except (OSError, EOFError, ValueError, SyntaxError, MemoryError) as error:
            raise NotAPicture("is cut off or broken. Send it again.") from error
    drawn, canvas = picture_sides(picture.size, work)
    if picture.size != drawn:
        picture = picture.resize(drawn, Image.Resampling.LANCZOS)
    if canvas != drawn:
        picture = _on_white(picture, canvas)
    return _written(picture, out, work, kept_sharp)


def _written(picture: Image.Image, out: Path, work: PictureWork, kept_sharp: bool) -> Shot:
    """Lossless if it came so and fits; else as a JPEG, of less quality and at last smaller until it does."""
    if kept_sharp:
        picture.save(out, "PNG", optimize=True)
        if out.stat().st_size <= work.size:
            return Shot("image/png", *picture.size)
    flat = _on_white(picture, picture.size)
    while True:
        for quality in _QUALITIES:
            kept = io.BytesIO()
            flat.save(kept, "JPEG", quality=quality, optimize=True, progressive=True)
            if kept.tell() <= work.size or max(flat.size) <= 320:
                out.write_bytes(kept.getvalue())
                return Shot("image/jpeg", *flat.size)
        flat = flat.resize((flat.width * 3 // 4, flat.height * 3 // 4), Image.Resampling.LANCZOS)


def _open(path: Path) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = None  # said in our own words, below, before anything is unpacked
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(path, formats=_OPENED)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise NotAPicture("is broken, or no picture at all. Send it again, as JPEG or PNG.") from error
    if image.width * image.height > MOST_PIXELS:
        size = f"{image.width:,} × {image.height:,} pixels"
        image.close()
        raise NotAPicture(f"has {size}; up to {MOST_PIXELS // 1_000_000} megapixels are taken. Make it smaller.")
    return image


def _upright(image: Image.Image) -> Image.Image:
    """Turned as it is meant to be seen, in sRGB, as RGB or RGBA: nothing of the file is left but its pixels."""
    profile = image.info.get("icc_profile")
    turned = ImageOps.exif_transpose(image)
    see_through = turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info
    if profile and turned.mode in ("RGB", "CMYK", "L"):
        turned = _in_srgb(turned, profile)
    plain = turned.convert("RGBA" if see_through else "RGB")
    bare = Image.new(plain.mode, plain.size)
    bare.paste(plain)
    return bare


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # a profile that cannot be read: the colours as they are


def _on_white(picture: Image.Image, canvas: tuple[int, int]) -> Image.Image:
    """The picture in the middle of a white sheet; what was see-through is white."""
    sheet = Image.new("RGB", canvas, "white")
    place = ((canvas[0] - picture.width) // 2, (canvas[1] - picture.height) // 2)
    sheet.paste(picture, place, picture if picture.mode == "RGBA" else None)
    return sheet
