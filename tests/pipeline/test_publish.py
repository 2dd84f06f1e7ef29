"""One approved post goes out once, or its row says why not, whatever the platform does meanwhile."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace

import httpx
import pytest

from domain.decision import Decision
from domain.platforms import Platform
from domain.publishing import Claim, Handles, Permit, Receipt, Save, Window
from pipeline.publish import publish
from publishers.linkedin.publisher import LinkedInPublisher
from publishers.x.publisher import XPublisher
from sandbox.x.access import ACCESS
from storage.session import Database
from storage.vault import Vault
from tests.pipeline.house import BY_NAME, KINDS, House, Kind, another_team, open_house
from tests.pipeline.lanes import Lane, open_lanes
from tests.publishers.stage import png

FAULTS = (
    "accept_then_500", "accept_then_close", "accept_then_hang", "accept_late", "reject_5xx", "close", "429", "slow", "malformed_2xx",
)  # fmt: skip


@pytest.fixture(scope="session")
def lanes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Lane]]:
    with open_lanes(tmp_path_factory.mktemp("lanes"), len(FAULTS)) as opened:
        yield opened


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_an_approved_post_is_published_once_and_the_attempt_is_recorded(house: House, kind: Kind) -> None:
    post = await house.post(await house.connect(kind))
    await publish(post, house.publishing)
    await publish(post, house.publishing)  # a second hint finds nothing
    row, [attempt] = await house.row(post), await house.attempts(post)
    [entry] = await house.accepted(post)
    assert (row["state"], row["remote_id"], attempt["outcome"]) == ("published", entry["rid"], "ok")
    assert row["permalink"] and row["next_at"] is None and row["next_measure_at"] is not None


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_whatever_the_platform_answers_a_post_is_never_there_twice(
    web: Database, worker: Database, vault: Vault, lanes: list[Lane], kind: Kind
) -> None:
    async def play(lane: Lane, fault: str) -> tuple[str, list[str], int]:
        async with open_house(await another_team(web, worker, vault, f"T{fault}"), lane) as house:
            post = await house.post(await house.connect(kind))
            lane.fault(kind.posts, fault, seconds=0.3 if fault != "accept_then_hang" else 5, retry_after=1)
            states = await house.settle(post)
            if states[-1] == "needs_human":
                await house.truth(post)
                states += await house.settle(post)
            return fault, states, len(await house.accepted(post))

    told = await asyncio.gather(*(play(lane, fault) for lane, fault in zip(lanes, FAULTS, strict=True)))
    assert [(fault, states[-1], count) for fault, states, count in told] == [
        (fault, "published", 1) for fault in FAULTS
    ]
    asked = {fault for fault, states, _ in told if "needs_human" in states}
    lost = {fault for fault, states, _ in told if "unknown" in states}
    assert lost == set(FAULTS) - {"429", "slow"}
    assert asked == (lost if kind is BY_NAME["linkedin member"] else set())


async def test_no_request_can_leave_while_a_transaction_is_open(house: House) -> None:
    async with house.publishing.database.transaction(house.workspace_id):
        with pytest.raises(AssertionError, match="inside a transaction"):
            await house.connect(BY_NAME["x"])


async def test_two_workers_at_once_send_it_once(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    await asyncio.gather(*(publish(post, house.worker(f"w{n}")) for n in range(6)))
    assert len(await house.accepted(post)) == len(await house.attempts(post)) == 1
    assert await house.state(post) == "published"


async def test_a_picture_goes_out_with_its_words_and_a_retry_uploads_nothing_again(house: House) -> None:
    account = await house.connect(BY_NAME["x"])
    post = await house.post(account, None, house.media.put(png()))
    house.lane.fault("x.posts", "429", retry_after=1)
    await house.settle(post)
    uploads = [one for one in house.lane.world.traffic.since(0) if one["path"].endswith("/2/media/upload")]
    assert await house.state(post) == "published" and len(uploads) == 1 and house.media.asked == 1


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ("UPDATE approvals SET revoked_at = now() WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s", "in_review"),
        ("UPDATE role_periods SET revoked_at = now() WHERE workspace_id = %(workspace_id)s AND member_id = %(bob)s", "in_review"),
        ("UPDATE role_periods SET role = 'viewer' WHERE workspace_id = %(workspace_id)s AND member_id = %(bob)s", "in_review"),
        ("UPDATE posts SET revision_n = 2 WHERE workspace_id = %(workspace_id)s AND id = %(id)s", "in_review"),
        ("UPDATE accounts SET state = 'disconnected' WHERE workspace_id = %(workspace_id)s AND id = %(account)s", "held"),
        ("DELETE FROM secrets WHERE workspace_id = %(workspace_id)s AND owner_id = %(account)s", "held"),
        ("INSERT INTO pauses VALUES (%(workspace_id)s, %(id)s, 'workspace')", "held"),
        ("INSERT INTO pauses VALUES (%(workspace_id)s, %(id)s, 'web_app', %(app)s)", "held"),
        ("INSERT INTO pauses VALUES (%(workspace_id)s, %(id)s, 'account', %(account)s)", "held"),
        ("UPDATE posts SET slot = now() - interval '1 day' WHERE workspace_id = %(workspace_id)s AND id = %(id)s", "missed"),
    ],
)  # fmt: skip
async def test_what_changed_since_the_approval_stops_it_at_the_claim(house: House, change: str, state: str) -> None:
    account = await house.connect(BY_NAME["x"])
    post = await house.post(account)
    await house.run(SECOND_REVISION, id=post.post_id)
    await house.run(change, id=post.post_id, account=account, bob=house.team.reviewer, app=house.team.web_app)
    await publish(post, house.publishing)
    row = await house.row(post)
    assert row["state"] == state and row["trouble"]
    assert not house.lane.posts() and not await house.attempts(post)
    if state == "in_review":  # there is time for the new answer
        assert row["slot_in"] > 500 and row["approval_id"] is None


async def test_with_two_approvers_both_must_still_hold_the_right(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]), quorum=2)
    await house.run(
        "UPDATE role_periods SET revoked_at = now() WHERE workspace_id = %(workspace_id)s AND member_id = %(owner)s",
        owner=house.team.owner,
    )
    await publish(post, house.publishing)
    assert await house.state(post) == "in_review" and not house.lane.posts()


async def test_a_used_up_limit_puts_the_post_off_until_there_is_room(house: House) -> None:
    account = await house.connect(BY_NAME["x"])
    await house.run(
        "UPDATE accounts SET posts_a_day = 1 WHERE workspace_id = %(workspace_id)s AND id = %(id)s", id=account
    )
    first, second = await house.post(account), await house.post(account)
    await asyncio.gather(publish(first, house.worker("w1")), publish(second, house.worker("w2")))
    rows = [await house.row(first), await house.row(second)]
    assert sorted(row["state"] for row in rows) == ["approved", "published"] and len(house.lane.posts()) == 1
    waiting = next(row for row in rows if row["state"] == "approved")
    assert 86_000 < waiting["in_seconds"] < 86_460 and "limit" in waiting["trouble"]


async def test_what_the_application_may_send_in_all_is_shared_by_its_profiles(house: House) -> None:
    """Two posts of two profiles at once, and room for one: the other waits, though its own profile sent nothing."""
    posts = [
        await house.post(await house.connect(BY_NAME[name])) for name in ("linkedin organisation", "linkedin member")
    ]
    linkedin = house.publishing.publishers[Platform.LINKEDIN]
    narrow = replace(linkedin, windows=(Window(1, 86_400, "app"),))  # type: ignore[type-var]
    workers = [
        replace(house.worker(name), publishers={**house.publishing.publishers, Platform.LINKEDIN: narrow})
        for name in ("w1", "w2")
    ]
    await asyncio.gather(*(publish(post, worker) for post, worker in zip(posts, workers, strict=True)))
    assert sorted([await house.state(post) for post in posts]) == ["approved", "published"]
    assert len(house.lane.posts()) == 1


async def test_what_a_good_answer_says_is_used_up_holds_the_next_post_until_it_is_there_again(house: House) -> None:
    """X's own header after a success: the ledger alone would let the next one go, and have it refused."""
    account = await house.connect(BY_NAME["x"])
    first, second = await house.post(account), await house.post(account)
    state, now = house.lane.world.state, house.lane.world.now()
    reset = int(now) + 700
    for user in {stored["user"] for stored in state.all(ACCESS)}:
        state.put("x.windows", f"create:{user}", {"used": 99, "reset": reset})
    for post in (first, second):
        await publish(post, house.publishing)
    row = await house.row(second)
    assert (await house.state(first), row["state"], len(house.lane.posts())) == ("published", "approved", 1)
    assert 650 < row["in_seconds"] <= 701 and "limit" in row["trouble"]


