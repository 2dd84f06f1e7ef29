"""Events: the App Home, channels that our bot joins and leaves, the end of an install."""

import asyncio
from typing import Any

import orjson
import pytest

from domain.card import Surface
from storage.workspaces import installation
from tests.bot.slack.conftest import House, Review, words


async def chats(review: Review) -> list[dict[str, Any]]:
    async with review.team.worker.transaction(review.team.workspace_id) as tx:
        return await tx.dicts(
            "SELECT chat_ref, title, gone_reason FROM chats WHERE workspace_id = %(workspace_id)s ORDER BY created_at"
        )


async def test_the_app_home_shows_a_member_the_day_and_the_alarms(review: Review) -> None:
    await review.card()
    await review.house.command("stop everything")
    await review.house.act("event", type="app_home_opened", user="U0BEN")
    shown = words((await review.house.see("home", user="U0BEN"))["view"]["blocks"])
    assert "Sunrise Studio" in shown and "#1001" in shown and "Everything is paused" in shown


async def test_the_app_home_tells_somebody_who_is_nobody_here_whom_to_ask(review: Review) -> None:
    await review.house.act("event", type="app_home_opened", user="U0CHIYO")
    shown = words((await review.house.see("home", user="U0CHIYO"))["view"]["blocks"])
    assert "Ask Mara Lindqvist" in shown and "#" not in shown


async def test_an_invitation_makes_a_channel_one_for_reviews_and_greets_it(review: Review) -> None:
    await review.house.act("event", type="invite", channel="C0GENERAL")
    assert [chat["title"] for chat in await chats(review)] == ["#marketing-review", "#general"]
    (greeting,) = (await review.house.see("messages", channel="C0GENERAL"))["messages"]
    assert "cards for review come" in greeting["text"]


async def test_a_person_who_joins_a_channel_changes_nothing(review: Review) -> None:
    event = {"type": "member_joined_channel", "user": "U0BEN", "channel": "C0GENERAL"}
    await review.house.act("event", **event)
    assert len(await chats(review)) == 1


async def test_a_channel_that_threw_the_bot_out_is_lost_until_it_invites_again(review: Review) -> None:
    await review.house.act("event", type="channel_left", channel="C0REVIEW")
    assert "/invite" in (await chats(review))[0]["gone_reason"]
    await review.house.act("event", type="invite", channel="C0REVIEW")
    assert (await chats(review))[0]["gone_reason"] is None


async def test_an_event_that_slack_brings_again_has_one_effect(review: Review) -> None:
    event = {"type": "member_joined_channel", "user": "U0AMARKTAI", "channel": "C0REVIEW"}
    grant = {"team_id": "T0SANDBOX", "user_id": "U0AMARKTAI"}
    payload = {
        "type": "event_callback",
        "team_id": "T0SANDBOX",
        "event_id": "Ev77",
        "event": event,
        "authorizations": [grant],
    }
    body = orjson.dumps(payload)
    before = len((await review.house.see("messages", channel="C0REVIEW"))["messages"])
    for number in ("1", "2", "3"):
        headers = {**review.house.signed(body), "Content-Type": "application/json", "X-Slack-Retry-Num": number}
        assert (await review.house.post_raw(body, **headers)).status_code == 200
    await review.house.desk.errands.settle()
    assert len((await review.house.see("messages", channel="C0REVIEW"))["messages"]) == before + 1


async def test_uninstalling_deletes_the_token_and_a_new_install_finds_everything_again(review: Review) -> None:
    house, team = review.house, review.team
    await house.act("event", type="app_uninstalled")
    await until_uninstalled(review)
    found = await team.value(
        "SELECT count(*) FROM secrets WHERE workspace_id = %(workspace_id)s AND name = 'bot_token'"
    )
    assert found == 0
    assert (await chats(review))[0]["gone_reason"] is not None
    calls = [one["path"] for one in house.sandbox.world.traffic.since(0) if "/slack/api/" in str(one["path"])]
    assert (await house.install()).status_code == 200
    assert (await chats(review))[0]["gone_reason"] is None
    assert calls[-1] != "/slack/api/auth.revoke"
    assert "#marketing-review" in str(await chats(review))
    assert "Mara Lindqvist" in await house.command("people")


@pytest.mark.parametrize("kind", ["app_uninstalled", "tokens_revoked"])
async def test_the_news_of_a_removal_that_comes_after_the_next_install_changes_nothing(
    review: Review, kind: str
) -> None:
    house = review.house
    event = {"type": kind, "tokens": {"bot": ["U0BOT"]}}
    payload = {"type": "event_callback", "team_id": "T0SANDBOX", "event_id": "EvLate", "event": event}
    body = orjson.dumps(payload)
    answer = await house.post_raw(body, **house.signed(body), **{"Content-Type": "application/json"})
    assert answer.status_code == 200
    assert "Mara Lindqvist" in await house.command("people")
    assert (await chats(review))[0]["gone_reason"] is None


async def until_uninstalled(review: Review) -> None:
    """The two events arrive on their own; look until both have been taken."""
    async with asyncio.timeout(10):
        while True:
            async with review.team.worker.transaction(review.team.workspace_id) as tx:
                if await installation(tx, Surface.SLACK, "T0SANDBOX") is None:
                    return
            await asyncio.sleep(0.05)


async def test_events_of_a_team_that_we_do_not_know_are_acknowledged(house: House) -> None:
    payload = {
        "type": "event_callback",
        "team_id": "T9",
        "event_id": "Ev1",
        "event": {"type": "app_uninstalled"},
    }
    body = orjson.dumps(payload)
    answer = await house.post_raw(body, **house.signed(body), **{"Content-Type": "application/json"})
    assert answer.status_code == 200
