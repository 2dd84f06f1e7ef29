"""People send photos, albums, films, moving pictures and documents; python-telegram-bot reads and downloads them."""

import base64
from typing import Any

import httpx
import pytest
from telegram import Bot, Message, MessageOriginUser
from telegram.error import BadRequest, NetworkError, RetryAfter

from tests.sandbox.samples import gif, mp4, pdf, picture, png
from tests.sandbox.telegram.conftest import BEN, GROUP, MARA, Driver


def sent_as(kind: str, name: str, content: bytes, **more: Any) -> dict[str, Any]:
    return {"as": kind, "name": name, "content": base64.b64encode(content).decode(), **more}


async def heard(bot: Bot) -> list[Message]:
    """The messages that wait for the bot; they are taken."""
    updates = await bot.get_updates()
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1)
    return [one.message for one in updates if one.message]


def send(driver: Driver, *files: dict[str, Any], user: int = MARA, chat: int = MARA, **more: Any) -> dict[str, Any]:
    return driver.act("send", user=user, chat=chat, files=list(files), wait=0, **more)


async def test_a_photo_comes_in_several_sizes_made_small(bot: Bot, driver: Driver) -> None:
    send(driver, sent_as("photo", "pier.png", png(2000, 1000)), text=" The pier at dawn ")
    [message] = await heard(bot)
    assert [(one.width, one.height) for one in message.photo] == [(90, 45), (320, 160), (800, 400), (1280, 640)]
    assert (message.caption, message.text) == ("The pier at dawn", None)
    assert len({one.file_id for one in message.photo}) == 4
    content = bytes(await (await message.photo[-1].get_file()).download_as_bytearray())
    assert content[:3] == b"\xff\xd8\xff" and message.photo[-1].file_size == len(content)


async def test_a_small_photo_keeps_its_pixels(bot: Bot, driver: Driver) -> None:
    send(driver, sent_as("photo", "a.png", png(200, 100)))
    [message] = await heard(bot)
    assert [one.width for one in message.photo] == [90, 200]


async def test_a_document_keeps_every_byte_and_what_its_sender_claims(bot: Bot, driver: Driver) -> None:
    content = png(40, 30)
    send(driver, sent_as("document", "pier.png", content, mime="image/png"), sent_as("document", "b.pdf", pdf()))
    first, second = await heard(bot)
    assert first.document is not None and second.document is not None
    assert (first.document.file_name, first.document.mime_type) == ("pier.png", "image/png")
    assert (second.document.mime_type, second.document.file_size) == ("application/pdf", len(pdf()))
    assert bytes(await (await first.document.get_file()).download_as_bytearray()) == content


async def test_a_film_tells_its_size_and_length(bot: Bot, driver: Driver) -> None:
    send(driver, sent_as("video", "tour.mp4", mp4(720, 1280, 6)))
    [message] = await heard(bot)
    video = message.video
    assert video is not None and (video.width, video.height, video.mime_type) == (720, 1280, "video/mp4")
    assert video.to_dict()["duration"] == 6


@pytest.mark.parametrize(("name", "content"), [("cat.gif.mp4", mp4(64, 64, 1)), ("cat.gif", gif())])
async def test_a_moving_picture_is_a_document_too(bot: Bot, driver: Driver, name: str, content: bytes) -> None:
    send(driver, sent_as("animation", name, content))
    [message] = await heard(bot)
    assert message.animation is not None and message.document is not None
    assert message.animation.file_id == message.document.file_id
    assert (message.animation.width, message.animation.file_name) == (64, name)


async def test_an_album_is_several_messages_with_one_number_and_the_caption_on_the_first(
    bot: Bot, driver: Driver
) -> None:
    card = await bot.send_message(GROUP, "Card")
    files = [
        sent_as("photo", "a.png", png(100, 100)),
        sent_as("video", "b.mp4", mp4()),
        sent_as("photo", "c.png", png()),
    ]
    done = send(driver, *files, user=BEN, chat=GROUP, reply_to_message_id=card.message_id, text="Ours")
    parts = await heard(bot)
    assert [one.message_id for one in parts] == done["message_ids"] and len(parts) == 3
    assert len({one.media_group_id for one in parts}) == 1 and parts[0].media_group_id is not None
    assert [one.caption for one in parts] == ["Ours", None, None]
    assert {one.reply_to_message and one.reply_to_message.message_id for one in parts} == {card.message_id}


async def test_the_parts_of_an_album_may_come_in_any_order(bot: Bot, driver: Driver) -> None:
    files = [sent_as("photo", f"{number}.png", png(100, 100)) for number in range(3)]
    done = send(driver, *files, order=[2, 0, 1])
    first, second, third = done["message_ids"]
    assert [one.message_id for one in await heard(bot)] == [third, first, second]


async def test_in_a_group_only_files_that_answer_the_bot_are_seen(bot: Bot, driver: Driver) -> None:
    said = driver.act("send", user=MARA, chat=GROUP, text="hello all", wait=0)
    photo = sent_as("photo", "a.png", png(100, 100))
    assert send(driver, photo, chat=GROUP)["delivered"] is False
    assert send(driver, photo, chat=GROUP, reply_to_message_id=said["message_id"])["delivered"] is False
    send(driver, photo, chat=GROUP, text="@amarktai_sandbox_bot look")
    assert [one.caption for one in await heard(bot)] == ["@amarktai_sandbox_bot look"]


