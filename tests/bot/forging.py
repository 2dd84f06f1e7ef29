"""Forged deliveries: genuine ones of a chat, changed in every way that somebody without its secret can change them.

What is genuine is judged here a second time, from the chats' own words: docs.slack.dev, "Verifying requests from Slack";
core.telegram.org/bots/api#setwebhook, `secret_token`.
"""

import hashlib
import hmac
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.http.guard import App

STAMP, SIGNATURE = b"x-slack-request-timestamp", b"x-slack-signature"
TOKEN = b"x-telegram-bot-api-secret-token"
FORM = b"application/x-www-form-urlencoded"
HUGE = 10 * 1024 * 1024
Header = tuple[bytes, bytes]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One HTTP request as the server hands it on: names in lower case, values as they came."""

    path: str
    headers: tuple[Header, ...]
    body: bytes
    method: str = "POST"

    def all(self, name: bytes) -> list[bytes]:
        return [value for each, value in self.headers if each == name]

    def without(self, name: bytes) -> "Delivery":
        return replace(self, headers=tuple(header for header in self.headers if header[0] != name))

    def with_header(self, name: bytes, *values: bytes) -> "Delivery":
        """The header with these values, one after the other, in place of what it had."""
        return replace(self, headers=(*self.without(name).headers, *((name, value) for value in values)))


@dataclass
class Answered:
    """What came back, and how much of the body was asked for."""

    status: int = 0
    body: bytes = b""
    pieces: int = 0
    seconds: float = 0.0


async def deliver(app: App, delivery: Delivery, pieces: Sequence[bytes] | None = None) -> Answered:
    """Hand a request to an application, its body in one piece unless told otherwise."""
    told, waiting = Answered(), list(pieces if pieces is not None else [delivery.body])

    async def receive() -> MutableMapping[str, Any]:
        told.pieces += 1
        body = waiting.pop(0) if waiting else b""
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    async def send(message: MutableMapping[str, Any]) -> None:
        told.status = message.get("status", told.status)
        told.body += message.get("body", b"")

    begun = time.perf_counter()
    await app(scope(delivery), receive, send)
    told.seconds = time.perf_counter() - begun
    return told


def scope(delivery: Delivery) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": delivery.method,
        "scheme": "http",
        "path": delivery.path,
        "raw_path": delivery.path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": list(delivery.headers),
        "client": ("192.0.2.1", 4242),
        "server": ("127.0.0.1", 80),
    }


def by_slack(path: str, body: bytes, secret: bytes, at: float | None = None, kind: bytes = FORM) -> Delivery:
    """A delivery as Slack makes it."""
    stamp = b"%d" % int(time.time() if at is None else at)
    headers = (b"content-type", kind), (b"content-length", b"%d" % len(body))
    return Delivery(path, (*headers, (STAMP, stamp), (SIGNATURE, signature(secret, stamp, body))), body)


def signature(secret: bytes, stamp: bytes, body: bytes) -> bytes:
    return b"v0=" + hmac.new(secret, b"v0:" + stamp + b":" + body, hashlib.sha256).hexdigest().encode()


def is_slacks(delivery: Delivery, secret: bytes, now: float) -> bool:
    """By Slack's own words. What came twice proves nothing."""
    stamps, signatures = delivery.all(STAMP), delivery.all(SIGNATURE)
    if delivery.method != "POST" or len(stamps) != 1 or len(signatures) != 1 or not stamps[0].isdigit():
        return False
    return (
        len(stamps[0]) < 20
        and abs(now - int(stamps[0])) <= 300
        and signatures[0] == signature(secret, stamps[0], delivery.body)
    )


def by_telegram(path: str, body: bytes, secret: bytes) -> Delivery:
    """A delivery as Telegram makes it."""
    headers = (b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), (TOKEN, secret)
    return Delivery(path, headers, body)


def is_telegrams(delivery: Delivery, secret: bytes) -> bool:
    return delivery.method == "POST" and delivery.all(TOKEN) == [secret]


Change = Callable[[random.Random, Delivery, Sequence[Delivery]], Delivery]
"""`change(dice, delivery, others)`: the others are genuine deliveries, from which a forger may take parts."""


