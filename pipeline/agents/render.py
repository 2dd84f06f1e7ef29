"""Draws pictures away from everything else: `python -m pipeline.agents.render`, frames in, frames out.

In: per picture a JSON order {"card": …}, {"poster": …} (upright, a JPEG) or {"chart": …}, and the bytes of the page's share image
(or nothing).
Out: per picture a JSON header (width, height, content_type, shared, note) and the bytes.
"""

import io
import json
import sys
from collections.abc import Iterator
from typing import Any

from domain.draft import PictureSpec
from pipeline.agents import cell
from pipeline.agents.card import HEIGHT, WIDTH, card_svg, drawn_words
from pipeline.agents.chart import Chart, render_chart
from pipeline.agents.fonts import font_files
from pipeline.agents.upright import POSTER, poster_svg

_MOST_PIXELS = 40_000_000
_SMALLEST = (600, 315)
_SHAPE = (1.2, 2.2)
_MOST_BYTES = 4_500_000


class Unfit(Exception):
    """The page's share image cannot be used. The text says why."""


def drawn(svg: str) -> bytes:
    """PNG bytes of an SVG, with our own fonts only: the same picture on every machine."""
    import resvg_py

    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg, skip_system_fonts=True, font_files=font_files(), sans_serif_family="Manrope"
        )
    )


def shared(picture: bytes) -> tuple[bytes, int, int]:
    """A page's share image as a clean PNG, at most 1200 wide, without its metadata. Raises Unfit."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    try:
        with Image.open(io.BytesIO(picture), formats=("PNG", "JPEG", "WEBP", "GIF")) as image:
            if image.width < _SMALLEST[0] or image.height < _SMALLEST[1]:
                raise Unfit(f"it is only {image.width} × {image.height} pixels")
            if image.width * image.height > _MOST_PIXELS:
                raise Unfit("it is too large to open")
            if not _SHAPE[0] <= image.width / image.height <= _SHAPE[1]:
                raise Unfit("its shape does not suit a post")
            flat = Image.new("RGB", image.size, "white")
            seen = image.convert("RGBA")
            flat.paste(seen, mask=seen.getchannel("A"))
    except Unfit:
        raise
    except Exception as error:  # whatever a file does to its decoder, it is unfit
        raise Unfit("it is broken") from error
    if flat.width > WIDTH:
        flat = flat.resize((WIDTH, round(flat.height * WIDTH / flat.width)), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    flat.save(out, "PNG", optimize=False)
    if out.tell() > _MOST_BYTES:
        raise Unfit("it is too large for the platforms")
    return out.getvalue(), flat.width, flat.height


def answer(order: dict[str, Any], picture: bytes) -> tuple[dict[str, Any], bytes]:
    """One picture: the share image when it came and is fit, else our card; the note says why not."""
    if "chart" in order:
        return _header(WIDTH, HEIGHT, False, None), drawn(render_chart(Chart.from_json(order["chart"])))
    if "poster" in order:
        return _poster(PictureSpec.from_json(order["poster"]))
    note = None
    if picture:
        try:
            png, width, height = shared(picture)
            return _header(width, height, True, None), png
        except Unfit as reason:
            note = f"The page's own picture was not used: {reason}."
    return _header(WIDTH, HEIGHT, False, note), drawn(card_svg(PictureSpec.from_json(order["card"])))


def _poster(spec: PictureSpec) -> tuple[dict[str, Any], bytes]:
    """An upright card. A JPEG, because Instagram takes nothing else and TikTok no PNG."""
    from PIL import Image

    out = io.BytesIO()
    with Image.open(io.BytesIO(drawn(poster_svg(drawn_words(spec))))) as image:
        image.convert("RGB").save(out, "JPEG", quality=90, optimize=True)
    return {**_header(*POSTER, False, None), "content_type": "image/jpeg"}, out.getvalue()


def _header(width: int, height: int, used: bool, note: str | None) -> dict[str, Any]:
    return {"width": width, "height": height, "content_type": "image/png", "shared": used, "note": note}


def _answers(frames: list[bytes]) -> Iterator[bytes]:
    for at in range(0, len(frames), 2):
        header, png = answer(json.loads(frames[at]), frames[at + 1])
        yield json.dumps(header).encode()
        yield png


def main() -> None:
    """Frames in, frames out, then the end."""
    cell.confine(sys.argv[1:])
    cell.write_frames(sys.stdout.buffer, _answers(list(cell.unpacked(sys.stdin.buffer.read()))))


if __name__ == "__main__":
    main()
