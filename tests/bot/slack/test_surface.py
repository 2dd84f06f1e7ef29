"""Cards are drawn in the sandbox's Slack by the worker's surface."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from bot.slack.client import SlackHttp, Teams
from bot.slack.surface import SlackSurface
from domain.card import Face, Place, PostView, Surface
from domain.platforms import Platform
from domain.post import State
from domain.publishing import AccountKind
from pipeline.ports import ChatBusy, ChatGone, ChatRefused, MessageGone
from pipeline.workspaces import bot_token
from tests.bot.slack.conftest import PNG, Review, words

POST = PostView(
    number=1042,
    revision=1,
    state=State.IN_REVIEW,
    platform=Platform.X,
    account_name="@sunrise",
    account_kind=AccountKind.MEMBER,
    web_app="Sunrise",
    slot=datetime(2027, 1, 2, 9, tzinfo=UTC),
    zone="Europe/Berlin",
    text="Good morning",
    picture_digest="d",
    picture_alt="A sunrise",
    length=12,
    limit=280,
    drafted_from="templates",
)


def a_face(review: Review, **place: Any) -> Face:
    """A post with a picture, for the review channel."""
    where = Place(Surface.SLACK, "T0SANDBOX", "C0REVIEW", **place)
    return Face(review.team.workspace_id, UUID(int=1), where, "t" * 22, POST, None, PNG)


async def test_a_card_is_posted_with_its_picture_and_updated_in_place(review: Review) -> None:
    surface = review.house.surface
    drawn = await surface.draw(a_face(review))
    assert drawn.picture_ref and drawn.shown_whole
    card = await review.shown(drawn.message)
    assert any(block["type"] == "image" for block in card["blocks"]) and not card["unfurl_links"]
    face = replace(a_face(review, message=drawn.message), picture=None, picture_ref=drawn.picture_ref)
    again = await surface.draw(replace(face, view=replace(POST, text="Another text")))
    assert again.message == drawn.message
    shown = await review.shown(drawn.message)
    assert "Another text" in words(shown["blocks"]) and any(block["type"] == "image" for block in shown["blocks"])
    files = [entry for entry in review.house.sandbox.world.ledger.entries("slack") if entry["effect"] == "file"]
    assert len(files) == 1 and not any(block["type"] == "file" for block in card["blocks"])


async def test_a_card_stands_in_the_thread_of_its_digest_or_in_the_channel_when_that_is_gone(review: Review) -> None:
    parent = await review.house.surface.draw(replace(a_face(review), picture=None))
    child = await review.house.surface.draw(replace(a_face(review, thread=parent.message), picture=None))
    assert (await review.shown(child.message))["thread_ts"] == parent.message
    orphan = await review.house.surface.draw(replace(a_face(review, thread="1.000001"), picture=None))
    assert "thread_ts" not in await review.shown(orphan.message)


@pytest.mark.parametrize("target", ["files.getUploadURLExternal", "files.completeUploadExternal", "files.info"])
async def test_a_card_whose_picture_does_not_come_through_goes_without_it(review: Review, target: str) -> None:
    review.house.sandbox.fault(f"slack.{target}", "reject_5xx", count=50)
    drawn = await review.house.surface.draw(a_face(review))
    assert drawn.picture_ref is None
    assert not any(block["type"] == "image" for block in (await review.shown(drawn.message))["blocks"])


async def test_a_picture_that_slack_forgot_is_left_out(review: Review) -> None:
    drawn = await review.house.surface.draw(replace(a_face(review), picture=None, picture_ref="F0GONE"))
    assert drawn.picture_ref is None and await review.shown(drawn.message)


async def test_what_slack_refuses_is_told_in_our_words(review: Review) -> None:
    surface, face = review.house.surface, replace(a_face(review), picture=None)
    with pytest.raises(MessageGone):
        await surface.draw(replace(face, place=replace(face.place, message="1.000001")))
    for channel, said in {"C0NOWHERE": "does not show", "C0GENERAL": "/invite", "C0OLD": "archived"}.items():
        with pytest.raises(ChatGone, match=said):
            await surface.draw(replace(face, place=replace(face.place, chat=channel)))
    with pytest.raises(ChatGone, match="Install it again"):
        await surface.draw(replace(face, place=replace(face.place, team="T0OTHER")))


async def test_a_card_of_one_workspace_is_never_drawn_with_the_token_of_another(review: Review) -> None:
    with pytest.raises(ChatGone):
        await review.house.surface.draw(replace(a_face(review), workspace_id=UUID(int=7), picture=None))


async def test_a_limit_is_passed_on_with_its_seconds_and_nothing_is_tried_twice(review: Review) -> None:
    review.house.sandbox.fault("slack.chat.postMessage", "429", count=1, retry_after=17)
    with pytest.raises(ChatBusy) as busy:
        await review.house.surface.draw(replace(a_face(review), picture=None))
    assert busy.value.seconds == 17
    assert await review.house.surface.draw(replace(a_face(review), picture=None))


@pytest.mark.parametrize("fault", ["reject_5xx", "close", "malformed_2xx"])
async def test_a_slack_that_answers_nonsense_is_tried_later(review: Review, fault: str) -> None:
    review.house.sandbox.fault("slack.chat.postMessage", fault, count=1)
    with pytest.raises(ChatRefused):
        await review.house.surface.draw(replace(a_face(review), picture=None))


async def test_after_an_uninstall_the_chat_is_gone_and_after_a_new_install_it_is_back(review: Review) -> None:
    house, face = review.house, replace(a_face(review), picture=None)
    assert await house.surface.draw(face)
    database, vault, workspace_id = house.desk.database, house.desk.vault, review.team.workspace_id
    old = await bot_token(database, vault, workspace_id, "T0SANDBOX")
    await house.act("event", type="app_uninstalled")
    with pytest.raises(ChatGone, match="Install it again"):
        await house.surface.draw(face)
    await house.install()
    await house.act("event", type="invite", channel="C0REVIEW")
    assert old != await bot_token(database, vault, workspace_id, "T0SANDBOX")
    assert await house.surface.draw(face)


async def test_a_token_that_was_replaced_meanwhile_is_read_anew(review: Review) -> None:
    """The worker kept the old token; nobody told it of the new install."""
    house, face = review.house, replace(a_face(review), picture=None)
    stale = SlackSurface(SlackHttp(house.desk.settings.api_url), Teams(house.worker, house.desk.vault))
    try:
        assert await stale.draw(face)
        await house.act("event", type="tokens_revoked")
        await house.install()
        await house.act("event", type="invite", channel="C0REVIEW")
        assert await stale.draw(face)
    finally:
        await stale._http.close()


def test_the_workers_half_imports_neither_bolt_nor_a_web_framework() -> None:
    code = "import sys, bot.slack.surface; print({'slack_bolt', 'fastapi', 'starlette'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
