"""What messages carry is read as Telegram shapes it, and nothing that it may send breaks the reading."""

from typing import Any

import pytest

from bot.telegram.attached import LARGEST_DOWNLOAD, read_attached
from bot.telegram.updates import Other, Wrote, read_gesture
from domain.handed import HandedFile

SMALL = {"file_id": "s", "file_unique_id": "u", "width": 90, "height": 60, "file_size": 900}
LARGE = {"file_id": "l", "file_unique_id": "v", "width": 1280, "height": 800}


def message(**content: Any) -> dict[str, Any]:
    user = {"id": 7, "is_bot": False, "first_name": "M"}
    return {
        "message_id": 12,
        "date": 1,
        "from": user,
        "chat": {"id": 7, "type": "private", "first_name": "M"},
        **content,
    }


def test_the_largest_size_of_a_photo_wherever_it_stands() -> None:
    found = read_attached(message(photo=[LARGE, SMALL], caption="Pier", media_group_id="9"))
    assert found is not None and (found.caption, found.album, found.is_photo) == ("Pier", "9", True)
    assert found.file == HandedFile("l", "photo.jpg", None, "image/jpeg", 12)


def test_a_moving_picture_is_not_read_as_the_document_that_it_also_is() -> None:
    file = {"file_id": "a", "file_unique_id": "b", "mime_type": "video/mp4", "file_name": "cat.gif.mp4", "file_size": 5}
    found = read_attached(message(animation={**file, "width": 4, "height": 4, "duration": 1}, document=file))
    assert found is not None and found.what == "A GIF"
    assert found.file == HandedFile("a", "cat.gif.mp4", 5, "video/mp4", 12)


def test_names_and_types_that_are_missing_are_those_of_the_kind() -> None:
    found = read_attached(message(video={"file_id": "a"}))
    assert found is not None and found.file == HandedFile("a", "film.mp4", None, "video/mp4", 12)
    found = read_attached(message(document={"file_id": "a", "file_size": -3}))
    assert found is not None and found.file == HandedFile("a", "file", None, "", 12)


@pytest.mark.parametrize(
    "field", ["sticker", "voice", "video_note", "audio", "poll", "location", "contact", "dice", "story"]
)
def test_what_cannot_go_into_a_post_has_a_name_and_no_file(field: str) -> None:
    found = read_attached(message(**{field: {"file_id": "a"}}))
    assert found is not None and found.file is None and found.what
    assert not found.is_too_large


@pytest.mark.parametrize(
    ("size", "too_large"), [(LARGEST_DOWNLOAD, False), (LARGEST_DOWNLOAD + 1, True), (None, False)]
)
def test_more_than_20_mb_is_too_large_and_what_is_not_told_is_found_out_later(
    size: int | None, too_large: bool
) -> None:
    found = read_attached(message(document={"file_id": "a", **({"file_size": size} if size is not None else {})}))
    assert found is not None and found.is_too_large is too_large


def test_text_carries_nothing() -> None:
    assert read_attached(message(text="hello")) is None


@pytest.mark.parametrize(
    "junk",
    [
        {"photo": []},
        {"photo": [{}]},
        {"photo": "x"},
        {"document": {}},
        {"video": []},
        {"animation": None},
        {"photo": [7]},
    ],
)
def test_a_file_without_its_id_asks_nothing_of_us(junk: dict[str, Any]) -> None:
    assert isinstance(read_gesture({"update_id": 1, "message": message(**junk)}), Other)


def test_the_picture_that_is_answered_is_known_by_its_ids() -> None:
    original = message(photo=[SMALL, LARGE])
    gesture = read_gesture({"update_id": 1, "message": message(text="x", reply_to_message=original)})
    assert isinstance(gesture, Wrote) and gesture.replied_pictures == ("s", "l")
