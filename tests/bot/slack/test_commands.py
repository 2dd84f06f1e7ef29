"""Slash commands, typed in the sandbox's Slack."""

import logging

import pytest

from bot.commands import COMMANDS
from bot.slack.commands import words_of
from tests.bot.slack.conftest import House, Review


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        (("/amarktai", ""), ("help", "")),
        (("/amarktai", "  Batch now "), ("batch", "now")),
        (("/amarktai", "stop everything"), ("stop", "everything")),
        (("/amarktai", "add <https://a.example/?x=1&amp;y=2|a.example>"), ("add", "https://a.example/?x=1&y=2")),
        (("/amarktai", "people grant <@U1|ben> viewer"), ("people", "grant <@U1|ben> viewer")),
        (("/analytics", "24h x"), ("analytics", "24h x")),
    ],
)
def test_what_is_typed_is_understood(typed: tuple[str, str], understood: tuple[str, str]) -> None:
    assert words_of(*typed) == understood


async def test_help_lists_what_the_person_may_ask_and_no_more(review: Review) -> None:
    owner, reviewer = await review.house.command("help"), await review.house.command("help", "U0BEN")
    assert "/amarktai connect" in owner and "/amarktai here" in owner and "/analytics" in owner
    assert "/amarktai connect" not in reviewer and "/amarktai batch" in reviewer
    assert all(f"/amarktai {name.replace('_', ' ')}" in owner for name in COMMANDS if name != "analytics")


async def test_a_mistyped_command_is_answered_with_the_nearest(review: Review) -> None:
    assert "Did you mean “queue”?" in await review.house.command("qeue")


async def test_a_web_app_is_added_and_its_batch_made(review: Review) -> None:
    assert "tidewater.example" in await review.house.command("add <https://tidewater.example|tidewater.example>")
    assert "being prepared" in await review.house.command("batch now tidewater.example")
    found = await review.team.value("SELECT count(*) FROM batches WHERE workspace_id = %(workspace_id)s")
    assert found == 1 and "batch" in review.hint.stages()


async def test_an_address_that_is_none_is_refused_in_words(review: Review) -> None:
    assert "is not an address" in await review.house.command('add "><script>')


async def test_the_same_command_delivered_twice_is_carried_out_once(review: Review) -> None:
    await review.house.command("link", times=3)
    async with review.team.worker.transaction() as tx:
        assert await tx.value("SELECT count(*) FROM link_codes") == 1


async def test_somebody_without_the_right_is_told_whom_to_ask(review: Review) -> None:
    assert "Ask Mara Lindqvist" in await review.house.command("add https://x.example", "U0BEN")
    assert "Ask Mara Lindqvist" in await review.house.command("queue", "U0CHIYO")


async def test_a_guest_gets_no_role_and_a_colleague_gets_one_and_loses_it(review: Review) -> None:
    assert "is a guest" in await review.house.command("people grant <@U0GUST> reviewer")
    assert "another Slack workspace" in await review.house.command("people grant <@U0OLGA> reviewer")
    assert "Chiyo Tanaka is a reviewer now" in await review.house.command("people grant <@U0CHIYO> reviewer")
    post, ts = await review.card()
    await review.click(ts, "approve", user="U0CHIYO", wait=0)
    assert await review.team.state(post) == "approved"
    assert "1 approved post is back in review" in await review.house.command("people revoke <@U0CHIYO|chiyo>")
    assert await review.team.state(post) == "in_review"
    assert "Chiyo Tanaka" not in await review.house.command("people")


async def test_connecting_is_a_one_time_link_that_only_the_asker_sees(review: Review) -> None:
    said = await review.house.command("connect x")
    assert f"{review.house.product}/connect/x?code=" in said
    public = (await review.house.see("messages", channel="C0REVIEW"))["messages"]
    assert not any("code=" in str(one["blocks"]) for one in public if one["ephemeral_to"] is None and "blocks" in one)


async def test_everything_is_stopped_and_goes_on(review: Review) -> None:
    post, _ = await review.card("approved")
    assert "Everything is stopped. 1 post is on hold" in await review.house.command("stop everything")
    assert await review.team.state(post) == "held"
    assert "goes on" in await review.house.command("resume")
    assert await review.team.state(post) == "approved"


