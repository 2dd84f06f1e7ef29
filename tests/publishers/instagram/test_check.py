"""What Instagram would refuse is said before anybody approves, each thing in a sentence that says how to mend it."""

from dataclasses import replace
from typing import Any

import pytest

from domain.payload import Document, Payload, Picture, Video
from domain.settings import Form
from publishers.instagram.publish import check
from publishers.pictures import no_url

PICTURE = Picture("a" * 64, "image/jpeg", 1080, 1350, 200_000, "A sunrise")
FILM = Video("b" * 64, "video/mp4", 1080, 1920, 2_000_000, 12.0, 30.0, "avc1", "mp4a")
STORY, REEL = {"form": Form.STORY.value}, {"form": Form.REEL.value}


def address(digest: str, content_type: str) -> str | None:
    """As the product's own: it knows the kinds it serves, and no others."""
    return f"https://sunrise.example/media/{digest}.{ {'image/jpeg': 'jpg', 'video/mp4': 'mp4'}[content_type] }"


def said(text: str = "Tea", *pictures: Picture, film: Video | None = None, **settings: str) -> list[str]:
    return check(Payload(text, pictures, settings, film), address)


@pytest.mark.parametrize(
    "payload",
    [
        Payload("Tea #a @b", (PICTURE,)),
        Payload("", (PICTURE,)),
        Payload("x" * 2_200, (PICTURE,) * 10),
        Payload("Tea", (replace(PICTURE, height=566),)),
        Payload("Tea", (), {}, FILM),
        Payload("Tea", (), REEL, replace(FILM, audio_codec="")),
        Payload("Tea", (), STORY, replace(FILM, seconds=60.0)),
        Payload("Tea", (replace(PICTURE, height=1920),), STORY),
        Payload("#tea " * 30, (PICTURE,)),
        Payload("Tea", (PICTURE,), {"form": Form.POST.value}),
    ],
)
def test_a_good_post_draws_no_complaint(payload: Payload) -> None:
    assert check(payload, address) == []


@pytest.mark.parametrize(
    ("sentences", "word"),
    [
        (said("Tea"), "without a picture or a film"),
        (said("Tea", PICTURE, film=FILM), "either pictures or one film"),
        (said("Tea", PICTURE, form="reel"), "reel is a film"),
        (said("Tea", PICTURE, PICTURE, form="story"), "shows one picture"),
        (said("Tea", PICTURE, form="album"), "“album”"),
        (said("Tea", *[PICTURE] * 11), "at most 10"),
        (said("Tea", replace(PICTURE, height=1351)), "4:5 to 1.91:1"),
        (said("Tea", replace(PICTURE, height=565)), "4:5 to 1.91:1"),
        (said("Tea", replace(PICTURE, height=0)), "4:5 to 1.91:1"),
        (said("Tea", replace(PICTURE, content_type="image/png")), "image/png"),
        (said("Tea", replace(PICTURE, size=8_000_001)), "8 MB"),
        (said("Tea", replace(PICTURE, alt="x" * 1_001)), "alt text"),
        (said("x" * 2_201, PICTURE), "by 1."),
        (said("👩🏽‍💻" * 315, PICTURE), "2205 of 2200"),
        (said("#tea " * 31, PICTURE), "30 hashtags"),
        (said("＃tea " * 31, PICTURE), "30 hashtags"),
        (said("@tea " * 21, PICTURE), "20 mentions"),
        (said("Tea", film=replace(FILM, seconds=2.9)), "from 3 seconds"),
        (said("Tea", film=replace(FILM, seconds=900.1)), "up to 900 seconds"),
        (said("Tea", film=replace(FILM, seconds=60.1), form="story"), "up to 60 seconds"),
        (said("Tea", film=replace(FILM, size=100_000_001, seconds=60), form="story"), "100 MB in a story"),
        (said("Tea", film=replace(FILM, size=300_000_001, seconds=600)), "300 MB"),
        (said("Tea", film=replace(FILM, size=60_000_000)), "25 megabits"),
        (said("Tea", film=replace(FILM, width=2_160, height=3_840)), "1920 pixels wide"),
        (said("Tea", film=replace(FILM, rate=20.0)), "23 to 60 frames"),
        (said("Tea", film=replace(FILM, video_codec="vp09")), "vp09"),
        (said("Tea", film=replace(FILM, audio_codec="Opus")), "Opus"),
        (said("Tea", film=replace(FILM, content_type="video/quicktime")), "MP4"),
    ],
)
def test_what_instagram_would_refuse_is_said(sentences: list[str], word: str) -> None:
    assert [sentence for sentence in sentences if word in sentence]
    assert all(sentence.endswith(".") for sentence in sentences)


def test_a_document_is_no_post() -> None:
    paper = Document("c" * 64, "application/pdf", 1_000, 2, "Menu")
    assert any("no documents" in one for one in check(Payload("Tea", document=paper), address))


@pytest.mark.parametrize("media", [{"pictures": (PICTURE,)}, {"video": FILM}])
def test_without_an_address_of_our_own_nothing_can_be_approved(media: dict[str, Any]) -> None:
    [sentence] = check(Payload("Tea", **media), no_url)
    assert "AMARKTAI_BASE_URL must be https" in sentence or "set AMARKTAI_BASE_URL to an https address" in sentence
