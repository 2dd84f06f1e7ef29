"""Which files make a post, by what a chat claims and by what they are; and how a film or a picture is fitted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.fitting import Footage, film_work, picture_sides, picture_work
from domain.handed import (
    CEILINGS,
    HandedFile,
    Kind,
    card_sentence,
    claimed,
    claims_problem,
    mixture_problem,
    shown_words,
)
from domain.platforms import PLATFORMS, Platform

P, G, F, D = Kind.PICTURE, Kind.GIF, Kind.FILM, Kind.DOCUMENT
FILMED = [platform for platform in Platform if PLATFORMS[platform].video]
GOOD = Footage(1_280, 720, 20, 30, "h264", "yuv420p", "aac", 5_000_000)


def file(content_type: str = "image/jpeg", name: str = "a", size: int | None = 1_000) -> HandedFile:
    return HandedFile("F", name, size, content_type)


@pytest.mark.parametrize(
    "kinds", [[P], [P] * 10, [G], [F], [D]], ids=["picture", "ten pictures", "gif", "film", "document"]
)
def test_one_kind_makes_a_post(kinds: list[Kind]) -> None:
    assert mixture_problem(kinds, Platform.LINKEDIN) is None


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ([P, F], "Pictures and films do not go into one post together"),
        ([P, D], "Pictures and PDFs"),
        ([P, G], "An animated GIF goes into a post alone"),
        ([G, G], "An animated GIF goes into a post alone"),
        ([F, F], "These are 2 films"),
        ([D, D, D], "These are 3 PDFs"),
    ],
)
def test_a_mixture_is_refused_in_a_sentence(kinds: list[Kind], said: str) -> None:
    assert (mixture_problem(kinds, Platform.LINKEDIN) or "").startswith(said)


@pytest.mark.parametrize(
    ("platform", "kinds", "said"),
    [
        (Platform.X, [P] * 5, "X takes at most 4 pictures in a post; these are 5."),
        (Platform.YOUTUBE, [P], "YouTube takes no pictures here. Send a film."),
        (Platform.INSTAGRAM, [D], "Instagram takes no documents. Send its pages as pictures, or a film."),
    ],
)
def test_a_platform_may_take_less(platform: Platform, kinds: list[Kind], said: str) -> None:
    assert mixture_problem(kinds, platform) == said


def test_what_a_chat_says_is_read_by_type_first_and_by_name_then() -> None:
    assert claimed(file("image/gif", "a.mp4")) is G
    assert claimed(file("", "a.MOV")) is F and claimed(file("application/octet-stream", "a.pdf")) is D
    assert claimed(file("", "notes")) is None


def test_claims_that_rule_a_file_out_spare_its_download() -> None:
    assert "No file came" in (claims_problem([], Platform.X) or "")
    assert "These are 11 files" in (claims_problem([file()] * 11, Platform.LINKEDIN) or "")
    assert "“a” is empty" in (claims_problem([file(size=0)], Platform.X) or "")
    large = CEILINGS[P] + 1
    assert "up to 30 MB are taken" in (claims_problem([file(size=large)], Platform.X) or "")
    assert claims_problem([file("video/mp4", size=large)], Platform.X) is None
    assert claims_problem([file("", "", None)], Platform.X) is None


def test_the_card_says_where_a_hand_over_stands() -> None:
    row = {"by": "Ann", "files": 3, "outcome": None, "problem": None, "stands": True, "newest": None}
    assert card_sentence(None, True) is None
    assert card_sentence(row, False) == "Ann handed over 3 files, which are being prepared."
    assert "without them" in (card_sentence(row, True) or "")
    assert "not used" in (card_sentence({**row, "stands": False}, True) or "")
    ended = {**row, "outcome": "problem", "problem": "“a” is empty.", "newest": True}
    assert card_sentence(ended, True) == "“a” is empty. The post stands as it was."
    assert card_sentence({**ended, "newest": False}, True) is None
    assert card_sentence({**row, "outcome": "taken", "newest": True}, True) is None


def test_several_pictures_and_documents_are_named() -> None:
    assert (shown_words(1, None), shown_words(4, None)) == (None, "4 pictures")
    assert shown_words(0, {"pages": 1, "title": "Report"}) == "PDF of 1 page: Report"


@pytest.mark.parametrize("platform", FILMED)
def test_a_film_that_fits_is_not_made_anew(platform: Platform) -> None:
    assert not film_work(platform, GOOD).anew


@given(
    platform=st.sampled_from(FILMED), width=st.integers(16, 8_000), height=st.integers(16, 8_000),
    rate=st.floats(1, 240), seconds=st.floats(0.2, 3_000), video=st.sampled_from(["h264", "hevc", "vp9", "gif"]),
)  # fmt: skip
def test_a_film_that_is_made_anew_has_a_shape_and_a_rate_that_are_taken(
    platform: Platform, width: int, height: int, rate: float, seconds: float, video: str
) -> None:
    work = film_work(platform, Footage(width, height, seconds, rate, video, "yuv420p", "", 10_000_000))
    if not work.anew:
        return
    limits = PLATFORMS[platform].video
    assert limits is not None
    (narrowest, widest), (wide, high) = limits.ratio, work.canvas
    assert all(side % 2 == 0 and side >= 2 for side in (*work.canvas, *work.scaled))
    assert work.scaled[0] <= wide and work.scaled[1] <= high
    if min(wide, high) >= 64:  # of a handful of pixels no shape can be made
        assert narrowest <= wide / high <= widest
    if limits.sides:
        assert max(wide, high) <= max(limits.sides) + 2 and min(wide, high) <= min(limits.sides) + 2
    slowest, fastest = limits.rate
    assert work.rate is None or slowest <= work.rate <= fastest


def test_a_gif_goes_round_until_it_is_as_long_as_films_are() -> None:
    film = Footage(200, 120, 0.9, 10, "gif", "bgra", "", 9_000)
    assert film_work(Platform.INSTAGRAM, film, is_gif=True).rounds == 4
    assert film_work(Platform.INSTAGRAM, film).rounds == 1


@given(width=st.integers(64, 9_000), height=st.integers(64, 9_000))
def test_pictures_in_instagrams_feed_get_a_border_and_those_in_a_story_do_not(width: int, height: int) -> None:
    drawn, canvas = picture_sides((width, height), picture_work(Platform.INSTAGRAM))
    assert 0.795 <= canvas[0] / canvas[1] <= 1.95 and drawn[0] <= canvas[0] and drawn[1] <= canvas[1]
    drawn, canvas = picture_sides((width, height), picture_work(Platform.INSTAGRAM, "story"))
    assert drawn == canvas
