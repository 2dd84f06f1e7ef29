"""Files are fetched out of the sandbox's Telegram."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.telegram.attached import LARGEST_DOWNLOAD
from bot.telegram.files import TelegramFiles, _meant
from domain.handed import HandedFile
from pipeline.ports import FileGone, FileLater, FileSource
from tests.bot.telegram.conftest import MARA, House
from tests.sandbox.samples import png

CONTENT = png(300, 200)


@pytest.fixture
async def source(quiet_house: House) -> AsyncIterator[TelegramFiles]:
    source: FileSource = TelegramFiles(quiet_house.bot)
    assert isinstance(source, TelegramFiles)
    yield source
    await source.aclose()


async def handed(house: House, **more: Any) -> HandedFile:
    """A document that Mara sent, by Telegram's id of it."""
    sent = {"as": "document", "name": "pier.png", "content": base64.b64encode(CONTENT).decode(), **more}
    await house.act("send", user=MARA, files=[sent], wait=0)
    document = (await house.messages(MARA))[-1]["message"]["document"]
    return HandedFile(document["file_id"], "pier.png", document["file_size"], "image/png")


async def fetched(source: TelegramFiles, file: HandedFile) -> bytes:
    return b"".join([piece async for piece in source.fetch(uuid4(), "", file)])


async def test_a_file_comes_byte_for_byte(quiet_house: House, source: TelegramFiles) -> None:
    assert await fetched(source, await handed(quiet_house)) == CONTENT


async def test_a_file_of_20_mb_comes_in_pieces_and_the_reader_may_stop(
    quiet_house: House, source: TelegramFiles
) -> None:
    file = await handed(quiet_house, size=LARGEST_DOWNLOAD)
    sizes = [len(piece) async for piece in source.fetch(uuid4(), "", file)]
    assert sum(sizes) == LARGEST_DOWNLOAD and max(sizes) <= 1024 * 1024
    pieces = source.fetch(uuid4(), "", file)
    assert CONTENT.startswith((await anext(aiter(pieces)))[:100])
    await pieces.aclose()  # type: ignore[attr-defined]
    assert await fetched(source, await handed(quiet_house)) == CONTENT


async def test_a_larger_one_is_gone_with_a_sentence_that_says_what_to_do(
    quiet_house: House, source: TelegramFiles
) -> None:
    with pytest.raises(FileGone) as gone:
        await fetched(source, await handed(quiet_house, size=LARGEST_DOWNLOAD + 1))
    assert gone.value.sentence == (
        "“pier.png” is larger than 20 MB, which is all that Telegram hands out to bots. Send a smaller file."
    )


async def test_what_telegram_never_gave_out_is_gone(quiet_house: House, source: TelegramFiles) -> None:
    file = await handed(quiet_house)
    with pytest.raises(FileGone, match="Send it again"):
        await fetched(source, replace(file, ref="BQACmadeup"))


@pytest.mark.parametrize(
    ("target", "fault", "seconds"),
    [
        ("telegram.getFile", "429", 7.0),
        ("telegram.getFile", "reject_5xx", 0.0),
        ("telegram.getFile", "close", 0.0),
        ("telegram.file", "429", 7.0),
        ("telegram.file", "reject_5xx", 0.0),
        ("telegram.file", "close", 0.0),
    ],
)
async def test_trouble_means_later_and_the_next_try_works(
    target: str, fault: str, seconds: float, quiet_house: House, source: TelegramFiles
) -> None:
    file = await handed(quiet_house)
    quiet_house.sandbox.fault(target, fault, retry_after=7)
    with pytest.raises(FileLater) as later:
        await fetched(source, file)
    assert later.value.seconds == seconds
    assert quiet_house.bot.token not in str(later.value) and later.value.__cause__ is None
    assert await fetched(source, file) == CONTENT


class Server:
    """A Telegram that gives whatever path it is told, and answers downloads in turn."""

    def __init__(self, *answers: bytes) -> None:
        self.answers, self.asked = list(answers), 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"/getFile" in head.split(b"\r\n")[0]:
            self.asked += 1
            body = (
                b'{"ok":true,"result":{"file_id":"F","file_unique_id":"U","file_path":"documents/%d.pdf"}}' % self.asked
            )
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" % len(body))
            writer.write(b"Connection: close\r\n\r\n" + body)
        else:
            assert b"documents/%d.pdf" % self.asked in head
            writer.write(self.answers.pop(0))
        await writer.drain()
        writer.close()


def answer(status: bytes, body: bytes = b"", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status, size, body)


@pytest.fixture
async def told() -> AsyncIterator[Any]:
    """Runs a fetch against a server that gives these answers; the bytes, and how often a path was asked for."""
    from bot.telegram.client import TelegramSettings, make_bot
    from domain.secret import Secret

    async def run(*answers: bytes) -> tuple[bytes, int]:
        play = Server(*answers)
        server = await asyncio.start_server(play, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        bot = make_bot(TelegramSettings(f"http://127.0.0.1:{port}", Secret("1:SANDBOX"), Secret("s"), "http://x"))
        source = TelegramFiles(bot)
        try:
            return await fetched(source, HandedFile("F", "a.pdf", None, "")), play.asked
        finally:
            await source.aclose()
            await bot.shutdown()
            server.close()

    yield run


async def test_a_path_that_has_expired_is_asked_for_anew_once(told: Any) -> None:
    assert await told(answer(b"404 Not Found"), answer(b"200 OK", b"%PDF")) == (b"%PDF", 2)
    with pytest.raises(FileLater, match="leads nowhere"):
        await told(answer(b"404 Not Found"), answer(b"404 Not Found"))


async def test_a_download_that_breaks_off_is_no_file(told: Any) -> None:
    with pytest.raises(FileLater):
        await told(answer(b"200 OK", b"%PDF", length=400))


async def test_more_bytes_than_announced_anywhere_end_the_download(told: Any) -> None:
    with pytest.raises(FileGone, match="larger than 20 MB"):
        await told(answer(b"200 OK", b"x" * (LARGEST_DOWNLOAD + 1)))


async def test_a_redirect_is_not_followed(told: Any) -> None:
    with pytest.raises(FileLater, match="302"):
        await told(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize(
    ("error", "meant"),
    [
        (RetryAfter(3), FileLater),
        (InvalidToken(), FileLater),
        (TimedOut(), FileLater),
        (NetworkError("x"), FileLater),
        (TelegramError("x"), FileLater),
        (BadRequest("Wrong file_id or the file is temporarily unavailable"), FileLater),
        (BadRequest("Invalid file_id"), FileGone),
        (BadRequest("File is too big"), FileGone),
        (Forbidden("bot was kicked"), FileGone),
    ],
)
def test_every_refusal_of_telegrams_has_a_meaning(error: TelegramError, meant: type[Exception]) -> None:
    assert isinstance(_meant(error, HandedFile("F", "a.pdf", None, "")), meant)