async def test_the_queue_shows_what_waits(review: Review) -> None:
    await review.card()
    assert "#1001" in await review.house.command("queue")


async def test_cards_come_to_a_channel_in_which_an_owner_says_so(review: Review) -> None:
    await review.house.act("command", user="U0MARA", channel="C0GENERAL", command="/amarktai", text="here")
    async with review.team.worker.transaction(review.team.workspace_id) as tx:
        rows = await tx.dicts("SELECT title FROM chats WHERE workspace_id = %(workspace_id)s ORDER BY created_at")
    assert [row["title"] for row in rows] == ["#marketing-review", "#general"]
    await review.house.act("command", user="U0MARA", channel="C0SECRET", command="/amarktai", text="here")
    shown = (await review.house.see("messages", channel="C0SECRET"))["messages"]
    assert "Invite me first" in shown[-1]["text"]


async def test_figures_come_at_once_and_the_chart_follows(review: Review) -> None:
    await review.card()
    async with review.team.worker.transaction(review.team.workspace_id) as tx:
        await tx.run("UPDATE posts SET published_at = now() WHERE workspace_id = %(workspace_id)s")
        await tx.run(
            "INSERT INTO measures (workspace_id, post_id, impressions) SELECT workspace_id, id, 1200 FROM posts"
            " WHERE workspace_id = %(workspace_id)s"
        )
    said = await review.house.command("7d", command="/analytics")
    assert "1,200 impressions" in said and "last 7 days" in said
    shown = (await review.house.see("messages", channel="C0REVIEW"))["messages"]
    assert any(
        block["type"] == "image" and block["slack_file"]["id"] for one in shown for block in one.get("blocks", [])
    )


async def test_a_web_app_that_is_not_there_has_no_figures(review: Review) -> None:
    assert "nowhere" in await review.house.command("7d nowhere", command="/analytics")


async def test_a_command_in_a_team_without_an_installation_says_so(house: House) -> None:
    body = b"team_id=T0SANDBOX&user_id=U0MARA&command=%2Famarktai&text=help&trigger_id=1.1&channel_id=C0REVIEW"
    answer = await house.post_raw(body, **house.signed(body))
    assert answer.status_code == 200 and "not installed" in answer.text


async def test_a_command_in_a_team_without_an_installation_is_no_error_of_ours(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    body = b"team_id=T0SANDBOX&user_id=U0MARA&command=%2Famarktai&text=help&trigger_id=1.1&channel_id=C0REVIEW"
    await house.post_raw(body, **house.signed(body))
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("hurried", ["stop", "stop everything!", "stop Everything please", "stop all"])
async def test_whoever_is_in_a_hurry_is_understood(review: Review, hurried: str) -> None:
    post, _ = await review.card("approved")
    assert "Everything is stopped. 1 post is on hold." in await review.house.command(hurried)
    assert await review.team.state(post) == "held"


async def test_stopping_one_web_app_is_not_taken_for_stopping_everything(review: Review) -> None:
    post, _ = await review.card("approved")
    assert "write “pause” and its name" in await review.house.command("stop sunrise")
    assert await review.team.state(post) == "approved"


async def test_an_owner_says_what_posts_may_cost_and_the_queue_tells_what_is_left(review: Review) -> None:
    assert "no budget is set" in await review.house.command("budget")
    assert "X: $20 of $20 is left" in await review.house.command("budget x 20")
    assert "Ask Mara Lindqvist" in await review.house.command("budget x 2000", "U0BEN")
    assert "X: $20 of $20 is left" in await review.house.command("budget", "U0BEN")
    assert "X: $20 of $20 is left" in await review.house.command("queue")
    assert "is no amount" in await review.house.command("budget x lots")
    assert "budget x 20" in await review.house.command("budget x")
    assert "no platform" in await review.house.command("budget z 20")
    assert "no budget is set" in await review.house.command("budget x none")
    assert "is left" not in await review.house.command("queue")
