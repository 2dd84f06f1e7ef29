"""Settings become the next revision: everything else of the post stays, and what goes out is hashed with them."""

from uuid import UUID

import pytest

from domain.card import Surface
from domain.decision import Decision, Outcome
from domain.payload import Payload
from pipeline.decide import Brought, Click, Deciding, Unusable, decide
from storage import cards
from storage.session import Database
from tests.pipeline.conftest import Hints, Team

SECOND = """
INSERT INTO revisions (workspace_id, post_id, n, text, sha256, drafted_from, length, settings, warnings, pictures, video)
VALUES (%(workspace_id)s, %(id)s, 2, 'A film', sha256('x'), 'templates', 6, '{"title": "Old", "form": "reel"}',
        ARRAY['Close to #0987 of last Tuesday.'], '[]',
        '{"digest": "ab", "content_type": "video/mp4", "width": 1, "height": 2, "size": 3, "seconds": 4, "rate": 30,
          "video_codec": "avc1", "audio_codec": "", "alt": "", "still": ""}')
RETURNING 1
"""
NEWEST = "SELECT * FROM revisions WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s ORDER BY n DESC LIMIT 1"


async def a_film(team: Team) -> tuple[UUID, UUID, str]:
    """A film for YouTube, about which the critic remarked something: its post, its account and its button."""
    account = await team.account()
    post = await team.post(account, state="in_review")
    await team.value("UPDATE accounts SET platform = 'youtube' WHERE workspace_id = %(workspace_id)s RETURNING 1")
    await team.value(SECOND, id=post)
    await team.value("UPDATE posts SET revision_n = 2 WHERE workspace_id = %(workspace_id)s RETURNING 1")
    card = await team.value("SELECT id FROM cards WHERE workspace_id = %(workspace_id)s AND kind = 'post'")
    assert isinstance(card, UUID)
    async with team.worker.transaction(team.workspace_id) as tx:
        return post, account, await cards.face_token(tx, card, post, 2, "t0ken")


def deciding(web: Database, hint: Hints, objections: list[str]) -> Deciding:
    return Deciding(web, lambda platform, payload: objections, hint)


async def choose(team: Team, token: str, deps: Deciding, key: str = "k1", **settings: str) -> Outcome:
    click = Click(key, Surface.SLACK, "T1", "U2", token)
    return (await decide(click, Decision.CHOOSE, deps, Brought(settings=settings))).outcome


async def test_settings_keep_the_text_the_film_and_the_remarks_about_them(
    team: Team, web: Database, hint: Hints
) -> None:
    post, account, token = await a_film(team)
    assert await choose(team, token, deciding(web, hint, []), title="New") is Outcome.APPLIED
    async with team.worker.transaction(team.workspace_id) as tx:
        (row,) = await tx.dicts(NEWEST, {"id": post})
    assert (row["n"], row["text"], row["video"]["digest"]) == (3, "A film", "ab")
    assert row["warnings"] == ["Close to #0987 of last Tuesday."]
    assert row["settings"]["title"] == "New" and row["settings"]["form"] == "reel"
    payload = Payload.of_row(row["text"], row["pictures"], row["settings"], row["video"], row["document"])
    assert bytes(row["sha256"]) == payload.sha256(account)


async def test_what_the_platform_would_refuse_in_the_settings_cannot_be_approved(
    team: Team, web: Database, hint: Hints
) -> None:
    post, _, token = await a_film(team)
    await choose(team, token, deciding(web, hint, ["YouTube is closed today."]), title="New")
    async with team.worker.transaction(team.workspace_id) as tx:
        (row,) = await tx.dicts(NEWEST, {"id": post})
        card = await tx.value("SELECT id FROM cards WHERE workspace_id = %(workspace_id)s AND kind = 'post'")
        newer = await cards.face_token(tx, card, post, 3, "t0ken3")
    assert row["objections"] == ["YouTube is closed today."]
    click = Click("k2", Surface.SLACK, "T1", "U2", newer)
    verdict = await decide(click, Decision.APPROVE, deciding(web, hint, []))
    assert verdict.outcome is Outcome.NOT_APPROVABLE


async def test_settings_that_say_the_same_are_refused_before_anything_is_decided(
    team: Team, web: Database, hint: Hints
) -> None:
    _, _, token = await a_film(team)
    with pytest.raises(Unusable) as nothing:
        await choose(team, token, deciding(web, hint, []), title="Old", privacy="public")
    assert nothing.value.sentence == "Nothing was changed."
    with pytest.raises(Unusable) as wrong:
        await choose(team, token, deciding(web, hint, []), title="", privacy="friends")
    assert set(wrong.value.problems) == {"title", "privacy"}
    assert await choose(team, token, deciding(web, hint, []), title="New") is Outcome.APPLIED, "its key is not used up"


async def test_a_first_comment_that_the_account_does_not_allow_cannot_be_approved(
    team: Team, web: Database, hint: Hints
) -> None:
    post, _, token = await a_film(team)
    await team.value(
        "UPDATE accounts SET platform = 'instagram', scopes = '{instagram_basic}' WHERE workspace_id = %(workspace_id)s"
        " RETURNING 1"
    )
    assert await choose(team, token, deciding(web, hint, []), first_comment="The guide") is Outcome.APPLIED
    async with team.worker.transaction(team.workspace_id) as tx:
        (row,) = await tx.dicts(NEWEST, {"id": post})
        card = await tx.value("SELECT id FROM cards WHERE workspace_id = %(workspace_id)s AND kind = 'post'")
        newer = await cards.face_token(tx, card, post, 3, "t0ken3")
    assert "instagram_manage_comments" in row["objections"][0]
    click = Click("k2", Surface.SLACK, "T1", "U2", newer)
    assert (await decide(click, Decision.APPROVE, deciding(web, hint, []))).outcome is Outcome.NOT_APPROVABLE


async def test_a_time_is_read_by_the_clock_of_the_web_apps_place(team: Team, web: Database, hint: Hints) -> None:
    post, _, token = await a_film(team)
    await team.value("UPDATE web_apps SET zone = 'America/New_York' WHERE workspace_id = %(workspace_id)s RETURNING 1")
    deps = deciding(web, hint, [])
    assert await choose(team, token, deps, title="New", publish_at="2026-12-24 18:00") is Outcome.APPLIED
    async with team.worker.transaction(team.workspace_id) as tx:
        (row,) = await tx.dicts(NEWEST, {"id": post})
    assert row["settings"]["publish_at"] == "2026-12-24 18:00-05:00"
