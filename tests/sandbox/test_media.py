"""What bytes really are."""

import io
import zlib

import pytest
from PIL import Image

from sandbox.media import Kind, read_media, read_media_file
from tests.sandbox.samples import box, gif, jpeg, mp4, pdf, picture, png


@pytest.mark.parametrize(
    ("sort", "content_type"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("BMP", "image/bmp"),
        ("TIFF", "image/tiff"),
        ("GIF", "image/gif"),
    ],
)
def test_a_picture_tells_its_kind_and_its_size(sort, content_type):
    read = read_media(picture(120, 75, sort))
    assert (read.content_type, read.width, read.height, read.frames) == (content_type, 120, 75, 1)
    assert read.ratio == 1.6
    assert read.kind == (Kind.GIF if sort == "GIF" else Kind.IMAGE)


def test_a_picture_out_of_a_camera_has_its_size_behind_the_notes(tmp_path):
    out = io.BytesIO()
    Image.new("RGB", (40, 30)).save(out, "JPEG", exif=b"Exif\x00\x00" + bytes(500), progressive=True)
    assert (read_media(out.getvalue()).width, read_media(out.getvalue()).height) == (40, 30)


def test_a_lossless_webp_and_one_that_moves_are_read():
    out = io.BytesIO()
    Image.new("RGBA", (33, 22)).save(out, "WEBP", lossless=True)
    assert (read_media(out.getvalue()).width, read_media(out.getvalue()).height) == (33, 22)
    moving = io.BytesIO()
    Image.new("RGB", (33, 22)).save(
        moving, "WEBP", save_all=True, append_images=[Image.new("RGB", (33, 22), "red")], duration=100
    )
    assert (read_media(moving.getvalue()).width, read_media(moving.getvalue()).frames) == (33, 2)


def test_a_gif_tells_how_many_pictures_it_shows_and_for_how_long():
    read = read_media(gif(64, 48, frames=3, hundredths=20))
    assert (read.width, read.height, read.frames, read.seconds) == (64, 48, 3, 0.6)


def test_a_film_tells_its_size_length_codecs_and_frame_rate():
    read = read_media(mp4(1080, 1920, 6.5, frame_rate=30))
    assert (read.content_type, read.kind) == ("video/mp4", Kind.VIDEO)
    assert (read.width, read.height, read.seconds) == (1080, 1920, 6.5)
    assert (read.video_codec, read.audio_codec, read.frame_rate) == ("avc1", "mp4a", 30)
    assert read.moov_first and not read.edit_list


def test_a_film_of_a_telephone_is_turned_as_it_is_shown():
    read = read_media(mp4(1920, 1080, turned=True, brand=b"qt  ", video=b"hvc1"))
    assert (read.content_type, read.width, read.height, read.video_codec) == ("video/quicktime", 1080, 1920, "hvc1")


def test_an_index_at_the_end_an_edit_list_and_silence_are_seen():
    read = read_media(mp4(moov_first=False, edit_list=True, audio=None))
    assert (read.moov_first, read.edit_list, read.audio_codec) == (False, True, None)


def test_sound_alone_has_no_picture():
    read = read_media(mp4(video=None))
    assert (read.width, read.height, read.video_codec) == (0, 0, None)


@pytest.mark.parametrize("sample", [jpeg(), png(), gif(), mp4(), mp4(moov_first=False)])
def test_a_file_that_is_cut_short_in_its_headers_is_none(sample):
    assert read_media(sample) is not None
    assert read_media(sample[:40]) is None


def test_a_film_without_its_end_is_none():
    assert read_media(mp4(size=5000)[:4000]) is None


def test_what_is_no_medium_is_none():
    for junk in (b"", b"x", b"<html>not a film</html>", bytes(4096), box(b"ftyp", b"isom"), b"GIF89a", b"\xff\xd8\xff"):
        assert read_media(junk) is None


def test_the_name_of_a_box_alone_makes_no_film():
    assert read_media(box(b"ftyp", b"isom", bytes(4)) + box(b"moov", b"\xff" * 40)) is None


def test_a_document_tells_its_pages_packed_or_not():
    assert read_media(pdf(3)).pages == 3
    assert read_media(pdf(3)).kind == Kind.DOCUMENT
    packed = zlib.compress(b"<</Type/Page>> <</Type /Page /Parent 1 0 R>> <</Type/Pages>>")
    assert read_media(b"%PDF-1.5\n1 0 obj <<>> stream\n" + packed + b"\nendstream").pages == 2


def test_a_file_is_read_from_the_disk_without_taking_it_in(tmp_path):
    path = tmp_path / "film"
    path.write_bytes(mp4(size=3 * 1024 * 1024))
    assert read_media_file(path).seconds == 6.0
    path.write_bytes(b"")
    assert read_media_file(path) is None
