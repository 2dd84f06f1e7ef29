"""The gate of the sandbox: this machine only, its own pages only, and never a real token."""

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from sandbox.world import World

REAL_SLACK = re.compile(r"\bxox[a-z](?:\.xox[a-z])?-(?!sandbox)(?:\d{9,}-|1-)|\bxapp-\d-[A-Z]")
REAL_TELEGRAM = re.compile(r"(?<!\d)\d{8,10}(?::|%3A)(?!SANDBOX)[A-Za-z0-9_-]{35}\b")
REAL_GOOGLE = re.compile(r"\bya29\.[\w-]{20}|\b1(?://|%2F%2F)0[\w-]{20}|\bGOCSPX-[\w-]{20}")
LONG_BEARER = re.compile(r"^Bearer (?!.*sandbox)\S{60,}$", re.IGNORECASE)  # X: about 90 characters, LinkedIn: over 150
BODIES_WITH_TOKENS = ("application/x-www-form-urlencoded", "application/json")
SEARCHED = 1024 * 1024  # bytes of a body; tokens stand at the beginning
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Guard:
    """Refuses foreign Host and Origin headers and anything that looks like a real platform's token, in words."""

    def __init__(self, app: ASGIApp, world: "World") -> None:
        self._app = app
        port = urlsplit(world.config.base_url).port
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._origins = {f"http://{host}" for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._foreign(scope) or _real_token(scope)
        if refusal is None and scope["type"] == "http" and _may_carry_tokens(scope):
            body, more = await _beginning(receive)
            refusal = _real_token_in(body)
            receive = _replay(body, more, receive)
        if refusal is None:
            await self._app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": refusal[0]})
            return
        error, message = refusal
        await JSONResponse({"ok": False, "error": error, "message": message}, 403)(scope, receive, send)

    def _foreign(self, scope: Scope) -> tuple[str, str] | None:
        headers = Headers(scope=scope)
        if headers.get("host") not in self._hosts:
            return "foreign_host", f"The sandbox answers only as {' or '.join(sorted(self._hosts))}; fix the address."
        origin = headers.get("origin")
        guarded = scope["path"].startswith("/_sandbox") or scope.get("method", "GET") not in SAFE_METHODS
        if guarded and origin is not None and origin not in self._origins:
            return "foreign_origin", f"A page of {origin} may not drive the sandbox; open the sandbox's own page."
        return None


def _real_token(scope: Scope) -> tuple[str, str] | None:
    bearer = Headers(scope=scope).get("authorization", "")
    if LONG_BEARER.match(bearer):
        return _refuse("an access token of X or LinkedIn")
    seen = f"{scope['path']}?{scope['query_string'].decode('latin-1')} {bearer}"
    return _real_token_in(seen.encode())


def _real_token_in(content: bytes) -> tuple[str, str] | None:
    text = content.decode("latin-1")
    if REAL_SLACK.search(text):
        return _refuse("a Slack token")
    if REAL_TELEGRAM.search(text):
        return _refuse("a Telegram bot token")
    if REAL_GOOGLE.search(text):
        return _refuse("a token or a client secret of Google")
    return None


def _refuse(what: str) -> tuple[str, str]:
    return (
        "real_token_refused",
        f"This looks like {what} of a real account. The sandbox wants none and kept nothing; "
        "use the values of /_sandbox/settings, and revoke the token if it was typed here by mistake.",
    )


def _may_carry_tokens(scope: Scope) -> bool:
    kind = Headers(scope=scope).get("content-type", "").split(";")[0].strip().lower()
    return kind in BODIES_WITH_TOKENS


async def _beginning(receive: Receive) -> tuple[bytes, bool]:
    """The body, or as much of it as is searched for tokens, and whether more is to come."""
    body, more = bytearray(), True
    while more and len(body) <= SEARCHED:
        message = await receive()
        body += message.get("body", b"")
        more = bool(message.get("more_body", False))
    return bytes(body), more


def _replay(body: bytes, more: bool, receive: Receive) -> Receive:
    """The body once more for the application, then whatever really comes next."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": more}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
