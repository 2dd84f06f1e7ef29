"""Figures of published posts are read an account at a time; what a platform does not tell stays unknown."""

import asyncio
from dataclasses import dataclass, replace

import httpx
import pytest

from domain.measures import Metric
from domain.payload import Payload
from domain.platforms import Platform
from domain.post import PostRef
from domain.publishing import Account, AccountKind, AskedTooOften, Reading, TokenRejected
from pipeline import report
from pipeline.measure import Measuring, measure_post
from publishers.x.publisher import XPublisher
from storage import measures
from tests.pipeline.house import BY_NAME, KINDS, House, Kind
from tests.sandbox.samples import mp4

NOTICES = """
SELECT count(DISTINCT notice_key) FROM cards WHERE workspace_id = %(workspace_id)s AND notice_key LIKE 'reconnect:%%'
"""
STATE = "SELECT state FROM accounts WHERE workspace_id = %(workspace_id)s"
DUE = "UPDATE posts SET next_measure_at = now() WHERE workspace_id = %(workspace_id)s"


def _measuring(house: House) -> Measuring:
    return Measuring(house.team.worker, house.team.vault, house.registry.publishers, house.publishing.connecting)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_all_due_posts_of_an_account_are_read_together_and_come_due_later(house: House, kind: Kind) -> None:
    account = await house.connect(kind)
    posts = [await house.post(account) for _ in range(3)]
    for post in posts:
        await house.settle(post)
    await house.run(DUE)
    await measure_post(posts[0], _measuring(house))
    rows = [await house.row(post) for post in posts]
    assert all(row["next_measure_at"] > row["published_at"] for row in rows)
    readings = await house.team.value("SELECT count(*) FROM measures WHERE workspace_id = %(workspace_id)s")
    assert readings == 3 or kind is not BY_NAME["x"]  # LinkedIn's figures lag behind or are closed


async def test_many_hints_for_an_accounts_due_posts_make_one_call_with_all_of_them(house: House) -> None:
    account = await house.connect(BY_NAME["x"])
    posts = [await house.post(account) for _ in range(4)]
    for post in posts:
        await house.settle(post)
    calls: list[tuple[str, ...]] = []

    @dataclass(frozen=True)
    class Counted(XPublisher):
        async def measure(self, account: Account, remote_ids: tuple[str, ...]) -> tuple[Reading, ...]:
            calls.append(remote_ids)
            return await super().measure(account, remote_ids)

    real = house.registry.publishers[Platform.X]
    assert isinstance(real, XPublisher)
    deps = replace(_measuring(house), publishers={Platform.X: Counted(real.api, real.media)})
    await house.run(DUE)
    await asyncio.gather(*(measure_post(post, deps) for post in posts))
    assert sorted(one for call in calls for one in call) == sorted(
        [(await house.row(post))["remote_id"] for post in posts]
    )
    assert len(calls) == 1


