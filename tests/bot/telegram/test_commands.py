"""People type commands in the sandbox's Telegram."""

import re
from dataclasses import replace

import pytest

from bot.answers import Asker, Offers, Words
from bot.commands import ask
from pipeline.links import slack_invitation
from storage.web_apps import web_apps
from tests.bot.telegram.conftest import BEN, CHIYO, GUS, MARA, OLGA, SUPERGROUP, House, Review


async def test_help_names_every_command_that_there_is(review: Review) -> None:
    text = await review.house.say(MARA, "/help")
    missing = [name for name, _ in menu_of() if f"/{name}" not in text]
    assert missing == []


def menu_of() -> tuple[tuple[str, str], ...]:
    from bot.telegram.commands import menu

    return menu()


async def test_a_mistyped_command_names_the_nearest(review: Review) -> None:
    text = await review.house.say(MARA, "/quueue")
    assert text == "There is no command “quueue”. Did you mean “queue”? “help” lists what there is."


async def test_strangers_are_refused_in_words_and_learn_nothing(review: Review) -> None:
    for command in ("/queue", "/apps", "/people", "/analytics", "/batch now", "/stop_everything"):
        text = await review.house.say(OLGA, command, SUPERGROUP)
        assert text.startswith("You are not a member of this workspace, so nothing happened."), command


async def test_a_stranger_in_private_is_told_how_to_begin(house: House) -> None:
    assert (await house.say(CHIYO, "/queue")).startswith("We have not met yet.")
    assert (await house.say(CHIYO, "hello?")).startswith("We have not met yet.")


async def test_each_command_wants_its_right(review: Review) -> None:
    refused = {
        "/add https://evil.example": "You may not connect accounts and set up web apps here. Ask Mara Lindqvist.",
        "/connect x": "You may not connect accounts and set up web apps here. Ask Mara Lindqvist.",
        "/people revoke Mara": "You may not say who belongs to the team here. Ask Mara Lindqvist.",
        "/zone Europe/Berlin": "You may not connect accounts and set up web apps here. Ask Mara Lindqvist.",
    }
    for command, sentence in refused.items():
        assert await review.house.say(BEN, command, SUPERGROUP) == sentence


async def test_secrets_are_told_in_private_only(review: Review) -> None:
    for command in ("/connect x", "/connect slack", "/link", "/link group", "/link slack"):
        text = await review.house.say(MARA, command, SUPERGROUP)
        assert text == "That answer is for your eyes only. Write it to me in a private chat.", command


async def test_connect_gives_one_time_links_as_buttons(review: Review) -> None:
    await review.house.say(MARA, "/connect")
    rows = (await review.house.newest(MARA))["message"]["reply_markup"]["inline_keyboard"]
    addresses = [row[0]["url"].partition("?code=")[0] for row in rows]
    assert addresses == ["https://app.example/connect/x", "https://app.example/connect/linkedin"]


@pytest.mark.parametrize("command", ["/connect slack", "/link slack"])
async def test_a_workspace_that_began_in_telegram_gets_a_one_time_link_to_slack(review: Review, command: str) -> None:
    await review.house.say(MARA, command)
    ((button,),) = (await review.house.newest(MARA))["message"]["reply_markup"]["inline_keyboard"]
    assert button["text"] == "Add to Slack" and button["url"].startswith("https://app.example/slack/join?code=")
    found = await slack_invitation(review.house.web, button["url"].partition("?code=")[2])
    assert (found.workspace_id, found.member_id) == (review.team.workspace_id, review.team.owner)


async def test_where_slack_is_not_set_up_no_link_leads_there(review: Review) -> None:
    desk = replace(review.house.edge.desk, offers=Offers(slack=False))
    member = await review.house.edge.member_of(review.team.workspace_id, str(MARA))
    assert member is not None
    answer = await ask("connect", "slack", Asker(review.team.workspace_id, member, True), desk)
    assert isinstance(answer, Words) and "not set up" in answer.text


