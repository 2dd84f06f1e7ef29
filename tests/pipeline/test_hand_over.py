"""Handing files over is an answer like every other: the same rights, the same staleness, one effect a delivery."""

from uuid import UUID

import pytest

from domain.card import Surface
from domain.decision import Outcome
from domain.handed import HandedFile
from pipeline.decide import Click, Deciding, Unusable
from pipeline.hand_over import hand_over
from storage import cards, due
from storage.session import Database
from tests.pipeline.conftest import Hints, Team

PICTURE = HandedFile("F1", "quay.jpg", 40_000, "image/jpeg")
NOTES = HandedFile("F2", "notes.txt", 12, "text/plain")
HANDED = """SELECT id, member_id, revision_n, step, surface, team_ref, files, description, outcome, next_at IS NOT NULL AS due
FROM handed WHERE workspace_id = %(workspace_id)s AND post_id = %(post)s ORDER BY handed_at"""


async def a_card(team: Team, state: str = "in_review") -> tuple[UUID, str]:
    post = await team.post(await team.account(), state=state)
    card = await team.value("SELECT id FROM cards WHERE workspace_id = %(workspace_id)s AND post_id = %(p)s", p=post)
    assert isinstance(card, UUID)
    async with team.worker.transaction(team.workspace_id) as tx:
        return post, await cards.face_token(tx, card, post, 1, "t0ken")


async def wishes(team: Team, post: UUID) -> list[dict[str, object]]:
    async with team.worker.transaction(team.workspace_id) as tx:
        return await tx.dicts(HANDED, {"post": post})


@pytest.fixture
def deps(web: Database, hint: Hints) -> Deciding:
    return Deciding(web, lambda platform, payload: [], hint)


def click(token: str, key: str = "k1", user: str = "U2") -> Click:
    return Click(key, Surface.SLACK, "T1", user, token)


async def test_the_wish_is_recorded_with_who_where_and_which_post_as_it_stood(team: Team, deps: Deciding) -> None:
    post, token = await a_card(team)
    verdict = await hand_over(click(token), [PICTURE], "The quay  at dawn", deps)
    assert verdict.outcome is Outcome.APPLIED and verdict.number is not None
    (wish,) = await wishes(team, post)
    assert (wish["member_id"], wish["revision_n"], wish["step"]) == (team.reviewer, 1, 2)
    assert (wish["surface"], wish["team_ref"], wish["description"]) == ("slack", "T1", "The quay at dawn")
    assert wish["files"] == [{"ref": "F1", "name": "quay.jpg", "size": 40_000, "content_type": "image/jpeg"}]
    assert await team.state(post) == "in_review"
    found = await due.due_within(team.worker, 0)
    assert [(one.stage, one.id) for one in found if one.stage == "take_in"] == [("take_in", wish["id"])]


async def test_the_same_delivery_twice_has_one_effect(team: Team, deps: Deciding) -> None:
    post, token = await a_card(team)
    await hand_over(click(token), [PICTURE], "", deps)
    assert (await hand_over(click(token), [PICTURE], "", deps)).outcome is Outcome.REPLAY
    assert len(await wishes(team, post)) == 1


async def test_newer_files_take_the_place_of_those_that_are_under_way(team: Team, deps: Deciding) -> None:
    post, token = await a_card(team)
    await hand_over(click(token), [PICTURE], "", deps)
    await hand_over(click(token, "k2"), [PICTURE, PICTURE], "", deps)
    assert [(wish["outcome"], wish["due"]) for wish in await wishes(team, post)] == [("replaced", False), (None, True)]


async def test_an_approved_post_waits_for_an_answer_again_so_that_it_does_not_go_out_without_them(
    team: Team, deps: Deciding
) -> None:
    post, token = await a_card(team, "approved")
    assert (await hand_over(click(token), [PICTURE], "", deps)).outcome is Outcome.APPLIED
    assert await team.state(post) == "in_review"
    live = "SELECT count(*) FROM approvals WHERE workspace_id = %(workspace_id)s AND revoked_at IS NULL"
    assert await team.value(live) == 0
    assert (await wishes(team, post))[0]["step"] == 4


async def test_a_stranger_and_an_old_card_are_answered_as_for_an_edit(team: Team, deps: Deciding) -> None:
    post, token = await a_card(team)
    assert (await hand_over(click(token, user="U9"), [PICTURE], "", deps)).outcome is Outcome.STRANGER
    assert (await hand_over(click("nobody's", "k2"), [PICTURE], "", deps)).outcome is Outcome.UNKNOWN_CARD
    await team.value(
        "INSERT INTO revisions (workspace_id, post_id, n, text, sha256, drafted_from, length)"
        " VALUES (%(workspace_id)s, %(p)s, 2, 'b', sha256('b'), 'edit', 1) RETURNING 1", p=post,
    )  # fmt: skip
    await team.value("UPDATE posts SET revision_n = 2 WHERE workspace_id = %(workspace_id)s RETURNING 1")
    assert (await hand_over(click(token, "k3"), [PICTURE], "", deps)).outcome is Outcome.STALE_REVISION
    assert await wishes(team, post) == []


async def test_a_post_that_goes_out_takes_no_files(team: Team, deps: Deciding) -> None:
    post, token = await a_card(team, "approved")
    await team.value("UPDATE posts SET event = 'claim' WHERE workspace_id = %(workspace_id)s RETURNING 1")
    outcome = (await hand_over(click(token), [PICTURE], "", deps)).outcome
    assert outcome in (Outcome.ALREADY_DECIDED, Outcome.NOT_POSSIBLE)
    assert await wishes(team, post) == []


async def test_what_the_chat_says_of_a_file_may_already_rule_it_out(team: Team, deps: Deciding) -> None:
    post, token = await a_card(team)
    with pytest.raises(Unusable, match=r"“notes\.txt” is no picture, film or PDF"):
        await hand_over(click(token), [NOTES], "", deps)
    with pytest.raises(Unusable, match="X takes at most 4 pictures in a post; these are 5"):
        await hand_over(click(token), [PICTURE] * 5, "", deps)
    assert await wishes(team, post) == []
