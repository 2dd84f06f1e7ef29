"""Upright pictures and films: what ffmpeg made is a film that platforms take, and the same one every time."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from domain.draft import PictureSpec
from pipeline.agents import film
from pipeline.agents.illustrator import films, posters
from pipeline.agents.upright import scenes_svg
from sandbox.media import read_media

SPEC = PictureSpec(
    name="Sunrise Tea",
    headline="Tea that is picked before the sun is up",
    supporting="Forty gardens, one boat a week.",
    host="sunrise.example",
    colours=("#b3541e", "#f4c95d"),
    seed="film/1",
)

needs_ffmpeg = pytest.mark.skipif(film.ffmpeg() is None, reason="the extra “video” is not installed")


async def test_a_poster_is_an_upright_jpeg() -> None:
    (poster,) = await posters([SPEC])
    with Image.open(io.BytesIO(poster.data)) as opened:
        assert (opened.format, opened.size) == ("JPEG", (1080, 1350))
    assert (poster.content_type, poster.width, poster.height) == ("image/jpeg", 1080, 1350)


@needs_ffmpeg
async def test_a_film_is_what_the_platforms_take() -> None:
    """Read with the twins' own eyes: H.264 and AAC, 9:16, index first, no edit list of its own."""
    (made,) = await films([SPEC])
    seen = read_media(made.data)
    assert seen is not None
    assert (seen.content_type, seen.width, seen.height) == ("video/mp4", 720, 1280)
    assert (seen.video_codec, seen.audio_codec, seen.moov_first, seen.edit_list) == ("avc1", "mp4a", True, False)
    assert seen.seconds == pytest.approx(made.seconds, abs=0.1)
    assert seen.frame_rate == pytest.approx(made.rate, abs=0.1)


@needs_ffmpeg
async def test_the_same_words_give_the_same_film() -> None:
    assert (await films([SPEC]))[0].data == (await films([SPEC]))[0].data


def test_a_card_without_a_second_line_is_told_in_two_scenes() -> None:
    assert len(scenes_svg(SPEC)) == 3
    assert len(scenes_svg(replace(SPEC, supporting=""))) == 2


def test_words_that_look_like_markup_stay_words() -> None:
    assert "&lt;b&gt;" in scenes_svg(replace(SPEC, headline="<b>bold</b>"))[0]


async def test_nothing_wanted_is_nothing_made() -> None:
    assert await films([]) == []
    assert await posters([]) == []
