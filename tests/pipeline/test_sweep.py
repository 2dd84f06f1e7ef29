"""What a dead worker left behind: provably not sent, or unknown; and a post that kills its workers is given to a person."""

from domain.decision import Decision
from pipeline.publish import _claim
from pipeline.reconcile import sweep
from tests.pipeline.house import BY_NAME, House


async def test_a_lease_that_still_runs_is_left_alone(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    assert await _claim(post, house.publishing)
    await sweep(post, house.publishing)
    assert await house.state(post) == "publishing"


async def test_a_claim_without_the_sent_mark_is_tried_again_at_once(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    assert await _claim(post, house.publishing)
    await house.run(OVER, id=post.post_id)
    await sweep(post, house.publishing)
    await sweep(post, house.publishing)
    row, [attempt] = await house.row(post), await house.attempts(post)
    assert (row["state"], attempt["outcome"]) == ("retry_wait", "not_sent") and row["in_seconds"] <= 0


async def test_a_claim_with_the_sent_mark_is_unknown(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    attempt = await _claim(post, house.publishing)
    assert attempt is not None
    await attempt.permit()
    await house.run(OVER, id=post.post_id)
    await sweep(post, house.publishing)
    assert await house.state(post) == "unknown" and (await house.attempts(post))[0]["outcome"] == "unknown"


async def test_a_post_that_stops_three_workers_is_given_to_a_person_who_is_told_that_nothing_was_sent(
    house: House,
) -> None:
    post = await house.post(await house.connect(BY_NAME["linkedin member"]))
    for _ in range(3):
        assert await _claim(post, house.publishing)
        await house.run(OVER, id=post.post_id)
        await sweep(post, house.publishing)
    await house.settle(post)
    row = await house.row(post)
    assert row["state"] == "needs_human" and "Nothing was sent" in row["trouble"]
    assert [one["outcome"] for one in await house.attempts(post)] == ["not_sent"] * 3
    await house.answer(post, Decision.AGAIN)
    assert (await house.settle(post))[-1] == "published"


OVER = "UPDATE posts SET lease_until = now() - interval '1 s' WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
