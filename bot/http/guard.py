"""What stands in front of every request: security headers, a body limit, time limits, and the raw routes of the chats."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any

import structlog
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
HAS_EFFECT = ("/oauth/", "/slack/")
"""Where a browser comes back with a code that can be used once."""
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
        # What is logged because of this request, also by what it leaves running, says which one it was.
        with structlog.contextvars.bound_contextvars(request=os.urandom(6).hex()):
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        webhook = self._raw.get(scope["path"])
        if webhook is not None:
            await webhook(scope, receive, send)
            return
        try:
            body = await _whole_body(scope, receive)
        except _Refused as refused:
            await self._refuse(send, refused)
            return
        await self._app(_as_get(scope), _Replay(body, receive), self._with_headers(send))

    async def _refuse(self, send: Send, refused: "_Refused") -> None:
        sentence = refused.sentence.encode()
        length = str(len(sentence)).encode()
        # The rest of the body is not read: the connection cannot be used for another request.
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", length),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": refused.status, "headers": [*headers, *self._headers]})
        await send({"type": "http.response.body", "body": sentence})

    def _with_headers(self, send: Send) -> Send:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in self._headers if pair[0] not in present)]
            await send(message)

        return send_guarded


class _Refused(Exception):
    """A request that the application never sees."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


TOO_LARGE = "The request is larger than 1 MiB."
TOO_SLOW = "The request came too slowly."


async def _whole_body(scope: Scope, receive: Receive) -> bytes:
    """The body, within a size and a time. Read before the application runs, which then cannot be half done when it ends."""
    if _declared_length(scope) > BODY_LIMIT:
        raise _Refused(413, TOO_LARGE)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _Refused(400, "The request broke off.")
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > BODY_LIMIT:
                    raise _Refused(413, TOO_LARGE)
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError:
        raise _Refused(408, TOO_SLOW) from None


class _Replay:
    """Hands a body on that was received already, and after it whatever else comes."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


def _as_get(scope: Scope) -> Scope:
    """HEAD is GET without a body, which the server leaves out; but not where a GET has an effect."""
    if scope["method"] == "HEAD" and not scope["path"].startswith(HAS_EFFECT):
        return {**scope, "method": "GET"}
    return scope


class PromptProtocol(HttpToolsProtocol):
    """uvicorn's protocol, hanging up on whoever has not sent a whole request head in time."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(HEADER_SECONDS, transport.close)

    def on_message_begin(self) -> None:
        """Also of a second request on the same connection."""
        self._head_timer.cancel()
        self._head_timer = self.loop.call_later(HEADER_SECONDS, self.transport.close)
        super().on_message_begin()

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