async def test_an_account_is_taken_away_by_its_whole_name(review: Review) -> None:
    house = review.house
    assert "nothing to disconnect" in await house.say(MARA, "/disconnect")
    account = await review.team.account(name="@sunrise")
    await review.team.post(account, by=review.team.owner)
    assert "disconnect x @sunrise" in await house.say(MARA, "/disconnect sunrise")
    assert "You may not" in await house.say(BEN, "/disconnect @sunrise", SUPERGROUP)
    said = await house.say(MARA, "/disconnect X @Sunrise")
    assert said == "x @sunrise is disconnected. 1 approved post is on hold; connected again, they go on."
    assert "refresh" in house.hint.stages()


async def test_batch_now_plans_todays_posts(review: Review) -> None:
    text = await review.house.say(BEN, "/batch now", SUPERGROUP)
    assert "today's posts are being prepared" in text
    assert "batch" in review.house.hint.stages()
    assert "already" in await review.house.say(BEN, "/batch@amarktai_sandbox_bot sunrise.example", SUPERGROUP)


async def test_a_command_for_another_bot_is_not_ours(review: Review) -> None:
    assert await review.house.say(BEN, "/queue@another_bot", SUPERGROUP, wait=0.5) == ""


async def test_the_queue_shows_what_waits(review: Review) -> None:
    await review.card()
    assert "#1001" in await review.house.say(BEN, "/queue", SUPERGROUP)


async def test_figures_come_before_their_chart(review: Review) -> None:
    post, _ = await review.card("approved")
    for event in ("claim", "confirm"):
        await review.team.value(
            """UPDATE posts SET event = %(event)s, published_at = now() WHERE workspace_id = %(workspace_id)s
               AND id = %(id)s RETURNING 1""",
            id=post,
            event=event,
        )
    await review.house.say(MARA, "/analytics 7d x")
    text, chart = [one["message"] for one in await review.house.messages(MARA) if one["own"]][-2:]
    assert text["text"].startswith("Figures")
    assert "photo" in chart


async def test_a_period_that_there_is_not_is_refused_in_words(review: Review) -> None:
    assert await review.house.say(MARA, "/analytics 90d") == "There are no figures for “90d”. Ask for 24h, 7d or 30d."
    assert (await review.house.say(MARA, "/analytics moonbase")).startswith("There is no web app “moonbase”")


async def test_web_apps_are_added_set_up_and_removed(review: Review) -> None:
    house = review.house
    assert "is promoted from its next day on" in await house.say(MARA, "/add tides.example Tide Table")
    again = await house.say(MARA, "/add https://tides.example/ Tides")
    assert again.startswith("Tide Table (https://tides.example/) is promoted here already, so nothing changed.")
    assert "Europe/Berlin" in await house.say(MARA, "/zone Tide Table Europe/Berlin")
    assert "07:30 19:00" in await house.say(MARA, "/slots Tide Table 19:00, 7:30")
    assert "“25:00” is not a time" in await house.say(MARA, "/slots Tide Table 25:00")
    assert "Say which web app" in await house.say(MARA, "/pause")
    assert (await house.say(MARA, "/describe Tide Table It shows tides.")).startswith("Thank you.")
    async with house.web.transaction(review.team.workspace_id) as tx:
        tides = next(app for app in await web_apps(tx) if app.name == "Tide Table")
    assert (tides.zone, [f"{one:%H:%M}" for one in tides.slot_times]) == ("Europe/Berlin", ["07:30", "19:00"])
    assert tides.description == "It shows tides."
    assert "Write the whole name" in await house.say(MARA, "/remove Tide")
    assert "not promoted any more" in await house.say(MARA, "/remove Tide Table")


async def test_bad_addresses_are_refused_in_words(review: Review) -> None:
    for address in ("", "file:///etc/passwd", "http://user:pass@x.example", "not an address"):
        text = await review.house.say(MARA, f"/add {address}")
        assert text and "promoted" not in text.replace("promoted from", ""), address


