"""The door for Slack's deliveries. Nothing reads a body before its signature is known to be Slack's.

Verifying and decoding stand here and not in Bolt for two reasons, both measured: Bolt reads the body first and answers
bad ones with 500 and a traceback; and decoding a click with the C unquoter costs a tenth of the standard library's.
Signing: docs.slack.dev, "Verifying requests from Slack".
"""

import asyncio
import hashlib
import hmac
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson
import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from yarl._quoting import _Unquoter  # the C decoder; yarl's public names only take whole addresses

from bot.slack.payloads import Malformed, Other, read_gesture, shaped
from domain.secret import Secret

log = structlog.get_logger(__name__)

LARGEST = 1_048_576
FRESH_SECONDS = 300
BODY_WITHIN = 10.0
_FORM = b"application/x-www-form-urlencoded"
_unquote = _Unquoter(plus=True)

PATH = "/slack/events"
Headers = dict[bytes, bytes]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes = b""
    content_type: bytes = b"text/plain; charset=utf-8"
    headers: tuple[tuple[bytes, bytes], ...] = field(default=())


TOO_LARGE = Answer(413, b"The body is larger than 1 MiB.")
TOO_SLOW = Answer(408, b"The body did not arrive in time.")
NOT_SLACK = Answer(401, b"This is not signed by Slack, or too old.")
NOT_READABLE = Answer(400, b"This is not what Slack sends.")
ONLY_POST = Answer(405, b"Slack posts here.", headers=((b"allow", b"POST"),))


class Refusal(Exception):
    """The delivery ends here, with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Ingress:
    """The ASGI application behind POST /slack/events."""

    def __init__(self, app: AsyncApp, signing_secret: Secret, clock: Callable[[], float] = time.time) -> None:
        if not signing_secret.reveal().strip():
            raise ValueError("SLACK_SIGNING_SECRET is empty; without it every stranger could decide.")
        self._app, self._clock = app, clock
        self._mac = hmac.new(signing_secret.reveal().encode(), digestmod=hashlib.sha256)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one delivery. Never raises for what came in."""
        try:
            answer = await self._answer(scope, receive)
        except Refusal as refusal:
            answer = refusal.answer
        headers = [(b"content-type", answer.content_type), (b"content-length", b"%d" % len(answer.body))]
        await send({"type": "http.response.start", "status": answer.status, "headers": [*headers, *answer.headers]})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        if scope["method"] != "POST":
            return ONLY_POST
        headers = each_once(scope["headers"])
        body = await _body(headers, receive)
        if not self.is_genuine(headers, body):
            return Answer(200) if _is_ssl_check(headers, body) else NOT_SLACK
        payload = decode(headers, body)
        if payload.get("type") == "url_verification":
            return Answer(200, str(payload.get("challenge", "")).encode())
        return _answer_of(await dispatch(self._app, payload))

    def is_genuine(self, headers: Headers, body: bytes) -> bool:
        """Whether Slack signed these very bytes within the last five minutes (or, by its clock, the next five)."""
        stamp, signature = headers.get(b"x-slack-request-timestamp", b""), headers.get(b"x-slack-signature", b"")
        if not stamp.isdigit() or len(stamp) > 12 or abs(self._clock() - int(stamp)) > FRESH_SECONDS:
            return False
        mac = self._mac.copy()
        mac.update(b"v0:%b:%b" % (stamp, body))
        return hmac.compare_digest(b"v0=" + mac.hexdigest().encode(), signature)


def each_once(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The headers that came once. Of one that came twice nobody can say which was meant: a proxy may have judged the other."""
    came = list(headers)
    times = Counter(name for name, _ in came)
    return {name: value for name, value in came if times[name] == 1}


async def dispatch(app: AsyncApp, payload: dict[str, Any]) -> BoltResponse:
    """Hand a delivery that is known to be Slack's to the app; by HTTP and by socket alike. Raises `Refusal`."""
    try:
        gesture = read_gesture(payload)
    except Malformed as error:
        log.info("a signed delivery is none of Slack's", why=str(error))
        raise Refusal(NOT_READABLE) from error
    if isinstance(gesture, Other):
        return BoltResponse(status=200)  # what nobody listens to is acknowledged: Bolt's 404 would be shown to people
    # mode: the delivery is verified and read already, and Bolt leaves both alone.
    request = AsyncBoltRequest(body=shaped(gesture), mode="socket_mode", context={"gesture": gesture})
    return await app.async_dispatch(request)


def decode(headers: Headers, body: bytes) -> dict[str, Any]:
    """The JSON object, the `payload` of a form, or the form's fields. Raises `Refusal`."""
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    try:
        payload = _form(body) if kind == _FORM else orjson.loads(body)
    except (orjson.JSONDecodeError, UnicodeDecodeError, ValueError) as error:
        raise Refusal(NOT_READABLE) from error
    if not isinstance(payload, dict):
        raise Refusal(NOT_READABLE)
    return payload


def _form(body: bytes) -> Any:
    if body.startswith(b"payload=") and b"&" not in body:
        return orjson.loads(_unquote(body[8:].decode("ascii")))
    fields = dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=100, errors="strict"))
    return orjson.loads(fields["payload"]) if "payload" in fields else fields


def _is_ssl_check(headers: Headers, body: bytes) -> bool:
    """Slack asks now and then, unsigned, whether our certificate is good. It is told yes; nothing else happens."""
    return b"x-slack-signature" not in headers and len(body) < 500 and b"ssl_check=1" in body.split(b"&")


async def _body(headers: Headers, receive: Receive) -> bytes:
    """The whole body. Raises `Refusal` when it is too large or too slow."""
    announced = headers.get(b"content-length", b"0")
    if not announced.isdigit() or int(announced[:12]) > LARGEST:
        raise Refusal(TOO_LARGE)
    try:
        async with asyncio.timeout(BODY_WITHIN):
            return await _chunks(receive)
    except TimeoutError as error:
        raise Refusal(TOO_SLOW) from error


async def _chunks(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > LARGEST:
            raise Refusal(TOO_LARGE)
        more = message.get("more_body", False)
    return b"".join(chunks)


def _answer_of(response: BoltResponse) -> Answer:
    content_type = response.first_headers_without_set_cookie().get("content-type", "application/json; charset=utf-8")
    return Answer(response.status, (response.body or "").encode(), content_type.encode())