async def test_a_forwarded_album_is_another_one_that_names_its_origin_and_replies_to_nothing(
    bot: Bot, driver: Driver
) -> None:
    files = [sent_as("photo", f"{number}.png", png(100, 100)) for number in range(2)]
    card = await bot.send_message(GROUP, "Card")
    done = send(driver, *files, user=BEN, chat=GROUP, reply_to_message_id=card.message_id)
    before = await heard(bot)
    driver.act("forward", user=BEN, from_chat=GROUP, chat=BEN, message_ids=done["message_ids"], wait=0)
    parts = await heard(bot)
    assert len({one.media_group_id for one in parts}) == 1
    assert parts[0].media_group_id not in (None, before[0].media_group_id)
    origin = parts[0].forward_origin
    assert isinstance(origin, MessageOriginUser) and origin.sender_user.id == BEN
    assert all(one.reply_to_message is None for one in parts)


@pytest.mark.parametrize("kind", ["sticker", "voice", "audio", "video_note"])
async def test_what_is_no_picture_comes_as_what_it_is(bot: Bot, driver: Driver, kind: str) -> None:
    send(driver, sent_as(kind, "x", b"something"))
    [message] = await heard(bot)
    assert getattr(message, kind) is not None and message.document is None


async def test_a_file_of_more_than_20_mb_cannot_be_fetched(bot: Bot, driver: Driver) -> None:
    size = 20 * 1024 * 1024
    send(
        driver, sent_as("document", "most.mp4", mp4(), size=size), sent_as("document", "big.mp4", mp4(), size=size + 1)
    )
    most, big = await heard(bot)
    assert most.document is not None and big.document is not None and big.document.file_size == size + 1
    assert (await most.document.get_file()).file_size == size
    with pytest.raises(BadRequest, match="File is too big"):
        await big.document.get_file()


async def test_a_path_works_for_an_hour_and_again_after_another_getfile(bot: Bot, driver: Driver) -> None:
    send(driver, sent_as("document", "a.pdf", pdf()))
    [message] = await heard(bot)
    assert message.document is not None
    file = await message.document.get_file()
    token = driver.sandbox.world.secrets.telegram_bot_token
    assert str(file.file_path).startswith(f"{driver.sandbox.base_url}/telegram/file/bot{token}/documents/file_")
    driver.http.post("/_sandbox/clock", json={"advance_seconds": 3601})
    gone = httpx.get(str(file.file_path))
    assert (gone.status_code, gone.json()["description"]) == (404, "Not Found")
    await message.document.get_file()
    assert httpx.get(str(file.file_path)).content == pdf()


async def test_nobody_downloads_without_the_token_or_without_asking_first(bot: Bot, driver: Driver) -> None:
    send(driver, sent_as("document", "a.pdf", pdf()))
    [message] = await heard(bot)
    base, token = f"{driver.sandbox.base_url}/telegram/file/bot", driver.sandbox.world.secrets.telegram_bot_token
    assert httpx.get(f"{base}{token}/documents/file_1.pdf").status_code == 404
    assert message.document is not None
    await message.document.get_file()
    assert httpx.get(f"{base}{token}/documents/file_1.pdf").status_code == 200
    assert httpx.get(f"{base}1000001:SANDBOX-other/documents/file_1.pdf").status_code == 404
    assert httpx.get(f"{base}{token}/../../state.db").status_code == 404


async def test_fetching_fails_as_the_faults_say(bot: Bot, driver: Driver) -> None:
    send(driver, sent_as("document", "a.pdf", pdf()))
    [message] = await heard(bot)
    assert message.document is not None
    driver.sandbox.fault("telegram.getFile", "429", retry_after=7)
    with pytest.raises(RetryAfter):
        await message.document.get_file()
    file = await message.document.get_file()
    driver.sandbox.fault("telegram.file", "reject_5xx")
    with pytest.raises(NetworkError):
        await file.download_as_bytearray()
    assert bytes(await file.download_as_bytearray()) == pdf()


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ([sent_as("photo", "a.pdf", pdf())], "Only a picture"),
        ([sent_as("video", "a.mp4", b"no film")], "Only an MP4"),
        ([sent_as("photo", "a.png", picture(9, 9)), sent_as("document", "b.pdf", pdf())], "An album holds"),
        ([sent_as("document", "b.pdf", pdf())] * 11, "An album holds"),
        ([sent_as("hologram", "a", b"x")], "A file is sent as one of"),
        ([{"as": "document", "content": "%%%"}], "base64"),
        ([sent_as("document", "a", b"")], "An empty file"),
        ([sent_as("document", "a.pdf", pdf(), caption="x" * 1025)], "A caption holds"),
        ([sent_as("document", "a.pdf", pdf(), size=2**31)], "2,000 MB"),
        (["x"], "files is a list"),
    ],
)
def test_what_telegrams_client_would_not_send_is_refused_in_words(files: Any, why: str, driver: Driver) -> None:
    answer = driver.http.post("/_sandbox/telegram/send", json={"user": MARA, "files": files})
    assert answer.status_code == 400 and why in answer.json()["message"], answer.text