async def test_everything_can_be_stopped_and_goes_on(review: Review) -> None:
    post, _ = await review.card("approved")
    assert await review.house.say(BEN, "/stop_everything", SUPERGROUP) == (
        "Everything is stopped. 1 post is on hold. Nothing goes out until somebody says “resume”."
    )
    assert await review.team.state(post) == "held"
    assert (await review.house.say(BEN, "/resume", SUPERGROUP)).startswith("Everything goes on. 1 post is")
    assert await review.team.state(post) == "approved"
    assert await review.house.say(BEN, "/resume", SUPERGROUP) == "Nothing is paused."


async def test_stop_everything_can_be_written_in_two_words(review: Review) -> None:
    assert "Everything is stopped. 0 posts are" in await review.house.say(BEN, "/stop everything", SUPERGROUP)
    assert "Everything is stopped already." in await review.house.say(BEN, "/stop everything", SUPERGROUP)


async def test_one_web_app_can_be_paused(review: Review) -> None:
    post, _ = await review.card("approved")
    assert "is paused. 1 post is on hold" in await review.house.say(BEN, "/pause", SUPERGROUP)
    assert "is paused already." in await review.house.say(BEN, "/pause", SUPERGROUP)
    assert await review.team.state(post) == "held"
    assert "goes on" in await review.house.say(BEN, "/resume sunrise", SUPERGROUP)


async def test_roles_are_given_by_replying_and_taken_by_name(review: Review) -> None:
    house = review.house
    written = await house.act("send", user=GUS, chat=SUPERGROUP, text="hi")
    assert (
        await house.say(MARA, "/people grant viewer", SUPERGROUP, written["message_id"]) == "Gus Guest is a viewer now."
    )
    assert await house.say(MARA, "/people grant Gus Guest owner") == "Gus Guest is an owner now."
    assert "may not decide or look here any more" in await house.say(MARA, "/people revoke Gus")
    assert (await house.say(MARA, "/people grant nobody reviewer")).startswith("Nobody here is called “nobody”.")
    for nobody in ("/people grant", "/people grant reviewer"):
        assert (await house.say(MARA, nobody)).startswith("Write: people grant")
    assert "only owner" in await house.say(MARA, "/people revoke Mara")


async def test_a_member_without_a_role_may_not_even_look(review: Review) -> None:
    assert "any more" in await review.house.say(MARA, "/people revoke Ben Osei")
    assert (await review.house.say(BEN, "/queue", SUPERGROUP)).startswith("You may not look at this here.")


async def test_talk_in_a_group_is_not_answered(review: Review) -> None:
    assert await review.house.say(BEN, "@amarktai_sandbox_bot what do you think?", SUPERGROUP, wait=0.5) == ""


async def test_what_people_write_cannot_ping_or_spoof(review: Review) -> None:
    await review.house.say(MARA, "/pause <b>@everyone</b> & https://evil.example")
    newest = await review.house.newest(MARA)
    assert newest["pings"] == [] and newest["links"] == []


async def test_a_code_from_link_is_in_the_words_too(review: Review) -> None:
    text = await review.house.say(MARA, "/link")
    assert re.search(r"@amarktai_sandbox_bot .*: /start [A-Za-z0-9_-]{22}$", text, re.MULTILINE)


async def test_a_group_of_another_workspace_is_not_taken_over(review: Review) -> None:
    house = review.house
    await house.say(OLGA, "/start")
    code = re.search(r"/start@\S+ (\S+)", await house.say(OLGA, "/link group"))
    assert code is not None
    text = await house.say(OLGA, f"/start@amarktai_sandbox_bot {code[1]}", SUPERGROUP)
    assert text == "This group already belongs to another workspace. Use another one."
    assert await house.edge.workspace_of(str(SUPERGROUP)) == review.team.workspace_id


async def test_an_owner_says_what_posts_may_cost_and_the_queue_tells_what_is_left(review: Review) -> None:
    assert "X: $20.50 of $20.50 is left" in await review.house.say(MARA, "/budget x $20.50")
    assert "Ask Mara Lindqvist" in await review.house.say(BEN, "/budget x none", SUPERGROUP)
    assert "X: $20.50 of $20.50 is left" in await review.house.say(BEN, "/queue", SUPERGROUP)
