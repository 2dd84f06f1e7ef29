"""A wall that one post meets is known to the others; looks at media that a platform works on wait for room like all reads."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import httpx
import pytest

from domain.platforms import Platform
from domain.publishing import AskedTooOften, Block, Claim, Handles, Permit, Publisher, Reads, Receipt, Save
from pipeline.publish import publish
from publishers.http import Answer, Room, open_client
from publishers.instagram import errors as instagram
from publishers.linkedin import errors as linkedin
from publishers.refusals import Refusals
from publishers.registry import build
from publishers.tiktok import errors as tiktok
from publishers.x import errors as x
from publishers.x.publisher import XPublisher
from publishers.youtube import errors as youtube
from tests.pipeline.house import BY_NAME, House, platform_settings
from tests.publishers.stage import no_pause, png

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def test_a_refused_post_spares_the_next_one_the_same_wall(house: House) -> None:
    account = await house.connect(BY_NAME["x"])
    first, second = await house.post(account), await house.post(account)
    house.lane.fault("x.posts", "429", retry_after=600)
    await publish(first, house.publishing)
    await publish(second, house.publishing)
    rows = [await house.row(post) for post in (first, second)]
    assert [row["state"] for row in rows] == ["retry_wait", "approved"] and await house.attempts(second) == []
    assert 500 < rows[1]["in_seconds"] < 700 and "limit" in rows[1]["trouble"]


async def test_another_account_does_not_wait_for_it(house: House) -> None:
    mine, theirs = await house.connect(BY_NAME["x"]), await house.connect(BY_NAME["linkedin member"])
    house.lane.fault("x.posts", "429", retry_after=600)
    await publish(await house.post(mine), house.publishing)
    other = await house.post(theirs)
    await publish(other, house.publishing)
    assert await house.state(other) == "published"


def answer(status: int, body: bytes, **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


RESET = str(int(NOW.timestamp()) + 900)
WALLS: list[tuple[Refusals, Answer, list[str]]] = [
    (x.refusals(lambda: NOW), answer(429, b"{}", x_rate_limit_reset=RESET), ["account"]),
    (x.refusals(lambda: NOW), answer(429, b"{}"), []),
    (
        x.refusals(lambda: NOW),
        answer(429, b"{}", x_rate_limit_remaining="9", x_app_limit_24hour_remaining="0", x_app_limit_24hour_reset=RESET),
        ["app"],
    ),
    (linkedin.refusals("", lambda: NOW), answer(429, b'{"message": "throttle MEMBER limit"}'), ["account"]),
    (linkedin.refusals("", lambda: NOW), answer(429, b'{"message": "throttle APPLICATION limit"}'), ["app"]),
    (instagram.at_container(lambda: NOW), answer(403, b'{"error": {"code": 9, "error_subcode": 2207042}}'), ["account"]),
    (
        instagram.at_container(lambda: NOW),
        answer(400, b'{"error": {"code": 4}}', x_app_usage='{"call_count": 100}'),
        ["app"],
    ),
    (tiktok.refusals(lambda: NOW), answer(403, b'{"error": {"code": "spam_risk_too_many_posts"}}'), ["account"]),
    (tiktok.refusals(lambda: NOW), answer(403, b'{"error": {"code": "reached_active_user_cap"}}'), ["app"]),
    (tiktok.refusals(lambda: NOW), answer(403, b'{"error": {"code": "url_ownership_unverified"}}'), []),
    (youtube.refusals(lambda: NOW), answer(403, b'{"error": {"errors": [{"reason": "quotaExceeded"}]}}'), ["app"]),
    (youtube.refusals(lambda: NOW), answer(400, b'{"error": {"errors": [{"reason": "uploadLimitExceeded"}]}}'), ["account"]),
]  # fmt: skip


@pytest.mark.parametrize(("table", "refused", "whose"), WALLS)
def test_what_a_refusal_says_is_used_up_names_whose_it_is(table: Refusals, refused: Answer, whose: list[str]) -> None:
    blocks: tuple[Block, ...] = getattr(table.of_send(refused), "blocks", ())
    assert [block.per for block in blocks] == whose and all(block.until > NOW for block in blocks)


def test_an_upload_that_x_puts_off_says_nothing_of_its_posts() -> None:
    refused = answer(429, b"{}", x_rate_limit_reset=RESET)
    assert getattr(x.refusals(lambda: NOW).of_step(refused, "the picture"), "blocks", ()) == ()


async def test_looks_while_a_picture_is_prepared_are_counted_for_the_account(house: House) -> None:
    asked: list[str] = []

    async def room(key: str, _: Reads) -> float:
        asked.append(key)
        return 0.0

    account = await house.connect(BY_NAME["linkedin organisation"])
    post = await house.post(account, None, house.media.put(png()))
    async with open_client() as client:
        await publish(post, replace(house.publishing, publishers=_paced(house, client, room)))
    profile = await house.team.value("SELECT remote_id FROM accounts WHERE workspace_id = %(workspace_id)s")
    assert await house.state(post) == "published" and asked and set(asked) == {f"linkedin:{profile}"}


async def test_without_room_for_a_look_the_post_waits_and_goes_on_with_what_it_has(house: House) -> None:
    full = True

    async def room(_: str, __: Reads) -> float:
        return 5_000.0 if full else 0.0

    account = await house.connect(BY_NAME["linkedin organisation"])
    post = await house.post(account, None, house.media.put(png()))
    async with open_client() as client:
        deps = replace(house.publishing, publishers=_paced(house, client, room))
        await publish(post, deps)
        row = await house.row(post)
        assert row["state"] == "retry_wait" and row["in_seconds"] > 30 and "asked as often" in row["trouble"]
        full = False
        await house.now_due(post)
        await publish(post, deps)
    assert await house.state(post) == "published" and house.media.asked == 1
    assert [one["outcome"] for one in await house.attempts(post)] == ["not_sent", "ok"]


def _paced(house: House, client: httpx.AsyncClient, room: Room) -> Mapping[Platform, Publisher]:
    settings = platform_settings(house.lane)
    return build(settings, client, house.media, pause=no_pause, room=room).publishers


@dataclass(frozen=True)
class Curious(XPublisher):
    """Looks at its post after sending it, and may not."""

    async def prepare(self, claim: Claim, handles: Handles, save: Save) -> Handles:
        return handles

    async def send(self, claim: Claim, handles: Handles, permit: Permit) -> Receipt:
        await permit()
        raise AskedTooOften(60)


async def test_a_look_that_is_not_made_after_the_send_leaves_the_outcome_unknown(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    real = house.registry.publishers[Platform.X]
    assert isinstance(real, XPublisher)
    await publish(post, replace(house.publishing, publishers={Platform.X: Curious(real.api, real.media)}))
    assert await house.state(post) == "unknown"
