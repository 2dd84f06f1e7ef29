"""What stands between two workers with one post: the fence, the ledger of attempts, and what is decided while a claim waits."""

import asyncio
from typing import Any

import psycopg
import pytest

from domain.decision import Decision
from domain.publishing import LeaseLost, Receipt
from pipeline.publish import _claim, _record_receipt, publish
from pipeline.reconcile import sweep
from sandbox.knobs import turn
from storage import session
from tests.pipeline.house import BY_NAME, House

OVER = "UPDATE posts SET lease_until = now() - interval '1 s' WHERE workspace_id = %(workspace_id)s AND id = %(id)s"


async def test_a_claim_that_was_swept_and_given_to_another_can_neither_send_nor_confirm(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["linkedin member"]))
    zombie = await _claim(
        post, house.worker("zombie", lease=600.0)
    )  # by its own clock it has all the time in the world
    assert zombie is not None
    await house.run(OVER, id=post.post_id)
    await sweep(post, house.publishing)
    await house.now_due(post)
    heir = await _claim(post, house.worker("heir"))
    assert heir is not None and heir.claim.fence == zombie.claim.fence + 1
    with pytest.raises(LeaseLost):
        await zombie.permit()
    await _record_receipt(zombie, Receipt("urn:li:share:1"))
    assert await house.state(post) == "publishing", "an answer under an old fence confirms nothing"
    await heir.permit()


async def test_a_worker_whose_lease_ran_out_sends_nothing_though_nobody_has_noticed(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    late = await _claim(post, house.worker("late", lease=600.0))
    assert late is not None
    await house.run(OVER, id=post.post_id)
    with pytest.raises(LeaseLost):
        await late.permit()


async def test_an_attempt_whose_outcome_nobody_knows_uses_up_the_limit(house: House) -> None:
    account = await house.connect(BY_NAME["linkedin member"])
    await house.run(
        "UPDATE accounts SET posts_a_day = 1 WHERE workspace_id = %(workspace_id)s AND id = %(id)s", id=account
    )
    lost, waiting = await house.post(account), await house.post(account)
    house.lane.fault("linkedin.posts", "accept_then_close")
    await publish(lost, house.publishing)
    assert await house.state(lost) == "unknown"
    await publish(waiting, house.publishing)
    row = await house.row(waiting)
    assert row["state"] == "approved" and "limit" in row["trouble"] and len(house.lane.posts()) == 1


async def test_what_is_approved_while_a_claim_waits_is_what_goes_out_or_is_refused(house: House) -> None:
    account = await house.connect(BY_NAME["x"])

    async def second_thoughts() -> tuple[bool, str, list[dict[str, Any]]]:
        post = await house.post(account)
        text = f"In other words, {post.post_id}"
        edit = {
            "text": text, "pictures": [], "video": None, "document": None, "settings": {}, "length": len(text), "warnings": [],
            "objections": [], "sha256": "ab" * 32,
        }  # fmt: skip
        sending = asyncio.create_task(publish(post, house.publishing))
        await asyncio.sleep(0.05)
        edited = await house.answer(post, Decision.EDIT, edit) == "applied"
        if edited:
            await house.answer(post, Decision.APPROVE)
        await sending
        await house.settle(post)
        return edited, text, [one for one in house.lane.posts("x") if text in str(one["payload"])]

    for edited, text, there in await asyncio.gather(*(second_thoughts() for _ in range(4))):
        assert bool(there) == edited, text


@pytest.mark.parametrize(
    "since", ["UPDATE installation SET restored_at = now()", "UPDATE installation SET stopped_at = now()"]
)
async def test_a_restored_or_stopped_database_sends_nothing(house: House, database_url: str, since: str) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(since)
    await publish(post, house.publishing)
    row = await house.row(post)
    assert row["state"] == "approved" and "stopped" in row["trouble"] and not house.lane.posts()


async def test_a_look_never_takes_what_another_post_of_ours_brought(house: House) -> None:
    turn(house.lane.world, "x.takes_duplicates", 1)
    account = await house.connect(BY_NAME["x"])
    first = await house.post(account, "Twice the same words")
    await house.settle(first)
    second = await house.post(account, "Twice the same words")
    house.lane.fault("x.posts", "close")  # nothing arrived, and only the first one is to be seen
    await house.settle(second)
    ids = [(await house.row(post))["remote_id"] for post in (first, second)]
    assert len(house.lane.posts("x")) == 2 and len(set(ids)) == 2


async def test_where_duplicates_are_taken_a_listing_that_lags_leads_to_no_second_post(house: House) -> None:
    turn(house.lane.world, "x.takes_duplicates", 1)
    turn(house.lane.world, "x.listing_lag", 0.5)
    post = await house.post(await house.connect(BY_NAME["x"]))
    house.lane.fault("x.posts", "accept_then_close")
    assert (await house.settle(post))[-1] == "published" and len(await house.accepted(post)) == 1


async def test_a_worker_that_freezes_in_a_transaction_holds_nobody_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "LONGEST_SILENCE", "300ms")
    post = await house.post(await house.connect(BY_NAME["x"]))
    locked, thawed = asyncio.Event(), asyncio.Event()

    async def freeze() -> None:
        with pytest.raises(psycopg.Error):
            async with house.team.worker.transaction(house.workspace_id) as tx:
                await tx.run("SELECT 1 FROM posts WHERE workspace_id = %(workspace_id)s FOR UPDATE")
                locked.set()
                await thawed.wait()
                await tx.run("SELECT 1")

    frozen = asyncio.create_task(freeze())
    await locked.wait()
    async with asyncio.timeout(20):
        await house.now_due(post)  # waits for the lock
    thawed.set()
    await frozen
