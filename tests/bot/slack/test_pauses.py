"""Who pauses in Slack leaves a notice in the channel, and its one button ends the pause; silent workers are told there, too."""

import asyncio
from typing import Any

import psycopg
from pydantic import SecretStr

from app.settings import Settings
from app.watch import look
from app.wiring.alarm import Drawing
from app.wiring.shared import media_links
from pipeline.pauses import open_pauses
from pipeline.pulse import PULSE
from storage import due
from storage.session import Database
from storage.vault import Vault
from tests.bot.slack.conftest import Review, words


async def notice(review: Review, title: str) -> dict[str, Any]:
    await review.draw()
    found = (await review.house.see("messages", channel="C0REVIEW"))["messages"]
    return next(one for one in found if not one["ephemeral_to"] and title in words(one["blocks"]))


async def private(review: Review, user: str) -> str:
    return words([one["blocks"] for one in await review.house._private(user)][-1])


async def test_the_notice_of_a_pause_ends_it_for_whoever_may_and_is_amended(review: Review) -> None:
    post, _ = await review.card("approved")
    await review.house.command("pause", user="U0BEN")
    assert await review.team.state(post) == "held"
    told = await notice(review, "is paused")
    assert "Ben" in words(told["blocks"]) and "1 post is on hold" in words(told["blocks"])
    await review.click(told["ts"], "resume", "U0OLGA")
    assert await review.team.state(post) == "held", "being in the channel grants nothing"
    await review.click(told["ts"], "resume")
    assert await review.team.state(post) == "approved"
    assert "goes on. 1 post is on the way again." in await private(review, "U0MARA")
    over = await notice(review, "goes on")
    assert over["ts"] == told["ts"], "the same message"
    assert not [one for one in over["blocks"] if one["type"] == "actions"], "without its button"


async def test_pressed_twice_at_once_it_is_ended_once_and_both_are_told(review: Review) -> None:
    await review.house.command("stop everything")
    told = await notice(review, "Everything is stopped")
    await asyncio.gather(*(review.click(told["ts"], "resume", user) for user in ("U0MARA", "U0BEN")))
    assert await open_pauses(review.team.worker, review.team.workspace_id) == []
    said = [await private(review, user) for user in ("U0MARA", "U0BEN")]
    assert sum("is on the way again" in one or "are on the way again" in one for one in said) == 1
    assert sum("ended the pause" in one for one in said) == 1


async def test_a_forged_pause_is_answered_in_words(review: Review) -> None:
    from bot.slack.actions import _resume_and_say
    from bot.slack.payloads import Actor, Press

    for value in ("nothing", "01a206b1-0078-763d-985e-564ed574718b"):
        press = Press(Actor("T0HARBOUR", "U0MARA", "T0HARBOUR"), "resume", value, "1.5", "t", None, "C0REVIEW", "1.0")
        team = await review.team.value("SELECT team_ref FROM installations WHERE workspace_id = %(workspace_id)s")
        actor = Actor(str(team), "U0MARA", str(team))
        await _resume_and_say(Press(actor, "resume", value, press.at, "t", None, "C0REVIEW", "1.0"), review.house.desk)
        assert "nothing happened" in await private(review, "U0MARA")


async def test_the_web_process_tells_that_the_workers_are_silent_itself_and_once(
    review: Review, web: Database, worker: Database, vault: Vault, database_url: str
) -> None:
    house = review.house
    given = house.desk.settings
    settings = Settings(
        slack_api_url=given.api_url, slack_client_id=given.client_id,
        slack_client_secret=SecretStr(given.client_secret.reveal()), slack_signing_secret=SecretStr(given.signing_secret.reveal()),
    )  # fmt: skip
    draw = Drawing(settings, web, vault, house.media, media_links(settings, vault), review.hint)  # type: ignore[arg-type]
    await due.beat(worker, PULSE)
    await look(web, draw)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE heartbeats SET beat_at = beat_at - interval '2 minutes'")
        await look(web, draw)
        found = (await house.see("messages", channel="C0REVIEW"))["messages"]
        assert not [one for one in found if "silent" in words(one["blocks"])], "two minutes are a restart"
        connection.execute("UPDATE heartbeats SET beat_at = beat_at - interval '2 minutes'")
    for _ in range(3):
        await look(web, draw)
    found = (await house.see("messages", channel="C0REVIEW"))["messages"]
    assert len([one for one in found if "The workers are silent" in words(one["blocks"])]) == 1
