"""What YouTube would refuse is said before a person approves, in sentences that say how to mend it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.payload import Document, Payload, Picture, Video
from domain.settings import Setting
from publishers.youtube.choices import Visibility, check, resource, tags, visibility

FILM = Video("0" * 64, "video/mp4", 1080, 1920, 5_000_000, 30.0, 30.0, "avc1", "mp4a")
GOOD = Payload("Words", (), {Setting.TITLE: "A title"}, FILM)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PICTURE = Picture("1" * 64, "image/jpeg", 1280, 720, 200_000, "A cup")


def chosen(**settings: str) -> Payload:
    return replace(GOOD, settings={**GOOD.settings, **settings})


@pytest.mark.parametrize(
    "payload",
    [
        GOOD,
        replace(GOOD, text=""),
        replace(GOOD, text="é" * 2_500),
        replace(GOOD, pictures=(PICTURE,)),
        chosen(title="x" * 100),
        chosen(tags="tea, sun rise"),
        chosen(privacy="unlisted", made_for_kids="yes", synthetic="no"),
        chosen(publish_at="2026-11-23T09:00:00+01:00"),
        chosen(publish_at="2026-11-23T09:00:00Z", privacy="private"),
        chosen(form="reel"),
        replace(GOOD, video=replace(FILM, width=1920, height=1080, seconds=3_600.0, video_codec="vp09")),
        replace(GOOD, video=replace(FILM, audio_codec="")),
    ],
)
def test_a_good_film_draws_no_complaint(payload: Payload) -> None:
    assert check(payload) == []


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (replace(GOOD, video=None), "needs a film"),
        (replace(GOOD, document=Document("2" * 64, "application/pdf", 9, 1, "Plan")), "no documents"),
        (chosen(form="story"), "no stories"),
        (chosen(title=""), "needs a title"),
        (chosen(title="   "), "needs a title"),
        (chosen(title="x" * 103), "Shorten the title by 3"),
        (chosen(title="one\ntwo"), "one line"),
        (chosen(title="a < b"), "in the title"),
        (replace(GOOD, text="a > b"), "in the text"),
        (chosen(tags="tea,<b>"), "in the tags"),
        (replace(GOOD, text="é" * 2_501), "5002 of 5000 bytes. Shorten the text by 2"),
        (chosen(tags=",".join(f"tag number {number:04}" for number in range(30))), "characters of tags"),
        (chosen(privacy="friends"), "friends"),
        (chosen(privacy="unlisted", publish_at="2026-11-23T09:00:00Z"), "cannot stay unlisted"),
        (chosen(publish_at="2026-11-23T09:00:00"), "cannot be read"),
        (chosen(publish_at="tomorrow"), "cannot be read"),
        (chosen(made_for_kids="perhaps"), "made for kids"),
        (chosen(synthetic=""), "synthetic"),
        (replace(GOOD, pictures=(PICTURE, PICTURE)), "Keep one"),
        (replace(GOOD, pictures=(replace(PICTURE, content_type="image/gif"),)), "JPEG or PNG"),
        (replace(GOOD, pictures=(replace(PICTURE, size=60_000_000),)), "up to 50 MB"),
        (replace(GOOD, video=replace(FILM, seconds=43_201.0)), "Shorten it"),
        (replace(GOOD, video=replace(FILM, seconds=0.2)), "from 1 seconds"),
        (replace(GOOD, video=replace(FILM, size=257_000_000_000)), "up to 256000 MB"),
        (replace(GOOD, video=replace(FILM, size=0)), "empty"),
        (replace(GOOD, video=replace(FILM, video_codec="")), "no pictures in it"),
        (replace(GOOD, video=replace(FILM, video_codec="mjpg")), "H.264"),
        (replace(GOOD, video=replace(FILM, width=10)), "too narrow"),
        (replace(GOOD, video=replace(FILM, height=10)), "too wide"),
        (replace(GOOD, video=replace(FILM, rate=240.0)), "frames a second"),
    ],
)
def test_what_youtube_would_refuse_is_said_before(payload: Payload, words: str) -> None:
    complaints = check(payload)
    assert any(words in sentence for sentence in complaints), complaints
    assert all(sentence.endswith(".") for sentence in complaints)


@pytest.mark.parametrize(
    ("wanted", "status", "shown"),
    [
        (Visibility("public"), {"privacyStatus": "public"}, True),
        (Visibility("public"), {"privacyStatus": "public", "publishAt": "2026-11-22T10:00:00Z"}, True),
        (Visibility("public"), {"privacyStatus": "private"}, False),
        (Visibility("public"), {"privacyStatus": "unlisted"}, False),
        (Visibility("private"), {"privacyStatus": "private"}, True),
        (Visibility("private"), {"privacyStatus": "private", "publishAt": "2026-11-24T10:00:00Z"}, False),
        (Visibility("unlisted"), {"privacyStatus": "unlisted"}, True),
        (Visibility("private", NOW), {"privacyStatus": "private", "publishAt": "2026-11-22T12:00:00Z"}, True),
        (Visibility("private", NOW), {"privacyStatus": "private", "publishAt": "2026-11-22T12:00:00.0Z"}, True),
        (Visibility("private", NOW), {"privacyStatus": "private", "publishAt": "2026-11-22T13:00:00Z"}, False),
        (Visibility("private", NOW), {"privacyStatus": "private"}, False),
        (Visibility("private", NOW), {"privacyStatus": "public"}, True),
        (Visibility("public"), {}, False),
    ],
)
def test_a_film_is_out_when_those_see_it_who_were_chosen(
    wanted: Visibility, status: dict[str, Any], shown: bool
) -> None:
    assert wanted.is_shown(status) is shown


def test_a_time_to_come_keeps_the_film_private_until_then() -> None:
    later = chosen(publish_at="2026-11-22T14:00:00+01:00")
    wanted = visibility(later, NOW)
    assert resource(later, wanted)["status"]["privacyStatus"] == "private"
    assert resource(later, wanted)["status"]["publishAt"] == "2026-11-22T13:00:00Z"
    past = chosen(publish_at="2026-11-22T12:00:00+01:00")
    assert visibility(past, NOW) == Visibility("public")
    assert "publishAt" not in resource(past, visibility(past, NOW))["status"]


def test_tags_come_once_and_in_order() -> None:
    assert tags(chosen(tags=" tea ,, sun rise,tea,")) == ["tea", "sun rise"]
