"""Deadlines of the review: a reminder, an expiry at the slot, an end for questions nobody answers."""

from domain.decision import Decision
from pipeline.review import meet_deadline
from tests.pipeline.conftest import Hints
from tests.pipeline.house import BY_NAME, House

SLOT = "UPDATE posts SET slot = now() + make_interval(secs => %(secs)s), next_at = now() WHERE workspace_id = %(workspace_id)s"
NOTICES = "SELECT count(DISTINCT notice_key) FROM cards WHERE workspace_id = %(workspace_id)s AND notice_key LIKE 'reminder:%%'"


async def test_a_waiting_post_is_remembered_once_and_expires_at_its_slot_by_the_system(
    house: House, hint: Hints
) -> None:
    ref = await house.post(await house.connect(BY_NAME["x"]), late=-7200)
    assert await house.answer(ref, Decision.UNDO) == "applied"
    await house.run(SLOT, secs=1200)
    for _ in range(2):
        await meet_deadline(house.team.worker, hint, house.workspace_id, ref.post_id)
    row = await house.row(ref)
    assert row["state"] == "in_review" and 1100 < row["in_seconds"] < 1201
    assert await house.team.value(NOTICES) == 1
    await house.run(SLOT, secs=0)
    await meet_deadline(house.team.worker, hint, house.workspace_id, ref.post_id)
    row = await house.row(ref)
    assert (row["state"], row["actor"], row["next_at"]) == ("expired", None, None)


async def test_a_reminded_post_that_comes_due_early_again_waits_for_its_slot(house: House, hint: Hints) -> None:
    ref = await house.post(await house.connect(BY_NAME["x"]), late=-7200)
    await house.answer(ref, Decision.UNDO)
    await house.run(SLOT, secs=1200)
    await meet_deadline(house.team.worker, hint, house.workspace_id, ref.post_id)
    await house.now_due(ref)
    await meet_deadline(house.team.worker, hint, house.workspace_id, ref.post_id)
    assert (await house.row(ref))["in_seconds"] > 1000


async def test_an_approved_post_meets_no_deadline(house: House, hint: Hints) -> None:
    ref = await house.post(await house.connect(BY_NAME["x"]))
    await meet_deadline(house.team.worker, hint, house.workspace_id, ref.post_id)
    assert await house.state(ref) == "approved"


async def test_a_question_that_nobody_answers_ends(house: House, hint: Hints) -> None:
    ref = await house.post(await house.connect(BY_NAME["linkedin member"]))
    house.lane.fault("linkedin.posts", "close")
    await house.settle(ref)
    await meet_deadline(house.team.worker, hint, house.workspace_id, ref.post_id)
    assert await house.state(ref) == "needs_human"
    await house.now_due(ref)
    await meet_deadline(house.team.worker, hint, house.workspace_id, ref.post_id)
    assert await house.state(ref) == "dropped" and "Nobody answered" in (await house.row(ref))["trouble"]
