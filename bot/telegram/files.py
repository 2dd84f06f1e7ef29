"""Files that people handed over in Telegram, fetched for a worker: getFile gives a path, and behind it lie the bytes.

Facts: core.telegram.org/bots/api#getfile: at most 20 MB; the path works for an hour, and another getFile gives a new one.
Both addresses hold the bot's token, so no error of httpx's is passed on in its own words.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from uuid import UUID

import httpx
from telegram import Bot
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.telegram.attached import LARGEST_DOWNLOAD, TOO_LARGE
from bot.telegram.errors import seconds_of
from domain.card import Surface
from domain.handed import HandedFile
from pipeline.ports import FileGone, FileLater

PIECE = 256 * 1024
TIMEOUTS = httpx.Timeout(10.0, read=30.0)
GONE = (404, 410)
AS_IT_IS = {"Accept-Encoding": "identity"}

NOT_THERE = "Telegram does not give out “{name}” any more. Send it again."
BAD_TOKEN = "Telegram does not accept the bot's token"  # noqa: S105

LATER = "temporarily unavailable"
"""What Telegram says when it cannot tell a wrong file_id from trouble of its own: asking again decides."""


class _PathExpired(Exception):
    """The path leads nowhere any more."""


class TelegramFiles:
    """Implements `pipeline.ports.FileSource`. Holds connections: close it in the loop that used it."""

    surface = Surface.TELEGRAM

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._client = httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=TIMEOUTS)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def fetch(self, workspace_id: UUID, team: str, file: HandedFile) -> AsyncIterator[bytes]:
        """The bytes as they come, at most 20 MB. Raises FileGone, FileLater. A path that has expired is asked for anew, once."""
        for _ in range(2):
            try:
                async with aclosing(self._pieces(await self._address(file), file)) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            except _PathExpired:
                continue
        raise FileLater("Telegram gave a path that leads nowhere", 30.0)

    async def _address(self, file: HandedFile) -> str:
        """Where the bytes lie now."""
        try:
            found = await self._bot.get_file(file.ref)
        except TelegramError as error:
            raise _meant(error, file) from None
        if found.file_size is not None and found.file_size > LARGEST_DOWNLOAD:
            raise FileGone(TOO_LARGE.format(name=file.said))
        if not found.file_path:
            raise FileLater("Telegram gave no path", 30.0)
        return found.file_path

    async def _pieces(self, address: str, file: HandedFile) -> AsyncGenerator[bytes, None]:
        """One download. Raises _PathExpired before the first byte."""
        came = 0
        try:
            async with self._client.stream("GET", address, headers=AS_IT_IS) as answer:
                _check(answer)
                async for piece in answer.aiter_raw(PIECE):
                    came += len(piece)
                    if came > LARGEST_DOWNLOAD:
                        raise FileGone(TOO_LARGE.format(name=file.said))
                    yield piece
        except httpx.HTTPError as error:
            raise FileLater(f"Telegram's files: {type(error).__name__}") from None


def _check(answer: httpx.Response) -> None:
    if answer.status_code in GONE:
        raise _PathExpired
    if answer.status_code != 200:
        pause = answer.headers.get("retry-after", "")
        raise FileLater(f"Telegram's files answered {answer.status_code}", float(pause) if pause.isdecimal() else 0.0)


def _meant(error: TelegramError, file: HandedFile) -> Exception:
    """What a refused getFile means for the file. The library's kinds overlap: a bad request counts as network trouble."""
    words = error.message.lower()
    if isinstance(error, RetryAfter):
        return FileLater("Telegram is busy", seconds_of(error))
    if isinstance(error, InvalidToken):
        return FileLater(BAD_TOKEN, 60.0)
    if "too big" in words:
        return FileGone(TOO_LARGE.format(name=file.said))
    if isinstance(error, BadRequest | Forbidden) and LATER not in words:
        return FileGone(NOT_THERE.format(name=file.said))
    if isinstance(error, NetworkError):
        return FileLater(f"Telegram did not answer ({type(error).__name__})")
    return FileLater(error.message[:100], 30.0)