async def test_an_expired_token_is_renewed_once_and_the_post_goes_out(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    httpx.post(f"{house.lane.base_url}/_sandbox/clock", json={"advance_seconds": 7300}).raise_for_status()
    states = await house.settle(post)
    first, second = await house.attempts(post)
    assert states[-1] == "published" and (first["outcome"], second["outcome"]) == ("refused", "ok")
    assert len(await house.accepted(post)) == 1


async def test_other_trouble_before_it_does_not_cost_the_renewal_of_a_token(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    house.lane.fault("x.posts", "429", retry_after=1)
    await publish(post, house.publishing)
    httpx.post(f"{house.lane.base_url}/_sandbox/clock", json={"advance_seconds": 7300}).raise_for_status()
    assert (await house.settle(post))[-1] == "published"


@pytest.mark.parametrize(("kind", "name"), [(BY_NAME["x"], "sunrise_app"), (BY_NAME["linkedin member"], "Mara782Lq")])
async def test_a_token_that_is_gone_for_good_holds_the_post_and_asks_the_owner_once(
    house: House, kind: Kind, name: str
) -> None:
    account = await house.connect(kind)
    posts = [await house.post(account), await house.post(account)]
    where = f"{house.lane.base_url}/_sandbox/{kind.platform}/disconnect"
    httpx.post(where, params={"account": name}).raise_for_status()
    for post in posts:
        await house.settle(post)
    assert [await house.state(post) for post in posts] == ["held", "held"]
    notices = await house.team.value(
        "SELECT count(DISTINCT notice_key) FROM cards WHERE workspace_id = %(workspace_id)s AND notice_key LIKE 'reconnect:%%'"
    )
    assert notices == 1 and not house.lane.posts()


async def test_what_the_platform_refuses_fails_with_its_words(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]), "$AAPL and $MSFT are two cashtags")
    await publish(post, house.publishing)
    row, [attempt] = await house.row(post), await house.attempts(post)
    assert (row["state"], attempt["outcome"]) == ("failed", "refused") and "cashtag" in row["trouble"]