def flipped(dice: random.Random, value: bytes) -> bytes:
    """One bit is another."""
    if not value:
        return b"\x01"
    at = dice.randrange(len(value))
    return value[:at] + bytes([value[at] ^ (1 << dice.randrange(8))]) + value[at + 1 :]


def _of(name: bytes) -> Callable[[Delivery], bytes]:
    return lambda delivery: delivery.all(name)[0]


def _header(name: bytes, change: Callable[[random.Random, bytes], bytes]) -> Change:
    return lambda dice, one, others: one.with_header(name, change(dice, _of(name)(one)))


def _twice(name: bytes) -> Change:
    """The genuine value beside another, in either order, or beside itself."""

    def change(dice: random.Random, one: Delivery, others: Sequence[Delivery]) -> Delivery:
        good = _of(name)(one)
        other = dice.choice([good, flipped(dice, good), b"", _of(name)(dice.choice(others))])
        return one.with_header(name, *dice.sample([good, other], 2))

    return change


def _body(change: Callable[[random.Random, bytes], bytes]) -> Change:
    return lambda dice, one, others: replace(one, body=change(dice, one.body))


def _cut(dice: random.Random, value: bytes) -> bytes:
    return value[: dice.randrange(len(value))] if value else b"x"


def _grown(dice: random.Random, value: bytes) -> bytes:
    return value + dice.choice([b"0", b" ", b"\n", b"\x00", b"&a=1", b"ff", value])


def _swapped(dice: random.Random, value: bytes) -> bytes:
    mixed = bytearray(value)
    a, b = dice.randrange(len(value)), dice.randrange(len(value))
    mixed[a], mixed[b] = mixed[b], mixed[a]
    return bytes(mixed)


def _serialised_anew(_: random.Random, body: bytes) -> bytes:
    """The same words, written as another program would write them."""
    if body.startswith((b"{", b"[")):
        return body.replace(b'":', b'": ').replace(b",", b", ")
    return body.replace(b"%22", b'"').replace(b"%3A", b":") if b"%" in body else body + b"&"


def _odd_stamp(dice: random.Random, stamp: bytes) -> bytes:
    now = int(stamp)
    far = dice.choice([301, 302, 3_600, 86_400, 10**9])
    words = [b"", b"now", b"+" + stamp, b" " + stamp, stamp + b".0", b"-" + stamp, b"0" + stamp, b"9" * 400, b"\xff"]
    return dice.choice([b"%d" % (now + far), b"%d" % max(now - far, 0), *words])


def _odd_signature(dice: random.Random, given: bytes) -> bytes:
    bare = given[3:]
    words = [b"", b"v0=", bare, b"v1=" + bare, b"V0=" + bare, b"v0=" + bare.upper(), b"v0:" + bare, b"v0=" + b"0" * 64]
    return dice.choice([*words, b"v0=" + bytes.fromhex(bare.decode()), b"v0=" + bare[:32], b"v0=" + bare + bare])


def _signed_otherwise(dice: random.Random, one: Delivery, others: Sequence[Delivery]) -> Delivery:
    """By a secret that is not ours: another installation's, none at all, the one of last year; and fresh."""
    secret = dice.choice([b"", b"another installation's secret", b"0" * 32, b"last year's secret"])
    stamp = b"%d" % int(time.time())
    return one.with_header(STAMP, stamp).with_header(SIGNATURE, signature(secret, stamp, one.body))


def _of_another(name: bytes) -> Change:
    """A genuine value that belongs to another delivery."""

    def change(dice: random.Random, one: Delivery, others: Sequence[Delivery]) -> Delivery:
        return one.with_header(name, _of(name)(dice.choice(others)))

    return change


def _another_way(dice: random.Random, one: Delivery, others: Sequence[Delivery]) -> Delivery:
    return replace(one, method=dice.choice(["GET", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "post"]))


def _misnamed(name: bytes) -> Change:
    def change(dice: random.Random, one: Delivery, others: Sequence[Delivery]) -> Delivery:
        other = dice.choice([name.replace(b"-", b"_"), name + b" ", b"x-" + name, name[2:]])
        return one.without(name).with_header(other, _of(name)(one))

    return change


