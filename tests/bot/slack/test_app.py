"""The app itself: what the environment may not change, what a broken database means, one team by a configured token."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from bot.slack.app import build_app
from bot.slack.desk import Desk
from bot.slack.ingress import dispatch
from bot.slack.oauth import SCOPES
from bot.slack.payloads import read_gesture
from bot.slack.single import keep_bot_token
from domain.card import Surface
from domain.secret import Secret
from pipeline.workspaces import bot_token, workspace_of
from storage.session import Database
from tests.bot.slack.conftest import House, Review, press_body, words


def a_press(token: str, ts: str, **more: Any) -> dict[str, Any]:
    return dict(orjson.loads(parse_qs(press_body(token, ts, **more).decode())["payload"][0]))


async def test_names_in_the_environment_that_bolt_reads_change_nothing(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET"):
        monkeypatch.setenv(name, "from the environment")
    post, ts = await review.card()
    app = build_app(review.house.desk)
    response = await dispatch(app, a_press(await review.token(ts), ts))
    assert (response.status, response.body) == (200, "")
    assert await review.team.state(post) == "approved"


def without_database(review: Review) -> Desk:
    """The desk of a process whose database does not answer."""
    desk = review.house.desk
    return replace(desk, deciding=replace(desk.deciding, database=Database("postgresql://nobody@127.0.0.1:1/none")))


async def test_when_the_database_is_away_the_person_is_told_and_slack_sees_no_error(review: Review) -> None:
    post, ts = await review.card()
    desk, token = without_database(review), await review.token(ts)
    response = await dispatch(build_app(desk), a_press(token, ts))
    await desk.errands.settle()
    assert response.status == 200
    told = (await review.house.see("messages", channel="C0REVIEW", user="U0MARA"))["messages"][-1]
    assert told["ephemeral_to"] == "U0MARA" and "went wrong on our side" in told["text"]
    assert await review.team.state(post) == "in_review"


async def test_a_dialog_says_itself_that_it_was_not_taken(review: Review) -> None:
    view = {"id": "V1", "callback_id": "reject", "private_metadata": "t", "hash": "h", "state": {"values": {}}}
    payload = {**a_press("t", "1.1"), "type": "view_submission", "view": view}
    response = await dispatch(build_app(without_database(review)), payload)
    assert response.status == 200 and "went wrong on our side" in response.body


async def test_an_event_that_we_could_not_take_is_brought_again(review: Review) -> None:
    event = {"type": "channel_left", "channel": "C0REVIEW"}
    payload = {"type": "event_callback", "team_id": "T0SANDBOX", "event_id": "Ev5", "event": event}
    assert (await dispatch(build_app(without_database(review)), payload)).status == 503


async def test_bolt_adds_no_listener_that_asks_slack_who_we_are(review: Review) -> None:
    """Each auth.test would cost a round trip a click."""
    _, ts = await review.card()
    await review.click(ts, "approve", wait=0)
    paths = [str(one["path"]) for one in review.house.sandbox.world.traffic.since(0)]
    assert not any(path.endswith("auth.test") for path in paths)


async def a_configured_token(house: House) -> str:
    """A bot token that somebody copied from Slack's pages."""
    settings = house.desk.settings
    query = {"client_id": settings.client_id, "scope": ",".join(SCOPES), "state": "s", "_auto": "U0MARA"}
    query["redirect_uri"] = f"{house.product}/copied"
    back = await house.http.get("/slack/oauth/v2/authorize", params=query)
    code = parse_qs(urlsplit(back.headers["location"]).query)["code"][0]
    client = (settings.client_id, settings.client_secret.reveal())
    answer = await house.http.post("/slack/api/oauth.v2.access", data={"code": code}, auth=client)
    return str(answer.json()["access_token"])


async def test_with_a_configured_token_the_first_slack_admin_who_asks_owns_the_workspace(house: House) -> None:
    desk = replace(house.desk, settings=replace(house.desk.settings, bot_token=Secret(await a_configured_token(house))))
    app = build_app(desk)

    async def typed(user: str, trigger: str) -> str:
        fields = {
            "team_id": "T0SANDBOX",
            "user_id": user,
            "command": "/amarktai",
            "trigger_id": trigger,
            "text": "help",
        }
        return str((await dispatch(app, fields)).body)

    assert "An admin of this Slack workspace" in await typed("U0BEN", "1")
    assert "is a guest" in await typed("U0GUST", "2")
    assert "What you can ask" in await typed("U0MARA", "3")
    assert "Ask Mara Lindqvist" in await typed("U0BEN", "4")


async def test_a_configured_token_that_was_replaced_replaces_the_stored_one(review: Review) -> None:
    house, team = review.house, review.team
    await house.act("event", type="tokens_revoked")
    fresh = await a_configured_token(house)
    desk = replace(house.desk, settings=replace(house.desk.settings, bot_token=Secret(fresh)))
    await keep_bot_token(desk)
    stored = await bot_token(desk.database, desk.vault, team.workspace_id, "T0SANDBOX")
    assert stored is not None and stored.reveal() == fresh
    assert await workspace_of(desk.database, Surface.SLACK, "T0SANDBOX") == team.workspace_id
    await keep_bot_token(replace(desk, settings=replace(desk.settings, bot_token=Secret("xoxb-sandbox-nonsense"))))
    assert "Mara Lindqvist" in await house.command("people")


def test_who_comes_from_another_team_is_known_as_such() -> None:
    press = read_gesture({**a_press("t", "1.1"), "user": {"id": "U0OLGA", "team_id": "T0OTHER"}})
    assert press.actor.is_foreign  # type: ignore[union-attr]


async def test_the_whole_app_never_shows_its_secrets(house: House) -> None:
    shown = repr(house.desk)
    for secret in (
        house.desk.settings.signing_secret,
        house.desk.settings.client_secret,
        house.desk.settings.app_token,
    ):
        assert secret.reveal() not in shown
    assert words([]) == ""
