"""What we say in Telegram outside of cards: answers to clicks, replies, questions, pictures. Never raises for a chat."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from telegram import (
    Bot,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)
from telegram.error import ChatMigrated, RetryAfter, TelegramError

from bot.telegram.errors import is_unmodified, seconds_of
from bot.telegram.render import Keyboard, TelegramMessage, TelegramPrompt

log = structlog.get_logger(__name__)

T = TypeVar("T")
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
TRIES, LONGEST_WAIT = 3, 20.0
ANSWER_ROOM = 200

Moved = Callable[[str, str], Awaitable[object]]


class Voice:
    """Speaks in chats. What a chat does not take is logged and given up: there is nobody there to tell.

    `moved(old, new)` is told when a group turns out to be a supergroup.
    """

    def __init__(self, bot: Bot, moved: Moved) -> None:
        self.bot = bot
        self._moved = moved
        self._name: str | None = None

    async def name(self) -> str | None:
        """Our user name without the @; None while Telegram does not tell."""
        if self._name is None:
            try:
                self._name = (await self.bot.get_me()).username
            except TelegramError as error:
                log.warning("Telegram does not tell who we are", why=type(error).__name__)
        return self._name

    async def say(self, chat: str, message: TelegramMessage, *, reply_to: str | None = None) -> str | None:
        """Write a message; its id, or None when the chat did not take it."""

        def call(where: int) -> Awaitable[Message]:
            return self.bot.send_message(
                where,
                message.text,
                parse_mode="HTML",
                link_preview_options=NO_PREVIEW,
                reply_markup=inline(message.keyboard),
                reply_parameters=in_reply(reply_to),
            )

        return _id(await self._in_chat(chat, call))

    async def ask(self, chat: str, prompt: TelegramPrompt, *, reply_to: str | None = None) -> str | None:
        """Ask a question that is answered by replying; its id, or None."""

        def call(where: int) -> Awaitable[Message]:
            return self.bot.send_message(
                where,
                prompt.text,
                parse_mode="HTML",
                link_preview_options=NO_PREVIEW,
                reply_markup=ForceReply(selective=True, input_field_placeholder=prompt.placeholder),
                reply_parameters=in_reply(reply_to),
            )

        return _id(await self._in_chat(chat, call))

    async def picture(self, chat: str, png: bytes, caption: str | None) -> None:
        """Show a picture; the caption is HTML."""
        await self._in_chat(chat, lambda where: self.bot.send_photo(where, png, caption=caption, parse_mode="HTML"))

    async def buttons(self, chat: str, message: str, keyboard: Keyboard) -> None:
        """Put other buttons under a message of ours."""

        def call(where: int) -> Awaitable[Message | bool]:
            return self.bot.edit_message_reply_markup(where, int(message), reply_markup=inline(keyboard))

        await self._in_chat(chat, call)

    async def remove(self, chat: str, message: str) -> None:
        """Take a message of ours away."""
        await self._in_chat(chat, lambda where: self.bot.delete_message(where, int(message)))

    async def answer(self, query: str, text: str = "", *, alert: bool = False) -> None:
        """Answer a press of a button; every one must be. A late or second answer is refused by Telegram, and is fine."""
        try:
            await self.bot.answer_callback_query(query, text[:ANSWER_ROOM] or None, show_alert=alert)
        except TelegramError as error:
            log.info("an answer to a click was not taken", why=error.message[:100])

    async def _in_chat(self, chat: str, call: Callable[[int], Awaitable[T]]) -> T | None:
        """Call; wait where Telegram asks to, follow a group that moved; None when nothing helps."""
        where = int(chat)
        for _ in range(TRIES):
            try:
                return await call(where)
            except RetryAfter as busy:
                if seconds_of(busy) > LONGEST_WAIT:
                    break
                await asyncio.sleep(seconds_of(busy))
            except ChatMigrated as moved:
                await self._moved(str(where), str(moved.new_chat_id))
                where = moved.new_chat_id
            except TelegramError as error:
                if not is_unmodified(error):
                    log.info("a chat did not take our words", chat=chat, why=error.message[:100])
                return None
        log.info("a chat is too busy for our words", chat=chat)
        return None


def inline(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    """Buttons as Telegram takes them; None for none."""
    rows = [[InlineKeyboardButton(one.text, url=one.url, callback_data=one.data) for one in row] for row in keyboard]
    return InlineKeyboardMarkup(rows) if rows else None


def in_reply(message: str | None) -> ReplyParameters | None:
    """In reply to a message, or on its own when that one is gone."""
    return ReplyParameters(int(message), allow_sending_without_reply=True) if message else None


def _id(message: Message | None) -> str | None:
    return str(message.message_id) if message else None