def _without(name: bytes) -> Change:
    return lambda dice, one, others: one.without(name)


SLACK: dict[str, Change] = {
    "a bit of the body": _body(flipped),
    "a bit of the timestamp": _header(STAMP, flipped),
    "a bit of the signature": _header(SIGNATURE, flipped),
    "a shorter body": _body(_cut),
    "a longer body": _body(_grown),
    "two bytes of the body": _body(_swapped),
    "the body serialised anew": _body(_serialised_anew),
    "another timestamp": _header(STAMP, _odd_stamp),
    "another kind of signature": _header(SIGNATURE, _odd_signature),
    "a signature of another length": _header(SIGNATURE, lambda dice, value: dice.choice([_cut, _grown])(dice, value)),
    "another secret": _signed_otherwise,
    "another delivery's signature": _of_another(SIGNATURE),
    "another delivery's timestamp": _of_another(STAMP),
    "no signature": _without(SIGNATURE),
    "no timestamp": _without(STAMP),
    "two signatures": _twice(SIGNATURE),
    "two timestamps": _twice(STAMP),
    "a signature under another name": _misnamed(SIGNATURE),
    "another method": _another_way,
}
TELEGRAM: dict[str, Change] = {
    "a bit of the secret": _header(TOKEN, flipped),
    "a shorter secret": _header(TOKEN, _cut),
    "a longer secret": _header(TOKEN, _grown),
    "two bytes of the secret": _header(TOKEN, _swapped),
    "another case": _header(TOKEN, lambda _, value: value.swapcase()),
    "another secret": _header(TOKEN, lambda dice, _: dice.choice([b"", b"last year's", b"null", bytes(40), b"*"])),
    "no secret": _without(TOKEN),
    "two secrets": _twice(TOKEN),
    "a secret under another name": _misnamed(TOKEN),
    "another method": _another_way,
}
"""What somebody can change who does not know the secret. A body proves nothing to Telegram's door, so it is not among them."""


@dataclass
class Toll:
    """What became of many forgeries."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    let_through: list[str] = field(default_factory=list)
    by_change: Counter[str] = field(default_factory=Counter)
    pieces: int = 0
    """Parts of bodies that were asked for."""

    def __add__(self, other: "Toll") -> "Toll":
        return Toll(
            self.statuses + other.statuses,
            self.seconds + other.seconds,
            self.let_through + other.let_through,
            self.by_change + other.by_change,
            self.pieces + other.pieces,
        )

    def line(self, whose: str) -> str:
        ordered = sorted(self.seconds)
        p99 = ordered[int(len(ordered) * 0.99)] * 1e3
        kinds = ", ".join(f"{count} × {status}" for status, count in sorted(self.statuses.items()))
        return (
            f"forged deliveries of {whose}: n = {len(ordered)} in {len(self.by_change)} ways, let through: "
            f"{len(self.let_through)}; answers: {kinds}; p99 of a rejection {p99:.2f} ms (goal 5 ms)"
        )


async def assault(
    app: App,
    genuine: Sequence[Delivery],
    changes: dict[str, Change],
    is_genuine: Callable[[Delivery], bool],
    count: int,
    dice: random.Random,
) -> Toll:
    """So many forgeries, one after the other. Those that happen to be genuine after all are left out and made anew."""
    toll, names = Toll(), sorted(changes)
    while len(toll.seconds) < count:
        name = names[len(toll.seconds) % len(names)]
        forged = changes[name](dice, dice.choice(genuine), genuine)
        if is_genuine(forged):
            names_left = [each for each in names if each != name] or names
            forged = changes[dice.choice(names_left)](dice, dice.choice(genuine), genuine)
            if is_genuine(forged):
                continue
        answer = await deliver(app, forged)
        toll.statuses[answer.status] += 1
        toll.seconds.append(answer.seconds)
        toll.by_change[name] += 1
        toll.pieces += answer.pieces
        if not 400 <= answer.status < 500:
            toll.let_through.append(f"{name}: {answer.status}")
    return toll
