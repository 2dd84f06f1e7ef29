"""What follows a post: each part of a thread once, in its order; what is out stays, and what is not known is said."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from domain.decision import Decision
from domain.parts import following
from domain.payload import Payload
from domain.platforms import Platform
from domain.post import PostRef
from domain.publishing import LeaseLost, PartClaim, Permit, Receipt
from domain.settings import Setting
from pipeline.parts import follow
from pipeline.publish import Publishing
from pipeline.withdraw import withdraw
from publishers.x.publisher import XPublisher
from storage import attempts
from tests.pipeline.house import BY_NAME, House, some_text

_PARTS = """
SELECT q.*, extract(epoch FROM q.next_at - now())::float8 AS in_seconds FROM parts q
WHERE q.workspace_id = %(workspace_id)s AND q.post_id = %(id)s ORDER BY q.n
"""


async def _parts(house: House, post: PostRef) -> list[dict[str, Any]]:
    async with house.team.worker.transaction(house.workspace_id) as tx:
        return await tx.dicts(_PARTS, {"id": post.post_id})


async def _states(house: House, post: PostRef) -> list[str]:
    return [part["state"] for part in await _parts(house, post)]


async def _thread(house: House, parts: int = 3, account: UUID | None = None) -> PostRef:
    """A thread whose first part is out."""
    text = "\n---\n".join(some_text() for _ in range(parts))
    post = await house.post(account or await house.connect(BY_NAME["x"]), text)
    await house.settle(post)
    return post


async def _play_out(house: House, post: PostRef, deps: Publishing | None = None) -> list[str]:
    """Look at the parts whenever one is due, without waiting for a back-off."""
    async with asyncio.timeout(60):
        while due := [part for part in await _parts(house, post) if part["next_at"] is not None]:
            if due[0]["state"] == "waiting":
                await _now(house, post)
            else:
                await asyncio.sleep(max(due[0]["in_seconds"], 0.0) + 0.005)
            await follow(post, deps or house.publishing)
    return await _states(house, post)


async def _now(house: House, post: PostRef) -> None:
    await house.run(
        "UPDATE parts SET next_at = now() WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s AND next_at IS NOT NULL",
        id=post.post_id,
    )


def _sent(house: House) -> list[dict[str, Any]]:
    """Everything that X took, oldest first."""
    return [one for one in house.lane.world.ledger.entries("x") if one["effect"] == "post"]


async def test_each_part_answers_the_one_before_it_and_stands_there_once(house: House) -> None:
    post = await _thread(house)
    assert await _play_out(house, post) == ["out", "out"]
    first, second, third = _sent(house)
    assert second["payload"]["reply"] == {"in_reply_to_tweet_id": first["rid"]}
    assert third["payload"]["reply"] == {"in_reply_to_tweet_id": second["rid"]}
    assert [one["remote_id"] for one in await _parts(house, post)] == [second["rid"], third["rid"]]
    assert "---" not in first["payload"]["text"]


async def test_a_refused_part_ends_the_thread_and_what_is_out_stays(house: House) -> None:
    post = await _thread(house)
    first = _sent(house)[0]["rid"]
    house.lane.world.state.put("x.posts", first, {**house.lane.world.state.get("x.posts", first), "deleted": True})
    assert await _play_out(house, post) == ["refused", "dropped"]
    assert len(_sent(house)) == 1 and await house.state(post) == "published"
    assert "does not let this application go on with a thread" in (await _parts(house, post))[0]["trouble"]


async def test_a_lost_answer_is_found_among_the_answers_and_the_thread_goes_on(house: House) -> None:
    post = await _thread(house)
    house.lane.fault("x.posts", "accept_then_close")
    assert await _play_out(house, post) == ["out", "out"]
    assert len(_sent(house)) == 3


async def test_a_part_that_is_conclusively_absent_is_sent_again_once(house: House) -> None:
    post = await _thread(house, 2)
    house.lane.fault("x.posts", "reject_5xx")
    assert await _play_out(house, post) == ["out"]
    assert len(_sent(house)) == 2


async def test_a_part_that_got_lost_twice_is_said_to_be_unclear_and_nothing_follows_it(house: House) -> None:
    post = await _thread(house)
    house.lane.fault("x.posts", "reject_5xx", count=2)
    assert await _play_out(house, post) == ["unclear", "dropped"]
    assert len(_sent(house)) == 1


async def test_of_many_hints_at_once_one_sends(house: House) -> None:
    post = await _thread(house, 2)
    await asyncio.gather(*(follow(post, house.worker(f"w{n}")) for n in range(4)))
    assert len(_sent(house)) == 2


async def test_a_part_whose_worker_died_before_the_mark_is_sent_by_the_next_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await _thread(house, 2)

    async def die(_self: XPublisher, _claim: PartClaim, _permit: Permit) -> Receipt:
        raise LeaseLost

    with monkeypatch.context() as patched:
        patched.setattr(XPublisher, "send_part", die)
        await follow(post, house.publishing)
    assert await _states(house, post) == ["claimed"]
    assert await _play_out(house, post) == ["out"] and len(_sent(house)) == 2


async def test_a_part_whose_worker_died_after_the_mark_is_looked_for_first(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await _thread(house, 2)
    send = XPublisher.send_part

    async def die(self: XPublisher, claim: PartClaim, permit: Permit) -> Receipt:
        await send(self, claim, permit)
        raise LeaseLost

    with monkeypatch.context() as patched:
        patched.setattr(XPublisher, "send_part", die)
        await follow(post, house.publishing)
    assert await _play_out(house, post) == ["out"] and len(_sent(house)) == 2


async def test_an_answer_that_comes_too_late_is_kept_and_nothing_is_sent_twice(house: House) -> None:
    post = await _thread(house, 2)
    async with house.team.worker.transaction(house.workspace_id) as tx:
        await attempts.keep_late_result(tx, attempts.Key(post.post_id, 1, 2), "1850000000000000001", None)
    await follow(post, house.publishing)
    [part] = await _parts(house, post)
    assert (part["state"], part["remote_id"]) == ("out", "1850000000000000001") and len(_sent(house)) == 1


async def test_a_withdrawn_thread_is_deleted_from_its_end(house: House) -> None:
    post = await _thread(house)
    await _play_out(house, post)
    assert await house.answer(post, Decision.WITHDRAW) == "applied"
    await withdraw(post, house.publishing)
    gone = [one["rid"] for one in house.lane.world.ledger.entries("x") if one["effect"] == "delete"]
    assert gone == [one["rid"] for one in reversed(_sent(house))] and await house.state(post) == "withdrawn"


async def test_a_withdrawal_stops_the_thread_and_waits_for_the_part_that_is_under_way(house: House) -> None:
    post = await _thread(house)
    house.lane.fault("x.posts", "accept_then_close")
    await follow(post, house.publishing)
    assert await house.answer(post, Decision.WITHDRAW) == "applied"
    await withdraw(post, house.publishing)
    assert await house.state(post) == "published" and await _states(house, post) == ["unknown", "dropped"]
    assert await _play_out(house, post) == ["out", "dropped"]
    await house.run("UPDATE posts SET withdraw_wanted = now() WHERE workspace_id = %(workspace_id)s")
    await withdraw(post, house.publishing)
    assert await house.state(post) == "withdrawn"
    assert sum(one["effect"] == "delete" for one in house.lane.world.ledger.entries("x")) == 2


async def test_a_disconnected_account_keeps_the_rest_until_it_is_connected_again(house: House) -> None:
    account = await house.connect(BY_NAME["x"])
    post = await _thread(house, 2, account)
    off = "UPDATE accounts SET state = %(state)s WHERE workspace_id = %(workspace_id)s"
    await house.run(off, state="disconnected")
    await follow(post, house.publishing)
    [part] = await _parts(house, post)
    assert part["state"] == "waiting" and "Connect it again" in part["trouble"] and part["in_seconds"] > 30
    await house.run(off, state="connected")
    assert await _play_out(house, post) == ["out"]


async def test_a_thread_that_could_not_go_on_for_a_day_ends(house: House) -> None:
    post = await _thread(house)
    await house.run("UPDATE posts SET published_at = now() - interval '25 hours' WHERE workspace_id = %(workspace_id)s")
    assert await _play_out(house, post) == ["dropped", "dropped"] and len(_sent(house)) == 1


async def test_an_expired_token_is_renewed_and_the_part_goes_out(house: House) -> None:
    post = await _thread(house, 2)
    httpx.post(f"{house.lane.base_url}/_sandbox/clock", json={"advance_seconds": 7300}).raise_for_status()
    assert await _play_out(house, post) == ["out"] and len(_sent(house)) == 2


async def test_the_answers_of_a_thread_count_in_the_windows_but_not_as_posts_of_the_day(house: House) -> None:
    post = await _thread(house)
    await _play_out(house, post)
    row = await house.row(post)
    counted = """
    SELECT sends FROM accounts a, door_sends('x', a.remote_id, 900, %(whole)s)
    WHERE a.workspace_id = %(workspace_id)s AND a.id = %(id)s
    """
    async with house.team.worker.transaction(house.workspace_id) as tx:
        assert await tx.value(counted, {"id": row["account_id"], "whole": False}) == 3
        assert await tx.value(counted, {"id": row["account_id"], "whole": True}) == 1


@pytest.mark.parametrize("platform", [Platform.X, Platform.LINKEDIN])
@pytest.mark.parametrize(
    "text",
    ["one", "one\n---\ntwo", "---", "a\n --- \nb\n---", "a --- b", "a\n----\nb", "a\n---x\n---\t\nc", "\n---\n---\n", "a\n\n---\n\nb"],
)  # fmt: skip
@pytest.mark.parametrize("comment", ["", "Hello"])
async def test_the_database_divides_a_text_as_the_rule_does(
    house: House, platform: Platform, text: str, comment: str
) -> None:
    asked = "SELECT n, kind FROM part_kinds(%(platform)s, %(text)s, jsonb_build_object('first_comment', %(comment)s::text)) ORDER BY n"
    async with house.team.worker.transaction(house.workspace_id) as tx:
        rows = await tx.dicts(asked, {"platform": platform, "text": text, "comment": comment})
    ours = following(platform, text, {Setting.FIRST_COMMENT: comment})
    assert [(row["n"], row["kind"]) for row in rows] == [(part.n, part.kind.value) for part in ours]


def test_a_thread_is_checked_part_by_part_before_anybody_approves(house: House) -> None:
    check = house.publishing.publishers[Platform.X].check
    assert check(Payload("fine\n---\nfine too")) == []
    assert check(Payload("fine\n---\n" + "x" * 281)) == ["Part 2 of the thread is too long. Shorten it by 1."]
    assert check(Payload("fine\n---\n\n---\nend")) == ["Part 2 of the thread is empty."]
    assert check(Payload("\n---\n".join("abc" for _ in range(26)))) == [
        "A thread has at most 25 parts; this one has 26."
    ]
