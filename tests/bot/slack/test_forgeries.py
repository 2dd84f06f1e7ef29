"""Forged deliveries of Slack: none has an effect, none is parsed, and a genuine one among them has exactly one."""

import asyncio
import gzip
import hmac
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from slack_bolt.app.async_app import AsyncApp

from bot.http.app import build_web
from bot.http.guard import App
from bot.slack import ingress
from bot.slack.app import build_app
from bot.slack.ingress import LARGEST, PATH, Ingress
from domain.secret import Secret
from tests.bot.forging import (
    HUGE,
    SIGNATURE,
    SLACK,
    STAMP,
    Delivery,
    Toll,
    assault,
    by_slack,
    deliver,
    flipped,
    is_slacks,
    scope,
    signature,
)
from tests.bot.slack.conftest import House, Review, press_body
from tests.sharing import TABLE

FORGERIES = 1_000
JSON = b"application/json"


@dataclass
class Watched:
    """Bolt's app, and what reached it."""

    app: AsyncApp
    seen: list[Any] = field(default_factory=list)

    async def async_dispatch(self, request: Any) -> Any:
        self.seen.append(request.body)
        return await self.app.async_dispatch(request)


@dataclass
class Door:
    """The web application in front of a watched Bolt, with the secret that Slack shares with us."""

    app: App
    watched: Watched
    secret: bytes

    def click(self, token: str, ts: str, at: str, stamp: float | None = None) -> Delivery:
        return by_slack(PATH, press_body(token, ts, at=at), self.secret, stamp)


@pytest.fixture
def door(house: House) -> Door:
    return door_of(house)


def door_of(house: House) -> Door:
    watched = Watched(build_app(house.desk))
    secret = house.desk.settings.signing_secret
    front = Ingress(watched, secret)  # type: ignore[arg-type]
    return Door(build_web([], {PATH: front}, tls=False, form_targets=[]), watched, secret.reveal().encode())


@pytest.fixture
def genuine(door: Door) -> list[Delivery]:
    """A click, a command, an event: everything that Slack sends."""
    typed = b"command=%2Famarktai&text=help&team_id=T0SANDBOX&user_id=U0MARA&channel_id=C0REVIEW&trigger_id=1.2.3"
    event = {"type": "event_callback", "team_id": "T0SANDBOX", "event_id": "Ev1", "event": {"type": "app_uninstalled"}}
    return [
        door.click("token", "1.1", "1.5"),
        by_slack(PATH, typed, door.secret),
        by_slack(PATH, orjson.dumps(event), door.secret, kind=JSON),
    ]


async def test_nobody_without_the_secret_gets_anything_parsed_or_done(
    review: Review, genuine: list[Delivery], monkeypatch: pytest.MonkeyPatch, record_property: Callable[..., None]
) -> None:
    await forgeries_and_genuine_ones(review, genuine, FORGERIES, 5, monkeypatch, record_property)


async def forgeries_and_genuine_ones(
    review: Review,
    samples: list[Delivery],
    count: int,
    cards: int,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[..., None],
) -> None:
    """So many forgeries; every card's genuine click comes among them, three times over."""
    door, dice = door_of(review.house), random.Random(20261123)
    decoded: list[bytes] = []
    real = ingress.decode
    monkeypatch.setattr(ingress, "decode", lambda headers, body: (decoded.append(body), real(headers, body))[1])
    clicks = [door.click(*await _card(review), f"{number}.5") for number in range(cards)]
    deliveries = dice.sample(clicks * 3, len(clicks) * 3)
    samples, whole = [*samples, *clicks], Toll()
    for turn, click in enumerate(deliveries, 1):
        share = count * turn // len(deliveries) - count * (turn - 1) // len(deliveries)
        whole += await assault(
            door.app, samples, SLACK, lambda it: is_slacks(it, door.secret, time.time()), share, dice
        )
        assert (await deliver(door.app, click)).status == 200
    await review.house.desk.errands.settle()
    record_property(TABLE, whole.line("Slack"))
    assert whole.let_through == []
    assert max(whole.statuses) < 500
    assert len(door.watched.seen) == len(decoded) == len(deliveries)
    assert await _decisions(review) == [("approve", "applied")] * cards


async def _card(review: Review) -> tuple[str, str]:
    """The token and the message of a new card. Slack takes one message a second; time passes between two cards."""
    await review.house.http.post("/_sandbox/clock", json={"advance_seconds": 30})
    _, ts = await review.card()
    return await review.token(ts), ts


async def _decisions(review: Review) -> list[tuple[str, str]]:
    async with review.team.worker.transaction(review.team.workspace_id) as tx:
        rows = await tx.dicts(
            "SELECT decision, outcome FROM decisions WHERE workspace_id = %(workspace_id)s ORDER BY at"
        )
    return [(row["decision"], row["outcome"]) for row in rows]


@pytest.mark.parametrize("shift", [-299, 299])
async def test_a_delivery_may_be_five_minutes_old_or_early(review: Review, shift: int) -> None:
    door = door_of(review.house)
    token, ts = await _card(review)
    assert (await deliver(door.app, door.click(token, ts, "1.5", time.time() + shift))).status == 200
    assert await _decisions(review) == [("approve", "applied")]


@pytest.mark.parametrize("shift", [-302, 302])
async def test_one_that_is_older_or_earlier_is_refused(door: Door, shift: int) -> None:
    assert (await deliver(door.app, door.click("t", "1.1", "1", time.time() + shift))).status == 401
    assert door.watched.seen == []


