"""A lost answer is cleared up by looking, twice and late enough; where looking cannot tell, a person is asked."""

import asyncio
from dataclasses import replace

import pytest

from domain.decision import Decision
from domain.platforms import Platform
from domain.publishing import (
    Absent,
    AskedTooOften,
    Claim,
    Finding,
    Found,
    Handles,
    OutcomeUnknown,
    Pending,
    Permit,
    Receipt,
    Search,
    TurnedDown,
)
from pipeline.publish import publish
from pipeline.reconcile import reconcile
from publishers.x.publisher import XPublisher
from storage import posts
from tests.pipeline.house import BY_NAME, House


async def test_a_post_that_is_conclusively_absent_is_sent_again_once_and_then_a_person_is_asked(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    house.lane.fault("x.posts", "reject_5xx", count=2)
    states = await house.settle(post)
    assert states == ["approved", "unknown", "retry_wait", "unknown", "needs_human"]
    assert [one["outcome"] for one in await house.attempts(post)] == ["unknown", "unknown"]
    assert "X answered 503" in (await house.row(post))["trouble"]


async def test_a_post_found_by_looking_is_published_and_its_attempt_says_so(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["linkedin organisation"]))
    house.lane.fault("linkedin.posts", "accept_then_close")
    assert await house.settle(post) == ["approved", "unknown", "published"]
    row, [attempt], [entry] = await house.row(post), await house.attempts(post), await house.accepted(post)
    assert (attempt["outcome"], row["remote_id"]) == ("ok", entry["rid"])


async def test_a_listing_that_lags_behind_never_leads_to_a_second_post(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    house.lane.world.state.put("sandbox.knobs", "x.listing_lag", {"value": 0.5})
    house.lane.fault("x.posts", "accept_then_close")
    assert (await house.settle(post))[-1] == "published" and len(await house.accepted(post)) == 1


async def test_nobody_is_asked_before_the_settle_time(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["linkedin member"]))
    house.lane.fault("linkedin.posts", "accept_then_close")
    await publish(post, house.publishing)
    ended = (await house.attempts(post))[0]["ended_at"]
    await house.settle(post)
    row = await house.row(post)
    assert (
        row["state"] == "needs_human" and (row["asked_at"] - ended).total_seconds() >= house.publishing.patience.settle
    )
    assert row["trouble"].lower().count("look at") == 1, row["trouble"]


