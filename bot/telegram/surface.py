"""Telegram as a chat that cards are drawn in. Runs in the worker, draws exactly what it is given and never decides."""

import asyncio
from dataclasses import replace
from uuid import UUID

import structlog
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, TelegramError

from bot.telegram.errors import is_unmodified, translate
from bot.telegram.outgoing import NO_PREVIEW, in_reply, inline
from bot.telegram.render import TelegramMessage, fits, render_card
from domain.card import Face, PostView, Surface
from pipeline.draw import LONGEST_WAIT, RATES
from pipeline.ports import ChatBusy, Drawn, Pace

log = structlog.get_logger(__name__)

REMEMBERED = 1_000


class TelegramSurface:
    """Implements `pipeline.ports.ReviewSurface`. Tries nothing twice by itself; the delivery loop does."""

    surface = Surface.TELEGRAM

    def __init__(self, bot: Bot, pace: Pace) -> None:
        self._bot, self._pace = bot, pace
        self._gone_ahead: dict[tuple[UUID, str], str] = {}
        """Pictures whose card did not follow yet: the next try must not show them a second time."""

    async def draw(self, face: Face) -> Drawn:
        """Post the card, or update it. Raises ChatBusy, ChatGone, ChatMoved, MessageGone, ChatRefused."""
        # A digest or a notice has no post behind it and so no token; its button names the card itself.
        face = face if face.token else replace(face, token=str(face.card_id))
        message = render_card(face)
        try:
            picture = await self._picture(face, message.photo_caption)
            sent = await (self._edit(face, message) if face.place.message else self._post(face, message))
        except TelegramError as error:
            raise translate(error) from error
        self._gone_ahead.pop(_subject(face), None)
        return Drawn(sent, face.place.thread, picture, shown_whole=fits(face))

    async def _post(self, face: Face, message: TelegramMessage) -> str:
        sent = await self._bot.send_message(
            int(face.place.chat),
            message.text,
            parse_mode="HTML",
            link_preview_options=NO_PREVIEW,
            reply_markup=inline(message.keyboard),
        )
        return str(sent.message_id)

    async def _edit(self, face: Face, message: TelegramMessage) -> str:
        place = face.place
        try:
            await self._bot.edit_message_text(
                message.text,
                int(place.chat),
                int(place.message or 0),
                parse_mode="HTML",
                link_preview_options=NO_PREVIEW,
                reply_markup=inline(message.keyboard),
            )
        except BadRequest as error:
            if not is_unmodified(error):
                raise
        return place.message or ""

    async def _picture(self, face: Face, caption: str | None) -> str | None:
        """Telegram's id of the card's picture. It goes ahead of a new card; a changed one replies to the card."""
        if caption is None or face.picture_ref is not None or face.picture is None:
            return face.picture_ref if caption is not None else None
        ahead = self._gone_ahead.get(_subject(face))
        return ahead or await self._send_picture(face, face.picture, caption)

    async def _send_picture(self, face: Face, picture: bytes, caption: str) -> str | None:
        try:
            sent = await self._bot.send_photo(
                int(face.place.chat),
                picture,
                caption=caption,
                parse_mode="HTML",
                reply_parameters=in_reply(face.place.message),
                filename="picture.png",
            )
        except ChatMigrated:
            raise
        except BadRequest as error:
            if "chat not found" in error.message.lower():
                raise
            log.warning("a card goes without its picture", card=str(face.card_id), why=error.message[:200])
            return None
        if len(self._gone_ahead) >= REMEMBERED:
            self._gone_ahead.pop(next(iter(self._gone_ahead)))
        self._gone_ahead[_subject(face)] = sent.photo[-1].file_id
        await self._let_pass(face)
        return sent.photo[-1].file_id

    async def _let_pass(self, face: Face) -> None:
        """The picture was a message of its own; the loop has counted one, so the card waits for its turn."""
        place = face.place
        rate = RATES[Surface.TELEGRAM, "group" if place.chat.startswith("-") else "private"]
        key = f"{Surface.TELEGRAM}:{place.team}:{place.chat}"
        wait = await self._pace.reserve(key, burst=rate.burst, per_minute=rate.per_minute)
        if wait > LONGEST_WAIT:
            raise ChatBusy(wait)
        await asyncio.sleep(wait)


def _subject(face: Face) -> tuple[UUID, str]:
    """Which picture of which card."""
    return face.card_id, (face.view.picture_digest or "") if isinstance(face.view, PostView) else ""
