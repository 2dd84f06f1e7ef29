"""Forged updates of Telegram: none is read, none has an effect, and a genuine one among them has exactly one."""

import asyncio
import gzip
import hmac
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from bot.http.app import build_web
from bot.http.guard import App
from bot.telegram import ingress
from bot.telegram.ingress import LARGEST, Ingress
from bot.telegram.taking import Taker
from domain.secret import Secret
from tests.bot.forging import (
    HUGE,
    TELEGRAM,
    TOKEN,
    Delivery,
    Toll,
    assault,
    by_telegram,
    deliver,
    flipped,
    is_telegrams,
    scope,
)
from tests.bot.telegram.conftest import BEN, SUPERGROUP, House, Review
from tests.sharing import TABLE

FORGERIES = 1_000
PATH = "/telegram/webhook"


@dataclass
class Watched:
    """What takes updates, and what reached it."""

    taker: Taker
    seen: list[Any] = field(default_factory=list)

    async def take(self, update: dict[str, Any]) -> None:
        self.seen.append(update)
        await self.taker.take(update)


@dataclass
class Door:
    """The web application in front of a watched taker, with the secret that Telegram shares with us."""

    app: App
    watched: Watched
    secret: bytes

    def press(self, number: int, token: str, card: int, decision: str = "approve") -> Delivery:
        """Ben presses a button of a card in the group."""
        press = {
            "id": str(number),
            "from": {"id": BEN, "is_bot": False, "first_name": "Ben", "last_name": "Osei"},
            "message": {"message_id": card, "chat": {"id": SUPERGROUP, "type": "supergroup", "title": "x"}, "date": 0},
            "data": f"{decision}:{token}",
        }
        return by_telegram(PATH, orjson.dumps({"update_id": number, "callback_query": press}), self.secret)


@pytest.fixture
def door(house: House) -> Door:
    return door_of(house)


def door_of(house: House) -> Door:
    watched, secret = Watched(Taker(house.edge)), house.settings.webhook_secret
    front = Ingress(watched, secret)  # type: ignore[arg-type]
    return Door(build_web([], {PATH: front}, tls=False, form_targets=[]), watched, secret.reveal().encode())


async def test_nobody_without_the_secret_gets_anything_read_or_done(
    review: Review, record_property: Callable[..., None]
) -> None:
    await forgeries_and_genuine_ones(review, FORGERIES, 5, record_property)


async def forgeries_and_genuine_ones(
    review: Review, count: int, cards: int, record_property: Callable[..., None]
) -> None:
    """So many forgeries; every card's genuine press comes among them, three times over."""
    door, dice, whole = door_of(review.house), random.Random(20261123), Toll()
    presses = [door.press(9_000 + number, *await _card(review)) for number in range(cards)]
    deliveries = dice.sample(presses * 3, len(presses) * 3)
    for turn, press in enumerate(deliveries, 1):
        share = count * turn // len(deliveries) - count * (turn - 1) // len(deliveries)
        whole += await assault(door.app, presses, TELEGRAM, lambda it: is_telegrams(it, door.secret), share, dice)
        assert (await deliver(door.app, press)).status == 200
    record_property(TABLE, whole.line("Telegram"))
    assert whole.let_through == []
    assert max(whole.statuses) < 500
    assert whole.pieces == 0, "a body was read before the secret was known"
    assert len(door.watched.seen) == len(deliveries)
    assert await review.answers() == [("approve", "applied")] * cards


async def _card(review: Review) -> tuple[str, int]:
    await review.house.http.post("/_sandbox/clock", json={"advance_seconds": 60})
    _, card = await review.card()
    return await review.token(card), card


@pytest.mark.parametrize("first", [True, False])
async def test_a_secret_that_comes_twice_is_none(door: Door, first: bool) -> None:
    press, bad = door.press(1, "t", 1), b"0"
    doubled = press.with_header(TOKEN, *((door.secret, bad) if first else (bad, door.secret)))
    assert (await deliver(door.app, doubled)).status == 401
    assert door.watched.seen == []


async def test_fifty_of_the_same_press_at_once_decide_once(review: Review) -> None:
    door = door_of(review.house)
    press = door.press(77, *await _card(review))
    answers = await asyncio.gather(*(deliver(door.app, press) for _ in range(50)))
    assert {answer.status for answer in answers} == {200}
    assert await review.answers() == [("approve", "applied")]


async def test_presses_in_reversed_order_each_have_their_effect(review: Review) -> None:
    door = door_of(review.house)
    presses = [door.press(100 + number, *await _card(review)) for number in range(5)]
    for press in reversed(presses):
        assert (await deliver(door.app, press)).status == 200
    assert await review.answers() == [("approve", "applied")] * 5


async def test_ten_megabytes_are_refused_by_their_announcement_and_otherwise_at_the_first(door: Door) -> None:
    press = door.press(1, "t", 1)
    answer = await deliver(door.app, press.with_header(b"content-length", b"%d" % HUGE))
    assert (answer.status, answer.pieces) == (413, 0)
    piece = 65_536
    answer = await deliver(door.app, press.without(b"content-length"), [b" " * piece] * (HUGE // piece))
    assert answer.status == 413
    assert answer.pieces <= LARGEST // piece + 1


async def test_a_packed_body_is_never_unpacked(door: Door) -> None:
    bomb = by_telegram(PATH, gzip.compress(bytes(200_000_000), 9), door.secret)
    assert (await deliver(door.app, bomb.with_header(b"content-encoding", b"gzip"))).status == 400
    assert door.watched.seen == []


async def test_a_body_that_trickles_in_is_given_up(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingress, "BODY_WITHIN", 0.1)
    never, told = asyncio.Event(), [0]

    async def receive() -> dict[str, Any]:
        if len(told) == 1:
            told.append(0)
            return {"type": "http.request", "body": b"{", "more_body": True}
        await never.wait()
        raise AssertionError("nobody sends the rest")

    async def send(message: Any) -> None:
        told.append(message.get("status", 0))

    await door.app(scope(door.press(1, "t", 1)), receive, send)
    assert 408 in told
    assert door.watched.seen == []


async def test_secrets_are_compared_in_constant_time(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []
    real = hmac.compare_digest

    def compare(one: bytes, other: bytes) -> bool:
        compared.append(one)
        return real(one, other)

    monkeypatch.setattr(ingress.hmac, "compare_digest", compare)
    wrong = flipped(random.Random(1), door.secret)
    assert (await deliver(door.app, door.press(1, "t", 1).with_header(TOKEN, wrong))).status == 401
    assert compared == [wrong]


@pytest.mark.parametrize("secret", ["", " "])
def test_without_a_secret_nothing_starts(secret: str) -> None:
    with pytest.raises(ValueError, match="TELEGRAM_WEBHOOK_SECRET"):
        Ingress(None, Secret(secret))  # type: ignore[arg-type]