async def test_a_second_hint_finds_the_look_taken(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    house.lane.fault("x.posts", "accept_then_close")
    await publish(post, house.publishing)
    house.lane.fault("x.timeline", "slow", seconds=0.3)
    await house.now_due(post)
    await asyncio.gather(*(reconcile(post, house.worker(f"w{n}")) for n in range(4)))
    looks = [one for one in house.lane.world.traffic.since(0) if "/tweets" in one["path"] and one["method"] == "GET"]
    assert len(looks) == 1 and await house.state(post) == "published"


async def test_a_look_that_cannot_tell_asks_only_when_the_time_has_settled(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    house.lane.fault("x.posts", "accept_then_close")
    house.lane.fault("x.timeline", "reject_5xx", probability=1)
    assert await house.settle(post) == ["approved", "unknown", "needs_human"]
    assert (await house.attempts(post))[0]["outcome"] == "unknown"


async def test_a_lost_account_is_a_question_for_a_person_too(house: House) -> None:
    account = await house.connect(BY_NAME["x"])
    post = await house.post(account)
    house.lane.fault("x.posts", "accept_then_close")
    await publish(post, house.publishing)
    await house.run("DELETE FROM secrets WHERE workspace_id = %(workspace_id)s AND owner_id = %(id)s", id=account)
    await house.settle(post)
    row = await house.row(post)
    assert row["state"] == "needs_human" and "not connected" in row["trouble"]


@pytest.mark.parametrize(
    ("decision", "detail", "end", "times"),
    [
        (Decision.LIVE, {"remote_id": "urn:li:share:7", "link": "https://www.linkedin.com/feed/"}, "published", 0),
        (Decision.AGAIN, None, "published", 1),
        (Decision.DROP, None, "dropped", 0),
    ],
)  # fmt: skip
async def test_what_the_person_says_is_done(
    house: House, decision: Decision, detail: dict[str, str] | None, end: str, times: int
) -> None:
    post = await house.post(await house.connect(BY_NAME["linkedin member"]))
    house.lane.fault("linkedin.posts", "close")
    assert (await house.settle(post))[-1] == "needs_human"
    assert await house.answer(post, decision, detail) == "applied"
    assert (await house.settle(post))[-1] == end
    assert len(await house.accepted(post)) == times


async def test_a_platform_that_says_it_has_the_post_already_is_quoted_and_the_post_it_names_is_linked(
    house: House,
) -> None:
    post = await house.post(await house.connect(BY_NAME["linkedin member"]))
    house.lane.fault("linkedin.posts", "accept_then_close")
    await house.settle(post)
    (there,) = await house.accepted(post)
    await house.answer(post, Decision.AGAIN)
    assert (await house.settle(post))[-1] == "needs_human"
    row = await house.row(post)
    assert "already has a post with this content" in row["trouble"]
    assert "no answer" not in row["trouble"]
    assert str(there["rid"]) in row["trouble_link"]


async def test_after_a_person_sent_it_again_nothing_is_sent_again_by_itself(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    house.lane.fault("x.posts", "reject_5xx", count=3)
    await house.settle(post)
    await house.answer(post, Decision.AGAIN)
    assert await house.settle(post) == ["retry_wait", "unknown", "needs_human"]
    assert len(await house.attempts(post)) == 3


class Late(XPublisher):
    """A platform that took the post and turned it down afterwards."""

    async def find(self, search: Search) -> Finding:
        return TurnedDown("X finds the words risky.")


async def test_a_no_that_comes_late_is_told_at_once_and_never_tried_again_by_itself(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    known = house.publishing.publishers[Platform.X]
    assert isinstance(known, XPublisher)
    late = replace(house.publishing, publishers={Platform.X: Late(known.api, known.media)})
    house.lane.fault("x.posts", "reject_5xx")
    assert await house.settle(post, late) == ["approved", "unknown", "failed"]
    row, [attempt] = await house.row(post), await house.attempts(post)
    assert row["trouble"] == "X finds the words risky." and row["handles"] == {}
    assert attempt["outcome"] == "refused"


class Busy(XPublisher):
    """A platform that works on a post for a while, and then has it."""

    looks = 0

    async def find(self, search: Search) -> Finding:
        Busy.looks += 1
        return (
            Pending("X is still at work.") if Busy.looks < 4 else Found((Receipt("77", "https://x.com/a/status/77"),))
        )


async def test_a_platform_that_is_at_work_is_asked_again_soon_and_nobody_is_bothered(house: House) -> None:
    """Four looks fit into the settle time, after which a person would be asked about anything else."""
    post = await house.post(await house.connect(BY_NAME["x"]))
    known = house.publishing.publishers[Platform.X]
    assert isinstance(known, XPublisher)
    busy = replace(house.publishing, publishers={Platform.X: Busy(known.api, known.media)})
    house.lane.fault("x.posts", "reject_5xx")
    assert await house.settle(post, busy) == ["approved", "unknown", "published"]
    assert (await house.row(post))["remote_id"] == "77" and Busy.looks == 4


class Tired(XPublisher):
    """The account was read as often as it may be."""

    async def find(self, search: Search) -> Finding:
        raise AskedTooOften(60)


async def test_without_room_for_a_look_nobody_is_asked_and_we_look_again(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    known = house.publishing.publishers[Platform.X]
    assert isinstance(known, XPublisher)
    tired = replace(house.publishing, publishers={Platform.X: Tired(known.api, known.media)})
    house.lane.fault("x.posts", "accept_then_close")
    await publish(post, house.publishing)
    for _ in range(4):  # long after the settle time, too
        await house.now_due(post)
        await house.run(_LONG_AGO)
        await reconcile(post, tired)
        row = await house.row(post)
        assert (row["state"], row["absent_seen"]) == ("unknown", 0) and row["in_seconds"] > 0


_LONG_AGO = """
WITH free AS (UPDATE posts SET lease_until = NULL WHERE workspace_id = %(workspace_id)s)
UPDATE attempts SET ended_at = ended_at - interval '1 hour' WHERE workspace_id = %(workspace_id)s
"""


async def test_an_absence_that_the_platform_proves_takes_one_look(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def proven(self: XPublisher, search: Search) -> Finding:
        looks.append(search)
        return Absent(proven=True)

    looks: list[Search] = []
    monkeypatch.setattr(XPublisher, "find", proven)
    house.publishing = replace(house.publishing, patience=replace(house.publishing.patience, settle=60.0))
    post = await house.post(await house.connect(BY_NAME["x"]))
    house.lane.fault("x.posts", "reject_5xx", count=2)
    await publish(post, house.publishing)
    await house.now_due(post)
    await reconcile(post, house.publishing)
    assert (await house.state(post), len(looks)) == ("retry_wait", 1)
    await publish(post, house.publishing)
    await house.now_due(post)
    await reconcile(post, house.publishing)  # a second time is for a person, however certain it is
    assert (await house.state(post), len(looks)) == ("needs_human", 2)


class Named(XPublisher):
    """Sends, is told a name, and hears no more."""

    async def send(self, claim: Claim, handles: Handles, permit: Permit) -> Receipt:
        await permit()
        raise OutcomeUnknown("It was taken and named.", handles={"named": f"n{claim.fence}"})


async def test_what_a_send_brought_to_know_is_looked_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def by_name(self: XPublisher, search: Search) -> Finding:
        looked.append(search.handles)
        return Found((Receipt(search.handles["named"], None),))

    looked: list[Handles] = []
    monkeypatch.setattr(XPublisher, "find", by_name)
    monkeypatch.setattr(XPublisher, "send", Named.send)
    post = await house.post(await house.connect(BY_NAME["x"]))
    assert await house.settle(post) == ["approved", "unknown", "published"]
    assert [named["named"] for named in looked] == ["n1"]
    assert (await house.row(post))["remote_id"] == "n1"


async def test_what_a_zombie_brought_to_know_counts_only_for_its_own_attempt(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    house.lane.fault("x.posts", "accept_then_close")
    await publish(post, house.publishing)  # unknown, fence 1
    async with house.team.worker.transaction(house.workspace_id) as tx:
        await posts.keep_for_the_look(tx, post.post_id, 1, {"named": "mine"})
        await posts.keep_for_the_look(tx, post.post_id, 2, {"named": "another's"})
        handles = await tx.value(
            "SELECT handles FROM posts WHERE workspace_id = %(workspace_id)s AND id = %(id)s", {"id": post.post_id}
        )
    assert handles["named"] == "mine"