async def test_a_platform_that_does_not_answer_is_read_later(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    await house.settle(post)
    await house.run(DUE)
    house.lane.fault("x.lookup", "429", retry_after=900)
    await measure_post(post, _measuring(house))
    row = await house.row(post)
    assert 800 < (row["next_measure_at"] - row["published_at"]).total_seconds() < 1000


async def test_a_token_that_expired_is_renewed_once_and_the_figures_are_read(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    await house.settle(post)
    await house.run(DUE)
    httpx.post(f"{house.lane.base_url}/_sandbox/clock", json={"advance_seconds": 7300}).raise_for_status()
    await measure_post(post, _measuring(house))
    assert await house.team.value("SELECT count(*) FROM measures WHERE workspace_id = %(workspace_id)s") == 1


@pytest.mark.parametrize(
    ("kind", "name"), [(BY_NAME["x"], "sunrise_app"), (BY_NAME["linkedin organisation"], "Mara782Lq")]
)
async def test_a_token_rejected_while_measuring_holds_the_account_and_asks_the_owner_once(
    house: House, kind: Kind, name: str
) -> None:
    account = await house.connect(kind)
    posts = [await house.post(account), await house.post(account)]
    await house.settle(posts[0])
    await house.run(DUE)
    where = f"{house.lane.base_url}/_sandbox/{kind.platform}/disconnect"
    httpx.post(where, params={"account": name}).raise_for_status()
    for _ in range(2):
        await measure_post(posts[0], _measuring(house))
    row = await house.row(posts[0])
    assert (row["next_measure_at"] - row["published_at"]).total_seconds() > 3600
    assert await house.state(posts[1]) == "held"
    assert await house.team.value(NOTICES) == 1
    assert await house.team.value(STATE) == "disconnected"


async def test_figures_that_the_token_may_not_see_cost_nobody_the_account(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    await house.settle(post)
    await house.run(DUE)

    @dataclass(frozen=True)
    class Closed(XPublisher):
        async def measure(self, account: Account, remote_ids: tuple[str, ...]) -> tuple[Reading, ...]:
            raise TokenRejected("X does not permit this.", not_permitted=True)

    real = house.registry.publishers[Platform.X]
    assert isinstance(real, XPublisher)
    await measure_post(post, replace(_measuring(house), publishers={Platform.X: Closed(real.api, real.media)}))
    assert await house.team.value(STATE) == "connected"
    row = await house.row(post)
    assert (row["next_measure_at"] - row["published_at"]).total_seconds() > 3600


TIKTOK = Kind("tiktok", Platform.TIKTOK, AccountKind.MEMBER, "tiktok.init")
CHOSEN = {"privacy": "PUBLIC_TO_EVERYONE", "disclosure": "none", "consent": "yes"}
WANTED = "SELECT wanted FROM cards WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s"


async def moderated(house: House) -> PostRef:
    """A film on TikTok that is out, and that TikTok has not given an id of its own yet."""
    account = await house.connect(TIKTOK)
    turn(house, moderation=600)
    post = await house.post_of(account, Payload("Tea time", (), CHOSEN, house.media.put_film(mp4())))
    await house.settle(post)
    assert not (await house.row(post))["remote_id"].isdigit()
    return post


def turn(house: House, **knobs: float) -> None:
    wish = {f"tiktok.{name}": value for name, value in knobs.items()}
    httpx.post(f"{house.lane.base_url}/_sandbox/knobs", json=wish).raise_for_status()


def pass_time(house: House, seconds: float) -> None:
    httpx.post(f"{house.lane.base_url}/_sandbox/clock", json={"advance_seconds": seconds}).raise_for_status()


async def test_a_post_gets_the_name_and_the_link_that_its_platform_tells_later_and_its_card_shows_them(
    house: House,
) -> None:
    post = await moderated(house)
    await house.run(DUE)
    await measure_post(post, _measuring(house))
    early = await house.row(post)
    assert early["permalink"] is None
    before = await house.team.value(WANTED, id=post.post_id)
    pass_time(house, 3_600)
    await house.run(DUE)
    house.hint.given.clear()
    await measure_post(post, _measuring(house))
    row = await house.row(post)
    assert row["remote_id"].isdigit() and row["permalink"].endswith(f"/video/{row['remote_id']}")
    assert await house.team.value(WANTED, id=post.post_id) == before + 1  # type: ignore[operator]
    assert "redraw" in house.hint.stages()
    await house.run(DUE)
    await measure_post(post, _measuring(house))
    assert (await house.row(post))["remote_id"] == row["remote_id"]
    assert await house.team.value(READINGS, id=post.post_id) == 3


READINGS = "SELECT count(*) FROM measures WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s"


async def test_a_later_name_replaces_no_other_than_the_one_it_was_asked_by(house: House) -> None:
    posts = [await house.post(await house.connect(BY_NAME["x"])) for _ in range(2)]
    for post in posts:
        await house.settle(post)
    first, second = [await house.row(post) for post in posts]
    async with house.team.worker.transaction(house.workspace_id) as tx:
        assert not await measures.adopt(tx, first["id"], "something else", "77", "https://x.com/i/status/77")
        assert not await measures.adopt(tx, first["id"], first["remote_id"], second["remote_id"], None)
        assert await measures.adopt(tx, first["id"], first["remote_id"], "77", None)
    after = await house.row(posts[0])
    assert (after["remote_id"], after["permalink"]) == ("77", first["permalink"])


async def test_an_account_without_a_token_does_not_come_due_again_and_again(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    await house.settle(post)
    await house.run("DELETE FROM secrets WHERE workspace_id = %(workspace_id)s")
    await house.run(DUE)
    await measure_post(post, _measuring(house))
    row = await house.row(post)
    assert (row["next_measure_at"] - row["published_at"]).total_seconds() > 3600


async def test_reports_add_up_what_was_read_and_keep_the_unknown_unknown(house: House) -> None:
    account = await house.connect(BY_NAME["x"])
    posts = [await house.post(account) for _ in range(2)]
    for n, post in enumerate(posts):
        await house.settle(post)
        await house.run(READING, id=post.post_id, impressions=100 + n, likes=5 if n else None)
    view = await report.analytics(house.team.worker, house.workspace_id, "7d", None, None)
    assert view is not None
    [row] = view.rows
    assert row.posts == 2 and row.values[Metric.IMPRESSIONS] == 201 and row.values[Metric.LIKES] == 5
    assert row.values[Metric.SAVES] is None and row.before == {} and view.as_of is not None
    assert [top.value for top in view.top] == [101, 100]
    assert await report.analytics(house.team.worker, house.workspace_id, "7d", "no such app", None) is None


READING = """
INSERT INTO measures (workspace_id, post_id, at, impressions, likes)
VALUES (%(workspace_id)s, %(id)s, clock_timestamp(), %(impressions)s, %(likes)s)
"""


@dataclass(frozen=True)
class Tired(XPublisher):
    """Its accounts were read as often as they may be."""

    async def measure(self, account: Account, remote_ids: tuple[str, ...]) -> tuple[Reading, ...]:
        raise AskedTooOften(3_000)


async def test_figures_for_which_there_is_no_room_are_read_when_there_is(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    await house.settle(post)
    await house.run(DUE)
    real = house.registry.publishers[Platform.X]
    assert isinstance(real, XPublisher)
    await measure_post(post, replace(_measuring(house), publishers={Platform.X: Tired(real.api, real.media)}))
    row = await house.row(post)
    assert 2_900 < (row["next_measure_at"] - row["published_at"]).total_seconds() < 3_100
    assert await house.team.value("SELECT count(*) FROM measures WHERE workspace_id = %(workspace_id)s") == 0
