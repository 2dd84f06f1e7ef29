"""Small files of every kind for the twins' tests: films built box by box, pictures, a document."""

import io
import struct

from PIL import Image

MATRIX = (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
TURNED = (0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)  # a quarter turn, as telephones write it
SCALE = 1000  # ticks a second


def box(name: bytes, *content: bytes) -> bytes:
    """One box of an MP4 file."""
    inner = b"".join(content)
    return struct.pack(">I4s", len(inner) + 8, name) + inner


def mp4(
    width: int = 1080,
    height: int = 1920,
    seconds: float = 6.0,
    *,
    video: bytes | None = b"avc1",
    audio: bytes | None = b"mp4a",
    frame_rate: float = 30.0,
    brand: bytes = b"isom",
    moov_first: bool = True,
    edit_list: bool = False,
    turned: bool = False,
    size: int = 0,
) -> bytes:
    """A film that says all this about itself in 1 kB (no player would find frames in it); padded to `size` bytes."""
    ticks = round(seconds * SCALE)
    mvhd = box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, SCALE, ticks), bytes(80))
    tracks = []
    if video is not None:
        shape = struct.pack(">9iII", *(TURNED if turned else MATRIX), width << 16, height << 16)
        tracks.append(_track(b"vide", video, ticks, shape, round(seconds * frame_rate), edit_list))
    if audio is not None:
        tracks.append(
            _track(b"soun", audio, ticks, struct.pack(">9iII", *MATRIX, 0, 0), round(seconds * 47), edit_list)
        )
    ftyp, moov = box(b"ftyp", brand, struct.pack(">I", 512), brand), box(b"moov", mvhd, *tracks)
    mdat = box(b"mdat", bytes(max(16, size - len(ftyp) - len(moov) - 8)))
    return ftyp + (moov + mdat if moov_first else mdat + moov)


def _track(sort: bytes, codec: bytes, ticks: int, shape: bytes, samples: int, edit_list: bool) -> bytes:
    tkhd = box(b"tkhd", struct.pack(">IIIIII", 0, 0, 0, 1, 0, ticks), bytes(16), shape)
    edits = [box(b"edts", box(b"elst", struct.pack(">IIIiI", 0, 1, ticks, 0, 0x10000)))] if edit_list else []
    mdhd = box(b"mdhd", struct.pack(">IIIII", 0, 0, 0, SCALE, ticks), bytes(4))
    hdlr = box(b"hdlr", struct.pack(">II4s", 0, 0, sort), bytes(13))
    stsd = box(b"stsd", struct.pack(">II", 0, 1), box(codec, bytes(78)))
    stsz = box(b"stsz", struct.pack(">III", 0, 1, samples))
    return box(b"trak", tkhd, *edits, box(b"mdia", mdhd, hdlr, box(b"minf", box(b"stbl", stsd, stsz))))


def picture(width: int = 1080, height: int = 1080, sort: str = "JPEG", colour: str = "#e07a3f") -> bytes:
    """A plain picture that any program can show: JPEG, PNG, GIF, WEBP, BMP or TIFF."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, sort)
    return out.getvalue()


def jpeg(width: int = 1080, height: int = 1080, *, size: int = 0, colour: str = "#e07a3f") -> bytes:
    """A JPEG; padded to `size` bytes, which every reader overlooks."""
    content = picture(width, height, "JPEG", colour)
    return content + bytes(max(0, size - len(content)))


def png(width: int = 1080, height: int = 1080) -> bytes:
    """A PNG."""
    return picture(width, height, "PNG")


def gif(width: int = 64, height: int = 64, frames: int = 3, hundredths: int = 20) -> bytes:
    """A GIF that moves when `frames` is above 1; each frame stays so many hundredths of a second."""
    drawn = [Image.new("P", (width, height), number) for number in range(frames)]
    for number, frame in enumerate(drawn):
        frame.putpalette([number * 40, 90, 60] * 256)
    out = io.BytesIO()
    drawn[0].save(out, "GIF", save_all=True, append_images=drawn[1:], duration=hundredths * 10, loop=0)
    return out.getvalue()


def pdf(pages: int = 2) -> bytes:
    """A PDF with so many empty pages."""
    kids = b" ".join(b"%d 0 R" % (number + 3) for number in range(pages))
    objects = [b"<</Type /Catalog /Pages 2 0 R>>", b"<</Type /Pages /Kids [%s] /Count %d>>" % (kids, pages)]
    objects += [b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 612 792]>>"] * pages
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, content) for number, content in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer <</Root 1 0 R>>\n%%EOF\n"
