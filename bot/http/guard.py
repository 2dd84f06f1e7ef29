"""What stands in front of every request: security headers, a body limit, time limits, and the raw routes of the chats."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_LIMIT = 1024 * 1024
BODY_SECONDS = 10.0
HEADER_SECONDS = 10.0

HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
"""X-XSS-Protection is left out on purpose: browsers dropped it, and it opened holes of its own."""
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'self' {targets}; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HSTS = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")


class Guard:
    """The outermost application. Chats' webhooks go past the framework: they verify raw bytes before anything parses them."""

    def __init__(self, app: App, raw: Mapping[str, App], *, tls: bool, form_targets: Sequence[str] = ()) -> None:
        """`form_targets` are the origins to which a form's answer may lead on: the platforms' consent pages."""
        self._app = app
        self._raw = raw
        policy = POLICY.format(targets=" ".join(form_targets)).encode()
        headers = (*HEADERS, (b"content-security-policy", policy))
        self._headers = (*headers, HSTS) if tls else headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        webhook = self._raw.get(scope["path"])
        if webhook is not None:
            await webhook(scope, receive, send)
            return
        if _declared_length(scope) > BODY_LIMIT:
            await _refuse(send, 413, b"The request is larger than 1 MiB.")
            return
        body = _Body(receive)
        try:
            await self._app(scope, body, self._with_headers(send))
        except (_TooLarge, TimeoutError) as error:
            status = 413 if isinstance(error, _TooLarge) else 408
            await _refuse(
                send, status, b"The request is too large." if status == 413 else b"The request came too slowly."
            )

    def _with_headers(self, send: Send) -> Send:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in self._headers if pair[0] not in present)]
            await send(message)

        return send_guarded


class _TooLarge(Exception):
    """The body grew past the limit."""


class _Body:
    """Receives a body within a size and a time."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._size = 0
        self._complete = False

    async def __call__(self) -> Message:
        if self._complete:
            return await self._receive()
        async with asyncio.timeout(BODY_SECONDS):
            message = await self._receive()
        self._size += len(message.get("body", b""))
        if self._size > BODY_LIMIT:
            raise _TooLarge
        self._complete = not message.get("more_body", False)
        return message


class PromptProtocol(HttpToolsProtocol):
    """uvicorn's protocol, hanging up on whoever has not sent a whole request head in time."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(HEADER_SECONDS, transport.close)

    def on_headers_complete(self) -> None:
        self._head_timer.cancel()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_timer.cancel()
        super().connection_lost(exc)


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else BODY_LIMIT + 1
    return 0


async def _refuse(send: Send, status: int, sentence: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(sentence)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *HEADERS]})
    await send({"type": "http.response.body", "body": sentence})
