"""Cards are drawn in the sandbox's Telegram."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut

from bot.gallery.samples import POST
from bot.telegram.errors import translate
from bot.telegram.surface import TelegramSurface
from domain.card import Face, NoticeView, Place, PostView, Surface
from pipeline.ports import ChatBusy, ChatGone, ChatMoved, ChatRefused, MessageGone
from tests.bot.telegram.conftest import GROUP, MARA, PNG, SUPERGROUP, House, NoPace


def a_face(chat: int, view: PostView | NoticeView, picture: bytes | None = None) -> Face:
    place = Place(Surface.TELEGRAM, "", str(chat))
    return Face(uuid4(), uuid4(), place, "t" * 22, view, picture=picture)


@pytest.fixture
def surface(quiet_house: House) -> TelegramSurface:
    return TelegramSurface(quiet_house.bot, NoPace())


@pytest.fixture
def view() -> PostView:
    """A post with a picture that waits for an answer."""
    assert POST.picture_digest is not None
    return POST


def redrawn(face: Face, message: str, view: PostView, picture: bytes | None = None, ref: str | None = "f") -> Face:
    return replace(face, place=replace(face.place, message=message), view=view, picture=picture, picture_ref=ref)


async def test_the_picture_goes_ahead_and_the_card_follows(
    quiet_house: House, surface: TelegramSurface, view: PostView
) -> None:
    drawn = await surface.draw(a_face(SUPERGROUP, view, picture=PNG))
    photo, card = [one["message"] for one in await quiet_house.messages(SUPERGROUP)]
    assert photo["photo"][-1]["file_id"] == drawn.picture_ref
    assert str(card["message_id"]) == drawn.message
    assert card["reply_markup"]["inline_keyboard"]


async def test_a_redraw_changes_the_message_and_an_equal_one_counts_as_drawn(
    quiet_house: House, surface: TelegramSurface, view: PostView
) -> None:
    face = a_face(SUPERGROUP, view, picture=PNG)
    first = await surface.draw(face)
    again = redrawn(face, first.message, replace(view, text="Changed words"), None, first.picture_ref)
    assert await surface.draw(again) == first
    assert await surface.draw(again) == first
    found = await quiet_house.messages(SUPERGROUP)
    assert len(found) == 2 and "Changed words" in found[-1]["message"]["text"]


async def test_a_new_picture_replies_to_its_card(quiet_house: House, surface: TelegramSurface, view: PostView) -> None:
    face = a_face(SUPERGROUP, view, picture=PNG)
    first = await surface.draw(face)
    other = replace(view, picture_digest="another", text="Other words")
    await surface.draw(redrawn(face, first.message, other, PNG, None))
    newest = (await quiet_house.newest(SUPERGROUP))["message"]
    assert "photo" in newest and str(newest["reply_to_message"]["message_id"]) == first.message


async def test_a_picture_is_not_shown_twice_when_its_card_had_to_wait(
    quiet_house: House, surface: TelegramSurface, view: PostView
) -> None:
    quiet_house.sandbox.fault("telegram.sendMessage", "429", retry_after=7)
    face = a_face(SUPERGROUP, view, picture=PNG)
    with pytest.raises(ChatBusy) as busy:
        await surface.draw(face)
    assert busy.value.seconds == 7
    drawn = await surface.draw(face)
    found = [one["message"] for one in await quiet_house.messages(SUPERGROUP)]
    assert ["photo" in one for one in found] == [True, False]
    assert drawn.picture_ref == found[0]["photo"][-1]["file_id"]


async def test_a_picture_that_telegram_refuses_does_not_keep_its_card(
    quiet_house: House, surface: TelegramSurface, view: PostView
) -> None:
    drawn = await surface.draw(a_face(SUPERGROUP, view, picture=b"no picture"))
    assert drawn.picture_ref is None
    assert len(await quiet_house.messages(SUPERGROUP)) == 1


async def test_a_card_waits_for_its_turn_after_its_picture(quiet_house: House, view: PostView) -> None:
    class Slow:
        async def reserve(self, key: str, *, burst: int, per_minute: float, spare: bool = False) -> float:
            assert (key, burst, per_minute) == (f"telegram::{SUPERGROUP}", 3, 16)
            return 40.0

    with pytest.raises(ChatBusy) as busy:
        await TelegramSurface(quiet_house.bot, Slow()).draw(a_face(SUPERGROUP, view, picture=PNG))
    assert busy.value.seconds == 40.0


async def test_a_message_that_was_deleted_is_said_to_be_gone(surface: TelegramSurface, view: PostView) -> None:
    face = a_face(SUPERGROUP, view)
    with pytest.raises(MessageGone):
        await surface.draw(redrawn(face, "4711", view))


async def test_chats_that_take_nothing_are_said_to_be_gone(quiet_house: House, surface: TelegramSurface) -> None:
    notice = NoticeView("Connect X again", "X no longer accepts our token.")
    with pytest.raises(ChatGone) as cold:
        await surface.draw(a_face(MARA, notice))
    assert "/start" in cold.value.sentence
    await quiet_house.act("kick", chat=SUPERGROUP)
    with pytest.raises(ChatGone) as kicked:
        await surface.draw(a_face(SUPERGROUP, notice))
    assert kicked.value.sentence == "The bot was removed from this Telegram chat."
    with pytest.raises(ChatGone):
        await surface.draw(a_face(-99, notice))


async def test_a_group_that_moved_names_its_new_id(quiet_house: House, surface: TelegramSurface) -> None:
    moved = await quiet_house.act("migrate", chat=GROUP)
    with pytest.raises(ChatMoved) as error:
        await surface.draw(a_face(GROUP, NoticeView("Hello", "there")))
    assert error.value.chat == str(moved["chat"])


async def test_a_digests_button_names_its_card(quiet_house: House, surface: TelegramSurface) -> None:
    notice = NoticeView("We cannot read the page", "It is empty.", asks_description=True)
    face = replace(a_face(SUPERGROUP, notice), token="", card_id=UUID(int=5))
    await surface.draw(face)
    button = (await quiet_house.newest(SUPERGROUP))["message"]["reply_markup"]["inline_keyboard"][0][0]
    assert button["callback_data"] == f"describe:{UUID(int=5)}"


def test_every_refusal_has_one_meaning(bot_with_token: Bot) -> None:
    meant = [
        (RetryAfter(3), ChatBusy),
        (ChatMigrated(-100), ChatMoved),
        (Forbidden("Forbidden: bot was blocked by the user"), ChatGone),
        (Forbidden("Forbidden: something new"), ChatGone),
        (BadRequest("Chat not found"), ChatGone),
        (BadRequest("Message to edit not found"), MessageGone),
        (BadRequest("Message can't be edited"), MessageGone),
        (BadRequest("Can't parse entities"), ChatRefused),
        (InvalidToken("no"), ChatRefused),
        (TimedOut(), ChatRefused),
        (NetworkError("reset"), ChatRefused),
    ]
    for error, kind in meant:
        assert type(translate(error)) is kind, error


@pytest.fixture
def bot_with_token(quiet_house: House) -> Bot:
    """Making the client settles how the library tells times."""
    return quiet_house.bot