async def test_a_worker_frozen_past_its_lease_sends_nothing(house: House) -> None:
    post, frozen = await house.post(await house.connect(BY_NAME["x"])), house.worker("frozen")

    @dataclass(frozen=True)
    class Slow(XPublisher):
        """Wakes up when the sweep and another worker have been here."""

        async def prepare(self, claim: Claim, handles: Handles, save: Save) -> Handles:
            await asyncio.sleep(frozen.patience.lease)
            await house.step(post)
            await house.settle(post)
            return handles

    real = house.registry.publishers[Platform.X]
    assert isinstance(real, XPublisher)
    await publish(post, replace(frozen, publishers={Platform.X: Slow(real.api, real.media)}))
    assert await house.state(post) == "published"
    assert len(await house.accepted(post)) == 1
    assert [one["outcome"] for one in await house.attempts(post)] == ["not_sent", "ok"]


@pytest.mark.parametrize("state", ["unknown", "needs_human", "retry_wait"])
async def test_an_answer_that_comes_after_the_lease_is_kept_and_the_post_never_sent_again(
    house: House, state: str
) -> None:
    post, frozen = await house.post(await house.connect(BY_NAME["linkedin member"])), house.worker("frozen")

    @dataclass(frozen=True)
    class Frozen(LinkedInPublisher):
        """Freezes with the answer in its hands."""

        async def send(self, claim: Claim, handles: Handles, permit: Permit) -> Receipt:
            receipt = await super().send(claim, handles, permit)
            await house.run(
                "UPDATE posts SET lease_until = now() - interval '1 s' WHERE workspace_id = %(workspace_id)s AND id = %(id)s",
                id=post.post_id,
            )
            await house.step(post)
            if state != "unknown":
                await house.settle(post)
            if state == "retry_wait":
                await house.answer(post, Decision.AGAIN)  # and that was not the truth
            return receipt

    real = house.registry.publishers[Platform.LINKEDIN]
    assert isinstance(real, LinkedInPublisher)
    patient = replace(frozen, patience=replace(frozen.patience, send=20.0, lease=60.0))
    await publish(post, replace(patient, publishers={Platform.LINKEDIN: Frozen(real.api, real.media)}))
    await house.settle(post)
    assert await house.state(post) == "published" and len(await house.accepted(post)) == 1
    assert (await house.row(post))["remote_id"] == (await house.accepted(post))[0]["rid"]


async def test_a_task_that_is_cancelled_during_the_send_leaves_the_outcome_unknown(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    house.lane.fault("x.posts", "accept_then_hang", seconds=5)
    task = asyncio.create_task(publish(post, house.worker("w1", send=20.0, lease=60.0)))
    while not house.lane.posts():
        await asyncio.sleep(0.005)  # until the platform has it
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await house.state(post) == "unknown"
    assert (await house.settle(post))[-1] == "published" and len(house.lane.posts()) == 1


OVER = "UPDATE posts SET lease_until = now() - interval '1 s' WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
SECOND_REVISION = """
INSERT INTO revisions (workspace_id, post_id, n, text, sha256, drafted_from, length)
VALUES (%(workspace_id)s, %(id)s, 2, 'another text', sha256('x'), 'edit', 4)
"""