@pytest.mark.parametrize("name", [STAMP, SIGNATURE])
@pytest.mark.parametrize("first", [True, False])
async def test_a_proof_that_comes_twice_is_none(door: Door, genuine: list[Delivery], name: bytes, first: bool) -> None:
    """A proxy in front may look at the one and we at the other."""
    [good], bad = genuine[0].all(name), b"0"
    doubled = genuine[0].with_header(name, *((good, bad) if first else (bad, good)))
    assert (await deliver(door.app, doubled)).status == 401
    assert door.watched.seen == []


async def test_a_secret_that_was_replaced_opens_nothing(door: Door, genuine: list[Delivery]) -> None:
    for click in genuine:
        [stamp] = click.all(STAMP)
        old = click.with_header(SIGNATURE, signature(b"the secret of last year", stamp, click.body))
        assert (await deliver(door.app, old)).status == 401


async def test_fifty_of_the_same_click_at_once_decide_once(review: Review) -> None:
    door = door_of(review.house)
    click = door.click(*await _card(review), "1.5")
    answers = await asyncio.gather(*(deliver(door.app, click) for _ in range(50)))
    assert {answer.status for answer in answers} == {200}
    assert await _decisions(review) == [("approve", "applied")]


async def test_fifty_of_the_same_event_at_once_are_handled_once(review: Review) -> None:
    door = door_of(review.house)
    opened = {"type": "app_home_opened", "user": "U0MARA", "tab": "home"}
    event = {"type": "event_callback", "team_id": "T0SANDBOX", "event_id": "EvOnce", "event": opened}
    delivery = by_slack(PATH, orjson.dumps(event), door.secret, kind=JSON)
    before = _published(review)
    answers = await asyncio.gather(*(deliver(door.app, delivery) for _ in range(50)))
    await review.house.desk.errands.settle()
    assert {answer.status for answer in answers} == {200}
    assert _published(review) == before + 1


def _published(review: Review) -> int:
    return sum("views.publish" in one["path"] for one in review.house.sandbox.world.traffic.since(0))


async def test_clicks_in_reversed_order_each_have_their_effect(review: Review) -> None:
    door = door_of(review.house)
    clicks = [door.click(*await _card(review), f"{number}.5") for number in range(5)]
    for click in reversed(clicks):
        assert (await deliver(door.app, click)).status == 200
    assert await _decisions(review) == [("approve", "applied")] * 5


async def test_ten_megabytes_are_refused_by_their_announcement_and_otherwise_at_the_first(
    door: Door, genuine: list[Delivery]
) -> None:
    announced = genuine[0].with_header(b"content-length", b"%d" % HUGE)
    answer = await deliver(door.app, announced)
    assert (answer.status, answer.pieces) == (413, 0)
    piece = 65_536
    silent = genuine[0].without(b"content-length")
    answer = await deliver(door.app, silent, [b"x" * piece] * (HUGE // piece))
    assert answer.status == 413
    assert answer.pieces <= LARGEST // piece + 1


async def test_a_packed_body_is_judged_as_it_came_and_never_unpacked(door: Door) -> None:
    bomb = gzip.compress(bytes(200_000_000), 9)
    packed = by_slack(PATH, bomb, door.secret).with_header(b"content-encoding", b"gzip")
    assert (await deliver(door.app, packed)).status == 400
    assert (await deliver(door.app, packed.with_header(SIGNATURE, b"v0=" + b"0" * 64))).status == 401
    assert door.watched.seen == []


async def test_a_body_that_trickles_in_is_given_up(
    door: Door, genuine: list[Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingress, "BODY_WITHIN", 0.1)
    never = asyncio.Event()
    told: list[int] = []

    async def receive() -> dict[str, Any]:
        if not told:
            told.append(0)
            return {"type": "http.request", "body": b"p", "more_body": True}
        await never.wait()
        raise AssertionError("nobody sends the rest")

    async def send(message: Any) -> None:
        told.append(message.get("status", 0))

    await door.app(scope(genuine[0]), receive, send)
    assert 408 in told
    assert door.watched.seen == []


async def test_a_genuine_delivery_in_pieces_is_put_together(review: Review) -> None:
    door = door_of(review.house)
    click = door.click(*await _card(review), "1.5")
    pieces = [click.body[at : at + 7] for at in range(0, len(click.body), 7)]
    assert (await deliver(door.app, click, pieces)).status == 200
    assert await _decisions(review) == [("approve", "applied")]


async def test_signatures_are_compared_in_constant_time(
    door: Door, genuine: list[Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[Any] = []
    real = hmac.compare_digest

    def compare(one: bytes, other: bytes) -> bool:
        compared.append(other)
        return real(one, other)

    monkeypatch.setattr(ingress.hmac, "compare_digest", compare)
    wrong = flipped(random.Random(1), genuine[0].all(SIGNATURE)[0])
    assert (await deliver(door.app, genuine[0].with_header(SIGNATURE, wrong))).status == 401
    assert compared == [wrong]


@pytest.mark.parametrize("secret", ["", " "])
def test_without_a_secret_nothing_starts(secret: str) -> None:
    with pytest.raises(ValueError, match="SLACK_SIGNING_SECRET"):
        Ingress(None, Secret(secret))  # type: ignore[arg-type]
