"""The door for Telegram's updates. Nothing reads a body before its secret is known to be ours."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson
import structlog
from psycopg import OperationalError

from bot.telegram.taking import Taker
from bot.telegram.updates import Malformed
from domain.secret import Secret

log = structlog.get_logger(__name__)

LARGEST = 1_048_576
BODY_WITHIN = 10.0
SECRET = b"x-telegram-bot-api-secret-token"

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

OK = (200, b"")
ANSWERS: dict[str, tuple[int, bytes]] = {
    "not_post": (405, b"Telegram posts here."),
    "not_telegram": (401, b"The secret of Telegram's webhook is missing or wrong."),
    "too_large": (413, b"The body is larger than 1 MiB."),
    "too_slow": (408, b"The body did not arrive in time."),
    "not_readable": (400, b"This is not what Telegram sends."),
    "away": (503, b"The database is away; bring this again."),
}
"""Every answer that is no yes. Telegram brings an update again after anything but 2xx."""


class Refusal(Exception):
    """The delivery ends here, with a row of `ANSWERS`."""


class Ingress:
    """The ASGI application behind POST /telegram/webhook."""

    def __init__(self, taker: Taker, secret: Secret) -> None:
        if not secret.reveal().strip():
            raise ValueError("TELEGRAM_WEBHOOK_SECRET is empty; without it every stranger could decide.")
        self._taker, self._secret = taker, secret.reveal().encode()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one delivery. Never raises for what came in."""
        try:
            await self._take(scope, receive)
            status, body = OK
        except Refusal as refusal:
            status, body = ANSWERS[str(refusal)]
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _take(self, scope: MutableMapping[str, Any], receive: Receive) -> None:
        if scope["method"] != "POST":
            raise Refusal("not_post")
        headers: dict[bytes, bytes] = dict(scope["headers"])
        secrets = [value for name, value in scope["headers"] if name == SECRET]
        given = secrets[0] if len(secrets) == 1 else b""  # of two a proxy may have judged the other
        if not hmac.compare_digest(given, self._secret):
            raise Refusal("not_telegram")
        body = await _body(headers, receive)
        try:
            await self._taker.take(orjson.loads(body))
        except (orjson.JSONDecodeError, Malformed) as error:
            raise Refusal("not_readable") from error
        except OperationalError as error:
            log.warning("an update must wait for the database", why=str(error)[:200])
            raise Refusal("away") from error


async def _body(headers: dict[bytes, bytes], receive: Receive) -> bytes:
    """The whole body. Raises `Refusal` when it is too large or too slow."""
    announced = headers.get(b"content-length", b"0")
    if not announced.isdigit() or int(announced[:12]) > LARGEST:
        raise Refusal("too_large")
    try:
        async with asyncio.timeout(BODY_WITHIN):
            return await _chunks(receive)
    except TimeoutError as error:
        raise Refusal("too_slow") from error


async def _chunks(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > LARGEST:
            raise Refusal("too_large")
        more = message.get("more_body", False)
    return b"".join(chunks)
